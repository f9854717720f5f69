"""Random WorkspaceKinds and Workspaces of few words, so that names, paths, labels and ids often meet.

Refuses to know what nbcore and upstream make of them.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.oracles.kubeflow_pods import TEXTS

Json = Any

IDS = ("a", "b", "c.d/e:1")
PORTS = ("lab", "code")
PATHS = ("/home/jovyan", "/data", "/data/", "/data/x", "/dev/shm", "/data/../else", "/proc", "/cache")
VOLUMES = ("dshm", "cache", "home-volume", "data-volume-0", "secret-volume-0")
LABELS = ("team", "statefulset", "example.com/cost", "notebooks.kubeflow.org/workspace-name", "no label")
VALUES = ("", "x", "demo")
WRONG_TEXTS = ("{{", "{{ httpPathPrefix 'lab' }}", '{{ "lab" | httpPathPrefix }}', '{{ printf "a" }}')

_some = st.sampled_from


def fields(required: dict[str, Any], **optional: Any) -> Any:
    return st.fixed_dictionaries(required, optional=optional)


def maps(keys: tuple[str, ...]) -> Any:
    return st.dictionaries(_some(keys), _some(VALUES), max_size=2)


def metadata() -> Any:
    return fields({}, labels=maps(LABELS), annotations=maps(("note", "example.com/cost")))


def listed(elements: Any, key: str, most: int = 3, least: int = 0) -> Any:
    return st.lists(elements, min_size=least, max_size=most, unique_by=lambda one: one[key])


def value(spec: Any) -> Any:
    redirect = fields({"to": _some((*IDS, "gone"))}, message=st.just({"level": "Info", "text": "newer"}))
    labels = listed(fields({"key": _some(("gpu", "python")), "value": _some(("x", "y"))}), "key")
    return fields(
        {"id": _some(IDS), "spawner": fields({"displayName": st.just("Some")}, labels=labels), "spec": spec},
        redirect=redirect,
    )


def group(spec: Any) -> Any:
    values = listed(value(spec), "id", least=1)
    return fields({"spawner": st.just({"default": "a"}), "values": values})


port = fields({"id": _some(PORTS), "port": _some((8888, 8889))})
image = fields(
    {"image": st.just("registry.example.com/lab:1"), "ports": listed(port, "id", 2, 1)},
    imagePullPolicy=_some(("Always", "Never", "IfNotPresent")),
)
size = fields(
    {},
    affinity=st.just({"nodeAffinity": {}}) | st.just({}),
    nodeSelector=maps(("pool",)),
    tolerations=st.lists(st.just({"key": "spot", "operator": "Exists"}), max_size=1),
    resources=st.just({"requests": {"cpu": "100m"}}) | st.just({}),
    schedulerName=st.just("volcano"),
    podMetadata=metadata(),
)
texts = _some((*TEXTS, *TEXTS, *WRONG_TEXTS))
variable = fields({"name": _some(("NB_PREFIX", "A", "B"))}, value=texts) | st.just(
    {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
)
volume = fields({"name": _some(VOLUMES), "emptyDir": st.just({})})
mount = fields({"name": _some(VOLUMES), "mountPath": _some(PATHS)}, readOnly=st.booleans())
kind_port = st.builds(lambda id_: {"id": id_, "protocol": "HTTP", "defaultDisplayName": "Some"}, _some(PORTS))
pod_template = fields(
    {
        "volumeMounts": st.just({"home": "/home/jovyan"}),
        "ports": listed(kind_port, "id", 2, 1),
        "options": fields({"imageConfig": group(image), "podConfig": group(size)}),
    },
    podMetadata=metadata(),
    extraEnv=listed(variable, "name"),
    extraVolumes=listed(volume, "name"),
    extraVolumeMounts=listed(mount, "mountPath"),
    securityContext=st.just({"fsGroup": 100}),
    containerSecurityContext=st.just({"runAsNonRoot": True}),
    schedulerName=st.just("default-scheduler"),
    probes=fields({}, livenessProbe=st.just({"tcpSocket": {"port": 8888}})),
)
SPAWNER = {
    "displayName": "Lab",
    "description": "A lab",
    "icon": {"url": "https://example.com/i.svg"},
    "logo": {"url": "https://example.com/l.svg"},
}
selector = _some(
    (
        {},
        {"matchLabels": {"gpu": "x"}},
        {"matchLabels": {"gpu type": "x"}},
        {"matchExpressions": [{"key": "gpu", "operator": "In"}]},
        {"matchExpressions": [{"key": "gpu", "operator": "DoesNotExist"}]},
    )
)
chosen = st.builds(lambda given: {"selector": given}, selector)
condition = st.builds(
    lambda about, given: {about: given},
    _some(("matchNamespace", "matchImageConfig", "matchPodConfig")),
    chosen,
)
filter_rule = fields(
    {
        "scope": _some(("WORKSPACE_KIND", "IMAGE_CONFIG", "POD_CONFIG")),
        "effect": _some(({"ui": {"hide": True}}, {"api": {"deny": True}}, {"api": {"hide": False}})),
        "match": st.lists(condition, min_size=1, max_size=2),
    }
)
activity_rule = fields(
    {
        "config": st.just({"secondsSinceActive": 7200}),
        "effect": _some(({"pauseWorkspace": True}, {"pauseWorkspace": False})),
    },
    match=fields({}, matchNamespace=chosen, matchPodConfig=chosen),
)
probe = _some(
    (
        {"jupyter": {"lastActivity": True, "portId": "lab"}},
        {"jupyter": {"lastActivity": True, "portId": "gone"}},
        {"podExec": {"script": "#!/bin/sh"}},
        {"podExec": {"script": "echo"}},
    )
)
rules = fields(
    {},
    filterRules=st.lists(filter_rule, max_size=2),
    activityRules=st.lists(activity_rule, max_size=2),
)
kinds = st.builds(
    lambda template, probes, more: {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "WorkspaceKind",
        "metadata": {"name": "lab"},
        "spec": {"spawner": SPAWNER, "podTemplate": {**template, **probes}, **more},
    },
    pod_template,
    fields({}, activityProbe=probe),
    rules,
)
data = fields({"pvcName": st.just("data"), "mountPath": _some(PATHS)}, readOnly=st.booleans())
secret = fields({"secretName": st.just("token"), "mountPath": _some(PATHS)}, defaultMode=_some((0, 256, 420)))
own = fields(
    {
        "volumes": fields(
            {},
            home=st.just("home"),
            data=listed(data, "mountPath", 2),
            secrets=listed(secret, "mountPath", 2),
        ),
        "options": fields({"imageConfig": _some(IDS), "podConfig": _some(IDS)}),
    },
    podMetadata=metadata(),
)
workspaces = st.builds(
    lambda template, paused: {
        "apiVersion": "kubeflow.org/v1beta1",
        "kind": "Workspace",
        "metadata": {"name": "demo", "namespace": "team"},
        "spec": {"kind": "lab", "paused": paused, "podTemplate": template},
    },
    own,
    st.booleans(),
)


@st.composite
def pairs(draw: Any) -> tuple[Json, Json]:
    """A kind and a Workspace of it; mostly its options exist."""
    kind, workspace = draw(kinds), draw(workspaces)
    options = workspace["spec"]["podTemplate"]["options"]
    for id_, chosen in list(options.items()):
        ids = [one["id"] for one in kind["spec"]["podTemplate"]["options"][id_]["values"]]
        if chosen not in ids and draw(st.integers(0, 9)):
            options[id_] = draw(_some(ids))
    return kind, workspace
