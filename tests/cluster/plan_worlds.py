"""Random fleets that a real server takes, and edits of their kinds: Templates, PodDefaults and a WorkspaceKind.

Whatever is chosen together gives a pod that is valid: no edit is left out because the server would not have it.
Everything comes from one source of random numbers. This module refuses to know what an edit does.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from tests.laws.fleets import native
from tests.units.workload_cases import kind as workspace_kind

Json = Any
IDS: Final = ("a", "b", "c")
IN_MAIN: Final[tuple[Json, ...]] = (
    {"image": "registry.example/lab:1"},
    {"image": "registry.example/lab:2"},
    {"imagePullPolicy": "Always"},
    {"imagePullPolicy": "IfNotPresent"},
    {"env": [{"name": "A", "value": "1"}]},
    {"env": [{"name": "A", "value": "2"}, {"name": "B", "value": "$(A)"}]},
    {"env": [{"name": "B", "value": "1"}, {"name": "A", "value": "{{ name }}"}]},
    {"args": ["--verbose"]},
    {"resources": {"requests": {"cpu": "250m", "memory": "512Mi"}}},
    {"resources": {"requests": {"cpu": "0.25", "memory": "536870912"}}},
    {"resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}}},
    {"resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": "2000m", "memory": "2Gi"}}},
    {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
    {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]},
    {"securityContext": {"allowPrivilegeEscalation": False}},
    {"livenessProbe": {"tcpSocket": {"port": 8888}}},
    {"livenessProbe": {"tcpSocket": {"port": 8888}, "periodSeconds": 10}},
    {"livenessProbe": {"tcpSocket": {"port": 8888}, "periodSeconds": 20}},
    {"terminationMessagePath": "/dev/termination-log"},
)
"""Parts of the main container."""
IN_SPEC: Final[tuple[Json, ...]] = (
    {"nodeSelector": {"pool": "gpu"}},
    {"nodeSelector": {"pool": "cpu", "zone": "a"}},
    {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
    {"tolerations": [{"key": "gpu", "operator": "Exists"}, {"key": "spot", "operator": "Exists"}]},
    {"terminationGracePeriodSeconds": 30},
    {"terminationGracePeriodSeconds": 10},
    {"enableServiceLinks": True},
    {"enableServiceLinks": False},
    {"dnsPolicy": "ClusterFirst"},
    {"volumes": [{"name": "tmp", "emptyDir": {}}]},
    {"volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}]},
    {"volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1024Mi"}}]},
    {"initContainers": [{"name": "setup", "image": "busybox:1"}]},
    {"containers": [{"name": "side", "image": "registry.example/proxy:1"}]},
    {"containers": [{"name": "side", "image": "registry.example/proxy:2"}]},
)
"""Parts of the spec."""
IN_METADATA: Final[tuple[Json, ...]] = (
    {"labels": {"team": "a"}},
    {"labels": {"team": "b"}},
    {"annotations": {"example.com/note": "1"}},
    {"annotations": {"example.com/note": "2"}},
)
HOMES: Final = ("shared-1", "shared-2")


class World(NamedTuple):
    """Kinds, and notebooks of them by what carries them."""

    kinds: list[Json]
    on_delete: list[Json]
    rolling: list[Json]


def world(random: Random, namespace: str, count: int) -> World:
    """Two fifths of Notebooks that are restarted by deletion, three tenths that roll, and as many Workspaces."""
    kinds = [
        _template(random, "lab"),
        _template(random, "train"),
        _template(random, "shared", home=random.choice(HOMES)),
        *(native("PodDefault", name, {"template": part(random)}) for name in ("p", "q")),
        _workspace_kind(random),
    ]
    names = [f"n{at}" for at in range(count)]
    first, second = count * 4 // 10, count * 7 // 10
    notebooks = [_notebook(random, namespace, one) for one in names[:second]]
    workspaces = [_workspace(random, namespace, one) for one in names[second:]]
    return World(kinds, notebooks[:first], notebooks[first:] + workspaces)


def part(random: Random, most: int = 2) -> Json:
    """A partial pod template."""
    main: Json = {}
    spec: Json = {}
    metadata: Json = {}
    for _ in range(random.randint(1, most)):
        target, parts = random.choice(
            ((main, IN_MAIN), (main, IN_MAIN), (spec, IN_SPEC), (metadata, IN_METADATA))
        )
        target.update(copy.deepcopy(random.choice(parts)))
    if main:
        spec["containers"] = [{"name": "main", **main}, *spec.get("containers", [])]
    return {**({"metadata": metadata} if metadata else {}), **({"spec": spec} if spec else {})}


def _base(random: Random, home: str) -> Json:
    """A pod template with a main container."""
    found = part(random, 4)
    spec = found.setdefault("spec", {})
    containers = spec.setdefault("containers", [])
    if not containers or containers[0]["name"] != "main":
        containers.insert(0, {"name": "main"})
    containers[0].setdefault("image", "registry.example/base:1")
    if home:
        volume = {"name": "home-volume", "persistentVolumeClaim": {"claimName": home}}
        spec["volumes"] = [volume, *spec.get("volumes", [])]
        containers[0]["volumeMounts"] = [{"name": "home-volume", "mountPath": "/home/me"}]
    return found


def _template(random: Random, name: str, home: str = "") -> Json:
    spec: Json = {
        "template": _base(random, home),
        "options": [_group(random, one) for one in ("image", "size")],
        "required": [{"name": "p"}] if random.random() < 0.5 else [],
        "optional": [{"name": "q"}],
        "ports": [{"id": "web", "port": 8888}],
    }
    return native("Template", name, spec | ({} if home else {"home": {"mountPath": "/home/me"}}))


def _group(random: Random, id_: str) -> Json:
    values = [{"id": one, "template": part(random)} for one in IDS]
    return {"id": id_, "default": random.choice(IDS), "values": values}


def _workspace_kind(random: Random) -> Json:
    found = workspace_kind(extraEnv=_extra_env(random), podMetadata={"labels": {"team": random.choice("ab")}})
    found["metadata"] = {"name": "kubeflow"}
    options = found["spec"]["podTemplate"]["options"]
    for field in ("imageConfig", "podConfig"):
        first = options[field]["values"][0]
        first.pop("redirect", None)
        options[field]["values"] = [
            _workspace_value(random, {**copy.deepcopy(first), "id": one}) for one in IDS
        ]
        options[field]["spawner"]["default"] = "a"
    return found


def _extra_env(random: Random) -> Json:
    return [{"name": "A", "value": random.choice(("1", "2"))}]


def _workspace_value(random: Random, value: Json) -> Json:
    """An option of a WorkspaceKind with other contents."""
    spec = value["spec"]
    if "image" in spec:
        spec["image"] = f"registry.example/lab:{random.randint(1, 3)}"
    else:
        cpu, memory = random.choice((("1", "1Gi"), ("1000m", "1024Mi"), ("2", "1Gi")))
        spec["resources"] = {"requests": {"cpu": cpu, "memory": memory}}
        spec["podMetadata"] = {"labels": random.choice(({}, {"size": "a"}, {"size": "b"}))}
    return value


# ---- notebooks ----


def _notebook(random: Random, namespace: str, name: str) -> Json:
    template = random.choice(("lab", "train", "shared"))
    own: dict[str, Json] = {
        "podDefaults": ["q"],
        "resources": {"cpu": "1", "memory": "1Gi"},
        "env": [{"name": random.choice(("A", "OWN")), "value": random.choice((name, "1"))}],
        "metadata": {"labels": {"team": random.choice("ab")}},
    }
    if template != "shared":
        own["volumes"] = {"home": f"home-{name}", "data": [{"pvcName": f"data-{name}", "mountPath": "/data"}]}
    chosen = {one: random.choice(IDS) for one in ("image", "size") if random.random() < 0.6}
    spec = {"templateRef": {"name": template, "namespace": "kinds"}, "options": chosen}
    for field in random.sample(sorted(own), random.choice((0, 0, 1, 2))):
        spec[field] = own[field]
    return native("Notebook", name, spec, namespace)


def _workspace(random: Random, namespace: str, name: str) -> Json:
    options = {"imageConfig": random.choice(IDS), "podConfig": random.choice(IDS)}
    pod: Json = {"options": options, "volumes": {"home": f"home-{name}"}}
    if random.random() < 0.3:
        pod["podMetadata"] = {"labels": {"team": random.choice("ab")}}
    metadata = {"name": name, "namespace": namespace}
    spec = {"kind": "kubeflow", "podTemplate": pod}
    return {"apiVersion": "kubeflow.org/v1beta1", "kind": "Workspace", "metadata": metadata, "spec": spec}


# ---- edits ----


def edited(random: Random, kinds: list[Json]) -> tuple[list[Json], str]:
    """The kinds after one to three edits, and which these were."""
    found = copy.deepcopy(kinds)
    names = []
    for _ in range(random.randint(1, 3)):
        edit = random.choice(EDITS)
        edit(random, found)
        names.append(edit.__name__)
    return found, ", ".join(names)


def _one(random: Random, kinds: list[Json], kind: str) -> Json:
    return random.choice([one for one in kinds if one["kind"] == kind])["spec"]


def _any_value(random: Random, kinds: list[Json]) -> Json:
    return random.choice(random.choice(_one(random, kinds, "Template")["options"])["values"])


def main_container(random: Random, kinds: list[Json]) -> None:
    """Another field of a Template's main container."""
    containers = _one(random, kinds, "Template")["template"]["spec"]["containers"]
    containers[0].update(copy.deepcopy(random.choice(IN_MAIN)))


