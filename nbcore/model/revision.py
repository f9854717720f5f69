"""The Revision: the exact inputs that a pod was rendered from, immutable, named by their hash.

Refuses to know how it is chosen, and what of the notebook itself is laid on top.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nbcore.model.element import Element, PodTemplate
from nbcore.model.metadata import DNSLabel, ObjectMeta
from nbcore.model.origin import Json
from nbcore.model.template import Home, Port


class RevisionInput(Element):
    """One folded input, in the order in which it was laid over the ones before it."""

    rank: Literal["template", "podDefaults", "options"] = Field(description="Rank of the layer.")
    kind: str = Field(max_length=63, description="Kind of the object that it came from.")
    namespace: str = Field("", description="Namespace of that object.")
    name: str = Field(description="Name of that object.")
    group: str | None = Field(None, description="Option group, for the rank options.")
    value: str | None = Field(None, description="Option value, for the rank options.")
    template: PodTemplate = Field(description="Its part of the pod template, as it was.")


class RevisionSpec(Element):
    """Everything that rendering reads, apart from the Notebook itself."""

    main_container: DNSLabel = Field(description="Container of the notebook.")
    home: Home | None = Field(None, description="Where the home volume is mounted.")
    ports: tuple[Port, ...] = Field((), max_length=128, description="Endpoints after the chosen options.")
    inputs: tuple[RevisionInput, ...] = Field(max_length=1024, description="The folded inputs, lowest first.")


class Revision(Element):
    """A pinned environment: renders the same pod for ever, whatever becomes of its Template."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: RevisionSpec
    status: Json = None
