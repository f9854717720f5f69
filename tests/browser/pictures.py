"""The pictures of the documents, photographed anew: ``python -m tests.browser.pictures``.

Refuses to know anything but what the documents show.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from tests.browser import examples
from tests.browser.chromium import Chromium

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "docs" / "pictures"
MOST_BYTES: Final = 200_000


class Picture(NamedTuple):
    """One picture: what it shows, how large, in light or dark, and what is opened before."""

    name: str
    text: str
    width: int
    height: int
    dark: bool = False
    first: str = "0"


def pictures() -> list[Picture]:
    """All pictures of the documents."""
    opened = "document.querySelector('#restart details').open = true"
    return [
        Picture(
            "explain.html",
            asked("explain", "kinds", "--notebook", "team-a/ada-jupyter", "-o", "html"),
            1120,
            900,
        ),
        Picture("plan.html", examples.plan_text(200, "edited"), 1120, 1000, first=opened),
        Picture("diff.html", examples.compared(), 1120, 620, dark=True),
    ]


def asked(*arguments: str) -> str:
    """What the program prints."""
    command = [sys.executable, "-m", "nbcore", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main() -> None:
    """Photographs them all."""
    with tempfile.TemporaryDirectory() as folder, Chromium(Path(folder, "profile")) as browser:
        for one in pictures():
            file = Path(folder, one.name)
            file.write_text(one.text, encoding="utf-8")
            browser.open(file.as_uri(), dark=one.dark, width=one.width, height=one.height)
            browser.ask(one.first)
            picture = FOLDER / Path(one.name).with_suffix(".png").name
            browser.photograph(picture)
            size = picture.stat().st_size
            print(f"{picture.relative_to(ROOT)}: {size:,} bytes")
            if size > MOST_BYTES:
                raise SystemExit(f"{picture.name} is larger than {MOST_BYTES:,} bytes")


if __name__ == "__main__":
    main()
