"""NB43x and NB45x: the containers of a pod, case by case; each refusal with the nearest thing that passes."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.checks.fault import Fault
from nbcore.checks.semantics import containers

Json = dict[str, Any]
MAIN: Json = {"name": "main", "image": "i"}


def faults(spec: Json) -> list[Fault]:
    return list(containers.check({"metadata": {}, "spec": spec}))


def found(spec: Json) -> set[tuple[str, str]]:
    return {(fault.code, ".".join(map(str, fault.path[1:]))) for fault in faults(spec)}


def of_container(**fields: Any) -> set[tuple[str, str]]:
    """What is found in the only container, at places below it."""
    spec = {"containers": [{**MAIN, **fields}]}
    return {(code, path.removeprefix("containers.0.")) for code, path in found(spec)}


# ---- names and images ----


@pytest.mark.parametrize("name", ["", "A", "a.b", "a_b", "-a", "a" * 64, "a\n", "é"])
def test_a_name_is_a_dns_label(name: str) -> None:
    assert of_container(name=name) == {("NB430", "name")}


@pytest.mark.parametrize("name", ["a", "1a", "a-b", "a" * 63])
def test_a_dns_label_is_a_name(name: str) -> None:
    assert of_container(name=name) == set()


def test_a_container_without_name_and_image_is_told_both() -> None:
    assert found({"containers": [{}]}) == {("NB430", "containers.0.name"), ("NB432", "containers.0.image")}


def test_names_are_unique_over_all_lists() -> None:
    spec = {
        "initContainers": [MAIN],
        "containers": [MAIN, MAIN],
        "ephemeralContainers": [{**MAIN, "name": "other"}, MAIN],
    }
    assert found(spec) == {
        ("NB431", "containers.1.name"),
        ("NB431", "initContainers.0.name"),
        ("NB431", "ephemeralContainers.1.name"),
    }
    assert all(fault.related == (("spec", "containers", 0, "name"),) for fault in faults(spec))


def test_containers_without_names_are_no_namesakes() -> None:
    spec = {"containers": [{"image": "i"}, {"image": "i"}]}
    assert found(spec) == {("NB430", "containers.0.name"), ("NB430", "containers.1.name")}


@pytest.mark.parametrize("image", ["", " i", "i\n", "i\u00a0", "\u2003i"])
def test_an_image_is_missing_or_padded(image: str) -> None:
    assert of_container(image=image) == {("NB432", "image")}


@pytest.mark.parametrize("image", ["a b", "i:", "UPPER", "\x1ci", "i@sha256:0"])
def test_any_other_text_is_an_image_to_the_server(image: str) -> None:
    assert of_container(image=image) == set()


@pytest.mark.parametrize("spec", [{}, {"containers": []}, {"initContainers": [{**MAIN, "name": "init"}]}])
def test_a_pod_needs_a_container(spec: Json) -> None:
    assert found(spec) == {("NB434", "containers")}


def test_a_pod_without_spec_needs_a_container() -> None:
    assert [fault.code for fault in containers.check({})] == ["NB434"]


def test_a_target_is_a_container_that_stays() -> None:
    def targeted(target: str) -> set[tuple[str, str]]:
        debug = {"name": "debug", "image": "i", "targetContainerName": target}
        init = {"name": "init", "image": "i"}
        return found({"containers": [MAIN], "initContainers": [init], "ephemeralContainers": [debug]})

    place = {("NB451", "ephemeralContainers.0.targetContainerName")}
    assert [targeted(name) for name in ("main", "init", "")] == [set()] * 3
    assert [targeted(name) for name in ("debug", "gone")] == [place] * 2


# ---- choices ----


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("imagePullPolicy", ("Always", "IfNotPresent", "Never", ""), ("always", "X")),
        ("terminationMessagePolicy", ("File", "FallbackToLogsOnError", ""), ("file",)),
        ("restartPolicy", ("Always", "Never", "OnFailure"), ("always", "")),
    ],
)
def test_a_field_knows_its_choices(field: str, good: tuple[str, ...], bad: tuple[str, ...]) -> None:
    for value in good:
        assert of_container(**{field: value}) == set()
    for value in bad:
        assert of_container(**{field: value}) == {("NB433", field)}


def test_a_near_choice_is_proposed() -> None:
    (fault,) = faults({"containers": [{**MAIN, "imagePullPolicy": "ifnotpresent"}]})
    assert fault.remedy == "Did you mean IfNotPresent?"


# ---- ports ----


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ({"containerPort": 8888}, set()),
        ({"containerPort": 65535, "name": "a" * 15, "protocol": "SCTP", "hostPort": 1}, set()),
        ({"containerPort": 1, "name": "", "protocol": "", "hostPort": 0, "hostIP": "anything"}, set()),
        ({}, {("NB435", "containerPort")}),
        ({"containerPort": 0}, {("NB435", "containerPort")}),
        ({"containerPort": 65536}, {("NB435", "containerPort")}),
        ({"containerPort": -1}, {("NB435", "containerPort")}),
        ({"containerPort": 1, "hostPort": 65536}, {("NB435", "hostPort")}),
        ({"containerPort": 1, "name": "8888"}, {("NB436", "name")}),
        ({"containerPort": 1, "name": "a" * 16}, {("NB436", "name")}),
        ({"containerPort": 1, "name": "a--b"}, {("NB436", "name")}),
        ({"containerPort": 1, "name": "Http"}, {("NB436", "name")}),
        ({"containerPort": 1, "protocol": "tcp"}, {("NB433", "protocol")}),
    ],
)
def test_a_port(port: Json, expected: set[tuple[str, str]]) -> None:
    assert of_container(ports=[port]) == {(code, f"ports.0.{field}") for code, field in expected}


def test_names_of_ports_are_unique_in_a_container() -> None:
    ports = [{"containerPort": 1, "name": "web"}, {"containerPort": 1, "name": "web"}, {"containerPort": 1}]
    assert of_container(ports=ports) == {("NB436", "ports.1.name")}
    pair = [{"name": name, "image": "i", "ports": ports[:1]} for name in "ab"]
    assert found({"containers": pair}) == set()


def with_ports(name: str, *ports: Json) -> Json:
    return {"name": name, "image": "i", "ports": list(ports)}


def test_a_port_of_the_host_is_taken_once() -> None:
    one = {"containerPort": 1, "hostPort": 80}
    others = ({**one, "protocol": "UDP"}, {**one, "hostIP": "10.0.0.1"}, {**one, "hostPort": 81})
    clash = {("NB437", "containers.1.ports.0.hostPort")}
    assert found({"containers": [with_ports("a", one), with_ports("b", {**one, "protocol": "TCP"})]}) == clash
    assert found({"containers": [with_ports("a", one), with_ports("b", *others)]}) == set()


def test_init_containers_take_ports_of_the_host_in_turn() -> None:
    one = {"containerPort": 1, "hostPort": 80}
    assert found({"containers": [with_ports("a", one)], "initContainers": [with_ports("b", one)]}) == set()
    twice = {"containers": [MAIN], "initContainers": [MAIN | {"name": "b"}, with_ports("c", one, one)]}
    assert found(twice) == {("NB437", "initContainers.1.ports.1.hostPort")}


def test_on_the_network_of_the_host_a_port_is_its_own() -> None:
    port = {"containerPort": 80, "hostPort": 81}
    spec = {"hostNetwork": True, "containers": [with_ports("a", port)]}
    assert found(spec) == {("NB438", "containers.0.ports.0.hostPort")}
    assert found({**spec, "hostNetwork": False}) == set()
    assert found({"hostNetwork": True, "containers": [with_ports("a", {**port, "hostPort": 80})]}) == set()
    assert found({"hostNetwork": True, "containers": [with_ports("a", {**port, "hostPort": 0})]}) == set()
    assert found({**spec, "containers": [MAIN], "initContainers": [with_ports("a", port)]}) == set()


def test_on_the_network_of_the_host_ports_of_containers_clash() -> None:
    pair = [with_ports(name, {"containerPort": 80}) for name in "ab"]
    assert found({"hostNetwork": True, "containers": pair}) == {("NB437", "containers.1.ports.0.hostPort")}
    assert found({"containers": pair}) == set()


# ---- kinds of containers ----

PROBE: Json = {"exec": {"command": ["true"]}}
RUNNING = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")


@pytest.mark.parametrize("field", RUNNING)
def test_only_a_sidecar_may_have_probes_and_hooks(field: str) -> None:
    value = {"preStop": PROBE} if field == "lifecycle" else PROBE
    init = {"name": "init", "image": "i", field: value}
    refused = {("NB450", f"initContainers.0.{field}")}
    for policy, expected in (("Always", set()), ("Never", refused), ("OnFailure", refused)):
        spec = {"containers": [MAIN], "initContainers": [{**init, "restartPolicy": policy}]}
        assert found(spec) == expected
    assert found({"containers": [MAIN], "initContainers": [init]}) == refused
    assert of_container(**{field: value}) == set()


def test_the_probe_of_a_sidecar_is_looked_into() -> None:
    sidecar = {"name": "s", "image": "i", "restartPolicy": "Always", "livenessProbe": {}}
    spec = {"containers": [MAIN], "initContainers": [sidecar]}
    assert found(spec) == {("NB446", "initContainers.0.livenessProbe")}


def test_a_stop_signal_alone_is_dropped_with_its_lifecycle() -> None:
    def init(lifecycle: Json) -> set[tuple[str, str]]:
        return found(
            {"containers": [MAIN], "initContainers": [{"name": "a", "image": "i", "lifecycle": lifecycle}]}
        )

    assert init({"stopSignal": "SIGTERM"}) == set()
    assert init({}) == {("NB450", "initContainers.0.lifecycle")}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ports", [{"containerPort": 1}]),
        ("resources", {"limits": {"cpu": "1"}}),
        ("livenessProbe", PROBE),
        ("lifecycle", {"preStop": PROBE}),
        ("restartPolicy", "Always"),
        ("resizePolicy", [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]),
    ],
)
def test_an_ephemeral_container_may_not_have(field: str, value: Any) -> None:
    debug = {"name": "debug", "image": "i", "command": ["sh"], "tty": True}
    spec = {"containers": [MAIN], "ephemeralContainers": [debug]}
    assert found(spec) == set()
    debug[field] = value
    assert found(spec) == {("NB450", f"ephemeralContainers.0.{field}")}


# ---- restarts and resizes ----

RULE: Json = {"action": "Restart", "exitCodes": {"operator": "In", "values": [42]}}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"restartPolicy": "Never", "restartPolicyRules": [RULE] * 20}, set()),
        (
            {"restartPolicy": "Always", "restartPolicyRules": [{**RULE, "action": "RestartAllContainers"}]},
            set(),
        ),
        ({"restartPolicyRules": []}, set()),
        ({"restartPolicyRules": [RULE]}, {("NB452", "restartPolicy")}),
        ({"restartPolicy": "Never", "restartPolicyRules": [RULE] * 21}, {("NB452", "restartPolicyRules")}),
    ],
)
def test_restart_rules(fields: Json, expected: set[tuple[str, str]]) -> None:
    assert of_container(**fields) == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"action": "Restart", "exitCodes": {"operator": "NotIn", "values": [1] * 255}}, set()),
        ({"action": "Restart", "exitCodes": {"operator": "In"}}, set()),
        (
            {"action": "Restart", "exitCodes": {"operator": "In", "values": [1] * 256}},
            {("NB452", "exitCodes.values")},
        ),
        ({"action": "Restart"}, {("NB452", "exitCodes")}),
        ({"exitCodes": {"operator": "In"}}, {("NB433", "action")}),
        ({"action": "restart", "exitCodes": {"operator": "In"}}, {("NB433", "action")}),
        ({"action": "Restart", "exitCodes": {}}, {("NB433", "exitCodes.operator")}),
    ],
)
def test_a_restart_rule(rule: Json, expected: set[tuple[str, str]]) -> None:
    answer = of_container(restartPolicy="Never", restartPolicyRules=[rule])
    assert answer == {(code, f"restartPolicyRules.0.{field}") for code, field in expected}


@pytest.mark.parametrize(
    ("resource", "policy", "expected"),
    [
        ("cpu", "NotRequired", set()),
        ("memory", "RestartContainer", set()),
        ("", "NotRequired", {("NB453", "resourceName")}),
        ("nvidia.com/gpu", "NotRequired", {("NB453", "resourceName")}),
        ("cpu", "", {("NB453", "restartPolicy")}),
        ("cpu", "Restart", {("NB453", "restartPolicy")}),
    ],
)
def test_a_resize_policy(resource: str, policy: str, expected: set[tuple[str, str]]) -> None:
    answer = of_container(resizePolicy=[{"resourceName": resource, "restartPolicy": policy}])
    assert answer == {(code, f"resizePolicy.0.{field}") for code, field in expected}


def test_a_resource_has_one_resize_policy() -> None:
    cpu = {"resourceName": "cpu", "restartPolicy": "NotRequired"}
    assert of_container(resizePolicy=[cpu, cpu]) == {("NB453", "resizePolicy.1")}
    assert of_container(resizePolicy=[cpu, {**cpu, "resourceName": "memory"}]) == set()


def test_who_never_restarts_is_not_resized_by_a_restart() -> None:
    policy = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]
    spec = {"containers": [{**MAIN, "resizePolicy": policy}]}
    place = {("NB453", "containers.0.resizePolicy.0.restartPolicy")}
    assert found({**spec, "restartPolicy": "Never"}) == place
    assert found({**spec, "restartPolicy": "OnFailure"}) == set()
    init = {"name": "init", "image": "i", "resizePolicy": policy}
    place = {("NB453", "initContainers.0.resizePolicy.0.restartPolicy")}
    assert found({"containers": [MAIN], "initContainers": [init]}) == place
    sidecar = {**init, "restartPolicy": "Always"}
    assert found({"containers": [MAIN], "initContainers": [sidecar]}) == set()


# ---- burden ----


def test_many_containers_cost_no_more_each() -> None:
    port = {"containerPort": 1, "hostPort": 80, "name": "web"}
    many = [{"name": f"c{index}", "image": "i", "ports": [port]} for index in range(3000)]
    assert len(faults({"containers": many})) == 2999


# ---- fixes ----


def fixed(spec: Json) -> Any:
    """The value that the fix of the only fault puts at its place."""
    (fault,) = faults(spec)
    assert fault.fix is not None
    return fault.fix.action, fault.fix.path.indexed[1:], fault.fix.value, fault.fix.safe


def test_a_fix_is_safe_where_only_one_thing_can_be_meant() -> None:
    padded = {"containers": [{**MAIN, "image": " i "}]}
    assert fixed(padded) == ("replace", ("containers", 0, "image"), "i", True)
    probe = {"containers": [{**MAIN, "livenessProbe": {"tcpSocket": {"port": "80"}}}]}
    place = ("containers", 0, "livenessProbe", "tcpSocket", "port")
    assert fixed(probe) == ("replace", place, 80, True)
    gpu = {"containers": [{**MAIN, "resources": {"requests": {"nvidia.com/gpu": 2}}}]}
    place = ("containers", 0, "resources", "limits", "nvidia.com/gpu")
    assert fixed(gpu) == ("add", place, "2", True)


def test_a_fix_is_unsafe_where_something_is_given_up() -> None:
    init = {"name": "init", "image": "i", "startupProbe": PROBE}
    spec: Json = {"containers": [MAIN], "initContainers": [init]}
    assert fixed(spec) == ("remove", ("initContainers", 0, "startupProbe"), None, False)
    port = {"containerPort": 80, "hostPort": 81}
    spec = {"hostNetwork": True, "containers": [with_ports("a", port)]}
    assert fixed(spec) == ("replace", ("containers", 0, "ports", 0, "hostPort"), 80, False)


@pytest.mark.parametrize("port", ["0", "70000", "web!", "8" * 500, "²"])
def test_a_port_that_no_number_was_meant_by_has_no_fix(port: str) -> None:
    (fault,) = faults({"containers": [{**MAIN, "livenessProbe": {"tcpSocket": {"port": port}}}]})
    assert fault.fix is None
    assert len(fault.message) < 200


def test_an_image_of_white_space_alone_has_no_fix() -> None:
    (fault,) = faults({"containers": [{**MAIN, "image": "  "}]})
    assert (fault.code, fault.fix) == ("NB432", None)
