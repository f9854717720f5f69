"""Writes the field tables of pods, ``nbcore/kubernetes/pod_schema.json``, from package `kubernetes-validate`.

    python -m schemas.generate_pod_schema            write the file
    python -m schemas.generate_pod_schema --check    exit 1 and print the difference when it is out of date

The file holds every type reachable from the roots below, of all versions at once. A field stands once for
each form that it ever had, with the versions of that form; a form without ``since`` is as old as the table,
one without ``until`` is in the newest version. So a new Kubernetes version changes the lines of what it
changed and no others.

What is dropped: descriptions, the ``null`` that the converter added to every optional type (the API did
not), and extensions that no reader of ours needs. What is mended: patch and list extensions of the versions
before 1.30, which lack most list-map keys, are those of the first later version that has the field.
A keyword or shape not known here stops the generator: nothing is lost in silence.

This module refuses to know what the tables are used for.
"""

from __future__ import annotations

import argparse
import difflib
import json
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

JSON = dict[str, Any]
"""A field's form, a type, or a JSON Schema, as plain JSON."""

TARGET = Path(__file__).resolve().parent.parent / "nbcore" / "kubernetes" / "pod_schema.json"
MINORS = range(25, 38)
KEYS_COMPLETE = 30  # list-map keys and list types of pods are complete from 1.30
ROOTS = (
    "io.k8s.api.core.v1.Pod",
    "io.k8s.api.core.v1.PodTemplateSpec",
    "io.k8s.api.core.v1.PersistentVolumeClaimSpec",
)

# Types that Go reads and writes by hand: what they accept is not what their schema says.
SCALARS = {
    "Quantity": "quantity",
    "IntOrString": "int-or-string",
    "Time": "time",
    "FieldsV1": "raw",
}
# JSON Schema's words for plain types, ours; lists and maps need a look at their content.
PLAIN = {"string": "string", "integer": "integer", "boolean": "boolean", "number": "number"}

STRUCTURAL = {"$ref", "type", "format", "enum", "items", "additionalProperties"}
EXTENSIONS = {
    "x-kubernetes-patch-strategy": "strategy",
    "x-kubernetes-patch-merge-key": "mergeKey",
    "x-kubernetes-list-type": "listType",
    "x-kubernetes-list-map-keys": "mapKeys",
    "x-kubernetes-map-type": "mapType",
}
MENDED = tuple(EXTENSIONS.values())
DROPPED = {
    "description",
    "x-kubernetes-unions",  # found in a few types only, and not enforced
    "x-kubernetes-group-version-kind",
}


def short_name(reference: str) -> str:
    """``Container`` of ``#/$defs/io.k8s.api.core.v1.Container``."""
    return reference.rsplit(".", 1)[-1]


def reject_unknown(schema: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raises ValueError for a keyword that the tables would lose."""
    if unknown := set(schema) - known - DROPPED - set(EXTENSIONS):
        raise ValueError(f"{where}: unknown keywords {sorted(unknown)}")


def without_null(declared: str | list[str]) -> str:
    """The one type that the API declares, without the converter's ``null``."""
    words = [declared] if isinstance(declared, str) else [word for word in declared if word != "null"]
    if len(words) != 1:
        raise ValueError(f"not one type: {declared}")
    return words[0]


def shape(schema: Mapping[str, Any], where: str) -> JSON:
    """The form of a value: its ``type``, and ``ref``, ``items``, ``format``, ``enum`` where present."""
    reject_unknown(schema, STRUCTURAL, where)
    if "$ref" in schema:
        name = short_name(schema["$ref"])
        return {"type": SCALARS[name]} if name in SCALARS else {"type": "object", "ref": name}
    declared = without_null(schema["type"])
    if declared == "array":
        return {"type": "list", "items": shape(schema["items"], where)}
    if declared == "object":
        return {"type": "map", "items": shape(schema["additionalProperties"], where)}
    return {"type": PLAIN[declared]} | {key: schema[key] for key in ("format", "enum") if key in schema}


def extensions(schema: Mapping[str, Any], form: JSON) -> JSON:
    """The patch and list extensions that mean something on a value of this form."""
    found = {ours: schema[theirs] for theirs, ours in EXTENSIONS.items() if theirs in schema}
    if form["type"] not in ("list", "map", "object"):
        return {}  # Kubernetes up to 1.27 has a merge key on the text LabelSelectorRequirement.key
    if "strategy" in found:
        found["strategy"] = found["strategy"].split(",")
    return found


def field_form(schema: Mapping[str, Any], required: bool, where: str) -> JSON:
    """All that the table says about one field in one version."""
    form = shape(schema, where)
    return form | extensions(schema, form) | ({"required": True} if required else {})


def type_form(name: str, definition: Mapping[str, Any]) -> JSON:
    """One type in one version: ``fields``, and ``mapType`` where present."""
    reject_unknown(definition, {"type", "properties", "required"}, name)
    required = set(definition.get("required", ()))
    fields = {
        field: field_form(schema, field in required, f"{name}.{field}")
        for field, schema in definition.get("properties", {}).items()
    }
    return {"fields": fields} | extensions(definition, {"type": "object"})


def references(schema: Any) -> Iterator[str]:
    """The full names of all types that a schema mentions."""
    if isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].removeprefix("#/$defs/")
        for value in schema.values():
            yield from references(value)


