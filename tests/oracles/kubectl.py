"""What kubectl says without a server: the strategic merge of one patch into many objects.

kubectl prints the patched objects in order and leaves out those that it refuses, without naming them. So
each object carries its number in a top-level field that no patch touches.

This module refuses to know what the right answer is.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from tests.cluster import binaries

NUMBER = "x-number"
TYPE: Mapping[str, str] = {"apiVersion": "v1", "kind": "Pod"}
MOST = 500
"""So many objects a call at most: beyond that kubectl gets slower, not faster."""
_SHORT_LIVED: Mapping[str, str] = {"GOGC": "off", "GOMAXPROCS": "1"}
"""Most of a call is kubectl's start, which is a quarter cheaper this way."""
_OWN = frozenset({NUMBER, *TYPE})
_EMPTIED = "Object 'Kind' is missing in '{}'"


class Panicked(Exception):
    """Kubernetes' own code crashed on the patch; the text is what it printed."""


def strategic_merge(bases: Sequence[Mapping[str, Any]], patch: Any) -> list[Any]:
    """The merge of a patch into each base, None where Kubernetes refuses it.

    Shape: bases are ``{metadata, spec}`` trees; a base's metadata.name and namespace must be texts.
    Raises: Panicked when Kubernetes crashes on any of them.
    """
    items = [{**TYPE, NUMBER: number, **base} for number, base in enumerate(bases)]
    listing = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    program = binaries.kubectl()
    assert program is not None, binaries.MISSING
    command = [str(program), "patch", "--local", "-f", "-", "--type=strategic", "-o", "json"]
    asked = subprocess.run(
        [*command, "-p", json.dumps(_carrying(patch))],
        input=listing,
        env={**os.environ, **_SHORT_LIVED},
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode not in (0, 1) or "panic:" in asked.stderr:
        raise Panicked(asked.stderr[:2000])
    return _by_number(_documents(asked.stdout), asked.stderr, len(items))


def _carrying(patch: Any) -> Any:
    """The patch, changed so that a directive at the top leaves an object's type and number alone."""
    if not isinstance(patch, dict):
        return patch
    if patch.get("$patch") == "replace":
        return {**patch, **TYPE}
    listed = patch.get("$retainKeys")
    return {**patch, "$retainKeys": [*listed, *_OWN]} if isinstance(listed, list) else patch


def _documents(text: str) -> list[dict[str, Any]]:
    """The JSON documents that kubectl printed one after the other; a text in there has no line breaks."""
    joined = text.strip().replace("\n}\n{\n", "\n},\n{\n")
    documents: list[dict[str, Any]] = json.loads(f"[{joined}]")
    return documents


def _by_number(documents: Sequence[dict[str, Any]], errors: str, count: int) -> list[Any]:
    """The documents without what we added, each at the place of the object it was made of."""
    bare = [{key: value for key, value in one.items() if key not in _OWN} for one in documents]
    if documents and NUMBER not in documents[0]:  # a replacement at the top: all of them, and all alike
        assert len(documents) == count, "kubectl refused some of the objects that it should replace"
        return bare
    if errors.count(_EMPTIED) == count:
        return [{} for _ in range(count)]
    results: list[Any] = [None] * count
    for one, stripped in zip(documents, bare, strict=True):
        results[one[NUMBER]] = stripped
    return results
