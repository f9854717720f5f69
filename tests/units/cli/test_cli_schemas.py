"""``nbcore lint --schemas``: which file is the schema of a kind, what it has against objects, and what it cannot."""

from __future__ import annotations

import json
import pickle
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.catalog import Catalog
from nbcore.cli import schema_files, schemas_given
from nbcore.cli.main import cli
from nbcore.cli.reading import Unusable
from nbcore.cli.schemas_given import Schemas, evaluated
from nbcore.finding import Finding, Fix
from nbcore.kubernetes.paths import Path as FieldPath
from nbcore.report import NotEvaluated

Json = Any
WIDGET = "example.com/widget_v1.json"
NEEDS = "a JSON Schema of the kind, given with --schemas"
CANARY = "c4n4ry"


def objects(text: str) -> Catalog:
    return Catalog(nbcore.load(text, "a.yaml"))


def widget(**spec: Json) -> Catalog:
    value = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}
    return objects(json.dumps(value))


def schema_of(spec: Json, **more: Json) -> Json:
    return {"type": "object", "properties": {"spec": spec}, **more}


def folder(root: Path, files: Mapping[str, Json]) -> Path:
    for name, schema in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(schema if isinstance(schema, str) else json.dumps(schema))
    return root


def told(root: Path, schema: Json, catalog: Catalog) -> list[Finding]:
    findings, _ = evaluated(catalog, Schemas([str(folder(root, {WIDGET: schema}))], "1.36"))
    return findings


# ---- which file ----

