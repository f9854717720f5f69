"""The skeleton of a page: head, search, way around, main part, foot; its style and its little script inline.

Refuses to know what a page tells. Nothing is loaded from anywhere, and a script that is not this one never runs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from nbcore import __version__
from nbcore.cli.pages.drawing import STYLE
from nbcore.cli.pages.markup import Child, Html, el, joined
from nbcore.cli.pages.words import Word

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
    "base-uri 'none'; form-action 'none'"
)
"""What a browser may load and run for a page: nothing but its own style and the one script."""


class Section(NamedTuple):
    """A part of a page: its id, its heading, and what stands in it."""

    id: str
    title: str
    body: Sequence[Child]

    @property
    def markup(self) -> Html:
        """The part as a landmark that is named by its heading."""
        heading = el("h2", el("a", self.title, href=f"#{self.id}"), id=f"{self.id}-title")
        return el("section", heading, *self.body, id=self.id, aria_labelledby=f"{self.id}-title")


class Search(NamedTuple):
    """What the search box looks for: the noun of the items, and the facets by which they are shown.

    Shape: an item is an element with ``data-item`` (its facet, or nothing); what stands in it with ``data-sub`` is
    found on its own. Everything is there and shown without a script, too.
    """

    noun: str
    facets: Mapping[str, Word]


def page(
    title: str, lead: Child, sections: Sequence[Section], search: Search, summary: Sequence[Child] = ()
) -> str:
    """The whole text of a page.

    Shape: the same input gives the same text, byte for byte.
    """
    script = _asset("page.js")
    body = (
        el("a", "Skip to the answer", href="#answer", class_="skip"),
        el("header", el("h1", title), el("p", lead, class_="lead"), *summary),
        _around(sections),
        _search(search),
        el("main", [one.markup for one in sections], id="answer", tabindex=-1),
        el("footer", el("p", f"Made by nbcore {__version__}. This file is whole: it loads nothing.")),
        el("script", Html(script)),
    )
    head = (
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY.format(digest=_digest(script))),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="color-scheme", content="light dark"),
        el("meta", name="referrer", content="no-referrer"),
        el("title", title),
        el("style", Html(_asset("page.css") + STYLE)),
    )
    whole = el("html", el("head", head), el("body", body), lang="en")
    return f"<!DOCTYPE html>\n{whole}\n"


def _around(sections: Sequence[Section]) -> Html:
    items = [el("li", el("a", one.title, href=f"#{one.id}")) for one in sections]
    return el("nav", el("ul", items), aria_label="On this page") if len(items) > 1 else joined()


def _search(search: Search) -> Html:
    """The form, which is shown by the script that makes it work."""
    box = el("input", type="search", id="query", autocomplete="off", spellcheck="false")
    facets = [
        el("label", el("input", type="checkbox", value=name, checked=True), word.badge())
        for name, word in search.facets.items()
    ]
    choice = el("fieldset", el("legend", "Show"), facets) if len(facets) > 1 else joined()
    buttons = (
        el("button", "Open all", type="button", id="open-all"),
        el("button", "Close all", type="button", id="close-all"),
    )
    told = el("p", id="told", role="status")
    label = el("label", f"Search {search.noun}", for_="query")
    return el(
        "form", el("div", label, box, buttons), choice, told, id="search", role="search", hidden=True,
        data_noun=search.noun,
    )  # fmt: skip


@cache
def _asset(name: str) -> str:
    return resources.files("nbcore.cli.pages").joinpath(name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
