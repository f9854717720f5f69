"""Random objects that somebody else has had a hand in, and what their owner wants next, out of a seed.

Stateful sets and Deployments around realistic pods, Services, pods, and custom resources of any JSON. The owner
wrote `last`; others have added to it, and the server has filled it in; now the owner wants `desired`. It refuses
to know what a patch is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, NamedTuple, TypeAlias

from tests.oracles.realistic_pods import pod

Json: TypeAlias = Any
Object: TypeAlias = dict[str, Any]

GROUP = "patches.example.com"
CUSTOM = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": f"things.{GROUP}"},
    "spec": {
        "group": GROUP,
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things", "singular": "thing"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
                },
            }
        ],
    },
}
"""A kind of which the server knows nothing but that it is an object."""

TOGETHER = ("containers", "initContainers", "volumes", "resourceClaims", "hostNetwork", "os", "hostUsers")
"""Fields of a pod spec that refer to one another."""


class Case(NamedTuple):
    """What the owner wrote, what stands in the cluster before the server fills it in, and how desired is drawn."""

    last: Object
    stored: Object
    want: Callable[[Random], Object]


def case(random: Random, name: str, namespace: str) -> Case:
    """One object; its values are nobody else's."""
    kind = random.choices(tuple(_MAKERS), (6, 1, 2, 1, 2))[0]
    api_version = _VERSIONS[kind]
    metadata = {"name": name, "namespace": namespace, "labels": _some(random, _LABELS)}
    spec, variant = _MAKERS[kind](random)

    def whole(own: Object, labels: Json) -> Object:
        return {"apiVersion": api_version, "kind": kind, "metadata": {**metadata, "labels": labels}, **own}

    def want(random: Random) -> Object:
        made = whole(_copied(variant(random)), _some(random, _LABELS))
        if random.random() < 0.3:
            made["metadata"]["annotations"] = _some(random, _ANNOTATIONS)
        return made

    last = whole(_copied(spec), metadata["labels"])
    stored = _copied(last)
    _added_by_others(random, stored)
    return Case(last, stored, want)


_LABELS = {"team": "ml", "example.com/tier": "gold", "stage": "dev", "empty": ""}
_ANNOTATIONS = {"example.com/a": "~1", "note": "a/b", "zero": ""}
_VERSIONS: Mapping[str, str] = {
    "StatefulSet": "apps/v1",
    "Deployment": "apps/v1",
    "Service": "v1",
    "Pod": "v1",
    "Thing": f"{GROUP}/v1",
}

Maker: TypeAlias = Callable[[Random], tuple[Object, Callable[[Random], Object]]]


def _some(random: Random, values: Mapping[str, Json]) -> Object:
    return {key: value for key, value in values.items() if random.random() < 0.5}


def _copied(value: Json) -> Json:
    return json.loads(json.dumps(value))


# ---- pods and what carries them ----


def _spec(random: Random) -> Object:
    """The spec of a realistic pod whose first container is always called main."""
    while True:
        spec: Object = _stored(pod(random)["spec"])
        names = [one["name"] for one in spec["containers"]]
        if "main" not in names[1:]:
            spec["containers"][0]["name"] = "main"
            return spec


def _stored(spec: Object) -> Object:
    """The spec without what contradicts itself, and what a server drops because the feature is off."""
    spec.pop("schedulingGroup", None)
    if "serviceAccountName" in spec:
        spec.pop("serviceAccount", None)  # the old name of the same field: the two must agree
    for container in (*spec["containers"], *spec.get("initContainers", ())):
        container.get("lifecycle", {}).pop("stopSignal", None)
    volumes = spec.get("volumes", ())
    for projected in (one["projected"] for one in volumes if "projected" in one):
        projected["sources"] = [
            one for one in projected["sources"] if not one.keys() & {"clusterTrustBundle", "podCertificate"}
        ]
    return spec


def _templated(random: Random) -> tuple[Object, Object]:
    """Two pod specs that a template may hold."""
    specs = [_spec(random), _spec(random)]
    for spec in specs:
        for field in ("activeDeadlineSeconds", "restartPolicy", "nodeName", "schedulingGates"):
            spec.pop(field, None)
        for container in (*spec["containers"], *spec.get("initContainers", ())):
            container.pop("restartPolicyRules", None)
    return specs[0], specs[1]


