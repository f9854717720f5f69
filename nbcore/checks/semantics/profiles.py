"""Seccomp and AppArmor: the profile fields, the old annotations, and that the two say the same.

Refuses to know the other fields of security contexts, and which profiles a node has.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateSeccompProfileField, ValidateAppArmorProfileField and
their annotations, at v1.36.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.byte_length import byte_length
from nbcore.checks.semantics.values import Problem, containers_of, one_of, required, shown, spec_of, valid
from nbcore.kubernetes.names import problem_with_relative_path

PROFILE: Final = "NB479"
ANNOTATION: Final = "NB480"

TYPES: Final = ("RuntimeDefault", "Localhost", "Unconfined")
_LOCALHOST: Final = "Localhost"
_LOCALHOST_PREFIX: Final = "localhost/"
_LONGEST_APPARMOR: Final = 4095
_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Go trims as space; Python's own set is larger."""


def _problem_with_apparmor_name(text: object) -> str | None:
    name = str(text)
    if not name:
        return "must not be empty"
    if name.strip(_SPACE) != name:
        return "must not start or end with a space"
    if byte_length(name) > _LONGEST_APPARMOR:
        return f"must have at most {_LONGEST_APPARMOR} bytes"
    return None


class Mechanism(NamedTuple):
    """One of the two ways to confine a container: its field, its annotations, and what is a profile's name."""

    title: str
    field: str
    pod_annotation: str
    container_annotation: str
    problem: Problem
    annotations: Mapping[str, str]
    """The values of the annotation beside ``localhost/…``, with the type that the field would have."""


SECCOMP: Final = Mechanism(
    "seccomp",
    "seccompProfile",
    "seccomp.security.alpha.kubernetes.io/pod",
    "container.seccomp.security.alpha.kubernetes.io/",
    problem_with_relative_path,
    {"runtime/default": "RuntimeDefault", "docker/default": "RuntimeDefault", "unconfined": "Unconfined"},
)
APPARMOR: Final = Mechanism(
    "AppArmor",
    "appArmorProfile",
    "",
    "container.apparmor.security.beta.kubernetes.io/",
    _problem_with_apparmor_name,
    {"runtime/default": "RuntimeDefault", "unconfined": "Unconfined"},
)
MECHANISMS: Final = (SECCOMP, APPARMOR)


def profile_faults(context: Mapping[str, Any], path: RawPath) -> Faults:
    """Faults of the profiles in a security context that stands at a path."""
    for mechanism in MECHANISMS:
        profile = context.get(mechanism.field)
        if profile is not None:
            yield from _profile(mechanism, profile, (*path, mechanism.field))


def _profile(mechanism: Mechanism, profile: Mapping[str, Any], path: RawPath) -> Faults:
    kind, name, below = profile.get("type"), profile.get("localhostProfile"), (*path, "localhostProfile")
    remedy = "Choose RuntimeDefault, Localhost or Unconfined."
    yield from required(PROFILE, (*path, "type"), f"the type of the {mechanism.title} profile", kind, remedy)
    yield from one_of(PROFILE, (*path, "type"), f"the {mechanism.title} profile", kind or None, TYPES)
    if kind == _LOCALHOST and name is None:
        message = "localhostProfile is missing, the type Localhost needs it"
        yield Fault(PROFILE, below, message, "Name the profile on the node.")
    elif kind == _LOCALHOST:
        yield from valid(PROFILE, below, "localhostProfile", name, mechanism.problem, "Correct the name.")
    elif name is not None and kind in TYPES:
        message = f"localhostProfile does not go with the type {kind}"
        yield Fault(PROFILE, below, message, "Remove it, or set the type Localhost.", ((*path, "type"),))


# ---- annotations ----


def check_annotations(pod: Pod) -> Faults:
    """Faults of the seccomp and AppArmor annotations, alone and against the fields."""
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    given = [key for key in annotations if key.startswith(_PREFIXES)]
    if not given:
        return
    containers = {container.get("name") or "" for _, container in containers_of(pod)}
    for key in given:
        yield from _seccomp_annotation(key, annotations[key])
        yield from _apparmor_annotation(key, annotations[key], containers)
    yield from _contradictions(pod, annotations)


