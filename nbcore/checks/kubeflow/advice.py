"""What upstream takes of a WorkspaceKind and its users run into later (NB9).

Probes that never get an answer, redirects that break links, filter rules that never have a say, mounts that
a home volume takes the place of. Refuses to know who uses the kind.

Source: reference behaviour of Kubeflow Notebooks 2.0, sections 1.4, 4.1.2, 4.2.3 and 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from nbcore.checks.mount_paths import canonical
from nbcore.finding import Finding, Position, Source
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.selector import Selector
from nbcore.model.element import Element
from nbcore.model.filter_rule import FilterRule
from nbcore.model.template import OptionGroup, OptionValue, Template
from nbcore.model.workspace_kind import IMAGE, WorkspaceKindSpec

_MOST_COMPARED: Final = 64
"""So many earlier filter rules of a scope are compared with a later one."""
_MOST_NAMED: Final = 3
_MOUNTS: Final = ("spec", "template", "spec", "containers", 0, "volumeMounts")


def advice(kind: Template) -> Iterator[Finding]:
    """The findings for what works otherwise than the author of a WorkspaceKind thinks.

    Raises: TypeError for a Template of another dialect.
    """
    spec = kind.spec
    if not isinstance(spec, WorkspaceKindSpec):
        raise TypeError(f"a {kind.kind} is no WorkspaceKind")
    images = spec.group(IMAGE)
    if images is not None:
        yield from _probe(spec, images)
        yield from _lost_endpoints(images)
    yield from (_is_unreached(rule, wider) for rule, wider in unreached(spec.filters))
    yield from _mounts_at_home(kind)


# ---- NB920, NB921: probes without an answer ----


def _probe(spec: WorkspaceKindSpec, images: OptionGroup) -> Iterator[Finding]:
    probe = spec.activity_probe
    id_ = probe.jupyter_port if probe is not None else None
    port = next((one for one in spec.ports if one.id == id_), None)
    if probe is None or port is None:
        return
    if port.strip_prefix:
        yield probe.origin.finding(
            "NB920",
            f"the probe asks below the path of {port.id[:64]}, and the route removes that path: nothing answers",
            "Set removePathPrefix to false, or use a script as the probe.",
            path=("jupyter", "portId"),
            related=(_place(port, "stripPrefix"),),
        )
    for value in images.values:
        if all(one.id != port.id for one in value.ports):
            yield value.origin.finding(
                "NB921",
                f"the image has no port {port.id[:64]}, which the activity probe asks",
                "Add the port, or use a script as the probe.",
                path=("ports",),
                related=(_place(probe, "jupyter", "portId"),),
            )


def _place(part: Element, *path: str) -> tuple[Source, Path, Position | None]:
    origin = part.origin
    return (origin.source, origin.path(*path), origin.position(*path))


# ---- NB922: redirects to images with less ----


def _lost_endpoints(images: OptionGroup) -> Iterator[Finding]:
    """Redirects to an image that lacks an endpoint of the one that is replaced."""
    known = {value.id: value for value in images.values}
    for value in images.values:
        target = known.get(value.redirect.to) if value.redirect is not None else None
        lost = [] if target is None else _missing(value, target)
        if value.redirect is not None and lost:
            more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
            yield value.redirect.origin.finding(
                "NB922",
                f"the image {value.redirect.to[:64]} lacks endpoints that {value.id[:64]} has: "
                f"{', '.join(lost[:_MOST_NAMED])}{more}",
                "Give the new image the same port ids, or tell people in the redirect's message.",
                path=("to",),
            )


def _missing(value: OptionValue, target: OptionValue) -> list[str]:
    there = {port.id for port in target.ports}
    return [port.id for port in value.ports if port.id not in there]


# ---- NB923: filter rules that are never reached ----


class _Asked(NamedTuple):
    """What a filter rule asks for: (whose labels, a requirement), and whose labels must be known at all."""

    rule: FilterRule
    requirements: frozenset[object]

    @classmethod
    def of(cls, rule: FilterRule) -> _Asked | None:
        """What a rule asks for, or None where a condition of it cannot be read or there is none."""
        asked: set[object] = set()
        for condition in rule.match:
            parsed = Selector.parse(condition.selector)[0]
            if condition.about is None or parsed is None:
                return None
            asked.add(condition.about)
            asked.update((condition.about, one.key, one.operator, one.members) for one in parsed.requirements)
        return cls(rule, frozenset(asked)) if asked else None


def unreached(rules: Iterable[FilterRule]) -> Iterator[tuple[FilterRule, FilterRule]]:
    """The rules that never have a say, each with an earlier one that matches whatever it matches.

    Laws: test_a_filter_rule_that_is_never_reached_changes_nothing; the cost is linear in the number of rules.
    """
    before: dict[str, list[_Asked]] = {}
    for rule in rules:
        asked = _Asked.of(rule)
        if asked is None:
            continue
        earlier = before.setdefault(rule.scope, [])
        wider = next((one for one in earlier if one.requirements <= asked.requirements), None)
        if wider is not None:
            yield rule, wider.rule
        elif len(earlier) < _MOST_COMPARED:
            earlier.append(asked)


def _is_unreached(rule: FilterRule, wider: FilterRule) -> Finding:
    there = wider.origin
    return rule.origin.finding(
        "NB923",
        "an earlier filter rule matches whatever this one matches, and the first one counts alone",
        "Put it in front of the wider rule, or join the two.",
        related=((there.source, there.path(), there.position()),),
    )


# ---- NB924: mounts where the home volume goes ----


def _mounts_at_home(kind: Template) -> Iterator[Finding]:
    home = kind.spec.home
    mounts = kind.spec.template["spec"]["containers"][0].get("volumeMounts") or ()
    for at, one in enumerate(mounts):
        path = one.get("mountPath")
        if home is not None and isinstance(path, str) and canonical(path) == canonical(home.mount_path):
            yield kind.origin.finding(
                "NB924",
                f"the mount lies at {path[:64]}, where the home volume of a Workspace is mounted",
                "Mount it somewhere else, or leave it to the Workspaces.",
                path=(*_MOUNTS, at, "mountPath"),
            )