def metadata(random: Random, kinds: list[Json]) -> None:
    """Other labels or annotations of a Template."""
    _one(random, kinds, "Template")["template"]["metadata"] = copy.deepcopy(random.choice(IN_METADATA))


def pod_field(random: Random, kinds: list[Json]) -> None:
    """Another field of a Template's pod spec."""
    spec = _one(random, kinds, "Template")["template"]["spec"]
    for field, value in copy.deepcopy(random.choice(IN_SPEC)).items():
        kept = {"containers": spec["containers"][:1], "volumes": _home(spec)}.get(field, [])
        spec[field] = kept + value if isinstance(value, list) else value


def _home(spec: Json) -> Json:
    return [one for one in spec.get("volumes", []) if one["name"] == "home-volume"]


def home(_: Random, kinds: list[Json]) -> None:
    """Another claim for the home of those that share one."""
    spec = next(one for one in kinds if one["metadata"]["name"] == "shared")["spec"]["template"]["spec"]
    claim = _home(spec)[0]["persistentVolumeClaim"]
    claim["claimName"] = next(one for one in HOMES if one != claim["claimName"])


def value(random: Random, kinds: list[Json]) -> None:
    """Other contents of an option."""
    _any_value(random, kinds)["template"] = part(random)


def redirect(random: Random, kinds: list[Json]) -> None:
    """An option leads to another one, to nowhere, or no more."""
    chosen = _any_value(random, kinds)
    if chosen.pop("redirect", None) is None:
        when = random.choice(("Offer", "Restart", "Idle"))
        chosen["redirect"] = {"to": random.choice((*IDS, "nowhere")), "when": when}


