"""The shipped manifests: they render, the real API server takes them, and no cluster locks up by them.

The audit plays a cluster in which the webhook is installed and no replica of it lives. It needs an API server of
its own: with these configurations every notebook of the shared one would be refused.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

import pytest
import yaml
from cryptography import x509

import nbcore
from nbcore import __version__
from nbcore.workload.webhook_configuration import DIALECTS, Registration, webhook_configurations
from tests.cluster import binaries
from tests.cluster.control_plane import USERS, ControlPlane, service_account
from tests.cluster.processes import free_ports
from webhook.watching import ALWAYS
from webhook.watching import DIALECTS as WATCHED

Json = dict[str, Any]
ROOT: Final = Path(__file__).parents[2]
MANIFESTS: Final = ROOT / "manifests"
COMPONENTS: Final = sorted(one.name for one in (MANIFESTS / "components").iterdir())
OF_OTHERS: Final = frozenset(("cert-manager.io", "monitoring.coreos.com"))
"""API groups whose CRDs come with other products; their objects are not sent to the server."""
OWN: Final = "jackhoman"
VERBS: Final = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")

needs_kubectl = pytest.mark.skipif(binaries.kubectl() is None, reason=binaries.MISSING)


def kustomized(folder: Path) -> list[Json]:
    """The objects that kustomize makes of a folder."""
    command = [str(binaries.kubectl()), "kustomize", str(folder)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return [one for one in yaml.safe_load_all(finished.stdout) if one]


def composed(folder: Path, components: Sequence[str]) -> list[Json]:
    """The base with some components."""
    names = {"resources": ["base"], "components": [f"components/{one}" for one in components]}
    paths = {
        field: [os.path.relpath(MANIFESTS / one, folder.resolve()) for one in given]
        for field, given in names.items()
    }
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(paths))
    return kustomized(folder)


def named(objects: Sequence[Json], kind: str, name: str) -> Json:
    return next(one for one in objects if one["kind"] == kind and one["metadata"]["name"] == name)


def configurations(objects: Sequence[Json]) -> list[Json]:
    return sorted(
        (one for one in objects if one["kind"].endswith("Configuration")), key=lambda one: one["kind"]
    )


# ---- what is rendered ----


@needs_kubectl
@pytest.mark.parametrize("name", ["base", "overlays/certmanager", "overlays/self-signed"])
def test_it_renders_and_lint_has_no_error(name: str) -> None:
    objects = kustomized(MANIFESTS / name)
    report = nbcore.check(objects, settings=nbcore.Settings(pod_security="restricted"))
    assert {"Deployment", "PodDisruptionBudget", "HorizontalPodAutoscaler", "NetworkPolicy"} <= {
        one["kind"] for one in objects
    }
    wrong = [one for one in report.findings if one.severity == "error"]
    assert not wrong
    of_webhooks = {one.code for one in report.findings if one.code.startswith("NB8")}
    assert of_webhooks <= ({"NB823"} if name == "base" else set())


@needs_kubectl
@pytest.mark.parametrize("name", COMPONENTS)
def test_every_component_renders_on_the_base(name: str, tmp_path: Path) -> None:
    base = kustomized(MANIFESTS / "base")
    made = composed(tmp_path, [name])
    assert made != base
    assert {(one["kind"], one["metadata"]["name"]) for one in base} <= {
        (one["kind"], one["metadata"]["name"]) for one in made
    }


@needs_kubectl
@pytest.mark.parametrize("dialects", [("native",), *((("native", one)) for one in DIALECTS[1:]), DIALECTS])
def test_the_configurations_are_those_of_the_generator(dialects: Any, tmp_path: Path) -> None:
    made = configurations(composed(tmp_path, dialects[1:]))
    expected = webhook_configurations(Registration(dialects=dialects))
    assert made == sorted(expected, key=lambda one: one["kind"])
    arguments = _server(composed(tmp_path, dialects[1:]))
    assert f"--dialects={','.join(dialects)}" in arguments


def _server(objects: Sequence[Json]) -> list[str]:
    """The arguments of the server, with its variables filled in as a kubelet does."""
    container = named(objects, "Deployment", "webhook")["spec"]["template"]["spec"]["containers"][0]
    values = {f"$({one['name']})": one.get("value") or "" for one in container["env"]}
    arguments = []
    for one in container["args"]:
        for name, value in values.items():
            one = one.replace(name, value)
        arguments.append(one)
    return arguments


def test_the_program_takes_the_flags_that_are_shipped() -> None:
    from webhook.main import cli

    text = (MANIFESTS / "base" / "deployment.yaml").read_text()
    container = yaml.safe_load(text)["spec"]["template"]["spec"]["containers"][0]
    known = {flag for one in cli.params for flag in one.opts}
    assert {one.partition("=")[0] for one in container["args"]} <= known
    jobs = list(yaml.safe_load_all((MANIFESTS / "components/self-signed/jobs.yaml").read_text()))
    job = jobs[0]["spec"]["template"]
    assert jobs[1]["spec"]["jobTemplate"]["spec"]["template"] == job
    given = job["spec"]["containers"][0]["args"]
    certs = {flag for one in cli.commands["certs"].params for flag in one.opts}
    assert given[0] == "certs"
    assert {one.partition("=")[0] for one in given[1:]} <= certs


def test_crds_are_copies_of_the_generated_ones() -> None:
    for file in (MANIFESTS / "crds").glob("*.yaml"):
        if file.name != "kustomization.yaml":
            assert file.read_text() == (ROOT / "schemas" / "crd" / file.name).read_text(), file.name
    listed = yaml.safe_load((MANIFESTS / "crds" / "kustomization.yaml").read_text())["resources"]
    assert set(listed) == {
        file.name
        for file in (ROOT / "schemas" / "crd").glob("*.yaml")
        if not file.name.startswith("kubeflow.org")
    }


def test_the_image_is_of_this_version() -> None:
    files = [MANIFESTS / "base/deployment.yaml", MANIFESTS / "components/self-signed/jobs.yaml"]
    images = [
        line.split()[-1] for file in files for line in file.read_text().splitlines() if "image:" in line
    ]
    assert set(images) == {f"nbcore-webhook:{__version__}"}


# ---- on a real API server, with no replica alive ----


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """Everything but what needs CRDs of other products."""
    objects = composed(tmp_path_factory.mktemp("whole"), ["self-signed", *DIALECTS[1:], "prometheus"])
    return [one for one in objects if _group(one["apiVersion"]) not in OF_OTHERS]


@pytest.fixture(scope="module")
def installed(whole: list[Json]) -> Iterator[ControlPlane]:
    """A cluster on which everything is installed and the webhook is down; one notebook was there before."""
    with ControlPlane(users=[*USERS, service_account(OWN, "webhook-certs")]) as plane:
        crds = [one for one in whole if one["kind"] == "CustomResourceDefinition"]
        _apply(plane, crds)
        for one in crds:
            plane.kubectl(
                "wait", "--for=condition=Established", f"crd/{one['metadata']['name']}", "--timeout=30s"
            )
        plane.client().create(_namespace("before")).expect()
        plane.wait(lambda: plane.client().create(_notebook("before")).ok)
        _apply(plane, whole)
        # the server needs a moment until it knows the configurations
        plane.wait(lambda: not plane.client().create(_notebook("before", "probe"), dry_run=True).ok, 60)
        yield plane


def _apply(plane: ControlPlane, objects: Sequence[Json]) -> None:
    applied = plane.kubectl("apply", "-f", "-", stdin=yaml.safe_dump_all(objects))
    assert applied.returncode == 0, applied.stderr


def _namespace(name: str, labels: Mapping[str, str] | None = None) -> Json:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": dict(labels or {})}}


def _notebook(namespace: str, name: str = "ada") -> Json:
    metadata = {"name": name, "namespace": namespace}
    spec = {"templateRef": {"name": "none", "namespace": "none"}}
    return {"apiVersion": "jackhoman.dev/v1beta1", "kind": "Notebook", "metadata": metadata, "spec": spec}


def _pod(namespace: str, name: str) -> Json:
    spec = {"containers": [{"name": "main", "image": "i:1"}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }


def _lease(namespace: str) -> Json:
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "node", "namespace": namespace},
        "spec": {"holderIdentity": "node", "leaseDurationSeconds": 40},
    }


VITAL: Final[Mapping[str, Json]] = {
    "a lease of a node": _lease("kube-node-lease"),
    "a lease of a controller": _lease("kube-system"),
    "a lease of the webhook's namespace": _lease(OWN),
    "a node": {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"}},
    "a pod of the network": _pod("kube-system", "network"),
    "a pod of a namespace that did not opt in": _pod("default", "plain"),
    "an endpoint slice of the webhook": {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "webhook-1", "namespace": OWN},
        "addressType": "IPv4",
        "endpoints": [],
    },
    "a review of a token": {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": "x"},
    },
}


@pytest.mark.cluster
@pytest.mark.parametrize("what", list(VITAL))
def test_g21_with_the_webhook_down_the_cluster_can_write(what: str, installed: ControlPlane) -> None:
    installed.client().create(VITAL[what]).expect()


@pytest.mark.cluster
def test_g21_the_webhook_can_start_again(installed: ControlPlane) -> None:
    """The controllers make its pods, which Pod Security takes at the restricted level."""

    def pods() -> list[Json]:
        return list(installed.client().list_all("v1", "Pod", OWN).expect()["items"])

    def named_like(prefix: str) -> int:
        return sum(one["metadata"]["name"].startswith(prefix) for one in pods())

    assert installed.wait(lambda: named_like("webhook-certs-") >= 1 and named_like("webhook-") >= 3)


@pytest.mark.cluster
def test_g21_notebooks_are_refused_while_it_is_down(installed: ControlPlane) -> None:
    answer = installed.client().create(_notebook("default"))
    assert not answer.ok
    assert "failed calling webhook" in answer.message


@pytest.mark.cluster
def test_g21_pods_start_where_they_are_only_enabled(installed: ControlPlane) -> None:
    client = installed.client()
    for value, taken in (("enabled", True), ("enforced", False)):
        client.create(_namespace(value, {"jackhoman.dev/admission": value})).expect()
        assert client.create(_pod(value, "one")).ok is taken


@pytest.mark.cluster
def test_g21_a_namespace_with_notebooks_ends_while_it_is_down(installed: ControlPlane) -> None:
    client = installed.client()
    assert client.get(_notebook("before")).ok
    assert not client.delete(_notebook("before")).ok
    client.delete(_namespace("before")).expect()
    assert installed.wait(lambda: client.get(_namespace("before")).status == 404, 60)


@pytest.mark.cluster
def test_applying_again_keeps_the_certificate(installed: ControlPlane, whole: list[Json]) -> None:
    client = installed.client()
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "webhook-tls", "namespace": OWN}}
    client.patch(secret, {"data": {"tls.crt": "eA=="}}, "merge").expect()
    one = webhook_configurations()[0]
    edit = [{"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": "eA=="}]
    client.patch(one, edit, "json").expect()
    _apply(installed, whole)
    assert client.get(secret).expect()["data"] == {"tls.crt": "eA=="}
    assert client.get(one).expect()["webhooks"][0]["clientConfig"]["caBundle"] == "eA=="


# ---- rights ----


def _resources(plane: ControlPlane) -> Iterator[tuple[str, str]]:
    """Every resource that the server knows, as group and name, subresources too."""
    client = plane.client()
    groups = client.get("/apis").expect()["groups"]
    versions = [(one["name"], one["preferredVersion"]["groupVersion"]) for one in groups]
    roots = [("", "/api/v1"), *((name, f"/apis/{version}") for name, version in versions)]
    for group, root in roots:
        yield from ((group, one["name"]) for one in client.get(root).expect()["resources"])


def _may(plane: ControlPlane, account: str, verb: str, group: str, resource: str, name: str = "") -> bool:
    main, _, sub = resource.partition("/")
    asked = {
        "verb": verb,
        "group": group,
        "resource": main,
        "subresource": sub,
        "name": name,
        "namespace": OWN,
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": f"system:serviceaccount:{OWN}:{account}", "resourceAttributes": asked},
    }
    return bool(plane.client().create(review).expect()["status"]["allowed"])


def _rights(plane: ControlPlane, account: str, name: str = "") -> set[tuple[str, str, str]]:
    asked = itertools.product(VERBS, sorted(set(_resources(plane))))
    return {(verb, *of) for verb, of in asked if _may(plane, account, verb, *of, name)}


def _group(api_version: str) -> str:
    return api_version.rpartition("/")[0]


@pytest.mark.cluster
def test_t104_the_server_may_do_exactly_what_it_needs(installed: ControlPlane) -> None:
    watched = [*ALWAYS, *(one for dialect in DIALECTS for one in WATCHED[dialect])]
    keeps = {(_group(one.api_version), one.plural) for one in watched}
    asks = {("", "pods"), ("apps", "statefulsets"), ("kubeflow.org", "notebooks")}
    served = set(_resources(installed))
    expected = {(verb, *one) for verb in ("get", "list", "watch") for one in keeps & served}
    expected |= {("get", *one) for one in asks & served}
    assert _rights(installed, "webhook") == expected
    # what is not installed here is asked for by name
    for group, plural in (keeps | asks) - served:
        assert _may(installed, "webhook", "get", group, plural)
        assert _may(installed, "webhook", "list", group, plural) is ((group, plural) in keeps)


@pytest.mark.cluster
def test_the_account_of_certificates_may_write_three_objects(installed: ControlPlane) -> None:
    hooks = ("mutatingwebhookconfigurations", "validatingwebhookconfigurations")
    group = "admissionregistration.k8s.io"
    assert _rights(installed, "webhook-certs") == set()
    secrets = {(verb, "", "secrets") for verb in ("get", "update")}
    assert _rights(installed, "webhook-certs", "webhook-tls") == secrets
    configured = {(verb, group, one) for verb in ("get", "patch") for one in hooks}
    assert _rights(installed, "webhook-certs", "nbcore-webhook") == configured


def _as_account(plane: ControlPlane, account: str) -> list[str]:
    """The flags by which our programs are an account of the cluster, outside of it."""
    token = plane.folder / f"{account}.token"
    token.write_text(plane.users[f"system:serviceaccount:{OWN}:{account}"].token)
    return ["--server", plane.url, "--token-file", str(token), "--ca-file", str(plane.folder / "ca.pem")]


@pytest.mark.cluster
def test_c118_the_job_makes_a_certificate_with_the_rights_that_it_has(installed: ControlPlane) -> None:
    client = installed.client()
    jobs = list(yaml.safe_load_all((MANIFESTS / "components/self-signed/jobs.yaml").read_text()))
    arguments = jobs[0]["spec"]["template"]["spec"]["containers"][0]["args"]
    program = [sys.executable, "-m", "webhook.main", *arguments, *_as_account(installed, "webhook-certs")]
    finished = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "webhook-tls", "namespace": OWN}}
    data = {key: b64decode(value) for key, value in client.get(secret).expect()["data"].items()}
    for one in webhook_configurations():
        live = client.get(one).expect()
        bundles = {hook["clientConfig"]["caBundle"] for hook in live["webhooks"]}
        assert {b64decode(one) for one in bundles} == {data["ca.crt"]}
        assert not [one for one in nbcore.check([live]).findings if one.code.startswith("NB8")]
    leaf = x509.load_pem_x509_certificate(data["tls.crt"])
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(data["ca.crt"]))
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    service = webhook_configurations()[0]["webhooks"][0]["clientConfig"]["service"]
    assert f"{service['name']}.{service['namespace']}.svc" in names.get_values_for_type(x509.DNSName)


@pytest.mark.cluster
def test_t104_the_server_becomes_ready_with_the_rights_that_it_has(installed: ControlPlane) -> None:
    port, health = free_ports(2)
    flags = ["--watch", "--dialects=native", f"--port={port}", f"--health-port={health}", "--host=127.0.0.1"]
    program = [sys.executable, "-m", "webhook.main", *flags, *_as_account(installed, "webhook")]
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            assert installed.wait(lambda: _answers(f"http://127.0.0.1:{health}/readyz"), 60)
        finally:
            running.kill()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


# ---- the way out, last: it takes the configurations away ----


@pytest.mark.cluster
def test_g21_deleting_the_configurations_is_the_way_out(installed: ControlPlane) -> None:
    ended = installed.kubectl(
        "delete", "mutatingwebhookconfiguration,validatingwebhookconfiguration", "nbcore-webhook"
    )
    assert ended.returncode == 0, ended.stderr
    assert installed.wait(lambda: installed.client().create(_notebook("default", "free")).ok)
