"""What the pages are tried on: a fleet and an edit of its kind, whole or with names that would be markup.

Refuses to know what a browser makes of them.
"""

from __future__ import annotations

import copy
from typing import Any, Final

import nbcore
from nbcore.change.change import forcing, worst
from nbcore.change.diffing import diff
from nbcore.cli.graphs import graphs_of
from nbcore.cli.origins import fields_of
from nbcore.cli.pages import Compared, diff_page, explain_page, plan_page
from nbcore.cli.pages.drawing import standalone
from nbcore.cli.secrecy import Masks
from nbcore.cli.situation import Situation
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from nbcore.planning.planned import Plan, plan
from nbcore.planning.rollout import Wave

Json = Any

HOSTILE: Final = (
    "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;\u202etxt.exe\u2066{{x}}"
)
"""A text that would be markup, close a script, leave an attribute and turn the line around."""
SECRET: Final = "c4n4ry-value"
TEAMS: Final = 20
STATES: Final = ("Running", "Paused", "Pending", "Running")


def image(id_: str, tag: str, **more: Json) -> Json:
    """A value of imageConfig."""
    spec = {"image": f"registry.example/lab:{tag}", "ports": [{"id": "lab", "port": 8888}]}
    return {"id": id_, "spawner": {"displayName": f"Image {id_}"}, "spec": spec, **more}


def kind(text: str = "plain", *, edited: bool = False, token: str = SECRET) -> Json:
    """A WorkspaceKind, before and after an edit: an image moves on, one is gone, one redirect breaks."""
    pod: Json = {
        "volumeMounts": {"home": "/home/jovyan"},
        "ports": [{"id": "lab", "protocol": "HTTP", "defaultDisplayName": "Lab"}],
        "extraEnv": [{"name": "TOKEN", "value": token}],
        "podMetadata": {"annotations": {"example.com/told": text}},
        "options": {
            "imageConfig": {
                "spawner": {"default": "scipy-2"},
                "values": [
                    image("scipy-1", "1", redirect={"to": "gone" if edited else "scipy-2"}),
                    image("scipy-2", "2.1" if edited else "2"),
                    image(
                        "torch-1",
                        "torch",
                        redirect={"to": "scipy-2", "message": {"level": "Warning", "text": text}},
                    ),
                    *([] if edited else [image("old", "0")]),
                ],
            },
            "podConfig": {
                "spawner": {"default": "small"},
                "values": [
                    {
                        "id": "small",
                        "spawner": {"displayName": text},
                        "spec": {
                            "resources": {"requests": {"cpu": "0.1" if edited else "100m", "memory": "1Gi"}}
                        },
                    }
                ],
            },
        },
    }
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "WorkspaceKind",
        "metadata": {"name": "jupyterlab"},
        "spec": {
            "spawner": {
                "displayName": "JupyterLab",
                "description": text,
                "icon": {"url": "https://example.com/i.svg"},
                "logo": {"url": "https://example.com/l.svg"},
            },
            "podTemplate": pod,
        },
    }


def workspace(number: int = 0, text: str = "plain") -> Json:
    """One Workspace; every tenth takes a value that the edit takes away, every fiftieth one that never was."""
    images = [
        "scipy-1",
        "scipy-2",
        "scipy-2",
        "torch-1",
        "scipy-1",
        "scipy-2",
        "scipy-2",
        "scipy-2",
        "scipy-1",
    ]
    chosen = "never" if number % 50 == 49 else [*images, "old"][number % 10]
    return {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "metadata": {"name": f"lab-{number:05}", "namespace": f"team-{number % TEAMS:02}"},
        "spec": {
            "kind": "jupyterlab",
            "podTemplate": {
                "podMetadata": {"annotations": {"example.com/own": text}},
                "volumes": {"home": "home"},
                "options": {"imageConfig": chosen, "podConfig": "small"},
            },
        },
        "status": {"state": STATES[number % len(STATES)]},
    }


def explained(text: str = "plain") -> str:
    """The page that explains one Workspace; its redirect is offered."""
    catalog = nbcore.Catalog([kind(text), workspace(0, text)])
    notebook = next(one for one in catalog if isinstance(one, Notebook))
    rendering = nbcore.render(notebook, catalog)
    return explain_page(Situation(notebook, rendering, catalog), fields_of(rendering, Masks()))


def compared(text: str = "plain") -> str:
    """The page that compares two Workspaces, of which one changes."""
    old, new = nbcore.Catalog([kind(text)]), nbcore.Catalog([kind(text, edited=True, token=f"{SECRET}-2")])
    found = []
    for one in (workspace(0, text), workspace(1, text), workspace(9, text)):
        before, after = nbcore.render(one, old), nbcore.render(one, new)
        changes = diff(before.pod, after.pod, origin_of_old=before.origin, origin_of_new=after.origin)
        name = f"Workspace {one['metadata']['namespace']}/{one['metadata']['name']}"
        found.append(Compared(name, changes, worst(changes), forcing(changes), (text,), after.findings))
    found.append(Compared(f"Workspace {text}", (), "none"))
    return diff_page(found, old=f"kinds@{text}", new="kinds")


def planned(count: int, text: str = "plain") -> Plan:
    """The plan of the edit for so many Workspaces, the last of which is given a hostile name where there is one."""
    notebooks = [workspace(number, text) for number in range(count)]
    if text != "plain":
        notebooks[-1]["metadata"] = {"name": text, "namespace": text}
    return plan(nbcore.Catalog([kind(text)]), nbcore.Catalog([kind(text, edited=True)]), notebooks)


def plan_text(count: int, text: str = "plain") -> str:
    """The page of that plan, with two waves."""
    found = planned(count, text)
    members = found.notebooks("restart")
    half = len(members) // 2
    waves = (Wave("stopped", members[:half]), Wave(text, members[half:]))
    return plan_page(found, old="kinds at main", new=f"kinds, {text}", waves=waves)


def drawn() -> str:
    """The redirect graph of a kind with all that can be wrong."""
    catalog = nbcore.Catalog([kind(HOSTILE, edited=True), circling(), *map(workspace, range(10))])
    return standalone(graphs_of(catalog, [one for one in catalog if isinstance(one, Template)]))


def circling() -> Json:
    """A WorkspaceKind whose images lead in a circle, with a branch that leads into it."""
    found = copy.deepcopy(kind())
    found["metadata"]["name"] = "circling"
    links = {"in": "a", "a": "b", "b": "c", "c": "a", "self": "self"}
    values = [image(id_, "1", redirect={"to": to}) for id_, to in links.items()]
    found["spec"]["podTemplate"]["options"]["imageConfig"]["values"] = [*values, image("scipy-2", "2")]
    return found
