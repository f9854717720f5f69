"""``nbcore explain``: who set it, what it shadowed, why a PodDefault did or did not apply, what to change."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest

import nbcore
from nbcore.checks import own_fields
from nbcore.cli import situation, terminal
from nbcore.cli.answers import as_text
from nbcore.cli.origins import fields_of
from nbcore.cli.secrecy import Masks
from tests.units.cli.program import BROKEN_NOTEBOOK, CANARY, KINDS, NOTEBOOK, WORLD, Answer, run

OVER = WORLD.replace("image: jupyter:1", "image: jupyter:1\n        imagePullPolicy: Never")


def ask(*arguments: str, world: str = WORLD) -> Answer:
    return run("explain", "-", *arguments, stdin=world)


def line_of(text: str, world: str = WORLD) -> int:
    return world[: world.index(text)].count("\n") + 1


def test_every_leaf_stands_under_its_container_with_layer_and_place() -> None:
    answer = ask()
    assert answer.code == 0
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert f'image "jupyter:1" Template kubeflow/jupyter <stdin>:{line_of("jupyter:1")}:16' in lines
    cpu = WORLD.splitlines()[line_of("cpu: 1") - 1].index("cpu: 1") + len("cpu: ") + 1
    place = f"<stdin>:{line_of('cpu: 1')}:{cpu}"
    assert f"resources.limits.cpu 1 Template kubeflow/jupyter option size=medium {place}" in lines
    assert 'name "ada-0" nbcore' in lines
    assert lines.index("spec.containers[main]") < lines.index(
        next(line for line in lines if line.startswith("image "))
    )


def test_options_say_what_was_chosen_and_where_it_led() -> None:
    block = ask().out.split("\n\nOptions\n")[1].split("\n\n")[0]
    lines = [" ".join(line.split()) for line in block.splitlines()]
    assert lines == [
        "Template kubeflow/jupyter chosen",
        "size medium small is the default",
        "small -> medium (when Restart, taken) Info: too small",
    ]


def test_pod_defaults_say_why_they_do_or_do_not_apply() -> None:
    block = ask().out.split("\n\nPodDefaults\n")[1]
    lines = [" ".join(line.split()) for line in block.splitlines()]
    assert lines[:2] == [
        "applied kubeflow/pypi required by the Template",
        "not applied kubeflow/spark optional, and the Notebook does not name it",
    ]
    assert lines[2].startswith("not applied team-a/gpu ")
    assert "gpu" in lines[2].removeprefix("not applied team-a/gpu ")


FORMS = [
    "spec.containers[main].imagePullPolicy",
    "spec.containers[0].imagePullPolicy",
    "containers[main].imagePullPolicy",
    "imagePullPolicy",
    "spec.containers[*].imagePullPolicy",
]


@pytest.mark.parametrize("field", FORMS)
def test_a_field_says_who_set_it_what_it_shadowed_and_what_to_change(field: str) -> None:
    answer = ask(field, world=OVER)
    place = f"<stdin>:{line_of('Policy: Always', OVER)}:26"
    lower = f"<stdin>:{line_of('Policy: Never', OVER)}:26"
    lines = [" ".join(line.split()) for line in answer.out.splitlines()]
    assert answer.code == 0
    assert lines[0] == 'spec.containers[main].imagePullPolicy = "Always"'
    assert lines[1] == f"set by PodDefault kubeflow/pypi {place}"
    assert lines[2] == f'shadowed Template kubeflow/jupyter {lower} "Never"'
    assert lines[3].startswith(
        "to change it: edit spec.template.spec.containers[main].imagePullPolicy of PodDefault"
    )
    assert f"at {place}" in lines[3]
    rule = "where the Template allows one of Always, IfNotPresent"
    assert lines[4:] == [f"or: set it in the Notebook's spec.overrides, {rule}"]


def test_what_no_rule_covers_says_so_and_what_nbcore_sets_too() -> None:
    assert ask("image").out.endswith("no rule of the Template lets the Notebook override it\n")
    assert "nothing can" in ask("metadata.name").out
    own = ask("env[PASSWORD].value").out
    assert "edit spec.env[PASSWORD].value of Notebook team-a/ada at <stdin>:" in own
    assert "override" not in own


CHOICE = (
    KINDS.replace("  - name: spark\n", "  - name: spark\n  - name: vault\n", 1)
    + f"""\
