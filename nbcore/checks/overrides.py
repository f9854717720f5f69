"""What a Notebook's free overrides may change: nothing, but for the Template's rules.

The rules are asked twice: for every leaf that the Notebook wrote, and for every leaf that is different, new
or gone in the pod that came out. The second question leaves no detour, whatever the merge made of the
first: a merge key that renames, a directive, a second entry with the same key.

The second question costs what the overrides changed, not what the pod holds: trees that share structure are
compared by identity first.

Refuses to know how the pod was merged.

Laws: test_overrides_are_denied_by_default, test_no_override_changes_what_no_rule_allows,
test_overrides_hold_no_directive_and_no_null.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from fractions import Fraction
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.checks.glob import matches
from nbcore.finding import Finding
from nbcore.kubernetes import merge_keys
from nbcore.kubernetes.elements import (
    child_node,
    element_identity,
    element_keys,
    element_node,
    same,
    step_to,
)
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Item, Path, Step
from nbcore.kubernetes.quantity import Quantity
from nbcore.model.origin import Json, Origin
from nbcore.model.template import OverrideRule

ABSENT: Final = object()
_CHANGED: Final = "the override changes this field of the pod, and no rule allows that"
_GONE: Final = "the override makes this field of the pod disappear, and no rule allows that"
CONTAINERS: Final = frozenset({"containers", "initContainers", "ephemeralContainers"})

State: TypeAlias = "tuple[tuple[Branch, ...], tuple[Permit, ...]]"
"""On the way down a path: the branches of rules that go on from there, and the rules that cover it already."""
_NOTHING: Final[State] = ((), ())


class Permit(NamedTuple):
    """One rule, its path taken apart."""

    steps: tuple[Step, ...]
    rule: OverrideRule
    low: Fraction | int | None
    high: Fraction | int | None
    free: bool
    """Whether the rule lets any value through."""

    @classmethod
    def of(cls, rule: OverrideRule, main: str) -> Permit:
        """The rule with `containers[main]` meaning the notebook's container."""
        low, high = (None if bound is None else _number(Quantity(bound)) for bound in (rule.min, rule.max))
        free = rule.enum is None and rule.glob is None and low is None and high is None
        return cls(_aimed(Path.parse(rule.path), main), rule, low, high, free)

    def passes(self, value: Any) -> bool:
        """Whether the value is one that the rule lets through; something that goes needs no value."""
        rule = self.rule
        if self.free or value is ABSENT:
            return True
        if rule.enum is not None:
            return any(same(value, one) for one in rule.enum)
        if rule.glob is not None:
            # `$(NAME)` is expanded by the kubelet after every check: what it becomes is unknown here.
            return (
                isinstance(value, str) and "$(" not in value.replace("$$", "") and matches(rule.glob, value)
            )
        amount: Fraction | int = value
        if type(value) is not int:
            quantity = Quantity.parse(value)
            if quantity is None:
                return False
            amount = _number(quantity)
        return (self.low is None or amount >= self.low) and (self.high is None or amount <= self.high)


def _number(quantity: Quantity) -> Fraction | int:
    """The value of a quantity; whole ones as int, which compares faster."""
    value = quantity.value
    return value.numerator if value.denominator == 1 else value


class Branch:
    """The rules below one point of the pod, by the next step of their paths; ``*`` is any step."""

    __slots__ = ("branches", "elsewhere", "permits", "states")

    def __init__(self) -> None:
        self.branches: dict[str | int, Branch] = {}
        self.permits: list[Permit] = []
        self.states: dict[str | int, State] = {}
        self.elsewhere: State = _NOTHING

    def grow(self, permit: Permit) -> None:
        """Adds a rule."""
        at = self
        for step in permit.steps:
            at = at.branches.setdefault(name_of(step), Branch())
        at.permits.append(permit)

    def settle(self) -> None:
        """Works out, once all rules are there, where each step leads to from here."""
        star = self.branches.get("*")
        for step, branch in self.branches.items():
            self.states[step] = _joined([branch] if star is None or step == "*" else [branch, star], ())
            branch.settle()
        self.elsewhere = self.states.get("*", _NOTHING)


def _joined(branches: list[Branch], covering: tuple[Permit, ...]) -> State:
    """The state at a point that these branches meet in."""
    permits = [permit for branch in branches for permit in branch.permits]
    return tuple(branch for branch in branches if branch.branches), (*covering, *permits)


