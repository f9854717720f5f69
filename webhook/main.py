"""The ``nbcore-webhook`` program: its flags, and what they start.

Exit codes: 0 left after SIGTERM, 1 a part broke off, 2 could not start, 130 interrupted. Refuses to know what
the parts do.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

import click

from nbcore import __version__
from webhook.certs import certs

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_MOUNTED: Final = click.Path(path_type=Path)
_FOLDER: Final = click.Path(exists=True, file_okay=False, path_type=Path)
_PORT: Final = click.IntRange(0, 65535)
_COLLECTED: Final = (20_000, 50, 100)
"""Reviews are trees and go without a collection: with the defaults, each of them makes one begin in vain."""
_SETTINGS: Final = ("kubernetes_version", "pod_security", "compat", "admins", "cleaners", "trusted_creators")


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.option("--kinds", type=_FOLDER, help="Folder of kinds; runs without a cluster.")
@click.option("--watch", is_flag=True, help="Kinds from the API server.")
@click.option("--server", help="With --watch: URL of the API server; without, the cluster that this runs in.")
@click.option("--token-file", type=_MOUNTED, help="With --watch: file of the account's token.")
@click.option("--ca-file", type=_MOUNTED, help="With --watch: file of the API server's authorities.")
@click.option(
    "--dialects",
    default="native,kubeflow-v2,kubeflow-v1",
    show_default=True,
    help="With --watch: whose kinds are watched; a dialect whose CRDs are not installed is left out here.",
)
@click.option("--host", default="", help="Address to listen on; all of them without.")
@click.option("--port", type=_PORT, default=8443, show_default=True, help="Port of admission; TLS.")
@click.option(
    "--health-port", type=_PORT, default=8080, show_default=True, help="Port of health and metrics."
)
@click.option("--tls-cert", type=_MOUNTED, help="File of the certificate and its chain; self-signed without.")
@click.option("--tls-key", type=_MOUNTED, help="File of the certificate's key.")
@click.option("--tls-poll", type=click.FloatRange(0.05, 60), default=5.0, hidden=True)
@click.option(
    "--tls-name", multiple=True, default=("localhost", "127.0.0.1"), help="Names of a self-signed one."
)
@click.option("--client-ca", type=_MOUNTED, help="File of authorities; clients must show a certificate.")
@click.option(
    "--client-name", multiple=True, help="Only clients with this common or DNS name; can be repeated."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that serve."
)
@click.option(
    "--max-in-flight",
    type=click.IntRange(1, 10_000),
    default=320,
    show_default=True,
    help="Reviews at once; more are answered 503.",
)
@click.option(
    "--max-connections",
    type=click.IntRange(1, 60_000),
    default=2000,
    show_default=True,
    help="Connections at once; more are closed.",
)
@click.option(
    "--drain-seconds",
    type=click.FloatRange(0, 600),
    default=15.0,
    show_default=True,
    help="How long everything is still answered after SIGTERM.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="At debug, every answer is logged.",
)
@click.option("--settings", "settings_file", type=_FILE, help="YAML or JSON file of settings.")
@click.option("--kubernetes-version", help="Version that pods are judged for.")
@click.option("--pod-security", help="Pod Security level that pods must meet, such as restricted:v1.29.")
@click.option(
    "--compat", type=click.Choice(["kubeflow"]), help="Behave as this upstream, its faults included."
)
@click.option("--admin", "admins", multiple=True, help="User or group that may act for any owner.")
@click.option("--cleaner", "cleaners", multiple=True, help="Account that may delete for the cluster.")
@click.option("--trusted-creator", "trusted_creators", multiple=True, help="Account that may name an owner.")
@click.option("--line", type=int, hidden=True)
@click.pass_context
def cli(ctx: click.Context, /, **flags: Any) -> int:
    """Serve the admission webhook, or `certs`: make its certificates."""
    if ctx.invoked_subcommand:
        return 0
    return serve(flags, ctx.obj)


cli.add_command(certs)


def serve(flags: dict[str, Any], arguments: Sequence[str]) -> int:
    """Serves until it is told to leave; the exit code.

    Raises: click.ClickException for flags that do not go together, or an address that cannot be had.
    """
    # the first process of a container has no default for this signal, and its loop has not begun yet
    signal.signal(signal.SIGTERM, _leave)
    # what takes long is done beside the loop, which gets its turn back so much later: a fifth of what is usual
    sys.setswitchinterval(0.001)
    gc.set_threshold(*_COLLECTED)
    from webhook import logs, serving, workers

    plan = plan_of(flags)
    logs.start(flags["log_level"])
    many, host, port = flags["workers"], flags["host"], flags["port"]
    if flags["line"] is not None:
        line = socket.socket(fileno=flags["line"])
        return asyncio.run(workers.serve_child(plan, _bound(host, port, shared=True), line))
    health = _bound(host, flags["health_port"])
    if many == 1:
        return asyncio.run(serving.run(plan, _bound(host, port), health))
    if not flags["tls_cert"] or not port:
        raise click.UsageError("several workers need --tls-cert, --tls-key and a port of their own")
    return asyncio.run(workers.run(arguments, health, many))


def _leave(*_: object) -> NoReturn:
    sys.exit(0)


def _bound(host: str, port: int, *, shared: bool = False) -> socket.socket:
    from webhook.listening import bound

    try:
        return bound(host, port, shared=shared)
    except OSError as error:
        raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None


def plan_of(flags: dict[str, Any]) -> Any:
    """What the flags ask for.

    Raises: click.ClickException for flags that do not go together.
    """
    from webhook import answering, options, rotation, serving

    if bool(flags["kinds"]) == bool(flags["watch"]):
        raise click.UsageError("say either --kinds DIR or --watch")
    if bool(flags["tls_cert"]) != bool(flags["tls_key"]):
        raise click.UsageError("--tls-cert and --tls-key go together")
    if flags["client_name"] and not flags["client_ca"]:
        raise click.UsageError("--client-name needs --client-ca")
    settings = options.settings_of(flags["settings_file"], {name: flags[name] for name in _SETTINGS})
    if flags["tls_cert"]:
        certificate = rotation.files(flags["tls_cert"], flags["tls_key"], flags["client_ca"])
    else:
        certificate = rotation.self_signed(flags["tls_name"], flags["client_ca"])
    source, figures = _source(flags)
    return serving.Plan(
        source=source,
        figures=figures,
        certificate=certificate,
        settings=options.of_the_day(settings),
        allowed_clients=frozenset(flags["client_name"]),
        limits=answering.Limits(in_flight=flags["max_in_flight"]),
        connections=flags["max_connections"],
        drain=flags["drain_seconds"],
        certificate_poll=flags["tls_poll"],
    )


def _source(flags: dict[str, Any]) -> tuple[Callable[[], Any], Callable[[Any], Any]]:
    """What makes the source of kinds, called within the loop, and what shows its figures."""
    if flags["kinds"]:
        from webhook import directory

        return partial(directory.DirectoryKinds, flags["kinds"]), directory.figures
    from webhook import watch_figures, watching
    from webhook.client import Access

    dialects = [name.strip() for name in flags["dialects"].split(",") if name.strip()]
    unknown = sorted(set(dialects) - set(watching.DIALECTS))
    if unknown:
        raise click.UsageError(
            f"there is no dialect {unknown[0][:64]!r}; known are {', '.join(watching.DIALECTS)}"
        )
    account = Access(flags["server"], flags["token_file"], flags["ca_file"]) if flags["server"] else _here()
    return partial(watching.WatchedKinds, account, dialects), watch_figures.figures


def _here() -> Any:
    """The account of the pod that this runs in."""
    from webhook import client, publishing

    try:
        cluster = publishing.here()
    except publishing.Failed as error:
        raise click.UsageError(str(error)) from None
    return client.Access(cluster.url, cluster.token_file, cluster.ca_file)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Runs the program and exits.

    Raises: SystemExit.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = cli.main(given, prog_name="nbcore-webhook", standalone_mode=False, obj=given)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)


if __name__ == "__main__":
    main()
