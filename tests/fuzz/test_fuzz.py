"""The fuzz of admission in short; `make fuzz` runs it at length."""

from __future__ import annotations

import asyncio
import json
from itertools import islice

import pytest

import nbcore
from nbcore.admission import ownership, review
from tests.fuzz.bodies import Tally, bodies, run, strictly
from tests.fuzz.mutants import text
from tests.fuzz.scenes import CATALOG, MINE, OBJECTS, PROXY, SCENES, USERS, WORKSPACE_OF_ADA
from tests.fuzz.scenes import review as review_of
from tests.fuzz.served import serve
from tests.fuzz.verdict import must, wrong
from tests.fuzz.verdicts import run as compare
from tests.fuzz.verdicts import spoken
from tests.units.reviews import Json, changed, request, with_metadata


def clean(tally: Tally) -> None:
    assert not tally.failures, "\n".join(tally.lines())


def test_every_scene_is_answered_as_it_must_be() -> None:
    tally = run(map(text, SCENES))
    clean(tally)
    said = {name.partition(" with")[0] for name in tally.counts}
    assert {"validate: allowed", "validate: denied 403", "mutate: denied 403"} <= said


def test_any_body_gets_400_or_a_right_answer() -> None:
    tally = run(bodies(300, seed=7))
    clean(tally)
    assert tally.counts["answered 400: unreadable"] > 10
    assert tally.counts["validate: denied 403"] > 50


def test_the_server_answers_as_the_engine_does() -> None:
    tally = asyncio.run(serve(islice(bodies(300, seed=8), 25)))
    clean(tally)
    assert tally.counts["served"] == 50


def test_lint_and_admission_have_the_same_errors() -> None:
    tally = compare(40, seed=3)
    clean(tally)
    assert tally.counts["objects with errors"] > 5
    assert tally.counts["objects without errors"] > 2


def test_answers_do_not_depend_on_the_hash_seed() -> None:
    first, second = (spoken(6, 9, one) for one in ("1", "2"))
    assert first == second
    assert first.count(b"\n") == 18


@pytest.mark.parametrize(
    ("body", "is_strict"),
    [
        (b'{"a":[1,1.5,null]}', True),
        (b"\xef\xbb\xbf{}", False),
        (b'"\\ud800"', False),
        (b"1e999", False),
        (b"NaN", False),
        (b"[" * 100 + b"]" * 100, True),
        (b"[" * 101 + b"]" * 101, False),
        (b"1" * 4300, True),
        (b"1" * 4301, False),
    ],
)
def test_the_judge_of_bodies_knows_strict_json(body: bytes, is_strict: bool) -> None:
    assert strictly(body)[0] == is_strict


EDITED = changed(MINE, env=[])
STOLEN = with_metadata(MINE, annotations={"jackhoman.dev/owner": "eve"})


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (review_of("UPDATE", EDITED, MINE, "stranger"), "deny"),
        (review_of("UPDATE", MINE, MINE, "stranger"), ""),
        (review_of("UPDATE", EDITED, MINE, "owner"), ""),
        (review_of("UPDATE", STOLEN, MINE, "owner"), "deny"),
        (review_of("UPDATE", EDITED, MINE, "cleaner"), "deny"),
        (review_of("UPDATE", changed(MINE, stopped=True), MINE, "cleaner"), ""),
        (review_of("DELETE", None, MINE, "stranger"), "deny"),
        (review_of("DELETE", None, MINE, "owner"), "allow"),
        (review_of("DELETE", None, WORKSPACE_OF_ADA, "cleaner"), "allow"),
        (review_of("DELETE", None, MINE, "nobody"), "deny"),
        (review_of("CREATE", MINE, None, "stranger"), "deny"),
        (review_of("CREATE", PROXY, None, "stranger"), ""),
        ({"request": {}}, "deny"),
        ([], "deny"),
    ],
)
def test_the_judge_of_answers_knows_who_may(given: Json, wanted: str) -> None:
    assert must(given) == wanted


def test_the_judge_sees_a_wrong_answer() -> None:
    given = review_of("UPDATE", EDITED, MINE, "stranger")
    said = review(given, CATALOG, phase="validate")
    assert wrong(given, said, "validate") == ""
    allowed = {**said, "response": {"uid": said["response"]["uid"], "allowed": True}}
    assert wrong(given, allowed, "validate") == "allowed what must be denied"
    assert wrong(given, {**said, "response": {**said["response"], "uid": "x"}}, "validate")
    assert set(USERS) == {"owner", "stranger", "cleaner", "admin", "nobody"}


def test_the_fuzz_sees_a_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership, "role_of", lambda user, owner, settings: "owner")
    assert any("allowed what must be denied" in why for why, _ in run(map(text, SCENES)).failures)


# ---- what the fuzz found ----


def test_an_object_of_no_namespace_at_all_is_refused() -> None:
    odds: tuple[Json, ...] = (0, [], False, {})
    for odd in odds:
        given = review_of("UPDATE", with_metadata(MINE, namespace=odd), MINE, "stranger")
        said = review(given, CATALOG, phase="validate")["response"]
        assert (said["allowed"], said["status"]["code"]) == (False, 400)


def test_a_pod_default_whose_container_has_a_null_name_is_a_finding() -> None:
    spoiled = json.loads(text(PROXY))
    spoiled["spec"]["template"]["spec"]["containers"][0]["name"] = None
    objects = [spoiled if one is PROXY else one for one in OBJECTS]
    codes = {one.code for one in nbcore.check(objects).findings if one.source.name == "proxy"}
    assert "NB305" in codes
    given = review_of("CREATE", spoiled, None, "admin")
    others = nbcore.Catalog(one for one in OBJECTS if one is not PROXY)
    said = review(given, others, phase="validate")["response"]
    assert said["status"]["code"] == 422


def test_unreadable_pod_defaults_are_told_in_one_order() -> None:
    broken = [with_metadata(changed(PROXY, template=1), name=name) for name in ("b", "a", "c")]
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "team"}, "spec": {"containers": []}}
    answers = [
        review(request("CREATE", pod, None, namespace="team"), nbcore.Catalog(one), phase="mutate")
        for one in (broken, broken[::-1])
    ]
    assert answers[0] == answers[1]
    assert "warnings" in answers[0]["response"]


def test_sources_of_an_env_variable_are_told_in_one_order() -> None:
    sources = {"fieldRef": {"fieldPath": "metadata.name"}, "configMapKeyRef": {"name": "a", "key": "b"}}
    messages: set[str] = set()
    for order in (list(sources), list(sources)[::-1]):
        env = [{"name": "A", "valueFrom": {one: sources[one] for one in order}}]
        container = {"name": "main", "image": "registry.example.com/lab:1", "env": env}
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p"},
            "spec": {"containers": [container]},
        }
        messages.update(one.message for one in nbcore.check_pod(pod) if one.code == "NB441")
    assert messages == {"the env variable has more than one source: fieldRef, configMapKeyRef"}
