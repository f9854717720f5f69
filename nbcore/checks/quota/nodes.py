"""Nodes: whether any node could run a pod if it were empty, and the best reason why none can.

Refuses to know which pods run already, volumes that are bound to a place, affinity between pods and devices
that are claimed (DRA).
Source: the scheduler's plugins NodeName, NodeAffinity, NodeUnschedulable, TaintToleration and NodeResourcesFit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.quota.amounts import Demand, total
from nbcore.checks.quota.parts import (
    NOTHING,
    Amounts,
    Unreadable,
    cited,
    elements,
    fields,
    listed,
    readable,
    text,
)
from nbcore.checks.quota.placement import AFFINITY, Condition, Placement, Taint, Term
from nbcore.kubernetes.quantity import Quantity

_UNSCHEDULABLE: Final = Taint("node.kubernetes.io/unschedulable", "", "NoSchedule")
_REFUSING: Final = ("NoSchedule", "NoExecute")
_MOST_TAINTS: Final = 3


class Node(NamedTuple):
    """One node: what it is called and labelled, whom it refuses and what it has for pods."""

    name: str
    labels: Mapping[str, str]
    taints: tuple[Taint, ...]
    allocatable: Amounts


class Nodes(NamedTuple):
    """The nodes of a cluster; ``labels`` has the values of each label, by its key."""

    all: tuple[Node, ...]
    labels: Mapping[str, frozenset[str]]


def nodes(values: Iterable[Any]) -> tuple[Nodes | None, list[Unreadable]]:
    """The nodes, and what cannot be read of them; None when there is something, and when none is given."""
    wrong: list[Unreadable] = []
    found = tuple(_node(number, one, wrong) for number, one in enumerate(values))
    if wrong or not found:
        return None, wrong
    labels: dict[str, set[str]] = {}
    for node in found:
        for key, value in node.labels.items():
            labels.setdefault(key, set()).add(value)
    return Nodes(found, {key: frozenset(one) for key, one in labels.items()}), wrong


def _node(number: int, value: Any, wrong: list[Unreadable]) -> Node:
    status = fields(value, "status")
    field = "allocatable" if isinstance(status.get("allocatable"), dict) else "capacity"
    allocatable = readable(fields(status, field), number, ("status", field), wrong)
    metadata = fields(value, "metadata")
    labels = {key: text(one) for key, one in fields(metadata, "labels").items()}
    return Node(text(metadata.get("name")), labels, tuple(_taints(fields(value, "spec"))), allocatable)


def _taints(spec: dict[str, Any]) -> Iterator[Taint]:
    for _, one in elements(spec.get("taints")):
        taint = Taint(text(one.get("key")), text(one.get("value")), text(one.get("effect")))
        if taint.effect in _REFUSING:
            yield taint
    if spec.get("unschedulable") is True:
        yield _UNSCHEDULABLE


def faults(given: Nodes, place: Placement, asked: Demand | None) -> Faults:
    """NB611, NB612 and NB613: why no node can run the pod; the first of labels, taints and room to fail.

    Laws: test_a_further_node_refuses_nothing.
    """
    candidates = _labelled(given.all, place)
    if not candidates:
        yield from _no_labels(given, place)
        return
    allowed = [node for node in candidates if not _refusals(node, place)]
    if not allowed:
        yield _not_tolerated(candidates, place)
    elif asked is not None:
        everything = len(allowed) == len(given.all)
        yield from _no_room(allowed, asked, "no node" if everything else "no node that the pod may run on")


# ---- labels ----


def _labelled(given: Iterable[Node], place: Placement) -> list[Node]:
    return [
        node
        for node in given
        if place.node_name in ("", node.name)
        and place.selects(node.labels)
        and place.accepts(node.labels, node.name)
    ]


def _no_labels(given: Nodes, place: Placement) -> Faults:
    """NB611: which of the things asked for no node has; else that no node has them all."""
    if place.node_name and all(node.name != place.node_name for node in given.all):
        message = f"there is no node {cited(place.node_name)}"
        yield Fault("NB611", ("spec", "nodeName"), message, "Leave nodeName out, or name a node that exists.")
        return
    missing = [*_missing_of_selector(given, place), *_missing_of_terms(given, place.terms)]
    yield from missing or [_no_combination(place)]


def _missing_of_selector(given: Nodes, place: Placement) -> Faults:
    for key, value in place.selector.items():
        there = given.labels.get(key, frozenset())
        if value not in there:
            others = f"; nodes have {listed(sorted(there))}" if there else ""
            message = f"no node has the label {cited(key)}={cited(value)}{others}"
            yield Fault("NB611", ("spec", "nodeSelector", key), message, _LABEL_REMEDY)


_LABEL_REMEDY: Final = "Ask for labels that nodes have, or label a node."


def _missing_of_terms(given: Nodes, terms: tuple[Term, ...] | None) -> Faults:
    """Nothing while any term has its node; the conditions that no node fulfils when there is one term only."""
    if terms is None or any(term.accepts(node.labels, node.name) for term in terms for node in given.all):
        return
    if len(terms) == 1:
        hopeless = [one for one in terms[0].labels if not any(one.holds(node.labels) for node in given.all)]
        if hopeless:
            yield from (_hopeless(one) for one in hopeless)
            return
    message = f"no node is what a term of the required node affinity asks for, of {len(terms)}"
    yield Fault("NB611", AFFINITY, message, _LABEL_REMEDY)


def _hopeless(one: Condition) -> Fault:
    return Fault("NB611", one.path, f"no node fulfils {one}", _LABEL_REMEDY)


def _no_combination(place: Placement) -> Fault:
    parts: list[RawPath] = [("spec", "nodeName")] if place.node_name else []
    parts += [("spec", "nodeSelector")] if place.selector else []
    parts += [AFFINITY] if place.terms is not None else []
    message = "no node has all that is asked for together, though some node has each part of it"
    return Fault("NB611", parts[0], message, _LABEL_REMEDY, tuple(parts[1:]))


# ---- taints ----


def _refusals(node: Node, place: Placement) -> list[Taint]:
    """The taints that keep the pod away; one that names its node meets no scheduler, so fewer of them."""
    effects = ("NoExecute",) if place.node_name else _REFUSING
    return [taint for taint in node.taints if taint.effect in effects and not place.tolerates(taint)]


def _not_tolerated(candidates: Sequence[Node], place: Placement) -> Fault:
    counts = Counter(taint for node in candidates for taint in dict.fromkeys(_refusals(node, place)))
    told = [str(taint) for taint, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
    many = len(candidates)
    subject = "1 node matches but has" if many == 1 else f"{many} nodes match but have"
    noun = "the taint" if len(told) == 1 else "taints such as"
    message = f"{subject} {noun} {listed(told, _MOST_TAINTS)}, which the pod does not tolerate"
    related = (("spec", "nodeSelector"),) if place.selector else ()
    return Fault("NB612", ("spec", "tolerations"), message, "Add a toleration for it.", related)


# ---- room ----


def _no_room(allowed: Sequence[Node], asked: Demand, none: str) -> Faults:
    """NB613: of which resource no node has enough; else that no node has enough of all."""
    wanted = {name: one for name, one in total(asked, "requests").items() if one}
    if any(_fits(node, wanted) for node in allowed):
        return
    most: dict[str, Quantity] = {}
    for node in allowed:
        most |= {name: max(one, most.get(name, one)) for name, one in node.allocatable.items()}
    lacking = [name for name, one in wanted.items() if most.get(name, NOTHING) < one]
    places = asked.places(("requests", name) for name in lacking or wanted)
    for name in lacking:
        there, one = most.get(name, NOTHING), wanted[name]
        message = f"{none} has {one} {cited(name)}; the most is {there}"
        path, related = places["requests", name]
        yield Fault("NB613", path, message, _ROOM_REMEDY, related, (one - there).value)
    if not lacking:
        parts = [f"{one} {name}" for name, one in wanted.items()]
        path, related = next(iter(places.values()))
        yield Fault("NB613", path, f"{none} has {listed(parts)} together", _ROOM_REMEDY, related)


_ROOM_REMEDY: Final = "Ask for less, or add a larger node."


def _fits(node: Node, wanted: Amounts) -> bool:
    return all(node.allocatable.get(name, NOTHING) >= one for name, one in wanted.items())
