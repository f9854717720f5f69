"""What a WorkspaceKind says beyond a Template: filters, pauses, the activity probe, and rights of its pods.

Refuses to know how any of it is written, and who wins when rules overlap.
"""

from __future__ import annotations

from collections.abc import Mapping

from nbcore.model.activity import ActivityProbe, PauseRule
from nbcore.model.filter_rule import FilterRule
from nbcore.model.notebook import Metadata
from nbcore.model.template import TemplateSpec

IMAGE: str = "imageConfig"
POD: str = "podConfig"
"""The ids of the two option groups."""


class WorkspaceKindSpec(TemplateSpec):
    """What a WorkspaceKind defines, as a Template and beyond."""

    filters: tuple[FilterRule, ...] = ()
    pause_rules: tuple[PauseRule, ...] = ()
    activity_probe: ActivityProbe | None = None
    cluster_roles: tuple[str, ...] = ()
    stateful_set: Metadata = Metadata()
    stateful_set_of: Mapping[str, Metadata] = {}
    """Metadata of the StatefulSet, by the id of a pod config."""
