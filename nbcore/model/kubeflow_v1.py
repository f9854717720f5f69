"""What Kubeflow's first kinds say beyond ours: a part of a PodDefault for every container, a pod in a Notebook.

Refuses to know how any of it is written, and what becomes of it.

Source: reference behaviour of Kubeflow's PodDefault, sections 1.4 and 1.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from pydantic import Field

from nbcore.model.layer import Policies
from nbcore.model.notebook import NotebookSpec
from nbcore.model.origin import Json
from nbcore.model.pod_default import PodDefaultSpec
from nbcore.model.template import Template

STARTS: Final = ("command", "args")
"""The fields that say how a container starts, which a PodDefault sets where the container does not."""
_STARTS_ITSELF: Final = "istio-proxy"


class EveryContainer(PodDefaultSpec):
    """What a PodDefault adds to a pod, and to every regular container that is not one of its sidecars."""

    each: Json = Field({})
    rules: Policies = Field({})

    @property
    def policies(self) -> Policies:
        """What becomes of fields that a peer sets, too, where that is not a conflict."""
        return self.rules

    @property
    def sidecars(self) -> Sequence[dict[str, Any]]:
        """The containers that it adds."""
        found: Sequence[dict[str, Any]] = self.template.get("spec", {}).get("containers", ())
        return found

    def targets(self, containers: Iterable[Json]) -> list[dict[str, Any]]:
        """The part for every container, once for each of these; its own sidecars get nothing of it."""
        own = {one["name"] for one in self.sidecars}
        if not self.each:
            return []
        return [
            part
            for one in containers
            if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"] not in own
            if len(part := self._part(one)) > 1
        ]

    def _part(self, container: dict[str, Any]) -> dict[str, Any]:
        """The part for one container: without what starts it where it knows that itself."""
        name = container["name"]
        part = {"name": name, **self.each}
        for field in STARTS:
            if name == _STARTS_ITSELF or container.get(field) is not None:
                part.pop(field, None)
        return part

    def expanded(self, containers: Sequence[Json]) -> Json:
        """The template for a pod with these regular containers."""
        parts = [*self.targets(containers), *self.sidecars]
        if not parts:
            return self.template
        return {**self.template, "spec": {**self.template.get("spec", {}), "containers": parts}}


class OwnPod(NotebookSpec):
    """What a notebook is that holds its whole pod."""

    pod: Template
    rewritten: str = ""

    @property
    def rewrite(self) -> str:
        """The path that a route gives to requests."""
        return self.rewritten

    @property
    def held(self) -> Template | None:
        """The Template that stands in the notebook itself."""
        return self.pod