def offered(random: Random, kinds: list[Json]) -> None:
    """An option goes; all are back if one was gone already."""
    group = random.choice(_one(random, kinds, "Template")["options"])
    ids = [one["id"] for one in group["values"]]
    missing = [one for one in IDS if one not in ids]
    if missing:
        group["values"] += [{"id": one, "template": part(random)} for one in missing]
    else:
        group["values"] = [
            one for one in group["values"] if one["id"] in (group["default"], random.choice(ids))
        ]


def default(random: Random, kinds: list[Json]) -> None:
    """Another default of a group."""
    group = random.choice(_one(random, kinds, "Template")["options"])
    group["default"] = random.choice(group["values"])["id"]


def pod_default(random: Random, kinds: list[Json]) -> None:
    """Other contents of a PodDefault."""
    _one(random, kinds, "PodDefault")["template"] = part(random)


def required(random: Random, kinds: list[Json]) -> None:
    """Another list of required PodDefaults."""
    _one(random, kinds, "Template")["required"] = random.choice(([], [{"name": "p"}]))


def of_kubeflow(random: Random, kinds: list[Json]) -> None:
    """Another field of the WorkspaceKind."""
    pod = _one(random, kinds, "WorkspaceKind")["podTemplate"]
    if random.random() < 0.5:
        pod["extraEnv"] = _extra_env(random)
    else:
        pod["podMetadata"] = {"labels": {"team": random.choice("ab")}}


def value_of_kubeflow(random: Random, kinds: list[Json]) -> None:
    """Other contents of an option of the WorkspaceKind."""
    options = _one(random, kinds, "WorkspaceKind")["podTemplate"]["options"]
    _workspace_value(random, random.choice(options[random.choice(("imageConfig", "podConfig"))]["values"]))


EDITS: Final[tuple[Callable[[Random, list[Json]], None], ...]] = (
    main_container,
    main_container,
    metadata,
    pod_field,
    home,
    value,
    value,
    redirect,
    offered,
    default,
    pod_default,
    required,
    of_kubeflow,
    value_of_kubeflow,
    value_of_kubeflow,
)
