"""How peers are united: trees of equal standing, where a difference is a conflict and not a victory.

Keyed lists unite by their list-map keys, accumulating lists as sets of whole elements, everything else by a
policy per field: by default two values are equal or they are a conflict. All conflicts are reported; the
result holds the first peer's value where there is one.

Refuses to know who the peers are, and what is done about a conflict.

Laws: test_unite_is_commutative_up_to_list_order, test_unite_has_empty_as_identity,
test_unite_with_itself_changes_nothing, test_unite_is_associative_without_conflicts,
test_unite_reports_every_difference, test_unite_conflicts_are_symmetric, test_unite_conflicts_are_differences,
test_unite_leaves_inputs_unchanged, test_unite_refuses_by_merge_error_only.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import NoKey, element_identity, fingerprint, key_text, kind_of, same
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.layer import Policies, Policy
from nbcore.strategic.directives import MAX_DEPTH, PATCH
from nbcore.strategic.merging import Json, MergeError, Tree
from nbcore.strategic.overlaying import ACCUMULATE, UNITS, once

Rules = Policies
"""Policies by path, `*` standing for any element."""

EQUAL_OR_CONFLICT: Final[Rules] = {}


class Conflict(NamedTuple):
    """Two peers that set one field differently. The values may be secrets and are never printed."""

    path: Path
    left: Json
    right: Json

    def __repr__(self) -> str:
        return f"Conflict({self.path.keyed})"


class United(NamedTuple):
    """The united tree, and every conflict in the order of the second peer."""

    tree: dict[str, Any]
    conflicts: tuple[Conflict, ...]


def unite(a: Tree | None, b: Tree | None, *, rules: Rules = EQUAL_OR_CONFLICT) -> United:
    """Both trees as one, and the conflicts between them.

    Shape: ``{metadata, spec}`` trees of plain JSON. Directives are values like any other here: they unite
    when they are equal, and act later, when the result is laid over a lower rank.
    Raises: MergeError for a list element that lacks the key by which its list is merged.
    """
    for name, tree in (("first", a), ("second", b)):
        if tree is not None and not isinstance(tree, dict):
            raise MergeError(f"the {name} tree must be an object, not {kind_of(tree)}")
    uniter = Uniter(rules)
    try:
        tree = uniter.maps(a or {}, b or {}, merge_keys.POD_TEMPLATE)  # type: ignore[arg-type]
    except RecursionError:
        raise MergeError(f"nested deeper than {MAX_DEPTH} levels") from None
    except NoKey as error:
        raise MergeError(str(error), Path(uniter.where)) from None
    return United(tree, tuple(uniter.conflicts))


class Uniter:
    """One union under way."""

    __slots__ = ("conflicts", "ruled", "rules", "where")

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.ruled = frozenset(path[-1] for path in rules)
        self.where: list[str | Item] = []
        self.conflicts: list[Conflict] = []

    def maps(
        self, a: dict[str, Any], b: dict[str, Any], node: Node | None, unit: frozenset[str] = frozenset()
    ) -> dict[str, Any]:
        """Both maps as one; the fields of a unit must be equal together or stand in one of them only."""
        if not a or not b:
            return a or b
        if PATCH in a or PATCH in b:
            return a if same(a, b) else self.kept(a, b)
        if unit and self.unit_differs(a, b, unit):
            return self.kept(a, b)
        out = dict(a)
        for key, value in b.items():
            if key in out:
                self.where.append(key)
                out[key] = self.field(key, out[key], value, node.find(key) if node else None)
                self.where.pop()
            else:
                out[key] = value
        return out

    def unit_differs(self, a: dict[str, Any], b: dict[str, Any], unit: frozenset[str]) -> bool:
        """Whether both maps set fields of the unit, and not the same ones to the same values."""
        left = {key: a[key] for key in unit if key in a}
        right = {key: b[key] for key in unit if key in b}
        return bool(left and right) and not same(left, right)

    def field(self, key: str, a: Json, b: Json, node: Node | None) -> Json:
        """One field that both peers set."""
        policy = self.policy() if key in self.ruled else None
        if policy in ("first", "last"):
            return a if policy == "first" else b
        if policy == "append" and isinstance(a, list) and isinstance(b, list):
            return [*a, *b]
        if isinstance(a, dict) and isinstance(b, dict):
            return self.maps(a, b, node, UNITS.get(key, frozenset()))
        if isinstance(a, list) and isinstance(b, list):
            return self.lists(key, a, b, node)
        return a if same(a, b) else self.conflict(a, b)

    def policy(self) -> Policy | None:
        """What becomes of the field where this union stands."""
        return self.rules.get(tuple("*" if isinstance(step, Item) else step for step in self.where))

    def conflict(self, a: Json, b: Json) -> Json:
        """Notes a conflict at the place where this union stands, and keeps the first value."""
        self.conflicts.append(Conflict(Path(self.where), a, b))
        return a

    def kept(self, a: dict[str, Any], b: dict[str, Any]) -> dict[str, Any]:
        """The first of two maps that are in conflict as a whole."""
        self.conflict(a, b)
        return a

    def lists(self, name: str, a: list[Any], b: list[Any], node: Node | None) -> list[Any]:
        """Both lists as one, where the list has keys or adds up; else they differ, which is a conflict."""
        if name in ACCUMULATE or (node and node.primitive):
            return a if same(a, b) else once((*a, *b))
        keys = (node.map_keys or ((node.merge_key,) if node.merge_key else ())) if node else ()
        if node and len(keys) == 1:
            mine, theirs = _names(a, keys[0]), _names(b, keys[0])
            if mine is not None and theirs is not None:
                return self.named(name, a, b, (mine, theirs), node.element)
        if not node or not keys or not all(isinstance(element, dict) for element in (*a, *b)):
            kept: list[Any] = a if same(a, b) else self.conflict(a, b)
            return kept
        names = [self.who(element, keys) for element in a], [self.who(element, keys) for element in b]
        texts = [key_text(element, keys) for element in b]
        return self.named(name, a, b, names, node.element, texts)

    def named(
        self,
        name: str,
        a: list[Any],
        b: list[Any],
        names: tuple[list[Any], list[Any]],
        node: Node | None,
        texts: list[str] | None = None,
    ) -> list[Any]:
        """Both keyed lists as one: the first's elements in their order, then what only the second has.

        Shape: ``names`` tell the elements of each apart; ``texts`` are those of the second as text.
        """
        mine, theirs = names
        new = {*theirs}
        if len(new) == len(theirs) and new.isdisjoint(mine):
            return [*a, *b]
        out = list(a)
        at = dict(zip(reversed(mine), range(len(mine) - 1, -1, -1), strict=True))  # of two the first
        for place, (element, key) in enumerate(zip(b, theirs, strict=True)):
            index = at.setdefault(key, len(out))
            if index == len(out):
                out.append(element)
            elif out[index] is not element:
                self.where.append(Item(index, texts[place] if texts else key))
                out[index] = self.maps(out[index], element, node, self.unit_of(name, out[index], element))
                self.where.pop()
        return out

    def unit_of(self, name: str, a: dict[str, Any], b: dict[str, Any]) -> frozenset[str]:
        """The fields of an element that belong together: a volume's source, an env variable's value."""
        if name == "volumes":
            return frozenset(a.keys() | b.keys()) - {"name"}
        return UNITS.get(name, frozenset())

    def who(self, element: dict[str, Any], keys: tuple[str, ...]) -> Any:
        """The identity of an element; an element that is a directive without key is known by its content."""
        if keys[0] in element:
            return element_identity(element, keys)
        if PATCH in element:
            return fingerprint(element)
        raise MergeError(f"an element of the list has no {keys[0]}, by which it is merged", Path(self.where))


def _names(elements: list[Any], key: str) -> list[str] | None:
    """The key of each element, where all are objects with a text there; None else."""
    try:
        names = [element[key] for element in elements]
        "".join(names)  # refuses what is no text
    except (KeyError, TypeError):
        return None
    return names
