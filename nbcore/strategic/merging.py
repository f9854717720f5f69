"""Kubernetes' strategic merge patch on ``{metadata, spec}`` trees, exactly, errors included.

The numbered rules in the comments are those of the page "merge rules" in the docs. Inputs are never
mutated; the result shares every untouched subtree with them. Where Kubernetes' own code panics, this one
raises; where its result depends on the iteration order of a Go map, it raises too.

Refuses to know who sends a patch and what the fields mean: it reads the generated table of merge keys only.

Source: k8s.io/apimachinery/pkg/util/strategicpatch, compared case by case with ``kubectl patch --local``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import NoKey, identity, kind_of
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item
from nbcore.strategic.directives import (
    DELETE_PRIMITIVE,
    DROPPED,
    MAX_DEPTH,
    PATCH,
    RETAIN_KEYS,
    SET_ORDER,
    Container,
    Trail,
    cleaned,
    steps,
    without_directives,
)
from nbcore.strategic.directives import (
    MergeError as MergeError,
)
from nbcore.strategic.ordering import in_order, unique

Json: TypeAlias = Any
Tree: TypeAlias = Mapping[str, Any]


def merge(base: Tree | None, patch: Tree | None) -> dict[str, Any]:
    """The pod template ``base`` after Kubernetes' strategic merge of ``patch`` into it.

    Shape: both are ``{metadata, spec}`` trees of plain JSON; None counts as empty.
    Raises: MergeError in the cases in which Kubernetes refuses the patch, and for patches on which its
    code panics or has no defined result.
    Laws: test_merge_agrees_with_kubernetes, test_merge_has_empty_as_identity,
    test_merge_is_idempotent_for_plain_patches, test_merge_leaves_inputs_unchanged,
    test_merge_keeps_unknown_fields, test_merge_refuses_by_merge_error_only.
    """
    return _guarded(Merger(), base, patch)


def _guarded(merger: Merger, base: Tree | None, patch: Tree | None) -> dict[str, Any]:
    for name, tree in (("base", base), ("patch", patch)):
        if tree is not None and not isinstance(tree, Mapping):
            raise MergeError(f"the {name} must be an object, not {kind_of(tree)}")
    try:
        return merger.maps(dict(base or {}), dict(patch or {}), merge_keys.POD_TEMPLATE)
    except RecursionError:
        raise MergeError(f"nested deeper than {MAX_DEPTH} levels", steps(merger.where)) from None
    except NoKey as error:
        raise MergeError(str(error), steps(merger.where)) from None


class Merger:
    """One merge under way: the rules, and the place in the tree where it stands."""

    __slots__ = ("where",)

    def __init__(self) -> None:
        self.where: Trail = None

    def error(self, reason: str, *path: str | Item, code: str = "NB305") -> MergeError:
        """An error at the place where this merge stands."""
        return MergeError(reason, (*steps(self.where), *path), code)

    def maps(self, base: dict[str, Any], patch: dict[str, Any], node: Node | None) -> dict[str, Any]:
        """The map after the patch (rules 1 to 8)."""
        if PATCH in patch:
            return self.map_directive(base, patch)
        out = dict(base)
        special = [key for key in patch if key[:1] == "$"]
        if special:
            patch = self.special_keys(out, patch, special, node)
        for key, value in patch.items():
            if value is None:
                self.drop(out, key)
            elif key not in out:
                self.take(out, key, value)
            else:
                self.field(out, key, value, node)
        return out

    def whole(self, old: Container, new: Container) -> Container:
        """A new map or list that takes the place of an old one."""
        return new

    def drop(self, out: dict[str, Any], key: str) -> None:
        """Takes a field away, if there is one."""
        out.pop(key, None)

    def map_directive(self, base: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
        """What a map that holds ``$patch`` leaves behind (rules 1 to 3)."""
        directive = patch[PATCH]
        if directive == "replace":
            return self.whole(base, {key: value for key, value in patch.items() if key != PATCH})
        if directive == "delete":
            return self.whole(base, {})
        raise self.error("$patch in a map must be `replace` or `delete`")

    def take(self, out: dict[str, Any], key: str, value: Json) -> None:
        """Puts a value where the base has none, or one of another type."""
        new = cleaned(value) if isinstance(value, (dict, list)) else value
        if new is DROPPED:
            out.pop(key, None)
        else:
            out[key] = new

    def field(self, out: dict[str, Any], key: str, value: Json, node: Node | None) -> None:
        """Merges a value into one that the base has (rules 7 and 8)."""
        old, above = out[key], self.where
        if isinstance(value, dict) and isinstance(old, dict):
            child = self.known(node, key)
            self.where = (above, key)
            out[key] = self.maps(old, value, child)
        elif isinstance(value, list) and isinstance(old, list):
            child = self.known_list(node, key)
            self.where = (above, key)
            out[key] = self.lists(old, value, child)
        else:
            self.mismatch(out, key, value, node)
        self.where = above

    def mismatch(self, out: dict[str, Any], key: str, value: Json, node: Node | None) -> None:
        """Sets a value that is not of the same container type as the old one (rule 7)."""
        self.take(out, key, value)

    def known(self, node: Node | None, key: str) -> Node:
        """The node of a field that is a container on both sides."""
        child = node.find(key) if node else None
        if child is None:
            raise self.error(
                "both sides have a map or list in a field that Kubernetes does not know, so it cannot be merged",
                key,
            )
        return child

    def known_list(self, node: Node | None, key: str) -> Node:
        """The node of a field that is a list on both sides."""
        child = self.known(node, key)
        if child.kind != "list":
            raise self.error("both sides have a list where Kubernetes expects none", key)
        return child

    # --- directives beside the fields -----------------------------------------------------------------------

    def special_keys(
        self, out: dict[str, Any], patch: dict[str, Any], special: Sequence[str], node: Node | None
    ) -> dict[str, Any]:
        """The patch without the directives that stand beside its fields, after they have been obeyed."""
        patch = dict(patch)
        if RETAIN_KEYS in patch:
            self.retain_keys(out, patch)
        for key in special:
            if key.startswith(SET_ORDER):
                self.set_order(out, patch, key, node)
        for key in special:
            if key.startswith(DELETE_PRIMITIVE):
                self.delete_primitive(out, patch, key, node)
        return patch

    def retain_keys(self, out: dict[str, Any], patch: dict[str, Any]) -> None:
        """Drops the keys of the base that are not listed (rule 4)."""
        listed = patch.pop(RETAIN_KEYS)
        if not isinstance(listed, list):
            raise self.error("$retainKeys must be a list", RETAIN_KEYS)
        keep = {identity(key) for key in listed}
        for key, value in patch.items():
            if value is not None and key not in keep and not key.startswith((SET_ORDER, DELETE_PRIMITIVE)):
                raise self.error("$retainKeys must list every key that the patch sets", key)
        for key in [key for key in out if key not in keep]:
            del out[key]

    def target(self, directive: str) -> str:
        """The field that a directive such as ``$setElementOrder/env`` speaks of."""
        _, slash, field = directive.partition("/")
        if not slash:
            raise self.error("the directive must name a list, as in $setElementOrder/env", directive)
        return field

    def delete_primitive(
        self, out: dict[str, Any], patch: dict[str, Any], key: str, node: Node | None
    ) -> None:
        """Removes values from a list of scalars (rule 23)."""
        field = self.target(key)
        value = patch.pop(key)
        if field in patch:
            self.refuse_both_ways(out.get(field), value, patch[field], field)
        if value is None:
            out.pop(field or key, None)
            return
        if not field or field not in out:
            return
        old = out[field]
        if isinstance(value, dict) and isinstance(old, dict):
            out[field] = self.maps(old, value, self.known(node, field))
        elif isinstance(value, list) and isinstance(old, list):
            out[field] = self.delete_from_list(old, value, self.known_list(node, field))
        elif kind_of(value) == kind_of(old):
            out[field] = value

    def refuse_both_ways(self, old: Json, gone: Json, added: Json, field: str) -> None:
        """Refuses a patch that deletes from a list and sets it in ways whose result depends on Go's map order."""
        if gone is None and added is not None:
            raise self.error("one patch sets the list and deletes it", field)
        if not isinstance(gone, list) or not gone:
            return
        if added is None and isinstance(old, list) and old:
            self.element_kind(old, gone)
        if isinstance(added, list) and added and self.element_kind(gone, added) != "map":
            removed = {identity(value) for value in gone}
            if any(identity(value) in removed for value in added):
                raise self.error("one value is both added and removed", field)

    def delete_from_list(self, old: list[Any], gone: list[Any], node: Node) -> list[Any]:
        """The list without the scalars that are to go; lists of maps merge, as in Kubernetes."""
        if not old and not gone:
            return old
        if self.element_kind(old, gone) == "map":
            merged, plain, seen = self.merge_maps(old, gone, node)
            return self.in_order(merged, plain, seen, node.merge_key)
        removed = {identity(value) for value in gone}
        kept = [value for value in old if identity(value) not in removed]
        return self.in_order(kept, gone, old, None)

    # --- lists ----------------------------------------------------------------------------------------------

    def lists(self, base: list[Any], patch: list[Any], node: Node) -> list[Any]:
        """The list after the patch (rules 9 to 18)."""
        if node.strategy != "merge":
            return patch
        if not base and not patch:
            return base
        if self.element_kind(base, patch) == "map":
            merged, plain, seen = self.merge_maps(base, patch, node)
            return self.in_order(merged, plain, seen, node.merge_key)
        if node.merge_key:
            raise self.error(f"the elements of the list must be maps with {node.merge_key}")
        return self.in_order(unique([*base, *patch]), patch, unique(base), None)

    def element_kind(self, *lists: Iterable[Any]) -> str:
        """The one kind that all elements have (rule 11)."""
        found = ""
        for elements in lists:
            for element in elements:
                kind = kind_of(element)
                if kind == (found or kind) and kind not in ("list", "null"):
                    found = kind
                    continue
                raise self.error("the elements of a merged list must be of one kind, and no lists or nulls")
        if not found:
            raise self.error("there is no element to order")
        return found

    def merge_maps(
        self, base: list[Any], patch: list[Any], node: Node
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """The merged list in no particular order, the plain elements of the patch, the base without deletes."""
        key = node.merge_key
        if key is None:
            raise self.error("Kubernetes has no merge key for this list")
        plain, deleted, replace = self.special_elements(patch, key)
        left = (
            [item for item in base if not (key in item and identity(item[key]) in deleted)]
            if deleted
            else base
        )
        if replace:
            self.require_keys(plain, key)
            return plain, [], plain
        return self.merge_elements(left, plain, key, node), plain, left

    def special_elements(self, patch: list[Any], key: str) -> tuple[list[Any], set[Any], bool]:
        """The plain elements, the keys to delete, and whether the base is to be dropped (rule 12)."""
        plain: list[Any] = []
        deleted: set[Any] = set()
        replace = False
        for element in patch:
            directive = element.get(PATCH, DROPPED)
            if directive is DROPPED:
                plain.append(element)
            elif directive == "delete":
                deleted.add(self.key_of(element, key))
            elif directive == "replace":
                replace = True
            else:
                raise self.error("$patch in a list element must be `delete` or `replace`")
        return plain, deleted, replace

    def key_of(self, element: Json, key: str) -> Any:
        """The identity of an element's merge key."""
        if not isinstance(element, dict):
            raise self.error("an element of the list is not a map")
        if key not in element:
            raise self.error(f"an element of the list has no {key}, by which it is merged")
        try:
            return identity(element[key])
        except NoKey as error:
            raise self.error(str(error)) from None

    def require_keys(self, elements: Iterable[dict[str, Any]], key: str) -> None:
        """Refuses elements without the merge key (rule 14)."""
        for element in elements:
            self.key_of(element, key)

    def merge_elements(self, base: list[Any], plain: list[Any], key: str, node: Node) -> list[Any]:
        """Each element of the patch merged into the first with its key, or appended (rules 13 to 16)."""
        out = list(base)
        at: dict[Any, int] = {}
        for index, element in enumerate(out):
            at.setdefault(self.key_of(element, key), index)
        for element in plain:
            where = self.key_of(element, key)
            index = at.get(where, -1)
            if index < 0:
                at[where] = len(out)
                out.append(element)
                continue
            above = self.where
            self.where = (above, Item(index, str(element[key])))
            out[index] = self.maps(out[index], element, node.element)
            self.where = above
        # A nested `$patch: replace` may have taken the key away from an element.
        self.require_keys(out, key)
        return out

    # --- order ----------------------------------------------------------------------------------------------

    def in_order(self, merged: list[Any], order: list[Any], server: list[Any], key: str | None) -> list[Any]:
        """The merged list in Kubernetes' order (rule 18)."""
        if key and merged and not all(isinstance(element, dict) for element in order):
            raise self.error("$setElementOrder must hold maps with the merge key")
        return in_order(merged, order, server, key)

    def set_order(self, out: dict[str, Any], patch: dict[str, Any], key: str, node: Node | None) -> None:
        """Merges one list and puts it into the order that the directive asks for (rules 19 to 22)."""
        order, above = patch.pop(key), self.where
        field = self.target(key)
        if not isinstance(order, list):
            raise self.error("$setElementOrder must be a list", key)
        base, added = out.get(field, DROPPED), patch.get(field, DROPPED)
        for side in (base, added):
            if side is not DROPPED and not isinstance(side, list):
                raise self.error("$setElementOrder speaks of something that is no list", field)
        child = self.known_list(node, field)
        self.where = (above, field)
        self.check_order(added if isinstance(added, list) else [], order, child)
        if base is not DROPPED or added is not DROPPED:
            out[field] = self.ordered(base, added, order, child)
            patch.pop(field, None)
        self.where = above

    def ordered(self, base: Json, added: Json, order: list[Any], node: Node) -> list[Any]:
        """The list for `set_order`; base and added are lists or absent, not both absent."""
        key = node.merge_key
        old = base if base is not DROPPED else []
        new = added if added is not DROPPED else []
        if added is DROPPED:
            merged, seen = old, old
        elif base is DROPPED:
            merged, seen = [item for item in without_directives(new) if item is not DROPPED], old
        elif node.strategy != "merge":
            merged, seen = new, old
        else:
            merged, seen = self.merge_for_order(old, new, node)
        self.element_kind(old, new)
        if key:
            self.require_keys(merged, key)
        return self.in_order(merged, order, seen, key)

    def merge_for_order(self, old: list[Any], new: list[Any], node: Node) -> tuple[list[Any], list[Any]]:
        """The merged list, and the base as Go's array holds it after deletes and appends in place (rule 22)."""
        if not old and not new:
            return old, old
        if self.element_kind(old, new) != "map":
            return self.lists(old, new, node), unique(old)
        key = node.merge_key or ""
        merged = self.lists(old, new, node)
        _, deleted, replace = self.special_elements(new, key)
        kept = [item for item in old if self.key_of(item, key) not in deleted]
        freed = len(old) - len(kept)
        if replace or not freed:
            return merged, (old if not freed else kept + old[len(kept) :])
        known = {self.key_of(item, key) for item in kept}
        fresh = {
            name: item for item in new if PATCH not in item and (name := self.key_of(item, key)) not in known
        }
        appended = list(fresh.values())[:freed]
        return merged, [*kept, *appended, *old[len(kept) + len(appended) :]]

    def check_order(self, added: list[Any], order: list[Any], node: Node) -> None:
        """Refuses an order that leaves out, or contradicts, an element of the patch (rule 19)."""
        key = node.merge_key
        if not key and any(isinstance(element, (dict, list)) for element in order + added):
            raise self.error("$setElementOrder cannot order a list that has no merge key")
        left = [element for element in added if not (key and self.directive_of(element) == "delete")]
        at = place = 0
        # Step by step as Kubernetes does it: a directive that is still left when the order ends is refused too,
        # and an empty order is compared with nothing.
        while at < len(left) and place < len(order):
            if key and self.directive_of(left[at]) is not DROPPED:
                at += 1
                continue
            at += self.name_of(left[at], key) == self.name_of(order[place], key)
            place += 1
            if at < len(left) and place == len(order):
                raise self.error("the order of the patch does not match its $setElementOrder")

    def directive_of(self, element: Json) -> Json:
        """The directive that a list element is; ``DROPPED`` where it is none."""
        if not isinstance(element, dict):
            raise self.error("an element of the list is not a map")
        return element.get(PATCH, DROPPED)

    def name_of(self, element: Json, key: str | None) -> Any:
        """The identity of a list element: its merge key, or itself in a list of scalars."""
        return self.key_of(element, key) if key else identity(element)
