"""Settings: everything that a verdict may depend on beside the objects themselves.

Refuses to read files, environment and clock: the caller says what day it is.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from nbcore.kubernetes import pod_schema

POD_SECURITY = r"^(privileged|baseline|restricted)(:(latest|v?1\.(0|[1-9][0-9]{0,2})))?$"


class Settings(BaseModel):
    """What the engine is told about the cluster, the policy and the day; immutable.

    Raises: pydantic.ValidationError for a setting that does not exist or has the wrong type.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kubernetes_version: str = Field(
        default_factory=lambda: pod_schema.VERSIONS[-1],
        pattern=r"^1\.[0-9]{1,3}$",
        description="Version that pods are checked for.",
    )
    pod_security: str | None = Field(
        None,
        pattern=POD_SECURITY,
        description="Pod Security level that pods must meet, such as restricted or restricted:v1.29.",
    )

    @field_validator("kubernetes_version")
    @classmethod
    def _is_known(cls, version: str) -> str:
        if version not in pod_schema.VERSIONS:
            first, last = pod_schema.VERSIONS[0], pod_schema.VERSIONS[-1]
            raise ValueError(f"Kubernetes {version} is not known: give one of {first} to {last}")
        return version

    compat: Literal["", "kubeflow"] = Field("", description="Behave as this upstream, its faults included.")
    today: str | None = Field(
        None, pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", description="The day, for what depends on it."
    )
    carrier: Literal["pod", "rolling", "on-delete"] = Field(
        "on-delete",
        description="What carries the pod: itself, a StatefulSet that rolls, or one with OnDelete.",
    )
    admins: tuple[str, ...] = Field((), description="Users and groups that may act for any owner.")
    cleaners: tuple[str, ...] = Field((), description="Service accounts that may delete for the cluster.")
    trusted_creators: tuple[str, ...] = Field((), description="Accounts that may name another owner.")
