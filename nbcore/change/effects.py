"""What each difference of two states does to what carries the pod.

Tables say it: what a stored pod lets change in place, what a StatefulSet lets change at all, and which lists mean
the same in any order. A difference that is not in the stored states is none.

Refuses to know how the carrier is told, and whether its pod is running.

Source: k8s.io/kubernetes/pkg/apis/core/validation (ValidatePodUpdate) and pkg/apis/apps/validation
(ValidateStatefulSetUpdate), 1.36; a new ControllerRevision comes with any change of the stored template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from nbcore.change.change import RANK, Effect
from nbcore.change.comparing import Difference, Order, Steps, compare, same
from nbcore.change.defaults import (
    APPARMOR,
    POD,
    POD_FIELDS,
    TEMPLATE,
    TEMPLATE_FIELDS,
    expressions_by_key,
)
from nbcore.change.in_place import IN_PLACE
from nbcore.change.places import ABSENT, Indexes, Place, is_stateful_set, value_at
from nbcore.change.resizing import Resizing
from nbcore.change.states import INJECTED, State, elements, mapping
from nbcore.kubernetes.paths import Item, Step
from nbcore.model import conventions
from nbcore.settings import Settings

IDENTITY_LABELS: Final = frozenset(label for one in conventions.BY_KIND.values() for label in one.labels)
"""Labels by which a workload finds its pods: no StatefulSet lets its selector change."""

HOME_VOLUME: Final = "home-volume"
"""The volume of a notebook's home: another claim is another home."""

ANY_ORDER: Final = frozenset(
    {
        "imagePullSecrets",
        "ownerReferences",
        "ports",
        "resourceClaims",
        "schedulingGates",
        "topologySpreadConstraints",
        "volumeDevices",
        "volumeMounts",
        "volumes",
    }
)
"""Keyed lists whose order means nothing to a pod; env is one of them while no value refers to another."""

_LIVE_METADATA: Final = frozenset({"labels", "annotations", "finalizers", "ownerReferences"})
_CONTAINERS: Final = frozenset({"containers", "initContainers"})
_FIXED_ANNOTATION: Final = "kubernetes.io/config.mirror"
_WORKLOAD: Final[Mapping[str, Effect]] = {
    "selector": "recreate",
    "serviceName": "recreate",
    "podManagementPolicy": "recreate",
    "volumeClaimTemplates": "recreate",
    "ordinals": "restart",
}
"""What a change of a StatefulSet's own field does; of any other one it is taken as it is."""


