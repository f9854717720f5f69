"""A state of a pod as a carrier has it stored: a value at any place in the one form that all that mean the same share.

A stored value here is the shortest: what is absent, null, empty, zero or equal to its default is left out wherever
the API server makes no difference. Two states are stored the same exactly when these values are equal.

Refuses to know which fields depend on which others: it is given tables of those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from math import ceil
from typing import Any, Final

from nbcore.change.places import ABSENT, Place
from nbcore.kubernetes.quantity import MAX_CHARACTERS, Quantity

_EMPTY: Final[dict[str, Any]] = {}
_DROPPED_ANNOTATIONS: Final = frozenset(
    f"pod.{stage}.kubernetes.io/init-container{what}"
    for stage in ("alpha", "beta")
    for what in ("s", "-statuses")
)
_BLANKS: Final = " \t\r\n"
"""What the API server takes off a quantity's text."""
_UNROUNDED: Final = frozenset({"EmptyDirVolumeSource.sizeLimit", "ResourceFieldSelector.divisor"})
_TOKEN_VOLUME: Final = re.compile(r"kube-api-access-[a-z0-9]{5}", re.ASCII)
_TOKEN_PATH: Final = "/var/run/secrets/kubernetes.io/serviceaccount"


def mapping(value: Any) -> dict[str, Any]:
    """The value if it is a map, else an empty one."""
    return value if isinstance(value, dict) else _EMPTY


def elements(value: Any) -> list[dict[str, Any]]:
    """The maps in a list; none if the value is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


class State:
    """One of two states of a pod template, as a carrier would have it stored.

    Shape: with `pod` what is done to pods alone is done; with `text` quantities are the text that is stored, else
    `Quantity` objects, equal when the amounts are.
    """

    def __init__(
        self,
        template: Any,
        place: Place,
        derived: Mapping[str, Mapping[str, Derive]],
        *,
        pod: bool,
        text: bool,
    ) -> None:
        self.template, self.place, self.pod, self.text = mapping(template), place, pod, text
        self.derived = derived
        self.spec_place = place.fields["spec"]
        # As given.
        self.metadata = mapping(self.template.get("metadata"))
        self.spec = mapping(self.template.get("spec"))

    @property
    def windows(self) -> bool:
        """Whether the pod is one of Windows."""
        return mapping(self.spec.get("os")).get("name") == "windows"

    def containers(self, field: str) -> list[dict[str, Any]]:
        """The containers of a list of the spec, as given."""
        return elements(self.spec.get(field))

    def resources(self, container: dict[str, Any], field: str = "containers") -> dict[str, Any]:
        """The resources of a container as stored."""
        element = self.spec_place.fields[field].element
        place = element.fields["resources"] if element else None
        return mapping(self.derive(container, "resources", place, "Container")) if place else {}

    def stored(self, value: Any, place: Place | None, *, is_entry: bool = False) -> Any:
        """The value at a place as it is stored, or `ABSENT`."""
        if place is None or value is ABSENT:
            return value
        return _entry(value, place, self) if is_entry else _STORED[place.kind](value, place, self)

    def derive(self, owner: Any, field: str, place: Place, ref: str) -> Any:
        """The stored value of a field that depends on others of its owner, a struct of the type ``ref``."""
        derived: Derive = self.derived[ref][field]
        return derived(mapping(owner), place, self)


Derive = Callable[[dict[str, Any], Place, State], Any]


# ---- by kind ----


def _struct(value: Any, place: Place, state: State) -> Any:
    if value.__class__ is not dict:
        return ABSENT if value is None else value
    if state.pod and place.name in INJECTED and INJECTED[place.name](value):
        return ABSENT
    out: dict[str, Any] = {}
    derived = state.derived.get(place.ref, _EMPTY)
    for key, one in value.items():
        below = place.fields.get(key)
        new = one if below is None or key in derived else _STORED[below.kind](one, below, state)
        if new is not ABSENT:
            out[key] = new
    for key, derive in derived.items():
        out[key] = derive(value, place.fields[key], state)
        if out[key] is ABSENT:
            del out[key]
    return ABSENT if not out and (place.droppable or place.default == {}) else out


def _map(value: Any, place: Place, state: State) -> Any:
    if value.__class__ is not dict:
        return ABSENT if value is None else value
    entry = place.element
    out = {key: _entry(one, entry, state) for key, one in value.items()} if entry else value
    if place.name == "ObjectMeta.annotations" and not _DROPPED_ANNOTATIONS.isdisjoint(out):
        out = {key: one for key, one in out.items() if key not in _DROPPED_ANNOTATIONS}
    return out or ABSENT


def _entry(value: Any, place: Place, state: State) -> Any:
    """A map's value: null is the zero of its type."""
    if value is None:
        value = 0 if place.kind == "quantity" else ""
    return _STORED[place.kind](value, place, state)


