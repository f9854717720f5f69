"""Paths: text, identity, pointers, and finding a place in a document."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbcore.kubernetes.paths import Item, Path, Step, find, item, locate

DOCUMENT: dict[str, Any] = {
    "metadata": {"labels": {"app.kubernetes.io/name": "nb", "0": "zero"}},
    "spec": {
        "containers": [
            {"name": "side"},
            {
                "name": "main",
                "env": [{"name": "FOO", "value": "1"}, {"name": "2", "value": "two"}],
                "ports": [{"containerPort": 8888}, {"containerPort": 8888, "protocol": "UDP"}],
                "volumeMounts": [{"name": "v", "mountPath": "/home/jo"}, {"name": "v", "mountPath": "/b"}],
            },
        ],
        "tolerations": [{"key": "gpu", "value": "a"}, {"key": "gpu", "value": "b"}, {"key": "spot"}],
        "options": [{"id": "image", "values": [{"id": "a"}, {"id": "b", "x": None}]}],
        "args": ["one", "two"],
    },
}

keys = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [
        "",
        "~",
        "/",
        "~1",
        "a/b",
        "0",
        "01",
        "-1",
        "*",
        "a.b",
        'q"t',
        "[x]",
        "\\",
        "é",
        "\u202e",
        "name",
        "9" * 30,
    ]
)
indexes = st.integers(0, 10**6)
plain_steps = keys | indexes
steps: st.SearchStrategy[Step] = plain_steps | st.builds(Item, indexes | st.none(), keys)


# ---- text ----


@pytest.mark.parametrize(
    ("path", "text", "keyed"),
    [
        ((), "", ""),
        (("spec", "containers", Item(0, "main"), "env", Item(2, "FOO"), "name"),) * 1
        + ("spec.containers[0].env[2].name", "spec.containers[main].env[FOO].name"),
        (("metadata", "labels", "app.kubernetes.io/name"),)
        + ("metadata.labels[app.kubernetes.io/name]",) * 2,
        (("spec", "containers", Item(None, "main")),) + ("spec.containers[main]",) * 2,
        (("spec", "args", 1),) + ("spec.args[1]",) * 2,
        (("a", Item(3, "")),) + ("a[3]",) * 2,
        (("limits", "nvidia.com/gpu"),) + ("limits[nvidia.com/gpu]",) * 2,
        (("spec", "$patch"),) + ("spec.$patch",) * 2,
        (("labels", "0"),) + ('labels["0"]',) * 2,
        (("labels", ""),) + ('labels[""]',) * 2,
        (("a.b", "c"),) + ("[a.b].c",) * 2,
        (("e", "\n"),) + ('e["\\n"]',) * 2,
    ],
)
def test_text_forms(path: tuple[Step, ...], text: str, keyed: str) -> None:
    assert str(Path(path)) == text
    assert Path(path).keyed == keyed


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ()),
        ("spec", ("spec",)),
        ("spec.containers[0]", ("spec", "containers", 0)),
        (
            "spec.containers[main].env[*].value",
            ("spec", "containers", Item(None, "main"), "env", "*", "value"),
        ),
        ("a.*.b", ("a", "*", "b")),
        ('labels["a.b"].x', ("labels", "a.b", "x")),
        ('labels["0"]', ("labels", "0")),
        ("[0][1]", (0, 1)),
        ("ports[8888/TCP]", ("ports", Item(None, "8888/TCP"))),
        ("labels.app-name", ("labels", "app-name")),
        ("a[007]", ("a", Item(None, "007"))),
    ],
)
def test_parse(text: str, path: tuple[Step, ...]) -> None:
    parsed = Path.parse(text)
    assert tuple(parsed) == path
    assert [type(step) for step in parsed] == [type(step) for step in path]


@pytest.mark.parametrize(
    "text",
    [
        ".",
        ".a",
        "a.",
        "a..b",
        "a b",
        "[",
        "]",
        "a]",
        "[]",
        "a[0",
        "a[b]c",
        'a["b]',
        'a["\\x"]',
        "a[[b]]",
        "é",
        "a\n",
    ],
)
def test_malformed_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="malformed path"):
        Path.parse(text)


def test_parsing_is_linear() -> None:
    assert len(Path.parse("a" + ".b" * 100_000)) == 100_001
    with pytest.raises(ValueError, match="malformed path"):
        Path.parse('a["' + "\\\\" * 100_000)


@given(st.lists(steps, max_size=6))
def test_the_keyed_text_reads_back_as_the_same_path(parts: list[Step]) -> None:
    path = Path(parts)
    assert Path.parse(path.keyed) == path


@given(st.lists(plain_steps, max_size=6))
def test_the_text_of_plain_steps_reads_back_as_the_same_path(parts: list[Step]) -> None:
    path = Path(parts)
    assert Path.parse(str(path)) == path
    assert str(path).isascii()


# ---- identity ----


def test_identity_goes_by_key() -> None:
    assert Item(0, "main") == Item(7, "main") == Item(None, "main")
    assert (Item(0, "main") != Item(7, "main")) is False
    assert Item(0, "a") != Item(0, "b")
    assert Item(1, "") != Item(2, "")
    assert Path(("c", Item(0, "main"))) == Path(("c", Item(5, "main")))
    assert len({Path(("c", Item(0, "main"))), Path(("c", Item(5, "main"))), Path.parse("c[main]")}) == 1
    assert Path(("c", 0)) != Path(("c", "0"))
    assert Path(("c", Item(4, "x"))).raw == ("c", "x")
    assert Path(("c", Item(4, ""))).raw == ("c", 4)
    assert Path(("c", Item(4, "x"), Item(None, "y"), 1)).indexed == ("c", 4, "y", 1)


def test_building() -> None:
    path = Path(("spec",)) / "containers" / Item(0, "main")
    assert isinstance(path, Path)
    assert path.keyed == "spec.containers[main]"
    assert path.parent == Path(("spec", "containers"))
    assert isinstance(path[:1], Path)
    assert path[0] == "spec"
    assert (path + Path(("env", 0))).keyed == "spec.containers[main].env[0]"
    assert Path().parent == Path()
    assert pickle.loads(pickle.dumps(path)) == copy.deepcopy(path) == path


def test_covers() -> None:
    rule = Path.parse("spec.containers[main].env[*].value")
    assert rule.covers(Path(("spec", "containers", Item(1, "main"), "env", Item(0, "A"), "value")))
    assert rule.covers(rule / "below")
    assert not rule.covers(rule.parent)
    assert not rule.covers(Path(("spec", "containers", Item(1, "side"), "env", Item(0, "A"), "value")))
    assert Path().covers(rule)


# ---- pointers ----


def test_pointer() -> None:
    path = Path(("a", Item(3, "x"), "b/c~d", 0))
    assert path.pointer == "/a/3/b~1c~0d/0"
    assert Path().pointer == ""
    with pytest.raises(ValueError, match="not known"):
        _ = Path.parse("a[main]").pointer


@pytest.mark.parametrize("text", ["a", "/~", "/~2", "/a~", " /a"])
def test_malformed_pointers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="malformed JSON Pointer"):
        Path.from_pointer(text)


@given(st.lists(plain_steps, max_size=6))
@example(["~1", "/", "~0", "", "\n"])
def test_pointers_read_back(parts: list[Step]) -> None:
    text = Path(parts).pointer
    again = Path.from_pointer(text)
    assert again.pointer == text
    assert [str(step) for step in again] == [str(step) for step in parts]


# ---- documents ----


@pytest.mark.parametrize(
    ("text", "pointer", "keyed"),
    [
        ("", "", ""),
        ("spec.containers[main].env[FOO].value", "/spec/containers/1/env/0/value", None),
        (
            "spec.containers[1].env[0].value",
            "/spec/containers/1/env/0/value",
            "spec.containers[main].env[FOO].value",
        ),
        ('spec.containers[main].env["2"]', "/spec/containers/1/env/1", None),
        ("spec.containers[main].ports[8888/TCP]", "/spec/containers/1/ports/0", None),
        (
            'spec.containers[main].ports["8888"]',
            "/spec/containers/1/ports/0",
            "spec.containers[main].ports[8888/TCP]",
        ),
        ("spec.containers[main].ports[8888/UDP]", "/spec/containers/1/ports/1", None),
        ("spec.containers[main].volumeMounts[/b].name", "/spec/containers/1/volumeMounts/1/name", None),
        ("spec.options[image].values[b].x", "/spec/options/0/values/1/x", None),
        ("metadata.labels[app.kubernetes.io/name]", "/metadata/labels/app.kubernetes.io~1name", None),
        ("metadata.labels[0]", "/metadata/labels/0", 'metadata.labels["0"]'),
        ("spec.args[1]", "/spec/args/1", None),
        ("spec.tolerations[spot]", "/spec/tolerations/2", None),
        ("spec.tolerations[1]", "/spec/tolerations/1", "spec.tolerations[1]"),
    ],
)
def test_locate(text: str, pointer: str, keyed: str | None) -> None:
    located = locate(DOCUMENT, Path.parse(text))
    assert located.pointer == pointer
    assert located.keyed == (text if keyed is None else keyed)
    assert find(DOCUMENT, located) == find(DOCUMENT, Path.from_pointer(pointer))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("spec.nothing", r"there is no nothing in spec$"),
        ("nothing", r"there is no nothing at the root$"),
        ("spec.containers[other]", r"there is no \[other\] in spec.containers$"),
        ("spec.containers[2]", r"there is no \[2\] in spec.containers$"),
        ("spec.args[0].deeper", r"there is no deeper in spec.args\[0\]$"),
        ("spec.args[one]", r"there is no \[one\] in spec.args$"),
        ("spec.containers[main].env[BAR]", r"there is no \[BAR\] in spec.containers\[main\].env$"),
    ],
)
def test_a_missing_step_is_named(text: str, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        find(DOCUMENT, Path.parse(text))


def test_negative_indexes_reach_nothing() -> None:
    with pytest.raises(LookupError):
        find(["a"], Path((-1,)))


def test_item() -> None:
    step = item("env", 3, {"name": "A"})
    assert isinstance(step, Item)
    assert (step.index, step.key) == (3, "A")
    assert item("env", 3, {"value": "A"}) == 3
    assert item("env", 3, None) == 3
    assert item("args", 3, "x") == 3
    assert item("ports", 0, {"containerPort": True}) == 0
    assert item("ports", 0, {"containerPort": 80, "protocol": None}) == "80/TCP"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "env", "ports", "containerPort", "key", "a"]), inner, max_size=3
        )
    ),
    max_leaves=12,
)


def _leaves(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    below = [leaf for key, child in children for leaf in _leaves(child, (*path, key))]
    return below or [path]


@given(json_values)
def test_locating_any_leaf_leads_to_the_same_value(document: Any) -> None:
    for leaf in _leaves(document):
        located = locate(document, leaf)
        assert located.pointer == Path(leaf).pointer
        assert json.dumps(find(document, Path.from_pointer(located.pointer))) == json.dumps(
            find(document, leaf)
        )
