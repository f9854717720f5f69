"""Where certificates are kept and published: a folder, or a Secret and webhook configurations of a cluster.

Through the API server it touches exactly the objects that it is told to, by name: one Secret is read and
written, and of the configurations only ``caBundle``. Refuses to know certificates.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol
from urllib.parse import quote, urlsplit

_ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_SECONDS: Final = 10.0
_MOST_BYTES: Final = 8 << 20
_REGISTRATION: Final = "/apis/admissionregistration.k8s.io/v1"


class Failed(Exception):
    """Something could not be read or written; the message says what, and holds no key."""


class Keeper(Protocol):
    """Keeps a state."""

    def read(self) -> Mapping[str, bytes]:
        """What is kept; empty when there is nothing."""

    def write(self, kept: Mapping[str, bytes]) -> None:
        """Keeps this instead."""


class Folder:
    """A folder of files, one for each name that holds something."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self._folder, self._names = folder, names

    def read(self) -> dict[str, bytes]:
        """The files that are there."""
        files = {name: self._folder / name for name in self._names}
        return {name: file.read_bytes() for name, file in files.items() if file.is_file()}

    def write(self, kept: Mapping[str, bytes]) -> None:
        """Writes each file as a whole, readable for its owner only."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, data in kept.items():
            file = self._folder / name
            if not data:
                file.unlink(missing_ok=True)
                continue
            fresh = self._folder / f".{name}.new"
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(data)
                opened.flush()
                os.fsync(descriptor)
            fresh.replace(file)


class Cluster(NamedTuple):
    """An API server, and the account that asks it."""

    url: str
    token_file: Path
    ca_file: Path

    def ask(
        self, method: str, path: str, body: Any = None, kind: str = "application/json"
    ) -> tuple[int, dict[str, Any]]:
        """Status and body of one answer.

        Raises: Failed when there is none, or one that is no JSON.
        """
        parts = urlsplit(self.url)
        try:
            context = ssl.create_default_context(cafile=str(self.ca_file))
            token = self.token_file.read_text("ascii").strip()
            connection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=_SECONDS, context=context
            )
            headers = {"Authorization": f"Bearer {token}", "Content-Type": kind, "Accept": "application/json"}
            try:
                data = None if body is None else json.dumps(body)
                connection.request(method, path, data, headers)
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read(_MOST_BYTES))
            finally:
                connection.close()
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Failed(f"{method} {path}: {type(error).__name__}") from None


def here() -> Cluster:
    """The cluster that this process runs in.

    Raises: Failed outside of one.
    """
    host = os.environ.get("KUBERNETES_SERVICE_HOST", "")
    port = os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    if not host:
        raise Failed("this is no pod of a cluster; say --server, --token-file and --ca-file")
    address = f"[{host}]" if ":" in host else host
    return Cluster(f"https://{address}:{port}", _ACCOUNT / "token", _ACCOUNT / "ca.crt")


class Secret:
    """One Secret."""

    def __init__(self, cluster: Cluster, namespace: str, name: str) -> None:
        self._cluster = cluster
        self._all = f"/api/v1/namespaces/{quote(namespace, '')}/secrets"
        self._path = f"{self._all}/{quote(name, '')}"
        self._empty = {
            "apiVersion": "v1",
            "kind": "Secret",
            "type": "Opaque",
            "metadata": {"name": name, "namespace": namespace},
        }
        self._found: dict[str, Any] | None = None

    def read(self) -> dict[str, bytes]:
        """Its data, and none without it."""
        status, found = self._cluster.ask("GET", self._path)
        self._found = found if status == 200 else None
        if status not in (200, 404):
            raise Failed(f"the Secret cannot be read: {status}")
        try:
            return {key: base64.b64decode(value) for key, value in (found.get("data") or {}).items()}
        except (binascii.Error, TypeError):
            raise Failed("the data of the Secret is no base64") from None

    def write(self, kept: Mapping[str, bytes]) -> None:
        """Writes all of its data, if nobody else has written meanwhile."""
        data = {key: base64.b64encode(value).decode("ascii") for key, value in kept.items()}
        if self._found is None:
            status, _ = self._cluster.ask("POST", self._all, {**self._empty, "data": data})
        else:
            body = {**self._found, "data": {**(self._found.get("data") or {}), **data}}
            status, _ = self._cluster.ask("PUT", self._path, body)
        if status not in (200, 201):
            raise Failed(f"the Secret cannot be written: {status}")


class Configuration(NamedTuple):
    """One webhook configuration, ``mutating`` or ``validating``."""

    cluster: Cluster
    type: str
    name: str

    def publish(self, bundle: bytes) -> bool:
        """Whether its webhooks had another bundle; they have this one now.

        Raises: Failed when it cannot be read or written.
        """
        path = f"{_REGISTRATION}/{self.type}webhookconfigurations/{quote(self.name, '')}"
        status, found = self.cluster.ask("GET", path)
        if status != 200:
            raise Failed(f"the {self.type} webhook configuration {self.name[:64]} cannot be read: {status}")
        text = base64.b64encode(bundle).decode("ascii")
        patch = [
            one for index, hook in enumerate(found.get("webhooks", ())) for one in _edit(index, hook, text)
        ]
        if not patch:
            return False
        status, _ = self.cluster.ask("PATCH", path, patch, "application/json-patch+json")
        if status != 200:
            raise Failed(
                f"the {self.type} webhook configuration {self.name[:64]} cannot be written: {status}"
            )
        return True


def _edit(index: int, hook: dict[str, Any], bundle: str) -> list[dict[str, Any]]:
    """The patch of one webhook: none when it is right; it fails if another one stands there by then."""
    if hook.get("clientConfig", {}).get("caBundle") == bundle:
        return []
    return [
        {"op": "test", "path": f"/webhooks/{index}/name", "value": hook["name"]},
        {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": bundle},
    ]
