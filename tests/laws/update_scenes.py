"""Hypothesis strategies: a notebook and its kinds before and after some edits.

This module refuses to know what is to become of the notebook.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.laws.catalogs import Scene, kind, notebooks, scenes
from tests.laws.trees import copied

Json = Any


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Scene, Scene]:
    """A scene, and the same one after edits of the kinds, of PodDefaults, and of the owner."""
    before, other = draw(scenes()), draw(scenes())
    objects = {one["metadata"]["name"]: one for one in copied(before.objects)}
    theirs = {one["metadata"]["name"]: one for one in other.objects}
    for name in draw(st.lists(st.sampled_from(sorted(theirs)), unique=True)):
        objects[name] = theirs[name]
    _redirect(draw, objects["base"])
    mine = draw(notebooks()) if draw(st.booleans()) else copied(before.notebook)
    if draw(st.booleans()):
        mine["spec"]["updatePolicy"] = draw(st.sampled_from(("Auto", "Manual")))
    if draw(st.integers(0, 3)) == 0:
        second = copied(objects["base"])
        second["metadata"]["name"] = "second"
        objects["second"] = kind("second", "Template", second["spec"])
        when = draw(st.sampled_from(("Offer", "Restart", "Idle", "Immediate")))
        objects["base"]["spec"]["deprecation"] = {"redirect": {"to": "second", "when": when}}
    return before, Scene(list(objects.values()), mine)


def _redirect(draw: st.DrawFn, template: Json) -> None:
    """Adds a redirect to a value, or deletes a value."""
    group = draw(st.sampled_from(template["spec"]["options"]))
    at = draw(st.integers(0, len(group["values"]) - 1))
    if len(group["values"]) > 1 and draw(st.integers(0, 5)) == 0:
        del group["values"][at]
    elif draw(st.booleans()):
        when = draw(st.sampled_from(("Offer", "Restart", "Idle", "Immediate")))
        to = draw(st.sampled_from(("old", "new", "gone")))
        group["values"][at]["redirect"] = {"to": to, "when": when}
