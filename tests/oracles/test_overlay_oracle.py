"""`overlay` against Kubernetes' strategic merge with the order written out, where the two are to agree.

`python -m tests.oracles.test_overlay_oracle --cases 100000 --seed 7 --jobs 2` is the long run.
"""

from __future__ import annotations

import sys
from random import Random
from typing import Any

import pytest

from nbcore.strategic.overlaying import overlay
from tests.oracles.comparison import Batch, Question, cases_from, main, minimised, run
from tests.oracles.layers import comparable, overlay_cases, written_out


def _batch(random: Random, count: int) -> Batch:
    lowers, upper = overlay_cases(random, count)
    return Batch(lowers, written_out(lowers[0], upper), upper)


def _again(lower: Any, upper: Any) -> Batch:
    try:
        if comparable(lower, upper):
            return Batch([lower], written_out(lower, upper), upper)
    except LookupError:  # an element has lost its key
        pass
    return Batch([], {}, {})


QUESTION = Question(_batch, overlay, _again)
DEFAULT_CASES = 1_000


@pytest.mark.oracle
def test_overlay_agrees_with_merge_and_written_out_order() -> None:
    tally = run(QUESTION, cases_from("NBCORE_OVERLAY_CASES", DEFAULT_CASES), seed=1)
    assert not tally.different, str(minimised(QUESTION, tally.differences[0]))
    assert not tally.refused  # in this domain neither has a reason to


if __name__ == "__main__":
    sys.exit(main(QUESTION, DEFAULT_CASES))
