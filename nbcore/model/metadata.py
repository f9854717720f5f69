"""Names, labels and references: what every kind needs to be found and to point at others.

Refuses to know what stands behind a reference.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic_core import InitErrorDetails

from nbcore.kubernetes import names
from nbcore.kubernetes.selector import Selector
from nbcore.model.element import Element, Form, Int, Map, missing, refuse, unknown, without_nulls, wrong
from nbcore.model.origin import Json

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?"


def _problem_with_annotation_key(text: str) -> str | None:
    return names.problem_with_label_key(text.lower())


DNSSubdomain = Annotated[
    str,
    Field(min_length=1, max_length=253),
    Form(names.problem_with_dns_subdomain, rf"^{_LABEL}(\.{_LABEL})*$"),
]
DNSLabel = Annotated[
    str, Field(min_length=1, max_length=63), Form(names.problem_with_dns_label, rf"^{_LABEL}$")
]
LabelKey = Annotated[str, Form(names.problem_with_label_key)]
AnnotationKey = Annotated[str, Form(_problem_with_annotation_key)]
LabelValue = Annotated[str, Field(max_length=63), Form(names.problem_with_label_value, rf"^({_QUALIFIED})?$")]
EnvName = Annotated[str, Field(min_length=1), Form(names.problem_with_env_name, "^[ -<>-~]+$")]
Id = Annotated[str, Field(min_length=1, max_length=256, description="Unique in its list; any characters.")]


class ObjectMeta(Element):
    """Standard object metadata, all of its fields; nbcore reads the first four.

    Laws: an empty name or namespace is an absent one; without a name there is a generateName.
    """

    name: DNSSubdomain = ""
    namespace: DNSLabel = ""
    labels: Map[LabelKey, LabelValue] = Field({})
    annotations: Map[AnnotationKey, str] = Field({})
    generate_name: str = ""
    finalizers: tuple[str, ...] = ()
    owner_references: tuple[Map[str, Any], ...] = ()
    uid: str = ""
    resource_version: str = ""
    generation: Int = 0
    creation_timestamp: str = ""
    deletion_timestamp: str = ""
    deletion_grace_period_seconds: Int = 0
    self_link: str = ""
    managed_fields: Json = None

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, data: Json) -> Json:
        if isinstance(data, dict) and "" in (data.get("name"), data.get("namespace")):
            return {key: value for key, value in data.items() if value != ""}
        return data

    @model_validator(mode="after")
    def _named(self) -> ObjectMeta:
        if not self.name and not self.generate_name:
            refuse([missing({}, ("name",))])
        return self


# The fields of a selector, and of one of its expressions, by the length of a path to one.
_SELECTOR_FIELDS = {1: ("matchLabels", "matchExpressions"), 3: ("key", "operator", "values")}


def _pruned(value: Json, known: tuple[str, ...]) -> Json:
    if not isinstance(value, dict):
        return value
    return {key: one for key, one in value.items() if one is not None or key not in known}


def _as_pruned(value: Json) -> Json:
    """A selector as the API server has it after dropping nulls from known fields and from the labels."""
    selector = _pruned(value, _SELECTOR_FIELDS[1])
    if not isinstance(selector, dict):
        return selector
    if "matchLabels" in selector:
        selector["matchLabels"] = without_nulls(selector["matchLabels"])
    if isinstance(selector.get("matchExpressions"), list):
        selector["matchExpressions"] = [
            _pruned(one, _SELECTOR_FIELDS[3]) for one in selector["matchExpressions"]
        ]
    return selector


def _selector_error(value: Json, path: tuple[str | int, ...], reason: str) -> InitErrorDetails:
    known = () if path[:1] == ("matchLabels",) and len(path) > 1 else _SELECTOR_FIELDS.get(len(path), ())
    if known and path[-1] not in known:
        return unknown(value, path, known)
    if len(path) == 3 and known and path[-1] not in value[path[0]][path[1]]:
        return missing(value, path)
    return wrong(value, path, reason)


def _is_selector(value: Json) -> Json:
    refuse([_selector_error(value, path, reason) for path, reason in Selector.parse(value)[1]])
    return value


LabelSelector = Annotated[
    dict[str, Any],
    AfterValidator(_is_selector),
    BeforeValidator(_as_pruned),
    WithJsonSchema({"type": "object", "x-nbcore-type": "LabelSelector"}),
]
"""A JSON label selector that is known to be valid: matchLabels and matchExpressions; empty matches all."""


class Reference(Element):
    """A reference to an object by name; the namespace defaults to that of the object it stands in."""

    name: DNSSubdomain = Field(description="Name of the object.")
    namespace: DNSLabel | None = Field(
        None, description="Namespace of the object; that of the object that names it if left out."
    )


class Dependency(Element):
    """An object of the Template's own namespace that is copied to the Notebook's, owned by the Revision."""

    api_version: str = Field(
        min_length=1, max_length=317, description="API version of the object, such as v1."
    )
    kind: str = Field(min_length=1, max_length=63, description="Kind of the object, such as Secret.")
    name: DNSSubdomain = Field(description="Name of the object.")
