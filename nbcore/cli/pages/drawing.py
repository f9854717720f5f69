"""Redirect graphs as SVG: chains from left to right, what they end in at the right, all in plain shapes and text.

Refuses to know what the graphs are about. Nothing is measured: letters of one width are taken for granted.

Units: pixels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from unicodedata import east_asian_width

from nbcore.cli.graphs import CIRCLES, MISSING, Edge, Graph, Node
from nbcore.cli.pages.markup import Html, el, joined
from nbcore.cli.terminal import shortened

LETTER: Final = 8
SMALL: Final = 7
HEIGHT: Final = 48
BETWEEN: Final = 28
PADDING: Final = 12
HEAD: Final = 34
MOST_CHARACTERS: Final = 48

STYLE: Final = """
.drawing { --ink: #16191d; --dim: #505a66; --box: #f6f7f9; --edge: #505a66; --alarm: #9c1c1c; --ground: #ffffff; }
@media (prefers-color-scheme: dark) {
  .drawing { --ink: #e8ebef; --dim: #a6b0bb; --box: #1a2027; --edge: #a6b0bb; --alarm: #ffabab; --ground: #12161b; }
}
.drawing.alone { background: var(--ground); }
.drawing text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink); }
.drawing .small { font-size: 11px; fill: var(--dim); }
.drawing .title { font-weight: 600; }
.drawing rect { fill: var(--box); stroke: var(--dim); stroke-width: 1.25; }
.drawing .missing { stroke-dasharray: 5 4; stroke: var(--alarm); }
.drawing .circles { stroke-width: 2.5; stroke: var(--alarm); }
.drawing path { fill: none; stroke: var(--edge); stroke-width: 1.5; }
.drawing .tip { fill: var(--edge); stroke: none; }
"""
"""How a drawing looks, in light and dark."""


class _Box(NamedTuple):
    """Where a node stands."""

    x: int
    y: int
    width: int


def standalone(graphs: Sequence[Graph]) -> str:
    """The graphs as an SVG file of its own."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawn(graphs, el("style", Html(STYLE)))}\n'


def drawn(graphs: Sequence[Graph], style: Html | None = None) -> Html:
    """The graphs below each other, as an SVG element; whoever takes no ``style`` along gives `STYLE` elsewhere."""
    parts, y, width = [], 0, 0
    for one in graphs:
        part, size = _graph(one, y)
        parts.append(part)
        y, width = y + size[1], max(width, size[0])
    told = "; ".join(map(_told, graphs)) or "There are no redirects."
    if not graphs:
        parts.append(el("text", told, x=PADDING, y=HEAD - PADDING))
        y, width = HEAD, PADDING * 2 + len(told) * LETTER
    return el(
        "svg", el("title", "Redirects"), style or "", parts, xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {y}", width=width, height=y, role="img", aria_label=f"Redirects. {told}",
        class_="drawing" if style is None else "drawing alone",
    )  # fmt: skip


def _told(graph: Graph) -> str:
    """The graph in a sentence, for those who do not see it; the marks of what exists are left out."""
    bad = {
        node.id: MISSING if node.missing else CIRCLES for node in graph.nodes if node.missing or node.circles
    }
    edges = (
        f"{one.source} leads to {one.target}{f', which {bad[one.target]}' if one.target in bad else ''} ({one.label})"
        for one in graph.edges
    )
    return f"{graph.title}: {', '.join(edges) or 'nothing leads on'}"


def _graph(graph: Graph, top: int) -> tuple[Html, tuple[int, int]]:
    """One graph below a height, and how wide and high it is."""
    places = _Layout(graph).places()
    boxes = _boxes(graph, places, top + HEAD)
    title = el("text", shortened(graph.title, 120), x=PADDING, y=top + HEAD - PADDING, class_="title")
    edges = [_edge(one, boxes[one.source], boxes[one.target]) for one in graph.edges]
    nodes = [_node(one, boxes[one.id]) for one in graph.nodes]
    width = (
        max([box.x + box.width for box in boxes.values()] + [_letters(graph.title[:120]) * LETTER])
        + 2 * PADDING
    )
    rows = max((row for _, row in places.values()), default=-1) + 1
    return joined(title, edges, nodes), (width, HEAD + rows * (HEIGHT + BETWEEN) + PADDING)


