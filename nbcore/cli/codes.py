"""Which codes count: what a user selects and ignores, as codes or the beginnings of codes.

Refuses to know what the rules say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nbcore.cli.reading import Unusable
from nbcore.rules import CODES, FAMILIES, RETIRED


class Selection(NamedTuple):
    """Beginnings of codes: those that count, all of them where none is named, and those that do not."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def has(self, code: str) -> bool:
        """Whether a code counts: the longer beginning decides, of two equal ones that which ignores."""
        selected = _longest(self.select, code) if self.select else 0
        return selected > _longest(self.ignore, code)


def selection(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Selection:
    """The selection that a user typed, each text one or more codes with commas between them.

    Raises: Unusable for a text that no code begins with.
    """
    return Selection(tuple(_beginnings(select)), tuple(_beginnings(ignore)))


def known_code(text: str) -> str:
    """The code that a user typed, in any case.

    Raises: Unusable for a code that does not exist, with what was probably meant.
    """
    code = text.strip().upper()
    if code not in CODES:
        raise Unusable(_unknown(code))
    return code


def _beginnings(texts: Iterable[str]) -> Sequence[str]:
    found = [part.strip().upper() for text in texts for part in text.split(",") if part.strip()]
    for one in found:
        if not any(code.startswith(one) for code in CODES):
            raise Unusable(_unknown(one))
    return found


def _unknown(code: str) -> str:
    if code in RETIRED:
        return f"the code {code} is retired: no rule has it any more"
    from nbcore.kubernetes.names import closest  # late: most codes are written right

    near = closest(code, (*CODES, *FAMILIES))
    hint = f"; did you mean {near}?" if near else "; `nbcore rules` lists them"
    return f"there is no code {code[:64]}{hint}"


def _longest(beginnings: Iterable[str], code: str) -> int:
    """The length of the longest beginning that a code has, or -1 without one."""
    return max((len(one) for one in beginnings if code.startswith(one)), default=-1)
