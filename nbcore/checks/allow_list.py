"""Override rules that are too wide, or that nothing can meet: what an admin should know of an allow-list (NB3).

Refuses to know Notebooks: it judges what the rules would let through, not what somebody wrote.

Laws: test_every_path_of_a_rule_gets_a_verdict.
Source: the trust classes of pod fields, `checks.trust_classes`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, NamedTuple

from nbcore.checks.mount_paths import problem_with_mount_path
from nbcore.checks.overrides import CONTAINERS, name_of
from nbcore.checks.own_fields import FORBIDDEN_ENV, FORBIDDEN_ENV_PREFIXES, is_reserved
from nbcore.checks.trust_classes import Place, Trust, reached
from nbcore.finding import Finding
from nbcore.kubernetes import merge_keys, names, pod_schema
from nbcore.kubernetes.elements import child_node, element_keys, element_node
from nbcore.kubernetes.merge_keys import Node
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.pod_schema import Field
from nbcore.model.template import OverrideRule, Template

_SHOWN: Final = 3
_NEVER_PASSES: Final = {"glob": frozenset({"integer", "number", "boolean"}), "bounds": frozenset({"boolean"})}
"""Types of fields whose values no pattern matches, and those that no bound can be compared with."""


class _Rule(NamedTuple):
    """One rule, its path taken apart as far as it names anything."""

    rule: OverrideRule
    path: Path
    steps: tuple[str | int, ...]

    @property
    def free(self) -> bool:
        """Whether every value of a field passes."""
        rule = self.rule
        unbounded = rule.enum is None and rule.min is None and rule.max is None
        return unbounded and (rule.glob is None or not rule.glob.strip("*"))

    @property
    def condition(self) -> str:
        """What the rule asks of a value: a pattern, bounds, or something that any type can meet."""
        if self.rule.glob is not None:
            return "glob"
        return "bounds" if self.rule.min is not None or self.rule.max is not None else ""


def check_allow_list(template: Template, main: str, containers: Collection[str]) -> Iterator[Finding]:
    """Every override rule that opens too much, and every one that can never match.

    Shape: ``main`` is the notebook's container; ``containers`` the names that any layer has.
    """
    rules = [_taken_apart(rule, main, containers) for rule in template.spec.overrides]
    for one in rules:
        yield from _too_wide(one)
        reason = _never_matches(one, rules, containers)
        if reason is not None:
            yield one.rule.origin.finding("NB315", reason[0], reason[1], path=("path",))


def _taken_apart(rule: OverrideRule, main: str, containers: Collection[str]) -> _Rule:
    path = Path.parse(rule.path)
    steps = tuple(map(name_of, path))
    if steps[:3] == ("spec", "containers", "main") and "main" not in containers:
        steps = (*steps[:2], main, *steps[3:])
    return _Rule(rule, path, steps)


# ---- too wide ----


def _too_wide(one: _Rule) -> Iterator[Finding]:
    """What is to be said of the fields that the rule opens: the worst of it."""
    by_trust: dict[Trust, list[Place]] = {}
    for place, trust in reached(one.steps):
        by_trust.setdefault(trust, []).append(place)
    if Trust.NEVER in by_trust:
        yield _finding(
            one,
            "NB313",
            f"the rule opens {_listed(by_trust[Trust.NEVER], one.path)}: no Notebook may change that",
            "Name only the fields that people need, and let options set the others.",
        )
        return
    if Trust.LISTED in by_trust and one.free:
        yield _finding(
            one,
            "NB314",
            f"the rule lets any value through for {_listed(by_trust[Trust.LISTED], one.path)}",
            "Say with enum, glob, or min and max which values are safe.",
        )
    for what in _reserved_names(one.steps):
        yield _finding(one, "NB316", f"the rule lets through {what}", "Name those that people need.")


def _finding(one: _Rule, code: str, message: str, remedy: str) -> Finding:
    return one.rule.origin.finding(code, message, remedy, path=("path",))


def _listed(places: Sequence[Place], path: Path) -> str:
    """The first of the places as the rule would name them, and how many more there are."""
    shown = list(dict.fromkeys((path + place[len(path) :]).keyed[:64] for place in places))
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return ", ".join(shown[:_SHOWN]) + more


def _bad_env(name: str) -> bool:
    return name.upper() in FORBIDDEN_ENV or name.upper().startswith(FORBIDDEN_ENV_PREFIXES)


def _bad_mount(path: str) -> bool:
    return path != "/dev/shm" and problem_with_mount_path(path, (), ()) is not None


_NAMED: Final[tuple[tuple[Place, int, Callable[[str], bool], str], ...]] = (
    *(
        (("spec", field, "*", "env", "*", "value"), 4, _bad_env, "variables that change how programs run")
        for field in ("containers", "initContainers")
    ),
    *(
        (("spec", field, "*", "volumeMounts", "*", "name"), 4, _bad_mount, "mounts over the system's folders")
        for field in ("containers", "initContainers")
    ),
    (("metadata", "labels", "*"), 2, lambda key: is_reserved(key, label=True), "reserved labels"),
    (("metadata", "annotations", "*"), 2, lambda key: is_reserved(key, label=False), "reserved annotations"),
)
"""Names that the shorthands refuse: the place, which of its steps is the name, who refuses it, what it is."""
_EXAMPLES: Final = {
    "variables that change how programs run": "LD_PRELOAD",
    "mounts over the system's folders": "/etc",
    "reserved labels": "app",
    "reserved annotations": "sidecar.istio.io/inject",
}


def _reserved_names(steps: Sequence[str | int]) -> Iterator[str]:
    """What the rule lets through by name that no shorthand does."""
    told: set[str] = set()
    for place, at, refused, what in _NAMED:
        covers = all(
            mine in ("*", theirs) or theirs == "*" for mine, theirs in zip(steps, place, strict=False)
        )
        if not covers or what in told:
            continue
        name = steps[at] if len(steps) > at else "*"
        if name == "*" or refused(str(name)):
            told.add(what)
            yield f"{what}, such as {_EXAMPLES[what] if name == '*' else str(name)[:64]}"


# ---- never ----


def _never_matches(one: _Rule, rules: Sequence[_Rule], containers: Collection[str]) -> tuple[str, str] | None:
    """Why nothing can meet the rule, and what to do about it; None where something can."""
    ends = _walk(one)
    if isinstance(ends, tuple):
        return ends
    if ends and all(node.type in _NEVER_PASSES.get(one.condition, ()) for node in ends):
        asks = "a pattern for texts" if one.condition == "glob" else "bounds for numbers"
        return (
            f"the rule has {asks}, and the field holds a {ends[0].type}",
            "List the values with enum instead.",
        )
    return _unknown_container(one.steps, rules, containers)


def _unknown_container(
    steps: Sequence[str | int], rules: Sequence[_Rule], containers: Collection[str]
) -> tuple[str, str] | None:
    """A container that no layer has and that no rule lets a Notebook bring."""
    if len(steps) < 4 or steps[0] != "spec" or steps[1] not in CONTAINERS or steps[2] == "*":
        return None
    name = str(steps[2])
    if name in containers or any(_covers(one.steps, steps[:3]) for one in rules):
        return None
    near = names.closest(name, containers)
    return (
        f"no layer has the container {name[:64]}",
        f"Did you mean {near}?" if near else "Name a container of the pod.",
    )


def _covers(rule: Sequence[str | int], steps: Sequence[str | int]) -> bool:
    return len(rule) <= len(steps) and all(
        mine in ("*", theirs) for mine, theirs in zip(rule, steps, strict=False)
    )


def _walk(one: _Rule) -> list[Field] | tuple[str, str]:
    """The fields that a path leads to in the newest schema, or why it leads nowhere, and a remedy.

    Shape: empty where it leads to a field that only older versions have.
    """
    at: list[tuple[Field, Node | None]] = [
        (pod_schema.definition("PodTemplateSpec").root, merge_keys.POD_TEMPLATE)
    ]
    for length, step in enumerate(one.steps):
        below = [found for field, node in at for found in _below(field, node, step)]
        if not below:
            if any(_was_known(field, step) for field, _ in at):
                return []
            return _nowhere(one.path[:length], step, [field for field, _ in at], at[0][1])
        at = _distinct(below)
    return [field for field, _ in at]


def _distinct(found: list[tuple[Field, Node | None]]) -> list[tuple[Field, Node | None]]:
    """The fields without repeats of one and the same, so that many ``*`` stay cheap."""
    return list(
        {
            (id(field.fields) if field.fields else id(field), field.type): (field, node)
            for field, node in found
        }.values()
    )


def _below(field: Field, node: Node | None, step: str | int) -> list[tuple[Field, Node | None]]:
    """The fields one step further down."""
    if field.type == "object":
        chosen = (
            field.fields if step == "*" else {step: field.fields[str(step)]} if step in field.fields else {}
        )
        return [(one, child_node(node, str(name))) for name, one in chosen.items()]
    if field.type == "raw":
        return [(field, None)]
    if field.items is None:
        return []
    if field.type == "list":
        wants = str if element_keys(node) else int
        return [(field.items, element_node(node))] if step == "*" or isinstance(step, wants) else []
    return [(field.items, node.element if node is not None else None)]


def _was_known(field: Field, step: str | int) -> bool:
    return field.ref is not None and pod_schema.versions_of(field.ref, str(step)) is not None


def _nowhere(above: Path, step: str | int, fields: Sequence[Field], node: Node | None) -> tuple[str, str]:
    """Why there is no such step below a path, and what to do about it."""
    where = above.keyed[:64] or "a pod template"
    if fields[0].type == "list":
        keys = element_keys(node)
        if keys:
            return (
                f"the elements of {where} are known by {' and '.join(keys)}, not by their place",
                "Write the key in the brackets, or * for every element.",
            )
        return (f"the elements of {where} have no keys", "Write the place in the brackets, or * for any.")
    name = str(step)[:64]
    near = names.closest(name, [known for field in fields for known in field.fields])
    return (f"{where} has no field {name}", f"Did you mean {near}?" if near else "Remove the rule.")
