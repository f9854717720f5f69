"""The PodDefault: a partial pod template shared by Templates, or applied to pods by their labels.

Refuses to know where it is applied and what it meets there.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from nbcore.model.element import Element, PodTemplate, Templated
from nbcore.model.layer import Policies
from nbcore.model.metadata import Dependency, LabelSelector, ObjectMeta
from nbcore.model.origin import Json
from nbcore.model.template import Display


class PodDefaultSpec(Templated):
    """What a PodDefault adds."""

    display: Display = Field(default_factory=Display, description="How it is shown to people.")
    template: PodTemplate = Field({}, description="Partial PodTemplateSpec laid over the Template.")
    selector: LabelSelector | None = Field(
        None, description="Applied to pods of its own namespace whose labels match."
    )
    dependencies: tuple[Dependency, ...] = Field(
        (), max_length=128, description="Objects to copy to the Notebook's namespace."
    )

    def expanded(self, containers: Sequence[Json]) -> Json:
        """The template for a pod with these regular containers; ours names the containers that it means."""
        return self.template

    @property
    def policies(self) -> Policies:
        """What becomes of fields that a peer sets, too, where that is not a conflict."""
        return {}


class PodDefault(Element):
    """Secrets, mirrors and mounts that many notebooks share."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: PodDefaultSpec
    status: Json = None
