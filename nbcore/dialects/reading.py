"""What reading is in every dialect: a value and a model in, a placed part or findings out.

Every problem that pydantic reports becomes one finding with the field's own path, its position, plain words
and a remedy. The words tell the type of what was found, never the value: it may be a secret.

Refuses to know which kinds there are, and every rule across objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nbcore.finding import Finding, Source, finding, in_order
from nbcore.kubernetes.names import closest
from nbcore.kubernetes.paths import Path, Step, item
from nbcore.model.element import UNKNOWN_FIELD, WRONG_FORM, Element, Json, Origin
from nbcore.model.plain import Plain
from nbcore.source import Document

MAX_DEPTH = 100
"""Levels of objects and lists, the outermost one counted, beyond which nothing is read."""
_WIDE = 256
"""Objects and lists of one level beyond which it pays to look for shared ones."""

RawPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one document holds: the object, or None when a finding says that it is broken."""

    object: Element | Plain | None
    findings: tuple[Finding, ...] = ()


def origin_of(value: Json, document: Document | None = None) -> Origin:
    """Where an object stands; its kind and name as far as they are texts."""
    head = value if isinstance(value, dict) else {}
    metadata = head.get("metadata")
    inner = metadata if isinstance(metadata, dict) else {}
    texts = (head.get("kind"), inner.get("namespace"), inner.get("name"))
    kind, namespace, name = (text if isinstance(text, str) else "" for text in texts)
    return Origin(Source(kind, namespace, name, document.name if document else ""), (), document, value)


def read(model: type[Element], value: Json, origin: Origin) -> Parsed:
    """The value as a part of that model, told where it stands; None, and why, when it does not fit.

    Laws: never raises, whatever JSON the value is.
    """
    if too_deep(value):
        message = f"the object is nested deeper than {MAX_DEPTH} levels"
        return Parsed(None, (origin.finding("NB103", message, "nest it less deeply"),))
    try:
        return Parsed(model.model_validate(value).placed(origin))
    except ValidationError as error:
        details = error.errors(include_url=False)
        return Parsed(None, in_order([_finding(model, value, origin, one) for one in details]))


def too_deep(value: Json) -> bool:
    """Whether a value is nested deeper than MAX_DEPTH.

    Goes level by level, and where a level is wide it looks at a shared part once, so that neither a deep value
    nor one with many aliases costs much more than its size times the depth.
    """
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(MAX_DEPTH):
        if not level:
            return False
        if len(level) > _WIDE:
            level = list({id(one): one for one in level}.values())
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one)
            if isinstance(child, (dict, list))
        ]
    return bool(level)


# ---- from pydantic's words to ours ----


class _Words(NamedTuple):
    """What a finding says: which code, what is wrong, what to do; whether it is about the key itself."""

    code: str
    message: str
    remedy: str = ""
    key: bool = False


class _Problem(NamedTuple):
    """One of pydantic's errors, with the place that it means in the value."""

    details: ErrorDetails
    model: type[Element]
    path: RawPath
    is_key: bool

    @property
    def found(self) -> Any:
        return self.details["input"]

    @property
    def field(self) -> str:
        """The name of the field; of an element of a list, the list's name and the index."""
        if not self.path:
            return "the object"
        last = self.path[-1]
        return _short(last) if isinstance(last, str) else str(Path(self.path[-2:]))

    def limit(self, name: str) -> Any:
        return self.details.get("ctx", {}).get(name)


def _finding(model: type[Element], value: Json, origin: Origin, details: ErrorDetails) -> Finding:
    path, is_key = _place(value, details)
    problem = _Problem(details, model, path, is_key)
    words = _WORDS.get(details["type"], _other)(problem)
    document = origin.document
    full = (*origin.pointer, *path)
    return finding(
        words.code,
        Path((*origin.pointer, *keyed(value, path))),
        words.message,
        words.remedy,
        source=origin.source,
        position=document.position(full, key=words.key or is_key) if document else None,
    )


def keyed(value: Json, path: RawPath) -> Iterator[Step]:
    """The steps of a raw path, list elements with their key where the list has one by contract."""
    field = ""
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            yield item(field, step, value[step])
            value = value[step]
        else:
            yield step
            value = value.get(step) if isinstance(value, dict) else None
        field = str(step)


def _place(value: Json, details: ErrorDetails) -> tuple[RawPath, bool]:
    """The raw path that an error is about, and whether it is about a key of a map."""
    steps = details["loc"]
    is_key = bool(steps) and steps[-1] == "[key]"
    return (steps[:-1] if is_key else steps), is_key


_FOUND: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a whole number",
    float: "a number with a fraction",
    type(None): "nothing",
}
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


def found(value: Json) -> str:
    """The type of a value in plain words, never the value."""
    if isinstance(value, float) and value.is_integer():
        return _FOUND[int]
    return _FOUND.get(type(value), "something that is no JSON")


