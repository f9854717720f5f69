"""Findings at the field that upstream names, with the position of the very part that is wrong.

Upstream reports a label at the map that holds it, and an element of a selector by its index. Refuses to know
rules, and how a finding is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from nbcore.checks.fault import Fault, RawPath
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.selector import Selector
from nbcore.model.origin import Origin


def at_map(fault: Fault, origin: Origin, path: RawPath, code: str) -> Finding:
    """The finding for a fault at or below a map: it names the map, and stands where the fault is.

    Shape: ``fault.path`` starts below ``path``.
    """
    found = origin.finding(code, fault.message, fault.remedy, path=path)
    document = origin.document
    if document is None or not fault.path:
        return found
    return replace(found, position=document.position(origin.place((*path, *fault.path)), key=True))


def selector_findings(origin: Origin, path: RawPath, selector: Any) -> Iterator[Finding]:
    """Everything that is wrong with the label selector at a path below a part; None is no selector."""
    for inner, reason in _distinct(Selector.parse(selector)[1]):
        named = inner[:1] if inner[:1] == ("matchLabels",) else inner
        yield replace(
            origin.finding(
                "NB230",
                f"the selector is not valid: {_subject(inner)} {reason}",
                "Write keys and values as Kubernetes wants them of labels, and operators with what they need.",
                path=path,
            ),
            path=Path((*origin.path(*path), *named)),
            position=origin.position(*path, *inner),
        )


def _distinct(problems: Iterable[tuple[RawPath, str]]) -> list[tuple[RawPath, str]]:
    return list(dict.fromkeys(problems))


def _subject(inner: RawPath) -> str:
    """What the words about a problem of a selector begin with: the field, or the label."""
    if not inner:
        return "it"
    if inner[0] == "matchLabels" and len(inner) > 1:
        return f"the label {str(inner[1])[:64]}"
    return str(Path(inner))
