"""Documents: values, positions, and what is wrong with a text."""

from __future__ import annotations

import json
import time

import pytest

from nbcore.finding import Position
from nbcore.kubernetes.paths import Item, Path
from nbcore.source import Documents, Limits, load

TEXT = """\
# a comment
kind: A
spec:
  list:
    - one
    - "two"   # c
  block: |
    x
    y

  number: 010
  anchor: &n {k: yes}
  alias: *n
---
# nothing here
---
{"kind": "B", "items": [{"a": 1e3}, {"a": "\\ud83d\\ude00"}]}
"""


def codes(documents: Documents) -> list[str]:
    return [one.code for one in documents.findings]


def text_at(text: str, position: Position | None) -> str:
    assert position is not None
    lines = text.split("\n")[position.line - 1 : position.end_line]
    lines[-1] = lines[-1][: position.end_column - 1]
    lines[0] = lines[0][position.column - 1 :]
    return "\n".join(lines)


def test_documents_are_read_in_order_and_empty_ones_left_out() -> None:
    first, second = load(TEXT, "kinds.yaml")
    assert first.value["spec"]["number"] == 8
    assert first.value["spec"]["alias"] == {"k": True}
    assert second.value["items"] == [{"a": 1000}, {"a": "😀"}]
    assert (first.index, second.index, first.name, first.root) == (0, 1, "kinds.yaml", ())
    assert not load(TEXT).findings


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("kind",), "A"),
        (("spec", "list", 1), '"two"'),
        (("spec", "block"), "|\n    x\n    y"),
        (("spec", "list"), '- one\n    - "two"'),
        (("spec", "anchor"), "&n {k: yes}"),
        (("spec", "alias"), "*n"),
        (("spec", "alias", "k"), "yes"),
        (("spec", "list", 7), '- one\n    - "two"'),
    ],
)
def test_a_value_has_a_position(path: tuple[str | int, ...], text: str) -> None:
    assert text_at(TEXT, load(TEXT)[0].position(path)) == text


def test_a_key_and_a_value_in_json_have_positions() -> None:
    document = load(TEXT)[1]
    assert text_at(TEXT, document.position(("items", 1, "a"), key=True)) == '"a"'
    assert text_at(TEXT, document.position(("items", 0))) == '{"a": 1e3}'
    assert text_at(TEXT, document.position(Path(("items", Item(0, "x"), "a")))) == "1e3"


def test_a_document_can_be_narrowed_to_an_item() -> None:
    item = load(TEXT)[1].at(("items", 1))
    assert item.value == {"a": "😀"}
    assert item.root == ("items", 1)
    assert text_at(TEXT, item.position(("a",))) == '"\\ud83d\\ude00"'


def test_an_item_keeps_the_findings_inside_it() -> None:
    document = load('{"items": [{"a": 1, "a": 2}, {"b": 1}, {"c": {"d": 1, "d": 2}}]}')[0]
    inside = [[str(one.path) for one in document.at(("items", index)).findings] for index in range(3)]
    assert inside == [["a"], [], ["c.d"]]


def test_raw_text_is_that_of_unquoted_scalars() -> None:
    first, second = load(TEXT)
    assert first.raw_text(("spec", "number")) == "010"
    assert first.raw_text(("spec", "anchor", "k")) == "yes"
    assert first.raw_text(("spec", "list", 1)) is None
    assert first.raw_text(("spec", "nothing")) is None
    assert second.raw_text(("kind",)) is None


def test_lines_show_what_a_position_covers() -> None:
    document = load(TEXT)[0]
    position = document.position(("spec", "number"))
    assert position is not None
    assert document.lines(position, 1) == ((10, ""), (11, "  number: 010"), (12, "  anchor: &n {k: yes}"))


def test_columns_count_code_points_and_every_line_end() -> None:
    document = load("a: 1\r\nb: [😀, x]\rc: 2\n")[0]
    assert document.position(("b", 1)) == Position(2, 8, 2, 9)
    assert document.position(("c",)) == Position(3, 4, 3, 5)


@pytest.mark.parametrize("text", ["a: 1\nb: {c: 2, c: 3}\na: 4\n", '{"a": 1, "b": {"c": 2, "c": 3}, "a": 4}'])
def test_a_repeated_key_is_an_error_at_the_second_and_the_last_wins(text: str) -> None:
    documents = load(text)
    assert documents[0].value == {"a": 4, "b": {"c": 3}}
    assert [(one.code, str(one.path)) for one in documents.findings] == [("NB102", "b.c"), ("NB102", "a")]
    first = documents.findings[1].related[0][2]
    assert first is not None
    assert text_at(text, first) in ("a", '"a"')
    assert first.line == 1


def test_keys_that_become_the_same_text_are_repeated() -> None:
    assert codes(load("1: a\n'1': b\n")) == ["NB102"]


