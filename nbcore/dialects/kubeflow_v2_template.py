"""A WorkspaceKind as a Template: its pod template, its two option groups, and what it says beyond.

Refuses to know form, which is right already, and how pods are made.
Source: reference behaviour of Kubeflow Notebooks 2.0, sections 1.2 to 1.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar

from nbcore.dialects import kubeflow_v2_kinds as kinds
from nbcore.dialects import kubeflow_v2_options as choices
from nbcore.dialects.kubeflow_v2_notebook import placed_metadata
from nbcore.dialects.kubeflow_v2_places import (
    GROUP_PLACES,
    MAIN,
    PORT_PLACES,
    TEMPLATE_PLACES,
    VALUE_PLACES,
)
from nbcore.kubernetes.selector import Selector
from nbcore.model.activity import ActivityProbe, PauseRule
from nbcore.model.filter_rule import Condition, FilterRule
from nbcore.model.notebook import Metadata
from nbcore.model.origin import Below, Origin, RawPath
from nbcore.model.template import (
    ActivityRule,
    ConfigMapKey,
    Deprecation,
    Display,
    Home,
    Image,
    Message,
    OptionDisplay,
    OptionGroup,
    OptionValue,
    Port,
    Redirect,
    RequestHeaders,
    Template,
)
from nbcore.model.workspace_kind import IMAGE, POD, WorkspaceKindSpec


def _given(**fields: Any) -> dict[str, Any]:
    """The fields that say something; an empty map or list says nothing."""
    return {name: value for name, value in fields.items() if value not in (None, {}, [], (), "")}


def _present(**fields: Any) -> dict[str, Any]:
    """The fields that stand there; upstream copies an empty object, and the API server judges it."""
    return {name: value for name, value in fields.items() if value is not None}


Places: TypeAlias = Mapping[RawPath, RawPath]
Place: TypeAlias = Origin | Below
_Given = TypeVar("_Given")


_NOWHERE_ELSE: Places = {}


def _at(above: Place, *steps: str | int, places: Places = _NOWHERE_ELSE) -> Below:
    """The place of some steps below a part, which have the kind's own spelling."""
    return Below(above, steps, places)


def _each(given: Sequence[_Given], above: Place) -> Iterator[tuple[_Given, Below]]:
    return ((one, Below(above, (at,))) for at, one in enumerate(given))


def template_of(kind: kinds.WorkspaceKind, at: Origin) -> Template:
    """The Template that a WorkspaceKind is."""
    origin = Origin(at.source, at.pointer, at.document, at.value, TEMPLATE_PLACES, at.pointer)
    given, pod = kind.spec, kind.spec.pod_template
    pods = _at(at, "spec", "podTemplate")
    options = _at(pods, "options")
    spec = WorkspaceKindSpec.made(
        origin / "spec",
        display=_display(given.spawner, origin / "spec" / "display"),
        deprecation=_deprecation(given.spawner, origin / "spec" / "deprecation"),
        template=_base(pod),
        main_container="main",
        home=Home.made(origin / "spec" / "home", mount_path=pod.volume_mounts.home),
        ports=tuple(_port(one, place) for one, place in _each(pod.ports, _at(pods, "ports"))),
        options=(
            _group(IMAGE, pod.options.image_config, _at(options, IMAGE), _image),
            _group(POD, pod.options.pod_config, _at(options, POD), _size),
        ),
        filters=tuple(
            _filter(one, place) for one, place in _each(given.filter_rules, _at(at, "spec", "filterRules"))
        ),
        **_activity(given.activity_rules, _at(at, "spec", "activityRules")),
        activity_probe=_probe(pod.activity_probe, _at(pods, "activityProbe")),
        cluster_roles=tuple(one.name for one in pod.service_account.cluster_roles)
        if pod.service_account is not None
        else (),
        stateful_set=_labelled(pod.stateful_set_metadata, _at(pods, "statefulSetMetadata")),
        stateful_set_of=_labelled_sizes(pod.options.pod_config.values, _at(options, POD, "values")),
    )
    return Template.made(
        origin,
        api_version=kind.api_version,
        kind=kind.kind,
        metadata=placed_metadata(kind.metadata, at),
        spec=spec,
        status=at.value.get("status"),
    )


# ---- the pod ----


