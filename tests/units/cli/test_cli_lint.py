"""``nbcore lint``: what it reads, what it says, how it ends. What is right and wrong is tested elsewhere."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from nbcore.cli import judging, reading, request
from nbcore.cli.formats import FORMATS
from nbcore.cli.judgement import Judgement
from nbcore.cli.main import cli
from nbcore.cli.progress import Progress
from nbcore.cli.reading import Inputs, Text, Unusable
from nbcore.finding import Finding
from nbcore.kubernetes.pod_schema import VERSIONS
from nbcore.settings import Settings
from tests.units.cli.program import BROKEN_NOTEBOOK, CANARY, KINDS, NOTEBOOK, ROOT, WORLD, Answer, run

CLEAN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
BROKEN = "apiVersion: jackhoman.dev/v1beta1\nkind: Notbook\nmetadata: {name: a}\n"
BROKEN_TOO = "apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n"
HELM = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
HELM_BLOCK = "{{- if .Values.on }}\napiVersion: v1\nkind: ConfigMap\n{{- end }}\n"


def pod(name: str, image: str = "a") -> str:
    """A Pod whose only fault, in any version, is what is put into it."""
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n"
        f"  containers:\n  - name: main\n    image: {image}\n"
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the working directory, on no build server."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "CI", "CI_PROJECT_DIR", request.FORMAT_VARIABLE):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def lint(*arguments: str, stdin: str | bytes | None = None) -> Answer:
    """What lint answers in this process; a fault of its own is no answer."""
    told = CliRunner().invoke(cli, ["lint", *arguments], input=stdin)
    if told.exception and not isinstance(told.exception, SystemExit | Unusable):
        raise told.exception
    return Answer(told.exit_code, told.stdout, told.stderr)


def files(folder: Path, **texts: str | bytes) -> None:
    """Writes the texts into files of the folder; `__` in a name is a slash."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)


# ---- how it ends ----


def test_findings_are_the_answer_on_stdout(folder: Path) -> None:
    files(folder, bad=BROKEN)
    told = lint("bad.yaml")
    assert told.code == 1
    assert told.err == ""
    lines = told.out.splitlines()
    assert lines[0] == "error[NB104] jackhoman.dev/v1beta1 has no kind Notbook"
    assert lines[1] == " --> bad.yaml:2:7"
    assert "   = run `nbcore rule NB104`" in lines
    assert lines[-1] == "Found 1 problem (1 error) in 1 file, 0 objects."


def test_nothing_wrong_is_exit_code_0(folder: Path) -> None:
    files(folder, a=CLEAN)
    told = lint("a.yaml")
    assert (told.code, told.err) == (0, "")
    assert told.out.splitlines() == [
        "No problems in 1 file, 1 object.",
        "Not evaluated: ConfigMap (1 object) (NB1): needs a JSON Schema of the kind, given with --schemas.",
    ]


ENDS = {
    "an error": (("bad.yaml",), 1),
    "an error, whatever": (("bad.yaml", "--exit-zero"), 0),
    "an error that is ignored": (("bad.yaml", "--ignore", "NB104"), 0),
    "an error of a family that is not selected": (("bad.yaml", "--select", "NB2,NB5"), 0),
    "a warning": (("a.yaml", "empty.yaml"), 0),
    "a warning that counts": (("a.yaml", "empty.yaml", "--fail-on", "warning"), 1),
    "a warning and no object": (("empty.yaml",), 2),
    "a warning and no object, on purpose": (("empty.yaml", "--allow-empty"), 0),
    "nothing but other files": (("other",), 2),
    "nothing but other files, on purpose": (("other", "--allow-empty"), 0),
    "no file": (("nothing",), 2),
    "no file, on purpose": (("nothing", "--allow-empty"), 0),
    "a missing file": (("missing.yaml", "--allow-empty"), 2),
    "no paths": ((), 2),
    "an unknown format": (("a.yaml", "-o", "sarf"), 2),
    "a format without its file": (("a.yaml", "-o", "json="), 2),
    "two documents on stdout": (("a.yaml", "-o", "json", "-o", "sarif"), 2),
    "a file that cannot be written": (("a.yaml", "-o", "json=missing/a.json"), 2),
    "statistics as a document": (("a.yaml", "-o", "json", "--statistics"), 2),
    "an unknown code": (("a.yaml", "--ignore", "NB9999"), 2),
    "an unknown severity": (("a.yaml", "--fail-on", "never"), 2),
}


