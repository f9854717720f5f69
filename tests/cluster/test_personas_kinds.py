"""The admin of a platform on a cluster with the webhook: kinds good and bad, and what becomes of those who use them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any, Final

import pytest

import nbcore
from tests.cluster.attempts import MERGE, STOP, done, is_denied, refused
from tests.cluster.stage import Stage
from tests.cluster.stage_objects import (
    WORKSPACE_KIND,
    env_default,
    kubeflow_default,
    notebook,
    pod,
    template,
    thing,
    with_main,
    workspace,
)

pytestmark = pytest.mark.cluster
Json = Any


def with_size(own: Json, **fields: Json) -> Json:
    own["spec"]["options"][0]["values"][0].update(fields)
    return own


def _kind_without_default() -> Json:
    made = copy.deepcopy(WORKSPACE_KIND)
    made["metadata"] = {"name": "bad"}
    made["spec"]["podTemplate"]["options"]["podConfig"]["spawner"]["default"] = "none"
    return made


def _without_name() -> Json:
    made = kubeflow_default("bad", "kinds", "A", {"a": "b"})
    made["spec"]["env"] = [{"value": "b"}]
    return made


BAD_KINDS: Final[Mapping[str, tuple[Json, str, str]]] = {
    "a redirect to nowhere": (
        with_size(template("bad"), redirect={"to": "huge"}),
        "NB207",
        "Name one that exists",
    ),
    "a volume that is not there": (
        with_main(template("bad"), volumeMounts=[{"name": "gone", "mountPath": "/x"}]),
        "NB472",
        "Add the volume to the pod.",
    ),
    "a default that is none": (_kind_without_default(), "NB211", "Name one of its values"),
    "a Kubeflow PodDefault without a name": (_without_name(), "NB107", "add name"),
}


@pytest.mark.parametrize("case", BAD_KINDS)
def test_a_bad_kind_is_refused_with_a_code_and_a_remedy(stage: Stage, case: str) -> None:
    kind, code, remedy = BAD_KINDS[case]
    assert remedy in refused(stage.apply("admin", kind), code)
    assert not stage.exists(kind)


@pytest.mark.parametrize("server_side", [False, True])
def test_good_kinds_are_taken_and_can_go(stage: Stage, server_side: bool) -> None:
    kinds = [
        template("good"),
        env_default("good", "kinds", "GOOD"),
        {**WORKSPACE_KIND, "metadata": {"name": "good"}},
        kubeflow_default("good", "kinds", "GOOD", {"a": "b"}),
    ]
    flags = ["--server-side"] if server_side else []
    for _ in range(2):
        assert done(stage.kubectl("admin", "apply", *flags, "-f", "-", stdin=kinds)) == ""
    assert done(stage.kubectl("admin", "delete", "-f", "-", stdin=kinds)) == ""


def test_the_admin_is_told_whom_an_edit_of_a_kind_concerns(stage: Stage, team: str) -> None:
    stage.client().create(template("told")).expect()
    stage.run(notebook("told", team, "told"), nbcore.Catalog([template("told")]))
    edited = with_main(template("told"), image="registry.example/lab:2")
    told = "Warning: 1 notebook (1 running, in 1 namespace): restarted to take it at the next start"
    replace = ["replace", "--dry-run=server", "-f", "-"]
    # a status comes by a watch
    stage.plane.wait(lambda: told in done(stage.kubectl("admin", *replace, stdin=[edited])))


def with_pod_config(name: str, requests: Mapping[str, str] | None) -> Json:
    """A WorkspaceKind of that name, with other requests in its first size, or without that."""
    made = {**copy.deepcopy(WORKSPACE_KIND), "metadata": {"name": name}}
    sizes = made["spec"]["podTemplate"]["options"]["podConfig"]
    if requests is None:
        sizes.update(spawner={"default": "big_cpu"}, values=sizes["values"][1:])
    else:
        sizes["values"][0]["spec"]["resources"]["requests"].update(requests)
    return made


def test_a_workspace_kind_in_use_stays_as_it_is(stage: Stage, team: str) -> None:
    done(stage.apply("admin", with_pod_config("used", {})))
    own = workspace("uses", team)
    own["spec"]["kind"] = "used"
    done(stage.apply("ada", own))
    delete = ["delete", "workspacekind", "used"]
    stage.plane.wait(lambda: stage.kubectl("admin", *delete, "--dry-run=server").returncode)
    assert "Delete the Workspaces first" in refused(stage.kubectl("admin", *delete), "NB236")
    replace = ["replace", "-f", "-"]
    refused(stage.kubectl("admin", *replace, stdin=[with_pod_config("used", {"cpu": "300m"})]), "NB234")
    refused(stage.kubectl("admin", *replace, stdin=[with_pod_config("used", None)]), "NB235")
    edited = with_pod_config("used", {"cpu": "300m"})
    refused(stage.apply("admin", edited, "--server-side", "--force-conflicts"), "NB234")
    done(stage.kubectl("ada", "delete", "-n", team, "workspace", "uses"))
    stage.plane.wait(lambda: stage.kubectl("admin", *delete).returncode == 0)


def test_what_an_admin_closes_is_closed(stage: Stage) -> None:
    """By labels of the namespace, which the admin may add, and by groups, in which ada is not."""
    space = stage.namespace()
    gated = template("gated", sizes={"small": "1Gi", "large": "8Gi", "own": "9Gi"})
    large, own = gated["spec"]["options"][0]["values"][1:]
    large["access"] = {"namespaceSelector": {"matchLabels": {"gpu": "yes"}}}
    own["access"] = {"groups": ["platform"]}
    stage.client().create(gated).expect()
    asked = {size: notebook(size, space, "gated", options={"size": size}) for size in ("large", "own")}
    stage.plane.wait(lambda: is_denied(stage.client("ada").create(asked["own"], dry_run=True), "NB712"))
    assert "needs label gpu=yes" in refused(stage.apply("ada", asked["large"]), "NB702")
    done(stage.kubectl("admin", "label", "namespace", space, "gpu=yes"))
    stage.plane.wait(lambda: stage.apply("ada", asked["large"]).returncode == 0)
    done(stage.apply("admin", asked["own"]))
    done(stage.kubectl("admin", "label", "namespace", space, "gpu-"))
    again = notebook("again", space, "gated", options={"size": "large"})
    stage.plane.wait(lambda: is_denied(stage.client("ada").create(again, dry_run=True), "NB702"))
    assert "Warning: NB702" in done(stage.kubectl("ada", "label", "-n", space, "notebook", "large", "a=b"))


def test_pod_defaults_that_disagree_are_told_where_people_look(stage: Stage) -> None:
    """No pod starts with half of them; the StatefulSet's events say why."""
    space, labels = stage.namespace(), {"app": "lab"}
    one, other = (
        env_default(name, space, "SAME", selector={"matchLabels": labels}) for name in ("one", "other")
    )
    other["spec"]["template"]["spec"]["containers"][0]["env"][0]["value"] = "2"
    done(stage.kubectl("admin", "apply", "-f", "-", stdin=[one, other]))
    stage.plane.wait(lambda: not stage.client().create(pod("probe", space, labels), dry_run=True).ok)
    carried = {"metadata": {"labels": labels}, "spec": pod("x", space, {})["spec"]}
    spec = {"serviceName": "x", "selector": {"matchLabels": labels}, "template": carried}
    stage.client().create(thing("apps/v1", "StatefulSet", "web", space, spec=spec)).expect()
    why = "NB301 spec.containers[main].env[SAME]: "
    stage.plane.wait(lambda: why in stage.kubectl("ada", "get", "events", "-n", space).stdout)
    done(stage.kubectl("admin", "delete", "poddefaults.jackhoman.dev", "-n", space, "other"))
    stage.plane.wait(lambda: stage.exists(thing("v1", "Pod", "web-0", space)))


