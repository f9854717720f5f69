"""The metadata of a pod: names, labels, annotations, finalizers and owner references.

Refuses to know what annotations mean (`known_annotations` does) and which objects exist.
Source: k8s.io/apimachinery/pkg/api/validation, ValidateObjectMeta.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.values import elements, required, shown, valid
from nbcore.kubernetes import names

MOST_ANNOTATION_BYTES: Final = 256 * 1024
STANDARD_FINALIZERS: Final = ("kubernetes", "orphan", "foregroundDeletion")

_METADATA: RawPath = ("metadata",)
_OWNER_FIELDS = ("kind", "name", "uid")


def check(pod: Pod) -> Faults:
    """What is wrong with the metadata of a pod; that it lacks a name is not among it."""
    metadata = pod.get("metadata") or {}
    yield from _names(metadata)
    yield from label_faults("NB403", (*_METADATA, "labels"), metadata.get("labels"), "the label")
    yield from annotation_faults("NB403", (*_METADATA, "annotations"), metadata.get("annotations"))
    yield from _size(metadata.get("annotations") or {})
    yield from _finalizers(metadata.get("finalizers") or [])
    yield from _owners(metadata)


def check_named(pod: Pod) -> Faults:
    """A fault when a whole Pod manifest has neither a name nor a generateName.

    Shape: not for the pod of a template or a rendering, which gets its name later.
    """
    given = pod.get("metadata") or {}
    if not given.get("name") and not given.get("generateName"):
        message = "the Pod has neither a name nor a generateName"
        yield Fault("NB402", ("metadata", "name"), message, "Give it a name of at most 63 characters.")


def _names(metadata: Mapping[str, Any]) -> Faults:
    name, prefix = metadata.get("name") or None, metadata.get("generateName") or None
    subdomain = names.problem_with_dns_subdomain
    yield from valid("NB401", ("metadata", "name"), "the name", name, subdomain)
    problem = names.problem_with_name_prefix if name else _problem_with_generated
    yield from valid("NB401", ("metadata", "generateName"), "the generateName", prefix, problem, _REMEDY)
    label, namespace = names.problem_with_dns_label, metadata.get("namespace") or None
    yield from valid("NB401", ("metadata", "namespace"), "the namespace", namespace, label)


_REMEDY = "Use at most 58 lower-case letters, digits, '-' and '.'."


def _problem_with_generated(prefix: object) -> str | None:
    """Why the prefix is none, or why the name that is made of it would be no name."""
    generated = f"{str(prefix)[: names.GENERATE_NAME_LENGTH]}x"
    return names.problem_with_name_prefix(prefix) or names.problem_with_dns_subdomain(generated)


def label_faults(code: str, path: RawPath, labels: Mapping[str, str] | None, what: str) -> Faults:
    """A fault for every malformed key and value of a map of labels, at the key."""
    for key, value in (labels or {}).items():
        yield from valid(code, (*path, key), f"the key of {what}", key, names.problem_with_label_key)
        whose = f"the value of {what} {shown(key)},"
        yield from valid(code, (*path, key), whose, value, names.problem_with_label_value)


def annotation_faults(code: str, path: RawPath, annotations: Mapping[str, str] | None) -> Faults:
    """A fault for every malformed key of a map of annotations, at the key."""
    for key in annotations or ():
        yield from valid(code, (*path, key), "the annotation key", key, names.problem_with_annotation_key)


def annotation_bytes(annotations: Mapping[str, str]) -> int:
    """How many bytes the keys and values take together; an unpaired surrogate takes three."""
    text = (part for pair in annotations.items() for part in pair)
    return sum(len(part.encode("utf-8", "surrogatepass")) for part in text)


def _size(annotations: Mapping[str, str]) -> Faults:
    size = annotation_bytes(annotations)
    if size > MOST_ANNOTATION_BYTES:
        message = f"the annotations take {size} bytes, they may take at most {MOST_ANNOTATION_BYTES}"
        yield Fault("NB403", (*_METADATA, "annotations"), message, "Move large values to a ConfigMap.")


def _finalizers(finalizers: list[str]) -> Faults:
    for index, name in enumerate(finalizers):
        path = (*_METADATA, "finalizers", index)
        bad = list(valid("NB406", path, "the finalizer", name, names.problem_with_label_key))
        yield from bad
        if not bad and "/" not in name and name not in STANDARD_FINALIZERS:
            message = f"the finalizer {shown(name)} has no prefix and is none of Kubernetes' own"
            yield Fault("NB406", path, message, "Write it as prefix/name.")
    if {"orphan", "foregroundDeletion"} <= set(finalizers):
        message = "the finalizers orphan and foregroundDeletion contradict each other"
        yield Fault("NB406", (*_METADATA, "finalizers"), message, "Keep one of them.")


def _owners(metadata: Mapping[str, Any]) -> Faults:
    """Faults of each owner; one that stands there twice, word for word, counts once as on the server."""
    controllers: dict[tuple[Any, ...], RawPath] = {}
    for index, owner in elements(metadata, "ownerReferences"):
        path = (*_METADATA, "ownerReferences", index)
        yield from _owner(path, owner)
        if owner.get("controller") is True:
            controllers.setdefault(_identity(owner), path)
    first, *others = controllers.values() or [()]
    for path in others:
        message = "only one owner reference can be the controller"
        yield Fault("NB407", path, message, "Set controller on one of them only.", (first,))


def _identity(owner: Mapping[str, Any]) -> tuple[Any, ...]:
    texts = (owner.get(field) or "" for field in ("apiVersion", *_OWNER_FIELDS))
    return (*texts, owner.get("blockOwnerDeletion"))


def _owner(path: RawPath, owner: Mapping[str, Any]) -> Iterator[Fault]:
    group, version = _group_version(owner.get("apiVersion") or "")
    if not version:
        message = f"the owner's apiVersion {shown(owner.get('apiVersion') or '')} has no version"
        yield Fault("NB407", (*path, "apiVersion"), message, "Write it as version or group/version.")
    for field in _OWNER_FIELDS:
        yield from required("NB407", (*path, field), f"the {field} of the owner", owner.get(field))
    if (group, version, owner.get("kind")) == ("", "v1", "Event"):
        yield Fault("NB407", path, "an Event cannot own a pod", "Name another owner.")


def _group_version(api_version: str) -> tuple[str, str]:
    """Group and version, both empty when there is more than one slash."""
    group, _, version = api_version.rpartition("/")
    return ("", "") if "/" in group else (group, version)
