"""Fixing: what an edit does to a text, which edits are refused, and how files are written."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

import nbcore
from nbcore.cli.files_written import write_whole
from nbcore.cli.fixing import Change, Fixed, difference, edits_of, fixed, written
from nbcore.cli.plans import Plan, plan
from nbcore.cli.reading import Inputs, Text
from nbcore.cli.verdict import Verdict
from nbcore.finding import Finding, Fix, Source
from nbcore.finding import finding as make
from nbcore.kubernetes.paths import Path as Place
from tests.units.cli.program import CANARY, run

POD = Source("Pod", "", "web", "a.yaml")
HEAD = "kind: Pod\nmetadata: {name: web}\n"


def planned(text: str, *fixes: Fix) -> Plan:
    """The plan for fixes of the one object in a text."""
    source = next((POD for word in ("name: web", '"web"') if word in text), POD)
    return plan(
        "a.yaml",
        text,
        [replace(make("NB105", one.path, str(at), source=source), fix=one) for at, one in enumerate(fixes)],
    )


def after(text: str, *fixes: Fix) -> str:
    """The text after the fixes, without the head that names the object."""
    return planned(HEAD + text, *fixes).text.removeprefix(HEAD)


def fix(action: str, path: str, value: object = None) -> Fix:
    return Fix(action, Place.parse(path), value)  # type: ignore[arg-type]


CASES = {
    "rename": (
        "spec:\n  conts: [] # c\n",
        fix("rename", "spec.conts", "containers"),
        "spec:\n  containers: [] # c\n",
    ),
    "rename in quotes": (
        "spec: {'conts': [], \"b\": 1}\n",
        fix("rename", "spec.conts", "containers"),
        "spec: {'containers': [], \"b\": 1}\n",
    ),
    "rename to what needs quotes": (
        "data:\n  on: x\n",
        fix("rename", 'data["true"]', "on"),
        'data:\n  "on": x\n',
    ),
    "rename in a list": (
        "spec:\n- na: x\n  b: y\n",
        fix("rename", "spec[0].na", "name"),
        "spec:\n- name: x\n  b: y\n",
    ),
    "rename a long key": (
        "spec:\n  ? conts\n  : []\n",
        fix("rename", "spec.conts", "containers"),
        "spec:\n  ? containers\n  : []\n",
    ),
    "replace a word": (
        "spec:\n  a:   never   # c\n",
        fix("replace", "spec.a", "Never"),
        "spec:\n  a:   Never   # c\n",
    ),
    "replace in single quotes": (
        "spec: {a: 'it''s'}\n",
        fix("replace", "spec.a", "don't"),
        "spec: {a: 'don''t'}\n",
    ),
    "replace in double quotes": ('spec: {a: "\\u0041"}\n', fix("replace", "spec.a", "B"), 'spec: {a: "B"}\n'),
    "a number for a text": (
        'spec:\n- port: "80"\n',
        fix("replace", "spec[0].port", 80),
        "spec:\n- port: 80\n",
    ),
    "a text for a number": ("spec:\n  a: 010\n", fix("replace", "spec.a", "010"), 'spec:\n  a: "010"\n'),
    "a text that looks like a day": (
        "spec:\n  a: x\n",
        fix("replace", "spec.a", "2020-01-01"),
        'spec:\n  a: "2020-01-01"\n',
    ),
    "a text with a colon": ("spec:\n  a: x\n", fix("replace", "spec.a", "b: c"), 'spec:\n  a: "b: c"\n'),
    "a quantity": ("spec:\n  a: x\n", fix("replace", "spec.a", "500m"), "spec:\n  a: 500m\n"),
    "a boolean": ("spec:\n  a: 'true'\n", fix("replace", "spec.a", True), "spec:\n  a: true\n"),
    "a list for a word": ("spec:\n  a: x y\n", fix("replace", "spec.a", ["x y"]), 'spec:\n  a: ["x y"]\n'),
    "a null that is not written": (
        "spec:\n  a:   # c\n  b: 1\n",
        fix("replace", "spec.a", 1),
        "spec:\n  a: 1   # c\n  b: 1\n",
    ),
    "a null that is": ("spec:\n- a: ~\n", fix("replace", "spec[0].a", "b"), "spec:\n- a: b\n"),
    "a list of lines": (
        "spec:\n  a:\n  - x\n  - y\n  b: 1\n",
        fix("replace", "spec.a", ["ALL"]),
        "spec:\n  a: [ALL]\n  b: 1\n",
    ),
    "a block of text": (
        "spec:\n  a: |\n    x\n    y\n  b: 1\n",
        fix("replace", "spec.a", "z"),
        "spec:\n  a: z\n  b: 1\n",
    ),
    "add": (
        "spec:\n  a: 1  # c\nx: 1\n",
        fix("add", "spec.b", True),
        "spec:\n  a: 1  # c\n  b: true\nx: 1\n",
    ),
    "add to an element": (
        "spec:\n- a: 1\n- a: 2\n",
        fix("add", "spec[0].b", 2),
        "spec:\n- a: 1\n  b: 2\n- a: 2\n",
    ),
    "add with what is above": (
        "spec:\n    a: 1\n",
        fix("add", "spec.b.c.d", ["ALL"]),
        "spec:\n    a: 1\n    b:\n      c:\n        d: [ALL]\n",
    ),
    "add below a null": ("spec:\n  a:\n  b: 1\n", fix("add", "spec.a.c", 1), "spec:\n  a: {c: 1}\n  b: 1\n"),
    "add to an empty map": ("spec: {}\n", fix("add", "spec.a.b", 1), "spec: {a: {b: 1}}\n"),
    "add in brackets": ("spec: {a: 1 }\n", fix("add", "spec.b", "x"), "spec: {a: 1, b: x }\n"),
    "add in brackets over lines": (
        "spec: {\n    a: 1\n  }\n",
        fix("add", "spec.b", "x"),
        "spec: {\n    a: 1,\n    b: x\n  }\n",
    ),
    "add at the end without a line end": ("spec:\n  a: 1", fix("add", "spec.b", 2), "spec:\n  a: 1\n  b: 2"),
    "add after a block of text": (
        "spec:\n  a: |\n    x\n",
        fix("add", "spec.b", 2),
        "spec:\n  a: |\n    x\n  b: 2\n",
    ),
    "remove": ("spec:\n  a: 1 # c\n  # d\n  b: 2\n", fix("remove", "spec.a"), "spec:\n  # d\n  b: 2\n"),
    "remove with all its lines": (
        "spec:\n  a:\n    b: [1,\n      2]\n  c: 3\n",
        fix("remove", "spec.a"),
        "spec:\n  c: 3\n",
    ),
    "remove the first of an element": (
        "spec:\n- a: 1\n  b: 2\n",
        fix("remove", "spec[0].a"),
        "spec:\n- b: 2\n",
    ),
    "remove the last of an element": (
        "spec:\n- a: 1\n  b: 2\n- a: 3\n",
        fix("remove", "spec[0].b"),
        "spec:\n- a: 1\n- a: 3\n",
    ),
    "remove the only one": ("spec:\n  a: 1\nx: 1\n", fix("remove", "spec.a"), "spec: {}\nx: 1\n"),
    "remove an element": ("spec:\n- a: 1\n  b: 2\n- a: 3\n", fix("remove", "spec[0]"), "spec:\n- a: 3\n"),
    "remove the only element": (
        "spec:\n  a:\n  - 1\nx: 1\n",
        fix("remove", "spec.a[0]"),
        "spec:\n  a: []\nx: 1\n",
    ),
    "remove at the end without a line end": (
        "spec:\n  a: 1\n  b: 2",
        fix("remove", "spec.b"),
        "spec:\n  a: 1",
    ),
    "remove in brackets": ("spec: {a: 1, b: 2, c: 3}\n", fix("remove", "spec.b"), "spec: {a: 1, c: 3}\n"),
    "remove the last in brackets": ("spec: [1, 2 , 3 ]\n", fix("remove", "spec[2]"), "spec: [1, 2  ]\n"),
    "remove a line in brackets": (
        "spec: {\n  a: 1,\n  b: 2\n}\n",
        fix("remove", "spec.a"),
        "spec: {\n  b: 2\n}\n",
    ),
    "letters beyond ASCII": (
        "spec:\n  ü: é # ß\n  b: 1\n",
        fix("replace", 'spec["ü"]', "ö"),
        'spec:\n  ü: "ö" # ß\n  b: 1\n',
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_an_edit(name: str, end: str) -> None:
    text, one, expected = CASES[name]
    if end == "\n":
        assert after(text, one) == expected
        return
    head = HEAD.replace("\n", end)
    assert planned(head + text.replace("\n", end), one).text == head + expected.replace("\n", end)


JSON = '{"kind": "Pod", "metadata": {"name": "web"},\n "spec": {"a": 1,\n  "b": [{"c": "x"}, 2]}}\n'
JSON_CASES = {
    "rename": (fix("rename", "spec.b[0].c", "d"), '"c"', '"d"'),
    "replace": (fix("replace", "spec.a", "x"), ": 1,", ': "x",'),
    "replace a map": (fix("replace", "spec.b[0]", {"y": [True]}), '{"c": "x"}', '{"y": [true]}'),
    "add": (fix("add", "spec.b[0].d.e", None), '"c": "x"', '"c": "x", "d": {"e": null}'),
    "add on a line of its own": (fix("add", "spec.z", 1), "2]}}", '2],\n  "z": 1}}'),
    "remove": (fix("remove", "spec.b[1]"), '{"c": "x"}, 2', '{"c": "x"}'),
    "remove the first": (fix("remove", "spec.a"), '"a": 1,\n  "b"', '\n  "b"'),
}


@pytest.mark.parametrize("name", JSON_CASES)
def test_an_edit_of_json(name: str) -> None:
    one, old, new = JSON_CASES[name]
    assert planned(JSON, one).text == JSON.replace(old, new)


REFUSED = {
    "inside an anchor that is used twice": ("a: &x\n  b: 1\nc: *x\n", fix("replace", "a.b", 2)),
    "inside an alias": ("a: &x\n  b: 1\nc: *x\n", fix("replace", "c.b", 2)),
    "what an alias brings in": ("a: &x {b: 1}\nc:\n  <<: *x\n  d: 1\n", fix("remove", "c.b")),
    "behind a tag": ('spec: {a: !!int "1"}\n', fix("replace", "spec.a", [])),
    "behind a tag and an anchor": ('spec: {a: !!int &x "1"}\n', fix("replace", "spec.a", [])),
    "a name that is there": ("spec: {a: 1, b: 2}\n", fix("rename", "spec.a", "b")),
    "a place that is not there": ("spec: {a: 1}\n", fix("replace", "spec.b", 2)),
    "an element that is not there": ("spec: [1]\n", fix("remove", "spec[1]")),
    "an element to add": ("spec: [1]\n", fix("add", "spec[1].a", 2)),
    "below a text": ("spec: x\n", fix("add", "spec.a", 2)),
    "what is there already": ("spec: {a: 1}\n", fix("add", "spec.a", 2)),
    "a list of lines with comments": ("spec:\n  a:\n  - x # why\n  - y\n", fix("replace", "spec.a", ["ALL"])),
    "a list of lines below a comment": ("spec:\n  a:  # why\n  - x\n", fix("replace", "spec.a", ["ALL"])),
    "a map in brackets with a comment": ("spec: {a: 1, # why\n  b: 2}\n", fix("replace", "spec", 1)),
    "a text that UTF-8 lacks": ("spec: {a: 1}\n", fix("replace", "spec.a", "\udcff")),
    "nothing to do": ("spec: {a: 1}\n", fix("replace", "spec.a", 1)),
    "the object itself": ("spec: {a: 1}\n", fix("remove", "")),
    "a block of text that would take the line": ("spec:\n  a: |+\n    x\n\n", fix("add", "spec.b", 2)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_leaves_every_byte(name: str) -> None:
    text, one = REFUSED[name]
    made = planned(HEAD + text, one)
    assert made == Plan(HEAD + text, ())


def test_an_anchor_that_nobody_uses_is_no_obstacle() -> None:
    assert after("spec: &x\n  a: &y 1\n", fix("replace", "spec.a", 2)) == "spec: &x\n  a: &y 2\n"


def test_fixes_that_go_together() -> None:
    text = "spec:\n  conts: []\n  a: 1\n  b: 2\n"
    made = planned(
        HEAD + text,
        fix("add", "spec.s.run", True),
        fix("rename", "spec.conts", "containers"),
        fix("remove", "spec.a"),
        fix("add", "spec.s.drop", ["ALL"]),
        fix("remove", "spec.a"),
    )
    expected = "spec:\n  containers: []\n  b: 2\n  s:\n    run: true\n    drop: [ALL]\n"
    assert made.text == HEAD + expected
    assert sum(len(step.findings) for step in made.steps) == 5


def test_one_bad_fix_spoils_no_other() -> None:
    text = "a: &x {b: 1}\nc: *x\nspec:\n  d: 1\n  e: 2\n"
    fixes = [fix("replace", "spec.d", 9), fix("replace", "a.b", 9), fix("replace", "spec.e", 9)]
    assert after(text, *fixes) == text.replace("d: 1", "d: 9").replace("e: 2", "e: 9")


def test_of_fixes_that_overlap_the_first_is_made() -> None:
    text = "spec:\n  a:\n    b: 1\n"
    assert after(text, fix("replace", "spec.a.b", 2), fix("replace", "spec.a", 3)) == "spec:\n  a: 3\n"
    assert after(text, fix("add", "spec.c", 1), fix("add", "spec.c", 2)) == f"{text}  c: 1\n"


def test_elements_are_counted_from_the_end_on() -> None:
    text = "spec:\n- 1\n- 2\n- 3\n- 4\n"
    assert after(text, *(fix("remove", f"spec[{at}]") for at in (0, 1, 3))) == "spec:\n- 3\n"


def test_the_object_that_a_finding_names() -> None:
    other = HEAD.replace("web", "other")
    text = f"{other}spec: {{a: 1}}\n---\n# c\n{HEAD}spec: {{a: 1}}\n"
    assert (
        planned(text, fix("replace", "spec.a", 2)).text
        == f"{other}spec: {{a: 1}}\n---\n# c\n{HEAD}spec: {{a: 2}}\n"
    )
    listed = "kind: List\nitems:\n- kind: Pod\n  metadata: {name: web}\n  spec: {a: 1}\n"
    assert planned(listed, fix("replace", "spec.a", 2)).text == listed.replace("a: 1", "a: 2")
    assert (
        planned(f"{HEAD}spec: {{a: 1}}\n---\n{HEAD}spec: {{a: 1}}\n", fix("replace", "spec.a", 2)).steps == ()
    )


# ---- rounds ----

BAD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}   # the one
spec:
  # all of them
  containers:
  - name: main
    image: web:1
    ports:
    - containerport: 8080   # http
    env:
    - name: TOKEN
      value: c4n4ry
"""