def _base(pod: kinds.KindPodTemplate) -> dict[str, Any]:
    """The part of every pod of the kind."""
    probes = pod.probes
    container = {
        **_present(
            startupProbe=probes and probes.startup_probe,
            livenessProbe=probes and probes.liveness_probe,
            readinessProbe=probes and probes.readiness_probe,
            securityContext=pod.container_security_context,
        ),
        **_given(env=list(pod.extra_env), volumeMounts=list(pod.extra_volume_mounts)),
    }
    spec = {
        **_present(securityContext=pod.security_context),
        **_given(schedulerName=pod.scheduler_name, volumes=list(pod.extra_volumes)),
    }
    tree = {"spec": {**spec, "containers": [{"name": "main", **container}]}}
    return {**_given(metadata=_metadata(pod.pod_metadata)), **tree}


def _metadata(given: choices.Labelled | None) -> dict[str, Any]:
    return {} if given is None else _given(labels=given.labels, annotations=given.annotations)


def _labelled(given: choices.Labelled | None, origin: Place) -> Metadata:
    if given is None:
        return Metadata.made(origin)
    return Metadata.made(origin, labels=given.labels, annotations=given.annotations)


def _labelled_sizes(values: Sequence[choices.PodConfigValue], origin: Place) -> dict[str, Metadata]:
    """The metadata of StatefulSets by the id of the pod config that has some."""
    return {
        one.id: _labelled(one.spec.stateful_set_metadata, _at(place, "spec", "statefulSetMetadata"))
        for one, place in _each(values, origin)
        if one.spec.stateful_set_metadata is not None
    }


# ---- options ----


def _group(
    id_: str,
    given: choices.ImageConfig | choices.PodConfig,
    origin: Place,
    value: Callable[[Any, Below], OptionValue],
) -> OptionGroup:
    return OptionGroup.made(
        _at(origin, places=GROUP_PLACES),
        id=id_,
        default=given.spawner.default,
        values=tuple(value(one, place) for one, place in _each(given.values, _at(origin, "values"))),
    )


def _image(given: choices.ImageConfigValue, origin: Place) -> OptionValue:
    """An image as an option value: the image itself, and its ports."""
    spec = given.spec
    ports = [{"name": f"http-{one.port}", "containerPort": one.port, "protocol": "TCP"} for one in spec.ports]
    container = {
        "name": "main",
        "image": spec.image,
        "imagePullPolicy": spec.image_pull_policy or "IfNotPresent",
        "ports": ports,
    }
    endpoints = tuple(
        Port.made(place, id=one.id, port=one.port, display_name=one.display_name)
        for one, place in _each(spec.ports, _at(origin, "spec", "ports"))
    )
    tree = {"spec": {"containers": [container]}}
    return _value(given, origin, image_places(len(ports)), tree, ports=endpoints)


@cache
def image_places(ports: int) -> Places:
    """Where the parts of an image with so many ports stand: they name the container's ports."""
    root = ("template", *MAIN, "ports")
    return {
        **VALUE_PLACES,
        **{
            (*root, at, field): ("spec", "ports", at, "port")
            for at in range(ports)
            for field in ("name", "containerPort")
        },
    }


def _size(given: choices.PodConfigValue, origin: Place) -> OptionValue:
    """A pod config as an option value: where the pod may run, and what it may use."""
    spec = given.spec
    where = _given(
        affinity=spec.affinity,
        nodeSelector=spec.node_selector,
        tolerations=list(spec.tolerations),
        schedulerName=spec.scheduler_name,
    )
    tree = {"spec": {**where, "containers": [{"name": "main", "resources": spec.resources or {}}]}}
    metadata = _given(metadata=_metadata(spec.pod_metadata))
    return _value(given, origin, VALUE_PLACES, {**metadata, **tree})


def _value(
    given: choices.ImageConfigValue | choices.PodConfigValue,
    origin: Place,
    places: Places,
    tree: dict[str, Any],
    **more: Any,
) -> OptionValue:
    spawner, redirect = given.spawner, given.redirect
    display = OptionDisplay.made(
        _at(origin, "spawner"),
        name=spawner.display_name,
        description=spawner.description,
        labels={one.key: one.value for one in spawner.labels},
        hidden=spawner.hidden,
    )
    return OptionValue.made(
        _at(origin, places=places),
        id=given.id,
        display=display,
        redirect=None if redirect is None else _redirect(redirect, _at(origin, "redirect")),
        template=tree,
        **more,
    )


def _redirect(given: choices.OptionRedirect, origin: Place) -> Redirect:
    said = given.message
    message = None if said is None else Message.made(_at(origin, "message"), level=said.level, text=said.text)
    return Redirect.made(origin, to=given.to, message=message)


