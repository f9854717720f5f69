"""Markup: HTML out of elements, in which every text is escaped and none can steer what stands beside it.

Refuses to know what the texts say, and to take markup from anybody but itself.

Laws: test_a_text_in_markup_comes_back_as_it_was, test_ids_of_different_names_differ.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias
from urllib.parse import quote

_STEERING: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
"""Characters that do not show, turn the direction of a text around, or are no text at all."""

_STEP: Final = re.compile(r"[.\[]*[^.\[]+|[.\[]+\Z")

LINES: Final = dict.fromkeys(
    ("details", "form", "header", "li", "meta", "nav", "section", "table", "title", "tr"), "\n"
)
"""What stands after an element: those that are blocks end their line, so that two pages can be compared."""

VOID: Final = frozenset({"input", "meta", "wbr"})
"""Elements that hold nothing and have no end."""


class Html(str):
    """Text that is markup already; made by this module alone."""

    __slots__ = ()


Child: TypeAlias = "str | int | Html | Iterable[Child]"
"""What may stand in an element: texts, which are escaped, elements, and any iterable of these."""


def escaped(text: str) -> Html:
    """The text as HTML shows it, in an attribute too: nothing in it is markup, and what hides is spelled out."""
    return Html(html.escape(_STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text), quote=True))


def joined(*children: Child) -> Html:
    """Texts and elements after each other."""
    return Html("".join(map(_markup, children)))


def el(name: str, /, *children: Child, **attributes: str | int | bool) -> Html:
    """An element; an attribute is left out where it is False, and stands without value where it is True.

    Shape: a `_` in an attribute's name is written as `-`; one at its end is left out (``class_``).
    """
    head = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    end = "" if name in VOID else f"</{name}>"
    return Html(f"{head}{joined(*children)}{end}{LINES.get(name, '')}")


def link_to(place: str) -> str:
    """The `href` that leads to the element of a page with an id made by `id_of`."""
    return f"#{place}"


def id_of(*parts: str) -> str:
    """An id, stable and without a sign that would mean something in an address, out of names.

    Shape: parts are separated by ``/``; different parts have different ids.
    """
    return "/".join(quote(one, safe="[]", errors="surrogatepass") or "%" for one in parts)


def _attribute(name: str, value: str | int | bool) -> str:
    if value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escaped(str(value))}"'


def _markup(child: Child) -> str:
    if isinstance(child, Html):
        return child
    if isinstance(child, str | int):
        return escaped(str(child))
    return "".join(map(_markup, child))


# ---- forms that every page uses ----


def code(text: str) -> Html:
    """A name or value, apart from the sentence that it stands in."""
    return el("code", text)


def path(text: str) -> Html:
    """The path of a field, which may be broken before a step."""
    steps = _STEP.findall(text)
    return el("code", [[el("wbr") if at else "", step] for at, step in enumerate(steps)])


def table(caption: str, heads: Sequence[str], rows: Iterable[Html], class_: str = "") -> Html:
    """A table: its caption for those who do not see it, the heads of the columns, and rows made by `row`."""
    head = el("thead", el("tr", [el("th", one, scope="col") for one in heads]))
    title = el("caption", caption, class_="unseen")
    return el("div", el("table", title, head, el("tbody", rows), class_=class_ or False), class_="wide")


def row(first: Child, cells: Sequence[tuple[str, Child]], **attributes: str | int | bool) -> Html:
    """A row: the cell that heads it, and the others, each with the head of its column for narrow screens."""
    others = [el("td", child, data_head=head) for head, child in cells]
    return el("tr", el("th", first, scope="row"), others, **attributes)


def folded(summary: Child, *children: Child, open_: bool = False, **attributes: str | int | bool) -> Html:
    """Something that is shown when its summary is opened, with the keyboard too."""
    return el("details", el("summary", summary), *children, open=open_, **attributes)


def permalink(place: str, title: str) -> Html:
    """The line that leads to something with an id, to be copied."""
    return el("p", el("a", "Link to this", href=link_to(place), aria_label=f"Link to {title}"), class_="soft")


def bulleted(items: Iterable[Child], class_: str = "") -> Html:
    """A list of points."""
    return el("ul", [el("li", one) for one in items], class_=class_ or False)


def many(count: int, singular: str, plural: str = "") -> str:
    """A number with its noun: ``1,234 notebooks``."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"
