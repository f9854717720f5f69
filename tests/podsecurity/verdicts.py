"""The frozen verdicts: what our evaluator said of every case when it was compared with Kubernetes.

``python -m tests.podsecurity.verdicts`` writes them again; what changes then needs a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from nbcore.checks.podsecurity import verdict
from nbcore.checks.podsecurity.standard import active
from tests.podsecurity.cases import LEVELS, NEWEST, Case, cases

FILE = Path(__file__).with_name("verdicts.json")


def frozen(found: Iterable[Case]) -> dict[str, dict[str, list[str]]]:
    """Level and denial by case, each with the first version that says it.

    Shape: ``{case: {level: ["v1.0 allowed", "v1.19 <denial>", ...]}}``; many denials that are the same but for
    the version stand there once.
    """
    return {one.name: {level: list(_steps(one, level)) for level in LEVELS} for one in found}


def _steps(case: Case, level: str) -> list[str]:
    steps: list[tuple[str, str]] = []
    for minor in range(NEWEST + 1):
        if minor and active(level, minor) == active(level, minor - 1):
            continue
        denial = verdict(case.pod, level, f"1.{minor}", "newest").denial
        said = denial.partition('": ')[2] or "allowed"
        if not steps or steps[-1][1] != said:
            steps.append((f"v1.{minor}", said))
    return [f"{version} {_short(said)}" for version, said in steps]


def _short(text: str) -> str:
    """The text, or its beginning and its digest."""
    return (
        text if len(text) <= 160 else f"{text[:80]}… sha256:{hashlib.sha256(text.encode()).hexdigest()[:16]}"
    )


def written(found: Iterable[Case]) -> str:
    """The frozen verdicts as JSON, one line a case."""
    lines = (f"{json.dumps(name)}: {json.dumps(one)}" for name, one in frozen(found).items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    FILE.write_text(written(cases()), encoding="utf-8")
