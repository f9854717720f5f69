"""Names that are derived from an object's own, and that do not fit any more (NB4).

The API server takes the object and refuses the pods that are to come out of it. Refuses to know everything
of an object but its name.

Source: kubernetes pkg/controller/statefulset, setPodRevision and newVersionedStatefulSetPod.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.element import Origin

LONGEST: Final = names.LABEL_LENGTH - len("-") - 10
"""Characters of a StatefulSet's name that leave room in a label for ``-`` and the hash of a revision."""
_RANDOM: Final = 5
"""Characters that the API server appends to a generateName."""


def check_derived_names(kind: str, name: str, generate_name: str, origin: Origin) -> Iterator[Finding]:
    """The finding for a name from which the name and the labels of a pod cannot be derived.

    Shape: ``kind`` is that of a StatefulSet, or of something that is carried by one.
    """
    if len(name) > LONGEST:
        yield _too_long(kind, "name", f"{len(name)} characters, {LONGEST}", origin)
    kept = min(len(generate_name), names.GENERATE_NAME_LENGTH)
    if not name and kept + _RANDOM > LONGEST:
        room = LONGEST - _RANDOM
        yield _too_long(kind, "generateName", f"{len(generate_name)} characters, {room}", origin)


def _too_long(kind: str, field: str, measure: str, origin: Origin) -> Finding:
    room = measure.rpartition(" ")[2]
    return origin.finding(
        "NB490",
        f"the {field} of the {kind} has {measure} leave room for the labels of its pods",
        f"Give it a {field} of at most {room} characters.",
        path=("metadata", field),
    )
