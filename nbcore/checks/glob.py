"""Patterns with ``*`` and ``?`` only: no regular expression comes from a manifest.

Refuses to know what is matched.
"""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches the pattern: ``*`` is any run of characters, ``?`` is one.

    Linear in practice and quadratic at worst: it goes back to the last star only.
    """
    at = star = 0
    mark = -1
    for_text = 0
    while for_text < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, for_text
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[for_text]):
            at += 1
            for_text += 1
        elif mark >= 0:
            mark += 1
            at, for_text = star + 1, mark
        else:
            return False
    return all(rest == "*" for rest in pattern[at:])
