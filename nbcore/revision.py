"""The Revision: everything that rendering reads beside the notebook itself, folded inputs in order, and its hash.

Refuses to know when a revision is taken, and what the notebook adds of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from nbcore.catalog import Catalog, read
from nbcore.dialects import MAX_DEPTH
from nbcore.environment import Environment, environment
from nbcore.finding import Finding, finding, in_order
from nbcore.kubernetes.names import short_name
from nbcore.model.layer import Layer
from nbcore.model.notebook import Notebook
from nbcore.model.revision import Revision
from nbcore.model.template import Port, Template, When
from nbcore.named_templates import template_at
from nbcore.resolve.layers import merged_ports
from nbcore.resolve.redirects import TAKES

API_VERSION: Final = "jackhoman.dev/v1beta1"
_HASH_IN_NAME: Final = 12
_DEEPEST: Final = 2 * MAX_DEPTH
_STEM: Final = 63 - _HASH_IN_NAME - 1


def revision_of(
    notebook: Any, catalog: Catalog, *, takes: frozenset[When] = TAKES["start", "Auto"]
) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    """The Revision of the environment that a notebook has now, as plain JSON, and what is wrong with it.

    Shape: ``notebook`` is a dict, a document or a parsed Notebook of any dialect; ``takes`` are the redirects
    that are followed. No Revision where nothing can be rendered.
    Laws: test_a_revision_renders_the_same_pod_for_ever.
    """
    parsed = read(notebook)
    if not isinstance(parsed.object, Notebook):
        return None, parsed.findings or (_no_notebook(parsed.object),)
    env = environment(parsed.object, catalog, takes)
    found = in_order([*parsed.findings, *env.findings, *(one.at(parsed.object.origin) for one in env.issues)])
    template = template_at(catalog, env.template.value or "", parsed.object)
    if env.broken or env.tree is None or template is None:
        return None, found
    return revision_object(parsed.object, spec_of(env, template)), found


def _no_notebook(given: Any) -> Finding:
    remedy = "Give a Notebook or a Workspace."
    return finding(
        "NB104", ("kind",), f"there is no Revision of a {given.kind[:64]}", remedy, source=given.origin.source
    )


def spec_of(env: Environment, template: Template) -> dict[str, Any]:
    """The spec of the Revision of an environment."""
    ports = _endpoints(env, template)
    return _spec(env.lower.main, env.home, ports, [_input_of(layer) for layer in env.layers])


def pinned_spec(revision: Revision) -> dict[str, Any]:
    """The spec of a Revision in the form in which new ones are made, however it was written."""
    spec = revision.spec
    home = spec.home.mount_path if spec.home is not None else None
    inputs = [
        _input(one.rank, one.kind, one.namespace, one.name, one.group, one.value, one.template)
        for one in spec.inputs
    ]
    return _spec(spec.main_container, home, spec.ports, inputs)


def _spec(main: str, home: str | None, ports: Iterable[Port], inputs: list[dict[str, Any]]) -> dict[str, Any]:
    endpoints = [port.model_dump(by_alias=True, exclude_none=True) for port in ports]
    return {
        "mainContainer": main,
        **({"home": {"mountPath": home}} if home is not None else {}),
        **({"ports": endpoints} if endpoints else {}),
        "inputs": inputs,
    }


def _endpoints(env: Environment, template: Template) -> Iterator[Port]:
    """The endpoints of the chosen options, completed by the Template, and its own where its dialect has such."""
    values = [
        value
        for group in template.spec.options
        if (one := env.selection.get(group.id)) is not None
        and one.value is not None
        and (value := group.value(one.value)) is not None
    ]
    chosen = {port.id for value in values for port in value.ports}
    for id_, port in merged_ports(template.spec.ports, values).items():
        if id_ in chosen or not template.conventions.numbers_on_values:
            yield port


def _input_of(layer: Layer) -> dict[str, Any]:
    """One folded input, as the Revision keeps it."""
    source = layer.origin.source
    return _input(
        layer.rank, source.kind, source.namespace, source.name, layer.group, layer.value, layer.tree
    )


def _input(
    rank: str, kind: str, namespace: str, name: str, group: str | None, value: str | None, tree: Any
) -> dict[str, Any]:
    space = {"namespace": namespace} if namespace else {}
    option = {} if group is None else {"group": group, "value": value}
    return {"rank": rank, "kind": kind, **space, "name": name, **option, "template": tree}


def revision_object(notebook: Notebook, spec: dict[str, Any]) -> dict[str, Any]:
    """The Revision with that spec, named by the Template and the hash."""
    base = next((one["name"] for one in spec["inputs"] if one["rank"] == "template"), "revision")
    name = f"{short_name(base, _STEM)}-{hash_of(spec)[:_HASH_IN_NAME]}"
    space = {"namespace": notebook.metadata.namespace} if notebook.metadata.namespace else {}
    metadata = {"name": name, **space}
    return {"apiVersion": API_VERSION, "kind": "Revision", "metadata": metadata, "spec": spec}


def hash_of(spec: dict[str, Any]) -> str:
    """The SHA-256 of a Revision's spec as canonical JSON, as 64 hex digits.

    Shape: keys sorted, no white space, ASCII with escapes, ``1.0`` as ``1``: the same on every machine and for
    every order of keys.
    Raises: ValueError for a spec that is nested more deeply than any that is read.
    Laws: test_equal_inputs_have_equal_hashes, test_unlike_inputs_have_unlike_hashes.
    """
    text = json.dumps(_canonical(spec), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _canonical(value: Any, depth: int = 0) -> Any:
    """The value with whole numbers written as such."""
    if depth > _DEEPEST:
        raise ValueError(f"a Revision is nested at most {_DEEPEST} levels deep")
    if isinstance(value, dict):
        return {key: _canonical(one, depth + 1) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(one, depth + 1) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def is_named(revision: dict[str, Any], name: str) -> bool:
    """Whether the name means this Revision: its name, or its whole hash."""
    return name in (revision["metadata"]["name"], hash_of(revision["spec"]))
