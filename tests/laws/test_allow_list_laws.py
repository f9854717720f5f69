"""Laws of the trust classes: nothing of a pod is left out, and no rule can make their reader stumble."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import event, given
from hypothesis import strategies as st

from nbcore.catalog import Catalog
from nbcore.checks.allow_list import check_allow_list
from nbcore.checks.trust_classes import TABLE, Place
from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.pod_schema import Field
from tests.laws.kinds import kind


def unnamed(place: Place, field: Field) -> Iterator[Place]:
    """The fields at a place and below it that the table does not name."""
    if place in TABLE:
        return
    below = any(one[: len(place)] == place for one in TABLE)
    if below and field.type == "object":
        for name, one in field.fields.items():
            yield from unnamed((*place, name), one)
    elif below and field.items is not None:
        yield from unnamed((*place, "*"), field.items)
    else:
        yield place


def test_the_table_names_every_field_of_the_pod_schema() -> None:
    assert list(unnamed((), pod_schema.definition("PodTemplateSpec").root)) == []


def test_every_field_of_the_table_exists_in_some_version() -> None:
    for place in TABLE:
        at = pod_schema.definition("PodTemplateSpec").root
        for step in place:
            below = at.items if step == "*" else at.fields.get(step)
            if below is None:
                assert pod_schema.versions_of(at.ref or "", step) is not None, place
                break
            at = below


def test_no_place_of_the_table_stands_below_another_one() -> None:
    assert not [one for one in TABLE for length in range(1, len(one)) if one[:length] in TABLE]


STEPS = st.sampled_from(
    (
        "*", "spec", "metadata", "containers", "initContainers", "volumes", "env", "value", "labels", "main", "image",
        "resources", "limits", "cpu", "affinity", "volumeMounts", "securityContext", 0, 7, "$patch", "nowhere",
    )
)  # fmt: skip


@given(st.lists(STEPS, min_size=1, max_size=9))
def test_every_path_of_a_rule_gets_a_verdict(steps: list[str | int]) -> None:
    path = Path(steps).keyed
    pod = {"spec": {"containers": [{"name": "main", "image": "a"}]}}
    spec = {"template": pod, "overrides": [{"path": path}]}
    (template,) = Catalog([kind("lab", "Template", spec)]).list("Template")
    found = {one.code for one in check_allow_list(template, "main", {"main"})}
    event(" ".join(sorted(found)))
    assert found <= {"NB313", "NB314", "NB315", "NB316"}
    assert not {"NB313", "NB314"} <= found
