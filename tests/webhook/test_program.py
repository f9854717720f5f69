"""The program as people run it: processes, signals, flags, and `certs` at a real API server."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
import yaml

from tests.webhook.harness import KINDS, issued, pod_review, trusting, write_pair
from webhook.certs import renew
from webhook.listening import bound
from webhook.publishing import Cluster, Configuration, Failed, Folder, Secret
from webhook.renewal import KEYS, Wishes, restored

if TYPE_CHECKING:
    from tests.cluster.control_plane import ControlPlane

ROOT = KINDS.parent


class Program(NamedTuple):
    """A program that runs, its ports, and the context that trusts it."""

    process: subprocess.Popen[str]
    port: int
    health_port: int
    tls: ssl.SSLContext

    def get(self, path: str) -> tuple[int, str]:
        """Status and text of a path of the health port; 0 when nobody is there."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health_port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ask(self, uid: str) -> dict[str, object]:
        """The response to a review, on a connection of its own."""
        request = urllib.request.Request(
            f"https://localhost:{self.port}/validate?timeout=5s",
            json.dumps(pod_review(uid)).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5, context=self.tls) as answer:
            response: dict[str, object] = json.load(answer)["response"]
            return response

    def wait(self, status: int, seconds: float = 20.0) -> None:
        """Waits until `/readyz` has this status."""
        end = time.monotonic() + seconds
        while self.get("/readyz")[0] != status:
            assert time.monotonic() < end, self.get("/readyz?verbose")
            assert self.process.poll() is None, self.process.communicate()
            time.sleep(0.05)

    def left(self, number: signal.Signals) -> tuple[int, str]:
        """Exit code and logs after a signal."""
        self.process.send_signal(number)
        _, logs = self.process.communicate(timeout=15)
        return self.process.returncode, logs


def free_ports() -> tuple[int, int]:
    """Two ports that nobody uses."""
    with bound("127.0.0.1", 0) as one, bound("127.0.0.1", 0) as other:
        return one.getsockname()[1], other.getsockname()[1]


@contextlib.contextmanager
def program(folder: Path, *flags: str) -> Iterator[Program]:
    """The program, until the end of the block."""
    pair = issued()
    chain, key = write_pair(folder, pair)
    port, health_port = free_ports()
    command = [sys.executable, "-m", "webhook.main", "--kinds", str(KINDS), "--tls-cert", str(chain)]
    command += ["--tls-key", str(key), "--port", str(port), "--health-port", str(health_port), *flags]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Program(process, port, health_port, trusting(pair.authority))
        finally:
            if process.poll() is None:
                process.kill()


