"""Edits: what differs between two catalogs, as far as notebooks are made of it.

Refuses to know notebooks, and what a difference does to them.

Laws: test_a_plan_equals_each_notebook_on_its_own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from nbcore.catalog import Catalog
from nbcore.change.comparing import compare, same
from nbcore.change.places import root_of
from nbcore.model.conventions import KEPT_POD_DEFAULTS
from nbcore.model.element import Element
from nbcore.model.pod_default import PodDefault
from nbcore.model.template import OptionGroup, OptionValue, Template
from nbcore.planning.areas import EVERYTHING, Touched, touched
from nbcore.resolve.layers import MAIN, aimed, container_names, main_container

Place = tuple[str, str]
"""Of a Template kind and identity, of a PodDefault namespace and name, of a value group and id."""

NOTHING: Final = Touched()
_OWN, _KUBEFLOW = KEPT_POD_DEFAULTS


class Layered(NamedTuple):
    """What makes a layer, before and after."""

    old: Template | OptionValue | PodDefault
    new: Template | OptionValue | PodDefault


class TemplateEdit:
    """How a Template differs, from one catalog to the other.

    Shape: ``alike`` says that it resolves, aims and judges as before, apart from the ``other`` values, of which
    more than the partial pod template differs, or which only one side has.
    """

    def __init__(self, old: Template | None, new: Template | None) -> None:
        self.old, self.new = old, new
        self.alike = old is not None and new is not None and _head(old) == _head(new)
        self.other: frozenset[Place] = frozenset()
        self._values: dict[Place, Layered] = {}
        if old is not None and new is not None and self.alike:
            self.other = frozenset(self._read(old, new))

    def _read(self, old: Template, new: Template) -> Iterator[Place]:
        """Keeps the values that both have; those with another head, or that one side lacks, come out."""
        before, after = _values(old), _values(new)
        for place in before.keys() | after.keys():
            was, now = before.get(place), after.get(place)
            if was is None or now is None or _head_of_value(was) != _head_of_value(now):
                yield place
            else:
                self._values[place] = Layered(was, now)

    def value(self, place: Place) -> Layered | None:
        """A value before and after."""
        return self._values.get(place)


def _values(template: Template) -> dict[Place, OptionValue]:
    found: dict[Place, OptionValue] = {}
    for group in _groups(template):
        for value in group.values:
            found.setdefault((group.id, value.id), value)
    return found


def _groups(template: Template) -> list[OptionGroup]:
    found: dict[str, OptionGroup] = {}
    for group in template.spec.options:
        found.setdefault(group.id, group)
    return list(found.values())


def _head(template: Template) -> tuple[Any, ...]:
    """All of a Template that rendering reads beside the pod templates of it and its values."""
    spec = template.spec
    parts = (spec.ports, spec.required, spec.optional, spec.overrides)
    return (
        template.api_version,
        main_container(template),
        MAIN in container_names(spec.template),
        spec.directed,
        _plain(spec.home),
        _plain(spec.deprecation),
        *([_plain(one) for one in part] for part in parts),
        [(group.id, group.default) for group in spec.options],
    )


def _head_of_value(value: OptionValue) -> tuple[Any, ...]:
    return (
        value.directed,
        _plain(value.redirect),
        value.compatible,
        value.display.labels,
        [_plain(one) for one in value.ports],
    )


def _plain(part: Element | None) -> Any:
    return None if part is None else part.model_dump()


class Edit:
    """What differs between two catalogs.

    Shape: ``templates`` and ``pod_defaults`` hold those that differ; ``replaced`` are the PodDefaults that come, go
    or are applied otherwise, ``selecting`` the namespaces of those that differ and have a selector.
    """

    def __init__(self, old: Catalog, new: Catalog) -> None:
        self.old, self.new = old, new
        self.templates: dict[Place, TemplateEdit] = {
            key: TemplateEdit(was, now)
            for key, was, now in _pairs(_templates(old), _templates(new))
            if not _same_spec(was, now)
        }
        self.pod_defaults: dict[Place, Layered | None] = {
            key: Layered(was, now) if was is not None and now is not None and _alike(was, now) else None
            for key, was, now in _pairs(_pod_defaults(old, _OWN), _pod_defaults(new, _OWN))
            if not _same_spec(was, now)
        }
        for key, was, now in _pairs(_pod_defaults(old, _KUBEFLOW), _pod_defaults(new, _KUBEFLOW)):
            if not _same_spec(was, now):  # what it means depends on the containers of each pod
                self.pod_defaults[key] = None
        self.replaced = frozenset(key for key, one in self.pod_defaults.items() if one is None)
        self.selecting = frozenset(
            key[0]
            for key in self.pod_defaults
            for one in (
                catalog.get(kind, key[1], key[0]) for catalog in (old, new) for kind in KEPT_POD_DEFAULTS
            )
            if one is not None and one.spec.selector is not None
        )
        self._touched: dict[Any, Touched] = {}

    def touches(self, layered: Layered, main: str, names: tuple[str, ...]) -> Touched:
        """What the edit of one layer touches; `NOTHING` where it means the same."""
        key = (id(layered.old), id(layered.new), main, names)
        found = self._touched.get(key)
        if found is None:
            found = self._touched[key] = _touches(layered, main, names)
        return found


def _touches(layered: Layered, main: str, names: tuple[str, ...]) -> Touched:
    old, new = (_tree(one, main, names) for one in layered)
    if not isinstance(old, dict) or not isinstance(new, dict):
        return NOTHING if same(old, new) else EVERYTHING
    differences = compare(old, new, root_of(old))
    return touched(differences) if differences else NOTHING


def _tree(one: Template | OptionValue | PodDefault, main: str, names: tuple[str, ...]) -> Any:
    if isinstance(one, OptionValue):
        return aimed(one.template, main, names)
    return one.spec.template if isinstance(one, Template) else aimed(one.spec.template, main, names)


def _alike(old: PodDefault, new: PodDefault) -> bool:
    """Whether a PodDefault is applied as before."""
    return old.spec.selector == new.spec.selector and old.spec.directed == new.spec.directed


def _same_spec(old: Any, new: Any) -> bool:
    """Whether two objects define the same; metadata but the name do not matter to a pod."""
    if old is new:
        return True
    if old is None or new is None or old.api_version != new.api_version:
        return False
    before, after = old.origin.value, new.origin.value
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    return same(before.get("spec"), after.get("spec"))


def _pairs(old: Mapping[Place, Any], new: Mapping[Place, Any]) -> Iterator[tuple[Place, Any, Any]]:
    for key in dict.fromkeys((*old, *new)):
        yield key, old.get(key), new.get(key)


def _templates(catalog: Catalog) -> dict[Place, Template]:
    return {(one.kind, one.id): one for one in catalog.templates}


def _pod_defaults(catalog: Catalog, kind: str) -> dict[Place, PodDefault]:
    return {
        (one.metadata.namespace, one.metadata.name): one
        for one in catalog.list(kind)
        if isinstance(one, PodDefault)
    }
