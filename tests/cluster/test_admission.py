"""Admission on a real API server: its own reviews go in, and it has to like what comes out.

The server behind the webhook is the plainest there can be; ours has tests of its own. Each review is answered with
the objects as the API server has them at that moment, fetched as `needs` asks for them.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import nbcore
from nbcore.admission import decode, encode, needs, review
from nbcore.admission.identity import label_of
from tests.cluster.client import Answer
from tests.cluster.control_plane import ControlPlane
from tests.units.reviews import OWNER, Json, carrier_of, changed, notebook, pod_of, template, with_metadata

CRDS = Path(__file__).parents[2] / "schemas" / "crd"
SETTINGS = nbcore.Settings(trusted_creators=("system:serviceaccount:kubeflow:jupyter-web-app",))
MARK = {"nbcore-admission": "on"}
UI = "system:serviceaccount:kubeflow:jupyter-web-app"


class Cluster(NamedTuple):
    """A control plane with the webhook, a namespace, and all reviews that were answered."""

    plane: ControlPlane
    namespace: str
    reviews: list[tuple[str, Json, Json]]

    def create(self, one: Json, user: str = "alice") -> Answer:
        return self.plane.client(user).create(self.here(one))

    def here(self, one: Json) -> Json:
        return with_metadata(one, namespace=self.namespace)

    def stored(self, one: Json) -> Json:
        return self.plane.client().get(self.here(one)).expect()


def _certificate(folder: Path) -> tuple[Path, str]:
    """A certificate for loopback with its key in one file, and as what an API server trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nbcore tests")])
    now = datetime.datetime.now(datetime.UTC)
    here = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "webhook.pem"
    file.write_bytes(private + pem)
    return file, base64.b64encode(pem).decode("ascii")


def _answering(plane: ControlPlane, reviews: list[tuple[str, Json, Json]]) -> type[BaseHTTPRequestHandler]:
    lock = threading.Lock()  # a client is of one thread

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            given = decode(self.rfile.read(int(self.headers["Content-Length"])))
            phase: Any = self.path.partition("?")[0].strip("/")
            with lock:
                said = review(given, _catalog(plane, given), SETTINGS, phase=phase)
                reviews.append((phase, given, said))
            body = encode(said)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    return Handler


def _catalog(plane: ControlPlane, given: Json) -> nbcore.Catalog:
    """What a review needs, as it is now."""
    catalog = nbcore.Catalog()
    for _ in range(4):
        found = []
        for need in needs(given, catalog):
            wanted = {"apiVersion": need.api_version, "kind": need.kind}
            answer = plane.client().get(
                {**wanted, "metadata": {"name": need.name, "namespace": need.namespace}}
            )
            found += [answer.body] if answer.ok else []
        if not found:
            break
        catalog = catalog.replace(found)
    return catalog


def _configuration(kind: str, path: str, port: int, bundle: str, rules: Json) -> Json:
    more = {"reinvocationPolicy": "IfNeeded"} if path == "mutate" else {}
    hook = {
        "name": f"{path}.nbcore.test.example",
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 10,
        "namespaceSelector": {"matchLabels": MARK},
        "clientConfig": {"url": f"https://127.0.0.1:{port}/{path}", "caBundle": bundle},
        "rules": rules,
        **more,
    }
    api_version = "admissionregistration.k8s.io/v1"
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": f"nbcore-{path}"},
        "webhooks": [hook],
    }


def _rule(group: str, version: str, resources: list[str], operations: list[str]) -> Json:
    return {"apiGroups": [group], "apiVersions": [version], "resources": resources, "operations": operations}


WRITES = ["CREATE", "UPDATE", "DELETE"]
RULES = [
    _rule("jackhoman.dev", "v1beta1", ["notebooks", "notebooks/status", "templates", "poddefaults"], WRITES),
    _rule("", "v1", ["pods", "pods/ephemeralcontainers", "pods/resize"], ["UPDATE"]),
    _rule("", "v1", ["pods/exec", "pods/attach", "pods/portforward"], ["CONNECT"]),
]


