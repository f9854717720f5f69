"""From documents to kinds: which dialect reads an object is decided here, by a table.

Refuses to know what the objects mean, and every rule across fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nbcore.dialects import kubeflow_v1, kubeflow_v2, native
from nbcore.dialects.parsed import MAX_DEPTH, Parsed, found, origin_of, too_deep
from nbcore.dialects.wanted import Wanted
from nbcore.finding import in_order
from nbcore.kubernetes.names import closest
from nbcore.model.origin import Json, Origin
from nbcore.model.plain import Plain
from nbcore.source import Document

__all__ = ["MAX_DEPTH", "OWN_GROUPS", "READERS", "Parsed", "choosing", "items", "parse", "plain_items"]

Reader = Callable[[Json, Origin], Parsed]

READERS: Mapping[tuple[str, str], Reader] = {
    **{(native.API_VERSION, kind): native.parse for kind in native.MODELS},
    **{(kubeflow_v2.API_VERSION, kind): kubeflow_v2.parse for kind in kubeflow_v2.KINDS},
    **dict.fromkeys(kubeflow_v1.KINDS, kubeflow_v1.parse),
}
"""Who reads an apiVersion and kind. Any other pair is kept plain, unless its group or kind is ours."""

OWN_GROUPS: Mapping[str, str] = {native.GROUP: native.API_VERSION}
"""API groups of which every kind is ours, each with its newest version: an unknown one is a mistake."""
KNOWN_KINDS: Mapping[tuple[str, str], str] = {
    **{(kubeflow_v2.GROUP, kind): kubeflow_v2.API_VERSION for kind in kubeflow_v2.KINDS},
    (kubeflow_v1.GROUP, "PodDefault"): kubeflow_v1.POD_DEFAULT_VERSION,
    (kubeflow_v1.GROUP, "Notebook"): kubeflow_v1.NOTEBOOK_VERSION,
}
"""Kinds of groups that others share, each with the version that is read."""


_CHOOSING: Mapping[str, Callable[[Wanted], dict[str, Any]]] = {
    "Template": native.choosing,
    "WorkspaceKind": kubeflow_v2.choosing,
}


def choosing(kind: str, wanted: Wanted) -> dict[str, Any]:
    """A notebook that makes a choice of a template of that kind, in the dialect that has it, as plain JSON."""
    return _CHOOSING[kind](wanted)


def parse(given: Document | Json) -> Parsed:
    """What a document, or a plain dict, holds: the object and everything that is wrong with its form.

    Shape: an object with an error is None; one of a foreign kind is `Plain`.
    A document's own findings come first.
    Laws: test_any_json_in_never_an_exception_out, test_a_file_and_a_dict_have_the_same_findings,
    test_every_document_parses_and_so_do_its_items, test_the_order_of_fields_does_not_matter,
    test_what_is_accepted_is_accepted_again_after_printing.
    """
    if not isinstance(given, Document):
        return _parse(given, origin_of(given))
    if given.value is None and given.findings:
        return Parsed(None, in_order(given.findings))
    parsed = _parse(given.value, origin_of(given.value, given))
    findings = in_order((*given.findings, *parsed.findings))
    worse = any(one.severity == "error" and one.code != "NB102" for one in given.findings)
    broken = any(one.severity == "error" for one in findings)
    return Parsed(None if broken else parsed.object, findings, None if worse else parsed.known)


def items(document: Document) -> list[Document]:
    """The objects of a document: itself, or the items of a list such as kubectl prints, nested ones too.

    Shape: an item of a typed list (``NotebookList``), as API servers answer it, has the apiVersion and kind
    that the list says; any other item without them is still one: `parse` says what is missing.
    """
    objects, waiting = [], [document]
    while waiting:
        one = waiting.pop()
        if _is_list(one.value):
            waiting.extend(_item(one, at) for at in reversed(range(len(one.value["items"]))))
        else:
            objects.append(one)
    return objects


def plain_items(value: Json) -> list[Json]:
    """The objects of a value that no document holds, in the same way."""
    objects, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if _is_list(one):
            waiting.extend(_typed(item, one) for item in reversed(one["items"]))
        else:
            objects.append(one)
    return objects


def _item(document: Document, at: int) -> Document:
    item = document.at(("items", at))
    return replace(item, value=_typed(item.value, document.value))


def _typed(item: Json, outer: Json) -> Json:
    """An item of a list, with the type that a typed list gives to items that leave it out."""
    kind = outer["kind"].removesuffix("List")
    if not kind or not isinstance(item, dict) or "kind" in item or "apiVersion" in item:
        return item
    return {"apiVersion": outer.get("apiVersion"), "kind": kind, **item}


def _is_list(value: Json) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return False
    kind = value.get("kind")
    return isinstance(kind, str) and kind.endswith("List")


def _parse(value: Json, origin: Origin) -> Parsed:
    if not isinstance(value, dict):
        message = f"an object is needed here, not {found(value)}"
        return _refused(
            origin, "NB106", message, "write it as fields, one a line: apiVersion, kind, metadata"
        )
    for field in ("apiVersion", "kind"):
        if not isinstance(value.get(field), str) or not value[field]:
            return _without_kind(value, field, origin)
    reader = READERS.get((value["apiVersion"], value["kind"]))
    if reader:
        return reader(value, origin)
    group = value["apiVersion"].partition("/")[0]
    if group in OWN_GROUPS:
        return _unknown_kind(value["apiVersion"], value["kind"], origin)
    if (group, value["kind"]) in KNOWN_KINDS:
        return _unknown_version(value["apiVersion"], KNOWN_KINDS[group, value["kind"]], origin)
    return _plain(value, origin)


def _without_kind(value: Json, field: str, origin: Origin) -> Parsed:
    if value.get(field) is None:
        message = f"the object has no {field}"
    else:
        message = f"{field} must be a text that is not empty; it is {found(value[field])}"
    example = native.API_VERSION if field == "apiVersion" else "Notebook"
    return _refused(origin, "NB104", message, f"add {field}, such as {example}", (field,))


def _unknown_kind(api_version: str, kind: str, origin: Origin) -> Parsed:
    """The finding for a kind of our group that does not exist, or not in that version."""
    newest = OWN_GROUPS[api_version.partition("/")[0]]
    if not any(version == api_version for version, _ in READERS):
        return _unknown_version(api_version, newest, origin)
    kinds = tuple(known for version, known in READERS if version == api_version)
    near = closest(kind, kinds)
    remedy = f"did you mean {near}?" if near else f"known kinds: {', '.join(kinds)}"
    return _refused(origin, "NB104", f"{api_version} has no kind {kind[:64]}", remedy, ("kind",))


def _unknown_version(api_version: str, newest: str, origin: Origin) -> Parsed:
    group, _, asked = api_version.partition("/")
    message = f"{group} has no version {asked[:64]}" if asked else f"{group} needs a version"
    return _refused(origin, "NB104", message, f"did you mean {newest}?", ("apiVersion",))


def _plain(value: Json, origin: Origin) -> Parsed:
    if too_deep(value):
        message = f"the object is nested deeper than {MAX_DEPTH} levels"
        return _refused(origin, "NB103", message, "nest it less deeply")
    metadata = value.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        return _refused(
            origin,
            "NB106",
            f"metadata must be an object, not {found(metadata)}",
            "write its fields below it",
            ("metadata",),
        )
    for field in ("name", "namespace"):
        text = (metadata or {}).get(field)
        if text is not None and not isinstance(text, str):
            message = f"{field} must be a text, not {found(text)}"
            return _refused(origin, "NB106", message, "put it in quotes", ("metadata", field))
    source = origin.source
    plain = Plain(value["apiVersion"], value["kind"], source.namespace, source.name, value, origin)
    return Parsed(plain, known=plain)


def _refused(origin: Origin, code: str, message: str, remedy: str = "", path: tuple[str, ...] = ()) -> Parsed:
    return Parsed(None, (origin.finding(code, message, remedy, path=path),))
