"""Whether two values that peers give a field of a pod are a conflict at all, after what the API server does to pods.

An incoming pod has been through defaulting and ServiceAccount admission: a value that they would give a field
counts as unset, and two values that are stored the same as equal.

Refuses to know who the peers are.

Laws: test_a_default_counts_as_unset.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nbcore.change import shapes
from nbcore.change.defaults import POD
from nbcore.change.places import Place, pod
from nbcore.change.states import INJECTED, State
from nbcore.kubernetes.elements import same
from nbcore.kubernetes.paths import Item, Path, Step

Json = Any
_MOUNTS: Final = "Container.volumeMounts"


def settled(tree: dict[str, Any], path: Path, right: Json, upper: Json) -> dict[str, Any] | None:
    """The tree with one value at the path, where the two are no conflict; None where they are.

    Shape: ``tree`` holds the first peer's value there, ``right`` is the second's, ``upper`` the second's tree.
    """
    owners, places = _way(tree, path)
    if len(places) <= len(path) or any(place is None for place in places):
        return None
    token = _token_mount(path, owners, places)
    if token:
        given: dict[str, Any] = _put(tree, path[:token], _element(upper, path[:token]))
        return given
    state = State(tree, pod(), POD, pod=True, text=False)
    try:
        return _by_meaning(tree, path, right, owners, places, state)
    except RecursionError:
        return None


def same_container(one: Json, other: Json, field: str) -> bool:
    """Whether two containers are stored the same."""
    if same(one, other):
        return True
    place = pod().fields["spec"].fields[field].element
    state = State({}, pod(), POD, pod=True, text=False)
    try:
        found: bool = state.stored(one, place) == state.stored(other, place)
    except RecursionError:
        return False
    return found


def _by_meaning(
    tree: dict[str, Any],
    path: Path,
    right: Json,
    values: Sequence[Json],
    places: Sequence[Place | None],
    state: State,
) -> dict[str, Any] | None:
    owner, above, last = values[-2], places[-2], path[-1]
    if isinstance(last, Item) or not isinstance(owner, dict) or above is None:
        return tree if state.stored(values[-1], places[-1]) == state.stored(right, places[-1]) else None
    names = {last, *_twins(above, last)}
    rest = {key: value for key, value in owner.items() if key not in names}
    if right is not None and state.stored({**rest, last: right}, above) == state.stored(owner, above):
        return tree
    if not _is_unset(path, rest, values, places, state):
        return None
    if right is None:  # who wants it away has what the server would give it anyway
        return tree
    given: dict[str, Any] = _put(tree, path[:-1], {**owner, **dict.fromkeys(names & owner.keys(), right)})
    return given


def _is_unset(
    path: Path, rest: Json, values: Sequence[Json], places: Sequence[Place | None], state: State
) -> bool:
    """Whether the server stores the same without the field, alone or by what it works out above it."""
    for at in range(len(path) - 1, -1, -1):
        place = places[at]
        derived = place is not None and path[at] in POD.get(place.ref, ())
        if derived or at == len(path) - 1:
            without = _put(values[at], path[at:-1], rest)
            if state.stored(values[at], place) == state.stored(without, place):
                return True
    return False


def _twins(place: Place, field: Step) -> tuple[str, ...]:
    """The old names under which the server repeats a field."""
    if not place.ref:
        return ()
    return tuple(old for new, old in shapes.struct(place.ref).twins if new == field)


def _way(tree: Json, path: Path) -> tuple[list[Json], list[Place | None]]:
    """The values and places on the way to a path, from the root to what stands there."""
    values, places = [tree], [pod()]
    for step in path:
        value, place = values[-1], places[-1]
        index = step.index if isinstance(step, Item) else step
        try:
            values.append(value[index])
        except (LookupError, TypeError):
            break
        places.append(place.below(step) if place is not None else None)  # type: ignore[arg-type]
    return values, places  # type: ignore[return-value]


def _token_mount(path: Path, values: Sequence[Json], places: Sequence[Place | None]) -> int:
    """How many steps lead to a mount of the ServiceAccount's token, where the path leads to one; else 0."""
    for at, step in enumerate(path, 1):
        place = places[at]
        if isinstance(step, Item) and place is not None and place.name == _MOUNTS:
            return at if isinstance(values[at], dict) and INJECTED[_MOUNTS](values[at]) else 0
    return 0


def _element(upper: Json, path: Sequence[Step]) -> Json:
    """The element of the second peer's tree at a keyed path."""
    place: Place | None = pod()
    for step in path:
        if isinstance(step, Item):
            keys = place.keys if place is not None else ()
            upper = next(one for one in upper if keys and one.get(keys[0]) == step.key)
        else:
            upper = upper[step]
        place = place.below(step) if place is not None else None
    return upper


def _put(tree: Json, path: Sequence[Step], value: Json) -> Json:
    """The tree with another value at a path; all else is shared."""
    if not path:
        return value
    step = path[0]
    index: Any = step.index if isinstance(step, Item) else step
    copied = list(tree) if isinstance(tree, list) else dict(tree)
    copied[index] = _put(tree[index], path[1:], value)
    return copied
