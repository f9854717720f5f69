"""Random pod templates and strategic merge patches out of a seed: mostly sensible, sometimes absurd.

A patch is made of the tree that the bases are variations of, so that it often meets what it patches.

This module refuses to make what Kubernetes crashes on or answers differently each time (`harmless`): a
null at the head of a merged list, a map or list as a merge key or in ``$retainKeys``, a list of scalars that
has one twice in the base, a scalar both added and removed; and one named deviation, a list in a base's field
that is none (`test_merge_refuses_a_list_where_kubernetes_expects_none`). It never asks what the right
answer is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from tests.oracles.grammar import (
    ALL_FIELDS,
    CONTAINER,
    FINALIZERS,
    KEY_FIELDS,
    LABEL_KEYS,
    MERGE_KEYS,
    METADATA,
    NAMES,
    NO_LISTS,
    ODD_SCALARS,
    SPEC,
    TEMPLATE,
    Grammar,
    Keyed,
    Labels,
)

Json: TypeAlias = Any


class Draw:
    """A tree drawn out of a grammar."""

    def __init__(
        self, random: Random, richness: float, fields: Callable[[str], bool] = lambda name: True
    ) -> None:
        self.random, self.richness, self.fields = random, richness, fields

    def tree(self, grammar: Grammar = TEMPLATE, depth: int = 0) -> Json:
        """A value of the grammar."""
        if isinstance(grammar, tuple):
            return self.random.choice(grammar)
        if isinstance(grammar, dict):
            return self.struct(grammar, depth)
        if isinstance(grammar, Labels):
            keys = self.random.sample(LABEL_KEYS, self.random.randint(0, 3))
            return {key: self.random.choice(grammar.value) for key in keys}
        if isinstance(grammar, Keyed):
            return self.keyed(grammar, depth)
        return [self.tree(grammar.element, depth + 1) for _ in range(self.random.randint(0, 3))]

    def struct(self, grammar: Mapping[str, Grammar], depth: int) -> dict[str, Json]:
        """Some of the fields: few of the many at the top, more further down."""
        chosen = [name for name in grammar if self.fields(name)]
        wanted = 1 + int(self.random.random() * self.richness * 2)
        if depth == 0:
            wanted = len(chosen)
        self.random.shuffle(chosen)
        return {name: self.tree(grammar[name], depth + 1) for name in chosen[:wanted]}

    def keyed(self, grammar: Keyed, depth: int) -> list[Json]:
        """A list whose elements have different keys."""
        if not grammar.key:
            return self.random.sample(FINALIZERS, self.random.randint(0, 4))
        keys = grammar.element[grammar.key]
        chosen = self.random.sample(keys, self.random.randint(0, len(keys)))
        return [{grammar.key: key, **self.without(grammar, depth)} for key in chosen]

    def without(self, grammar: Keyed, depth: int) -> dict[str, Json]:
        """An element without its key."""
        fields = {name: one for name, one in grammar.element.items() if name != grammar.key}
        return self.struct(fields, depth + 1) if fields and self.random.random() < 0.9 else {}


class Mutation:
    """A variation of a tree: `rate` is how often anything changes, `oddness` how often it becomes absurd."""

    def __init__(self, random: Random, rate: float, oddness: float) -> None:
        self.random, self.rate, self.oddness = random, rate, oddness

    def tree(self, value: Json) -> Json:
        """A variation of the value, which stays as it is."""
        if self.random.random() < self.oddness:
            return self.odd(value)
        if isinstance(value, dict):
            return self.map(value)
        if isinstance(value, list):
            return self.list(value)
        return self.random.choice(ODD_SCALARS) if self.random.random() < self.rate * 0.3 else value

    def odd(self, value: Json) -> Json:
        """Something of another type, or nothing."""
        choices: tuple[Json, ...] = (
            None,
            {},
            [],
            self.random.choice(ODD_SCALARS),
            [value],
            {"name": value},
            [1, None],
            {"a": None},
        )
        return self.random.choice(choices)

    def map(self, value: dict[str, Json]) -> dict[str, Json]:
        """A map with fields less, or more, or named in another case."""
        random, out = self.random, {}
        for key, one in value.items():
            if random.random() < (self.oddness if key in KEY_FIELDS else self.rate * 0.3):
                continue
            name = random.choice((key.capitalize(), key.upper())) if random.random() < self.oddness else key
            keeps = key in KEY_FIELDS and random.random() < 0.9
            out[name] = one if keeps else self.tree(one)
        if random.random() < self.oddness:
            out[random.choice(("zeta", "Zeta", "x-y", "name"))] = self.odd(random.choice(ODD_SCALARS))
        if random.random() < self.oddness:
            out["zeta"] = random.choice(({"a": 1}, [1], 1, "x", {}, []))
        return out

    def list(self, value: list[Json]) -> list[Json]:
        """A list with elements less, or twice, or in another order."""
        random = self.random
        out = [self.tree(one) for one in value if random.random() >= self.rate * 0.4]
        if len(out) > 1 and random.random() < self.rate:
            random.shuffle(out)
        if out and random.random() < self.oddness * 2:
            out.insert(random.randint(0, len(out)), self.tree(random.choice(out)))
        if random.random() < self.oddness:
            out.append(self.odd(random.choice(ODD_SCALARS)))
        return out


class Directives:
    """A patch with Kubernetes' directives strewn over it."""

    def __init__(self, random: Random, rate: float, oddness: float) -> None:
        self.random, self.rate, self.oddness = random, rate, oddness
        self.wrong = 0.03 if rate else 0.0

    def map(self, patch: dict[str, Json], depth: int = 0) -> dict[str, Json]:
        """The map with directives on it and below; fewer at the top, where they leave little to look at."""
        out = {key: self.value(value, key, depth + 1) for key, value in patch.items()}
        shy = 1.0 if depth > 1 else 0.15
        for key in [key for key in out if key.lower() in MERGE_KEYS or self.random.random() < 0.05]:
            self.beside(out, key)
        out = {key: None if self.hit(0.3 * shy) and key != "name" else value for key, value in out.items()}
        if self.hit(0.3 * shy):
            out["$retainKeys"] = self.retained(out)
        if self.hit(0.1 * shy) or self.random.random() < self.oddness * 0.1:
            out["$patch"] = self.word(("replace", "delete"))
        return out

    def value(self, value: Json, key: str, depth: int) -> Json:
        """Any value of a patch with directives below."""
        if isinstance(value, dict):
            return self.map(value, depth)
        if isinstance(value, list):
            return self.list(value, key, depth)
        return value

    def list(self, value: list[Json], name: str, depth: int) -> list[Json]:
        """The list with deletes, and rarely a replace, among its elements."""
        out = [self.value(one, name, depth + 1) for one in value]
        key = MERGE_KEYS.get(name.lower())
        for element in out:
            if key and isinstance(element, dict) and self.hit(0.5):
                element["$patch"] = self.word(("delete",))
        if key and self.hit(0.6):
            gone = self.random.choice(_universe(name, key))
            if all(one.get(key) != gone for one in out if isinstance(one, dict)):
                out.append({key: gone, "$patch": self.word(("delete",))})
        if key and self.hit(0.15):
            out.insert(self.random.randint(0, len(out)), {"$patch": self.word(("replace",))})
        return out

    def beside(self, out: dict[str, Json], key: str) -> None:
        """Adds the directives that stand beside a list."""
        value = out.get(key)
        if not isinstance(value, list):
            return
        if self.hit(1.0):
            out[f"$setElementOrder/{key}"] = self.order(value, key)
            if self.hit(0.5):
                del out[key]  # only a new order
        scalars = key.lower() == "finalizers" or (
            self.random.random() < self.oddness and not _containers(value)
        )
        if scalars and self.hit(2.0):
            added = out.get(key) or []
            gone = [one for one in self.random.sample(FINALIZERS, 2) if one not in added]
            out[f"$deleteFromPrimitiveList/{key}"] = gone
            if gone and self.random.random() < 0.5:
                del_order = out.get(f"$setElementOrder/{key}")
                if isinstance(del_order, list):
                    del_order.extend(one for one in gone if self.random.random() < 0.5)

    def order(self, value: Sequence[Json], name: str) -> Json:
        """An order that mostly agrees with the list, with other keys in between."""
        key = MERGE_KEYS.get(name.lower())
        if key:
            elements = [one for one in value if isinstance(one, dict) and key in one]
            kept = [one[key] for one in elements if self.random.random() > 0.3 * ("$patch" in one)]
            others = _universe(name, key)
        else:
            kept, others = [one for one in value if not isinstance(one, (dict, list))], FINALIZERS
        seen = set(map(repr, kept))
        for other in others:
            if repr(other) not in seen and self.random.random() < 0.6:
                kept.insert(self.random.randint(0, len(kept)), other)
        if self.random.random() < self.wrong:
            self.random.shuffle(kept)
        if kept and self.random.random() < self.wrong:
            kept.pop()
        return [{key: one} for one in kept] if key else kept

    def retained(self, patch: Mapping[str, Json]) -> Json:
        """The keys that a map keeps; now and then one is forgotten."""
        kept = [key for key in patch if key[:1] != "$" and self.random.random() >= self.wrong]
        kept += self.random.sample((*NAMES, "name", "image", "emptyDir", "configMap", "env", "zeta"), 3)
        return self.random.choice((kept, "x", None)) if self.random.random() < self.wrong else kept

    def word(self, usual: tuple[str, ...]) -> Json:
        """A word after ``$patch``: now and then one that Kubernetes does not know."""
        odd = self.random.random() < self.wrong
        return self.random.choice(("merge", "Replace", "", 1, None) if odd else usual)

    def hit(self, weight: float) -> bool:
        """Whether a directive of this weight is to be set here."""
        return self.random.random() < self.rate * weight


