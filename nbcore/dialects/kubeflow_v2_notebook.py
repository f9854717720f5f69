"""A Workspace as a Notebook: its kind, the two options, its volumes and metadata.

Refuses to know form, which is right already, and how pods are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from nbcore.dialects.kubeflow_v2_kinds import Workspace, WorkspaceVolumes
from nbcore.dialects.kubeflow_v2_places import NOTEBOOK_PLACES
from nbcore.model.metadata import ObjectMeta, Reference
from nbcore.model.notebook import Metadata, Notebook, NotebookSpec, PVCMount, SecretMount, Volumes
from nbcore.model.origin import Origin
from nbcore.model.workspace_kind import IMAGE, POD

_Part = TypeVar("_Part")


def notebook_of(workspace: Workspace, at: Origin) -> Notebook:
    """The Notebook that a Workspace is."""
    origin = replace(at, places=NOTEBOOK_PLACES)
    given = workspace.spec.pod_template
    chosen = given.options
    own = given.pod_metadata
    spec = NotebookSpec.made(
        origin / "spec",
        template_ref=Reference.made(origin / "spec" / "templateRef", name=workspace.spec.kind),
        options={IMAGE: chosen.image_config, POD: chosen.pod_config},
        volumes=_volumes(given.volumes, origin / "spec" / "volumes"),
        metadata=Metadata()
        if own is None
        else Metadata.made(origin / "spec" / "metadata", labels=own.labels, annotations=own.annotations),
        stopped=workspace.spec.paused,
    )
    return Notebook.made(
        origin,
        api_version=workspace.api_version,
        kind=workspace.kind,
        metadata=placed_metadata(workspace.metadata, at),
        spec=spec,
        status=at.value.get("status"),
    )


def placed_metadata(metadata: ObjectMeta, at: Origin) -> ObjectMeta:
    """The metadata, told where it stands."""
    metadata.placed(at / "metadata")
    return metadata


def _volumes(given: WorkspaceVolumes, origin: Origin) -> Volumes:
    data = (
        PVCMount.made(place, pvc_name=one.pvc_name, mount_path=one.mount_path, read_only=one.read_only)
        for place, one in _placed(given.data, origin / "data")
    )
    secrets = (
        SecretMount.made(
            place, secret_name=one.secret_name, mount_path=one.mount_path, default_mode=one.default_mode
        )
        for place, one in _placed(given.secrets, origin / "secrets")
    )
    return Volumes.made(origin, home=given.home, data=tuple(data), secrets=tuple(secrets))


def _placed(elements: Sequence[_Part], origin: Origin) -> Iterator[tuple[Origin, _Part]]:
    return ((origin / at, one) for at, one in enumerate(elements))
