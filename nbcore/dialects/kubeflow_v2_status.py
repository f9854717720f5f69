"""The status of Kubeflow's kinds: what the controller observed, as the CRDs declare it.

On create and update the API server drops the status of such an object unread, but strict field validation
refuses unknown fields in it all the same. So the kinds keep it as plain JSON, of which only this is asked.

Refuses to know how a status comes about.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, get_args, get_origin

from pydantic import BeforeValidator, Field, StrictInt, WithJsonSchema
from pydantic_core import InitErrorDetails

from nbcore.dialects.kubeflow_v2_core import ListMap, whole
from nbcore.model.element import Bool, Shape, refuse, unknown
from nbcore.model.origin import Json

RawPath: TypeAlias = tuple[str | int, ...]
Int32 = Annotated[StrictInt, Field(ge=-(2**31), le=2**31 - 1), BeforeValidator(whole)]
Int64 = Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1), BeforeValidator(whole)]
OptionId = Annotated[str, Field(min_length=1, max_length=256)]

# ---- WorkspaceKind ----


class OptionMetric(Shape):
    """How many Workspaces use an option."""

    id: OptionId = Field(description="Id of the option.")
    workspaces: Int32 = Field(description="Number of Workspaces that use it now.")


class OptionMetrics(Shape):
    """How many Workspaces use each option."""

    image_config: Annotated[tuple[OptionMetric, ...], ListMap("id")] = Field(
        description="Use of each imageConfig option."
    )
    pod_config: Annotated[tuple[OptionMetric, ...], ListMap("id")] = Field(
        description="Use of each podConfig option."
    )


class ConfigMapStatus(Shape):
    """What went wrong with the ConfigMap of a picture."""

    error_type: Literal["NotFound", "KeyNotFound", "Other"] | None = Field(
        None, description="Cause of the error."
    )
    error_message: str | None = Field(None, description="The error, for people.")


class AssetStatus(Shape):
    """What is known of a picture."""

    sha256: str = Field("", description="SHA-256 of the picture.")
    config_map: ConfigMapStatus | None = Field(None, description="State of the ConfigMap that it comes from.")


class WorkspaceKindStatus(Shape):
    """What the controller observed of a WorkspaceKind."""

    workspaces: Int32 = Field(0, description="Number of Workspaces of this kind.")
    pod_template_options: OptionMetrics = Field(description="Use of the options.")
    spawner_icon: AssetStatus = Field(description="State of the icon.")
    spawner_logo: AssetStatus = Field(description="State of the logo.")


# ---- Workspace ----


class LastProbe(Shape):
    """The result of the newest activity probe."""

    start_time_ms: Int64 = Field(description="Start of the probe, in UNIX milliseconds.")
    end_time_ms: Int64 = Field(description="End of the probe, in UNIX milliseconds.")
    result: Literal["Success", "Failure", "Timeout"] = Field(description="How the probe ended.")
    message: str = Field("", description="How the probe ended, for people.")


class PauseEvaluation(Shape):
    """When the activity rules allow a pause."""

    eligible_after: Int64 = Field(description="Time after which a pause is allowed, in UNIX milliseconds.")


class RulesEvaluation(Shape):
    """What the activity rules say of this Workspace."""

    pause_workspace: PauseEvaluation | None = Field(None, description="About pausing it.")


class Activity(Shape):
    """When somebody last used the Workspace."""

    last_activity: Int64 = Field(0, description="Last activity, in UNIX milliseconds; 0 for none.")
    last_update: Int64 = Field(
        0, description="Last successful look at the activity, in UNIX milliseconds; 0 for none."
    )
    last_probe: LastProbe | None = Field(None, description="The newest probe.")
    rules: RulesEvaluation | None = Field(None, description="What the activity rules say.")


class RedirectStep(Shape):
    """One step of a chain of redirects."""

    source: OptionId = Field(description="Id of the option that redirects.")
    target: OptionId = Field(description="Id of the option that it redirects to.")


class OptionInfo(Shape):
    """What the redirects make of a chosen option."""

    desired: OptionId | None = Field(None, description="Id of the option at the end of the redirects.")
    redirect_chain: tuple[RedirectStep, ...] = Field((), description="The redirects, in order.")


class OptionsInfo(Shape):
    """What the redirects make of the chosen options."""

    image_config: OptionInfo = Field(description="About the imageConfig option.")
    pod_config: OptionInfo = Field(description="About the podConfig option.")


class ContainerInfo(Shape):
    """A container of the pod."""

    name: str = Field(description="Name of the container.")


class PodInfo(Shape):
    """The pod of a Workspace."""

    name: str = Field(description="Name of the pod; empty without one.")
    node_name: str = Field(description="Node that it runs on; empty without one.")
    service_account_name: str = Field("", description="ServiceAccount that it runs as.")
    containers: tuple[ContainerInfo, ...] = Field((), description="Its containers.")
    init_containers: tuple[ContainerInfo, ...] = Field((), description="Its init containers.")


State = Literal["Running", "Terminating", "Paused", "Pending", "Error", "Unknown"]


class WorkspaceStatus(Shape):
    """What the controller observed of a Workspace."""

    activity: Activity = Field(description="When somebody last used it.")
    last_running_time: Int64 = Field(
        0, description="When it last came to run, in UNIX milliseconds; 0 for never."
    )
    pause_time: Int64 = Field(0, description="When it was paused, in UNIX milliseconds; 0 if it is not.")
    pending_restart: Bool = Field(False, description="Whether a restart would change the pod.")
    pod_template_options: OptionsInfo = Field(description="What redirects make of the chosen options.")
    pod_template_pod: PodInfo = Field(description="Its pod.")
    state: State = Field("Unknown", description="State of the Workspace.")
    state_message: str = Field("", description="Why it is in this state, for people.")


# ---- unknown fields ----


class _List:
    """A list, by what its elements look like."""

    def __init__(self, elements: _Fields) -> None:
        self.elements = elements


_Fields: TypeAlias = "type[Shape] | _List | None"


def _shape(annotation: Any) -> _Fields:
    """What a value of that type looks like, as far as it has fields."""
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    below = get_args(annotation)
    if get_origin(annotation) is tuple:
        return _List(_shape(below[0]))
    shapes: Iterator[_Fields] = filter(None, map(_shape, below))
    return next(shapes, None)


@cache
def _fields(model: type[Shape]) -> dict[str, _Fields]:
    return {info.alias or name: _shape(info.annotation) for name, info in model.model_fields.items()}


def _unknown_fields(value: Json, shape: _Fields, path: RawPath) -> Iterator[InitErrorDetails]:
    """An error for each field that the schema does not have; what has the wrong type has no fields."""
    if isinstance(value, dict):
        fields = _fields(shape) if isinstance(shape, type) else {}
        for name, one in value.items():
            if name in fields:
                yield from _unknown_fields(one, fields[name], (*path, name))
            else:
                yield unknown(one, (*path, name), fields)
    elif isinstance(value, list):
        elements = shape.elements if isinstance(shape, _List) else None
        for at, one in enumerate(value):
            yield from _unknown_fields(one, elements, (*path, at))


def status_of(model: type[Shape]) -> Any:
    """The type of a status field: any JSON without fields that the model does not know."""

    def check(value: Json) -> Json:
        refuse(list(_unknown_fields(value, model, ())))
        return value

    return Annotated[Json, BeforeValidator(check), WithJsonSchema({"x-nbcore-type": model.__name__})]
