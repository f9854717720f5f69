"""The parts of a WorkspaceKind that people choose from, and the rules about who may: options, activity, filters.

Refuses to know the kinds around them, and what a choice or a rule leads to.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictInt, model_validator

from nbcore.dialects.kubeflow_v2_core import Core, Entries, ListMap, violation, whole
from nbcore.dialects.kubeflow_v2_status import OptionId
from nbcore.model.element import Bool, Form, Map, PortNumber, Seconds, Shape
from nbcore.model.metadata import DNSSubdomain


def form(pattern: str, reason: str) -> Form:
    """The form that a pattern asks for, and the words for what has another one."""
    compiled = re.compile(pattern, re.ASCII)
    return Form(lambda text: None if compiled.fullmatch(text) else reason, f"^{pattern}$")


PortId = Annotated[
    str,
    Field(min_length=1, max_length=32),
    form(
        "[a-z0-9]([a-z0-9_-]*[a-z0-9])?",
        "must consist of lower case letters, digits, '-' and '_', and start and end with a letter or digit",
    ),
]
MountPath = Annotated[
    str,
    Field(min_length=2, max_length=4096),
    form("/[^/].*", "must be an absolute path below /, such as /home/jovyan, on one line"),
]
DisplayName = Annotated[str, Field(min_length=2, max_length=128)]
PortDisplayName = Annotated[str, Field(min_length=2, max_length=64)]
Selector = Annotated[dict[str, Any], Core("LabelSelector")]


class Labelled(Shape):
    """Labels and annotations of an object that the controller makes."""

    labels: Map[str, str] = Field({}, description="Labels.")
    annotations: Map[str, str] = Field({}, description="Annotations.")


# ---- options ----


class OptionsSpawner(Shape):
    """How a list of options is shown to people."""

    default: OptionId = Field(description="Id of the option that forms start with.")


class OptionLabel(Shape):
    """A label of an option, on which rules select."""

    key: Annotated[str, Field(min_length=2, max_length=64)] = Field(description="Key of the label.")
    value: Annotated[str, Field(min_length=1, max_length=64)] = Field(description="Value of the label.")


class OptionSpawner(Shape):
    """How an option is shown to people."""

    display_name: DisplayName = Field(description="Name shown to people.")
    description: str | None = Field(
        None, min_length=2, max_length=1024, description="A sentence or two shown to people."
    )
    labels: Annotated[tuple[OptionLabel, ...], Entries(most=32), ListMap("key")] = Field(
        (), description="Labels on which rules select."
    )
    hidden: Bool = Field(False, description="Not offered in forms.")


class RedirectMessage(Shape):
    """What people are told about a redirect."""

    level: Literal["Info", "Warning", "Danger"] = Field(description="Info, Warning or Danger.")
    text: str = Field(min_length=2, max_length=1024, description="The text shown to people.")


class OptionRedirect(Shape):
    """The option to use instead."""

    to: OptionId = Field(description="Id of the option to use instead.")
    message: RedirectMessage | None = Field(None, description="What people are told.")


class ImagePort(Shape):
    """A port that the image listens on."""

    id: PortId = Field(description="Id of a port of the kind.")
    port: PortNumber = Field(description="Port number in the container.")
    display_name: PortDisplayName | None = Field(None, description="Name shown to people.")


class ImageConfigSpec(Shape):
    """What an imageConfig option sets."""

    image: str = Field(min_length=2, description="Container image.")
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        "IfNotPresent", description="When to pull the image."
    )
    ports: Annotated[tuple[ImagePort, ...], Entries(1), ListMap("id")] = Field(
        description="Ports that the image listens on."
    )


class ImageConfigValue(Shape):
    """An imageConfig option."""

    id: OptionId = Field(description="Id of the option; any characters.")
    spawner: OptionSpawner = Field(description="How it is shown to people.")
    redirect: OptionRedirect | None = Field(None, description="The option to use instead.")
    spec: ImageConfigSpec = Field(description="What it sets.")


class ImageConfig(Shape):
    """The images that people choose from."""

    spawner: OptionsSpawner = Field(description="How the list is shown to people.")
    values: Annotated[tuple[ImageConfigValue, ...], Entries(1), ListMap("id")] = Field(
        description="The options."
    )


class PodConfigSpec(Shape):
    """What a podConfig option sets."""

    pod_metadata: Labelled | None = Field(None, description="Labels and annotations of the pod.")
    stateful_set_metadata: Labelled | None = Field(
        None, description="Labels and annotations of the StatefulSet."
    )
    affinity: Annotated[dict[str, Any], Core("Affinity")] | None = Field(
        None, description="Affinity of the pod."
    )
    node_selector: Map[str, str] = Field({}, description="Labels that the node must have.")
    tolerations: tuple[Annotated[dict[str, Any], Core("Toleration")], ...] = Field(
        (), description="Tolerations of the pod."
    )
    resources: Annotated[dict[str, Any], Core("ResourceRequirements")] | None = Field(
        None, description="Resources of the main container."
    )
    scheduler_name: DNSSubdomain | None = Field(
        None, description="Scheduler of the pod; goes before that of the pod template."
    )


class PodConfigValue(Shape):
    """A podConfig option."""

    id: OptionId = Field(description="Id of the option; any characters.")
    spawner: OptionSpawner = Field(description="How it is shown to people.")
    redirect: OptionRedirect | None = Field(None, description="The option to use instead.")
    spec: PodConfigSpec = Field(description="What it sets.")


class PodConfig(Shape):
    """The sizes and nodes that people choose from."""

    spawner: OptionsSpawner = Field(description="How the list is shown to people.")
    values: Annotated[tuple[PodConfigValue, ...], Entries(1), ListMap("id")] = Field(
        description="The options."
    )


class KindOptions(Shape):
    """What people choose."""

    image_config: ImageConfig = Field(description="The images.")
    pod_config: PodConfig = Field(description="The sizes and nodes.")


# ---- rules ----


IdleSeconds = Annotated[StrictInt, Field(ge=16, le=2**31 - 1), BeforeValidator(whole)]


class SelectorMatch(Shape):
    """Labels that must be there."""

    selector: Selector = Field(description="The label selector.")


class ActivityRuleConfig(Shape):
    """The times of an activity rule."""

    seconds_since_active: IdleSeconds = Field(description="Idle seconds until the effect.")
    min_running_seconds: Seconds = Field(0, description="Seconds that the Workspace must have run.")


class ActivityRuleMatch(Shape):
    """Which Workspaces an activity rule is for: the AND of the parts given."""

    match_namespace: SelectorMatch | None = Field(None, description="Labels of the namespace.")
    match_pod_config: SelectorMatch | None = Field(None, description="Labels of the podConfig option.")


class ActivityRuleEffect(Shape):
    """What an activity rule does."""

    pause_workspace: Bool | None = Field(None, description="Whether it pauses the Workspace.")

    @model_validator(mode="after")
    def _does_something(self) -> ActivityRuleEffect:
        if self.pause_workspace is None:
            raise violation("has no effect", "add pauseWorkspace")
        return self


class ActivityRule(Shape):
    """What happens to Workspaces that nobody uses."""

    config: ActivityRuleConfig = Field(description="The times.")
    match: ActivityRuleMatch | None = Field(None, description="Which Workspaces it is for; all if left out.")
    effect: ActivityRuleEffect = Field(description="What it does.")


class UIEffect(Shape):
    """What forms do with what matches."""

    hide: Bool = Field(description="Whether forms hide it.")


class DenyMessage(Shape):
    """Why something is denied."""

    text: str = Field(min_length=2, max_length=1024, description="The text shown to people.")


class APIEffect(Shape):
    """What the API does with what matches."""

    hide: Bool | None = Field(None, description="Leave it out of answers.")
    deny: Bool | None = Field(None, description="Refuse Workspaces that choose it.")
    deny_message: DenyMessage | None = Field(None, description="Why it is denied.")

    @model_validator(mode="after")
    def _message_with_deny(self) -> APIEffect:
        if self.deny_message is not None and not self.deny:
            raise violation(
                "denyMessage may only be set when deny is true", "set deny to true, or remove denyMessage"
            )
        return self


class FilterRuleEffect(Shape):
    """What a filter rule does."""

    ui: UIEffect | None = Field(None, description="What forms do.")
    api: APIEffect | None = Field(None, description="What the API does.")

    @model_validator(mode="after")
    def _does_something(self) -> FilterRuleEffect:
        if self.ui is None and self.api is None:
            raise violation("has no effect", "add ui or api")
        return self


class FilterRuleMatch(Shape):
    """One condition of a filter rule: labels of one thing."""

    match_namespace: SelectorMatch | None = Field(None, description="Labels of the namespace.")
    match_image_config: SelectorMatch | None = Field(None, description="Labels of the imageConfig option.")
    match_pod_config: SelectorMatch | None = Field(None, description="Labels of the podConfig option.")

    @model_validator(mode="after")
    def _one_thing(self) -> FilterRuleMatch:
        given = (self.match_namespace, self.match_image_config, self.match_pod_config)
        if sum(one is not None for one in given) != 1:
            raise violation(
                "has several conditions, or none",
                "give exactly one of matchNamespace, matchImageConfig and matchPodConfig",
            )
        return self


class FilterRule(Shape):
    """What a namespace may not see or use."""

    scope: Literal["WORKSPACE_KIND", "POD_CONFIG", "IMAGE_CONFIG"] = Field(description="What it filters.")
    effect: FilterRuleEffect = Field(description="What it does.")
    match: Annotated[tuple[FilterRuleMatch, ...], Entries(1)] = Field(
        description="Conditions that must all hold."
    )
