"""Rules of the merge: conflicts, silent loss, and what a Notebook may override.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB3"
TITLE: Final = "merge and overrides"
RULES: tuple[Rule, ...] = (
    Rule("NB301", "error", "two PodDefaults set one field differently"),
    Rule("NB302", "error", "a layer adds a container without an image"),
    Rule("NB303", "error", "a layer changes the source of a volume"),
    Rule("NB304", "error", "a layer changes the volume behind a mount path"),
    Rule("NB305", "error", "the layer is not a valid strategic merge patch"),
    Rule("NB306", "error", "the override is not allowed by the Template"),
    Rule("NB307", "error", "the env variable may not be set by a Notebook"),
    Rule("NB308", "error", "the label or annotation may not be set by a Notebook"),
    Rule("NB309", "error", "the volume or its mount path may not be set by a Notebook"),
    Rule("NB310", "error", "the resource may not be set by a Notebook"),
    Rule("NB311", "error", "the Template has no container to run the notebook in"),
    Rule("NB312", "error", "a merge directive stands where it has no effect"),
    Rule("NB313", "error", "the override rule opens a field that no Notebook may change"),
    Rule("NB314", "warning", "the override rule lets any value through where only listed ones are safe"),
    Rule("NB315", "warning", "nothing can meet the override rule"),
    Rule("NB316", "warning", "the override rule lets through names that a Notebook may not use"),
    Rule("NB317", "warning", "an option value wins over a required PodDefault"),
    Rule("NB318", "warning", "a layer names the notebook's container twice"),
    Rule("NB319", "error", "the volume has a name that is reserved for the notebook's own"),
    Rule("NB320", "warning", "a PodDefault replaces what several containers start"),
    Rule("NB321", "error", "a PodDefault and the pod set one field differently"),
    Rule(
        "NB322",
        "warning",
        "the name of the PodDefault does not fit into the mark that Kubeflow leaves on pods",
    ),
    Rule("NB323", "error", "Kubeflow's own webhook takes what a PodDefault adds for a conflict"),
)
