"""Kubeflow's kinds: rendering a Workspace against a Notebook with the same pod, and reading a kind of many options.

`python -m benchmarks.workspaces` prints ratios of medians in one run. Every kind has a Template beside it that makes
the same pods, written by hand; the peer merges the same layers. A pod is compared before anything is timed.

Refuses to know how a Workspace is rendered.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

import yaml

import nbcore
from benchmarks.measure import nodes, unordered
from benchmarks.peers import deepcopy_merge
from benchmarks.rounds import Candidate, Samples, ratio, timed

Object = dict[str, Any]

OPTIONS: Final = 10_000
HOME: Final = "/home/jovyan"
WORKSPACE, NOTEBOOK = "Workspace, compiled", "Notebook, compiled"
WORKSPACE_COLD, NOTEBOOK_COLD = "Workspace, cold", "Notebook, cold"
WORKSPACE_PARSED, NOTEBOOK_PARSED = "Workspace parsed too, compiled", "Notebook parsed too, compiled"
MERGE, COMPAT = "deepcopy merge", "Workspace, compiled, compat"
LOAD, READ = "load of a large kind", "Catalog of a large kind"
LIBYAML = "libyaml's load of a large kind"

FIGURES: Final = (
    ("deepcopy merge per layer / Workspace, compiled", MERGE, WORKSPACE, None),
    ("deepcopy merge per layer / Notebook, compiled", MERGE, NOTEBOOK, None),
    ("Workspace / Notebook of the same pod, compiled", WORKSPACE, NOTEBOOK, 1.1),
    ("Workspace / Notebook of the same pod, cold", WORKSPACE_COLD, NOTEBOOK_COLD, 1.1),
    ("Workspace / Notebook, itself parsed too", WORKSPACE_PARSED, NOTEBOOK_PARSED, 1.1),
    ("Workspace: compat / default, compiled", COMPAT, WORKSPACE, 1.1),
    (f"a kind of {OPTIONS:,} options: Catalog / nbcore.load", READ, LOAD, 2),
    (f"a kind of {OPTIONS:,} options: Catalog / libyaml's load", READ, LIBYAML, 2),
)
"""What is told: a text, two candidates, and the greatest ratio that is wanted."""


class Pair(NamedTuple):
    """A WorkspaceKind and the Template that makes the same pods, and the trees that both are made of."""

    kind: Object
    template: Object
    base: Object
    image: Object
    size: Object


def pair(random: Random) -> Pair:
    """A kind with probes, ten variables, three volumes, four images and four sizes."""
    port = random.randrange(8000, 9000)
    probe = {"httpGet": {"path": "/healthz", "port": port}, "periodSeconds": 10}
    env = [{"name": f"SETTING_{at}", "value": f"value-{random.randrange(10**6)}"} for at in range(9)]
    volumes = [
        {"name": "dshm", "emptyDir": {"medium": "Memory"}},
        {"name": "settings", "configMap": {"name": "jupyter-settings", "optional": True}},
        {"name": "certificates", "secret": {"secretName": "certificates"}},
    ]
    mounts = [
        {"name": "dshm", "mountPath": "/dev/shm"},
        {"name": "settings", "mountPath": "/etc/jupyter", "readOnly": True},
        {"name": "certificates", "mountPath": "/etc/ssl/extra", "readOnly": True},
    ]
    secure = {"allowPrivilegeEscalation": False, "runAsNonRoot": True, "capabilities": {"drop": ["ALL"]}}
    labels = {"example.com/cost-centre": str(random.randrange(10**4)), "example.com/team": "data"}
    images = [f"registry.example.com/lab:{random.randrange(10**6)}" for _ in range(4)]
    sizes = [_size(at + 1) for at in range(4)]
    kind_template = {
        "podMetadata": {"labels": labels},
        "probes": {"livenessProbe": probe, "readinessProbe": probe},
        "volumeMounts": {"home": HOME},
        "ports": [{"id": "lab", "protocol": "HTTP", "defaultDisplayName": "Lab"}],
        "extraEnv": [{"name": "NB_PREFIX", "value": '{{ httpPathPrefix "lab" }}'}, *env],
        "extraVolumes": volumes,
        "extraVolumeMounts": mounts,
        "securityContext": {"fsGroup": 100},
        "containerSecurityContext": secure,
        "options": {
            "imageConfig": _group(
                [
                    {
                        "image": image,
                        "imagePullPolicy": "IfNotPresent",
                        "ports": [{"id": "lab", "port": port}],
                    }
                    for image in images
                ]
            ),
            "podConfig": _group(sizes),
        },
    }
    main = {
        "name": "main",
        "livenessProbe": probe,
        "readinessProbe": probe,
        "env": [{"name": "NB_PREFIX", "value": '{{ httpPathPrefix "lab" }}'}, *env],
        "volumeMounts": mounts,
        "securityContext": secure,
    }
    base = {
        "metadata": {"labels": labels},
        "spec": {"securityContext": {"fsGroup": 100}, "volumes": volumes, "containers": [main]},
    }
    image_trees = [_image_tree(image, port) for image in images]
    size_trees = [_size_tree(size) for size in sizes]
    template = {
        "template": base,
        "home": {"mountPath": HOME},
        "ports": [{"id": "lab", "port": port}],
        "options": [_native("imageConfig", image_trees), _native("podConfig", size_trees)],
    }
    return Pair(
        _object("kubeflow.org/v1beta1", "WorkspaceKind", {"name": "lab"}, _kind_spec(kind_template)),
        _object("jackhoman.dev/v1beta1", "Template", {"name": "lab", "namespace": "kinds"}, template),
        base,
        image_trees[1],
        size_trees[2],
    )


def _object(version: str, kind: str, metadata: Object, spec: Object) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}


def _kind_spec(template: Object) -> Object:
    url = {"url": "https://example.com/icon.svg"}
    spawner = {"displayName": "Lab", "description": "A lab", "icon": url, "logo": url}
    return {"spawner": spawner, "podTemplate": template}


def _group(specs: list[Object]) -> Object:
    values = [
        {"id": f"v{at}", "spawner": {"displayName": f"Value {at}"}, "spec": spec}
        for at, spec in enumerate(specs)
    ]
    return {"spawner": {"default": "v0"}, "values": values}


def _native(id_: str, trees: list[Object]) -> Object:
    return {
        "id": id_,
        "default": "v0",
        "values": [{"id": f"v{at}", "template": tree} for at, tree in enumerate(trees)],
    }


def _size(cpus: int) -> Object:
    amounts = {"cpu": str(cpus), "memory": f"{4 * cpus}Gi"}
    return {
        "nodeSelector": {"example.com/pool": f"pool-{cpus}"},
        "tolerations": [{"key": "example.com/notebooks", "operator": "Exists", "effect": "NoSchedule"}],
        "resources": {"requests": amounts, "limits": {"memory": amounts["memory"]}},
    }


def _image_tree(image: str, port: int) -> Object:
    ports = [{"name": f"http-{port}", "containerPort": port, "protocol": "TCP"}]
    main = {"name": "main", "image": image, "imagePullPolicy": "IfNotPresent", "ports": ports}
    return {"spec": {"containers": [main]}}


def _size_tree(size: Object) -> Object:
    rest = {key: one for key, one in size.items() if key != "resources"}
    return {"spec": {**rest, "containers": [{"name": "main", "resources": size["resources"]}]}}


# ---- what is rendered ----


def workspace(name: str) -> Object:
    """A Workspace with a home, two volumes and a secret."""
    spec = {
        "kind": "lab",
        "podTemplate": {
            "podMetadata": {"labels": {"example.com/project": name}},
            "volumes": _volumes(),
            "options": {"imageConfig": "v1", "podConfig": "v2"},
        },
    }
    return _object("kubeflow.org/v1beta1", "Workspace", {"name": name, "namespace": "team"}, spec)


def notebook(name: str) -> Object:
    """The Notebook that asks for the same."""
    spec = {
        "templateRef": {"name": "lab", "namespace": "kinds"},
        "options": {"imageConfig": "v1", "podConfig": "v2"},
        "volumes": _volumes(),
        "metadata": {"labels": {"example.com/project": name}},
    }
    return _object("jackhoman.dev/v1beta1", "Notebook", {"name": name, "namespace": "team"}, spec)


def _volumes() -> Object:
    data = [
        {"pvcName": "images", "mountPath": "/data/images", "readOnly": True},
        {"pvcName": "results", "mountPath": "/data/results"},
    ]
    secrets = [{"secretName": "token", "mountPath": "/secrets/token", "defaultMode": 256}]
    return {"home": "home", "data": data, "secrets": secrets}


def layers(given: Pair, pod: Object) -> list[Object]:
    """The layers of a pod as trees; the last one has what the user and the system add, found in the pod."""
    main = pod["spec"]["containers"][0]
    own = [one for one in pod["spec"]["volumes"] if one["name"].rpartition("-")[0]]
    names = {one["name"] for one in own}
    container = {
        "name": "main",
        "env": [main["env"][0]],
        "volumeMounts": [one for one in main["volumeMounts"] if one["name"] in names],
    }
    more = {key: one for key, one in pod["spec"].items() if key == "serviceAccountName"}
    top = {"metadata": pod["metadata"], "spec": {**more, "volumes": own, "containers": [container]}}
    return [given.base, given.image, given.size, top]


class Inputs:
    """What the candidates get in a round: objects that nothing has seen yet."""

    def __init__(self, seed: int, batch: int) -> None:
        self.pair, self.batch = pair(Random(seed)), batch
        self.catalogs = {
            "workspace": nbcore.Catalog([self.pair.kind]),
            "notebook": nbcore.Catalog([self.pair.template]),
        }

    def names(self, number: int) -> list[str]:
        """Names that no other round has."""
        return [f"n{number}-{at}" for at in range(self.batch)]

    def compiled(self, make: Callable[[str], Object], number: int) -> list[tuple[Any, Any]]:
        """Parsed objects, and a catalog that has rendered another one with their selection."""
        catalog = self.catalogs[make.__name__]
        nbcore.render(make("first"), catalog, settings=COMPAT_SETTINGS)
        nbcore.render(make("first"), catalog)
        return [(one, catalog) for one in nbcore.Catalog(map(make, self.names(number))).notebooks]

    def parsed_too(self, make: Callable[[str], Object], number: int) -> list[tuple[Any, Any]]:
        """The same with objects that are yet to be parsed."""
        (_, catalog), *_ = self.compiled(make, number)
        return [(make(name), catalog) for name in self.names(number)]

    def cold(self, make: Callable[[str], Object], number: int) -> list[tuple[Any, Any]]:
        """Parsed objects, each with a catalog that has rendered nothing."""
        kind = self.pair.kind if make is workspace else self.pair.template
        made = nbcore.Catalog(map(make, self.names(number))).notebooks
        return [(one, nbcore.Catalog([kind])) for one in made]

    def merged(self, number: int) -> list[list[Object]]:
        """The layers of Workspaces' pods."""
        catalog = self.catalogs["workspace"]
        pods = [nbcore.render(workspace(name), catalog).copy() for name in self.names(number)]
        return [layers(self.pair, pod) for pod in pods if pod is not None]


