"""The laws of redirects: whatever the table, a chain ends, says why, and is taken as far as the event allows."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.model.selection import Broken, Cycle, Gone, Redirected, Selected
from nbcore.model.template import Redirect, When
from nbcore.resolve.redirects import TAKES, follow

IDS = ("a", "b", "c", "d", "e", "f")
WHENS: tuple[When, ...] = ("Offer", "Restart", "Idle", "Immediate")
redirects = st.builds(Redirect, to=st.sampled_from((*IDS, "missing")), when=st.sampled_from(WHENS))
tables = st.dictionaries(st.sampled_from(IDS), st.none() | redirects)
events = st.sampled_from(sorted(TAKES.values(), key=sorted)) | st.frozensets(st.sampled_from(WHENS))
Table = dict[str, Any]


@given(tables, st.sampled_from(IDS), events)
def test_redirects_terminate(table: Table, chosen: str, takes: frozenset[When]) -> None:
    result = follow("g", chosen, table.__getitem__, takes)
    event(result.outcome)
    last = result.chain[-1].target if result.chain else chosen
    expected: dict[type, bool] = {
        Gone: chosen not in table,
        Selected: chosen in table and table[chosen] is None,
        Broken: bool(result.chain) and last not in table,
        Cycle: last in [step.source for step in result.chain],
        Redirected: bool(result.chain) and last in table and table[last] is None,
    }
    assert [kind for kind, holds in expected.items() if holds] == [type(result)]
    assert (result.value is None) == isinstance(result, Gone)


@given(tables, st.sampled_from(IDS), events)
def test_redirects_are_idempotent(table: Table, chosen: str, takes: frozenset[When]) -> None:
    first = follow("g", chosen, table.__getitem__, takes)
    if first.value is not None:
        again = follow("g", first.value, table.__getitem__, takes)
        assert again.value == first.value
        assert again.taken == 0
        if isinstance(first, Redirected):
            assert again.chain == first.pending


@given(tables, st.sampled_from(IDS), events)
def test_redirect_chain_never_repeats(table: Table, chosen: str, takes: frozenset[When]) -> None:
    chain = follow("g", chosen, table.__getitem__, takes).chain
    sources = [step.source for step in chain]
    assert len(set(sources)) == len(sources) <= len(table)
    assert [step.target for step in chain[:-1]] == sources[1:]
    assert sources[:1] in ([], [chosen])


@given(tables, st.sampled_from(IDS), events)
def test_redirects_are_taken_up_to_the_first_that_the_event_does_not_allow(
    table: Table, chosen: str, takes: frozenset[When]
) -> None:
    result = follow("g", chosen, table.__getitem__, takes)
    taken, pending = result.chain[: result.taken], result.pending
    assert all(step.when in takes for step in taken)
    if isinstance(result, Redirected):
        assert not pending or pending[0].when not in takes
        assert result.value == (taken[-1].target if taken else chosen)
    else:
        assert not taken
        assert result.value in (chosen, None)
