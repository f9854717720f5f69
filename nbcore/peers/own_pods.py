"""A notebook that holds its pod itself: the pod with the PodDefaults of the namespace, as a start gives it.

Refuses to know what its pod needs to be valid.

Source: reference behaviour of Kubeflow's Notebook, section 2.2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from nbcore.catalog import Catalog
from nbcore.checks.layers import merge_finding
from nbcore.finding import Finding
from nbcore.model.layer import Layer
from nbcore.model.notebook import Notebook
from nbcore.model.template import Template
from nbcore.peers.choosing import Peers, leaves_alone, peers_of
from nbcore.peers.joining import Clash, holder, starting
from nbcore.peers.uniting import united
from nbcore.resolve.layers import template_layer
from nbcore.resolve.notebook_layers import identity_labels
from nbcore.resolve.pod_defaults import PodDefaultResult, matched
from nbcore.strategic.directives import MergeError, cleaned
from nbcore.strategic.uniting import unite


class OwnPod(NamedTuple):
    """The pod of a notebook that holds it: its Template, its layers, the tree that they make, what is wrong."""

    template: Template
    layers: tuple[Layer, ...]
    tree: dict[str, Any]
    pod_defaults: tuple[PodDefaultResult, ...]
    findings: tuple[Finding, ...]


def own_pod(notebook: Notebook, template: Template, catalog: Catalog, *, compat: bool) -> OwnPod:
    """The pod of a notebook with what the PodDefaults of its namespace add, of which it is a peer."""
    pod, peers = template.spec.template, peers_of(catalog, notebook.metadata.namespace)
    metadata = pod.get("metadata", {})
    labels = {**metadata.get("labels", {}), **identity_labels(notebook)}
    alone = leaves_alone(metadata.get("annotations", {}))
    results = [] if alone else matched((one.pod_default for one in peers.all), labels, ())
    add = peers.joined(() if alone else peers.selected(labels), pod)
    base = template_layer(template)
    layers = (base, *add.layers)
    try:
        tree, clashes = united(pod, add, compat=compat)
    except MergeError as error:
        tree, clashes = pod, [_unnamed(error, layers)]
    found = [
        merge_finding(one.code, one.layer, one.path, one.reason, one.other or base, layers) for one in clashes
    ]
    found += [*_wrong_labels(notebook), *_told_of(notebook, template, peers, results)]
    return OwnPod(template, layers, tree, tuple(results), tuple(found))


def _unnamed(error: MergeError, layers: Sequence[Layer]) -> Clash:
    """That a list element of some layer lacks the key by which its list is merged, as one with a null name does."""
    found = next(filter(_lacks_a_key, layers), None) or holder(reversed(layers), error.path) or layers[0]
    return Clash(error.code, found, error.path, error.reason)


def _lacks_a_key(layer: Layer) -> bool:
    try:
        unite(cleaned(layer.tree), cleaned(layer.tree))
    except MergeError:
        return True
    return False


def _wrong_labels(notebook: Notebook) -> Iterator[Finding]:
    """The labels of a Notebook that would keep its pods from being found."""
    for label, name in identity_labels(notebook).items():
        if notebook.metadata.labels.get(label, name) != name:
            yield notebook.metadata.origin.finding(
                "NB308",
                f"the label {label} selects the pods of the Notebook, and may have no other value",
                "Remove the label.",
                path=("labels", label),
            )


def _told_of(
    notebook: Notebook, template: Template, peers: Peers, results: Sequence[PodDefaultResult]
) -> Iterator[Finding]:
    """What is to be said of PodDefaults beside conflicts."""
    applied = {id(one.pod_default) for one in results if one.applied}
    containers = template.spec.template["spec"]["containers"]
    for peer in peers.all:
        names = starting(peer, containers) if id(peer.pod_default) in applied else []
        if len(names) > 1:
            yield peer.pod_default.origin.finding(
                "NB320",
                f"it says what {len(names)} containers of one pod start: {', '.join(names)[:256]}",
                "Give the containers that need it a command of their own.",
                path=("spec",),
            )
    for source, _ in peers.unreadable:
        yield notebook.origin.finding(
            "NB240",
            f"{source.object} cannot be read: whether it applies is not known",
            "Repair the PodDefault.",
            path=("metadata", "labels"),
        )
