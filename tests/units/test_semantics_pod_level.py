"""NB408 to NB419 and NB427: the top of a pod's spec, case by case; each refusal beside what is just accepted."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore import check_pod
from nbcore.finding import Finding
from nbcore.kubernetes.paths import Path
from tests.cluster.control_plane import ControlPlane
from tests.units.semantic_cases import Case, case, container, disagreements, found

POLICIES = [
    *(
        case(f"restartPolicy {value!r}", restartPolicy=value)
        for value in ("", "Always", "OnFailure", "Never")
    ),
    *(
        case(f"restartPolicy {value!r}", "NB408 restartPolicy", restartPolicy=value)
        for value in ("always", "x")
    ),
    *(case(f"dnsPolicy {value!r}", dnsPolicy=value) for value in ("", "Default", "ClusterFirstWithHostNet")),
    case("dnsPolicy none", "NB408 dnsPolicy", dnsPolicy="none"),
    case("os linux", os={"name": "linux"}),
    case("os mac", "NB408 os.name", server="os", os={"name": "mac"}),
    case("os without name", "NB408 os.name", os={"name": ""}),
]
NUMBERS = [
    *(case(f"deadline {value}", activeDeadlineSeconds=value) for value in (1, 2**31 - 1)),
    *(
        case(f"deadline {value}", "NB409 activeDeadlineSeconds", activeDeadlineSeconds=value)
        for value in (0, -1, 2**31)
    ),
    *(case(f"grace {value}", terminationGracePeriodSeconds=value) for value in (-1, 0, 2**63 - 1)),
]


def resolver(name: str, *codes: str, **config: Any) -> Case:
    return case(f"dnsConfig {name}", *codes, dnsConfig=config)


GOOD_IPS = ("1.2.3.4", "::1", "1:2:3:4:5:6:7::", "::1.2.3.4", "64:ff9b::1.2.3.4", "FE80:0::00a")
BAD_IPS = ("", "01.2.3.4", "1.2.3", "1.2.3.4 ", "::ffff:1.2.3.4", "fe80::1%eth0", "[::1]", "::00001", "a")
DNS = [
    *(resolver(f"name server {ip!r}", nameservers=[ip]) for ip in GOOD_IPS),
    *(resolver(f"name server {ip!r}", "NB410 dnsConfig.nameservers[0]", nameservers=[ip]) for ip in BAD_IPS),
    resolver("three name servers", nameservers=["1.1.1.1"] * 3),
    resolver("four name servers", "NB410 dnsConfig.nameservers", nameservers=["1.1.1.1"] * 4),
    *(resolver(f"search {one}", searches=[one]) for one in (".", "a.", "_a.b_c", "a" * 253)),
    *(
        resolver(f"search {one!r}", "NB410 dnsConfig.searches[0]", searches=[one])
        for one in ("", "..", "a..", "A", "a_", "a" * 254)
    ),
    resolver("32 searches", searches=["a"] * 32),
    resolver("33 searches", "NB410 dnsConfig.searches", searches=["a"] * 33),
    resolver("2048 characters", searches=["a." * 113 + "a"] * 8 + ["a." * 112]),
    resolver(
        "2049 characters", "NB410 dnsConfig.searches", searches=["a." * 113 + "a"] * 8 + ["a." * 112 + "a"]
    ),
    resolver("options", options=[{"name": "ndots", "value": "2"}, {"name": "debug"}, {"name": "debug"}]),
    resolver("an option without name", "NB410 dnsConfig.options[0]", options=[{"value": "2"}]),
    case("None without configuration", "NB410 dnsConfig", dnsPolicy="None"),
    case(
        "None without name server",
        "NB410 dnsConfig.nameservers",
        dnsPolicy="None",
        dnsConfig={"searches": ["a" * 254]},
    ),
    case("None with a name server", dnsPolicy="None", dnsConfig={"nameservers": ["1.1.1.1"]}),
]
HOST_NAMES = [
    case("host names", hostname="a" * 63, subdomain="1"),
    case("empty host names", hostname="", subdomain=""),
    *(case(f"hostname {one!r}", "NB411 hostname", hostname=one) for one in ("a.b", "A", "a" * 64, "a\n")),
    *(case(f"subdomain {one!r}", "NB411 subdomain", subdomain=one) for one in ("a.b", "-a")),
    *(case(f"override {one!r}", hostnameOverride=one) for one in ("a", "a.b", "a" * 62 + ".b")),
    *(
        case(f"override {one!r}", "NB411 hostnameOverride", hostnameOverride=one)
        for one in ("", "A", "a" * 63 + ".b", "a_b")
    ),
    case("override alone", hostnameOverride="a", setHostnameAsFQDN=False, hostNetwork=False),
    case("override and FQDN", "NB411 hostnameOverride", hostnameOverride="a", setHostnameAsFQDN=True),
    case("override and host network", "NB411 hostnameOverride", hostnameOverride="a", hostNetwork=True),
]
ALIASES = [
    case("aliases", hostAliases=[{"ip": "1.1.1.1", "hostnames": ["a", "b.c"]}, {"ip": "1.1.1.1"}]),
    *(case(f"alias of {ip!r}", "NB412 hostAliases[0].ip", hostAliases=[{"ip": ip}]) for ip in BAD_IPS),
    *(
        case(
            f"alias {name!r}",
            "NB412 hostAliases[0].hostnames[1]",
            hostAliases=[{"ip": "::1", "hostnames": ["a", name]}],
        )
        for name in ("", "A", "a_b", "a" * 254)
    ),
]
REFERENCES = [
    case("names of others", serviceAccountName="a.b", nodeName="n.0", imagePullSecrets=[{"name": "A b"}, {}]),
    case("service account", "NB413 serviceAccountName", serviceAccountName="A"),
    case("old field", "NB413 serviceAccount", server="serviceAccountName", serviceAccount="A"),
    case("old field, overridden", serviceAccount="A", serviceAccountName="a"),
    case("node", "NB413 nodeName", nodeName="n_0"),
]
GATES = [
    case("gates", schedulingGates=[{"name": "a"}, {"name": "a.b/C"}]),
    case("ready twice", readinessGates=[{"conditionType": "a"}, {"conditionType": "a"}]),
    case(
        "ready for nothing",
        "NB414 readinessGates[0].conditionType",
        readinessGates=[{"conditionType": "a b"}],
    ),
    case("a gate without name", "NB414 schedulingGates[0]", schedulingGates=[{"name": ""}]),
    case(
        "a gate with a bad name", "NB414 schedulingGates[1]", schedulingGates=[{"name": "a"}, {"name": "a b"}]
    ),
    case("a gate twice", "NB414 schedulingGates[1]", schedulingGates=[{"name": "a"}, {"name": "a"}]),
    case("gates and a node", "NB415 nodeName", nodeName="n", schedulingGates=[{"name": "a"}]),
    case("no gates and a node", nodeName="n", schedulingGates=[]),
]
NAMESPACES = [
    case("own users", hostUsers=False),
    case("the host's all", hostUsers=True, hostNetwork=True, hostPID=True, hostIPC=True),
    case("own users on the host's network", "NB416 hostNetwork", hostUsers=False, hostNetwork=True),
    case("own users, the host's processes", "NB416 hostPID", server="HostPID", hostUsers=False, hostPID=True),
    case("own users, the host's IPC", "NB416 hostIPC", server="HostIPC", hostUsers=False, hostIPC=True),
    case("not shared", shareProcessNamespace=False, hostPID=True),
    case(
        "shared twice",
        "NB416 shareProcessNamespace",
        server="securityContext.shareProcessNamespace",
        shareProcessNamespace=True,
        hostPID=True,
    ),
]
EPHEMERAL = [
    case("no ephemeral containers", ephemeralContainers=[]),
    case("an ephemeral container", "NB417 ephemeralContainers", ephemeralContainers=[container(name="b")]),
]
CLAIM = {"name": "a", "resourceClaimName": "b"}
CLAIMS = [
    case("claims", resourceClaims=[CLAIM, {"name": "b", "resourceClaimTemplateName": "b.c"}]),
    case("a claim twice", "NB418 resourceClaims[1].name", resourceClaims=[CLAIM, CLAIM]),
    case("a claim's bad name", "NB418 resourceClaims[0].name", resourceClaims=[{**CLAIM, "name": "a.b"}]),
    case("a claim without name", "NB418 resourceClaims[0].name", resourceClaims=[{**CLAIM, "name": ""}]),
    case("a claim without source", "NB418 resourceClaims[0]", resourceClaims=[{"name": "a"}]),
    case(
        "two sources", "NB418 resourceClaims[0]", resourceClaims=[{**CLAIM, "resourceClaimTemplateName": "c"}]
    ),
    case(
        "a source's bad name",
        "NB418 resourceClaims[0].resourceClaimName",
        resourceClaims=[{"name": "a", "resourceClaimName": ""}],
    ),
]


def asking(name: str, *codes: str, pod: Any, containers: list[Any], server: str = "", **spec: Any) -> Case:
    """A case of resources of the pod beside those of its containers."""
    made = [container(name=f"c{index}", resources=one) for index, one in enumerate(containers)]
    return case(name, *codes, server=server, containers=made, resources=pod, **spec)


def requested(cpu: str) -> dict[str, Any]:
    return {"requests": {"cpu": cpu}}


def limited(**amounts: str) -> dict[str, Any]:
    return {"limits": {name.replace("hugepages", "hugepages-2Mi"): one for name, one in amounts.items()}}


SIDECAR = container(name="d", restartPolicy="Always", resources=requested("1"))
STARTER = container(name="e", resources=requested("2"))
RESOURCES = [
    asking("nothing", pod={}, containers=[{}]),
    asking(
        "more than needed", pod=limited(cpu="2", memory="1"), containers=[limited(cpu="1"), requested("1")]
    ),
    asking(
        "not enough",
        "NB419 resources.requests.cpu",
        pod=requested("1"),
        containers=[requested("2")],
        server="resources.requests[cpu]",
    ),
    asking(
        "together not enough",
        "NB419 resources.requests.cpu",
        pod=requested("3"),
        containers=[requested("2")] * 2,
        server="resources.requests[cpu]",
    ),
    asking("just enough", pod=requested("4"), containers=[requested("2")] * 2),
    asking(
        "limits count as requests",
        "NB419 resources.requests.cpu",
        pod=requested("1"),
        containers=[limited(cpu="2")],
        server="resources.requests[cpu]",
    ),
    asking(
        "the limit is less than all requests",
        "NB419 resources.requests.cpu",
        pod=limited(cpu="3"),
        containers=[requested("2")] * 2,
        server="resources.requests",
    ),
    asking(
        "the limit is less than one limit",
        "NB419 containers[0].resources.limits.cpu",
        pod={**limited(cpu="1"), **requested("1")},
        containers=[{**limited(cpu="2"), **requested("1")}],
        server="resources.containers[0][cpu].limits",
    ),
    asking(
        "limits together may be more",
        pod={**limited(cpu="2"), **requested("2")},
        containers=[{**limited(cpu="2"), **requested("1")}] * 2,
    ),
    asking(
        "request above limit",
        "NB456 resources.requests.cpu",
        pod={**limited(cpu="1"), **requested("2")},
        containers=[{}],
        server="resources.requests",
    ),
    asking(
        "negative",
        "NB455 resources.limits.cpu",
        pod=limited(cpu="-1"),
        containers=[{}],
        server="resources.limits[cpu]",
    ),
    asking(
        "sidecars and starters",
        pod=requested("3"),
        containers=[requested("1")],
        initContainers=[SIDECAR, STARTER],
    ),
    asking(
        "sidecars and starters need more",
        "NB419 resources.requests.cpu",
        pod=requested("2"),
        containers=[requested("1")],
        initContainers=[SIDECAR, STARTER],
        server="resources.requests[cpu]",
    ),
    asking(
        "a starter before the sidecar",
        pod=requested("2"),
        containers=[requested("1")],
        initContainers=[STARTER, SIDECAR],
    ),
    asking(
        "huge pages",
        pod=limited(hugepages="4Mi", cpu="1"),
        containers=[limited(hugepages="2Mi", cpu="1")] * 1,
    ),
    asking(
        "huge pages of the containers", pod=limited(cpu="2"), containers=[limited(hugepages="2Mi", cpu="1")]
    ),
    asking("huge pages alone", "NB458 resources", pod=limited(hugepages="2Mi"), containers=[{}]),
    asking("huge pages beside a container's CPU", pod=limited(hugepages="2Mi"), containers=[requested("1")]),
    asking(
        "half a page",
        "NB455 resources.limits[hugepages-2Mi]",
        pod=limited(hugepages="3Mi", cpu="1"),
        containers=[{}],
        server="resources.limits[hugepages-2Mi]",
    ),
    *(
        asking(
            f"{name!r} is for containers",
            f"NB427 {Path(('resources', 'limits', name))}",
            pod={"limits": {name: "1"}},
            containers=[{}],
            server=f"resources.limits[{name}]",
        )
        for name in ("ephemeral-storage", "nvidia.com/gpu", "a", "a b", "storage")
    ),
    asking("claims", "NB427 resources.claims", pod={"claims": []}, containers=[{}]),
    asking("Windows", "NB427 resources", pod={}, containers=[{}], os={"name": "windows"}),
]
CASES = [
    *POLICIES,
    *NUMBERS,
    *DNS,
    *HOST_NAMES,
    *ALIASES,
    *REFERENCES,
    *GATES,
    *NAMESPACES,
    *EPHEMERAL,
    *CLAIMS,
    *RESOURCES,
]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_faults(one: Case) -> None:
    assert found(one) == set(one.found)


def test_the_api_server_agrees(control_plane: ControlPlane) -> None:
    assert disagreements(control_plane, CASES) == []


def errors(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.severity == "error"]


def test_a_word_of_the_wrong_case_comes_with_its_fix() -> None:
    (finding,) = errors(check_pod(case("", restartPolicy="always").pod))
    assert finding.remedy == "Did you mean Always?"
    assert finding.fix is not None
    assert (finding.fix.action, finding.fix.value, finding.fix.safe) == ("replace", "Always", True)
    (finding,) = errors(check_pod(case("", restartPolicy="sometimes").pod))
    assert finding.fix is None


def test_long_and_broken_texts_are_shown_short() -> None:
    (finding,) = errors(check_pod(case("", restartPolicy="x\n\ud800" * 1000).pod))
    assert len(finding.message) < 250
    assert finding.message.isprintable()
    finding.message.encode()


def test_how_much_too_little_is_measured() -> None:
    (finding,) = errors(check_pod(asking("", pod=requested("1500m"), containers=[requested("2")]).pod))
    assert finding.magnitude is not None
    assert float(finding.magnitude) == 0.5


@pytest.mark.parametrize(
    ("overhead", "faults"),
    [
        ({"a": "1"}, {"NB454 spec.overhead.a"}),
        ({"cpu": "-1"}, {"NB455 spec.overhead.cpu"}),
        ({"cpu": "1"}, set()),
        ({}, set()),
    ],
)
def test_overhead_is_that_of_a_runtime_class(overhead: Any, faults: set[str]) -> None:
    """What the class would have to say only a cluster knows; that one is named everybody can see."""

    def told(**spec: Any) -> set[str]:
        found = errors(check_pod(case("", overhead=overhead, **spec).pod))
        return {f"{one.code} {one.path}" for one in found}

    assert told(runtimeClassName="kata") == faults
    assert told() == {*faults, "NB428 spec.overhead"}