def _universe(name: str, key: str) -> tuple[Json, ...]:
    for fields in (SPEC, CONTAINER, METADATA):
        grammar = next((one for field, one in fields.items() if field.lower() == name.lower()), None)
        if isinstance(grammar, Keyed):
            keys: tuple[Json, ...] = grammar.element[key]
            return keys
    return NAMES


def _containers(values: Sequence[Json]) -> bool:
    return any(isinstance(value, (dict, list)) for value in values)


def harmless(value: Json, name: str = "", *, base: bool) -> Json:
    """The tree without what Kubernetes crashes on, or answers differently each time."""
    if isinstance(value, dict):
        return {key: harmless(one, key, base=base) for key, one in value.items()}
    if isinstance(value, list):
        stray = base and name.lower() in NO_LISTS
        return "stray" if stray else _harmless_list(value, name, base=base)
    return value


def _harmless_list(value: list[Json], name: str, *, base: bool) -> list[Json]:
    field = name.rpartition("/")[2].lower()
    key = MERGE_KEYS.get(field)
    out = [harmless(one, base=base) for one in value]
    if key is None:
        scalars = name == "$retainKeys" or name.startswith("$") or field in ("args", "command")
        return [one for one in out if not (scalars and isinstance(one, (dict, list)))]
    if not key:
        out = [one for one in out if not isinstance(one, (dict, list))]
        out = list({repr(one): one for one in out}.values()) if base else out
    while out and out[0] is None:
        out.pop(0)
    for element in out:
        if isinstance(element, dict) and isinstance(element.get(key), (dict, list)):
            element[key] = "a"
    return out


