"""Env variables of containers: their names, and where their values come from.

Values of env are never looked at beyond whether they are there, and never told.
Refuses to know whether the ConfigMaps, Secrets and files exist, and which fields the downward API offers.
Source: ValidateEnv, ValidateEnvFrom, validateFileKeyRefVolumes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics import downward, values
from nbcore.checks.semantics.surroundings import Surroundings
from nbcore.kubernetes import names


def env_faults(env: list[dict[str, Any]], path: RawPath, around: Surroundings) -> Faults:
    """What is wrong with ``env``."""
    for index, variable in enumerate(env):
        name = variable.get("name")
        if names.problem_with_env_name(name):
            at, problem = (*path, index, "name"), names.problem_with_env_name
            yield from values.required_name("NB440", at, "the name of the env variable", name, problem)
        value_from = variable.get("valueFrom")
        if value_from is not None:
            given = bool(variable.get("value"))
            yield from _value_from_faults(value_from, given, (*path, index, "valueFrom"), around)


def _value_from_faults(
    value_from: Mapping[str, Any], given: bool, path: RawPath, around: Surroundings
) -> Faults:
    sources = [field for field in _SOURCES if field in value_from]
    for field in sources:
        yield from _SOURCES[field](value_from[field], (*path, field), around)
    if not sources:
        yield Fault("NB441", path, "the env variable has no source for its value", _CHOOSE)
    elif given:
        message = "the env variable has a value and a source for it"
        yield Fault("NB441", path, message, "Keep either value or valueFrom.", ((*path[:-1], "value"),))
    elif len(sources) > 1:
        message = f"the env variable has more than one source: {', '.join(sources)}"
        yield Fault("NB441", path, message, _CHOOSE)


def _field_ref(ref: dict[str, Any], path: RawPath, around: Surroundings) -> Faults:
    return downward.field_faults("NB443", path, ref, downward.FIELDS_IN_ENV)


def _resource_field_ref(ref: dict[str, Any], path: RawPath, around: Surroundings) -> Faults:
    return downward.resource_faults("NB444", path, ref, of_container=False)


def _key_ref(ref: dict[str, Any], path: RawPath, around: Surroundings) -> Faults:
    """Faults of a reference to a key of a ConfigMap or Secret, whose name may not be left out either."""
    if names.problem_with_dns_subdomain(ref.get("name")):
        yield from _object_name(ref, path)
    key, problem = ref.get("key"), names.problem_with_config_key
    if problem(key):
        yield from values.required_name("NB442", (*path, "key"), "the key", key, problem)


def _object_name(
    ref: dict[str, Any], path: RawPath, problem: values.Problem = names.problem_with_dns_subdomain
) -> Faults:
    """Faults of the name of the ConfigMap or Secret that a reference is to."""
    kind = "Secret" if path[-1] in ("secretKeyRef", "secretRef") else "ConfigMap"
    remedy = values.REMEDIES[names.problem_with_dns_subdomain]
    at, what, name = (*path, "name"), f"the name of the {kind}", ref.get("name") or ""
    if name:
        yield from values.valid("NB442", at, what, name, problem, remedy)
    else:
        yield from values.required("NB442", at, what, name)


def _problem_with_prefix(text: object) -> str | None:
    """Why a value is no DNS subdomain, nor the beginning of one before a ``-``, or None.

    The API server judges the names in ``envFrom`` so, as it judges a ``generateName``; the character before
    the last ``-`` then may be any that is one byte long.
    """
    if isinstance(text, str) and len(text) > 1 and text.endswith("-") and text[-2].isascii():
        return names.problem_with_dns_subdomain(f"{text[:-2]}a")
    return names.problem_with_dns_subdomain(text)


def _file_key_ref(ref: dict[str, Any], path: RawPath, around: Surroundings) -> Faults:
    for field, what, problem in _FILE_FIELDS:
        yield from values.required_name("NB445", (*path, field), what, ref.get(field), problem)
    volume, at = ref.get("volumeName") or "", (*path, "volumeName")
    is_empty_dir = around.empty_dirs.get(volume)
    if volume and is_empty_dir is None:
        message = f"the pod has no volume {values.shown(volume)}"
        yield Fault("NB445", at, message, "Name an emptyDir volume of the pod.", (("spec", "volumes"),))
    elif volume and not is_empty_dir:
        message = f"the volume {values.shown(volume)} is no emptyDir"
        yield Fault("NB445", at, message, "Name an emptyDir volume of the pod.")


_FILE_FIELDS: Final = (
    ("key", "the key in the file", names.problem_with_env_name),
    ("volumeName", "the volume of the file", names.problem_with_dns_label),
    ("path", "the path of the file", names.problem_with_backsteps),
)
_SOURCES: Final[Mapping[str, Callable[[Any, RawPath, Surroundings], Faults]]] = {
    "fieldRef": _field_ref,
    "resourceFieldRef": _resource_field_ref,
    "configMapKeyRef": _key_ref,
    "secretKeyRef": _key_ref,
    "fileKeyRef": _file_key_ref,
}
_CHOOSE: Final = f"Choose one of: {', '.join(_SOURCES)}."
_WHOLE_SOURCES: Final = ("configMapRef", "secretRef")


def env_from_faults(env_from: list[dict[str, Any]], path: RawPath, around: Surroundings) -> Faults:
    """What is wrong with ``envFrom``: its prefixes, and the ConfigMaps and Secrets it takes whole."""
    for index, origin in enumerate(env_from):
        at = (*path, index)
        what, problem = "the prefix of env variables", names.problem_with_env_name
        yield from values.valid("NB440", (*at, "prefix"), what, origin.get("prefix") or None, problem)
        sources = [field for field in _WHOLE_SOURCES if field in origin]
        for field in sources:
            yield from _object_name(origin[field], (*at, field), _problem_with_prefix)
        if len(sources) != 1:
            message = f"envFrom needs one source, not {len(sources)}"
            yield Fault("NB441", at, message, f"Choose one of: {', '.join(_WHOLE_SOURCES)}.")
