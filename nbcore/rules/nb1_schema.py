"""Rules of form: what is no manifest, and what the schema of a kind or a pod does not have.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB1"
TITLE: Final = "syntax and schema"
RULES: tuple[Rule, ...] = (
    Rule("NB101", "error", "the text is not valid YAML or JSON"),
    Rule("NB102", "error", "a key stands twice in one map"),
    Rule("NB103", "error", "the input is larger or deeper than the limits allow"),
    Rule("NB104", "error", "the apiVersion or kind is not one that nbcore reads"),
    Rule("NB105", "error", "the field does not exist"),
    Rule("NB106", "error", "the value has the wrong type or form"),
    Rule("NB107", "error", "a required field is missing"),
    Rule("NB108", "error", "the YAML uses a feature that Kubernetes manifests may not use"),
    Rule("NB109", "warning", "an unquoted scalar changes its meaning"),
    Rule("NB110", "warning", "the input holds no object"),
    Rule("NB111", "warning", "two objects have the same kind, namespace and name"),
    Rule("NB112", "error", "an object that cannot be changed was changed"),
    Rule("NB190", "warning", "a suppression gives no reason"),
    Rule("NB191", "error", "a suppression names a code that does not exist"),
    Rule("NB192", "warning", "a suppression has expired"),
    Rule("NB193", "warning", "a suppression hides nothing"),
    Rule("NB194", "warning", "a suppression names a rule that is strict"),
    Rule("NB195", "warning", "a suppression cannot be read"),
)
