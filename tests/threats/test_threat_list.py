"""docs/threats.md names every threat once, with tests that exist or the reason why it has none."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import pytest

from tests.architecture.house import ROOT, functions, modules

NUMBERS: Final = (*range(22), *range(22, 33), *range(40, 50), *range(60, 82), *range(90, 105))


class Row(NamedTuple):
    """One threat of the list."""

    number: int
    attack: str
    answer: str
    tests: tuple[str, ...]


def rows() -> list[Row]:
    """The threats in the order of the document."""
    text = (ROOT / "docs" / "threats.md").read_text(encoding="utf-8")
    cells = [
        [cell.strip() for cell in line.split(" |")] for line in text.splitlines() if line.startswith("| T-")
    ]
    return [Row(int(one[0][4:]), one[1], one[2], tuple(re.findall(r"`(test_\w+)`", one[3]))) for one in cells]


ROWS: Final = rows()
TESTS: Final = {
    function.name: module.name
    for module in modules("tests")
    for function in functions(module.tree)
    if function.name.startswith("test_")
}
OURS: Final = sorted(
    name
    for name, module in TESTS.items()
    if module.startswith("tests.threats.") and re.match(r"test_t[0-9]", name)
)


def test_every_threat_is_listed_once_and_in_order() -> None:
    assert tuple(one.number for one in ROWS) == NUMBERS


@pytest.mark.parametrize("row", ROWS, ids=lambda one: f"T-{one.number:02}")
def test_a_threat_has_tests_that_exist_or_a_reason(row: Row) -> None:
    assert row.attack
    assert row.answer
    assert bool(row.tests) != row.answer.startswith("Does not apply: ")
    assert not [name for name in row.tests if name not in TESTS]


@pytest.mark.parametrize("name", OURS)
def test_every_attempt_is_listed_where_it_belongs(name: str) -> None:
    wanted = {int(one) for one in re.findall(r"(?<=_t)[0-9]+(?=_)", name)}
    assert wanted <= {row.number for row in ROWS if name in row.tests}
