"""The generated schemas: up to date, valid as schemas, and of one mind with the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from nbcore import dialects
from schemas import generate_kinds

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMAS = {
    kind: json.loads((ROOT / "schemas" / "json" / f"{kind.lower()}.json").read_text())
    for kind in generate_kinds.KINDS
}
VALIDATORS = {kind: jsonschema.Draft202012Validator(schema) for kind, schema in SCHEMAS.items()}
FULL = {one["kind"]: one for one in yaml.safe_load_all((ROOT / "tests/vectors/kinds.yaml").read_text())}
SEEDS = list(yaml.safe_load_all((ROOT / "tests/vectors/seeds/003.yaml").read_text()))


def test_the_committed_files_are_what_the_generator_writes() -> None:
    assert list(generate_kinds.differences()) == []


def test_check_finds_a_drift(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate_kinds.main(["--check"]) == 0
    drifted = [(path, text + "more\n") for path, text in generate_kinds.files()]
    monkeypatch.setattr(generate_kinds, "files", lambda: iter(drifted))
    assert generate_kinds.main(["--check"]) == 1
    assert "+more" in capsys.readouterr().out


def test_the_generator_is_deterministic() -> None:
    assert list(generate_kinds.files()) == list(generate_kinds.files())


@pytest.mark.parametrize("kind", list(SCHEMAS))
def test_editor_schemas_are_schemas_and_accept_every_field(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind])
    VALIDATORS[kind].validate(FULL[kind])


def test_editor_schemas_accept_the_manifests_that_the_project_started_from() -> None:
    for seed in SEEDS:
        VALIDATORS[seed["kind"]].validate(seed)


WRONG: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("Template", ("spec", "prots"), []),
    ("Template", ("spec", "ports", 0, "port"), "8888"),
    ("Template", ("spec", "template", "spec", "container"), []),
    ("Template", ("spec", "template", "spec", "containers", 0, "image"), 1),
    ("Template", ("spec", "podSecurity", "level"), "strict"),
    ("Notebook", ("spec", "stopped"), "false"),
    ("Notebook", ("spec", "resources", "cpu"), True),
    ("Notebook", ("spec", "resources", "memory"), "4 GiB"),
    ("Notebook", ("kind",), "Notbook"),
    ("PodDefault", ("spec", "selector", "matchLabels", "a"), 1),
    ("Revision", ("spec", "inputs", 0, "rank"), "notebook"),
]


@pytest.mark.parametrize(("kind", "path", "value"), WRONG)
def test_editor_schemas_see_what_is_wrong(kind: str, path: tuple[str | int, ...], value: Any) -> None:
    changed = json.loads(json.dumps(FULL[kind]))
    parent = changed
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        VALIDATORS[kind].validate(changed)
    below_template = "template" in path
    assert (dialects.parse(changed).object is None) != below_template, "pods are not the dialect's business"


def test_every_list_of_the_model_that_has_ids_is_a_map_to_the_server() -> None:
    found: set[str] = set()
    for kind in generate_kinds.KINDS:
        waiting = [generate_kinds.structural(kind)]
        while waiting:
            node = waiting.pop()
            for name, one in node.get("properties", {}).items():
                if "id" in one.get("items", {}).get("properties", {}):
                    assert one["x-kubernetes-list-map-keys"] == ["id"], name
                    found.add(name)
                waiting.extend((one, one.get("items", {})))
    assert found == {"options", "values", "ports"}


def test_short_names_and_plurals_are_unique() -> None:
    kinds = generate_kinds.KINDS.values()
    assert len({kind.plural for kind in kinds}) == len({kind.short for kind in kinds}) == len(SCHEMAS)


def test_no_bound_of_a_model_is_lost_on_the_way_to_the_server() -> None:
    text = json.dumps([generate_kinds.structural(kind) for kind in generate_kinds.KINDS])
    assert text.count('"maximum": 65535') == 3
    assert text.count('"maximum": 511') == 1
    assert text.count('"maximum": 2147483647') == 1
