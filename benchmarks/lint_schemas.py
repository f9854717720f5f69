"""The JSON schemas that kubeconform judges by, in a folder of their own, so that it needs no network.

They are those of the kubernetes-validate package (the ``dev`` extra), strict ones, each with the definitions
that it needs and no others: the form that kubeconform's own collection has.

Refuses to know kubeconform, and what the schemas say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import kubernetes_validate

from nbcore.kubernetes import pod_schema

KINDS: Final = ("pod-v1", "deployment-apps-v1", "statefulset-apps-v1")
"""The kinds of the corpus, as kubeconform names the files of their schemas."""
PATTERN: Final = "{{.ResourceKind}}{{.KindSuffix}}.json"


def write(folder: Path) -> None:
    """Writes the schemas of the newest Kubernetes version into a folder that is made for them."""
    version = f"v{pod_schema.VERSIONS[-1]}.0-local-strict"
    given = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / version
    definitions = json.loads((given / "_definitions.json").read_text(encoding="utf-8"))["$defs"]
    folder.mkdir(parents=True)
    for kind in KINDS:
        schema = json.loads((given / f"{kind}.json").read_text(encoding="utf-8"))
        (folder / f"{kind}.json").write_text(json.dumps(_alone(schema, definitions)), encoding="utf-8")


def _alone(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema with what it refers to inside it."""
    needed: dict[str, Any] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = definitions[name]
            waiting += _references(definitions[name])
    own = {key: value for key, value in schema.items() if key != "$id"}
    moved: dict[str, Any] = _moved({**own, "$defs": needed})
    return moved


def _references(value: Any) -> Iterator[str]:
    """The names of the definitions that a schema refers to."""
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str):
            yield reference.rpartition("/")[2]
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for child in children:
        yield from _references(child)


def _moved(value: Any) -> Any:
    """The schema with its references pointing into itself."""
    if isinstance(value, list):
        return [_moved(one) for one in value]
    if not isinstance(value, dict):
        return value
    moved = {key: _moved(one) for key, one in value.items()}
    if isinstance(value.get("$ref"), str):
        moved["$ref"] = f"#/$defs/{value['$ref'].rpartition('/')[2]}"
    return moved
