"""What an object shows of itself in a log or a debugger holds no value of an env variable or of a Secret."""

from __future__ import annotations

from typing import Any

import pytest

import nbcore
from tests.units.cli.program import CANARY, WORLD

SECRET = (
    f"apiVersion: v1\nkind: Secret\nmetadata: {{name: s, namespace: team-a}}\nstringData: {{a: {CANARY}}}\n"
)
DOCUMENTS = nbcore.load(f"{WORLD}---\n{SECRET}", "kinds.yaml")
CATALOG = nbcore.Catalog(DOCUMENTS)
RENDERING = nbcore.render(CATALOG.get("Notebook", "ada", "team-a"), CATALOG)
CHOICES = nbcore.choices(CATALOG.get("Template", "jupyter", "kubeflow"), CATALOG)

SHOWN: dict[str, Any] = {
    "documents": DOCUMENTS,
    "a document": DOCUMENTS[0],
    "a part of a document": DOCUMENTS[0].at(("spec",)),
    "the catalog": CATALOG,
    "a rendering": RENDERING,
    "its layers": RENDERING.layers,
    "its origins": RENDERING.origins,
    "an origin": RENDERING.origin("spec.containers[main].env[PASSWORD].value"),
    "its selection": (RENDERING.template, RENDERING.selection),
    "its PodDefaults": RENDERING.pod_defaults,
    "choices": CHOICES,
    "an offer": CHOICES.groups[0].values,
    "findings": (CATALOG.findings, RENDERING.findings, DOCUMENTS.findings),
    "settings": nbcore.Settings(),
}


@pytest.mark.parametrize("name", SHOWN)
def test_what_an_object_shows_of_itself_holds_no_hidden_value(name: str) -> None:
    shown = SHOWN[name]
    assert CANARY not in f"{shown!r} {shown!s}"


def test_the_values_are_there_all_the_same() -> None:
    assert RENDERING.pod is not None
    assert CANARY.encode() in RENDERING.to_bytes()
    assert CANARY in str(DOCUMENTS[0].value)
    assert "kinds.yaml" in repr(DOCUMENTS[0])
