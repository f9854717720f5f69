"""Laws of the form of Kubeflow's kinds: printing what was read, and reading what was printed."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind, printed
from nbcore.dialects.parsed import Parsed, origin_of
from nbcore.dialects.reading import fit
from nbcore.finding import CODES
from tests.oracles.workspace_kinds import SCHEMAS, Grower

Json = Any
KINDS = st.sampled_from(tuple(SCHEMAS))
SEEDS = st.integers(0, 2**32)


def parsed(value: Json) -> Parsed:
    models = {"WorkspaceKind": WorkspaceKind, "Workspace": Workspace}
    form, findings, known = fit(models[value["kind"]], value, origin_of(value))
    return Parsed(form, findings, known)  # type: ignore[arg-type]  # the form, and not yet a part of the model


def without_nulls(value: Json) -> Json:
    """The value without the entries of objects that are null."""
    if isinstance(value, dict):
        return {key: without_nulls(one) for key, one in value.items() if one is not None}
    return [without_nulls(one) for one in value] if isinstance(value, list) else value


def pruned(value: Json) -> Json:
    """The object as a server prunes it: labels that are null are empty, and a status is dropped unread."""
    kept = {key: without_nulls(one) for key, one in value.items() if key != "status"}
    for field in ("labels", "annotations"):
        entries = value["metadata"].get(field)
        if isinstance(entries, dict):
            kept["metadata"][field] = {key: one or "" for key, one in entries.items()}
    empty = [field for field in ("name", "namespace") if kept["metadata"].get(field) == ""]
    kept["metadata"] = {key: one for key, one in kept["metadata"].items() if not empty or one != ""}
    return kept | ({"status": value["status"]} if value.get("status") is not None else {})


@given(KINDS, SEEDS, st.booleans())
def test_what_was_parsed_prints_as_it_was(kind: str, seed: int, is_mutant: bool) -> None:
    grower = Grower(seed)
    value = grower.mutant(kind) if is_mutant else grower.object(kind)
    whole = parsed(value).object
    assert whole is not None or is_mutant
    assume(whole is not None)
    assert isinstance(whole, WorkspaceKind | Workspace)
    assert printed(whole) == pruned(value)


@given(KINDS, SEEDS)
def test_what_was_printed_parses_to_the_same(kind: str, seed: int) -> None:
    whole = parsed(Grower(seed).object(kind)).object
    assert isinstance(whole, WorkspaceKind | Workspace)
    again = parsed(json.loads(json.dumps(printed(whole)))).object
    assert again == whole


@given(KINDS, SEEDS)
def test_any_mutant_is_read_or_refused_with_reasons(kind: str, seed: int) -> None:
    value = Grower(seed).mutant(kind)
    before = copy.deepcopy(value)
    found = parsed(value)
    assert (found.object is None) == bool(found.findings)
    assert all(one.code in CODES and one.message and one.remedy for one in found.findings)
    assert value == before
