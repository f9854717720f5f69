"""Losses: what notebooks use that an edit takes away, and the redirects that it adds, breaks or turns in a circle.

Refuses to know pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from nbcore.catalog import Catalog
from nbcore.environment import Environment
from nbcore.model.selection import Broken, Cycle, Redirected, Resolution
from nbcore.model.template import Template
from nbcore.planning.before import Before, Part
from nbcore.planning.fleet import Member
from nbcore.planning.outcomes import Led, Vanished

What = Literal["template", "group", "value", "podDefault"]


class _Loss(NamedTuple):
    what: What
    kind: str
    template: str
    group: str
    name: str


class Losses:
    """What is noted, part by part, of what is gone or leads elsewhere."""

    def __init__(self, given: Before, new: Catalog) -> None:
        self._before, self._new = given, new
        self._gone: dict[_Loss, list[Part]] = {}
        self._led: dict[tuple[str, str, Resolution], list[Part]] = {}

    def note(self, part: Part, new: Environment) -> None:
        """Notes what a part loses; ``new`` is its environment with the new catalog."""
        for loss in self._lost(part, new):
            self._gone.setdefault(loss, []).append(part)
        kind, template = part.choice.kind, part.choice.template
        for result in _elsewhere(part.env, new):
            self._led.setdefault((kind, template, result), []).append(part)

    def vanished(self) -> Iterator[Vanished]:
        """What is used and gone."""
        for loss, parts in self._gone.items():
            yield Vanished(*loss, self._members(parts))

    def led(self) -> Iterator[Led]:
        """The redirects that the edit made others."""
        for (kind, template, result), parts in self._led.items():
            chain = ((result.chosen or ""), *(step.target for step in result.chain))
            yield Led(
                "Broken"
                if isinstance(result, Broken)
                else "Cycle"
                if isinstance(result, Cycle)
                else "Redirected",
                kind,
                template,
                result.group,
                chain,
                result.missing if isinstance(result, Broken) else "",
                result.taken,
                result.messages,
                self._members(parts),
            )

    def _members(self, parts: Iterable[Part]) -> tuple[Member, ...]:
        return self._before.members(
            index
            for part in parts
            for cell in (*part.fine, *(cell for cell, _ in part.broken))
            for index in cell.indexes
        )

    def _lost(self, part: Part, new: Environment) -> Iterator[_Loss]:
        kind, template_kind, id_ = part.choice.kind, part.conventions.template_kind, part.choice.template
        used = dict.fromkeys((id_, part.env.template.value or id_))
        gone = [one for one in used if self._is_gone(template_kind, one)]
        yield from (_Loss("template", kind, id_, "", one) for one in gone)
        resolved = part.env.template.value or id_
        old = self._before.old.template(template_kind, resolved)
        now = self._new.template(template_kind, resolved)
        if old is not None and now is not None:
            for group, name in _lost_values(part.env, old, now):
                yield _Loss("value" if name else "group", kind, id_, group if name else "", name or group)
        yield from (_Loss("podDefault", kind, id_, "", name) for name in _lost_pod_defaults(part.env, new))

    def _is_gone(self, kind: str, id_: str) -> bool:
        return self._before.old.template(kind, id_) is not None and self._new.template(kind, id_) is None


def _lost_values(env: Environment, old: Template, new: Template) -> Iterator[tuple[str, str]]:
    """The groups that are gone, with no name, and the values that are gone from a group."""
    for result in env.selection.values():
        before, after = old.spec.group(result.group), new.spec.group(result.group)
        if before is None:
            continue
        if after is None:
            yield result.group, ""
            continue
        for id_ in dict.fromkeys((result.chosen, result.value)):
            if id_ is not None and before.value(id_) is not None and after.value(id_) is None:
                yield result.group, id_


def _lost_pod_defaults(old: Environment, new: Environment) -> Iterator[str]:
    """The PodDefaults that were applied, and now do not exist or are not offered."""
    faulty = {one.name for one in new.pod_defaults if one.code}
    for one in old.pod_defaults:
        if one.applied and one.name in faulty:
            yield f"{one.namespace}/{one.name}" if one.namespace else one.name


def _elsewhere(old: Environment, new: Environment) -> Iterator[Resolution]:
    """What leads on in another way than before."""
    pairs = [(old.template, new.template)]
    pairs += [(old.selection.get(group), result) for group, result in new.selection.items()]  # type: ignore[misc]
    for was, now in pairs:
        if isinstance(now, Redirected | Broken | Cycle) and (was is None or _told(was) != _told(now)):
            yield now


def _told(one: Resolution) -> tuple[object, ...]:
    return one.outcome, one.chosen, [(step.source, step.target, step.when) for step in one.chain]
