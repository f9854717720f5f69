"""``nbcore images``: what it lists, in which forms, and how it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from nbcore.cli.main import cli
from nbcore.cli.reading import Unusable
from tests.laws import filtered_kinds as filtered
from tests.units.cli.program import BROKEN_NOTEBOOK, CANARY, KINDS, WORLD, Answer, run

PLAIN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: team-a}
spec:
  template:
    spec:
      containers:
      - {name: main, image: nginx}
      - {name: odd, image: "Not An Image"}
"""

CLEAN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
EXAMPLE = "e.g. nbcore render - --template kubeflow/jupyter --select size=medium"
BROKEN = "apiVersion: jackhoman.dev/v1beta1\nkind: Notbook\nmetadata: {name: a}\n"


def invoked(*arguments: str, stdin: str | bytes) -> Answer:
    """What the program answers in this process; a fault of its own is no answer."""
    told = CliRunner().invoke(cli, arguments, input=stdin)
    if told.exception and not isinstance(told.exception, SystemExit | Unusable):
        raise told.exception
    return Answer(told.exit_code, told.stdout, told.stderr)


def images(*arguments: str, stdin: str | bytes = b"") -> Answer:
    return invoked("images", *arguments, stdin=stdin)


def document(stdin: str) -> Any:
    answer = images("-", "-o", "json", stdin=stdin)
    return json.loads(answer.out)


def test_each_image_has_a_line_for_each_object_that_uses_it() -> None:
    answer = images("-", stdin=WORLD)
    assert answer.code == 0
    assert answer.out.splitlines() == [
        "jupyter:1",
        "  Notebook team-a/ada",
        f"  Template kubeflow/jupyter  always  2 of 2 pods  {EXAMPLE}",
        "",
        "1 image in 2 objects, 3 pods (3 rendered).",
    ]


def test_the_example_can_be_run() -> None:
    line = next(one for one in images("-", stdin=KINDS).out.splitlines() if "nbcore render" in one)
    arguments = line.partition("nbcore ")[2].split()
    answer = invoked(*arguments, stdin=KINDS)
    assert answer.code == 0
    assert "image: jupyter:1" in answer.out


def test_names_are_one_a_line_and_nothing_else() -> None:
    assert images("-", "-o", "names", stdin=f"{WORLD}---\n{PLAIN}").out == "Not An Image\njupyter:1\nnginx\n"


def test_the_parts_of_an_image() -> None:
    found = {one["image"]: one for one in document(PLAIN)["images"]}
    parts = ("canonical", "registry", "repository", "tag", "digest")
    assert [found["nginx"][part] for part in parts] == [
        "docker.io/library/nginx",
        "docker.io",
        "library/nginx",
        None,
        None,
    ]
    assert [found["Not An Image"][part] for part in parts] == [None] * 5


def test_the_json_form() -> None:
    answer = document(
        KINDS.replace("template: {}", "template: {spec: {initContainers: [{name: a, image: b}]}}")
    )
    assert (answer["schema"], answer["pods"], answer["rendered"]) == ("nbcore.images/v1", 2, 2)
    assert [one["image"] for one in answer["images"]] == ["b", "jupyter:1"]
    (use,) = answer["images"][0]["uses"]
    (setter,) = use.pop("setBy")
    assert use == {
        "object": {"kind": "Template", "namespace": "kubeflow", "name": "jupyter"},
        "places": ["spec.initContainers[a].image"],
        "conditions": [{"options": {}, "podDefaults": {"spark": True}}],
        "namespaces": [],
        "pods": 1,
        "of": 2,
        "example": "--template kubeflow/jupyter --select size=medium --pod-default spark",
    }
    assert (setter["object"]["name"], setter["file"]) == ("spark", "<stdin>")
    assert setter["range"]["line"] > 1


def test_what_filter_rules_deny_everybody_is_said() -> None:
    values = [filtered.image("a"), *(filtered.image(f"b\x1b{at}", {"tier": "b"}) for at in range(6))]
    rule = filtered.rule("IMAGE_CONFIG", {"api": {"deny": True}}, image={"matchLabels": {"tier": "b"}})
    answer = images("-", stdin=json.dumps(filtered.workspace_kind(values, [filtered.pod("p")], [rule])))
    assert "1 image in 1 object, 1 pod" in answer.out
    assert "registry.example.com/b" not in answer.out
    assert "WorkspaceKind lab: filter rules deny 6 images in every namespace" in answer.err
    assert "… 2 more" in answer.err
    assert "\x1b" not in answer.err


def test_many_values_of_an_option_are_cut_in_the_text_only() -> None:
    values = "".join(f"    - {{id: v{at}}}\n" for at in range(9))
    other = "    - {id: z, template: {spec: {containers: [{name: main, image: z:1}]}}}\n"
    start = KINDS.index("  options:")
    kind = f"{KINDS[:start]}  options:\n  - id: image\n    default: v0\n    values:\n{values}{other}"
    kind += KINDS[KINDS.index("---") :]
    assert "image=v0|v1|v2|v3|… 5 more" in images("-", stdin=kind).out
    (use,) = next(one for one in document(kind)["images"] if one["image"] == "jupyter:1")["uses"]
    assert use["conditions"] == [{"options": {"image": [f"v{at}" for at in range(9)]}, "podDefaults": {}}]


@pytest.mark.parametrize(
    ("stdin", "code", "text"),
    [
        (KINDS, 0, ""),
        (CLEAN, 2, "nothing to list"),
        ("", 2, "nothing to list"),
        (BROKEN, 1, "NB104"),
        (f"{KINDS}---\n{BROKEN}", 1, "NB104"),
        (f"{KINDS}---\n{BROKEN_NOTEBOOK}", 0, "Notebook team-a/bob: it gives no pod"),
    ],
)
def test_how_it_ends(stdin: str, code: int, text: str) -> None:
    answer = images("-", stdin=stdin)
    assert answer.code == code
    assert text in answer.err
    assert ("jupyter:1" in answer.out) is ("jupyter:1" in stdin)


def test_selections_without_a_pod_are_told() -> None:
    broken = KINDS.replace("limits: {cpu: 1}}}]", "limits: {cpu: 1}}}, {name: new}]")
    answer = images("-", stdin=broken)
    assert "Template kubeflow/jupyter: 2 of 2 selections that were tried give no pod" in answer.err


def test_no_value_that_nobody_may_see_is_printed() -> None:
    for form in ("text", "names", "json"):
        answer = images("-", "-o", form, stdin=WORLD)
        assert CANARY not in answer.out + answer.err


@given(st.binary(max_size=200))
def test_any_bytes_in_never_a_traceback(data: bytes) -> None:
    assert images("-", stdin=data).code in (0, 1, 2)


def test_it_is_a_command_of_the_program() -> None:
    answer = run("images", "-", "-o", "names", stdin=KINDS)
    assert (answer.code, answer.out) == (0, "jupyter:1\n")