COMPAT_SETTINGS: Final = nbcore.Settings(compat="kubeflow")


def _pod(given: tuple[Any, Any]) -> Any:
    return nbcore.render(*given).pod


def candidates(inputs: Inputs) -> dict[str, Candidate]:
    """Everything of rendering that is timed, by name."""
    timings: dict[str, tuple[Callable[[int], list[Any]], Callable[[Any], Any]]] = {
        WORKSPACE: (lambda at: inputs.compiled(workspace, at), _pod),
        NOTEBOOK: (lambda at: inputs.compiled(notebook, at), _pod),
        WORKSPACE_COLD: (lambda at: inputs.cold(workspace, at), _pod),
        NOTEBOOK_COLD: (lambda at: inputs.cold(notebook, at), _pod),
        WORKSPACE_PARSED: (lambda at: inputs.parsed_too(workspace, at), _pod),
        NOTEBOOK_PARSED: (lambda at: inputs.parsed_too(notebook, at), _pod),
        COMPAT: (
            lambda at: inputs.compiled(workspace, at),
            lambda one: nbcore.render(*one, settings=COMPAT_SETTINGS).pod,
        ),
        MERGE: (inputs.merged, deepcopy_merge),
    }
    return {name: Candidate(prepare, run) for name, (prepare, run) in timings.items()}