REFUSE: Json = {"properties": {"spec": False}}
FILES = {
    "the CRDs catalog": ("example.com/widget_v1.json", "example.com/v1"),
    "kubeconform's": ("widget-example-v1.json", "example.com/v1"),
    "of the wanted version": ("v1.29.3-standalone/widget-example-v1.json", "example.com/v1"),
    "of the wanted version, strict": ("v1.29.3-standalone-strict/widget-example-v1.json", "example.com/v1"),
    "of the newest version": ("master-standalone-strict/widget-example-v1.json", "example.com/v1"),
    "of a folder with definitions beside": ("v1.29.0-local/widget-example-v1.json", "example.com/v1"),
    "of a folder without a suffix": ("v1.29/widget-example-v1.json", "example.com/v1"),
    "of the core group": ("widget-v1.json", "v1"),
    "of the core group in the other layout": ("v1/widget_v1.json", "v1"),
    "of a group with dots": ("widget-cert-manager-v1alpha2.json", "cert-manager.io/v1alpha2"),
}
NO_FILES = {
    "of another version of Kubernetes": ("v1.28.3-standalone/widget-example-v1.json", "example.com/v1"),
    "of another version": ("widget-example-v1beta1.json", "example.com/v1"),
    "of another group": ("widget-other-v1.json", "example.com/v1"),
    "of another case": ("Widget-example-v1.json", "example.com/v1"),
    "in a folder of any name": ("schemas/widget-example-v1.json", "example.com/v1"),
    "above the folder": ("widget-v1.json", "../x/v1"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_file_of_a_kind(name: str, tmp_path: Path) -> None:
    file, api_version = FILES[name]
    catalog = objects(f"apiVersion: {api_version}\nkind: Widget\nmetadata: {{name: w}}\nspec: {{}}\n")
    findings, missing = evaluated(catalog, Schemas([str(folder(tmp_path, {file: REFUSE}))], "1.29"))
    assert [one.code for one in findings] == ["NB106"]
    assert missing == []


@pytest.mark.parametrize("name", NO_FILES)
def test_what_is_no_file_of_a_kind(name: str, tmp_path: Path) -> None:
    file, api_version = NO_FILES[name]
    catalog = objects(f"apiVersion: {api_version}\nkind: Widget\nmetadata: {{name: w}}\nspec: {{}}\n")
    findings, missing = evaluated(catalog, Schemas([str(folder(tmp_path, {file: REFUSE}))], "1.29"))
    assert findings == []
    assert [one.needs for one in missing] == [NEEDS]


def test_the_exact_file_comes_before_others(tmp_path: Path) -> None:
    def found(*names: str) -> str:
        files = {name: {"properties": {"spec": {"maxProperties": at}}} for at, name in enumerate(names)}
        root = folder(tmp_path / str(len(list(tmp_path.glob("*")))), files)
        findings, _ = evaluated(widget(a=1, b=1, c=1, d=1, e=1, f=1), Schemas([str(root)], "1.29"))
        return names[int(findings[0].message.split()[4])]

    best = "example.com/widget_v1.json"
    assert found("widget-example-v1.json", best) == best
    best = "v1.29.9-standalone-strict/widget-example-v1.json"
    others = ("master-standalone-strict", "v1.29.9-standalone", "v1.29.3-standalone-strict")
    assert found(*(f"{one}/widget-example-v1.json" for one in others), best) == best


def test_the_first_folder_with_a_schema_counts(tmp_path: Path) -> None:
    strict = folder(tmp_path / "a", {WIDGET: REFUSE})
    free = folder(tmp_path / "b", {WIDGET: True})
    for folders, codes in (([free, strict], []), ([strict, free], ["NB106"])):
        findings, _ = evaluated(widget(), Schemas(list(map(str, folders)), "1.36"))
        assert [one.code for one in findings] == codes


HOSTILE_KINDS = ("../../etc/passwd", "a/b", "", "Widget\n", "W" * 500, "Wïdget", "$(x)")


@pytest.mark.parametrize("kind", HOSTILE_KINDS)
@pytest.mark.parametrize("api_version", ["v1", "../v1", "a/../v1", "x/y/v1", "V1", "v1\n", "example.com/v1"])
def test_no_name_leads_out_of_the_folder(kind: str, api_version: str) -> None:
    for name in schema_files.names(api_version, kind):
        pytest.fail(f"{name} for {api_version} {kind}")
    for name in schema_files.names(api_version, "Widget"):
        assert ".." not in name
        assert name.count("/") <= 1


# ---- what it has against objects ----

TEXT = {"type": "string"}
CASES: Mapping[str, tuple[Json, Json, list[tuple[str, str, str, str]]]] = {
    "an unknown field": (
        {"properties": {"size": TEXT, "color": TEXT}, "additionalProperties": False},
        {"sise": "a"},
        [("NB105", "spec.sise", "there is no field sise here", "Did you mean size?")],
    ),
    "an unknown field like none": (
        {"properties": {"size": TEXT}, "additionalProperties": False},
        {"zzz": "a", "size": "b"},
        [("NB105", "spec.zzz", "there is no field zzz here", "Remove it, or choose one of: size.")],
    ),
    "a field that is there twice": (
        {"properties": {"size": TEXT}, "additionalProperties": False},
        {"Size": "a", "size": "b"},
        [("NB105", "spec.Size", "there is no field Size here", "Remove it: size is there already.")],
    ),
    "a field that a pattern knows": (
        {"patternProperties": {"^x-": TEXT}, "additionalProperties": False},
        {"x-a": 1, "y-a": 1},
        [
            ("NB106", "spec[x-a]", "spec[x-a] must be a text, not a whole number", ""),
            ("NB105", "spec[y-a]", "there is no field y-a here", "Remove it."),
        ],
    ),
    "other fields of a type": (
        {"additionalProperties": TEXT},
        {"a": "b", "c": 1},
        [("NB106", "spec.c", "c must be a text, not a whole number", "")],
    ),
    "required fields": (
        {"required": ["a", "b", "c"]},
        {"b": 1},
        [
            ("NB107", "spec.a", "the required field a is missing", "Add a."),
            ("NB107", "spec.c", "the required field c is missing", "Add c."),
        ],
    ),
    "a required field that is null": (
        {"required": ["a"]},
        {"a": None},
        [("NB107", "spec.a", "the required field a is missing", "Add a.")],
    ),
    "an optional field that is null": ({"properties": {"a": TEXT}}, {"a": None}, []),
    "a type": (
        {"properties": {"a": {"type": "integer"}}},
        {"a": "1"},
        [("NB106", "spec.a", "a must be a whole number, not a text", "")],
    ),
    "true is no number": (
        {"properties": {"a": {"type": "integer"}}},
        {"a": True},
        [("NB106", "spec.a", "a must be a whole number, not true or false", "")],
    ),
    "several types": (
        {"properties": {"a": {"type": ["string", "integer", "null"]}}},
        {"a": [1]},
        [("NB106", "spec.a", "a must be a text or a whole number, not a list", "")],
    ),
    "a number or a text": (
        {"properties": {"a": {"oneOf": [{"type": "string"}, {"type": "integer"}]}}},
        {"a": {}},
        [("NB106", "spec.a", "a must be a text or a whole number, not an object", "")],
    ),
    "an element of a list": (
        {"properties": {"a": {"items": TEXT}}},
        {"a": ["b", 1]},
        [("NB106", "spec.a[1]", "a[1] must be a text, not a whole number", "")],
    ),
    "a listed value": (
        {"properties": {"a": {"enum": ["Always", "Never"]}}},
        {"a": "Nevr"},
        [("NB106", "spec.a", "a is none of the values that its schema lists", "Did you mean Never?")],
    ),
    "a listed value like none": (
        {"properties": {"a": {"enum": ["Always", 1, None]}}},
        {"a": "zzz"},
        [
            (
                "NB106",
                "spec.a",
                "a is none of the values that its schema lists",
                "Use one of: Always, 1, null.",
            )
        ],
    ),
    "a pattern": (
        {"properties": {"a": {"pattern": "^[a-z]+$"}}},
        {"a": CANARY},
        [("NB106", "spec.a", "a does not have the form ^[a-z]+$", "")],
    ),
    "bounds": (
        {
            "properties": {
                "a": {"minimum": 5},
                "b": {"maximum": 5},
                "c": {"minLength": 3},
                "d": {"maxLength": 3},
                "e": {"minItems": 1},
                "f": {"maxItems": 1},
                "g": {"multipleOf": 2},
                "h": {"minProperties": 1},
            }
        },
        {"a": 4, "b": 6, "c": "x", "d": "xxxx", "e": [], "f": [1, 2], "g": 3, "h": {}},
        [
            ("NB106", "spec.a", "a is less than 5", ""),
            ("NB106", "spec.b", "b is more than 5", ""),
            ("NB106", "spec.c", "c has fewer than 3 characters", ""),
            ("NB106", "spec.d", "d has more than 3 characters", ""),
            ("NB106", "spec.e", "e has fewer than 1 elements", ""),
            ("NB106", "spec.f", "f has more than 1 elements", ""),
            ("NB106", "spec.g", "g is no multiple of 2", ""),
            ("NB106", "spec.h", "h has fewer than 1 fields", ""),
        ],
    ),
    "an element twice": (
        {"properties": {"a": {"uniqueItems": True}, "b": {"uniqueItems": True}}},
        {"a": [{"x": 1}, {"x": 1}], "b": [1, True, "1"]},
        [("NB106", "spec.a", "a holds an element twice", "")],
    ),
    "several forms": (
        {"anyOf": [{"required": ["a"], "type": "object"}, {"required": ["b"], "type": "object"}]},
        {"c": 1},
        [("NB107", "spec.a", "the required field a is missing", "Add a.")],
    ),
    "more than one form": (
        {"oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
        {"a": 1, "b": 1},
        [("NB106", "spec", "spec has more than one of the forms of which its schema allows one", "")],
    ),
    "a form that is forbidden": (
        {"not": {"required": ["a"]}},
        {"a": 1},
        [("NB106", "spec", "spec has a form that its schema forbids", "")],
    ),
    "formats mean nothing": ({"properties": {"a": {"format": "date-time"}}}, {"a": "x"}, []),
    "draft 4, where none is declared": (
        {"properties": {"a": {"minimum": 5, "exclusiveMinimum": True, "const": 9}}},
        {"a": 5},
        [("NB106", "spec.a", "a is less than 5", "")],
    ),
    "all of it": (
        {"allOf": [{"required": ["a"]}, {"properties": {"b": TEXT}}]},
        {"b": 1},
        [
            ("NB107", "spec.a", "the required field a is missing", "Add a."),
            ("NB106", "spec.b", "b must be a text, not a whole number", ""),
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_a_schema_has_against_an_object(name: str, tmp_path: Path) -> None:
    schema, spec, expected = CASES[name]
    found = told(tmp_path, schema_of(schema), widget(**spec))
    assert [(one.code, one.path.keyed, one.message, one.remedy) for one in found] == expected
    assert all(CANARY not in str(one) for one in found)


def test_the_draft_that_a_schema_declares(tmp_path: Path) -> None:
    spec = {"properties": {"a": {"const": 9, "exclusiveMinimum": 5}}}
    declared = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    found = told(tmp_path, schema_of(spec, **declared), widget(a=5))
    told_of = {one.message: one.remedy for one in found}
    assert told_of == {"a is not the value that its schema wants": "Use 9.", "a is not more than 5": ""}


def test_references_to_itself_and_to_files_beside_it(tmp_path: Path) -> None:
    files = {
        WIDGET: {
            "id": "https://example.com/schemas/widget.json",
            "properties": {
                "spec": {
                    "properties": {
                        "a": {"$ref": "#/definitions/text"},
                        "b": {"$ref": "_definitions.json#/definitions/number"},
                    }
                }
            },
            "definitions": {"text": TEXT},
        },
        "example.com/_definitions.json": {
            "id": "/api/_definitions.json",
            "definitions": {"number": {"$ref": "#/definitions/whole"}, "whole": {"type": "integer"}},
        },
    }
    findings, _ = evaluated(widget(a=1, b="1"), Schemas([str(folder(tmp_path, files))], "1.36"))
    assert [one.message for one in findings] == [
        "a must be a text, not a whole number",
        "b must be a whole number, not a text",
    ]


def test_findings_stand_at_the_field(tmp_path: Path) -> None:
    text = """\
apiVersion: example.com/v1
kind: Widget
metadata: {name: w, namespace: team}
spec:
  parts:
  - name: a
    kolor: red
  - size: big
"""
    part = {
        "properties": {"name": TEXT, "color": TEXT, "size": {"type": "integer"}},
        "required": ["name"],
        "additionalProperties": False,
    }
    found = told(tmp_path, schema_of({"properties": {"parts": {"items": part}}}), objects(text))
    assert [(one.code, str(one.position), one.path.keyed) for one in found] == [
        ("NB105", "7:5", "spec.parts[a].kolor"),
        ("NB107", "8:5", "spec.parts[1].name"),
        ("NB106", "8:11", "spec.parts[1].size"),
    ]
    assert {one.source.object for one in found} == {"Widget team/w"}
    assert found[0].fix == Fix("rename", FieldPath.parse("spec.parts[a].kolor"), "color", safe=False)


def test_fixes_are_safe_where_only_the_case_differs(tmp_path: Path) -> None:
    spec = {"properties": {"mode": {"enum": ["Always", "Never"]}}, "additionalProperties": False}
    found = told(tmp_path, schema_of(spec), widget(Mode="x", mode="always"))
    fixes = {one.path.keyed: one.fix for one in found}
    assert fixes["spec.mode"] == Fix("replace", FieldPath.parse("spec.mode"), "Always", safe=True)
    found = told(tmp_path, schema_of(spec), widget(Mode="Never"))
    assert [one.fix for one in found] == [Fix("rename", FieldPath.parse("spec.Mode"), "mode", safe=True)]


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec:
  replicas: three
  template: {spec: {containers: [{name: 1, image: a}], x: 1}}
"""


def test_what_stands_inside_a_pod_has_rules_of_its_own(tmp_path: Path) -> None:
    everything_is_wrong = {"additionalProperties": {"type": "null"}}
    spec = {
        "properties": {"replicas": {"type": "integer"}, "template": everything_is_wrong},
        "required": ["selector"],
    }
    root = folder(tmp_path, {"deployment-apps-v1.json": schema_of(spec), "pod-v1.json": False})
    schemas = Schemas([str(root)], "1.36")
    findings, _ = evaluated(objects(DEPLOYMENT), schemas)
    assert [one.path.keyed for one in findings] == ["spec.selector", "spec.replicas"]
    findings, missing = evaluated(objects("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"), schemas)
    assert (findings, missing) == ([], [])


def test_objects_without_a_schema_are_counted_by_kind() -> None:
    kinds = (
        "v1 Service",
        "v1 Service",
        "example.com/v1 Widget",
        "v1 Namespace",
        "v1 Node",
        "other.io/v1 Node",
    )
    texts = (
        f"apiVersion: {one.split()[0]}\nkind: {one.split()[1]}\nmetadata: {{name: n{at}}}\n"
        for at, one in enumerate(kinds)
    )
    catalog = objects("---\n".join([*texts, DEPLOYMENT]))
    expected = [
        NotEvaluated("NB1", "Deployment.apps but for its pods (1 object)", NEEDS),
        NotEvaluated("NB1", "Node.other.io (1 object)", NEEDS),
        NotEvaluated("NB1", "Service (2 objects)", NEEDS),
        NotEvaluated("NB1", "Widget.example.com (1 object)", NEEDS),
    ]
    assert evaluated(catalog, None) == ([], expected)


# ---- what it cannot ----

UNUSABLE: Mapping[str, tuple[str | Json, str]] = {
    "no JSON": ("{", "it is not valid JSON, as a schema must be"),
    "too deep": ("[" * 100_000, "it is not valid JSON, as a schema must be"),
    "no schema": ([], "a JSON Schema is an object, or true or false"),
    "a type that does not exist": (schema_of({"type": "strng"}), "it is no JSON Schema that can be used"),
    "fields that are none": (schema_of({"properties": 5}), "it is no JSON Schema that can be used"),
    "a text for required": (schema_of({"required": "abc"}), "it is no JSON Schema that can be used"),
    "a loop": (schema_of({"$ref": "#/properties/spec"}), "refers to itself without end"),
    "the network": (schema_of({"$ref": "https://example.com/a.json"}), "nbcore opens no connection"),
    "a file elsewhere": (schema_of({"$ref": "../../secret.json"}), "which is no file beside it"),
    "a whole path": (schema_of({"$ref": "/etc/passwd"}), "which is no file beside it"),
    "a place that is not there": (schema_of({"$ref": "#/definitions/a"}), "which is no file beside it"),
    "a file URL": (schema_of({"$ref": "file:///etc/passwd"}), "which is no file beside it"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_schema_that_cannot_be_used_ends_the_run(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any, **named: Any) -> Any:
        raise AssertionError("a connection")

    monkeypatch.setattr(socket, "socket", refuse)
    schema, words = UNUSABLE[name]
    (tmp_path / "secret.json").write_text("true")
    with pytest.raises(Unusable, match=r"widget_v1\.json") as error:
        told(tmp_path / "schemas", schema, widget(a=1))
    assert words in error.value.message


def test_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"--schemas .*: No such file"):
        Schemas([str(tmp_path / "missing")], "1.36")


def undecided(root: Path, schema: Json, catalog: Catalog) -> tuple[int, list[str]]:
    findings, missing = evaluated(catalog, Schemas([str(folder(root, {WIDGET: schema}))], "1.36"))
    return len(findings), [one.needs for one in missing]


def doubling(levels: int) -> Json:
    """A schema of a few lines that is judged 2 ** levels times."""
    below = {f"l{at}": {"allOf": [{"$ref": f"#/definitions/l{at + 1}"}] * 2} for at in range(levels)}
    return {**schema_of({"$ref": "#/definitions/l0"}), "definitions": {**below, f"l{levels}": {"minimum": 1}}}


UNDECIDED: Mapping[str, tuple[Callable[[], Json], Callable[[], Catalog], str]] = {
    "a schema that is judged again and again": (lambda: doubling(40), widget, "a smaller object"),
    "a pattern of another language": (
        lambda: schema_of({"properties": {"a": {"pattern": r"\p{L}"}}}),
        lambda: widget(a="x"),
        "a pattern that Python knows",
    ),
    "a pattern for names, of another language": (
        lambda: schema_of({"patternProperties": {r"\p{L}": TEXT}, "additionalProperties": False}),
        lambda: widget(a="x"),
        "a pattern that Python knows",
    ),
    "a text that is too long for a pattern": (
        lambda: schema_of({"properties": {"a": {"pattern": "^a*b$"}}}),
        lambda: widget(a="a" * 5_000),
        "a text that is not too long",
    ),
    "a schema in a schema that would leave the count": (
        lambda: schema_of(
            {"allOf": [{"$schema": "http://json-schema.org/draft-07/schema#", **doubling(40)}]}
        ),
        lambda: widget(spec=1),
        "a smaller object",
    ),
}


@pytest.mark.parametrize("name", UNDECIDED)
def test_what_a_schema_leaves_undecided_is_listed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema, catalog, words = UNDECIDED[name]
    monkeypatch.setattr(schemas_given, "MOST_CHECKS", 5_000)
    whole = schema()
    inner = whole["properties"]["spec"].get("allOf")
    if inner:
        whole = {**whole, "definitions": inner[0].pop("definitions")}
    found, missing = undecided(tmp_path, whole, catalog())
    assert found == 0
    assert len(missing) == 1
    assert words in missing[0]


def test_a_million_errors_are_not_told(tmp_path: Path) -> None:
    found = told(
        tmp_path, schema_of({"additionalProperties": TEXT}), widget(**{f"f{at}": at for at in range(3_000)})
    )
    assert len(found) == 1_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYWORDS = st.sampled_from(
    [
        *("type", "properties", "required", "items", "enum", "pattern", "allOf", "oneOf", "not", "$ref"),
        *("$schema", "additionalProperties", "patternProperties", "minimum", "multipleOf", "uniqueItems"),
        *("dependencies", "id", "definitions"),
    ]
)


@given(st.dictionaries(KEYWORDS, JSON, max_size=4), JSON)
def test_any_schema_and_any_object_never_a_traceback(schema: Json, spec: Json) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as root:
        value = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": spec}
        try:
            told(Path(root), schema_of(schema), Catalog([value]))
        except Unusable as error:
            assert "widget_v1.json" in error.message


# ---- in the program ----


def lint(*arguments: str) -> tuple[int, str]:
    answer = CliRunner().invoke(cli, ["lint", "--no-config", "--no-cache", *arguments])
    if answer.exception and not isinstance(answer.exception, SystemExit | Unusable):
        raise answer.exception
    return answer.exit_code, answer.output


def test_lint_takes_folders_of_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder(tmp_path / "schemas", {WIDGET: schema_of({"properties": {"a": TEXT}})})
    folder(tmp_path / "more", {"service-v1.json": {"required": ["spec"]}, "deployment-apps-v1.json": REFUSE})
    text = '{"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "spec": {"a": 1}}'
    Path("a.json").write_text(text)
    Path("b.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: s}\n")
    Path("c.yaml").write_text(DEPLOYMENT)
    code, out = lint("a.json", "b.yaml", "-o", "concise")
    assert code == 0
    assert "Not evaluated: Service (1 object) and 1 more (NB1): needs a JSON Schema of the kind" in out
    code, out = lint(
        "a.json", "b.yaml", "c.yaml", "-o", "concise", "--schemas", "schemas", "--schemas", "more"
    )
    assert code == 1
    assert "a.json:1:93: Widget w spec.a: error[NB106] a must be a text, not a whole number" in out
    assert "b.yaml:1:1: Service s spec: error[NB107] the required field spec is missing (Add spec.)" in out
    assert "c.yaml:1:1: Deployment d: error[NB106] the object holds something that its schema forbids" in out
    assert "JSON Schema" not in out
    code, out = lint("a.json", "--schemas", "missing")
    assert (code, out) == (2, "error: --schemas missing: No such file or directory\n")


def test_workloads_in_several_processes_have_schemas_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder(tmp_path / "schemas", {"deployment-apps-v1.json": schema_of({"required": ["selector"]})})
    for at in range(40):
        Path(f"{at}.yaml").write_text(DEPLOYMENT.replace("name: d", f"name: d{at}"))
    for jobs in ("1", "2"):
        code, out = lint(".", "--schemas", "schemas", "-o", "concise", "--select", "NB107", "-j", jobs)
        assert code == 1
        assert out.count("NB107") == 40


def test_schemas_can_be_sent_to_another_process(tmp_path: Path) -> None:
    schemas = Schemas([str(folder(tmp_path, {WIDGET: schema_of({"properties": {"a": TEXT}})}))], "1.29")
    before, _ = evaluated(widget(a=1), schemas)
    copy = pickle.loads(pickle.dumps(schemas))
    assert (copy.folders, copy.version) == (schemas.folders, "1.29")
    assert evaluated(widget(a=1), copy)[0] == before != []


def test_the_digest_changes_with_the_files(tmp_path: Path) -> None:
    def digest(version: str = "1.29") -> str:
        return Schemas([str(tmp_path)], version).digest()

    folder(tmp_path, {WIDGET: True})
    first = digest()
    assert digest() == first
    assert digest("1.30") != first
    folder(tmp_path, {WIDGET: {"type": "object"}})
    second = digest()
    assert second != first
    folder(tmp_path, {"new.json": True})
    assert digest() not in (first, second)


def test_what_is_remembered_depends_on_the_schemas(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("c.yaml").write_text(DEPLOYMENT.replace("name: 1", "name: a").replace(", x: 1", ""))

    def codes() -> list[str]:
        arguments = ["lint", "--no-config", "c.yaml", "-o", "json", "--schemas", "schemas", "--select", "NB1"]
        answer = json.loads(CliRunner().invoke(cli, arguments).stdout)
        return [one["code"] for one in answer["findings"]]

    folder(tmp_path / "schemas", {"deployment-apps-v1.json": schema_of({"required": ["selector"]})})
    assert codes() == codes() == ["NB107"]
    folder(tmp_path / "schemas", {"deployment-apps-v1.json": schema_of({})})
    assert codes() == []
    assert Path(".nbcore_cache").is_dir()
