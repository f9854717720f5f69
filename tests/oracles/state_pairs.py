"""Pairs of pod states out of a seed: the same in other words, with a few real edits, or both.

A state in other words has some of what the server stores written out, quantities in another notation, and nulls,
zeros and empty values where there is nothing. It refuses to know which words mean the same: the judge says that.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from random import Random
from typing import Any, TypeAlias

from tests.oracles.pod_mutants import Editor
from tests.oracles.pod_places import Place, places

Json: TypeAlias = Any

NOTHINGS: dict[str, Json] = {
    "object": {},
    "map": {},
    "list": [],
    "string": "",
    "integer": 0,
    "boolean": False,
}
"""The empty value of a type."""

SHORT: dict[str, tuple[Json, ...]] = {
    "cpu": ("1", "1000m", 1, 1.0, "1e0", "2", "500m", 0.5, "0.5", "100u", "1.0"),
    "memory": ("1Gi", "1024Mi", "1073741824", 1073741824, "2Gi", "1.5Gi", "1536Mi", "1G", "1e9", "1000M"),
}
EDITS_ONLY = frozenset({"metadata", "scheduling", "containers", "volumes", "security"})


def reworded(random: Random, given: Json, stored: Json) -> Json:
    """The given state in other words, none of which should mean anything."""
    made = _mixture(random, given, stored, random.choice((0.0, 0.3, 1.0)))
    for _ in range(random.choice((0, 0, 1, 3))):
        _say_nothing(random, made)
    return made


def edited(random: Random, given: Json) -> Json:
    """The state with one to three edits, real or not."""
    made = copy.deepcopy(given)
    for _ in range(random.choices((1, 2, 3), (6, 2, 1))[0]):
        try:
            random.choices(EDITS, WEIGHTS)[0](random, made)
        except (AttributeError, IndexError, KeyError, TypeError):
            break  # the edit before has left another type where this one goes
    return made


def _mixture(random: Random, given: Json, stored: Json, often: float) -> Json:
    """The given value with some of what is stored written into it; quantities and all else as given."""
    if isinstance(given, dict) and isinstance(stored, dict):
        out = {key: _mixture(random, one, stored.get(key), often) for key, one in given.items()}
        new = [key for key in stored if key not in given and random.random() < often]
        return {**out, **{key: copy.deepcopy(stored[key]) for key in new}}
    if isinstance(given, list) and isinstance(stored, list) and len(given) <= len(stored):
        found = [_mixture(random, one, other, often) for one, other in zip(given, stored, strict=False)]
        longer = len(given) < len(stored) and random.random() < often
        return found + copy.deepcopy(stored[len(given) :]) if longer else found
    scalar = not isinstance(given, dict | list) and not isinstance(stored, dict | list | None)
    return copy.deepcopy(stored if scalar and random.random() < often else given)


def _structs(made: Json) -> list[Place]:
    return [one for one in places(made) if one.field.type == "object" and isinstance(one.value, dict)]


def _say_nothing(random: Random, made: Json) -> None:
    """A field more that is null, zero or empty."""
    one = random.choice(_structs(made))
    absent = [name for name in one.field.fields if name not in one.value]
    if absent and one.path != ("metadata",):
        name = random.choice(absent)
        kind = one.field.fields[name].type
        one.value[name] = None if random.random() < 0.5 else copy.copy(NOTHINGS.get(kind))


def _anything(random: Random, made: Json) -> None:
    Editor(made, random, EDITS_ONLY).edit()


def _shuffle(random: Random, made: Json) -> None:
    lists = [one.value for one in places(made) if isinstance(one.value, list) and len(one.value) > 1]
    if lists:
        random.shuffle(random.choice(lists))


def _containers(made: Json) -> list[Json]:
    spec = made.get("spec") or {}
    return [one for field in ("containers", "initContainers") for one in spec.get(field) or () if one]


def _resize(random: Random, made: Json) -> None:
    """Another amount of cpu or memory, of a container or of the pod."""
    pod_level = random.random() < 0.1
    holder = made["spec"] if pod_level else random.choice(_containers(made))
    resources = holder.get("resources")
    if not isinstance(resources, dict):
        resources = holder["resources"] = {}
    name = random.choice(tuple(SHORT))
    for side in random.choice((("limits",), ("requests",), ("limits", "requests"))):
        amounts = resources.get(side)
        if not isinstance(amounts, dict):
            amounts = resources[side] = {}
        if random.random() < 0.15:
            amounts.pop(name, None)
        else:
            amounts[name] = random.choice(SHORT[name])


def _image(random: Random, made: Json) -> None:
    random.choice(_containers(made))["image"] = random.choice(
        ("a:1", "a", "a:latest", "b@sha256:" + "0" * 64)
    )


def _policy(random: Random, made: Json) -> None:
    random.choice(_containers(made))["imagePullPolicy"] = random.choice(("Always", "IfNotPresent", None, ""))


def _tolerate(random: Random, made: Json) -> None:
    found = made["spec"].get("tolerations") or []
    choices: tuple[Json, ...] = (
        {"key": "gpu", "operator": "Exists"},
        {"operator": "Exists"},
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"},
        {
            "key": "a",
            "operator": "Exists",
            "effect": "NoExecute",
            "tolerationSeconds": random.choice((5, 60)),
        },
    )
    if found and random.random() < 0.3:
        found = [dict(one) for one in found]
        random.choice(found)["tolerationSeconds"] = 77
    elif found and random.random() < 0.3:
        found = found[1:]
    else:
        found = [*found, random.choice(choices)]
    made["spec"]["tolerations"] = found


def _deadline(random: Random, made: Json) -> None:
    made["spec"]["activeDeadlineSeconds"] = random.choice((None, 10, 100, 1000))


def _label(random: Random, made: Json) -> None:
    field = random.choice(("labels", "annotations"))
    found = made["metadata"].get(field) or {}
    key = random.choice((*found, "team", "example.org/a"))
    if key in found and random.random() < 0.4:
        made["metadata"][field] = {name: one for name, one in found.items() if name != key}
    else:
        made["metadata"][field] = {**found, key: random.choice(("a", "b", ""))}


def _gates(random: Random, made: Json) -> None:
    made["spec"]["schedulingGates"] = random.choice((None, [], [{"name": "a.b/c"}], [{"name": "x"}]))


def _selector(random: Random, made: Json) -> None:
    found = made["spec"].get("nodeSelector") or {}
    made["spec"]["nodeSelector"] = {**found, random.choice((*found, "disk")): random.choice(("a", "ssd"))}


def _account(random: Random, made: Json) -> None:
    made["spec"][random.choice(("serviceAccount", "serviceAccountName"))] = random.choice(
        ("x", "y", None, "")
    )


def _keys(random: Random, made: Json) -> None:
    """Labels of the pod itself as part of a selector."""
    key = random.choice((*(made["metadata"].get("labels") or {}), "team"))
    selector: Json = random.choice(({}, {"matchLabels": {"app": "a"}}, None))
    term: Json = {"topologyKey": "zone", "matchLabelKeys": [key], "labelSelector": selector}
    spread: Json = {**term, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}
    if random.random() < 0.5:
        made["spec"]["topologySpreadConstraints"] = [spread]
    else:
        rule = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        made["spec"]["affinity"] = {random.choice(("podAffinity", "podAntiAffinity")): rule}


EDITS: tuple[Callable[[Random, Json], None], ...] = (
    _anything,
    _shuffle,
    _resize,
    _image,
    _policy,
    _tolerate,
    _deadline,
    _label,
    _gates,
    _selector,
    _account,
    _keys,
    _say_nothing,
)
WEIGHTS = (14, 3, 6, 2, 1, 3, 1, 3, 1, 1, 1, 1, 2)
