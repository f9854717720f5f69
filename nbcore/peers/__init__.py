"""Peers: a pod and the PodDefaults that select it, united field by field, with every conflict between them.

PodDefaults of our own come first, then those of Kubeflow, each by name. All or nothing: with a conflict, what comes
out is of no use.

Refuses to know admission, and how findings are told.

Source: reference behaviour of Kubeflow's PodDefault, sections 1.3 to 1.5.
"""

from __future__ import annotations

from nbcore.peers.adding import Addition, added, addition
from nbcore.peers.choosing import EXCLUDING, Peers, leaves_alone, peers_of
from nbcore.peers.joining import Clash, Joined, Peer, starting
from nbcore.peers.own_pods import OwnPod, own_pod
from nbcore.peers.uniting import united

__all__ = [
    "EXCLUDING",
    "Addition",
    "Clash",
    "Joined",
    "OwnPod",
    "Peer",
    "Peers",
    "added",
    "addition",
    "leaves_alone",
    "own_pod",
    "peers_of",
    "starting",
    "united",
]
