"""The forms of lint's answer: each is read back by what reads it elsewhere, with the nastiest of texts in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest

from nbcore.cli.fingerprints import fingerprints
from nbcore.cli.formats import DOCUMENTS, FOR_PEOPLE, FORMATS, writer
from nbcore.cli.formats.summary import statistics, summary
from nbcore.cli.reading import Inputs, Skipped, read_inputs
from nbcore.cli.verdict import Fixable, Verdict
from nbcore.finding import Finding, Fix, Position, Source
from nbcore.kubernetes.paths import Item, Step
from nbcore.kubernetes.paths import Path as FieldPath
from nbcore.report import NotEvaluated
from nbcore.rules import CODES
from tests.units.cli.program import CANARY, ROOT

NASTY = "100% ::error::a,b;\x1b[31m\x00\u202e \ud800 ]]> <b>&\"' \N{SNOWMAN}"
FILE = "kinds/a b,c:d%20[x]#?.yaml"
IMAGE = FieldPath(("spec", "containers", Item(0, "main"), "image"))
POD = Source("Pod", "team-a", "a", FILE)


def finding(code: str = "NB105", **changed: Any) -> Finding:
    """A finding with everything that a finding may have."""
    whole = Finding(
        code,
        CODES[code].severity,
        FieldPath(("spec", "image")),
        f"there is no field {NASTY}",
        f"Did you mean {NASTY}?",
        POD,
        Position(2, 3, 2, 8),
        ((POD._replace(name="b"), IMAGE, Position(1, 1, 1, 4)), (Source(), FieldPath(), None)),
        IMAGE,
        1024,
        "kinds --notebook a",
        Fraction(3, 2),
        Fix("rename", FieldPath(("spec", "image")), "images"),
    )
    return replace(whole, **changed)


WHOLE = finding()
FINDINGS = (
    WHOLE,
    finding("NB110", position=Position(1, 1, 3, 1), fix=None, related=()),
    finding("NB213", position=None, fix=None, remedy="", field=FieldPath(), pods=0, example=""),
    finding("NB106", source=Source(), position=None, path=FieldPath(), magnitude=None),
    finding("NB106", source=Source(file="<stdin>"), fix=Fix("remove", FieldPath(("spec",)), safe=False)),
    WHOLE,
)
VERDICT = Verdict(
    Inputs(
        texts={FILE: b"kind: Pod\n  image: x\n", "clean.yaml": b"", "left.yaml": b""},
        notes=[NASTY],
        skipped=[Skipped("left.yaml", "it holds no Kubernetes object")],
    ),
    "1.36",
    FINDINGS,
    3,
    2,
    1_024_000,
    250,
    (NotEvaluated("NB601", NASTY, "a ResourceQuota"), NotEvaluated("NB601", "b", "a ResourceQuota")),
    {"--select and --ignore": 2},
    {WHOLE: ((Position(2, 3, 2, 8), "images"),)},
    root="/somewhere",
)
NOTHING = Verdict(Inputs(), "1.36")


def written(form: str, verdict: Verdict = VERDICT) -> str:
    """The verdict in a form, without colours."""
    return writer(form)(verdict, False)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("verdict", [VERDICT, NOTHING], ids=["nasty", "nothing"])
def test_no_form_can_steer_a_terminal_or_fails(form: str, verdict: Verdict) -> None:
    text = written(form, verdict)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800-\udfff]", text)
    assert form not in DOCUMENTS or text.isascii()


def test_the_forms_are_for_people_or_documents_or_commands() -> None:
    assert set(FORMATS) == FOR_PEOPLE | DOCUMENTS | {"github"}


# ---- json ----


def lint_schema() -> Any:
    return json.loads((ROOT / "schemas" / "json" / "lint.json").read_text())


@pytest.mark.parametrize("verdict", [VERDICT, NOTHING], ids=["nasty", "nothing"])
def test_json_is_as_its_schema_says(verdict: Verdict) -> None:
    jsonschema.Draft202012Validator.check_schema(lint_schema())
    jsonschema.validate(json.loads(written("json", verdict)), lint_schema())


def test_the_schema_of_json_refuses_what_is_not_in_it() -> None:
    plain = json.loads(written("json"))
    plain["findings"][0]["more"] = 1
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plain, lint_schema())


def test_json_has_everything() -> None:
    plain = json.loads(written("json"))
    assert plain["failed"] is True
    assert plain["summary"] == {
        "errors": 4,
        "warnings": 1,
        "infos": 1,
        "files": 3,
        "objects": 2,
        "pods": 1_024_000,
        "rendered": 250,
        "comparedWith": None,
        "fixable": {"safe": 3, "unsafe": 1},
        "leftOut": {"--select and --ignore": 2},
    }
    first = plain["findings"][0]
    assert (first["podPath"], first["pods"], first["magnitude"]) == (IMAGE.keyed, 1024, "3/2")
    assert first["fix"]["edits"] == [
        {"range": {"line": 2, "column": 3, "end_line": 2, "end_column": 8}, "text": "images"}
    ]
    assert plain["notEvaluated"][1] == {"code": "NB601", "subject": "b", "needs": "a ResourceQuota"}
    assert plain["skipped"] == [{"name": "left.yaml", "reason": "it holds no Kubernetes object"}]


def test_a_fix_never_shows_what_is_hidden() -> None:
    path = FieldPath(("spec", "containers", Item(0, "main"), "env", Item(0, "TOKEN"), "value"))
    one = finding(path=path, field=path, fix=Fix("replace", path, CANARY))
    verdict = replace(VERDICT, findings=(one,), edits={one: ((Position(2, 3, 2, 8), CANARY),)})
    for form in FORMATS:
        assert CANARY not in written(form, verdict)
    shown = replace(one, fix=Fix("replace", FieldPath(("spec",)), CANARY), field=FieldPath(("spec",)))
    assert CANARY in written("json", replace(verdict, findings=(shown,)))


# ---- sarif ----


def sarif_schema() -> Any:
    return json.loads((ROOT / "tests" / "vectors" / "sarif-schema-2.1.0.json").read_text())


def sarif(verdict: Verdict = VERDICT) -> Any:
    """The one run of the log, which is valid."""
    log = json.loads(written("sarif", verdict))
    checker = jsonschema.Draft4Validator(
        sarif_schema(), format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    checker.validate(log)
    (run,) = log["runs"]
    return run


def test_sarif_is_valid_and_the_check_can_fail() -> None:
    run = sarif()
    assert sarif(NOTHING)["results"] == []
    run["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(sarif_schema()).validate({"version": "2.1.0", "runs": [run]})


def test_sarif_results_point_at_their_rules_with_help() -> None:
    run = sarif()
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in run["results"]] == [one.code for one in FINDINGS]
    assert all(one["help"]["markdown"].startswith(f"# {one['id']}: ") for one in rules)
    assert [one["level"] for one in run["results"]] == ["error", "warning", "note", "error", "error", "error"]


def test_sarif_names_files_from_the_root_and_never_the_root() -> None:
    first = sarif()["results"][0]["locations"][0]["physicalLocation"]
    uri = first["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9/._%-]+", uri)
    assert unquote(uri) == FILE
    assert first["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
    assert first["region"] == {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 8}
    inside = replace(VERDICT, root=str(Path.cwd()))
    absolute = finding(source=POD._replace(file=str(Path("kinds/a.yaml").absolute())))
    for verdict, expected in (
        (inside, "kinds/a.yaml"),
        (VERDICT, f"file://{Path('kinds/a.yaml').absolute()}"),
    ):
        (result,) = sarif(replace(verdict, findings=(absolute,)))["results"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert unquote(place["uri"]) == expected


def test_sarif_tells_what_was_not_evaluated() -> None:
    (invocation,) = sarif()["invocations"]
    texts = [one["message"]["text"] for one in invocation["toolExecutionNotifications"]]
    assert texts[1:3] == [
        "not evaluated: NB601 b: needs a ResourceQuota",
        "skipped left.yaml: it holds no Kubernetes object",
    ]


def test_sarif_has_the_fix_as_replacements() -> None:
    (fix,) = sarif()["results"][0]["fixes"]
    (change,) = fix["artifactChanges"]
    (replacement,) = change["replacements"]
    assert replacement["insertedContent"] == {"text": "images"}
    assert replacement["deletedRegion"]["startColumn"] == 3
    assert "fixes" not in sarif()["results"][1]


# ---- fingerprints ----


def further_down(step: Step) -> Step:
    """The step, in a list that has one more element before it."""
    return Item((step.index or 0) + 1, step.key) if isinstance(step, Item) else step


def test_fingerprints_are_unique_and_survive_moves() -> None:
    found = fingerprints(FINDINGS)
    assert len(set(found)) == len(FINDINGS)
    moved = [
        replace(
            one,
            position=None,
            message="other words",
            source=one.source._replace(file="new.yaml") if one.source.name else one.source,
            path=FieldPath(map(further_down, one.path)),
        )
        for one in FINDINGS
    ]
    assert fingerprints(moved) == found


@pytest.mark.parametrize(
    "changed",
    [{"code": "NB106"}, {"path": IMAGE}, {"source": POD._replace(name="c")}, {"source": Source(file="x")}],
)
def test_another_problem_has_another_fingerprint(changed: dict[str, Any]) -> None:
    assert fingerprints([finding(**changed)]) != fingerprints([WHOLE])


# ---- github ----

COMMAND = re.compile(r"::(?P<name>error|warning|notice) (?P<properties>[^:]*(?:=[^:]*)?)::(?P<message>.*)")


def unescaped(text: str, *, is_property: bool = False) -> str:
    """The text as the runner of GitHub Actions reads it."""
    escapes = {"%0D": "\r", "%0A": "\n", **({"%3A": ":", "%2C": ","} if is_property else {})}
    for escape, sign in escapes.items():
        text = text.replace(escape, sign)
    return text.replace("%25", "%")


def commands(verdict: Verdict) -> list[tuple[str, dict[str, str], str]]:
    """The workflow commands of the answer, read back."""
    found = []
    for line in written("github", verdict).splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = (one.partition("=") for one in match["properties"].split(","))
        properties = {name: unescaped(value, is_property=True) for name, _, value in pairs}
        found.append((match["name"], properties, unescaped(match["message"])))
    return found


def test_github_commands_are_read_back() -> None:
    found = commands(VERDICT)
    assert [name for name, _, _ in found] == ["error"] * 4 + ["warning", "notice"]
    _, properties, message = found[0]
    place = {"file": FILE, "line": "2", "endLine": "2", "col": "3", "endColumn": "8", "title": "NB105"}
    assert properties == place
    assert message.splitlines()[0].startswith("there is no field 100% ::error::a,b;")
    assert "Related: kinds/a b,c:d%20[x]#?.yaml:1:1: Pod team-a/b spec.containers[main].image" in message


def test_github_gets_columns_within_one_line_only() -> None:
    warning = next(properties for name, properties, _ in commands(VERDICT) if name == "warning")
    assert warning == {"file": FILE, "line": "1", "endLine": "2", "title": "NB110"}
    assert [properties for _, properties, _ in commands(VERDICT)][1] == {"title": "NB106"}


# ---- gitlab ----


def test_gitlab_report_has_what_gitlab_needs() -> None:
    entries = json.loads(written("gitlab"))
    assert len({one["fingerprint"] for one in entries}) == len(FINDINGS)
    assert [one["severity"] for one in entries] == ["major", "minor", "info", "major", "major", "major"]
    assert entries[0]["location"] == {"path": FILE, "lines": {"begin": 2, "end": 2}}
    assert entries[3]["location"] == {"path": ".", "lines": {"begin": 1, "end": 1}}
    assert all(one["description"] and one["check_name"] in CODES for one in entries)
    assert ". Did you mean" in next(
        one["description"] for one in entries if "Did you mean" in one["description"]
    )
    assert json.loads(written("gitlab", NOTHING)) == []


# ---- junit ----


def test_junit_counts_what_it_holds() -> None:
    root = ElementTree.fromstring(written("junit"))
    for one in (root, *root):
        for name, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
            assert one.get(name) == str(len(list(one.iter(tag))))
    assert [root.get(name) for name in ("tests", "failures", "skipped")] == ["9", "4", "2"]
    assert [one.get("name") for one in root] == [FILE, "clean.yaml", "no file", "<stdin>", "not evaluated"]
    failure = next(root.iter("failure"))
    assert failure.get("type") == "error"
    assert "[31m" in (failure.get("message") or "")


def test_junit_fails_what_makes_the_run_fail() -> None:
    warned = ElementTree.fromstring(written("junit", replace(VERDICT, fail_on="warning")))
    assert warned.get("failures") == "5"


def test_junit_without_findings_passes() -> None:
    root = ElementTree.fromstring(written("junit", replace(VERDICT, findings=(), not_evaluated=())))
    assert (root.get("tests"), root.get("failures")) == ("2", "0")


# ---- for people ----


def test_full_says_where_why_and_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yaml").write_text("kind: Pod\nspec:\n  imag: x\n")
    one = finding(
        source=POD._replace(file="a.yaml"), position=Position(3, 3, 3, 7), message="no", remedy="Do."
    )
    text = written(
        "full", replace(VERDICT, inputs=read_inputs(["a.yaml"]), findings=(one,), paths=("my kinds",))
    )
    assert text.splitlines() == [
        "error[NB105] no",
        " --> a.yaml:3:3",
        "  |",
        "2 | spec:",
        "3 |   imag: x",
        "  |   ^^^^",
        "   = in Pod team-a/a spec.image",
        "   = shows in the pod at spec.containers[main].image",
        "   = in 1,024 pods, e.g. `nbcore render 'my kinds' kinds --notebook a`",
        "   = fixable with --fix",
        "   = run `nbcore rule NB105`",
        f"related: {FILE}:1:1: Pod team-a/b spec.containers[main].image",
        "help: Do.",
    ]


def test_concise_is_a_line_a_finding() -> None:
    lines = written("concise").splitlines()
    assert len(lines) == len(FINDINGS)
    assert lines[0].startswith(f"{FILE}:2:3: Pod team-a/a spec.image: error[NB105] there is no field")


def test_the_summary_counts_everything_and_hides_nothing() -> None:
    lines = summary(VERDICT).splitlines()
    assert lines[:3] == [
        "Found 5 problems (4 errors, 1 warning, 1 info) in 3 files, 2 objects, 1,024,000 pods (250 rendered).",
        "3 fixable with --fix, 1 more with --unsafe-fixes.",
        "2 problems left out by --select and --ignore.",
    ]
    assert lines[3].startswith("Not evaluated: 100%")
    assert lines[3].endswith("and 1 more (NB601): needs a ResourceQuota.")


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (NOTHING, "No problems in 0 files, 0 objects."),
        (replace(NOTHING, findings=FINDINGS[2:3]), "No problems (1 info) in 0 files, 0 objects."),
    ],
)
def test_the_summary_of_nothing(verdict: Verdict, text: str) -> None:
    assert summary(verdict) == text


def test_the_summary_of_very_much_is_short() -> None:
    needs = tuple(NotEvaluated("NB601", "", f"thing {at}") for at in range(20))
    lines = summary(replace(NOTHING, not_evaluated=needs)).splitlines()
    assert lines[1] == "Not evaluated: NB601: needs thing 0."
    assert lines[-1] == "Not evaluated: 12 more; `-o json` lists them."
    assert len(lines) == 10


def test_unsafe_fixes_alone_are_no_more() -> None:
    assert VERDICT.fixable == Fixable(3, 1)
    assert "1 fixable with --unsafe-fixes." in summary(replace(NOTHING, findings=FINDINGS[4:5]))


def test_statistics_begin_with_the_most_frequent() -> None:
    rows = [line.split()[:3] for line in statistics(VERDICT).splitlines()]
    assert rows == [
        ["2", "NB105", "error"],
        ["2", "NB106", "error"],
        ["1", "NB110", "warning"],
        ["1", "NB213", "info"],
    ]
