"""What is wrong with a selection: options, redirects and PodDefaults that do not exist or do not fit (NB2).

The result is about a Notebook but does not hold it, so that notebooks with the same selection share it.

Refuses to know how a selection is resolved, and which notebook made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nbcore.finding import CODES, Finding, Position, Severity, Source
from nbcore.kubernetes.paths import Path
from nbcore.model.origin import Origin
from nbcore.model.selection import Broken, Cycle, Gone, Redirected, Resolution
from nbcore.model.template import OptionGroup, Template


class Issue(NamedTuple):
    """What is wrong with a Notebook's choice; it becomes a finding on the Notebook that made it."""

    code: str
    path: tuple[str | int, ...]
    message: str
    remedy: str
    severity: Severity | None = None
    """Another severity than the code has in the table."""
    related: tuple[tuple[Source, Path, Position | None], ...] = ()
    """Places in the Template that play a part."""

    @property
    def fatal(self) -> bool:
        """Whether nothing can be rendered."""
        return (self.severity or CODES[self.code].severity) == "error"

    def grave(self) -> Issue:
        """The same as an error."""
        return self._replace(severity="error")

    def at(self, origin: Origin) -> Finding:
        """The finding on the Notebook that stands there."""
        return origin.finding(
            self.code,
            self.message,
            self.remedy,
            path=self.path,
            severity=self.severity,
            related=self.related,
        )


class PodDefaultFault(NamedTuple):
    """A PodDefault that cannot be applied: its code, name, the reason, and its index in the Notebook's list.

    Shape: ``reference`` is where the Template names it.
    """

    code: str
    name: str
    reason: str
    place: int | None
    reference: Origin | None = None


def template_issues(result: Resolution, deprecated: str | None, kind: str = "Template") -> list[Issue]:
    """What is to be said of the Template that a Notebook names; ``deprecated`` is the message of its admin.

    Shape: ``kind`` is what the dialect calls a Template.
    """
    path = ("spec", "templateRef")
    if not isinstance(result, Gone):
        issues: list[Issue] = []
        redirect_issues(result, kind, path, issues)
        if deprecated:
            message = f"the {kind} {result.chosen} is deprecated: {deprecated}"
            issues.append(Issue("NB214", path, message, f"Move to another {kind} when it suits you."))
        return issues
    message = f"the {kind} {result.chosen} does not exist"
    return [Issue("NB201", path, message, did_you_mean(result.nearest) or "Create it, or name another one.")]


def unreadable_template(kind: str, id_: str) -> Issue:
    """That the Template is there and cannot be read."""
    message = f"the {kind} {id_} cannot be read: it has errors of its own"
    return Issue("NB201", ("spec", "templateRef"), message, f"Repair the {kind} first.")


def did_you_mean(near: Sequence[str]) -> str:
    """The question with what looks like the wrong word; empty when nothing does."""
    return f"Did you mean {' or '.join(near)}?" if near else ""


def redirect_issues(result: Resolution, what: str, path: tuple[str | int, ...], issues: list[Issue]) -> None:
    """Notes for the user about where a selection leads."""
    if isinstance(result, Broken):
        issues.append(
            Issue(
                "NB207",
                path,
                f"the {what} {result.chosen} redirects to {result.missing}, which does not exist",
                f"{result.value} is used meanwhile. Ask the admin to mend the redirect.",
            )
        )
    elif isinstance(result, Cycle):
        loop = " → ".join([step.source for step in result.chain] + [result.chain[-1].target])
        issues.append(
            Issue(
                "NB208",
                path,
                f"the {what} {result.chosen} redirects in a circle: {loop}",
                f"{result.value} is used meanwhile. Ask the admin to break the circle.",
            )
        )
    elif isinstance(result, Redirected):
        issues.append(_replaced(result, what, path))


def _replaced(result: Redirected, what: str, path: tuple[str | int, ...]) -> Issue:
    """What becomes of a selection that leads on: what is used, what is offered, and what people are told."""
    said = []
    if result.taken:
        said.append(f"{result.chain[result.taken - 1].target} is used")
    if result.pending:
        said.append(f"{result.chain[-1].target} is offered")
    message = f"the {what} {result.chosen} is replaced: {', '.join(said)}"
    told = "; ".join(one.text for one in result.messages)
    loud = any(one.level == "Danger" for one in result.messages)
    remedy = f"Choose {result.chain[-1].target} to settle it."
    return Issue(
        "NB213", path, f"{message} ({told})" if told else message, remedy, "warning" if loud else None
    )


def option_issues(template: Template, selection: Mapping[str, Resolution]) -> list[Issue]:
    """What is wrong with the options that a Notebook chose."""
    issues: list[Issue] = []
    known = {group.id for group in template.spec.options}
    for id_, result in selection.items():
        path: tuple[str | int, ...] = ("spec", "options", id_)
        if not isinstance(result, Gone):
            redirect_issues(result, f"{id_} value", path, issues)
        elif id_ not in known:
            issues.append(
                Issue(
                    "NB203",
                    path,
                    f"the Template has no option group {id_}",
                    did_you_mean(result.nearest) or "Remove it.",
                )
            )
        elif result.chosen is None:
            values = ", ".join(value.id for value in (template.spec.group(id_) or _NO_GROUP).values[:10])
            issues.append(
                Issue(
                    "NB202",
                    ("spec", "options"),
                    f"the option {id_} must be chosen",
                    f"Choose one of: {values}.",
                )
            )
        else:
            issues.append(
                Issue(
                    "NB204",
                    path,
                    f"the {id_} value {result.chosen} does not exist",
                    did_you_mean(result.nearest) or "Choose another one.",
                )
            )

    return issues


_NO_GROUP = OptionGroup(id="-", values=())


def misfit_issues(misfits: Sequence[tuple[str, str, str, str]]) -> list[Issue]:
    """What does not fit together: (group, value, other group, reason) each."""
    return [
        Issue(
            "NB209",
            ("spec", "options", group),
            f"{group} {value} does not fit the chosen {other}: {reason}",
            f"Choose another {group} or another {other}.",
        )
        for group, value, other, reason in misfits
    ]


def pod_default_issues(faults: Sequence[PodDefaultFault], near: Mapping[str, Sequence[str]]) -> list[Issue]:
    """What is wrong with the PodDefaults; ``near`` are offered names that look like one that is not."""
    issues: list[Issue] = []
    for fault in faults:
        path = ("spec", "templateRef") if fault.place is None else ("spec", "podDefaults", fault.place)
        other = "Remove it." if fault.code == "NB206" else "Ask the admin to create it."
        remedy = did_you_mean(near.get(fault.name, ())) or other
        message = f"the PodDefault {fault.name} cannot be applied: {fault.reason}"
        there = fault.reference
        related = ((there.source, there.path("name"), there.position("name")),) if there else ()
        issues.append(Issue(fault.code, path, message, remedy, related=related))
    return issues
