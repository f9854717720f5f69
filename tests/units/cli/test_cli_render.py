"""``nbcore render``: pods on stdout, everything else on stderr, and the exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbcore
from tests.units.cli.program import BROKEN_NOTEBOOK, CANARY, KINDS, NOTEBOOK, ROOT, WORLD, pod, run


def test_the_pod_is_the_one_that_the_library_renders() -> None:
    answer = run("render", "-", stdin=WORLD)
    catalog = nbcore.Catalog(nbcore.load(WORLD))
    rendered = nbcore.render(catalog.get("Notebook", "ada", "team-a"), catalog).pod
    assert answer.code == 0
    assert pod(answer) == {"apiVersion": "v1", "kind": "Pod", **(rendered or {})}


def test_annotations_are_comments_and_name_the_layer_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(WORLD)
    plain = run("render", "world.yaml", cwd=tmp_path)
    answer = run("render", "world.yaml", "--annotate", cwd=tmp_path)
    assert pod(answer) == pod(plain)
    assert "    image: jupyter:1  # Template kubeflow/jupyter  (world.yaml:9)\n" in answer.out
    line = WORLD[: WORLD.index("cpu: 1")].count("\n") + 1
    assert (
        f"        cpu: 1  # Template kubeflow/jupyter option size=medium  (world.yaml:{line})\n" in answer.out
    )
    assert "  name: ada-0  # nbcore\n" in answer.out


def test_several_notebooks_are_documents_or_a_list() -> None:
    world = WORLD + "---\n" + NOTEBOOK.replace("name: ada", "name: bob")
    documents = nbcore.load(run("render", "-", stdin=world).out)
    whole = json.loads(run("render", "-", "-o", "json", stdin=world).out)
    assert [one.value["metadata"]["name"] for one in documents] == ["ada-0", "bob-0"]
    assert (whole["apiVersion"], whole["kind"]) == ("v1", "List")
    assert whole["items"] == [one.value for one in documents]


def test_json_is_a_list_unless_one_notebook_is_named() -> None:
    assert json.loads(run("render", "-", "-o", "json", stdin=WORLD).out)["kind"] == "List"
    assert json.loads(run("render", "-", "-o", "json", "--notebook", "ada", stdin=WORLD).out)["kind"] == "Pod"


def test_a_notebook_that_does_not_render_costs_the_others_nothing() -> None:
    answer = run("render", "-", stdin=f"{WORLD}---\n{BROKEN_NOTEBOOK}")
    assert answer.code == 1
    assert pod(answer)["metadata"]["name"] == "ada-0"
    assert "error[NB201]" in answer.err
    assert "<stdin>:" in answer.err


def test_a_named_notebook_that_does_not_exist_is_a_wrong_call() -> None:
    answer = run("render", "-", "--notebook", "team-a/adda", stdin=WORLD)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err == "error: there is no Notebook team-a/adda; did you mean team-a/ada?\n"


def test_a_name_in_several_namespaces_needs_its_namespace() -> None:
    world = WORLD + "---\n" + NOTEBOOK.replace("team-a", "team-b")
    assert (
        "Notebook team-a/ada, Notebook team-b/ada" in run("render", "-", "--notebook", "ada", stdin=world).err
    )
    answer = run("render", "-", "--notebook", "team-b/ada", stdin=world)
    assert pod(answer)["metadata"]["namespace"] == "team-b"


def test_a_named_notebook_that_is_broken_is_a_finding() -> None:
    answer = run(
        "render", "-", "--notebook", "ada", stdin=WORLD.replace("  env:\n  - name: P", "  enw:\n  - name: P")
    )
    assert answer.code == 1
    assert "error[NB105]" in answer.err
    assert "there is no Notebook" not in answer.err


def test_nothing_to_render_is_a_note() -> None:
    answer = run("render", "-", stdin=KINDS)
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "note: the input holds no Notebook, so there is nothing to render\n"


def test_a_list_as_kubectl_prints_it() -> None:
    items = [one.value for one in nbcore.load(WORLD)]
    dump = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}, indent=4)
    assert pod(run("render", "-", stdin=dump)) == pod(run("render", "-", stdin=WORLD))


def test_a_folder_is_read_whole_but_for_what_is_hidden_or_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "kinds.yaml").write_text(KINDS)
    (tmp_path / "sub" / "ada.yml").write_text(NOTEBOOK)
    (tmp_path / ".hidden" / "bob.yaml").write_text(BROKEN_NOTEBOOK)
    (tmp_path / "values.yaml").write_text("singleuser: {}\n")
    (tmp_path / "picture.json").write_bytes(b"\x89PNG\0\0")
    (tmp_path / "README.md").write_text("# no YAML")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "nowhere.yaml").symlink_to("nowhere")
    (tmp_path / "itself.yaml").symlink_to("itself.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    answer = run("render", ".", cwd=tmp_path)
    assert answer.code == 0
    assert pod(answer)["metadata"]["name"] == "ada-0"
    notes = [line for line in answer.err.splitlines() if line.startswith("note:")]
    assert notes == [
        "note: skipped ./itself.yaml: the link leads nowhere",
        "note: skipped ./nowhere.yaml: the link leads nowhere",
        "note: skipped ./picture.json: it is no text",
        "note: skipped ./pipe.yaml: it is no regular file",
        "note: skipped ./values.yaml: it holds no Kubernetes object",
    ]


def test_a_file_that_is_reached_twice_counts_once(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text(WORLD)
    answer = run("render", "world.yaml", ".", str(tmp_path), cwd=tmp_path)
    assert answer.code == 0
    assert "NB111" not in answer.err


def test_a_pinned_revision(tmp_path: Path) -> None:
    revision = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Revision",
        "metadata": {"name": "ada-1", "namespace": "team-a"},
        "spec": {
            "inputs": [
                {
                    "rank": "template",
                    "kind": "Template",
                    "namespace": "kubeflow",
                    "name": "jupyter",
                    "template": {"spec": {"containers": [{"name": "main", "image": "jupyter:0"}]}},
                }
            ],
            "mainContainer": "main",
        },
    }
    (tmp_path / "revision.json").write_text(json.dumps(revision))
    answer = run("render", "-", "--revision", "revision.json", stdin=WORLD, cwd=tmp_path)
    assert answer.code == 0, answer.err
    assert pod(answer)["spec"]["containers"][0]["image"] == "jupyter:0"
    wrong = run("render", "-", "--revision", "-", stdin=WORLD, cwd=tmp_path)
    assert wrong.code == 2


def test_findings_as_json_and_one_a_line() -> None:
    world = f"{WORLD}---\n{BROKEN_NOTEBOOK}"
    document = json.loads(run("render", "-", "--format", "json", stdin=world).err)
    assert document["schema"] == "nbcore.findings/v1"
    found = {one["code"]: one for one in document["findings"]}
    assert found["NB201"]["object"] == {"kind": "Notebook", "namespace": "team-a", "name": "bob"}
    assert found["NB201"]["range"]["line"] == world.count("\n", 0, world.index("jupiter")) + 1
    lines = run("render", "-", "--format", "concise", stdin=world).err.splitlines()
    assert [line for line in lines if line.startswith("<stdin>:") and ": error[NB201] " in line]


def test_the_last_line_counts() -> None:
    answer = run("render", "-", stdin=f"{WORLD}---\n{BROKEN_NOTEBOOK}")
    assert answer.err.splitlines()[-1] == "Found 1 error, 1 info in 1 file."


def test_a_reader_that_has_read_enough_ends_it_quietly(tmp_path: Path) -> None:
    world = WORLD + "".join("---\n" + NOTEBOOK.replace("name: ada", f"name: ada-{at}") for at in range(300))
    command = f"{sys.executable} -m nbcore render - --format concise 2>err | head -n 1; cat err; rm err"
    finished = subprocess.run(
        ["bash", "-c", command],
        input=world.encode(),
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        check=False,
    )
    assert finished.stdout.startswith(b"apiVersion: v1\n")
    assert b"Traceback" not in finished.stdout
    assert b"BrokenPipe" not in finished.stdout


def test_values_are_in_the_pod_and_nowhere_else() -> None:
    answer = run("render", "-", stdin=f"{WORLD}---\n{BROKEN_NOTEBOOK}")
    assert answer.out.count(CANARY) == 3
    assert CANARY not in answer.err


WORKSPACE = ROOT / "tests" / "vectors" / "workspace.yaml"


def kinds_and_names(text: str) -> list[tuple[str, str]]:
    """Kind and name of every object that was printed as YAML."""
    metadata = [(one.value["kind"], one.value["metadata"]) for one in nbcore.load(text)]
    return [(kind, own.get("name") or own["generateName"]) for kind, own in metadata]


def test_objects_are_all_that_carry_the_pod() -> None:
    answer = run("render", "--objects", str(WORKSPACE))
    assert answer.code == 0
    assert kinds_and_names(answer.out)[:3] == [
        ("ServiceAccount", "ws-demo"),
        ("StatefulSet", "ws-demo-"),
        ("Service", "ws-demo-"),
    ]
    assert "info[NB213]" in answer.err


def test_objects_hold_the_pod_that_is_printed_without_them() -> None:
    [carrier] = nbcore.load(run("render", "-", "--objects", stdin=WORLD).out)
    alone = pod(run("render", "-", stdin=WORLD))
    assert carrier.value["kind"] == "StatefulSet"
    assert carrier.value["spec"]["template"]["spec"] == alone["spec"]


def test_objects_come_with_a_route_where_a_gateway_is_named() -> None:
    answer = run("render", str(WORKSPACE), "--objects", "--istio", "kubeflow/gateway", "-o", "json")
    items = json.loads(answer.out)["items"]
    [route] = [one for one in items if one["kind"] == "VirtualService"]
    assert route["spec"]["gateways"] == ["kubeflow/gateway"]


def test_objects_are_a_list_in_json_also_of_one_notebook() -> None:
    answer = run("render", "-", "--objects", "-o", "json", "--notebook", "ada", stdin=WORLD)
    whole = json.loads(answer.out)
    assert (whole["kind"], [one["kind"] for one in whole["items"]]) == ("List", ["StatefulSet"])


def test_objects_of_a_notebook_that_does_not_render_cost_the_others_nothing() -> None:
    answer = run("render", "-", "--objects", stdin=f"{WORLD}---\n{BROKEN_NOTEBOOK}")
    assert answer.code == 1
    assert kinds_and_names(answer.out) == [("StatefulSet", "ada")]
    assert "error[NB201]" in answer.err


def test_objects_of_a_selection_without_a_notebook() -> None:
    answer = run("render", "-", "--objects", "--template", "jupyter", stdin=KINDS)
    assert [kind for kind, _ in kinds_and_names(answer.out)] == ["StatefulSet"]


def test_objects_have_no_comments() -> None:
    answer = run("render", "-", "--objects", "--annotate", stdin=WORLD)
    assert (answer.code, answer.out) == (2, "")
    assert "--annotate goes without --objects" in answer.err


def test_a_gateway_is_for_objects_alone() -> None:
    answer = run("render", "-", "--istio", "g", stdin=WORLD)
    assert (answer.code, answer.out) == (2, "")
    assert "--istio needs --objects" in answer.err
