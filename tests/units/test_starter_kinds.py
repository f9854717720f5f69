"""The starter kinds: what the files promise to the people who keep them."""

from __future__ import annotations

import re
from typing import Any

import pytest

import nbcore
from tests.golden.cases import CASES, ROOT, catalog_of, renderings

STARTER = next(case for case in CASES if case.name == "starter-kinds")
CATALOG = catalog_of(STARTER)
TEMPLATES = [one.metadata.name for one in CATALOG.list("Template")]
RENDERED = dict(renderings(STARTER))


def pod(name: str) -> dict[str, Any]:
    found = RENDERED[f"team-a/{name}"].pod
    assert found is not None
    return found


def main(name: str) -> dict[str, Any]:
    found: dict[str, Any] = pod(name)["spec"]["containers"][0]
    assert found["name"] == "main"
    return found


def env(name: str) -> dict[str, Any]:
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in main(name)["env"]}


def test_there_are_three_templates_and_a_notebook_for_each() -> None:
    assert TEMPLATES == ["code-server", "jupyterlab", "rstudio"]
    used = {one.spec.template_ref.name for one in CATALOG.list("Notebook")}
    assert used == set(TEMPLATES)
    assert CATALOG.findings == ()


@pytest.mark.parametrize("name", sorted(RENDERED))
def test_a_notebook_renders_without_errors_and_warnings(name: str) -> None:
    assert RENDERED[name].pod is not None
    assert {one.severity for one in RENDERED[name].findings} <= {"info"}


@pytest.mark.parametrize("name", sorted(RENDERED))
def test_a_pod_has_shared_memory_its_prefix_and_no_key_to_the_cluster(name: str) -> None:
    name = name.removeprefix("team-a/")
    spec = pod(name)["spec"]
    volumes = {one["name"]: one for one in spec["volumes"]}
    assert volumes["dshm"]["emptyDir"]["medium"] == "Memory"
    assert {"name": "dshm", "mountPath": "/dev/shm"} in main(name)["volumeMounts"]
    assert re.fullmatch(rf"/notebook/team-a/{name}/[a-z]+/", env(name)["NB_PREFIX"])
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["fsGroup"] in (100, 1000)


def test_ada_gets_what_she_asked_for() -> None:
    container = main("ada-jupyter")
    assert container["resources"] == {
        "requests": {"cpu": "1", "memory": "12Gi"},
        "limits": {"cpu": "4", "memory": "12Gi"},
    }
    mounts = {one["mountPath"]: one for one in container["volumeMounts"]}
    assert mounts["/home/jovyan"] == {"name": "home-volume", "mountPath": "/home/jovyan"}
    assert mounts["/data/climate"]["readOnly"] is True
    found = env("ada-jupyter")
    assert found["PROJECT"] == "climate"
    assert found["PIP_INDEX_URL"] == "https://mirror.example.com/pypi/simple"
    assert found["AWS_SECRET_ACCESS_KEY"]["secretKeyRef"]["optional"] is True


def test_ben_and_eva_override_what_a_rule_lets_them() -> None:
    assert main("ben-code")["imagePullPolicy"] == "Always"
    assert [one["key"] for one in pod("eva-pytorch")["spec"]["tolerations"]] == [
        "nvidia.com/gpu",
        "notebooks.example.com/team",
    ]


def test_cleos_mirror_wins_over_the_templates_own() -> None:
    assert env("cleo-rstudio")["CRAN"] == "https://mirror.example.com/cran"
    origin = RENDERED["team-a/cleo-rstudio"].origin("spec.containers[main].env[CRAN].value")
    assert origin is not None
    assert str(origin.layer) == "PodDefault notebooks/package-mirror"
    assert [str(below.layer) for below in origin.shadowed] == ["Template notebooks/rstudio"]


