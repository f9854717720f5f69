"""Pages without a browser: nothing of people is markup, everything is inside, links and headings hold."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from typing import Final

import pytest

import nbcore
from nbcore.cli.origins import fields_of
from nbcore.cli.pages import Compared, diff_page, explain_page, plan_page
from nbcore.cli.pages.markup import Html, el, escaped, id_of, joined, many, path
from nbcore.cli.pages.words import EFFECTS, OUTCOMES, RANKS
from nbcore.cli.secrecy import Masks
from nbcore.cli.situation import Situation
from nbcore.model.layer import RANKS as ALL_RANKS
from nbcore.model.notebook import Notebook
from nbcore.planning.outcomes import OUTCOMES as ALL_OUTCOMES
from nbcore.planning.planned import plan
from tests.browser import examples
from tests.units.cli.program import CANARY, WORLD, run

NAMES: Final = ("explain", "diff", "plan")
_TEXTS: Final = {
    "explain": examples.explained,
    "diff": examples.compared,
    "plan": lambda text: examples.plan_text(120, text),
}


@cache
def page(name: str, text: str = examples.HOSTILE) -> str:
    """A page, made once."""
    return _TEXTS[name](text)


class Seen(HTMLParser):
    """What a parser finds in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in ("meta", "input", "wbr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def values(self, name: str) -> list[str]:
        """The values of an attribute, wherever it stands."""
        return [value for _, known, value in self.attributes if known == name]


# ---- hostile texts ----


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_inert(name: str) -> None:
    seen = Seen(page(name))
    assert seen.tags["script"] == 1
    assert seen.tags["img"] == seen.tags["iframe"] == seen.tags["base"] == 0
    assert not [one for one in seen.attributes if one[1].startswith("on")]
    assert not seen.wrong
    assert not seen.open
    assert "alert(1)" in page(name), "the name is there, as a text"


@pytest.mark.parametrize("name", NAMES)
def test_texts_of_people_turn_no_line_around(name: str) -> None:
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200e\u200f\x00-\x08]", page(name))
    assert r"\u202e" in page(name)


@pytest.mark.parametrize("name", NAMES)
def test_values_of_env_are_never_in_a_page(name: str) -> None:
    assert examples.SECRET not in page(name)


def test_a_changed_secret_is_seen_to_change() -> None:
    assert "‹hidden 1›" in page("diff")
    assert "‹hidden 2›" in page("diff")


def test_values_are_there_when_they_are_asked_for() -> None:
    text = examples.compared("plain")
    assert examples.SECRET not in text
    old, new = (nbcore.Catalog([examples.kind(token=token)]) for token in ("one-token", "other-token"))
    entry = plan(old, new, [examples.workspace()])
    assert "other-token" not in plan_page(entry)
    assert "other-token" in plan_page(entry, show_values=True)


# ---- one file ----


@pytest.mark.parametrize("name", NAMES)
def test_only_the_one_script_may_run(name: str) -> None:
    script = re.search(r"<script>(.*?)</script>", page(name), re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    policy = dict(one.split(" ", 1) for one in _policy(page(name)).split("; "))
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"


def _policy(text: str) -> str:
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    assert found is not None
    return found[1].replace("&#x27;", "'")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_loaded(name: str) -> None:
    seen = Seen(page(name))
    assert not seen.values("src")
    assert all(value.startswith("#") for value in seen.values("href"))
    assert "url(" not in page(name)
    assert "@import" not in page(name)


@pytest.mark.parametrize("name", NAMES)
def test_equal_inputs_give_equal_bytes(name: str) -> None:
    assert _TEXTS[name](examples.HOSTILE) == page(name)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_can_be_written_as_utf8(name: str) -> None:
    assert page(name, "half \ud800 of a pair").encode("utf-8")


# ---- ways around ----


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere_and_every_id_is_one(name: str) -> None:
    seen = Seen(page(name))
    ids = seen.values("id")
    assert len(ids) == len(set(ids))
    assert {value.removeprefix("#") for value in seen.values("href")} <= set(ids)
    assert {*seen.values("aria-labelledby"), *seen.values("for")} <= set(ids)
    assert not [one for one in ids if re.search(r"\s", one)]


@pytest.mark.parametrize("name", NAMES)
def test_headings_come_in_order(name: str) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page(name))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_every_notebook_of_a_plan_has_one_permalink() -> None:
    text = page("plan", "plain")
    ids = Seen(text).values("id")
    wanted = [id_of("Workspace", f"team-{at % examples.TEAMS:02}", f"lab-{at:05}") for at in range(120)]
    assert sorted(one for one in ids if one.startswith("Workspace/")) == sorted(wanted)


def test_permalinks_stay_where_other_notebooks_come() -> None:
    def entries(count: int) -> set[str]:
        ids = Seen(plan_page(examples.planned(count))).values("id")
        return {one for one in ids if one.startswith(("restart/", "refused/"))}

    assert entries(20) == entries(40) != set()


