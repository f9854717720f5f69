"""The native dialect: what is read, and the words, places and remedies of what is not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

import pytest

from nbcore import dialects, source
from nbcore.dialects import Parsed
from nbcore.kubernetes.paths import Path
from nbcore.model.element import Element
from nbcore.model.notebook import Notebook
from nbcore.model.plain import Plain
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import Revision
from nbcore.model.template import Template

VECTORS = File(__file__).resolve().parent.parent / "vectors"
NOTEBOOK: dict[str, Any] = {
    "apiVersion": "jackhoman.dev/v1beta1",
    "kind": "Notebook",
    "metadata": {"name": "ada", "namespace": "team-a"},
    "spec": {"templateRef": {"name": "lab"}},
}
TEMPLATE: dict[str, Any] = {
    **NOTEBOOK,
    "kind": "Template",
    "metadata": {"name": "lab"},
    "spec": {"template": {}},
}


def notebook(**spec: Any) -> dict[str, Any]:
    return {**NOTEBOOK, "spec": {**NOTEBOOK["spec"], **spec}}


def template(**spec: Any) -> dict[str, Any]:
    return {**TEMPLATE, "spec": {**TEMPLATE["spec"], **spec}}


def in_yaml(head: str, name: str = "kinds.yaml") -> Parsed:
    (document,) = source.load(head.encode(), name)
    return dialects.parse(document)


def lines(parsed: Parsed) -> list[str]:
    return [str(one) for one in parsed.findings]


def one(value: Any) -> tuple[str, str, str, str]:
    (finding,) = dialects.parse(value).findings
    return finding.code, str(finding.path), finding.message, finding.remedy


# ---- what is read ----


def test_the_manifests_that_the_project_started_from() -> None:
    documents = source.load((VECTORS / "seeds" / "003.yaml").read_bytes(), "003.yaml")
    parsed = [dialects.parse(document) for document in documents]
    assert [lines(one) for one in parsed] == [[], [], [], [], []]
    kinds = [type(one.object) for one in parsed]
    assert kinds == [Template, Notebook, PodDefault, PodDefault, Template]
    last = parsed[-1].object
    assert isinstance(last, Template)
    assert [reference.name for reference in last.spec.required] == ["pypi.private.com"]
    assert [(one.kind, one.name) for one in last.spec.dependencies] == [("Secret", "pypi.private.com")]


def test_every_field_of_every_kind() -> None:
    documents = source.load((VECTORS / "kinds.yaml").read_bytes(), "kinds.yaml")
    parsed = [dialects.parse(document) for document in documents]
    assert [lines(one) for one in parsed] == [[], [], [], []]
    assert [type(one.object) for one in parsed] == [Template, PodDefault, Notebook, Revision]
    given: dict[type[Element], set[str]] = {}
    for part in (below for one in parsed for below in _parts(one.object)):
        given.setdefault(type(part), set()).update(part.model_fields_set)
    missing = {part.__name__: set(part.model_fields) - fields - {"status"} for part, fields in given.items()}
    del missing["ObjectMeta"]
    assert {name: fields for name, fields in missing.items() if fields} == {}
    assert len(given) == 33


def _parts(part: object) -> Iterator[Element]:
    """The part and all parts below it."""
    assert isinstance(part, Element)
    yield part
    for _, below in part.parts():
        yield from _parts(below)


def test_each_part_knows_where_it_was_written() -> None:
    documents = source.load((VECTORS / "kinds.yaml").read_bytes(), "kinds.yaml")
    kind = dialects.parse(documents[0]).object
    assert isinstance(kind, Template)
    value = kind.spec.options[0].values[1]
    assert value.origin.pointer == ("spec", "options", 0, "values", 1)
    assert str(value.origin.source) == "Template full"
    position = value.origin.position("id")
    assert position is not None
    line = (VECTORS / "kinds.yaml").read_text().splitlines()[position.line - 1]
    assert line == "    - id: new"


def test_parts_of_two_objects_are_never_shared() -> None:
    first, second = (dialects.parse(copy.deepcopy(TEMPLATE)).object for _ in range(2))
    assert isinstance(first, Template)
    assert isinstance(second, Template)
    assert first.spec.display is not second.spec.display


def test_a_foreign_kind_is_kept_as_it_came() -> None:
    value = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a", "labels": {"b": "c", "d": 1}}}
    plain = dialects.parse(value).object
    assert isinstance(plain, Plain)
    assert plain.value is value
    assert (plain.kind, plain.namespace, plain.name) == ("Namespace", "", "a")
    assert plain.labels == {"b": "c"}


def test_null_is_an_absent_field() -> None:
    assert dialects.parse(notebook(stopped=None, env=None)).findings == ()
    assert one(notebook(templateRef=None))[:2] == ("NB107", "spec.templateRef")
    assert one(notebook(nosuch=None))[:2] == ("NB105", "spec.nosuch")


def test_a_generated_name_is_a_name() -> None:
    assert dialects.parse({**NOTEBOOK, "metadata": {"generateName": "ada-"}}).findings == ()


# ---- lists of objects ----


def test_a_list_becomes_its_items_with_their_places() -> None:
    text = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: NamespaceList
  items:
  - {apiVersion: v1, kind: Namespace, metadata: {name: a}}
- {apiVersion: jackhoman.dev/v1beta1, kind: Notebook, metadata: {name: b}, spec: {}}
"""
    (document,) = source.load(text.encode(), "dump.yaml")
    namespace, ours = dialects.items(document)
    assert namespace.value["metadata"]["name"] == "a"
    (finding,) = dialects.parse(ours).findings
    assert str(finding).startswith("dump.yaml:8:82: spec.templateRef: error NB107: ")


