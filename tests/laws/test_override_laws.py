"""The laws of overrides: nothing that a Notebook writes there changes the pod where no rule allows it.

What a rule allows is decided here once more, from the design's own words, by code of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

import nbcore
from nbcore.kubernetes.elements import leaves, names_element
from nbcore.kubernetes.paths import Item, Path
from nbcore.kubernetes.quantity import Quantity
from tests.laws.catalogs import kind, with_images
from tests.laws.trees import NAMES, ODD, canonical, copied, hostile_json, near_misses, places, typed_layers

Json = Any
Draw = Callable[..., Any]


def scene(base: Json, rules: Sequence[Json], main: str = "main") -> nbcore.Catalog:
    template = {"template": base, "overrides": list(rules), "mainContainer": main}
    return nbcore.Catalog([kind("base", "Template", template)])


def render(catalog: nbcore.Catalog, overrides: Json) -> nbcore.Rendering:
    return nbcore.render(
        kind("mine", "Notebook", {"templateRef": {"name": "base"}, "overrides": overrides}), catalog
    )


@given(typed_layers(2), st.data())
def test_overrides_are_denied_by_default(trees: tuple[Json, Json], data: st.DataObject) -> None:
    base, overrides = with_images(trees[0], "main"), trees[1]
    if data.draw(st.booleans()):
        overrides = sliced(data.draw, base, 2)
    overrides = data.draw(near_misses(st.just(overrides), 2))
    catalog = scene(base, ())
    without, rendering = render(catalog, {}), render(catalog, overrides)
    if rendering.pod is not None:
        assert canonical(rendering.pod) == canonical(without.pod)


@given(typed_layers(2), st.data())
def test_no_override_changes_what_no_rule_allows(trees: tuple[Json, Json], data: st.DataObject) -> None:
    main = data.draw(st.sampled_from(("main", "side")))
    base = with_images(trees[0], main)
    overrides = sliced(data.draw, data.draw(st.sampled_from((base, trees[1]))), 3)
    overrides = data.draw(near_misses(st.just(changed(data.draw, overrides)), 1))
    rules = [_rule(data.draw, overrides, base) for _ in range(data.draw(st.integers(1, 3)))]
    catalog = scene(base, rules, main)
    before, after = render(catalog, {}).pod, render(catalog, overrides).pod
    event("rendered" if after else "refused")
    if before and after:
        event("something is different" if before != after else "nothing is different")
        for path, value in differences(before, after):
            assert any(allows(rule, main, path, value) for rule in rules), (path.keyed, rules, overrides)


@given(typed_layers(1), hostile_json() | st.sampled_from(ODD))
def test_overrides_hold_no_directive_and_no_null(trees: tuple[Json], overrides: Json) -> None:
    catalog = scene(with_images(trees[0], "main"), [{"path": "spec"}, {"path": "metadata"}])
    rendering = render(catalog, overrides)
    if rendering.pod is not None:
        written = [(key, holder[key]) for holder, key in places(overrides)]
        assert not any(value is None or str(key)[:1] == "$" for key, value in written)


def sliced(draw: Draw, tree: Json, most: int) -> Json:
    """A few leaves of the tree, with the keys of the list elements that they stand in."""
    found = [path for path, _ in leaves(tree) if path]
    if not found:
        return {}
    wanted = draw(st.lists(st.sampled_from(found), min_size=1, max_size=most))
    kept = [path.indexed for path in wanted]
    keys = {path.indexed for path in found if names_element(path)}

    def cut(value: Json, at: tuple[Any, ...]) -> Json:
        near = [path for path in kept if path[: len(at)] == at]
        if at in kept or not isinstance(value, (dict, list)):
            return value
        if isinstance(value, dict):
            steps = {path[len(at)] for path in near}
            return {
                key: cut(one, (*at, key)) for key, one in value.items() if key in steps or (*at, key) in keys
            }
        steps = {path[len(at)] for path in near}
        return [cut(one, (*at, place)) for place, one in enumerate(value) if place in steps]

    return cut(tree, ())


def changed(draw: Draw, tree: Json) -> Json:
    """The tree with some scalars changed; keys too, which makes other elements of them."""
    tree = copied(tree)
    for holder, key in places(tree):
        if not isinstance(holder[key], (dict, list)) and draw(st.integers(0, 3)) == 0:
            holder[key] = draw(st.sampled_from((*NAMES, "$(A)", "x" * 3, 0, 80, True, "1")))
    return tree


def _rule(draw: Draw, overrides: Json, base: Json) -> Json:
    """A rule on, above or beside something that the overrides or the Template set."""
    tree = overrides if isinstance(overrides, dict) and draw(st.integers(0, 3)) else base
    found = [path for path, _ in leaves(tree) if path]
    path = draw(st.sampled_from(found)) if found else Path(("spec",))
    path = path[: draw(st.integers(1, len(path)))]
    steps = ["*" if at and draw(st.integers(0, 5)) == 0 else step for at, step in enumerate(path)]
    limits: tuple[Json, ...] = (
        *({}, {}, {"enum": ["main", 80, True]}, {"enum": [1, "a", "$(A)"]}, {"glob": "*"}, {"glob": "a*"}),
        *({"min": 1}, {"max": "80"}, {"min": "1m", "max": 1}, {"enum": []}),
    )
    return {"path": Path(steps).keyed, **draw(st.sampled_from(limits))}


# ---- the judge ----


def differences(before: Json, after: Json) -> Iterator[tuple[Path, Json]]:
    """Every leaf that is new, other or gone, with its value, which is ABSENT for one that is gone.

    The key of a new element is no difference of its own, if the element has anything else.
    """
    old, new = list(leaves(before)), list(leaves(after))
    had = Counter((path, canonical(value)) for path, value in old)
    has = Counter((path, canonical(value)) for path, value in new)
    old_paths, new_paths = {path for path, _ in old}, {path for path, _ in new}
    for path, value in new:
        if has[path, canonical(value)] > had[path, canonical(value)]:
            others = any(one != path and one[: len(path) - 1] == path[:-1] for one, _ in new)
            if path in old_paths or not names_element(path) or not others:
                yield path, value
    for path, _ in old:
        if path not in new_paths and not any(one[: len(path)] == path for one in new_paths):
            yield path, ABSENT


ABSENT = object()


def allows(rule: Json, main: str, path: Path, value: Json) -> bool:
    """Whether a rule covers a path and lets a value through, after the words of the design."""
    steps = list(Path.parse(rule["path"]))
    if steps[:2] == ["spec", "containers"] and steps[2:3] == ["main"]:
        steps[2] = Item(None, main)
    if len(path) < len(steps) or any(a not in ("*", b) for a, b in zip(steps, path, strict=False)):
        return False
    if value is ABSENT:
        return True
    if "enum" in rule:
        return canonical(value) in map(canonical, rule["enum"])
    if "glob" in rule:
        pattern = "".join({"*": ".*", "?": "."}.get(sign, re.escape(sign)) for sign in rule["glob"])
        return isinstance(value, str) and "$(" not in value and bool(re.fullmatch(pattern, value, re.DOTALL))
    if "min" in rule or "max" in rule:
        try:
            amount = Quantity(value) if not isinstance(value, bool) else None
        except (ValueError, TypeError):
            return False
        return amount is not None and Quantity(rule.get("min", -(2**31))) <= amount <= Quantity(
            rule.get("max", "1E")
        )
    return True
