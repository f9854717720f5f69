"""Random fleets: kinds of both dialects in few words, so that layers and own fields often meet, edits of them, and
notebooks with own fields of every sort. Everything comes from one seed.

This module refuses to know what an edit does.
"""

from __future__ import annotations

import copy
from random import Random
from typing import Any, Final, NamedTuple

import nbcore
from nbcore.revision import revision_of
from tests.units.workspaces import KIND

Json = Any
NATIVE, KUBEFLOW = "jackhoman.dev/v1beta1", "kubeflow.org/v1beta1"
SPACES: Final = ("team", "lab")

TEXTS = (
    "1",
    "2",
    "{{ name }}",
    "{{ owner }}",
    "n1",
    '{{ httpPathPrefix "web" }}',
    "x{{ namespace }}",
    "$(OWN)",
    "$(A)",
)
PREFIX = '{{ httpPathPrefix "lab" }}'
IN_MAIN: tuple[Json, ...] = (
    *({"env": [{"name": "A", "value": text}]} for text in TEXTS),
    {"env": [{"name": "B", "value": "1"}]},
    {"env": [{"name": "B", "value": "1"}, {"name": "A", "value": "1"}]},
    {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]},
    {"env": [{"name": "A", "value": "1"}, {"name": "OWN", "value": "1"}]},
    {"env": [{"name": "R", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}]},
    {"image": "registry/lab:1"},
    {"image": "registry/lab:2"},
    {"image": "registry/lab:latest"},
    {"imagePullPolicy": "Always"},
    {"imagePullPolicy": "IfNotPresent"},
    {"args": ["--home", "$(OWN)"]},
    {"args": ["--home"]},
    {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}},
    {"resources": {"requests": {"cpu": "1"}}},
    {"resources": {"requests": {"cpu": "1000m"}}},
    {"resources": {"limits": {"cpu": "2"}}},
    {"resources": {"limits": {"nvidia.com/gpu": "1"}}},
    {"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]},
    {"volumeMounts": [{"name": "shm", "mountPath": "/dev/shm"}]},
    {"volumeMounts": [{"name": "shm", "mountPath": "/data"}]},
    {"volumeMounts": [{"name": "tmp", "mountPath": "/data/deep"}]},
    {"securityContext": {"runAsNonRoot": True}},
    {"livenessProbe": {"tcpSocket": {"port": 8888}}},
    {"livenessProbe": {"tcpSocket": {"port": 8888}, "periodSeconds": 10}},
    {"ports": [{"containerPort": 8888}]},
)
"""Parts of the main container."""
IN_SPEC: tuple[Json, ...] = (
    {"volumes": [{"name": "shm", "emptyDir": {}}]},
    {"volumes": [{"name": "shm", "emptyDir": {"medium": "Memory"}}]},
    {"volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "shm", "emptyDir": {}}]},
    {"volumes": [{"name": "data-volume-0", "emptyDir": {}}]},
    {"nodeSelector": {"pool": "gpu"}},
    {"nodeSelector": {"pool": "cpu", "zone": "a"}},
    {"schedulingGates": [{"name": "gate"}]},
    {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
    {"tolerations": [{"key": "spot", "operator": "Exists", "tolerationSeconds": 5}]},
    {"terminationGracePeriodSeconds": 10},
    {"terminationGracePeriodSeconds": 30},
    {"priorityClassName": "high"},
    {"serviceAccountName": "robot"},
    {"hostNetwork": True},
    {"enableServiceLinks": True},
    {"topologySpreadConstraints": [
        {
            "topologyKey": "zone",
            "maxSkew": 1,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "x"}},
            "matchLabelKeys": ["team"],
        }
    ]},
    {"topologySpreadConstraints": [
        {
            "topologyKey": "zone",
            "maxSkew": 1,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {
                "matchLabels": {"app": "x"},
                "matchExpressions": [{"key": "team", "operator": "In", "values": ["a"]}],
            },
        }
    ]},
    {"containers": [{"name": "side", "image": "proxy:1", "env": [{"name": "OWNER", "value": "{{ owner }}"}]}]},
    {"containers": [
        {
            "name": "side",
            "image": "proxy:1",
            "env": [{"name": "Z", "value": "1"}, {"name": "OWNER", "value": "{{ owner }}"}],
        }
    ]},
    {"containers": [
        {
            "name": "side",
            "image": "proxy:1",
            "env": [{"name": "OWNER", "value": "{{ owner }}"}, {"name": "Z", "value": "1"}],
        }
    ]},
    {"containers": [{"name": "side", "image": "proxy:2", "resources": {"limits": {"cpu": "1"}}}]},
    {"initContainers": [{"name": "setup", "image": "busybox:1"}]},
)  # fmt: skip
"""Parts of the spec."""
IN_METADATA: tuple[Json, ...] = (
    {"labels": {"team": "a"}},
    {"labels": {"team": "b"}},
    {"labels": {"pick": "me"}},
    {"annotations": {"note": "1"}},
    {"annotations": {"note": "2"}},
    {"annotations": {"container.apparmor.security.beta.kubernetes.io/main": "unconfined"}},
)


