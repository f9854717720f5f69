"""The golden cases: which manifests are rendered, and where the pods that must come out are kept.

A case is a folder with `in/*.yaml`, or it renders files that stand elsewhere. This module refuses to know
what a pod should look like: `pods.json` says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbcore
from nbcore.source import Document

GOLDEN = Path(__file__).parent
ROOT = GOLDEN.parent.parent
SEED = "tests/vectors/seeds/003.yaml"


class Case(NamedTuple):
    """A set of manifests; `documents` are the documents of a file that count, all if left out."""

    name: str
    inputs: tuple[str, ...]
    documents: tuple[int, ...] | None = None

    @property
    def folder(self) -> Path:
        """Where the results stand."""
        return GOLDEN / self.name


# Files that stand elsewhere; every folder here with an `in` is a case as well.
_ELSEWHERE = (
    Case("starter-kinds", ("kinds/*.yaml",)),
    # The Template stands twice in the seed: as it was first, and with a PodDefault that is required.
    Case("seed-003", (SEED,)),
    Case("seed-003-template-alone", (SEED,), (0, 1)),
)
CASES = _ELSEWHERE + tuple(
    Case(folder.name, (f"tests/golden/{folder.name}/in/*.yaml",))
    for folder in sorted(GOLDEN.iterdir())
    if (folder / "in").is_dir()
)
WORKSPACES = tuple(
    Case(f"workspaces/{folder.name}", (f"tests/golden/workspaces/{folder.name}/in/*.yaml",))
    for folder in sorted((GOLDEN / "workspaces").iterdir())
)
"""The cases of Kubeflow Notebooks 2.0, whose pods are named by what carries them."""


def documents_of(case: Case) -> list[Document]:
    """The documents of a case; file names are relative to the repository."""
    documents = [one for file in _files(case) for one in nbcore.load(file.read_bytes(), name=_name(file))]
    return documents if case.documents is None else [documents[at] for at in case.documents]


def catalog_of(case: Case) -> nbcore.Catalog:
    """The catalog of a case's manifests."""
    return nbcore.Catalog(documents_of(case))


def renderings(case: Case) -> Iterator[tuple[str, nbcore.Rendering]]:
    """Every Notebook or Workspace of a case as ``namespace/name``, and its rendering."""
    catalog = catalog_of(case)
    for notebook in catalog.notebooks:
        metadata = notebook.metadata
        yield f"{metadata.namespace}/{metadata.name}", nbcore.render(notebook, catalog)


def pods_text(case: Case) -> str:
    """The pods of a case as one `v1` List, as kubectl reads it."""
    pods = [manifest(rendering.pod) for _, rendering in renderings(case) if rendering.pod is not None]
    manifests = {"apiVersion": "v1", "kind": "List", "items": pods}
    return json.dumps(manifests, indent=1, ensure_ascii=False) + "\n"


def findings_text(case: Case) -> str:
    """Code, severity, path and position of all findings: the words are free to become better ones."""
    found = list(catalog_of(case).findings)
    for _, rendering in renderings(case):
        found += rendering.findings
    return "".join(f"{one.location}: {one.path.keyed}: {one.severity} {one.code}\n" for one in found)


def manifest(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The rendered pod as a manifest that an API server takes."""
    return {"apiVersion": "v1", "kind": "Pod", **pod}


def _files(case: Case) -> list[Path]:
    return sorted(file for pattern in case.inputs for file in ROOT.glob(pattern))


def _name(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()
