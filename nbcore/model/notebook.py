"""The Notebook: what a user chooses from a Template, and the little that they set themselves.

Refuses to know whether a choice exists or is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from nbcore.kubernetes.names import problem_with_dns_label
from nbcore.kubernetes.quantity import Quantity
from nbcore.model.conventions import Conventions, conventions_of
from nbcore.model.element import Bool, Element, Map, Mode, PodTemplate, refuse, without_nulls, wrong
from nbcore.model.metadata import DNSSubdomain, EnvName, ObjectMeta, Reference
from nbcore.model.origin import Json

if TYPE_CHECKING:
    from nbcore.model.template import Template

UpdatePolicy = Literal["Auto", "Manual"]


LONGEST_NAME = 52
"""The StatefulSet's pods carry its name and an 11 character hash in a label of at most 63 characters."""

_AMOUNT_GROUPS = ("requests", "limits")


def _problems_with_amounts(amounts: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, amount in amounts.items():
        if isinstance(amount, bool) or not isinstance(amount, str | int | float):
            yield (name,), "must be a quantity: a number, or a text such as '500m' or '2Gi'"
            continue
        try:
            Quantity(amount)
        except ValueError as error:
            yield (name,), str(error)


def _problems_with_resources(resources: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    groups = {name: one for name, one in resources.items() if name in _AMOUNT_GROUPS}
    yield from _problems_with_amounts(
        {name: one for name, one in resources.items() if name not in _AMOUNT_GROUPS}
    )
    for name, amounts in groups.items():
        if isinstance(amounts, dict):
            yield from (((name, *path), reason) for path, reason in _problems_with_amounts(amounts))
        else:
            yield (name,), "must be an object of quantities"


def _are_resources(resources: Json) -> Json:
    pruned = {name: without_nulls(one) if name in _AMOUNT_GROUPS else one for name, one in resources.items()}
    refuse([wrong(None, path, reason) for path, reason in _problems_with_resources(pruned)])
    return pruned


Resources = Annotated[
    Map[str, Any],
    AfterValidator(_are_resources),
    WithJsonSchema({"type": "object", "x-nbcore-type": "Resources"}),
]


class PVCMount(Element):
    """A PersistentVolumeClaim of the Notebook's namespace and where it is mounted."""

    pvc_name: DNSSubdomain = Field(description="Name of the PersistentVolumeClaim.")
    mount_path: str = Field(min_length=1, max_length=4096, description="Absolute path in the main container.")
    read_only: Bool = Field(False, description="Mounted read-only.")


class SecretMount(Element):
    """A Secret of the Notebook's namespace and where it is mounted."""

    secret_name: DNSSubdomain = Field(description="Name of the Secret.")
    mount_path: str = Field(min_length=1, max_length=4096, description="Absolute path in the main container.")
    default_mode: Mode = Field(420, description="Mode bits of the files.")


class Volumes(Element):
    """The volumes of a Notebook, in the shape of Kubeflow Notebooks 2.0."""

    home: DNSSubdomain | None = Field(None, description="PersistentVolumeClaim mounted as the home folder.")
    data: tuple[PVCMount, ...] = Field((), max_length=256, description="Further PersistentVolumeClaims.")
    secrets: tuple[SecretMount, ...] = Field((), max_length=256, description="Secrets mounted as files.")


class EnvVar(Element):
    """A literal environment variable of the main container. Nothing in it is expanded by nbcore."""

    name: EnvName = Field(description="Name of the variable.")
    value: str = Field("", description="Literal value.")


class Metadata(Element):
    """Labels and annotations for the pod."""

    labels: Map[str, str] = Field({}, max_length=256, description="Labels of the pod.")
    annotations: Map[str, str] = Field({}, max_length=256, description="Annotations of the pod.")


class NotebookSpec(Element):
    """What a user chose."""

    template_ref: Reference = Field(description="The Template; its namespace defaults to the Notebook's own.")
    options: Map[str, str] = Field({}, max_length=64, description="Chosen value for each option group.")
    pod_defaults: tuple[DNSSubdomain, ...] = Field(
        (), max_length=128, description="Names out of the Template's optional PodDefaults."
    )
    resources: Resources = Field(
        {},
        description="cpu, memory and others, set as request and limit of the main container; "
        "or requests and limits apart.",
    )
    volumes: Volumes = Field(default_factory=Volumes, description="Home, data and secret volumes.")
    env: tuple[EnvVar, ...] = Field((), max_length=1024, description="Literal environment variables.")
    metadata: Metadata = Field(default_factory=Metadata, description="Labels and annotations for the pod.")
    overrides: PodTemplate = Field({}, description="Partial PodTemplateSpec; only what the Template allows.")
    stopped: Bool = Field(False, description="True stops the notebook; its volumes stay.")
    update_policy: UpdatePolicy = Field(
        "Auto", description="Auto takes the newest Template when next started; Manual only when told to."
    )

    @property
    def rewrite(self) -> str:
        """The path that a route gives to requests, where the notebook itself says that."""
        return ""

    @property
    def held(self) -> Template | None:
        """The Template that stands in the notebook itself; none in our own dialect."""
        return None


class Notebook(Element):
    """A user's notebook: a Template, the options chosen from it, and what the user adds."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: NotebookSpec
    status: Json = None

    @property
    def conventions(self) -> Conventions:
        """What its dialect fixes."""
        return conventions_of(self.api_version, self.kind)

    @property
    def own_template(self) -> Template | None:
        """The Template that it holds itself, in a dialect whose notebooks do."""
        return self.spec.held

    @property
    def template_id(self) -> str:
        """The identity of the Template that it names."""
        reference = self.spec.template_ref
        if self.conventions.shared_templates:
            return reference.name
        return f"{reference.namespace or self.metadata.namespace}/{reference.name}"

    @model_validator(mode="after")
    def _name_fits(self) -> Notebook:
        problem = problem_with_dns_label(self.metadata.name) if self.metadata.name else None
        if not problem and len(self.metadata.name) > LONGEST_NAME:
            problem = f"must have at most {LONGEST_NAME} characters, so that the pod's own labels fit"
        if problem:
            refuse([wrong(self.metadata.name, ("metadata", "name"), problem)])
        return self
