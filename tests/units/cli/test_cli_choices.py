"""``nbcore choices`` for WorkspaceKinds: whose labels the filter rules see, and the answer of upstream."""

from __future__ import annotations

import json

from tests.laws.filtered_kinds import image, namespace_object, pod, rule, workspace_kind
from tests.units.cli.program import run

GPU, WEB = {"matchLabels": {"gpu": "true"}}, {"matchLabels": {"team": "web"}}
DENY = {"api": {"deny": True, "denyMessage": {"text": "ask the GPU team"}}}
KIND = workspace_kind(
    [image("plain"), image("cuda", {"gpu": "true"})],
    [pod("tiny")],
    [
        rule("IMAGE_CONFIG", DENY, image=GPU, namespace=WEB),
        rule("WORKSPACE_KIND", {"ui": {"hide": True}}, namespace=WEB),
    ],
)
WORLD = "\n---\n".join(
    map(json.dumps, (KIND, namespace_object("web", {"team": "web"}), namespace_object("ml")))
)


def lines(*arguments: str) -> list[str]:
    answer = run("choices", "-", *arguments, stdin=WORLD)
    assert answer.code == 0, answer.err
    return [" ".join(line.split()) for line in answer.out.splitlines()]


def test_filter_rules_see_the_labels_of_the_namespace() -> None:
    assert lines("--namespace", "web")[:2] == ["WorkspaceKind lab", "hidden"]
    assert "x cuda the cuda denied: ask the GPU team" in lines("--namespace", "web")
    assert "cuda the cuda" in lines("--namespace", "ml")
    assert "cuda the cuda" in lines()


def test_compat_answers_as_upstream_does() -> None:
    found = lines("--namespace", "web", "--compat", "kubeflow")
    assert found[:2] == ["WorkspaceKind lab", ""]
    assert "x cuda the cuda denied: ask the GPU team" in found
    alone = lines("--namespace", "web", "--compat", "kubeflow", "--select", "imageConfig=plain")
    assert not any("cuda" in line for line in alone)
    assert run("choices", "-", "--compat", "rancher", stdin=WORLD).code == 2


def test_the_kind_is_named_like_a_template() -> None:
    answer = run("choices", "-", "--template", "lab", "-o", "json", "--namespace", "web", stdin=WORLD)
    found = json.loads(answer.out)
    assert (found["template"], found["hidden"], found["denied"]) == ("lab", True, None)
