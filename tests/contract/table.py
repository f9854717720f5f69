"""The table of the contract: every item with the tests that show it, as a page.

Run as a program (``python -m tests.contract.table``) it writes the page anew. Refuses to know what an item is about.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

ROOT: Final = Path(__file__).parents[2]
ITEMS: Final = Path(__file__).with_name("items.yaml")
PAGE: Final = ROOT / "docs" / "admission-contract.md"
SECTIONS: Final[tuple[tuple[str, int, int], ...]] = (
    ("Transport", 1, 17),
    ("Requests", 20, 34),
    ("Identity", 40, 48),
    ("Answers", 50, 81),
    ("Side effects and dry runs", 90, 93),
    ("Registration", 100, 121),
    ("Subresources and pods", 130, 138),
)
"""Each part of the contract, with its first and its last item."""
_HEAD: Final = """\
# The admission contract, item by item

What an API server and a webhook owe each other, as items that can be tested, and the tests that show that `nbcore`
keeps them. Those of `test_on_api_server` ask a real API server; those of `test_answers` ask a stricter one in small
about random reviews.

**Ownership follows the user that the API server names.** Whoever may impersonate users is whom they say they are, to
every webhook: that right is ownership of everything.

This page is written by `python -m tests.contract.table`.
"""


class Item(NamedTuple):
    """One item: what holds, why it does not apply or what differs, and its tests."""

    number: str
    holds: str
    why: str
    tests: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the page says of it."""
        held = self.holds or "*Does not apply.*"
        return f"{held} {self.why}".strip()


def numbers() -> list[str]:
    """The number of every item."""
    return [f"C-{at:03d}" for _, first, last in SECTIONS for at in range(first, last + 1)]


def entries() -> list[tuple[str, Any]]:
    """The entries of the data, one that stands twice twice."""
    node = yaml.compose(ITEMS.read_text(), Loader=yaml.SafeLoader)
    values = yaml.safe_load(ITEMS.read_text())
    keys = node.value if isinstance(node, yaml.MappingNode) else []
    return [(key.value, values[key.value]) for key, _ in keys]


def items() -> list[Item]:
    """All items."""
    return [
        Item(number, one.get("holds", ""), one.get("why", ""), tuple(one.get("tests", ())))
        for number, one in entries()
    ]


@cache
def defined_in(module: str) -> frozenset[str]:
    """The names of the tests of a module; empty for one that is not there."""
    path = ROOT / "tests" / f"{module}.py"
    if not path.is_file():
        return frozenset()
    tree = ast.parse(path.read_text())
    made = (one for one in tree.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef))
    return frozenset(one.name for one in made if one.name.startswith("test_"))


def page() -> str:
    """The page, as it should be."""
    return "\n".join([_HEAD, *_lines()]).rstrip() + "\n"


def _lines() -> Iterator[str]:
    by_number = {one.number: one for one in items()}
    for title, first, last in SECTIONS:
        yield f"## {title}\n\n| item | what holds | shown by |\n|---|---|---|"
        for at in range(first, last + 1):
            one = by_number[f"C-{at:03d}"]
            yield f"| {one.number} | {one.text} | {'<br>'.join(map(_linked, one.tests))} |"
        yield ""


def _linked(test: str) -> str:
    module, _, name = test.partition("::")
    return f"[`{module}`](../tests/{module}.py) `{name.removeprefix('test_')}`"


if __name__ == "__main__":
    PAGE.write_text(page())
