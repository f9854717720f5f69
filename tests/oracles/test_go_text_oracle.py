"""Asks Go's own text/template about generated template texts: refused or not, and the bytes that it renders.

Run as a program (``python -m tests.oracles.test_go_text_oracle --cases 20000 --seed 7``) it prints figures. The
program in go_text/ needs nothing but Go's standard library.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nbcore.resolve.go_text import parts_of
from nbcore.resolve.text import Hole, Parts, filled
from tests.units.test_go_text import GOOD, SYNTAX, UNSUPPORTED

PROGRAM = Path(__file__).parent / "go_text"
MISSING = "no Go to ask about template text: see https://go.dev/dl/"
PORTS = {
    "jupyterlab": "/workspace/connect/team/mine/jupyterlab/",
    "r": "/{{ .X }}/",
    "a}}b": "}}{{",
    "é\t": "/é/",
    '"q"\\': "",
}

# ---- cases ----

_SPACES = ["", " ", " ", " ", "  ", "\t", "\n", "\r\n", " \n ", "\u00a0", "\u2003", "\x0b", "\ufeff", "\x00"]
_PLAIN = ["", "a", "--base=", "}}", "}", "{", "{ {", "-", "é", "😀", "/*", "*/", "$(NB)", '"', "'", "`", "\\"]
_LITERALS = [*_PLAIN, " ", "\n", " \t\r\n", "\u00a0", "\x0b", " x ", "{}", "a }} b", "{-", "- "]
_TEXTS = [
    "lab",
    "",
    "x y",
    "\\",
    '"',
    "%s",
    "jupyterlab",
    "a}}b",
    "{{",
    "é",
    "\n",
    "-}}",
    " -}}",
    "/*",
    "*/",
    "\r",
]
_ESCAPES = """
\\n \\t \\\\ \\" \\' \\a \\0 \\000 \\101 \\377 \\400 \\x41 \\xff \\xc3\\xa9 \\x4 \\u00e9 \\ud800 \\uD7FF \\u12
\\U0001F600 \\U00110000 \\UFFFFFFFF \\` \\e \\
""".split()  # noqa: SIM905 (a list would fill a page)
_CHARS = [
    "'a'",
    "'é'",
    "''",
    "'jupyterlab'",
    "'\\''",
    "'\\\"'",
    "'\\n'",
    "'\\x41'",
    "'\"'",
    "'\\ud800'",
    "'a",
    "'\n'",
]
_NUMBERS = """
0 1 -1 +1 007 08 0x1F 0x 0xg 0b101 0b2 0o17 0o8 1_0 1__0 1_ .5 5. 1.5 1e3 1e 1e+ 0x1p-2 1i 1+2i 1+2 1-2i -
+ -- 1-1 99999999999999999999 1a 1é 1.2.3 3.A 0x1.8 .5.X -}} +i 1e400 0_8 ._1
""".split()  # noqa: SIM905
_WORDS = """
httpPathPrefix httppathprefix PathPrefix true false nil print printf len and or not eq index slice html name
lab if else end range with define template block break continue while é _x x1 1x x-y x€ call js urlquery lt
""".split()  # noqa: SIM905
_FIELDS = """
. .X .A.B .PathPrefix $ $.X $.A.B .. .X. .X..Y .é ..X .x€ $x $x.Y $1 $é .1 ._ $_ .X-Y .nil $. $$ .X$
""".split()  # noqa: SIM905
_SIGNS = [
    "|",
    "|",
    "(",
    ")",
    ",",
    ":=",
    "=",
    ":",
    ";",
    "/",
    "*",
    "&",
    "%",
    "{",
    "}",
    "[",
    "@",
    "\\",
    "!",
    "~",
    "#",
]
_KNOWN = [
    '{{ "jupyterlab" | httpPathPrefix }}',
    '{{ $p := "jupyterlab" }}{{ httpPathPrefix $p }}',
    '{{ $p := httpPathPrefix "r" }}{{ $p }}',
    "{{ $x := 1 }}{{ $x = 2 }}{{ $x }}",
    '{{ if httpPathPrefix "r" }}a{{ else }}b{{ end }}',
    '{{ if .X }}{{ httpPathPrefix 1 }}{{ else if "x" }}c{{ end }}',
    "{{ if }}x{{ end }}",
    "{{ end }}",
    "{{ else }}",
    "{{ if 1 }}{{ else }}",
    "{{ range $i, $x := .X }}{{ $x }}{{ else }}none{{ end }}",
    "{{ range 3 }}{{ if . }}{{ break }}{{ end }}{{ continue }}{{ end }}",
    "{{ with .X }}{{ . }}{{ end }}",
    '{{ with "x" }}{{ . }}{{ end }}',
    '{{ define "x" }}{{ httpPathPrefix 1 }}{{ end }}',
    '{{ define "x" }}y{{ . }}{{ end }}{{ template "x" }}{{ template "x" . }}',
    '{{ block "x" . }}y{{ end }}',
    '{{ template "nothing" }}',
    '{{ printf "%s-%d" "x" 1 }}',
    '{{ (httpPathPrefix "r") }}',
    '{{ httpPathPrefix ("r") }}',
    '{{ print (print (print "x")) }}',
    '{{ slice (httpPathPrefix "r") 1 }}',
    "{{ and false (httpPathPrefix 1) }}",
    '{{ (httpPathPrefix "r").X }}',
    '{{ httpPathPrefix "r" | html }}',
    '{{ httpPathPrefix "r" | }}',
    '{{ html "<" | printf "%s" }}',
    '{{ httpPathPrefix httpPathPrefix "r" }}',
    '{{ eq (httpPathPrefix "r") "" }}',
    "{{ $x }}{{ $x := 1 }}",
    "{{ if $x := 1 }}{{ $x }}{{ end }}{{ $x }}",
    '{{ "x" | nil }}',
    '{{ "x" | "y" }}',
    '{{ "{{" }}',
    "{{ .X 1 }}{{ 1 2 }}",
    '{{ "x".Y }}{{ nil }}',
]
_MUTANTS = [
    *"{}-\"'`/*\\.$|():=,%x1é \n\t\r_+i",
    "{{",
    "}}",
    "{{-",
    "-}}",
    " -}}",
    "{{- ",
    "{{/*",
    "*/}}",
    "\u00a0",
]


