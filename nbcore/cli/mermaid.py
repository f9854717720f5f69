"""Redirect graphs as Mermaid, which GitHub, GitLab and many editors draw.

Refuses to know what the graphs are about. Names come from people: every sign that Mermaid could take for its own is
written as a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from nbcore.cli.graphs import Graph
from nbcore.cli.terminal import shortened

MOST_CHARACTERS: Final = 80
_ITS_OWN: Final = re.compile(r"[^\w ./,:-]|[.-](?= )|:(?! )")
"""What Mermaid may take for quotes, tags, the points of a list or the name of an icon."""

_STYLES: Final = (
    "classDef missing stroke-dasharray: 5 4",
    "classDef circles stroke-width: 3px",
)


def mermaid(graphs: Sequence[Graph]) -> str:
    """The graphs as one flowchart, each in a frame of its own."""
    lines = ["flowchart LR", *(f"  {line}" for line in _inside(graphs))]
    return "\n".join(lines) + "\n"


def _inside(graphs: Sequence[Graph]) -> Iterator[str]:
    if not graphs:
        yield "%% there are no redirects"
        return
    for at, graph in enumerate(graphs):
        names = {node.id: f"n{at}_{number}" for number, node in enumerate(graph.nodes)}
        yield f"subgraph g{at}[{_quoted([graph.title])}]"
        for node in graph.nodes:
            yield f"  {names[node.id]}[{_quoted([node.id, node.told])}]{_class(node.missing, node.circles)}"
        for edge in graph.edges:
            yield f"  {names[edge.source]} -->|{_quoted([edge.label])}| {names[edge.target]}"
        yield "end"
    yield from _STYLES


def _class(missing: bool, circles: bool) -> str:
    return ":::missing" if missing else ":::circles" if circles else ""


def _quoted(lines: Iterable[str]) -> str:
    """A text of one or more lines as Mermaid takes it."""
    return '"' + "<br/>".join(_harmless(line) for line in lines if line) + '"'


def _harmless(text: str) -> str:
    return _ITS_OWN.sub(lambda found: f"#{ord(found[0])};", shortened(text, MOST_CHARACTERS))
