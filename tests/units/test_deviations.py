"""The list of deviations from Kubeflow Notebooks 2.0: what each row claims is asked, in compat and by default."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path as File
from typing import Any, Final, NamedTuple

import pytest

import nbcore
from nbcore.activity import (
    Activity,
    Idleness,
    Match,
    Probed,
    activity_after,
    decide,
    pause_rule,
    probe_due,
    probe_url_path,
    script_probed,
)
from nbcore.kubernetes.paths import Path, find
from nbcore.model.activity import ActivityProbe
from nbcore.model.workspace_kind import WorkspaceKindSpec
from nbcore.offers import Choices, Offer
from nbcore.pipeline import variables
from nbcore.settings import Settings
from schemas.generate_deviations import PAGE, Deviation, Question, deviations, page

Json = Any
FOLDER: Final = PAGE.parent / "kubeflow"
BASE: Final[tuple[Json, ...]] = tuple(
    one.value for file in sorted(FOLDER.glob("*.yaml")) for one in nbcore.load(file.read_bytes())
)
NAMES: Final = {"WorkspaceKind": "jupyterlab", "Workspace": "demo", "Namespace": "team"}
"""The objects that examples change, by kind."""


class Example(NamedTuple):
    """The objects of a row, those before the change, and what is known of the activity, times in milliseconds."""

    objects: list[Json]
    before: list[Json]
    activity: dict[str, Json]
    form: dict[str, Json]
    compat: bool

    @property
    def settings(self) -> Settings:
        return Settings(compat="kubeflow" if self.compat else "")

    @property
    def catalog(self) -> nbcore.Catalog:
        return nbcore.Catalog(self.objects, lenient=True)

    @property
    def kind(self) -> Any:
        return self.catalog.get("WorkspaceKind", "jupyterlab")

    @property
    def spec(self) -> WorkspaceKindSpec:
        found = self.kind.spec
        assert isinstance(found, WorkspaceKindSpec)
        return found

    def time(self, name: str) -> int:
        return int(self.activity.get(name, 0)) * 1000

    def findings(self) -> tuple[nbcore.Finding, ...]:
        return nbcore.check(self.objects, old=self.before, settings=self.settings).findings


def example_of(row: Deviation, compat: bool) -> Example:
    """The objects of a row: those of the documentation, changed."""
    given = row.example
    assert given.keys() <= {*NAMES, "before", "gone", "activity", "form"}
    gone = given.get("gone", ())
    before = changed_all(given.get("before", {})) if gone or "before" in given else []
    objects = [one for one in changed_all(given) if one["kind"] not in gone]
    return Example(objects, before, dict(given.get("activity", {})), dict(given.get("form", {})), compat)


def changed_all(changes: Mapping[str, Json]) -> list[Json]:
    """The objects of the documentation with the changes that are given by kind."""
    return [
        changed(one, changes.get(one["kind"], {})) if one["metadata"]["name"] in NAMES.values() else one
        for one in BASE
    ]


def changed(base: Json, changes: Mapping[str, Json]) -> Json:
    """A copy of an object with other values at some paths; what is missing on the way is made."""
    value = copy.deepcopy(base)
    for text, new in changes.items():
        *above, last = Path.parse(text).indexed
        parent = value
        for step in above:
            parent = parent.setdefault(step, {}) if isinstance(parent, dict) else parent[step]
        if isinstance(parent, list) and last == len(parent):
            parent.append(new)
        else:
            parent[last] = new
    return value


# ---- what can be asked ----


def pod(example: Example, path: str) -> Json:
    """What stands at a path of the pod; volumes by their names, mounts with their paths."""
    workspace = example.catalog.get("Workspace", "demo", "team")
    rendered = nbcore.render(workspace, example.catalog, settings=example.settings).pod
    if rendered is None:
        return "no pod"
    found = find(rendered, Path.parse(path).indexed)
    if path.endswith("olumes"):
        return [one["name"] for one in found]
    return [f"{one['name']} {one['mountPath']}" for one in found] if path.endswith("volumeMounts") else found


def verdict(example: Example, _: str) -> str:
    errors = sorted({one.code for one in example.findings() if one.severity == "error"})
    return f"refused ({', '.join(errors)})" if errors else "accepted"


def told(example: Example, _: str) -> list[str]:
    return sorted({f"{one.code} {one.severity}" for one in example.findings() if one.severity != "info"})


def refused_at(example: Example, _: str) -> list[str]:
    return [one.path.keyed for one in example.findings() if one.severity == "error"]


def message(example: Example, code: str) -> str:
    (found,) = {one.message for one in example.findings() if one.code == code}
    return found


def choices(example: Example) -> Choices:
    form = {"namespace": "team", **example.form}
    return nbcore.choices(example.kind, example.catalog, settings=example.settings, **form)


def offer(example: Example, id_: str) -> Offer:
    (found,) = (one for group in choices(example).groups for one in group.values if one.id == id_)
    return found


def values(example: Example, id_: str) -> list[str]:
    return [one.id for group in choices(example).groups if group.id == id_ for one in group.values]


def rule(example: Example) -> Match:
    spec, labels = example.spec, example.activity.get("namespace")
    return pause_rule(spec.pause_rules, labels, {"podConfig": {}}, upstream=example.compat)


def rule_that_counts(example: Example, _: str) -> str:
    found = rule(example)
    if found.problem:
        return "none (the reconcile fails)"
    return str(found.rule.origin.path()) if found.rule is not None else "none"


def idleness(example: Example) -> Idleness:
    return decide(
        rule(example).pause,
        now=example.time("now"),
        last_activity=example.time("lastActivity"),
        last_running=example.time("lastRunningTime"),
        may_pause=True,
        upstream=example.compat,
    )


def last_activity(example: Example, _: str) -> int:
    now = example.time("now")
    probed = script_probed(example.activity["output"].encode(), start=now, end=now)
    running = example.time("lastRunningTime")
    return (
        activity_after(Activity(), probed, last_running=running, upstream=example.compat).last_activity
        // 1000
    )


def is_due(example: Example, _: str) -> bool:
    last = Probed(example.time("lastProbe"), example.time("lastProbe"), "Success")
    return probe_due(
        ActivityProbe(), running=True, last_probe=last, now=example.time("now"), upstream=example.compat
    ).due


def probe_path(example: Example, _: str) -> str:
    workspace = example.catalog.get("Workspace", "demo", "team")
    values = {**variables(workspace), "port": "jupyterlab"}
    (port,) = example.spec.ports
    return probe_url_path(
        values["path"].format(**values), strips_prefix=bool(port.strip_prefix), upstream=example.compat
    )


def pending_restart(example: Example, image: str) -> bool:
    """Whether a restart is pending while the pod of another image, or of its own, runs."""
    workspace = example.catalog.get("Workspace", "demo", "team")
    running = nbcore.render(workspace, example.catalog).copy()
    assert running is not None
    if image != "as it is":
        running["spec"]["containers"][0]["image"] = image
    return nbcore.standing(
        workspace, example.catalog, running=running, settings=example.settings
    ).pending_restart


QUESTIONS: Final[Mapping[str, Callable[[Example, str], Json]]] = {
    "pod ": pod,
    "restart pending beside ": pending_restart,
    "verdict": verdict,
    "told": told,
    "refused at": refused_at,
    "message of ": message,
    "redirect of ": lambda example, id_: offer(example, id_).redirect or "none",
    "hidden ": lambda example, id_: offer(example, id_).hidden,
    "values of ": values,
    "kind denied": lambda example, _: choices(example).denied or "no",
    "denied ": lambda example, id_: offer(example, id_).denied is not None,
    "rule that counts": rule_that_counts,
    "eligibleAfter": lambda example, _: (idleness(example).eligible_after or 0) // 1000,
    "paused": lambda example, _: idleness(example).pause,
    "lastActivity": last_activity,
    "probe due": is_due,
    "probe path": probe_path,
}
"""Questions by how they begin; what follows is the second argument."""


def answer(row: Deviation, question: Question, compat: bool) -> Json:
    (found,) = (one for one in QUESTIONS if question.ask.startswith(one))
    return QUESTIONS[found](example_of(row, compat), question.ask.removeprefix(found))


# ---- the rows ----


EACH: Final = [
    pytest.param(row, question, id=f"{row.id} {question.ask}".replace(" ", "-"))
    for row in deviations()
    for question in row.asked
]


@pytest.mark.parametrize(("row", "question"), EACH)
def test_by_default_a_row_is_as_nbcore_says(row: Deviation, question: Question) -> None:
    assert answer(row, question, compat=False) == question.ours


@pytest.mark.parametrize(("row", "question"), EACH)
def test_in_compat_a_row_is_as_upstream_says_or_the_row_tells_why_not(
    row: Deviation, question: Question
) -> None:
    assert answer(row, question, compat=True) == (question.ours if row.in_compat else question.upstream)


@pytest.mark.parametrize(("row", "question"), EACH)
def test_no_row_is_without_effect(row: Deviation, question: Question) -> None:
    assert question.upstream != question.ours


@pytest.mark.parametrize("compat", [True, False])
def test_the_unchanged_example_is_accepted_and_rendered(compat: bool) -> None:
    row = deviations()[0]._replace(example={})
    assert told(example_of(row, compat), "") == []
    assert pod(example_of(row, compat), "metadata.labels.statefulset") == "demo"


def test_rows_are_complete() -> None:
    rows = deviations()
    assert len({row.id for row in rows}) == len(rows)
    for row in rows:
        assert all((row.title, row.upstream, row.ours, row.reason, row.section, row.example, row.asked)), (
            row.id
        )


BEHAVIOURS = (
    *("B3", "B5", "B7", "B8", "B9", "B11", "B12", "B15", "B15a", "B15b", "B16", "B17", "B18"),
    *("A1", "A2", "A3", "A4", "A5", "A6", "A7", "T1"),
)


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
def test_every_behaviour_that_is_not_upstreams_has_a_row(behaviour: str) -> None:
    assert [row.id for row in deviations() if row.id.split()[0] == behaviour]


def test_the_page_is_what_its_generator_writes() -> None:
    assert File(PAGE).read_text(encoding="utf-8") == page(), "run python -m schemas.generate_deviations"
