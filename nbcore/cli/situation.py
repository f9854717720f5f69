"""Why a pod is as it is: what became of options and PodDefaults, and how a field could be changed.

Refuses to know how the answer is laid out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbcore.catalog import Catalog
from nbcore.cli.origins import Field, aimed, covers
from nbcore.environment import environment
from nbcore.finding import Source
from nbcore.kubernetes.paths import Item, Path
from nbcore.model.conventions import NATIVE
from nbcore.model.notebook import Notebook
from nbcore.model.selection import Resolution
from nbcore.model.template import OverrideRule, TemplateSpec
from nbcore.pipeline import Rendering

_WIDER: Final[Mapping[str, str]] = {
    "template": "changes every {notebook} of the {template}",
    "podDefaults": "changes every {notebook} with this PodDefault",
    "options": "changes every {notebook} with this option",
}
_CLOSED: Final[Mapping[bool, str]] = {
    True: "no rule of the Template lets the Notebook override it",
    False: "a {notebook} cannot override it",
}
"""Why a notebook has no say, by whether those of its dialect may have one."""

SIDES: Final = ("requests", "limits")
FREE_RESOURCES: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
"""Resources that every Notebook may set with its shorthand; a test compares them with what the checks allow."""


class Situation:
    """One notebook, what rendering made of it, and what it may change."""

    def __init__(self, notebook: Notebook, rendering: Rendering, catalog: Catalog) -> None:
        self.notebook = notebook
        self.rendering = rendering
        self.main = environment(notebook, catalog).lower.main
        spec = _template_spec(notebook, rendering, catalog)
        self._rules = spec.overrides if spec else ()
        self._open = {group.id for group in spec.options if len(group.values) > 1} if spec else set()
        self._named = _named(rendering, catalog)
        self._words = notebook.conventions
        self._speaks = self._words.notebook_kind == NATIVE.notebook_kind

    def ways(self, field: Field) -> list[str]:
        """What one could change for another value of the field, a clause each; where it was written first."""
        setting = field.set_by
        if setting.layer.rank == "system":
            made = (
                "name, namespace and PodDefaults" if self._words.takes_pod_defaults else "name and namespace"
            )
            return [f"nothing can: nbcore makes it from the {made} of the {self._words.notebook_kind}"]
        place = f" at {setting.place}" if setting.place else ""
        edit = f"edit {setting.path.keyed} of {setting.source.object}{place}"
        if setting.layer.rank == "notebook":
            return [edit]
        whole = f"{edit}, which {self._said(_WIDER[setting.layer.rank])}"
        own = list(self._own_ways(field))
        return [whole, *own] if own else [f"{whole}; {self._said(_CLOSED[self._speaks])}"]

    def _said(self, words: str) -> str:
        """A sentence with the words of the dialect."""
        kinds = self._words
        return words.format(notebook=kinds.notebook_kind.lower(), template=kinds.template_kind)

    def _own_ways(self, field: Field) -> Iterator[str]:
        """What the Notebook itself may do about a field that a lower layer sets."""
        layer = field.set_by.layer
        if layer.rank == "options" and layer.group in self._open:
            options = self.notebook.origin.path("spec", "options").keyed
            yield f"choose another {layer.group} in the {self._words.notebook_kind}'s {options}"
        if layer.rank == "podDefaults" and layer.origin.source in self._named:
            yield f"take {layer.origin.source.name} out of the Notebook's spec.podDefaults"
        shorthand = self._shorthand(field.path)
        if shorthand is not None:
            yield f"set {shorthand.keyed} in the Notebook, which sets requests and limits"
        rule = self._rule(field)
        if rule is not None:
            yield f"set it in the Notebook's spec.overrides, where the Template allows {rule}"

    def _shorthand(self, path: Path) -> Path | None:
        """The shorthand by which every Notebook may set a field; None where there is none.

        Labels, annotations and env have shorthands too, but not for what a lower layer sets.
        """
        if not self._speaks:
            return None
        above, name = path[:-1], path[-1]
        sides = (Path(("spec", "containers", Item(None, self.main), "resources", side)) for side in SIDES)
        return Path(("spec", "resources", name)) if name in FREE_RESOURCES and above in sides else None

    def _rule(self, field: Field) -> str | None:
        """What the Template's rules let a Notebook put into a field; None without a rule that covers it."""
        rules = [one for one in self._rules if covers(aimed(Path.parse(one.path), self.main), field.path)]
        return " or ".join(map(_allowed, rules)) or None


