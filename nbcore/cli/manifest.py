"""Manifests as text: plain JSON values as block-style YAML that every parser reads the same.

A text is written without quotes only if no parser of YAML 1.1 or 1.2 could take it for anything else.
Refuses to know what a manifest means.

Laws: ``load(yaml_text(x))`` holds ``x``, with and without comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from nbcore.cli.terminal import printable
from nbcore.finding import Position
from nbcore.kubernetes.paths import Path
from nbcore.source import load

_PLAIN: Final = re.compile(
    r"[A-Za-z/](?:[A-Za-z0-9_./@%+=-]|:(?=[A-Za-z0-9_./-])| (?=[A-Za-z0-9_.(]))*", re.ASCII
)
_OTHER_MEANING: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"})
"""Words that some parser reads as something else than a text."""

_BLOCK_LINE: Final = re.compile(
    r"[!-~\xa1-\xac\xae-\u1fff](?:[ -~\xa1-\xac\xae-\u1fff]*[!-~\xa1-\xac\xae-\u1fff])?|", re.UNICODE
)
"""A line that a literal block holds as it is: nothing to escape, no blanks at either end."""

_INDENTED_LINE: Final = re.compile(r" *" + f"(?:{_BLOCK_LINE.pattern})")
_NO_FOLDING: Final = 2**30


def pod_manifest(pod: Mapping[str, Any]) -> dict[str, Any]:
    """The pod as a manifest that kubectl takes."""
    return {"apiVersion": "v1", "kind": "Pod", **pod}


def list_manifest(items: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """A ``v1`` List of manifests."""
    return {"apiVersion": "v1", "kind": "List", "items": list(items)}


def yaml_text(value: Any, comments: Mapping[Path, str] | None = None) -> str:
    """The value as YAML, with each comment at the end of the line on which the value at its path begins."""
    import yaml

    text: str = yaml.dump(
        value,
        Dumper=_dumper(),
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=_NO_FOLDING,
    )
    return _annotated(text, comments) if comments else text


def _annotated(text: str, comments: Mapping[Path, str]) -> str:
    document = load(text)[0]
    lines = text.split("\n")
    for path, comment in comments.items():
        position = document.position(path)
        number = _line_of(position)
        if number is not None:
            lines[number - 1] += f"  # {printable(comment)}"
    return "\n".join(lines)


def _line_of(position: Position | None) -> int | None:
    return position.line if position else None


def _is_plain(text: str) -> bool:
    return len(text) <= 1024 and _PLAIN.fullmatch(text) is not None and text.lower() not in _OTHER_MEANING


def _is_block(text: str) -> bool:
    """Whether a text of several lines is written as a literal block."""
    first, *rest = text.removesuffix("\n").split("\n")
    if not rest and not text.endswith("\n"):
        return False
    return (
        bool(first)
        and _BLOCK_LINE.fullmatch(first) is not None
        and all(_INDENTED_LINE.fullmatch(line) and not line.isspace() for line in rest)
        and (not rest or rest[-1] != "")
    )


@cache
def _dumper() -> Any:
    """The dumper class; PyYAML is imported when it is first needed."""
    import yaml

    class Dumper(yaml.CSafeDumper):
        """Writes texts so that they stay texts, and no anchors."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def of_text(dumper: Any, text: str) -> Any:
        style = None if _is_plain(text) else "|" if _is_block(text) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(str, of_text)
    return Dumper