def _port(given: kinds.KindPort, origin: Place) -> Port:
    """An endpoint of the kind, without a number: the images give it one."""
    proxy = given.http_proxy
    headers = proxy.request_headers if proxy is not None else None
    return Port.made(
        _at(origin, places=PORT_PLACES),
        id=given.id,
        protocol=given.protocol,
        display_name=given.default_display_name,
        strip_prefix=proxy.remove_path_prefix if proxy is not None else None,
        request_headers=None
        if headers is None
        else RequestHeaders.made(
            _at(origin, "httpProxy", "requestHeaders"),
            set=headers.set,
            add=headers.add,
            remove=headers.remove,
        ),
    )


# ---- how it is shown ----


def _display(spawner: kinds.Spawner, origin: Place) -> Display:
    return Display.made(
        origin,
        name=spawner.display_name,
        description=spawner.description,
        hidden=spawner.hidden,
        icon=_asset(spawner.icon, _at(origin, "icon")),
        logo=_asset(spawner.logo, _at(origin, "logo")),
    )


def _asset(given: kinds.Asset, origin: Place) -> Image:
    source = given.config_map
    place = _at(origin, "configMap")
    key = None if source is None else ConfigMapKey.made(place, name=source.name, key=source.key)
    return Image.made(origin, url=given.url, config_map=key)


def _deprecation(spawner: kinds.Spawner, origin: Place) -> Deprecation | None:
    if not spawner.deprecated:
        return None
    return Deprecation.made(origin, message=spawner.deprecation_message or "its admin gives no reason")


# ---- rules ----

_RULE_PLACES: Places = {
    ("namespaceSelector",): ("match", "matchNamespace", "selector"),
    ("options",): ("match",),
    ("options", POD): ("match", "matchPodConfig", "selector"),
    ("pauseAfterSeconds",): ("config", "secondsSinceActive"),
}


def _activity(given: Sequence[choices.ActivityRule], origin: Place) -> dict[str, Any]:
    """The activity rules as they are, and those that say something about pausing as a Template has them."""
    rules = [_pause_rule(one, place) for one, place in _each(given, origin)]
    return {"pause_rules": tuple(rules), "activity": tuple(map(_native, filter(_is_native, rules)))}


def _is_native(rule: PauseRule) -> bool:
    return rule.pause is not None and all(map(_is_sound, (rule.namespace_selector, rule.pod_config_selector)))


def _native(rule: PauseRule) -> ActivityRule:
    return ActivityRule.made(
        _at(rule.origin, places=_RULE_PLACES),
        namespace_selector=rule.namespace_selector,
        options={} if rule.pod_config_selector is None else {POD: rule.pod_config_selector},
        pause_after_seconds=rule.seconds_since_active if rule.pause else None,
    )


def _is_sound(selector: Any) -> bool:
    return selector is None or not Selector.parse(selector)[1]


def _selector(match: choices.SelectorMatch | None) -> Any:
    return None if match is None else match.selector


def _pause_rule(given: choices.ActivityRule, origin: Place) -> PauseRule:
    match = given.match
    return PauseRule.made(
        origin,
        namespace_selector=_selector(match.match_namespace) if match is not None else None,
        pod_config_selector=_selector(match.match_pod_config) if match is not None else None,
        seconds_since_active=given.config.seconds_since_active,
        min_running_seconds=given.config.min_running_seconds,
        pause=given.effect.pause_workspace,
    )


def _filter(given: choices.FilterRule, origin: Place) -> FilterRule:
    ui, api = given.effect.ui, given.effect.api
    message = api.deny_message if api is not None else None
    return FilterRule.made(
        origin,
        scope=given.scope,
        match=tuple(_conditions(given.match, _at(origin, "match"))),
        hide=bool(ui is not None and ui.hide),
        omit=bool(api is not None and api.hide),
        deny=bool(api is not None and api.deny),
        deny_message=message.text if message is not None else None,
    )


def _conditions(given: Sequence[choices.FilterRuleMatch], origin: Place) -> Iterator[Condition]:
    for one, place in _each(given, origin):
        for about, match in (
            ("namespace", one.match_namespace),
            (IMAGE, one.match_image_config),
            (POD, one.match_pod_config),
        ):
            if match is not None:
                yield Condition.made(place, about=about, selector=match.selector)


def _probe(given: kinds.ActivityProbe | None, origin: Place) -> ActivityProbe | None:
    if given is None:
        return None
    script, jupyter = given.pod_exec, given.jupyter
    return ActivityProbe.made(
        origin,
        probe_interval_seconds=given.probe_interval_seconds,
        min_probe_interval_seconds=given.min_probe_interval_seconds,
        script=script.script if script is not None else None,
        timeout_seconds=script.timeout_seconds if script is not None else 60,
        jupyter_port=jupyter.port_id if jupyter is not None else None,
    )
