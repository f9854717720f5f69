"""Packed objects: what is packed, what it takes, and what is kept unpacked for how long."""

from __future__ import annotations

import json
import random
import threading
from typing import Any

import pytest

import nbcore
from nbcore import dialects
from nbcore.packed import Bounded, Packed, Packer, Unpacked
from tests.units.notebooks import one, template

POD_DEFAULT = one("PodDefault", "extra", {"template": {"spec": {"priority": 5}}})


def namespaces(count: int) -> list[Any]:
    """Some objects that are read at once."""
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"n{at}", "labels": {"at": str(at)}}}
        for at in range(count)
    ]


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is parsed from now on."""
    read: list[Any] = []
    parse = dialects.parse

    def noted(value: Any) -> dialects.Parsed:
        read.append(value)
        return parse(value)

    monkeypatch.setattr(dialects, "parse", noted)
    return read


def test_a_packed_catalog_answers_the_same_and_stays_packed() -> None:
    catalog = nbcore.Catalog([template(), *namespaces(3)], packed=True)
    replaced = catalog.replace([POD_DEFAULT, template(mainContainer="lab")], [("Namespace", "", "n1")])
    assert all(type(slot) is Packed for slot in replaced._objects.values())
    assert replaced.get("Template", "base", "team").spec.main_container == "lab"
    assert replaced.get("PodDefault", "extra", "team").spec.template == {"spec": {"priority": 5}}
    assert [found.name for found in replaced.list("Namespace")] == ["n0", "n2"]
    assert replaced.namespace_labels("n2") == {"at": "2", "kubernetes.io/metadata.name": "n2"}
    assert catalog.get("Template", "base", "team").spec.main_container is None


def test_what_is_asked_for_twice_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = nbcore.Catalog(namespaces(50), packed=True)
    read = counted(monkeypatch)
    for _ in range(3):
        assert len(catalog.list("Namespace")) == 50
        assert catalog.replace().get("Namespace", "n7").labels == {"at": "7"}
    assert len(read) == 50


def test_replace_reads_what_changed_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    catalogs = [nbcore.Catalog([template(), *namespaces(200)], packed=packed) for packed in (False, True)]
    read = counted(monkeypatch)
    for catalog in catalogs:
        catalog.replace([POD_DEFAULT])
    assert read == [POD_DEFAULT, POD_DEFAULT]


def test_what_was_compiled_stays_until_a_kind_changes_that_it_is_made_of() -> None:
    catalog = nbcore.Catalog([template(), POD_DEFAULT])
    notebook = one("Notebook", "mine", {"templateRef": {"name": "base"}})
    nbcore.render(notebook, catalog)
    assert catalog.memo
    assert catalog.replace([notebook, *namespaces(1)]).memo == catalog.memo
    assert not catalog.replace([template(mainContainer="lab")]).memo
    assert not catalog.replace(removed=[("PodDefault", "team", "extra")]).memo
    assert not catalog.replace([one("Template", "broken", {})]).memo


def test_documents_stay_as_they_are() -> None:
    catalog = nbcore.Catalog(nbcore.load(json.dumps(template()).encode()), packed=True)
    assert catalog.get("Template", "base", "team").origin.position("metadata", "name") is not None


@pytest.mark.parametrize("value", [(1, 2), {1: 2}, float("nan"), object(), "\ud83d\ude00", [10**5000]])
def test_what_json_would_change_is_not_packed(value: Any) -> None:
    assert Packer().pack("Any", {"x": value}) is None


def test_objects_of_a_kind_are_told_from_the_first_of_them() -> None:
    shared = "".join(random.Random(1).choices("abcdefghijklmnop", k=20_000))
    packer = Packer()
    slots = [packer.pack("Any", {"at": at, "shared": shared}) for at in range(10)]
    other = packer.pack("Other", {"shared": shared})
    assert [slot.value["at"] for slot in slots if slot] == list(range(10))
    sizes = [len(slot._data) for slot in (*slots, other) if slot]
    assert sizes[0] > 5000 and sizes[-1] > 5000
    assert max(sizes[2:-1]) < 500


def test_no_more_is_kept_than_the_budget() -> None:
    packer = Packer()
    slots = [packer.pack("Any", {"at": at, "x": "x" * 100}) for at in range(100)]
    memo = Unpacked(lambda value: value, 2000)
    for slot in slots:
        memo.one(slot)
    assert sum(slot.size for slot in {*memo._young, *memo._old}) <= 2000
    kept = [*memo._young]
    assert len(memo.many(slots)) == 100
    assert [*memo._young][: len(kept)] == kept, "a list larger than the budget drives nothing out"


def test_a_bounded_memo_is_emptied_when_it_is_full() -> None:
    memo = Bounded()
    for at in range(3000):
        memo[at] = at
        assert len(memo) <= Bounded.LIMIT and memo[at] == at


def test_many_threads_may_ask_one_catalog_while_it_is_replaced() -> None:
    catalog = nbcore.Catalog([template(), POD_DEFAULT, *namespaces(100)], packed=True)
    notebook = one("Notebook", "mine", {"templateRef": {"name": "base"}})
    expected = json.dumps(nbcore.render(notebook, catalog).pod)
    wrong: list[Any] = []

    def ask(number: int) -> None:
        for at in range(60):
            pod = nbcore.render({**notebook, "spec": {**notebook["spec"]}}, catalog).pod
            names = [found.name for found in catalog.list("Namespace")]
            again = catalog.replace([notebook] if at % 2 else namespaces(number))
            if json.dumps(pod) != expected or len(names) != 100 or not again.get("Template", "base", "team"):
                wrong.append((number, at))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
