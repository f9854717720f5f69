"""Redirect graphs: what they hold, and how they are drawn as Mermaid and SVG."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import combinations
from typing import Any, Final

import pytest
from click.testing import CliRunner

import nbcore
from nbcore.cli.graph import command
from nbcore.cli.graphs import CIRCLES, MISSING, Edge, Graph, Node, graph_of_resolution, graphs_of
from nbcore.cli.mermaid import mermaid
from nbcore.cli.pages.drawing import drawn, standalone
from nbcore.model.template import Template
from tests.browser.examples import HOSTILE
from tests.units.cli.program import BROKEN_NOTEBOOK, WORLD
from tests.units.notebooks import BASE, one

SVG: Final = "{http://www.w3.org/2000/svg}"


def value(id_: str, to: str | None = None, **more: Any) -> Any:
    """An option value that may lead to another one."""
    return {"id": id_, **({"redirect": {"to": to, **more}} if to else {})}


def template(*values: Any, name: str = "lab", **spec: Any) -> Any:
    """A Template with one group of these values, whose first one is the default."""
    group = {"id": "image", "default": values[0]["id"], "values": list(values)}
    return one("Template", name, {"template": BASE, "options": [group], **spec})


def graphs(*objects: Any, everything: bool = False) -> list[Graph]:
    """The graphs of all Templates among some objects."""
    catalog = nbcore.Catalog(list(objects))
    found = [each for each in catalog if isinstance(each, Template)]
    return graphs_of(catalog, found, everything=everything)


def notebook(name: str, image: str | None = None) -> Any:
    options = {"options": {"image": image}} if image else {}
    return one("Notebook", name, {"templateRef": {"name": "lab"}, **options})


# ---- what a graph holds ----


def test_only_what_leads_on_or_is_led_to_is_in_a_graph() -> None:
    values = [value("new"), value("old", "new", when="Restart"), value("lone")]
    [found] = graphs(template(*values))
    assert found.title == "Template team/lab: image"
    assert found.nodes == (Node("new", ("default",)), Node("old"))
    assert found.edges == (Edge("old", "new", "Restart"),)
    whole = graphs(template(*values), everything=True)
    assert [each.title for each in whole] == ["Templates", "Template team/lab: image"]
    assert [node.id for node in whole[1].nodes] == ["new", "old", "lone"]


def test_what_does_not_exist_and_what_circles_is_marked() -> None:
    [found] = graphs(template(value("in", "a"), value("a", "b"), value("b", "a"), value("x", "gone")))
    marks = {node.id: (node.missing, node.circles) for node in found.nodes}
    expected = {"in": (False, False), "a": (False, True), "b": (False, True), "x": (False, False)}
    assert marks == {**expected, "gone": (True, False)}
    assert {node.told for node in found.nodes} == {"default", "", MISSING, CIRCLES}


def test_users_messages_and_hidden_values_are_told() -> None:
    message = {"level": "Danger", "text": "broken"}
    old = {**value("old", "new", message=message), "display": {"hidden": True}}
    [found] = graphs(template(value("new"), old), notebook("a", "old"), notebook("b", "old"), notebook("c"))
    assert found.nodes[1] == Node("old", ("hidden", "used by 2"))
    assert found.edges[0].label == "Offer, Danger"


def test_templates_lead_to_templates_of_their_namespace() -> None:
    gone: Any = {"deprecation": {"message": "old", "redirect": {"to": "next", "when": "Idle"}}}
    found = graphs(template(value("a"), **gone), template(value("a"), name="next"), notebook("n"))
    assert [each.title for each in found] == ["Templates"]
    assert found[0].nodes == (Node("team/lab", ("deprecated", "used by 1")), Node("team/next"))
    assert found[0].edges == (Edge("team/lab", "team/next", "Idle"),)


def test_a_chosen_value_is_drawn_as_far_as_it_leads() -> None:
    values = [value("c"), value("b", "c"), value("a", "b", when="Restart")]
    rendering = nbcore.render(notebook("n", "a"), nbcore.Catalog([template(*values)]))
    found = graph_of_resolution("image", rendering.selection["image"])
    assert found.nodes == (Node("a", ("chosen",)), Node("b", ("rendered",)), Node("c"))
    assert [each.when for each in found.edges] == ["Restart, taken", "Offer, pending"]


# ---- Mermaid ----


def test_mermaid_is_what_it_was() -> None:
    found = graphs(template(value("new"), value("old", "new"), value("x", "gone")))
    assert mermaid(found) == (
        "flowchart LR\n"
        '  subgraph g0["Template team/lab: image"]\n'
        '    n0_0["new<br/>default"]\n'
        '    n0_1["old"]\n'
        '    n0_2["x"]\n'
        '    n0_3["gone<br/>does not exist"]:::missing\n'
        '    n0_1 -->|"Offer"| n0_0\n'
        '    n0_2 -->|"Offer"| n0_3\n'
        "  end\n"
        "  classDef missing stroke-dasharray: 5 4\n"
        "  classDef circles stroke-width: 3px\n"
    )


def test_names_are_no_mermaid() -> None:
    hostile = f'"]; click n0 "x"\n%%{{init}}%% {HOSTILE}'
    found = Graph(hostile, (Node(hostile, (hostile,)),), (Edge(hostile, hostile, hostile),))
    lines = mermaid([found]).splitlines()
    assert len(lines) == 7
    text = "".join(re.findall(r'"(.*?)"', "\n".join(lines[1:4]))).replace("<br/>", "")
    assert not re.search(r"[\"<>\[\]{}()|`%&'\\\n]", text)
    assert all(line.count('"') == 2 for line in lines[1:4])
    assert '"1#46; fa#58;fa-x #45; a.b-c: d"' in mermaid([Graph("1. fa:fa-x - a.b-c: d", (), ())])
    assert mermaid([]) == "flowchart LR\n  %% there are no redirects\n"


# ---- SVG ----


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """The frames of a drawing: left, top, right, bottom."""
    found = ET.fromstring(svg.partition("?>")[2] if svg.startswith("<?xml") else svg).iter(f"{SVG}rect")
    numbers = ([float(each.get(name, 0)) for name in ("x", "y", "width", "height")] for each in found)
    return [(x, y, x + width, y + height) for x, y, width, height in numbers]


SHAPES: Final = {
    "nothing": [],
    "chain": [("a", "b"), ("b", "c"), ("c", "d")],
    "star": [(f"s{at}", "hub") for at in range(7)],
    "tree": [("a", "c"), ("b", "c"), ("c", "f"), ("d", "f"), ("e", "d"), ("g", "h")],
    "circle": [("a", "b"), ("b", "c"), ("c", "a"), ("in", "b"), ("x", "in"), ("y", "c")],
    "self": [("a", "a"), ("b", "a")],
    "two circles": [("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")],
    "wide": [("用" * 30, "b" * 200), ("b" * 200, "c")],
}


def shaped(edges: list[tuple[str, str]]) -> Graph:
    """A graph of these edges; those that circle are found as the reader of kinds finds them."""
    ids = dict.fromkeys(end for pair in edges for end in pair)
    following = dict(edges)

    def circles(id_: str) -> bool:
        at = following.get(id_)
        for _ in ids:
            if at is None or at == id_:
                break
            at = following.get(at)
        return at == id_

    nodes = tuple(Node(id_, (), False, circles(id_)) for id_ in ids)
    return Graph("shape", nodes, tuple(Edge(source, target, "Offer") for source, target in edges))


@pytest.mark.parametrize("name", SHAPES)
def test_boxes_lie_apart_and_inside(name: str) -> None:
    graph = shaped(SHAPES[name])
    svg = standalone([graph])
    root = ET.fromstring(svg.partition("?>")[2])
    found = boxes(svg)
    assert len(found) == len(graph.nodes)
    assert len(list(root.iter(f"{SVG}path"))) == 2 * len(graph.edges)
    for one_, other in combinations(found, 2):
        assert one_[2] <= other[0] or other[2] <= one_[0] or one_[3] <= other[1] or other[3] <= one_[1]
    width, height = (float(root.get(side, 0)) for side in ("width", "height"))
    assert all(x >= 0 and right <= width and y >= 0 and bottom <= height for x, y, right, bottom in found)


@pytest.mark.parametrize("name", SHAPES)
def test_what_leads_on_stands_left_but_for_one_step_of_a_circle(name: str) -> None:
    graph = shaped(SHAPES[name])
    left = dict(
        zip([node.id for node in graph.nodes], [box[0] for box in boxes(drawn([graph]))], strict=True)
    )
    back = [one_ for one_ in graph.edges if left[one_.source] >= left[one_.target]]
    circles = {"circle": 1, "self": 1, "two circles": 2}
    assert len(back) == circles.get(name, 0)


def test_a_drawing_tells_those_who_do_not_see_it() -> None:
    [found] = graphs(template(value("new"), value("old", "new"), value("x", "gone")))
    root = ET.fromstring(drawn([found]))
    assert root.get("role") == "img"
    told = root.get("aria-label", "")
    assert "old leads to new (Offer)" in told
    assert "x leads to gone, which does not exist (Offer)" in told
    assert "There are no redirects." in standalone([])


def test_names_are_no_svg() -> None:
    hostile = f"{HOSTILE}\x00\ufffe\ud800"
    graph = Graph(hostile, (Node(hostile, (hostile,)),), (Edge(hostile, hostile, hostile, hostile),))
    root = ET.fromstring(standalone([graph]).partition("?>")[2].encode())
    assert not list(root.iter(f"{SVG}script"))
    assert not list(root.iter(f"{SVG}img"))
    assert len(list(root.iter(f"{SVG}rect"))) == 1


def test_very_many_values_are_drawn() -> None:
    chain = shaped([])._replace(
        nodes=tuple(Node(str(at)) for at in range(20_000)),
        edges=tuple(Edge(str(at), str(at + 1), "Offer") for at in range(19_999)),
    )
    assert standalone([chain]).count("<rect") == 20_000
    star = chain._replace(edges=tuple(Edge(str(at), "0", "Offer") for at in range(1, 20_000)))
    assert standalone([star]).count("<rect") == 20_000


# ---- the command ----


def asked(*arguments: str, stdin: str = WORLD) -> Any:
    return CliRunner().invoke(command, list(arguments), input=stdin)


def test_the_command_draws_what_it_is_given() -> None:
    answer = asked("-")
    assert answer.exit_code == 0
    assert answer.stdout.startswith('flowchart LR\n  subgraph g0["Template kubeflow/jupyter: size"]\n')
    assert asked("-", "--template", "jupyter", "-o", "svg").stdout.startswith("<?xml")
    assert asked("-", "--all").stdout.count("subgraph") == 2


def test_the_command_says_what_is_wrong_with_its_input() -> None:
    assert asked("-", "--template", "jupiter").exit_code != 0
    assert asked("-", stdin=BROKEN_NOTEBOOK).exit_code != 0
    broken = asked("-", stdin=WORLD.replace("  - id: size", "  - id: size\n    wrong: 1"))
    assert broken.exit_code == 1
