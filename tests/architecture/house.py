"""The tree as the architecture tests read it: modules, their syntax trees and their docstrings.

Refuses to import what it reads: a module that breaks a rule is still read.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SHELL = ("nbcore.cli", "nbcore.__main__")
"""The modules of nbcore that read files, print and know the clock."""


class Module(NamedTuple):
    """One module: its dotted name, its file and its text."""

    name: str
    file: Path
    text: str

    @property
    def tree(self) -> ast.Module:
        """The syntax tree, parsed once a session."""
        return _parsed(self.text)

    @property
    def docstring(self) -> str:
        """The docstring of the module, `""` without one."""
        return ast.get_docstring(self.tree) or ""


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def modules(package: str) -> tuple[Module, ...]:
    """Every module below a folder of the tree, by name; none when there is no such folder."""
    return tuple(
        Module(_dotted(file), file, file.read_text(encoding="utf-8"))
        for file in sorted((ROOT / package).rglob("*.py"))
    )


def _dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def pure_modules() -> list[Module]:
    """The modules of nbcore that may do nothing but compute: all but those of the shell."""
    return [one for one in modules("nbcore") if not one.name.startswith(SHELL)]


def docstrings(tree: ast.Module) -> Iterator[str]:
    """The docstrings of the module, of its classes and of its functions."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, documented):
            yield ast.get_docstring(node) or ""


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def imported(tree: ast.AST) -> Iterator[str]:
    """The dotted name of every module that is imported, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")
