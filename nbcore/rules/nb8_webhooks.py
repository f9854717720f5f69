"""Rules of webhook configurations: what a cluster that sends admission reviews can be stopped by.

Errors are what the API server refuses, and what can lock a cluster up; everything else is a warning.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB8"
TITLE: Final = "webhook configuration"
RULES: tuple[Rule, ...] = (
    Rule("NB801", "error", "the name of the webhook is not fully qualified"),
    Rule("NB802", "error", "two webhooks of one configuration have the same name"),
    Rule("NB803", "error", "the webhook takes no version of AdmissionReview that Kubernetes sends"),
    Rule("NB804", "error", "the webhook does not promise to be without side effects"),
    Rule("NB805", "warning", "the webhook has side effects outside dry runs"),
    Rule("NB806", "warning", "the webhook does not take AdmissionReview v1"),
    Rule("NB807", "warning", "the webhook may hold up a request for more than five seconds"),
    Rule("NB808", "warning", "the mutating webhooks of one resource may together outlast the request"),
    Rule("NB809", "warning", "the configuration does not say what happens when the webhook is down"),
    Rule("NB810", "error", "a field of the webhook holds what the API server refuses"),
    Rule("NB811", "error", "the webhook can stop what the cluster lives on"),
    Rule("NB812", "warning", "the webhook slows down what the cluster lives on"),
    Rule("NB813", "error", "a webhook that fails closed reaches the system's own namespace"),
    Rule("NB814", "warning", "the webhook reaches the system's own namespace"),
    Rule("NB815", "error", "a webhook that fails closed reaches the namespace that it runs in"),
    Rule("NB816", "warning", "the rules of the webhook hold a wildcard"),
    Rule("NB817", "warning", "the wildcard takes objects that belong to no namespace as well"),
    Rule("NB818", "warning", "the webhook is passed by through another version of the API"),
    Rule("NB819", "warning", "the webhook does not see what later webhooks add to a pod"),
    Rule("NB820", "warning", "pods are judged when they are created and can be changed behind it"),
    Rule("NB821", "warning", "a label of the object keeps it from the webhook"),
    Rule("NB822", "error", "the caBundle holds no certificates that can be read"),
    Rule("NB823", "warning", "the webhook runs on a Service and has no caBundle"),
    Rule("NB824", "warning", "the port of the webhook's Service is not written"),
    Rule("NB825", "error", "the configuration does not say where the webhook is"),
    Rule("NB826", "error", "the API server refuses the match conditions"),
    Rule("NB827", "warning", "a match condition lets users keep their objects from the webhook"),
    Rule("NB828", "warning", "a webhook that fails closed judges pods of namespaces that did not ask for it"),
    Rule("NB829", "warning", "what the webhook refuses is let through while it is down"),
)
