"""The goals, and what was reached: one table of ratios.

Refuses to measure anything, and to forgive a goal that was missed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks import workspaces
from benchmarks.reachable_pods import AT_ONCE, ONE_BY_ONE
from benchmarks.rounds import Samples, ratio


@dataclass(frozen=True)
class Figure:
    """One ratio to tell.

    Shape: ``run`` is the measurement that holds both candidates; the ratio is ``slow`` over ``fast``. A goal
    is the least ratio that is wanted, or the greatest where ``at_most`` is set; None is for information.
    """

    text: str
    run: str
    slow: str
    fast: str
    goal: float | None = None
    at_most: bool = False


_WITH, _WITHOUT, _IMPORTS = "with orjson", "without orjson", "imports"
_NAIVE_DICT, _NAIVE_BYTES = "deepcopy merge to dict", "deepcopy merge to bytes"
_HUB, _BYTES = "make_pod to bytes", "compiled to bytes"
_WHOLE = "compiled, Notebook parsed too, to bytes"
_WHOLE_COLD = "cold with building the catalog to dict"
_SIMPLE_NAIVE = "deepcopy merge, no overrides, to dict"
_SIMPLE = "compiled, no overrides, to dict"
_MODEL = "pydantic with a model"
_LINT, _LIBYAML = "lint", "nbcore, libyaml alone"
_SMALL, _SMALL_WALL = "nbcore, small files", "nbcore, small files, wall"

FIGURES: tuple[Figure, ...] = (
    Figure("deepcopy merge per layer / compiled, to dict", _WITH, _NAIVE_DICT, "compiled to dict", 60),
    Figure("the same, Notebooks without overrides", _WITH, _SIMPLE_NAIVE, _SIMPLE),
    Figure("deepcopy merge per layer / cold, to dict", _WITH, _NAIVE_DICT, "cold to dict", 15),
    Figure("deepcopy merge per layer / new catalog and cold, to dict", _WITH, _NAIVE_DICT, _WHOLE_COLD, 15),
    Figure(
        "deepcopy merge + json / compiled + orjson, to bytes", _WITH, _NAIVE_BYTES, "compiled to bytes", 50
    ),
    Figure("make_pod + json / compiled + orjson, to bytes", _WITH, _HUB, "compiled to bytes", 20),
    Figure("make_pod + json / Notebook parsed, compiled + orjson", _WITH, _HUB, _WHOLE),
    Figure(
        "deepcopy merge + orjson / compiled + orjson", _WITH, f"{_NAIVE_BYTES}, orjson", "compiled to bytes"
    ),
    Figure("deepcopy merge + json / compiled + json, to bytes", _WITHOUT, _NAIVE_BYTES, _BYTES),
    Figure("make_pod + json / compiled + json, to bytes", _WITHOUT, _HUB, _BYTES),
    Figure("one-copy merge / compiled, to dict", _WITH, "one-copy merge to dict", "compiled to dict"),
    Figure("deepmerge / compiled, to dict", _WITH, "deepmerge to dict", "compiled to dict"),
    Figure("one-copy merge / cold, to dict", _WITH, "one-copy merge to dict", "cold to dict"),
    Figure("deepmerge / cold, to dict", _WITH, "deepmerge to dict", "cold to dict"),
    Figure("cold / compiled, to dict", _WITH, "cold to dict", "compiled to dict"),
    Figure("import nbcore / import pydantic with a model", _IMPORTS, "import nbcore", _MODEL, 1.3, True),
    Figure("the same, interpreter's start taken off", _IMPORTS, "import nbcore, net", f"{_MODEL}, net"),
    Figure("import nbcore and every name / pydantic with a model", _IMPORTS, "every name of nbcore", _MODEL),
    Figure("lint: 1,024,000 pods one by one (scaled) / all at once", "kinds", ONE_BY_ONE, AT_ONCE),
    Figure("lint: kubeconform / nbcore", _LINT, "kubeconform", "nbcore", 1),
    Figure("lint: kube-score / nbcore", _LINT, "kube-score", "nbcore", 1),
    Figure("lint: kubeconform / nbcore, goal with a faster parser", _LINT, "kubeconform", "nbcore", 3),
    Figure("lint: kube-score / nbcore, goal with a faster parser", _LINT, "kube-score", "nbcore", 3),
    Figure("lint: kubeconform / nbcore, all through libyaml", _LINT, "kubeconform", _LIBYAML),
    Figure("lint: kube-score / nbcore, all through libyaml", _LINT, "kube-score", _LIBYAML),
    Figure("lint: yamllint / nbcore", _LINT, "yamllint", "nbcore", 60),
    Figure("lint: nbcore / nbcore, warm", _LINT, "nbcore", "nbcore, warm", 20),
    Figure("lint: the same, the start of both taken off", _LINT, "nbcore, net", "nbcore, warm, net"),
    Figure("lint: 200 small files / the imports, wall time", _LINT, _SMALL_WALL, "imports, wall", 4, True),
    Figure("lint: 200 small files / the imports, CPU time", _LINT, _SMALL, "imports"),
    Figure("lint: 200 small files, kubeconform / nbcore", _LINT, "kubeconform, small files", _SMALL),
    Figure("lint: 200 small files, kube-score / nbcore", _LINT, "kube-score, small files", _SMALL),
)

WORKSPACES: tuple[Figure, ...] = tuple(
    Figure(text, "workspaces", slow, fast, most, at_most=True)
    for text, slow, fast, most in workspaces.FIGURES
)


def reached(runs: Mapping[str, Samples]) -> list[dict[str, Any]]:
    """Every figure with its ratio, and whether its goal is met (None where there is no goal).

    Shape: a figure is left out where one of its candidates was not measured.
    """
    found: list[dict[str, Any]] = []
    for figure in (*FIGURES, *WORKSPACES):
        if not {figure.slow, figure.fast} <= runs.get(figure.run, {}).keys():
            continue
        one = ratio(runs[figure.run], figure.slow, figure.fast)
        found.append({**asdict(figure), "ratio": asdict(one), "met": _met(figure, one.median)})
    return found


def _met(figure: Figure, found: float) -> bool | None:
    if figure.goal is None:
        return None
    return found <= figure.goal if figure.at_most else found >= figure.goal


def table(rows: list[dict[str, Any]]) -> str:
    """The figures as text for people, a line each."""
    width = max(len(row["text"]) for row in rows)
    lines = [f"{'figure':<{width}}  {'ratio':>8}  {'middle half':>15}  {'goal':>7}"]
    for row in rows:
        one = row["ratio"]
        half = f"{one['low']:.2f}–{one['high']:.2f}"
        lines.append(f"{row['text']:<{width}}  {one['median']:>8.2f}  {half:>15}  {_goal(row)}")
    return "\n".join(lines)


def _goal(row: Mapping[str, Any]) -> str:
    if row["goal"] is None:
        return f"{'–':>7}"
    bound = f"{'≤' if row['at_most'] else '≥'} {row['goal']:g}"
    if row["met"]:
        return f"{bound:>7}  met"
    return f"{bound:>7}  MISSED by {abs(row['ratio']['median'] / row['goal'] - 1):.0%}"