class Effects:
    """What the differences of two states do; for one diff."""

    def __init__(self, old: dict[str, Any], new: dict[str, Any], root: Place, settings: Settings) -> None:
        self.workload = is_stateful_set(old)
        carrier = _own_carrier(new) if self.workload else settings.carrier
        self.rolls = carrier == "rolling"
        self._version = settings.kubernetes_version
        self._inside: Steps = ("spec", "template") if self.workload else ()
        self._root = root
        place = root.fields["spec"].fields["template"] if self.workload else root
        self._indexes: Indexes = {}
        templates = [value_at(one, self._inside, root) for one in (old, new)]
        derived = TEMPLATE if self.rolls else POD
        self.old, self.new = (
            State(one, place, derived, pod=not self.rolls, text=self.rolls) for one in templates
        )
        self._documents = (old, new)
        self._resizing: Resizing | None = None
        self._dependent = POD_FIELDS if derived is POD else TEMPLATE_FIELDS

    @property
    def resizing(self) -> Resizing:
        """What may be resized in place; worked out once."""
        if self._resizing is None:
            self._resizing = Resizing(self.old, self.new, int(self._version.partition(".")[2]))
        return self._resizing

    def of(self, differences: Sequence[Difference]) -> list[Effect]:
        """The effect of each difference, in their order."""
        found: list[Effect] = ["none"] * len(differences)
        units: dict[Steps, list[int]] = {}
        for at, one in enumerate(differences):
            unit = self._unit(one.path)
            if unit is None:
                found[at] = self._effect(one)
            else:
                units.setdefault(unit, []).append(at)
        for unit, members in units.items():
            for at, effect in self._of_unit(unit, [(at, differences[at]) for at in members]):
                found[at] = max(found[at], effect, key=RANK.__getitem__)
        return found

    def _effect(self, one: Difference) -> Effect:
        """The effect of a difference that depends on nothing beside it."""
        if isinstance(one.old, Order):
            return self._order(one)
        if one.path and isinstance(one.path[-1], Item) and ABSENT in (one.old, one.new):
            return self._of_element(one)
        is_entry = (one.old is None or one.new is None) and self._is_entry(one.path)
        old, new = (
            state.stored(given, one.place, is_entry=is_entry)
            for state, given in ((self.old, one.old), (self.new, one.new))
        )
        if one.place is not None and one.place.kind == "scalar":
            return "none" if same(old, new) else self._rule(one.path, old, new)
        return _worst(self._rule_of(x) for x in _stored_differences(old, new, one.place, one.path))

    def _is_entry(self, path: Steps) -> bool:
        """Whether a path leads to the value of a map's key."""
        holder = _place_at(self._root, path[:-1]) if path else None
        return holder is not None and holder.kind == "map"

    def _of_element(self, one: Difference) -> Effect:
        """The effect of an element that is new or gone: one that admission puts in is none."""
        place = one.place
        if (
            place is not None
            and place.name in INJECTED
            and ABSENT is (self.old.stored(one.old, place) or self.new.stored(one.new, place) or ABSENT)
        ):
            return "none"
        return self._rule(one.path, one.old, one.new)

    def _rule_of(self, one: Difference) -> Effect:
        if isinstance(one.old, Order):
            return self._order(one)
        return self._rule(one.path, one.old, one.new)

    # ---- fields whose stored value depends on others ----

    def _unit(self, path: Steps) -> Steps | None:
        """The path down to the first field whose stored value depends on others, or None."""
        if not any(step.__class__ is str and step in self._dependent for step in path):
            return None
        place: Place | None = self._root
        derived = self.old.derived
        for at, step in enumerate(path):
            if place is None:
                return None
            if isinstance(step, str) and place.ref in derived and step in derived[place.ref] and place.fields:
                return path[: at + 1]
            place = place.below(step)
        return None

    def _of_unit(self, unit: Steps, members: list[tuple[int, Difference]]) -> Iterator[tuple[int, Effect]]:
        """The effects of the differences in such a field; what changes beside them is theirs as well."""
        owners = [value_at(one, unit[:-1], self._root, self._indexes) for one in self._documents]
        place = _place_at(self._root, unit)
        owner = _place_at(self._root, unit[:-1])
        if place is None or owner is None:
            return
        field = str(unit[-1])
        old, new = (
            state.derive(one, field, place, owner.ref)
            for state, one in zip((self.old, self.new), owners, strict=True)
        )
        causes = _Causes(unit, members)
        for change in _stored_differences(old, new, place, unit):
            effect = self._rule_of(change)
            for at in causes.of(change.path):
                yield at, effect

    # ---- rules ----

    def _order(self, one: Difference) -> Effect:
        """The effect of another order of a list's elements."""
        if self.rolls and one.path[: len(self._inside)] == self._inside:
            return "restart"
        name = next((step for step in reversed(one.path) if isinstance(step, str)), "")
        if name == "env":
            lists = (
                elements(value_at(document, one.path, self._root, self._indexes))
                for document in self._documents
            )
            return "restart" if any(_refers(entry) for entries in lists for entry in entries) else "none"
        return "none" if name in ANY_ORDER else "restart"

    def _rule(self, path: Steps, old: Any, new: Any) -> Effect:
        """The effect of a stored difference."""
        if path[: len(self._inside)] != self._inside:
            return self._of_workload(path, old, new)
        path = path[len(self._inside) :]
        section = path[0] if path else ""
        if section in ("status", "apiVersion", "kind"):
            return "none" if section == "status" or old is ABSENT or new is ABSENT else "recreate"
        if self._is_identity(path, old, new):
            return "recreate"
        if self.rolls or section not in ("metadata", "spec"):
            return "restart"
        return self._of_metadata(path) if section == "metadata" else self._of_spec(path, old, new)

    def _of_workload(self, path: Steps, old: Any, new: Any) -> Effect:
        """The effect of a difference in a StatefulSet, outside its template."""
        section, field = path[0], path[1] if len(path) > 1 else ""
        told = old is not ABSENT and new is not ABSENT
        if section == "metadata":
            return "recreate" if told and field in ("name", "namespace") else _metadata(path)
        if section != "spec" or not field:
            return "recreate" if told and section != "status" else "none"
        if field == "replicas":
            return "live" if _replicas(new) >= _replicas(old) else "restart"
        return _WORKLOAD.get(str(field), "live")

    def _is_identity(self, path: Steps, old: Any, new: Any) -> bool:
        """Whether a difference is one that no update can bring about."""
        if path[:1] == ("metadata",) and len(path) > 1:
            both = old is not ABSENT and new is not ABSENT
            return (path[1] in ("name", "namespace") and both) or (
                path[1] == "labels" and self._selects(path[2:])
            )
        home = ("spec", "volumes", Item(None, HOME_VOLUME), "persistentVolumeClaim", "claimName")
        return path == home and old is not ABSENT and new is not ABSENT

    def _selects(self, key: Steps) -> bool:
        return bool(key) and (key[0] in IDENTITY_LABELS or key[0] in self._selector)

    @cached_property
    def _selector(self) -> dict[str, Any]:
        path = ("spec", "selector", "matchLabels")
        return mapping(value_at(self._documents[0], path, self._root)) if self.workload else {}

    def _of_metadata(self, path: Steps) -> Effect:
        """The effect on a stored pod of other metadata."""
        if path[1:2] == ("labels",) and any(key in self._label_keys for key in path[2:]):
            return "restart"
        return _metadata(path)

    @cached_property
    def _label_keys(self) -> frozenset[str]:
        """The labels that terms name as keys, and of which the selectors of the states are not the same."""
        old, new = (
            [expressions_by_key(term, mapping(state.metadata.get("labels"))) for term in _terms(state)]
            for state in (self.old, self.new)
        )
        named = {key for term in (*old, *new) for key in term}
        return frozenset(
            key for key in named if [one.get(key) for one in old] != [one.get(key) for one in new]
        )

    def _of_spec(self, path: Steps, old: Any, new: Any) -> Effect:
        """The effect on a stored pod of another spec."""
        field = str(path[1]) if len(path) > 1 else ""
        if field == "resources" or (field in _CONTAINERS and path[3:4] == ("resources",)):
            return self._of_resources(path, old, new)
        rule = IN_PLACE.get(field)
        return rule(Difference(path, old, new, None), self.old, self.new) if rule else "restart"

    def _of_resources(self, path: Steps, old: Any, new: Any) -> Effect:
        """The effect of another amount, in the resources of a container or of the pod."""
        whole = path[1] == "resources"
        if whole and len(path) == 2 and old is ABSENT:
            return self._of_new_resources(path, mapping(new))
        if len(path) != (4 if whole else 6) or path[-2] not in ("limits", "requests"):
            return "restart"
        container = (
            None if whole else mapping(value_at(self.old.template, path[:3], self.old.place, self._indexes))
        )
        init = path[1] == "initContainers"
        return "restart" if self.resizing.restarts(container, init, str(path[-1]), old, new) else "live"

    def _of_new_resources(self, path: Steps, new: dict[str, Any]) -> Effect:
        """The effect of resources of the pod where there were none: that of each amount."""
        sides = ("limits", "requests")
        amounts = [
            ((*path, side, name), one) for side in sides for name, one in mapping(new.get(side)).items()
        ]
        if not amounts or not new.keys() <= {*sides}:
            return "restart"
        return _worst(self._of_resources(place, ABSENT, amount) for place, amount in amounts)