---
apiVersion: jackhoman.dev/v1beta1
kind: PodDefault
metadata: {{name: vault, namespace: kubeflow}}
spec:
  template: {{spec: {{nodeSelector: {{disk: ssd}}}}}}
---
{NOTEBOOK}  podDefaults: [vault]
  volumes: {{data: [{{pvcName: climate, mountPath: /data}}]}}
"""
)


def test_the_notebook_may_choose_otherwise_or_use_its_shorthand() -> None:
    *_, first, second, third = ask("resources.limits.cpu", world=CHOICE).out.splitlines()
    assert first.startswith(
        "  to change it: edit spec.options[size].values[medium].template.spec.containers[main].resources.limits.cpu"
    )
    assert second == "            or: choose another size in the Notebook's spec.options"
    assert third == "            or: set spec.resources.cpu in the Notebook, which sets requests and limits"
    ways = json.loads(ask("resources.limits.cpu", "-o", "json", world=CHOICE).out)["fields"][0]["change"]
    assert ways.endswith("; or set spec.resources.cpu in the Notebook, which sets requests and limits")


def test_the_notebook_may_leave_out_a_pod_default_that_it_named() -> None:
    named = ask("nodeSelector", world=CHOICE).out
    assert named.endswith("or: take vault out of the Notebook's spec.podDefaults\n")
    assert "spec.podDefaults" not in ask("env[INDEX].value", world=CHOICE).out


def test_what_a_shorthand_made_is_changed_at_the_shorthand() -> None:
    answer = ask("volumes[data-volume-0].name", world=CHOICE)
    assert "to change it: edit spec.volumes.data[/data] of Notebook team-a/ada at " in answer.out


@pytest.mark.parametrize("name", ["cpu", "nvidia.com/gpu"])
def test_the_shorthand_is_offered_for_free_resources_only(name: str) -> None:
    world = WORLD.replace("limits: {cpu: 1}", f"limits: {{{name}: 1}}")
    assert ("or: set spec.resources" in ask(f"resources.limits[{name}]", world=world).out) == (name == "cpu")
    assert situation.FREE_RESOURCES == own_fields.FREE_RESOURCES


def test_what_is_wrong_with_the_text_is_told_where_nothing_was_found_in_it() -> None:
    broken = WORLD.replace("kind: Notebook", "kind: [N").replace("kind: Template", "kind: [T")
    for command in (["explain", "-"], ["choices", "-"], ["render", "-", "--notebook", "ada"]):
        answer = run(*command, stdin=broken)
        assert answer.code == 2
        assert answer.err.startswith("error[NB101] ")
        assert answer.err.splitlines()[-1].startswith("error: ")


def test_a_terminal_that_is_too_narrow_gets_two_lines_a_field() -> None:
    class Narrow(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert terminal.width_of(io.StringIO()) is None
    assert terminal.width_of(Narrow()) == shutil.get_terminal_size().columns
    catalog = nbcore.Catalog(nbcore.load(WORLD, "kinds.yaml"))
    notebook = catalog.get("Notebook", "ada", "team-a")
    told = situation.Situation(notebook, nbcore.render(notebook, catalog), catalog)
    fields = fields_of(told.rendering, Masks())
    narrow, wide = as_text(told, fields, 60), as_text(told, fields, 300)
    assert wide == as_text(told, fields)
    assert '\n  image = "jupyter:1"\n      Template kubeflow/jupyter  kinds.yaml:9:16\n' in narrow
    assert CANARY not in narrow


def test_env_by_index_and_a_subtree() -> None:
    assert ask("spec.containers[main].env[INDEX].value").out == ask("containers[0].env[1].value").out
    subtree = ask("env[INDEX]").out
    assert "env[INDEX].name = " in subtree
    assert "env[INDEX].value = " in subtree


def test_a_field_that_is_not_there_names_the_nearest() -> None:
    answer = ask("containers[main].imagePullPolice")
    assert (answer.code, answer.out) == (1, "")
    assert "has no field containers[main].imagePullPolice" in answer.err
    assert "help: there is spec.containers[main].imagePullPolicy" in answer.err
    below = ask("spec.containers[main].zzzzzzzzzzzzzzzzzzzzzzz")
    assert "help: there is spec.containers[main].name" in below.err


def test_values_of_env_are_hidden_but_can_be_told_apart() -> None:
    world = WORLD.replace(
        "    value: c4n4ry-mine", "    value: c4n4ry-mine\n  - {name: SECOND, value: c4n4ry-mine}"
    )
    answer = ask("-o", "json", world=world)
    values = {
        one["keyedPath"].split("[")[-1]: one["value"]
        for one in json.loads(answer.out)["fields"]
        if one["hidden"]
    }
    assert CANARY not in answer.out + answer.err
    assert (
        values["PASSWORD].value"]
        == values["SECOND].value"]
        != values["TOKEN].value"]
        != values["INDEX].value"]
    )
    assert all(value.startswith("‹hidden ") for value in values.values())
    assert f'"{CANARY}-mine"' in ask("--show-values").out


@pytest.mark.parametrize(
    "arguments", [(), ("env",), ("-o", "json"), ("-o", "json", "env"), ("nothing.here",)]
)
def test_no_answer_holds_a_value_of_env(arguments: tuple[str, ...]) -> None:
    answer = ask(*arguments)
    assert CANARY not in answer.out + answer.err


def test_json_says_the_same() -> None:
    document = json.loads(ask("-o", "json", "imagePullPolicy", world=OVER).out)
    field = document["fields"][0]
    assert document["schema"] == "nbcore.explain/v1"
    assert field["setBy"]["rank"] == "podDefaults"
    assert field["setBy"]["range"]["line"] == line_of("Policy: Always", OVER)
    assert [one["value"] for one in field["shadowed"]] == ['"Never"']
    assert document["options"]["size"]["chain"][0]["taken"] is True
    assert [one["applied"] for one in document["podDefaults"]] == [True, False, False]


def test_a_notebook_that_does_not_render_still_has_options_and_findings() -> None:
    world = WORLD.replace("  env:\n  - name: PASSWORD", "  podDefaults: [sparc]\n  env:\n  - name: PASSWORD")
    answer = ask(world=world)
    assert answer.code == 1
    assert "does not render" in answer.out
    assert "sparc  the Template does not offer it" in answer.out
    assert "error[NB206]" in answer.err
    assert "does not render, so it has no fields" in ask("image", world=world).err


def test_which_notebook() -> None:
    two = f"{WORLD}---\n{NOTEBOOK.replace('name: ada', 'name: bob')}"
    assert ask(world=two).err == "error: which Notebook? Name it with --notebook: team-a/ada, team-a/bob\n"
    assert ask("--notebook", "bob", world=two).out.startswith("Notebook team-a/bob")
    assert ask("--notebook", "bbo", world=two).code == 2
    assert ask("--notebook", "bob", world=f"{WORLD}---\n{BROKEN_NOTEBOOK}").code == 1


def test_the_last_argument_is_a_field_only_where_it_can_be_no_path(tmp_path: Path) -> None:
    (tmp_path / "kinds.yaml").write_text(KINDS)
    (tmp_path / "env").write_text(NOTEBOOK)
    as_path = run("explain", "kinds.yaml", "env", cwd=tmp_path)
    as_field = run("explain", "kinds.yaml", "env", "--field", "env", cwd=tmp_path)
    assert as_path.out.startswith("Notebook team-a/ada: the pod")
    assert as_field.out.startswith("spec.containers[main].env[TOKEN].name")
    assert run("explain", "kinds.yaml", "misisng.yaml", cwd=tmp_path).code == 2
    assert run("explain", "kinds.yaml", "no/such", cwd=tmp_path).code == 2


@pytest.mark.parametrize("field", ["a..b", "[", 'a["', ""])
def test_a_malformed_field_is_a_wrong_call(field: str) -> None:
    answer = ask("--field", field)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")


def test_a_choice_that_is_gone_is_named() -> None:
    world = WORLD.replace("  env:\n  - name: P", "  options: {size: huge}\n  env:\n  - name: P")
    assert "huge is chosen, but does not exist" in ask(world=world).out