def _mixed(random: Random, first: Object, second: Object) -> Object:
    """One spec out of two: what refers to one another from one of them, the rest from either."""
    base, other = (first, second) if random.random() < 0.75 else (second, first)
    own = {key: value for key, value in base.items() if key in TOGETHER or random.random() < 0.8}
    more = {key: value for key, value in other.items() if key not in TOGETHER and random.random() < 0.2}
    mixed: Object = _copied({**own, **more})
    for edit in random.choices(_EDITS, k=random.randint(0, 4)):
        edit(random, mixed)
    if "serviceAccountName" in mixed:
        mixed.pop("serviceAccount", None)
    return mixed


def _stateful_set(random: Random) -> tuple[Object, Callable[[Random], Object]]:
    first, second = _templated(random)
    base = {"serviceName": "s", "replicas": 0, "selector": {"matchLabels": {"app": "a"}}}
    claim = {
        "metadata": {"name": "claim"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1024Mi"}}},
    }
    if random.random() < 0.3:
        base["volumeClaimTemplates"] = [claim]

    def variant(random: Random) -> Object:
        own = {**base, "template": _template(random, _mixed(random, first, second))}
        return {"spec": own | _some(random, _STRATEGIES) | _strategy(random)}

    whole = {**base, "template": _template(random, first), **_some(random, _STRATEGIES), **_strategy(random)}
    return {"spec": whole}, variant


_STRATEGIES = {"minReadySeconds": 0, "revisionHistoryLimit": 3}


def _strategy(random: Random) -> Object:
    ways: tuple[Object, ...] = (
        {},
        {"updateStrategy": {"type": "OnDelete"}},
        {"updateStrategy": {"type": "RollingUpdate"}},
        {"updateStrategy": {"rollingUpdate": {"partition": random.randint(0, 2)}}},
    )
    return random.choice(ways)


def _deployment(random: Random) -> tuple[Object, Callable[[Random], Object]]:
    first, second = _templated(random)
    base = {"selector": {"matchLabels": {"app": "a"}}, "replicas": 0}
    ways: tuple[Object, ...] = (
        {},
        {"strategy": {"type": "Recreate"}},
        {"strategy": {"rollingUpdate": {"maxSurge": 1}}},
    )

    def variant(random: Random) -> Object:
        spec = _mixed(random, first, second)
        return {"spec": {**base, "template": _template(random, spec), **random.choice(ways)}}

    return {"spec": {**base, "template": _template(random, first), **random.choice(ways)}}, variant


def _template(random: Random, spec: Object) -> Object:
    metadata: Object = {"labels": {"app": "a", **_some(random, _LABELS)}}
    if random.random() < 0.3:
        metadata["annotations"] = _some(random, _ANNOTATIONS)
    if random.random() < 0.2:
        metadata["creationTimestamp"] = None
    return {"metadata": metadata, "spec": spec}


def _pod(random: Random) -> tuple[Object, Callable[[Random], Object]]:
    spec = _spec(random)

    def variant(random: Random) -> Object:
        made = _copied(spec)
        if random.random() < 0.5:
            _other_image(random, made)
        if random.random() < 0.3:
            _one_more_toleration(random, made)
        return {"spec": made}

    return {"spec": spec}, variant


# ---- edits of a pod spec ----


def _other_image(random: Random, spec: Object) -> None:
    random.choice(spec["containers"])["image"] = f"example.org/lab:{random.randint(1, 3)}"


def _env(random: Random, spec: Object) -> None:
    """Variables come, go, change what they are set from, and change their order."""
    container = random.choice(spec["containers"])
    env = [one for one in container.get("env", ()) if random.random() < 0.8]
    names = {one["name"] for one in env}
    ways: tuple[Object, ...] = (
        {"value": ""},
        {"value": str(random.randint(0, 3))},
        {},
        {"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": random.random() < 0.5}}},
    )
    for name in random.sample(("A", "B", "C", "HOME", "NB_PREFIX"), 2):
        if name in names:
            env = [{"name": name, **random.choice(ways)} if one["name"] == name else one for one in env]
        else:
            env.insert(random.randint(0, len(env)), {"name": name, **random.choice(ways)})
    if random.random() < 0.3:
        random.shuffle(env)
    container["env"] = env


def _ports(random: Random, spec: Object) -> None:
    """Ports come and go, some with a protocol, and in another order."""
    ports = [
        {"containerPort": number, **random.choice(({}, {"protocol": "TCP"}, {"protocol": "UDP"}))}
        for number in random.sample((8888, 8080, 9090, 53), random.randint(0, 3))
    ]
    spec["containers"][0]["ports"] = ports


