"""What a user is told: one fault a cause, at the field that must change, with an edit that repairs it."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.checks.fault import Fault
from nbcore.checks.podsecurity import check, verdict
from nbcore.checks.podsecurity.standard import STANDARD
from nbcore.finding import CODES, Fix
from nbcore.kubernetes.paths import Path
from tests.podsecurity.cases import DROP, LISTS, SC, cases, changed, hardened

CASES = cases()
CODE = {one.id: one.code for one in STANDARD}
MAIN = f"containers.0.{SC}"


def faults(pod: Any, level: str = "restricted", version: str = "latest") -> list[Fault]:
    return list(check(pod, level, version, "newest"))


def where(found: list[Fault]) -> list[tuple[str, str]]:
    return [(one.code, str(Path(one.path))) for one in found]


PLACES: tuple[tuple[dict[str, Any], str, str], ...] = (
    (
        {f"{MAIN}.allowPrivilegeEscalation": DROP},
        "NB521",
        f"spec.containers[0].{SC}.allowPrivilegeEscalation",
    ),
    (
        {f"{MAIN}.allowPrivilegeEscalation": True},
        "NB521",
        f"spec.containers[0].{SC}.allowPrivilegeEscalation",
    ),
    ({f"{MAIN}.capabilities": DROP}, "NB522", f"spec.containers[0].{SC}.capabilities.drop"),
    ({f"{MAIN}.capabilities.add": ["CHOWN"]}, "NB522", f"spec.containers[0].{SC}.capabilities.add[0]"),
    ({f"{MAIN}.privileged": True}, "NB507", f"spec.containers[0].{SC}.privileged"),
    ({f"{MAIN}.privileged": "false"}, "NB500", f"spec.containers[0].{SC}.privileged"),
    ({f"{SC}.runAsNonRoot": DROP}, "NB525", f"spec.{SC}.runAsNonRoot"),
    ({f"{SC}.runAsNonRoot": False}, "NB525", f"spec.{SC}.runAsNonRoot"),
    ({f"{MAIN}.runAsNonRoot": False}, "NB525", f"spec.containers[0].{SC}.runAsNonRoot"),
    ({f"{SC}.seccompProfile": DROP}, "NB527", f"spec.{SC}.seccompProfile.type"),
    ({f"{SC}.sysctls": [{"name": "kernel.msgmax"}]}, "NB511", f"spec.{SC}.sysctls[0].name"),
    ({"volumes": [{"name": "a", "nfs": {}}]}, "NB524", "spec.volumes[0].nfs"),
    (
        {"containers.0.livenessProbe.tcpSocket.host": "a"},
        "NB506",
        "spec.containers[0].livenessProbe.tcpSocket.host",
    ),
    ({"hostNetwork": True, "containers.0.ports": [{"containerPort": 80}]}, "NB503", "spec.hostNetwork"),
    ({f"{MAIN}": "a"}, "NB500", f"spec.containers[0].{SC}"),
    ({"containers": {}}, "NB500", "spec.containers"),
    ({"initContainers": [1]}, "NB500", "spec.initContainers[0]"),
    ({".metadata": []}, "NB500", "metadata"),
    ({".spec": 1}, "NB500", "spec"),
)


@pytest.mark.parametrize(
    ("changes", "code", "path"), PLACES, ids=lambda one: str(one).split(" object at")[0][:60]
)
def test_one_cause_is_one_fault_at_the_field_that_must_change(
    changes: dict[str, Any], code: str, path: str
) -> None:
    assert where(faults(changed(hardened(), changes))) == [(code, path)]


def test_what_the_pod_does_not_hand_down_names_the_containers() -> None:
    (fault,) = faults(changed(hardened(), {f"{SC}.runAsNonRoot": DROP, f"{MAIN}.runAsNonRoot": True}))
    assert fault.related == (("spec", "initContainers", 0), ("spec", "ephemeralContainers", 0))
    assert fault.message == 'neither the pod nor containers "i", "e" has runAsNonRoot: true'
    assert fault.fix == Fix("add", Path(("spec", SC, "runAsNonRoot")), True, safe=False)


def test_messages_cut_long_names_and_never_tell_a_value_of_the_wrong_type() -> None:
    (long,) = faults(changed(hardened(), {f"{MAIN}.capabilities.add": ["X" * 500]}))
    (secret,) = faults(changed(hardened(), {f"{MAIN}.privileged": "hunter2"}))
    assert len(long.message) < 200
    assert "hunter2" not in f"{secret.message}{secret.remedy}"


@pytest.mark.parametrize("level", ["baseline", "restricted"])
def test_faults_and_verdict_agree(level: str) -> None:
    for one in CASES:
        found = {fault.code for fault in faults(one.pod, level)}
        said = verdict(one.pod, level, "latest", "newest")
        assert bool(found) == (not said.allowed), one.name
        assert found - {"NB500"} <= {CODE[name] for name in said.failed}, one.name


def test_every_fault_has_a_remedy_and_speaks_plainly() -> None:
    for one in CASES:
        for fault in faults(one.pod):
            assert re.fullmatch(r"[a-z].*[^.]", fault.message), fault
            assert re.fullmatch(r"[A-Z].*\.", fault.remedy), fault
            assert fault.code in CODES
            assert fault.fix is None or not fault.fix.safe


def edited(pod: Any, fixes: list[Fix]) -> Any:
    """The pod after the edits, those further back in a list first."""
    pod = copy.deepcopy(pod)
    for fix in sorted(fixes, key=lambda one: str(one.path), reverse=True):
        *above, last = fix.path.raw
        holder = pod
        for step in above:
            if isinstance(holder, dict) and holder.get(step) is None:
                holder[step] = {}
            holder = holder[step]
        if fix.action == "remove":
            del holder[last]
        else:
            holder[last] = fix.value
    return pod


def test_edits_repair_what_they_belong_to() -> None:
    repaired = 0
    for one in CASES:
        found = faults(one.pod)
        fixes = [fault.fix for fault in found if fault.fix]
        left = faults(edited(one.pod, fixes))
        assert where(left) == where([fault for fault in found if not fault.fix]), one.name
        repaired += len(fixes)
    assert repaired > 200


# ---- anything at all ----

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3)
WORDS = st.sampled_from(
    ["name", SC, "type", "ports", "hostPort", "capabilities", "drop", "add", *LISTS, "volumes"]
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def inner_places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for step, child in children:
        yield (*path, step)
        yield from inner_places(child, (*path, step))


@given(st.data())
def test_no_pod_makes_it_fail(data: st.DataObject) -> None:
    pod = copy.deepcopy(data.draw(st.sampled_from(CASES)).pod)
    path = data.draw(st.sampled_from([*inner_places(pod)]))
    holder = pod
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = data.draw(JSON)
    found = faults(pod)
    assert bool(found) == (not verdict(pod, "restricted", "latest", "newest").allowed)


INSPECTED = changed(
    hardened(),
    {
        f"{MAIN}.privileged": False,
        f"{MAIN}.procMount": "Default",
        f"{MAIN}.runAsUser": 1,
        f"{MAIN}.runAsNonRoot": True,
        f"{MAIN}.seLinuxOptions": {"type": "container_t", "user": "", "role": ""},
        f"{MAIN}.seccompProfile": {"type": "RuntimeDefault"},
        f"{MAIN}.appArmorProfile": {"type": "RuntimeDefault"},
        f"{MAIN}.windowsOptions.hostProcess": False,
        f"{MAIN}.capabilities.add": ["NET_BIND_SERVICE"],
        "containers.0.ports": [{"hostPort": 0}],
        "containers.0.livenessProbe.httpGet.host": "",
        "containers.0.lifecycle.preStop.tcpSocket.host": "",
        "hostNetwork": False,
        "hostPID": False,
        "hostIPC": False,
        "volumes": [{"emptyDir": {}}],
        f"{SC}.sysctls": [{"name": "net.ipv4.tcp_syncookies"}],
        f"{SC}.windowsOptions.hostProcess": False,
        ".metadata.annotations": {"container.apparmor.security.beta.kubernetes.io/c": "localhost/a"},
    },
)
WRONG: tuple[Any, ...] = (1.5, "?", 7, [[]], {"?": 1}, True)
BLIND = {"apiVersion", "kind", "name", "image"}
"""Fields of the pod above that the standards do not look at."""


def test_no_value_of_the_wrong_type_is_taken_for_harmless() -> None:
    assert not faults(INSPECTED)
    tried = 0
    for path in inner_places(INSPECTED):
        if path[-1] not in BLIND or "sysctls" in path:
            for value in WRONG:
                tried += judged_wrong(path, value)
    assert tried > 200


def judged_wrong(path: tuple[Any, ...], value: Any) -> bool:
    """Whether a value of another type than the one there was tried; it must be refused."""
    pod = copy.deepcopy(INSPECTED)
    holder = pod
    for step in path[:-1]:
        holder = holder[step]
    if type(value) is type(holder[path[-1]]):
        return False
    holder[path[-1]] = value
    assert faults(pod), (path, value)
    assert not verdict(pod, "restricted", "latest", "newest").allowed
    return True


@pytest.mark.parametrize("many", [4_000])
def test_huge_pods_take_linear_time(many: int) -> None:
    pod = changed(hardened(), {"containers": [{"name": "a", "ports": [{"hostPort": 1}]}] * many})
    assert len(faults(pod)) == 3 * many
    assert not verdict(pod, "restricted", "latest", "newest").allowed
