"""What people get wrong, file by file: the code, the field, the line, words that help, no value of an env.

The files are tests/vectors/bad/*.yaml; tests/vectors/bad-findings.yaml says what has to be found in them.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
import yaml

import nbcore
from nbcore.finding import CODES, Finding
from tests.golden.cases import ROOT

BAD = ROOT / "tests" / "vectors" / "bad"
KINDS = nbcore.load((BAD / "kinds.yaml").read_bytes(), name="kinds.yaml")
SECRET = "canary"
"""What every literal env value in these files begins with."""


class Row(NamedTuple):
    """One finding that has to come."""

    file: str
    code: str
    at: str
    text: str
    path: str
    words: str
    remedy: str
    keyed: str = ""


def _rows() -> tuple[Row, ...]:
    table = yaml.safe_load((BAD.parent / "bad-findings.yaml").read_text(encoding="utf-8"))
    return tuple(Row(file, **row) for file, rows in table.items() for row in rows)


ROWS = _rows()
FILES = sorted({row.file for row in ROWS})
MAY_RENDER = {"redirect-target-missing", "redirect-cycle"}
"""The findings of these are warnings: the stored value is used meanwhile."""


def catalog_of(name: str) -> nbcore.Catalog:
    file = BAD / f"{name}.yaml"
    documents = nbcore.load(file.read_bytes(), name=file.name)
    loose = nbcore.Catalog(documents)
    return loose.replace(KINDS)


def findings_of(name: str) -> tuple[list[Finding], list[nbcore.Rendering]]:
    """All findings about a file, and the renderings of its Notebooks."""
    catalog = catalog_of(name)
    renderings = [nbcore.render(notebook, catalog) for notebook in catalog.list("Notebook")]
    found = [*catalog.findings, *(one for rendering in renderings for one in rendering.findings)]
    return list(dict.fromkeys(found)), renderings


def finding_of(row: Row) -> Finding:
    found, _ = findings_of(row.file)
    here = [one for one in found if one.code == row.code and str(one.path) == row.path]
    assert here, [str(one) for one in found]
    return here[0]


def row_id(row: Row) -> str:
    return f"{row.file}-{row.path}"


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_finding_says_where(row: Row) -> None:
    finding = finding_of(row)
    assert finding.location == f"{row.file}.yaml:{row.at}"
    line, column = map(int, row.at.split(":"))
    lines = (BAD / f"{row.file}.yaml").read_text(encoding="utf-8").splitlines() or [""]
    assert lines[line - 1][column - 1 :].startswith(row.text)


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_findings_path_has_the_keys_of_lists(row: Row) -> None:
    assert finding_of(row).path.keyed == (row.keyed or row.path)


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_finding_says_what_is_wrong_and_what_to_do(row: Row) -> None:
    finding = finding_of(row)
    assert row.words in finding.message
    assert row.remedy in finding.remedy
    assert finding.severity == CODES[row.code].severity


@pytest.mark.parametrize("file", FILES)
def test_there_is_nothing_else_to_say_about_a_file(file: str) -> None:
    found, _ = findings_of(file)
    said = sorted((one.code, str(one.path)) for one in found)
    assert said == sorted((row.code, row.path) for row in ROWS if row.file == file)


@pytest.mark.parametrize("file", FILES)
def test_no_finding_holds_the_value_of_an_env(file: str) -> None:
    found, _ = findings_of(file)
    assert found
    for one in found:
        assert SECRET not in f"{one} {one!r}"


@pytest.mark.parametrize("file", FILES)
def test_an_error_leaves_no_pod(file: str) -> None:
    found, renderings = findings_of(file)
    if file in MAY_RENDER:
        assert {one.severity for one in found} == {"warning"}
        assert all(one.pod is not None for one in renderings)
    elif file == "several-documents":
        assert [one.pod is not None for one in renderings] == [True]  # the first one is in order
    else:
        assert all(one.pod is None for one in renderings)


def test_every_file_in_the_folder_is_in_the_table() -> None:
    assert {file.stem for file in BAD.glob("*.yaml")} == {*FILES, "kinds", "odd-option-id"}


def test_there_is_nothing_wrong_with_the_kinds_that_the_bad_files_use() -> None:
    assert nbcore.Catalog(KINDS).findings == ()


def test_an_option_id_may_hold_any_characters() -> None:
    found, [rendering] = findings_of("odd-option-id")
    assert found == []
    assert rendering.pod is not None
    assert rendering.pod["spec"]["containers"][0]["image"] == "registry.example/half:1"


def test_a_conflict_names_both_places() -> None:
    [finding] = findings_of("pod-defaults-disagree")[0]
    [(source, path, position)] = finding.related
    assert source.object == "PodDefault kinds/one"
    assert str(path) == "spec.template.spec.containers[0].env[0]"
    assert (source.file, str(position)) == ("pod-defaults-disagree.yaml", "28:17")


@pytest.mark.parametrize("file", ["volume-source-changes", "mount-path-changes"])
def test_a_layer_that_changes_a_lower_one_names_its_place(file: str) -> None:
    [finding] = findings_of(file)[0]
    [(source, _, position)] = finding.related
    assert source.object == "Template kinds/own"
    assert position is not None


def test_a_key_that_stands_twice_names_the_first_place() -> None:
    finding = findings_of("duplicate-keys")[0][0]
    assert [str(position) for _, _, position in finding.related] == ["7:3"]


# --- input that no file should hold ---

NOTEBOOK = """apiVersion: jackhoman.dev/v1beta1
kind: Notebook
metadata: {name: nb, namespace: users}
spec: {templateRef: {name: lab, namespace: kinds}, options: {size: small}}
"""


@pytest.mark.parametrize(
    "deep", ["[" * 200_000, '{"a":' * 200_000, "- " * 200_000, "[" * 200_000 + "]" * 200_000]
)
def test_deep_nesting_is_one_finding_and_no_crash(deep: str) -> None:
    findings = nbcore.Catalog(nbcore.load(deep.encode(), name="deep.yaml")).findings
    assert {one.code for one in findings} <= {"NB101", "NB103"}
    assert findings[0].code == "NB103"
    assert findings[0].source.file == "deep.yaml"


def test_a_byte_order_mark_of_utf_8_is_no_part_of_the_text() -> None:
    catalog = nbcore.Catalog(nbcore.load(NOTEBOOK.encode("utf-8-sig"), name="marked.yaml")).replace(KINDS)
    assert nbcore.render(catalog.get("Notebook", "nb", "users"), catalog).pod is not None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"])
def test_another_encoding_is_one_error_that_names_the_right_one(encoding: str) -> None:
    text = NOTEBOOK.replace("nb", "größe")
    data = text.encode(encoding)
    findings = nbcore.Catalog(nbcore.load(data, name="file.yaml")).findings
    assert {one.code for one in findings} == {"NB101"}
    assert findings[0].remedy == "save the file as UTF-8"
    assert findings[0].location.startswith("file.yaml:")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\xff\xfe\x00", "NB101"),
        (b"\x80abc", "NB101"),
        (b"a: \x00", "NB101"),
        (b"a: [1", "NB101"),
        (b"a: b: c", "NB101"),
        (b"\ta: 1", "NB101"),
        (b"{", "NB101"),
        (b"a: *nowhere", "NB101"),
        (b"- just\n- a list\n", "NB106"),
        (b"only text", "NB106"),
        (b"a: 1\n", "NB104"),
        (b"a: !!python/object:os.system 1\n", "NB108"),
    ],
)
def test_text_that_is_no_manifest_is_one_clear_error(data: bytes, code: str) -> None:
    findings = nbcore.Catalog(nbcore.load(data, name="file.yaml")).findings
    assert code in {one.code for one in findings}
    assert all(
        one.message and one.remedy and one.source.file == "file.yaml" and one.position for one in findings
    )
