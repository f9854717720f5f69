"""The fields of a pod whose stored value depends on other fields: requests on limits, the pull policy on the image, …

Refuses to know admission that asks other objects: PriorityClass, RuntimeClass, LimitRange, and the ServiceAccount
beyond its default name and token.

Source: k8s.io/kubernetes/pkg/apis/core/v1 (defaults.go, conversion.go), pkg/registry/core/pod/strategy.go and
plugin/pkg/admission/defaulttolerationseconds, version 1.36.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nbcore.change.places import ABSENT, Place
from nbcore.change.states import Derive, State, elements, mapping
from nbcore.kubernetes.image import default_pull_policy
from nbcore.kubernetes.quantity import Quantity

APPARMOR: Final = "container.apparmor.security.beta.kubernetes.io/"
_TAINTS: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_POD_LEVEL: Final = frozenset({"cpu", "memory"})


def _nothing(owner: dict[str, Any], place: Place, state: State) -> Any:
    """Of what admission works out from a class, and refuses in any other form."""
    return ABSENT


def _pull_policy(owner: dict[str, Any], place: Place, state: State) -> Any:
    given, image = owner.get("imagePullPolicy"), owner.get("image")
    return given or default_pull_policy(image if isinstance(image, str) else "")


def _volume_pull_policy(owner: dict[str, Any], place: Place, state: State) -> Any:
    given, image = owner.get("pullPolicy"), owner.get("reference")
    return given or default_pull_policy(image if isinstance(image, str) else "")


def _host_port(owner: dict[str, Any], place: Place, state: State) -> Any:
    given = state.stored(owner.get("hostPort"), place)
    if given is ABSENT and state.spec.get("hostNetwork") is True:
        return state.stored(owner.get("containerPort"), place)
    return given


def _resources(owner: dict[str, Any], place: Place, state: State) -> Any:
    """Requests are the limits where nothing is requested."""
    given = owner.get("resources")
    limits = mapping(mapping(given).get("limits"))
    if limits and isinstance(given, dict):
        given = {**given, "requests": {**limits, **mapping(given.get("requests"))}}
    return state.stored(given, place)


def _service_account(owner: dict[str, Any], place: Place, state: State) -> Any:
    name = owner.get("serviceAccountName") or owner.get("serviceAccount")
    return ABSENT if not name or (state.pod and name == "default") else name


def _grace_period(owner: dict[str, Any], place: Place, state: State) -> Any:
    given = owner.get("terminationGracePeriodSeconds")
    return 1 if type(given) is int and given < 0 else state.stored(given, place)


def _service_links(owner: dict[str, Any], place: Place, state: State) -> Any:
    given = owner.get("enableServiceLinks")
    return ABSENT if given is None or given is True else given


def _tolerations(owner: dict[str, Any], place: Place, state: State) -> Any:
    """Two more, unless some cover the same."""
    given = state.stored(owner.get("tolerations"), place)
    listed: Any = [] if given is ABSENT else given
    if not isinstance(listed, list):
        return given
    missing = [taint for taint in _TAINTS if not any(_tolerates(one, taint) for one in elements(listed))]
    return [*listed, *map(_for_five_minutes, missing)]


def _tolerates(toleration: dict[str, Any], taint: str) -> bool:
    wanted = {"key": taint, "effect": "NoExecute"}
    return all(toleration.get(field, value) == value for field, value in wanted.items())


def _for_five_minutes(taint: str) -> dict[str, Any]:
    return {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}


def _selector(owner: dict[str, Any], place: Place, state: State) -> Any:
    """The pod's own labels under the keys that a term names become part of its selector."""
    given = state.stored(owner.get("labelSelector"), place)
    labels = mapping(state.metadata.get("labels"))
    added = list(_expressions(owner, labels)) if isinstance(given, dict) else []
    if not added:
        return given
    listed = elements(given.get("matchExpressions"))
    known = {_expression_key(one) for one in listed}
    return {**given, "matchExpressions": listed + [one for one in added if _expression_key(one) not in known]}


