"""No frame around a finding shows the value of an env variable or of a Secret, wherever the finding is."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import nbcore
from nbcore.cli.main import cli
from nbcore.cli.secrecy import Masks, Veil
from nbcore.kubernetes.paths import Path
from nbcore.model.hidden import is_hidden
from tests.units.cli.program import CANARY, WORLD, run

SECRET = f"""\
apiVersion: v1
kind: Secret
metadata: {{name: s, namespace: u}}
data:
  key: {CANARY}
  other: |
    {CANARY}: {CANARY}
    {CANARY}
stringData: {{a: {CANARY}, b: "{CANARY}"}}
kind: Secret
"""

NEAR_A_SECRET = {
    "repeated key beside env": WORLD.replace(
        "    value: c4n4ry-mine", "    value: c4n4ry-mine\n    value: c4n4ry-2"
    ),
    "repeated env": WORLD.replace(
        "  env:\n  - name: P", "  env: [{name: Q, value: c4n4ry}]\n  env:\n  - name: P"
    ),
    "wrong field in env": WORLD.replace("    value: c4n4ry-mine", "    vaule: c4n4ry-mine"),
    "number": WORLD.replace("value: c4n4ry-mine", "value: {c4n4ry: c4n4ry}"),
    "number as name": WORLD.replace("- name: PASSWORD", "- name: 1"),
    "broken in env": WORLD.replace("value: c4n4ry-mine", "value: 'c4n4ry-mine"),
    "broken in flow": WORLD.replace(
        "  - name: PASSWORD\n    value: c4n4ry-mine", "  - {name: P, value: c4n4ry: c4n4ry}"
    ),
    "broken after env": WORLD + "  a: b: c\n",
    "block scalar": WORLD.replace(
        "value: c4n4ry-mine", "value: |\n      a\n      c4n4ry: c4n4ry\n     c4n4ry"
    ),
    "two lines": WORLD.replace("value: c4n4ry-mine", "value: a b\n      c4n4ry c4n4ry\n    extra: 1"),
    "env as a map": WORLD.replace("  - name: PASSWORD\n    value: c4n4ry-mine", "    PASSWORD: c4n4ry"),
    "env as a text": WORLD.replace("  env:\n  - name: PASSWORD\n    value: c4n4ry-mine", "  env: c4n4ry"),
    "Secret with a repeated key": SECRET,
    "Secret that is broken": SECRET.replace("kind: Secret\n", "", 1) + "a: b: c\n",
    "Secret with a number": SECRET.removesuffix("kind: Secret\n").replace("name: s", "name: 1"),
    "JSON in one line": json.dumps(
        nbcore.load(WORLD.replace("    value: c4n4ry-mine", "    vaule: c4n4ry"))[4].value
    ),
    "broken JSON": json.dumps(nbcore.load(WORLD)[4].value)[:-3] + ",]}",
    "broken JSON behind whole JSON": json.dumps(nbcore.load(WORLD)[0].value)
    + '{"kind": "Secret", "data": {"a": "c4n4ry", "b" "c4n4ry"}}',
    "a copy in an annotation": WORLD.replace(
        "metadata: {name: ada, namespace: team-a}",
        "metadata:\n  name: ada\n  annotations:\n"
        "    kubectl.kubernetes.io/last-applied-configuration: '{c4n4ry}'\n  nome: b",
    ),
}


@pytest.mark.parametrize("name", NEAR_A_SECRET)
def test_no_frame_shows_a_hidden_value(name: str) -> None:
    answer = run("render", "-", stdin=NEAR_A_SECRET[name])
    assert answer.code == 1, answer.err
    assert " | " in answer.err
    assert CANARY not in answer.err


def test_a_frame_shows_what_is_not_hidden() -> None:
    answer = run("render", "-", stdin=WORLD.replace("    value: c4n4ry-mine", "    vaule: c4n4ry-mine"))
    assert "  - name: PASSWORD\n" in answer.err
    assert " |     vaule: ••••••-••••\n" in answer.err
    plain = run("render", "-", stdin="apiVersion: v1\nkind: A\nx: 1\nx: nothing\n")
    assert "4 | x: nothing\n" in plain.err


@pytest.mark.parametrize(
    ("path", "hidden"),
    [
        ("spec.containers[main].env[A].value", True),
        ("spec.containers[0].env[0].value", True),
        ("spec.containers[main].env[A].name", False),
        ("spec.containers[main].env[A].valueFrom.secretKeyRef.name", False),
        ("spec.containers[main].env[A].vaule", True),
        ("spec.containers[main].image", False),
        ("data.key", True),
        ("stringData.key", True),
        ("spec.containers[main].enw[A].value", True),
        ("spec.containers[0].enw[0].value", True),
        ("spec.tolerations[0].value", False),
        ("spec.volumes.data[0].pvcName", False),
        ('metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]', True),
        ("spec.containers[main].env.PASSWORD", True),
        ("spec.containers[main].env[0]", True),
        ("spec.options[value].values[a]", False),
        ("spec.containers[env].image", False),
        ("spec.template.stringData.key", True),
    ],
)
def test_what_is_hidden(path: str, hidden: bool) -> None:
    assert is_hidden(Path.parse(path)) is hidden


def test_masks_are_equal_for_equal_values_only() -> None:
    masks = Masks()
    path = Path.parse("spec.containers[a].env[A].value")
    assert masks.text(path, "1") == masks.text(path, "1") != masks.text(path, 1)
    assert Masks(show=True).text(path, "1") == '"1"'


@given(st.text(alphabet="abc:{}[]\"'\n -|>&*#,env", max_size=200))
def test_a_veiled_line_keeps_its_length(text: str) -> None:
    data = f"{text}\nenv: [{{name: A, value: {CANARY}}}]\n".encode()
    veil = Veil(data, nbcore.load(data))
    for number, line in enumerate(data.decode().split("\n"), 1):
        veiled = veil.over(number, line)
        assert len(veiled) == len(line)
        assert CANARY not in veiled


PIECES = [
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "'",
    '"',
    "|",
    "&a ",
    "*a",
    "\t",
    "#",
    "---\n",
    "env: ",
    "kind: ",
    "\x00",
    "data: ",
]
FIELDS = re.compile("env:|value: |c4n4ry|apiVersion: |kind: ")
CUTS = [at for at in range(len(WORLD)) if not FIELDS.search(WORLD[max(0, at - 12) : at + 12])]
"""Places that are not inside the names by which a value is known to be hidden."""


@given(st.lists(st.tuples(st.sampled_from(CUTS), st.sampled_from(PIECES)), min_size=1, max_size=4))
def test_no_damaged_input_shows_a_hidden_value_or_breaks_the_program(damage: list[tuple[int, str]]) -> None:
    text = WORLD
    for at, piece in sorted(damage, reverse=True):
        text = text[:at] + piece + text[at:]
    for command in (["render", "-"], ["explain", "-", "--notebook", "ada"], ["choices", "-"]):
        answer = CliRunner().invoke(cli, command, input=text.encode())
        assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
        assert answer.exit_code in (0, 1, 2)
        assert CANARY not in answer.stderr
        assert command[0] == "render" or CANARY not in answer.stdout
