"""Patterns with ``*`` and ``?`` only: no regular expression comes from a manifest.

Refuses to know what is matched.
"""

from __future__ import annotations


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches the pattern: ``*`` is any run of characters, ``?`` is one.

    Each piece between stars is taken where it comes first, so that nothing is ever tried again: the cost is
    that of finding the pieces.
    """
    first, *rest = pattern.split("*")
    if not rest:
        return len(first) == len(text) and _fits(first, text, 0)
    *middle, last = rest
    end = len(text) - len(last)
    if not (len(first) <= end and _fits(first, text, 0) and _fits(last, text, end)):
        return False
    at = len(first)
    for piece in middle:
        found = _find(piece, text, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _fits(piece: str, text: str, at: int) -> bool:
    """Whether a piece without stars stands in the text there."""
    if "?" not in piece:
        return text.startswith(piece, at)
    return all(mine in ("?", theirs) for mine, theirs in zip(piece, text[at : at + len(piece)], strict=True))


def _find(piece: str, text: str, start: int, end: int) -> int:
    """The first place between start and end where a piece without stars stands, or -1.

    With ``?`` one bit for each beginning of the piece says whether the text so far ends with it: every character
    of the text is looked at once, however much of the piece fits everywhere.
    """
    if "?" not in piece:
        return text.find(piece, start, end)
    any_char = sum(1 << at for at, char in enumerate(piece) if char == "?")
    fits = dict.fromkeys(piece, any_char)
    for at, char in enumerate(piece):
        fits[char] |= 1 << at
    begun, whole = 0, 1 << (len(piece) - 1)
    for at in range(start, end):
        begun = (begun << 1 | 1) & fits.get(text[at], any_char)
        if begun & whole:
            return at - len(piece) + 1
    return -1