@pytest.mark.parametrize("name", ENDS)
def test_how_it_ends(name: str, folder: Path) -> None:
    arguments, code = ENDS[name]
    files(folder, a=CLEAN, bad=BROKEN, empty=b"", other__values="replicas: 1\n")
    (folder / "nothing").mkdir()
    told = lint(*arguments)
    assert told.code == code, told
    assert code != 2 or told.err


def test_no_object_is_one_line_that_says_what_was_read(folder: Path) -> None:
    files(folder, a="x: 1\n", b="y: 1\n")
    assert lint(".").err == (
        "note: skipped 2 files such as ./a.yaml: it holds no Kubernetes object\n"
        "error: nothing to judge: 2 files read, and no Kubernetes object; --allow-empty accepts that\n"
    )


def test_what_is_left_out_is_counted(folder: Path) -> None:
    files(folder, a=CLEAN, bad=BROKEN)
    assert "1 problem left out by --select and --ignore." in lint(".", "--ignore", "NB1").out


def test_quiet_says_findings_only(folder: Path) -> None:
    files(folder, a=CLEAN, other="x: 1\n")
    assert lint(".", "-q") == Answer(0, "", "")
    files(folder, bad=BROKEN)
    assert lint(".", "-q", "-o", "concise").out.count("\n") == 1


def test_statistics_take_the_place_of_findings(folder: Path) -> None:
    files(folder, bad=BROKEN, worse=BROKEN.replace("Notbook", "Tmplate"))
    told = lint(".", "--statistics")
    assert told.out.splitlines()[0].split()[:3] == ["2", "NB104", "error"]
    assert "Notbook" not in told.out


# ---- settings ----


@pytest.mark.parametrize("typed", [VERSIONS[0], f"v{VERSIONS[0]}", f"{VERSIONS[0]}.7", f"v{VERSIONS[0]}.10"])
def test_a_kubernetes_version_in_any_form(typed: str) -> None:
    assert request.settings_of(typed, None).kubernetes_version == VERSIONS[0]
    assert request.settings_of(None, None).kubernetes_version == VERSIONS[-1]


@pytest.mark.parametrize("typed", ["1.2", "1.999", "2.0", "latest", "", "1", "1.30x", "\x1b[0m", "v"])
def test_an_unknown_kubernetes_version_is_told_with_the_known_ones(typed: str, folder: Path) -> None:
    files(folder, a=CLEAN)
    told = lint("a.yaml", "--kubernetes-version", typed)
    assert (told.code, told.out) == (2, "")
    assert told.err.endswith(f"it knows {VERSIONS[0]} to {VERSIONS[-1]}\n")
    assert "\x1b" not in told.err


@pytest.mark.parametrize(
    ("typed", "good"),
    [
        ("restricted", True),
        ("baseline:v1.25", True),
        ("restricted:latest", True),
        ("restricted:v1.99", False),
        ("restricted:1.99999999999999999999", False),
        ("restrictd", False),
        ("restricted:", False),
        ("restricted:\u0661.\u0662", False),
        ("", False),
    ],
)
def test_pod_security_levels(typed: str, good: bool, folder: Path) -> None:
    files(folder, a=CLEAN)
    assert lint("a.yaml", "--pod-security", typed).code == (0 if good else 2)


# ---- forms ----


def test_a_document_is_all_that_is_on_stdout(folder: Path) -> None:
    files(folder, bad=BROKEN, other="x: 1\n")
    plain = json.loads(lint(".", "-o", "json").out)
    jsonschema.validate(plain, json.loads((ROOT / "schemas" / "json" / "lint.json").read_text()))
    assert plain["schema"] == "nbcore.lint/v1"
    assert plain["skipped"] == [{"name": "./other.yaml", "reason": "it holds no Kubernetes object"}]
    assert json.loads(lint(".", "-o", "sarif").out)["version"] == "2.1.0"
    assert json.loads(lint(".", "-o", "gitlab").out)[0]["check_name"] == "NB104"
    assert ElementTree.fromstring(lint(".", "-o", "junit").out).get("failures") == "1"


def test_a_form_may_go_to_a_file_beside_the_text_for_people(folder: Path) -> None:
    files(folder, bad=BROKEN)
    told = lint(".", "-o", "full", "-o", "json=out.json", "-o", "junit=out.xml")
    assert told.out.startswith("error[NB104]")
    assert json.loads((folder / "out.json").read_text())["summary"]["errors"] == 1
    assert ElementTree.parse(folder / "out.xml").getroot().get("tests") == "1"


