"""Two states of the kinds, notebooks of them as kubectl prints them, and a repository that holds both states.

Refuses to know what the answers should be.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.units.cli.program import CANARY, KINDS, WORLD

OTHER = "0th3r"
EDITED = WORLD.replace("jupyter:1", "jupyter:2").replace(f"{CANARY}-template", OTHER)
EDITED_KINDS = KINDS.replace("jupyter:1", "jupyter:2")
HOSTILE = "<script>alert(1)</script>|`x` @ada #1\u202e"


def written(folder: Path, **texts: str) -> list[str]:
    """Files with these texts; their paths."""
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text)
    return [str(folder / f"{name}.yaml") for name in texts]


def notebook(name: str, **spec: Any) -> dict[str, Any]:
    """A Notebook of the Template as an API server answers it."""
    return {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "metadata": {"name": name, "namespace": "team-a", "managedFields": [{"manager": "kubectl"}]},
        "spec": {"templateRef": {"name": "jupyter", "namespace": "kubeflow"}, **spec},
        "status": {"conditions": [{"type": "Ready", "status": "True"}]},
    }


def dump(*notebooks: Any) -> str:
    """What kubectl prints of them."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": list(notebooks)})


FLEET = dump(
    notebook("ada", options={"size": "medium"}),
    notebook("bob"),
    notebook("eve", stopped=True),
    notebook("dan", options={"size": HOSTILE}),
    {**notebook("tim"), "spec": 7},
)


def repository(folder: Path, **texts: str) -> str:
    """A repository with one commit, in which a folder ``kinds`` holds the texts; the path of that folder."""
    kinds = folder / "kinds"
    kinds.mkdir()
    written(kinds, **texts)
    commit(folder)
    return str(kinds)


def commit(folder: Path) -> None:
    """Commits all that is in a folder."""
    who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-q", "-m", "kinds")):
        subprocess.run(["git", "-C", str(folder), *arguments], check=True, env=environment)
