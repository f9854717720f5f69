"""Selections on the command line: ``GROUP=VALUE``, checked against the Template that they are for.

Refuses to know what is done with them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click

from nbcore.cli.objects import shown
from nbcore.cli.reading import Unusable
from nbcore.kubernetes.names import closest
from nbcore.model.template import Template


def parsed(selected: Sequence[str]) -> dict[str, str]:
    """The selections by group.

    Raises: click.BadParameter for a text of another form.
    """
    return dict(map(_selection, selected))


def _selection(text: str) -> tuple[str, str]:
    group, equals, value = text.partition("=")
    if not (group and equals and value):
        raise click.BadParameter(f"{text[:64]!r} is not GROUP=VALUE", param_hint="--select")
    return group, value


def check_selection(chosen: Mapping[str, str], template: Template) -> None:
    """Refuses a selection that the Template does not have.

    Raises: Unusable with what was probably meant.
    """
    for group, value in chosen.items():
        found = template.spec.group(group)
        if found is None:
            raise Unusable(
                f"there is no option group {group}{hint(group, (one.id for one in template.spec.options))}"
            )
        if found.value(value) is None:
            raise Unusable(f"{group} has no value {value}{hint(value, (one.id for one in found.values))}")


def hint(word: str, known: Iterable[str]) -> str:
    """What was probably meant, or what there is, as the end of a sentence."""
    names = list(known)
    near = closest(word, names)
    if near:
        return f"; did you mean {near}?"
    return f"; there are: {shown(names)}" if names else ""
