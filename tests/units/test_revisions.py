"""Pinned environments: a Revision written by hand renders what its inputs say, whatever the catalog holds."""

from __future__ import annotations

from typing import Any

import nbcore
from nbcore.model.selection import Selected
from tests.units.notebooks import BASE, codes, container, main, one, template

INPUTS: Any = [
    {"rank": "template", "kind": "Template", "namespace": "team", "name": "base", "template": BASE},
    {
        "rank": "podDefaults",
        "kind": "PodDefault",
        "namespace": "team",
        "name": "mirror",
        "template": main(env=[{"name": "A", "value": "1"}]),
    },
    {
        "rank": "options",
        "kind": "Template",
        "namespace": "team",
        "name": "base",
        "group": "g",
        "value": "a",
        "template": main(image="registry/lab:2"),
    },
]


def pinned(inputs: Any, *objects: Any, main_container: str = "lab", **spec: Any) -> nbcore.Rendering:
    """What a Notebook becomes with a Revision of these inputs."""
    notebook = one("Notebook", "mine", {"templateRef": {"name": "base"}, **spec})
    revision = one("Revision", "r", {"mainContainer": main_container, "inputs": inputs})
    return nbcore.render(notebook, nbcore.Catalog(objects), revision=revision)


def test_main_means_the_notebooks_container_in_a_revision_too() -> None:
    lab = container(pinned(INPUTS))
    assert lab == {"name": "lab", "image": "registry/lab:2", "env": [{"name": "A", "value": "1"}]}


def test_a_revision_renders_what_its_objects_rendered() -> None:
    mirror = one("PodDefault", "mirror", {"template": INPUTS[1]["template"]})
    options = [{"id": "g", "default": "a", "values": [{"id": "a", "template": INPUTS[2]["template"]}]}]
    base = template(options=options, required=[{"name": "mirror"}])
    notebook = one("Notebook", "mine", {"templateRef": {"name": "base"}})
    fresh = nbcore.render(notebook, nbcore.Catalog([base, mirror]))
    assert pinned(INPUTS).to_bytes() == fresh.to_bytes()


def test_what_is_pinned_is_told() -> None:
    rendering = pinned(INPUTS, options={"g": "b"})
    assert rendering.selection == {"g": Selected("g", "a", "a")}
    assert rendering.template == Selected("", "team/base", "team/base")
    (applied,) = rendering.pod_defaults
    assert (applied.name, applied.applied, applied.why) == ("mirror", True, "revision")


def test_the_rules_are_those_of_the_template_that_is_pinned() -> None:
    rule = {"path": "spec.hostname"}
    other = template(overrides=[rule])
    other["metadata"]["name"] = "other"
    inputs = [{**INPUTS[0], "name": "other"}]
    rendering = pinned(inputs, template(), other, overrides={"spec": {"hostname": "mine"}})
    assert rendering.pod is not None
    assert codes(pinned(inputs, template(), overrides={"spec": {"hostname": "mine"}})) == ["NB306"]


def test_a_revision_without_its_container_is_a_finding() -> None:
    assert codes(pinned([])) == ["NB311"]
    (finding,) = pinned(INPUTS, main_container="lap").findings
    assert (finding.code, str(finding.path), finding.remedy) == (
        "NB311",
        "spec.mainContainer",
        "Did you mean lab?",
    )
    assert codes(pinned(INPUTS[1:])) == ["NB311"]
