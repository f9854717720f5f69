"""Asks kubectl what it reads in generated YAML: refused or not, and the JSON that it prints.

Run as a program (``python -m tests.oracles.test_scalar_oracle --cases 10000 --seed 7``) it prints figures.
Every case is a file of its own, so that one call can judge hundreds, broken ones among them.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nbcore.source import load
from tests.cluster.binaries import MISSING, kubectl

BATCH = 500
HEAD = "apiVersion: made.up/v1\nkind: Thing\nmetadata:\n  name: {name}\nspec:\n"
REFUSED = "refused"

# ---- cases ----

_WORDS = """
y Y yes Yes YES yEs n N no No NO true True TRUE tRue on On ON off Off OFF false False FALSE ~ null
Null NULL nULL .nan .NaN .NAN .Nan NaN .inf .Inf .INF -.inf +.inf -.Inf .iNF inf Infinity << = . - +
-- ++ 0 -0 +0 00 0x 0b 0o 0x0 1_000 _1 1_ 1__0 0x_f 0_8 1e3 1E3 1e+3 1e-3 1.e3 .5 .5e1 5. -.5 +.5
._5 .5_0 1e 1e+ e1 .e1 1.2.3 1e400 -1e400 1e-400 1:30 22:22 1:30:00 -1:30 190:20:30.15 2001-01-01
2001-1-1 2001-12-14T21:59:43.10-05:00 2001-12-14 2001-13-01 9223372036854775807 9223372036854775808
-9223372036854775808 -9223372036854775809 18446744073709551615 18446744073709551616
4611686018427387904 99999999999999999999 0x7fffffffffffffff 0xffffffffffffffff 0x10000000000000000
-0xff +0xff 0o17 0O17 0o8 017 08 019 -017 0b101 0B101 0b102 0b-101 0b+101 -0b101 -0b-1 1e20 1e21
1e22 123456789012345678 1234567890123456789012 0.1 0.30000000000000004 1e15 1e16 1e17 1.5e300 5e-324
1e-7 0.000001 0.0000001 1.0 1.10 100.0 3.14159265358979 16777217 1.7976931348623157e308
""".split()  # noqa: SIM905 (a list would fill two pages)
_PIECES = [*"0123456789", *"0123456789", *"+-._:eExXoObBfFaA", "0x", "0o", "0b", "e+", "__", "inf", "nan"]
_TEXT = [
    *"abc",
    " ",
    ": ",
    " #",
    "#",
    "'",
    '"',
    "\\",
    ",",
    "[",
    "]",
    "{",
    "}",
    "&a",
    "*a",
    "!",
    "|",
    ">",
    "%",
    "@",
    "`",
    "é",
    "\u2028",
    "\u0085",
    "😀",
    "\t",
    ":",
    "-",
    "- ",
    "?",
    "? ",
    "<<",
    "2001-12-14 21:59:43",
    "\\n",
    "\\x41",
    "\\u00e9",
    "\\ud83d\\ude00",
    "\\/",
    "\\0",
    "\\_",
    "''",
    "\\ ",
    "\n",
    "\n\n",
    "\n   ",
]
_TAGS = [
    "!!str",
    "!!int",
    "!!float",
    "!!bool",
    "!!null",
    "!!binary",
    "!!timestamp",
    "!own",
    "!",
    "!!map",
    "!<x>",
]


class Generator:
    """Fragments of YAML: most of them well-formed, all of them near some edge."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def document(self, name: str) -> str:
        """A whole document of a made-up kind."""
        body = "".join(f"  {self.key()}: {self.value(4)}\n" for _ in range(self.random.randint(1, 4)))
        text = HEAD.format(name=name) + body
        if self.random.random() < 0.05:
            text = text.replace("\n", "\r\n")
        if self.random.random() < 0.02:
            text = "\ufeff" + text
        return text[:-1] if self.random.random() < 0.2 else text

    def key(self) -> str:
        """A key: mostly a name, sometimes what YAML reads as something else."""
        kinds: list[Callable[[], str]] = [self.name] * 8 + [self.word, self.number, self.quoted]
        return self.random.choice(kinds)()

    def value(self, indent: int) -> str:
        """A value after a key, with its line breaks, for a parent indented by ``indent - 2``."""
        kinds: list[Callable[[], str]] = [self.word] * 4 + [self.number] * 4 + [self.plain, self.quoted] * 2
        kinds += [self.tagged, self.anchored, lambda: self.block(indent), lambda: self.flow(2)] * 2
        kinds += [lambda: self.mapping(indent), lambda: self.sequence(indent), lambda: self.merged(indent)]
        return self.random.choice(kinds)() + self.random.choice(["", "", "", "  ", " # c", " #"])

    def name(self) -> str:
        return self.random.choice(["a", "b", "name", "x-y", "a b", "key", "type", "f.g/h"]) + str(
            self.random.randint(0, 99)
        )

    def word(self) -> str:
        return self.random.choice(_WORDS)

    def number(self) -> str:
        sign = self.random.choice(["", "", "", "-", "+"])
        return sign + "".join(self.random.choices(_PIECES, k=self.random.randint(1, 9)))

    def plain(self) -> str:
        return "a" + "".join(self.random.choices(_TEXT, k=self.random.randint(0, 5)))

    def quoted(self) -> str:
        quote = self.random.choice("'\"")
        return quote + "".join(self.random.choices(_TEXT + _WORDS, k=self.random.randint(0, 4))) + quote

    def scalar(self) -> str:
        return self.random.choice([self.word, self.number, self.quoted, self.plain, self.name])()

    def tagged(self) -> str:
        return f"{self.random.choice(_TAGS)} {self.scalar()}"

    def anchored(self) -> str:
        return self.random.choice([f"&a {self.scalar()}", "*a", "&a", f"&b {self.flow(1)}", "*b"])

    def block(self, indent: int) -> str:
        header = (
            self.random.choice("|>")
            + self.random.choice(["", "-", "+"])
            + self.random.choice(["", "", "", "2", "1"])
        )
        lines = [
            self.random.choice(["", "x", " y", "yes", "# no", "\tz", "a: b"])
            for _ in range(self.random.randint(0, 5))
        ]
        return header + "".join("\n" + (" " * indent + line if line else "") for line in lines)

    def flow(self, depth: int) -> str:
        if depth == 0 or self.random.random() < 0.3:
            return self.scalar()
        items = [self.flow(depth - 1) for _ in range(self.random.randint(0, 3))]
        end = self.random.choice(["", "", ","]) if items else ""
        if self.random.random() < 0.5:
            return f"[{', '.join(items)}{end}]"
        colon = self.random.choice([": ", ": ", ": ", ":"])
        return f"{{{', '.join(f'{self.key()}{colon}{item}' for item in items)}{end}}}"

    def mapping(self, indent: int) -> str:
        lines = (f"\n{' ' * indent}{self.key()}: {self.scalar()}" for _ in range(self.random.randint(1, 3)))
        return "".join(lines)

    def sequence(self, indent: int) -> str:
        by = indent - self.random.choice([0, 0, 2])
        return "".join(f"\n{' ' * by}- {self.scalar()}" for _ in range(self.random.randint(1, 3)))

    def merged(self, indent: int) -> str:
        pad = "\n" + " " * indent
        source = self.random.choice(["*m", "[*m, *n]", "{c: 3}", "[*m, {c: 4}]", "*a", "[]", "null", "[*a]"])
        lines = [
            "m: &m {c: 1, d: yes}",
            "n: &n {d: 2, e: 5}",
            f"o: {{<<: {source}, c: 9}}",
            f"p: {{c: 9, <<: {source}}}",
        ]
        return "".join(pad + line for line in lines)