def reachable(definitions: Mapping[str, Any]) -> Iterator[str]:
    """The full names of all types that the roots reach, the roots included."""
    waiting, seen = list(ROOTS), set(ROOTS)
    while waiting:
        name = waiting.pop()
        yield name
        new = set(references(definitions[name])) - seen
        seen |= new
        waiting.extend(new)


def read_definitions(minor: int) -> JSON:
    """The definitions of one Kubernetes version, as `kubernetes-validate` ships them."""
    folder = resources.files("kubernetes_validate") / "kubernetes-json-schema" / f"v1.{minor}.0-local"
    return dict(json.loads((folder / "_definitions.json").read_text("utf-8"))["$defs"])


def types_of(minor: int) -> dict[str, JSON]:
    """All types of one version by short name."""
    definitions = read_definitions(minor)
    names = sorted(name for name in reachable(definitions) if short_name(name) not in SCALARS)
    types = {short_name(name): type_form(name, definitions[name]) for name in names}
    if len(types) != len(names):
        raise ValueError(f"1.{minor}: two types share a short name")
    return types


def mend(form: JSON, later: JSON | None) -> JSON:
    """A form of an old version with the extensions of a later one of the same type."""
    if later is None or later["type"] != form["type"]:
        return form
    kept = {key: value for key, value in form.items() if key not in MENDED}
    return kept | {key: later[key] for key in MENDED if key in later}


def runs(forms: Mapping[int, JSON]) -> Iterator[JSON]:
    """Equal forms of successive versions once, each with its ``since`` and ``until``."""
    minors = sorted(forms)
    start = 0
    for index, minor in enumerate(minors):
        following = minors[index + 1] if index + 1 < len(minors) else None
        if following == minor + 1 and forms[following] == forms[minor]:
            continue
        yield forms[minor] | bounds(minors[start], minor)
        start = index + 1


def bounds(first: int, last: int) -> JSON:
    """``since`` and ``until``, where the table does not begin or end there."""
    since = {"since": f"1.{first}"} if first != MINORS[0] else {}
    return since | ({"until": f"1.{last}"} if last != MINORS[-1] else {})


def first_complete(forms: Mapping[int, JSON]) -> JSON | None:
    """The form in the oldest version whose extensions are complete."""
    complete = [minor for minor in forms if minor >= KEYS_COMPLETE]
    return forms[min(complete)] if complete else None


def history(forms: Mapping[int, JSON]) -> list[JSON]:
    """Every form that a field or type had, oldest first, its old extensions mended."""
    later = first_complete(forms)
    mended = {minor: mend(form, later) if minor < KEYS_COMPLETE else form for minor, form in forms.items()}
    return list(runs(mended))


def type_history(versions: Mapping[int, JSON]) -> JSON:
    """One type over all versions: its own words, and the history of each field."""
    names = sorted({field for form in versions.values() for field in form["fields"]})
    own = {
        minor: {"type": "object"} | {key: form[key] for key in MENDED if key in form}
        for minor, form in versions.items()
    }
    forms = history(own)
    if len(forms) != 1:
        raise ValueError(f"a type changed its map type, or was gone for a while: {forms}")
    fields = {
        name: history({m: form["fields"][name] for m, form in versions.items() if name in form["fields"]})
        for name in names
    }
    return {key: value for key, value in forms[0].items() if key != "type"} | {"fields": fields}


def build() -> JSON:
    """The whole table: ``versions``, and ``types`` by short name."""
    by_version = {minor: types_of(minor) for minor in MINORS}
    names = sorted({name for types in by_version.values() for name in types})
    types = {
        name: type_history({minor: types[name] for minor, types in by_version.items() if name in types})
        for name in names
    }
    return {"versions": [f"1.{minor}" for minor in MINORS], "types": types}


def compact(value: Any) -> str:
    """JSON on one line, keys sorted."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def type_lines(name: str, form: JSON) -> str:
    """One type as text, a line for each field."""
    own = "".join(f"{compact(key)}:{compact(form[key])}," for key in sorted(form) if key != "fields")
    fields = ",\n".join(f" {compact(field)}:{compact(forms)}" for field, forms in form["fields"].items())
    return f'{compact(name)}:{{{own}"fields":{{\n{fields}\n}}}}'


def text(table: JSON) -> str:
    """The table as the committed file has it."""
    types = ",\n".join(type_lines(name, form) for name, form in table["types"].items())
    return f'{{"versions":{compact(table["versions"])},\n"types":{{\n{types}\n}}}}\n'


def check(new: str) -> int:
    """1 with the difference printed when the committed file is not ``new``, else 0."""
    old = TARGET.read_text("utf-8") if TARGET.exists() else ""
    lines = difflib.unified_diff(
        old.splitlines(), new.splitlines(), "committed", "generated", lineterm="", n=0
    )
    difference = list(lines)
    print("\n".join(difference) or f"{TARGET.name} is up to date")
    return 1 if difference or old != new else 0


def main(arguments: list[str]) -> int:
    """The exit code of the command."""
    parser = argparse.ArgumentParser(
        prog="generate_pod_schema", description="generate the field tables of pods"
    )
    parser.add_argument("--check", action="store_true", help="only compare with the committed file")
    options = parser.parse_args(arguments)
    new = text(build())
    if options.check:
        return check(new)
    TARGET.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
