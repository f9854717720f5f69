"""Laws of parsing: any JSON in, never an exception out; what is accepted is accepted for good."""

from __future__ import annotations

import copy
import json
import pathlib
from typing import Any

import yaml
from hypothesis import given
from hypothesis import strategies as st

from nbcore import dialects, source
from nbcore.dialects import native
from nbcore.finding import CODES
from nbcore.model.element import Element
from tests.mutants import mutants

Json = Any
VECTORS = pathlib.Path(__file__).resolve().parent.parent / "vectors"
FULL = list(yaml.safe_load_all((VECTORS / "kinds.yaml").read_text()))

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
NAMES = st.sampled_from(
    ("apiVersion", "kind", "metadata", "spec", "name", "template", "options", "values", "id", "items", "env")
)
WORDS = st.sampled_from((native.API_VERSION, "jackhoman.dev/v1", "v1", *native.MODELS, "List", "Lst"))
ANY_JSON = st.recursive(
    SCALARS | WORDS,
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(NAMES | st.text(max_size=4), below, max_size=6)
    ),
    max_leaves=20,
)
OURS = st.builds(
    lambda kind, metadata, spec: {
        "apiVersion": native.API_VERSION, "kind": kind, "metadata": metadata, "spec": spec
    },
    st.sampled_from(tuple(native.MODELS)), ANY_JSON, ANY_JSON,
)  # fmt: skip
MUTANTS = st.sampled_from(FULL).flatmap(mutants)


@given(ANY_JSON | OURS | MUTANTS)
def test_any_json_in_never_an_exception_out(value: Json) -> None:
    before = copy.deepcopy(value)
    parsed = dialects.parse(value)
    errors = [one for one in parsed.findings if one.severity == "error"]
    assert (parsed.object is None) == bool(errors)
    assert all(one.code in CODES and one.message for one in parsed.findings)
    assert value == before


@given(ANY_JSON | OURS | MUTANTS)
def test_every_document_parses_and_so_do_its_items(value: Json) -> None:
    for document in source.load(json.dumps(value).encode(), "any.json"):
        for item in dialects.items(document):
            for one in dialects.parse(item).findings:
                assert one.position is not None
                assert one.source.file in ("", "any.json")


@given(MUTANTS)
def test_a_file_and_a_dict_have_the_same_findings(value: Json) -> None:
    (document,) = source.load(json.dumps(value).encode(), "any.json")
    of_file = {(one.code, one.path, one.message) for one in dialects.parse(document).findings}
    of_dict = {(one.code, one.path, one.message) for one in dialects.parse(document.value).findings}
    assert of_file == of_dict


@given(MUTANTS)
def test_what_is_accepted_is_accepted_again_after_printing(value: Json) -> None:
    parsed = dialects.parse(value)
    if isinstance(parsed.object, Element):
        printed = parsed.object.model_dump(by_alias=True, mode="json", exclude_unset=True)
        again = dialects.parse(printed)
        assert again.findings == ()
        assert isinstance(again.object, Element)
        assert again.object.model_dump(exclude_unset=True) == parsed.object.model_dump(exclude_unset=True)


@given(MUTANTS, st.randoms(use_true_random=False))
def test_the_order_of_fields_does_not_matter(value: Json, random: Any) -> None:
    def shuffled(node: Json) -> Json:
        if isinstance(node, dict):
            items = [(key, shuffled(one)) for key, one in node.items()]
            random.shuffle(items)
            return dict(items)
        return [shuffled(one) for one in node] if isinstance(node, list) else node

    assert dialects.parse(shuffled(value)).findings == dialects.parse(value).findings