def cases(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Names and documents."""
    generator = Generator(seed)
    for number in range(count):
        name = f"c{number:07d}"
        yield name, generator.document(name)


# ---- verdicts ----


def by_kubectl(program: Path, batch: list[tuple[str, str]]) -> dict[str, Any]:
    """What kubectl reads in each document, by name; REFUSED where it reads nothing."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in batch:
            (Path(folder) / f"{name}.yaml").write_bytes(text.encode())
        command = [str(program), "annotate", "--local", "-f", folder, "-o", "json", "k=v"]
        # HOME keeps kubectl's configuration of the person who runs this out of it
        result = subprocess.run(command, capture_output=True, check=False, env={"HOME": folder})
    read = dict.fromkeys((name for name, _ in batch), REFUSED)
    for value in _objects(result.stdout.decode()):
        read[value["metadata"]["name"]] = value.get("spec")
    return read


def _objects(text: str) -> Iterator[Any]:
    decoder, start = json.JSONDecoder(parse_int=_integer), 0
    while start < len(text):
        value, start = decoder.raw_decode(text, start)
        yield value
        start += len(text[start:]) - len(text[start:].lstrip()) if text[start : start + 1].isspace() else 0


def _integer(text: str) -> int | float:
    """kubectl prints a float64 beyond 64 bits as an integer."""
    return int(text) if -(2**63) <= int(text) < 2**63 else float(text)


def by_nbcore(text: str) -> Any:
    """What nbcore reads in the document; REFUSED when it reads nothing."""
    documents = load(text.encode())
    return REFUSED if not documents or documents[0].value is None else documents[0].value.get("spec")


def same(left: Any, right: Any) -> bool:
    """Whether two JSON values are equal, types included."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


def has_ambiguous_key(text: str) -> bool:
    """Whether a key stands twice: kubectl keeps the last, or any of `1` and `'1'`."""
    return any(one.code == "NB102" for one in load(text.encode()).findings)


_LIBYAML = re.compile(r"[\[{,].*(?:\?|:[,?\[\]{}])|\\'|![^ ]*[,\[\]{}]", re.DOTALL)
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|nan)", re.IGNORECASE)


def is_deviation(text: str, ours: Any) -> bool:
    """Whether nbcore refuses on purpose what kubectl reads.

    Where libyaml cannot tell what kubectl would read: ``?`` anywhere, and ``:`` before a flow indicator, in
    an unquoted scalar inside ``[]`` or ``{}``; the escape of a single quote in double quotes, which YAML
    does not have; a tag that touches an indicator. And an infinity that a repeated key would overwrite.
    """
    if ours != REFUSED:
        return False
    return bool(_LIBYAML.search(text)) or (
        bool(_NOT_FINITE.search(text)) and has_ambiguous_key(_NOT_FINITE.sub("0", text))
    )


class Difference(NamedTuple):
    """A document that the two read differently."""

    text: str
    kubectl: Any
    nbcore: Any


def compare(seed: int, count: int, program: Path) -> tuple[Counter[str], list[Difference]]:
    """Figures and differences of the cases of a seed."""
    figures: Counter[str] = Counter()
    differences = []
    everything = list(cases(seed, count))
    for start in range(0, count, BATCH):
        batch = everything[start : start + BATCH]
        read = by_kubectl(program, batch)
        for name, text in batch:
            ours = by_nbcore(text)
            figures["refused" if read[name] == REFUSED else "read"] += 1
            if same(read[name], ours):
                continue
            if is_deviation(text, ours):
                figures["refused on purpose"] += 1
            elif has_ambiguous_key(text) and REFUSED not in (read[name], ours):
                figures["repeated keys, values not compared"] += 1
            else:
                differences.append(Difference(text, read[name], ours))
    return figures, differences


@pytest.mark.oracle
def test_scalars_are_read_as_kubectl_reads_them() -> None:
    program = kubectl()
    assert program is not None, MISSING
    figures, differences = compare(1, int(os.environ.get("NBCORE_SCALAR_CASES", "500")), program)
    assert not differences, differences[:5]
    assert figures["read"] > figures["refused"] > 0


def main(arguments: list[str]) -> int:
    """The exit code after printing the figures: 1 when there are differences."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--show", type=int, default=10)
    options = parser.parse_args(arguments)
    program = kubectl()
    if program is None:
        print(MISSING, file=sys.stderr)
        return 1
    figures, differences = compare(options.seed, options.cases, program)
    for one in differences[: options.show]:
        print(f"--- {one.text!r}\n    kubectl {one.kubectl!r}\n    nbcore  {one.nbcore!r}")
    print(f"cases {options.cases}, differences {len(differences)}, seed {options.seed}, {dict(figures)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
