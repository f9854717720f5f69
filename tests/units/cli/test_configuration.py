"""The configuration: where it is found, how layers lie over each other, and what is told when it is wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.cli.configuration import (
    CONFIG_VARIABLE,
    VARIABLES,
    Configuration,
    configuration_of,
)
from nbcore.cli.configuration_model import json_schema
from nbcore.cli.globs import matches, rooted
from nbcore.cli.reading import Unusable
from nbcore.cli.request import settings_of
from tests.units.cli.program import run

YAML = ".nbcore.yaml"
TOML = "pyproject.toml"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{name: main, image: web:1, ports: [{containerPort: 0}]}]}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the root of a repository and the working directory."""
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(*paths: str, arguments: Mapping[str, Any] | None = None, **environment: str) -> Configuration:
    """The configuration for the paths."""
    return configuration_of(paths or (".",), arguments or {}, environment).values


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


# ---- where it is found ----


def test_without_any_all_is_as_it_was(folder: Path) -> None:
    assert read() == Configuration()
    assert configuration_of((".",), {}, {}).folder == str(folder)


def test_upward_from_the_first_path(folder: Path) -> None:
    write(folder, YAML, "ignore: [NB9]")
    write(folder, "kinds/deep/a.yaml", "")
    for path in ("kinds/deep/a.yaml", "kinds/deep", "kinds", ".", "-"):
        assert read(path).ignore == ("NB9",)
    write(folder, f"kinds/{YAML}", "ignore: [NB4]")
    assert read("kinds/deep/a.yaml").ignore == ("NB4",)
    assert read(".", "kinds/deep/a.yaml").ignore == ("NB9",)
    assert configuration_of(("kinds/deep",), {}, {}).folder == str(folder / "kinds")


def test_not_beyond_the_root_of_the_repository(folder: Path) -> None:
    write(folder, YAML, "ignore: [NB9]")
    (folder / "inner" / ".git").mkdir(parents=True)
    assert read("inner").ignore == ()
    write(folder, f"inner/{YAML}", "ignore: [NB4]")
    assert read("inner").ignore == ("NB4",)


def test_a_pyproject_without_the_table_is_none(folder: Path) -> None:
    write(folder, TOML, "[tool.nbcore]\nignore = ['NB9']")
    write(folder, f"kinds/{TOML}", "[tool.other]\nx = 1")
    assert read("kinds").ignore == ("NB9",)


def test_one_file_that_is_named_or_none(folder: Path) -> None:
    write(folder, YAML, "ignore: [NB9]")
    write(folder, "other.toml", "ignore = ['NB4']")
    write(folder, "mine.yml", "ignore: [NB5]")
    assert configuration_of((".",), {}, {}, file="other.toml").values.ignore == ("NB4",)
    assert configuration_of((".",), {}, {}, file="mine.yml").values.ignore == ("NB5",)
    assert configuration_of((".",), {}, {CONFIG_VARIABLE: "mine.yml"}).values.ignore == ("NB5",)
    assert configuration_of((".",), {}, {}, none=True).values.ignore == ()


# ---- layers ----


def test_the_layers_in_their_order(folder: Path) -> None:
    write(
        folder,
        TOML,
        "[tool.nbcore]\nkubernetes-version = '1.30'\npod-security = 'baseline'\nfail-on = 'info'",
    )
    assert read().kubernetes_version == "1.30"
    write(folder, YAML, "kubernetes-version: '1.31'\npod-security: restricted")
    assert (read().kubernetes_version, read().pod_security, read().fail_on) == ("1.31", "restricted", "info")
    assert read(NBCORE_KUBERNETES_VERSION="1.32").kubernetes_version == "1.32"
    arguments = {"kubernetes-version": "1.33", "pod-security": None, "select": ()}
    known = read(arguments=arguments, NBCORE_KUBERNETES_VERSION="1.32")
    assert (known.kubernetes_version, known.pod_security) == ("1.33", "restricted")


def test_compat_may_be_said_everywhere(folder: Path) -> None:
    assert read().compat is None
    assert read(NBCORE_COMPAT="kubeflow").compat == "kubeflow"
    write(folder, YAML, "compat: kubeflow")
    assert read().compat == "kubeflow"
    assert settings_of(None, None, read().compat).compat == "kubeflow"
    assert settings_of(None, None).compat == ""
    with pytest.raises(Unusable, match="NBCORE_COMPAT"):
        read(NBCORE_COMPAT="jupyterhub")
    write(folder, YAML, "compat: jupyterhub")
    with pytest.raises(Unusable, match=r"\.nbcore\.yaml:1:1: compat"):
        read()