class Generator:
    """Template texts: most of them well-formed, all of them near some edge."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        """A whole text, sometimes with a few characters wrong."""
        kinds = [self.literal, self.call, self.comment, self.field, self.action, self.known]
        weights = self.random.choice(
            [(4, 4, 2, 0, 0, 0), (4, 3, 1, 1, 0, 0), (3, 2, 1, 1, 2, 0), (2, 1, 1, 1, 2, 3)]
        )
        chosen = self.random.choices(kinds, weights, k=self.random.randint(1, 5))
        text = "".join(kind() for kind in chosen)
        for _ in range(self.random.choice([0, 0, 0, 0, 0, 1, 1, 2, 4])):
            text = self.mutant(text)
        return text

    def mutant(self, text: str) -> str:
        start = self.random.randint(0, len(text))
        end = min(len(text), start + self.random.choice([0, 0, 1, 1, 2, 5]))
        new: str = self.random.choice(["", text[start:end] * 2, *self.random.choices(_MUTANTS, k=4)])
        return text[:start] + new + text[end:]

    def literal(self) -> str:
        return "".join(self.random.choices(_LITERALS, k=self.random.randint(0, 4)))

    def space(self) -> str:
        return self.random.choice(_SPACES[:9] if self.random.random() < 0.97 else _SPACES)

    def braces(self, inside: str) -> str:
        left = self.random.choice(["{{", "{{", "{{ ", "{{-", "{{- ", "{{-\n"])
        right = self.random.choice(["}}", "}}", " }}", "-}}", " -}}", "\t-}}"])
        return left + self.space() + inside + self.space() + right

    def quoted(self) -> str:
        """A text in quotes, more often the id of a port than not."""
        known = self.random.random() < 0.7
        text = self.random.choice(list(PORTS)[:3] if known else _TEXTS)
        form = self.random.random()
        if form < 0.5:
            return f'"{text}"'
        if form < 0.75:
            return f"`{text}`"
        if form < 0.9:
            return json.dumps(self.random.choice(list(PORTS)))
        return f'"{text}{"".join(self.random.choices(_ESCAPES, k=self.random.randint(1, 2)))}"'

    def call(self) -> str:
        return self.braces("httpPathPrefix" + (self.space() or " ") + self.quoted())

    def comment(self) -> str:
        inside = "".join(self.random.choices([*_LITERALS, "*", "{{ x }}"], k=self.random.randint(0, 3)))
        if self.random.random() < 0.1:
            return self.braces(f"/*{inside}*/")
        left, right = self.random.choice(["{{", "{{- ", "{{-\t"]), self.random.choice(["}}", " -}}", "\n-}}"])
        return f"{left}/*{inside}*/{right}"

    def field(self) -> str:
        return self.braces(self.random.choice(_FIELDS))

    def operand(self) -> str:
        pools = [_WORDS, _WORDS, _FIELDS, _NUMBERS, _CHARS, _SIGNS]
        if self.random.random() < 0.3:
            return self.quoted()
        return (
            "httpPathPrefix" if self.random.random() < 0.3 else self.random.choice(self.random.choice(pools))
        )

    def action(self) -> str:
        words: list[str] = []
        for _ in range(self.random.choice([0, 1, 1, 2, 2, 3, 5])):
            words += [self.operand(), self.random.choice(["", " ", " ", " "])]
        return self.braces("".join(words))

    def known(self) -> str:
        return self.random.choice(_KNOWN)


def cases(seed: int, count: int) -> list[str]:
    """The texts of a seed."""
    generator = Generator(seed)
    return [generator.text() for _ in range(count)]


# ---- verdicts ----


class Verdict(NamedTuple):
    """What Go makes of a text: what it prints, or None and the stage at which it refuses."""

    output: bytes | None
    stage: str


def by_go(texts: list[str]) -> Iterator[Verdict]:
    """Go's verdict on each text."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "go_text"
        environment = {**os.environ, "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
        subprocess.run(["go", "build", "-o", str(program), "."], cwd=PROGRAM, env=environment, check=True)
        lines = "".join(json.dumps({"text": text, "ports": PORTS}) + "\n" for text in texts)
        result = subprocess.run([program], input=lines.encode(), capture_output=True, check=True)
    answers: list[dict[str, Any]] = [json.loads(line) for line in result.stdout.splitlines()]
    for answer in answers:
        output = base64.b64decode(answer["output"] or "") if answer["ok"] else None
        yield Verdict(output, answer["stage"])


def rendered(parts: Parts) -> bytes:
    """The bytes that our parts stand for."""

    def value(hole: Hole) -> str:
        return PORTS.get(hole.port, "")

    return filled(parts, value).encode()


def disagreement(text: str, go: Verdict) -> str | None:
    """What nbcore says of the text and Go does not bear out, if anything."""
    parts, problem = parts_of(text, PORTS)
    tolerant, remaining = parts_of(text, PORTS, compat=True)
    anything, _ = parts_of(text, None, compat=True)
    kind = problem.kind if problem else "accepted"
    if kind in ("syntax", "unsupported") and remaining != problem:
        return f"{kind} in default, not in compat"
    if kind == "syntax":
        return "syntax, and Go accepts it" if go.output is not None else None
    if kind == "unsupported":
        return None
    if remaining or go.output is None:
        return f"{kind}, and refused by {'Go' if go.output is None else 'compat'}"
    if rendered(tolerant) != go.output or rendered(anything) != go.output:
        return f"{kind}, rendered as {rendered(tolerant)!r}"
    if kind == "accepted" and parts != tolerant:
        return "compat renders it otherwise"
    return "no value, and Go prints one" if kind == "no value" and b"<no value>" not in go.output else None


class Difference(NamedTuple):
    """A text about which the two disagree."""

    text: str
    what: str
    go: Verdict


def compare(seed: int, count: int) -> tuple[Counter[str], list[Difference]]:
    """Figures and differences of the cases of a seed."""
    figures: Counter[str] = Counter()
    differences = []
    texts = cases(seed, count)
    for text, go in zip(texts, by_go(texts), strict=True):
        _, problem = parts_of(text, PORTS)
        verdict = f"refused by Go's {go.stage}" if go.output is None else "accepted by Go"
        figures[f"{problem.kind if problem else 'accepted'}, {verdict}"] += 1
        what = disagreement(text, go)
        if what:
            differences.append(Difference(text, what, go))
    return figures, differences


@pytest.mark.skipif(shutil.which("go") is None, reason=MISSING)
def test_go_agrees_about_every_text() -> None:
    figures, differences = compare(1, int(os.environ.get("NBCORE_GO_TEXT_CASES", "500")))
    assert not differences, differences[:5]
    assert {name.split(",")[0] for name in figures} == {
        "accepted",
        "syntax",
        "unsupported",
        "no value",
        "unknown port",
    }


@pytest.mark.skipif(shutil.which("go") is None, reason=MISSING)
def test_go_agrees_about_every_row() -> None:
    texts = [text for text, _ in (*GOOD, *SYNTAX, *UNSUPPORTED)]
    wrong = [disagreement(text, go) for text, go in zip(texts, by_go(texts), strict=True)]
    assert not any(wrong), [(text, what) for text, what in zip(texts, wrong, strict=True) if what]


def main(arguments: list[str]) -> int:
    """The exit code after printing the figures: 1 when there are differences."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args(arguments)
    if shutil.which("go") is None:
        print(MISSING, file=sys.stderr)
        return 1
    figures, differences = compare(options.seed, options.cases)
    for one in differences[: options.show]:
        print(f"--- {one.text!r}\n    {one.what}\n    {one.go}")
    for name, number in sorted(figures.items()):
        print(f"{number:8} {name}")
    print(f"cases {options.cases}, differences {len(differences)}, seed {options.seed}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
