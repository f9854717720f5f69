"""Places of a raw pod: where a value stands, what it is, and who it belongs to.

An explicit null is an absent value, and an empty element of a list is an object without fields, as the API
server decodes them. A value of the wrong type is told as such: it is never read as something harmless.

Refuses to know what is allowed where.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from nbcore.checks.fault import Pod, RawPath

EACH: Final = "*"
"""The step that stands for every element of a list."""
CONTAINER_LISTS: tuple[str, ...] = ("initContainers", "containers", "ephemeralContainers")
"""All lists of containers, in the order in which the standards visit them."""

TYPES: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
}
_INT64: Final = 2**63


class Owner(NamedTuple):
    """Whom a place belongs to: the pod, or the container, volume or annotation with a name and a path."""

    kind: Literal["pod", "container", "volume", "annotation"]
    name: str = ""
    path: RawPath = ()

    def __str__(self) -> str:
        return "the pod" if self.kind == "pod" else f"{self.kind} {shown(self.name)}"


POD: Final = Owner("pod")


class Place(NamedTuple):
    """A place of the pod.

    Shape: ``value`` is None where nothing stands; ``expected`` names the type that the value should have had,
    ``""`` where it has it.
    """

    path: RawPath
    value: Any
    owner: Owner
    expected: str = ""


class View(NamedTuple):
    """A pod as the standards look at it; ``malformed`` are the places that bar the view."""

    spec: Place
    containers: tuple[Place, ...]
    volumes: tuple[Place, ...]
    annotations: tuple[Place, ...]
    malformed: tuple[Place, ...]


def view(pod: Pod) -> View:
    """The pod taken apart, once for all checks."""
    root = Place((), pod, POD)
    lists = [reach(root, ("spec", name, EACH), dict) for name in (*CONTAINER_LISTS, "volumes")]
    roots = [*reach(root, ("spec",), dict), *reach(root, ("metadata", "annotations"), dict)]
    found = [place for one in lists for place in one] + roots
    return View(
        _sound(reach(root, ("spec",), dict), Place(("spec",), {}, POD)),
        tuple(_owned("container", place) for one in lists[:-1] for place in one if not place.expected),
        tuple(_owned("volume", place) for place in lists[-1] if not place.expected),
        tuple(_annotations(_sound(reach(root, ("metadata", "annotations"), dict), root).value)),
        tuple({place.path: place for place in found if place.expected}.values()),
    )


def reach(start: Place, steps: tuple[str, ...], kind: type, required: bool = False) -> list[Place]:
    """The places that the steps lead to, in order, those of the wrong type included.

    Shape: without what is to hold it, a place does not exist, unless it is required: then its value is None.
    What bars the way is returned in the place of what lies behind it. Required are fields, not elements.
    """
    value, depth = start.value, 0
    for step in steps:
        if step == EACH or not isinstance(value, dict):
            break
        value = value.get(step)
        depth += 1
    else:
        return [typed(Place((*start.path, *steps), value, start.owner), kind)]
    if value is None:
        return [Place((*start.path, *steps), None, start.owner)] if required else []
    path, rest = (*start.path, *steps[:depth]), steps[depth + 1 :]
    if step != EACH or not isinstance(value, list):
        return [Place(path, value, start.owner, TYPES[list if step == EACH else dict])]
    empty: Any = {} if rest or kind is dict else None
    elements = [empty if element is None else element for element in value]
    starts = [Place((*path, index), element, start.owner) for index, element in enumerate(elements)]
    if not rest:
        return [typed(one, kind) for one in starts]
    return [place for one in starts for place in reach(one, rest, kind)]


def is_absent(value: Any, steps: tuple[str, ...]) -> bool:
    """Whether nothing stands where the steps lead below a value, and nothing bars the way there."""
    for step in steps:
        if value is None:
            return True
        if step == EACH or not isinstance(value, dict):
            return False
        value = value.get(step)
    return value is None


def typed(place: Place, kind: type) -> Place:
    """The place, which says so if its value is neither absent nor of the type."""
    value = place.value
    fits = value is None or type(value) is kind or (kind in (dict, list) and isinstance(value, kind))
    if fits and not (kind is int and value is not None and not -_INT64 <= value < _INT64):
        return place
    return place._replace(expected=TYPES[kind])


def shown(value: Any) -> str:
    """A name, word or number as messages tell it: texts in quotes, cut at 64 characters."""
    text = str(value)
    text = text if len(text) <= 64 else f"{text[:63]}…"
    return f'"{text}"' if isinstance(value, str) else text


def _sound(places: list[Place], otherwise: Place) -> Place:
    """The one place, if it holds something that can be read."""
    return next((one for one in places if one.value is not None and not one.expected), otherwise)


def _owned(kind: Literal["container", "volume"], place: Place) -> Place:
    name = place.value.get("name")
    return place._replace(owner=Owner(kind, name if isinstance(name, str) else "", place.path))


def _annotations(annotations: Mapping[Any, Any]) -> Iterator[Place]:
    """Every annotation; one that is null is the empty text, as Go decodes a map of texts."""
    for key, value in annotations.items():
        if isinstance(key, str):
            path = ("metadata", "annotations", key)
            yield Place(path, "" if value is None else value, Owner("annotation", key, path))
