"""Verdicts and warnings: what is refused of kinds and notebooks, and what people are told of an accepted edit."""

from __future__ import annotations

import copy
import re

import yaml

import nbcore
from nbcore.rules import page
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Json,
    Server,
    changed,
    namespace,
    notebook,
    template,
    with_metadata,
)


def pod(image: str, **container: Json) -> Json:
    return {"spec": {"containers": [{"name": "main", "image": f"registry.example.com/{image}", **container}]}}


def server(*objects: Json, settings: nbcore.Settings | None = None) -> Server:
    return Server([namespace(), *objects], settings)


# ---- kinds ----


def test_a_bad_kind_is_refused_with_code_and_remedy() -> None:
    bad = template(template={"spec": {"containers": []}}, nonsense=1)
    said = server().create(bad, ADMIN)
    assert said.code == 422
    assert "NB311" in said.codes
    assert "NB105 spec.nonsense" in said.message


def test_what_a_kind_refers_to_may_come_later() -> None:
    said = server().create(template(required=[{"name": "later"}]), ADMIN)
    assert said.allowed
    assert any(one.startswith("NB205") for one in said.warnings)
    assert server(template(required=[{"name": "later"}])).create(notebook()).codes == ("NB205",)


def test_an_update_is_refused_for_what_it_adds_only() -> None:
    bad = template(template=pod("lab:1", ports=[{"containerPort": 0}]))
    made = server()
    made.put(bad)
    said = made.update(changed(bad, home={"mountPath": "/home"}), ADMIN)
    assert said.allowed
    assert said.warnings
    worse = changed(bad, template=pod("lab:1", ports=[{"containerPort": 0}], livenessProbe={}))
    assert not made.update(worse, ADMIN).allowed


def test_an_edit_of_a_kind_tells_what_it_does_to_notebooks() -> None:
    made = server(template())
    made.put(template())
    for name, condition in (("a", "True"), ("b", "False"), ("c", "True")):
        status = {"conditions": [{"type": "Ready", "status": condition}]}
        made.put({**notebook(name), "status": status})
    said = made.update(template(template=pod("lab:2")), ADMIN)
    assert said.warnings[0].startswith(
        "3 notebooks (2 running, in 1 namespace): restarted to take it at the next start"
    )
    gone = made.delete(template(), ADMIN)
    assert gone.allowed
    assert any("cannot be rendered any more" in one for one in gone.warnings)


def test_a_pod_default_that_breaks_a_template_is_refused() -> None:
    made = server(template(required=[{"name": "more"}]))
    spoiling = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "PodDefault",
        "metadata": {"name": "more", "namespace": "team"},
        "spec": {"template": pod("lab:1", ports=[{"containerPort": 0}])},
    }
    assert not made.create(spoiling, ADMIN).allowed
    assert made.create(changed(spoiling, template=pod("lab:1")), ADMIN).allowed


def test_a_revision_is_immutable() -> None:
    spec = {
        "mainContainer": "main",
        "inputs": [{"rank": "template", "kind": "Template", "name": "lab", "template": pod("lab:1")}],
    }
    one = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Revision",
        "metadata": {"name": "r", "namespace": "team"},
        "spec": spec,
    }
    made = server()
    assert made.create(one, ADMIN).allowed
    assert made.update(changed(one, mainContainer="other"), ADMIN).codes[0] == "NB112"


# ---- notebooks ----


def test_an_edit_of_a_running_notebook_is_pending() -> None:
    made = server(template())
    assert made.create(notebook()).allowed
    mine = made.stored["Notebook", "team", "mine"]
    said = made.update(changed(mine, env=[{"name": "A", "value": "hunter2"}]))
    (told,) = said.warnings
    assert told.startswith("pending: spec.containers[main].env")
    assert told.endswith("this is taken at the next start")
    assert "hunter2" not in str(said.review)
    mine = made.stored["Notebook", "team", "mine"]
    assert made.update(changed(mine, stopped=True)).warnings == ()
    mine = made.stored["Notebook", "team", "mine"]
    assert made.update(changed(mine, env=[])).warnings == ()


