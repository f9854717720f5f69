"""Kinds of which the verdict is easily wrong when only some of their pods are looked at: it is that on all."""

from __future__ import annotations

from typing import Any, Final

import pytest

from nbcore.combinations import MOST_ROWS
from nbcore.reachable import Verdict
from tests.laws.kinds import SPREAD, kind
from tests.laws.test_combination_laws import ALL, FEWEST, counts, faults, verdict

MAIN: Final = {"name": "main", "image": "registry.example.com/base:1"}
TEXT: Final = {"name": "PREFIX", "value": '{{ httpPathPrefix "web" }}'}
A: Final = {"name": "A", "value": "1"}
FILE: Final = {"fileKeyRef": {"volumeName": "data", "path": "f", "key": "K"}}


def main(**fields: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "main", **fields}]}}


def spec(**fields: Any) -> dict[str, Any]:
    return {"spec": fields}


def labels(**given: str) -> dict[str, Any]:
    return {"metadata": {"labels": given}}


def pod_default(name: str, template: Any, namespace: str = "kinds", **more: Any) -> Any:
    return kind(name, "PodDefault", {"template": template, **more}, namespace)


def of(*templates: Any, base: Any = None, values: Any = (), others: Any = (), **more: Any) -> list[Any]:
    """A Template that offers PodDefaults with these templates, one group of values, and other objects."""
    pod_defaults = [pod_default(f"pd{at}", one) for at, one in enumerate(templates)]
    group = [{"id": f"v{at}", **value} for at, value in enumerate(values)]
    written = {
        "template": base or spec(containers=[MAIN]),
        "optional": [{"name": one["metadata"]["name"]} for one in pod_defaults],
        "options": [{"id": "g", "default": "v0", "values": group}] if group else [],
        **more,
    }
    return [kind("k", "Template", written), *pod_defaults, *others]


