"""Laws of pages: whatever people write is text, and every name has a place of its own."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from nbcore.cli.pages.markup import el, id_of, path

NAMES = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["", "-", "%", "%25", "a/b", "<b>", '"', "\ud800", "\\ud800"]
)


class Texts(HTMLParser):
    """The texts, the tags and the attributes of some markup."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text, self.tags, self.values = "", list[str](), list[str | None]()
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def spelled(text: str) -> str:
    """The text with what does not show written out."""
    steering = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    steering += "\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
    return re.sub(steering, lambda found: f"\\u{ord(found[0]):04x}", text)


@given(st.text(st.characters(), max_size=40) | NAMES)
def test_a_text_in_markup_comes_back_as_it_was(text: str) -> None:
    found = Texts(el("p", text, title=text))
    assert found.tags == ["p"]
    assert found.text == spelled(text)
    assert found.values == [spelled(text)]
    assert Texts(path(text)).text == spelled(text)


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, min_size=1, max_size=3))
def test_ids_of_different_names_differ(one: list[str], other: list[str]) -> None:
    assert (id_of(*one) == id_of(*other)) is (one == other)
    assert not re.search(r"[\s\"'<>&#]", id_of(*one))
