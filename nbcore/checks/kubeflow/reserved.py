"""Names of a WorkspaceKind that mean something else than its author thinks: volumes of Workspaces, labels (B7, B16).

Upstream takes both, and then drops a volume, mounts that of somebody else, or matches nothing. Refuses to know
which Workspaces there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.template import OptionValue, Template

_RESERVED: Final = re.compile(r"home-volume|(?:data|secret)-volume-(?:0|[1-9][0-9]*)", re.ASCII)
_SPEC: Final = ("spec", "template", "spec")


def reserved_findings(kind: Template) -> Iterator[Finding]:
    """The findings for volumes that have the name of a Workspace's own, and for mounts of these alone."""
    pod = kind.spec.template["spec"]
    volumes = pod.get("volumes") or []
    yield from _reserved(kind, volumes, (*_SPEC, "volumes"), "the volume")
    told = {one.get("name") for one in volumes}
    mounts = pod["containers"][0].get("volumeMounts") or []
    alone = [one if one.get("name") not in told else {} for one in mounts]
    yield from _reserved(kind, alone, (*_SPEC, "containers", 0, "volumeMounts"), "the mount of the volume")


def _reserved(kind: Template, parts: list[Any], path: tuple[str | int, ...], what: str) -> Iterator[Finding]:
    for at, one in enumerate(parts):
        name = one.get("name")
        if isinstance(name, str) and _RESERVED.fullmatch(name):
            yield kind.origin.finding(
                "NB319",
                f"{what} {name[:64]} has a name that is reserved for the Workspaces' own",
                "Give the volume another name.",
                path=(*path, at, "name"),
            )


def label_findings(kind: Template) -> Iterator[Finding]:
    """The findings for labels of options whose key or value no selector can hold."""
    for group in kind.spec.options:
        for value in group.values:
            yield from _labels(group.id, value)


def _labels(group: str, value: OptionValue) -> Iterator[Finding]:
    for at, (key, text) in enumerate(value.display.labels.items()):
        for field, problem in (
            ("key", names.problem_with_label_key(key)),
            ("value", names.problem_with_label_value(text)),
        ):
            if problem:
                yield value.display.origin.finding(
                    "NB919",
                    f"no selector can name the {field} of the label {key[:64]} of the {group} value "
                    f"{value.id[:64]}: it {problem}",
                    "Write it as Kubernetes wants labels, such as gpu-type: a100.",
                    path=("labels", at, field),
                )