def test_the_retired_image_moves_on_at_the_next_start_and_says_so() -> None:
    rendering = RENDERED["team-a/dan-jupyter"]
    assert main("dan-jupyter")["image"] == "quay.io/jupyter/scipy-notebook:2026-08-24"
    assert rendering.selection["image"].outcome == "Redirected"
    [finding] = rendering.findings
    assert finding.code == "NB213"
    assert "no more security fixes" in finding.message


def test_a_large_size_has_more_shared_memory_and_stays_in_memory() -> None:
    volumes = {one["name"]: one for one in pod("eva-pytorch")["spec"]["volumes"]}
    assert volumes["dshm"]["emptyDir"] == {"medium": "Memory", "sizeLimit": "16Gi"}


def edited(name: str, **spec: Any) -> nbcore.Rendering:
    """The rendering of a starter Notebook with parts of its spec replaced."""
    notebook = CATALOG.get("Notebook", name, "team-a")
    value = notebook.origin.document.value
    return nbcore.render({**value, "spec": {**value["spec"], **spec}}, CATALOG)


@pytest.mark.parametrize(
    ("name", "spec", "codes"),
    [
        ("eva-pytorch", {"options": {"image": "pytorch-cuda12-2026-08", "size": "large"}}, {"NB209"}),
        ("ada-jupyter", {"resources": {"nvidia.com/gpu": 1}}, {"NB310"}),
        ("ada-jupyter", {"overrides": {"spec": {"hostNetwork": True}}}, {"NB306"}),
        ("ada-jupyter", {"overrides": {"spec": {"terminationGracePeriodSeconds": 301}}}, {"NB306"}),
        ("ada-jupyter", {"overrides": {"spec": {"tolerations": [{"operator": "Exists"}]}}}, {"NB306"}),
        ("ada-jupyter", {"env": [{"name": "NB_PREFIX", "value": "/"}]}, {"NB307"}),
        ("ben-code", {"podDefaults": ["package-miror"]}, {"NB206"}),
    ],
)
def test_what_the_kinds_do_not_let_people_do(name: str, spec: dict[str, Any], codes: set[str]) -> None:
    rendering = edited(name, **spec)
    assert rendering.pod is None
    assert {one.code for one in rendering.findings if one.severity == "error"} == codes


def images() -> list[str]:
    values = [value for one in CATALOG.list("Template") for value in one.spec.group("image").values]
    return [value.template["spec"]["containers"][0]["image"] for value in values]


@pytest.mark.parametrize("image", images())
def test_images_are_pinned_to_a_version(image: str) -> None:
    assert re.fullmatch(r"[a-z0-9./-]+:(cuda\d+-)?(\d{4}-\d\d-\d\d|\d+\.\d+\.\d+(-ubuntu)?)", image)


@pytest.mark.parametrize("name", TEMPLATES)
def test_the_base_has_the_image_of_the_default(name: str) -> None:
    spec = CATALOG.get("Template", name, "notebooks").spec
    group = spec.group("image")
    chosen = group.value(group.default).template["spec"]["containers"][0]["image"]
    assert spec.template["spec"]["containers"][0]["image"] == chosen


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_value_has_a_name_for_people_and_every_group_a_default(name: str) -> None:
    template = CATALOG.get("Template", name, "notebooks")
    assert template.spec.display.name
    for group in template.spec.options:
        assert group.value(group.default) is not None
        assert group.value(group.default).redirect is None
        assert all(value.display.name for value in group.values)


def test_what_is_referred_to_exists() -> None:
    for template in CATALOG.list("Template"):
        for reference in (*template.spec.required, *template.spec.optional):
            assert CATALOG.get("PodDefault", reference.name, "notebooks") is not None


def test_the_readme_names_every_file_and_notebook_command() -> None:
    text = (ROOT / "kinds" / "README.md").read_text()
    for file in (ROOT / "kinds").glob("*.yaml"):
        assert f"`{file.name}`" in text
    for name in re.findall(r"--notebook (\S+)", text):
        assert name in RENDERED