def test_a_broken_document_costs_the_others_nothing() -> None:
    documents = load("a: 1\n---\nb: [1\n---\nc: 3\n", "f.yaml")
    assert [one.value for one in documents] == [{"a": 1}, None, {"c": 3}]
    assert codes(documents) == ["NB101"]
    assert documents.findings[0].location == "f.yaml:4:1"
    assert documents[1].position() is None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "NB110"),
        (b"# only a comment\n---\nnull\n", "NB110"),
        (b"a: \xff", "NB101"),
        (b"\xff\xfea\x00:\x00 \x001\x00", "NB101"),
        (b"a: \x00", "NB101"),
        (b"a: \x01", "NB101"),
        (b"a:\n\t- b", "NB101"),
        (b"a: *x", "NB101"),
        (b"--- a: 1\n", "NB101"),
        (b"a: 1\n...\nb: 2\n", "NB108"),
        (b"'a' ]", "NB108"),
        (b"%YAML 1.1\n---\na: 1\n", "NB101"),
        (b"a: &a [*a]", "NB108"),
        (b"{a: 1}: b", "NB108"),
        (b"~: a", "NB108"),
        (b"a: !own b", "NB108"),
        (b"a: !!python/object:x {}", "NB108"),
        (b"a: !!int x", "NB106"),
        (b"a: .inf", "NB106"),
        (b'{"a": NaN}', "NB106"),
        (b'{"a": 1e999}', "NB106"),
        (b'{"a": ' + b"1" * 5000 + b"}", "NB106"),
        (b'{"a": "\\ud800"}', "NB101"),
        (b'{"a": 1', "NB101"),
        (b"<<: 1", "NB101"),
        (b"[a:]", "NB101"),
        (b"[!x, a]", "NB101"),
        (b"[a?]", "NB101"),
        (b'a: "\\/"', "NB101"),
    ],
)
def test_what_is_wrong_has_a_code_and_a_position(data: bytes, code: str) -> None:
    documents = load(data)
    assert code in codes(documents)
    assert all(one.position and one.remedy for one in documents.findings)


def test_a_tag_of_ones_own_is_only_a_warning() -> None:
    documents = load("a: !own b")
    assert documents[0].value == {"a": "b"}
    assert documents.findings[0].severity == "warning"


def test_a_byte_order_mark_is_skipped_as_kubectl_does() -> None:
    assert load(b"\xef\xbb\xbfa: 1")[0].value == {"a": 1}
    assert load(b'\xef\xbb\xbf{"a": 1}')[0].position(("a",)) == Position(1, 8, 1, 9)


def test_merge_keys_apply_where_they_stand() -> None:
    text = "x: &x {a: 1, b: 1}\nv: {<<: *x, b: 2}\nz: {b: 2, <<: [*x, {c: 3}]}\n"
    value = load(text)[0].value
    assert value["v"] == {"a": 1, "b": 2}
    assert value["z"] == {"a": 1, "b": 1, "c": 3}
    assert text_at(text, load(text)[0].position(("v", "a"))) == "1"
    assert not load(text).findings


def test_json_texts_may_follow_each_other() -> None:
    documents = load('{"a": 1}\n{"b": 2}[3] # end\n')
    assert [one.value for one in documents] == [{"a": 1}, {"b": 2}, [3]]


def test_json_is_read_exactly() -> None:
    text = '{\t"a\\/b": "\\ud83d\\ude00\\u2028",\r\n\t"' + "k" * 2000 + '": -0.0}'
    assert load(text)[0].value == {"a/b": "😀\u2028", "k" * 2000: 0}
    assert load('{"a": 1,}')[0].value == {"a": 1}, "YAML allows the comma, and kubectl falls back to YAML"


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (Limits(bytes=3), "a: 1"),
        (Limits(depth=2), "[[[1]]]"),
        (Limits(depth=2), "a:\n  b:\n    c: 1"),
        (Limits(depth=3), "a: &a [[1]]\nb: [[*a]]"),
        (Limits(nodes=3), "[1, 2, 3]"),
        (Limits(nodes=3), "- 1\n- 2\n- 3"),
        (Limits(nodes=9), "a: &a [1, 2, 3]\nb: *a\nc: *a\n"),
        (Limits(aliases=1), "a: &a 1\nb: *a\nc: *a\n"),
        (Limits(documents=1), "a: 1\n---\nb: 1\n"),
    ],
)
def test_a_limit_is_an_error(limits: Limits, text: str) -> None:
    assert codes(load(text, limits=limits)) == ["NB103"]
    assert not load(text).findings


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 5_000_000,
        b'{"a":' * 2_000_000,
        b"- " * 5_000_000,
        b"? " * 5_000_000,
        b"a: &a [0]\n" + b"".join(b"a%d: &a [%s]\n" % (i, b",".join([b"*a"] * 10)) for i in range(20)),
        b'{"' + b'\\"' * 5_000_000,
        b"'" * 5_000_001,
        b'{"a": [' + b"1, " * 2_000_000,
    ],
    ids=["brackets", "objects", "dashes", "questions", "alias bomb", "escapes", "quotes", "list"],
)
def test_hostile_text_is_given_up_soon(data: bytes) -> None:
    start = time.process_time()
    documents = load(data)
    assert any(one.severity == "error" for one in documents.findings)
    assert time.process_time() - start < 10


def test_a_dump_of_many_items_is_narrowed_in_linear_time() -> None:
    document = load(json.dumps({"items": [{"a": 1}] * 20_000}))[0]
    start = time.process_time()
    assert all(document.at(("items", index)).position() for index in range(20_000))
    assert time.process_time() - start < 10


def test_findings_never_hold_values() -> None:
    documents = load("a: {b: s3cret, b: s3cret2}\nc: !!int s3cret\n")
    assert documents.findings
    assert "s3cret" not in "".join(map(str, documents.findings))
