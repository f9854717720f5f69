"""Rules of what fits: quota, limit ranges and nodes.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB6"
TITLE: Final = "resources and quota"
_QUOTA: Final = "a ResourceQuota"
_RANGE: Final = "a LimitRange"
_NODES: Final = "the cluster's Nodes"
RULES: tuple[Rule, ...] = (
    Rule("NB601", "error", "the pod asks for more than a ResourceQuota has left", _QUOTA),
    Rule("NB602", "error", "a container does not set what a ResourceQuota counts", _QUOTA),
    Rule("NB603", "error", "an ephemeral volume asks for more than a ResourceQuota has left", _QUOTA),
    Rule("NB604", "error", "the resources are outside the bounds of a LimitRange", _RANGE),
    Rule("NB605", "error", "the limit is too many times the request for a LimitRange", _RANGE),
    Rule("NB606", "error", "an ephemeral volume is outside the bounds of a LimitRange", _RANGE),
    Rule("NB607", "error", "what a LimitRange fills in does not go with what the pod sets", _RANGE),
    Rule("NB611", "error", "no node has the name and labels that the pod asks for", _NODES),
    Rule(
        "NB612", "error", "every node that the pod may run on has a taint that it does not tolerate", _NODES
    ),
    Rule("NB613", "error", "no node is large enough for the pod", _NODES),
)
