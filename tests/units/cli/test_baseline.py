"""The baseline: what counts as known, what is new, and what is there no more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nbcore.cli.baseline import SCHEMA, Compared, compare, read_baseline, write_baseline
from nbcore.cli.reading import Unusable
from nbcore.finding import Finding, Position, Source
from nbcore.finding import finding as make
from nbcore.kubernetes.paths import Item
from nbcore.kubernetes.paths import Path as Place
from tests.units.cli.program import run


def found(
    code: str = "NB431", name: str = "a", file: str = "a.yaml", index: int = 0, line: int = 1
) -> Finding:
    """A finding on a container of a Pod."""
    path = Place(("spec", "containers", Item(index, "main"), "image"))
    source = Source("Pod", "team", name, file) if name else Source(file=file)
    return make(code, path, "text", source=source, position=Position(line, 1, line, 2))


def against(
    known: list[Finding], now: list[Finding], folder: Path, read: tuple[str, ...] = ("a.yaml",)
) -> Compared:
    """What is new in a run that read the files of a folder, after another run wrote the baseline."""
    for name in read:
        (folder / name).touch()
    file = str(folder / "known.json")
    Path(file).unlink(missing_ok=True)
    write_baseline(file, [_in(one, folder) for one in known], [])
    return compare(
        [_in(one, folder) for one in now], read_baseline(file), [str(folder / one) for one in read], file
    )


def _in(one: Finding, folder: Path) -> Finding:
    return replace(one, source=one.source._replace(file=str(folder / one.source.file)))


SAME = {
    "the same": found(),
    "another line": found(line=9),
    "another place in its list": found(index=3),
    "another file": found(file="b.yaml"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_is_known_is_not_new(name: str, tmp_path: Path) -> None:
    assert against([found()], [SAME[name]], tmp_path) == ((), 0)


OTHERS = {
    "another code": (found(), found("NB432")),
    "another object": (found(), found(name="b")),
    "another file where there is no object": (found(name=""), found(name="", file="b.yaml")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_not_known_is_new(name: str, tmp_path: Path) -> None:
    known, now = OTHERS[name]
    compared = against([known], [now], tmp_path)
    assert [one.code for one in compared.new] == [now.code]
    assert compared.gone == 1


def test_of_more_than_are_known_the_last_are_new(tmp_path: Path) -> None:
    compared = against([found(), found()], [found(line=1), found(line=2), found(line=3)], tmp_path)
    assert [one.position for one in compared.new] == [Position(3, 1, 3, 2)]
    assert against([found()] * 3, [found()], tmp_path).gone == 2


def test_what_was_not_looked_for_is_not_gone(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").touch()
    known = [found(), found(name="b", file="b.yaml"), found(name="c", file="deleted.yaml")]
    assert against(known, [], tmp_path).gone == 2


def test_the_file_is_stable_and_has_no_lines(tmp_path: Path) -> None:
    file = tmp_path / "known.json"
    findings = [found(name="b"), found(line=7), found("NB101", name=""), found(line=8)]
    assert write_baseline(str(file), [_in(one, tmp_path) for one in findings], []) == 4
    text = file.read_text()
    write_baseline(str(file), [_in(one, tmp_path) for one in reversed(findings)], [str(tmp_path / "a.yaml")])
    assert file.read_text() == text
    plain = json.loads(text)
    assert plain["schema"] == SCHEMA
    assert plain["findings"][1] == {
        "file": "a.yaml",
        "object": "Pod team/a",
        "path": "spec.containers[main].image",
        "code": "NB431",
        "count": 2,
    }
    assert "7" not in text.replace("NB", "")


def test_writing_keeps_what_was_not_looked_for(tmp_path: Path) -> None:
    file = str(tmp_path / "known.json")
    (tmp_path / "b.yaml").touch()
    first, second = _in(found(), tmp_path), _in(found(name="b", file="b.yaml"), tmp_path)
    write_baseline(file, [first, second], [])
    assert write_baseline(file, [], [str(tmp_path / "a.yaml")]) == 1
    assert compare([first, second], read_baseline(file), [], file).new == (first,)


def whole(*entries: object) -> str:
    """The text of a baseline with these entries."""
    return json.dumps({"schema": SCHEMA, "findings": list(entries)})


ENTRY = {"code": "NB431", "object": "", "path": ""}
BROKEN = {
    "no JSON": "{",
    "a list": "[]",
    "another form": '{"schema": "x", "findings": []}',
    "no list": json.dumps({"schema": SCHEMA, "findings": {}}),
    "no object": whole(1),
    "no path": whole({"code": "NB431", "object": ""}),
    "a count of true": whole({**ENTRY, "count": True}),
    "no count": whole({**ENTRY, "count": 0}),
    "a number for a code": whole({**ENTRY, "code": 1}),
    "too deep": "[" * 100_000,
    "no text": "\udcff",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_is_no_baseline(name: str, tmp_path: Path) -> None:
    (tmp_path / "known.json").write_bytes(BROKEN[name].encode("utf-8", "surrogateescape"))
    with pytest.raises(Unusable, match=r"known\.json"):
        read_baseline(str(tmp_path / "known.json"))


def test_a_baseline_that_is_not_there() -> None:
    with pytest.raises(Unusable, match="--write-baseline"):
        read_baseline("/nowhere/known.json")
    with pytest.raises(Unusable, match="nowhere"):
        write_baseline("/nowhere/known.json", [], [])


# ---- the command ----

BAD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: main, image: web:1, imagePullPolicy: never, ports: [{containerPort: 0}]}
"""


def test_only_new_findings_fail(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    assert run("lint", ".", cwd=tmp_path).code == 1
    told = run("lint", ".", "--write-baseline", "known.json", cwd=tmp_path)
    assert told.code == 0
    assert "known.json holds" in told.err
    (tmp_path / "a.yaml").write_text("# moved\n\n" + BAD)
    assert run("lint", ".", "--baseline", "known.json", cwd=tmp_path).code == 0
    (tmp_path / "a.yaml").write_text(BAD + "  hostNetwrk: true\n")
    told = run("lint", ".", "--baseline", "known.json", "-o", "concise", cwd=tmp_path)
    assert told.code == 1
    assert [line for line in told.out.splitlines() if "error[" in line] == [
        line for line in told.out.splitlines() if "[NB105]" in line
    ]
    assert "left out by the baseline" in told.out


def test_a_baseline_that_can_shrink(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    run("lint", ".", "--write-baseline", "known.json", cwd=tmp_path)
    (tmp_path / "a.yaml").write_text(BAD.replace("never", "Never"))
    told = run("lint", ".", "--baseline", "known.json", cwd=tmp_path)
    assert "note: 1 known problem did not occur: the baseline can shrink" in told.err
    run("lint", ".", "--write-baseline", "known.json", cwd=tmp_path)
    assert "shrink" not in run("lint", ".", "--baseline", "known.json", cwd=tmp_path).err


def test_strict_rules_are_in_no_baseline(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(BAD)
    (tmp_path / ".nbcore.yaml").write_text("strict: [NB435]\nbaseline: known.json\n")
    told = run("lint", ".", "--write-baseline", "known.json", "-o", "concise", cwd=tmp_path)
    assert told.code == 1
    assert "[NB435]" in told.out
    assert "NB435" not in (tmp_path / "known.json").read_text()
    forged = {"code": "NB435", "object": "Pod web", "path": "spec.containers[main].ports[0].containerPort"}
    (tmp_path / "known.json").write_text(whole(forged))
    assert "[NB435]" in run("lint", ".", "-o", "concise", cwd=tmp_path).out
