"""The shorthands of a Notebook: what they become, and every reason for which one is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.units.notebooks import BASE, codes, container, main, option, rendered, said, template

HOME = {"home": {"mountPath": "/home/me"}}
LAYERED = {
    **HOME,
    **option({
        "metadata": {"labels": {"tier": "gold"}},
        "spec": {
            "volumes": [{"name": "home-volume-x", "emptyDir": {}}, {"name": "secret-volume-0", "emptyDir": {}}],
            "containers": [{
                "name": "main",
                "args": ["$(REFERRED)"],
                "env": [{"name": "SET", "value": "1"}],
                "volumeMounts": [{"name": "home-volume-x", "mountPath": "/opt/data"}],
                "resources": {"limits": {"nvidia.com/gpu": "1"}},
            }],
        },
    }),
}  # fmt: skip


def test_what_the_shorthands_become() -> None:
    rendering = rendered(
        template(**HOME),
        resources={"cpu": 0.5, "memory": "1Gi", "limits": {"cpu": "2"}},
        volumes={
            "home": "mine",
            "data": [{"pvcName": "d", "mountPath": "/data", "readOnly": True}],
            "secrets": [{"secretName": "s", "mountPath": "/home/me/s"}],
        },
        env=[{"name": "A", "value": "$(B)"}],
        metadata={"labels": {"a": "b"}, "annotations": {"c": "d"}},
    )
    found = container(rendering)
    assert found["resources"] == {
        "requests": {"cpu": "0.5", "memory": "1Gi"},
        "limits": {"cpu": "2", "memory": "1Gi"},
    }
    assert found["env"] == [{"name": "A", "value": "$(B)"}]
    assert found["volumeMounts"] == [
        {"name": "home-volume", "mountPath": "/home/me"},
        {"name": "data-volume-0", "mountPath": "/data", "readOnly": True},
        {"name": "secret-volume-0", "mountPath": "/home/me/s"},
    ]
    assert rendering.pod is not None
    assert [volume["name"] for volume in rendering.pod["spec"]["volumes"]] == [
        "home-volume",
        "data-volume-0",
        "secret-volume-0",
    ]
    assert rendering.pod["metadata"] == {
        "labels": {"a": "b", "jackhoman.dev/notebook": "mine"},
        "annotations": {"c": "d"},
        "name": "mine-0",
        "namespace": "team",
    }


REFUSED: tuple[tuple[dict[str, Any], str, str], ...] = (
    ({"resources": {"cpu": "-1"}}, "NB310", "cpu may not be negative"),
    ({"resources": {"amd.com/gpu": 1}}, "NB310", "amd.com/gpu may be set only to what"),
    ({"resources": {"nvidia.com/gpu": 2}}, "NB310", "nvidia.com/gpu may be set only to what"),
    ({"env": [{"name": "SET"}]}, "NB307", "a lower layer sets it"),
    ({"env": [{"name": "REFERRED"}]}, "NB307", "refer to it"),
    *(({"env": [{"name": name}]}, "NB307", "it changes how programs run") for name in
      ("PATH", "LD_PRELOAD", "JUPYTER_TOKEN", "http_proxy", "NB_USER", "KUBERNETES_SERVICE_HOST", "PYTHONPATH")),
    ({"env": [{"name": "A"}, {"name": "A"}]}, "NB307", "it stands twice"),
    ({"metadata": {"labels": {"tier": "lead"}}}, "NB308", "a lower layer sets it to another value"),
    *(({"metadata": {"labels": {key: "x"}}}, "NB308", "it is reserved for the system") for key in
      ("jackhoman.dev/notebook", "sidecar.istio.io/inject", "app.kubernetes.io/name", "statefulset")),
    ({"metadata": {"annotations": {"a b": "x"}}}, "NB308", "the annotation may not be set"),
    ({"volumes": {"data": [{"pvcName": "d", "mountPath": "/etc"}]}}, "NB309", "belongs to the system"),
    ({"volumes": {"data": [{"pvcName": "d", "mountPath": "/opt/data/"}]}}, "NB309", "/opt/data is mounted already"),
    ({"volumes": {"data": [{"pvcName": "d", "mountPath": "/opt"}]}}, "NB309", "would hide"),
    ({"volumes": {"secrets": [{"secretName": "s", "mountPath": "/s"}]}}, "NB309", "the volume name secret-volume-0"),
)  # fmt: skip


@pytest.mark.parametrize(("fields", "code", "words"), REFUSED)
def test_what_is_refused(fields: dict[str, Any], code: str, words: str) -> None:
    rendering = rendered(template(**LAYERED), **fields)
    assert rendering.pod is None
    assert set(codes(rendering)) == {code}
    assert any(words in message for _, _, message in said(rendering)), said(rendering)


def test_no_place_for_a_home() -> None:
    assert codes(rendered(template(), volumes={"home": "mine"})) == ["NB309"]


def test_an_option_brings_its_own_resources() -> None:
    assert container(rendered(template(**LAYERED), resources={"limits": {"nvidia.com/gpu": 1}}))


def test_a_rule_allows_an_extended_resource() -> None:
    rules = [{"path": "spec.containers[main].resources.*[amd.com/gpu]", "max": 4}]
    assert container(rendered(template(overrides=rules), resources={"limits": {"amd.com/gpu": 4}}))
    assert codes(rendered(template(overrides=rules), resources={"limits": {"amd.com/gpu": 5}})) == ["NB310"]


def test_values_of_env_are_never_printed() -> None:
    rendering = rendered(template(**LAYERED), env=[{"name": "SET", "value": "hunter2"}])
    assert "hunter2" not in " ".join(map(str, rendering.findings))


def test_a_new_container_needs_an_image() -> None:
    rendering = rendered(template(**option({"spec": {"containers": [{"name": "lap"}]}})))
    (finding,) = rendering.findings
    assert (finding.code, finding.remedy) == ("NB302", "Did you mean the container lab?")


def test_main_is_a_name_before_it_is_an_alias() -> None:
    base = {"spec": {"containers": [*BASE["spec"]["containers"], {"name": "main", "image": "i"}]}}
    rendering = rendered(template(template=base, mainContainer="lab", **option(main(image="j"))))
    assert rendering.pod is not None
    assert [one["image"] for one in rendering.pod["spec"]["containers"]] == ["registry/lab:1", "j"]
