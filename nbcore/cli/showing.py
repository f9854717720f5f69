"""Showing: a verdict goes to stdout and to files, in every form that was asked for; notes go to stderr.

Refuses to know how a form is written.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

import click

from nbcore.cli.formats import FOR_PEOPLE, writer
from nbcore.cli.reading import Inputs, Skipped, Unusable
from nbcore.cli.request import Request
from nbcore.cli.terminal import printable, wants_colour
from nbcore.cli.verdict import Verdict


def show(verdict: Verdict, request: Request) -> None:
    """Prints the verdict in every form that was asked for; notes go to stderr."""
    if not request.quiet:
        say_notes(verdict.inputs)
    for one in request.outputs:
        if one.file:
            _write(one.file, _text(one.form, verdict, request, colour=False))
            continue
        text = _text(one.form, verdict, request, wants_colour(sys.stdout))
        if text:
            click.echo(_harmless(text) if one.form in FOR_PEOPLE else text, color=True)


def _text(form: str, verdict: Verdict, request: Request, colour: bool) -> str:
    """The whole answer in one form, for people with its last lines."""
    if form not in FOR_PEOPLE:
        return writer(form)(verdict, colour)
    from nbcore.cli.formats.summary import statistics, summary

    findings = statistics(verdict) if request.statistics else writer(form)(verdict, colour)
    last = "" if request.quiet else summary(verdict)
    between = "\n" if form == "concise" else "\n\n"
    return between.join(part for part in (findings, last) if part)


def _harmless(text: str) -> str:
    """The text; on GitHub so that no line of it can be taken for a workflow command."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return text
    import secrets  # late: it brings in a good part of cryptography

    word = secrets.token_hex(16)
    return f"::stop-commands::{word}\n{text}\n::{word}::"


def _write(file: str, text: str) -> None:
    try:
        with open(file, "w", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123
            stream.write(f"{text}\n" if text else "")
    except (OSError, ValueError) as error:
        raise Unusable(f"{file}: {getattr(error, 'strerror', None) or 'it cannot be written'}") from None


def say_notes(inputs: Inputs) -> None:
    """Says what was skipped, counted by reason, and what else there is to know."""
    for line in (*_skipped_in_words(inputs.skipped), *inputs.notes):
        click.echo(f"note: {printable(line)}", err=True)


def _skipped_in_words(skipped: Iterable[Skipped]) -> list[str]:
    by_reason: dict[str, list[str]] = {}
    for one in skipped:
        by_reason.setdefault(one.reason, []).append(one.name)
    return [
        f"skipped {names[0]}: {reason}"
        if len(names) == 1
        else f"skipped {len(names):,} files such as {names[0]}: {reason}"
        for reason, names in by_reason.items()
    ]
