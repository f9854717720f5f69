"""How a higher rank is laid over a lower one: strategic merge with the order made explicit and nothing lost.

It differs from `merging` in what the tables below name, and in nothing else. Problems that are no error of
the patch (a volume that would change its source) are collected, so that all of them are told at once.

Refuses to know which ranks there are, and who owns a layer.

Laws: test_overlay_is_associative_on_typed_trees, test_overlay_agrees_with_merge_and_written_out_order,
test_overlay_has_empty_as_identity, test_overlay_is_idempotent_on_typed_trees,
test_overlay_leaves_inputs_unchanged, test_overlay_looks_at_values_only, test_overlay_takes_the_upper_value,
test_overlay_never_loses_an_element_without_a_directive, test_overlay_refuses_by_merge_error_only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import (
    NoKey,
    element_identity,
    element_keys,
    fingerprint,
    identity,
    key_text,
    kind_of,
)
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item
from nbcore.strategic.directives import MAX_DEPTH, PATCH, RETAIN_KEYS, cleaned, steps
from nbcore.strategic.merging import Json, MergeError, Merger, Tree

ACCUMULATE: Final = frozenset({"tolerations", "envFrom", "add", "drop", "supplementalGroups"})
"""Lists that Kubernetes replaces whole, and whose elements add up here; equal elements stand once."""

HANDLERS: Final = ("exec", "httpGet", "tcpSocket", "grpc", "sleep")
_HANDLER_UNIT: Final = frozenset(HANDLERS)
UNITS: Final[dict[str, frozenset[str]]] = {
    "env": frozenset({"value", "valueFrom"}),
    "livenessProbe": _HANDLER_UNIT,
    "readinessProbe": _HANDLER_UNIT,
    "startupProbe": _HANDLER_UNIT,
    "postStart": _HANDLER_UNIT,
    "preStop": _HANDLER_UNIT,
}
"""Fields of which a layer that sets one replaces all, by the list or field whose map they stand in."""


class OverlayError(MergeError):
    """The layers cannot be laid over one another; ``problems`` has every reason, the first one is the text."""

    def __init__(self, problems: list[MergeError]) -> None:
        first = problems[0]
        super().__init__(first.reason, first.path, first.code)
        self.problems = tuple(problems)


def overlay(lower: Tree | None, upper: Tree | None) -> dict[str, Any]:
    """The pod template ``lower`` with the partial pod template ``upper`` laid over it.

    Shape: both are ``{metadata, spec}`` trees of plain JSON; None counts as empty.
    Raises: MergeError (OverlayError with all problems) where merge refuses the patch, where a volume changes
    its source, a mount path its volume, or a value of another type would make a list or map disappear.
    """
    tree, problems = fold(lower, upper)
    if problems:
        raise OverlayError(problems)
    return tree


def fold(lower: Tree | None, upper: Tree | None) -> tuple[dict[str, Any], list[MergeError]]:
    """The overlay, and the problems found on the way; the lower value stands where there is a problem.

    Raises: MergeError for a patch that cannot be read at all.
    """
    overlayer = Overlayer()
    return lay(overlayer, lower, upper), overlayer.problems


def lay(overlayer: Overlayer, lower: Tree | None, upper: Tree | None) -> dict[str, Any]:
    """The tree that one overlay makes.

    Raises: MergeError for a patch that cannot be read at all.
    """
    for name, tree in (("lower layer", lower), ("upper layer", upper)):
        if tree is not None and not isinstance(tree, dict):
            raise MergeError(f"the {name} must be an object, not {kind_of(tree)}")
    try:
        return overlayer.maps(lower or {}, upper or {}, merge_keys.POD_TEMPLATE)  # type: ignore[arg-type]
    except RecursionError:
        raise MergeError(f"nested deeper than {MAX_DEPTH} levels", steps(overlayer.where)) from None
    except NoKey as error:
        raise MergeError(str(error), steps(overlayer.where)) from None


def once(elements: Iterable[Any]) -> list[Any]:
    """The elements without repeats: of equal ones the first."""
    found: dict[Any, Any] = {}
    for element in elements:
        found.setdefault(fingerprint(element), element)
    return list(found.values())


class Overlayer(Merger):
    """One overlay under way."""

    __slots__ = ("problems",)

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[MergeError] = []

    def field(self, out: dict[str, Any], key: str, value: Json, node: Node | None) -> None:
        old = out[key]
        if isinstance(value, dict) and isinstance(old, dict):
            if not value:
                return
            child = self.known(node, key)
            unit = UNITS.get(key)
            above = self.where
            self.where = (above, key)
            out[key] = self.unit_map(old, value, child, unit) if unit else self.maps(old, value, child)
            self.where = above
        elif isinstance(value, list) and isinstance(old, list):
            child = self.known_list(node, key)
            above = self.where
            self.where = (above, key)
            out[key] = (
                self.accumulate(old, value) if key in ACCUMULATE else self.named_list(key, old, value, child)
            )
            self.where = above
        elif not isinstance(value, (dict, list)) and not isinstance(old, (dict, list)):
            self.put(out, key, value)
        else:
            self.problems.append(
                self.error(
                    f"{_article(kind_of(value))} would replace {_article(kind_of(old))} of a lower layer", key
                )
            )

    def put(self, out: dict[str, Any], key: str, value: Json) -> None:
        """Sets a scalar where there is one."""
        out[key] = value

    def unit_map(
        self, old: dict[str, Any], value: dict[str, Any], node: Node | None, unit: frozenset[str]
    ) -> dict[str, Any]:
        """The map after the patch, in which the fields of the unit come from one layer only."""
        if PATCH not in value and any(value.get(key) is not None for key in unit):
            old = {key: item for key, item in old.items() if key not in unit}
        return self.maps(old, value, node)

    # --- lists ----------------------------------------------------------------------------------------------

    def named_list(self, name: str, base: list[Any], patch: list[Any], node: Node) -> list[Any]:
        """A list that merges by key, by value, or not at all; lower elements first, new ones after them."""
        if node.strategy != "merge":
            return self.whole(base, patch)
        if not patch or not base:
            return base or (self.whole(base, cleaned(patch)) if patch else base)
        if node.primitive:
            self.element_kind(base, patch)
            values = {identity(value): value for value in (*base, *patch)}
            return self.whole(base, list(values.values()))
        if not all([isinstance(element, dict) for element in (*base, *patch)]):  # noqa: C419 - a list is faster
            raise self.error("the elements of a merged list must be maps")
        return self.keyed(name, base, patch, node)

    def lists(self, base: list[Any], patch: list[Any], node: Node) -> list[Any]:
        return self.named_list("", base, patch, node)

    def keyed(self, name: str, base: list[Any], patch: list[Any], node: Node) -> list[Any]:
        keys = element_keys(node)
        if not keys:
            raise self.error("Kubernetes has no merge key for this list")
        plain, gone, replace = self.sorted_out(patch, keys)
        if replace:
            return self.whole(base, plain)
        if gone:
            base = self.whole(base, [one for one in base if element_identity(one, keys) not in gone])
        out = list(base)
        at = self.places(out, keys)
        for element in plain:
            who = self.known_identity(element, keys)
            index = at.get(who, -1)
            if index < 0:
                at[who] = len(out)
                self.append(out, element)
                continue
            above = self.where
            self.where = (above, Item(index, key_text(element, keys)))
            out[index] = self.element(name, out[index], element, node.element)
            self.where = above
        return out

    def append(self, out: list[Any], element: dict[str, Any]) -> None:
        """Adds a new element."""
        out.append(element)

    def places(self, elements: list[Any], keys: tuple[str, ...]) -> dict[Any, int]:
        """For each identity the place of its first element."""
        key = keys[0]
        names = [element.get(key) for element in elements] if len(keys) == 1 else [None]
        if all([type(name) is str for name in names]):  # noqa: C419 - a list is faster, and this is the usual case
            return dict(zip(reversed(names), range(len(names) - 1, -1, -1), strict=True))
        at: dict[Any, int] = {}
        for index, element in enumerate(elements):
            at.setdefault(self.known_identity(element, keys), index)
        return at

    def sorted_out(
        self, patch: list[Any], keys: tuple[str, ...]
    ) -> tuple[list[Any], frozenset[Any] | set[Any], bool]:
        """The elements without a directive, the identities to delete, and whether the lower list goes."""
        for element in patch:
            if PATCH in element:
                break
        else:
            return patch, frozenset(), False
        plain = [element for element in patch if PATCH not in element]
        gone: set[Any] = set()
        replace = False
        for element in patch:
            directive = element.get(PATCH, "")
            if directive == "delete":
                gone.add(self.known_identity(element, keys))
            elif directive == "replace":
                replace = True
            elif PATCH in element:
                raise self.error("$patch in a list element must be `delete` or `replace`")
        return plain, gone, replace

    def known_identity(self, element: dict[str, Any], keys: tuple[str, ...]) -> Any:
        """The identity of an element that must have its keys."""
        if keys[0] not in element:
            raise self.error(f"an element of the list has no {keys[0]}, by which it is merged")
        try:
            return element_identity(element, keys)
        except NoKey as error:
            raise self.error(str(error)) from None

    def element(
        self, name: str, old: dict[str, Any], new: dict[str, Any], node: Node | None
    ) -> dict[str, Any]:
        """One element of a keyed list, merged; volumes and mounts may not silently become others."""
        unit = UNITS.get(name)
        merged = self.unit_map(old, new, node, unit) if unit else self.maps(old, new, node)
        if name == "volumes":
            self.check_volume(old, merged)
        elif name == "volumeMounts" and RETAIN_KEYS not in new and merged.get("name") != old.get("name"):
            self.problems.append(
                self.error("the mount path would show another volume than a lower layer says", code="NB304")
            )
            return old
        return merged

    def check_volume(self, old: dict[str, Any], merged: dict[str, Any]) -> None:
        """Notes a volume that ends with two sources: the lower layer's and another."""
        sources = [key for key, value in merged.items() if key != "name" and value is not None]
        if len(sources) > 1 and any(key in old for key in sources):
            self.problems.append(
                self.error(
                    f"the volume would have more than one source: {', '.join(sorted(sources))}", code="NB303"
                )
            )

    def accumulate(self, base: list[Any], patch: list[Any]) -> list[Any]:
        """Both lists, equal elements once; a ``$patch: replace`` element drops the lower ones."""
        left = base
        plain: list[Any] = []
        gone: set[Any] = set()
        for element in patch:
            directive = element.get(PATCH) if isinstance(element, dict) else None
            if directive is None:
                plain.append(element)
            elif directive == "replace":
                left = []
            elif directive == "delete":
                gone.add(fingerprint({key: value for key, value in element.items() if key != PATCH}))
            else:
                raise self.error("$patch in a list element must be `delete` or `replace`")
        elements: Iterable[Any] = (
            (*left, *plain)
            if not gone
            else (element for element in (*left, *plain) if fingerprint(element) not in gone)
        )
        return self.whole(base, once(elements))

    # --- explicit order -------------------------------------------------------------------------------------

    def set_order(self, out: dict[str, Any], patch: dict[str, Any], key: str, node: Node | None) -> None:
        """Merges the list, then puts the elements that the directive names into its order."""
        order = patch.pop(key)
        field = self.target(key)
        child = self.known_list(node, field)
        if not isinstance(order, list):
            raise self.error("$setElementOrder must be a list", key)
        keys = element_keys(child)
        if not keys and not child.primitive:
            raise self.error("$setElementOrder cannot order a list that has no merge key", key)
        if field in patch:
            value = patch.pop(field)
            if value is None:
                out.pop(field, None)
            elif field in out:
                self.field(out, field, value, node)
            else:
                self.take(out, field, value)
        if isinstance(out.get(field), list):
            above = self.where
            self.where = (above, field)
            out[field] = self.reordered(out[field], order, keys)
            self.where = above

    def reordered(self, elements: list[Any], order: list[Any], keys: tuple[str, ...]) -> list[Any]:
        """The elements named by the order in that order, in the places that such elements had."""

        def who(element: Any) -> Any:
            if not keys:
                return identity(element)
            if not isinstance(element, dict):
                raise self.error("$setElementOrder must hold maps with the merge key")
            return self.known_identity(element, keys)

        rank = {who(element): place for place, element in reversed(list(enumerate(order)))}
        ordered = iter(sorted((e for e in elements if who(e) in rank), key=lambda e: rank[who(e)]))
        return [next(ordered) if who(element) in rank else element for element in elements]


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"
