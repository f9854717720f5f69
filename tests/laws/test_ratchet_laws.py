"""Laws of the ratchet: what was wrong before is never what refuses an update."""

from __future__ import annotations

from typing import Any

from hypothesis import given

import nbcore
from tests.laws.kinds import small_kinds
from tests.laws.workspaces import pairs


def refused(objects: list[Any], old: list[Any]) -> list[tuple[str, str]]:
    report = nbcore.check(objects, old=old)
    return [(one.code, one.path.keyed) for one in report.findings if one.severity == "error"]


@given(small_kinds())
def test_an_update_that_changes_nothing_is_never_refused(objects: list[Any]) -> None:
    assert refused(objects, objects) == []


@given(pairs())
def test_a_workspace_that_stays_as_it_is_is_never_refused(pair: tuple[Any, Any]) -> None:
    objects = list(pair)
    assert refused(objects, objects) == []
