"""What is given away is whole: pins, licences, generated files, and no trace of the machine that made it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

GENERATED = sorted(
    [ROOT / "nbcore" / "kubernetes" / "pod_schema.json"]
    + [file for folder in ("crd", "json") for file in (ROOT / "schemas" / folder).glob("*.*")]
)


def pins(name: str) -> dict[str, str]:
    """The pinned version of every distribution in a requirements file."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))


def test_the_demo_installs_a_part_of_what_the_check_installs() -> None:
    assert pins("demo.txt").items() <= pins("dev.txt").items()
    assert pins("webhook.txt").items() <= pins("dev.txt").items()


@pytest.mark.parametrize("name", ["demo.txt", "dev.txt", "webhook.txt"])
def test_every_pin_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(blocks) == len(pins(name)) > 10
    assert all("--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|file:|--(?:index|extra|find|trusted)", text)


@pytest.mark.parametrize("file", GENERATED, ids=lambda file: file.name)
def test_generated_file_names_its_generator(file: Path) -> None:
    head = file.read_text(encoding="utf-8")[:600]
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert re.search(r"schemas[./]generate_\w+", head) or str(file.relative_to(ROOT)) in notice


def test_there_are_generated_files() -> None:
    assert len(GENERATED) > 1


def test_types_are_given_away() -> None:
    assert (ROOT / "nbcore" / "py.typed").read_bytes() == b""


def test_license_is_whole() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text


def tracked() -> list[Path]:
    """The files that git knows or would take, without the vendored pins."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    return [ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()]


def test_no_file_names_the_machine_that_it_was_written_on() -> None:
    places = [str(folder) for folder in (ROOT, Path.home() / ".cache") if len(folder.parts) > 2]
    files = tracked()
    if not files or not places:
        pytest.skip("not a git checkout, or one in a folder of the root")
    machine = re.compile("|".join(map(re.escape, places)).encode())
    telling = [str(file.relative_to(ROOT)) for file in files if machine.search(file.read_bytes())]
    assert not telling
