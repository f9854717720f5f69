"""Two states of an object as the list of changes between them, each with what it does.

Refuses to know where the states come from, and how a change is carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import starmap
from typing import Any

from nbcore.change.change import NO_SOURCES, Change, Effect, Sources
from nbcore.change.comparing import Difference, Row, differences
from nbcore.change.effects import Effects
from nbcore.change.masking import Marks
from nbcore.change.places import ABSENT, Place, root_of
from nbcore.kubernetes.paths import Path
from nbcore.settings import Settings

Origin = Callable[[Path], Any]
"""Who set what stands at a path."""


def diff(
    old: Any,
    new: Any,
    *,
    settings: Settings | None = None,
    origin_of_old: Origin | None = None,
    origin_of_new: Origin | None = None,
) -> list[Change]:
    """Every change of text from the old state to the new one, in document order, with its effect.

    Shape: both are plain pods ``{metadata, spec}``, whole Pods, PodTemplateSpecs, or whole StatefulSets, which are
    carriers of their own; None stands for a state that is not there. The effect is relative to
    ``settings.carrier``: ``none`` means that the carrier ends as if nothing had changed.
    Laws: test_apply_gives_the_new_state, test_an_empty_diff_means_same, test_diff_never_raises,
    test_what_the_server_defaults_is_no_change, test_diff_leaves_its_inputs_unchanged,
    test_what_is_shown_of_a_change_hides_values.
    """
    root = root_of(old)
    rows = differences(old, new, root)
    if not rows:
        return []
    shared = _Diff(old, new, root, rows, settings)
    changes = [
        Change(path, before, after, NO_SOURCES, None, shared, at)
        for at, (path, before, after, _) in enumerate(rows)
    ]
    if origin_of_old or origin_of_new:
        for one in changes:
            path = one.path
            one.source = Sources(_source(origin_of_old, path, one.old), _source(origin_of_new, path, one.new))
    return changes


class _Diff:
    """The effects of the differences of two states, worked out when they are first asked for, and their marks."""

    def __init__(self, old: Any, new: Any, root: Place, rows: list[Row], settings: Settings | None) -> None:
        self._states, self._root, self._settings = (old, new), root, settings
        self._rows = rows
        self._effects: list[Effect] | None = None
        self.marks = Marks(rows)

    @property
    def effects(self) -> list[Effect]:
        """The effect of each difference; a state that comes or goes as a whole is made anew."""
        if self._effects is None:
            old, new = self._states
            self._effects = ["recreate"]
            if isinstance(old, dict) and isinstance(new, dict):
                settings = self._settings or Settings()
                found = [*starmap(Difference, self._rows)]
                self._effects = Effects(old, new, self._root, settings).of(found)
        return self._effects


def _source(origin: Origin | None, path: Path, value: Any) -> Any:
    return None if origin is None or value is ABSENT else origin(path)
