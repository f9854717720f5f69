"""Mount paths: one canonical form, and what a user's volume may not hide."""

from __future__ import annotations

import pytest

from nbcore.checks.mount_paths import canonical, problem_with_mount_path


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("/a", "/a"),
        ("/a/", "/a"),
        ("//a///b/.", "/a/b"),
        ("/", "/"),
        ("/a/./b", "/a/b"),
        ("/.a", "/.a"),
        ("/a..b", "/a..b"),
    ],
)
def test_canonical(path: str, result: str) -> None:
    assert canonical(path) == result


TAKEN, ABOVE = frozenset({"/home/me"}), frozenset({"/", "/home"})
SYSTEM, FORM = "the mount path belongs to the system", "the mount path must be absolute, without `..` and `:`"
CASES = (
    ("/data", None),
    ("/home/me/data", None),
    ("/homes", None),
    ("/etcetera", None),
    ("/var/log", None),
    ("/home/me", "/home/me is mounted already"),
    ("//home/./me/", "/home/me is mounted already"),
    ("/home", "the volume would hide what is mounted below /home"),
    *(
        (path, SYSTEM)
        for path in ("/", "//", "/etc", "/etc/", "/usr/lib", "/proc/1", "/var", "/var/run/secrets", "/./dev/")
    ),
    *((path, FORM) for path in ("data", "", "/a/../etc", "/a:b", "/a\0b", "./a", "..")),
)


@pytest.mark.parametrize(("path", "answer"), CASES)
def test_problem_with_mount_path(path: str, answer: str | None) -> None:
    assert problem_with_mount_path(path, TAKEN, ABOVE) == answer
