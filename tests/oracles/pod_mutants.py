"""Mutants of a pod: one to three random edits, each at a field of the pod's schema.

Which field is edited is drawn among the kinds of fields that the pod has, not among its values: a pod with
thirty env variables has no more mutants of env than one with two. It refuses to know whether a mutant is still
valid; that is the judge's word.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeAlias

from nbcore.kubernetes.pod_schema import Field
from tests.oracles.pod_fragments import (
    CONFLICTS,
    CONTAINERS,
    HOOKS,
    METADATA,
    MOUNTS,
    POD_SECURITY,
    POD_TERMS,
    PROBE_HANDLERS,
    PROFILE_FIELDS,
    PROFILES,
    RESOURCES,
    SECURITY,
    SOURCES,
    SPREADS,
    TOLERATIONS,
    WHOLE,
    WINDOWS,
    Object,
)
from tests.oracles.pod_places import ROOT, Place, RawPath, all_fields, area, places, route
from tests.oracles.pod_values import BY_RESOURCE, UNIONS, entries, words
from tests.oracles.pod_words import ODD, Words
from tests.oracles.realistic_pods import pod
from tests.oracles.test_quantity_oracle import cases as quantities

Json: TypeAlias = Any


class Draw:
    """Values out of the schema; `oddness` is how often one is a near miss."""

    def __init__(self, random: Random, oddness: float = 0.15) -> None:
        self.random, self.oddness = random, oddness

    def word(self, known: Words) -> Json:
        """One of the values."""
        odd = not known.good or (known.near and self.random.random() < self.oddness)
        return self.random.choice(known.near if odd else known.good)

    def value(self, field: Field, owner: str, name: str) -> Json:
        """A value of a field."""
        if field.type == "object":
            return self.struct(field)
        if field.type == "list":
            assert field.items is not None
            return [
                self.value(field.items, owner, name) for _ in range(self.random.choice((0, 1, 1, 1, 2, 3)))
            ]
        if field.type == "map":
            return dict(self.entry(owner, name) for _ in range(self.random.choice((0, 1, 1, 2))))
        return self.word(words(owner, name, field.type))

    def entry(self, owner: str, name: str) -> tuple[str, Json]:
        """A key and a value of a map."""
        known = entries(owner, name)
        key = self.word(known.keys)
        return key, self.word(BY_RESOURCE.get(key, known.values))

    def struct(self, field: Field) -> Object:
        """An object with its required fields and some others; of fields that exclude each other, one."""
        union = self._union(field)
        chosen = [
            name
            for name, one in field.fields.items()
            if name not in union and self.random.random() < (0.95 if one.required else 0.3)
        ]
        chosen += [self.random.choice(union)] if union and self.random.random() < 0.95 else []
        return {name: self.value(field.fields[name], field.ref or "", name) for name in chosen}

    def descend(self, value: Object, field: Field, name: str) -> tuple[Json, Field]:
        """What is below a field, or below an element of it; made when there is nothing."""
        union = self._union(field)
        if name in union and name not in value:
            for other in union:
                value.pop(other, None)
        below = field.fields[name]
        if below.items is None:
            if not isinstance(value.get(name), dict):
                value[name] = self.value(below, field.ref or "", name)
            return value[name], below
        if not isinstance(value.get(name), list) or not value[name]:
            value[name] = [self.value(below.items, field.ref or "", name)]
        return self.random.choice(value[name]), below.items

    def _union(self, field: Field) -> tuple[str, ...]:
        if field.ref == "Volume":
            return tuple(name for name in field.fields if name != "name")
        return UNIONS.get(field.ref or "", ())


class Editor:
    """Random edits of one pod, in place."""

    def __init__(self, made: Object, random: Random, only: frozenset[str] = frozenset()) -> None:
        self.made, self.random, self.only = made, random, only
        self.draw = Draw(random)

    def edit(self) -> None:
        """One edit."""
        groups: dict[tuple[str, str, str], list[Place]] = {}
        every = list(places(self.made))
        for one in every:
            if self._wanted(one):
                groups.setdefault((one.owner, one.name, one.field.type), []).append(one)
        kinds = EDITS if not self.only or "schema" in self.only else EDITS[:-_SCHEMA_EDITS]
        if self.only == {"schema"}:
            kinds = EDITS[-_SCHEMA_EDITS:]
        edits, often = zip(*kinds, strict=True)
        for _ in range(20):
            if groups:
                group = groups[self.random.choice(list(groups))]
                if self.random.choices(edits, often)[0](self, self.random.choice(group), every):
                    return

    def _wanted(self, one: Place) -> bool:
        """Whether a place may be edited; those that hold places of several areas only where all are wanted."""
        return self._allowed(one.path) and (len(one.path) > 1 or not self.only or self.only == {"schema"})

    def _allowed(self, path: RawPath) -> bool:
        return not self.only or self.only == {"schema"} or area(path) in self.only

    # Each edit says whether it did anything.

    def another_word(self, place: Place, every: list[Place]) -> bool:
        """Another value of that field."""
        if place.field.type in ("object", "list", "map"):
            return False
        known = words(place.owner, place.name, place.field.type)
        if isinstance(place.holder, dict) and isinstance(place.key, str) and place.name != place.key:
            found = entries(place.owner, place.name)
            known = BY_RESOURCE.get(place.key, found.values)
        place.holder[place.key] = self.random.choice(known.near or known.good)
        return True

    def good_word(self, place: Place, every: list[Place]) -> bool:
        """A usual value of that field: what was fine alone may not fit the rest."""
        if place.field.type in ("object", "list", "map"):
            return False
        known = words(place.owner, place.name, place.field.type)
        if isinstance(place.holder, dict) and place.name != place.key:
            return False
        if known.good:
            place.holder[place.key] = self.random.choice(known.good)
        return bool(known.good)

    def any_word(self, place: Place, every: list[Place]) -> bool:
        """The value of another field of the same type."""
        same = [
            one for one in every if one.field.type == place.field.type and one.field.ref == place.field.ref
        ]
        place.holder[place.key] = _copy(self.random.choice(same).value)
        return True

    def drop(self, place: Place, every: list[Place]) -> bool:
        """Without the value."""
        del place.holder[place.key]
        return True

    def add(self, place: Place, every: list[Place]) -> bool:
        """A field, an element or an entry more."""
        value, field = place.value, place.field
        if field.type == "object" and isinstance(value, dict):
            absent = [
                name for name in field.fields if name not in value and name not in ("namespace", "status")
            ]
            if absent:
                name = self.random.choice(absent)
                value[name] = self.draw.value(field.fields[name], field.ref or "", name)
            return bool(absent)
        if field.type == "list" and isinstance(value, list) and field.items is not None:
            value.insert(
                self.random.randint(0, len(value)), self.draw.value(field.items, place.owner, place.name)
            )
            return True
        if field.type == "map" and isinstance(value, dict):
            value.update([self.draw.entry(place.owner, place.name)])
            return True
        return False

    def double(self, place: Place, every: list[Place]) -> bool:
        """A list element twice, or very often."""
        if not isinstance(place.holder, list):
            return False
        times = self.random.choices((1, 2, 40), (20, 5, 3))[0]
        place.holder.extend(_copy(place.value) for _ in range(times))
        return True

    def empty(self, place: Place, every: list[Place]) -> bool:
        """Nothing of its type, or null."""
        nothing: Mapping[str, Json] = {"object": {}, "map": {}, "list": [], "string": "", "integer": 0}
        place.holder[place.key] = None if self.random.random() < 0.3 else nothing.get(place.field.type)
        return True

    def rename_key(self, place: Place, every: list[Place]) -> bool:
        """An entry of a map under another key."""
        if place.field.type != "map" or not isinstance(place.value, dict) or not place.value:
            return False
        old = self.random.choice(list(place.value))
        known = entries(place.owner, place.name).keys
        place.value[self.random.choice(known.near or known.good)] = place.value.pop(old)
        return True

    def move(self, place: Place, every: list[Place]) -> bool:
        """The value in another object of the same type."""
        if not isinstance(place.holder, dict):
            return False
        others = [
            one.value
            for one in every
            if one.field.ref == place.owner and isinstance(one.value, dict) and one.value is not place.holder
            if self._wanted(one)
        ]
        if others and place.name == place.key:
            self.random.choice(others)[place.key] = _copy(place.value)
        return bool(others)

    def graft(self, place: Place, every: list[Place]) -> bool:
        """Fields more that are fine alone, in a pod, a container or a security context."""
        known = GRAFTS.get(place.field.ref or "")
        if known is None or not isinstance(place.value, dict):
            return False
        fields = _copy(self.random.choice(known))
        place.value.update({name: one for name, one in fields.items() if self._allowed((*place.path, name))})
        return True

    def clash(self, place: Place, every: list[Place]) -> bool:
        """A profile of a container or of the pod, said twice: by an annotation and by a field."""
        holders = [
            one for one in every if one.field.ref in ("Container", "PodSpec") and isinstance(one.value, dict)
        ]
        metadata, holder = self.made.get("metadata"), self.random.choice(holders) if holders else None
        if (
            not isinstance(metadata, dict)
            or holder is None
            or not self._allowed((*holder.path, "securityContext"))
        ):
            return False
        name, (field, prefix) = holder.value.get("name"), self.random.choice(PROFILE_ANNOTATIONS)
        key = f"container.{prefix}/{name}" if name else "seccomp.security.alpha.kubernetes.io/pod"
        text = self.random.choice(("runtime/default", "localhost/lab", "localhost/a.json", "unconfined"))
        metadata["annotations"] = {key: text}
        holder.value["securityContext"] = {field: _copy(self.random.choice(PROFILES_OF_FIELDS))}
        return True

    def splice(self, place: Place, every: list[Place]) -> bool:
        """A text with one character more, less or other."""
        if not isinstance(place.value, str) or len(place.value) > 1000:
            return False
        at = self.random.randint(0, len(place.value))
        text = self.random.choice(CHARACTERS) if self.random.random() < 0.8 else ""
        place.holder[place.key] = place.value[:at] + text + place.value[at + self.random.randint(0, 1) :]
        return True

    def amount(self, place: Place, every: list[Place]) -> bool:
        """A quantity in any of the forms that there are, and some that there are not."""
        if place.field.type != "quantity":
            return False
        place.holder[place.key] = next(quantities(self.random.getrandbits(32), 1))
        return True

    def nudge(self, place: Place, every: list[Place]) -> bool:
        """A number that is a little or much larger or smaller."""
        if type(place.value) is not int:
            return False
        place.holder[place.key] = self.random.choice(NUDGES)(place.value)
        return True

    def aim(self, place: Place, every: list[Place]) -> bool:
        """A value of any field of the schema, made a place for if there is none."""
        type_, name = self.random.choice(all_fields())
        steps = route(self.random, type_)
        if not self._allowed((*steps, name)):
            return False
        parents = Draw(self.random, 0.02)
        value, field = self.made, ROOT
        for depth, step in enumerate(steps, 1):
            if not isinstance(value, dict) or not (value.get(step) or self._allowed(steps[:depth])):
                return False
            value, field = parents.descend(value, field, step)
        if not isinstance(value, dict):
            return False
        value[name] = Draw(self.random, 0.5).value(field.fields[name], field.ref or "", name)
        return True

    def stretch(self, place: Place, every: list[Place]) -> bool:
        """A text with something before, behind or within, or in another case."""
        if place.field.type != "string" or not isinstance(place.value, str):
            return False
        text, random = place.value, self.random
        place.holder[place.key] = random.choice(
            (
                *(
                    text.upper(),
                    text.capitalize(),
                    f" {text}",
                    f"{text} ",
                    f"{text}-",
                    f"{text}.",
                    f"-{text}",
                ),
                *(
                    text[:-1],
                    text[1:],
                    f"{text}/..",
                    f"../{text}",
                    f"/{text}",
                    f"{text}\n",
                    text * 2,
                    text * 30,
                ),
            )
        )
        return True

    def other_type(self, place: Place, every: list[Place]) -> bool:
        """A value of another type."""
        place.holder[place.key] = _copy(self.random.choice(ODD))
        return True

    def misname(self, place: Place, every: list[Place]) -> bool:
        """A field in another case or with a letter more or less."""
        if not isinstance(place.holder, dict) or not isinstance(place.key, str):
            return False
        key = place.key
        names = (key.upper(), key.lower(), key.capitalize(), key[:-1], f"{key}s", f"{key} ", f"x{key}", "")
        place.holder[self.random.choice(names)] = place.holder.pop(key)
        return True

    def unknown(self, place: Place, every: list[Place]) -> bool:
        """A field of another type."""
        other = self.random.choice(every)
        if isinstance(place.value, dict) and place.field.fields and isinstance(other.key, str):
            if other.key == "namespace":
                return False
            place.value[other.key] = _copy(other.value)
            return True
        return False


CHARACTERS = (
    *" .:/_-=$()[]'\"\\\t\n\x00\x7f0Aaz~,;@#%+*",
    "é",
    "\u00a0",
    "\u0663",
    "..",
    "//",
    "$(A)",
    "\ud800",
)
NUDGES: tuple[Callable[[int], int], ...] = (
    lambda number: number + 1,
    lambda number: number - 1,
    lambda number: -number,
    lambda number: number * 10,
    lambda number: number * 1000,
)
PROFILE_ANNOTATIONS = (
    ("seccompProfile", "seccomp.security.alpha.kubernetes.io"),
    ("appArmorProfile", "apparmor.security.beta.kubernetes.io"),
)
PROFILES_OF_FIELDS: tuple[Object, ...] = (
    {"type": "RuntimeDefault"},
    {"type": "Unconfined"},
    {"type": "Localhost", "localhostProfile": "lab"},
    {"type": "Localhost"},
)
GRAFTS: Mapping[str, tuple[Object, ...]] = {
    "PodSpec": WHOLE + CONFLICTS,
    "ObjectMeta": METADATA + PROFILES,
    "Container": CONTAINERS,
    "PodSecurityContext": POD_SECURITY + PROFILE_FIELDS + WINDOWS,
    "SecurityContext": SECURITY + PROFILE_FIELDS + WINDOWS,
    "ResourceRequirements": RESOURCES,
    "Probe": PROBE_HANDLERS,
    "LifecycleHandler": HOOKS,
    "Volume": SOURCES,
    "Toleration": TOLERATIONS,
    "VolumeMount": MOUNTS,
    "PodAffinityTerm": POD_TERMS,
    "TopologySpreadConstraint": SPREADS,
}
"""By type: fields that are fine alone, or with some pods."""

_SCHEMA_EDITS = 3
EDITS: tuple[tuple[Callable[[Editor, Place, list[Place]], bool], float], ...] = (
    (Editor.another_word, 36),
    (Editor.good_word, 8),
    (Editor.any_word, 5),
    (Editor.drop, 10),
    (Editor.add, 22),
    (Editor.double, 5),
    (Editor.empty, 5),
    (Editor.rename_key, 6),
    (Editor.move, 6),
    (Editor.stretch, 5),
    (Editor.splice, 7),
    (Editor.nudge, 3),
    (Editor.amount, 10),
    (Editor.graft, 10),
    (Editor.clash, 2),
    (Editor.aim, 25),
    (Editor.other_type, 5),
    (Editor.misname, 3),
    (Editor.unknown, 2),
)
"""The edits and how often each is tried; the last ones break the schema."""


def mutant(random: Random, only: frozenset[str] = frozenset()) -> Object:
    """A pod with one to three edits, most often one; `only` names the areas that are edited."""
    made = pod(random)
    for _ in range(random.choices((1, 2, 3), (6, 3, 1))[0]):
        Editor(made, random, only).edit()
    metadata = made.get("metadata")
    if isinstance(metadata, dict) and isinstance(metadata.get("namespace"), str):
        metadata["namespace"] = "default"  # another one is refused for the path that it is sent to
    return made


def _copy(value: Json) -> Json:
    return json.loads(json.dumps(value))
