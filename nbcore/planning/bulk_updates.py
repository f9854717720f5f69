"""Bulk updates: the patches that carry an action out on many notebooks, in waves.

Refuses to know who may do that, and to carry it out.

Laws: test_bulk_patches_do_what_they_say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from nbcore.catalog import Catalog
from nbcore.composing import EVERYTHING
from nbcore.environment import Environment, environment
from nbcore.model.notebook import Notebook
from nbcore.model.selection import Resolution
from nbcore.planning.consumers import Filter, picked_indexes
from nbcore.planning.fleet import Fleet, Member
from nbcore.planning.rollout import waves
from nbcore.revision import revision_object, spec_of
from nbcore.updating import UPDATE_ANNOTATION

Action = Literal["apply", "stop", "start", "restart"]
"""``apply`` takes what is pending: it writes the targets of redirects, and has the newest taken at once."""
ACTIONS: Final[tuple[Action, ...]] = ("apply", "stop", "start", "restart")

Operation: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Patch:
    """What is to be done to one notebook: an RFC 6902 patch of the object, or why there is none.

    Shape: ``operations`` may be empty: then ``reason`` says why nothing can be done. ``then`` is a second patch, to
    be made when the first has had its effect (a restart is a stop and a start), else empty.
    """

    notebook: Member
    api_version: str
    operations: tuple[Operation, ...]
    then: tuple[Operation, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The patch with the object that it is for, as plain JSON."""
        one = self.notebook
        return {
            "apiVersion": self.api_version,
            "kind": one.kind,
            "namespace": one.namespace,
            "name": one.name,
            "patch": list(self.operations),
            **({"then": list(self.then)} if self.then else {}),
            **({"reason": self.reason} if self.reason else {}),
        }


@dataclass(frozen=True, slots=True)
class Batch:
    """The patches of one wave; that of the name ``left out`` holds what cannot be done, and no operations."""

    name: str
    patches: tuple[Patch, ...]


def bulk(
    notebooks: Any,
    catalog: Catalog,
    action: Action,
    *,
    where: Filter | None = None,
    canary: float = 0.0,
    per_namespace: bool = False,
    at_once: int | None = None,
) -> tuple[Batch, ...]:
    """The patches of an action on the notebooks that the filter means, in waves.

    Shape: ``notebooks`` as for a plan; waves as of `waves`. Notebooks to which there is nothing to do are not in
    it; those to which nothing can be done come last, with the reason.
    Raises: ValueError for an action that does not exist, and where `waves` does.
    """
    make = _MAKERS.get(action)
    if make is None:
        raise ValueError(f"action must be one of {', '.join(ACTIONS)}")
    fleet = Fleet.of(notebooks)
    indexes = range(len(fleet)) if where is None else picked_indexes(fleet, catalog, where)
    made = {index: patch for index in indexes if (patch := _made(fleet, index, catalog, make)) is not None}
    by_member = {patch.notebook: patch for patch in made.values() if patch.operations}
    batches = waves(by_member, canary=canary, per_namespace=per_namespace, at_once=at_once)
    failed = tuple(patch for patch in made.values() if not patch.operations)
    found = [Batch(wave.name, tuple(by_member[one] for one in wave.notebooks)) for wave in batches]
    return (*found, Batch("left out", failed)) if failed else tuple(found)


class _Made(NamedTuple):
    """What an action makes of one notebook."""

    operations: Sequence[Operation] = ()
    then: Sequence[Operation] = ()
    reason: str = ""


def _made(
    fleet: Fleet, index: int, catalog: Catalog, make: Callable[[Notebook, Catalog], _Made]
) -> Patch | None:
    notebook, member = fleet.notebook(index), fleet.members[index]
    if not notebook.metadata.name:
        return Patch(member, notebook.api_version, (), (), "it has no name yet")
    made = make(notebook, catalog)
    if not made.operations and not made.reason:
        return None
    return Patch(member, notebook.api_version, tuple(made.operations), tuple(made.then), made.reason)


# ---- where things stand ----


class _Fields(NamedTuple):
    """Where a dialect has what bulk updates write."""

    stopped: tuple[str, ...]
    options: tuple[str, ...]
    template: tuple[str, ...]
    takes_revisions: bool
    """An annotation names the Revision that is to be taken at once; else what is new comes with a restart."""


_FIELDS: Final[Mapping[str, _Fields]] = {
    "Notebook": _Fields(("spec", "stopped"), ("spec", "options"), ("spec", "templateRef"), True),
    "Workspace": _Fields(("spec", "paused"), ("spec", "podTemplate", "options"), ("spec", "kind"), False),
}