def test_lists_grow_but_what_is_selected_is_chosen_anew(folder: Path) -> None:
    write(folder, TOML, "[tool.nbcore]\nselect = ['NB1']\nignore = ['NB101']\nstrict = ['NB5']")
    write(folder, YAML, "select: [NB4]\nignore: [NB431]\nstrict: [NB6]")
    known = read(arguments={"ignore": ("NB9",)})
    assert known.select == ("NB4",)
    assert known.ignore == ("NB101", "NB431", "NB9")
    assert known.strict == ("NB5", "NB6")
    assert read(arguments={"select": ("NB3",)}).select == ("NB3",)


def test_files_and_folders_are_named_from_the_file_that_names_them(folder: Path) -> None:
    write(folder, f"kinds/{YAML}", "baseline: known.json\nschemas: [schemas]")
    known = read("kinds")
    assert (known.baseline, known.schemas) == ("kinds/known.json", ("kinds/schemas",))


# ---- what is wrong ----


WRONG = {
    "an unknown key": ("kubernetes_version: '1.30'", ":1:1: there is no key kubernetes_version; did you mean kube"),
    "a key like no other": ("a: 1\nxyzzy: 1", ":2:1: there is no key xyzzy; keys: kubernetes-version,"),
    "a number for a version": ("\nkubernetes-version: 1.30", ":2:1: kubernetes-version must be a text: put"),
    "a text for a list": ("ignore: NB9", ":1:1: ignore must be a list"),
    "a number in a list": ("ignore: [9]", ":1:10: ignore.0 must be a text"),
    "an unknown code": ("strict: [NB999]", ":1:1: there is no code NB999"),
    "an unknown code in an override": ("overrides: [{paths: [a], ignore: [NB999]}]", ":1:26: there is no code NB999"),
    "an unknown key in an override": ("overrides: [{paths: [a], ignored: []}]", "did you mean ignore?"),
    "an override without paths": ("overrides: [{ignore: [NB9]}]", "overrides.0.paths"),
    "another severity": ("fail-on: never", ":1:1: fail-on"),
    "a list": ("[1]", "a configuration is a map of keys"),
    "no YAML": ("a: [", ":1:6"),
    "two documents": ("ignore: []\n---\nignore: []", "more than one document"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_a_file_says_wrong(name: str, folder: Path) -> None:
    text, message = WRONG[name]
    write(folder, YAML, text)
    with pytest.raises(Unusable) as told:
        read()
    assert YAML in told.value.message
    assert message in told.value.message


def test_everything_wrong_is_told_at_once(folder: Path) -> None:
    write(folder, YAML, "a: 1\nselct: []")
    with pytest.raises(Unusable, match=r":1:1: there is no key a.*:2:1: .*did you mean select"):
        read()


def test_the_place_in_a_pyproject(folder: Path) -> None:
    write(folder, TOML, "[project]\nignored = 1\n\n[tool.nbcore]\nignore = []\nselekt = []\n")
    with pytest.raises(Unusable, match=r"pyproject.toml:6:1: there is no key selekt; did you mean select"):
        read()
    write(folder, TOML, "[tool.nbcore]\nignore = [\n")
    with pytest.raises(Unusable, match=r"^pyproject\.toml: Invalid value"):
        read()


def test_a_file_that_cannot_be_read(folder: Path) -> None:
    with pytest.raises(Unusable, match=r"missing\.yaml: No such file"):
        configuration_of((".",), {}, {}, file="missing.yaml")
    (folder / YAML).write_bytes(b"\xff")
    with pytest.raises(Unusable, match="not UTF-8"):
        read()


def test_a_value_of_the_environment_that_cannot_be(folder: Path) -> None:
    with pytest.raises(Unusable, match="NBCORE_FAIL_ON"):
        read(NBCORE_FAIL_ON="never")
    assert set(VARIABLES.values()) <= set(json_schema()["properties"])


@given(
    st.text(st.sampled_from("ab:[]{}-# \n\t'\"&*=.1\x00\ufeff"), max_size=40),
    st.sampled_from([YAML, "a.toml"]),
)
def test_any_text_in_and_no_traceback(text: str, name: str) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        (Path(place) / name).write_text(text)
        try:
            found = configuration_of((place,), {}, {}, file=f"{place}/{name}")
        except Unusable:
            return
        assert found.values == Configuration()


# ---- globs ----


GLOBS = {
    "a name anywhere": ("vendor", ["vendor/a", "x/vendor/y/a", "vendor"], ["vendors/a", "a/vendo"]),
    "an ending": ("*.json", ["a.json", "x/y/a.json"], ["a.jsonx", "a.yaml"]),
    "a folder": ("legacy/**", ["legacy/a", "legacy/x/y"], ["x/legacy/a", "legacyx"]),
    "a place": ("/legacy", ["legacy", "legacy/a"], ["x/legacy"]),
    "stars between": ("a/**/z.yaml", ["a/z.yaml", "a/b/c/z.yaml"], ["a/b/c/y.yaml", "b/a/z.yaml"]),
    "one star stays in its folder": ("a/*.yaml", ["a/b.yaml"], ["a/b/c.yaml"]),
    "one character": ("?.yaml", ["a.yaml", "x/a.yaml"], ["ab.yaml", "/.yaml"]),
    "a class": ("[ab].yaml", ["a.yaml", "b.yaml"], ["c.yaml"]),
    "no class": ("[!ab].yaml", ["c.yaml"], ["a.yaml"]),
    "nothing special": ("a.b+(c)", ["a.b+(c)"], ["aab+(c)", "a.bb(c)"]),
    "half a class": ("[a", ["[a"], ["a"]),
}  # fmt: skip


@pytest.mark.parametrize("name", GLOBS)
def test_globs(name: str) -> None:
    glob, inside, outside = GLOBS[name]
    pattern = rooted(glob, "/srv/it's [a] *repo*")
    for file in inside:
        assert matches(f"/srv/it's [a] *repo*/{file}", [pattern]), file
        assert not matches(f"/srv/elsewhere/{file}", [pattern]), file
    for file in outside:
        assert not matches(f"/srv/it's [a] *repo*/{file}", [pattern]), file


# ---- the command ----


def test_the_command_takes_its_configuration(folder: Path) -> None:
    write(folder, "a.yaml", POD)
    assert run("lint", ".", cwd=folder).code == 1
    write(folder, YAML, "ignore: [NB4]")
    assert run("lint", ".", cwd=folder).code == 0
    assert run("lint", ".", "--no-config", cwd=folder).code == 1
    write(folder, "other.yaml", "ignore: []")
    assert run("lint", "a.yaml", "--config", "other.yaml", cwd=folder).code == 1
    write(folder, YAML, "ignor: [NB4]")
    told = run("lint", "a.yaml", cwd=folder)
    assert (told.code, told.out) == (2, "")
    assert told.err == "error: .nbcore.yaml:1:1: there is no key ignor; did you mean ignore?\n"


def test_strict_rules_count_whatever_is_ignored(folder: Path) -> None:
    write(folder, "a.yaml", POD)
    write(folder, YAML, "strict: [NB435]\noverrides: [{paths: ['*.yaml'], ignore: [NB4]}]")
    assert run("lint", "a.yaml", "--ignore", "NB4", cwd=folder).code == 1
    assert run("lint", "a.yaml", "--select", "NB1", cwd=folder).code == 1


def test_overrides_and_excluded_files(folder: Path) -> None:
    write(folder, "legacy/a.yaml", POD)
    write(folder, "new/b.yaml", POD.replace("name: web", "name: b"))
    write(folder, YAML, "overrides: [{paths: [legacy/**], ignore: [NB4]}]")
    told = run("lint", ".", "-o", "concise", cwd=folder)
    assert "legacy" not in "".join(line for line in told.out.splitlines() if "error[" in line)
    assert "new/b.yaml" in told.out
    assert "1 problem left out by overrides." in told.out
    write(folder, YAML, "exclude: [new]")
    told = run("lint", ".", "new/b.yaml", "-o", "concise", cwd=folder)
    assert "new/b.yaml" not in told.out
    assert "note: skipped ./new/b.yaml: the configuration excludes it" in told.err
    assert run("lint", "new", cwd=folder).code == 2
    assert run("lint", "new", "--allow-empty", cwd=folder).code == 0


def test_the_schema_of_a_configuration() -> None:
    told = run("schema", "config")
    assert told.code == 0
    schema = json.loads(told.out)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate({"ignore": ["NB9"], "overrides": [{"paths": ["a"], "ignore": ["NB4"]}]}, schema)
    wrongs: list[dict[str, Any]] = [{"ignor": []}, {"overrides": [{"ignore": []}]}, {"fail-on": "never"}]
    for wrong in wrongs:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema)
