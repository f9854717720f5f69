"""Relevance: which of a notebook's own fields may make a difference to an edit, and so which notebooks fare alike.

Refuses to know what the edit does.

Laws: test_a_plan_equals_each_notebook_on_its_own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.env_text import env_values
from nbcore.environment import Environment
from nbcore.model.notebook import Notebook
from nbcore.pipeline import variables
from nbcore.planning.areas import FIXED_NOTES, RESOURCES, Touched
from nbcore.planning.own_parts import Own, values_at
from nbcore.resolve.text import Hole, Parts, filled

OwnArea: TypeAlias = tuple[str, ...]
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "env": ("env", "refers"),
    "volumes": ("volumes",),
    "labels": ("labels",),
    "annotations": ("annotations",),
    "resources": ("resources",),
    "fixed": ("annotations",),
    "owner": ("owner",),
    "overrides": ("overrides",),
}
"""By part: the fields of the own parts that matter together."""


class Question(NamedTuple):
    """What has to be known of a notebook's own fields to tell what an edit does to it.

    Shape: ``areas`` are those of own fields that meet the edit; ``everything`` asks for all parts. ``labels`` and
    ``annotations`` are keys of which the value matters; ``texts`` are those that are filled in otherwise now.
    """

    areas: frozenset[OwnArea]
    everything: bool = False
    labels: frozenset[str] = frozenset()
    annotations: frozenset[str] = frozenset()
    texts: tuple[tuple[Parts, Parts], ...] = ()

    def answer(self, own: Own, areas: frozenset[OwnArea]) -> Hashable:
        """What of the own parts matters: equal for notebooks that fare alike."""
        if self.everything:
            return own
        met = {area[0] for area in areas & self.areas}
        return tuple(getattr(own, field) for part in sorted(met) for field in _PARTS[part])

    def needs_values(self, own: Own) -> bool:
        """Whether notebooks with these own parts have to be looked at one by one."""
        return bool(
            self.texts
            or (self.labels and any(key in self.labels for key, _ in own.labels))
            or (self.annotations and any(key in self.annotations for key, _ in own.annotations))
        )

    def values(self, notebook: Notebook) -> Hashable:
        """What of the values of one notebook matters."""
        told = values_at(notebook, self.labels, self.annotations)
        if not self.texts:
            return told
        fill = _filling(variables(notebook))
        return told, tuple(fill(old) == fill(new) for old, new in self.texts)


def _filling(values: Mapping[str, str]) -> Callable[[Parts], str]:
    def value(hole: Hole) -> str:
        if hole.variable == "httpPathPrefix":
            return values["path"].format(**{**values, "port": hole.port})
        return values[hole.variable]

    return lambda parts: filled(parts, value)


def question(edit: Touched, main: str) -> Question:
    """What an edit of areas asks, where nothing but these is edited; ``main`` is the notebook's container."""
    keys = {
        part: frozenset(one[1] for one in edit.areas if one[0] == part and len(one) > 1) for part in _KEYED
    }
    return Question(frozenset(_met(edit, main)), False, keys["labels"], keys["annotations"])


_KEYED: Final = ("labels", "annotations")


def _met(edit: Touched, main: str) -> Iterator[OwnArea]:
    """The areas of own fields that meet the edit; two meet every one."""
    yield from (("owner",), ("overrides",))
    if edit.refers:
        yield ("env",)
    if RESOURCES in edit.beside:
        yield from (("resources",), ("fixed",))
    if FIXED_NOTES in edit.beside:
        yield ("fixed",)
    for area in edit.areas:
        if area[0] in _KEYED:
            yield area
        elif area[:2] == ("spec", "volumes") or area[:3] == ("containers", main, "volumeMounts"):
            yield ("volumes",)
        elif area[:3] == ("containers", main, "env"):
            yield ("env", *area[3:])


def whole_question(old: Environment, new: Environment) -> Question:
    """What is asked where anything may have been edited."""
    selecting = _label_keys(old.tree) | _label_keys(new.tree)
    return Question(
        frozenset(),
        True,
        frozenset((*old.lower.labels, *new.lower.labels, *selecting)),
        frozenset((*old.lower.annotations, *new.lower.annotations)),
        changed_texts(old, new),
    )


def _label_keys(tree: Any) -> frozenset[str]:
    """The labels whose values become part of selectors."""
    spec = tree.get("spec") if isinstance(tree, dict) else None
    fields = ("affinity", "topologySpreadConstraints")
    waiting = [spec.get(field) for field in fields] if isinstance(spec, dict) else []
    found: set[str] = set()
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for key in ("matchLabelKeys", "mismatchLabelKeys"):
                keys = value.get(key)
                found.update(one for one in (keys if isinstance(keys, list) else ()) if isinstance(one, str))
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return frozenset(found)


def changed_texts(old: Environment, new: Environment) -> tuple[tuple[Parts, Parts], ...]:
    """The pairs of texts that stand at one place before and after, of which one has variables, and that differ."""
    before, after = _texts(old), _texts(new)
    return tuple(
        (before[place], after[place])
        for place in before.keys() & after.keys()
        if before[place] != after[place]
        and any(isinstance(one, Hole) for one in (*before[place], *after[place]))
    )


def _texts(env: Environment) -> dict[tuple[str, ...], Parts]:
    """Every literal env value: list and name of the container, name of the variable, how often that came before."""
    found: dict[tuple[str, ...], Parts] = {}
    counts: Counter[tuple[str, ...]] = Counter()
    holes = {(one.field, one.container, one.env): one.parts for one in env.holes}
    for field, at, index, text in env_values(env.tree or {}):
        container = (env.tree or {})["spec"][field][at]
        place = (field, str(container.get("name")), str(container["env"][index].get("name")))
        found[(*place, str(counts[place]))] = holes.get((field, at, index), (text,))
        counts[place] += 1
    return found
