"""What a notebook sets itself, without what cannot matter to an edit: two that agree here fare alike.

Left out are names of notebooks, claims and Secrets, env values, and the values of labels and annotations that are
free; whoever needs those asks for them by key. Refuses to know Templates: whether a part matters depends on what
is edited, and is found out elsewhere.

Laws: test_a_plan_equals_each_notebook_on_its_own.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from nbcore.checks.own_fields import is_reserved
from nbcore.kubernetes.names import problem_with_label_value
from nbcore.model.notebook import Notebook, Volumes
from nbcore.planning.areas import FIXED
from nbcore.resolve.notebook_layers import OWNER_ANNOTATION

Pairs: TypeAlias = tuple[tuple[str, str | None], ...]
"""Keys, sorted, each with its value where it tells something by itself."""


class Own(NamedTuple):
    """The own parts of a notebook that may matter.

    Shape: ``resources`` and ``overrides`` are JSON text, ``""`` for nothing; ``env`` are the names and ``refers``
    says whether a value refers to another variable; ``volumes`` are mount paths with what is beside them;
    ``owner`` says whether the text that its owner is may refer to a variable, ``named`` whether it has a name yet.
    """

    resources: str = ""
    env: tuple[str, ...] = ()
    refers: bool = False
    volumes: tuple[Any, ...] = ()
    labels: Pairs = ()
    annotations: Pairs = ()
    overrides: str = ""
    owner: bool = False
    named: bool = True

    @property
    def areas(self) -> frozenset[tuple[str, ...]]:
        """What it sets, as far as an edit may meet it there: a part, or one key of it."""
        return frozenset(_areas(self))


def own_parts(notebook: Notebook) -> Own:
    """The own parts of a notebook that may matter."""
    spec = notebook.spec
    return Own(
        _json(spec.resources),
        tuple(one.name for one in spec.env),
        any("$(" in one.value for one in spec.env),
        _mounts(spec.volumes),
        tuple(_told(spec.metadata.labels, notebook, label=True)),
        tuple(_told(spec.metadata.annotations, notebook, label=False)),
        _json(spec.overrides),
        "$(" in notebook.metadata.annotations.get(OWNER_ANNOTATION, ""),
        bool(notebook.metadata.name),
    )


def values_at(notebook: Notebook, labels: Collection[str], annotations: Collection[str]) -> tuple[Any, ...]:
    """The values of its own labels and annotations with these keys."""
    own = notebook.spec.metadata
    return (
        tuple(sorted((key, value) for key, value in own.labels.items() if key in labels)),
        tuple(sorted((key, value) for key, value in own.annotations.items() if key in annotations)),
    )


def _json(value: Any) -> str:
    """The value as text, its keys in their order: that of lists and maps may show in the pod."""
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")) if value else ""


def _mounts(given: Volumes) -> tuple[Any, ...]:
    found = (
        given.home is not None,
        tuple((one.mount_path, one.read_only) for one in given.data),
        tuple((one.mount_path, one.default_mode) for one in given.secrets),
    )
    return found if any(found) else ()


def _told(values: Mapping[str, str], notebook: Notebook, *, label: bool) -> Iterator[tuple[str, str | None]]:
    """Each key, with its value where a rule looks at it whatever the Template is."""
    name, marks = notebook.metadata.name, notebook.conventions.labels
    for key in sorted(values):
        value = values[key]
        if label and key in marks and value == name:
            yield key, "="
        elif is_reserved(key, label=label) or (label and problem_with_label_value(value) is not None):
            yield key, f":{value}"
        else:
            yield key, None


def _areas(own: Own) -> Iterable[tuple[str, ...]]:
    for part in ("resources", "env", "volumes", "labels", "annotations", "overrides", "owner"):
        if getattr(own, part):
            yield (part,)
    for name in own.env:
        yield ("env", name)
    for key, _ in own.labels:
        yield ("labels", key)
    for key, _ in own.annotations:
        yield ("annotations", key)
        if key.startswith(FIXED):
            yield ("fixed",)