def test_an_object_is_its_own_only_item() -> None:
    for text in ("a: 1", "kind: NotebookList", "{kind: Menu, items: [1]}"):
        (document,) = source.load(text.encode())
        assert [item.value for item in dialects.items(document)] == [document.value]


def test_an_empty_list_has_no_items() -> None:
    (document,) = source.load(b"{apiVersion: v1, kind: List, items: []}")
    assert dialects.items(document) == []


# ---- NB10x, each with its place in the file ----

HEAD = """\
apiVersion: jackhoman.dev/v1beta1
kind: Notebook
metadata: {name: ada}
spec:
  templateRef: {name: lab}
"""

PLACED = [
    ("NB101", HEAD + "  env: [\n", "kinds.yaml:"),
    ("NB102", HEAD + "  stopped: true\n  stopped: true\n", "kinds.yaml:7:3: "),
    ("NB103", HEAD + "  overrides: " + "{a: " * 200 + "1" + "}" * 200, "kinds.yaml:"),
    (
        "NB104",
        HEAD.replace("Notebook", "Notbook"),
        "kinds.yaml:2:7: kind: error NB104: jackhoman.dev/v1beta1 has no kind Notbook (did you mean",
    ),
    (
        "NB104",
        HEAD.replace("v1beta1", "v1"),
        "kinds.yaml:1:13: apiVersion: error NB104: jackhoman.dev has no version v1 (did you mean",
    ),
    (
        "NB105",
        HEAD + "  stoped: true\n",
        "kinds.yaml:6:3: spec.stoped: error NB105: there is no field stoped here (did you mean stopped?)",
    ),
    (
        "NB106",
        HEAD + '  stopped: "false"\n',
        "kinds.yaml:6:12: spec.stopped: error NB106: stopped must be true or false, not a text (the quotes",
    ),
    (
        "NB107",
        HEAD + "  env:\n  - {value: a}\n",
        "kinds.yaml:7:5: spec.env[0].name: error NB107: the required field name is missing (add name)",
    ),
]


@pytest.mark.parametrize(("code", "text", "start"), PLACED)
def test_each_code_has_its_place_in_the_file(code: str, text: str, start: str) -> None:
    parsed = in_yaml(text)
    assert parsed.object is None
    assert [finding.code for finding in parsed.findings] == [code]
    assert lines(parsed)[0].startswith(start)


def test_all_findings_come_at_once_in_the_order_of_the_file() -> None:
    parsed = in_yaml(
        HEAD.replace("name: ada", "name: 123")
        + """\
  stoped: true
  env:
  - {name: A, value: 1}
  - {nam: B}
  updatePolicy: auto
dependencies: []
"""
    )
    assert [(str(one.path), one.code) for one in parsed.findings] == [
        ("metadata.name", "NB106"),
        ("spec.stoped", "NB105"),
        ("spec.env[0].value", "NB106"),
        ("spec.env[1].name", "NB107"),
        ("spec.env[1].nam", "NB105"),
        ("spec.updatePolicy", "NB106"),
        ("dependencies", "NB105"),
    ]
    assert parsed.findings == tuple(sorted(parsed.findings, key=lambda one: one.position or (0,)))


# ---- words ----

