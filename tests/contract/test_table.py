"""The table is complete: every item once, every test of it there, and the page as the table is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contract.table import PAGE, Item, defined_in, entries, items, numbers, page

FOLDER = Path(__file__).parent


def test_every_item_stands_in_the_table_exactly_once() -> None:
    assert [number for number, _ in entries()] == numbers()
    assert len(numbers()) == 108


@pytest.mark.parametrize("item", items(), ids=lambda one: one.number)
def test_an_item_says_what_holds_or_why_not_and_its_tests_are_there(item: Item) -> None:
    assert item.holds or item.why
    assert item.tests
    for test in item.tests:
        module, _, name = test.partition("::")
        assert name in defined_in(module), test
    named = [test.partition("::")[2] for test in item.tests]
    assert any(f"c{item.number[2:]}" in name or _is_between(item.number, name) for name in named) or all(
        not test.startswith("contract/") for test in item.tests
    )


def _is_between(number: str, name: str) -> bool:
    """Whether a test of several items, such as c075_to_c077, is one of this."""
    several = re.search(r"c(\d{3})_to_c(\d{3})", name)
    return bool(several) and int(several[1]) <= int(number[2:]) <= int(several[2])  # type: ignore[index]


def test_every_test_of_an_item_stands_in_the_table() -> None:
    shown = {test for item in items() for test in item.tests}
    for path in FOLDER.glob("test_*.py"):
        module = f"contract/{path.stem}"
        missing = {name for name in defined_in(module) if re.match(r"test_c\d{3}_", name)} - {
            one.partition("::")[2] for one in shown if one.startswith(f"{module}::")
        }
        assert not missing, f"name these in items.yaml: {sorted(missing)}"


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text() == page(), "run `python -m tests.contract.table`"
