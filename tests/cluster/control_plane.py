"""A real Kubernetes control plane for one test session: etcd, API server and controller manager.

There is no kubelet: pods are stored, bound, updated and collected for real, and nothing runs inside them.
Every user is real as well: a token that the API server turns into a name and groups, under RBAC.

This module refuses to know nbcore: it judges it.
"""

from __future__ import annotations

import itertools
import json
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.cluster import binaries
from tests.cluster.client import Answer, Client, Object
from tests.cluster.processes import DidNotStart, Process, free_ports

START_SECONDS = 60.0


class User(NamedTuple):
    """Somebody whom the API server knows by a token."""

    name: str
    groups: tuple[str, ...] = ()

    @property
    def token(self) -> str:
        """The user's bearer token."""
        return f"token-of-{self.name.replace(':', '-')}"


def service_account(namespace: str, name: str) -> User:
    """A user with the name and the groups that the API server gives to a service account."""
    groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}")
    return User(f"system:serviceaccount:{namespace}:{name}", groups)


CONTROLLER_MANAGER = User("system:kube-controller-manager")
USERS: tuple[User, ...] = (
    User("admin", ("system:masters",)),
    User("alice", ("data-science", "ml-team")),
    User("bob", ("data-science",)),
    User("carol", ("platform",)),
    service_account("jackhoman", "controller"),
    service_account("jackhoman", "webhook"),
    service_account("kubeflow", "jupyter-web-app"),
    service_account("argocd", "argocd-application-controller"),
    CONTROLLER_MANAGER,
)


