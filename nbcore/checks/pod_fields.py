"""The schema of pods (NB1): fields that do not exist in a Kubernetes version, and values of the wrong type or form.

What is refused here is what the API server's decoder refuses under strict field validation, before it looks at
what values mean. Two passes: a compiled check that only answers whether all is right, which is what nearly
every pod gets, and a walk along the schema for the others.

Refuses to know what values mean, which fields are required (the decoder requires none), and who wrote the pod.
Stricter than Kubernetes on purpose: an amount that `nbcore.kubernetes.quantity` does not support.

Laws: test_typed_trees_fit, test_the_compiled_check_and_the_walk_agree, test_what_was_fitted_fits,
test_the_pod_is_left_unchanged, test_a_fault_stands_where_the_pod_has_something.
Source: UnmarshalStrict of sigs.k8s.io/json; tests/oracles/test_schema_oracle.py asks a server.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final, TypeAlias

from nbcore.checks.fault import Fault, Pod, RawPath
from nbcore.checks.field_words import Around, unknown_field, wrong_form
from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field, FieldType
from nbcore.kubernetes.quantity import Quantity

Check: TypeAlias = Callable[[Any], bool]
MANY: Final = 1_000
"""How many faults of one pod are told; nobody reads more, and hostile input has a million."""


def fitted(pod: Any, version: str = pod_schema.NEWEST, type_name: str = "Pod") -> tuple[Pod, list[Fault]]:
    """The pod without nulls and without all that has no place in its schema, and a fault for each such thing.

    Shape: a pod in which all is right comes back as it is, and any part that is right is shared. An element of
    a list keeps its index: null or wrong, it becomes the empty value that Go reads null as, and so does null
    in a map. ``type_name`` is the struct to fit into: ``Pod``, with apiVersion, kind and status, or
    ``PodTemplateSpec``, which has metadata and spec only.
    Raises: KeyError for a version or a type that the tables do not have.
    """
    if _fits(type_name, version)(pod):
        return pod, []
    walk = _Walk(version)
    sound = walk.fit(pod, pod_schema.definition(type_name, version).root, ())
    return (sound if isinstance(sound, dict) else {}), walk.faults


def partial_faults(tree: Any, version: str) -> list[Fault]:
    """A fault for each part of a partial pod template that has no place in a pod; merge directives are no part."""
    faults = fitted(tree, version, "PodTemplateSpec")[1]
    return [one for one in faults if not any(str(step)[:1] == "$" for step in one.path)]


# ---- whether all is right ----

_INTEGERS: Final[Mapping[str | None, int]] = {"int32": 2**31, "int64": 2**63, None: 2**63}
_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,][0-9]+)?"
    r"(?:Z|[+-]([0-9]{2}):([0-9]{2}))",
    re.ASCII,
)
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_USUAL_AMOUNT = re.compile(r"[0-9]{1,6}(?:m|k|M|G|Ki|Mi|Gi)?", re.ASCII)


def is_time(value: Any) -> bool:
    """Whether the value is a time as Go reads RFC 3339, which is a little laxer than the RFC.

    Source: time.Parse of Go's standard library: one digit for the hour, a comma, and zones up to 24:60 will do.
    """
    match = _TIME.fullmatch(value) if type(value) is str else None
    if match is None:
        return False
    year, month, day, hour, minute, second, zone, zone_minute = (int(part or 0) for part in match.groups())
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return (
        1 <= month <= 12
        and 1 <= day <= _DAYS[month - 1] - (month == 2 and not is_leap)
        and hour <= 23
        and max(minute, second) <= 59
        and zone <= 24
        and zone_minute <= 60
    )


def is_integer(limit: int, value: Any) -> bool:
    """Whether the value is a whole number from ``-limit`` to ``limit - 1``; 1.0 is none, and neither is True."""
    return type(value) is int and -limit <= value < limit


def _is_port(value: Any) -> bool:
    return type(value) is str or is_integer(_INTEGERS["int32"], value)


def _is_amount(value: Any) -> bool:
    usual = type(value) is str and _USUAL_AMOUNT.fullmatch(value) is not None
    return usual or Quantity.problem(value) is None


def _is_anything(value: Any) -> bool:
    return value is not None


_FORMS: Final[Mapping[FieldType, Check]] = {
    "string": lambda value: type(value) is str,
    "boolean": lambda value: type(value) is bool,
    "number": lambda value: type(value) in (int, float),
    "quantity": _is_amount,
    "int-or-string": _is_port,
    "time": is_time,
    "raw": _is_anything,
}
_ALONE: Final[Mapping[FieldType, type]] = {"string": str, "boolean": bool}
"""The types for which the Python type of the value decides alone."""


@cache
def _fits(type_name: str, version: str) -> Check:
    """Whether a value is an object of that type in that version, with nothing to leave out."""
    fields = pod_schema.fields(type_name, version)
    types = {name: _ALONE[one.type] for name, one in fields.items() if one.type in _ALONE}
    checks = {name: _check(one, version) for name, one in fields.items() if one.type not in _ALONE}
    type_of, check_of = types.get, checks.get

    def fits(value: Any) -> bool:
        if type(value) is not dict:
            return False
        for name, one in value.items():
            if type_of(name) is not type(one):
                check = check_of(name)
                if check is None or not check(one):
                    return False
        return True

    return fits


def _check(node: Field, version: str) -> Check:
    """Whether a value is right for that field."""
    if node.ref is not None:
        return _fits(node.ref, version)
    if node.type == "integer":
        return partial(is_integer, _INTEGERS[node.format])
    if node.items is None:
        return _FORMS[node.type]
    if node.items.type in _ALONE:
        return _all_of_type(node, {_ALONE[node.items.type]})
    return _all_right(node, _check(node.items, version))


def _all_of_type(node: Field, wanted: set[type]) -> Check:
    if node.type == "map":
        return lambda value: type(value) is dict and wanted.issuperset(map(type, value.values()))
    return lambda value: type(value) is list and wanted.issuperset(map(type, value))


def _all_right(node: Field, check: Check) -> Check:
    if node.type == "map":
        return lambda value: type(value) is dict and all(map(check, value.values()))
    return lambda value: type(value) is list and all(map(check, value))


# ---- what is not right ----

_ABSENT: Final = object()
"""What a value becomes that has no place at all."""
_EMPTY: Final[Mapping[FieldType, Callable[[], Any]]] = {
    "object": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": int,
    "int-or-string": int,
    "quantity": lambda: "0",
}
"""What Go reads null as, inside a list or a map."""


class _Walk:
    """One walk along the schema; it goes no deeper than the schema does."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.faults: list[Fault] = []
        self._above: list[Around] = []

    def fit(self, value: Any, node: Field, path: RawPath) -> Any:
        """The value as far as it fits, or _ABSENT."""
        return _FITS.get(node.type, _Walk._scalar)(self, value, node, path)

    def _scalar(self, value: Any, node: Field, path: RawPath) -> Any:
        if node.type == "quantity" and type(value) is str:
            value = _without_blanks(value)
        return value if _check(node, self.version)(value) else self._wrong(value, node, path)

    def _object(self, value: Any, node: Field, path: RawPath) -> Any:
        if type(value) is not dict:
            return self._wrong(value, node, path)
        self._above.append(Around(path, node, value))
        sound = {}
        for name, one in value.items():
            below = node.fields.get(name)
            fit = self._unknown((*path, name)) if below is None else _ABSENT
            if below is not None and one is not None:
                fit = self.fit(one, below, (*path, name))
            if fit is not _ABSENT:
                sound[name] = fit
        self._above.pop()
        return _shared(value, sound)

    def _map(self, value: Any, node: Field, path: RawPath) -> Any:
        if type(value) is not dict:
            return self._wrong(value, node, path)
        found = {name: self._inner(one, node, (*path, name)) for name, one in value.items()}
        return _shared(value, {name: one for name, one in found.items() if one is not _ABSENT})

    def _list(self, value: Any, node: Field, path: RawPath) -> Any:
        if type(value) is not list:
            return self._wrong(value, node, path)
        found = [self._inner(one, node, (*path, at)) for at, one in enumerate(value)]
        sound = [_empty(node) if one is _ABSENT else one for one in found]
        return value if all(map(_is, sound, value)) else sound

    def _inner(self, value: Any, node: Field, path: RawPath) -> Any:
        """An element of a list or map, which cannot be left out when it is null."""
        assert node.items is not None
        return _empty(node) if value is None else self.fit(value, node.items, path)

    def _wrong(self, value: Any, node: Field, path: RawPath) -> object:
        if len(self.faults) < MANY:
            self.faults.append(wrong_form(value, node, path))
        return _ABSENT

    def _unknown(self, path: RawPath) -> object:
        if len(self.faults) < MANY:
            self.faults.append(unknown_field(path, self._above, self.version))
        return _ABSENT


_FITS: Final[Mapping[FieldType, Callable[[_Walk, Any, Field, RawPath], Any]]] = {
    "object": _Walk._object,
    "map": _Walk._map,
    "list": _Walk._list,
}


def _without_blanks(text: str) -> str:
    """The text of an amount without the blanks around it, which the decoder drops; as it is where there are none."""
    return text.strip(" ") if text[:1] == " " or text[-1:] == " " else text


def _empty(node: Field) -> Any:
    assert node.items is not None
    return _EMPTY[node.items.type]()


def _is(one: Any, other: Any) -> bool:
    return one is other


def _shared(value: dict[str, Any], sound: dict[str, Any]) -> dict[str, Any]:
    """The value itself where nothing of it has changed."""
    same = len(value) == len(sound) and all(map(_is, sound.values(), value.values()))
    return value if same else sound