@pytest.fixture(scope="module")
def cluster(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    client = control_plane.client()
    for crd in ("templates.yaml", "notebooks.yaml", "poddefaults.yaml"):
        answer = client.create(yaml.safe_load((CRDS / crd).read_text()))
        assert answer.ok or answer.status == 409, answer.message
    namespace = control_plane.namespace(MARK)
    for user in ("alice", "bob", UI):
        control_plane.grant(user, "cluster-admin", namespace)
    lab = with_metadata(template(), namespace=namespace)
    control_plane.wait(lambda: client.create(lab, dry_run=True).ok)
    control_plane.wait(lambda: client.create(with_metadata(notebook(), namespace=namespace), dry_run=True).ok)
    reviews: list[tuple[str, Json, Json]] = []
    file, bundle = _certificate(tmp_path_factory.mktemp("webhook"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(control_plane, reviews))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(file)
    server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    made = [
        _configuration("MutatingWebhookConfiguration", "mutate", server.server_port, bundle, RULES[:1]),
        _configuration("ValidatingWebhookConfiguration", "validate", server.server_port, bundle, RULES),
    ]
    for one in made:
        client.create(one).expect()
    control_plane.wait(lambda: _is_called(client.create(lab, dry_run=True), reviews))
    client.create(lab).expect()
    yield Cluster(control_plane, namespace, reviews)
    for one in made:
        client.delete(one)
    server.shutdown()


def _is_called(_: Answer, reviews: list[tuple[str, Json, Json]]) -> bool:
    return {"mutate", "validate"} <= {phase for phase, _, _ in reviews}


def is_denied(answer: Answer, code: str) -> bool:
    """Whether our rule refused, in the words that people see."""
    return not answer.ok and f"denied the request: {code}" in answer.message


def test_c022_c045_c053_c058_a_notebook_is_stamped(cluster: Cluster) -> None:
    cluster.create(with_metadata(notebook("stamped"), annotations={"note": "a~/b"})).expect()
    metadata = cluster.stored(notebook("stamped"))["metadata"]
    assert metadata["annotations"] == {"note": "a~/b", OWNER: "alice"}
    assert metadata["labels"] == {OWNER: label_of("alice")}


def test_c065_c092_dry_runs_and_second_calls_are_alike(cluster: Cluster) -> None:
    dry = cluster.plane.client("alice").create(cluster.here(notebook("dry")), dry_run=True).expect()
    assert dry["metadata"]["annotations"][OWNER] == "alice"
    assert not cluster.plane.client().get(cluster.here(notebook("dry"))).ok
    wanted = with_metadata(
        notebook("dry"), **{key: dry["metadata"][key] for key in ("annotations", "labels")}
    )
    assert (
        cluster.create({**wanted, "spec": dry["spec"]}).expect()["metadata"]["labels"]
        == dry["metadata"]["labels"]
    )


def test_c069_c070_c071_a_bad_kind_is_refused_with_its_fields(cluster: Cluster) -> None:
    probe = {"containers": [{"name": "main", "image": "a", "ports": [{"containerPort": 0}]}]}
    answer = cluster.create(template("bad", template={"spec": probe}), "admin")
    assert answer.status == 422
    assert answer.body["reason"] == "Invalid"
    assert answer.body["details"]["causes"]
    assert "\n" not in answer.message


@pytest.mark.parametrize("kind", ["merge", "json", "apply", "update"])
def test_t22_t23_a_stranger_changes_nothing_whatever_the_form(cluster: Cluster, kind: str) -> None:
    one = notebook(f"mine-{kind}")
    cluster.create(one).expect()
    stored = cluster.stored(one)
    bob = cluster.plane.client("bob")
    stolen = {"metadata": {"annotations": {OWNER: "bob"}}}
    path = f"/metadata/annotations/{OWNER.replace('/', '~1')}"
    forms: dict[str, Any] = {
        "merge": lambda: bob.patch(stored, stolen, "merge"),
        "json": lambda: bob.patch(stored, [{"op": "replace", "path": path, "value": "bob"}], "json"),
        "apply": lambda: bob.patch(
            stored,
            {"apiVersion": one["apiVersion"], "kind": "Notebook", **stolen, "spec": one["spec"]},
            "apply",
            fieldManager="bob",
            force="true",
        ),
        "update": lambda: bob.update(with_metadata(stored, **stolen["metadata"])),
    }
    assert is_denied(forms[kind](), "NB704")
    assert cluster.stored(one)["metadata"] == stored["metadata"]


def test_the_owner_edits_stops_and_deletes(cluster: Cluster) -> None:
    one = notebook("life")
    cluster.create(one).expect()
    alice = cluster.plane.client("alice")
    answer = alice.update(changed(cluster.stored(one), env=[{"name": "A", "value": "hunter2"}]))
    assert answer.ok, answer.message
    assert any("this is taken at the next start" in text for text in answer.warnings), answer.warnings
    assert "hunter2" not in str(answer.warnings)
    assert alice.patch(cluster.here(one), {"spec": {"stopped": True}}, "merge").ok
    assert is_denied(cluster.plane.client("bob").delete(cluster.here(one)), "NB704")
    assert alice.delete(cluster.here(one)).ok


def test_a_user_interface_names_the_owner(cluster: Cluster) -> None:
    theirs = with_metadata(notebook("theirs"), annotations={OWNER: "bob"})
    cluster.create(theirs, UI).expect()
    assert is_denied(cluster.plane.client("alice").delete(cluster.here(theirs)), "NB704")
    assert cluster.plane.client("bob").delete(cluster.here(theirs)).ok


def test_c025_t28_deletecollection_deletes_only_ones_own(cluster: Cluster) -> None:
    namespace = cluster.plane.namespace(MARK)
    for user in ("alice", "bob"):
        cluster.plane.grant(user, "cluster-admin", namespace)
    lab = with_metadata(template(), namespace=namespace)
    cluster.plane.client().create(lab).expect()
    mine = with_metadata(notebook("of-alice"), namespace=namespace)
    cluster.plane.client("alice").create(mine).expect()
    path = cluster.plane.client().collection(mine)
    assert not cluster.plane.client("bob").request("DELETE", path).ok
    assert cluster.plane.client().get(mine).ok
    assert cluster.plane.client("alice").request("DELETE", path).ok
    assert cluster.plane.client().get(mine).status == 404


def test_c048_t28_a_namespace_with_notebooks_goes(cluster: Cluster) -> None:
    namespace = cluster.plane.namespace(MARK)
    cluster.plane.grant("alice", "cluster-admin", namespace)
    cluster.plane.client().create(with_metadata(template(), namespace=namespace)).expect()
    cluster.plane.client("alice").create(with_metadata(notebook(), namespace=namespace)).expect()
    gone = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    cluster.plane.client().delete(gone).expect()
    cluster.plane.wait(lambda: cluster.plane.client().get(gone).status == 404, 60)


def test_c136_only_its_owner_enters_a_pod(cluster: Cluster) -> None:
    client = cluster.plane.client()
    cluster.create(notebook("entered")).expect()
    mine = cluster.stored(notebook("entered"))
    pod_template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "main", "image": "a"}]},
    }
    spec = {
        "selector": {"matchLabels": {"a": "b"}},
        "serviceName": "x",
        "replicas": 0,
        "template": pod_template,
    }
    carrier = cluster.here({**carrier_of(mine, "entered"), "spec": spec})
    del carrier["metadata"]["uid"]
    carrier = client.create(carrier).expect()
    pod = cluster.here(pod_of(carrier, "entered-0"))
    del pod["metadata"]["uid"]
    pod["metadata"]["labels"] = {"a": "c"}
    owners = pod["metadata"].pop("ownerReferences")
    pod["metadata"]["ownerReferences"] = [{**one, "controller": False} for one in owners]
    pod["spec"]["automountServiceAccountToken"] = False
    client.create(pod).expect()
    path = f"{client.path(pod)}/exec"
    for user, denied in (("bob", True), ("alice", False), ("admin", False)):
        answer = cluster.plane.client(user).request("POST", path, query={"command": "sh", "stdout": "true"})
        assert is_denied(answer, "NB704") == denied, answer.message
    away = {"metadata": {"ownerReferences": None}}
    assert is_denied(cluster.plane.client("bob").patch(pod, away, "merge"), "NB704")
    debug = {"spec": {"ephemeralContainers": [{"name": "debug", "image": "a"}]}}
    answer = cluster.plane.client("bob").patch(pod, debug, "strategic", subresource="ephemeralcontainers")
    assert is_denied(answer, "NB704"), answer.message


def test_no_answer_was_a_failure(cluster: Cluster) -> None:
    """The API server took every answer, and every patch in one could be applied."""
    assert cluster.reviews
    codes = {said["response"].get("status", {}).get("code") for _, _, said in cluster.reviews}
    assert codes <= {None, 403, 422}, json.dumps(sorted(map(str, codes)))
