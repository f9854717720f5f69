"""Every law that a docstring claims is a test, and every property test is claimed by a docstring.

A law is a property test in tests/laws; one that Kubernetes itself has to judge is a test in tests/oracles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.architecture.house import docstrings, functions, modules

_CLAIM = re.compile(r"^Laws:(.*?)(?=^\S+:|^\s*$|\Z)", re.MULTILINE | re.DOTALL)


def claims(text: str) -> Iterator[str]:
    """The names of the laws under the heading `Laws:` of a docstring."""
    for found in _CLAIM.finditer(text):
        yield from re.findall(r"\btest_\w+", found[1])


def claimed() -> dict[str, str]:
    """Every claimed law, and the module that claims it."""
    return {
        law: module.name
        for package in ("nbcore", "webhook", "schemas")
        for module in modules(package)
        for text in docstrings(module.tree)
        for law in claims(text)
    }


def laws_in(folder: str) -> dict[str, str]:
    """Every test of a folder, and the module that it stands in."""
    return {
        function.name: module.name
        for module in modules(folder)
        for function in functions(module.tree)
        if function.name.startswith("test_")
    }


def test_every_claimed_law_is_tested() -> None:
    tests = laws_in("tests/laws") | laws_in("tests/oracles")
    missing = {law: module for law, module in claimed().items() if law not in tests}
    assert not missing, f"write these laws into tests/laws, or stop claiming them: {sorted(missing)}"


def test_every_tested_law_is_claimed() -> None:
    unclaimed = sorted(laws_in("tests/laws").keys() - claimed().keys())
    assert not unclaimed, f"name these laws under `Laws:` in the docstring of what keeps them: {unclaimed}"


def test_no_two_laws_bear_one_name() -> None:
    names = [
        function.name
        for module in modules("tests/laws")
        for function in functions(module.tree)
        if function.name.startswith("test_")
    ]
    assert sorted(names) == sorted(set(names))


def test_claims_are_read_up_to_the_next_heading() -> None:
    text = "A tree.\n\nLaws: test_one,\ntest_two.\nSource: test_three in Kubernetes.\n\ntest_four"
    assert list(claims(text)) == ["test_one", "test_two"]
