"""The option ``--compat`` of every command that renders: whose behaviour is reproduced.

Refuses to know what differs; lint takes the same word from its configuration too.
"""

from __future__ import annotations

from typing import Final

import click

from nbcore.settings import Settings

VARIABLE: Final = "NBCORE_COMPAT"
"""Environment variable that says what the option would."""
PROJECTS: Final = ("kubeflow",)
HELP: Final = "Behave as Kubeflow's own engine, its faults included."

compat_option = click.option(
    "--compat",
    type=click.Choice(PROJECTS),
    envvar=VARIABLE,
    callback=lambda _ctx, _option, value: Settings(compat=value or ""),
    expose_value=True,
    help=HELP,
)
"""Gives the command the settings, as ``compat``."""
