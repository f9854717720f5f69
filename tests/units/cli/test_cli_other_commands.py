"""``nbcore choices``, ``schema`` and ``version``; how the program starts and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import nbcore
from nbcore.cli import main as program
from tests.units.cli.program import KINDS, NOTEBOOK, ROOT, WORLD, run

ACCESS = KINDS.replace("id: medium", "id: medium\n      access: {groups: [big]}")


def test_choices_mark_what_is_selected_and_say_what_there_is_to_say() -> None:
    answer = run("choices", "-", "--select", "size=medium", stdin=KINDS)
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert answer.code == 0
    assert "Template kubeflow/jupyter" in lines
    assert "small default; replaced by medium; Info: too small" in lines
    assert "* medium" in lines
    assert "kubeflow/spark spark" in lines


def test_choices_judge_access_for_a_subject_only() -> None:
    def medium(*arguments: str) -> object:
        document = json.loads(run("choices", "-", "-o", "json", *arguments, stdin=ACCESS).out)
        return next(one for one in document["groups"][0]["values"] if one["id"] == "medium")["available"]

    assert medium() is True
    assert medium("--user", "ada") is False
    assert medium("--user", "ada", "--group", "big") is True


@pytest.mark.parametrize(
    ("selected", "text"),
    [
        ("sise=small", "there is no option group sise; did you mean size?"),
        ("size=smal", "size has no value smal; did you mean small?"),
        ("size=x", "size has no value x; there are: medium, small"),
        ("size", "is not GROUP=VALUE"),
    ],
)
def test_a_selection_that_cannot_be_is_a_wrong_call(selected: str, text: str) -> None:
    answer = run("choices", "-", "--select", selected, stdin=KINDS)
    assert (answer.code, answer.out) == (2, "")
    assert text in answer.err


def test_a_template_that_does_not_exist() -> None:
    answer = run("choices", "-", "--template", "jupiter", stdin=KINDS)
    assert (answer.code, answer.err) == (
        2,
        "error: there is no Template jupiter; did you mean kubeflow/jupyter?\n",
    )


@pytest.mark.parametrize("kind", ["template", "poddefault", "notebook", "revision"])
def test_schemas_are_schemas(kind: str) -> None:
    schema = json.loads(run("schema", kind).out)
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_schema_takes_what_the_program_takes() -> None:
    schema = json.loads(run("schema", "notebook").out)
    jsonschema.validate(nbcore.load(NOTEBOOK)[0].value, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(nbcore.load(NOTEBOOK.replace("  env:", "  enw:"))[0].value, schema)


def test_crds_are_one_stream() -> None:
    names = [one.value["metadata"]["name"] for one in nbcore.load(run("schema", "crd").out)]
    assert names == [f"{kind}s.jackhoman.dev" for kind in ("template", "poddefault", "notebook", "revision")]
    alone = nbcore.load(run("schema", "crd", "notebook").out)
    assert [one.value["metadata"]["name"] for one in alone] == ["notebooks.jackhoman.dev"]


def test_schema_alone_lists_the_names() -> None:
    kinds = ["template", "poddefault", "notebook", "revision", "workspacekind", "workspace"]
    assert run("schema").out.splitlines()[:7] == [*kinds, "crd"]
    assert run("schema", "template", "notebook").code == 2


def test_version() -> None:
    assert run("version").out == run("--version").out == f"nbcore {nbcore.__version__}\n"


def test_every_command_has_help() -> None:
    overview = run("--help").out
    for name in program.COMMANDS:
        assert name in overview
        assert run(name, "--help").code == 0


def test_a_command_loads_only_itself() -> None:
    script = (
        "import sys\nfrom nbcore.cli.main import cli\ncli(['version'], standalone_mode=False)\n"
        "assert not {name for name in sys.modules if name.startswith('nbcore.cli.')} - "
        "{'nbcore.cli.main', 'nbcore.cli.version'}, sys.modules.keys()"
    )
    command = [sys.executable, "-c", script]
    assert subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode == 0


def test_an_internal_error_is_one_line_without_the_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("c4n4ry")

    monkeypatch.setattr(program.cli, "main", fails)
    monkeypatch.delenv(program.TRACEBACK, raising=False)
    with pytest.raises(SystemExit) as ended:
        program.main(["version"])
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert "ValueError" in told
    assert told.count("\n") == 1
    assert "c4n4ry" not in told


def test_an_interrupt_is_130_and_quiet(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "nbcore", "render", str(pipe)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as running,
        pipe.open("wb"),
    ):  # opens when the program does
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=30)
    assert running.returncode == 130
    assert told.strip() == b""


def test_colour_only_where_it_is_wanted() -> None:
    world = WORLD.replace(
        "name: jupyter, namespace: kubeflow}\n  env", "name: jupiter, namespace: kubeflow}\n  env"
    )
    assert "\x1b[" not in run("render", "-", stdin=world).err
    assert "\x1b[" in run("render", "-", stdin=world, FORCE_COLOR="1").err
    assert "\x1b[" not in run("render", "-", stdin=world, FORCE_COLOR="1", NO_COLOR="1").err
