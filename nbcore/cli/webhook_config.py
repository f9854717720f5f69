"""``nbcore webhook-config``: the configurations that tell an API server to ask the webhook.

What is not safe is not printed: the rules of NB8 judge the configurations as they judge those of others. Refuses
to know a cluster: nothing is applied.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import click

import nbcore
from nbcore.cli.findings import format_option, report
from nbcore.cli.manifest import list_manifest, yaml_text
from nbcore.cli.reading import Inputs, Unusable
from nbcore.kubernetes.names import closest
from nbcore.workload.webhook_configuration import (
    DIALECTS,
    NAME,
    WEBHOOKS,
    Dialect,
    FailurePolicy,
    Registration,
    webhook_configurations,
)

_POLICIES: Final = ("Fail", "Ignore")
_MOST_BYTES: Final = 1 << 20
_DEFAULTS: Final = Registration()


@click.command("webhook-config", short_help="Print what tells an API server to ask the webhook.")
@click.option("--namespace", default=_DEFAULTS.namespace, show_default=True, help="Where the webhook runs.")
@click.option("--service", metavar="NAME", help=f"Its Service; {_DEFAULTS.service} without --url.")
@click.option("--url", metavar="URL", help="Call it by this URL, without a path, instead of a Service.")
@click.option(
    "--ca-bundle",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the authority that signs its certificate.",
)
@click.option(
    "--cert-manager", metavar="NS/NAME", help="The Certificate of cert-manager, which writes the bundle."
)
@click.option(
    "--certs-job", metavar="NS/NAME", help="The Secret of `nbcore-webhook certs`, which writes the bundle."
)
@click.option(
    "--failure-policy",
    "policies",
    multiple=True,
    metavar="WEBHOOK=POLICY",
    help="Fail or Ignore for one webhook; may be repeated.",
)
@click.option(
    "--timeout",
    type=click.IntRange(1, 30),
    default=_DEFAULTS.timeout,
    show_default=True,
    help="Seconds to wait.",
)
@click.option(
    "--dialects",
    default=",".join(DIALECTS),
    show_default=True,
    help="Whose kinds the webhook is asked about.",
)
@click.option("--name", default=NAME, show_default=True, help="The name of both configurations.")
@click.option(
    "-o", "--output", type=click.Choice(("yaml", "json")), default="yaml", help="Form of the output."
)
@format_option
@click.pass_context
def command(
    ctx: click.Context,
    namespace: str,
    service: str | None,
    url: str | None,
    ca_bundle: Path | None,
    cert_manager: str | None,
    certs_job: str | None,
    policies: tuple[str, ...],
    timeout: int,
    dialects: str,
    name: str,
    output: str,
    findings_format: str,
) -> None:
    """Print the MutatingWebhookConfiguration and the ValidatingWebhookConfiguration.

    Each webhook fails closed or open as its purpose needs; --failure-policy says it otherwise. What the rules of
    NB8 have anything against is not printed, and the exit code is 1.
    """
    if service and url:
        raise click.UsageError("--service and --url exclude each other")
    if sum(one is not None for one in (ca_bundle, cert_manager, certs_job)) > 1:
        raise click.UsageError("--ca-bundle, --cert-manager and --certs-job exclude each other")
    registration = Registration(
        namespace=namespace,
        service=service or _DEFAULTS.service,
        url=url or "",
        ca_bundle=b64encode(_bytes_of(ca_bundle)).decode() if ca_bundle else "",
        annotations=_annotations(cert_manager, certs_job),
        timeout=timeout,
        policies=dict(map(_policy, policies)),
        dialects=_dialects(dialects),
        name=name,
    )
    made = webhook_configurations(registration)
    findings = nbcore.check(made).findings
    if findings:
        report(findings, Inputs(), findings_format)
        ctx.exit(1)
    click.echo(_text(made, output), nl=False)


def _text(made: Sequence[dict[str, Any]], output: str) -> str:
    if output == "json":
        return json.dumps(list_manifest(made), indent=2) + "\n"
    return "---\n".join(map(yaml_text, made))


def _annotations(cert_manager: str | None, certs_job: str | None) -> dict[str, str]:
    """The annotation by which the bundle is written later."""
    given = {"cert-manager.io/inject-ca-from": cert_manager, "jackhoman.dev/inject-ca-from": certs_job}
    for value in given.values():
        if value is not None and (value.count("/") != 1 or not all(value.split("/"))):
            raise click.UsageError(f"{value[:64]!r} is no NAMESPACE/NAME")
    return {key: value for key, value in given.items() if value is not None}


def _policy(text: str) -> tuple[str, FailurePolicy]:
    """A webhook and its policy.

    Raises: UsageError for one that does not exist.
    """
    webhook, _, policy = text.partition("=")
    names = tuple(one.name for one in WEBHOOKS)
    if webhook not in names:
        near = closest(webhook, names)
        raise click.UsageError(
            f"there is no webhook {webhook[:64]!r}"
            + (f"; did you mean {near}?" if near else f": {', '.join(names)}")
        )
    if policy not in _POLICIES:
        raise click.UsageError(f"the policy of {webhook} must be Fail or Ignore")
    return webhook, cast(FailurePolicy, policy)


def _dialects(text: str) -> tuple[Dialect, ...]:
    """The dialects of a list with commas.

    Raises: UsageError for one that does not exist.
    """
    given = [one.strip() for one in text.split(",")]
    for one in given:
        if one not in DIALECTS:
            raise click.UsageError(f"there is no dialect {one[:64]!r}; known are {', '.join(DIALECTS)}")
    return tuple(one for one in DIALECTS if one in given)


def _bytes_of(file: Path) -> bytes:
    """What a file holds.

    Raises: Unusable for one that cannot be read, or is larger than any bundle.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Unusable(f"{file}: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise Unusable(f"{file}: a bundle of certificates is smaller than {_MOST_BYTES:,} bytes")
    return data