class ControlPlane:
    """A running control plane, between `with` and the end of its block.

    `disabled_admission` names admission plugins that are switched off. ServiceAccount is, by default: a pod
    then is stored without a token volume, and may name an account that nobody made.
    """

    def __init__(
        self,
        *,
        users: Iterable[User] = USERS,
        controllers: bool = True,
        disabled_admission: Sequence[str] = ("ServiceAccount",),
        api_server_flags: Sequence[str] = (),
    ) -> None:
        self.users: Mapping[str, User] = {user.name: user for user in users}
        self.controllers = controllers
        self._disabled_admission = tuple(disabled_admission)
        self._api_server_flags = tuple(api_server_flags)
        self._processes: list[Process] = []
        self._clients: dict[str, Client] = {}
        self._discovery: dict[str, Any] = {}
        self._numbers = itertools.count(1)

    def __enter__(self) -> ControlPlane:
        self._temporary = tempfile.TemporaryDirectory(prefix="nbcore-cluster-")
        self.folder = Path(self._temporary.name)
        try:
            self._start()
        except BaseException as failure:
            for process in self._processes:
                failure.add_note(process.tail())
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by program."""
        return {process.name: process.pid for process in self._processes}

    def log(self, program: str, lines: int = 40) -> str:
        """The end of what a program has logged."""
        return next(one.tail(lines) for one in self._processes if one.name == program)

    def client(self, user: str = "admin") -> Client:
        """A client that is this user; the same one at each call."""
        if user not in self._clients:
            token = self.users[user].token
            self._clients[user] = Client(self.url, token, self.tls, self._discovery)
        return self._clients[user]

    def many(self, documents: Iterable[Object], *, user: str = "admin") -> list[Answer]:
        """The answers to many dry-run creates at once, in the order of the documents."""
        return self.client(user).many(documents)

    def kubectl(
        self, *arguments: str, user: str = "admin", stdin: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """The finished kubectl call of this user; the caller looks at its return code."""
        program = binaries.kubectl()
        assert program is not None
        command = [str(program), f"--kubeconfig={self.kubeconfig(user)}", *arguments]
        return subprocess.run(
            command, input=stdin, capture_output=True, text=True, cwd=self.folder, check=False
        )

    def kubeconfig(self, user: str = "admin") -> Path:
        """A kubeconfig file of this user."""
        path = self.folder / f"kubeconfig-{user.replace(':', '-')}"
        cluster = {"server": self.url, "certificate-authority": str(self.folder / "ca.pem")}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": user, "user": {"token": self.users[user].token}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": user}}],
            "current-context": "test",
        }
        path.write_text(json.dumps(document))
        return path

    def namespace(self, labels: Mapping[str, str] | None = None, *, prefix: str = "test") -> str:
        """The name of a new namespace that nobody else uses."""
        name = f"{prefix}-{next(self._numbers)}"
        metadata = {"name": name, "labels": dict(labels or {})}
        self.client().create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).expect()
        return name

    def grant(self, user: str, role: str, namespace: str) -> None:
        """Binds one of the cluster's own roles (view, edit, admin) to a user, in one namespace."""
        group = "rbac.authorization.k8s.io"
        name = f"{user}-{role}".replace(":", "-")
        binding = {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": name, "namespace": namespace},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": group, "kind": "User", "name": user}],
        }
        self.client().create(binding).expect()

    def run_pod(self, namespace: str, name: str, *, node: str = "node") -> None:
        """Makes a stored pod look as if a kubelet ran it: bound to a node, running, ready."""
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": namespace, "name": name}}
        target = {"apiVersion": "v1", "kind": "Node", "name": node}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
        path = self.client().path(pod, "binding")
        self.client().request("POST", path, binding).expect()
        ready = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady", "PodScheduled")]
        status = {"phase": "Running", "conditions": ready}
        self.client().patch(pod, {"status": status}, "merge", subresource="status").expect()

    def wait(self, happened: Callable[[], Any], seconds: float = 30.0) -> Any:
        """The first true value of `happened()`.

        Raises: TimeoutError when there is none within these seconds.
        """
        deadline = time.monotonic() + seconds
        while not (value := happened()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"nothing happened within {seconds:.0f} s")
            time.sleep(0.05)
        return value

    def stop(self) -> None:
        """Ends all programs, etcd last, and removes the folder."""
        for client in self._clients.values():
            client.close()
        while self._processes:
            self._processes.pop().stop()
        self._temporary.cleanup()

    def _start(self) -> None:
        etcd, etcd_peer, api_server, manager = free_ports(4)
        self.url = f"https://127.0.0.1:{api_server}"
        self._write_keys()
        self._start_etcd(etcd, etcd_peer)
        self._start_api_server(etcd, api_server)
        if self.controllers:
            self._start_controller_manager(manager)

    def _write_keys(self) -> None:
        """The certificates, the key of service account tokens, and the users' tokens."""
        self.ca = trustme.CA()
        self.ca.cert_pem.write_to_path(self.folder / "ca.pem")
        self.tls = ssl.create_default_context(cadata=self.ca.cert_pem.bytes().decode())
        serving = self.ca.issue_cert("127.0.0.1", "localhost")
        serving.cert_chain_pems[0].write_to_path(self.folder / "serving.pem")
        serving.private_key_pem.write_to_path(self.folder / "serving.key")
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        (self.folder / "sa.key").write_bytes(pem)
        lines = [_token_line(user) for user in self.users.values()]
        (self.folder / "tokens.csv").write_text("\n".join(lines) + "\n")

    def _start_etcd(self, client: int, peer: int) -> None:
        own, peers = f"http://127.0.0.1:{client}", f"http://127.0.0.1:{peer}"
        flags = {
            "data-dir": "etcd",
            "listen-client-urls": own,
            "advertise-client-urls": own,
            "listen-peer-urls": peers,
            "initial-cluster": f"default={peers}",
            "initial-advertise-peer-urls": peers,
        }
        self._run("etcd", flags, ["--unsafe-no-fsync"])

    def _start_api_server(self, etcd: int, port: int) -> None:
        flags = {
            "etcd-servers": f"http://127.0.0.1:{etcd}",
            "bind-address": "127.0.0.1",
            "secure-port": port,
            "tls-cert-file": "serving.pem",
            "tls-private-key-file": "serving.key",
            "cert-dir": "pki",
            "service-account-issuer": "https://127.0.0.1",
            "service-account-key-file": "sa.key",
            "service-account-signing-key-file": "sa.key",
            "service-cluster-ip-range": "10.0.0.0/24",
            "authorization-mode": "RBAC",
            "token-auth-file": "tokens.csv",
            "allow-privileged": "true",
        }
        if self._disabled_admission:
            flags["disable-admission-plugins"] = ",".join(self._disabled_admission)
        process = self._run("kube-apiserver", flags, self._api_server_flags)
        process.wait_until(self._ready, START_SECONDS)

    def _start_controller_manager(self, port: int) -> None:
        flags = {
            "kubeconfig": self.kubeconfig(CONTROLLER_MANAGER.name),
            "bind-address": "127.0.0.1",
            "secure-port": port,
            "cert-dir": "pki-manager",
            "leader-elect": "false",
            "service-account-private-key-file": "sa.key",
            "root-ca-file": "ca.pem",
            "kube-api-qps": 500,
            "kube-api-burst": 1000,
        }
        process = self._run("kube-controller-manager", flags, ["--use-service-account-credentials"])
        process.wait_until(self._has_default_account, START_SECONDS)

    def _run(self, program: str, flags: Mapping[str, object], more: Sequence[str]) -> Process:
        path = binaries.find(program)
        if path is None:
            raise DidNotStart(f"{program}: {binaries.MISSING}")
        command: list[str | Path] = [path, *(f"--{name}={value}" for name, value in flags.items()), *more]
        process = Process(program, command, self.folder)
        self._processes.append(process)
        return process

    def _ready(self) -> bool:
        try:
            return self.client().get("/readyz").ok
        except OSError:  # nobody listens yet
            return False

    def _has_default_account(self) -> bool:
        """Whether the controllers work: the first thing they do is to make these accounts."""
        return self.client().get("/api/v1/namespaces/default/serviceaccounts/default").ok


def _token_line(user: User) -> str:
    """The user's line in the API server's token file; an empty column of groups would be a group named ""."""
    fields = [user.token, user.name, f"uid-of-{user.name}"]
    return ",".join(fields if not user.groups else [*fields, f'"{",".join(user.groups)}"'])
