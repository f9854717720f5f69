"""Which PodDefaults select a pod: those of its namespace, made ready once in the catalog's memo.

Refuses to know what they add, and what the pod says to it.

Laws: test_peers_do_not_depend_on_the_order_of_objects.
Source: reference behaviour of Kubeflow's PodDefault, section 1.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbcore.catalog import Catalog
from nbcore.finding import Source
from nbcore.kubernetes.selector import Selector
from nbcore.model.conventions import KEPT_POD_DEFAULTS
from nbcore.model.kubeflow_v1 import STARTS
from nbcore.model.pod_default import PodDefault
from nbcore.peers.joining import Joined, Peer, joined
from nbcore.resolve.notebook_layers import POD_DEFAULTS_ANNOTATION

EXCLUDING: Final = ("poddefault.admission.kubeflow.org/exclude", "jackhoman.dev/exclude-pod-defaults")
"""The annotations that, when they are true, keep PodDefaults from a pod."""
MIRROR: Final = "kubernetes.io/config.mirror"
_MOST_KEPT: Final = 256
"""So many combinations of PodDefaults and containers are kept ready for one namespace."""
_DEFAULT_CONTAINER: Final = "kubectl.kubernetes.io/default-container"
_MAIN: Final = "main"


@dataclass(slots=True, eq=False)
class Peers:
    """The PodDefaults of a namespace that select pods, in order, and those that cannot be read."""

    all: tuple[Peer, ...]
    unreadable: tuple[tuple[Source, bool], ...]
    """Each with whether it is one of Kubeflow."""
    _by_label: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    _others: list[int] = field(default_factory=list)
    _kept: dict[Any, Joined] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for at, peer in enumerate(self.all):
            sure = next((one for one in peer.selector.requirements if len(one.members) == 1), None)
            if sure is not None and sure.operator == "In":
                self._by_label.setdefault((sure.key, sure.values[0]), []).append(at)
            else:
                self._others.append(at)

    def selected(self, labels: Mapping[str, str]) -> tuple[int, ...]:
        """The places of the PodDefaults whose selectors match the labels."""
        places = [*self._others]
        if self._by_label:
            for pair in labels.items():
                places += self._by_label.get(pair, ())
        return tuple([at for at in sorted(places) if self.all[at].selector.matches(labels)])

    def joined(self, chosen: tuple[int, ...], pod: Mapping[str, Any]) -> Joined:
        """What the PodDefaults at some places add to a pod, from what is kept ready if it is there."""
        containers = [one for one in pod["spec"].get("containers") or () if isinstance(one, dict)]
        main = _main_of(pod, containers)
        key = (chosen, main, *[_signature(one) for one in containers])
        found = self._kept.get(key)
        if found is None:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.clear()
            found = self._kept[key] = joined([self.all[at] for at in chosen], containers, main)
        return found


def peers_of(catalog: Catalog, namespace: str) -> Peers:
    """The PodDefaults of a namespace, of every dialect, that select pods; from the catalog's memo."""
    key = ("pods", namespace)
    found: Peers | None = catalog.memo.get(key)
    if found is None:
        found = catalog.memo[key] = Peers(tuple(_peers(catalog, namespace)), _unreadable(catalog, namespace))
    return found


def _peers(catalog: Catalog, namespace: str) -> Iterator[Peer]:
    for kind in KEPT_POD_DEFAULTS:
        for one in sorted(catalog.list(kind, namespace), key=lambda one: one.metadata.name):
            selector = Selector.parse(one.spec.selector)[0] if isinstance(one, PodDefault) else None
            if selector is not None:
                yield Peer(one, selector)


def _unreadable(catalog: Catalog, namespace: str) -> tuple[tuple[Source, bool], ...]:
    own, kubeflow = KEPT_POD_DEFAULTS
    found = (one for one in catalog.unread if one.kind == own and one.namespace == namespace)
    ordered = sorted(found, key=lambda one: one.name)  # whichever was read first
    return tuple((one, catalog.is_broken(kubeflow, f"{namespace}/{one.name}")) for one in ordered)


def _signature(container: Mapping[str, Any]) -> tuple[Any, ...]:
    """All of a container that what PodDefaults add depends on."""
    name = container.get("name")
    return (name if isinstance(name, str) else None, *[container.get(one) is None for one in STARTS])


def _main_of(pod: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> str:
    """The container that a PodDefault of our own means by ``main`` where no container has that name."""
    names = [one.get("name") for one in containers]
    annotations = (pod.get("metadata") or {}).get("annotations")
    wanted = annotations.get(_DEFAULT_CONTAINER) if isinstance(annotations, dict) else None
    found = next((one for one in (_MAIN, wanted) if one in names), names[0] if names else _MAIN)
    return found if isinstance(found, str) else _MAIN


def leaves_alone(annotations: Mapping[str, str]) -> bool:
    """Whether a pod with these annotations is not touched: it has its PodDefaults, wants none, or mirrors a pod."""
    if POD_DEFAULTS_ANNOTATION in annotations or MIRROR in annotations:
        return True
    return any(annotations.get(one) == "true" for one in EXCLUDING)
