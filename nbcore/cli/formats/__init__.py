"""The forms of a verdict: one module a form, loaded when it is asked for.

Refuses to know how a verdict comes about and where its text goes; each module has one function, ``text``.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Final, cast

from nbcore.cli.verdict import Verdict

FORMATS: Final[Mapping[str, str]] = {
    "full": "nbcore.cli.formats.full",
    "concise": "nbcore.cli.formats.concise",
    "json": "nbcore.cli.formats.json_document",
    "sarif": "nbcore.cli.formats.sarif",
    "github": "nbcore.cli.formats.github",
    "gitlab": "nbcore.cli.formats.gitlab",
    "junit": "nbcore.cli.formats.junit",
}
"""Each form and its module."""

FOR_PEOPLE: Final = frozenset({"full", "concise"})
"""The forms that nobody parses: they end with a summary, and may have colours."""
DOCUMENTS: Final = frozenset({"json", "sarif", "gitlab", "junit"})
"""The forms that are one document, which nothing may stand beside."""


def writer(form: str) -> Callable[[Verdict, bool], str]:
    """The function that makes the text of a verdict in a form; the second argument is whether in colour.

    Raises: KeyError for a form that does not exist.
    """
    module = importlib.import_module(FORMATS[form])
    return cast("Callable[[Verdict, bool], str]", module.text)
