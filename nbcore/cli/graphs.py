"""Redirect graphs: the values and Templates that lead to others, who uses them, and where a chain ends.

Refuses to know how a graph is drawn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from nbcore.catalog import Catalog
from nbcore.model.selection import Resolution
from nbcore.model.template import OptionValue, Redirect, Template

MISSING: Final = "does not exist"
CIRCLES: Final = "leads back to itself"


class Node(NamedTuple):
    """One value or Template.

    Shape: ``marks`` are what is to be told of it, in words; ``missing`` says that it does not exist, ``circles``
    that its redirects come back to it; ``told`` is all of that.
    """

    id: str
    marks: tuple[str, ...] = ()
    missing: bool = False
    circles: bool = False

    @property
    def told(self) -> str:
        """All that there is to say of it but its id, in a few words."""
        facts = ((MISSING, self.missing), (CIRCLES, self.circles))
        return ", ".join((*self.marks, *(word for word, holds in facts if holds)))


class Edge(NamedTuple):
    """One redirect: between which ids, when it is taken, and how grave its message is (``""`` for none)."""

    source: str
    target: str
    when: str
    level: str = ""

    @property
    def label(self) -> str:
        """The edge in two words."""
        return f"{self.when}, {self.level}" if self.level else self.when


class Graph(NamedTuple):
    """The redirects of one option group, or among Templates.

    Shape: every end of an edge is a node; from each node at most one edge leads away.
    """

    title: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


class _Known(NamedTuple):
    """What may be redirected: its marks, and where it leads."""

    marks: tuple[str, ...]
    redirect: Redirect | None
    target: str


def graphs_of(catalog: Catalog, templates: Iterable[Template], *, everything: bool = False) -> list[Graph]:
    """The graphs of some Templates: one of those that lead to another, and one for each group that has redirects.

    Shape: only what leads on or is led to, unless ``everything`` is wanted.
    """
    chosen = list(templates)
    uses = _uses(catalog)
    graphs = [_among_templates(chosen, uses)]
    for one in chosen:
        for group in one.spec.options:
            known = {
                value.id: _known_value(value, group.default, uses[one.kind, one.id, group.id, value.id])
                for value in reversed(group.values)  # the first one counts if an id stands twice
            }
            graphs.append(_graph(f"{one.kind} {one.id}: {group.id}", dict(reversed(known.items()))))
    wanted = graphs if everything else [_led(one) for one in graphs]
    return [one for one in wanted if one.nodes]


def graph_of_resolution(title: str, result: Resolution) -> Graph:
    """The graph of one choice: its chain, with what is chosen and what is rendered."""
    ids = dict.fromkeys((result.chosen or "", *(step.target for step in result.chain)))
    missing = getattr(result, "missing", "")

    def marks(id_: str) -> Iterator[str]:
        if id_ == result.chosen:
            yield "chosen" if result.explicit else "default"
        if id_ == result.value:
            yield "rendered"

    edges = tuple(
        Edge(
            step.source,
            step.target,
            f"{step.when}, {'taken' if at < result.taken else 'pending'}",
            step.message.level if step.message else "",
        )
        for at, step in enumerate(result.chain)
    )
    circling = _circling({one.source: one.target for one in edges})
    nodes = tuple(Node(one, tuple(marks(one)), one == missing, one in circling) for one in ids)
    return Graph(title, nodes, edges)


_Uses = Counter[tuple[str, str, str, str]]


def _uses(catalog: Catalog) -> _Uses:
    """How many notebooks store each value: by the kind and identity of the Template, the group and the value."""
    uses: _Uses = Counter()
    for one in catalog.notebooks:
        kind, template = one.conventions.template_kind, one.template_id
        uses[kind, template, "", ""] += 1
        for group, value in one.spec.options.items():
            uses[kind, template, group, value] += 1
    return uses


def _used(count: int) -> tuple[str, ...]:
    return (f"used by {count:,}",) if count else ()


def _known_value(value: OptionValue, default: str | None, used: int) -> _Known:
    facts = (("default", value.id == default), ("hidden", value.display.hidden))
    marks = (*(word for word, holds in facts if holds), *_used(used))
    return _Known(marks, value.redirect, value.redirect.to if value.redirect else "")


def _among_templates(templates: Iterable[Template], uses: _Uses) -> Graph:
    known = {}
    for one in templates:
        deprecation = one.spec.deprecation
        redirect = deprecation.redirect if deprecation else None
        marks = (*(["deprecated"] if deprecation else []), *_used(uses[one.kind, one.id, "", ""]))
        known[one.id] = _Known(marks, redirect, one.id_of(redirect.to) if redirect else "")
    return _graph("Templates", known)


def _graph(title: str, known: Mapping[str, _Known]) -> Graph:
    edges = tuple(
        Edge(id_, one.target, one.redirect.when, one.redirect.message.level if one.redirect.message else "")
        for id_, one in known.items()
        if one.redirect is not None
    )
    circling = _circling({one.source: one.target for one in edges})
    there = [Node(id_, one.marks, False, id_ in circling) for id_, one in known.items()]
    gone = dict.fromkeys(one.target for one in edges if one.target not in known)
    return Graph(title, (*there, *(Node(one, missing=True) for one in gone)), edges)


def _led(graph: Graph) -> Graph:
    """The graph without what neither leads on nor is led to."""
    ends = {end for one in graph.edges for end in (one.source, one.target)}
    return graph._replace(nodes=tuple(one for one in graph.nodes if one.id in ends))


def _circling(following: Mapping[str, str]) -> set[str]:
    """The ids that their redirects lead back to."""
    found: set[str] = set()
    walk_of: dict[str, str] = {}
    for start in following:
        at: str | None = start
        while at is not None and at not in walk_of:
            walk_of[at] = start
            at = following.get(at)
        if at is not None and walk_of[at] == start and at not in found:
            found |= _round(at, following.__getitem__)
    return found


def _round(start: str, following: Callable[[str], str]) -> set[str]:
    """The ids of the cycle on which one of them stands."""
    found = {start}
    at = following(start)
    while at != start:
        found.add(at)
        at = following(at)
    return found