def verdict_on(texts: list[Text] | tuple[Text, ...]) -> Verdict:
    """The verdict of the engine on some texts."""
    documents = [one for text in texts for one in nbcore.load(text.data, text.name)]
    inputs = Inputs(texts={one.name: one.data for one in texts})
    return Verdict(inputs, "", nbcore.check(documents).findings)


def repaired(text: str, *, unsafe: bool = False) -> Fixed:
    texts = [Text("a.yaml", text.encode())]
    return fixed(texts, verdict_on(texts), lambda now: verdict_on(list(now)), unsafe=unsafe)


def test_a_repaired_file_is_judged_anew() -> None:
    made = repaired(BAD)
    assert made.texts[0].data.decode() == BAD.replace("containerport", "containerPort")
    assert made.repaired == 1
    assert {"NB105", "NB435"} & {one.code for one in made.verdict.findings} == set()
    assert repaired(made.texts[0].data.decode()).changes == ()


def test_unsafe_fixes_are_made_on_request() -> None:
    text = BAD.replace("containerport", "containrPort")
    assert repaired(text).changes == ()
    assert repaired(text, unsafe=True).changes[0].new.decode() == BAD.replace(
        "containerport", "containerPort"
    )


def test_what_is_no_text_is_left_alone() -> None:
    texts = [Text("a.yaml", b"\xff" + BAD.encode())]
    one = replace(make("NB105", ("a",), "text", source=POD), fix=fix("remove", "a"))
    verdict = Verdict(Inputs(), "", (one,))
    assert fixed(texts, verdict, lambda now: verdict, unsafe=True).changes == ()


