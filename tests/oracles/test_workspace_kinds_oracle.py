"""Kubeflow's kinds are refused by their form exactly where an API server with the generated CRDs refuses them.

Random objects and mutants of them are sent as strict dry-run creates; random changes of stored objects as strict
dry-run updates, for the fields that cannot be changed. The server is asked for a verdict and for the places.

Deviations, on purpose, by name:
- `too deep`: beyond 100 levels nbcore reads nothing; the server drops a status of any depth unread.
- Not asked: times in the metadata, which only the server writes, and the namespace of a WorkspaceKind, which the
  server drops.

Longer: ``python -m tests.oracles.test_workspace_kinds_oracle --cases 20000 --seed 1``.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import pytest

from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceKind, transitions
from nbcore.dialects.parsed import Parsed, origin_of
from nbcore.dialects.reading import fit
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from schemas.generate_kinds import KUBEFLOW_KINDS, crd
from tests.cluster.client import Answer, Refused
from tests.cluster.control_plane import ControlPlane
from tests.oracles.workspace_kinds import SCHEMAS, Grower

Json = Any
MODELS: dict[str, type[WorkspaceKind] | type[Workspace]] = {
    "WorkspaceKind": WorkspaceKind,
    "Workspace": Workspace,
}
SHORT_RUN = 400
BATCH = 400
RENEWED = 20
"""How many updates are tried on the same two stored objects."""
NOWHERE = ("", "<nil>")
"""The place of the server's remark that it did not check the rules, as the form is wrong."""
_UNKNOWN = re.compile(r'unknown field "((?:[^"\\]|\\.)*)"')


class Difference(NamedTuple):
    """An object on which the server and nbcore disagree."""

    value: Json
    server: str
    findings: tuple[Finding, ...]


def installed(plane: ControlPlane) -> None:
    """Installs the CRDs, and waits until the server serves both kinds."""
    client = plane.client()
    for kind in KUBEFLOW_KINDS:
        answer = client.create(crd(kind))
        assert answer.ok or answer.status == 409, answer.message
    client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default"}})
    for kind in KUBEFLOW_KINDS:
        plane.wait(partial(_is_served, plane, Grower(0).object(kind)))


def _is_served(plane: ControlPlane, value: Json) -> bool:
    try:
        return plane.client().create(value, dry_run=True).status not in (404, 429)
    except (LookupError, Refused):
        return False


def judged(value: Json) -> Parsed:
    """What nbcore says about the form of an object."""
    form, findings, known = fit(MODELS[value["kind"]], value, origin_of(value))
    return Parsed(form, findings, known)  # type: ignore[arg-type]  # the form, and not yet a part of the model


def server_places(answer: Answer) -> set[str]:
    """The places that the server names in a refusal."""
    unknown = {json.loads(f'"{one}"') for one in _UNKNOWN.findall(answer.message)}
    return {one.field for one in answer.causes if one.field not in NOWHERE} | unknown


def compare(plane: ControlPlane, values: list[Json]) -> Iterator[tuple[str, Difference]]:
    """For each object its verdict, `different` where server and nbcore disagree."""
    for value, answer in zip(values, plane.many(values), strict=True):
        findings = judged(value).findings
        difference = Difference(value, f"{answer.status} {answer.message}", findings)
        if answer.ok == (not findings) and answer.status in (201, 400, 422):
            yield ("accepted" if answer.ok else _named(answer, findings)), difference
        elif any(one.code == "NB103" for one in findings):
            yield "deviation: too deep", difference
        else:
            yield "different", difference


def _named(answer: Answer, findings: tuple[Finding, ...]) -> str:
    """How the places of a refusal compare with the server's, which often names those of one stage alone."""
    ours, theirs = {_as_the_server_writes(one.path) for one in findings}, server_places(answer)
    if ours == theirs:
        return "refused, same places"
    if not theirs:
        return "refused, the server names no place"
    told = all(any(one.startswith(place) or place.startswith(one) for place in ours) for one in theirs)
    return "refused, places among ours" if told else "refused, other places"


def _as_the_server_writes(path: Path) -> str:
    """The place without any quotes around unusual keys."""
    return "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in path.indexed)[1:]


def differences(plane: ControlPlane, cases: int, seed: int) -> tuple[list[Difference], Counter[str]]:
    """Where server and nbcore disagree, and how many objects had which verdict."""
    grower, found, counts = Grower(seed), [], Counter[str]()
    kinds = ("WorkspaceKind", "WorkspaceKind", "WorkspaceKind", "Workspace")
    for start in range(0, cases, BATCH):
        values = []
        for at in range(min(BATCH, cases - start)):
            make = grower.object if at % 5 == 0 else grower.mutant
            values.append(make(kinds[at % len(kinds)]))
        for verdict, one in compare(plane, values):
            counts[verdict] += 1
            if verdict == "different":
                found.append(one)
    return found, counts


