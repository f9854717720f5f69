"""Where nbcore and an API server differ on purpose, by name, and what cannot be compared at all.

A deviation explains a difference when the pod with a plain value in its place is no difference any more. This
module refuses to know the rules that refuse; the run says how often each deviation was met.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from nbcore.kubernetes.quantity import Quantity
from tests.cluster.client import Answer
from tests.oracles.pod_places import Place, places
from tests.oracles.test_quantity_oracle import DIFFERENCES

Json: TypeAlias = Any


LARGE = "4Ei"
"""What stands for an amount that is too large: a multiple of all page sizes."""
MANY = "9P"
"""What stands for too many of a device."""


def _refused(one: Place) -> str:
    """The name of the difference by which nbcore does not read a quantity on purpose."""
    text = str(one.value).strip(" \t\n\r")
    if Quantity.parse(text) is not None:
        return ""
    return next((f"a quantity: {name}" for name, applies in DIFFERENCES.items() if applies(text)), "")


def _overflows(one: Place) -> str:
    """An amount that the server's 64 bits do not hold while it divides: it takes some for 0, and passes them."""
    amount = Quantity.parse(str(one.value))
    if amount is None or not isinstance(one.key, str):
        return ""
    if one.key.startswith("hugepages-") and abs(amount.value) >= 2**63:
        return "hugepages of 2^63 bytes and more"
    return (
        "2^63 thousandths of a device and more"
        if "/" in one.key and abs(amount.value) * 1000 >= 2**63
        else ""
    )


STRICTER: tuple[Callable[[Place], str], ...] = (_refused, _overflows)
"""What nbcore refuses and the server accepts: each gives the deviation's name, or ""."""


def plain(document: Json) -> tuple[list[str], Json]:
    """The names of the deviations in a pod, and the pod without them."""
    healed = copy.deepcopy(document)
    return list(_heal(healed)), healed


def _plain(place: Place) -> str:
    """A plain text for about the amount that the server reads; it reads a divisor of 1000E as 1."""
    mantissa, _, exponent = str(place.value).lower().partition("e")
    if not re.search("[1-9]", mantissa):
        return "0"
    if exponent.startswith("-"):
        return "1n"
    if place.key == "divisor":
        return "1"
    return MANY if "/" in str(place.key) else LARGE


def _heal(document: Json) -> Iterator[str]:
    """Replaces what nbcore refuses on purpose; the names of what was replaced."""
    for place in list(places(document)):
        if place.field.type == "quantity" and isinstance(place.value, str | int | float):
            name = next(filter(None, (deviation(place) for deviation in STRICTER)), "")
            if name:
                place.holder[place.key] = _plain(place)
                yield name


_PLUGINS = ("PriorityClass", "RuntimeClass", "overhead", "preemption", "priority")


def admission(answer: Answer) -> str:
    """What answered before the pod was validated; "" when the answer is a verdict."""
    if answer.status != 403:
        return ""
    text = answer.message.lower()
    return f"admission: {next((word for word in _PLUGINS if word.lower() in text), 'other')}"