class _Layout:
    """Columns and rows: each chain ends in the last column of its tree, and each branch has a row of its own."""

    def __init__(self, graph: Graph) -> None:
        self._ids = [node.id for node in graph.nodes]
        self._following = {one.source: one.target for one in graph.edges}
        self._before: dict[str, list[str]] = {id_: [] for id_ in self._ids}
        ends = self._ends()
        circles = {node.id for node in graph.nodes if node.circles}
        for source in sorted(
            self._following, key=lambda one: one not in circles
        ):  # a cycle is drawn in one row
            if source not in ends:
                self._before[self._following[source]].append(source)
        self._roots = [id_ for id_ in self._ids if id_ in ends]

    def _ends(self) -> set[str]:
        """Where chains end: ids that lead nowhere, and of each cycle the one from which it is not drawn onward."""
        ends = {id_ for id_ in self._ids if id_ not in self._following}
        walk_of: dict[str, str] = dict.fromkeys(ends, "")
        for start in self._ids:
            at, last = start, start
            while at not in walk_of:
                walk_of[at] = start
                last, at = at, self._following[at]
            if walk_of[at] == start and at not in ends:
                ends.add(last)
        return ends

    def places(self) -> dict[str, tuple[int, int]]:
        """The column and row of every id."""
        found: dict[str, tuple[int, int]] = {}
        row = 0
        for root in self._roots:
            depths, rows, row = self._tree(root, row)
            deepest = max(depths.values())
            found |= {id_: (deepest - depth, rows[id_]) for id_, depth in depths.items()}
        return found

    def _tree(self, root: str, row: int) -> tuple[dict[str, int], dict[str, int], int]:
        """How far each id of a tree is from its end, the row of each, and the next free row."""
        depths, rows = {root: 0}, {root: row}
        stack = [root]
        while stack:
            at = stack.pop()
            if at not in rows:  # not the first that leads to its target: it begins a row
                row += 1
                rows[at] = row
            before = self._before[at]
            depths.update(dict.fromkeys(before, depths[at] + 1))
            if before:
                rows[before[0]] = rows[at]
            stack.extend(reversed(before))
        return depths, rows, row + 1


def _boxes(graph: Graph, places: Mapping[str, tuple[int, int]], top: int) -> dict[str, _Box]:
    """Where every node stands: columns as wide as the widest node in them, gaps as wide as their labels."""
    widths: dict[int, int] = {}
    gaps: dict[int, int] = {}
    for node in graph.nodes:
        column = places[node.id][0]
        widths[column] = max(widths.get(column, 0), _width(node))
    for edge in graph.edges:
        column = places[edge.source][0]
        gaps[column] = max(gaps.get(column, 0), len(edge.label) * SMALL + 3 * PADDING)
    lefts, x = {}, PADDING
    for column in range(max(widths, default=-1) + 1):
        lefts[column] = x
        x += widths.get(column, 0) + gaps.get(column, 4 * PADDING)
    return {
        node.id: _Box(lefts[column], top + row * (HEIGHT + BETWEEN), _width(node))
        for node in graph.nodes
        for column, row in [places[node.id]]
    }


def _width(node: Node) -> int:
    longest = max(
        _letters(shortened(node.id, MOST_CHARACTERS)) * LETTER,
        _letters(shortened(node.told, MOST_CHARACTERS)) * SMALL,
    )
    return longest + 2 * PADDING


def _letters(text: str) -> int:
    """How many letters wide a text is; the signs of East Asia take two."""
    return sum(2 if east_asian_width(one) in "WF" else 1 for one in text)


def _node(node: Node, box: _Box) -> Html:
    marks = node.told
    kind = "missing" if node.missing else "circles" if node.circles else "there"
    first = box.y + (21 if marks else 29)
    return el(
        "g", el("title", f"{node.id}: {marks}" if marks else node.id),
        el("rect", x=box.x, y=box.y, width=box.width, height=HEIGHT, rx=7, class_=kind),
        el("text", shortened(node.id, MOST_CHARACTERS), x=box.x + PADDING, y=first),
        el("text", shortened(marks, MOST_CHARACTERS), x=box.x + PADDING, y=box.y + 38, class_="small") if marks else "",
    )  # fmt: skip


def _edge(edge: Edge, start: _Box, end: _Box) -> Html:
    """An arrow: straight on to the right, or around below where it leads back."""
    middle = HEIGHT // 2
    y, to_y = start.y + middle, end.y + middle
    x = start.x + start.width
    if end.x > start.x:
        bend = end.x - 2 * PADDING
        line = f"M{x} {y} H{bend} V{to_y} H{end.x - 6}"
        tip = f"M{end.x} {to_y} l-9 -5 v10 z"
        label = (x + PADDING, y - 6)
    else:
        below = max(start.y, end.y) + HEIGHT + 18
        line = f"M{x - PADDING} {start.y + HEIGHT} V{below} H{end.x + PADDING} V{end.y + HEIGHT + 6}"
        tip = f"M{end.x + PADDING} {end.y + HEIGHT} l-5 9 h10 z"
        label = (end.x + 2 * PADDING, below - 4)
    text = el("text", edge.label, x=label[0], y=label[1], class_="small")
    return joined(el("path", d=line), el("path", d=tip, class_="tip"), text)
