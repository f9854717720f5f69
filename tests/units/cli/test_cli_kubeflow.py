"""The program on WorkspaceKinds and Workspaces: their words, their fields, and what people do to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

import nbcore
from nbcore.model.hidden import is_hidden
from tests.units.cli.kubeflow import ADA, BOB, CODE, DIGEST, JUPYTER, WORLD, ask, codes, folder
from tests.units.cli.program import KINDS, NOTEBOOK

ODD = "a=b/c.d é"
"""An id of an option that Kubeflow takes."""
NAMED_LIKE = KINDS.replace("name: jupyter, namespace: kubeflow", "name: jupyterlab, namespace: kubeflow")


def lint(text: str, *arguments: str) -> dict[str, Any]:
    """The verdict on a text as JSON."""
    answer = ask("lint", "-", "--no-config", "-o", "json", *arguments, stdin=text)
    assert answer.out, answer.err
    verdict: dict[str, Any] = json.loads(answer.out)
    return verdict


def pods(*arguments: str, stdin: str) -> list[Any]:
    """The pods that render prints."""
    answer = ask("render", "-", *arguments, stdin=stdin)
    assert answer.code == 0, answer.err
    return [one.value for one in nbcore.load(answer.out)]


# ---- explain ----


def test_explain_names_the_own_volumes_first_as_they_stand() -> None:
    answer = ask("explain", "-", "--notebook", "ada", stdin=WORLD)
    order = ("home-volume", "data-volume-0", "secret-volume-0", "dshm")
    places = [answer.out.index(f"volumes[{name}].name") for name in order]
    assert answer.code == 0
    assert places == sorted(places)
    first = ask("explain", "-", "spec.volumes[0]", "--notebook", "ada", stdin=WORLD).out
    assert first.startswith('spec.volumes[home-volume].name = "home-volume"\n  set by  Workspace team/ada')


EXPLAINED = {
    "image": (
        "set by  WorkspaceKind jupyterlab option imageConfig=scipy:v1.8.0  <stdin>:",
        "edit spec.podTemplate.options.imageConfig.values[scipy:v1.8.0].spec.image of WorkspaceKind jupyterlab",
        "choose another imageConfig in the Workspace's spec.podTemplate.options",
    ),
    "resources.limits.memory": (
        "set by  WorkspaceKind jupyterlab option podConfig=tiny",
        "which changes every workspace with this option",
        "choose another podConfig in the Workspace's spec.podTemplate.options",
    ),
    "spec.securityContext.fsGroup": (
        "edit spec.podTemplate.securityContext.fsGroup of WorkspaceKind jupyterlab",
        "which changes every workspace of the WorkspaceKind; a workspace cannot override it",
    ),
    "spec.serviceAccountName": (
        "set by  nbcore",
        "nothing can: nbcore makes it from the name and namespace of the Workspace",
    ),
    "metadata.labels.team": (
        "set by  WorkspaceKind jupyterlab",
        "edit spec.podTemplate.podMetadata.labels.team",
    ),
}


@pytest.mark.parametrize("field", EXPLAINED)
def test_explain_says_what_to_change_in_the_words_of_the_kinds(field: str) -> None:
    answer = ask("explain", "-", field, "--notebook", "ada", stdin=WORLD)
    assert answer.code == 0
    for words in EXPLAINED[field]:
        assert words in answer.out
    assert "Notebook" not in answer.out
    assert "Template " not in answer.out


def test_explain_offers_no_field_that_a_workspace_lacks() -> None:
    answer = ask("explain", "-", "resources.limits.memory", "--notebook", "bob", stdin=WORLD)
    assert "a workspace cannot override it" in answer.out
    assert "requests and limits" not in answer.out


# ---- words ----

WORDS = {
    "no such workspace": (
        ("explain", "-", "--notebook", "adda"),
        WORLD,
        "error: there is no Workspace adda; did you mean team/ada?\n",
    ),
    "which workspace": (
        ("explain", "-"),
        WORLD,
        "error: which Workspace? Name it with --notebook: team/ada, team/bob\n",
    ),
    "no such kind": (
        ("render", "-", "--template", "jupiterlab"),
        WORLD,
        "error: there is no WorkspaceKind jupiterlab; did you mean jupyterlab?\n",
    ),
    "no workspace": (("explain", "-"), JUPYTER, "error: the input holds no Workspace\n"),
    "nothing to render": (
        ("render", "-"),
        JUPYTER,
        "note: the input holds no Workspace, so there is nothing to render\n",
    ),
    "which of both": (
        ("choices", "-"),
        f"{WORLD}---\n{KINDS}",
        (
            "error: which Template or WorkspaceKind? Name it with --template: "
            "codeserver, jupyterlab, kubeflow/jupyter\n"
        ),
    ),
    "no such field": (
        ("explain", "-", "foo", "--notebook", "bob"),
        WORLD,
        "error: the pod of Workspace team/bob has no field foo\n",
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_messages_speak_of_the_kinds_that_are_there(name: str) -> None:
    arguments, text, words = WORDS[name]
    answer = ask(*arguments, stdin=text)
    assert words in answer.err


def test_a_kind_without_namespace_is_found_beside_a_template_of_that_name() -> None:
    both = f"{NAMED_LIKE}---\n{WORLD}"
    assert pods("--template", "jupyterlab", stdin=both)[0]["spec"]["serviceAccountName"] == "ws-example"
    own = pods("--template", "kubeflow/jupyterlab", stdin=both)[0]
    assert own["spec"]["containers"][0]["image"] == "jupyter:1"


def test_two_of_one_name_are_told_apart_by_their_kinds() -> None:
    twins = f"{WORLD}---\n{KINDS}---\n{NOTEBOOK.replace('team-a', 'team')}"
    answer = ask("explain", "-", "--notebook", "team/ada", stdin=twins)
    assert answer.code == 2
    assert "team/ada may be any of these: Notebook team/ada, Workspace team/ada" in answer.err


# ---- render ----


def test_what_is_not_selected_has_its_default() -> None:
    whole = pods("--template", "jupyterlab", stdin=WORLD)[0]
    assert whole == pods("--template", "jupyterlab", "--select", "podConfig=tiny", stdin=WORLD)[0]
    gpu = pods("--template", "jupyterlab", "--select", "podConfig=gpu", stdin=WORLD)[0]
    assert gpu["spec"]["nodeSelector"] == {"gpu": "yes"}
    assert gpu["spec"]["containers"][0]["image"] == whole["spec"]["containers"][0]["image"]


def test_an_example_runs_in_a_namespace() -> None:
    paths = [
        pods("--template", "jupyterlab", *more, stdin=WORLD)[0]["spec"]["containers"][0]["env"][0]["value"]
        for more in ((), ("--namespace", "team"))
    ]
    assert paths == [
        "/workspace/connect/default/example/jupyterlab/",
        "/workspace/connect/team/example/jupyterlab/",
    ]
    assert pods("--template", "kubeflow/jupyter", stdin=KINDS)[0]["metadata"]["namespace"] == "kubeflow"
    wrong = ask("render", "-", "--template", "jupyterlab", "--namespace", "a/b", stdin=WORLD)
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith("error: no Workspace can be like that: namespace")
    assert ask("render", "-", "--namespace", "team", stdin=WORLD).code == 2


def test_a_kind_whose_default_is_gone_needs_a_selection() -> None:
    broken = WORLD.replace('default: "scipy:v1.9.0"', "default: gone")
    answer = ask("render", "-", "--template", "jupyterlab", stdin=broken)
    assert answer.code == 2
    assert "no Workspace can be like that: the required field imageConfig is missing" in answer.err
    chosen = ask(
        "render", "-", "--template", "jupyterlab", "--select", "imageConfig=scipy:v1.9.0", stdin=broken
    )
    assert chosen.out.startswith("apiVersion: v1\nkind: Pod\n")


def test_whole_objects_of_a_selection() -> None:
    made = pods("--template", "codeserver", "--objects", stdin=WORLD)
    assert [one["kind"] for one in made] == ["ServiceAccount", "StatefulSet", "Service"]


# ---- compat ----

MINE = ADA.replace("    volumes:", "    podMetadata: {labels: {team: mine}}\n    volumes:")


def test_compat_renders_as_kubeflow_does() -> None:
    world = f"{JUPYTER}---\n{MINE}"
    ours = ask("render", "-", stdin=world)
    assert (ours.code, ours.out) == (1, "")
    assert "error[NB308]" in ours.err
    theirs = pods("--compat", "kubeflow", stdin=world)
    assert theirs[0]["metadata"]["labels"]["team"] == "mine"
    told = ask("explain", "-", "metadata.labels.team", "--compat", "kubeflow", stdin=world)
    assert 'metadata.labels.team = "mine"' in told.out


def test_compat_refuses_what_kubeflow_refuses() -> None:
    world = f"{JUPYTER}---\n{MINE}"
    assert codes(lint(world)["findings"]) == ["NB308"]
    assert lint(world, "--compat", "kubeflow")["failed"] is False
    gone = f"{JUPYTER}---\n{ADA.replace('tiny', 'huge')}"
    assert codes(lint(gone, "--compat", "kubeflow")["findings"]) == ["NB204"]


@pytest.mark.parametrize("command", [("lint", "-"), ("render", "-"), ("explain", "-"), ("choices", "-")])
def test_there_is_one_project_to_be_compatible_with(command: tuple[str, ...]) -> None:
    answer = ask(*command, "--compat", "jupyterhub", stdin=WORLD)
    assert answer.code == 2


# ---- lint ----


def test_the_samples_have_nothing_wrong() -> None:
    verdict = lint(WORLD)
    assert [one["code"] for one in verdict["findings"]] == ["NB213"]
    assert (verdict["summary"]["objects"], verdict["summary"]["pods"]) == (4, 7)


def test_an_annotation_of_a_kind_suppresses() -> None:
    tagged = JUPYTER.replace(DIGEST, "")
    assert codes(lint(tagged)["findings"], "info") == ["NB902", "NB902"]
    said = tagged.replace(
        "  name: jupyterlab\nspec",
        "  name: jupyterlab\n  annotations: {jackhoman.dev/ignore.NB902: mirrored}\nspec",
    )
    verdict = lint(said)
    assert (codes(verdict["findings"], "info"), verdict["summary"]["leftOut"]["suppressions"]) == ([], 2)
    line = "        - id: scipy:v1.8.0"
    above = tagged.replace(line, f"        # nbcore: ignore[NB902] it goes\n{line}")
    assert codes(lint(above)["findings"], "info") == ["NB902"]


def test_a_baseline_knows_options_by_their_ids(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = JUPYTER.replace("limits: {memory: 1Gi}", "limits: {memory: 1Mi}")
    folder(tmp_path, {"kinds.yaml": wrong})
    assert ask("lint", "kinds.yaml", "--no-cache", "--write-baseline", "known.json").code == 0
    (entry,) = json.loads((tmp_path / "known.json").read_text())["findings"]
    assert entry["path"] == "spec.podTemplate.options.podConfig.values[tiny].spec.resources.requests.memory"
    value = wrong[wrong.index("        - id: tiny") : wrong.index("        - id: gpu")]
    folder(tmp_path, {"kinds.yaml": wrong.replace(value, "") + value})
    assert ask("lint", "kinds.yaml", "--no-cache", "--baseline", "known.json").code == 0


def test_fixes_go_into_the_fields_of_the_kind(tmp_path: Path) -> None:
    wrong = JUPYTER.replace(
        "memory: 2Gi}, limits: {memory: 2Gi, nvidia.com/gpu: 1}",
        "memory: 2Gi, nvidia.com/gpu: 1}, limits: {memory: 2Gi}",
    )
    wrong = wrong.replace("      runAsNonRoot: true\n", "").replace("{fsGroup: 100}", "{fsGroup: 0100}")
    file = tmp_path / "kinds.yaml"
    file.write_text(wrong)
    options = ("--no-config", "--no-cache", "--unsafe-fixes", "--pod-security", "restricted")
    answer = ask("lint", str(file), *options)
    assert answer.code == 0, answer.out
    kind = yaml.safe_load(file.read_text())
    pod = kind["spec"]["podTemplate"]
    assert pod["securityContext"] == {
        "fsGroup": 100,
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    gpu = pod["options"]["podConfig"]["values"][1]["spec"]["resources"]
    assert gpu["limits"] == {"memory": "2Gi", "nvidia.com/gpu": "1"}


def test_the_labels_of_options_are_no_secrets() -> None:
    labels = ("spec", "podTemplate", "options", "imageConfig", "values", 0, "spawner", "labels", 0, "value")
    assert not is_hidden(labels)
    assert is_hidden(("spec", "podTemplate", "extraEnv", 0, "value"))
    assert is_hidden(("spec", "podTemplate", "ports", 0, "httpProxy", "requestHeaders", "set", "X-Token"))


def test_images_of_a_kind_name_what_to_choose() -> None:
    answer = ask("images", "-", stdin=JUPYTER)
    assert answer.code == 0
    assert "WorkspaceKind jupyterlab  imageConfig=scipy:v1.8.0  2 of 4 pods" in answer.out
    assert "--template jupyterlab --select imageConfig=scipy:v1.8.0" in answer.out


def test_compat_lists_the_images_that_kubeflow_runs() -> None:
    world = f"{JUPYTER}---\n{MINE}"
    assert "  Workspace team/ada" not in ask("images", "-", stdin=world).out
    assert "  Workspace team/ada" in ask("images", "-", "--compat", "kubeflow", stdin=world).out


# ---- bad input ----


def odd(text: str) -> str:
    """The text with an id that holds all that ids may hold."""
    return text.replace("{default: code}", f"{{default: '{ODD}'}}").replace(
        "- id: code\n", f"- id: '{ODD}'\n"
    )


def test_ids_may_hold_anything() -> None:
    world = f"{odd(CODE)}---\n{BOB.replace('imageConfig: code', f'imageConfig: {json.dumps(ODD)}')}"
    assert codes(lint(world)["findings"]) == []
    chosen = pods("--template", "codeserver", "--select", f"imageConfig={ODD}", stdin=world)
    assert chosen[0]["spec"]["containers"][0]["image"].startswith("registry.example.com/code")
    answer = ask("explain", "-", "image", stdin=world)
    assert f"option imageConfig={ODD}" in answer.out
    example = ask("images", "-", stdin=odd(CODE)).out
    assert f"--template codeserver --select 'imageConfig={ODD}' --select podConfig=small" in example
    near = ask("render", "-", "--template", "codeserver", "--select", "imageConfig=a=b/c.d", stdin=world)
    assert (near.code, near.err) == (2, f"error: imageConfig has no value a=b/c.d; did you mean {ODD}?\n")


def test_equal_display_names_are_no_error() -> None:
    same = JUPYTER.replace('displayName: "scipy:v1.9.0"', 'displayName: "scipy:v1.8.0"')
    assert lint(same)["failed"] is False


BAD = {
    "{{ unclosed": (JUPYTER.replace(' "jupyterlab" }}', ""), "NB212", "extraEnv[NB_PREFIX].value"),
    "single quotes": (
        JUPYTER.replace("""'{{ httpPathPrefix "jupyterlab" }}'""", '''"{{ httpPathPrefix 'jupyterlab' }}"'''),
        "NB212",
        "extraEnv[NB_PREFIX].value",
    ),
    ".PathPrefix": (
        JUPYTER.replace('httpPathPrefix "jupyterlab"', ".PathPrefix"),
        "NB212",
        "extraEnv[NB_PREFIX].value",
    ),
    "a kind that is gone": (ADA, "NB201", "spec.kind"),
    "a field of the alpha": (
        f"{JUPYTER}---\n{ADA.replace('  kind:', '  deferUpdates: true' + chr(10) + '  kind:')}",
        "NB105",
        "spec.deferUpdates",
    ),
    "another version": (JUPYTER.replace("v1beta1", "v1alpha1"), "NB104", "apiVersion"),
    "a name of 254 characters": (
        JUPYTER.replace("name: jupyterlab\n", f"name: {'a' * 254}\n", 1),
        "NB106",
        "metadata.name",
    ),
    "a name of 253 characters": (
        f"{JUPYTER}---\n{ADA.replace('name: ada,', f'name: {chr(97) * 253},')}",
        "NB490",
        "metadata.name",
    ),
    "an id twice": (JUPYTER.replace("- id: gpu", "- id: tiny"), "NB106", "podConfig.values[tiny]"),
    "no spec": (
        "apiVersion: kubeflow.org/v1beta1\nkind: WorkspaceKind\nmetadata: {name: a}\n",
        "NB107",
        "spec",
    ),
    "an empty spec": (f"{JUPYTER.partition('spec:')[0]}spec: {{}}\n", "NB107", "spec.spawner"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_a_finding_at_its_field(name: str) -> None:
    text, code, path = BAD[name]
    found = [one for one in lint(text)["findings"] if one["code"] == code and one["keyedPath"].endswith(path)]
    assert found
    assert found[0]["severity"] == "error"
    assert found[0]["remedy"]
    assert found[0]["range"] is not None
    for command in ("render", "explain", "images", "choices"):
        assert ask(command, "-", stdin=text).code in (0, 1, 2)


def many(count: int) -> str:
    """A kind with many images."""
    head, _, tail = JUPYTER.partition("        - id: scipy:v1.9.0\n")
    value, _, rest = tail.partition("      podConfig:")
    values = [
        f"        - id: scipy:v1.9.{at}\n{value.replace('v1.9.0', f'v1.9.{at}')}" for at in range(count)
    ]
    return f"{head}{''.join(values)}      podConfig:{rest}"


def test_a_kind_with_10_000_options_is_read_and_rendered() -> None:
    world = f"{many(10_000)}---\n{ADA}"
    (one,) = pods(stdin=world)
    assert "scipy:v1.8.0" in one["spec"]["containers"][0]["image"]
    near = ask(
        "render", "-", "--template", "jupyterlab", "--select", "imageConfig=scipy:v1.9.99999", stdin=world
    )
    assert near.code == 2
    assert near.err.startswith("error: imageConfig has no value scipy:v1.9.99999; did you mean scipy:v1.9.")


# ---- schemas ----


@pytest.mark.parametrize(("kind", "text"), [("workspacekind", JUPYTER), ("workspace", ADA)])
def test_there_is_a_schema_of_each_kind(kind: str, text: str) -> None:
    schema = json.loads(ask("schema", kind).out)
    jsonschema.Draft202012Validator.check_schema(schema)
    value = yaml.safe_load(text)
    jsonschema.validate(value, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**value, "spec": {**value["spec"], "deferUpdates": True}}, schema)
    assert f"name: {kind}s.kubeflow.org" in ask("schema", "crd", kind).out


def test_the_crds_of_kubeflow_are_not_among_our_own() -> None:
    assert "kubeflow.org" not in ask("schema", "crd").out
    assert {"workspace", "crd workspacekind"} <= set(ask("schema").out.splitlines())
