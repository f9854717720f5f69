"""Our own fixtures of the Pod Security Standards: every check, version step and kind of container."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nbcore.checks.podsecurity import Verdict, check, verdict
from nbcore.checks.podsecurity.standard import STANDARD, active, effective
from tests.podsecurity.cases import BASELINE, LEVELS, RESTRICTED, Case, cases, changed, hardened, in_force
from tests.podsecurity.mutants import CLAMPS, MINORS, MOMENTS, Mutant, failed, mutants, survivor
from tests.podsecurity.verdicts import FILE, frozen

CASES = cases()
GROUPS = sorted({one.group for one in CASES})


@pytest.mark.parametrize("group", GROUPS)
def test_cases_get_the_verdict_that_the_standard_gives(group: str) -> None:
    wrong = [
        (one.name, moment, found, one.expected(*moment))
        for one in CASES
        if one.group == group
        for moment in MOMENTS
        if (found := failed(one, moment)) != one.expected(*moment)
    ]
    assert not wrong


def test_verdicts_and_denials_are_those_that_were_frozen() -> None:
    assert json.loads(Path(FILE).read_text(encoding="utf-8")) == frozen(CASES)


def test_every_check_has_cases_that_fail() -> None:
    failing = {name.split("<")[0].split(">")[0] for one in CASES for name in one.fails}
    assert failing == {one.id for one in STANDARD}


@pytest.mark.parametrize("level", LEVELS)
def test_checks_are_in_force_when_the_standard_says(level: str) -> None:
    for minor in range(40):
        assert [one.id for one, _ in active(level, minor)] == in_force(level, minor)


def test_the_standard_has_19_checks_in_31_revisions_in_the_order_of_denials() -> None:
    assert (len(STANDARD), sum(len(one.revisions) for one in STANDARD)) == (19, 31)
    assert [one.id for one in STANDARD] == [*sorted(BASELINE), *sorted(RESTRICTED)]
    assert len({one.code for one in STANDARD}) == 19


def test_how_many_checks_are_in_force() -> None:
    counts = {minor: tuple(len(active(level, minor)) for level in LEVELS) for minor in (0, 8, 19, 22, 23, 34)}
    assert counts == {0: (11, 12), 8: (11, 13), 19: (11, 13), 22: (11, 13), 23: (11, 14), 34: (12, 15)}


@pytest.mark.parametrize(("asked", "cluster", "minor"), CLAMPS)
def test_no_version_is_younger_than_the_cluster(asked: str, cluster: str, minor: int) -> None:
    assert effective(asked, cluster) == minor


@pytest.mark.parametrize("version", ["", "1", "1.01", "2.0", "1.-1", "1.1 ", "v1.1\n", "1.\u0661", "newest"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(ValueError, match="no version"):
        effective(version, "1.36")


def test_what_is_no_level_is_refused() -> None:
    with pytest.raises(ValueError, match="no level"):
        list(check(hardened(), "Restricted", "latest", "newest"))


def test_a_user_namespace_unlocks_root_only_on_a_cluster_that_knows_it() -> None:
    pod = changed(hardened(), {"hostUsers": False, "securityContext.runAsUser": 0})
    assert verdict(pod, "restricted", "latest", "1.35").allowed
    assert not verdict(pod, "restricted", "latest", "1.34").allowed
    assert not verdict(pod, "restricted", "1.36", "1.34").allowed
    assert not verdict(pod, "restricted", "1.34", "1.36").allowed


@pytest.mark.parametrize("case", CASES[::9], ids=lambda one: one.name)
def test_the_privileged_level_has_nothing_against_any_pod(case: Case) -> None:
    assert verdict(case.pod, "privileged", "latest", "newest") == Verdict(True, (), "")
    assert not list(check(case.pod, "privileged", "latest", "newest"))


@pytest.mark.parametrize("mutant", mutants()[::12], ids=lambda one: one.name)
def test_wrong_evaluators_are_found_out(mutant: Mutant) -> None:
    """A sample; `make mutants` tries all."""
    assert not survivor(mutant)


def test_enough_wrong_evaluators() -> None:
    names = [one.name for one in mutants()]
    assert len(names) == len(set(names)) >= 64
    assert len(MINORS) >= 22