BULK: Final = [{"metadata": {"annotations": {key: "x" * 100_000}}} for key in ("a", "b", "c")]
KINDS: Final[dict[str, list[Any]]] = {
    "a label that spreads pods": of(
        labels(team="a"),
        spec(affinity={"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [SPREAD]}}),
        main(workingDir="/"),
    ),
    "annotations that are too large together": of(*BULK),
    "a mount whose path only starts like a home": of(
        main(volumeMounts=[{"name": "data", "mountPath": "/rootless"}]),
        main(securityContext={"readOnlyRootFilesystem": True}),
        spec(volumes=[{"name": "data", "emptyDir": {}}]),
    ),
    "a text that another layer replaces, and a port that it needs": of(
        main(env=[TEXT]),
        values=[
            {"ports": [{"id": "web", "port": 80}]},
            {"template": main(env=[{"name": "PREFIX", "value": "/"}])},
            {"template": main(workingDir="/")},
        ],
    ),
    "a text that stands twice and lacks its port": of(
        options=[
            {
                "id": "g",
                "default": "a",
                "values": [{"id": "a"}, {"id": "b", "template": main(env=[TEXT, TEXT])}],
            },
            {
                "id": "h",
                "default": "a",
                "values": [{"id": "a"}, {"id": "b", "ports": [{"id": "web", "port": 80}]}],
            },
        ],
    ),
    "a file that another layer replaces by a text, and the volume of it": of(
        main(env=[{"name": "F", "valueFrom": FILE}]),
        spec(volumes=[{"name": "data", "emptyDir": {}}]),
        values=[{"template": main(env=[{"name": "F", "value": "x"}])}, {}],
    ),
    "a list that repeats itself where no other layer has one": of(
        main(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "1"}]),
        main(env=[{"name": "B", "value": "1"}]),
        main(env=[{"name": "C", "value": "1"}]),
    ),
    "a text where others have a list, which breaks it at as many places as there are others": of(
        main(env="none"), *(main(env=[{"name": name, "value": "1"}]) for name in ("A", "B", "C"))
    ),
    "an entry without a name, which breaks the pod beside either of two lists": of(
        main(env=[{"value": "nameless"}]),
        main(workingDir="/"),
        values=[{}, {"template": main(env=[A])}, {"template": main(env=[{"name": "B", "value": "1"}])}],
    ),
    "a value that breaks the pod beside another layer, and is wrong alone": of(
        spec(securityContext="tight"), spec(securityContext={"runAsUser": 1000}), main(env=[TEXT])
    ),
    "volumes without a name beside other volumes": of(
        spec(volumes=[{"emptyDir": {}}]),
        spec(volumes=[{"name": "data", "emptyDir": {}}]),
        spec(volumes=[{"name": "other", "emptyDir": {}}]),
    ),
    "a container that one layer takes away and others bring back": of(
        spec(containers=[{"name": "side", "$patch": "delete"}]),
        base=spec(containers=[MAIN, {"name": "side", "image": "proxy:1"}]),
        values=[
            {"template": spec(containers=[{"name": "side", "env": [{"name": "A", "value": "1"}]}])},
            {"template": spec(containers=[{"name": "side", "image": "proxy:2"}])},
            {},
        ],
    ),
    "a container that the Template itself takes away and a PodDefault brings": of(
        spec(containers=[{"name": "main", "env": [A]}, {"name": "side", "securityContext": {}}]),
        base=spec(containers=[MAIN, {"name": "side", "$patch": "delete"}]),
        options=[
            {
                "id": "g",
                "default": "a",
                "values": [
                    {
                        "id": "a",
                        "template": spec(hostNetwork=True, containers=[{"name": "main", "env": [A]}]),
                    },
                    {"id": "b"},
                ],
            },
            {"id": "h", "default": "a", "values": [{"id": "a"}, {"id": "b"}]},
        ],
    ),
    "an image that only the values have": of(
        main(env=[{"name": "A", "value": "1"}]),
        base=spec(containers=[{"name": "main"}]),
        values=[{"template": main(image="registry.example.com/a:1")}, {"template": main(image="")}],
    ),
    "a home that a value mounts over": of(
        main(workingDir="/"),
        values=[{}, {"template": main(volumeMounts=[{"name": "data", "mountPath": "/home/ada"}])}],
        home={"mountPath": "/home/ada"},
    ),
    "a selector in another namespace, where the pod breaks beside one layer": of(
        labels(pick="me"),
        main(env=[{"name": "A", "value": "1"}]),
        main(ports=[{"containerPort": 80, "hostPort": 80}]),
        values=[{"template": labels(pick="me")}, {}],
        others=[
            pod_default(
                "selected",
                main(env=[{"name": "A", "value": "2"}], ports=[{"containerPort": 81, "hostPort": 80}]),
                "else",
                selector={"matchLabels": {"pick": "me"}},
            )
        ],
    ),
    "values that do not go with each other": of(
        main(volumeMounts=[{"name": "data", "mountPath": "/data"}]),
        spec(volumes=[{"name": "data", "emptyDir": {}}]),
        values=[
            {"template": spec(hostUsers=False), "access": {"users": ["ada"]}},
            {"template": spec(hostNetwork=True), "access": {"users": []}},
        ],
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_few_pods_tell_what_all_of_them_do(name: str) -> None:
    every, some = (verdict(KINDS[name], whole) for whole in (ALL, FEWEST))
    assert faults(some.findings) == faults(every.findings)
    if len({one["metadata"]["namespace"] for one in KINDS[name]}) == 1:
        assert counts(some.findings) == counts(every.findings)


def test_a_home_that_is_taken_is_told_at_the_layer_that_takes_it() -> None:
    found = verdict(KINDS["a home that a value mounts over"], ALL)
    (taken,) = [one for one in found.findings if one.code == "NB309"]
    assert (
        str(taken.path) == "spec.options[1].values[1].template.spec.containers[0].volumeMounts[0]"
        or taken.path
    )
    assert (taken.pods, taken.source.kind) == (2, "Template")
    assert {one.pods for one in found.findings if one.code == "NB902"} == {4}


# ---- more than can be decided ----


def many(count: int, template: Any) -> Verdict:
    return verdict(of(*(template(at) for at in range(count))), FEWEST)


def test_conflicts_between_many_layers_are_all_found() -> None:
    found = many(20, lambda at: main(env=[{"name": "A", "value": str(at)}]))
    conflicts = [one for one in found.findings if one.code == "NB301"]
    assert len(conflicts) == 20 * 19 / 2
    assert found.rendered < 100


def test_layers_that_all_meet_are_tried_in_pairs_and_that_is_said() -> None:
    found = many(20, lambda at: spec(hostname="h", hostNetwork=True) if at else spec(hostnameOverride="x"))
    assert not found.whole
    assert found.rendered < MOST_ROWS
    assert "NB411" in {one.code for one in found.findings}


def test_pairs_that_break_do_not_keep_others_from_being_tried() -> None:
    found = many(60, lambda at: main(env=[{"name": f"E{at // 2}", "value": str(at)}]))
    assert found.whole
    assert len([one for one in found.findings if one.code == "NB301"]) == 30


def test_a_search_without_end_is_given_up_and_that_is_said() -> None:
    def value(group: int, at: int) -> Any:
        asked = {f"g{other}": {"matchLabels": {"n": str((at + group * other) % 7)}} for other in range(8)}
        display = {"labels": {"n": str(at % 7)}}
        return {
            "id": str(at),
            "display": display,
            "compatible": {k: v for k, v in asked.items() if k != f"g{group}"},
        }

    groups = [
        {"id": f"g{group}", "default": "0", "values": [value(group, at) for at in range(64)]}
        for group in range(8)
    ]
    written = {"template": spec(containers=[MAIN]), "options": groups}
    assert not verdict([kind("k", "Template", written)], FEWEST).whole
