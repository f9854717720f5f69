"""Asks kubectl what it makes of generated quantities: refused or not, and the text that it prints.

Run as a program (``python -m tests.oracles.test_quantity_oracle --cases 100000 --seed 7``) it prints figures.
It refuses to know how a quantity is read: the deliberate differences are decided from the text alone.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

from nbcore.kubernetes.quantity import Quantity
from tests.cluster.binaries import MISSING, kubectl

BATCH = 500
_SUFFIXES: list[str] = [*"numkMGTPE", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]
_LETTERS: list[str] = [
    *"KBbgtpix_ eE+-.%",
    "ki",
    "mi",
    "GB",
    "KiB",
    "EE",
    "\u0663",
    "é",
    "0x1",
    "NaN",
    "Inf",
    "e",
    "E+",
]

# ---- cases ----


def cases(seed: int, count: int) -> Iterator[str]:
    """Texts, most of them quantities: every suffix, sign, exponent form, leading zeros, many digits."""
    source = random.Random(seed)
    for _ in range(count):
        text = f"{_sign(source)}{_number(source)}{_suffix(source)}"
        if source.random() < 0.08:
            place = source.randint(0, len(text))
            text = text[:place] + source.choice(_LETTERS) + text[place + source.randint(0, 1) :]
        # Decoding JSON trims blanks; and a huge exponent keeps kubectl busy for minutes (nbcore refuses it).
        yield text.strip() if abs(_exponent(text) or 0) < 1000 else "1e999"


def _sign(source: random.Random) -> str:
    return source.choices(["", "+", "-"], [6, 1, 1])[0]


def _number(source: random.Random) -> str:
    if source.random() < 0.02:
        return source.choice(["", ".", "0", "00", "0.0", ".0", "0."])
    whole = _digits(source)
    fraction = f".{_digits(source)}" if source.random() < 0.35 else ""
    return whole + (fraction if whole or source.random() < 0.5 else f".{source.randint(0, 999)}")


def _digits(source: random.Random) -> str:
    length = source.choices(
        [0, 1, 2, 3, 4, source.randint(5, 20), source.randint(20, 34)], [1, 6, 6, 6, 6, 4, 1]
    )
    body = "".join(source.choice("0123456789") for _ in range(length[0]))
    zeros = source.choices(["", "0", "000", "000000", "0" * 18], [10, 1, 2, 1, 0.3])[0]
    special = source.choice(["1024", "1000", "512", "1048576", "8", "999", "1023"])
    return source.choice(["", "", "", "0", "00"]) + (special if source.random() < 0.1 else body) + zeros


def _suffix(source: random.Random) -> str:
    roll = source.random()
    if roll < 0.2:
        return ""
    if roll < 0.75:
        return source.choice(_SUFFIXES)
    reach = source.choice([3, 9, 20, 64, 70, 400])
    sign = source.choice(["", "+", "-", "", "0"])
    return f"{source.choice('eE')}{sign}{source.randint(0, reach)}"


# ---- deliberate differences: what Kubernetes reads and nbcore refuses ----


def _exponent(text: str) -> int | None:
    match = re.fullmatch(r"[^eE]*[eE]([+-]?[0-9]+)", text, re.ASCII)
    return int(match[1]) if match else None


def _is_1000e_or_more(text: str) -> bool:
    match = re.fullmatch(r"([+-]?[0-9]*\.?[0-9]*)([numkMGTPE]?)", text, re.ASCII)
    if match is None:
        return False
    power = dict(zip(["n", "u", "m", "", *"kMGTPE"], range(-9, 19, 3), strict=True))[match[2]]
    return abs(Fraction(match[1].rstrip(".")) * Fraction(f"1e{power}")) > Fraction(10) ** 21 - Fraction(
        1, 10**9
    )


DIFFERENCES: Mapping[str, Callable[[str], bool]] = {
    "over 64 characters": lambda text: len(text) > 64,
    "no digit": lambda text: re.search("[0-9]", re.sub("[eE][+-]?[0-9]+$", "", text)) is None,
    "exponent beyond ±64": lambda text: abs(_exponent(text) or 0) > 64,
    "1000E and more without an exponent": _is_1000e_or_more,
}


# ---- kubectl ----


def _run(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(program), *arguments]
    environment = {**os.environ, "KUBECONFIG": os.devnull}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, env=environment)


def printed(program: Path, texts: Sequence[str]) -> list[str] | None:
    """What kubectl prints for each text; None when it refuses one of them."""
    hard = ",".join(f"q{index}={text}" for index, text in enumerate(texts))
    answer = _run(program, "create", "quota", "q", "--dry-run=client", f"--hard={hard}", "-o", "json")
    if answer.returncode:
        return None
    amounts = json.loads(answer.stdout)["spec"].get("hard", {})
    return [amounts[f"q{index}"] for index in range(len(texts))]


def refused(program: Path, texts: Sequence[str]) -> set[int]:
    """The indexes of the texts that kubectl cannot decode as a quantity of a pod."""
    with tempfile.TemporaryDirectory() as folder:
        for index, text in enumerate(texts):
            container = {"name": "c", "resources": {"requests": {"cpu": text}}}
            pod = {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": "p"},
                "spec": {"containers": [container]},
            }
            Path(folder, f"{index}.json").write_text(json.dumps(pod))
        answer = _run(program, "set", "resources", "--local", "-f", folder, "--limits=memory=1", "-o", "name")
    pattern = r'unable to decode ".*?(\d+)\.json": .*(?:quantity|quantities)'
    found = {int(index) for index in re.findall(pattern, answer.stderr)}
    if not found and answer.returncode:
        raise RuntimeError(answer.stderr[:500])
    return found


class Verdict(NamedTuple):
    """One text, what Kubernetes and nbcore say of it (None: refused), and the difference's name or ""."""

    text: str
    kubernetes: str | None
    nbcore: str | None
    difference: str = ""

    @property
    def wrong(self) -> bool:
        return self.kubernetes != self.nbcore and not self.difference


