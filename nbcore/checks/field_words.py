"""What is said about a field that has no place in the schema of pods, and how it is repaired.

The words tell the type of what was found, never the value: it may be the value of an env variable.
Refuses to know how a pod is walked, and which values are wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.checks.fault import Fault, RawPath
from nbcore.finding import Fix
from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.names import closest
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.pod_schema import Field, FieldType
from nbcore.kubernetes.quantity import Quantity
from nbcore.kubernetes.scalars import number_text

MOST_SHOWN: Final = 64


class Around(NamedTuple):
    """An object around a field: where it is, what it may hold, and what it holds."""

    path: RawPath
    node: Field
    value: Mapping[str, Any]


Above: TypeAlias = Sequence[Around]
"""The objects around a field, the outermost first; the last one holds it."""


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _subject(path: RawPath) -> str:
    """The name of a field; of an element of a list or map, its holder's name too."""
    if not path:
        return "the pod"
    last = path[-1]
    return _short(last if isinstance(last, str) and last.isalnum() else str(Path(path[-2:])))


# ---- fields that do not exist ----


class _Guess(NamedTuple):
    """What to do about an unknown field, and the edit that does it."""

    remedy: str
    fix: Fix | None = None


def unknown_field(path: RawPath, above: Above, version: str) -> Fault:
    """The fault for a field that its object does not have in that version."""
    name = str(path[-1])
    node = above[-1].node
    message = f"there is no field {_short(name) or 'with an empty name'} here"
    other = _other_version(node, name)
    if other is not None:
        actual = pod_schema.definition(node.ref or "", version).version
        guess = _Guess(other[1], Fix("remove", Path(path), safe=False))
        return _fault("NB105", path, f"{message} in Kubernetes {actual}: {other[0]}", guess)
    return _fault("NB105", path, message, _guess(path, above))


def _fault(code: str, path: RawPath, message: str, guess: _Guess) -> Fault:
    return Fault(code, path, message, guess.remedy, fix=guess.fix)


def _other_version(node: Field, name: str) -> tuple[str, str] | None:
    """When a field exists that this version does not have, and what to do about it."""
    found = pod_schema.versions_of(node.ref, name) if node.ref else None
    if found is None:
        return None
    since, until = found
    if until is None:
        return f"it exists since {since}", f"Remove it, or use Kubernetes {since} or newer."
    return f"it exists until {until}", "Remove it."


def _guess(path: RawPath, above: Above) -> _Guess:
    name, holder = str(path[-1]), above[-1]
    known = holder.node.fields
    same = next((one for one in known if one.lower() == name.lower()), None)
    removal = Fix("remove", Path(path), safe=False)
    home = None if same else next(_homes(name, above), None)
    if home is not None:
        return _Guess(f"Move it to {home}.", removal)
    meant = same or closest(name, known)
    if meant is None:
        return _Guess(_known(known), removal)
    if meant in holder.value:
        return _Guess(f"Remove it: {meant} is there already.", removal)
    return _Guess(f"Did you mean {meant}?", Fix("rename", Path(path), meant, safe=meant == same))


def _known(known: Mapping[str, Field]) -> str:
    few = 0 < len(known) <= 12
    return f"Remove it, or choose one of: {', '.join(known)}." if few else "Remove it."


def _homes(name: str, above: Above) -> Iterator[str]:
    """The places where a field of that name belongs: around its object, beside it, and right inside it."""
    holder = above[-1]
    own = str(holder.path[-1]) if holder.path else ""
    for one in reversed(above[:-1]):
        if name in one.node.fields and name not in one.value:
            yield str(Path((*one.path, name)))
        if _has(one.node, own, name):
            yield str(Path((*one.path, own, name)))
    for one in reversed(above[:-1]):
        container = one.node.fields["containers"].items if "containers" in one.node.fields else None
        if container is not None and _has(container, own, name):
            yield f"{Path((*one.path, 'containers'))}[*].{own}.{name}"
    inside = [key for key in holder.node.fields if _has(holder.node, key, name)]
    if len(inside) == 1:
        yield str(Path((*holder.path, inside[0], name)))


def _has(node: Field, own: str, name: str) -> bool:
    """Whether the node has an object of one name that has a field of the other."""
    below = node.fields.get(own)
    return below is not None and name in below.fields


# ---- values of the wrong type or form ----

