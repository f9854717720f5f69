"""The ``nbcore`` program: its commands, loaded when they are called, and how every way to end leaves.

Exit codes: 0 ran, 1 ran and there are errors among the findings, 2 could not do its job, 130 interrupted.
Refuses to know what the commands do; whatever goes wrong in them is one line on stderr, never a traceback.
"""

from __future__ import annotations

import importlib
import io
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

import click

from nbcore import __version__

COMMANDS: Final[Mapping[str, str]] = {
    "choices": "nbcore.cli.choices",
    "diff": "nbcore.cli.diff",
    "explain": "nbcore.cli.explain",
    "graph": "nbcore.cli.graph",
    "images": "nbcore.cli.images",
    "lint": "nbcore.cli.lint",
    "plan": "nbcore.cli.plan",
    "render": "nbcore.cli.render",
    "revision": "nbcore.cli.revision",
    "rule": "nbcore.cli.rule",
    "rules": "nbcore.cli.rule:listing",
    "schema": "nbcore.cli.schema",
    "update": "nbcore.cli.update",
    "usage": "nbcore.cli.usage",
    "version": "nbcore.cli.version",
    "webhook-config": "nbcore.cli.webhook_config",
}
"""Each command and the module that holds it, under the name ``command`` unless it says another."""

TRACEBACK: Final = "NBCORE_TRACEBACK"
"""Environment variable that shows, when set, where an internal error comes from."""


class Commands(click.Group):
    """The group of all commands; a command is imported only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), name or "command")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the arguments begin with; one that does not exist is a usage error."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from nbcore.kubernetes.names import closest

            near = closest(args[0], COMMANDS)
            hint = f" Did you mean {near}?" if near else ""
            ctx.fail(f"there is no command {args[0][:64]!r}.{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """What the command returns; a reader that has read enough ends it quietly."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            _silence()
            return None
        return result


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, message="%(prog)s %(version)s")
def cli() -> None:
    """Define, validate and safely change notebook environments on Kubernetes."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the program and exits.

    Raises: SystemExit, and nothing else.
    """
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    """The exit code of one run."""
    _speak_whatever_the_encoding()
    # pydantic would look for plugins in every package that is installed, which takes longer than all models
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        code = cli.main(arguments, prog_name="nbcore", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        _silence()
        return 0
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 2
    except Exception as error:
        return _internal(error)


def _internal(error: Exception) -> int:
    """Says in one line that nbcore itself is at fault, without any value of the input."""
    if os.environ.get(TRACEBACK):
        import traceback

        traceback.print_exc()
    hint = f"set {TRACEBACK}=1 to see where, and report it"
    click.echo(
        f"error: nbcore failed, which is a fault of its own ({type(error).__name__}); {hint}", err=True
    )
    return 2


def _speak_whatever_the_encoding() -> None:
    """Lets streams write what their encoding lacks as escapes: a sign in a name is no reason to fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _silence() -> None:
    """Points stdout to nothing, so that Python does not complain when it flushes at the end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file, or closed altogether
        return
