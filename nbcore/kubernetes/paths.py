"""Paths: where a value stands in a document, by list index and by list key at once.

A path prints as the API server writes it (``spec.containers[0].image``), while its identity is the keyed
form (``spec.containers[main].image``), so that it survives a reordered list. This module refuses to know
which fields exist, which patterns mean what to whom, and everything else of nbcore.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, SupportsIndex, TypeAlias, overload

KEY_FIELDS = (
    "name",
    "containerPort",
    "mountPath",
    "devicePath",
    "ip",
    "topologyKey",
    "uid",
    "key",
    "id",
)
"""Fields that may identify an element of a list whose name says nothing, in the order they are tried."""

_NAME, _ID = ("name",), ("id",)
KEY_FIELDS_BY_LIST: Mapping[str, tuple[str, ...]] = {
    "env": _NAME,
    "containers": _NAME,
    "initContainers": _NAME,
    "ephemeralContainers": _NAME,
    "volumes": _NAME,
    "imagePullSecrets": _NAME,
    "schedulingGates": _NAME,
    "resourceClaims": _NAME,
    # A Template's ports and a Service's ports share the field name with a container's.
    "ports": ("containerPort", "id", "name"),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey",),
    "ownerReferences": ("uid",),
    "values": _ID,
    "options": _ID,
    "groups": _ID,
    # Of a WorkspaceKind.
    "extraEnv": _NAME,
    "extraVolumes": _NAME,
    "extraVolumeMounts": ("mountPath",),
    "clusterRoles": _NAME,
}
"""The fields that identify an element of the lists that have a key by contract."""


class Item(NamedTuple):
    """An element of a list of which the index and the key are known, or one of them.

    Laws: equality and hash are those of the key when there is one, else of the index; an Item equals the
    plain ``str`` or ``int`` of that identity.
    """

    index: int | None  # type: ignore[assignment]
    key: str = ""

    @property
    def identity(self) -> str | int:
        """The key, or the index of an element that has no key."""
        return self.key if self.key or self.index is None else self.index

    def __eq__(self, other: object) -> bool:
        return self.identity == (other.identity if isinstance(other, Item) else other)

    def __ne__(self, other: object) -> bool:  # tuple brings its own, which would compare the index
        return not self == other

    def __hash__(self) -> int:
        return hash(self.identity)


Step: TypeAlias = str | int | Item

_INDEX = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*", re.ASCII)
_BARE_TEXT: Final = r"[ !#-Z^-~]+"  # printable ASCII without brackets, quotes and backslash
_BARE = re.compile(_BARE_TEXT, re.ASCII)
_TOKEN = re.compile(
    r"(?P<dot>\.?)(?P<name>[!#-\-/-Z^-~]+)"
    rf'|\[(?:(?P<bare>{_BARE_TEXT})|(?P<quoted>"(?:[^"\\]|\\.)*"))\]',
    re.ASCII | re.DOTALL,
)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*", re.DOTALL)


class Path(tuple[Step, ...]):
    """A place in a document, as steps from its root.

    Shape: a step is a ``str`` (field or map key), an ``int`` (index in a list without keys) or an `Item`.
    The step ``*`` means any one step to `covers`, and is a plain key to everything else.
    Laws: equal paths have the same keyed identity, whatever the indexes; ``Path.parse(path.keyed) == path``.
    """

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Path:
        """The path that a text such as ``spec.containers[main].env[0].value`` stands for.

        Shape: ``[0]`` is an index, ``[main]`` an Item without index, ``["a.b"]`` (a JSON string) a key as it
        stands; ``*`` is allowed as a step. The empty text is the root.
        Raises: ValueError when the text is malformed.
        """
        steps: list[Step] = []
        end = 0
        while end < len(text):
            match = _TOKEN.match(text, end)
            if match is None or (match["name"] is not None and bool(match["dot"]) != bool(steps)):
                raise ValueError(f"malformed path {_shown(text)}: cannot read it from character {end + 1} on")
            steps.append(_step(match))
            end = match.end()
        return cls(steps)

    @classmethod
    def from_pointer(cls, text: str) -> Path:
        """The path of an RFC 6901 JSON Pointer.

        Shape: a token that is a list index in form becomes an ``int``; on a map `find` takes it as a key.
        Raises: ValueError when the text is no JSON Pointer.
        Laws: ``Path.from_pointer(text).pointer == text``.
        """
        if _POINTER.fullmatch(text) is None:
            raise ValueError(f"malformed JSON Pointer {_shown(text)}")
        tokens = (token.replace("~1", "/").replace("~0", "~") for token in text.split("/")[1:])
        return cls(int(token) if _INDEX.fullmatch(token) else token for token in tokens)

    def __truediv__(self, step: Step) -> Path:
        return Path((*self, step))

    def __add__(self, steps: Iterable[Step]) -> Path:  # type: ignore[override]
        return Path((*self, *steps))

    @overload
    def __getitem__(self, index: SupportsIndex) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> Path: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Step | Path:
        if isinstance(index, slice):
            return Path(super().__getitem__(index))
        return super().__getitem__(index)

    @property
    def parent(self) -> Path:
        """The path without its last step; the root is its own parent."""
        return self[:-1]

    def covers(self, other: Sequence[Step]) -> bool:
        """Whether the other path is this one or below it, ``*`` in this one standing for any one step."""
        return len(self) <= len(other) and all(
            mine == "*" or mine == theirs for mine, theirs in zip(self, other, strict=False)
        )

    def __str__(self) -> str:
        """The API server's form: list elements by index as far as it is known."""
        return "".join(map(_by_index, self)).removeprefix(".")

    @property
    def keyed(self) -> str:
        """The identity as text: list elements by key as far as there is one."""
        return "".join(map(_by_key, self)).removeprefix(".")

    @property
    def raw(self) -> tuple[str | int, ...]:
        """The plain steps: an Item as its key, or its index when it has no key."""
        return tuple(step.identity if isinstance(step, Item) else step for step in self)

    @property
    def indexed(self) -> tuple[str | int, ...]:
        """The plain steps as they walk plain JSON: an Item as its index, or its key where it has no index."""
        return tuple(
            (step.key if step.index is None else step.index) if isinstance(step, Item) else step
            for step in self
        )

    @property
    def pointer(self) -> str:
        """The RFC 6901 JSON Pointer.

        Raises: ValueError when a list element is known by its key only; `locate` finds its index.
        """
        return "".join(f"/{_token(step)}" for step in self)

    def __repr__(self) -> str:
        return f"Path({self.keyed!r})"


