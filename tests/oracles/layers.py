"""Random layers of a pod on which an overlay is the same as a strategic merge with the order written out.

That is the domain: no lists that accumulate, no change of an env entry's source, of a handler, of a volume's
source or of a mount's volume, one protocol a port, no directives but ``$patch: delete``, and no null below a
new element. All of it is reached by making such fields a function of the key that they stand beside.

This module refuses to know what an overlay is beyond that sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any, TypeAlias

from tests.oracles.grammar import FLAGS, MERGE_KEYS, NUMBERS, TEXTS
from tests.oracles.pods import draw_of_few_fields

Json: TypeAlias = Any

ACCUMULATING = frozenset({"tolerations", "envFrom", "capabilities", "supplementalGroups"})
HANDLERS = frozenset({"exec", "httpGet", "tcpSocket"})
SOURCES: Mapping[str, str] = {"a": "emptyDir", "b": "configMap", "c": "secret", "d": "persistentVolumeClaim"}
FIXED = frozenset({*MERGE_KEYS.values(), "protocol", "whenUnsatisfiable"})
"""What tells an element from others; nothing may change or remove it."""


def overlay_cases(random: Random, count: int) -> tuple[list[dict[str, Json]], dict[str, Json]]:
    """Lower layers that have the same list elements in the same order, and an upper layer."""
    draw = draw_of_few_fields(random)
    lower = in_domain(draw.tree())
    # The upper layer takes up some of the lower one's elements, with other values, and has new ones.
    upper = joined(random, varied(random, lower), in_domain(draw.tree()))
    upper = with_removals(random, upper, lower)
    return [varied(random, lower) for _ in range(count)], upper


def in_domain(value: Json, name: str = "", *, inside: str = "") -> Json:
    """The tree without what an overlay does otherwise than a merge."""
    if isinstance(value, list):
        # Ports with absurd keys are for the merge alone.
        usual = [one for one in value if name != "ports" or type(one.get("containerPort")) is int]
        return [in_domain(one, inside=name) for one in usual]
    if not isinstance(value, dict):
        return value
    out = {key: in_domain(one, key) for key, one in value.items() if key not in ACCUMULATING | HANDLERS}
    if inside not in _OF_ELEMENT:
        return out
    fixed, gone = _OF_ELEMENT[inside](out)
    return {**{key: one for key, one in out.items() if key not in gone}, **fixed}


def _env(element: dict[str, Json]) -> tuple[dict[str, Json], Sequence[str]]:
    return {}, ("valueFrom",)


def _port(element: dict[str, Json]) -> tuple[dict[str, Json], Sequence[str]]:
    return {"protocol": "UDP" if element["containerPort"] == 53 else "TCP"}, ()


def _mount(element: dict[str, Json]) -> tuple[dict[str, Json], Sequence[str]]:
    return {"name": element["mountPath"].strip("/")}, ()


def _spread(element: dict[str, Json]) -> tuple[dict[str, Json], Sequence[str]]:
    return {
        "whenUnsatisfiable": "DoNotSchedule" if element["topologyKey"] == "zone" else "ScheduleAnyway"
    }, ()


def _volume(element: dict[str, Json]) -> tuple[dict[str, Json], Sequence[str]]:
    source = SOURCES[element["name"]]
    return {}, [key for key in element if key not in ("name", source)]


_OF_ELEMENT: Mapping[str, Callable[[dict[str, Json]], tuple[dict[str, Json], Sequence[str]]]] = {
    "env": _env,
    "ports": _port,
    "volumeMounts": _mount,
    "topologySpreadConstraints": _spread,
    "volumes": _volume,
}
"""By the list that an element stands in: the fields that depend on its key alone, and those that go."""


def varied(random: Random, value: Json) -> Json:
    """The tree with other scalars, and some left out; its keyed lists keep their elements."""
    if isinstance(value, dict):
        return {
            key: one if key in FIXED else varied(random, one)
            for key, one in value.items()
            if key in FIXED or isinstance(one, (dict, list)) or random.random() > 0.2
        }
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [varied(random, one) for one in value]
    if isinstance(value, list) or random.random() < 0.4:
        return value
    if isinstance(value, bool):
        return random.choice(FLAGS)
    return random.choice(NUMBERS if isinstance(value, int) else TEXTS)


def joined(random: Random, mine: Mapping[str, Json], other: Mapping[str, Json]) -> dict[str, Json]:
    """Some fields and elements of both trees."""
    out: dict[str, Json] = {}
    for key in [*mine, *(key for key in other if key not in mine)]:
        a, b = mine.get(key), other.get(key)
        if random.random() < 0.25 and key not in FIXED:
            continue
        if isinstance(a, dict) and isinstance(b, dict):
            out[key] = joined(random, a, b)
        elif isinstance(a, list) and isinstance(b, list) and key in MERGE_KEYS_BY_NAME:
            out[key] = _joined_list(random, a, b, MERGE_KEYS_BY_NAME[key])
        else:
            out[key] = b if a is None else a
    return out


MERGE_KEYS_BY_NAME: Mapping[str, str] = {
    name: MERGE_KEYS[name.lower()]
    for name in (
        *("containers", "initContainers", "ephemeralContainers", "volumes", "ports", "env", "volumeMounts"),
        *("volumeDevices", "imagePullSecrets", "hostAliases", "topologySpreadConstraints", "schedulingGates"),
        *("resourceClaims", "ownerReferences", "finalizers"),
    )
}


def _joined_list(random: Random, a: Sequence[Json], b: Sequence[Json], key: str) -> list[Json]:
    """Some elements of both lists, each key once, in any order."""
    taken = {(one[key] if key else one): one for one in (*b, *a) if random.random() < 0.55}
    out = list(taken.values())
    random.shuffle(out)
    return out


def with_removals(random: Random, upper: dict[str, Json], lower: Mapping[str, Json]) -> dict[str, Json]:
    """The upper layer that also removes some of the lower one's fields and elements, or tries to."""
    out = dict(upper)
    for key, old in lower.items():
        new = out.get(key)
        if key in FIXED:
            continue
        if isinstance(old, dict) and isinstance(new, dict):
            out[key] = with_removals(random, new, old)
        elif isinstance(old, list) and isinstance(new, list) and MERGE_KEYS_BY_NAME.get(key):
            out[key] = _with_deletes(random, new, old, MERGE_KEYS_BY_NAME[key])
        elif random.random() < 0.05 and key not in ("metadata", "spec", "containers"):
            out[key] = None
    if random.random() < 0.05:
        out["volumeName"] = None  # removes what is not there
    return out


