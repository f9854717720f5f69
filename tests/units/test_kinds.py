"""Rules inside one Template: repeated ids, and defaults that are no value."""

from __future__ import annotations

from typing import Any

import nbcore

TEXT = b"""
apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {name: lab, namespace: kinds}
spec:
  ports: [{id: web, port: 80}, {id: web, port: 81}]
  template: {spec: {containers: [{name: main, image: a}]}}
  options:
    - id: size
      default: smal
      values:
        - {id: small}
        - {id: small}
        - {id: big, ports: [{id: web, port: 82}]}
    - id: size
      default: one
      values: [{id: one}]
"""


def findings(text: bytes) -> list[Any]:
    return list(nbcore.Catalog(nbcore.load(text, "kinds.yaml")).findings)


def test_repeated_ids_are_found_where_they_repeat_with_the_first_place_beside_them() -> None:
    found = [one for one in findings(TEXT) if one.code == "NB210"]
    assert [(str(one.path), str(one.position)) for one in found] == [
        ("spec.ports[1].id", "6:37"),
        ("spec.options[0].values[1].id", "13:16"),
        ("spec.options[1].id", "15:11"),
    ]
    assert [str(one.related[0][1]) for one in found] == [
        "spec.ports[0].id",
        "spec.options[0].values[0].id",
        "spec.options[0].id",
    ]
    assert all(one.severity == "error" and one.remedy for one in found)


def test_a_default_that_is_no_value_is_found_with_the_nearest_value() -> None:
    (found,) = [one for one in findings(TEXT) if one.code == "NB211"]
    assert (found.path.keyed, found.remedy) == ("spec.options[size].default", "Did you mean small?")


def test_a_port_of_a_value_may_bear_the_id_of_a_port_of_the_template() -> None:
    text = TEXT.replace(b", {id: web, port: 81}", b"").replace(b"        - {id: small}\n", b"", 1)
    text = text.replace(b"default: smal\n", b"default: small\n").replace(
        b"    - id: size\n      default: one", b"    - id: other\n      default: one"
    )
    assert findings(text) == []


def test_the_first_of_two_values_counts() -> None:
    catalog = nbcore.Catalog(nbcore.load(TEXT))
    notebook = {
        "apiVersion": "jackhoman.dev/v1beta1",
        "kind": "Notebook",
        "metadata": {"name": "mine", "namespace": "team"},
        "spec": {"templateRef": {"name": "lab", "namespace": "kinds"}, "options": {"size": "small"}},
    }
    assert nbcore.render(notebook, catalog).selection["size"].value == "small"
