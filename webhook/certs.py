"""The command ``nbcore-webhook certs``: makes and renews the certificate, where no cert-manager does.

It runs as a job of its own, with an account of its own; the server never does. Refuses to know how certificates
are made and when they are renewed.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from webhook.publishing import Cluster, Configuration, Failed, Folder, Keeper, Secret, here
from webhook.renewal import KEYS, Wishes, restored, step, stored


@click.command(name="certs")
@click.option("--name", "names", multiple=True, help="DNS name or IP address of the server; can be repeated.")
@click.option("--service", metavar="NAMESPACE/NAME", help="Service of the server; its names are added.")
@click.option("--dir", "folder", type=click.Path(path_type=Path), help="Keep everything in this folder.")
@click.option("--secret", metavar="NAMESPACE/NAME", help="Keep everything in this Secret.")
@click.option("--mutating", multiple=True, help="Mutating webhook configuration whose caBundle is set.")
@click.option("--validating", multiple=True, help="Validating webhook configuration whose caBundle is set.")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="Life of what is made."
)
@click.option(
    "--overlap-minutes",
    type=click.FloatRange(0),
    default=15.0,
    show_default=True,
    help="At least this long stands each step of a renewal before the next.",
)
@click.option("--server", help="URL of the API server; without, the cluster that this runs in.")
@click.option("--token-file", type=click.Path(path_type=Path), help="File of the account's token.")
@click.option("--ca-file", type=click.Path(path_type=Path), help="File of the API server's authorities.")
def certs(**flags: Any) -> int:
    """Make the server's certificate, or take the next step of its renewal.

    Run it every hour or so. A renewal takes three runs: both authorities are published, then the new certificate
    is served, then the old authority is dropped.
    """
    wishes = Wishes(_names(flags), flags["days"], timedelta(minutes=flags["overlap_minutes"]))
    try:
        keeper, configurations = _places(flags)
        click.echo(renew(keeper, configurations, wishes, datetime.now(UTC)))
    except (Failed, OSError) as error:
        raise click.ClickException(str(error)) from None
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return 0


def renew(keeper: Keeper, configurations: list[Configuration], wishes: Wishes, now: datetime) -> str:
    """What was done, in words; one step at most."""
    before = restored(keeper.read())
    # what is kept is published again in every run: somebody may have applied the configurations anew
    changes = [one.publish(before.bundle) for one in configurations if before.bundle]
    published = not any(changes)
    after = step(before, wishes, now, published=published)
    if after == before:
        return "nothing is due" if published else "published again"
    keeper.write(stored(after))
    for one in configurations:
        one.publish(after.bundle)
    if after.served != before.served:
        return "the new certificate is served" if before.next else "a certificate was made"
    return "both authorities are published" if after.next else "the old authority was dropped"


def _places(flags: dict[str, Any]) -> tuple[Keeper, list[Configuration]]:
    if bool(flags["folder"]) == bool(flags["secret"]):
        raise click.UsageError("say either --dir DIR or --secret NAMESPACE/NAME")
    named = [(kind, name) for kind in ("mutating", "validating") for name in flags[kind]]
    cluster = _cluster(flags) if flags["secret"] or named else None
    configurations = [Configuration(cluster, *one) for one in named] if cluster else []
    if flags["secret"] and cluster:
        return Secret(cluster, *_two(flags["secret"], "--secret")), configurations
    return Folder(flags["folder"], KEYS), configurations


def _cluster(flags: dict[str, Any]) -> Cluster:
    said = [flags["server"], flags["token_file"], flags["ca_file"]]
    if not any(said):
        return here()
    if not all(said) or not flags["server"].startswith("https://"):
        raise click.UsageError("--server https://…, --token-file and --ca-file go together")
    return Cluster(*said)


def _names(flags: dict[str, Any]) -> tuple[str, ...]:
    names = list(flags["names"])
    if flags["service"]:
        namespace, name = _two(flags["service"], "--service")
        names += [f"{name}.{namespace}.svc", f"{name}.{namespace}.svc.cluster.local"]
    if not names:
        raise click.UsageError("say --service NAMESPACE/NAME, or a --name")
    return tuple(dict.fromkeys(names))


def _two(said: str, flag: str) -> tuple[str, str]:
    namespace, slash, name = said.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise click.UsageError(f"{flag} is NAMESPACE/NAME")
    return namespace, name