def _with_deletes(random: Random, upper: list[Json], lower: Sequence[Json], key: str) -> list[Json]:
    """The list with deletes of elements that it does not set itself."""
    by_key = {one[key]: one for one in lower}
    out = [with_removals(random, one, by_key[one[key]]) if one[key] in by_key else one for one in upper]
    own = {one[key] for one in upper}
    for old in lower:
        if old[key] not in own and random.random() < 0.5:
            gone = {name: old[name] for name in FIXED if name in old}
            out.insert(random.randint(0, len(out)), {**gone, "$patch": "delete"})
    return out


def comparable(lower: Json, upper: Json) -> bool:
    """Whether the two are still in the domain, after pieces have been left out of them."""
    return (
        in_domain(lower) == lower and _plain(upper) == in_domain(_plain(upper)) and _nulls_hit(lower, upper)
    )


def _plain(value: Json) -> Json:
    """The tree without elements that delete."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value if not (isinstance(one, dict) and "$patch" in one)]
    return value


def _nulls_hit(lower: Json, upper: Json, name: str = "") -> bool:
    """Whether nulls and deletes stand only where the lower layer has a map or a list."""
    if isinstance(lower, dict) and isinstance(upper, dict):
        return all(one is None or _nulls_hit(lower.get(key), one, key) for key, one in upper.items())
    if isinstance(lower, list) and isinstance(upper, list) and MERGE_KEYS_BY_NAME.get(name):
        by_key = {one[MERGE_KEYS_BY_NAME[name]]: one for one in lower}
        deletes = {"$patch": "delete"}.items()
        return all(deletes <= one.items() or _nulls_hit(by_key.get(_key(one, name)), one) for one in upper)
    text = repr(upper)
    return "None" not in text and "$patch" not in text


def _key(element: Mapping[str, Json], name: str) -> Json:
    return element[MERGE_KEYS_BY_NAME[name]]


def written_out(lower: Mapping[str, Json], upper: Mapping[str, Json]) -> dict[str, Json]:
    """The upper layer as a patch that says the order: the lower layer's elements first, new ones after."""
    out: dict[str, Json] = dict(upper)
    for key, new in upper.items():
        old = lower.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            out[key] = written_out(old, new)
        elif isinstance(old, list) and isinstance(new, list) and new and key in MERGE_KEYS_BY_NAME:
            merge_key = MERGE_KEYS_BY_NAME[key]
            out[key], order = _keyed(old, new, merge_key) if merge_key else _scalars(old, new)
            out[f"$setElementOrder/{key}"] = order
    return out


def _keyed(lower: Sequence[Json], upper: Sequence[Json], key: str) -> tuple[list[Json], list[Json]]:
    """The upper elements in the order that is written out, and that order."""
    by_key = {one[key]: one for one in lower}
    order = list(dict.fromkeys([*by_key, *(one[key] for one in upper)]))
    place = {each: number for number, each in enumerate(order)}
    elements = [written_out(by_key[one[key]], one) if one[key] in by_key else one for one in upper]
    elements.sort(key=lambda one: place[one[key]])
    return elements, [{key: each} for each in order]


def _scalars(lower: Sequence[Json], upper: Sequence[Json]) -> tuple[list[Json], list[Json]]:
    order = list(dict.fromkeys([*lower, *upper]))
    return sorted(upper, key=order.index), order
