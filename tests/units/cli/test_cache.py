"""The cache: it changes no answer, and nothing that happens to it is an error."""

from __future__ import annotations

import dataclasses
import json
import zlib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.cli import cache, judging
from nbcore.cli.cache import FILE, FOLDER, Store, remembered
from nbcore.cli.finding_json import as_json, from_json
from nbcore.cli.judgement import Judgement
from nbcore.cli.judging import judge
from nbcore.cli.progress import Progress
from nbcore.cli.reading import Inputs, Text
from nbcore.finding import Finding, Fix, Position, Source
from nbcore.kubernetes.paths import Item
from nbcore.kubernetes.paths import Path as Place
from nbcore.settings import Settings
from tests.units.cli.program import CANARY, KINDS, WORLD, run

POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec: {containers: [{name: main, image: web:1, ports: [{containerPort: 0}], env: [{name: A, value: 1}]}]}
"""
PLAIN = [
    Text("a.yaml", POD.replace("NAME", "a").encode()),
    Text("b.yaml", POD.replace("NAME", "b").encode()),
    Text("bad.yaml", b"a: [\n"),
    Text("empty.yaml", b""),
    Text("values.yaml", b"x: 1\n", named=False),
]
MIXED = [*PLAIN, Text("kinds.yaml", WORLD.encode()), Text("map.yaml", b"apiVersion: v1\nkind: ConfigMap\n")]
TIED = [*PLAIN, Text("again.yaml", PLAIN[0].data)]


def told(texts: Sequence[Text], folder: Path, settings: Settings | None = None) -> tuple[Judgement, Inputs]:
    """What is said about the texts with the cache in a folder."""
    store = Store(str(folder), settings or Settings())
    inputs = Inputs(texts={one.name: one.data for one in texts})
    quiet = Progress(quiet=True)
    found = remembered(
        texts, inputs, settings or Settings(), jobs=1, progress=quiet, store=store, schemas=None
    )
    return found, inputs


def fresh(texts: Sequence[Text], settings: Settings | None = None) -> tuple[Judgement, Inputs]:
    """What is said about the texts without a cache."""
    inputs = Inputs(texts={one.name: one.data for one in texts})
    ground = judging.Ground(settings or Settings())
    return judge(texts, inputs, ground, progress=Progress(quiet=True)), inputs


def no_judge(*_: object, **__: object) -> Judgement:
    raise AssertionError("it was judged anew")


# ---- what it answers ----


@pytest.mark.parametrize("texts", [PLAIN, MIXED, TIED, []], ids=["plain", "mixed", "tied", "none"])
def test_it_changes_no_answer(texts: list[Text], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected, inputs = fresh(texts)
    assert told(texts, tmp_path)[0] == expected
    monkeypatch.setattr(judging, "judge", no_judge)
    found, again = told(texts, tmp_path)
    assert found == expected
    assert again.skipped == inputs.skipped
    assert again.notes == inputs.notes
    assert [_repairs(one) for one in found.findings] == [_repairs(one) for one in expected.findings]


def _repairs(one: Finding) -> tuple[Any, ...] | None:
    """A fix without the value that the cache may not hold."""
    return None if one.fix is None else (one.fix.action, one.fix.path.indexed, one.fix.safe)


def test_of_changed_files_only_these_are_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(PLAIN, tmp_path)
    changed = [Text("b.yaml", b"# moved\n" + PLAIN[1].data), *PLAIN[2:], PLAIN[0]]
    expected = fresh(changed)[0]
    judged: list[str] = []

    def noted(text: Text, *rest: Any) -> Any:
        judged.append(text.name)
        return original(text, *rest)

    original = vars(judging)["_alone"]
    monkeypatch.setattr(judging, "_alone", noted)
    assert told(changed, tmp_path)[0] == expected
    assert judged == ["b.yaml"]


def test_places_are_those_of_the_text_that_is_there(tmp_path: Path) -> None:
    for text in (PLAIN[0].data, b"\n\n" + PLAIN[0].data):
        for name in ("a.yaml", "c.yaml"):
            texts = [Text(name, text)]
            for _ in range(2):
                found = told(texts, tmp_path)[0].findings
                assert found == fresh(texts)[0].findings
                assert {one.source.file for one in found} == {name}


DIFFERENT = {
    "another version of Kubernetes": Settings(kubernetes_version="1.30"),
    "another level": Settings(pod_security="restricted"),
    "another project": Settings(compat="kubeflow"),
    "another day": Settings(today="2030-01-01"),
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_settings_have_other_entries(name: str, tmp_path: Path) -> None:
    told(PLAIN, tmp_path)
    assert told(PLAIN, tmp_path, DIFFERENT[name])[0] == fresh(PLAIN, DIFFERENT[name])[0]


def test_what_is_named_is_not_what_is_found(tmp_path: Path) -> None:
    for named in (True, False):
        texts = [Text("values.yaml", b"x: 1\n", named)]
        assert told(texts, tmp_path)[0] == fresh(texts)[0]


# ---- what may happen to it ----


def damaged(data: bytes) -> dict[str, bytes]:
    """The bytes of a cache after many kinds of damage."""
    half = len(data) // 2
    return {
        "empty": b"",
        "cut": data[:half],
        "another form": b"nbcore-verdicts/v0\n" + data.split(b"\n", 1)[1],
        "a bit": data[:half] + bytes([data[half] ^ 4]) + data[half + 1 :],
        "zeros": bytes(len(data)),
        "lines without values": data.replace(b" ", b"\n"),
        "no JSON": data.replace(b"[", b"{"),
        "no UTF-8": data.replace(b'"', b"\xff"),
    }


@pytest.mark.parametrize("name", damaged(b"12\n34"))
def test_damage_is_no_error(name: str, tmp_path: Path) -> None:
    expected = told(MIXED, tmp_path)[0]
    file = tmp_path / FOLDER / FILE
    file.write_bytes(damaged(file.read_bytes())[name])
    assert told(MIXED, tmp_path)[0] == expected
    assert told(MIXED, tmp_path)[0] == expected


@pytest.mark.parametrize(
    "plain", ["null", "[]", "[[],1,2,3]", "[" * 9000, '{"a":1}', "[[[1]],[0,0,0,0],[],[],[]]"]
)
def test_entries_of_another_form_are_no_error(plain: str, tmp_path: Path) -> None:
    told(MIXED, tmp_path)
    file = tmp_path / FOLDER / FILE
    head, *lines = file.read_bytes().splitlines()
    forged = [
        b"%s %08x %s" % (line.split(b" ")[0], zlib.crc32(plain.encode()), plain.encode()) for line in lines
    ]
    file.write_bytes(b"\n".join((head, *forged, b"")))
    assert told(MIXED, tmp_path)[0] == fresh(MIXED)[0]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / FOLDER).write_text("a file")
    assert told(PLAIN, tmp_path)[0] == fresh(PLAIN)[0]
    assert told(PLAIN, tmp_path / "missing")[0] == fresh(PLAIN)[0]


def test_it_is_written_through_no_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER / FILE).symlink_to(other)
    told(PLAIN, tmp_path)
    assert other.read_text() == "mine"
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / FOLDER).symlink_to(tmp_path / "elsewhere")
    told(PLAIN, tmp_path / "a")
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_it_does_not_grow_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(PLAIN, tmp_path)
    size = (tmp_path / FOLDER / FILE).stat().st_size
    monkeypatch.setattr(cache, "MOST_BYTES", size + size // 2)
    for number in range(5):
        texts = [one._replace(name=f"{number}-{one.name}") for one in PLAIN]
        told(texts, tmp_path)
        assert (tmp_path / FOLDER / FILE).stat().st_size <= size + size // 2
    monkeypatch.setattr(judging, "judge", no_judge)
    assert told(texts, tmp_path)[0].files == 4


def test_git_and_backups_leave_it_out(tmp_path: Path) -> None:
    told(PLAIN, tmp_path)
    assert (tmp_path / FOLDER / ".gitignore").read_text() == "*\n"
    assert (
        (tmp_path / FOLDER / "CACHEDIR.TAG")
        .read_text()
        .startswith("Signature: 8a477f597d28d172789f06886806bc55\n")
    )


def test_it_holds_no_values_of_env(tmp_path: Path) -> None:
    secret = POD.replace("value: 1", "value: 1234567890123")
    told([Text("a.yaml", secret.encode()), Text("k.yaml", KINDS.encode())], tmp_path)
    data = (tmp_path / FOLDER / FILE).read_bytes()
    assert b"1234567890123" not in data
    assert CANARY.encode() not in data


# ---- findings as JSON ----

STEPS = (
    st.text(max_size=5)
    | st.integers(0, 99)
    | st.builds(Item, st.integers(0, 9) | st.none(), st.text(min_size=1, max_size=5))
)
PLACES = st.builds(Place, st.lists(STEPS, max_size=4))
POSITIONS = st.builds(Position, *[st.integers(1, 10**6)] * 4)
SOURCES = st.builds(Source, *[st.text(max_size=4)] * 4)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda one: st.lists(one, max_size=3),
    max_leaves=5,
)
FINDINGS = st.builds(
    Finding, st.sampled_from(["NB101", "NB512"]), st.sampled_from(["error", "warning", "info"]), PLACES,
    st.text(max_size=9), st.text(max_size=9), SOURCES, st.none() | POSITIONS,
    st.lists(st.tuples(SOURCES, PLACES, st.none() | POSITIONS), max_size=3).map(tuple), PLACES,
    st.integers(0, 10**9), st.text(max_size=5), st.none() | st.fractions(),
    st.none() | st.builds(Fix, st.sampled_from(["rename", "replace", "add", "remove"]), PLACES, JSON, st.booleans()),
)  # fmt: skip


@given(FINDINGS)
def test_a_finding_comes_back_as_it_was(one: Finding) -> None:
    again = from_json(json.loads(json.dumps(as_json(one))))
    for field in dataclasses.fields(Finding):
        was, now = getattr(one, field.name), getattr(again, field.name)
        if field.name == "fix" and was is not None and now is not None:
            assert now.value in (was.value, None)
            was, now = was._replace(value=None), now._replace(value=None)
        assert _exact(was) == _exact(now)


def _exact(value: Any) -> str:
    """A text that tells whatever may differ, also what is equal by name."""
    if isinstance(value, tuple):
        return f"{type(value).__name__}({', '.join(map(_exact, value))})"
    return f"{type(value).__name__} {value!r}"


def test_a_hidden_value_does_not_come_back() -> None:
    path = Place(("spec", "containers", 0, "env", 0, "value"))
    one = Finding(
        "NB106", "error", path, "text", fix=Fix("replace", path, "secret"), magnitude=Fraction(1, 3)
    )
    again = from_json(as_json(one))
    assert again == one
    assert again.fix == Fix("replace", path, None)


# ---- the command ----


def test_the_command_uses_it(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    first = run("lint", ".", cwd=tmp_path)
    assert (tmp_path / FOLDER / FILE).exists()
    assert run("lint", ".", cwd=tmp_path) == first
    assert run("lint", ".", "--no-cache", cwd=tmp_path) == first


def test_the_command_may_do_without(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(POD)
    run("lint", ".", "--no-cache", cwd=tmp_path)
    run("lint", "-", stdin=POD, cwd=tmp_path)
    assert not (tmp_path / FOLDER).exists()
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "x.yaml").write_text("ignore: []")
    run("lint", ".", "--config", "conf/x.yaml", cwd=tmp_path)
    assert (tmp_path / "conf" / FOLDER / FILE).exists()
