"""What reading is in every dialect: a value and a model in, a placed part or findings out.

Every problem that pydantic reports becomes one finding with the field's own path, its position, plain words
and a remedy. The words tell the type of what was found, never the value: it may be a secret.

Refuses to know which kinds there are, and every rule across objects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Any, NamedTuple, TypeAlias, TypeVar, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from nbcore.dialects.parsed import MAX_DEPTH, Parsed, found, too_deep
from nbcore.finding import Finding, finding, in_order
from nbcore.kubernetes.names import closest
from nbcore.kubernetes.paths import Path, Step, item
from nbcore.model.element import UNKNOWN_FIELD, WRONG_FORM, Element, Shape
from nbcore.model.origin import Json, Origin

RawPath: TypeAlias = tuple[str | int, ...]
_PRUNED = frozenset({"extra_forbidden", UNKNOWN_FIELD})
"""Errors of fields that an API server without strict validation drops."""


Model = TypeVar("Model", bound=Shape)


def read(model: type[Element], value: Json, origin: Origin) -> Parsed:
    """The value as a part of that model, told where it stands; None, and why, when it does not fit.

    Laws: never raises, whatever JSON the value is.
    """
    whole, findings, known = fit(model, value, origin)
    placed = whole.placed(origin) if whole is not None else None
    return Parsed(
        placed, findings, placed if known is whole else known.placed(origin) if known is not None else None
    )


def fit(
    model: type[Model], value: Json, origin: Origin
) -> tuple[Model | None, tuple[Finding, ...], Model | None]:
    """The value in the form of a model, what is wrong with it, and it without unknown fields if only they are.

    Laws: never raises, whatever JSON the value is.
    """
    if too_deep(value):
        message = f"the object is nested deeper than {MAX_DEPTH} levels"
        return None, (origin.finding("NB103", message, "nest it less deeply"),), None
    try:
        whole = model.model_validate(value)
        return whole, (), whole
    except ValidationError as error:
        details = error.errors(include_url=False)
        findings = in_order([_finding(model, value, origin, one) for one in details])
        return None, findings, _pruned(model, value, details)


def _pruned(model: type[Model], value: Json, details: Sequence[ErrorDetails]) -> Model | None:
    """The part without its unknown fields, unless more is wrong with it than these."""
    if any(one["type"] not in _PRUNED for one in details):
        return None
    unknown = {_place(value, one)[0] for one in details}
    above = {path[:length] for path in unknown for length in range(len(path))}
    try:
        return model.model_validate(_without(value, unknown, above, ()))
    except ValidationError:
        return None


def _without(value: Json, unknown: Set[RawPath], above: Set[RawPath], path: RawPath) -> Json:
    """The value without the unknown fields; ``above`` are the places that hold one: all others are the same."""
    if path not in above:
        return value
    if isinstance(value, list):
        return [_without(one, unknown, above, (*path, at)) for at, one in enumerate(value)]
    kept = [key for key in value if (*path, key) not in unknown]
    return {key: _without(value[key], unknown, above, (*path, key)) for key in kept}


# ---- from pydantic's words to ours ----

_AS_WRITTEN = "write what is asked for; `nbcore schema` says what may stand in each field"
"""The remedy where the message says it all."""


class _Words(NamedTuple):
    """What a finding says: which code, what is wrong, what to do; whether it is about the key itself."""

    code: str
    message: str
    remedy: str = ""
    key: bool = False


class _Problem(NamedTuple):
    """One of pydantic's errors, with the place that it means in the value."""

    details: ErrorDetails
    model: type[Shape]
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


def _finding(model: type[Shape], value: Json, origin: Origin, details: ErrorDetails) -> Finding:
    path, is_key = _place(value, details)
    problem = _Problem(details, model, path, is_key)
    words = _WORDS.get(details["type"], _other)(problem)
    document = origin.document
    full = (*origin.pointer, *path)
    return finding(
        words.code,
        Path((*origin.pointer, *keyed(value, path))),
        words.message,
        words.remedy or _AS_WRITTEN,
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


_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


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


def fields_at(model: type[Shape], path: RawPath) -> tuple[str, ...]:
    """The names of the fields that an object at this path of the model may have."""
    shape: type[Shape] | None = model
    for step in path:
        if shape is not None and isinstance(step, str):
            shape = _part(shape, step)
    return tuple(info.alias or name for name, info in shape.model_fields.items()) if shape else ()


def _part(model: type[Shape], alias: str) -> type[Shape] | None:
    """The model of a field, or of the elements of a list field."""
    for name, info in model.model_fields.items():
        if alias == (info.alias or name):
            return _element(info.annotation)
    return None


def _element(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
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
    return _Words("NB106", f"{subject}: {reason}", problem.limit("remedy") or "")


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