def test_the_form_that_the_environment_names(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(folder, bad=BROKEN)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv(request.FORMAT_VARIABLE, "json")
    assert lint(".").out.startswith("{")
    assert lint(".", "-o", "gitlab").out.startswith("[")
    monkeypatch.setenv(request.FORMAT_VARIABLE, "jsn")
    assert lint(".").err == "error: there is no format jsn; did you mean json?\n"


def test_github_gets_text_and_annotations(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(folder, kinds__bad=BROKEN)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    monkeypatch.chdir(folder / "kinds")
    lines = lint(".").out.splitlines()
    word = lines[0].removeprefix("::stop-commands::")
    assert lines[0] != word
    assert lines[1].startswith("error[NB104]")
    assert lines[-2] == f"::{word}::"
    assert lines[-1].startswith("::error file=kinds/bad.yaml,line=2,")
    assert lint(".", "--statistics").out.count("::error") == 0


def test_the_word_that_stops_commands_cannot_be_guessed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files(folder, bad=BROKEN)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert lint(".").out.splitlines()[0] != lint(".").out.splitlines()[0]


@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif", "github", "gitlab", "junit"])
def test_no_form_shows_values_of_env(form: str, folder: Path) -> None:
    broken = WORLD.replace("  - name: PASSWORD\n", "  - nam: PASSWORD\n") + f"---\n{BROKEN_NOTEBOOK}"
    files(folder, bad=broken, worse=WORLD.replace("value: ", "value: value: "))
    told = lint(".", "-o", form)
    assert told.code == 1
    assert CANARY not in told.out + told.err


# ---- what it reads ----


def test_windows_line_ends_have_the_places_of_others(folder: Path) -> None:
    files(folder, a=BROKEN, b=BROKEN.replace("\n", "\r\n"))
    found = json.loads(lint(".", "-o", "json").out)["findings"]
    places = [one["range"] for one in found if one["code"] == "NB104"]
    assert len(places) == 2
    assert places[0] == places[1]
    assert "\ufffd" not in lint("b.yaml").out


def test_binary_files(folder: Path) -> None:
    files(folder, a=CLEAN, bad=bytes(range(256)) * 40)
    assert lint(".").code == 0
    assert lint(".").err == "note: skipped ./bad.yaml: it is no text\n"
    assert "error[NB101]" in lint("bad.yaml").out


def test_a_folder_of_helm_templates_is_skipped_with_a_count(folder: Path) -> None:
    files(folder, a=CLEAN, charts__one=HELM, charts__two=HELM_BLOCK)
    told = lint(".")
    assert told.code == 0
    assert told.err == (
        "note: skipped 2 files such as ./charts/one.yaml: "
        "it is a template for Helm or the like, to be rendered first\n"
    )
    assert "1 file, 1 object" in told.out
    assert lint("charts").code == 2


def test_the_templates_of_a_chart_are_skipped_even_if_they_can_be_read(folder: Path) -> None:
    chart = "apiVersion: v2\nname: web\n"
    files(folder, web__Chart=chart, web__templates__a=BROKEN, web__templates__deep__b=BROKEN)
    files(
        folder, web__crds__c=CLEAN, web__charts__sub__Chart=chart, templates__d=pod("d").replace("Pod", "Po")
    )
    files(folder, web__charts__sub__templates__e=BROKEN)
    told = lint(".")
    assert told.code == 0
    assert "2 files, 2 objects" in told.out
    assert "skipped 3 files such as ./web/templates/a.yaml: it is a template" in told.err
    assert "skipped 2 files such as ./web/Chart.yaml: it describes a chart of Helm" in told.err
    assert "error[NB104]" in lint("web/Chart.yaml").out


def test_a_helm_template_that_is_named_is_an_error_with_a_note(folder: Path) -> None:
    files(folder, a=HELM)
    told = lint("a.yaml")
    assert told.code == 1
    assert told.err.startswith("note: a.yaml seems to be a template for Helm or the like: render that first")


def test_text_of_our_own_in_braces_hides_no_fault(folder: Path) -> None:
    text = KINDS.replace("value: c4n4ry-template", "value: '{{ owner }}'")
    files(folder, a=text.replace("  required:", " required:"))
    assert "error[NB101]" in lint(".").out


def test_what_is_not_ours_is_an_error_only_where_it_is_named(folder: Path) -> None:
    files(folder, mkdocs="site_name: x\n", a=CLEAN)
    assert "error[NB104]" in lint("mkdocs.yaml", "a.yaml").out
    hook = lint("mkdocs.yaml", "a.yaml", "--allow-empty")
    assert (hook.code, hook.err) == (0, "note: skipped mkdocs.yaml: it holds no Kubernetes object\n")


def test_stdin(folder: Path) -> None:
    assert "--> <stdin>:2:7" in lint("-", stdin=BROKEN).out


def test_links_that_lead_in_circles(folder: Path) -> None:
    files(folder, a=CLEAN)
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "itself.yaml").symlink_to("itself.yaml")
    (folder / "same.yaml").symlink_to("a.yaml")
    told = lint(".", "again", "a.yaml")
    assert told.code == 0
    assert "1 file, 1 object" in told.out
    assert told.err == "note: skipped 2 files such as ./itself.yaml: the link leads nowhere\n"


def test_a_file_that_changes_while_it_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files(folder, a=BROKEN)
    all_of: Callable[..., bytes] = vars(reading)["_all_of"]

    def slowly(stream: io.BufferedReader, name: str) -> bytes:
        data = all_of(stream, name)
        Path(name).write_text("# another file altogether\n" * 9)
        return data

    monkeypatch.setattr(reading, "_all_of", slowly)
    told = lint("a.yaml")
    assert told.err == "note: a.yaml changed while it was read: run again to judge what it holds now\n"
    assert "2 | kind: Notbook" in told.out
    assert "another file" not in told.out


def test_ten_megabytes(folder: Path) -> None:
    files(folder, a=CLEAN + "data:\n" + "  # a comment that is long and says nothing at all\n" * 200_000)
    assert lint("a.yaml").code == 0
    long_line = '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": 1}, "x": "' + "y" * 9_000_000 + '"}'
    files(folder, b=long_line)
    told = lint("b.yaml")
    assert told.code == 1
    assert max(map(len, told.out.splitlines())) < 200


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(folder: Path) -> None:
    files(folder, a=CLEAN)
    (folder / "a.yaml").chmod(0)
    assert lint(".") == Answer(2, "", "error: ./a.yaml: Permission denied\n")


PIECES = st.sampled_from(
    [
        b"",
        b"\0",
        b"\xff",
        b"{{",
        b"}",
        b"---\n",
        b": ",
        b"\t",
        b"&a *a",
        b"\r",
        b"'",
        b"- ",
        b"#",
        b"null",
        b"1e999",
    ]
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_any_bytes_in_and_an_answer_out(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([WORLD, HELM, pod("a"), BROKEN])).encode()
    at = data.draw(st.integers(0, len(whole)))
    text = (
        whole[:at] + data.draw(PIECES | st.binary(max_size=20)) + whole[at + data.draw(st.integers(0, 20)) :]
    )
    form = data.draw(st.sampled_from(list(FORMATS)))
    assert lint("-", "-o", form, stdin=text).code in (0, 1, 2)


# ---- processes ----


def judged(texts: list[Text], jobs: int) -> Judgement:
    return judging.judge(
        texts, Inputs(), judging.Ground(Settings()), jobs=jobs, progress=Progress(quiet=True)
    )


def plain_texts() -> list[Text]:
    """Texts of which nearly all stand alone: clean ones, broken ones, and two that have an object in common."""
    texts = {f"p{at}.yaml": pod(f"p{at}") for at in range(40)}
    texts |= {"no.yaml": pod("no", "[1]"), "bad.yaml": BROKEN_TOO, "worse.yaml": "a: [b\n", "empty.yaml": ""}
    texts |= {"p0-again.yaml": pod("p0", "b"), "values.yaml": "x: 1\n", "other.yaml": CLEAN}
    return [Text(name, text.encode(), name != "values.yaml") for name, text in texts.items()]


def test_the_verdict_does_not_depend_on_the_number_of_processes() -> None:
    texts = plain_texts()
    alone = judged(texts, 1)
    assert judged(texts, 3) == alone
    assert {"NB101", "NB106", "NB110", "NB111"} <= {one.code for one in alone.findings}


SURROUNDINGS = {
    "nothing": "",
    "a Namespace": (
        "kind: Namespace\nmetadata:\n  name: team-a\n"
        "  labels: {pod-security.kubernetes.io/enforce: restricted}\n"
    ),
    "a Namespace in JSON": (
        '{"apiVersion": "v1", "kind": "Name\\u0073pace", "metadata": {"name": "team-a", '
        '"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}'
    ),
    "a ResourceQuota": (
        "kind: ResourceQuota\nmetadata: {name: q, namespace: team-a}\nspec: {hard: {limits.cpu: 1, pods: 1}}\n"
    ),
    "a LimitRange": (
        "kind: LimitRange\nmetadata: {name: r, namespace: team-a}\n"
        "spec: {limits: [{type: Container, min: {cpu: 2}, default: {cpu: 1}}]}\n"
    ),
    "a Node": "kind: Node\nmetadata: {name: n}\nstatus: {allocatable: {cpu: 1, memory: 1Mi, pods: 1}}\n",
    "a PersistentVolumeClaim": "kind: PersistentVolumeClaim\nmetadata: {name: c, namespace: team-a}\n",
}


@pytest.mark.parametrize("name", SURROUNDINGS)
def test_texts_that_stand_alone_are_judged_as_all_together(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    around = SURROUNDINGS[name]
    whole = around if around.startswith("{") else f"apiVersion: v1\n{around}" if around else CLEAN
    spaced = pod("p1").replace("name: p1", "name: p1\n  namespace: team-a")
    texts = [*plain_texts()[::4], *plain_texts()[40:]]
    texts += [Text("spaced.yaml", spaced.encode()), Text("around.yaml", whole.encode())]
    apart = judged(texts, 1)
    monkeypatch.setattr(judging, "_candidates", lambda texts, ground: [])
    assert judged(texts, 1) == apart


def test_surroundings_make_a_difference() -> None:
    spaced = Text("a.yaml", pod("a").replace("name: a\n", "name: a\n  namespace: team-a\n", 1).encode())
    around = Text("b.yaml", f"apiVersion: v1\n{SURROUNDINGS['a Namespace']}".encode())
    codes = {one.code for one in judged([spaced, around], 1).findings}
    assert codes - {one.code for one in judged([spaced], 1).findings}


def test_kinds_and_what_they_need_are_judged_together(folder: Path) -> None:
    files(folder, kinds=KINDS, notebook=NOTEBOOK, lost=BROKEN_NOTEBOOK)
    found = json.loads(lint(".", "-o", "json", "-j", "4").out)["findings"]
    assert [one["file"] for one in found if one["code"] == "NB201"] == ["./lost.yaml"]


def test_the_order_of_files_does_not_matter_but_for_doubles() -> None:
    texts = [one for one in plain_texts() if "again" not in one.name]

    def told(found: Judgement) -> list[Finding]:
        return list(found.findings)

    assert told(judged(texts[::-1], 1)) == told(judged(texts, 1))


# ---- progress ----


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def watched(seconds: float, stream: io.StringIO, *, quiet: bool = False) -> str:
    """What is written while four things are done, each of which takes some time."""
    now = 0.0

    def clock() -> float:
        return now

    with Progress(stream, quiet=quiet, clock=clock) as progress:
        for _ in progress.over(range(4), 4, "judging"):
            now += seconds
    return stream.getvalue()


def test_progress_shows_after_a_second_and_is_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    text = watched(0.6, Terminal())
    assert "judging [############............] 2 of 4" in text
    assert "1 of 4" not in text
    assert text.endswith("\r\x1b[K")
    assert watched(0.2, Terminal()) == ""


def test_progress_counts_the_seconds_of_what_cannot_say_how_far_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    start = time.monotonic()
    fast = Progress(stream, clock=lambda: start + 100 * (time.monotonic() - start))
    with fast as progress, progress.during("judging"):
        time.sleep(0.4)
    assert "judging, " in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("case", ["quiet", "CI", "dumb", "no terminal"])
def test_progress_is_for_people_who_look(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if case == "CI":
        monkeypatch.setenv("CI", "true")
    if case == "dumb":
        monkeypatch.setenv("TERM", "dumb")
    stream = io.StringIO() if case == "no terminal" else Terminal()
    assert watched(2, stream, quiet=case == "quiet") == ""


def test_a_terminal_that_goes_away_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")

    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise OSError

    assert watched(2, Gone()) == ""


# ---- the program ----


def test_the_program_as_a_user_runs_it(folder: Path) -> None:
    files(folder, bad=BROKEN, **{"\u2603": BROKEN})
    told = run("lint", ".", "-o", "concise", cwd=folder, PYTHONIOENCODING="latin-1")
    assert told.code == 1
    assert "./\\u2603.yaml:2:7" in told.out
    assert told.out.endswith("Found 2 problems (2 errors) in 2 files, 0 objects.\n")


@pytest.mark.parametrize("arguments", [["lint", "--help"], ["rule", "NB203"], ["rules"]])
def test_what_judges_nothing_imports_no_engine(arguments: list[str]) -> None:
    script = (
        "import sys\nfrom nbcore.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        "assert not {'nbcore.linting', 'nbcore.pipeline', 'nbcore.catalog'} & set(sys.modules)\n"
    )
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert finished.returncode == 0, finished.stderr
