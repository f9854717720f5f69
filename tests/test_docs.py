"""The documents tell the truth: what README.md and docs/ show is run, and compared with what they say.

- ```` ```python ````: the blocks of one file run in order in one namespace; with `>>>` as a doctest.
- ```` ```console ````: lines that start with `$ ` are run by bash from the root of the tree, what follows is
  the output, both streams together. `...` stands for anything: alone on its line for any lines, within a line
  for any part of it. A command that fails must be followed by `$ echo $?`.

Other blocks (```` ```sh ````, ```` ```yaml ````) are not run; make targets and links are checked everywhere.
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "benchmarks").rglob("*.md")])
_FENCE = re.compile(
    r"^ {0,3}```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^ {0,3}```\s*$", re.MULTILINE | re.DOTALL
)


class Block(NamedTuple):
    """One fenced block, and the line that its text starts on."""

    language: str
    text: str
    line: int


def blocks(document: str) -> Iterator[Block]:
    """Every fenced block of a document."""
    for found in _FENCE.finditer(document):
        yield Block(found[1], found[2], document.count("\n", 0, found.start(2)) + 1)


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Every command of a console block with the output that is written under it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines()
        count = next((at for at, line in enumerate(lines) if not line.endswith("\\")), 0) + 1
        yield "\n".join(lines[:count]), "\n".join(lines[count:]).strip("\n")


def matches(written: str, output: str) -> bool:
    """Whether the output is what is written, `...` standing for anything."""
    pattern = "\n".join(_pattern(line) for line in written.split("\n"))
    return re.fullmatch(pattern, output) is not None


def _pattern(line: str) -> str:
    return r"(?s:.*)" if line == "..." else r"[^\n]*".join(map(re.escape, line.split("...")))


def run_console(text: str, temporary: Path) -> list[str]:
    """What is wrong with a console block, one text a command; its `/tmp` is a folder of its own."""
    places = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NBCORE_", "GITHUB_"))}
    kept.pop("CI", None)
    environment = {
        **kept,
        "PATH": os.pathsep.join(places),
        "NO_COLOR": "1",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
    }
    wrong, code = [], 0
    for command, written in commands(text):
        if code and command != "echo $?":
            wrong.append(f"exit code {code} is not shown before $ {command}")
        finished = subprocess.run(
            ["bash", "-c", f"(exit {code})\n{command.replace('/tmp/', f'{temporary}/')}"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        code = finished.returncode
        printed = finished.stdout.replace(f"{temporary}/", "/tmp/")
        output = "\n".join(line.rstrip() for line in printed.splitlines()).strip("\n")
        if not matches(written, output):
            wrong.append(f"$ {command}\n--- written\n{written}\n--- is\n{output}")
    return [*wrong, f"exit code {code} is not shown"] if code else wrong


def run_python(block: Block, name: str, namespace: dict[str, Any]) -> list[str]:
    """What is wrong with a Python block; its names stay in the namespace."""
    if ">>>" not in block.text:
        exec(compile("\n" * (block.line - 1) + block.text, name, "exec"), namespace)  # the document is ours
        return []
    test = doctest.DocTestParser().get_doctest(block.text, namespace, name, name, block.line - 1)
    said: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
    namespace.update(test.globs)
    return said


def with_blocks(language: str) -> list[Path]:
    """The documents that hold a block in a language."""
    return [one for one in DOCUMENTS if any(block.language == language for block in blocks(one.read_text()))]


def named(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("document", with_blocks("console"), ids=named)
def test_console_blocks_show_what_is_printed(document: Path, tmp_path: Path) -> None:
    wrong = [
        f"{named(document)}:{block.line}: {problem}"
        for block in blocks(document.read_text())
        if block.language == "console"
        for problem in run_console(block.text, tmp_path)
    ]
    assert not wrong, "\n\n".join(wrong)


@pytest.mark.parametrize("document", with_blocks("python"), ids=named)
def test_python_blocks_run(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    wrong = [
        problem
        for block in blocks(document.read_text())
        if block.language == "python"
        for problem in run_python(block, named(document), namespace)
    ]
    assert not wrong, "".join(wrong)


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_links_inside_the_tree_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)", document.read_text())
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert not [link for link in local if not (document.parent / link).exists()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_make_targets_exist(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    code = [block.text for block in blocks(document.read_text())]
    code += re.findall(r"`([^`\n]+)`", document.read_text())
    named_ = {name for text in code for name in re.findall(r"^(?:\$ )?make ([a-z]+)", text, re.MULTILINE)}
    assert named_ <= targets


def test_readme_is_executed() -> None:
    languages = {block.language for block in blocks((ROOT / "README.md").read_text())}
    assert {"console", "python"} <= languages


@pytest.mark.parametrize(
    ("written", "output", "same"),
    [
        ("a b", "a b", True),
        ("a b", "a c", False),
        ("a ... c", "a b c", True),
        ("a ... c", "a\nc", False),
        ("a\n...\nd", "a\nb\nc\nd", True),
        ("a.c", "abc", False),
        ("", "something", False),
    ],
)
def test_dots_stand_for_anything(written: str, output: str, same: bool) -> None:
    assert matches(written, output) is same


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("$ echo one\none\n", 0),
        ("$ echo one \\\n  two\none two\n", 0),
        ("$ echo one\ntwo\n", 1),
        ("$ false\n", 1),
        ("$ false\n$ echo $?\n1\n", 0),
        ("$ false\n$ true\n", 1),
        ("$ echo x > /tmp/one && ls /tmp/one\n/tmp/one\n", 0),
        ("$ python -c 'import sys; print(sys.version_info >= (3, 11))'\nTrue\n", 0),
    ],
)
def test_console_blocks_can_be_wrong(text: str, wrong: int, tmp_path: Path) -> None:
    assert len(run_console(text, tmp_path)) == wrong


@pytest.mark.parametrize(("text", "wrong"), [(">>> 1 + 1\n2\n", 0), (">>> 1 + 1\n3\n", 1), ("one = 1\n", 0)])
def test_python_blocks_can_be_wrong(text: str, wrong: int) -> None:
    assert bool(run_python(Block("python", text, 1), "a document", {})) is bool(wrong)


def test_python_blocks_share_their_names() -> None:
    namespace: dict[str, Any] = {}
    run_python(Block("python", "one = 1\n", 1), "a document", namespace)
    run_python(Block("python", ">>> two = one + 1\n", 5), "a document", namespace)
    with pytest.raises(AssertionError):
        run_python(Block("python", "assert two == 3\n", 9), "a document", namespace)
