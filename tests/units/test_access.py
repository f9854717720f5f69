"""What filter rules deny to a Workspace, what a kind promises in vain, and what is left of its combinations."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.access import denials, filter_findings
from nbcore.catalog import Catalog
from nbcore.checks import quota as quotas
from nbcore.combinations import Space
from nbcore.finding import Finding
from nbcore.permits import permits_of
from nbcore.reachable import examined
from nbcore.surroundings import Surroundings
from tests.laws.filtered_kinds import (
    BROKEN,
    image,
    namespace_object,
    pod,
    quota,
    rule,
    workspace,
    workspace_kind,
)

DENY: Any = {"api": {"deny": True, "denyMessage": {"text": "ask the GPU team"}}}
SILENT: Any = {"api": {"deny": True}}
OMIT, HIDE = {"api": {"hide": True}}, {"ui": {"hide": True}}
GPU, CPU = {"gpu": "true"}, {"gpu": "false"}
ML, WEB = {"team": "ml"}, {"team": "web"}
IMAGES = (image("cuda", GPU), image("plain", CPU))
PODS = (pod("big", GPU, "8"), pod("tiny", CPU, "1"))
TEAMS = {"ml": ML, "web": WEB}


def labelled(labels: dict[str, str]) -> Any:
    return {"matchLabels": labels}


def without(key: str) -> Any:
    return {"matchExpressions": [{"key": key, "operator": "DoesNotExist"}]}


NO_GPU_FOR_WEB = rule("IMAGE_CONFIG", DENY, image=labelled(GPU), namespace=labelled(WEB))
NO_CUDA_ON_CPU = rule("IMAGE_CONFIG", SILENT, image=labelled(GPU), pod=labelled(CPU))
NO_CUDA = rule("IMAGE_CONFIG", DENY, image=labelled(GPU))
NOTHING_FOR_WEB = rule("WORKSPACE_KIND", DENY, namespace=labelled(WEB))


def world(
    *rules: Any, images: Any = IMAGES, pods: Any = PODS, teams: Any = TEAMS, others: Any = (), **defaults: str
) -> Catalog:
    kind = workspace_kind(images, pods, rules, **defaults)
    return Catalog([kind, *(namespace_object(*one) for one in teams.items()), *others])


def denied(catalog: Catalog, namespace: str, image_id: str, pod_id: str, **more: Any) -> list[Finding]:
    (notebook,) = Catalog([workspace(namespace, image_id, pod_id)]).notebooks
    return list(denials(notebook, catalog.templates[0], catalog, **more))


def told(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.code, one.path.keyed, one.message) for one in findings]


OPTIONS = "spec.podTemplate.options"
REFUSED = (
    "NB702",
    f"{OPTIONS}.imageConfig",
    "the imageConfig value cuda may not be used in the namespace web",
)
TOLD = (*REFUSED[:2], f"{REFUSED[2]}: ask the GPU team")


@pytest.mark.parametrize(
    ("rules", "namespace", "chosen", "expected"),
    [
        ((NO_GPU_FOR_WEB,), "web", ("cuda", "big"), [TOLD]),
        ((NO_GPU_FOR_WEB,), "ml", ("cuda", "big"), []),
        ((NO_GPU_FOR_WEB,), "web", ("plain", "big"), []),
        ((NO_CUDA_ON_CPU,), "web", ("cuda", "tiny"), [REFUSED]),
        ((NO_CUDA_ON_CPU,), "web", ("cuda", "big"), []),
        ((rule("IMAGE_CONFIG", HIDE, image={}), NO_GPU_FOR_WEB), "web", ("cuda", "big"), []),
        ((rule("IMAGE_CONFIG", OMIT, image={}),), "web", ("cuda", "big"), []),
        (
            (NOTHING_FOR_WEB,),
            "web",
            ("plain", "tiny"),
            [("NB701", "spec.kind", "the WorkspaceKind lab may not be used in the namespace web: ask the GPU team")],
        ),
        ((NOTHING_FOR_WEB,), "ml", ("plain", "tiny"), []),
        (
            (rule("POD_CONFIG", SILENT, pod=labelled(GPU), image=labelled(CPU)),),
            "ml",
            ("plain", "big"),
            [("NB702", f"{OPTIONS}.podConfig", "the podConfig value big may not be used in the namespace ml")],
        ),
    ],
)  # fmt: skip
def test_b15_what_is_denied_is_refused(
    rules: Any, namespace: str, chosen: tuple[str, str], expected: list[Any]
) -> None:
    assert told(denied(world(*rules), namespace, *chosen)) == expected


@pytest.mark.parametrize(
    ("rules", "refused"),
    [
        ((NO_GPU_FOR_WEB,), False),
        ((rule("IMAGE_CONFIG", SILENT, namespace=without("gpu-budget")),), False),
        ((NO_CUDA,), True),
        ((rule("IMAGE_CONFIG", SILENT, image=labelled(GPU), namespace={}),), True),
        ((rule("IMAGE_CONFIG", HIDE, namespace=labelled(ML)), NO_CUDA), False),
    ],
)
def test_b15_of_an_unknown_namespace_only_what_is_denied_everywhere_is(rules: Any, refused: bool) -> None:
    assert bool(denied(world(*rules), "elsewhere", "cuda", "big")) == refused


def test_4_2_6_upstream_denies_nothing() -> None:
    assert denied(world(NO_CUDA, NOTHING_FOR_WEB), "web", "cuda", "big", compat=True) == []
    assert permits_of(world(NO_CUDA).templates[0], world(NO_CUDA), compat=True) is None


def test_b15_a_broken_condition_does_not_let_people_in() -> None:
    broken = rule("IMAGE_CONFIG", SILENT, image=labelled(GPU), namespace=BROKEN)
    assert denied(world(broken), "ml", "cuda", "big")
    assert not denied(world(broken), "ml", "plain", "big")


def test_what_does_not_exist_is_not_denied_too() -> None:
    assert denied(world(NO_CUDA), "ml", "gone", "big") == []


def test_the_rule_is_shown_with_what_it_denies() -> None:
    (found,) = denied(world(NO_CUDA_ON_CPU, NO_CUDA), "ml", "cuda", "big")
    assert [(str(source), path.keyed) for source, path, _ in found.related] == [
        ("WorkspaceKind lab", "spec.filterRules[1]")
    ]


# ---- what a kind promises in vain ----


def in_vain(*rules: Any, **more: Any) -> list[tuple[str, str, str, str]]:
    catalog = world(*rules, **more)
    found = filter_findings(catalog.templates[0], catalog)
    return [(one.code, one.severity, one.path.keyed, one.message) for one in found]


DEFAULT = f"{OPTIONS}.imageConfig.spawner.default"


def test_b15_a_default_that_nobody_may_use() -> None:
    message = "the default cuda of imageConfig may not be used in any namespace"
    assert in_vain(NO_CUDA) == [("NB217", "warning", DEFAULT, message)]
    assert in_vain(NO_CUDA, imageConfig="plain") == []
    assert in_vain(NO_GPU_FOR_WEB) == []
    assert [one[0] for one in in_vain(NO_GPU_FOR_WEB, teams={"kube-system": WEB})] == ["NB217"]
    assert (
        in_vain(NO_GPU_FOR_WEB, teams={"kube-system": WEB}, others=[workspace("elsewhere", "cuda", "big")])
        == []
    )
    assert in_vain(NO_CUDA_ON_CPU, teams={}) == []
    assert [one[0] for one in in_vain(NO_CUDA_ON_CPU, pods=PODS[1:])] == ["NB217"]


def test_b15_a_default_that_nobody_is_shown() -> None:
    message = "the default cuda of imageConfig is not listed in any namespace"
    assert in_vain(rule("IMAGE_CONFIG", OMIT, image=labelled(GPU))) == [
        ("NB217", "warning", DEFAULT, message)
    ]
    broken = rule("IMAGE_CONFIG", OMIT, image=labelled(GPU), namespace=BROKEN)
    assert in_vain(broken) == []


CHAIN = (
    image("plain", CPU),
    image("oldest", CPU, redirect={"to": "older"}),
    image("older", CPU, redirect={"to": "cuda"}),
    image("cuda", GPU),
)


def redirects(*ids: str) -> list[str]:
    return [f"{OPTIONS}.imageConfig.values[{one}].redirect.to" for one in ids]


def test_b15_a_redirect_that_ends_with_what_its_users_may_not_use() -> None:
    found = in_vain(NO_GPU_FOR_WEB, images=CHAIN)
    assert [one[2] for one in found] == redirects("oldest", "older")
    assert {one[:2] for one in found} == {("NB220", "error")}
    assert found[0][3] == "the imageConfig value oldest redirects to cuda, which may not be used in web"
    assert in_vain(NO_GPU_FOR_WEB, images=CHAIN, teams={"ml": ML}) == []


def test_b15_a_redirect_of_what_is_denied_too_is_no_matter() -> None:
    nothing = rule("IMAGE_CONFIG", SILENT, namespace=labelled(WEB))
    assert in_vain(nothing, images=CHAIN) == []
    assert in_vain(NOTHING_FOR_WEB, images=CHAIN) == []
    assert in_vain(rule("WORKSPACE_KIND", DENY, namespace={}), images=CHAIN) == []


def test_b15_a_redirect_to_what_is_not_listed_is_a_warning() -> None:
    found = in_vain(rule("IMAGE_CONFIG", OMIT, image=labelled(GPU)), images=CHAIN)
    assert [one[1:3] for one in found] == [("warning", place) for place in redirects("oldest", "older")]
    assert found[0][3].endswith("cuda, which is not listed in any namespace")


def test_redirects_that_end_nowhere_are_told_by_other_rules() -> None:
    images = (
        image("plain", CPU, redirect={"to": "gone"}),
        image("a", CPU, redirect={"to": "b"}),
        image("b", CPU, redirect={"to": "a"}),
        image("into", CPU, redirect={"to": "a"}),
    )
    assert in_vain(NO_CUDA, images=images) == []


def test_pods_are_looked_at_as_images_are() -> None:
    no_big = rule("POD_CONFIG", SILENT, pod=labelled(GPU), namespace=labelled(WEB))
    pods = (*PODS, pod("old", CPU, redirect={"to": "big"}))
    assert [(code, path) for code, _, path, _ in in_vain(no_big, pods=pods)] == [
        ("NB220", f"{OPTIONS}.podConfig.values[old].redirect.to")
    ]
    assert [path for _, _, path, _ in in_vain(no_big, teams={"kube-system": WEB})] == [
        f"{OPTIONS}.podConfig.spawner.default"
    ]


# ---- combinations ----


def space(catalog: Catalog) -> Space:
    (template,) = catalog.templates
    return Space(template, (), frozenset(), permits=permits_of(template, catalog))


@pytest.mark.parametrize(
    ("rules", "total", "out_of_reach"),
    [
        ((), 4, []),
        ((NO_GPU_FOR_WEB,), 4, []),
        ((NO_CUDA_ON_CPU,), 3, []),
        ((NO_CUDA,), 2, ["cuda"]),
        ((NO_CUDA, NO_CUDA_ON_CPU), 2, ["cuda"]),
        ((NO_CUDA, rule("POD_CONFIG", SILENT, pod=labelled(GPU))), 1, ["cuda", "big"]),
        ((NO_CUDA_ON_CPU, rule("POD_CONFIG", SILENT, pod=labelled(CPU), image=labelled(CPU))), 2, ["tiny"]),
        ((rule("WORKSPACE_KIND", SILENT, namespace={}),), 0, ["cuda", "plain", "big", "tiny"]),
        ((rule("WORKSPACE_KIND", SILENT, image={}),), 4, []),
    ],
)
def test_what_nobody_may_have_is_no_combination(rules: Any, total: int, out_of_reach: list[str]) -> None:
    found = space(world(*rules))
    assert (found.total, len(list(found.every()))) == (total, total)
    assert [one.id for _, one in found.unreachable()] == out_of_reach
    assert found.constraints.pairs() in (None, total)


def test_large_kinds_are_counted_without_what_nobody_may_have() -> None:
    images = [image(f"i{at}", GPU if at % 2 else CPU) for at in range(300)]
    pods = [pod(f"p{at}", GPU if at % 3 else CPU) for at in range(300)]
    assert space(world(NO_CUDA_ON_CPU, images=images, pods=pods)).total == 300 * 300 - 150 * 100
    never = rule("IMAGE_CONFIG", SILENT, image={"matchLabels": {"version": "7"}})
    images[7] = image("i7", {"version": "7", **GPU})
    assert space(world(NO_CUDA_ON_CPU, never, images=images, pods=pods)).total == 299 * 300 - 149 * 100


def test_a_namespace_without_an_object_may_have_any_labels() -> None:
    only_web = {"kube-system": WEB}  # so that they are all that there are
    assert space(world(NO_GPU_FOR_WEB, teams=only_web)).total == 2
    assert space(world(NO_GPU_FOR_WEB, teams={})).total == 4
    assert space(world(NO_GPU_FOR_WEB, teams={"web": WEB})).total == 4
    assert space(world(NO_GPU_FOR_WEB, teams=only_web, others=[quota("elsewhere", "1")])).total == 4
    assert space(world(NO_GPU_FOR_WEB, teams=only_web, others=[workspace("x", "cuda", "big")])).total == 4


@pytest.mark.parametrize("whole", [0, 64])
def test_a_budget_is_asked_only_where_the_combination_may_be_used(whole: int) -> None:
    """The large pod is allowed in the small namespace beside one of the images only, which is not the default."""
    rules = [rule("POD_CONFIG", SILENT, pod=labelled(GPU), image=labelled(GPU), namespace=labelled(WEB))]
    for images, refused in ((IMAGES, True), (IMAGES[:1], False)):
        catalog = world(*rules, images=images, others=[quota("web", "4"), quota("ml", "100")])
        (template,) = catalog.templates
        permits, surroundings = permits_of(template, catalog), Surroundings(catalog)
        assert permits is not None

        def judge(tree: Any, selection: Any) -> list[Any]:
            spaces = permits.open_to(selection.options, surroundings.bounded)  # noqa: B023
            return [fault for one in spaces for fault in quotas.check(tree, surroundings.budget(one))]  # noqa: B023

        verdict = examined(template, catalog, judge, whole=whole, permits=permits)
        assert [(one.code, one.pods) for one in verdict.findings] == ([("NB601", 1)] if refused else [])


def test_a_kind_without_rules_that_deny_permits_everything() -> None:
    catalog = world(rule("IMAGE_CONFIG", HIDE, image=labelled(GPU)))
    assert permits_of(catalog.templates[0], catalog) is None