def _amounts(random: Random, spec: Object) -> None:
    """The same amounts in other words, and others."""
    ways = ("1", "1000m", 1, "500m", "0.5", "2")
    memory = ("1Gi", "1024Mi", "1073741824", "2Gi", "1.5Gi", "1536Mi")
    amounts = {"cpu": random.choice(ways), "memory": random.choice(memory)}
    spec["containers"][0]["resources"] = {"limits": {"cpu": "4", "memory": "4Gi"}, "requests": amounts}


def _probe(random: Random, spec: Object) -> None:
    """A probe with another handler, other numbers, or none."""
    handlers: tuple[Object, ...] = (
        {"httpGet": {"port": 8888, "path": "/"}},
        {"httpGet": {"port": 8888}},
        {"tcpSocket": {"port": 8888}},
        {"exec": {"command": ["true"]}},
    )
    more: tuple[Object, ...] = (
        {},
        {"periodSeconds": 20},
        {"initialDelaySeconds": 0},
        {"failureThreshold": 5},
    )
    if random.random() < 0.3:
        spec["containers"][0].pop("livenessProbe", None)
    else:
        spec["containers"][0]["livenessProbe"] = {**random.choice(handlers), **random.choice(more)}


def _volume(random: Random, spec: Object) -> None:
    """A volume of its own, from another source each time."""
    sources: tuple[Object, ...] = (
        {"emptyDir": {}},
        {"emptyDir": {"medium": "Memory", "sizeLimit": random.choice(("1Gi", "1024Mi"))}},
        {"configMap": {"name": "c"}},
        {"secret": {"secretName": "s", "optional": False}},
        {"persistentVolumeClaim": {"claimName": "p", "readOnly": False}},
        {"downwardAPI": {"items": [{"path": "a", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    )
    rest = [one for one in spec.get("volumes", ()) if one["name"] != "extra"]
    rest.insert(random.randint(0, len(rest)), {"name": "extra", **random.choice(sources)})
    spec["volumes"] = rest


def _whole(random: Random, spec: Object) -> None:
    """Fields of the pod that are set, set to nothing, or gone."""
    ways: tuple[Object, ...] = (
        {"serviceAccountName": random.choice(("a", "b"))},
        {"hostIPC": False, "hostPID": False},
        {"nodeSelector": _some(random, {"a": "b", "c": "", "d": "e"})},
        {"automountServiceAccountToken": random.random() < 0.5},
        {"terminationGracePeriodSeconds": random.choice((0, 30, 60))},
        {"imagePullSecrets": random.sample(({"name": "a"}, {"name": "b"}, {"name": "c"}), 2)},
        {"securityContext": random.choice(({}, {"runAsUser": 0}, {"fsGroup": 100, "runAsNonRoot": False}))},
        {"hostname": random.choice(("a", "", None))},
        {"dnsConfig": {"options": [{"name": "ndots", "value": random.choice(("1", "2"))}]}},
        {
            "hostAliases": [
                {"ip": ip, "hostnames": ["a"]} for ip in random.sample(("10.0.0.1", "10.0.0.2"), 2)
            ]
        },
    )
    way = random.choice(ways)
    spec |= way
    if random.random() < 0.3:
        for field in ("serviceAccountName", "serviceAccount", "nodeSelector", "securityContext", "affinity"):
            spec.pop(field, None)


def _one_more_toleration(random: Random, spec: Object) -> None:
    toleration = {"key": random.choice(("gpu", "spot")), "operator": "Exists", "value": ""}
    spec["tolerations"] = [*spec.get("tolerations", ()), toleration]


def _reordered(random: Random, spec: Object) -> None:
    for field in ("volumes", "containers", "tolerations", "topologySpreadConstraints"):
        if field in spec and random.random() < 0.3:
            random.shuffle(spec[field])


def _container(random: Random, spec: Object) -> None:
    """One container more, or one less."""
    names = [one["name"] for one in spec["containers"]]
    if "more" not in names:
        at = random.randint(0, len(names))
        spec["containers"].insert(at, {"name": "more", "image": "i:1", "tty": False, "args": []})
    elif len(names) > 1:
        del spec["containers"][random.randrange(len(names))]


def _context(random: Random, spec: Object) -> None:
    ways: tuple[Object, ...] = (
        {},
        {"runAsUser": 0, "readOnlyRootFilesystem": False},
        {"capabilities": {"drop": ["ALL"]}},
        {"capabilities": {"add": random.sample(("CHOWN", "KILL", "SETUID"), 2)}},
        {"seccompProfile": {"type": "RuntimeDefault"}},
        {"seccompProfile": {"type": "Localhost", "localhostProfile": "p"}},
    )
    spec["containers"][0]["securityContext"] = random.choice(ways)


_EDITS: tuple[Callable[[Random, Object], None], ...] = (
    *(_other_image, _env, _env, _env, _ports, _amounts, _probe, _volume, _whole, _whole),
    *(_one_more_toleration, _reordered, _container, _context),
)


# ---- Services and custom resources ----


def _service(random: Random) -> tuple[Object, Callable[[Random], Object]]:
    def spec(random: Random) -> Object:
        chosen = random.sample((80, 443, 8888, 9090), random.randint(1, 3))
        ports = [
            {
                "name": f"p{port}",
                "port": port,
                **random.choice(({}, {"targetPort": 8888}, {"protocol": "TCP"})),
            }
            for port in chosen
        ]
        made: Object = {"ports": ports, "selector": {"app": random.choice("ab")}}
        more: tuple[Object, ...] = (
            {},
            {"type": "ClusterIP"},
            {"sessionAffinity": random.choice(("None", "ClientIP"))},
            {"publishNotReadyAddresses": random.random() < 0.5},
            {"externalIPs": random.choice(([], ["10.1.1.1"], ["10.1.1.1", "10.1.1.2"]))},
        )
        return {"spec": made | random.choice(more)}

    return spec(random), spec


def _thing(random: Random) -> tuple[Object, Callable[[Random], Object]]:
    def body(random: Random) -> Object:
        return {"spec": _json(random, 4, dict), "other": _json(random, 3, random.choice((dict, list)))}

    return body(random), body


_WORDS = ("a", "b", "name", "a/b", "m~n", "~1", "0", "-", "é")
_PLAIN: tuple[Json, ...] = (True, False, 0, 1, -7, 0.5, "", "a", "1", "true", None, 2**53)


def _json(random: Random, depth: int, kind: type | None) -> Json:
    kind = kind or random.choice((dict, dict, list, str) if depth else (str,))
    if kind is dict:
        words = random.sample(_WORDS, random.randint(0, 5))
        return {word: _json(random, depth - 1 if depth else 0, None) for word in words}
    if kind is list:
        return [_json(random, depth - 1, None) for _ in range(random.randint(0, 3))]
    return random.choice(_PLAIN)


_MAKERS: Mapping[str, Maker] = {
    "StatefulSet": _stateful_set,
    "Deployment": _deployment,
    "Service": _service,
    "Pod": _pod,
    "Thing": _thing,
}


# ---- others ----


def _added_by_others(random: Random, stored: Object) -> None:
    """What injectors, webhooks and people add to an object after its owner has written it."""
    metadata = stored["metadata"]
    metadata["labels"]["injected"] = "yes"
    metadata.setdefault("annotations", {})["example.com/injected"] = "yes"
    metadata["finalizers"] = ["example.com/theirs"] if random.random() < 0.3 else []
    spec = stored["spec"]
    if stored["kind"] == "Thing":
        spec["theirs"] = {"kept": [1, None]}
        return
    if stored["kind"] == "Service":
        spec["ports"].insert(random.randint(0, 1), {"name": "injected", "port": 15000})
        return
    inner = spec if stored["kind"] == "Pod" else spec["template"]["spec"]
    _injected(random, inner)
    if stored["kind"] != "Pod":
        spec["template"]["metadata"].setdefault("annotations", {})["injected"] = "yes"


def _injected(random: Random, spec: Object) -> None:
    """A sidecar first, last or between, variables and a volume."""
    if spec.get("os") or spec.get("hostNetwork"):
        return
    sidecar = {"name": "istio-proxy", "image": "istio/proxyv2:1.24", "env": [{"name": "X", "value": "1"}]}
    containers = spec["containers"]
    containers.insert(random.randint(0, len(containers)), sidecar)
    main = next(one for one in containers if one["name"] == "main")
    env = main.setdefault("env", [])
    env.insert(random.randint(0, len(env)), {"name": "INJECTED", "value": "yes"})
    volumes = spec.setdefault("volumes", [])
    volumes.insert(random.randint(0, len(volumes)), {"name": "injected", "emptyDir": {}})
    spec.setdefault("tolerations", []).insert(0, {"key": "injected", "operator": "Exists"})
