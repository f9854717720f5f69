"""Bad input: one clear error with its place and the right exit code, whatever the bytes are; no traceback."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.units.cli.program import CANARY, KINDS, NOTEBOOK, ROOT, WORLD, run

PLACE = re.compile(r"^ --> bad\.yaml:[0-9]+:[0-9]+$", re.MULTILINE | re.ASCII)
ALIAS_BOMB = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1}, ' * 9}]\n" for n in range(1, 12))

BAD = {
    "unknown kind": (b"apiVersion: jackhoman.dev/v1beta1\nkind: Notbook\nmetadata: {name: a}\n", "NB104"),
    "no kind": (b"metadata: {name: a}\n", "NB104"),
    "unknown field": (NOTEBOOK.replace("  env:", "  enw:").encode(), "NB105"),
    "wrong type": (NOTEBOOK.replace("name: jupyter,", "name: 1,").encode(), "NB106"),
    "duplicate keys": (NOTEBOOK.replace("spec:", "kind: Notebook\nspec:").encode(), "NB102"),
    "second of several documents broken": (f"{WORLD}---\na: [b\n---\n{NOTEBOOK}".encode(), "NB101"),
    "alias bomb": (ALIAS_BOMB.encode(), "NB10"),
    "open brackets": (b"[" * 200_000, "NB103"),
    "open braces": (b'{"a":' * 200_000, "NB103"),
    "NaN": (b'{"apiVersion": "v1", "kind": "Pod", "x": NaN}', "NB10"),
    "UTF-16": (NOTEBOOK.encode("utf-16"), "NB101"),
    "binary": (bytes(range(256)) * 20, "NB101"),
    "tab": (b"a:\n\tb: 1\n", "NB101"),
    "a text": (b"hello\n", "NB106"),
    "a list": (b"[1, 2]\n", "NB106"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["render", "explain", "choices"])
def test_bad_input_is_a_finding_with_its_place(command: str, name: str, tmp_path: Path) -> None:
    data, code = BAD[name]
    (tmp_path / "bad.yaml").write_bytes(data)
    (tmp_path / "good.yaml").write_text(WORLD.replace("name: ada", "name: good"))
    named = {"render": (), "explain": ("--notebook", "good"), "choices": ("--template", "jupyter")}[command]
    if name.startswith("second") and command != "render":
        named = {"explain": ("--notebook", "ada"), "choices": ("--template", "jupyter")}[command]
    answer = run(command, "bad.yaml", "good.yaml", *named, cwd=tmp_path)
    assert answer.code == 1, answer.err
    assert f"error[{code}" in answer.err
    assert PLACE.search(answer.err), answer.err
    assert CANARY not in answer.err
    assert "good" in answer.out or "jupyter" in answer.out


def test_an_empty_file_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_bytes(b"")
    answer = run("render", "bad.yaml", cwd=tmp_path)
    assert (answer.code, answer.out) == (0, "")
    assert "warning[NB110]" in answer.err
    assert PLACE.search(answer.err)


def test_a_template_of_helm_is_named_as_one(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("apiVersion: v1\nkind: {{ .Values.kind }}\n")
    answer = run("render", ".", cwd=tmp_path)
    assert answer.code == 1
    assert "note: ./bad.yaml seems to be a template for Helm or the like: render that first" in answer.err
    values = WORLD.replace("image: jupyter:1", 'image: "{{ x }}"')
    assert "Helm" not in run("render", "-", stdin=values).err


TWICE = KINDS.replace("default: small", "default: smal").replace("id: medium", "id: small")


@pytest.mark.parametrize("command", ["render", "explain", "choices"])
def test_what_is_wrong_inside_a_template_is_told_by_every_command(command: str) -> None:
    answer = run(command, "-", stdin=f"{TWICE}---\n{NOTEBOOK}")
    assert answer.code == 1
    assert "error[NB211] the default smal is not one of the values of size" in answer.err
    assert "error[NB210] the size value small stands twice" in answer.err


UNUSABLE = {
    "missing file": (("render", "missing.yaml"), "error: missing.yaml: No such file or directory\n"),
    "missing folder": (("render", "missing/"), "error: missing/: No such file or directory\n"),
    "name with NUL": (
        ("explain", "--field", "[", "-"),
        'error: malformed path "[": cannot read it from character 1 on\n',
    ),
    "too long a name": (("render", "a" * 5000), f"error: {'a' * 5000}: File name too long\n"),
    "no notebook to explain": (("explain", "-"), "error: the input holds no Notebook\n"),
    "no template": (("choices", "-"), "error: the input holds no Template\n"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(name: str, tmp_path: Path) -> None:
    arguments, text = UNUSABLE[name]
    answer = run(*arguments, cwd=tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == text


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text(WORLD)
    (tmp_path / "bad.yaml").chmod(0)
    assert run("render", "bad.yaml", cwd=tmp_path).err == "error: bad.yaml: Permission denied\n"
    assert run("render", ".", cwd=tmp_path).code == 2


def test_what_may_not_be_read_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import builtins

    from click.testing import CliRunner

    from nbcore.cli.main import cli

    (tmp_path / "secret.yaml").write_text(WORLD)
    (tmp_path / "closed").mkdir()

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr(builtins, "open", denied)
        answer = CliRunner().invoke(cli, ["render", str(tmp_path / "secret.yaml")])
    assert (answer.exit_code, answer.stderr) == (2, f"error: {tmp_path}/secret.yaml: Permission denied\n")
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", denied)
        answer = CliRunner().invoke(cli, ["render", str(tmp_path / "closed")])
    assert (answer.exit_code, answer.stderr) == (2, f"error: {tmp_path}/closed: Permission denied\n")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("rendr",),
        ("render",),
        ("render", "-", "--nope"),
        ("render", "-", "-o", "json", "--annotate"),
        ("schema", "x"),
    ],
)
def test_a_wrong_call_is_exit_code_2(arguments: tuple[str, ...]) -> None:
    answer = run(*arguments, stdin=WORLD)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err


@pytest.mark.parametrize("redirect", ["<&-", ">&-", "2>&-", "< /dev/null >&- 2>&-"])
@pytest.mark.parametrize("arguments", ["render -", "explain kinds.yaml", "version", "schema template"])
def test_closed_streams(arguments: str, redirect: str, tmp_path: Path) -> None:
    (tmp_path / "kinds.yaml").write_text(WORLD)
    command = f"{sys.executable} -m nbcore {arguments} {redirect}"
    finished = subprocess.run(
        ["bash", "-c", command],
        input=WORLD.encode(),
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=60,
        check=False,
    )
    assert finished.returncode in (0, 1, 2)
    assert b"Traceback" not in finished.stderr


def test_a_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    world = NOTEBOOK.replace("templateRef:", '"\\e[31mtemplateRef\\r":')
    answer = run("render", "-", stdin=world)
    raw = run("render", "-", stdin=NOTEBOOK.replace("spec:", "spec: # \x1b]0;gotcha\x07\u202e"))
    assert answer.code == raw.code == 1
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", answer.err + raw.err)


def test_a_frame_far_inside_a_long_line_shows_that_line_only() -> None:
    text = f"apiVersion: v1\n{'x: [' + '1, ' * 60}1, &a *a]\n"
    lines = run("render", "-", stdin=text).err.splitlines()
    assert lines[2].split() == ["|"]
    assert lines[3].startswith("2 | ")
    assert "^" in lines[4]
