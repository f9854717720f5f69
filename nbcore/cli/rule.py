"""``nbcore rule`` and ``nbcore rules``: what a code means, and which there are.

Refuses to know how anything is found: the registry and its pages say it all.
"""

from __future__ import annotations

import json
from typing import Any, Final

import click

from nbcore.cli.codes import known_code
from nbcore.cli.columns import columns
from nbcore.rules import CODES, FAMILIES, RULES, Rule, page

SCHEMA: Final = "nbcore.rules/v1"
_FORM = click.option(
    "-o", "--output", type=click.Choice(("text", "json")), default="text", help="Form of the answer."
)


@click.command("rule", short_help="Say what a code means and what to do about it.")
@click.argument("code")
@_FORM
def command(code: str, output: str) -> None:
    """Say what a code such as NB203 means: what is refused and why, a case that fails, one that passes.

    Of a family, such as NB2, all codes are listed.
    """
    family = code.strip().upper()
    is_family = family in FAMILIES
    found = [one for one in RULES if one.code[:3] == family] if is_family else [CODES[known_code(code)]]
    if output == "json":
        click.echo(json.dumps({"schema": SCHEMA, "rules": list(map(as_json, found))}, indent=2))
    else:
        click.echo(_family(family) if is_family else documentation(found[0]).rstrip("\n"))


@click.command("rules", short_help="List every rule.")
@_FORM
def listing(output: str) -> None:
    """List every rule: its code, how grave it is, and what it refuses."""
    if output == "json":
        click.echo(json.dumps({"schema": SCHEMA, "rules": list(map(as_json, RULES))}, indent=2))
    else:
        click.echo("\n\n".join(map(_family, FAMILIES)))


def documentation(rule: Rule) -> str:
    """The page of a rule, as Markdown; its head line alone where the page is not installed."""
    try:
        return page(rule.code)
    except FileNotFoundError:
        return f"# {rule.code}: {rule.title}\n"


def sentence(title: str) -> str:
    """A title or message as a sentence of its own."""
    whole = title[:1].upper() + title[1:]
    return whole if whole.endswith((".", "?", "!")) else f"{whole}."


def as_json(rule: Rule) -> dict[str, Any]:
    """The rule as plain JSON."""
    family = rule.code[:3]
    return {
        "code": rule.code,
        "severity": rule.severity,
        "title": rule.title,
        "family": {"code": family, "title": FAMILIES[family]},
        "needs": rule.needs or None,
        "documentation": documentation(rule),
    }


def _family(family: str) -> str:
    rules = [rule for rule in RULES if rule.code.startswith(family)]
    rows = [(rule.code, rule.severity, rule.title) for rule in rules]
    return "\n".join((f"{family} {FAMILIES[family]}", *columns(rows, (5, 7, 400))))
