"""PodDefaults: which ones apply, in which order, and why the others do not."""

from __future__ import annotations

from typing import Any

from tests.units.notebooks import BASE, codes, container, main, one, option, rendered, template


def pod_default(name: str, tree: Any = None, **spec: Any) -> dict[str, Any]:
    return one(
        "PodDefault", name, {"template": tree or main(env=[{"name": name.upper(), "value": "1"}]), **spec}
    )


OFFER = {"required": [{"name": "r"}], "optional": [{"name": "o"}, {"name": "p"}]}
ALL = [pod_default(name) for name in ("p", "o", "r")]
SELECTED = [pod_default(name, selector={"matchLabels": {"pick": "me"}}) for name in ("s2", "s1")]


def test_the_order_is_required_optional_selected() -> None:
    rendering = rendered(
        template(**OFFER), *SELECTED, *ALL, podDefaults=["p", "o"], metadata={"labels": {"pick": "me"}}
    )
    applied = [(result.name, result.why) for result in rendering.pod_defaults if result.applied]
    assert applied == [
        ("r", "required"),
        ("p", "optional"),
        ("o", "optional"),
        ("s1", "selector"),
        ("s2", "selector"),
    ]
    assert [variable["name"] for variable in container(rendering)["env"]] == ["R", "P", "O", "S1", "S2"]
    assert rendering.pod is not None
    names = rendering.pod["metadata"]["annotations"]["jackhoman.dev/pod-defaults"]
    assert names == "team/r,team/p,team/o,team/s1,team/s2"


def test_why_not() -> None:
    rendering = rendered(template(**OFFER), *SELECTED, *ALL)
    skipped = {result.name: result.reason for result in rendering.pod_defaults if not result.applied}
    assert skipped["o"] == "optional, and the Notebook does not name it"
    assert "pick" in skipped["s1"]


def test_missing_and_not_offered() -> None:
    rendering = rendered(template(**OFFER), *ALL[:2], podDefaults=["x"])
    assert sorted(codes(rendering)) == ["NB205", "NB206"]
    assert rendering.pod is None
    (missing,) = (finding for finding in rendering.findings if finding.code == "NB205")
    assert (
        missing.message
        == "the PodDefault team/r cannot be applied: required by the Template, but it does not exist"
    )


def test_selectors_of_other_namespaces_do_not_reach() -> None:
    stranger = pod_default("s", selector={})
    stranger["metadata"]["namespace"] = "other"
    assert not rendered(template(), stranger).pod_defaults


def test_a_conflict_names_both_and_nothing_is_applied_by_halves() -> None:
    both = [pod_default(name, main(env=[{"name": "A", "value": name}])) for name in ("o", "r")]
    rendering = rendered(template(**OFFER), *both, podDefaults=["o"])
    assert rendering.pod is None
    (finding,) = rendering.findings
    assert finding.code == "NB301"
    assert "PodDefault team/r and PodDefault team/o" in finding.message
    assert [str(source) for source, _, _ in finding.related] == ["PodDefault team/r"]


def test_selectors_see_the_labels_that_the_pod_will_have() -> None:
    base = template(
        template={"metadata": {"labels": {"pick": "me"}}, **BASE}, overrides=[{"path": "metadata.labels"}]
    )
    taken = {**base["spec"], **option({"metadata": {"labels": {"pick": None}}})}
    (applied,) = rendered(base, SELECTED[0]).pod_defaults
    assert applied.applied
    (skipped,) = rendered(template(**taken), SELECTED[0]).pod_defaults
    assert not skipped.applied
    again = {"metadata": {"labels": {"pick": "me"}}}
    rendering = rendered(template(**taken), SELECTED[0], overrides=again)
    assert rendering.pod_defaults[0].applied
    assert rendering.pod is not None
    assert rendering.pod["metadata"]["labels"]["pick"] == "me"
