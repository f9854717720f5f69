"""The contract of registration (C-113 to C-121), as far as the rules of NB8 do not already hold it elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbcore.workload.webhook_configuration import DIALECTS, Registration, webhook_configurations
from tests.units.test_webhook_configurations import of

Json = Any
INSTALL = Path(__file__).parents[2] / "docs" / "install.md"


def hooks() -> Iterator[Json]:
    """Every webhook of ours, in every choice of dialects."""
    for dialects in (DIALECTS, DIALECTS[:1], DIALECTS[1:]):
        for one in webhook_configurations(Registration(dialects=dialects)):
            yield from one["webhooks"]


def test_c113_nothing_hangs_on_labels_of_the_object() -> None:
    assert all("objectSelector" not in one for one in hooks())
    skip = {"matchExpressions": [{"key": "skip", "operator": "DoesNotExist"}]}
    assert of(objectSelector=skip) == {"NB821"}


def test_c116_match_conditions_are_few_named_once_and_ask_for_nothing_that_may_be_missing() -> None:
    for one in hooks():
        conditions = one.get("matchConditions", [])
        names = [each["name"] for each in conditions]
        assert len(names) == len(set(names)) <= 64
        operations = {each for rule in one["rules"] for each in rule["operations"]}
        for each in conditions:
            text = each["expression"]
            fields = {
                one.removesuffix(".map")
                for one in re.findall(r"\b(?:request|object|oldObject)(?:\.\w+)+", text)
            }
            fields -= {"request.userInfo.username", "request.userInfo.groups"}
            fields -= {"object.spec.containers", "oldObject.spec.containers"}  # no pod is without
            assert all(f"has({field}) ? {field}" in text for field in fields)
            assert not fields or operations == {"UPDATE"}  # only then both objects are there


def test_c120_no_review_of_rights_and_no_wildcard_that_could_be_one() -> None:
    for one in hooks():
        for rule in one["rules"]:
            assert not {"authentication.k8s.io", "authorization.k8s.io", "*"} & set(rule["apiGroups"])
            assert not any("*" in each or each.endswith("reviews") for each in rule["resources"])


def test_c121_to_uninstall_the_configurations_go_first() -> None:
    text = INSTALL.read_text()
    section = text[text.index("uninstall, the configurations go **first**") :]
    deletions = re.findall(r"^kubectl delete .*$", section, re.MULTILINE)
    assert "mutatingwebhookconfiguration,validatingwebhookconfiguration" in deletions[0]
    assert any("namespace jackhoman" in one for one in deletions[1:])
