"""The generated schemas of Kubeflow's kinds: valid as schemas, described, and of one mind with the models."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nbcore.dialects import kubeflow_v2_kinds, kubeflow_v2_options
from schemas import kubeflow_kinds
from schemas.generate_kinds import KUBEFLOW_KINDS, crd
from tests.units.workspaces import DROP, KIND, POD, VALUE, WORKSPACE, base_of, changed, parsed

Json = Any
ROOT = Path(__file__).resolve().parent.parent.parent
BASES = {"WorkspaceKind": KIND, "Workspace": WORKSPACE}
EDITORS = {
    kind: json.loads((ROOT / "schemas" / "json" / f"{kind.lower()}.json").read_text())
    for kind in KUBEFLOW_KINDS
}
EMBEDDED = frozenset(
    (
        *(
            "affinity",
            "tolerations",
            "resources",
            "extraEnv",
            "extraVolumeMounts",
            "extraVolumes",
            "selector",
        ),
        *("securityContext", "containerSecurityContext", "startupProbe", "livenessProbe", "readinessProbe"),
    )
)


@pytest.mark.parametrize("kind", BASES)
def test_editor_schemas_are_schemas_and_accept_every_field(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(EDITORS[kind])
    jsonschema.Draft202012Validator(EDITORS[kind]).validate({**BASES[kind], "status": {}})


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("spec.deferUpdates", True),
        ("spec.kind", "A"),
        (f"{POD}.volumes.data[0].mountPath", DROP),
        ("spec.spawner.icon", "x"),
        (f"{POD}.ports", []),
        (f"{POD}.ports[0].protocol", "TCP"),
        (f"{POD}.extraEnv[0].valu", "x"),
        (f"{VALUE}.spec.ports[0].port", 0),
        ("spec.filterRules[0].match[0].matchPodConfig.selector", {"matchLabel": {}}),
    ],
)
def test_editor_schemas_see_what_the_models_see(path: str, new: Json) -> None:
    value = changed(base_of(path), {path: new})
    assert parsed(value).object is None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(EDITORS[value["kind"]]).validate(value)


def undescribed(node: Json, path: str) -> Iterator[str]:
    """The fields of ours that have no description; embedded types are described by Kubernetes."""
    for name, one in node.get("properties", {}).items():
        if "description" not in one:
            yield f"{path}.{name}"
        if name not in EMBEDDED:
            yield from undescribed(one, f"{path}.{name}")
            yield from undescribed(one.get("items", {}), f"{path}.{name}[]")


@pytest.mark.parametrize("kind", BASES)
def test_every_field_of_ours_is_described(kind: str) -> None:
    schema = crd(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert list(undescribed(schema, kind)) == [f"{kind}.metadata"]


@pytest.mark.parametrize("kind", BASES)
def test_crds_have_the_names_of_upstream(kind: str) -> None:
    scope = {"WorkspaceKind": "Cluster", "Workspace": "Namespaced"}[kind]
    short = {"WorkspaceKind": "wsk", "Workspace": "ws"}[kind]
    whole = crd(kind)
    assert whole["metadata"]["name"] == f"{kind.lower()}s.kubeflow.org"
    assert (whole["spec"]["scope"], whole["spec"]["names"]["shortNames"]) == (scope, [short])
    assert whole["spec"]["versions"][0]["subresources"] == {"status": {}}


def test_every_rule_is_that_of_a_model_and_stands_in_a_crd() -> None:
    models = vars(kubeflow_v2_kinds) | vars(kubeflow_v2_options)
    assert {*kubeflow_kinds.RULES, *(model for model, _ in kubeflow_kinds.FIELD_RULES)} <= set(models)
    text = json.dumps([crd(kind) for kind in BASES])
    rules = [rule for some in kubeflow_kinds.RULES.values() for rule, _ in some]
    rules += [rule for rule, _ in kubeflow_kinds.FIELD_RULES.values()]
    assert [rule for rule in rules if json.dumps(rule)[1:-1] not in text] == []
