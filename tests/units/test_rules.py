"""The registry of rules: every rule is explained, shown to fail and to pass, and means the same for ever."""

from __future__ import annotations

import re
from pathlib import Path as File
from typing import Any, NamedTuple

import pytest

import nbcore
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from nbcore.rules import CODES, FAMILIES, RETIRED, RULES, page
from nbcore.settings import Settings

FROZEN = File(__file__).parent.parent / "golden" / "rules.txt"
PAGE = re.compile(
    r"# (?P<code>NB\d{3}): (?P<title>[^\n]+)\n\n(?P<why>.+?)\n\n"
    r"(?:## Before\n\n```yaml\n(?P<before>.+?)```\n\n)?"
    r"## Fails\n\n```yaml(?P<settings>[^\n]*)\n(?P<fails>.+?)```\n\n"
    r"## Passes\n\n```yaml(?P<settings_of_passes>[^\n]*)\n(?P<passes>.+?)```\n\n"
    r"## Remedy\n\n(?P<remedy>.+?)\n\nSource: (?P<source>[^\n].*)\n",
    re.DOTALL,
)


BY_TEXT = frozenset(one.code for one in RULES if one.code.startswith("NB19"))
"""Rules about comments and annotations of the shell, which judges them; its own tests try their pages."""


BY_REQUEST = frozenset(one.code for one in RULES if one.needs == "an admission request")
"""Rules about who asks: their pages show an AdmissionReview, after the objects that the catalog holds."""


class Page(NamedTuple):
    """A page taken apart."""

    title: str
    why: str
    fails: str
    passes: str
    remedy: str
    settings: Settings
    settings_of_passes: Settings
    before: str


def parsed(code: str) -> Page:
    match = PAGE.fullmatch(page(code))
    assert match is not None, f"the page of {code} has another form"
    assert match["code"] == code
    ours = code not in BY_TEXT
    return Page(
        match["title"],
        match["why"],
        match["fails"],
        match["passes"],
        match["remedy"],
        settings(match["settings"] if ours else ""),
        settings(match["settings_of_passes"] if ours else ""),
        match["before"] or "",
    )


def settings(words: str) -> Settings:
    given: dict[str, Any] = dict(word.split("=", 1) for word in words.split())
    return Settings(**given)


def found(text: str, chosen: Settings, code: str, before: str) -> list[Finding]:
    documents = nbcore.load(text.encode(), f"{code}.yaml")
    if code in BY_REQUEST:
        return refused([one.value for one in documents], chosen, code)
    report = nbcore.check(documents, old=nbcore.load(before.encode()) if before else (), settings=chosen)
    findings = {*documents.findings, *report.findings}
    return [one for one in findings if one.code == code]


def refused(values: list[Any], chosen: Settings, code: str) -> list[Finding]:
    """What the validating hook has against the review that stands last; nothing else may be wrong with it."""
    *objects, review = values
    said = nbcore.admission.review(review, nbcore.Catalog(objects), chosen, phase="validate")["response"]
    causes = said.get("status", {}).get("details", {}).get("causes", [])
    assert said["allowed"] or {one["message"][:5] for one in causes} == {code}, said
    told = [one["message"].removeprefix(f"{code}: ").partition(". ") for one in causes]
    return [Finding(code, "error", Path(()), message, remedy) for message, _, remedy in told]


CASES = [rule.code for rule in RULES if rule.code not in BY_TEXT]


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_every_rule_has_a_page(code: str) -> None:
    one = parsed(code)
    assert one.title == CODES[code].title
    assert one.remedy.strip().endswith((".", "`")), "a remedy is a sentence"
    assert one.why.strip().endswith((".", ":", "`"))


@pytest.mark.parametrize("code", CASES)
def test_what_a_page_calls_wrong_is_found(code: str) -> None:
    one = parsed(code)
    faults = found(one.fails, one.settings, code, one.before)
    assert faults, f"the example of {code} has nothing of that code"
    assert all(fault.message for fault in faults)


@pytest.mark.parametrize("code", CASES)
def test_what_a_page_calls_right_is_not_found(code: str) -> None:
    one = parsed(code)
    assert found(one.passes, one.settings_of_passes, code, one.before) == []


@pytest.mark.parametrize("code", CASES)
def test_every_finding_says_what_to_do(code: str) -> None:
    one = parsed(code)
    silent = [fault.message for fault in found(one.fails, one.settings, code, one.before) if not fault.remedy]
    assert not silent


def test_there_is_no_page_without_a_rule() -> None:
    folder = File(nbcore.__file__).parent / "rules" / "pages"
    assert {path.stem for path in folder.glob("*.md")} == set(CODES)


def frozen() -> dict[str, str]:
    lines = FROZEN.read_text().splitlines()
    return dict(line.split(" ", 1) for line in lines if line and not line.startswith("#"))


def test_no_code_changes_its_meaning_or_comes_back() -> None:
    """A code that was once in the file keeps its title, or stands in RETIRED and in nothing else."""
    known = frozen()
    changed = {
        code: (title, CODES[code].title if code in CODES else "gone")
        for code, title in known.items()
        if not (code in RETIRED and code not in CODES) and (code not in CODES or CODES[code].title != title)
    }
    assert not changed


def test_every_code_is_frozen() -> None:
    new = {rule.code for rule in RULES} - frozen().keys()
    assert not new, "add them to tests/golden/rules.txt: python -m tests.units.test_rules"


def test_the_families_are_those_of_the_design() -> None:
    assert list(FAMILIES) == ["NB1", "NB2", "NB3", "NB4", "NB5", "NB6", "NB7", "NB8", "NB9"]
    assert {rule.code[:3] for rule in RULES} == set(FAMILIES)


def freeze() -> None:
    """Adds the codes that are new; what stands in the file stays as it is."""
    known = frozen() if FROZEN.exists() else {}
    known |= {rule.code: rule.title for rule in RULES if rule.code not in known}
    head = "# What every code means, for ever: lines are added, and never changed or taken out.\n"
    FROZEN.write_text(head + "".join(f"{code} {title}\n" for code, title in sorted(known.items())))


if __name__ == "__main__":
    freeze()