def test_rounds_come_to_an_end() -> None:
    text = HEAD + "spec: {a: 1}\n"
    rounds: list[bytes] = []

    def judge(texts: tuple[Text, ...] | list[Text]) -> Verdict:
        rounds.append(texts[0].data)
        flip = 2 if b"a: 1" in texts[0].data else 1
        return Verdict(Inputs(), "", (_finding(fix("replace", "spec.a", flip)),))

    texts = [Text("a.yaml", text.encode())]
    fixed(texts, judge(texts), lambda now: judge(list(now)), unsafe=False)
    assert len(rounds) == 11


def _finding(one: Fix) -> Finding:
    return replace(make("NB105", one.path, "text", source=POD), fix=one)


def test_edits_for_other_programs() -> None:
    verdict = verdict_on([Text("a.yaml", BAD.encode())])
    found = edits_of(verdict)
    [(finding, ((position, text),))] = found.items()
    assert finding.code == "NB105"
    assert (str(position), text) == ("10:7", "containerPort")


# ---- files ----


def test_a_file_is_written_as_a_whole_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"old")
    file.chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("a.yaml")
    write_whole(str(tmp_path / "link.yaml"), b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert (tmp_path / "link.yaml").is_symlink()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a.yaml", "link.yaml"]
    with pytest.raises(OSError, match="nowhere"):
        write_whole("/nowhere/a.yaml", b"")


def test_what_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"theirs")
    texts = (Text(str(file), b"new"), Text("<stdin>", b"new"), Text(f"{tmp_path}/gone.yaml", b"new"))
    changes = tuple(Change(one.name, b"old", b"new") for one in texts)
    judged: list[bytes] = []

    def judge(now: object) -> Verdict:
        judged.extend(one.data for one in now)  # type: ignore[attr-defined]
        return Verdict(Inputs(), "")

    made = written(Fixed(texts, Verdict(Inputs(), ""), changes, 3), judge)
    assert file.read_bytes() == b"theirs"
    assert judged == [b"old"] * 3
    notes = "\n".join(made.verdict.inputs.notes)
    assert "it changed since it was read" in notes
    assert "it is no file" in notes
    assert "No such file" in notes
    assert not any(one.startswith("repaired") for one in made.verdict.inputs.notes)


