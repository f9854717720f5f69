"""Packed objects: what a shell holds for long, as compressed JSON that is read again when it is asked for.

A catalog of ten thousand kinds is asked for few of them at a time; these few stay unpacked for a while. Refuses
to know what objects are, and how one is read.

Laws: test_packed_equals_unpacked, test_what_is_packed_comes_back_as_it_was,
test_a_memo_of_any_size_gives_the_same_objects.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

BUDGET: Final = 8 * 2**20
"""Bytes of JSON of which the objects may stay unpacked; unpacked they take about five times as much."""
_LEVEL: Final = 6
_WINDOW: Final = 2**15
"""Bytes that zlib looks back: so much of the first objects of a kind is what all others are told from."""


class Packed:
    """One object as compressed bytes; equal only to itself.

    Shape: ``sample`` is what it is told from, and kept once for all objects.
    """

    __slots__ = ("_data", "_sample", "size")

    def __init__(self, text: bytes, sample: bytes = b"") -> None:
        self.size = len(text)
        self._sample = sample
        press = zlib.compressobj(_LEVEL, zdict=sample) if sample else zlib.compressobj(_LEVEL)
        self._data = press.compress(text) + press.flush()

    @property
    def value(self) -> Any:
        """The object as plain JSON, newly made each time."""
        release = zlib.decompressobj(zdict=self._sample) if self._sample else zlib.decompressobj()
        return json.loads(release.decompress(self._data))


class Packer:
    """Packs objects, and gathers what those of each kind have in common; that changes no object, only its size."""

    __slots__ = ("_gathered", "_samples")

    def __init__(self) -> None:
        self._gathered: dict[str, bytes] = {}
        self._samples: dict[str, bytes] = {}

    def pack(self, kind: str, value: Any) -> Packed | None:
        """The value packed, or None for one that JSON would not give back as it is.

        Shape: what comes back has the same order of keys and the same types of numbers.
        """
        try:
            text = json.dumps(value, separators=(",", ":")).encode()
            if json.loads(text) != value:
                return None
        except (ValueError, TypeError, RecursionError):
            return None
        sample = self._samples.get(kind) or self._gather(kind, text)
        return Packed(text, sample)

    def _gather(self, kind: str, text: bytes) -> bytes:
        """The sample of a kind, which is empty until there is enough of it."""
        gathered = self._gathered.get(kind, b"") + text
        if len(gathered) < _WINDOW:
            self._gathered[kind] = gathered
            return b""
        self._gathered.pop(kind, None)
        return self._samples.setdefault(kind, gathered[-_WINDOW:])


class Unpacked:
    """A memo of objects that were unpacked not long ago, shared by all catalogs that came of one another.

    It changes no answer, only its cost. Two generations: when the young one is full it becomes the old one, and
    the old one is forgotten; what is found among the old becomes young again. Several threads may ask: at worst
    one object is read twice, and the older generation goes a little too early or too late.
    """

    __slots__ = ("_half", "_old", "_read", "_size", "_young")

    def __init__(self, read: Callable[[Any], Any], budget: int = BUDGET) -> None:
        self._read = read
        self._half = budget // 2
        self._young: dict[Packed, Any] = {}
        self._old: dict[Packed, Any] = {}
        self._size = 0

    def one(self, slot: Any) -> Any:
        """The object that a slot holds; what is no packed object is the object itself."""
        if type(slot) is not Packed:
            return slot
        found = self._kept(slot)
        if found is None:
            found = self._read(slot.value)
            self._keep(slot, found)
        return found

    def many(self, slots: Iterable[Any]) -> tuple[Any, ...]:
        """The objects of many slots; more than the budget are read, and forgotten again."""
        given = tuple(slots)
        wanted = sum(slot.size for slot in given if type(slot) is Packed)
        return tuple(map(self.one, given)) if wanted <= self._half else tuple(self.passing(given))

    def passing(self, slots: Iterable[Any]) -> Iterator[Any]:
        """The objects of many slots, one after the other, none kept that was not kept before."""
        for slot in slots:
            known = slot if type(slot) is not Packed else self._young.get(slot) or self._old.get(slot)
            yield self._read(slot.value) if known is None else known

    def _kept(self, slot: Packed) -> Any:
        found = self._young.get(slot)
        if found is None:
            found = self._old.get(slot)
            if found is not None:
                self._keep(slot, found)
        return found

    def _keep(self, slot: Packed, found: Any) -> None:
        if self._size + slot.size > self._half:
            self._old, self._young, self._size = self._young, {}, 0
        self._young[slot] = found
        self._size += slot.size


class Bounded(dict[Any, Any]):
    """A memo that is emptied when it is full: whoever holds a catalog for months asks it for ever more."""

    LIMIT: Final = 1024

    def __setitem__(self, key: Any, value: Any) -> None:
        if len(self) >= self.LIMIT:
            self.clear()
        super().__setitem__(key, value)
