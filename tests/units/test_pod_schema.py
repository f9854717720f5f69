"""The field tables of pods: they say what the published schemas say, for each version."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from nbcore.kubernetes import pod_schema
from nbcore.kubernetes.pod_schema import Field
from schemas import generate_pod_schema as generator

# How the published schema declares what the table gives a name of its own.
PUBLISHED_SCALARS = {
    "Quantity": "quantity",
    "IntOrString": "int-or-string",
    "Time": "time",
    "FieldsV1": "raw",
}
KEYS = "x-kubernetes-list-map-keys"
PUBLISHED_TYPES = {"array": "list", "object": "map"}


def published(minor: int) -> dict[str, Any]:
    """The definitions of a version by short name, read without the generator's own walk."""
    return {
        name.rsplit(".", 1)[-1]: body
        for name, body in generator.read_definitions(minor).items()
        if ".core.v1." in name or ".meta.v1." in name
    }


def published_type(schema: dict[str, Any]) -> tuple[str, str | None]:
    if "$ref" in schema:
        name = schema["$ref"].rsplit(".", 1)[-1]
        return (PUBLISHED_SCALARS[name], None) if name in PUBLISHED_SCALARS else ("object", name)
    declared = schema["type"]
    word = declared if isinstance(declared, str) else declared[0]  # ["string", "null"]
    return PUBLISHED_TYPES.get(word, word), None


def nodes(node: Field) -> Iterator[Field]:
    yield node
    for child in (*node.fields.values(), *([node.items] if node.items else [])):
        yield from nodes(child)