def tree(random: Random, most: int = 3) -> Json:
    """A partial pod template."""
    main: Json = {}
    spec: Json = {}
    metadata: Json = {}
    for _ in range(random.randint(0, most)):
        target, parts = random.choice(
            ((main, IN_MAIN), (main, IN_MAIN), (spec, IN_SPEC), (metadata, IN_METADATA))
        )
        target.update(copy.deepcopy(random.choice(parts)))
    if main:
        spec["containers"] = [{"name": "main", **main}, *spec.get("containers", [])]
    return {**({"metadata": metadata} if metadata else {}), **({"spec": spec} if spec else {})}


def base(random: Random, main: str = "main") -> Json:
    """A pod template with a main container."""
    found = tree(random, 6)
    spec = found.setdefault("spec", {})
    containers = spec.setdefault("containers", [])
    if not any(one["name"] == "main" for one in containers):
        containers.insert(0, {"name": "main"})
    for one in containers:
        one.setdefault("image", "registry/base:1")
        one["name"] = main if one["name"] == "main" else one["name"]
    return found


def native(of: str, name: str, spec: Json, namespace: str = "kinds") -> Json:
    """An object of our own dialect."""
    return {
        "apiVersion": NATIVE,
        "kind": of,
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def value(random: Random, id_: str) -> Json:
    """An option value."""
    found: Json = {
        "id": id_,
        "template": tree(random, 2),
        "display": {"labels": {"tier": random.choice("xy")}},
    }
    if random.random() < 0.15:
        found["redirect"] = {
            "to": random.choice(("a", "b", "c", "nowhere")),
            "when": random.choice(("Offer", "Restart", "Immediate")),
        }
    if random.random() < 0.1:
        found["ports"] = [{"id": "web", "port": 8888}]
    if random.random() < 0.05:
        found["compatible"] = {"image": {"matchLabels": {"tier": random.choice("xy")}}}
    return found


def group(random: Random, id_: str) -> Json:
    """An option group of up to three values."""
    ids = random.sample("abc", random.randint(1, 3))
    default = {"default": random.choice(ids)} if random.random() < 0.9 else {}
    return {"id": id_, **default, "values": [value(random, one) for one in ids]}


RULES: Final = (
    {"path": "spec.containers[main].env[ALLOWED]"},
    {"path": "spec.terminationGracePeriodSeconds", "min": 1, "max": 100},
    {"path": "spec.containers[main].resources.limits", "min": 0, "max": 2},
    {"path": "spec.topologySpreadConstraints"},
)


def template(random: Random, name: str) -> Json:
    """A Template."""
    main = "main" if random.random() < 0.8 else "lab"
    spec: Json = {
        "template": base(random, main),
        "options": [group(random, one) for one in ("image", "size")[: random.randint(0, 2)]],
        "required": [{"name": one} for one in ("p", "q") if random.random() < 0.3],
        "optional": [{"name": one} for one in ("p", "q") if random.random() < 0.5],
        "overrides": [one for one in RULES if random.random() < 0.8],
    }
    if random.random() < 0.8:
        spec["home"] = {"mountPath": "/home/me"}
    if random.random() < 0.95:
        spec["ports"] = [{"id": "web", "port": 8888}]
    if random.random() < 0.1:
        spec["deprecation"] = {"redirect": {"to": random.choice(("t0", "t1", "t9")), "when": "Restart"}}
    return native("Template", name, spec)


def pod_default(random: Random, name: str, namespace: str = "kinds") -> Json:
    """A PodDefault, one that selects where it is in a namespace of notebooks."""
    spec: Json = {"template": tree(random, 2)}
    if namespace in SPACES:
        spec["selector"] = {"matchLabels": {"pick": random.choice(("me", "you"))}}
    return native("PodDefault", name, spec, namespace)


def workspace_kind(random: Random) -> Json:
    """A WorkspaceKind."""
    kind = copy.deepcopy(KIND)
    kind["metadata"] = {"name": "k0"}
    pod = kind["spec"]["podTemplate"]
    pod["extraEnv"] = [{"name": "A", "value": random.choice(("1", "2", PREFIX, PREFIX))}]
    pod["podMetadata"] = {"labels": {"team": random.choice("ab")}}
    for field in ("imageConfig", "podConfig"):
        options = pod["options"][field]
        first = options["values"][0]
        options["values"] = [workspace_value(random, first, one) for one in random.sample("abc", 2)]
        options["spawner"]["default"] = options["values"][0]["id"]
    return kind


def workspace_value(random: Random, given: Json, id_: str) -> Json:
    """An option of a WorkspaceKind."""
    found = copy.deepcopy(given)
    found["id"] = id_
    found.pop("redirect", None)
    spec = found["spec"]
    if "image" in spec:
        spec["image"] = random.choice(("lab:1", "lab:2"))
    else:
        spec["resources"] = random.choice(({"requests": {"cpu": "1"}}, {"requests": {"cpu": "2"}}, {}))
        spec["podMetadata"] = {"labels": random.choice(({}, {"own": "a"}, {"own": "b"}))}
    if random.random() < 0.3:
        found["redirect"] = {"to": random.choice("abcd")}
    return found


# ---- edits ----


def edited(random: Random, given: list[Json]) -> list[Json]:
    """The objects after some edits."""
    objects = copy.deepcopy(given)
    for _ in range(random.randint(0, 3)):
        at = random.randrange(len(objects))
        one = objects[at]
        if random.random() < 0.05:
            del objects[at]
            if not objects:
                return objects
        elif one["kind"] == "Template":
            edit_template(random, one["spec"])
        elif one["kind"] == "WorkspaceKind":
            edit_kind(random, one)
        elif random.random() < 0.8:
            one["spec"]["template"] = tree(random, 2)
        elif "selector" in one["spec"]:
            one["spec"]["selector"] = {"matchLabels": {"pick": random.choice(("me", "you"))}}
    return objects


def edit_template(random: Random, spec: Json) -> None:
    """Changes one thing of a Template."""
    what = random.randrange(14)
    values = [value for group in spec["options"] for value in group["values"]]
    if what <= 3:
        edit_tree(random, spec["template"])
    elif what <= 7 and values:
        random.choice(values)["template"] = tree(random, 2)
    elif what == 8 and values:
        random.choice(values)["redirect"] = {
            "to": random.choice("abcd"),
            "when": random.choice(("Offer", "Restart")),
        }
    elif what == 9 and spec["options"]:
        chosen = random.choice(spec["options"])
        chosen["values"] = random.sample(chosen["values"], random.randint(1, len(chosen["values"])))
    elif what >= 11:
        fresh = template(random, "x")["spec"]
        field = random.choice(("overrides", "required", "optional", "home", "ports", "deprecation"))
        spec.pop(field, None)
        if field in fresh:
            spec[field] = fresh[field]
    elif what == 10 and spec["options"]:
        chosen = random.choice(spec["options"])
        chosen["default"] = random.choice(chosen["values"])["id"]
    else:
        spec["display"] = {"name": "Shown"}


def edit_tree(random: Random, given: Json) -> None:
    """Changes a few things of a pod template that has a main container, or of one beside it."""
    spec = given["spec"]
    if random.random() < 0.3:
        given["metadata"] = copy.deepcopy(random.choice(IN_METADATA))
    elif random.random() < 0.5:
        spec["containers"][0].update(copy.deepcopy(random.choice(IN_MAIN)))
    elif random.random() < 0.5:
        part = copy.deepcopy(random.choice(IN_SPEC))
        for field, value in part.items():
            if field == "containers":
                spec["containers"] = [spec["containers"][0], *value]
            else:
                spec[field] = value
    elif random.random() < 0.5:
        given["metadata"] = copy.deepcopy(random.choice(IN_METADATA))
    else:
        field = random.choice(sorted(spec))
        if field != "containers":
            del spec[field]


def edit_kind(random: Random, kind: Json) -> None:
    """Changes a few things of a WorkspaceKind."""
    fresh = workspace_kind(random)["spec"]["podTemplate"]
    pod = kind["spec"]["podTemplate"]
    field = random.choice(("extraEnv", "podMetadata", "imageConfig", "podConfig"))
    if field in pod:
        pod[field] = fresh[field]
    else:
        pod["options"][field] = fresh["options"][field]


# ---- notebooks ----


def notebook(random: Random, name: str) -> Json:
    """A Notebook or a Workspace with a few things of its own."""
    found = workspace(random, name) if random.random() < 0.25 else native_notebook(random, name)
    if random.random() < 0.4:
        owner = random.choice(("n1", "ada", "$(A)"))
        found["metadata"]["annotations"] = {"jackhoman.dev/owner": owner}
    return found


def native_notebook(random: Random, name: str) -> Json:
    """A Notebook."""
    parts: dict[str, Json] = {
        "podDefaults": random.choice((["p"], ["q"], ["p", "q"], ["z"])),
        "resources": random.choice(
            (
                {"cpu": "1", "memory": "1Gi"},
                {"cpu": 2},
                {"requests": {"cpu": "1"}},
                {"limits": {"memory": "1Gi"}},
                {"nvidia.com/gpu": 1},
                {"cpu": "-1" if name == "n1" else "3"},
            )
        ),
        "volumes": random.choice(
            (
                {"home": f"home-{name}"},
                {"data": [{"pvcName": f"data-{name}", "mountPath": "/data"}]},
                {"data": [{"pvcName": f"data-{name}", "mountPath": "/work", "readOnly": True}]},
                {"secrets": [{"secretName": f"s-{name}", "mountPath": "/keys"}]},
            )
        ),
        "env": [
            {
                "name": random.choice(("OWN", "OWN", "B", "ALSO", "ALSO")),
                "value": random.choice((name, "$(A)", "1")),
            }
        ],
        "metadata": random.choice(
            (
                {"labels": {"team": random.choice("ab")}},
                {"labels": {"team": random.choice("ab"), "project": name}},
                {"labels": {"pick": random.choice(("me", "you"))}},
                {"labels": {"project": name}},
                {"labels": {"project": "not valid!" if name == "n1" else "fine"}},
                {"annotations": {"note": random.choice("12")}},
                {"annotations": {"mine": name}},
            )
        ),
        "overrides": random.choice(
            (
                {"spec": {"terminationGracePeriodSeconds": random.choice((10, 20))}},
                {"spec": {"containers": [{"name": "main", "env": [{"name": "ALLOWED", "value": "1"}]}]}},
                {"spec": {"topologySpreadConstraints": IN_SPEC[15]["topologySpreadConstraints"]}},
                {"spec": {"hostPID" if name == "n1" else "terminationGracePeriodSeconds": 20}},
            )
        ),
    }
    spec: Json = {"templateRef": {"name": random.choice(("t0", "t1")), "namespace": "kinds"}}
    spec["options"] = {one: random.choice("abc") for one in ("image", "size") if random.random() < 0.4}
    for part in random.sample(sorted(parts), random.choice((0, 0, 1, 1, 2, 3))):
        spec[part] = parts[part]
    if random.random() < 0.3:
        spec["metadata"] = parts["metadata"]
    return native("Notebook", name, spec, random.choice(SPACES))


def workspace(random: Random, name: str) -> Json:
    """A Workspace."""
    template: Json = {
        "options": {"imageConfig": random.choice("ab"), "podConfig": random.choice("ab")},
        "volumes": {"home": f"home-{name}"} if random.random() < 0.5 else {},
    }
    if random.random() < 0.3:
        template["volumes"]["data"] = [
            {"pvcName": f"d-{name}", "mountPath": random.choice(("/data", "/data", "/dev/shm"))}
        ]
    if random.random() < 0.5:
        labels = random.choice(({"own": "a"}, {"own": "b"}, {"team": "a"}, {"project": name}))
        template["podMetadata"] = {"labels": labels, "annotations": {"mine": name}}
    return {
        "apiVersion": KUBEFLOW,
        "kind": "Workspace",
        "metadata": {"name": name, "namespace": random.choice(SPACES)},
        "spec": {"kind": "k0", "podTemplate": template},
    }


def fit(random: Random, one: Json, objects: list[Json]) -> None:
    """Makes a notebook choose what there is."""
    spec = one["spec"]
    named = {given["metadata"]["name"]: given["spec"] for given in objects}
    if one["kind"] == "Workspace":
        for field, chosen in spec["podTemplate"]["options"].items():
            ids = [value["id"] for value in named["k0"]["podTemplate"]["options"][field]["values"]]
            spec["podTemplate"]["options"][field] = chosen if chosen in ids else random.choice(ids)
        return
    kind = named[spec["templateRef"]["name"]]
    for group in kind["options"]:
        ids = [value["id"] for value in group["values"]]
        if group["id"] in spec["options"] or "default" not in group:
            spec["options"][group["id"]] = random.choice(ids)
    known = [group["id"] for group in kind["options"]]
    spec["options"] = {group: id_ for group, id_ in spec["options"].items() if group in known}
    offered = [reference["name"] for reference in kind["optional"]]
    if "podDefaults" in spec:
        spec["podDefaults"] = [name for name in spec["podDefaults"] if name in offered]
    if "overrides" in spec and len(kind["overrides"]) < 4:
        del spec["overrides"]


class Scene(NamedTuple):
    """An edit and a fleet."""

    old: list[Json]
    new: list[Json]
    notebooks: list[Json]


def scene(seed: int, count: int = 24) -> Scene:
    """Two states of some kinds, and notebooks of them, a few pinned to Revisions of a third state."""
    random = Random(seed)
    old = [
        *(template(random, f"t{at}") for at in range(2)),
        *(pod_default(random, one) for one in ("p", "q")),
        workspace_kind(random),
    ]
    if random.random() < 0.4:
        old.append(pod_default(random, "s", random.choice(SPACES)))
    new = edited(random, old)
    notebooks = [notebook(random, f"n{at}") for at in range(count)]
    for one in notebooks:
        if random.random() < 0.9:
            fit(random, one, old)
    if random.random() < 0.4:
        pins = _pinned(random, notebooks, old if random.random() < 0.5 else edited(random, old))
        old = [*old, *pins]
    return Scene(old, new, notebooks)


def _pinned(random: Random, notebooks: list[Json], objects: list[Json]) -> list[Json]:
    """The Revisions of some of the notebooks, which name them in their status from then on."""
    catalog = nbcore.Catalog(objects)
    found = {}
    for one in notebooks:
        if random.random() < 0.5 and one["kind"] == "Notebook":
            revision, _ = revision_of(one, catalog)
            if revision is not None:
                one["status"] = {"revision": revision["metadata"]["name"]}
                found[revision["metadata"]["namespace"], revision["metadata"]["name"]] = revision
    return list(found.values())