def changes(plane: ControlPlane, cases: int, seed: int) -> tuple[list[str], Counter[str]]:
    """Updates of stored objects on which server and `transitions` disagree, and how many had which verdict."""
    grower, client = Grower(seed), plane.client()
    found, counts = [], Counter[str]()
    olds: dict[str, Json] = {}
    for at in range(cases):
        kind = ("WorkspaceKind", "Workspace")[at % 2]
        if at % RENEWED < 2:
            olds[kind] = client.create(_stored(grower, kind, str(at))).expect()
        old, new = olds[kind], _next(grower, olds[kind])
        answer = client.update(new, dry_run=True)
        broken = {".".join(map(str, path)) for path, _ in transitions(_object(old), _object(new))}
        counts["changed" if answer.ok else "refused"] += 1
        if answer.ok == bool(broken) or broken != server_places(answer):
            found.append(f"{answer.message} | {broken}")
    return found, counts


def _stored(grower: Grower, kind: str, name: str) -> Json:
    whole = grower.object(kind)
    return {**whole, "metadata": {**whole["metadata"], "name": f"stored-{name}"}}


def _next(grower: Grower, old: Json) -> Json:
    """Another object in the place of an old one; half of them keep what cannot be changed."""
    new = {**grower.object(old["kind"]), "metadata": old["metadata"]}
    if grower.chance(0.5):
        _keep(old, new)
    return new


def _keep(old: Json, new: Json) -> None:
    """Takes over what cannot be changed."""
    if old["kind"] == "Workspace":
        new["spec"]["kind"] = old["spec"]["kind"]
    else:
        new["spec"]["podTemplate"]["volumeMounts"] = old["spec"]["podTemplate"]["volumeMounts"]


def _object(value: Json) -> WorkspaceKind | Workspace:
    whole = {key: one for key, one in value.items() if key != "status"}
    parsed = judged(whole).object
    assert isinstance(parsed, WorkspaceKind | Workspace)
    return parsed


@pytest.fixture(scope="module")
def plane(control_plane: ControlPlane) -> ControlPlane:
    installed(control_plane)
    return control_plane


@pytest.mark.cluster
def test_the_form_is_refused_where_the_server_refuses_it(plane: ControlPlane) -> None:
    found, counts = differences(plane, SHORT_RUN, seed=5)
    assert [(one.server, list(map(str, one.findings))) for one in found] == []
    assert min(counts["accepted"], counts["refused, same places"]) > SHORT_RUN / 5


@pytest.mark.cluster
def test_what_cannot_be_changed_cannot_be_changed_on_the_server(plane: ControlPlane) -> None:
    found, counts = changes(plane, 40, seed=5)
    assert found == []
    assert min(counts.values()) > 5


@pytest.mark.cluster
@pytest.mark.parametrize("kind", list(MODELS))
def test_the_status_is_that_of_the_crd(plane: ControlPlane, kind: str) -> None:
    grower, client = Grower(5), plane.client()
    stored = client.create(_stored(grower, kind, "with-status")).expect()
    schema = SCHEMAS[kind]["properties"]["status"]
    for _ in range(20):
        taken = client.update({**stored, "status": grower.value(schema)}, dry_run=True, subresource="status")
        assert taken.ok, taken.message
    for wrong in ({"bogus": 1}, {"state": "Odd"}, {"workspaces": "1"}, {}):
        refused = client.update({**stored, "status": wrong}, dry_run=True, subresource="status")
        assert refused.status in (400, 422)


def main() -> None:
    """Compares many objects and prints every difference."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20)
    options = parser.parse_args()
    with ControlPlane(controllers=False) as plane:
        installed(plane)
        found, counts = differences(plane, options.cases, options.seed)
        changed, changes_counts = changes(plane, options.cases // 20, options.seed)
    for one in found[: options.show]:
        print(one.server, *one.findings, json.dumps(one.value), sep="\n  ")
    for line in changed[: options.show]:
        print(line)
    print(f"seed {options.seed}: {options.cases:,} objects, {len(found):,} differences, {dict(counts)}")
    print(f"{options.cases // 20:,} updates, {len(changed):,} differences, {dict(changes_counts)}")
    raise SystemExit(bool(found or changed))


if __name__ == "__main__":
    main()
