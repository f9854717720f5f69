"""The two sides of a comparison: what was, and what is to be, out of files, folders or revisions of git.

Refuses to know what is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import click

from nbcore.cli.gitrefs import inputs_at
from nbcore.cli.objects import World
from nbcore.cli.reading import Inputs
from nbcore.cli.terminal import printable
from nbcore.finding import Finding
from nbcore.model.conventions import NOTEBOOK_KINDS

CARRIERS: Final = ("pod", "rolling", "on-delete")


class Sides(NamedTuple):
    """What was and what is to be, and what people call the two."""

    old: World
    new: World
    old_name: str
    new_name: str

    @property
    def inputs(self) -> Inputs:
        """Everything that was read on both sides, for whoever shows where a finding stands."""
        sides = (self.old.inputs, self.new.inputs)
        return Inputs(
            documents=[one for side in sides for one in side.documents],
            texts={name: text for side in sides for name, text in side.texts.items()},
            notes=list(dict.fromkeys(one for side in sides for one in side.notes)),
            skipped=list(dict.fromkeys(one for side in sides for one in side.skipped)),
        )

    @property
    def unread(self) -> bool:
        """Whether there is an object on a side that cannot be read, and so is not compared."""
        return any(self._unread())

    @property
    def unread_kinds(self) -> bool:
        """Whether something that is no notebook cannot be read."""
        return any(one.source.kind not in NOTEBOOK_KINDS for one in self._unread())

    def _unread(self) -> Iterator[Finding]:
        """What is wrong with the form of texts and objects; of two with one name the last one counts."""
        found = (one for side in (self.old, self.new) for one in side.findings)
        return (
            one
            for one in found
            if one.severity == "error" and one.code.startswith("NB1") and one.code != "NB111"
        )


def sides_of(paths: Sequence[str], before: str | None, after: str | None) -> Sides:
    """Both sides: of two paths the first and the second; with a revision the paths then, and now or later.

    Raises: click.UsageError for another number of paths; Unusable for what cannot be read.
    """
    if before is None:
        if after is not None:
            raise click.UsageError("--to needs --from")
        if len(paths) != 2:
            raise click.UsageError("two paths are needed, OLD and NEW, or --from with the paths of both")
        if paths[0] == paths[1] == "-":
            raise click.UsageError("stdin (-) can be one side only")
        old, new = World(paths[:1]), World(paths[1:])
        return Sides(old, new, printable(paths[0]), printable(paths[1]))
    if not paths:
        raise click.UsageError("--from needs the paths that are compared")
    told = " ".join(paths)
    old = World((), inputs_at(before, paths))
    new = World(paths) if after is None else World((), inputs_at(after, paths))
    return Sides(
        old, new, printable(f"{before}:{told}"), printable(told if after is None else f"{after}:{told}")
    )


def with_sides(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the arguments and options that say what is compared."""
    for one in (
        click.option(
            "--carrier",
            type=click.Choice(CARRIERS),
            default="on-delete",
            show_default=True,
            help="What carries the pods: effects are relative to it. Workspaces always roll.",
        ),
        click.option("--to", "after", metavar="REV", help="With --from: compare with this revision."),
        click.option("--from", "before", metavar="REV", help="Read what was from this revision of git."),
        click.argument("paths", nargs=-1, required=True, metavar="OLD NEW | --from REV PATHS..."),
    ):
        command = one(command)
    return command