def _pointer(path: Sequence[str]) -> str:
    """The path as a JSON pointer (RFC 6901)."""
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)


def _value_at(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _written(notebook: Notebook, path: Sequence[str], value: Any) -> Operation:
    """The operation that sets a field whose parent is there."""
    return {"op": "add", "path": _pointer(path), "value": value}


def _replaced(notebook: Notebook, path: Sequence[str], value: Any) -> Iterator[Operation]:
    """The operations that set a field, if it is what it was when the notebook was read."""
    known = _value_at(notebook.origin.value, path)
    yield {"op": "test", "path": _pointer(path), "value": known}
    yield {"op": "replace", "path": _pointer(path), "value": value}


# ---- stop, start, restart ----


def _switched(notebook: Notebook, stopped: bool) -> list[Operation]:
    return [_written(notebook, _FIELDS[notebook.kind].stopped, stopped)]


def _stop(notebook: Notebook, catalog: Catalog) -> _Made:
    return _Made() if notebook.spec.stopped else _Made(_switched(notebook, True))


def _start(notebook: Notebook, catalog: Catalog) -> _Made:
    return _Made(_switched(notebook, False)) if notebook.spec.stopped else _Made()


def _restart(notebook: Notebook, catalog: Catalog) -> _Made:
    if notebook.spec.stopped:
        return _Made()
    return _Made(_switched(notebook, True), _switched(notebook, False))


# ---- apply ----


def _apply(notebook: Notebook, catalog: Catalog) -> _Made:
    """Writes what redirects lead to, and has it taken."""
    env = environment(notebook, catalog, EVERYTHING.redirects)
    template = catalog.template(notebook.conventions.template_kind, env.template.value or "")
    if template is None or env.broken or env.tree is None:
        return _Made(reason=_why(notebook, env))
    operations = [*_led_template(notebook, env.template), *_led_values(notebook, env.selection)]
    if not _FIELDS[notebook.kind].takes_revisions:
        return _restarted(notebook, operations)
    name = revision_object(notebook, spec_of(env, template))["metadata"]["name"]
    status = notebook.status if isinstance(notebook.status, dict) else {}
    if name not in (status.get("revision"), notebook.metadata.annotations.get(UPDATE_ANNOTATION)):
        operations += _annotated(notebook, name)
    return _Made(operations)


def _why(notebook: Notebook, env: Environment) -> str:
    """Why there is nothing to take."""
    found = [*env.findings, *(one.at(notebook.origin) for one in env.issues)]
    wrong = next((one.message for one in found if one.severity == "error"), "")
    return f"what is new cannot be rendered: {wrong}" if wrong else "what is new cannot be rendered"


def _restarted(notebook: Notebook, operations: list[Operation]) -> _Made:
    """The operations; for one that runs with the restart that takes them, and what its status lists."""
    status = notebook.status if isinstance(notebook.status, dict) else {}
    waits = operations or status.get("pendingRestart") is True
    if notebook.spec.stopped or not waits:
        return _Made(operations)
    return _Made([*operations, *_switched(notebook, True)], _switched(notebook, False))


def _led_template(notebook: Notebook, result: Resolution) -> Iterator[Operation]:
    """Names the Template that the redirects lead to."""
    if result.value is None or result.value == result.chosen:
        return
    path = _FIELDS[notebook.kind].template
    namespace, _, name = result.value.rpartition("/")
    yield from _replaced(notebook, (*path, "name"), name)
    if namespace != (notebook.spec.template_ref.namespace or notebook.metadata.namespace):
        yield _written(notebook, (*path, "namespace"), namespace)


def _led_values(notebook: Notebook, selection: Mapping[str, Resolution]) -> Iterator[Operation]:
    """Stores the values that the redirects of stored ones lead to; a default leads on by itself."""
    for group, result in selection.items():
        if result.explicit and result.value is not None and result.value != result.chosen:
            yield from _replaced(notebook, (*_FIELDS[notebook.kind].options, group), result.value)


def _annotated(notebook: Notebook, revision: str) -> Iterator[Operation]:
    """Asks for a Revision."""
    path = ("metadata", "annotations")
    if _value_at(notebook.origin.value, path) is None:
        yield _written(notebook, path, {UPDATE_ANNOTATION: revision})
    else:
        yield _written(notebook, (*path, UPDATE_ANNOTATION), revision)


_MAKERS: Final[Mapping[str, Callable[[Notebook, Catalog], _Made]]] = {
    "apply": _apply,
    "stop": _stop,
    "start": _start,
    "restart": _restart,
}