_PREFIXES: Final = (
    SECCOMP.pod_annotation,
    *(mechanism.container_annotation for mechanism in MECHANISMS),
)


def _at(key: str) -> RawPath:
    return ("metadata", "annotations", key)


def _seccomp_annotation(key: str, value: str) -> Faults:
    if key != SECCOMP.pod_annotation and not key.startswith(SECCOMP.container_annotation):
        return
    if value.startswith(_LOCALHOST_PREFIX):
        name, problem = value.removeprefix(_LOCALHOST_PREFIX), problem_with_relative_path
        yield from valid(ANNOTATION, _at(key), "the seccomp profile", name, problem)
    elif value not in SECCOMP.annotations:
        message = f"{shown(value)} is no seccomp profile"
        yield Fault(ANNOTATION, _at(key), message, "Use the field securityContext.seccompProfile instead.")


def _apparmor_annotation(key: str, value: str, containers: Container[str]) -> Faults:
    if not key.startswith(APPARMOR.container_annotation):
        return
    name = key.removeprefix(APPARMOR.container_annotation)
    if name not in containers:
        message = f"the AppArmor annotation is for the container {shown(name)}, which the pod does not have"
        yield Fault(ANNOTATION, _at(key), message, "Use the field securityContext.appArmorProfile instead.")
    if value and value not in APPARMOR.annotations and not value.startswith(_LOCALHOST_PREFIX):
        message = f"{shown(value)} is no AppArmor profile"
        yield Fault(ANNOTATION, _at(key), message, "Use the field securityContext.appArmorProfile instead.")


# ---- annotations against fields ----


def _contradictions(pod: Pod, annotations: Mapping[str, str]) -> Faults:
    for mechanism, key, profile, path in _pairs(pod):
        said = annotations.get(key)
        if said is None or profile is None:
            continue
        kind, name = profile.get("type"), profile.get("localhostProfile")
        if kind in TYPES and _said(mechanism, said) != (kind, name if kind == _LOCALHOST else None):
            place = (
                "localhostProfile" if kind == _LOCALHOST and said.startswith(_LOCALHOST_PREFIX) else "type"
            )
            message = f"the {mechanism.title} profile is not the one that the annotation names"
            yield Fault(ANNOTATION, (*path, place), message, "Remove the annotation.", (_at(key),))


def _said(mechanism: Mechanism, value: str) -> tuple[str | None, str | None]:
    """The type and name that an annotation stands for."""
    if value.startswith(_LOCALHOST_PREFIX):
        return _LOCALHOST, value.removeprefix(_LOCALHOST_PREFIX)
    return mechanism.annotations.get(value), None


def _pairs(pod: Pod) -> Iterator[tuple[Mechanism, str, Mapping[str, Any] | None, RawPath]]:
    """Each annotation that may be there, with the profile field that it must not contradict and its place."""
    spec = spec_of(pod)
    shared = spec.get("securityContext") or {}
    root: RawPath = ("spec", "securityContext", SECCOMP.field)
    yield SECCOMP, SECCOMP.pod_annotation, shared.get(SECCOMP.field), root
    windows = (spec.get("os") or {}).get("name") == "windows"
    annotations = (pod.get("metadata") or {}).get("annotations") or {}
    for path, container in containers_of(pod):
        own, name = container.get("securityContext") or {}, container.get("name") or ""
        key = SECCOMP.container_annotation + name
        yield SECCOMP, key, own.get(SECCOMP.field), (*path, "securityContext", SECCOMP.field)
        if not windows:
            key = APPARMOR.container_annotation + name
            profile = own.get(APPARMOR.field)
            if profile is None and not _is_taken_over(annotations.get(key, "")):
                profile = shared.get(APPARMOR.field)
            yield APPARMOR, key, profile, (*path, "securityContext", APPARMOR.field)


def _is_taken_over(value: str) -> bool:
    """Whether the API server writes the annotation into the field of a container that has none."""
    kind, name = _said(APPARMOR, value)
    return kind is not None and (kind != _LOCALHOST or _problem_with_apparmor_name(name) is None)
