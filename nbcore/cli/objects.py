"""Finding the object that a user names among those that were read.

Refuses to know what is done with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

import nbcore
from nbcore.cli.reading import Inputs, Unusable, read_inputs
from nbcore.finding import Finding, in_order
from nbcore.kubernetes.names import closest
from nbcore.model.conventions import NOTEBOOK_KINDS, TEMPLATE_KINDS
from nbcore.model.element import Element
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template

Kind = TypeVar("Kind", Notebook, Template)
_WORDS: Final[Mapping[type, tuple[str, ...]]] = {Notebook: NOTEBOOK_KINDS, Template: TEMPLATE_KINDS}
"""What the dialects call the objects of one of our kinds."""


class Broken(Exception):
    """The named object is there, but is no valid one; the findings say why."""


class World:
    """The inputs of one command and the catalog that they make.

    Shape: ``inputs`` are what was read already, where the paths are not those of files as they are now.
    """

    def __init__(self, paths: Sequence[str], inputs: Inputs | None = None) -> None:
        self.inputs: Inputs = read_inputs(paths) if inputs is None else inputs
        self.catalog = nbcore.Catalog(self.inputs.documents)
        self.findings: list[Finding] = list(in_order((*self.inputs.findings, *self.catalog.findings)))

    def all(self, kind: type[Kind]) -> list[Kind]:
        """Every object of one of our kinds, in the order of the inputs."""
        return [one for one in self.catalog if isinstance(one, kind)]

    def named(self, kind: type[Kind], name: str) -> Kind:
        """The one object that ``name`` or ``namespace/name`` means.

        Raises: Unusable when there is none or more than one; Broken when it could not be read.
        """
        known = self.all(kind)
        found = [one for one in known if name == full_name(one)]
        found = found or [one for one in known if name == one.metadata.name]
        if len(found) == 1:
            return found[0]
        if found:
            raise Unusable(f"{name} may be any of these: {shown(one.origin.source.object for one in found)}")
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
            raise Unusable(f"which {self.word(kind)}? Name it with {option}: {shown(map(full_name, found))}")
        if any(one.source.kind in _WORDS[kind] for one in self.findings):
            raise Broken
        raise Unusable(f"the input holds no {self.word(kind)}")

    def word(self, kind: type[Kind]) -> str:
        """What the objects of one of our kinds are called in the dialects of the inputs."""
        words = _WORDS[kind]
        told = self._kinds(kind) or set(words) & self._spoken()
        return " or ".join(one for one in words if one in told) or words[0]

    def _kinds(self, kind: type[Kind]) -> set[str]:
        return {one.origin.source.kind for one in self.all(kind)}

    def _spoken(self) -> set[str]:
        """The words of the dialects that any object of the inputs is written in, broken ones too."""
        kinds = self._kinds(Notebook) | self._kinds(Template) | {one.source.kind for one in self.findings}
        pairs = zip(TEMPLATE_KINDS, NOTEBOOK_KINDS, strict=True)
        return {word for pair in pairs if kinds & set(pair) for word in pair}

    def _missing(self, kind: type[Kind], name: str) -> str:
        known = [full_name(one) for one in self.all(kind)]
        by_name = {one.rpartition("/")[2]: one for one in known}
        near = closest(name, known) or by_name.get(closest(name.rpartition("/")[2], by_name) or "")
        if near:
            hint = f"; did you mean {near}?"
        else:
            hint = f"; there are: {shown(known)}" if known else f": the input holds no {self.word(kind)}"
        return f"there is no {self.word(kind)} {name}{hint}"


def full_name(one: Element) -> str:
    """``namespace/name``, or the name alone."""
    metadata = one.origin.source
    return f"{metadata.namespace}/{metadata.name}" if metadata.namespace else metadata.name


def _is_about(finding: Finding, kind: type, name: str) -> bool:
    """Whether a finding is about the object that was named."""
    source = finding.source
    full = f"{source.namespace}/{source.name}"
    return source.kind in _WORDS[kind] and name in (source.name, full)


def shown(names: Iterable[str], most: int = 8) -> str:
    """The names in their order, as part of a sentence; of very many only the first."""
    known = sorted(names)
    return ", ".join(known[:most]) + (f" and {len(known) - most} more" if len(known) > most else "")