class Allowance:
    """The override rules of a Template, ready to be asked."""

    __slots__ = ("start",)

    def __init__(self, rules: Iterable[OverrideRule], main: str, names: Container[str] = ()) -> None:
        root = Branch()
        for rule in rules:
            root.grow(Permit.of(rule, "main" if "main" in names else main))
        root.settle()
        self.start: State = ((root,) if root.branches else (), ())

    def allows(self, path: Path, value: Any) -> bool:
        """Whether at least one rule covers the path and lets the value through; order does not matter."""
        state = self.start
        for step in path:
            state = descend(state, name_of(step))
        return any(permit.passes(value) for permit in state[1])


def name_of(step: Step) -> str | int:
    """The step as rules name it: a list element by its key, where it has one."""
    return step.identity if isinstance(step, Item) else step


def descend(state: State, step: str | int) -> State:
    """The state one step further down; what covers a path covers all below it."""
    branches, covering = state
    if not branches:
        return state
    if len(branches) == 1 and not covering:
        (branch,) = branches
        return branch.states.get(step, branch.elsewhere)
    below = [branch.states.get(step, branch.elsewhere) for branch in branches]
    met = tuple(permit for _, permits in below for permit in permits)
    return tuple(branch for found, _ in below for branch in found), (*covering, *met)


def _aimed(path: Path, main: str) -> tuple[Step, ...]:
    """The rule's path with `containers[main]` meaning the notebook's container."""
    steps = tuple(path)
    if len(steps) > 2 and steps[:2] == ("spec", "containers") and steps[2] == "main":
        return (*steps[:2], Item(None, main), *steps[3:])
    return steps


def check_input(
    overrides: Json, aimed: Json, allowance: Allowance, origin: Callable[[], Origin]
) -> list[Finding]:
    """Every leaf that the Notebook wrote and no rule allows; null and directives never pass.

    Shape: ``overrides`` is the tree as it was written, ``aimed`` the same with `main` meaning the container;
    ``origin`` says where it stands, and is asked only when there is something to say.
    """
    never = set(_forbidden(overrides))
    found = [
        origin().finding(
            "NB306",
            "overrides may hold neither null nor merge directives",
            "Say what the field should be; what may disappear is for the admin to decide.",
            path=path,
        )
        for path in sorted(never, key=str)
    ]
    for path, _ in Comparison(allowance, in_pod=False).of(ABSENT, aimed):
        written = path.indexed
        if not any(written[:length] in never for length in range(1, len(written) + 1)):
            found.append(_refusal(path, origin(), "no rule of the Template allows this override", written))
    return found


def check_result(
    before: Json, after: Json, allowance: Allowance, origin: Callable[[], Origin]
) -> list[Finding]:
    """Every leaf that the overrides changed, added or made disappear in the pod without a rule that allows it."""
    return [
        _refusal(path, origin(), _GONE if gone else _CHANGED)
        for path, gone in Comparison(allowance, in_pod=True).of(before, after)
    ]


