"""Hypothesis strategies: typed pod templates, the same with something wrong, and hostile JSON.

A typed tree follows Kubernetes' own table of fields: the right types, keyed lists with keys that are there
and unique, one source a volume, no nulls and no directives. Names come from small sets, and texts from the
same sets as keys, so that layers meet and a value may look like a key.

This module refuses to know what is done with the trees.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias

from hypothesis import strategies as st

from nbcore.kubernetes import merge_keys, pod_schema
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.pod_schema import Field

Json: TypeAlias = Any
Path: TypeAlias = tuple[Any, ...]

NAMES = ("main", "side", "a", "b")
ACCUMULATING = frozenset({"tolerations", "envFrom", "add", "drop", "supplementalGroups"})
HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
UNITS: Mapping[str, tuple[str, ...]] = {"env": ("value", "valueFrom")} | dict.fromkeys(
    ("livenessProbe", "readinessProbe", "startupProbe", "postStart", "preStop"), HANDLERS
)
"""Fields of which a typed map has at most one, by the name of the list or field that it stands in."""

_OFTEN: Mapping[str, Sequence[str]] = {
    "PodTemplateSpec": ("spec",) * 6 + ("metadata",) * 2,
    "ObjectMeta": ("labels", "annotations", "finalizers"),
    "PodSpec": ("containers",) * 40
    + ("volumes",) * 20
    + ("tolerations", "initContainers", "topologySpreadConstraints", "securityContext", "nodeSelector") * 6
    + ("imagePullSecrets", "hostAliases", "schedulingGates", "dnsConfig", "affinity", "resourceClaims") * 2,
    "Container": ("env",) * 10
    + ("ports", "volumeMounts", "envFrom", "image", "resources", "lifecycle", "livenessProbe") * 5
    + ("securityContext", "args", "volumeDevices") * 3,
    "EnvVar": ("value", "value", "valueFrom"),
    "Volume": ("emptyDir", "secret", "configMap", "projected"),
    "SecurityContext": ("capabilities",) * 8,
    "PodSecurityContext": ("supplementalGroups", "sysctls") * 3,
}
"""By type: the fields that are drawn more often than the others, in which the interesting things happen."""

_SCALARS: Mapping[str, Sequence[Json]] = {
    "string": (*NAMES, "x", ""),
    "integer": (0, 1, 80),
    "number": (1, 0.5),
    "boolean": (True, False),
    "quantity": ("1", "500m", 2),
    "int-or-string": (80, "80", "a"),
    "time": ("2024-01-01T00:00:00Z",),
    "raw": ({"a": 1}, {"b": {"a": "x"}}),
}
_KEYS: Mapping[str, Sequence[Json]] = {
    "containerPort": (80, 53),
    "protocol": ("TCP", "UDP"),
    "mountPath": ("/a", "/b", "/a/b"),
    "devicePath": ("/dev/a", "/dev/b"),
    "whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "topologyKey": ("zone", "a"),
}
LABEL_KEYS = ("a", "example.com/a", "b.c")
MAX_DEPTH = 11


@cache
def _choices(type_name: str) -> tuple[str, ...]:
    """The field names of a type as often as they are to be drawn."""
    return (*_OFTEN.get(type_name, ()), *pod_schema.fields(type_name))


def keys_of(node: Node | None) -> tuple[str, ...]:
    """The fields by which the elements of a list are told apart; none for other lists."""
    if node is None or node.kind != "list":
        return ()
    return node.map_keys or ((node.merge_key,) if node.merge_key else ())


@st.composite
def typed_trees(draw: st.DrawFn) -> dict[str, Json]:
    """A partial pod template of the right types."""
    root = pod_schema.definition("PodTemplateSpec").root
    least = draw(st.sampled_from((("spec",), ("spec",), ("spec", "metadata"), ("metadata",), ())))
    drawn: dict[str, Json] = _struct(draw, root, merge_keys.POD_TEMPLATE, "", 0, least)
    return drawn


@st.composite
def typed_layers(draw: st.DrawFn, count: int) -> tuple[dict[str, Json], ...]:
    """Typed trees of which the later ones often speak of what the earlier ones have, and differ in it."""
    trees: list[dict[str, Json]] = [draw(typed_trees())]
    while len(trees) < count:
        below = draw(st.sampled_from((None, *trees, *trees)))
        trees.append(draw(typed_trees()) if below is None else _varied(draw, below, merge_keys.POD_TEMPLATE))
    return tuple(trees)


def _varied(draw: st.DrawFn, value: Json, node: Node | None, fixed: Sequence[str] = ()) -> Json:
    """The tree with some fields and elements left out, and some texts, numbers and flags changed."""
    if isinstance(value, dict):
        children = {
            key: (node.element if node.kind == "map" else node.find(key)) if node else None for key in value
        }
        kept = [key for key in value if key in fixed or draw(st.integers(0, 8))]
        return {key: value[key] if key in fixed else _varied(draw, value[key], children[key]) for key in kept}
    if isinstance(value, list):
        keys = keys_of(node)
        if not keys or node is None:
            return [one for one in value if draw(st.integers(0, 8))]
        own = (*keys, "name") if "mountPath" in keys else keys
        return [_varied(draw, one, node.element, own) for one in value if draw(st.integers(0, 8))]
    if isinstance(value, str) and draw(st.booleans()):
        return draw(st.sampled_from(NAMES))
    return value


@cache
def _sampled(values: tuple[Json, ...]) -> st.SearchStrategy[Json]:
    return st.sampled_from(values)


def _value(draw: st.DrawFn, field: Field, node: Node | None, name: str, depth: int) -> Json:
    if field.type == "object":
        return _struct(draw, field, node, name, depth)
    if field.type == "map":
        return _map(draw, field, node, depth)
    if field.type == "list":
        return _list(draw, field, node, name, depth)
    if field.type == "raw":
        return draw(st.sampled_from(_SCALARS["raw"]))
    return draw(_sampled(tuple(field.enum or _SCALARS[field.type])))


def _struct(
    draw: st.DrawFn, field: Field, node: Node | None, name: str, depth: int, least: Sequence[str] = ()
) -> dict[str, Json]:
    """Some of the fields, few enough for two trees to have the same ones now and then."""
    if depth > MAX_DEPTH or not field.ref:
        return {}
    count = draw(st.integers(2 if 0 < depth < 4 else 0, 2 if depth > 4 or depth == 0 else 5))
    drawn = draw(st.lists(_sampled(_choices(field.ref)), min_size=count, max_size=count))
    chosen = dict.fromkeys((*least, *drawn))
    return {
        one: _value(draw, field.fields[one], node.find(one) if node else None, one, depth + 1)
        for one in _without_second_of_a_unit(chosen, name)
    }


def _without_second_of_a_unit(names: Mapping[str, Any], place: str) -> Iterator[str]:
    unit = UNITS.get(place, ())
    if place == "volumes":
        unit = tuple(name for name in names if name != "name")
    first = next((name for name in names if name in unit), None)
    return (name for name in names if name not in unit or name == first)


def _map(draw: st.DrawFn, field: Field, node: Node | None, depth: int) -> dict[str, Json]:
    assert field.items is not None
    element = node.element if node else None
    keys = draw(st.lists(st.sampled_from(LABEL_KEYS), max_size=2, unique=True))
    return {key: _value(draw, field.items, element, "", depth + 1) for key in keys}


def _list(draw: st.DrawFn, field: Field, node: Node | None, name: str, depth: int) -> list[Json]:
    assert field.items is not None
    inner, element = field.items, node.element if node else None
    keys = keys_of(node)
    count = draw(st.integers(1 if depth < 4 else 0, 3))
    found: dict[Any, Json] = {}
    for _ in range(count):
        value = _value(draw, inner, element, name, depth + 1)
        if keys:
            value = _with_keys(draw, value, inner, keys)
        if name == "volumeMounts":
            value = {"name": draw(st.sampled_from(NAMES)), **value}
        found.setdefault(_identity(value, keys), value)
    return list(found.values())


def _with_keys(draw: st.DrawFn, value: Json, inner: Field, keys: tuple[str, ...]) -> dict[str, Json]:
    """The element with its keys in front; a protocol may be left out."""
    fixed: dict[str, Json] = {}
    for key in keys:
        choices = _KEYS.get(key) or (NAMES if inner.fields[key].type == "string" else (1, 2))
        if key != "protocol" or draw(st.booleans()):
            fixed[key] = draw(st.sampled_from(choices))
    return {**fixed, **{one: old for one, old in value.items() if one not in keys}}


def _identity(value: Json, keys: tuple[str, ...]) -> Json:
    return tuple(value.get(key, "TCP") for key in keys) if keys else repr(canonical(value))


# ---- the facts of a tree, order aside ----


def canonical(value: Json) -> Json:
    """A stand-in that is equal for equal JSON, types included, whatever the order of keys."""
    if isinstance(value, dict):
        return ("map", tuple(sorted((key, canonical(one)) for key, one in value.items())))
    if isinstance(value, list):
        return ("list", tuple(map(canonical, value)))
    return (type(value).__name__, repr(value))


def facts(tree: Json, node: Node | None = None, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """What a typed tree says: one fact for each leaf, set element and whole atomic list, by keyed path."""
    node = node or (merge_keys.POD_TEMPLATE if not path else None)
    if isinstance(tree, dict):
        for key, value in tree.items():
            child = (node.element if node.kind == "map" else node.find(key)) if node else None
            yield from facts(value, child, (*path, key))
    elif isinstance(tree, list) and keys_of(node):
        assert node is not None
        for element in tree:
            step = tuple(element.get(key, "TCP" if key == "protocol" else None) for key in keys_of(node))
            yield from facts(element, node.element, (*path, step))
    elif isinstance(tree, list) and (path[-1] in ACCUMULATING or (node is not None and node.primitive)):
        yield from (((*path, "="), canonical(element)) for element in tree)
    else:
        yield path, canonical(tree)


# ---- trees with something wrong, and hostile JSON ----

DIRECTIVES = ("$patch", "$retainKeys", "$setElementOrder/env", "$deleteFromPrimitiveList/finalizers", "$")
ODD: tuple[Json, ...] = (
    *(None, True, False, 0, 1, -1, 1.0, 1e300, 2**63, 10**400, "", "a", "replace", "delete", "$(A)", "{{"),
    *(
        "\x00",
        "\ud7ff",
        "١",
        {},
        [],
        [[]],
        [None],
        {"$patch": "delete"},
        {"$patch": "replace"},
        [{}],
        {"": 0},
    ),
    *([{"name": "a"}, {"name": "a"}], [{"name": {}}], [{"name": None}], {"name": "a", "$patch": "merge"}),
)
_FIELDS = (
    *("metadata", "spec", "template", "containers", "volumes", "env", "name", "value", "labels", "kind"),
    *("apiVersion", "options", "values", "id", "redirect", "to", "overrides", "path", "selector", "ports"),
    *("finalizers", "tolerations", "livenessProbe", "httpGet", "volumeMounts", "mountPath", "templateRef"),
    *("matchLabels", "items", "Spec", "CONTAINERS", *DIRECTIVES),
)


def _deep(levels: int, shape: str) -> Json:
    value: Json = "x"
    for _ in range(levels):
        value = {"spec": value} if shape == "map" else [value]
    return value


def hostile_json() -> st.SearchStrategy[Json]:
    """Any JSON, with the names of fields that mean something, huge numbers, and nesting without end."""
    scalars = st.one_of(
        *(st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.sampled_from(NAMES)),
        *(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(ODD)),
    )
    keys = st.one_of(st.sampled_from(_FIELDS), st.text(max_size=3))
    deep = st.builds(_deep, st.sampled_from((150, 250, 3_000)), st.sampled_from(("map", "list")))
    return st.recursive(
        st.one_of(*(scalars,) * 12, deep),
        lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)),
        max_leaves=12,
    )


def places(tree: Json) -> list[tuple[Json, Any]]:
    """Every place of a tree as its container and key or index."""
    found: list[tuple[Json, Any]] = []
    waiting = [tree]
    while waiting:
        value = waiting.pop()
        keys = (
            list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
        )
        for key in keys:
            found.append((value, key))
            waiting.append(value[key])
    return found


def copied(value: Json) -> Json:
    """A copy that shares nothing."""
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    return [copied(one) for one in value] if isinstance(value, list) else value


def shallow(tree: Json) -> bool:
    """Whether the standard library's recursive encoder can write it."""
    level = [tree]
    for _ in range(400):
        level = [one for value in level for one in _children(value)]
    return not level


