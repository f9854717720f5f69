"""Finding the object that a user names among those that were read.

Refuses to know what is done with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import nbcore
from nbcore.cli.reading import Inputs, Unusable, read_inputs
from nbcore.finding import Finding, in_order
from nbcore.kubernetes.names import closest
from nbcore.model.element import Element
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template

Kind = TypeVar("Kind", Notebook, Template)


class Broken(Exception):
    """The named object is there, but is no valid one; the findings say why."""


class World:
    """The inputs of one command and the catalog that they make."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.inputs: Inputs = read_inputs(paths)
        self.catalog = nbcore.Catalog(self.inputs.documents)
        self.findings: list[Finding] = list(in_order((*self.inputs.findings, *self.catalog.findings)))

    def all(self, kind: type[Kind]) -> list[Kind]:
        """Every object of one of our kinds, in the order of the inputs."""
        return [one for one in self.catalog if isinstance(one, kind)]

    def named(self, kind: type[Kind], name: str) -> Kind:
        """The one object that ``name`` or ``namespace/name`` means.

        Raises: Unusable when there is none or more than one; Broken when it could not be read.
        """
        found = [one for one in self.all(kind) if name in (one.metadata.name, full_name(one))]
        if len(found) == 1:
            return found[0]
        if found:
            raise Unusable(
                f"{kind.__name__} {name} stands in several namespaces: {shown(map(full_name, found))}"
            )
        if any(_is_about(one, kind, name) for one in self.findings):
            raise Broken
        raise Unusable(self._missing(kind, name))

    def only(self, kind: type[Kind], option: str) -> Kind:
        """The one object of a kind, where the user named none.

        Raises: Unusable when there is not exactly one.
        """
        found = self.all(kind)
        if len(found) == 1:
            return found[0]
        if found:
            raise Unusable(f"which {kind.__name__}? Name it with {option}: {shown(map(full_name, found))}")
        if any(one.source.kind == kind.__name__ for one in self.findings):
            raise Broken
        raise Unusable(f"the input holds no {kind.__name__}")

    def _missing(self, kind: type[Kind], name: str) -> str:
        known = [full_name(one) for one in self.all(kind)]
        by_name = {one.rpartition("/")[2]: one for one in known}
        near = closest(name, known) or by_name.get(closest(name.rpartition("/")[2], by_name) or "")
        if near:
            hint = f"; did you mean {near}?"
        else:
            hint = f"; there are: {shown(known)}" if known else f": the input holds no {kind.__name__}"
        return f"there is no {kind.__name__} {name}{hint}"


def full_name(one: Element) -> str:
    """``namespace/name``, or the name alone."""
    metadata = one.origin.source
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def _is_about(finding: Finding, kind: type, name: str) -> bool:
    """Whether a finding is about the object that was named."""
    source = finding.source
    full = f"{source.namespace}/{source.name}"
    return source.kind == kind.__name__ and name in (source.name, full)


def shown(names: Iterable[str], most: int = 8) -> str:
    """The names in their order, as part of a sentence; of very many only the first."""
    known = sorted(names)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
