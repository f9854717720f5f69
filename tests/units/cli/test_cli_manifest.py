"""Manifests as text: whatever JSON goes in, nbcore and kubectl read the same out of the YAML."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.cli.manifest import yaml_text
from nbcore.kubernetes.paths import Path
from tests.cluster import binaries

TRICKY = [
    *[
        "y",
        "n",
        "Y",
        "N",
        "yes",
        "No",
        "ON",
        "off",
        "true",
        "False",
        "TRUE",
        "null",
        "Null",
        "~",
        "",
        " ",
        "nan",
        ".nan",
    ],
    *[
        "-.inf",
        ".Inf",
        "1",
        "-1",
        "+1",
        "0",
        "007",
        "0o7",
        "0x1F",
        "0b1",
        "1_000",
        "1,000",
        "1e3",
        "1E3",
        "1e+3",
        ".5",
    ],
    *[
        "1.",
        "1.5",
        "+.5",
        "12e03",
        "190:20:30",
        "1:30",
        "2001-12-14",
        "2001-12-14t21:59:43.10-05:00",
        "=",
        "<<",
        "!",
        "&a",
    ],
    *[
        "*a",
        "- a",
        "-",
        "--",
        "---",
        "...",
        "? a",
        "?",
        ":",
        "a:",
        "a: b",
        "a:b",
        ":a",
        "a #b",
        "#",
        "#a",
        "a#b",
        "%a",
        "@a",
    ],
    *[
        "`a",
        "'",
        '"',
        "''",
        "[",
        "]",
        "{",
        "}",
        "[a]",
        "{a: b}",
        ",",
        "|",
        ">",
        "|-",
        "a\n",
        "a\nb",
        "a\n\nb\n",
        "a\n\n",
    ],
    *[
        "\n",
        "\na",
        " a\nb",
        "a\n b\n",
        "a \nb",
        "a\tb",
        "\ta",
        "a\n\tb\n",
        "a\r\nb",
        "a\rb",
        "\x00",
        "\x07",
        "\x1b[31m",
    ],
    *[
        "\x85",
        "\u2028",
        "\u2029",
        "\ufeff",
        "\ufffe",
        "é",
        "日本語\n本\n",
        "😀",
        "😀\na",
        "a" * 2000,
        "a b " * 500,
        "x: " * 300,
    ],
    *[
        "/",
        "/a/b",
        "a/b:c@sha256:d",
        "https://x/y?z=1&w=2",
        "$(NB_PREFIX)",
        "{{ name }}",
        "#!/bin/sh\nset -e\necho hi\n",
    ],
    *[
        "---\na: b\n",
        "a\n---\nb\n",
        "# a\nb\n",
        "\u00a0",
        "\u00ada",
        "a\u00a0b\nc\n",
        "null\n",
        "1\n2\n",
        "e1",
        "_1",
        "0.0.0.0",
    ],
]

TEXTS = st.sampled_from(TRICKY) | st.text(max_size=20) | st.text(alphabet="aAyn01eE.+-_: #\n'\"", max_size=8)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.fixed_dictionaries({"apiVersion": st.just("v1"), "kind": st.just("ConfigMap"), "x": VALUES})


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    found = [leaf for key, child in children for leaf in leaves(child, (*path, key))]
    return found or [path]


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON; numbers by value, as kubectl turns 1.0 into 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) or isinstance(other, float):
        return float(one) == float(other)
    return bool(one == other)


def in_order(value: Any) -> Any:
    """The value with its keys sorted, as kubectl prints them."""
    return json.loads(json.dumps(value, sort_keys=True))


def read_back(text: str) -> Any:
    documents = nbcore.load(text)
    assert not [one for one in documents.findings if one.severity == "error"], documents.findings
    assert len(documents) == 1
    return documents[0].value


@given(OBJECTS)
def test_loading_what_was_written_gives_the_same(value: Any) -> None:
    assert same(read_back(yaml_text(value)), value)


@given(OBJECTS)
def test_comments_change_nothing(value: Any) -> None:
    comments = {Path(path): f"from {at}: # \n x" for at, path in enumerate(leaves(value))}
    assert same(read_back(yaml_text(value, comments)), value)


@pytest.mark.parametrize("text", TRICKY, ids=ascii)
def test_a_tricky_text_stays_a_text(text: str) -> None:
    value = {"a": text, "list": [text], text: 1}
    comments = {Path(path): "who" for path in leaves(value)}
    assert same(read_back(yaml_text(value)), value)
    assert same(read_back(yaml_text(value, comments)), value)


def test_scripts_are_blocks_and_words_have_no_quotes() -> None:
    text = yaml_text({"image": "a/b:1.0", "script": "set -e\necho hi\n", "no": "no"})
    assert text == 'image: a/b:1.0\nscript: |\n  set -e\n  echo hi\n"no": "no"\n'


def test_shared_parts_are_written_out() -> None:
    shared = {"a": ["b"]}
    assert yaml_text([shared, shared]) == "- a:\n  - b\n- a:\n  - b\n"


@pytest.mark.oracle
def test_kubectl_reads_the_same() -> None:
    """All tricky texts, as values and as keys, and what hypothesis finds, in one call."""
    kubectl = binaries.kubectl()
    assert kubectl is not None
    objects = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": f"c-{at}"},
            "x": {"a": text, "b": [text], text: 1.5},
        }
        for at, text in enumerate(TRICKY)
        if "\x00" not in text
    ]
    stream = "---\n".join(
        yaml_text(one, {Path(path): "who: # it" for path in leaves(one)} if at % 2 else None)
        for at, one in enumerate(objects)
    )
    command = [str(kubectl), "patch", "--local", "-f", "-", "--type=merge", "-p", "{}", "-o", "json"]
    asked = subprocess.run(command, input=stream.encode(), capture_output=True, check=False)
    assert asked.returncode == 0, asked.stderr.decode()
    answers = json.loads("[" + asked.stdout.decode().strip().replace("\n}\n{\n", "\n},\n{\n") + "]")
    assert len(answers) == len(objects)
    for answer, one in zip(answers, objects, strict=True):
        assert same(in_order(answer), in_order(one))