def _own_carrier(workload: dict[str, Any]) -> str:
    """The carrier that a StatefulSet is."""
    strategy = mapping(mapping(workload.get("spec")).get("updateStrategy"))
    return "on-delete" if strategy.get("type") == "OnDelete" else "rolling"


_EMPTY: Final[Mapping[str, Any]] = {"struct": {}, "map": {}, "list": []}


def _place_at(root: Place, path: Steps) -> Place | None:
    place: Place | None = root
    for step in path:
        place = place.below(step) if place is not None else None
    return place


def _stored_differences(old: Any, new: Any, place: Place | None, path: Steps) -> list[Difference]:
    """The differences of two stored values, down to the entries of what only one of them has."""
    if place is not None and place.droppable and place.kind in _EMPTY and ABSENT in (old, new):
        old, new = (_EMPTY[place.kind] if one is ABSENT else one for one in (old, new))
    found: list[Difference] = []
    for one in compare(old, new, place, path):
        inside = one.place is not None and one.place.droppable and one.place.kind in _EMPTY
        if inside and one.path != path and ABSENT in (one.old, one.new):
            found += _stored_differences(one.old, one.new, one.place, one.path)
        else:
            found.append(one)
    return found


class _Causes:
    """Whose doing the stored differences inside one field are."""

    def __init__(self, unit: Steps, members: list[tuple[int, Difference]]) -> None:
        self._unit, self._all = unit, [at for at, _ in members]
        self._exact: dict[Steps, int] = {one.path: at for at, one in members}
        self._above: dict[Steps, list[int]] = {}
        self._named: dict[Step, list[int]] = {}
        for at, one in members:
            self._named.setdefault(one.path[-1], []).append(at)
            for length in range(len(unit), len(one.path)):
                self._above.setdefault(one.path[:length], []).append(at)

    def of(self, path: Steps) -> list[int]:
        """The places, in the diff, of what differs there, else of what bears the same name, else of all."""
        for length in range(len(path), len(self._unit) - 1, -1):
            if path[:length] in self._exact:
                return [self._exact[path[:length]]]
        return self._above.get(path) or self._named.get(path[-1]) or self._all