def _list(value: Any, place: Place, state: State) -> Any:
    if value.__class__ is not list:
        return ABSENT if value is None else value
    element = place.element
    if element is None or element.kind == "scalar":
        return value or ABSENT
    stored = [_STORED[element.kind](one, element, state) for one in value]
    if state.pod and place.name == "ObjectMeta.ownerReferences":
        stored = _once(stored)
    return [one for one in stored if one is not ABSENT] or ABSENT


def _once(owners: list[Any]) -> list[Any]:
    """The owners of an object without those that are said twice."""
    seen: set[Any] = set()
    kept: list[Any] = []
    for one in owners:
        key = _owner_key(one)
        if key is None or key not in seen:
            kept.append(one)
        seen.add(key)
    return kept


def _owner_key(owner: Any) -> frozenset[tuple[str, Any]] | None:
    if not isinstance(owner, dict) or any(isinstance(value, dict | list) for value in owner.values()):
        return None
    return frozenset(owner.items())


def _scalar(value: Any, place: Place, state: State) -> Any:
    if value is None or (place.droppable and not value and value.__class__ in _DROPPABLE):
        return ABSENT
    default = place.default
    return (
        ABSENT
        if default is not ABSENT and value == default and value.__class__ is default.__class__
        else value
    )


_DROPPABLE: Final = frozenset({str, int, bool})


def _quantity(value: Any, place: Place, state: State) -> Any:
    if isinstance(value, str):
        value = value.strip(_BLANKS)
    if place.name in _UNROUNDED:
        amount = Quantity.parse(value)
        if amount is not None and not amount and place.name == "ResourceFieldSelector.divisor":
            return ABSENT
    else:
        amount = stored_amount(value)
    if amount is None:
        return ABSENT if value is None else value
    return str(amount) if state.text else amount


def stored_amount(value: Any) -> Quantity | None:
    """The amount that a resource list holds, rounded up to thousandths; None for what is no quantity."""
    if isinstance(value, str):
        text = value.strip(_BLANKS)
        return _stored_amount(text) if len(text) <= MAX_CHARACTERS else None
    amount = Quantity.parse(value)
    return None if amount is None else _rounded(amount)


@lru_cache(maxsize=1024)
def _stored_amount(text: str) -> Quantity | None:
    amount = Quantity.parse(text)
    return None if amount is None else _rounded(amount)


def _rounded(amount: Quantity) -> Quantity:
    if (amount * 1000).is_integer:
        return amount
    thousandths = f"{ceil(amount.value * 1000)}{'e-3' if amount.form == 'exponent' else 'm'}"
    return Quantity.parse(thousandths) or amount


_STORED: Final[Mapping[str, Callable[[Any, Place, State], Any]]] = {
    "struct": _struct,
    "map": _map,
    "list": _list,
    "scalar": _scalar,
    "quantity": _quantity,
}


# ---- what ServiceAccount admission puts into pods ----


def _is_token_volume(volume: dict[str, Any]) -> bool:
    name = volume.get("name")
    return isinstance(name, str) and "projected" in volume and _TOKEN_VOLUME.fullmatch(name) is not None


def _is_token_mount(mount: dict[str, Any]) -> bool:
    name = mount.get("name")
    return (
        mount.get("mountPath") == _TOKEN_PATH
        and isinstance(name, str)
        and _TOKEN_VOLUME.fullmatch(name) is not None
    )


INJECTED: Final[Mapping[str, Callable[[dict[str, Any]], bool]]] = {
    "PodSpec.volumes": _is_token_volume,
    "Container.volumeMounts": _is_token_mount,
}