def _template_spec(notebook: Notebook, rendering: Rendering, catalog: Catalog) -> TemplateSpec | None:
    """The spec of the Template that is rendered."""
    id_ = rendering.template.value if rendering.template is not None else None
    found = catalog.template(notebook.conventions.template_kind, id_ or "")
    return found.spec if found is not None else None


def _named(rendering: Rendering, catalog: Catalog) -> set[Source]:
    """The PodDefaults that are there only because the Notebook names them."""
    found = (
        catalog.get("PodDefault", one.name, one.namespace)
        for one in rendering.pod_defaults
        if one.applied and one.why == "optional"
    )
    return {one.origin.source for one in found if one is not None}


def _allowed(rule: OverrideRule) -> str:
    """What one rule lets through, in words."""
    if rule.enum is not None:
        return (
            f"one of {len(rule.enum)} values"
            if len(rule.enum) > 8
            else "one of " + ", ".join(map(str, rule.enum))
        )
    if rule.glob is not None:
        return f"texts like {rule.glob}"
    bounds = [
        f"{word} {bound}"
        for word, bound in (("at least", rule.min), ("at most", rule.max))
        if bound is not None
    ]
    return " and ".join(bounds) or "any value"


# ---- options ----


def resolutions(rendering: Rendering, template: str) -> Iterator[tuple[str, Resolution]]:
    """The result of the Template, under that name, and that of every option group, each with its own."""
    if rendering.template is not None:
        yield template, rendering.template
    yield from rendering.selection.items()


def summary(one: Resolution) -> str:
    """What became of one selection, in a few words."""
    if one.chosen is None:
        return "not chosen, and there is no default"
    how = "chosen" if one.explicit else "the default"
    nearest = getattr(one, "nearest", ())
    return {
        "Gone": f"{one.chosen} is {how}, but does not exist"
        + (f"; did you mean {', '.join(nearest)}?" if nearest else ""),
        "Broken": f"{how}; it leads to {getattr(one, 'missing', '')}, which does not exist",
        "Cycle": f"{how}; its redirects form a cycle",
    }.get(one.outcome, how if one.value == one.chosen else f"{one.chosen} is {how}")


def steps(one: Resolution) -> Iterator[str]:
    """The redirects of one selection in words, in order."""
    for at, step in enumerate(one.chain):
        taken = "taken" if at < one.taken else "pending"
        message = f" {step.message.level}: {step.message.text}" if step.message else ""
        yield f"{step.source} -> {step.target} (when {step.when}, {taken}){message}"


def options_as_json(rendering: Rendering) -> dict[str, Any]:
    """``template`` and ``options``: what became of each selection, as plain JSON."""
    template = rendering.template
    return {
        "template": _resolution_as_json(template) if template is not None else None,
        "options": {group: _resolution_as_json(one) for group, one in rendering.selection.items()},
    }


def _resolution_as_json(one: Resolution) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "chosen": one.chosen,
        "explicit": one.explicit,
        "value": one.value,
        "chain": [
            {
                "source": step.source,
                "target": step.target,
                "when": step.when,
                "taken": at < one.taken,
                "message": {"level": step.message.level, "text": step.message.text} if step.message else None,
            }
            for at, step in enumerate(one.chain)
        ],
        "nearest": list(getattr(one, "nearest", ())),
    }


# ---- PodDefaults ----


def pod_defaults_as_json(rendering: Rendering) -> list[dict[str, Any]]:
    """What became of each PodDefault, as plain JSON."""
    return [
        {
            "namespace": one.namespace,
            "name": one.name,
            "applied": one.applied,
            "why": one.why,
            "reason": one.reason,
        }
        for one in rendering.pod_defaults
    ]