# ---- the command ----


def test_fix(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    told = run("lint", "a.yaml", "--fix", cwd=tmp_path)
    assert told.code == 0
    assert "note: repaired 1 problem in 1 file" in told.err
    assert (tmp_path / "a.yaml").read_text() == BAD.replace("containerport", "containerPort")
    again = run("lint", "a.yaml", "--fix", cwd=tmp_path)
    assert "repaired" not in again.err


def test_diff_writes_nothing_and_hides_what_nobody_may_see(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    told = run("lint", "a.yaml", "--diff", cwd=tmp_path)
    assert told.code == 1
    assert (
        "-    - containerport: 8080   # •••••" in told.out
        or "-    - containerport: 8080   # http" in told.out
    )
    assert "+    - containerPort: 8080" in told.out
    assert told.out.startswith("--- a.yaml\n+++ a.yaml\n@@ -7,7 +7,7 @@\n")
    assert CANARY not in told.out + told.err
    assert (tmp_path / "a.yaml").read_text() == BAD
    run("lint", "a.yaml", "--fix", cwd=tmp_path)
    assert run("lint", "a.yaml", "--diff", cwd=tmp_path).code == 0
    assert run("lint", "a.yaml", "--diff", "-o", "json", cwd=tmp_path).code == 2


def test_stdin_can_be_compared_and_not_written() -> None:
    assert "+    - containerPort: 8080" in run("lint", "-", "--diff", "--no-cache", stdin=BAD).out
    told = run("lint", "-", "--fix", "--no-cache", stdin=BAD)
    assert told.code == 1
    assert "<stdin> is not repaired" in told.err


def test_what_is_suppressed_ignored_or_known_is_not_repaired(tmp_path: Path) -> None:
    marked = BAD.replace("# http", "# nbcore: ignore[NB105,NB435] a test")
    (tmp_path / "a.yaml").write_text(marked)
    run("lint", "a.yaml", "--fix", cwd=tmp_path)
    assert (tmp_path / "a.yaml").read_text() == marked
    (tmp_path / "a.yaml").write_text(BAD)
    run("lint", "a.yaml", "--fix", "--ignore", "NB1", cwd=tmp_path)
    run("lint", "a.yaml", "--write-baseline", "known.json", cwd=tmp_path)
    run("lint", "a.yaml", "--fix", "--baseline", "known.json", cwd=tmp_path)
    assert (tmp_path / "a.yaml").read_text() == BAD


def test_the_difference_of_several_files() -> None:
    changes = [Change("a", b"x\ny\n", b"x\nz\n"), Change("b", b"", b"n\n"), Change("c", b"1\r\n2", b"2")]
    assert difference(changes).splitlines() == [
        *("--- a", "+++ a", "@@ -1,2 +1,2 @@", " x", "-y", "+z"),
        *("--- b", "+++ b", "@@ -0,0 +1 @@", "+n"),
        *("--- c", "+++ c", "@@ -1,2 +1 @@", "-1", " 2"),
    ]
