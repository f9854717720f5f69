"""Findings on the pods of WorkspaceKinds name fields that WorkspaceKinds have, and fixes go nowhere else."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

import nbcore
from nbcore.cli.plans import plan
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Item, Path
from nbcore.settings import Settings
from tests.oracles.workspace_kinds import SCHEMAS, Grower
from tests.units.cli.kubeflow import ADA, BOB, CODE, JUPYTER

RESTRICTED = Settings(pod_security="restricted")
TAINTED = "apiVersion: v1\nkind: Node\nmetadata: {name: a}\nspec: {taints: [{key: a, effect: NoSchedule}]}\n"
QUOTA = """\
apiVersion: v1
kind: ResourceQuota
metadata: {name: all, namespace: team}
spec: {hard: {limits.cpu: 1}}
"""
BARE = CODE.replace("{resources: {requests: {memory: 1Gi}, limits: {memory: 1Gi}}}", "{}")


def check(*texts: str) -> tuple[Finding, ...]:
    """What is wrong with the objects of some texts."""
    return nbcore.check(nbcore.load("---\n".join(texts), "a.yaml"), settings=RESTRICTED).findings


def has_field(kind: str, path: Iterable[Any]) -> bool:
    """Whether the schema of a kind knows the field at a path."""
    steps = list(path)
    if steps[:1] == ["metadata"]:
        return True
    schema: Any = SCHEMAS[kind]
    for step in steps:
        if isinstance(step, Item | int):
            schema = schema.get("items")
        else:
            open_to: Any = {} if schema.get("x-kubernetes-preserve-unknown-fields") else None
            schema = schema.get("properties", {}).get(step, schema.get("additionalProperties", open_to))
        if schema is None:
            return False
    return True


def placed(findings: Iterable[Finding]) -> Iterator[tuple[str, Path]]:
    """The kinds of Kubeflow that findings are about, and the paths that they and their fixes name."""
    for one in findings:
        if one.source.kind in SCHEMAS:
            yield one.source.kind, one.path
            yield from ((one.source.kind, one.fix.path),) if one.fix else ()


def world(seed: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A random kind and a Workspace of it."""
    chance, grower = random.Random(seed), Grower(seed)
    kind, workspace = grower.object("WorkspaceKind"), grower.object("Workspace")
    options = kind["spec"]["podTemplate"]["options"]
    workspace["spec"]["kind"] = kind["metadata"]["name"]
    workspace["spec"]["podTemplate"]["options"] = {
        group: chance.choice(options[group]["values"])["id"] for group in ("imageConfig", "podConfig")
    }
    for variable in kind["spec"]["podTemplate"].get("extraEnv") or ():
        if "value" in variable:
            variable["value"] = "plain"
    return kind, workspace


@pytest.mark.parametrize("seed", range(0, 40, 4))
def test_every_place_is_a_field_of_the_kind(seed: int) -> None:
    wrong = []
    for one in range(seed, seed + 4):
        findings = nbcore.check(world(one), settings=RESTRICTED).findings
        assert findings
        wrong += [(kind, path.keyed) for kind, path in placed(findings) if not has_field(kind, path)]
        assert not [one for one in findings if one.source.name == "example"]
    assert wrong == []


@pytest.mark.parametrize("seed", range(12))
def test_every_fix_that_is_offered_can_be_made(seed: int) -> None:
    text = yaml.safe_dump_all(world(seed), allow_unicode=True)
    for one in check(text):
        if one.fix is not None:
            made = plan("a.yaml", text, [one])
            assert made.steps
            assert not [again for again in check(made.text) if again.code.startswith("NB1")]


MISSING = {
    "no size asks for memory": (
        BARE,
        "NB911",
        "spec.podTemplate.options.podConfig.values[small].spec.resources.limits.memory",
    ),
    "no size tolerates": (f"{CODE}---\n{TAINTED}", "NB612", "spec.podTemplate.options.podConfig"),
    "no size has what a quota counts": (
        f"{CODE}---\n{QUOTA}",
        "NB602",
        "spec.podTemplate.options.podConfig.values[small].spec.resources",
    ),
    "no shared memory": (
        CODE.replace("/code:", "/pytorch:"),
        "NB903",
        "spec.podTemplate.extraVolumeMounts",
    ),
    "no security context": (
        CODE,
        "NB521",
        "spec.podTemplate.containerSecurityContext.allowPrivilegeEscalation",
    ),
    "no group": (
        JUPYTER.replace("    securityContext: {fsGroup: 100}\n", ""),
        "NB906",
        "spec.podTemplate.securityContext.fsGroup",
    ),
    "an odd home": (
        CODE.replace("/home/jovyan", "/home/../ada"),
        "NB915",
        "spec.podTemplate.volumeMounts.home",
    ),
    "host processes": (
        CODE.replace(
            "    options:",
            "    containerSecurityContext: {windowsOptions: {hostProcess: true}}\n    options:",
        ),
        "NB512",
        "spec.podTemplate.containerSecurityContext.windowsOptions.hostProcess",
    ),
}


@pytest.mark.parametrize("name", MISSING)
def test_what_nobody_set_is_told_where_a_kind_can_set_it(name: str) -> None:
    text, code, path = MISSING[name]
    (found,) = [one for one in check(text) if one.code == code]
    assert (found.source.kind, found.path.keyed) == ("WorkspaceKind", path)
    assert found.position is not None


def test_no_fix_is_offered_for_a_field_that_no_kind_has() -> None:
    text = MISSING["host processes"][0]
    (found,) = [one for one in check(text) if one.code == "NB485"]
    assert (found.path.keyed, found.fix) == ("spec.podTemplate", None)
    assert found.field.keyed == "spec.hostNetwork"


def test_a_workspace_is_not_blamed_for_what_its_kind_lacks() -> None:
    found = check(CODE.replace("/code:", "/pytorch:"), BOB)
    assert [one.source.kind for one in found if one.code == "NB903"] == ["WorkspaceKind"]


def test_a_workspace_is_told_of_its_own_fields() -> None:
    found = check(JUPYTER, ADA.replace("    volumes:", "    podMetadata: {labels: {a: '-'}}\n    volumes:"))
    (one,) = [one for one in found if one.source.kind == "Workspace" and one.severity == "error"]
    assert one.path.keyed.startswith("spec.podTemplate.podMetadata.labels")


NATIVE = """\
apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {name: jupyter, namespace: kubeflow}
spec:
  home: {mountPath: /home/../jovyan}
  template: {spec: {containers: [{name: main, image: "pytorch:1"}]}}
---
apiVersion: jackhoman.dev/v1beta1
kind: Notebook
metadata: {name: ada, namespace: team}
spec:
  templateRef: {name: jupyter, namespace: kubeflow}
  volumes: {home: mine}
  resources: {requests: {memory: 1Gi}}
"""


def test_the_same_holds_for_templates() -> None:
    found = {(one.code, one.source.kind): one.path.keyed for one in check(NATIVE)}
    assert found["NB903", "Template"] == "spec.template.spec.containers[main].volumeMounts"
    assert found["NB915", "Template"] == "spec.home.mountPath"
    assert found["NB911", "Notebook"] == "spec"
    assert ("NB903", "Notebook") not in found
