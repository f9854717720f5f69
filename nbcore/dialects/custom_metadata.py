"""The metadata of a custom resource, judged as the API server judges it for every such kind.

Beyond the fields that all kinds of the model have: the form of owner references and finalizers, the name that a
prefix leads to, and how much the annotations hold together.

Refuses to know any kind, and what the labels mean to anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field, model_validator
from pydantic_core import InitErrorDetails

from nbcore.dialects.kubeflow_v2_core import Core, violation
from nbcore.kubernetes.names import (
    problem_with_dns_subdomain,
    problem_with_label_key,
    problem_with_name_prefix,
)
from nbcore.model.element import Form, refuse, wrong
from nbcore.model.metadata import AnnotationKey, LabelKey, LabelValue, ObjectMeta
from nbcore.model.origin import Json

MOST_ANNOTATIONS: Final = 262_144
"""Bytes of all keys and values of the annotations together."""
_GENERATED_FROM: Final = 58
"""Characters of a generateName that are kept; five random ones follow."""
_EITHER: Final = {"orphan", "foregroundDeletion"}
"""The finalizers that exclude each other."""


def _empty_for_null(value: Json) -> Json:
    """The map as Go reads it into texts: a null is the empty text."""
    if isinstance(value, dict) and None in value.values():
        return {key: "" if one is None else one for key, one in value.items()}
    return value


def _not_too_large(annotations: dict[str, str]) -> dict[str, str]:
    size = sum(len(text.encode(errors="replace")) for pair in annotations.items() for text in pair)
    if size > MOST_ANNOTATIONS:
        raise violation(
            f"hold {size:,} bytes together, and {MOST_ANNOTATIONS:,} are allowed",
            "keep large texts elsewhere",
        )
    return annotations


def _problem_with_owner(owner: dict[str, Any]) -> str | None:
    empty = [field for field in ("kind", "name", "uid") if not owner[field]]
    if empty:
        return f"{empty[0]} must not be empty"
    group, _, version = owner["apiVersion"].rpartition("/")
    if not version or "/" in group:
        return "apiVersion must be a version, or group/version"
    return "an Event owns nothing" if (owner["apiVersion"], owner["kind"]) == ("v1", "Event") else None


def _one_controller(owners: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    # The server leaves out a reference that stands there twice before it counts.
    controllers = {tuple(sorted(owner.items())) for owner in owners if owner.get("controller")}
    if len(controllers) > 1:
        raise violation("name several controllers, and an object has one", "leave controller at one of them")
    return owners


def _consistent(finalizers: tuple[str, ...]) -> tuple[str, ...]:
    if set(finalizers) >= _EITHER:
        raise violation("hold both orphan and foregroundDeletion", "remove one of the two")
    return finalizers


class CustomObjectMeta(ObjectMeta):
    """Standard object metadata of a custom resource.

    Laws: an empty name or namespace is an absent one; a label or annotation that is null is an empty one.
    Source: ValidateObjectMetaAccessor of k8s.io/apimachinery; tests/oracles/test_workspace_kinds_oracle.py.
    """

    labels: Annotated[dict[LabelKey, LabelValue], BeforeValidator(_empty_for_null)] = Field({})
    annotations: Annotated[
        dict[AnnotationKey, str], AfterValidator(_not_too_large), BeforeValidator(_empty_for_null)
    ] = Field({})
    finalizers: Annotated[
        tuple[Annotated[str, Form(problem_with_label_key)], ...], AfterValidator(_consistent)
    ] = ()
    owner_references: Annotated[
        tuple[Annotated[dict[str, Any], Core("OwnerReference"), Form(_problem_with_owner)], ...],
        AfterValidator(_one_controller),
    ] = ()

    @model_validator(mode="after")
    def _generates_a_name(self) -> CustomObjectMeta:
        refuse(list(self._problems_with_prefix()))
        return self

    def _problems_with_prefix(self) -> Iterator[InitErrorDetails]:
        prefix = self.generate_name
        reason = problem_with_name_prefix(prefix) if prefix else None
        if not reason and not self.name:
            reason = problem_with_dns_subdomain(f"{prefix[:_GENERATED_FROM]}a")
        if reason:
            yield wrong(prefix, ("generateName",), reason)
