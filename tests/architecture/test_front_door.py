"""The front door: one list of names, all reachable by `import nbcore` alone, hidden by no module."""

from __future__ import annotations

import subprocess
import sys

import nbcore
from tests.architecture.house import ROOT, SHELL, modules

PROMISED = {
    "Catalog",
    "Change",
    "Finding",
    "MergeError",
    "Settings",
    "apply",
    "apply_configuration",
    "check",
    "check_pod",
    "choices",
    "diff",
    "load",
    "merge",
    "next_revision",
    "overlay",
    "patch",
    "plan",
    "render",
    "unite",
}
"""The names that others call; a name that is in the door is never taken out again."""

YET_TO_COME: set[str] = set()
"""Promised names whose code is not written yet; the list only shrinks."""


def test_the_list_of_names_is_sorted_and_without_repeats() -> None:
    assert list(nbcore.__all__) == sorted(set(nbcore.__all__))


def test_the_list_of_names_is_all_that_is_public() -> None:
    ours = {name for name, value in vars(nbcore).items() if _is_ours(value) and not name.startswith("_")}
    assert ours <= set(nbcore.__all__)


def _is_ours(value: object) -> bool:
    """Whether a class or function comes out of nbcore; modules stand where they are, listed or not."""
    return str(getattr(value, "__module__", "")).startswith("nbcore")


def test_every_name_of_the_list_is_there() -> None:
    missing = [name for name in nbcore.__all__ if not hasattr(nbcore, name)]
    assert not missing


def test_every_promised_name_is_in_the_list() -> None:
    assert PROMISED - set(nbcore.__all__) == YET_TO_COME


def test_no_module_bears_the_name_of_a_front_door_function() -> None:
    submodules = {module.name.split(".")[1] for module in modules("nbcore") if "." in module.name}
    functions = {name for name in nbcore.__all__ if callable(getattr(nbcore, name))}
    assert not submodules & functions, "`import nbcore.x` would hide the function nbcore.x"


def test_import_alone_reaches_everything() -> None:
    names = [*nbcore.__all__, "kubernetes.quantity.Quantity"]
    script = "import sys\nsys.path.insert(0, sys.argv[1])\nimport nbcore\n"
    script += "\n".join(f"nbcore.{name}" for name in names)
    script += "\nassert str(nbcore.kubernetes.quantity.Quantity('1500m')) == '1500m'\n"
    command = [sys.executable, "-I", "-c", script, str(ROOT)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr


def test_every_name_is_explained() -> None:
    silent = [name for name in nbcore.__all__ if not (getattr(nbcore, name).__doc__ or "").strip()]
    assert not silent


def test_the_front_door_is_used_from_outside_only() -> None:
    inside = [
        module.name
        for module in modules("nbcore")
        if not module.name.startswith(SHELL) and "\nimport nbcore\n" in module.text
    ]
    assert not inside, "a module imports what it needs from where it is"