def judge(program: Path, texts: Sequence[str]) -> list[Verdict]:
    """The verdicts on a batch of texts."""
    ours = [None if (quantity := Quantity.parse(text)) is None else str(quantity) for text in texts]
    readable = [text for text, mine in zip(texts, ours, strict=True) if mine is not None]
    answers = printed(program, readable) if readable else []
    doubtful = [text for text, mine in zip(texts, ours, strict=True) if mine is None or answers is None]
    bad = {doubtful[index] for index in refused(program, doubtful)} if doubtful else set()
    if answers is None:
        answers = [_alone(program, text) for text in readable if text not in bad]
        readable = [text for text in readable if text not in bad]
    theirs: dict[str, str | None] = dict(zip(readable, answers, strict=True))
    return [
        _verdict(text, theirs.get(text), mine, text in bad) for text, mine in zip(texts, ours, strict=True)
    ]


def _alone(program: Path, text: str) -> str:
    answer = printed(program, [text])
    return "?" if answer is None else answer[0]


def _verdict(text: str, theirs: str | None, mine: str | None, bad: bool) -> Verdict:
    if mine is not None or bad:
        return Verdict(text, theirs, mine)
    name = next((name for name, applies in DIFFERENCES.items() if applies(text)), "")
    return Verdict(text, "(accepted)", None, name)


def verdicts(program: Path, seed: int, count: int) -> Iterator[Verdict]:
    """The verdicts on generated cases, one batch after the other."""
    texts: list[str] = []
    for text in cases(seed, count):
        texts.append(text)
        if len(texts) == BATCH:
            yield from judge(program, texts)
            texts = []
    if texts:
        yield from judge(program, texts)


# ---- tests ----


@pytest.fixture(scope="module")
def program() -> Path:
    found = kubectl()
    if found is None:
        pytest.skip(MISSING)
    return found


@pytest.mark.oracle
def test_generated_quantities_are_read_and_printed_as_kubectl_does(program: Path) -> None:
    count = int(os.environ.get("NBCORE_QUANTITY_CASES", "2000"))
    found = list(verdicts(program, seed=20261, count=count))
    assert len(found) == count
    assert [one for one in found if one.wrong] == []
    if count >= 2000:
        assert {one.difference for one in found} >= set(DIFFERENCES) - {"over 64 characters"}
        assert sum(one.nbcore is not None for one in found) > count // 2


@pytest.mark.oracle
@pytest.mark.parametrize(
    "text", [" 1", "1 ", "1\n", "1\x00", "1é", "1\u0663", "1_000", "0x10", "NaN", "Inf", "1e", "1K"]
)
def test_texts_that_python_would_read_are_refused_by_both(program: Path, text: str) -> None:
    assert Quantity.parse(text) is None
    if "\x00" not in text:  # no argument of a program can hold it
        assert printed(program, [text]) is None


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ki", "no digit"),
        ("-", "no digit"),
        ("e5", "no digit"),
        ("1e65", "exponent beyond ±64"),
        ("1e4294967296", "exponent beyond ±64"),
        ("1000E", "1000E and more without an exponent"),
        ("1" + "0" * 64, "over 64 characters"),
    ],
)
def test_each_deliberate_difference_is_one(program: Path, text: str, name: str) -> None:
    (verdict,) = judge(program, [text])
    assert (verdict.kubernetes, verdict.nbcore, verdict.difference) == ("(accepted)", None, name)


def test_the_oracle_notices_a_difference() -> None:
    assert Verdict("1024Mi", "1Gi", "1024Mi").wrong
    assert Verdict("1K", None, "1k").wrong
    assert _verdict("1K", None, None, bad=False).wrong
    assert not Verdict("1K", None, None).wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found_program = kubectl()
    if found_program is None:
        print(MISSING, file=sys.stderr)
        return 2
    counts: Counter[str] = Counter()
    wrong: list[Verdict] = []
    for one in verdicts(found_program, options.seed, options.cases):
        counts[
            one.difference
            or ("WRONG" if one.wrong else "refused by both" if one.nbcore is None else "same text")
        ] += 1
        wrong += [one] if one.wrong else []
    print(f"seed {options.seed}, cases {sum(counts.values())}")
    for name, number in counts.most_common():
        print(f"  {number:>8}  {name}")
    for one in wrong[:20]:
        print(f"  wrong: {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