def test_an_offer_is_told() -> None:
    values = [{"id": "new"}, {"id": "old", "redirect": {"to": "new"}}]
    made = server(template(options=[{"id": "image", "default": "new", "values": values}]))
    said = made.create(notebook(options={"image": "old"}))
    assert said.warnings == ("NB213: the image value old is replaced: new is offered",)


def test_stop_passes_and_start_is_judged_by_the_ratchet() -> None:
    made = server(template())
    assert made.create(notebook()).allowed
    made.catalog = made.catalog.replace(removed=[template()])
    mine = made.stored["Notebook", "team", "mine"]
    assert made.update(changed(mine, stopped=True)).allowed
    stopped = made.stored["Notebook", "team", "mine"]
    moved = made.update(changed(stopped, templateRef={"name": "no"}, stopped=True))
    assert moved.allowed, "a problem that it had"
    assert not made.update(changed(stopped, overrides={"spec": {"hostPID": True}}, nonsense=1)).allowed


# ---- Kubeflow ----


def kubeflow() -> tuple[Json, Json]:
    """A WorkspaceKind with two pod configs, and a Workspace of it."""
    text = re.search(r"## Passes\n\n```yaml\n(.+?)```", page("NB701"), re.DOTALL)
    assert text is not None
    kind, workspace = (one for one in yaml.safe_load_all(text[1]) if one["kind"] != "Namespace")
    del kind["spec"]["filterRules"]
    small, *_ = values = kind["spec"]["podTemplate"]["options"]["podConfig"]["values"]
    large = copy.deepcopy(small) | {"id": "large"}
    large["spawner"]["displayName"] = "Large"
    large["spec"]["resources"]["limits"]["memory"] = "8Gi"
    values.append(large)
    return kind, workspace


def sized(workspace: Json, size: str) -> Json:
    found = copy.deepcopy(workspace)
    found["spec"]["podTemplate"]["options"]["podConfig"] = size
    return found


def test_a_workspace_is_restarted_at_once() -> None:
    kind, workspace = kubeflow()
    for setting in ("warn", "refuse"):
        made = server(kind, settings=nbcore.Settings(restarting_edits=setting))
        assert made.create(workspace).allowed
        mine = made.stored["Workspace", "team", "mine"]
        assert mine["spec"]["paused"] is False
        assert mine["metadata"]["annotations"][OWNER] == "ada"
        said = made.update(sized(mine, "large"))
        assert said.allowed == (setting == "warn")
        restarts = [
            one for one in said.warnings if one.startswith("restarts it at once: spec.containers[main]")
        ]
        assert bool(restarts) == said.allowed, "what is not done is not told"
        assert made.update(changed(made.stored["Workspace", "team", "mine"], paused=True)).allowed
        assert made.update(sized(made.stored["Workspace", "team", "mine"], "small")).allowed


def test_a_workspace_kind_in_use_stays() -> None:
    kind, workspace = kubeflow()
    made = server()
    assert made.create(kind, ADMIN).allowed
    assert made.create(workspace).allowed
    edited = copy.deepcopy(made.stored["WorkspaceKind", "", "lab"])
    values = edited["spec"]["podTemplate"]["options"]["podConfig"]["values"]
    values[0]["spec"]["resources"]["limits"]["memory"] = "2Gi"
    said = made.update(edited, ADMIN)
    assert (said.codes, said.code) == (("NB234",), 422), "kubectl would try a 409 again"
    del values[0]
    edited["spec"]["podTemplate"]["options"]["podConfig"]["spawner"]["default"] = "large"
    assert made.update(edited, ADMIN).codes == ("NB235",)
    said = made.delete(made.stored["WorkspaceKind", "", "lab"], ADMIN)
    assert (said.codes, said.code) == (("NB236",), 409)
    assert made.delete(workspace).allowed
    assert made.delete(made.stored["WorkspaceKind", "", "lab"], ADMIN).allowed


def test_cleaners_delete_a_kind_in_use() -> None:
    kind, workspace = kubeflow()
    made = server(kind)
    made.put(kind)
    made.put(with_metadata(workspace, annotations={OWNER: "ada"}))
    assert made.delete(kind, "system:serviceaccount:kube-system:generic-garbage-collector").allowed
