"""Near misses of valid objects: what people and machines get wrong in a manifest, by chance.

Refuses to know what is valid.
"""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

Json = Any
Places = list[tuple[Json, str | int]]

VALUES: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    -1,
    8888,
    65536,
    2**31,
    0.5,
    1.0,
    "",
    "a",
    "true",
    "8888",
    "A_b",
    "a.b",
    "a/b",
    "/a",
    "a b",
    "é",
    "a\n",
    "x" * 64,
    "x" * 300,
    "500m",
    "1Gi",
    "1.5",
    "1GB",
    "1e3",
    "Auto",
    "Offer",
    "HTTP",
    "In",
    "Exists",
    "restricted",
    "v1.30",
    "spec.containers[main]",
    "spec..a",
    [],
    {},
    [None],
    ["a"],
    [1],
    [{}],
    {"a": "b"},
    {"a": None},
    {"a": 1},
    {"a": {}},
    {"name": "a"},
    {"matchLabels": {"a": "b"}},
    {"matchExpressions": [{"key": "a", "operator": "In"}]},
    {"matchExpressions": [{"key": "a", "operator": "Exists", "values": []}]},
)
KEYS = (
    "a",
    "name",
    "nam",
    "id",
    "value",
    "spec",
    "url",
    "default",
    "enum",
    "min",
    "glob",
    "Name",
    "é",
    "a/b",
    "",
)


def places(value: Json, skip: frozenset[str]) -> Places:
    """Every place below a value, as its parent and the step to it, but not below the named fields."""
    found: Places = []
    waiting = [value]
    while waiting:
        parent = waiting.pop()
        steps = (
            list(parent)
            if isinstance(parent, dict)
            else range(len(parent))
            if isinstance(parent, list)
            else ()
        )
        for step in steps:
            found.append((parent, step))
            if step not in skip:
                waiting.append(parent[step])
    return found


@st.composite
def mutants(draw: st.DrawFn, base: Json, skip: frozenset[str] = frozenset()) -> Json:
    """A copy of the base with one to three changes: a value replaced, a field dropped, added or doubled."""
    value = copy.deepcopy(base)
    for _ in range(draw(st.integers(1, 3))):
        found = places(value, skip)
        if not found:
            break
        parent, step = found[draw(st.integers(0, len(found) - 1))]
        change = draw(st.sampled_from(("replace", "replace", "replace", "drop", "add")))
        if change == "replace":
            parent[step] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        elif change == "drop":
            del parent[step]
        elif isinstance(parent, dict):
            parent[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(VALUES)))
        else:
            parent.append(copy.deepcopy(draw(st.sampled_from((*VALUES, parent[step])))))
    return value
