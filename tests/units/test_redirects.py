"""The event table of redirects, row by row, and chains that stop half-way."""

from __future__ import annotations

import pytest

from nbcore.model.notebook import UpdatePolicy
from nbcore.model.selection import Broken, Cycle, Gone, Redirected
from nbcore.model.template import Message, Redirect, When
from nbcore.resolve.redirects import TAKES, Event, follow, nearest

ROWS: tuple[tuple[Event, UpdatePolicy, tuple[When, ...]], ...] = (
    ("busy", "Auto", ("Immediate",)),
    ("idle", "Auto", ("Idle", "Immediate")),
    ("start", "Auto", ("Restart", "Idle", "Immediate")),
    ("busy", "Manual", ("Immediate",)),
    ("idle", "Manual", ("Immediate",)),
    ("start", "Manual", ("Immediate",)),
)
WHENS: tuple[When, ...] = ("Offer", "Restart", "Idle", "Immediate")


@pytest.mark.parametrize("when", WHENS)
@pytest.mark.parametrize(("event", "policy", "taken"), ROWS)
def test_an_event_takes_what_the_table_says(
    event: Event, policy: UpdatePolicy, taken: tuple[When, ...], when: When
) -> None:
    table = {"a": Redirect(to="b", when=when), "b": None}
    result = follow("g", "a", table.__getitem__, TAKES[event, policy])
    assert (result.value, result.taken) == (("b", 1) if when in taken else ("a", 0))


def test_a_chain_stops_before_the_first_step_that_is_not_taken() -> None:
    table = {
        "a": Redirect(to="b", when="Restart", message=Message(text="one")),
        "b": Redirect(to="c", message=Message(level="Danger", text="two")),
        "c": Redirect(to="d", when="Immediate"),
        "d": None,
    }
    result = follow("g", "a", table.__getitem__, TAKES["start", "Auto"])
    assert isinstance(result, Redirected)
    assert (result.value, result.taken, [step.target for step in result.pending]) == ("b", 1, ["c", "d"])
    assert [message.text for message in result.messages] == ["two", "one"]


def test_broken_cycle_and_gone() -> None:
    table = {"a": Redirect(to="x", when="Immediate"), "b": Redirect(to="b", when="Immediate")}
    takes = TAKES["start", "Auto"]
    broken = follow("g", "a", table.__getitem__, takes)
    cycle = follow("g", "b", table.__getitem__, takes)
    gone = follow("g", "c", table.__getitem__, takes)
    assert isinstance(broken, Broken) and (broken.value, broken.missing) == ("a", "x")
    assert isinstance(cycle, Cycle) and cycle.value == "b"
    assert isinstance(gone, Gone) and gone.value is None


def test_nearest() -> None:
    assert nearest("jupyter-3.1", ["vscode", "jupyter-3.11", "jupyter-3.10"])[0].startswith("jupyter")
    assert nearest("x" * 100_000, ["a"]) == ()
