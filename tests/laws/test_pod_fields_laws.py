"""Laws of the schema check of pods, and of the look at unquoted scalars."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbcore import load
from nbcore.checks.pod_fields import MANY, _fits, fitted
from nbcore.checks.scalars_written import may_hold_octal, surprising_scalars
from nbcore.dialects.parsed import origin_of
from nbcore.kubernetes import pod_schema
from tests.laws.trees import hostile_json, near_misses, typed_trees

VERSIONS = st.sampled_from(pod_schema.VERSIONS)
PODS = near_misses(typed_trees())
ANY = st.one_of(PODS, hostile_json(), st.fixed_dictionaries({"spec": hostile_json()}))


@given(typed_trees())
def test_typed_trees_fit(tree: dict[str, Any]) -> None:
    sound, faults = fitted(tree, type_name="PodTemplateSpec")
    assert sound is tree
    assert faults == []


@given(ANY, VERSIONS)
def test_the_compiled_check_and_the_walk_agree(pod: Any, version: str) -> None:
    sound, faults = fitted(pod, version)
    fits = _fits("Pod", version)(pod)
    assert fits == (sound is pod)
    assert not (fits and faults)


@given(ANY, VERSIONS)
def test_what_was_fitted_fits(pod: Any, version: str) -> None:
    sound, _ = fitted(pod, version)
    again, faults = fitted(sound, version)
    assert again is sound
    assert faults == []


@given(PODS)
def test_the_pod_is_left_unchanged(pod: Any) -> None:
    before = repr(pod)
    fitted(pod)
    assert repr(pod) == before


@given(ANY)
def test_a_fault_stands_where_the_pod_has_something(pod: Any) -> None:
    _, faults = fitted(pod)
    assert len(faults) <= MANY
    for fault in faults:
        place = pod
        for step in fault.path:
            place = place[step]
        assert fault.message
        assert fault.remedy.endswith((".", "?"))


WORDS = (
    "a",
    "on",
    "y",
    "No",
    "true",
    "010",
    "0o7",
    "-010",
    "1e3",
    ".5",
    "08",
    "12:30",
    "'on'",
    '"010"',
    "&a",
)
YAML = st.lists(st.sampled_from((*WORDS, ":", ": ", "\n", "- ", "{", "}", ",", "? ", " ")), max_size=14)


@given(YAML.map("".join))
def test_the_quick_look_overlooks_no_octal_number(text: str) -> None:
    origins = [origin_of(document.value, document) for document in load(text)]
    found = [surprising_scalars(origin) for origin in origins]
    assert may_hold_octal(text) or found == [surprising_scalars(one, octal=False) for one in origins]