def find(document: Any, path: Sequence[Step]) -> Any:
    """The value at a path of a JSON document.

    Raises: LookupError that names the step that is missing.
    """
    return _walk(document, path)[1]


def locate(document: Any, path: Sequence[Step]) -> Path:
    """The same path with index and key of every list element filled in from the document.

    Raises: LookupError that names the step that is missing.
    """
    return Path(_walk(document, path)[0])


def item(field: str, index: int, element: Any) -> Item | int:
    """The step to the element at an index of the list in the named field, with its key if it has one.

    Shape: an ``int`` when the list is not one of `KEY_FIELDS_BY_LIST`, or the element lacks the key.
    """
    key = _key(element, KEY_FIELDS_BY_LIST.get(field, ()))
    return Item(index, key) if key else index


# ---- text ----


def _shown(text: str) -> str:
    return json.dumps(text if len(text) <= 100 else f"{text[:100]}…")


def _step(match: re.Match[str]) -> Step:
    if (name := match["name"]) is not None:
        return name
    if (quoted := match["quoted"]) is not None:
        return _unquoted(quoted)
    bare = match["bare"]
    if bare == "*":
        return bare
    return int(bare) if _INDEX.fullmatch(bare) else Item(None, bare)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        raise ValueError(f"malformed path: {_shown(text)} is no JSON string") from None


