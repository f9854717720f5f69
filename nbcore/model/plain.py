"""The plain object: any kind that is not ours, kept as it came, because something of ours points at it.

Refuses to know what its fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nbcore.model.origin import NOWHERE, Json, Origin


@dataclass(frozen=True, slots=True, eq=False)
class Plain:
    """A Namespace, ResourceQuota, ConfigMap, Pod or any other object, as plain JSON.

    Shape: ``value`` is the whole object; the other fields are what it is looked up by.
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    value: Json = field(repr=False)  # may be a Secret
    origin: Origin = NOWHERE

    @property
    def labels(self) -> Mapping[str, str]:
        """The labels of the object, those left out that are no text."""
        metadata = self.value.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        texts = labels.items() if isinstance(labels, dict) else ()
        return {key: value for key, value in texts if isinstance(value, str)}
