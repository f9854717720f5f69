"""Provenance, by example: the element's key stays with who brought it, every other leaf with who set it last."""

from __future__ import annotations

from typing import Any

from nbcore.model.layer import Layer
from nbcore.strategic.provenance import trace


def env(name: str, value: str) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", "env": [{"name": name, "value": value}]}]}}


def told(*layers: Layer) -> dict[str, tuple[str, list[str]]]:
    return {
        path.keyed: (blame.winner.layer.title, [one.layer.title for one in blame.shadowed])
        for path, blame in trace(layers).items()
    }


def test_who_set_what() -> None:
    low, high = Layer("template", "low", env("A", "1")), Layer("options", "high", env("A", "2"))
    assert told(low, high) == {
        "spec.containers[main].name": ("low", []),
        "spec.containers[main].env[A].name": ("low", []),
        "spec.containers[main].env[A].value": ("high", ["low"]),
    }


def test_a_value_that_looks_like_the_key_is_no_key() -> None:
    low, high = Layer("template", "low", env("A", "1")), Layer("options", "high", env("A", "A"))
    assert told(low, high)["spec.containers[main].env[A].value"] == ("high", ["low"])


def test_values_that_are_equal_are_set_anew() -> None:
    low, high = Layer("template", "low", env("A", "1")), Layer("notebook", "high", env("A", "1"))
    assert told(low, high)["spec.containers[main].env[A].value"] == ("high", ["low"])


def test_ports_of_two_layers_take_no_time() -> None:
    ports = [{"containerPort": 8888, "name": "http"}]
    tree = {"spec": {"containers": [{"name": "main", "ports": ports}]}}
    found = told(Layer("template", "low", tree), Layer("options", "high", tree))
    assert found["spec.containers[main].ports[8888/TCP].name"] == ("high", ["low"])


def test_a_setting_does_not_print_its_value() -> None:
    (*_, blame) = trace([Layer("template", "low", env("A", "hunter2"))]).values()
    assert "hunter2" not in repr(blame)


def test_an_empty_list_of_two_peers_is_the_later_ones() -> None:
    empty = {"spec": {"containers": [{"name": "main", "env": []}]}}
    beside = {"spec": {"containers": [{"name": "side", "env": []}, {"name": "main", "env": []}]}}
    peers = [Layer("podDefaults", f"PodDefault {at}", tree) for at, tree in enumerate((beside, empty, {}))]
    winners = {path.keyed: blame.winner[:2] for path, blame in trace(peers).items()}
    assert winners["spec.containers[side].env"] == (peers[0], ("spec", "containers", 0, "env"))
    assert winners["spec.containers[main].env"] == (peers[1], ("spec", "containers", 0, "env"))