def _bracket(key: str) -> str:
    """A key in brackets, quoted wherever the bare text would be read as something else."""
    bare = _BARE.fullmatch(key) is not None and _INDEX.fullmatch(key) is None
    return f"[{key}]" if bare else f"[{json.dumps(key)}]"


def _by_index(step: Step) -> str:
    if isinstance(step, str):
        return f".{step}" if _PLAIN.fullmatch(step) else _bracket(step)
    if isinstance(step, int):
        return f"[{step}]"
    return _bracket(step.key) if step.index is None else f"[{step.index}]"


def _by_key(step: Step) -> str:
    return _bracket(step.key) if isinstance(step, Item) and step.key else _by_index(step)


def _token(step: Step) -> str:
    if isinstance(step, Item):
        if step.index is None:
            raise ValueError(f"the index of list element {_shown(step.key)} is not known")
        return str(step.index)
    return str(step).replace("~", "~0").replace("/", "~1")


# ---- documents ----


def _walk(document: Any, path: Sequence[Step]) -> tuple[list[Step], Any]:
    """The steps as they are in the document, and the value that they lead to."""
    steps: list[Step] = []
    value, field = document, ""
    for step in path:
        if isinstance(value, Mapping):
            found, value = _in_map(value, step, steps)
            field = found
            steps.append(found)
        elif isinstance(value, list | tuple):
            index = _index(value, step, field, steps)
            steps.append(_full(value, index, field))
            value, field = value[index], ""
        else:
            raise _missing(steps, step)
    return steps, value


def _missing(steps: list[Step], step: Step) -> LookupError:
    place = f"in {Path(steps).keyed}" if steps else "at the root"
    return LookupError(f"there is no {Path((step,)).keyed or '(empty)'} {place}")


def _in_map(value: Mapping[str, Any], step: Step, steps: list[Step]) -> tuple[str, Any]:
    key = str(step.identity) if isinstance(step, Item) else str(step)
    if key not in value:
        raise _missing(steps, step)
    return key, value[key]


def _index(value: Sequence[Any], step: Step, field: str, steps: list[Step]) -> int:
    wanted = step.identity if isinstance(step, Item) else step
    if isinstance(wanted, str):
        index = _index_of_key(value, wanted, field)
    else:
        index = wanted if 0 <= wanted < len(value) else None
    if index is None:
        raise _missing(steps, step)
    return index


def _index_of_key(value: Sequence[Any], wanted: str, field: str) -> int | None:
    fields = KEY_FIELDS_BY_LIST.get(field, KEY_FIELDS)
    by_field = (
        index for name in fields for index, element in enumerate(value) if _is_key(element, name, wanted)
    )
    return next(by_field, None)


def _is_key(element: Any, field: str, wanted: str) -> bool:
    key = _key(element, (field,))
    return key == wanted or (field == "containerPort" and key != "" and key == f"{wanted}/TCP")


def _key(element: Any, fields: Iterable[str]) -> str:
    """The text of the first of the fields that an element has, or ``""``."""
    if not isinstance(element, Mapping):
        return ""
    for field in fields:
        value = element.get(field)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return f"{value}/{_protocol(element)}" if field == "containerPort" else str(value)
    return ""


def _protocol(element: Mapping[str, Any]) -> str:
    protocol = element.get("protocol")
    return protocol if isinstance(protocol, str) and protocol else "TCP"


MOST_COMPARED: Final = 256
"""So many elements of a list are compared to see whether a key is unique."""


def _full(value: Sequence[Any], index: int, field: str) -> Step:
    """The step to one element; in a list without a key by contract, a key counts only if it is unique.

    In a longer one no key counts: each element would have to be compared with all others.
    """
    if field in KEY_FIELDS_BY_LIST:
        return item(field, index, value[index])
    key = _key(value[index], KEY_FIELDS) if len(value) <= MOST_COMPARED else ""
    unique = key and sum(_key(element, KEY_FIELDS) == key for element in value) == 1
    return Item(index, key) if unique else index
