"""Globs of files as a configuration names them: `legacy/**`, `*.json`, `vendor`.

A glob with a slash starts from the folder of the configuration, one without stands for a name anywhere below
it; one that matches a folder stands for all that is in it. Refuses to know which files there are.
"""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterable
from functools import cache
from typing import Final

_PART: Final = re.compile(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", re.DOTALL)
_MEANS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def rooted(pattern: str, folder: str) -> str:
    """The glob with the folder that it starts from."""
    inner = pattern.strip("/")
    anywhere = "" if "/" in inner or pattern.startswith("/") else "**/"
    root = glob.escape(os.path.abspath(folder)).rstrip("/")  # noqa: PTH100
    return f"{root}/{anywhere}{inner.removeprefix('./')}"


def matches(file: str, patterns: Iterable[str]) -> bool:
    """Whether a file, or a folder that it is in, matches one of the globs; they have their folder."""
    full = os.path.abspath(file)  # noqa: PTH100
    return any(_compiled(one).fullmatch(full) for one in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = [one[0] for one in _PART.finditer(pattern)]
    return re.compile("".join(map(_as_expression, parts)) + "(?:/.*)?", re.DOTALL)


def _as_expression(part: str) -> str:
    if len(part) > 1 and part[0] == "[":
        negated = part[1] == "!"
        inner = part[2 if negated else 1 : -1].replace("\\", "\\\\").replace("^", "\\^").replace("[", "\\[")
        return f"[{'^' if negated else ''}{inner}]"
    return _MEANS.get(part) or re.escape(part)
