"""Plain overrides, laid over a pod and judged in one walk: the short way for what most Notebooks write.

Overrides are plain when they only set scalars, in maps and in lists that merge by one key, in fields that
Kubernetes knows by exactly that name, and when nothing can disappear: no null, no directive, no list that is
replaced whole, no volume, mount, handler or `valueFrom`, no new container. Whatever is not plain, or not
allowed, is given back unjudged, for the overlay and the two checks of `overrides` to say why.

Refuses to know why something is refused.

Laws: test_plain_overrides_equal_the_judged_overlay.
"""

from __future__ import annotations

from typing import Any, Final

from nbcore.checks.overrides import CONTAINERS, Allowance, State, descend
from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.merge_keys import Node

SINGLE_VALUED: Final = frozenset({"env"})
"""Lists whose elements hold one of several fields; there only a value over a value is plain."""

NEVER_PLAIN: Final = frozenset(
    {"volumes", "volumeMounts", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "valueFrom"}
)


class NotPlain(Exception):
    """The overrides need the long way."""


def laid_and_judged(tree: dict[str, Any], overrides: Any, allowance: Allowance) -> dict[str, Any] | None:
    """The tree with the overrides laid over it, or None when they are not plain or not allowed.

    Shape: ``overrides`` are aimed at their container already.
    """
    try:
        return _map(tree, overrides, merge_keys.POD_TEMPLATE, allowance.start)
    except NotPlain:
        return None


def _map(lower: Any, upper: Any, node: Node, state: State, skip: str = "") -> dict[str, Any]:
    """Both maps as one; ``skip`` is the merge key, which only addresses."""
    if not isinstance(lower, dict) or not isinstance(upper, dict) or not upper:
        raise NotPlain
    out = dict(lower)
    fields = node.fields
    for key, value in upper.items():
        if key == skip:
            continue
        child = node.element if node.kind == "map" else fields.get(key)
        if child is None or key in NEVER_PLAIN or key[:1] == "$":
            raise NotPlain
        below = descend(state, key)
        if not below[0] and not below[1]:
            raise NotPlain
        out[key] = _value(key, out.get(key), value, child, below)
    return out


def _value(key: str, old: Any, value: Any, node: Node, state: State) -> Any:
    if isinstance(value, dict):
        if node.kind == "scalar":
            raise NotPlain
        return _map({} if old is None else old, value, node, state)
    if isinstance(value, list):
        return _list(key, [] if old is None else old, value, node, state)
    if value is None or isinstance(old, (dict, list)) or node.kind != "scalar":
        raise NotPlain
    for permit in state[1]:
        if permit.passes(value):
            return value
    raise NotPlain


def _list(name: str, lower: Any, upper: list[Any], node: Node, state: State) -> list[Any]:
    """A keyed list: elements that the lower layer has keep their places, new ones come after them."""
    key = node.merge_key
    if not key or len(node.map_keys) > 1 or not isinstance(lower, list) or not upper or node.element is None:
        raise NotPlain
    try:
        names = [element[key] for element in lower]
    except (KeyError, TypeError):
        raise NotPlain from None
    out = list(lower)
    touched: set[str] = set()
    for element in upper:
        who = element.get(key) if isinstance(element, dict) else None
        if not isinstance(who, str) or who in touched or len(element) < 2:
            raise NotPlain
        touched.add(who)
        below = descend(state, who)
        try:
            at = names.index(who)
        except ValueError:
            if name in CONTAINERS:
                raise NotPlain from None
            out.append({key: who, **_map({}, element, node.element, below, key)})
            continue
        if name in SINGLE_VALUED and "valueFrom" in out[at]:
            raise NotPlain
        out[at] = _map(out[at], element, node.element, below, key)
    return out