class Comparison:
    """The differences between two trees that no rule allows, as paths, and whether the leaf is gone."""

    __slots__ = ("allowance", "in_pod", "refused")

    def __init__(self, allowance: Allowance, *, in_pod: bool) -> None:
        self.allowance = allowance
        self.in_pod = in_pod
        self.refused: list[tuple[Path, bool]] = []

    def of(self, before: Json, after: Json) -> list[tuple[Path, bool]]:
        """The refused differences between two pod templates."""
        self.compare((), before, after, merge_keys.POD_TEMPLATE, self.allowance.start)
        return self.refused

    def compare(
        self, path: tuple[Step, ...], before: Json, after: Json, node: Node | None, state: State
    ) -> None:
        """Notes what is different at a path and below, and not allowed."""
        if before is after or (state[1] and any(permit.free for permit in state[1])):
            return
        if isinstance(after, dict) and after:
            self.replaced(path, before, dict, state)
            self.maps(path, before if isinstance(before, dict) else {}, after, node, state)
        elif isinstance(after, list) and after:
            self.replaced(path, before, list, state)
            self.lists(path, before if isinstance(before, list) else [], after, node, state)
        elif after is ABSENT or (isinstance(before, (dict, list)) and before):
            self.gone(path, before, node, state)
            if after is not ABSENT:
                self.judge(path, after, state, False)
        elif before is ABSENT or not same(before, after):
            self.judge(path, after, state, False)

    def replaced(self, path: tuple[Step, ...], before: Json, kind: type, state: State) -> None:
        """Notes a value of another type that makes room for a map or list."""
        if before is not ABSENT and not isinstance(before, kind):
            self.gone(path, before, None, state)

    def judge(self, path: tuple[Step, ...], value: Json, state: State, gone: bool) -> None:
        """Notes a leaf that no covering rule lets through."""
        if path and not any(permit.passes(value) for permit in state[1]):
            self.refused.append((Path(path), gone))

    def gone(self, path: tuple[Step, ...], before: Json, node: Node | None, state: State) -> None:
        """Notes every leaf of what disappeared, unless a rule covers it."""
        if state[1]:
            return
        if isinstance(before, dict) and before:
            for key, value in before.items():
                self.gone((*path, key), value, child_node(node, key), descend(state, key))
        elif isinstance(before, list) and before:
            keys = element_keys(node)
            for at, value in enumerate(before):
                step = step_to(at, value, keys)
                self.gone((*path, step), value, element_node(node), descend(state, name_of(step)))
        else:
            self.judge(path, ABSENT, state, True)

    def maps(
        self,
        path: tuple[Step, ...],
        before: dict[str, Any],
        after: dict[str, Any],
        node: Node | None,
        state: State,
    ) -> None:
        """Both maps, field by field."""
        for key, value in after.items():
            old = before.get(key, ABSENT)
            if old is not value:
                self.compare((*path, key), old, value, child_node(node, key), descend(state, key))
        for key, value in before.items():
            if key not in after:
                self.gone((*path, key), value, child_node(node, key), descend(state, key))

    def lists(
        self, path: tuple[Step, ...], before: list[Any], after: list[Any], node: Node | None, state: State
    ) -> None:
        """Both lists, element by element: by key where the list has keys, else by index."""
        keys, inner = element_keys(node), element_node(node)
        common = min(len(before), len(after))
        changed = [at for at in range(common) if before[at] is not after[at]]
        if len(after) < len(before) or any(
            _who(at, before[at], keys) != _who(at, after[at], keys) for at in changed
        ):
            self.reordered(path, before, after, keys, inner, state)
            return
        # The usual case, that of an overlay: elements keep their places, new ones stand behind them.
        for at in (*changed, *range(common, len(after))):
            step = step_to(at, after[at], keys)
            old = before[at] if at < common else ABSENT
            self.element((*path, step), old, after[at], inner, descend(state, name_of(step)), keys)

    def reordered(
        self,
        path: tuple[Step, ...],
        before: list[Any],
        after: list[Any],
        keys: tuple[str, ...],
        node: Node | None,
        state: State,
    ) -> None:
        """Both lists where elements have moved or gone; a second element with the same key counts as new."""
        old: dict[Any, Any] = {}
        for at, value in enumerate(before):
            old.setdefault(_who(at, value, keys), value)
        seen: set[Any] = set()
        for at, value in enumerate(after):
            who = _who(at, value, keys)
            match = ABSENT if who in seen else old.get(who, ABSENT)
            seen.add(who)
            if match is not value:
                step = step_to(at, value, keys)
                self.element((*path, step), match, value, node, descend(state, name_of(step)), keys)
        for at, value in enumerate(before):
            if _who(at, value, keys) not in seen:
                step = step_to(at, value, keys)
                self.gone((*path, step), value, node, descend(state, name_of(step)))

    def element(
        self,
        path: tuple[Step, ...],
        before: Json,
        after: Json,
        node: Node | None,
        state: State,
        keys: tuple[str, ...],
    ) -> None:
        """One list element. Its keys are part of the path of its other fields, whose rules judge them.

        A container that is new in the pod needs more: a rule that covers the container itself.
        """
        new_container = self.in_pod and before is ABSENT and path[-2] in CONTAINERS
        if keys and not new_container and isinstance(after, dict) and any(key not in keys for key in after):
            base = before if isinstance(before, dict) else {}
            after = {key: value for key, value in after.items() if key not in keys}
            before = {key: value for key, value in base.items() if key not in keys}
        self.compare(path, before, after, node, state)


def _who(at: int, value: Json, keys: tuple[str, ...]) -> Any:
    """What tells an element apart in its list."""
    if keys and isinstance(value, dict) and isinstance(value.get(keys[0]), str | int):
        return element_identity(value, keys)
    return ("index", at)


def _forbidden(tree: Json) -> Iterator[tuple[str | int, ...]]:
    """The raw paths of nulls and of keys that start with `$`."""
    stack: list[tuple[tuple[str | int, ...], Any]] = [((), tree)]
    while stack:
        path, value = stack.pop()
        if value is None or (path and isinstance(path[-1], str) and path[-1].startswith("$")):
            yield path
        elif isinstance(value, dict):
            stack.extend(((*path, key), item) for key, item in reversed(value.items()))
        elif isinstance(value, list):
            stack.extend(((*path, at), item) for at, item in reversed(list(enumerate(value))))


def _refusal(path: Path, origin: Origin, message: str, written: tuple[str | int, ...] = ()) -> Finding:
    return origin.finding(
        "NB306",
        f"{path.keyed}: {message}",
        f"Leave it out, or ask the admin for a rule on {path.keyed} in the Template's overrides.",
        path=written,
    )
