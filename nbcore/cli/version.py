"""``nbcore version``: which nbcore this is.

Refuses to know anything else; it imports nothing that takes time.
"""

from __future__ import annotations

import click

from nbcore import __version__


@click.command("version")
def command() -> None:
    """Print the version."""
    click.echo(f"nbcore {__version__}")
