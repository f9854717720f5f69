"""The last lines for people: what was found, in how much, and what was not looked at.

Refuses to know single findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from nbcore.cli.columns import columns
from nbcore.cli.findings import number
from nbcore.cli.terminal import printable
from nbcore.cli.verdict import Verdict
from nbcore.rules import CODES

if TYPE_CHECKING:
    from nbcore.report import NotEvaluated

_MOST: Final = 8
"""Lines of what was not evaluated; the JSON form has them all."""


def summary(verdict: Verdict) -> str:
    """How many problems there are, in how many files, objects and pods, and what was not evaluated."""
    lines = [f"{_problems(verdict)} in {_ground(verdict)}.", *_remarks(verdict)]
    return "\n".join(map(printable, lines))


def statistics(verdict: Verdict) -> str:
    """How often each code was found, the most frequent first."""
    counts = Counter(one.code for one in verdict.findings)
    rows = [
        (f"{count:,}".rjust(7), code, CODES[code].severity, CODES[code].title)
        for code, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    ]
    return "\n".join(columns(rows, (7, 5, 7, 120)))


def not_evaluated(needs: Sequence[NotEvaluated]) -> dict[tuple[str, str], list[str]]:
    """What was not evaluated, by code and by what would have to be given, with the subjects of each."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in needs:
        found.setdefault((one.code, one.needs), []).append(one.subject)
    return found


def _problems(verdict: Verdict) -> str:
    """How many problems there are, and of which severity; what is only worth knowing is no problem."""
    counts = verdict.counts
    total = counts["error"] + counts["warning"]
    parts = ", ".join(number(count, severity) for severity, count in counts.items() if count)
    head = f"Found {number(total, 'problem')}" if total else "No problems"
    return f"{head} ({parts})" if parts else head


def _ground(verdict: Verdict) -> str:
    """What was judged: files, objects, and the pods that these can produce."""
    parts = [number(verdict.files, "file"), number(verdict.objects, "object")]
    if verdict.pods:
        parts.append(f"{number(verdict.pods, 'pod')} ({verdict.rendered:,} rendered)")
    if verdict.compared is not None:
        parts.append(f"compared with {number(verdict.compared, 'old object')}")
    return ", ".join(parts)


def _remarks(verdict: Verdict) -> Iterator[str]:
    safe, unsafe = verdict.fixable
    fixable = [f"{safe:,} fixable with --fix"] if safe else []
    fixable += [f"{unsafe:,} {'more ' if safe else 'fixable '}with --unsafe-fixes"] if unsafe else []
    if fixable:
        yield f"{', '.join(fixable)}."
    for by, count in verdict.left_out.items():
        if count:
            yield f"{number(count, 'problem')} left out by {by}."
    yield from _needs(verdict)


def _needs(verdict: Verdict) -> Iterator[str]:
    found = not_evaluated(verdict.not_evaluated)
    for (code, needs), subjects in list(found.items())[:_MOST]:
        named = [one for one in subjects if one]
        more = f" and {len(named) - 1:,} more" if len(named) > 1 else ""
        yield f"Not evaluated: {f'{named[0]}{more} ({code})' if named else code}: needs {needs}."
    if len(found) > _MOST:
        yield f"Not evaluated: {len(found) - _MOST:,} more; `-o json` lists them."
