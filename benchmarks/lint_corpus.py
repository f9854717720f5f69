"""The seeded corpus of lint: Pods, Deployments and StatefulSets as files that people would have written.

A file of about 10 KB holds a main container with env, probes, mounts and a script, a proxy, an init container,
volumes, affinity and topology spread, all within the restricted level; one of about 2 KB holds one container.
Of twenty files one is faulty: what is wrong is one of `FAULTS`, and it is known which of the linters can tell.

Refuses to know who reads the files, and how long that takes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import yaml

Object = dict[str, Any]

FAULTY_OF: Final = 20
"""One file of so many is faulty."""

_APPS: Final = (
    "notebook",
    "gateway",
    "scheduler",
    "collector",
    "registry",
    "importer",
    "dashboard",
    "mirror",
)
_RESTRICTED: Final = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 10001,
    "runAsGroup": 10001,
}
_SCRIPT: Final = """set -eu
for folder in cache data results; do
  mkdir -p "/var/lib/app/$folder"
done
cp -r /etc/skel/. /var/lib/app/data/
exec /usr/local/bin/start --config /etc/app/config.toml --log-format json
"""
_HEADER: Final = """# {name}: owned by {owner}
# Rendered into the cluster by the delivery pipeline; change it by a merge request.
---
"""


@dataclass(frozen=True)
class File:
    """One file: its name, its text, and the fault that was put into it, if any."""

    name: str
    text: str
    fault: str = ""


# ---- faults ----


def _main(pod: Object) -> Object:
    container: Object = pod["spec"]["containers"][0]
    return container


def _misspelled(pod: Object) -> None:
    _main(pod)["imagePullPolcy"] = _main(pod).pop("imagePullPolicy")


def _wrong_type(pod: Object) -> None:
    _main(pod)["ports"][0]["containerPort"] = "http"


def _no_such_volume(pod: Object) -> None:
    _main(pod)["volumeMounts"][0]["name"] = "no-such-volume"


def _port_too_high(pod: Object) -> None:
    _main(pod)["ports"][0]["containerPort"] = 77777


def _privileged(pod: Object) -> None:
    _main(pod)["securityContext"] = {**_RESTRICTED, "privileged": True, "allowPrivilegeEscalation": True}


def _host_network(pod: Object) -> None:
    pod["spec"]["hostNetwork"] = True


FAULTS: Final[Mapping[str, Callable[[Object], None]]] = {
    "misspelled field": _misspelled,
    "wrong type": _wrong_type,
    "no such volume": _no_such_volume,
    "port too high": _port_too_high,
    "privileged": _privileged,
    "host network": _host_network,
}
"""What may be wrong with a file: changes of its pod."""

OF_SCHEMA: Final = frozenset({"misspelled field", "wrong type"})
"""The faults that a JSON schema can tell, and with it kubeconform."""


# ---- pods ----


def _word(random: Random, length: int = 8) -> str:
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=length))


def _env(random: Random, count: int) -> list[Object]:
    plain = [
        {
            "name": f"{_word(random, 6)}_{_word(random, 7)}".upper(),
            "value": random.choice(
                (
                    f"https://{_word(random)}.example.org/{_word(random, 5)}",
                    f"/var/lib/app/{_word(random)}",
                    str(random.randrange(10_000)),
                    "true",
                    _word(random, 14),
                )
            ),
        }
        for _ in range(count)
    ]
    named = [
        {
            "name": f"{_word(random, 9)}_TOKEN".upper(),
            "valueFrom": {"secretKeyRef": {"name": _word(random), "key": "token"}},
        }
        for _ in range(count // 8)
    ]
    pod_name = {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}
    return [*plain, *named, pod_name]


def _probe(path: str, period: int) -> Object:
    return {
        "httpGet": {"path": path, "port": "http", "scheme": "HTTP"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": 3,
    }


def _resources(random: Random) -> Object:
    cpu, memory = random.randrange(1, 20) * 100, random.randrange(1, 17) * 256
    amounts = {"cpu": f"{cpu}m", "memory": f"{memory}Mi", "ephemeral-storage": "1Gi"}
    return {"requests": amounts, "limits": dict(amounts)}


def _container(random: Random, name: str, env: int) -> Object:
    version, digest = f"{random.randrange(9)}.{random.randrange(30)}", f"{random.getrandbits(256):064x}"
    return {
        "name": name,
        "image": f"registry.example.org/{_word(random)}/{name}:{version}@sha256:{digest}",
        "imagePullPolicy": "IfNotPresent",
        "args": ["--listen=0.0.0.0", f"--cluster={_word(random)}", f"--workers={random.randrange(1, 9)}"],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "env": _env(random, env),
        "resources": _resources(random),
        "readinessProbe": _probe("/ready", 10),
        "livenessProbe": _probe("/live", 30),
        "securityContext": dict(_RESTRICTED),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def _pod(random: Random, *, small: bool) -> Object:
    main = _container(random, "main", 2 if small else 42)
    spec: Object = {
        "serviceAccountName": f"{_word(random)}-runner",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [main],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
    }
    if small:
        del main["livenessProbe"]
    else:
        _furnish(random, spec, main)
    return {"metadata": {}, "spec": spec}


def _furnish(random: Random, spec: Object, main: Object) -> None:
    """Adds to a pod what makes it a big one."""
    proxy = _container(random, "proxy", 6)
    proxy["ports"] = [{"name": "http", "containerPort": 8443, "protocol": "TCP"}]
    prepare = _container(random, "prepare", 3)
    for field in ("ports", "readinessProbe", "livenessProbe", "args"):
        del prepare[field]
    prepare["command"] = ["/bin/sh", "-c", _SCRIPT]
    names = [f"{_word(random)}-{at}" for at in range(6)]
    main["volumeMounts"] += [
        {"name": name, "mountPath": f"/etc/app/{name}", "readOnly": True} for name in names
    ]
    spec["containers"].append(proxy)
    spec["initContainers"] = [prepare]
    spec["volumes"] += [
        {"name": name, "configMap": {"name": name, "defaultMode": 420, "optional": False}} for name in names
    ]
    spec["terminationGracePeriodSeconds"] = 60
    spec["tolerations"] = [{"key": "example.org/batch", "operator": "Exists", "effect": "NoSchedule"}]
    pool = {"key": "example.org/pool", "operator": "In", "values": [_word(random), _word(random)]}
    preference = {"weight": 50, "preference": {"matchExpressions": [pool]}}
    spec["affinity"] = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preference]}}
    zone = "topology.kubernetes.io/zone"
    spec["topologySpreadConstraints"] = [
        {"maxSkew": 1, "topologyKey": zone, "whenUnsatisfiable": "ScheduleAnyway"}
    ]


# ---- objects and files ----


def _labels(random: Random, name: str) -> Object:
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/part-of": _word(random),
        "example.org/cost-center": str(random.randrange(1000, 9999)),
    }


def _object(random: Random, kind: str, name: str, pod: Object) -> Object:
    labels = _labels(random, name)
    metadata = {"name": name, "namespace": f"team-{_word(random, 4)}", "labels": labels}
    if kind == "Pod":
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": pod["spec"]}
    constraints = pod["spec"].get("topologySpreadConstraints", ())
    for one in constraints:
        one["labelSelector"] = {"matchLabels": {"app.kubernetes.io/name": name}}
    template = {"metadata": {"labels": dict(labels)}, "spec": pod["spec"]}
    selector = {"matchLabels": {"app.kubernetes.io/name": name}}
    spec: Object = {"replicas": random.randrange(1, 5), "selector": selector, "template": template}
    if kind == "StatefulSet":
        spec["serviceName"] = name
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def files(seed: int, count: int, *, small: bool = False) -> list[File]:
    """The files of a seed: the same seed gives the same texts, on every machine."""
    return [_file(Random(f"{seed}/{small}/{at}"), at, small=small) for at in range(count)]


def _file(random: Random, at: int, *, small: bool) -> File:
    kind = ("Deployment", "StatefulSet", "Pod")[at % 3]
    name = f"{random.choice(_APPS)}-{at:04}"
    pod = _pod(random, small=small)
    fault = list(FAULTS)[at // FAULTY_OF % len(FAULTS)] if at % FAULTY_OF == FAULTY_OF - 1 else ""
    if fault:
        FAULTS[fault](pod)
    # through JSON, so that nothing stands in it twice as the same dict, which YAML would write as an alias
    plain = json.loads(json.dumps(_object(random, kind, name, pod)))
    body = yaml.dump(plain, Dumper=_Dumper, sort_keys=False, width=110)
    return File(f"{name}.yaml", _HEADER.format(name=name, owner=f"team-{_word(random, 4)}") + body, fault)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as literal blocks, as people do."""

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """The node of a text."""
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _Dumper.represent_text)


def write(folder: Path, given: list[File]) -> None:
    """Writes the files into a folder that is made for them."""
    folder.mkdir(parents=True)
    for one in given:
        (folder / one.name).write_text(one.text, encoding="utf-8")


def main() -> None:
    """Writes a corpus for a look."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lint_corpus", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true", help="files of about 2 KB")
    given = parser.parse_args()
    write(given.folder, files(given.seed, given.count, small=given.small))


if __name__ == "__main__":
    main()
