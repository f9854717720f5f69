"""The PodDefault: a partial pod template shared by Templates, or applied to pods by their labels.

Refuses to know where it is applied and what it meets there.
"""

from __future__ import annotations

from pydantic import Field

from nbcore.model.element import Element, PodTemplate, Templated
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


class PodDefault(Element):
    """Secrets, mirrors and mounts that many notebooks share."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: PodDefaultSpec
    status: Json = None
