"""nbcore computes and does nothing else: shown on its imports, on its text and at run time.

The import-linter contract names what is forbidden; the list here names what is allowed, so that a module
nobody thought of needs a decision.
"""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.architecture.house import ROOT, Module, imported, pure_modules

STANDARD_LIBRARY = {
    "__future__",
    "array",
    "base64",
    "binascii",
    "bisect",
    "codecs",
    "collections",
    "copy",
    "dataclasses",
    "datetime",  # to read and print times that stand in the input, never the clock: see NO_METHODS
    "decimal",
    "difflib",
    "enum",
    "fnmatch",
    "fractions",
    "functools",
    "graphlib",
    "hashlib",
    "heapq",
    "ipaddress",
    "itertools",
    "json",
    "math",
    "operator",
    "posixpath",
    "re",
    "string",
    "struct",
    "textwrap",
    "types",
    "typing",
    "unicodedata",
    "urllib.parse",
}
"""What nbcore may import of the standard library: nothing that reaches out of the process."""

ALONE = {
    "pkgutil": {"nbcore.kubernetes.pod_schema", "nbcore.rules"},  # read tables and pages of the package
    "marshal": {"nbcore.change.comparing"},  # tells 1 from True where there is no orjson
    "zlib": {"nbcore.packed"},  # only here is it worth its time
    "importlib": {"nbcore", "nbcore.kubernetes"},  # the front door loads what it is asked for
}
"""Modules of the standard library that single modules of nbcore may import, for the reason given."""

THIRD_PARTY = {"deepmerge", "jsonpatch", "jsonschema", "orjson", "pydantic", "pydantic_core", "yaml"}

NO_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint", "__import__"}
"""Built-in functions that nbcore does not call: I/O, and code out of text."""

NO_METHODS = {"now", "today", "utcnow", "read_text", "read_bytes", "write_text", "write_bytes"}
"""Methods that nbcore does not call: the clock, and I/O."""

LATE = {"click", "yaml", "jsonschema", "jsonpatch", "deepmerge", "aiohttp", "kubernetes_validate"}
"""What the front door must not pull in before it is used: a pre-commit hook pays for it on every commit."""


def named(module: Module) -> str:
    return module.name


@pytest.mark.parametrize("module", pure_modules(), ids=named)
def test_imports_only_what_is_allowed(module: Module) -> None:
    alone = {name for name, users in ALONE.items() if module.name in users}
    allowed = STANDARD_LIBRARY | THIRD_PARTY | alone | {"nbcore"}
    foreign = [
        name for name in imported(module.tree) if name not in allowed and name.split(".")[0] not in allowed
    ]
    assert not foreign, f"{module.name} may not import {foreign}"


@pytest.mark.parametrize("module", pure_modules(), ids=named)
def test_calls_no_input_output_and_no_clock(module: Module) -> None:
    called = {node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call)}
    built_in = {function.id for function in called if isinstance(function, ast.Name)}
    methods = {function.attr for function in called if isinstance(function, ast.Attribute)}
    assert not built_in & NO_CALLS
    assert not methods & NO_METHODS


@pytest.mark.parametrize("module", pure_modules(), ids=named)
def test_no_global_statement(module: Module) -> None:
    rebound = [node.names for node in ast.walk(module.tree) if isinstance(node, ast.Global)]
    assert not rebound, f"{module.name} rebinds globals: {rebound}"


def run(script: str) -> subprocess.CompletedProcess[str]:
    """The finished script; -I keeps the environment and the working directory out of it."""
    return subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)


HOOK = f"""
import sys
sys.dont_write_bytecode = True
sys.path.insert(0, {str(ROOT)!r})
seen = []
listening = True
sys.addaudithook(lambda event, arguments: seen.append((event, arguments)) if listening else None)
def told(prefixes):
    return [f"{{event}} {{arguments}}"[:200] for event, arguments in seen if event.startswith(prefixes)]
OUTSIDE = ("socket.", "subprocess.", "os.", "shutil.", "tempfile.", "urllib.", "http.", "ctypes.", "signal.",
    "winreg.", "sqlite3.", "syslog.", "glob.", "webbrowser.", "fcntl.")
"""

EVERYTHING = "import nbcore\nfor name in nbcore.__all__: getattr(nbcore, name)\n"

IMPORTS = """
listening = False
HARMLESS = ("os.listdir", "os.scandir", "os.add_dll_directory")  # how Python itself finds modules
reached = [line for line in told(OUTSIDE) if not line.startswith(HARMLESS)]
assert not reached, reached
opened = [arguments for event, arguments in seen if event == "open"]
assert all(mode in ("r", "rb", None) for _name, mode, _flags in opened), opened
"""

RENDERS = """
listening = False
import nbcore, pathlib
files = sorted(pathlib.Path({kinds!r}).rglob("*.yaml"))
texts = [(file.read_bytes(), file.name) for file in files]
def rendered():
    documents = [one for data, name in texts for one in nbcore.load(data, name)]
    catalog = nbcore.Catalog(documents)
    return [nbcore.render(one, catalog).to_bytes() for one in catalog.list("Notebook")]
first = rendered()
listening = True
second = rendered()
listening = False
assert first and first == second, "the bundled kinds hold no Notebook, or a render is not repeatable"
reached = told((*OUTSIDE, "open", "import", "exec", "compile"))
assert not reached, reached
"""


def test_import_reaches_nothing_but_modules_and_data() -> None:
    finished = run(HOOK + EVERYTHING + IMPORTS)
    assert finished.returncode == 0, finished.stderr


def test_render_opens_nothing() -> None:
    finished = run(HOOK + RENDERS.format(kinds=str(ROOT / "kinds")))
    assert finished.returncode == 0, finished.stderr


def test_the_hook_sees_what_is_opened() -> None:
    finished = run(HOOK + "open(sys.executable, 'rb').close()\nassert not told('open'), told('open')")
    assert "AssertionError" in finished.stderr


def test_import_pulls_in_little() -> None:
    finished = run(
        HOOK + f"import nbcore\npulled = sorted({LATE!r} & set(sys.modules))\nassert not pulled, pulled"
    )
    assert finished.returncode == 0, finished.stderr