WORDS = [
    (
        template(ports=[{"id": "lab", "port": "8888"}]),
        (
            "spec.ports[0].port",
            "port must be a whole number, not a text",
            "the quotes make it a text: remove them",
        ),
    ),
    (
        template(ports=[{"id": "lab", "port": 8888.5}]),
        (
            "spec.ports[0].port",
            "port must be a whole number, not a number with a fraction",
            "",
        ),
    ),
    (
        template(ports=[{"id": "lab", "port": 70000}]),
        ("spec.ports[0].port", "port must be at most 65535", ""),
    ),
    (
        template(ports=[{"id": "lab", "port": True}]),
        ("spec.ports[0].port", "port must be a whole number, not true or false", ""),
    ),
    (template(mainContainer=""), ("spec.mainContainer", "mainContainer must not be empty", "")),
    (
        template(template=[]),
        ("spec.template", "template must be an object, not a list", ""),
    ),
    (
        template(display={"icon": {}}),
        ("spec.display.icon", "icon: give exactly one of url and configMap", ""),
    ),
    (
        template(overrides=[{"path": "spec", "min": 1, "glob": "*"}]),
        ("spec.overrides[0]", "overrides[0]: give only one of enum, glob and min/max", ""),
    ),
    (
        template(access={"namespaceSelector": {"matchLabel": {}}}),
        (
            "spec.access.namespaceSelector.matchLabel",
            "there is no field matchLabel here",
            "did you mean matchLabels?",
        ),
    ),
    (
        notebook(env=[{"name": "A", "value": 1}]),
        ("spec.env[0].value", "value must be a text, not a whole number", "put it in quotes"),
    ),
    (notebook(env=[None]), ("spec.env[0]", "env[0] must be an object, not nothing", "")),
    (
        notebook(env={"A": "b"}),
        ("spec.env", "env must be a list, not an object", 'put it in a list: start it with "- "'),
    ),
    (
        notebook(updatePolicy="auto"),
        ("spec.updatePolicy", "updatePolicy must be one of Auto, Manual", "did you mean Auto?"),
    ),
    (
        notebook(resources={"cpu": True}),
        ("spec.resources.cpu", "cpu: must be a quantity: a number, or a text such as '500m' or '2Gi'", ""),
    ),
    (
        notebook(resources={"requests": 4}),
        ("spec.resources.requests", "requests: must be an object of quantities", ""),
    ),
    ({**NOTEBOOK, "stopped": True}, ("stopped", "there is no field stopped here", "move it to spec.stopped")),
    (
        {**NOTEBOOK, "metadata": {"name": "ada", "label": {}}},
        ("metadata.label", "there is no field label here", "did you mean labels?"),
    ),
    ({**NOTEBOOK, "metadata": {}}, ("metadata.name", "the required field name is missing", "add name")),
    (
        {**NOTEBOOK, "metadata": {"name": 123}},
        ("metadata.name", "name must be a text, not a whole number", "put it in quotes"),
    ),
    (
        {**NOTEBOOK, "metadata": {"name": "a" * 53}},
        ("metadata.name", "name: must have at most 52 characters, so that the pod's own labels fit", ""),
    ),
]


SEE_SCHEMA = "write what is asked for; `nbcore schema` says what may stand in each field"
"""The remedy where the message itself says what is right: the rows with none above."""


@pytest.mark.parametrize(("value", "expected"), WORDS)
def test_the_words(value: Any, expected: tuple[str, str, str]) -> None:
    path, message, remedy = expected
    assert one(value)[1:] == (path, message, remedy or SEE_SCHEMA)


NO_OBJECT: list[tuple[Any, str, str]] = [
    (None, "NB106", "an object is needed here, not nothing"),
    ([], "NB106", "an object is needed here, not a list"),
    ("text", "NB106", "an object is needed here, not a text"),
    ({}, "NB104", "the object has no apiVersion"),
    ({"apiVersion": "v1"}, "NB104", "the object has no kind"),
    (
        {"apiVersion": 1, "kind": "Pod"},
        "NB104",
        "apiVersion must be a text that is not empty; it is a whole number",
    ),
    ({"apiVersion": "jackhoman.dev", "kind": "Notebook"}, "NB104", "jackhoman.dev needs a version"),
    ({"apiVersion": "v1", "kind": "Pod", "metadata": []}, "NB106", "metadata must be an object, not a list"),
]


@pytest.mark.parametrize(("value", "code", "message"), NO_OBJECT)
def test_what_is_no_object_at_all(value: Any, code: str, message: str) -> None:
    assert (one(value)[0], one(value)[2]) == (code, message)


def test_values_of_env_are_never_told() -> None:
    secret = "hunter2-hunter2"
    for wrong in ({"a": secret}, [secret], {secret: 1}):
        texts = lines(dialects.parse(notebook(env=[{"name": "A", "value": wrong}])))
        assert texts
        assert not any("hunter2" in text for text in texts)


def test_findings_are_identified_by_key_and_not_by_index() -> None:
    def broken(name: str) -> dict[str, Any]:
        return {"name": name, "value": 1}

    good = {"name": "B", "value": "b"}
    first = dialects.parse(notebook(env=[broken("A"), good])).findings
    second = dialects.parse(notebook(env=[good, broken("A")])).findings
    assert first[0].identity == second[0].identity
    assert first[0].path == Path.parse("spec.env[A].value")


# ---- hostile input ----


def test_a_deep_object_is_refused_at_once() -> None:
    deep: dict[str, Any] = {}
    inner = deep
    for _ in range(200_000):
        inner["a"] = {}
        inner = inner["a"]
    assert one(notebook(overrides=deep))[0] == "NB103"
    assert one({"apiVersion": "v1", "kind": "Pod", "spec": deep})[0] == "NB103"
    while deep:  # taken apart level by level: the interpreter would recurse
        deep = deep.pop("a")


def test_aliases_cost_no_more_than_their_text() -> None:
    bomb: Any = ["x"]
    for _ in range(80):
        bomb = [bomb, bomb]
    assert dialects.parse(notebook(overrides={"spec": bomb})).findings == ()


def test_a_value_inside_itself_is_refused() -> None:
    loop: dict[str, Any] = {}
    loop["a"] = loop
    assert one(notebook(overrides=loop))[0] == "NB103"
    loop.clear()


def test_very_many_errors_take_no_more_than_linear_time() -> None:
    parsed = dialects.parse(notebook(env=[1] * 1000, podDefaults=[1] * 100))
    assert len(parsed.findings) == 1100
