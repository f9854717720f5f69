"""The form of Kubeflow's first kinds: PodDefault of ``kubeflow.org/v1alpha1`` and Notebook of ``kubeflow.org/v1``.

Pod fields that the kinds embed stay plain JSON of which the form is known to be right.

Refuses to know what a selector selects, and how a pod is made of any of it.

Source: the CRDs of Kubeflow 1.10; reference behaviour, sections 1.1 and 2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import InitErrorDetails

from nbcore.dialects.custom_metadata import CustomObjectMeta
from nbcore.dialects.kubeflow_v2_core import Core
from nbcore.kubernetes.names import problem_with_dns_label
from nbcore.model.element import Bool, Map, Shape, missing, refuse, wrong
from nbcore.model.metadata import LabelSelector
from nbcore.model.notebook import LONGEST_NAME
from nbcore.model.origin import Json

_Object: TypeAlias = dict[str, Any]


def _missing_in(containers: Json, path: tuple[str | int, ...]) -> Iterator[InitErrorDetails]:
    """The fields that the CRD of notebooks asks of each container, as far as they are left out."""
    if not containers:
        yield wrong(containers, path, "must have at least one container")
    for at, one in enumerate(containers or ()):
        yield from (missing(one, (*path, at, field)) for field in ("name", "image") if field not in one)


def _runs(spec: _Object) -> _Object:
    refuse(list(_missing_in(spec.get("containers"), ("containers",))))
    return spec


class PodDefaultSpec(Shape):
    """What a PodDefault adds to the pods that it selects."""

    selector: LabelSelector = Field(description="Labels of the pods; an empty one selects every pod.")
    desc: str = Field("", description="What people are told about it.")
    env: tuple[Annotated[_Object, Core("EnvVar")], ...] = Field(
        (), description="Environment variables of every container."
    )
    env_from: tuple[Annotated[_Object, Core("EnvFromSource")], ...] = Field(
        (), description="Sources of environment variables of every container."
    )
    volumes: tuple[Annotated[_Object, Core("Volume")], ...] = Field((), description="Volumes of the pod.")
    volume_mounts: tuple[Annotated[_Object, Core("VolumeMount")], ...] = Field(
        (), description="Mounts of every container."
    )
    tolerations: tuple[Annotated[_Object, Core("Toleration")], ...] = Field(
        (), description="Tolerations of the pod."
    )
    labels: Map[str, str] = Field({}, description="Labels of the pod.")
    annotations: Map[str, str] = Field({}, description="Annotations of the pod.")
    service_account_name: str = Field("", description="ServiceAccount of the pod.")
    automount_service_account_token: Bool | None = Field(
        None, description="Whether the token of the ServiceAccount is mounted."
    )
    image_pull_secrets: tuple[Annotated[_Object, Core("LocalObjectReference")], ...] = Field(
        (), description="Secrets to pull images with."
    )
    init_containers: tuple[Annotated[_Object, Core("Container")], ...] = Field(
        (), description="Further init containers."
    )
    sidecars: tuple[Annotated[_Object, Core("Container")], ...] = Field((), description="Further containers.")
    command: tuple[str, ...] | None = Field(None, description="Command of every container that has none.")
    args: tuple[str, ...] | None = Field(None, description="Arguments of every container that has none.")


class PodDefault(Shape):
    """What the pods of a namespace share that have certain labels."""

    api_version: str
    kind: str
    metadata: CustomObjectMeta
    spec: PodDefaultSpec
    status: Json = None


class NotebookTemplate(Shape):
    """The pod of a notebook."""

    spec: Annotated[_Object, Core("PodSpec"), AfterValidator(_runs)] = Field(description="The pod.")


class NotebookSpec(Shape):
    """What a notebook runs."""

    template: NotebookTemplate = Field(description="The pod.")


class Notebook(Shape):
    """A notebook that is a pod."""

    api_version: str
    kind: str
    metadata: CustomObjectMeta
    spec: NotebookSpec
    status: Json = None

    @model_validator(mode="after")
    def _name_fits(self) -> Notebook:
        name = self.metadata.name
        problem = problem_with_dns_label(name) if name else None
        if not problem and len(name) > LONGEST_NAME:
            problem = f"must have at most {LONGEST_NAME} characters, so that the pod's own labels fit"
        if problem:
            refuse([wrong(name, ("metadata", "name"), problem)])
        return self
