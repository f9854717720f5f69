"""The Template: the base of notebooks, the options that it offers, and what a Notebook may change.

Refuses to know how a choice is resolved, how layers are merged, and who is asking.
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema, model_validator

from nbcore.kubernetes.paths import Path
from nbcore.kubernetes.quantity import Quantity
from nbcore.model.conventions import Conventions, conventions_of
from nbcore.model.element import Bool, Element, Form, Map, PodTemplate, PortNumber, Seconds, Templated
from nbcore.model.metadata import (
    Dependency,
    DNSLabel,
    DNSSubdomain,
    Id,
    LabelSelector,
    LabelValue,
    ObjectMeta,
    Reference,
)
from nbcore.model.origin import Json

When = Literal["Offer", "Restart", "Idle", "Immediate"]
Level = Literal["Info", "Warning", "Danger"]
LEVELS: tuple[Level, ...] = ("Info", "Warning", "Danger")

_NAME, _BARE = r"[!#-\-/-Z^-~]+", r"\[[ !#-Z^-~]+\]"
_QUOTED = r"""\["([^"\\]|\\(["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"\]"""


def _problem_with_path(text: str) -> str | None:
    try:
        Path.parse(text)
    except ValueError as error:
        return str(error)
    return None


def _problem_with_bound(value: Json) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return "must be a whole number, or a quantity as a text such as '500m' or '0.5'"
    try:
        Quantity(value)
    except ValueError as error:
        return str(error)
    return None


KeyedPath = Annotated[
    str,
    Field(min_length=1, max_length=1024),
    Form(_problem_with_path, rf"^({_NAME}|{_BARE}|{_QUOTED})(\.{_NAME}|{_BARE}|{_QUOTED})*$"),
]
Bound = Annotated[
    Any,
    Form(_problem_with_bound),
    WithJsonSchema({"x-nbcore-type": "Bound"}),
]
"""A whole number, or a quantity as a text: what the API server calls int-or-string."""
Texts = tuple[Annotated[str, Field(min_length=1, max_length=256)], ...]


class ConfigMapKey(Element):
    """A key of a ConfigMap in the Template's namespace."""

    name: DNSSubdomain = Field(description="Name of the ConfigMap.")
    key: str = Field(min_length=1, max_length=253, description="Key in the ConfigMap.")


class Image(Element):
    """A picture for people: a URL, or a key of a ConfigMap. Exactly one."""

    url: str | None = Field(None, min_length=1, max_length=65536, description="URL of the picture.")
    config_map: ConfigMapKey | None = Field(None, description="ConfigMap key that holds the picture.")

    @model_validator(mode="after")
    def _one_source(self) -> Image:
        if (self.url is None) == (self.config_map is None):
            raise ValueError("give exactly one of url and configMap")
        return self


class Display(Element):
    """How a Template or PodDefault is shown to people."""

    name: str | None = Field(None, max_length=256, description="Name shown to people.")
    description: str | None = Field(None, max_length=4096, description="A sentence or two shown to people.")
    icon: Image | None = Field(None, description="Small picture.")
    logo: Image | None = Field(None, description="Large picture.")
    tags: Map[str, str] = Field({}, max_length=64, description="Free tags, for filters in forms.")
    hidden: Bool = Field(False, description="Not offered in forms; still works where it is named.")


class OptionDisplay(Element):
    """How an option group or an option value is shown to people."""

    name: str | None = Field(None, max_length=256, description="Name shown to people.")
    description: str | None = Field(None, max_length=4096, description="A sentence or two shown to people.")
    labels: Map[str, LabelValue] = Field(
        {}, max_length=64, description="Labels that `compatible` and `activity` select on."
    )
    hidden: Bool = Field(False, description="Not offered in forms; still works where it is chosen.")


class Message(Element):
    """What people are told about a redirect."""

    level: Level = Field("Info", description="Info, Warning or Danger.")
    text: str = Field(min_length=1, max_length=1024, description="The text shown to people.")


class Redirect(Element):
    """Where users of this value or Template are led, and when."""

    to: Annotated[str, Field(min_length=1, max_length=317)] = Field(
        description="Id of the value in the same group; for a Template `name` or `namespace/name`."
    )
    when: When = Field("Offer", description="The event that takes it: Offer, Restart, Idle or Immediate.")
    message: Message | None = Field(None, description="What people are told.")


class Deprecation(Element):
    """That a Template should no longer be used, and what to use instead."""

    message: str | None = Field(None, max_length=1024, description="What people are told.")
    redirect: Redirect | None = Field(None, description="The Template to use instead.")


class Access(Element):
    """Who may use a Template or value: the AND of the parts given, any-of inside a part."""

    namespace_selector: LabelSelector | None = Field(None, description="Labels that the namespace must have.")
    users: Texts | None = Field(None, max_length=1024, description="User names, exact.")
    groups: Texts | None = Field(None, max_length=1024, description="Group names, exact.")


class RequestHeaders(Element):
    """Changes that the route makes to the headers of a request."""

    set: Map[str, str] = Field({}, max_length=64, description="Headers to set.")
    add: Map[str, str] = Field({}, max_length=64, description="Headers to add.")
    remove: Texts = Field((), max_length=64, description="Headers to remove.")


class Port(Element):
    """An endpoint of the notebook. On a value it completes the Template's port with the same id."""

    id: Id
    port: PortNumber | None = Field(None, description="Port number in the container.")
    protocol: Literal["HTTP", "TCP"] | None = Field(None, description="HTTP (default) or TCP.")
    display_name: str | None = Field(None, max_length=256, description="Name shown to people.")
    strip_prefix: Bool | None = Field(None, description="The route removes its path prefix from requests.")
    request_headers: RequestHeaders | None = Field(None, description="Header changes of the route.")


class OptionValue(Templated):
    """One choice in a group: a partial pod template that is laid over the Template."""

    id: Id
    display: OptionDisplay = Field(default_factory=OptionDisplay, description="How it is shown to people.")
    redirect: Redirect | None = Field(None, description="The value of this group to use instead.")
    access: Access | None = Field(None, description="Who may choose it; everyone if left out.")
    compatible: Map[str, LabelSelector] = Field(
        {}, max_length=64, description="For another group's id: labels that its chosen value must have."
    )
    ports: tuple[Port, ...] = Field((), max_length=64, description="Endpoints of notebooks with this value.")
    template: PodTemplate = Field({}, description="Partial PodTemplateSpec laid over the Template.")


class OptionGroup(Element):
    """A list of values of which a Notebook has exactly one."""

    id: Id
    display: OptionDisplay = Field(default_factory=OptionDisplay, description="How it is shown to people.")
    default: str | None = Field(
        None, max_length=256, description="Id of the value taken when a Notebook names none."
    )
    values: tuple[OptionValue, ...] = Field(
        max_length=512, description="The choices, in the order in which forms show them."
    )

    def value(self, id_: str) -> OptionValue | None:
        """The value with this id; the first one if the id stands twice (a finding says so)."""
        return self.by_id.get(id_)

    @cached_property
    def by_id(self) -> dict[str, OptionValue]:
        """The values by id; of two with one id the first."""
        return {value.id: value for value in reversed(self.values)}


class OverrideRule(Element):
    """One thing that a Notebook's `overrides` may change.

    The path covers its subtree; `*` is one step. Without enum, glob, min and max any value passes.
    """

    path: KeyedPath = Field(description="Keyed path, such as spec.containers[main].env[*].value.")
    enum: tuple[Any, ...] | None = Field(None, max_length=1024, description="Values that pass.")
    glob: str | None = Field(
        None, max_length=1024, description="Pattern that a text must match: * and ? only."
    )
    min: Bound | None = Field(None, description="Smallest number or quantity that passes.")
    max: Bound | None = Field(None, description="Largest number or quantity that passes.")

    @model_validator(mode="after")
    def _one_kind(self) -> OverrideRule:
        kinds = (
            (self.enum is not None) + (self.glob is not None) + (self.min is not None or self.max is not None)
        )
        if kinds > 1:
            raise ValueError("give only one of enum, glob and min/max")
        return self


class PodSecurity(Element):
    """The Pod Security Standard that every pod of the Template must meet."""

    level: Literal["privileged", "baseline", "restricted"] = Field(description="Level of the standard.")
    version: str = Field(
        "latest", pattern=r"^(latest|v?1\.[0-9]{1,3})$", description="Version of the standard: latest or 1.N."
    )


class ActivityRule(Element):
    """After how many idle seconds a notebook is paused, for the notebooks that the rule matches."""

    namespace_selector: LabelSelector | None = Field(
        None, description="Labels of the namespace; all if left out."
    )
    options: Map[str, LabelSelector] = Field(
        {}, max_length=64, description="For a group's id: labels of its chosen value."
    )
    pause_after_seconds: Seconds | None = Field(
        None, description="Idle seconds until the pause; never if left out."
    )


class Home(Element):
    """Where a Notebook's home volume is mounted."""

    mount_path: str = Field(pattern="^/", max_length=4096, description="Absolute path in the main container.")


class TemplateSpec(Templated):
    """What a Template defines."""

    display: Display = Field(default_factory=Display, description="How it is shown to people.")
    deprecation: Deprecation | None = Field(None, description="That, and why, it should no longer be used.")
    template: PodTemplate = Field(description="The PodTemplateSpec that everything else is laid over.")
    main_container: DNSLabel | None = Field(
        None, description="Container of the notebook; `main` if there is one, else the first."
    )
    home: Home | None = Field(None, description="Where a Notebook's home volume is mounted.")
    ports: tuple[Port, ...] = Field(
        (), max_length=64, description="Endpoints of every notebook of this Template."
    )
    required: tuple[Reference, ...] = Field(
        (), max_length=128, description="PodDefaults that are always applied."
    )
    optional: tuple[Reference, ...] = Field(
        (), max_length=128, description="PodDefaults that a Notebook may name."
    )
    dependencies: tuple[Dependency, ...] = Field(
        (), max_length=128, description="Objects to copy to the Notebook's namespace."
    )
    options: tuple[OptionGroup, ...] = Field(
        (), max_length=64, description="Groups of choices, laid over in this order."
    )
    overrides: tuple[OverrideRule, ...] = Field(
        (), max_length=256, description="What a Notebook's overrides may change."
    )
    access: Access | None = Field(None, description="Who may use the Template; everyone if left out.")
    pod_security: PodSecurity | None = Field(
        None, description="Pod Security Standard that every pod must meet."
    )
    activity: tuple[ActivityRule, ...] = Field(
        (), max_length=128, description="Idle rules; the first that matches counts."
    )

    def group(self, id_: str) -> OptionGroup | None:
        """The option group with this id."""
        return next((group for group in self.options if group.id == id_), None)


class Template(Element):
    """The base of notebooks: a full pod template with options. It creates nothing by itself."""

    api_version: str
    kind: str
    metadata: ObjectMeta
    spec: TemplateSpec
    status: Json = None

    @property
    def conventions(self) -> Conventions:
        """What its dialect fixes."""
        return conventions_of(self.api_version, self.kind)

    @property
    def id(self) -> str:
        """Its identity among its kind: ``namespace/name``, or the name of one that belongs to the cluster."""
        return _joined(self.metadata.namespace, self.metadata.name)

    def id_of(self, name: str) -> str:
        """The identity of another one, which it names: ``namespace/name``, or a name beside its own."""
        return name if "/" in name else _joined(self.metadata.namespace, name)


def _joined(namespace: str, name: str) -> str:
    return f"{namespace}/{name}" if namespace else name