def _wrong_type(wanted: str, remedy: Callable[[Json], str] = lambda _: "") -> Callable[[_Problem], _Words]:
    def words(problem: _Problem) -> _Words:
        message = f"{problem.field} must be {wanted}, not {found(problem.found)}"
        return _Words("NB106", message, remedy(problem.found))

    return words


def _quote(value: Json) -> str:
    return "put it in quotes" if isinstance(value, bool | int | float) else ""


def _unquote_number(value: Json) -> str:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return "the quotes make it a text: remove them"
    return ""


def _unquote_bool(value: Json) -> str:
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return "the quotes make it a text: remove them"
    return "write true or false"


def _as_list(value: Json) -> str:
    return "" if value is None else 'put it in a list: start it with "- "'


def _missing(problem: _Problem) -> _Words:
    return _Words("NB107", f"the required field {problem.field} is missing", f"add {problem.field}")


def _unknown(problem: _Problem) -> _Words:
    place = problem.path[:-1]
    known = problem.limit("known") or fields_at(problem.model, place)
    message = f"there is no field {problem.field} here"
    return _Words("NB105", message, _remedy_for_unknown(problem, known), key=True)


def _remedy_for_unknown(problem: _Problem, known: tuple[str, ...]) -> str:
    below = problem.path[:-1] in ((), ("metadata",)) and problem.field in fields_at(problem.model, ("spec",))
    if below:
        return f"move it to spec.{problem.field}"
    near = closest(problem.field, known)
    if near:
        return f"did you mean {near}?"
    return f"known here: {', '.join(known)}" if known else "remove it"


def _short(text: str) -> str:
    return text if len(text) <= 64 else f"{text[:64]}…"


def fields_at(model: type[Element], path: RawPath) -> tuple[str, ...]:
    """The names of the fields that an object at this path of the model may have."""
    shape: type[Element] | None = model
    for step in path:
        if shape is not None and isinstance(step, str):
            shape = _part(shape, step)
    return tuple(info.alias or name for name, info in shape.model_fields.items()) if shape else ()


def _part(model: type[Element], alias: str) -> type[Element] | None:
    """The model of a field, or of the elements of a list field."""
    for name, info in model.model_fields.items():
        if alias == (info.alias or name):
            return _element(info.annotation)
    return None


def _element(annotation: Any) -> type[Element] | None:
    if isinstance(annotation, type) and issubclass(annotation, Element):
        return annotation
    return next(filter(None, map(_element, get_args(annotation))), None)


def _none_of(problem: _Problem) -> _Words:
    allowed = str(problem.limit("expected")).replace("'", "").replace(" or ", ", ").split(", ")
    wanted = f"{problem.field} must be one of {', '.join(allowed)}"
    if not isinstance(problem.found, str):
        return _Words("NB106", f"{wanted}, not {found(problem.found)}")
    near = closest(problem.found, allowed)
    return _Words("NB106", wanted, f"did you mean {near}?" if near else "")


def _bounded(words: str, name: str) -> Callable[[_Problem], _Words]:
    return lambda problem: _Words("NB106", f"{problem.field} must {words} {problem.limit(name)}")


def _size(words: str, name: str, unit: str) -> Callable[[_Problem], _Words]:
    def say(problem: _Problem) -> _Words:
        limit = problem.limit(name)
        if name == "min_length" and limit == 1:
            return _Words("NB106", f"{problem.field} must not be empty")
        return _Words("NB106", f"{problem.field} must have {words} {limit} {unit}")

    return say


def _ours(problem: _Problem) -> _Words:
    """A reason that one of our own validators gave."""
    subject = f"the key {problem.field}" if problem.is_key else problem.field
    reason = problem.limit("error") or problem.limit("message")
    return _Words("NB106", f"{subject}: {reason}")


def _other(problem: _Problem) -> _Words:
    return _Words("NB106", f"{problem.field} has the wrong form: it is {found(problem.found)}")


_text = _wrong_type("a text", _quote)
_whole = _wrong_type("a whole number", _unquote_number)
_object = _wrong_type("an object")

_WORDS: Mapping[str, Callable[[_Problem], _Words]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    UNKNOWN_FIELD: _unknown,
    "string_type": _text,
    "int_type": _whole,
    "bool_type": _wrong_type("true or false", _unquote_bool),
    "model_type": _object,
    "model_attributes_type": _object,
    "dict_type": _object,
    "tuple_type": _wrong_type("a list", _as_list),
    "literal_error": _none_of,
    "greater_than_equal": _bounded("be at least", "ge"),
    "less_than_equal": _bounded("be at most", "le"),
    "string_too_short": _size("at least", "min_length", "characters"),
    "string_too_long": _size("at most", "max_length", "characters"),
    "too_short": _size("at least", "min_length", "entries"),
    "too_long": _size("at most", "max_length", "entries"),
    "value_error": _ours,
    WRONG_FORM: _ours,
}
