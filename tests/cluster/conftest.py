"""The stage of all tests that play people, started once a session, with a notebook of ada's that runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.stage import Stage, opened
from tests.cluster.stage_objects import CATALOG, notebook


@pytest.fixture(scope="session")
def stage() -> Iterator[Stage]:
    """A cluster on which the webhook is installed and serves."""
    with opened() as made:
        yield made


@pytest.fixture(scope="session")
def team(stage: Stage) -> str:
    """The namespace that ada and bob share."""
    return stage.namespace()


@pytest.fixture(scope="session")
def running(stage: Stage, team: str) -> Any:
    """Ada's notebook that runs, as it was stored."""
    stage.run(notebook("running", team), CATALOG)
    return stage.stored(notebook("running", team))