def _worst(effects: Iterable[Effect]) -> Effect:
    return max(effects, key=RANK.__getitem__, default="none")


def _refers(entry: dict[str, Any]) -> bool:
    value = entry.get("value")
    return isinstance(value, str) and "$(" in value


def _replicas(value: Any) -> int:
    return value if type(value) is int else 1


def _metadata(path: Steps) -> Effect:
    """The effect of metadata that names and finds nothing: what the server keeps is not a change at all."""
    if path[1:2] == ("annotations",) and len(path) > 2 and _is_fixed(str(path[2])):
        return "restart"
    return "live" if len(path) > 1 and path[1] in _LIVE_METADATA else "none"


def _is_fixed(annotation: str) -> bool:
    return annotation == _FIXED_ANNOTATION or annotation.startswith(APPARMOR)


def _terms(state: State) -> Iterator[dict[str, Any]]:
    """The terms of a pod that may name label keys."""
    yield from elements(state.spec.get("topologySpreadConstraints"))
    affinity = mapping(state.spec.get("affinity"))
    for side in ("podAffinity", "podAntiAffinity"):
        group = mapping(affinity.get(side))
        yield from elements(group.get("requiredDuringSchedulingIgnoredDuringExecution"))
        for weighted in elements(group.get("preferredDuringSchedulingIgnoredDuringExecution")):
            yield mapping(weighted.get("podAffinityTerm"))
