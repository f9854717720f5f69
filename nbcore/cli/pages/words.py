"""Words: the sign, the word and the sentence for each outcome, effect and rank, so that colour is never needed.

Refuses to know where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from nbcore.cli.pages.markup import Html, el
from nbcore.model.layer import Rank
from nbcore.planning.outcomes import Outcome


class Word(NamedTuple):
    """How something is told: by a sign, a word, a sentence, and last by a tone, which is a colour."""

    sign: str
    word: str
    sentence: str
    tone: str

    def badge(self) -> Html:
        """The sign and the word in a frame; those who hear the page hear the word alone."""
        return el(
            "span", el("span", self.sign, aria_hidden="true"), f" {self.word}", class_=f"badge {self.tone}"
        )


RESTART: Final = Word("↻", "restart", "the pod is replaced by a new one", "warn")
RECREATE: Final = Word("⊗", "recreate", "no update can do it: it must be deleted and made anew", "bad")
LIVE: Final = Word("◐", "live", "carried out while the pod runs on", "live")

EFFECTS: Final[Mapping[str, Word]] = {
    "recreate": RECREATE,
    "restart": RESTART,
    "live": LIVE,
    "none": Word("=", "none", "written differently, and means the same", "quiet"),
}
"""What a change does to the carrier, what costs most first."""

OUTCOMES: Final[Mapping[Outcome, Word]] = {
    "recreate": RECREATE,
    "refused": Word("✖", "refused", "could be rendered, and cannot be any more", "bad"),
    "restart": RESTART,
    "live": LIVE,
    "repaired": Word("✓", "repaired", "could not be rendered, and can be now", "good"),
    "broken": Word("!", "broken", "could not be rendered before, and cannot be now", "quiet"),
    "unchanged": Word("=", "unchanged", "nothing happens to it", "still"),
}
"""What becomes of a notebook, in the order in which people want to be told."""

RANKS: Final[Mapping[Rank, Word]] = {
    "template": Word("▁", "kind", "the base of every notebook", "calm"),
    "podDefaults": Word("▂", "PodDefault", "laid over by an admin", "live"),
    "options": Word("▄", "option", "laid over by what was chosen", "good"),
    "notebook": Word("▆", "notebook", "set by the notebook itself", "warn"),
    "system": Word("█", "system", "made by nbcore", "quiet"),
}
"""Who sets a field, from the bottom up."""

SEVERITIES: Final[Mapping[str, Word]] = {
    "error": Word("✖", "error", "it cannot be rendered", "bad"),
    "warning": Word("▲", "warning", "worth a look", "warn"),
    "info": Word("i", "info", "good to know", "calm"),
}
