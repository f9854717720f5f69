"""Where the Kubernetes programs are that the tests ask for a verdict, and how they are built.

`python -m tests.cluster.binaries` builds what is missing out of the two Go modules in `go/`, whose go.mod and
go.sum pin every version. The programs lie in a cache folder outside the tree, named after the hash of both
go.sum files, so that a machine builds each version once. The environment variable NBCORE_KUBERNETES_BIN
names a folder that is looked at first.

This module refuses to know what the programs are for and how they are started, and it needs nothing but the
standard library: it runs before there is a virtual environment.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

MODULES = Path(__file__).parent / "go"
MISSING = "no Kubernetes binaries: run `make kubernetes`"
"""The reason that a test skips with when a program is not there."""


class Program(NamedTuple):
    """One program: the Go module that pins it, and its package in there."""

    module: str
    package: str


PROGRAMS: Mapping[str, Program] = {
    "etcd": Program("etcd", "go.etcd.io/etcd/server/v3"),
    "kube-apiserver": Program("kubernetes", "k8s.io/kubernetes/cmd/kube-apiserver"),
    "kube-controller-manager": Program("kubernetes", "k8s.io/kubernetes/cmd/kube-controller-manager"),
    "kubectl": Program("kubernetes", "k8s.io/kubernetes/cmd/kubectl"),
}


def cache_folder() -> Path:
    """The folder of the programs that these go.sum files pin; it need not exist yet."""
    digest = hashlib.sha256()
    for module in ("kubernetes", "etcd"):
        digest.update((MODULES / module / "go.sum").read_bytes())
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "nbcore" / "kubernetes" / digest.hexdigest()[:16]


def find(program: str) -> Path | None:
    """The path of a program of PROGRAMS; None when it is in neither folder."""
    named = os.environ.get("NBCORE_KUBERNETES_BIN")
    folders = [Path(named), cache_folder()] if named else [cache_folder()]
    paths = (folder / program for folder in folders)
    return next((path for path in paths if os.access(path, os.X_OK)), None)


def kubectl() -> Path | None:
    """The path of kubectl; None when it is not there."""
    return find("kubectl")


def kubernetes_version() -> str:
    """The version of Kubernetes that go.mod pins: ``v1.36.3``."""
    text = (MODULES / "kubernetes" / "go.mod").read_text()
    found = re.search(r"^require k8s\.io/kubernetes (v\S+)$", text, re.MULTILINE)
    if found is None:
        raise LookupError("go.mod requires no k8s.io/kubernetes")
    return found[1]


def build(program: str, go: str) -> None:
    """Builds one program into the cache folder, which never holds a half-written one.

    Raises: subprocess.CalledProcessError when Go cannot build it.
    """
    module, package = PROGRAMS[program]
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    # Without its version in the flags a server reports v0.0.0, and kubectl warns about that.
    flags = f"-s -w -X k8s.io/component-base/version.gitVersion={kubernetes_version()}"
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="build-") as unfinished:
        output = Path(unfinished) / program
        subprocess.run(
            [go, "build", "-trimpath", "-ldflags", flags, "-o", str(output), package],
            cwd=MODULES / module,
            env={**os.environ, "CGO_ENABLED": "0"},
            check=True,
        )
        output.replace(folder / program)


def main() -> int:
    """The exit code after building what is missing: 1 when Go is missing or a build fails."""
    missing = [program for program in PROGRAMS if find(program) is None]
    if not missing:
        print(f"Kubernetes {kubernetes_version()}: all {len(PROGRAMS)} programs are there already")
        return 0
    go = shutil.which("go")
    if go is None:
        print(f"Go is needed to build {', '.join(missing)}: see https://go.dev/dl/", file=sys.stderr)
        return 1
    return 0 if all(_build_and_tell(program, go) for program in missing) else 1


def _build_and_tell(program: str, go: str) -> bool:
    """Whether the program could be built."""
    print(f"building {program} {kubernetes_version() if program != 'etcd' else ''}…", flush=True)
    start = time.monotonic()
    try:
        build(program, go)
    except subprocess.CalledProcessError as failure:
        print(f"{program}: go build failed with exit code {failure.returncode}", file=sys.stderr)
        return False
    size = (cache_folder() / program).stat().st_size
    print(
        f"  {cache_folder() / program}: {size / 1e6:.0f} MB in {time.monotonic() - start:.0f} s", flush=True
    )
    return True


if __name__ == "__main__":
    sys.exit(main())