def _children(value: Json) -> list[Json]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


@st.composite
def near_misses(draw: st.DrawFn, trees: st.SearchStrategy[Json], most: int = 3) -> Json:
    """One of the trees with a few things wrong: odd values, directives, doubles, other letter case."""
    tree = copied(draw(trees))
    for _ in range(draw(st.integers(0, most))):
        found = places(tree)
        if not found:
            break
        holder, key = found[draw(st.integers(0, len(found) - 1))]
        _spoil(draw, holder, key)
    return tree


def _spoil(draw: st.DrawFn, holder: Json, key: Any) -> None:
    kind = draw(st.sampled_from(("odd", "directive", "double", "case", "drop")))
    if kind == "directive" and isinstance(holder, dict):
        order: Json = [{"name": "a"}]
        holder[draw(st.sampled_from(DIRECTIVES))] = draw(st.sampled_from(("replace", "delete", order, ["a"])))
    elif kind == "double" and isinstance(holder, list):
        holder.append({**holder[key], "x": 1} if isinstance(holder[key], dict) else holder[key])
    elif kind == "case" and isinstance(holder, dict):
        holder[str(key).capitalize()] = holder[key]
    elif kind == "drop":
        del holder[key]
    else:
        holder[key] = copied(draw(st.sampled_from(ODD)))
