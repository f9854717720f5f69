"""Mount paths: their canonical form, and the places that a user may not mount over.

Refuses to know volumes.

Source: Filesystem Hierarchy Standard 3.0; the paths that the kubelet and container runtimes mount.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

PROTECTED: Final = frozenset(
    {
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib64",
        "/proc",
        "/run",
        "/sbin",
        "/sys",
        "/usr",
        "/var/lib",
        "/var/run",
    }
)
"""Folders of the image and the runtime that a user's volume may not hide, in whole or in part."""


def canonical(path: str) -> str:
    """The path without repeated, trailing, `.` and `..` steps, as a container runtime cleans it."""
    if "//" in path or "/." in path or path[-1:] == "/":
        steps: list[str] = []
        for step in path.split("/"):
            if step == "..":
                del steps[-1:]
            elif step not in ("", "."):
                steps.append(step)
        return "/" + "/".join(steps)
    return path


def ancestors(path: str) -> Iterable[str]:
    """The folders that the canonical path lies in, the root included, itself not."""
    yield "/"
    at = path.find("/", 1)
    while at > 0:
        yield path[:at]
        at = path.find("/", at + 1)


_FIRST_STEPS: Final = frozenset({path.split("/", 2)[1] for path in PROTECTED} | {""})
_ABOVE_PROTECTED: Final = frozenset(folder for path in PROTECTED for folder in ancestors(path))


def problem_with_mount_path(path: str, taken: Container[str], above: Container[str]) -> str | None:
    """Why a user may not mount a volume at this path, or None.

    Shape: ``taken`` are the canonical mount paths that the container has, ``above`` the folders they lie in.
    """
    if path[:1] != "/" or ":" in path or "\0" in path or (".." in path and ".." in path.split("/")):
        return "the mount path must be absolute, without `..` and `:`"
    here = canonical(path)
    if here.split("/", 2)[1] in _FIRST_STEPS and _is_protected(here):
        return "the mount path belongs to the system"
    if here in taken:
        return f"{here} is mounted already"
    if here in above:
        return f"the volume would hide what is mounted below {here}"
    return None


def _is_protected(here: str) -> bool:
    """Whether the canonical path is a protected folder, lies in one, or holds one."""
    return here in PROTECTED or here in _ABOVE_PROTECTED or any(one in PROTECTED for one in ancestors(here))
