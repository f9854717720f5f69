"""The generated CRDs on a real API server: they install, and refuse exactly what the models refuse.

The server is asked with strict field validation. It also refuses what is NB2 to us (a repeated id, a default
that is no value), because its users have no linter; those refusals are told apart by their cause.
"""

from __future__ import annotations

import pathlib
from functools import partial
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from nbcore import dialects
from nbcore.dialects import Parsed
from nbcore.finding import Finding
from nbcore.kubernetes.names import problem_with_label_key, problem_with_label_value
from nbcore.kubernetes.paths import Path, find
from schemas.generate_kinds import KINDS, RESOURCES, RULES
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane
from tests.mutants import mutants

Json = Any
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CRDS = [yaml.safe_load((ROOT / "schemas" / "crd" / one.file).read_text()) for one in KINDS.values()]
FULL = {one["kind"]: one for one in yaml.safe_load_all((ROOT / "tests/vectors/kinds.yaml").read_text())}
SEEDS = list(yaml.safe_load_all((ROOT / "tests/vectors/seeds/003.yaml").read_text()))
STRICT = {"fieldValidation": "Strict", "dryRun": "All"}
NOT_FORM = tuple(
    rule["message"] for model in ("OptionGroup", "OptionValue", "Template") for rule in RULES[model]
)
"""Rules of the CRDs that are no question of form: NB2 in our words."""


def _is_a_key(path: Path, value: Json) -> bool:
    """Whether only the key of a label can be wrong, of which a structural schema cannot say anything."""
    wrong_key = "matchLabels" in path and problem_with_label_key(path[-1]) is not None
    return wrong_key and problem_with_label_value(find(value, path)) is None


def _is_another_resource(path: Path, value: Json) -> bool:
    """Whether a finding is about a resource that the schema has no property for: any name is one."""
    return path[:2] == ("spec", "resources") and not set(path[2:3]) <= set(RESOURCES["properties"])


BEYOND_A_SCHEMA = (_is_a_key, _is_another_resource)
"""What the models refuse and the CRDs cannot; the webhook refuses it at admission."""


def _within_a_schema(parsed: Parsed, value: Json) -> list[Finding]:
    return [one for one in parsed.findings if not any(beyond(one.path, value) for beyond in BEYOND_A_SCHEMA)]


@pytest.fixture(scope="module")
def server(control_plane: ControlPlane) -> ControlPlane:
    client = control_plane.client()
    for crd in CRDS:
        answer = client.create(crd)
        assert answer.ok or answer.status == 409, answer.message
    for crd in CRDS:
        control_plane.wait(partial(_is_established, control_plane, crd))
    for name in ("kubeflow", "default"):
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    for one in FULL.values():
        control_plane.wait(partial(_is_served, control_plane, one))
    return control_plane


def _is_established(server: ControlPlane, crd: Json) -> bool:
    return _established(server.client().get(crd).body)


def _is_served(server: ControlPlane, one: Json) -> bool:
    return _ask(server, one).status != 404


def _established(crd: Json) -> bool:
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _ask(server: ControlPlane, value: Json, kind: str = "") -> Answer:
    plural = KINDS[kind or value["kind"]].plural
    path = f"/apis/jackhoman.dev/v1beta1/namespaces/default/{plural}"
    return server.client().request("POST", path, value, query=STRICT)


def _accepts_form(answer: Answer) -> bool:
    """Whether the server finds nothing wrong with the form of an object."""
    causes = answer.causes
    return answer.ok or (
        bool(causes)
        and all(one.reason == "FieldValueDuplicate" or one.message.endswith(NOT_FORM) for one in causes)
    )


def test_every_crd_is_established(server: ControlPlane) -> None:
    assert len(CRDS) == 4
    for crd in CRDS:
        assert _established(server.client().get(crd).expect())


@pytest.mark.parametrize("kind", list(FULL))
def test_the_server_accepts_an_object_with_every_field(server: ControlPlane, kind: str) -> None:
    answer = _ask(server, FULL[kind])
    assert answer.ok, answer.message
    assert answer.body["spec"] == FULL[kind]["spec"], "the server dropped or defaulted a field"


def test_the_server_accepts_the_manifests_that_the_project_started_from(server: ControlPlane) -> None:
    for seed in SEEDS:
        assert server.client().create(seed, dry_run=True).ok


@pytest.mark.parametrize("kind", list(FULL))
def test_the_server_and_the_model_refuse_the_same(server: ControlPlane, kind: str) -> None:
    @settings(deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(mutants(FULL[kind], skip=frozenset({"template"})))
    def agree(mutant: Json) -> None:
        mutant = {**mutant, "apiVersion": FULL[kind]["apiVersion"], "kind": kind}
        answer = _ask(server, mutant, kind)
        parsed = dialects.parse(mutant)
        ours = _within_a_schema(parsed, mutant)
        assert _accepts_form(answer) == (not ours), (answer.message, list(map(str, ours)))

    agree()


def test_a_revision_cannot_change(server: ControlPlane) -> None:
    client = server.client()
    created = client.create({**FULL["Revision"], "metadata": {"name": "fixed", "namespace": "default"}})
    fixed = created.expect()
    fixed["spec"]["inputs"][0]["template"]["spec"]["containers"][0]["image"] = "registry.example/lab:9"
    answer = client.update(fixed)
    assert answer.status == 422
    assert "a Revision is immutable" in answer.message


def test_kubectl_explains_every_field(server: ControlPlane) -> None:
    missing = [path for crd in CRDS for path in _undescribed(_schema(crd), crd["spec"]["names"]["kind"])]
    assert missing == []
    done = server.kubectl("explain", "notebooks.spec.updatePolicy", "--api-version=jackhoman.dev/v1beta1")
    assert "Manual only when told to" in done.stdout, done.stderr


def _schema(crd: Json) -> Json:
    return crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]


def _undescribed(schema: Json, path: str) -> list[str]:
    found: list[str] = []
    waiting = [(schema, path)]
    while waiting:
        node, at = waiting.pop()
        for name, one in node.get("properties", {}).items():
            if "description" not in one and (at, name) not in ((path, "metadata"),):
                found.append(f"{at}.{name}")
            waiting.append((one, f"{at}.{name}"))
        below = (node.get("items"), node.get("additionalProperties"))
        waiting.extend((one, f"{at}[]") for one in below if isinstance(one, dict))
    return found