def _plain_names(base: dict[str, Json]) -> dict[str, Json]:
    """The base with a name and a namespace that kubectl can read, or without them."""
    metadata = base.get("metadata")
    if isinstance(metadata, dict):
        kept = {key: one for key, one in metadata.items() if key not in ("name", "namespace")}
        return {**base, "metadata": kept}
    return base


MOODS: tuple[tuple[float, float, float], ...] = (
    (0.3, 0.0, 0.0),  # plain patches
    (0.3, 0.15, 0.0),
    (0.4, 0.3, 0.0),
    (0.6, 0.6, 0.0),  # directives everywhere
    (0.4, 0.3, 0.001),
    (0.3, 0.0, 0.003),  # absurd values
    (0.4, 0.2, 0.006),
)
"""How much a patch differs from the base, how many directives it has, how absurd it is."""


def merge_cases(random: Random, count: int) -> tuple[list[dict[str, Json]], dict[str, Json]]:
    """That many bases that are variations of one tree, and a patch that is made of the same tree."""
    rate, directives, oddness = random.choice(MOODS)
    draw = draw_of_few_fields(random)
    shared = Mutation(random, 0.0, random.choice((0.0, 0.0, 0.003)))
    tree = _object(shared.tree(draw.tree()))
    vary = Mutation(random, rate, oddness * 0.3)
    bases = [_plain_names(_object(harmless(vary.tree(tree), base=True))) for _ in range(count)]
    other = draw.tree() if random.random() < 0.5 else {}
    patch = _object(Mutation(random, rate, oddness).tree(_mixed(random, tree, other)))
    return bases, harmless(Directives(random, directives, oddness).map(patch), base=False)


def draw_of_few_fields(random: Random) -> Draw:
    """A way to draw trees that have a few of all fields, so that those have much in them."""
    focus = set(random.sample(sorted({*SPEC, *METADATA, *CONTAINER}), random.randint(5, 20)))
    focus |= {"finalizers"} if random.random() < 0.3 else set()
    always = {"metadata", "spec", *random.sample(("containers", "initContainers", "volumes"), 2)}
    deep = {name for name in ALL_FIELDS if name not in {*SPEC, *METADATA, *CONTAINER}}
    return Draw(random, random.choice((1.0, 2.0, 4.0)), lambda name: name in focus | always | deep)


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _mixed(random: Random, tree: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """Fields of both trees, the lists of both joined."""
    out = dict(tree)
    for key, value in other.items():
        old = out.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            out[key] = _mixed(random, old, value)
        elif isinstance(old, list) and isinstance(value, list) and MERGE_KEYS.get(key):
            keys = {repr(_key_of(one, key)) for one in old}
            out[key] = [*old, *(one for one in value if repr(_key_of(one, key)) not in keys)]
        elif random.random() < 0.5:
            out[key] = value
    return out


def _key_of(element: Json, name: str) -> Json:
    """The merge key of a list's element, which may be absurd."""
    return element.get(MERGE_KEYS[name]) if isinstance(element, dict) else element