# ---- what is told ----


def test_every_outcome_effect_and_rank_has_its_sign() -> None:
    assert tuple(OUTCOMES) == ALL_OUTCOMES
    assert tuple(RANKS) == ALL_RANKS
    for table in (OUTCOMES, EFFECTS, RANKS):
        words = list(table.values())
        assert len({one.sign for one in words}) == len({one.word for one in words}) == len(words)


def test_a_plan_tells_the_parts_that_there_are() -> None:
    text = page("plan", "plain")
    for told in ("Restart: ", "Refused: ", "Broken: ", "In use, and gone", "Redirects", "Rollout waves"):
        assert told in text
    assert "this one forces it" in text
    assert "Repaired: " not in text


def test_a_plan_of_nothing_is_a_page() -> None:
    text = plan_page(plan(nbcore.Catalog([]), nbcore.Catalog([]), []))
    assert "What the edit does to 0 notebooks" in text
    assert not Seen(text).wrong


def test_unreadable_objects_are_named_on_the_plan() -> None:
    text = page("plan")
    assert "Not understood" in text
    assert "1 object cannot be read" in text


def test_a_diff_of_nothing_says_so() -> None:
    text = diff_page([Compared("Workspace a", (), "none")], old="a", new="b")
    assert "There are none." in text
    assert "0 of 1 notebook or selection changed" in text


def test_a_diff_folds_what_means_nothing() -> None:
    text = page("diff", "plain")
    assert "1 difference without any effect" in text
    assert text.count("▶ this one forces it") == 3
    assert "set by " in text


def test_an_explanation_without_a_pod_gives_the_findings() -> None:
    catalog = nbcore.Catalog([examples.kind(), examples.workspace(49)])
    notebook = next(one for one in catalog if isinstance(one, Notebook))
    rendering = nbcore.render(notebook, catalog)
    text = explain_page(Situation(notebook, rendering, catalog), fields_of(rendering, Masks()))
    assert "It does not render" in text
    assert "NB2" in text
    assert 'id="pod"' not in text


def test_the_command_writes_the_page() -> None:
    whole = run("explain", "-", "-o", "html", stdin=WORLD)
    assert whole.code == 0
    assert whole.out.startswith("<!DOCTYPE html>")
    assert whole.out.endswith("</html>\n")
    assert CANARY not in whole.out
    assert CANARY in run("explain", "-", "-o", "html", "--show-values", stdin=WORLD).out
    one = run("explain", "-", "imagePullPolicy", "-o", "html", stdin=WORLD)
    assert one.out.count("<tr id=") == 1


# ---- markup ----

ESCAPES: Final = [
    ("<b>", "&lt;b&gt;"),
    ("a & \"b\" 'c'", "a &amp; &quot;b&quot; &#x27;c&#x27;"),
    ("\u202e", r"\u202e"),
    ("\ud800", r"\ud800"),
    ("\x00", r"\u0000"),
    ("שלום", "שלום"),
    ("a\nb\tc", "a\nb\tc"),
]


@pytest.mark.parametrize(("text", "shown"), ESCAPES)
def test_texts_are_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert joined(text) == shown
    assert el("p", text, title=text) == f'<p title="{shown}">{shown}</p>'


def test_markup_is_taken_as_it_is_and_nothing_else() -> None:
    assert joined(el("b", 1), ["<", [Html("<i></i>")]]) == "<b>1</b>&lt;<i></i>"
    assert el("input", disabled=True, hidden=False, aria_label="x") == '<input disabled aria-label="x">'


def test_paths_break_before_a_step_and_lose_nothing() -> None:
    for text in ("spec.containers[a.b].env", "a..b", "[", "x", "a["):
        assert path(text).replace("<wbr>", "") == f"<code>{escaped(text)}</code>"
    assert path("a.b[c]") == "<code>a<wbr>.b<wbr>[c]</code>"


def test_ids_are_plain() -> None:
    assert id_of("a b", "", "ä/", "x[1]") == "a%20b/%/%C3%A4%2F/x[1]"
    assert many(1, "pod") + many(2_000, "pod") == "1 pod2,000 pods"


# ---- colours ----


def luminance(colour: str) -> float:
    """How bright a colour is, as WCAG 2 counts it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, from 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def themes() -> list[dict[str, str]]:
    """The colour variables of the style, light and dark."""
    css = resources.files("nbcore.cli.pages").joinpath("page.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read_on_its_ground(theme: int) -> None:
    colours = themes()[theme]
    tones = [one for one in colours if f"{one}-ground" in colours]
    pairs = [(one, f"{one}-ground") for one in tones]
    pairs += [(one, ground) for one in ("text", "soft", "link", *tones) for ground in ("ground", "raised")]
    pairs += [(one, "here") for one in ("text", "soft", "link")]
    poor = {
        pair: round(found, 2) for pair in pairs if (found := contrast(*(colours[one] for one in pair))) < 4.5
    }
    assert len(tones) == 6
    assert not poor
