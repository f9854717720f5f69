"""References of kinds to other objects: PodDefaults, dependencies and pictures that are not there (NB2).

Refuses to know the catalog: it is told how to look something up, and of which kinds any object was given.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.element import Element
from nbcore.model.metadata import Dependency, Reference
from nbcore.model.plain import Plain
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import ConfigMapKey, Template

Names = Callable[[str, str], "dict[str, Any]"]
"""The objects of a kind in a namespace, by name. The kind carries its API group: ``Deployment.apps``."""


class Wanted(NamedTuple):
    """An object that a kind needs in its own namespace.

    Shape: ``kind`` as `Names` takes it; ``element`` is where it is asked for; ``key`` a key of a ConfigMap.
    """

    kind: str
    name: str
    element: Element
    key: str = ""


def check_pod_defaults(template: Template, known: Names) -> Iterator[Finding]:
    """Every reference to a PodDefault that does not exist."""
    spec = template.spec
    for how, references in (("requires", spec.required), ("offers", spec.optional)):
        for reference in references:
            yield from _pod_default(reference, template.metadata.namespace, how, known)


def _pod_default(reference: Reference, home: str, how: str, known: Names) -> Iterator[Finding]:
    namespace = reference.namespace or home
    there = known("PodDefault", namespace)
    if reference.name in there:
        return
    near = names.closest(reference.name, there)
    full = f"{namespace}/{reference.name}" if namespace else reference.name
    yield reference.origin.finding(
        "NB205",
        f"the Template {how} the PodDefault {full}, which does not exist",
        f"Did you mean {near}?" if near else "Create it, or remove the reference.",
        path=("name",),
    )


def wanted(one: Template | PodDefault) -> Iterator[Wanted]:
    """Every object, PodDefaults aside, that must stand beside a Template or PodDefault."""
    for dependency in one.spec.dependencies:
        yield Wanted(_kind(dependency), dependency.name, dependency)
    for image in (one.spec.display.icon, one.spec.display.logo):
        if image is not None and image.config_map is not None:
            yield _picture(image.config_map)


def _picture(config_map: ConfigMapKey) -> Wanted:
    return Wanted("ConfigMap", config_map.name, config_map, config_map.key)


def _kind(dependency: Dependency) -> str:
    group = dependency.api_version.rpartition("/")[0]
    return f"{dependency.kind}.{group}" if group else dependency.kind


def check_wanted(needs: Iterable[Wanted], namespace: str, known: Names) -> Iterator[Finding]:
    """Every one of the objects that is not there, or has not the key that is asked for."""
    for need in needs:
        there = known(need.kind, namespace)
        kind = need.kind.partition(".")[0][:64]
        if need.name not in there:
            near = names.closest(need.name, there)
            where = f" in the namespace {namespace}" if namespace else ""
            yield need.element.origin.finding(
                "NB221",
                f"there is no {kind} {need.name}{where}",
                f"Did you mean {near}?" if near else "Create it beside the kind, or remove the reference.",
                path=("name",),
            )
        elif need.key and need.key not in _keys(there[need.name]):
            near = names.closest(need.key, _keys(there[need.name]))
            yield need.element.origin.finding(
                "NB221",
                f"the {kind} {need.name} has no key {need.key[:64]}",
                f"Did you mean {near}?" if near else "Name one of its keys.",
                path=("key",),
            )


def _keys(config_map: Any) -> list[str]:
    """The keys of a ConfigMap."""
    value = config_map.value if isinstance(config_map, Plain) else {}
    maps = (value.get("data"), value.get("binaryData"))
    return [key for one in maps if isinstance(one, dict) for key in one]
