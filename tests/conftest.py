"""What all tests share: Kubernetes where it is there, loud skips where it is not.

The control plane runs once a session; with pytest-xdist, `--dist loadgroup` keeps its tests on one worker.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.cluster import binaries

if TYPE_CHECKING:
    from tests.cluster.control_plane import ControlPlane

# How hard the property tests look: `dev` while writing, `ci` the same examples every time, `laws` at length
# (`make laws`). No deadline: how long an example takes says more about the machine than about the law.
settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True, database=None)
settings.register_profile(
    "laws", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure(config: pytest.Config) -> None:
    """Names the marker of pytest-xdist, so that the tests run without it too."""
    config.addinivalue_line("markers", "xdist_group(name): tests that pytest-xdist keeps on one worker")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that use the control plane; skips those whose judge is not there."""
    kubectl = binaries.kubectl() is not None
    control_plane = all(binaries.find(program) for program in binaries.PROGRAMS)
    for item in items:
        if "control_plane" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cluster)
        if item.get_closest_marker("cluster"):
            item.add_marker(pytest.mark.xdist_group("cluster"))
            if not control_plane:
                item.add_marker(pytest.mark.skip(reason=binaries.MISSING))
        if item.get_closest_marker("oracle") and not kubectl:
            item.add_marker(pytest.mark.skip(reason=binaries.MISSING))


@pytest.fixture(scope="session")
def control_plane() -> Iterator[ControlPlane]:
    """A real API server with its controllers, for the whole session."""
    from tests.cluster.control_plane import ControlPlane

    with ControlPlane() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many tests were skipped, and why, however quiet the run is."""
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    terminalreporter.write_line(f"skipped: {sum(reasons.values())}")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"  {count} × {reason}")


def _reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