# ---- reading ----


def large(options: int, random: Random) -> Object:
    """A kind with so many options, half of them images."""
    kind = pair(random).kind
    template = kind["spec"]["podTemplate"]
    port = [{"id": "lab", "port": 8888}]
    images = [
        {"image": f"registry.example.com/lab:{random.randrange(10**6)}", "ports": port}
        for _ in range(options // 2)
    ]
    template["options"] = {
        "imageConfig": _group(images),
        "podConfig": _group([_size(1 + at % 96) for at in range(options - options // 2)]),
    }
    return kind


def reading(seed: int, options: int) -> dict[str, Candidate]:
    """Loading the YAML of a large kind, and making a catalog of what was loaded."""
    kind = json.loads(json.dumps(large(options, Random(seed))))  # nothing shared: YAML would have aliases
    text = yaml.dump(kind, Dumper=yaml.CSafeDumper, sort_keys=False, default_flow_style=False).encode()
    return {
        LOAD: Candidate(lambda _: [text], nbcore.load),
        LIBYAML: Candidate(lambda _: [text], lambda one: yaml.load(one, Loader=yaml.CSafeLoader)),
        READ: Candidate(lambda _: [list(nbcore.load(text))], nbcore.Catalog),
    }


# ---- what is told ----


def verified(inputs: Inputs) -> str:
    """The size of what is rendered, after all ways have been found to make the same pod."""
    catalogs = inputs.catalogs
    ours = nbcore.render(workspace("same"), catalogs["workspace"])
    native = nbcore.render(notebook("same"), catalogs["notebook"])
    compat = nbcore.render(workspace("same"), catalogs["workspace"], settings=COMPAT_SETTINGS)
    assert ours.pod is not None and not ours.findings, ours.findings
    assert native.pod is not None and not native.findings, native.findings
    assert compat.pod == ours.pod
    assert _comparable(native.pod) == _comparable(ours.pod)
    assert unordered(deepcopy_merge(layers(inputs.pair, ours.copy() or {}))) == unordered(ours.pod)
    return f"pods of {len(ours.to_bytes()):,} bytes and {nodes(ours.pod)} JSON values"


def _comparable(pod: Object) -> Any:
    """The pod up to order, without names and paths, which each dialect forms in its own way."""
    text = json.dumps(pod).replace("/workspace/connect/", "/notebook/")
    value = json.loads(text)
    labels = value["metadata"]["labels"]
    value["metadata"] = {key: one for key, one in labels.items() if key.startswith("example.com/")}
    value["spec"].pop("serviceAccountName", None)
    return unordered(value)


def workspace_samples(seed: int, rounds: int, options: int = OPTIONS) -> tuple[Samples, str]:
    """The samples of all candidates, and what was measured, in a sentence."""
    inputs = Inputs(seed, 20)
    facts = verified(inputs)
    samples = timed(candidates(inputs), rounds)
    return {**samples, **timed(reading(seed, options), max(2, rounds // 4))}, facts


def main() -> None:
    """Prints the ratios."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workspaces", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--options", type=int, default=OPTIONS)
    given = parser.parse_args()
    samples, facts = workspace_samples(given.seed, given.rounds, given.options)
    print(facts)
    for text, slow, fast, most in FIGURES:
        one = ratio(samples, slow, fast)
        wanted = "" if most is None else f"  goal ≤ {most}: {'met' if one.median <= most else 'MISSED'}"
        print(f"{text:<55} {one.median:>9.2f}  ({one.low:.2f}–{one.high:.2f}){wanted}")
    for name in samples:
        print(f"  {name:<53} {1e6 * sorted(samples[name])[len(samples[name]) // 2]:>11.1f} µs")


if __name__ == "__main__":
    main()
