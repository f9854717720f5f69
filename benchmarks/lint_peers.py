"""kubeconform and kube-score, the linters written in Go that ours is timed against, and how they are built.

`peers_go/` pins every version. The programs lie in a cache folder outside the tree, named after the hash of
go.sum, so that a machine builds each version once; they are built when they are first needed and Go is there.

Refuses to know what the programs do, and how they are timed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

MODULE: Final = Path(__file__).parent / "peers_go"
PACKAGES: Final[Mapping[str, str]] = {
    "kubeconform": "github.com/yannh/kubeconform/cmd/kubeconform",
    "kube-score": "github.com/zegl/kube-score/cmd/kube-score",
}
MISSING: Final = "SKIPPED: kubeconform and kube-score are not there, and neither is Go to build them"


def cache_folder() -> Path:
    """The folder of the programs that go.sum pins; it need not exist yet."""
    digest = hashlib.sha256((MODULE / "go.sum").read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nbcore" / "peers" / digest.hexdigest()[:16]


def peers() -> dict[str, Path] | None:
    """The path of each program, after building what is missing; None where there is no Go to build it.

    Raises: subprocess.CalledProcessError when Go cannot build one.
    """
    missing = [name for name in PACKAGES if not os.access(cache_folder() / name, os.X_OK)]
    go = shutil.which("go")
    if missing and go is None:
        return None
    for name in missing:
        _build(name, go or "go")
    return {name: cache_folder() / name for name in PACKAGES}


def versions() -> dict[str, str]:
    """The version of each program, as go.mod pins it."""
    text = (MODULE / "go.mod").read_text(encoding="utf-8")
    return dict(re.findall(r"^\t\S+/(kubeconform|kube-score) (v\S+)$", text, re.MULTILINE))


def _build(name: str, go: str) -> None:
    """Builds one program into the cache folder, which never holds a half-written one."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="build-") as unfinished:
        output = Path(unfinished) / name
        subprocess.run(
            [go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(output), PACKAGES[name]],
            cwd=MODULE,
            env={**os.environ, "CGO_ENABLED": "0"},
            check=True,
        )
        output.replace(folder / name)