def test_a_notebook_that_a_kind_broke_is_labelled_stopped_and_deleted(stage: Stage, team: str) -> None:
    stage.client().create(template("shrinks")).expect()
    own = notebook("broken", team, "shrinks", options={"size": "large"})
    stage.client("ada").create(own).expect()
    done(stage.kubectl("admin", "replace", "-f", "-", stdin=[template("shrinks", sizes={"small": "1Gi"})]))
    again = notebook("again", team, "shrinks", options={"size": "large"})
    stage.plane.wait(lambda: is_denied(stage.client("ada").create(again, dry_run=True), "NB204"))
    on = ["-n", team, "notebook", "broken"]
    warned = done(stage.kubectl("ada", "label", *on, "project=climate"))
    assert "Warning: NB204" in warned
    refused(stage.kubectl("ada", *MERGE, '{"spec": {"podDefaults": ["none"]}}', *on), "NB206")
    done(stage.kubectl("ada", *MERGE, STOP, *on))
    done(stage.kubectl("ada", "delete", *on))


def test_without_its_template_it_is_stopped_and_deleted(stage: Stage, team: str) -> None:
    stage.client().create(template("goes")).expect()
    own = notebook("orphan", team, "goes")
    stage.client("ada").create(own).expect()
    done(stage.kubectl("admin", "delete", "template", "-n", "kinds", "goes"))
    on = ["-n", team, "notebook", "orphan"]
    done(stage.kubectl("ada", *MERGE, STOP, *on))
    done(stage.kubectl("ada", "delete", *on))
