"""A real API server that asks the real webhook over TLS, every review and answer of which is kept.

The webhook runs in a thread of the test, watches the API server, and is registered by URL with an authority of its
own. Refuses to know what the answers should be.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

import nbcore
from nbcore import admission
from nbcore.admission import encode
from nbcore.workload.webhook_configuration import Registration, webhook_configurations
from tests.cluster.control_plane import ControlPlane
from tests.contract.api_server import Verdict, verdict
from tests.webhook.harness import issued
from webhook import listening
from webhook.client import Access
from webhook.issuing import Issued
from webhook.pairs import Material
from webhook.serving import Plan, Server
from webhook.source_of_kinds import KindsSource
from webhook.watching import WatchedKinds

Json = Any
CRDS: Final = Path(__file__).parents[2] / "schemas" / "crd"
NATIVE: Final = "jackhoman.dev/v1beta1"
GROUPS: Final = ["jackhoman.dev", "kubeflow.org", ""]
_POLICY: Final = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [{"level": "Metadata"}]}


class Asked(NamedTuple):
    """A review that came from the API server, and what was answered."""

    review: Json
    answer: Json
    phase: str

    @property
    def request(self) -> Json:
        """The request of the review."""
        return self.review["request"]

    @property
    def response(self) -> Json:
        """The response in the answer."""
        return self.answer["response"]

    @property
    def verdict(self) -> Verdict:
        """What the API server in small makes of it."""
        return self.verdict_on("hook.example.com")

    def verdict_on(self, webhook: str) -> Verdict:
        """The same, where the webhook has this name."""
        return verdict(self.review, encode(self.answer), mutating=self.phase == "mutate", webhook=webhook)


class Served:
    """A webhook that serves in a thread of its own, between `with` and the end of its block."""

    def __init__(self, source: Callable[[], KindsSource]) -> None:
        self.pair: Issued = issued()
        self._socket = listening.bound("127.0.0.1", 0)
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self._source = source
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    @property
    def bundle(self) -> str:
        """The authority of its certificate, as a configuration has it."""
        return base64.b64encode(self.pair.authority).decode()

    def __enter__(self) -> Served:
        self._thread.start()
        soon(lambda: hasattr(self, "server") and self.server.rotation.generation)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self.server.leave)
        self._thread.join(30)

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        material = Material(self.pair.certificate, self.pair.key)
        plan = Plan(self._source, certificate=lambda: material, settings=nbcore.Settings, drain=0.0)
        self.server = Server(plan)
        await self.server.serve(self._socket)


@dataclass
class Stage:
    """A control plane, the webhook that it asks, and what they have said to each other."""

    plane: ControlPlane
    audit: Path
    asked: list[Asked] = field(default_factory=list)

    def record(self, review: Json, catalog: Any, settings: Any = None, *, phase: Any) -> Json:
        """The answer to a review; both are kept."""
        answer = self._review(review, catalog, settings, phase=phase)
        self.asked.append(Asked(review, answer, phase))
        return answer

    _review = staticmethod(admission.review)

    def about(self, name: str, operation: str = "", phase: str = "", since: int = 0) -> list[Asked]:
        """The reviews of an object of that name; a name that only the old object bears counts as well."""
        return [
            one
            for one in self.asked[since:]
            if name
            in (
                one.request.get("name"),
                _name(one.request.get("object")),
                _name(one.request.get("oldObject")),
            )
            and operation in ("", one.request["operation"])
            and phase in ("", one.phase)
        ]

    def audited(self, **of: str) -> list[Json]:
        """The finished events of the audit log about an object, or of a user."""
        events = [json.loads(line) for line in self.audit.read_text().splitlines() if line.endswith("}")]
        wanted = {key: value for key, value in of.items() if key != "verb"}
        return [
            one
            for one in events
            if one["stage"] == "ResponseComplete"
            and wanted.items() <= one.get("objectRef", {}).items()
            and of.get("verb", one["verb"]) == one["verb"]
        ]


def soon(happened: Callable[[], Any], seconds: float = 60.0) -> Any:
    """The first true value of `happened()`.

    Raises: TimeoutError.
    """
    until = time.monotonic() + seconds
    while not (value := happened()):
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.05)
    return value


def _name(value: Json) -> Json:
    return (value or {}).get("metadata", {}).get("name")


@contextmanager
def staged(folder: Path) -> Iterator[Stage]:
    """The stage, set: kinds are installed, webhooks are asked, and nobody but admins may do anything yet."""
    policy, log = folder / "policy.yaml", folder / "audit.log"
    policy.write_text(yaml.safe_dump(_POLICY))
    flags = [f"--audit-policy-file={policy}", f"--audit-log-path={log}", "--audit-log-mode=blocking"]
    with ControlPlane(controllers=False, api_server_flags=flags) as plane:
        install(plane)
        token = folder / "token"
        token.write_text(plane.users["admin"].token)
        account = Access(plane.url, token, plane.folder / "ca.pem")
        with Served(lambda: WatchedKinds(account, ("native", "kubeflow-v2"))) as served:
            soon(lambda: served.server.source.synced)
            register(plane, served)
            yield Stage(plane, log)


def install(plane: ControlPlane) -> None:
    """Installs the kinds, and waits until they are served."""
    client = plane.client()
    crds = [yaml.safe_load(one.read_text()) for one in sorted(CRDS.glob("*.yaml"))]
    for one in crds:
        client.create(one).expect()
    for one in crds:
        spec = one["spec"]
        path = f"/apis/{spec['group']}/{spec['versions'][0]['name']}/{spec['names']['plural']}"
        soon(lambda path=path: client.get(path).ok)  # type: ignore[misc]


def register(plane: ControlPlane, served: Served) -> None:
    """Registers our own configurations, and waits until they are heeded."""
    client = plane.client()
    given = Registration(url=served.url, ca_bundle=served.bundle, dialects=("native", "kubeflow-v2"))
    for one in webhook_configurations(given):
        client.create(one).expect()
    wrong = {"template": {"spec": {"containers": [{"name": "main", "command": [1]}]}}}
    for kind, spec, asked in (
        ("Template", wrong, "kinds.validate"),
        ("Notebook", {"templateRef": {"name": "gone"}}, "notebooks.validate"),
    ):
        probe = {"apiVersion": NATIVE, "kind": kind, "metadata": {"name": "probe"}, "spec": spec}
        soon(lambda one=probe, word=asked: word in client.create(one, dry_run=True).message)  # type: ignore[misc]


def let_in(plane: ControlPlane, namespace: str, users: Sequence[str]) -> None:
    """Lets users do everything with our kinds and with pods in a namespace: what stops them then is the webhook."""
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": "all", "namespace": namespace},
        "rules": [{"apiGroups": GROUPS, "resources": ["*"], "verbs": ["*"]}],
    }
    binding = {
        **{key: role[key] for key in ("apiVersion", "metadata")},
        "kind": "RoleBinding",
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "all"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": one} for one in users],
    }
    for one in (role, binding):
        plane.client().create(one).expect()


def hook(
    name: str,
    resource: str,
    client: Mapping[str, str],
    namespace: str,
    *,
    timeout: int = 10,
    policy: str = "Fail",
) -> Json:
    """A validating webhook of a test's own, for the creation of one resource of the core in one namespace."""
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}
    return {
        "name": f"{name}.example.com",
        "clientConfig": dict(client),
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": policy,
        "timeoutSeconds": timeout,
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "rules": [{**rule, "scope": "Namespaced"}],
    }
