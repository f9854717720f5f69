"""Trust classes: what a path reaches, and that a new field of the schema would be missed."""

from __future__ import annotations

from nbcore.checks.trust_classes import Trust, reached
from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field
from tests.laws.test_allow_list_laws import unnamed


def test_a_field_that_the_schema_gains_would_be_missed() -> None:
    grown = pod_schema.definition("PodTemplateSpec").root.fields["spec"]
    more = Field("object", grown.accepts, None, {**grown.fields, "newcomer": grown.fields["hostPID"]})
    assert list(unnamed(("spec",), more)) == [("spec", "newcomer")]


def test_what_no_rule_reaches_is_no_field() -> None:
    assert list(reached(("spec", "nonsense"))) == []
    assert dict(reached(("spec", "containers", "*", "securityContext", "privileged"))) == {
        ("spec", "containers", "*", "securityContext"): Trust.NEVER
    }
