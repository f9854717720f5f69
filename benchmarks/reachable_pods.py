"""A kind with a million pods: all of them decided, against rendering and judging one after the other.

50 images, 20 sizes and 10 optional PodDefaults, some of which set the same fields. Nobody renders 1,024,000
pods to find out how long that takes: a hundred are timed, and the time is scaled.

Refuses to know how combinations are chosen.
"""

from __future__ import annotations

from random import Random
from typing import Any, Final

import nbcore
from benchmarks.rounds import Candidate, Samples, timed
from nbcore.catalog import Catalog
from nbcore.factors import notebook_of
from nbcore.finding import Finding
from nbcore.reachable import space_of

PODS: Final = 50 * 20 * 2**10
ONE_BY_ONE, AT_ONCE = "every pod rendered and judged", "nbcore.check"
_SOME: Final = 100


def kind() -> list[Any]:
    """The Template and its PodDefaults."""
    images = [_value(f"image-{n}", _image(n)) for n in range(50)]
    sizes = [_value(f"size-{n}", _size(n + 1)) for n in range(20)]
    names = [f"extra-{n}" for n in range(10)]
    container = {
        "name": "main",
        "image": "registry.example.com/lab:1",
        "env": [{"name": "HOME", "value": "/home/me"}],
    }
    template = {
        "template": {"spec": {"automountServiceAccountToken": False, "containers": [container]}},
        "optional": [{"name": name} for name in names],
        "options": [
            {"id": "image", "default": "image-0", "values": images},
            {"id": "size", "default": "size-0", "values": sizes},
        ],
        "podSecurity": {"level": "baseline"},
    }
    extras = [
        _object(name, "PodDefault", {"template": {"spec": _extra(at)}}) for at, name in enumerate(names)
    ]
    return [_object("lab", "Template", template), *extras]


def _object(name: str, kind_: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": "notebooks"}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": kind_, "metadata": metadata, "spec": spec}


def _value(id_: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {"id": id_, "template": {"spec": spec}}


def _image(number: int) -> dict[str, Any]:
    """An image; every seventh brings a variable that an extra sets too."""
    env = {"env": [{"name": "CUDA", "value": "12"}]} if number % 7 == 0 else {}
    return {"containers": [{"name": "main", "image": f"registry.example.com/lab:{number}", **env}]}


def _size(cpus: int) -> dict[str, Any]:
    """A size; the largest have a GPU and tolerate its taint."""
    gpu = {"nvidia.com/gpu": 1} if cpus > 16 else {}
    amounts = {"cpu": str(cpus), "memory": f"{cpus}Gi"}
    resources = {"requests": amounts, "limits": {**amounts, **gpu}}
    taint = {"tolerations": [{"key": "gpu", "operator": "Exists"}]} if gpu else {}
    return {"containers": [{"name": "main", "resources": resources}], **taint}


def _extra(number: int) -> dict[str, Any]:
    """What a PodDefault adds: a mount each, and for some of them what others set as well."""
    env = [{"name": f"EXTRA_{number}", "value": "x"}]
    env += [{"name": "SHARED", "value": "same"}] if number < 3 else []
    env += [{"name": "CUDA", "value": "12"}] if number == 8 else []
    main = {
        "name": "main",
        "env": env,
        "volumeMounts": [{"name": f"v{number}", "mountPath": f"/mnt/{number}"}],
    }
    spot = {"tolerations": [{"key": "spot", "operator": "Exists"}]} if number == 9 else {}
    return {"containers": [main], "volumes": [{"name": f"v{number}", "configMap": {"name": "c"}}], **spot}


def reachable_samples(seed: int, rounds: int) -> tuple[Samples, str]:
    """The samples of both ways, and what was decided, in a sentence."""
    report = nbcore.check(kind())
    assert report.pods == PODS, report.pods
    candidates = {
        AT_ONCE: Candidate(lambda _: [kind()], nbcore.check),
        ONE_BY_ONE: Candidate(lambda at: [_notebooks(Random(seed + at))], _judged),
    }
    samples = timed(candidates, rounds)
    samples[ONE_BY_ONE] = [seconds / _SOME * PODS for seconds in samples[ONE_BY_ONE]]
    seconds = sorted(samples[AT_ONCE])[len(samples[AT_ONCE]) // 2]
    return samples, f"a kind of {PODS:,} pods: {report.rendered:,} rendered, {seconds:.2f} s of CPU"


def _notebooks(random: Random) -> tuple[Catalog, list[Any]]:
    """Random selections of the kind, and a new catalog to render them with."""
    catalog = Catalog(kind())
    (template,) = catalog.list("Template")
    space, catalog = space_of(template, catalog)
    rows = [tuple(random.randrange(len(one.alternatives)) for one in space.factors) for _ in range(_SOME)]
    return catalog, [notebook_of(template, space.selection(row)) for row in rows]


def _judged(given: tuple[Catalog, list[Any]]) -> list[list[Finding]]:
    catalog, notebooks = given
    pods = (nbcore.render(one, catalog).pod for one in notebooks)
    return [nbcore.check_pod({**pod}, settings=_SETTINGS) for pod in pods if pod is not None]


_SETTINGS: Final = nbcore.Settings(pod_security="baseline")
