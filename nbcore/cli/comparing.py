"""Which notebooks of two sides are compared, and with what on the other side.

Where no side has a notebook, every option value of the Templates is compared, the others at their defaults.
Refuses to know how the answer is printed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from nbcore.catalog import read
from nbcore.cli.objects import Broken, full_name
from nbcore.cli.reading import Unusable
from nbcore.cli.sides import Sides
from nbcore.comparison import Comparison, compared
from nbcore.factors import Selection, notebook_of
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from nbcore.settings import Settings

Key: TypeAlias = tuple[str, str]
"""The kind of a notebook, and its namespace and name."""

_SOMEWHERE: Final = "default"


class _Pair(NamedTuple):
    """One thing to compare: what it is called, and the notebook on each side."""

    kind: str
    name: str
    select: str
    old: Notebook | None
    new: Notebook | None


def pairs_of(sides: Sides, names: Sequence[str]) -> list[_Pair]:
    """What is to be compared: the notebooks that are named, all, or the options of the Templates.

    Raises: Unusable for a name that no side has, or where there is nothing to compare; Broken for a notebook that
    cannot be read.
    """
    old, new = (_by_key(side.all(Notebook)) for side in (sides.old, sides.new))
    if not old and not new:
        if names:
            sides.new.named(Notebook, names[0])
        return _required(list(_of_templates(sides)), sides)
    old, new = old or new, new or old  # a side that has kinds only is asked about the notebooks of the other
    keys = [_named(sides, one) for one in names] or [*old, *(one for one in new if one not in old)]
    return [_Pair(*key, "", old.get(key), new.get(key)) for key in dict.fromkeys(keys)]


def _required(pairs: list[_Pair], sides: Sides) -> list[_Pair]:
    if not pairs and not sides.unread:
        raise Unusable("there is nothing to compare: no side has a notebook, or a Template or WorkspaceKind")
    return pairs


def _by_key(notebooks: Sequence[Notebook]) -> dict[Key, Notebook]:
    return {_key(one): one for one in notebooks}


def _key(one: Notebook) -> Key:
    return one.kind, full_name(one)


def _named(sides: Sides, name: str) -> Key:
    """The notebook that a name means, on whichever side it is."""
    try:
        return _key(sides.new.named(Notebook, name))
    except (Unusable, Broken) as missing:
        try:
            return _key(sides.old.named(Notebook, name))
        except Unusable:
            raise missing from None


# ---- the options of Templates ----


def _of_templates(sides: Sides) -> Iterator[_Pair]:
    old, new = ({(one.kind, one.id): one for one in side.all(Template)} for side in (sides.old, sides.new))
    for key in dict.fromkeys((*old, *new)):
        was, now = old.get(key), new.get(key)
        chosen = dict.fromkeys(one for side in (was, now) if side is not None for one in _choices(side))
        for choice in [("", ""), *chosen]:
            select = "=".join(choice) if choice[0] else ""
            yield _Pair(*key, select, _example(was, choice), _example(now, choice))


def _choices(template: Template) -> Iterator[tuple[str, str]]:
    """Every value of every group but the defaults, which stand for themselves."""
    for group in template.spec.options:
        yield from ((group.id, value.id) for value in group.values if value.id != group.default)


def _example(template: Template | None, choice: tuple[str, str]) -> Notebook | None:
    """The notebook that makes one choice and takes the defaults for the rest; None where it cannot be made."""
    if template is None:
        return None
    defaults = {one.id: one.default for one in template.spec.options if one.default}
    chosen = {**defaults, choice[0]: choice[1]} if choice[0] else defaults
    if choice[0] and ((group := template.spec.group(choice[0])) is None or group.value(choice[1]) is None):
        return None
    namespace = template.metadata.namespace or _SOMEWHERE
    parsed = read(notebook_of(template, Selection(chosen, ()), namespace))
    return parsed.object if isinstance(parsed.object, Notebook) else None


# ---- comparing ----


def compared_on(sides: Sides, pair: _Pair, settings: Settings) -> Comparison:
    """One notebook, rendered on both sides and compared."""
    bare = Comparison(pair.kind, pair.name, pair.select)
    return compared(bare, (pair.old, sides.old.catalog), (pair.new, sides.new.catalog), settings)
