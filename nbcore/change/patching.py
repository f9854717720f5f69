"""JSON Patches (RFC 6902) that make what we own of a live object as we want it, and touch nothing else.

A walk of three trees at once: what is there, what we want, and what we wanted last. What we set is ours; what we
set last and no longer want goes; everything else belongs to somebody else. Lists of Kubernetes' own types are
patched by the names of their elements, all others as a whole. Parts that are one object on both sides are passed
over at once, so that the patch of a merge costs little more than what the merge has changed.

Refuses to know how a patch is sent, and whether the server will take it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from nbcore.change.equality import equal, says_nothing
from nbcore.change.listed import Part, aligned, part_of, without_keys
from nbcore.change.owned import KEPT, MAX_DEPTH, excluded_by_choice, owned, renamed
from nbcore.change.shapes import Shape, shape_of

Json: TypeAlias = Any
Tree: TypeAlias = Mapping[str, Any]
Operation: TypeAlias = dict[str, Any]

ABSENT: Final = object()
_NOTHING: Final[dict[str, Any]] = {}
MAX_PATH: Final = 8_192
"""How long a pointer may get: else the patch of a small object with long names would be huge."""
_SCALARS: Final = frozenset({str, int, bool, float})


def patch(live: Tree, desired: Tree, last: Tree | None = None, *, guard: bool = True) -> list[Operation]:
    """The operations that make what we own of ``live`` as ``desired`` says.

    Ours is what ``desired`` or ``last`` sets: the first is set, and what only the second has is removed. With
    ``last`` the live object itself, everything is ours: the patch then is the difference of the two.
    Where an operation counts on the index of a list element, `test` operations before it make the whole patch
    fail if another element stands there by now; without ``guard`` they are left out, for a patch that is
    applied to this very object, as in a mutating webhook.

    Shape: whole objects, or plain pods ``{metadata, spec}``; a type that is not Kubernetes' own is taken as maps
    and atomic lists. Values in the operations are shared with the trees.
    Units: time grows with the size of the trees; parts that ``live`` and ``desired`` share cost nothing.
    Laws: test_a_patch_gives_the_desired_owned_state, test_a_patch_never_touches_an_unowned_path,
    test_patch_then_patch_is_empty, test_a_patch_leaves_its_inputs_unchanged,
    test_the_order_of_others_elements_survives, test_any_json_gives_a_patch, test_a_patch_of_everything_is_exact,
    test_no_operation_of_a_patch_is_in_vain, test_a_guard_changes_nothing_but_the_tests,
    test_sharing_changes_no_patch, test_the_server_patches_as_we_do.
    """
    if not isinstance(live, dict) or not isinstance(desired, dict | None):
        return _whole_document(live, desired)
    walk = Walk(guard)
    shape = shape_of(live, desired, last)
    walk.fields("", live, owned(desired), last if isinstance(last, dict) else _NOTHING, shape)
    return walk.operations


def _whole_document(live: Json, desired: Json) -> list[Operation]:
    """The patch of something that is no object, or is to become none."""
    if equal(live, desired, None):
        return []
    return [{"op": "replace", "path": "", "value": desired}]


class Walk:
    """One walk under way: the operations so far, and whether they are to be guarded by tests.

    Shape: ``path`` is the JSON Pointer to the map or list at which the walk stands.
    """

    __slots__ = ("guard", "operations")

    def __init__(self, guard: bool) -> None:
        self.guard = guard
        self.operations: list[Operation] = []

    def note(self, op: str, path: str, value: Json) -> None:
        """Notes an operation with a value."""
        self.operations.append({"op": op, "path": path, "value": value})

    def remove(self, path: str) -> None:
        """Notes that a member goes."""
        self.operations.append({"op": "remove", "path": path})

    # --- maps -----------------------------------------------------------------------------------------------

    def fields(
        self,
        path: str,
        live: dict[str, Any],
        desired: dict[str, Any],
        last: dict[str, Any],
        shape: Shape | None,
    ) -> None:
        """Takes a map to where our part of it is as desired; nulls of Kubernetes' own types are absent."""
        nothing = ABSENT if shape is None else None
        if shape is not None and shape.twins:
            desired, last = renamed(desired, live, shape), renamed(last, live, shape)
        find = live.get
        present = 0
        for key, new in desired.items():
            if new is nothing:
                continue
            old = find(key, nothing)
            if old is new or (new.__class__ in _SCALARS and new.__class__ is old.__class__ and new == old):
                present += 1
                continue
            child = None if shape is None else shape.child(key)
            if old is not nothing:
                present += 1
                self.value(f"{path}/{token(key)}", old, new, last.get(key, nothing), child)
            elif not says_nothing(new, child):
                self.note("add", f"{path}/{token(key)}", new)
        if present == len(live):  # nobody else has a field here, and nothing goes
            return
        excluded = _excluded(live, desired, shape) if shape is not None and shape.exclusive else ()
        for key in excluded:
            self.remove(f"{path}/{token(key)}")
        if last is not desired:
            self.releases(path, live, {*excluded, *KEPT.get(path, ())}, desired, last, shape)

    def releases(
        self,
        path: str,
        live: dict[str, Any],
        settled: set[str],
        desired: dict[str, Any],
        last: dict[str, Any],
        shape: Shape | None,
    ) -> set[str]:
        """The fields that go because only `last` had them, after noting so; settled ones aside."""
        nothing = ABSENT if shape is None else None
        gone = set()
        for key, was in last.items():
            if was is nothing or desired.get(key, nothing) is not nothing or key in settled:
                continue
            old = live.get(key, nothing)
            child = None if shape is None else shape.child(key)
            if old is not nothing and self.release(f"{path}/{token(key)}", old, was, child):
                gone.add(key)
        for name, twin in shape.twins if shape is not None else ():
            if name in gone and twin not in gone and live.get(twin) is not None and desired.get(twin) is None:
                self.remove(f"{path}/{twin}")
                gone.add(twin)
        return gone

    def release(self, path: str, live: Json, last: Json, shape: Shape | None) -> bool:
        """Whether a value goes as a whole; else what was ours in it goes, and others' part stays."""
        mark = len(self.operations)
        gone = self.emptied(path, live, last, shape)
        if gone:
            del self.operations[mark:]
            self.remove(path)
        return gone

    def emptied(self, path: str, live: Json, last: Json, shape: Shape | None) -> bool:
        """Whether nothing of a value stays when what was ours goes, after noting what goes."""
        if _is_deep(path) or (shape is not None and shape.whole):
            return True
        if isinstance(live, dict) and isinstance(last, dict):
            gone = self.releases(path, live, {*KEPT.get(path, ())}, _NOTHING, last, shape)
            left = [
                key for key, old in live.items() if key not in gone and (shape is None or old is not None)
            ]
            return not left or (shape is not None and _lost(gone, left, shape))
        part = part_of(live, [], last, shape) if isinstance(live, list) and isinstance(last, list) else None
        if part is None or len(part.plan.removed) == len(live):
            return True
        self.named(path, part)
        return False

    # --- values ---------------------------------------------------------------------------------------------

    def value(self, path: str, old: Json, new: Json, was: Json, shape: Shape | None) -> None:
        """Takes a value that is there to what is desired."""
        if isinstance(new, dict) and isinstance(old, dict) and not _is_deep(path):
            self.fields(path, old, new, was if isinstance(was, dict) else _NOTHING, shape)
        elif isinstance(new, list) and isinstance(old, list) and not _is_deep(path):
            self.elements(path, old, new, was if isinstance(was, list) else [], shape)
        elif not equal(old, new, shape):
            self.note("replace", path, new)

    # --- lists ----------------------------------------------------------------------------------------------

    def elements(
        self, path: str, live: list[Any], desired: list[Any], last: list[Any], shape: Shape | None
    ) -> None:
        """Takes a list to where our elements are as desired: by name where they have one, else as a whole."""
        known = last is live or last is desired or not last
        apart = aligned(live, desired, shape) if known and shape is not None else None
        if apart is not None and shape is not None:
            for index in apart:
                old, new = live[index], desired[index]
                before = old if last is live else new if last else _NOTHING
                self.element(f"{path}/{index}", old, new, before, shape)
            for new in desired[len(live) :]:
                self.note("add", f"{path}/-", new)
            return
        part = part_of(live, desired, last, shape)
        if part is not None:
            self.named(path, part)
        elif not self.settled(path, live, desired, last, shape):
            self.note("replace", path, desired)

    def settled(
        self, path: str, live: list[Any], desired: list[Any], last: list[Any], shape: Shape | None
    ) -> bool:
        """Whether every element has what is desired of it, and nothing that only `last` had, in its place."""
        if len(live) != len(desired):
            return False
        mark = len(self.operations)
        element = shape.element if shape is not None and shape.kind == "list" else None
        before: Sequence[Any] = last if len(last) == len(desired) else [ABSENT] * len(desired)
        for index, (old, new, was) in enumerate(zip(live, desired, before, strict=True)):
            if old is not new:
                self.value(f"{path}/{index}", old, new, was, element)
            if len(self.operations) > mark:
                del self.operations[mark:]
                return False
        return True

    def named(self, path: str, part: Part) -> None:
        """Takes a list whose elements have names to where ours are as desired."""
        plan = part.plan
        touched = set(plan.touched)
        for index in plan.touched:
            self.test(f"{path}/{index}", part.live[index], part.shape)
        for old_at, new_at in plan.kept if part.shape.keys else ():
            old, new = part.live[old_at], part.desired[new_at]
            if old is not new:
                tested = old_at in touched
                self.element(f"{path}/{old_at}", old, new, part.before(new_at), part.shape, tested)
        for index in reversed(plan.removed):
            self.remove(f"{path}/{index}")
        for step in plan.steps:
            target = f"{path}/{'-' if step.target is None else step.target}"
            if step.source is None:
                self.note("add", target, part.desired[step.at])
            else:
                self.operations.append({"op": "move", "from": f"{path}/{step.source}", "path": target})

    def element(
        self, path: str, old: Json, new: Json, last: Json, shape: Shape, tested: bool = False
    ) -> None:
        """Takes an element that stays to what is desired, after a test that it is the one."""
        mark = len(self.operations)
        self.value(path, old, new, without_keys(last, new, shape.keys), shape.element)
        if self.guard and not tested and len(self.operations) > mark:
            done = self.operations[mark:]
            del self.operations[mark:]
            self.test(path, old, shape)
            self.operations += done

    def test(self, path: str, element: Json, shape: Shape) -> None:
        """Notes the tests that fail if another element stands at an index by now."""
        if self.guard and shape.keys:
            for key in shape.keys:
                if key in element:
                    self.note("test", f"{path}/{key}", element[key])
        elif self.guard:
            self.note("test", path, element)


def _excluded(live: Mapping[str, Any], desired: Mapping[str, Any], shape: Shape) -> list[str]:
    """The fields that cannot stand beside what is desired: the rest of a union, what another choice allows."""
    found: list[str] = []
    if any(desired.get(key) is not None for key in shape.union):
        found = [key for key in live if key in shape.union]
    elif (key := excluded_by_choice(desired, shape)) is not None and key in live:
        found = [key]
    return [key for key in found if live[key] is not None and desired.get(key) is None]


def _lost(gone: set[str], left: Sequence[str], shape: Shape) -> bool:
    """Whether a struct cannot stay because a field went that it needs, or the one of its union."""
    return not shape.required.isdisjoint(gone) or (
        not shape.union.isdisjoint(gone) and shape.union.isdisjoint(left)
    )


def _is_deep(path: str) -> bool:
    """Whether a value lies so deep, or under so long a name, that it is taken as a whole."""
    return len(path) > MAX_DEPTH and (len(path) > MAX_PATH or path.count("/") > MAX_DEPTH)


def token(key: str) -> str:
    """A key as a token of a JSON Pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key