def dicts(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from dicts(child)


def test_the_committed_table_is_what_the_generator_writes() -> None:
    assert generator.TARGET.read_text("utf-8") == generator.text(generator.build())


def test_check_prints_the_difference(
    capsys: pytest.CaptureFixture[str], tmp_path: Any, monkeypatch: Any
) -> None:
    old = tmp_path / "pod_schema.json"
    old.write_text("one\ntwo\n")
    monkeypatch.setattr(generator, "TARGET", old)
    assert generator.check("one\nthree\n") == 1
    assert "-two\n+three" in capsys.readouterr().out
    assert generator.check("one\ntwo\n") == 0


@pytest.mark.parametrize("version", pod_schema.VERSIONS)
def test_fields_types_and_required_agree_with_the_published_schema(version: str) -> None:
    definitions = published(int(version.split(".")[1]))
    known = [name for name in pod_schema.TYPES if _exists(name, version)]
    assert len(known) > 100
    for name in known:
        body, ours = definitions[name], pod_schema.definition(name, version)
        assert set(ours.fields) == set(body.get("properties", {})), name
        assert set(ours.required) == set(body.get("required", ())), name
        for field, schema in body.get("properties", {}).items():
            node = ours.fields[field]
            assert (node.type, node.ref) == published_type(schema), f"{name}.{field}"
            items = schema.get("items") or schema.get("additionalProperties")
            if items:
                assert node.items is not None
                assert (node.items.type, node.items.ref) == published_type(items), f"{name}.{field}"


@pytest.mark.parametrize("version", [v for v in pod_schema.VERSIONS if int(v.split(".")[1]) >= 30])
def test_list_extensions_agree_with_the_published_schema(version: str) -> None:
    definitions = published(int(version.split(".")[1]))
    for name in (name for name in pod_schema.TYPES if _exists(name, version)):
        assert pod_schema.definition(name, version).map_type == definitions[name].get("x-kubernetes-map-type")
        for field, node in pod_schema.fields(name, version).items():
            schema = definitions[name]["properties"][field]
            assert node.merge_key == schema.get("x-kubernetes-patch-merge-key"), f"{name}.{field}"
            assert node.list_type == schema.get("x-kubernetes-list-type"), f"{name}.{field}"
            assert node.map_keys == tuple(schema.get("x-kubernetes-list-map-keys", ())), f"{name}.{field}"
            assert ",".join(node.strategy) == schema.get("x-kubernetes-patch-strategy", ""), f"{name}.{field}"


def _exists(name: str, version: str) -> bool:
    try:
        pod_schema.definition(name, version)
    except KeyError:
        return False
    return True


def test_versions() -> None:
    assert [f"1.{minor}" for minor in range(25, 38)] == list(pod_schema.VERSIONS)
    assert pod_schema.fields("PodSpec") is pod_schema.fields("PodSpec", "1.37")


def test_since_and_until() -> None:
    assert pod_schema.versions_of("PodSpec", "containers") == ("1.25", None)
    assert pod_schema.versions_of("PodSpec", "evictionResponders") == ("1.37", None)
    assert pod_schema.versions_of("PodSpec", "workloadRef") == ("1.35", "1.35")
    assert pod_schema.versions_of("PodResourceClaim", "source") == ("1.26", "1.30")
    assert pod_schema.versions_of("PodSpec", "evictionResponder") is None
    assert "evictionResponders" in pod_schema.fields("PodSpec", "1.37")
    assert "evictionResponders" not in pod_schema.fields("PodSpec", "1.36")
    with pytest.raises(KeyError):
        pod_schema.versions_of("NoSuchType", "x")


def test_no_field_was_ever_gone_for_a_while() -> None:
    """Else the first and last version would not say all."""
    for name in pod_schema.TYPES:
        present = [v for v in pod_schema.VERSIONS if _exists(name, v)]
        for field in {field for v in present for field in pod_schema.fields(name, v)}:
            having = [v for v in present if field in pod_schema.fields(name, v)]
            first, last = pod_schema.versions_of(name, field) or ("", "")
            start = pod_schema.VERSIONS.index(first)
            end = pod_schema.VERSIONS.index(last) if last else len(pod_schema.VERSIONS) - 1
            assert having == list(pod_schema.VERSIONS[start : end + 1]), f"{name}.{field}"


def test_a_field_that_changed_its_type() -> None:
    assert pod_schema.fields("PersistentVolumeClaimSpec", "1.28")["resources"].ref == "ResourceRequirements"
    assert (
        pod_schema.fields("PersistentVolumeClaimSpec", "1.29")["resources"].ref
        == "VolumeResourceRequirements"
    )


def test_old_versions_have_the_list_map_keys_of_later_ones() -> None:
    assert pod_schema.fields("Container", "1.25")["ports"].map_keys == ("containerPort", "protocol")
    assert pod_schema.fields("Container", "1.25")["env"].list_type == "map"
    assert pod_schema.fields("LabelSelectorRequirement", "1.25")["key"].merge_key is None


@pytest.mark.parametrize(("name", "version"), [("PodSpec", "1.24"), ("PodSpec", "1"), ("PodSpec", "")])
def test_unknown_versions_raise(name: str, version: str) -> None:
    with pytest.raises(KeyError):
        pod_schema.definition(name, version)


def test_types_of_other_versions_raise() -> None:
    assert pod_schema.definition("ClaimSource", "1.30").fields
    with pytest.raises(KeyError, match=r"1\.31 has no pod type ClaimSource"):
        pod_schema.definition("ClaimSource", "1.31")


def test_every_node_can_be_walked() -> None:
    count = 0
    for node in nodes(pod_schema.definition("Pod").root):
        count += 1
        assert bool(node.items) == (node.type in ("list", "map"))
        assert bool(node.ref) == (node.type == "object")
        assert node.accepts
        assert set(node.required_fields) <= set(node.fields)
    assert count > 1500


def test_accepted_types() -> None:
    fields = pod_schema.fields("SecurityContext")
    assert fields["runAsUser"].accepts == {int}
    assert fields["privileged"].accepts == {bool}
    limits = pod_schema.fields("ResourceRequirements")["limits"].items
    assert limits is not None and limits.type == "quantity"
    assert {str, int, float} == limits.accepts


def test_openapi_is_structural() -> None:
    """No references; every schema has a type, is int-or-string, or takes anything."""
    for partial in (False, True):
        schema = pod_schema.openapi("PodTemplateSpec", partial=partial)
        assert "$ref" not in json.dumps(schema)
        for one in schemas_in(schema):
            kinds = (
                "type",
                "x-kubernetes-int-or-string",
                "x-kubernetes-preserve-unknown-fields",
            )
            assert any(kind in one for kind in kinds), one


def schemas_in(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for child in schema.get("properties", {}).values():
        yield from schemas_in(child)
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from schemas_in(schema[keyword])


@pytest.mark.parametrize("version", ["1.25", "1.37"])
def test_openapi_list_keys_are_required_or_have_a_default(version: str) -> None:
    """The API server refuses a CustomResourceDefinition otherwise."""
    lists = [one for one in schemas_in(pod_schema.openapi("Pod", version)) if KEYS in one]
    assert len(lists) > 20
    for one in lists:
        for key in one[KEYS]:
            item = one["items"]
            assert key in item.get("required", ()) or "default" in item["properties"][key]


def test_openapi_of_a_complete_type() -> None:
    spec = pod_schema.openapi("PodTemplateSpec")["properties"]["spec"]
    assert spec["required"] == ["containers"]
    ports = spec["properties"]["containers"]["items"]["properties"]["ports"]
    assert ports["x-kubernetes-list-type"] == "map"
    assert ports[KEYS] == ["containerPort", "protocol"]
    assert ports["items"]["properties"]["protocol"] == {"type": "string", "default": "TCP"}
    assert ports["items"]["properties"]["containerPort"] == {"type": "integer", "format": "int32"}
    assert not any("nullable" in one for one in schemas_in(spec) if one.get("format") != "date-time")


def test_openapi_of_a_patch_takes_directives_and_nulls() -> None:
    for one in schemas_in(pod_schema.openapi("PodTemplateSpec", partial=True)):
        assert one["nullable"] is True
        assert "required" not in one and "default" not in one and KEYS not in one
        if one.get("type") == "object" and "additionalProperties" not in one:
            assert one["x-kubernetes-preserve-unknown-fields"] is True


def test_openapi_without_extensions() -> None:
    text = json.dumps(pod_schema.openapi("PodTemplateSpec", extensions=False))
    assert "x-kubernetes-list" not in text and "x-kubernetes-map" not in text and '"default"' not in text


def test_openapi_results_are_shared_with_nobody() -> None:
    one, other = pod_schema.openapi("PodTemplateSpec"), pod_schema.openapi("PodTemplateSpec")
    assert one == other
    seen = [id(part) for part in dicts(one)]
    assert len(seen) == len(set(seen))
    assert not set(seen) & {id(part) for part in dicts(other)}


def test_the_generator_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="x-kubernetes-new"):
        generator.shape({"type": "string", "x-kubernetes-new": 1}, "here")
    with pytest.raises(ValueError, match="not one type"):
        generator.shape({"type": ["string", "integer"]}, "here")


def test_runs_of_equal_forms() -> None:
    forms = {25: {"a": 1}, 26: {"a": 1}, 27: {"a": 2}, 30: {"a": 2}}
    assert list(generator.runs(forms)) == [
        {"a": 1, "until": "1.26"},
        {"a": 2, "since": "1.27", "until": "1.27"},
        {"a": 2, "since": "1.30", "until": "1.30"},
    ]
