"""The options of rollout waves: in which order notebooks are changed, and how many at a time.

Refuses to know what is done to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import click

from nbcore.planning.fleet import Member
from nbcore.planning.outcomes import Plan
from nbcore.planning.rollout import Wave, waves


class Rollout(NamedTuple):
    """What was asked for; nothing where ``wanted`` is False."""

    wanted: bool
    canary: float
    per_namespace: bool
    at_once: int | None

    def of(self, notebooks: Plan | Iterable[Member]) -> tuple[Wave, ...]:
        """The waves, if they are wanted."""
        if not self.wanted:
            return ()
        return waves(notebooks, canary=self.canary, per_namespace=self.per_namespace, at_once=self.at_once)


def waves_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the options of waves, as ``rollout``."""

    def with_rollout(
        *arguments: Any,
        in_waves: bool,
        canary: float | None,
        per_namespace: bool,
        at_once: int | None,
        **given: Any,
    ) -> Any:
        wanted = in_waves or canary is not None or per_namespace or at_once is not None
        rollout = Rollout(wanted, 0.05 if canary is None else canary, per_namespace, at_once)
        return command(*arguments, rollout=rollout, **given)

    with_rollout.__doc__ = command.__doc__
    with_rollout.__dict__.update(command.__dict__)
    for one in (
        click.option(
            "--at-once", type=click.IntRange(1), metavar="N", help="At most so many notebooks in a wave."
        ),
        click.option("--per-namespace", is_flag=True, help="Keep each wave to one namespace."),
        click.option(
            "--canary",
            type=click.FloatRange(0, 1),
            metavar="SHARE",
            help="The share of those that run that goes ahead; default: 0.05.",
        ),
        click.option(
            "--waves",
            "in_waves",
            is_flag=True,
            help="Say in which order to roll it out; stopped and idle first.",
        ),
    ):
        with_rollout = one(with_rollout)
    return with_rollout
