"""One browser for all tests of pages; where there is none they skip and say so, but on a build server they fail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import chromium, examples

ROOT = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("NBCORE_PICTURES", ROOT / "build" / "pictures"))
"""Where the tests leave what they saw, for people."""

LARGE = 10_000
"""Notebooks on the page that may not freeze."""


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Chromium]:
    """A running Chromium."""
    if chromium.program() is None:
        if os.environ.get("CI") == "true":
            pytest.fail(chromium.MISSING)
        pytest.skip(chromium.MISSING)
    with chromium.Chromium(tmp_path_factory.mktemp("chromium")) as running:
        yield running


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The addresses of the pages under test, by name: with hostile names, plain ones, a large one, a drawing."""
    folder = tmp_path_factory.mktemp("pages")
    texts = {
        "explain": examples.explained(examples.HOSTILE),
        "diff": examples.compared(examples.HOSTILE),
        "plan": examples.plan_text(200, examples.HOSTILE),
        "plain plan": examples.plan_text(200),
        "large plan": examples.plan_text(LARGE),
        "graph": examples.drawn(),
    }
    addresses = {}
    for name, text in texts.items():
        file = folder / f"{name.replace(' ', '-')}.{'svg' if name == 'graph' else 'html'}"
        file.write_text(text, encoding="utf-8")
        addresses[name] = file.as_uri()
    return addresses


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where what was seen is left for people."""
    return PICTURES
