"""What lint tells of kinds that tests write down in a few lines.

Refuses to know rules.
"""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

import nbcore
from nbcore.finding import Finding

Json: TypeAlias = Any
POD: Json = {"spec": {"containers": [{"name": "main", "image": "registry.example/lab:1"}]}}


def kind(name: str, kind: str, spec: Json, namespace: str = "kinds") -> Json:
    """An object of one of our kinds."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": kind, "metadata": metadata, "spec": spec}


def template(name: str = "lab", **spec: Json) -> Json:
    """A Template with the smallest pod, unless another one is given."""
    return kind(name, "Template", {"template": copy.deepcopy(POD), **spec})


def pod_default(name: str, tree: Json | None = None, **spec: Json) -> Json:
    """A PodDefault."""
    return kind(name, "PodDefault", {"template": tree or {}, **spec})


def group(name: str, *values: Json, **more: Json) -> Json:
    """An option group; a value is its id or the whole of it."""
    return {"id": name, "values": [{"id": one} if isinstance(one, str) else one for one in values], **more}


def told(*objects: Json, but: tuple[str, ...] = ("NB9",)) -> list[tuple[str, str, str]]:
    """Code, severity and keyed path of everything that lint tells, without some families."""
    return [(one.code, one.severity, one.path.keyed) for one in findings(*objects, but=but)]


def findings(*objects: Json, but: tuple[str, ...] = ("NB9",)) -> list[Finding]:
    """Everything that lint tells, without some families."""
    return [one for one in nbcore.check(objects).findings if not one.code.startswith(but)]
