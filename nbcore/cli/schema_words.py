"""Schema words: what a JSON Schema has against a value, as findings in plain words.

The words tell the type of what was found, never the value: it may be a secret. Refuses to know where schemas
come from, and how they are judged.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from nbcore.finding import Finding, Fix, finding
from nbcore.kubernetes.names import closest
from nbcore.kubernetes.paths import Path
from nbcore.model.origin import Origin

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

RawPath = tuple[str | int, ...]
MOST_SHOWN: Final = 64
_FEW: Final = 12
"""Values that a remedy lists."""
_TYPES: Final[Mapping[str, str]] = {
    "object": "an object",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}
_FOUND: Final[Mapping[type, str]] = {
    dict: "object",
    list: "array",
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    type(None): "null",
}
_CHOICES: Final = frozenset({"anyOf", "oneOf"})


def findings_of(error: ValidationError, origin: Origin) -> Iterator[Finding]:
    """The findings for one error, at the field that it is about."""
    told = _clearest(error)
    path = tuple(told.absolute_path)
    if told.validator == "required":
        name = _short(str(path[-1]))
        yield _at(origin, path, "NB107", f"the required field {name} is missing", f"Add {name}.")
    elif told.validator == "additionalProperties":
        yield _unknown(told, origin, path)
    else:
        words = _WORDS.get(str(told.validator), _other)
        remedy, fix = _better(told, origin.path(*path))
        yield _at(origin, path, "NB106", f"{_subject(path)} {words(told)}", remedy, fix)


def _at(
    origin: Origin, path: RawPath, code: str, message: str, remedy: str = "", fix: Fix | None = None
) -> Finding:
    place = origin.position(*path, key=code == "NB105")
    made = finding(code, origin.path(*path), message, remedy, source=origin.source, position=place)
    return Finding(
        made.code, made.severity, made.path, made.message, made.remedy, made.source, made.position, fix=fix
    )


def _clearest(error: ValidationError) -> ValidationError:
    """The error itself; where there are several ways to be right, what is nearest to one, if that lies deeper."""
    from jsonschema.exceptions import best_match

    if error.validator in _CHOICES and error.context and not _types_of(error):
        best: ValidationError | None = best_match([error])
        if best is not None and len(best.absolute_path) > len(error.absolute_path):
            return best
    return error


def _short(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"


def _subject(path: RawPath) -> str:
    """The name of a field; of an element of a list, the list's name and the index."""
    if not path:
        return "the object"
    last = path[-1]
    return _short(last if isinstance(last, str) and last.isalnum() else str(Path(path[-2:])))


# ---- fields that do not exist ----


def _unknown(error: ValidationError, origin: Origin, path: RawPath) -> Finding:
    schema = error.schema if isinstance(error.schema, dict) else {}
    known = [str(name) for name in schema.get("properties", {})]
    name = str(path[-1]) if path else ""
    holder: Any = error.instance if isinstance(error.instance, dict) else {}
    same = next((one for one in known if one.lower() == name.lower()), None)
    meant = same or closest(name, known)
    remedy, fix = _known(known), Fix("remove", origin.path(*path), safe=False)
    if meant in holder:
        remedy = f"Remove it: {meant} is there already."
    elif meant:
        remedy, fix = f"Did you mean {meant}?", Fix("rename", origin.path(*path), meant, safe=meant == same)
    return _at(origin, path, "NB105", f"there is no field {_short(name) or 'of that kind'} here", remedy, fix)


def _known(known: Sequence[str]) -> str:
    few = 0 < len(known) <= _FEW
    return f"Remove it, or choose one of: {', '.join(map(_short, known))}." if few else "Remove it."


# ---- values of the wrong type or form ----


def _better(error: ValidationError, path: Path) -> tuple[str, Fix | None]:
    """What to write instead, where the schema lists it."""
    if error.validator not in ("enum", "const"):
        return "", None
    value: Any = error.validator_value
    listed: list[Any] = list(value) if error.validator == "enum" else [value]
    texts = [one for one in listed if isinstance(one, str)]
    found = error.instance
    if isinstance(found, str):
        same = next((one for one in texts if one.lower() == found.lower()), None)
        meant = same or closest(found, texts)
        if meant:
            fix = Fix("replace", path, meant, safe=meant == same)
            return f"Did you mean {_short(meant)}?", fix
    shown = [_short(one if isinstance(one, str) else json.dumps(one)) for one in listed[:_FEW]]
    more = f" and {len(listed) - _FEW} more" if len(listed) > _FEW else ""
    words = {0: "Remove it.", 1: f"Use {''.join(shown)}."}
    return words.get(len(listed), f"Use one of: {', '.join(shown)}{more}."), None


def _types_of(error: ValidationError) -> list[str]:
    """The types that several ways to be right have, where they differ in nothing but the type."""
    context = error.context or []
    if not all(one.validator == "type" and not one.path for one in context):
        return []
    return [name for one in context for name in _listed(one.validator_value)]


def _listed(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _type(error: ValidationError) -> str:
    return _wanted(_listed(error.validator_value), error.instance)


def _wanted(types: Sequence[str], found: Any) -> str:
    words = [_TYPES.get(one, one) for one in dict.fromkeys(types) if one != "null"] or ["null"]
    return f"must be {' or '.join(words)}, not {_TYPES[_FOUND.get(type(found), 'null')]}"


def _choice(error: ValidationError) -> str:
    types = _types_of(error)
    if types:
        return _wanted(types, error.instance)
    if error.context:
        return "has none of the forms that its schema allows"
    return "has more than one of the forms of which its schema allows one"


def _pattern(error: ValidationError) -> str:
    return f"does not have the form {_short(str(error.validator_value))}"


def _other(error: ValidationError) -> str:
    if error.validator is None:
        return "holds something that its schema forbids"
    return f"does not fit what its schema says with {_short(str(error.validator))}"


def _says(words: str) -> Callable[[ValidationError], str]:
    """Words with the value of the keyword in them."""
    return lambda error: words.format(_short(json.dumps(error.validator_value)))


_WORDS: Final[Mapping[str, Callable[[ValidationError], str]]] = {
    "type": _type,
    "enum": _says("is none of the values that its schema lists"),
    "const": _says("is not the value that its schema wants"),
    "pattern": _pattern,
    "anyOf": _choice,
    "oneOf": _choice,
    "not": _says("has a form that its schema forbids"),
    "minimum": _says("is less than {}"),
    "maximum": _says("is more than {}"),
    "exclusiveMinimum": _says("is not more than {}"),
    "exclusiveMaximum": _says("is not less than {}"),
    "multipleOf": _says("is no multiple of {}"),
    "minLength": _says("has fewer than {} characters"),
    "maxLength": _says("has more than {} characters"),
    "minItems": _says("has fewer than {} elements"),
    "maxItems": _says("has more than {} elements"),
    "uniqueItems": _says("holds an element twice"),
    "minProperties": _says("has fewer than {} fields"),
    "maxProperties": _says("has more than {} fields"),
}
