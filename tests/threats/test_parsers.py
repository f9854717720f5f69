"""Hostile bytes, hostile values, and work that grows faster than what is sent (T-60 to T-81)."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

import nbcore
from nbcore.admission import Unreadable, decode, encode, needs, review
from nbcore.checks.glob import matches
from tests.threats.scenes import attacked, owned, pod_created, pod_default, template
from tests.threats.scenes import pod as a_pod
from tests.units.reviews import OWNER, Json, answered, changed, namespace, notebook, request, with_metadata

REFUSED: dict[str, bytes] = {
    "t60-lists": b"[" * 101 + b"]" * 101,
    "t60-maps": b'{"a":' * 101 + b"1" + b"}" * 101,
    "t60-endless": b"[" * 200_000,
    "t61": b"[" + b"1" * 4301 + b"]",
    "t61-negative": b"-" + b"1" * 100_000,
    "t62-nan": b'{"a": NaN}',
    "t62-infinity": b'{"a": -Infinity}',
    "t62-huge": b'{"a": 1e999}',
    "t64-bom": b"\xef\xbb\xbf{}",
    "t64-utf16": '{"a": 1}'.encode("utf-16"),
    "t64-utf32": '{"a": 1}'.encode("utf-32"),
    "t65": b'{"a": "\xff"}',
    "t65-overlong": b'{"a": "\xc0\xaf"}',
    "t66": b'{"a": "\\ud800"}',
    "t66-key": b'{"\\udc00x": 1}',
}


@pytest.mark.parametrize("name", REFUSED)
def test_t60_to_t66_these_bytes_are_no_review(name: str) -> None:
    with pytest.raises(Unreadable):
        decode(REFUSED[name])


def places(value: Json, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def with_value(value: Json, path: tuple[Any, ...], new: Json) -> Json:
    """A copy with another value at a place."""
    if not path:
        return new
    found = copy.copy(value)
    found[path[0]] = with_value(value[path[0]], path[1:], new)
    return found


TYPES: tuple[Json, ...] = (None, True, 0, 1.5, "x", [], {})


def test_t67_no_type_anywhere_makes_it_fail() -> None:
    mine = owned(
        notebook(
            options={"size": "small"},
            env=[{"name": "A", "value": "1"}],
            overrides={"spec": {"containers": [{"name": "main", "image": "x"}]}},
        )
    )
    catalog = nbcore.Catalog([namespace(), template()])
    wrong = []
    for given in (
        request("UPDATE", mine, mine),
        request("CREATE", a_pod({"containers": [{"name": "a", "image": "b"}]})),
    ):
        for path in places(given):
            for one in TYPES:
                for phase in ("mutate", "validate"):
                    said = review(with_value(given, path, one), catalog, phase=phase)["response"]
                    if said.get("status", {}).get("code") == 500:
                        wrong.append((path, one, said["status"]["message"]))
    assert not wrong


def test_t67_what_is_no_review_is_denied() -> None:
    for given in (*TYPES, {"request": None}, {"request": []}):
        said = review(given, nbcore.Catalog(), phase="validate")["response"]
        assert (said["allowed"], said["status"]["code"]) == (False, 400)


@pytest.mark.parametrize("name", ["a\0", "a\x1b[31m", "\u202eevil", "a\r\nb", "x" * 1_000_000, "\ud800"])
def test_t68_t81_no_name_reaches_a_message_raw(name: str) -> None:
    catalog = nbcore.Catalog([namespace(), template()])
    for given in (
        request("CREATE", owned(notebook(name)), by=name),
        request(
            "UPDATE", owned(notebook(name)), owned(notebook(name)), by="eve" + name, subresource=name[:9]
        ),
        request("CREATE", owned(notebook(templateRef={"name": name}, options={name: name}))),
    ):
        for phase in ("mutate", "validate"):
            said = encode(review(given, catalog, phase=phase))
            response = json.loads(said)["response"]
            texts = [response.get("status", {}).get("message", ""), *response.get("warnings", [])]
            assert all(text.isprintable() and len(text.encode()) <= 1024 for text in texts)


BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + at)}: &{chr(98 + at)} [{','.join(['*' + chr(97 + at)] * 10)}]\n" for at in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "a: &a [*a]\n",
        "a: !!python/object/apply:os.system [id]\n",
        "a: " + "[" * 3000,
        "a: {x: 1, x: 2}\n",
    ],
    ids=["t69", "t70", "t72", "t73", "t63"],
)
def test_t63_t69_to_t73_hostile_yaml_is_a_finding(text: str) -> None:
    began = time.monotonic()
    report = nbcore.check(nbcore.load(text))
    assert any(one.severity == "error" for one in report.findings)
    assert time.monotonic() - began < 5


def test_t71_words_and_numbers_are_what_kubernetes_reads() -> None:
    (found,) = nbcore.load("apiVersion: v1\nkind: X\na: 1:30\nb: 2026-01-01\nc: 010\nd: {1: x, 'true': y}\n")
    assert [found.value[key] for key in "abc"] == ["1:30", "2026-01-01", 8]
    assert set(found.value["d"]) == {"1", "true"}


def test_t74_no_pattern_makes_it_slow() -> None:
    began = time.monotonic()
    for pattern in ("*" + "a?" * 500 + "x*", "*a" * 500 + "x", "?" * 1000 + "*x", "(a+)+$"):
        assert not matches(pattern, "a" * 200_000)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("tail", ["\n", "\0", "é", "٣", "\u2028"])
def test_t75_nothing_that_is_appended_makes_a_name_of_it(tail: str) -> None:
    server = attacked()
    for bad in (
        notebook("other" + tail),
        notebook("other", templateRef={"name": "lab" + tail}),
        notebook("other", options={"size": "small" + tail}),
        notebook("other", env=[{"name": "A" + tail, "value": ""}]),
        notebook("other", resources={"cpu": "1" + tail}),
        notebook("other", volumes={"home": "h" + tail}),
        notebook("other", metadata={"labels": {"example.com/a" + tail: "b"}}),
        notebook("other", metadata={"labels": {"example.com/a": "b" + tail}}),
        notebook("other", overrides={"spec": {"terminationGracePeriodSeconds": "5" + tail}}),
    ):
        assert not server.create(bad).allowed, bad


@pytest.mark.parametrize("value", [True, "1", 1.5, 2, None, [1]])
def test_t76_true_is_not_one(value: Json) -> None:
    one = template(overrides=[{"path": "spec.terminationGracePeriodSeconds", "enum": [1]}])
    server = attacked()
    server.put(one)
    assert server.create(notebook("a", overrides={"spec": {"terminationGracePeriodSeconds": 1}})).allowed
    assert not server.create(
        notebook("b", overrides={"spec": {"terminationGracePeriodSeconds": value}})
    ).allowed


@pytest.mark.parametrize(
    "amount", ["1e2147483647", "1e-2147483648", "9" * 5000, "1e999999999999", "0x10", "1_000"]
)
def test_t77_no_amount_makes_it_slow(amount: str) -> None:
    began = time.monotonic()
    assert not attacked().create(notebook("other", resources={"cpu": amount, "memory": amount})).allowed
    assert time.monotonic() - began < 5


def many(count: int) -> dict[str, Json]:
    """Requests of people and of whoever reaches the port, whose size is a number of things."""
    mine = with_metadata(owned(notebook()), uid="u")
    names = [f"A{at}" for at in range(count)]
    one = {"name": "mine", "image": "x:1"}

    def first(**spec: Json) -> Json:
        old = {
            "apiVersion": "kubeflow.org/v1",
            "kind": "Notebook",
            "metadata": {"name": "mine", "namespace": "team"},
        }
        return request(
            "CREATE", owned({**old, "spec": {"template": {"spec": {"containers": [one], **spec}}}})
        )

    return {
        "owner-references": request(
            "UPDATE",
            with_metadata(mine, ownerReferences=[{"uid": name} for name in names]),
            with_metadata(mine, ownerReferences=[{"uid": name.lower()} for name in names]),
        ),
        "finalizers": request(
            "UPDATE",
            with_metadata(mine, finalizers=names[1:][::-1], deletionTimestamp="x"),
            with_metadata(mine, finalizers=names, deletionTimestamp="x"),
        ),
        "containers": first(containers=[{**one, "name": name.lower()} for name in names]),
        "sysctls": first(securityContext={"sysctls": [{"name": name, "value": "1"} for name in names]}),
        "unknown-fields": request(
            "CREATE", owned(changed(notebook(), **{f"overides{name}": 1 for name in names}))
        ),
        "overrides": request(
            "CREATE",
            owned(
                notebook(overrides={"spec": {"containers": [{"name": name, "image": "x"} for name in names]}})
            ),
        ),
    }


@pytest.mark.parametrize("what", list(many(1)))
def test_t78_work_grows_with_what_is_sent(what: str) -> None:
    catalog = nbcore.Catalog([namespace(), template()])

    def took(count: int) -> float:
        given = many(count)[what]
        began = time.process_time()
        needs(given, catalog)
        answered(given, catalog, None, "validate")
        return time.process_time() - began

    took(10)
    few, lots = took(250), took(2000)
    # Eight times as much is sent: twice that for a busy machine, and far from the 64 times of a square.
    assert lots < max(4.0, 24 * few), (few, lots)


def test_t78_many_pod_defaults_are_found_by_their_labels() -> None:
    crowd = [
        pod_default({}, name=f"d{at}", selector={"matchLabels": {"app": f"a{at}"}}) for at in range(2000)
    ]
    began = time.process_time()
    assert pod_created(
        a_pod({"containers": [{"name": "a", "image": "b"}]}), *crowd, settings=nbcore.Settings()
    ).allowed
    assert time.process_time() - began < 10


@pytest.mark.parametrize("key", ["a/b", "~1", "~0", "~", "/", "a~1b", "", "é/~", "0", "-"])
def test_t80_a_key_is_no_path(key: str) -> None:
    server = attacked()
    one = with_metadata(notebook("other"), annotations={key: "x", OWNER: "ben"})
    said = answered(request("CREATE", one), server.catalog, None, "mutate")
    import jsonpatch

    stored = jsonpatch.apply_patch(one, said.operations)
    assert stored["metadata"]["annotations"] == {key: "x", OWNER: "ada"}
