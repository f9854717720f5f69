"""Laws of template text in WorkspaceKinds."""

from __future__ import annotations

import json
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from nbcore.resolve.go_text import NO_VALUE, parts_of
from nbcore.resolve.text import Hole, filled

PORTS = ("jupyterlab", "r", "a}}b")
_WORDS = [
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "httpPathPrefix",
    '"r"',
    "`r`",
    "'r'",
    ".X",
    "$x",
    ":=",
    "if",
    "end",
    "print",
]
_SIGNS = ["/*", "*/", "\n", " ", "\u00a0", "\\x", "0x1", "|", "(", ")", ",", '"', "`", "'", "-", "."]
TEXTS = st.text(st.characters(), max_size=12)
NEARLY_TEMPLATES = st.lists(st.sampled_from(_WORDS + _SIGNS) | TEXTS, max_size=15).map("".join)
SPACES = st.text(" \t\r\n", max_size=3)


class Piece(NamedTuple):
    """Some text of a template, and what it renders to."""

    written: str
    rendered: str


def value(hole: Hole) -> str:
    return f"/{hole.port}/"


@st.composite
def calls(draw: st.DrawFn) -> Piece:
    port = draw(st.sampled_from(PORTS))
    quoted = draw(st.sampled_from([f'"{port}"', f"`{port}`", json.dumps(port)]))
    space = draw(st.sampled_from([" ", "\n", "\t\r "]))
    written = f"{{{{{draw(SPACES)}httpPathPrefix{space}{quoted}{draw(SPACES)}}}}}"
    return Piece(written, f"/{port}/")


COMMENTS = TEXTS.filter(lambda text: "*/" not in f"{text}*").map(
    lambda text: Piece(f"{{{{/*{text}*/}}}}", "")
)
LITERALS = TEXTS.filter(lambda text: "{" not in text).map(lambda text: Piece(text, text))
FIELDS = st.sampled_from([Piece("{{ . }}", NO_VALUE), Piece("{{.X.Y}}", NO_VALUE)])
UNKNOWN = st.just(Piece('{{ httpPathPrefix "other" }}', ""))


@given(TEXTS | NEARLY_TEMPLATES, st.booleans(), st.sampled_from([None, (), PORTS]))
def test_any_text_is_answered(text: str, compat: bool, ports: tuple[str, ...] | None) -> None:
    parts, problem = parts_of(text, ports, compat=compat)
    if problem:
        assert parts == (text,)
        (problem.reason + problem.remedy).encode()
    for hole in parts:
        assert isinstance(hole, str) or ports is None or hole.port in ports


@given(
    (TEXTS | NEARLY_TEMPLATES).map(lambda text: text.replace("{{", "{")).filter(lambda text: "{{" not in text)
)
def test_text_without_an_action_is_itself(text: str) -> None:
    assert parts_of(text, PORTS) == ((text,) if text else (), None)


@given(st.lists(calls() | COMMENTS | LITERALS, max_size=6))
def test_text_of_calls_renders_to_their_values(pieces: list[Piece]) -> None:
    parts, problem = parts_of("".join(piece.written for piece in pieces), PORTS)
    assert problem is None
    assert filled(parts, value) == "".join(piece.rendered for piece in pieces)


@given(st.lists(calls() | COMMENTS | LITERALS | FIELDS | UNKNOWN, max_size=6) | NEARLY_TEMPLATES)
def test_compat_only_accepts_more(case: list[Piece] | str) -> None:
    text = case if isinstance(case, str) else "".join(piece.written for piece in case)
    parts, problem = parts_of(text, PORTS)
    tolerant, remaining = parts_of(text, PORTS, compat=True)
    if problem and problem.kind in ("no value", "unknown port"):
        assert remaining is None
    else:
        assert (tolerant, remaining) == (parts, problem)
    if not isinstance(case, str):
        assert filled(tolerant, value) == "".join(piece.rendered for piece in case)


@given(st.text(st.characters(codec="utf-8"), max_size=12))
def test_every_port_id_can_be_written(port: str) -> None:
    written = (f"\\U{ord(one):08x}" for one in port), (f"\\x{byte:02x}" for byte in port.encode())
    for escapes in written:
        text = f'{{{{ httpPathPrefix "{"".join(escapes)}" }}}}'
        assert parts_of(text, [port]) == ((Hole("httpPathPrefix", port),), None)