def test_sigterm_drains_and_a_second_one_hurries(tmp_path: Path) -> None:
    with program(tmp_path, "--drain-seconds", "60") as running:
        running.wait(200)
        assert running.ask("before")["uid"] == "before"
        running.process.send_signal(signal.SIGTERM)
        running.wait(503)
        assert "[-]serving failed: the server is leaving" in running.get("/readyz")[1]
        assert running.ask("while leaving")["uid"] == "while leaving"
        code, logs = running.left(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in logs
    assert json.loads(logs.splitlines()[-1])["message"] == "left"


def test_sigint_leaves_at_once(tmp_path: Path) -> None:
    with program(tmp_path, "--drain-seconds", "60") as running:
        running.wait(200)
        began = time.monotonic()
        code, logs = running.left(signal.SIGINT)
        assert time.monotonic() - began < 5
    assert code == 130
    assert "Traceback" not in logs


def test_workers_share_a_port_and_are_started_again(tmp_path: Path) -> None:
    with program(tmp_path, "--workers", "2", "--drain-seconds", "0.2") as running:
        running.wait(200)
        for number in range(20):
            assert running.ask(str(number))["uid"] == str(number)
        text = running.get("/metrics")[1]
        counted = [
            float(line.rpartition(" ")[2])
            for line in text.splitlines()
            if line.startswith("nbcore_webhook_requests_total{") and 'phase="validate"' in line
        ]
        assert sum(counted) == 20
        assert 'worker="0"' in text
        assert 'worker="1"' in text
        assert "[+]certificate-1 ok" in running.get("/readyz?verbose")[1]
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(running.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        first, _second = map(int, children.stdout.split())
        os.kill(first, signal.SIGKILL)
        running.wait(503)
        running.wait(200)
        code, logs = running.left(signal.SIGTERM)
    assert code == 0
    assert "a worker ended and is started again" in logs
    assert "Traceback" not in logs


def test_without_a_certificate_it_signs_its_own(tmp_path: Path) -> None:
    port, health_port = free_ports()
    command = [sys.executable, "-m", "webhook.main", "--kinds", str(KINDS)]
    command += ["--port", str(port), "--health-port", str(health_port)]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        running = Program(process, port, health_port, context)
        running.wait(200)
        assert running.ask("1")["uid"] == "1"
        assert running.left(signal.SIGINT)[0] == 130


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "say either --kinds DIR or --watch"),
        (["--kinds", "KINDS", "--watch"], "say either --kinds DIR or --watch"),
        (["--kinds", "KINDS", "--tls-cert", "x"], "go together"),
        (["--kinds", "KINDS", "--client-name", "x"], "needs --client-ca"),
        (["--kinds", "KINDS", "--workers", "2"], "several workers need"),
        (["--kinds", "KINDS", "--kubernetes-version", "9.9"], "kubernetes_version must be"),
        (["--kinds", "KINDS", "--settings", "SETTINGS"], "there is no setting 'colour'"),
        (
            ["--watch", "--server", "https://localhost", "--dialects", "klingon"],
            "there is no dialect 'klingon'",
        ),
        (["--kinds", "KINDS", "--host", "192.0.2.1"], "cannot listen on port"),
        (["certs", "--dir", "x"], "say --service"),
        (["certs", "--name", "x"], "say either --dir DIR or --secret"),
        (["certs", "--service", "x", "--dir", "x"], "--service is NAMESPACE/NAME"),
        (["certs", "--name", "x", "--secret", "a/b", "--server", "https://x"], "go together"),
    ],
)
def test_flags_that_cannot_be_end_it_in_words(flags: list[str], words: str, tmp_path: Path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text("colour: red\n")
    given = [str(KINDS) if one == "KINDS" else str(settings) if one == "SETTINGS" else one for one in flags]
    command = [sys.executable, "-m", "webhook.main", *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


WISHES = Wishes(("webhook.nbcore.svc",), 90, timedelta(0))
NOW = datetime.now(UTC)


def test_a_folder_is_renewed_in_three_runs(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "certs", KEYS)
    assert renew(folder, [], WISHES, NOW) == "a certificate was made"
    assert renew(folder, [], WISHES, NOW) == "nothing is due"
    later = NOW + timedelta(days=61)
    said = [renew(folder, [], WISHES, later + timedelta(minutes=minute)) for minute in range(4)]
    assert said == [
        "both authorities are published",
        "the new certificate is served",
        "the old authority was dropped",
        "nothing is due",
    ]
    assert {file.name for file in (tmp_path / "certs").iterdir()} == {"tls.crt", "tls.key", "ca.crt", "since"}
    assert (tmp_path / "certs" / "tls.key").stat().st_mode & 0o077 == 0


def test_a_secret_and_the_bundles_are_renewed_at_the_api_server(
    control_plane: ControlPlane, tmp_path: Path
) -> None:
    client, namespace = control_plane.client(), control_plane.namespace()
    token = tmp_path / "token"
    token.write_text(control_plane.users["admin"].token)
    cluster = Cluster(control_plane.url, token, control_plane.folder / "ca.pem")
    name = f"certs-{namespace}"
    hook = {
        "name": "validate.nbcore.example.com",
        "clientConfig": {"service": {"namespace": namespace, "name": "webhook"}},
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Ignore",
        "rules": [],
    }
    made = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [hook, {**hook, "name": "second.nbcore.example.com"}],
    }
    assert client.create(made).status == 201
    keeper, configuration = Secret(cluster, namespace, "tls"), Configuration(cluster, "validating", name)

    def bundles() -> set[bytes]:
        status, found = cluster.ask(
            "GET", f"/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/{name}"
        )
        assert status == 200
        return {base64.b64decode(one["clientConfig"]["caBundle"]) for one in found["webhooks"]}

    assert renew(keeper, [configuration], WISHES, NOW) == "a certificate was made"
    first = restored(keeper.read())
    assert bundles() == {first.bundle}
    later = NOW + timedelta(days=61)
    assert renew(keeper, [configuration], WISHES, later) == "both authorities are published"
    both = restored(keeper.read())
    assert bundles() == {both.bundle}
    assert both.bundle.count(b"BEGIN") == 2
    assert both.served == first.served
    # somebody applies the configuration as it was: the next run publishes first, and takes no step
    assert configuration.publish(first.bundle)
    assert renew(keeper, [configuration], WISHES, later) == "published again"
    assert renew(keeper, [configuration], WISHES, later) == "the new certificate is served"
    assert renew(keeper, [configuration], WISHES, later) == "the old authority was dropped"
    assert bundles() == {restored(keeper.read()).bundle}
    with pytest.raises(Failed, match="cannot be read: 404"):
        Configuration(cluster, "mutating", name).publish(b"x")
    token.write_text("nobody")
    with pytest.raises(Failed, match="401"):
        keeper.read()


def test_the_api_server_asks_a_server_that_watches_it(control_plane: ControlPlane, tmp_path: Path) -> None:
    for file in sorted((ROOT / "schemas" / "crd").glob("*.yaml")):
        answer = control_plane.client().create(yaml.safe_load(file.read_text()))
        assert answer.ok or answer.status == 409, answer.message  # another test may have been first
    for plural in ("templates", "revisions", "notebooks", "poddefaults"):
        path = f"/apis/jackhoman.dev/v1beta1/{plural}"
        control_plane.wait(lambda path=path: control_plane.client().get(path).ok)  # type: ignore[misc]
    namespace = control_plane.namespace()
    token = tmp_path / "token"
    token.write_text(control_plane.users["admin"].token)
    pair = issued()
    chain, key = write_pair(tmp_path, pair)
    port, health_port = free_ports()
    hook = {
        "name": "validate.nbcore.example.com",
        "clientConfig": {
            "url": f"https://127.0.0.1:{port}/validate",
            "caBundle": base64.b64encode(pair.authority).decode(),
        },
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
        "timeoutSeconds": 5,
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "rules": [
            {
                "apiGroups": ["jackhoman.dev"],
                "apiVersions": ["*"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["templates"],
            }
        ],
    }
    configuration = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": f"asks-{namespace}"},
        "webhooks": [hook],
    }
    command = [sys.executable, "-m", "webhook.main", "--watch", "--server", control_plane.url]
    command += ["--token-file", str(token), "--ca-file", str(control_plane.folder / "ca.pem")]
    command += ["--dialects", "native,kubeflow-v2", "--tls-cert", str(chain), "--tls-key", str(key)]
    command += ["--port", str(port), "--health-port", str(health_port), "--drain-seconds", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        running = Program(process, port, health_port, trusting(pair.authority))
        try:
            running.wait(200, 30)
            client = control_plane.client()
            assert client.create(configuration).status == 201
            mounts = [{"name": "absent", "mountPath": "/x"}]
            container = {"name": "main", "image": "example.com/x:1", "volumeMounts": mounts}
            template = {
                "apiVersion": "jackhoman.dev/v1beta1",
                "kind": "Template",
                "metadata": {"name": "wrong", "namespace": namespace},
                "spec": {"template": {"spec": {"containers": [container]}}},
            }
            end = time.monotonic() + 10
            while (answer := client.create(template, dry_run=True)).status < 400:
                assert time.monotonic() < end, "the API server does not ask"
                time.sleep(0.2)
            assert "validate.nbcore.example.com" in answer.message
            assert answer.status in (403, 422)
            assert "NB472" in answer.message
            assert "nbcore_kinds_objects" in running.get("/metrics")[1]
        finally:
            control_plane.client().delete(configuration)
            code, logs = running.left(signal.SIGTERM)
    assert code == 0
    assert "Traceback" not in logs
