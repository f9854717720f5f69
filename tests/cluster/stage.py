"""A stage for people: a cluster on which the webhook is installed and serves, with everybody who comes there.

The server is a process of its own that watches as the account of the manifests, with the rights that these grant;
the configurations are those that `nbcore webhook-config` prints. This module refuses to know what anybody may do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import urlopen

import trustme
import yaml

from nbcore.workload import objects
from tests.cluster import binaries
from tests.cluster.client import Client
from tests.cluster.control_plane import CONTROLLER_MANAGER, ControlPlane, User, service_account
from tests.cluster.processes import Process, free_ports
from tests.cluster.stage_objects import FOREIGN_CRDS, KINDS, NODE, TENANT, namespace, notebook

Json = Any
ROOT: Final = Path(__file__).parents[2]
GITOPS: Final = "system:serviceaccount:argocd:argocd-application-controller"
CONTROLLER: Final = "system:serviceaccount:jackhoman:controller"
SERVER: Final = "system:serviceaccount:jackhoman:webhook"
PEOPLE: Final = (
    User("admin", ("system:masters",)),
    User("ada"),
    User("bob"),
    User("carol"),
    service_account("argocd", "argocd-application-controller"),
    service_account("jackhoman", "controller"),
    service_account("jackhoman", "webhook"),
    CONTROLLER_MANAGER,
)
DIALECTS: Final = "native,kubeflow-v2,kubeflow-v1"
CRDS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
START_SECONDS: Final = 60.0
DAY: Final = "2026-01-31T00:00:00Z"


class Stage:
    """A control plane, the webhook's server, and what people type."""

    def __init__(self, plane: ControlPlane) -> None:
        self.plane, self.folder = plane, plane.folder
        self.port, self.health = free_ports(2)
        self.authorities = trustme.CA(), trustme.CA()
        self._server: Process | None = None
        self._count = self._starts = 0

    # ---- the server ----

    def start(self) -> None:
        """Starts the server, and returns when it is ready."""
        token = self.folder / "webhook.token"
        token.write_text(self.plane.users[SERVER].token)
        flags = {
            "dialects": DIALECTS,
            "server": self.plane.url,
            "token-file": token,
            "ca-file": self.folder / "ca.pem",
            "host": "127.0.0.1",
            "port": self.port,
            "health-port": self.health,
            "tls-cert": self.folder / "webhook.crt",
            "tls-key": self.folder / "webhook.key",
            "tls-poll": 0.1,
            "drain-seconds": 0,
            "log-level": "debug",
            "trusted-creator": GITOPS,
            "cleaner": CONTROLLER,
        }
        if not (self.folder / "webhook.crt").exists():
            self.rotate()
        self._starts += 1
        command = [sys.executable, "-m", "webhook.main", "--watch"]
        self._server = Process(
            f"nbcore-webhook-{self._starts}",
            [*command, *(f"--{key}={value}" for key, value in flags.items())],
            self.folder,
        )
        self._server.wait_until(self.is_ready, START_SECONDS)

    def stop(self) -> None:
        """Stops the server, if it runs."""
        if self._server is not None:
            self._server.stop()
        self._server = None

    def is_ready(self) -> bool:
        """Whether the server says that it is."""
        try:
            with urlopen(f"http://127.0.0.1:{self.health}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (HTTPError, OSError):
            return False

    def logged(self) -> list[Json]:
        """What the server has logged so far, on all of its starts."""
        files = sorted(self.folder.glob("nbcore-webhook-*.log"))
        return [json.loads(line) for file in files for line in file.read_text().splitlines() if line]

    def answered(self, **of: Json) -> list[Json]:
        """The lines of the log about answers that have these fields."""
        return [one for one in self.logged() if one["message"] == "answered" and of.items() <= one.items()]

    def metric(self, series: str) -> float:
        """The value of a series; zero for one that is not there."""
        with urlopen(f"http://127.0.0.1:{self.health}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return sum(float(one.rpartition(" ")[2]) for one in lines if one.startswith(series))

    def rotate(self) -> None:
        """Gives the server another pair, of the other authority; torn for a moment, as nobody swaps two files."""
        self._count += 1
        made = self.authorities[self._count % 2].issue_cert("127.0.0.1")
        (self.folder / "webhook.crt").write_bytes(made.cert_chain_pems[0].bytes())
        (self.folder / "webhook.key").write_bytes(made.private_key_pem.bytes())

    @contextmanager
    def rotating(self) -> Iterator[None]:
        """Rotates the certificate again and again meanwhile."""
        done = threading.Event()

        def work() -> None:
            while not done.wait(0.25):
                self.rotate()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    # ---- people ----

    def kubectl(
        self, user: str, *arguments: str, stdin: Json = None, editor: str = "false"
    ) -> subprocess.CompletedProcess[str]:
        """What somebody types; `stdin` is text, or objects."""
        text = stdin if isinstance(stdin, str | None) else yaml.safe_dump_all(stdin)
        here = {"KUBECACHEDIR": str(self.folder / "cache"), "TMPDIR": str(self.folder)}
        environment = {**os.environ, "KUBE_EDITOR": editor, **here}
        return subprocess.run(
            [str(binaries.kubectl()), f"--kubeconfig={self.plane.kubeconfig(user)}", *arguments],
            input=text,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=environment,
            check=False,
            timeout=60,
        )

    def apply(self, user: str, one: Json, *flags: str) -> subprocess.CompletedProcess[str]:
        """The same of `kubectl apply`."""
        return self.kubectl(user, "apply", *flags, "-f", "-", stdin=[one])

    def client(self, user: str = "admin") -> Client:
        """A client that is somebody."""
        return self.plane.client(user)

    def stored(self, one: Json) -> Json:
        """The object as it is now."""
        return self.client().get(one).expect()

    def exists(self, one: Json) -> bool:
        """Whether the object is there."""
        return self.client().get(one).status != 404

    def wait_until_gone(self, one: Json) -> None:
        """Returns when the object is not there any more; a namespace takes a while."""
        self.plane.wait(lambda: not self.exists(one), 60)

    # ---- the world ----

    def namespace(self, admission: str = "enforced", **labels: str) -> str:
        """A namespace that ada and bob share, whose pods are judged."""
        name = self.plane.namespace({"jackhoman.dev/admission": admission, **labels}, prefix="team")
        for user in ("ada", "bob"):
            self.plane.grant(user, "tenant", name)
        return name

    def run(self, one: Json, catalog: Json, *, user: str = "ada") -> Json:
        """Creates a notebook and lets it run: its controller makes the StatefulSet, whose controller the pod."""
        stored = self.client(user).create(one).expect()
        (carrier,) = (made for made in objects(stored, catalog)[0] if made["kind"] == "StatefulSet")
        self.client(CONTROLLER).create(carrier).expect()
        space, name = one["metadata"]["namespace"], f"{carrier['metadata']['name']}-0"
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": space, "name": name}}
        self.plane.wait(lambda: self.exists(pod))
        self.plane.run_pod(space, name)
        ready = {
            "type": "Ready",
            "status": "True",
            "reason": "Runs",
            "message": "",
            "lastTransitionTime": DAY,
        }
        status = {"status": {"conditions": [ready]}}
        self.client(CONTROLLER).patch(one, status, "merge", subresource="status").expect()
        return self.stored(pod)


@contextmanager
def opened() -> Iterator[Stage]:
    """A stage on which everything is installed; the notebook old/legacy was there before the webhook."""
    with ControlPlane(users=PEOPLE) as plane:
        made = Stage(plane)
        _install_crds(made)
        _apply(made, [NODE, *_accounts(made), *NAMESPACES, *TENANT])
        plane.grant("carol", "tenant", "elsewhere")
        for user in ("ada", "bob"):
            plane.grant(user, "tenant", "old")
        plane.wait(lambda: made.client().create(notebook("legacy", "old")).ok)
        _apply(made, KINDS)
        made.start()
        try:
            _register(made)
            yield made
        except BaseException as failure:
            failure.add_note(made._server.tail(15) if made._server is not None else "the server is down")
            raise
        finally:
            made.stop()


NAMESPACES: Final = (
    namespace("kinds"),
    namespace("elsewhere", {"jackhoman.dev/admission": "enforced"}),
    namespace("old", {"jackhoman.dev/admission": "enforced"}),
)


def _apply(made: Stage, given: Json) -> None:
    applied = made.kubectl("admin", "apply", "-f", "-", stdin=given)
    assert applied.returncode == 0, applied.stderr


def _install_crds(made: Stage) -> None:
    files = sorted((ROOT / "schemas" / "crd").glob("*.yaml"))
    crds = [yaml.safe_load(file.read_text()) for file in files] + list(FOREIGN_CRDS)
    created = made.kubectl("admin", "create", "-f", "-", stdin=crds)
    assert created.returncode == 0, created.stderr
    made.plane.wait(lambda: all(map(_is_established, made.client().get(CRDS).expect()["items"])))


def _is_established(crd: Json) -> bool:
    """Whether a CRD is served; its conditions are null until the server has judged it."""
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _accounts(made: Stage) -> list[Json]:
    """The namespace, the account and the rights of the manifests."""
    kustomization = {
        "resources": [_relative(made, "base")],
        "components": [_relative(made, f"components/{one}") for one in ("kubeflow-v2", "kubeflow-v1")],
    }
    (made.folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    printed = made.kubectl("admin", "kustomize", ".")
    assert printed.returncode == 0, printed.stderr
    wanted = ("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
    return [one for one in yaml.safe_load_all(printed.stdout) if one["kind"] in wanted]


def _relative(made: Stage, folder: str) -> str:
    return os.path.relpath(ROOT / "manifests" / folder, made.folder.resolve())


def _register(made: Stage) -> None:
    """Registers the webhook, and returns when the API server asks it."""
    bundle = made.folder / "bundle.pem"
    bundle.write_bytes(b"".join(one.cert_pem.bytes() for one in made.authorities))
    command = [sys.executable, "-m", "nbcore", "webhook-config", "--url", f"https://127.0.0.1:{made.port}"]
    printed = subprocess.run(
        [*command, "--ca-bundle", str(bundle), "--dialects", DIALECTS],
        capture_output=True,
        text=True,
        check=False,
    )
    assert printed.returncode == 0, printed.stdout + printed.stderr
    _apply(made, printed.stdout)
    probe = notebook("probe", "elsewhere", options={"size": "none"})
    made.plane.wait(lambda: "NB204" in made.client("carol").create(probe, dry_run=True).message)
    bad = {**KINDS[0], "metadata": {"name": "probe", "namespace": "kinds"}}
    bad["spec"] = {**bad["spec"], "options": [{"id": "size", "default": "none", "values": [{"id": "a"}]}]}
    made.plane.wait(lambda: not made.client().create(bad, dry_run=True).ok)
