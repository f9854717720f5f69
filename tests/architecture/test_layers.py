"""The layers: import-linter keeps the contracts in .importlinter, and no module is left out of them."""

from __future__ import annotations

import configparser
import re
import subprocess
import sys
from pathlib import Path

from tests.architecture.house import ROOT, imported, modules

LAYERS = "importlinter:contract:layers"
PURE = "importlinter:contract:pure"


def contracts() -> configparser.ConfigParser:
    """The contracts of import-linter."""
    parser = configparser.ConfigParser()
    parser.read_string((ROOT / ".importlinter").read_text(encoding="utf-8"))
    return parser


def test_every_contract_is_kept() -> None:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_every_module_has_its_layer() -> None:
    named = set(re.findall(r"\w+", contracts()[LAYERS]["layers"]))
    there = {module.name.split(".")[1] for module in modules("nbcore") if "." in module.name}
    new, gone = sorted(there - named), sorted(named - there)
    assert not new, f"say in .importlinter, under [{LAYERS}] and [{PURE}], on which layer these stand: {new}"
    assert not gone, f"take these out of .importlinter, they do not exist: {gone}"


def test_every_module_but_the_shell_is_kept_pure() -> None:
    parser = contracts()
    named = set(re.findall(r"\w+", parser[LAYERS]["layers"])) - {"cli", "__main__"}
    kept = {name.removeprefix("nbcore.") for name in parser[PURE]["source_modules"].split()}
    assert kept == named, f"the contract [{PURE}] names every module of [{LAYERS}] but the shell"


def test_the_name_of_a_contract_is_its_rule() -> None:
    parser = contracts()
    names = [parser[section]["name"] for section in parser.sections() if "contract" in section]
    assert names
    assert all(len(name.split()) >= 5 for name in names), "a contract is named with a sentence"


def test_nothing_outside_the_package_is_imported_by_it() -> None:
    outside = ("tests", "benchmarks", "schemas", "webhook")
    importers = [
        module.name
        for module in modules("nbcore")
        if re.search(rf"^\s*(?:from|import) (?:{'|'.join(outside)})\b", module.text, re.MULTILINE)
    ]
    assert not importers


def test_the_webhook_asks_the_front_door_only() -> None:
    """Which names are taken from `nbcore` itself is the business of test_front_door."""
    asked = {name for module in modules("webhook") for name in imported(module.tree)}
    assert {name for name in asked if name.partition(".")[0] == "nbcore"} <= {"nbcore", "nbcore.admission"}
    assert "nbcore" in asked