def _expressions(owner: dict[str, Any], labels: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for field, operator in (("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")):
        keys = owner.get(field)
        for key in keys if isinstance(keys, list) else ():
            if isinstance(key, str) and isinstance(labels.get(key), str):
                yield {"key": key, "operator": operator, "values": [labels[key]]}


def expressions_by_key(
    owner: dict[str, Any], labels: dict[str, Any]
) -> dict[str, frozenset[tuple[str, ...]]]:
    """What the selector of a term has about each label that the term names as a key, as it is stored."""
    listed = elements(mapping(owner.get("labelSelector")).get("matchExpressions"))
    every = [*listed, *_expressions(owner, labels)]
    fields = (owner.get(field) for field in ("matchLabelKeys", "mismatchLabelKeys"))
    named = {key for keys in fields if isinstance(keys, list) for key in keys if isinstance(key, str)}
    return {key: frozenset(_expression_key(one) for one in every if one.get("key") == key) for key in named}


def _expression_key(expression: dict[str, Any]) -> tuple[str, ...]:
    values: Any = expression.get("values")
    listed: list[Any] = values if isinstance(values, list) else []
    parts = [expression.get("key"), expression.get("operator"), *listed]
    return tuple([part if isinstance(part, str) else "" for part in parts])


def _security(owner: dict[str, Any], place: Place, state: State) -> Any:
    """The profile of an old AppArmor annotation."""
    given = state.stored(owner.get("securityContext"), place)
    name = owner.get("name")
    annotations = mapping(state.metadata.get("annotations"))
    profile = _apparmor(annotations.get(f"{APPARMOR}{name}")) if isinstance(name, str) else {}
    fields = {} if given is ABSENT else given
    if not profile or not isinstance(fields, dict) or "appArmorProfile" in fields or state.windows:
        return given
    above = mapping(mapping(state.spec.get("securityContext")).get("appArmorProfile"))
    return given if above == profile else {**fields, "appArmorProfile": profile}


def _apparmor(annotation: Any) -> dict[str, str]:
    if annotation == "runtime/default":
        return {"type": "RuntimeDefault"}
    if annotation == "unconfined":
        return {"type": "Unconfined"}
    if isinstance(annotation, str) and annotation.startswith("localhost/") and annotation != "localhost/":
        return {"type": "Localhost", "localhostProfile": annotation.removeprefix("localhost/")}
    return {}


def _pod_resources(owner: dict[str, Any], place: Place, state: State) -> Any:
    """Pod-level hugepages limits and requests that are not given come from the containers."""
    given = state.stored(owner.get("resources"), place)
    limits = dict(mapping(mapping(given).get("limits")))
    requests = dict(mapping(mapping(given).get("requests")))
    if not (limits or requests):
        return given
    for name, amount in aggregate(state, "limits").items():
        if name.startswith("hugepages-") and name not in requests:
            limits.setdefault(name, amount)
    if limits:
        for name, amount in aggregate(state, "requests").items():
            if name in _POD_LEVEL:
                requests.setdefault(name, amount)
        for name, amount in limits.items():
            if name in _POD_LEVEL or name.startswith("hugepages-"):
                requests.setdefault(name, amount)
    more = {"limits": limits, "requests": requests}
    return {**given, **{side: amounts for side, amounts in more.items() if amounts}}


def aggregate(state: State, side: str) -> dict[str, Quantity]:
    """What all containers of a pod ask for at once, as the scheduler counts init containers and sidecars."""
    total: dict[str, Quantity] = {}
    sidecars: dict[str, Quantity] = {}
    most: dict[str, Quantity] = {}
    for container in state.containers("containers"):
        _add(total, amounts(state.resources(container), side))
    for container in state.containers("initContainers"):
        asked = amounts(state.resources(container, "initContainers"), side)
        if container.get("restartPolicy") == "Always":
            _add(total, asked)
            _add(sidecars, asked)
            asked = {}
        at_once = dict(sidecars)
        _add(at_once, asked)
        for name, amount in at_once.items():
            most[name] = max(most.get(name, amount), amount)
    return {name: max(values) for name in {**total, **most} if (values := _of(name, total, most))}


def amounts(resources: dict[str, Any], side: str) -> dict[str, Quantity]:
    """The amounts of one side of stored resources, as far as they are any."""
    return {name: one for name, one in mapping(resources.get(side)).items() if isinstance(one, Quantity)}


def _add(total: dict[str, Quantity], more: Mapping[str, Quantity]) -> None:
    for name, amount in more.items():
        total[name] = total[name] + amount if name in total else amount


def _of(name: str, *maps: Mapping[str, Quantity]) -> list[Quantity]:
    return [one[name] for one in maps if name in one]


def _empty_dir(owner: dict[str, Any], place: Place, state: State) -> Any:
    """A volume without any source is an empty folder."""
    given = owner.get("emptyDir")
    if given is None:
        sources = (one for name, one in owner.items() if name not in ("name", "emptyDir"))
        return ABSENT if any(one is not None for one in sources) else {}
    return state.stored(given, place)


TEMPLATE: Final[Mapping[str, Mapping[str, Derive]]] = {
    "Container": {"imagePullPolicy": _pull_policy},
    "EphemeralContainer": {"imagePullPolicy": _pull_policy},
    "ImageVolumeSource": {"pullPolicy": _volume_pull_policy},
    "PodSpec": {"serviceAccountName": _service_account, "serviceAccount": _service_account},
    "Volume": {"emptyDir": _empty_dir},
}
"""By type: the fields whose stored value depends on others, in a template and in a pod."""

POD: Final[Mapping[str, Mapping[str, Derive]]] = {
    **TEMPLATE,
    "Container": {**TEMPLATE["Container"], "resources": _resources, "securityContext": _security},
    "ContainerPort": {"hostPort": _host_port},
    "PodAffinityTerm": {"labelSelector": _selector},
    "TopologySpreadConstraint": {"labelSelector": _selector},
    "PodSpec": {
        **TEMPLATE["PodSpec"],
        "enableServiceLinks": _service_links,
        "overhead": _nothing,
        "preemptionPolicy": _nothing,
        "priority": _nothing,
        "resources": _pod_resources,
        "terminationGracePeriodSeconds": _grace_period,
        "tolerations": _tolerations,
    },
}
"""The same for pods, with what is done to them alone."""

TEMPLATE_FIELDS: Final = frozenset(field for fields in TEMPLATE.values() for field in fields)
POD_FIELDS: Final = frozenset(field for fields in POD.values() for field in fields)
"""The names of all those fields."""