_FOUND: Final[Mapping[type, str]] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    type(None): "null",
}
_WANTED: Final[Mapping[FieldType, str]] = {
    "object": "an object",
    "map": "an object",
    "list": "a list",
    "string": "a text",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "quantity": "an amount",
    "int-or-string": "a whole number or a text",
    "time": "a time",
    "raw": "an object",
}
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}", re.ASCII)
_WRITABLE: Final = 1e21
"""Numbers from here on have no plain text."""
_LIMITS: Final[Mapping[str | None, str]] = {"int32": "32", "int64": "64", None: "64"}


def wrong_form(value: Any, node: Field, path: RawPath) -> Fault:
    """The fault for a value that the type of its field does not take."""
    kind: FieldType = "integer" if node.type == "int-or-string" and type(value) in (int, float) else node.type
    say = _SAY.get((kind, type(value)))
    message = f"{_subject(path)} {say(value, node) if say else _plain(value, node)}"
    return _fault("NB106", path, message, _repair(kind, value, node, path))


def _plain(value: Any, node: Field) -> str:
    found = _FOUND.get(type(value), "something that is no JSON")
    whole = type(value) is float and value.is_integer() and node.type in ("integer", "int-or-string")
    return f"must be {_WANTED[node.type]}, not {'one with a point' if whole else found}"


def _outside(value: Any, node: Field) -> str:
    bits = "32" if node.type == "int-or-string" else _LIMITS[node.format]
    return f"must be a whole number that fits into {bits} bits"


def _no_time(value: Any, node: Field) -> str:
    return "must be a time as RFC 3339 writes it"


def _no_amount(value: Any, node: Field) -> str:
    return f"must be an amount: {Quantity.problem(value)}"


_SAY: Final[Mapping[tuple[FieldType, type], Callable[[Any, Field], str]]] = {
    ("integer", int): _outside,
    ("time", str): _no_time,
    ("quantity", str): _no_amount,
    ("quantity", int): _no_amount,
    ("quantity", float): _no_amount,
}


def _repair(kind: FieldType, value: Any, node: Field, path: RawPath) -> _Guess:
    repair = _REPAIRS.get(kind)
    return (repair(value, node, path) if repair else None) or _Guess(_REMEDIES[kind])


_REMEDIES: Final[Mapping[FieldType, str]] = {
    "object": "Write its fields below it.",
    "map": "Write names and their values below it.",
    "list": 'Write a list: start each entry with "- ".',
    "string": "Write a text.",
    "boolean": "Write true or false.",
    "integer": "Write a whole number.",
    "number": "Write a number.",
    "quantity": "Write an amount such as 500m, 2 or 4Gi.",
    "int-or-string": "Write a number or a name.",
    "time": "Write it like 2006-01-02T15:04:05Z.",
    "raw": "Write its fields below it.",
}


def _quote(value: Any, node: Field, path: RawPath) -> _Guess | None:
    """Quotes around a scalar; which text was written only its document knows, so that the edit is not safe."""
    if type(value) is bool:
        text = str(value).lower()
    elif type(value) in (int, float) and abs(value) < _WRITABLE:
        text = number_text(value)
    else:
        return _Guess("Put it in quotes.") if type(value) in (int, float) else None
    return _Guess("Put it in quotes.", Fix("replace", Path(path), text, safe=False))


def _whole(value: Any, node: Field, path: RawPath) -> _Guess | None:
    if type(value) is int:
        return _Guess("Choose a number closer to 0.")
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        return _Guess("Write it without the point.", Fix("replace", Path(path), int(value)))
    if type(value) is str and _WHOLE.fullmatch(value):
        return _Guess("Remove the quotes.", Fix("replace", Path(path), int(value)))
    return None


def _unquote_boolean(value: Any, node: Field, path: RawPath) -> _Guess | None:
    if type(value) is str and value in ("true", "false"):
        return _Guess("Remove the quotes.", Fix("replace", Path(path), value == "true"))
    return None


def _as_list(value: Any, node: Field, path: RawPath) -> _Guess | None:
    if node.items is None or type(value) not in node.items.accepts:
        return None
    return _Guess(_REMEDIES["list"], Fix("replace", Path(path), [value], safe=False))


_REPAIRS: Final[Mapping[FieldType, Callable[[Any, Field, RawPath], _Guess | None]]] = {
    "string": _quote,
    "integer": _whole,
    "boolean": _unquote_boolean,
    "list": _as_list,
}
