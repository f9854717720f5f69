"""Names that are derived from an object's own, and that do not fit any more (NB4).

The API server refuses the object, or takes it and refuses the pods that are to come out of it. Refuses to
know everything of an object but its name.

Source: kubernetes pkg/controller/statefulset, setPodRevision and newVersionedStatefulSetPod; pkg/apis/batch,
ValidateCronJobCreate and the label that a Job's strategy gives to its pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.origin import Origin

LONGEST: Final = names.LABEL_LENGTH - len("-") - 10
"""Characters of a StatefulSet's name that leave room in a label for ``-`` and the hash of a revision.

As many of a CronJob's leave room in the name of a Job for ``-`` and the time."""
_LONGEST: Final[Mapping[str, int]] = {"Job": names.LABEL_LENGTH}
"""By kind, where it is another number: the name of a Job is a label of its pods as it is."""
_FOR: Final[Mapping[str, str]] = {"CronJob": "names of its Jobs"}
"""By kind, what there has to be room for, where that is not the labels of its pods."""
_RANDOM: Final = 5
"""Characters that the API server appends to a generateName."""


def check_derived_names(kind: str, name: str, generate_name: str, origin: Origin) -> Iterator[Finding]:
    """The finding for a name from which the name and the labels of a pod cannot be derived.

    Shape: ``kind`` is that of a StatefulSet, a CronJob, a Job, or of something that is carried by one of them.
    """
    longest = _LONGEST.get(kind, LONGEST)
    if len(name) > longest:
        yield _too_long(kind, "name", f"{len(name)} characters, {longest}", origin)
    kept = min(len(generate_name), names.GENERATE_NAME_LENGTH)
    if not name and kept + _RANDOM > longest:
        room = longest - _RANDOM
        yield _too_long(kind, "generateName", f"{len(generate_name)} characters, {room}", origin)


def _too_long(kind: str, field: str, measure: str, origin: Origin) -> Finding:
    room = measure.rpartition(" ")[2]
    return origin.finding(
        "NB490",
        f"the {field} of the {kind} has {measure} leave room for the {_FOR.get(kind, 'labels of its pods')}",
        f"Give it a {field} of at most {room} characters.",
        path=("metadata", field),
    )
