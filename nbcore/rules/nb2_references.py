"""Rules of references: options, redirects, PodDefaults and all that names something else.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB2"
TITLE: Final = "references, options, redirects"
RULES: tuple[Rule, ...] = (
    Rule("NB201", "error", "the Template does not exist"),
    Rule("NB202", "error", "a required option is not chosen"),
    Rule("NB203", "error", "the option group does not exist"),
    Rule("NB204", "error", "the chosen option value is gone"),
    Rule("NB205", "error", "the PodDefault does not exist"),
    Rule("NB206", "error", "the PodDefault is not offered by the Template"),
    Rule("NB207", "warning", "a redirect leads to something that does not exist"),
    Rule("NB208", "warning", "redirects form a cycle"),
    Rule("NB209", "error", "the chosen option values are not compatible"),
    Rule("NB210", "error", "an id is used twice"),
    Rule("NB211", "error", "the default is not one of the values"),
    Rule("NB212", "error", "template text names something that does not exist"),
    Rule("NB213", "info", "a newer option value or Template is offered"),
    Rule("NB214", "info", "the Template is deprecated"),
    Rule("NB215", "error", "the option group has no values"),
    Rule("NB216", "warning", "the default is hidden"),
    Rule("NB217", "warning", "the default is not open to everybody who may use the Template"),
    Rule("NB218", "warning", "the default redirects to another value"),
    Rule("NB219", "warning", "a redirect leads to something hidden"),
    Rule("NB220", "error", "a redirect leads to something that is less open"),
    Rule("NB221", "error", "an object that the kind needs does not exist", "objects of its kind"),
    Rule("NB222", "warning", "two endpoints have the same port number"),
    Rule("NB223", "warning", "no container has the port of the endpoint"),
    Rule("NB224", "error", "the endpoint has no port number"),
    Rule("NB225", "warning", "no selection can have the option value"),
    Rule("NB226", "error", "no selection can be made of the Template"),
    Rule("NB227", "warning", "a selector asks for a label that no value has"),
    Rule("NB228", "error", "an image has an endpoint that its kind does not have"),
    Rule("NB229", "error", "the filter rule can do nothing"),
    Rule("NB230", "error", "the selector of a rule is not valid"),
    Rule("NB231", "error", "the activity probe cannot run"),
    Rule("NB232", "error", "an activity rule that matches everything is not the last"),
    Rule("NB233", "error", "an activity rule pauses and nothing probes for activity"),
    Rule("NB234", "error", "an option value that is in use is changed"),
    Rule("NB235", "error", "an option value that is in use is removed"),
    Rule("NB236", "error", "a kind that is in use or protected is deleted"),
    Rule("NB237", "warning", "a header stands twice, in another case"),
    Rule("NB240", "warning", "a PodDefault that may be meant for the pod cannot be read"),
)
