"""The admission port: a body comes in, ``nbcore.admission`` is asked, an answer goes out before its time is over.

Every way to end is an HTTP answer: a verdict, or a status that the API server knows how to take (503 with
Retry-After is asked again). Refuses to know what reviews say, beyond what metrics and logs count.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple, TypeVar
from urllib.parse import parse_qs

from aiohttp import web

import nbcore
from nbcore import admission
from webhook import durations
from webhook.bodies import READ_SECONDS, Bodies, Refusal
from webhook.connections import OLD_SECONDS, Connection
from webhook.logs import LOG, field
from webhook.metrics import Metrics
from webhook.source_of_kinds import KindsSource, Need

PATHS: Final[dict[str, Phase]] = {"/mutate": "mutate", "/validate": "validate"}
DEADLINE_SHARE: Final = 0.8
DEFAULT_SECONDS: Final = 10.0
"""What the API server waits when a webhook's configuration does not say."""
MOST_SECONDS: Final = 30.0
ROUNDS: Final = 4
SLICE_SECONDS: Final = 0.02
"""How long the event loop judges reviews before it reads, refuses and greets again."""
_QUICK: Final = frozenset({"pods", "notebooks", "workspaces"})
"""Whose reviews take milliseconds. A change of a kind is tried on everything that uses it."""
_JSON: Final = "application/json"
_RETRY: Final = {"Retry-After": "1"}
_SERVER: Final = {"Server": "nbcore-webhook"}
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

Phase = Literal["mutate", "validate"]
Result = TypeVar("Result")

OVERLOAD: Final = (503, "overload", "too many requests at once")
DEADLINE: Final = (503, "deadline", "no time is left for an answer")
NOT_SYNCED: Final = (503, "not_synced", "the kinds have not been read yet")


class Target(NamedTuple):
    """Where a request goes, and the seconds that the client waits for it."""

    phase: Phase | None
    seconds: float


class Opened(NamedTuple):
    """A review that has been read, the catalog of the moment, and what this review needs beside it."""

    review: Any
    catalog: nbcore.Catalog
    missing: Sequence[Need]


class Limits(NamedTuple):
    """What the port takes on.

    Units: requests that are worked on or wait for it; how many of them may take long, so that there is room for
    the others; bytes from which on a body leaves the event loop; seconds after which a connection with an older
    certificate ends.
    """

    in_flight: int = 320
    long: int = 32
    big: int = 128 << 10
    old: float = OLD_SECONDS


class Answering:
    """Answers the requests of the admission port; `handle` is the handler of its connections."""

    def __init__(
        self,
        source: KindsSource,
        settings: Callable[[], nbcore.Settings],
        metrics: Metrics,
        executor: Executor,
        *,
        limits: Limits = Limits(),  # noqa: B008 - immutable
        generation: Callable[[], int] = lambda: 0,
        allowed_clients: frozenset[str] = frozenset(),
    ) -> None:
        self._source = source
        self._settings = settings
        self._metrics = metrics
        self._executor = executor
        self._limits = limits
        self._generation = generation
        self._allowed_clients = allowed_clients
        self._bodies = Bodies()
        self._loop = asyncio.get_running_loop()
        self._judged_for = 0.0  # seconds, in this round of the loop
        self._long = 0
        self.in_flight = 0
        self.draining = False

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """The answer to one request."""
        connection = request.protocol
        if not isinstance(connection, Connection):
            raise TypeError("the handler serves connections of its own server only")
        began = connection.begin()
        try:
            response = await self._respond(request, connection, began)
        except Refusal as refusal:
            response = self._refused(refusal)
        finally:
            connection.end()
        if self.draining or connection.is_stale(self._generation(), self._loop.time(), self._limits.old):
            response.force_close()
        return response

    async def _respond(self, request: web.BaseRequest, connection: Connection, began: float) -> web.Response:
        target = _target(request.raw_path)
        if target.phase is None:
            raise Refusal(404, "path", "there is nothing here; admission is at /mutate and /validate")
        until = began + DEADLINE_SHARE * target.seconds
        self._check_head(request, connection)
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(_CONTINUE)
            request.writer.output_size = 0
        body = await self._bodies.read(request, min(began + READ_SECONDS, until))
        try:
            if not body:
                raise Refusal(400, "bad_request", "the body is empty")
            return await self._in_turn(body, target.phase, began, until)
        finally:
            self._bodies.done(body)

    def _check_head(self, request: web.BaseRequest, connection: Connection) -> None:
        if request.method != "POST":
            raise Refusal(405, "method", "an admission review is posted")
        if self._allowed_clients and not self._is_welcome(connection):
            raise Refusal(403, "stranger", "the certificate of this client is not on the list")
        headers = request.headers
        if headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Refusal(415, "content_encoding", "a body must not be compressed")
        if not _is_json(headers.get("Content-Type", "")):
            raise Refusal(415, "content_type", "a body must be application/json")

    def _is_welcome(self, connection: Connection) -> bool:
        if connection.welcome is None:
            socket = connection.socket
            certificate = socket.get_extra_info("peercert") if socket is not None else None
            connection.welcome = not self._allowed_clients.isdisjoint(_names(certificate or {}))
        return connection.welcome

    async def _in_turn(self, body: bytes, phase: Phase, began: float, until: float) -> web.Response:
        """The answer, unless too many others wait for theirs."""
        if self.in_flight >= self._limits.in_flight:
            raise Refusal(*OVERLOAD)
        self.in_flight += 1
        try:
            await asyncio.sleep(0)  # whoever came at the same moment is counted before anybody's work begins
            if not self._source.synced:
                raise Refusal(*NOT_SYNCED)
            return await self._answer(body, phase, began, until)
        except TimeoutError:
            raise Refusal(*DEADLINE) from None
        finally:
            self.in_flight -= 1

    async def _answer(self, body: bytes, phase: Phase, began: float, until: float) -> web.Response:
        review: Any = None
        try:
            big = len(body) >= self._limits.big
            decode = self._off_loop if big else self._on_loop
            review = await decode(until, admission.decode, body)
            answer, data = await self._verdict(review, phase, until, long=big or _is_long(review, phase))
        except admission.Unreadable as error:
            raise Refusal(400, "bad_request", str(error)) from None
        except (Refusal, TimeoutError):
            raise
        except (
            Exception
        ) as error:  # whatever it is: a well-formed denial, as anything else may count as allowed
            LOG.error("internal error", extra={"uid": field(_uid_of(review)), "error": type(error).__name__})
            answer = _denial(_uid_of(review))
            data = json.dumps(answer).encode("ascii")
        return self._done(_request_of(review), answer, data, phase, began)

    async def _verdict(
        self, review: Any, phase: Phase, until: float, *, long: bool
    ) -> tuple[dict[str, Any], bytes]:
        if not long:
            opened = await self._complete(await self._on_loop(until, self._open, review), until)
            return await self._on_loop(until, self._judge, opened, phase)
        if self._long >= self._limits.long:
            raise Refusal(*OVERLOAD)
        self._long += 1
        try:
            opened = await self._complete(await self._off_loop(until, self._open, review), until)
            return await self._off_loop(until, self._judge, opened, phase)
        finally:
            self._long -= 1

    def _open(self, review: Any) -> Opened:
        catalog = self._source.catalog
        return Opened(review, catalog, admission.needs(review, catalog))

    async def _complete(self, opened: Opened, until: float) -> Opened:
        """The review with what it needs, unless no time is left."""
        if opened.missing:
            opened = await self._fetch(opened, until)
        if self._loop.time() >= until:
            raise Refusal(*DEADLINE)
        return opened

    def _judge(self, opened: Opened, phase: Phase) -> tuple[dict[str, Any], bytes]:
        answer = admission.review(opened.review, opened.catalog, self._settings(), phase=phase)
        return answer, admission.encode(answer)

    async def _fetch(self, opened: Opened, until: float) -> Opened:
        """The review with the objects that the source could give; each is asked for once."""
        asked: set[Need] = set()
        review, catalog, missing = opened
        for _ in range(ROUNDS):
            wanted = [one for one in missing if one not in asked]
            if not wanted:
                break
            asked.update(wanted)
            async with asyncio.timeout_at(until):
                objects = await asyncio.gather(*map(self._fetch_one, wanted))
            found = [one for one in objects if one is not None]
            if not found:
                break
            catalog = catalog.replace(changed=found)
            missing = admission.needs(review, catalog)
        return Opened(review, catalog, ())

    async def _fetch_one(self, need: Need) -> dict[str, Any] | None:
        try:
            found = await self._source.fetch(need)
        except Exception as error:
            LOG.error("cannot fetch", extra={"kind": field(need.kind), "error": type(error).__name__})
            found = None
        self._metrics.fetches.labels("found" if found is not None else "absent").inc()
        return found

    async def _on_loop(self, until: float, work: Callable[..., Result], *arguments: Any) -> Result:
        """The result of work that is done here, in a round of the loop that has time left for it.

        If all that wait were judged in one round, nobody would be read or sent away before it ends.
        """
        while self._judged_for > SLICE_SECONDS:
            if self._loop.time() >= until:
                raise Refusal(*DEADLINE)
            await asyncio.sleep(0)
        began = self._loop.time()
        try:
            return work(*arguments)
        finally:
            if not self._judged_for:
                self._loop.call_soon(self._next_round)
            self._judged_for += self._loop.time() - began

    def _next_round(self) -> None:
        self._judged_for = 0.0

    async def _off_loop(self, until: float, work: Callable[..., Result], *arguments: Any) -> Result:
        """The result of work that takes too long for the loop; other requests are served meanwhile."""
        async with asyncio.timeout_at(until):
            return await self._loop.run_in_executor(self._executor, work, *arguments)

    def _done(
        self, request: dict[str, Any], answer: dict[str, Any], data: bytes, phase: Phase, began: float
    ) -> web.Response:
        """Counts and logs the answer, and makes the response of it."""
        response = answer["response"]
        allowed, took = response["allowed"], self._loop.time() - began
        code = 200 if allowed else _code(response)
        outcome = "allowed" if allowed else "error" if code >= 500 else "denied"
        operation, dry_run = request.get("operation"), request.get("dryRun") is True
        self._metrics.answered(phase, operation if isinstance(operation, str) else "", dry_run, outcome, took)
        if "patch" in response:
            self._metrics.patched.inc()
        if not allowed or LOG.isEnabledFor(10):
            level = {"allowed": LOG.debug, "denied": LOG.info, "error": LOG.error}[outcome]
            level("answered", extra=_logged(request, phase, allowed, code, took))
        # who asks without an envelope gets no verdict, and a client that looks at the status alone sees so
        status = 400 if code == 400 and not response["uid"] else 200
        return _response(data, status)

    def _refused(self, refusal: Refusal) -> web.Response:
        self._metrics.refused(refusal.reason)
        LOG.debug("refused", extra={"status": refusal.status, "reason": refusal.reason})
        headers = {**_SERVER, **(_RETRY if refusal.status == 503 else {})}
        if refusal.status == 405:
            headers["Allow"] = "POST"
        response = web.Response(status=refusal.status, text=f"{refusal.message}\n", headers=headers)
        if refusal.status in (408, 413):
            response.force_close()
        return response


def _response(data: bytes, status: int = 200) -> web.Response:
    return web.Response(body=data, status=status, headers=_SERVER, content_type=_JSON)


@lru_cache(256)
def _target(raw_path: str) -> Target:
    path, _, query = raw_path.partition("?")
    try:
        said = parse_qs(query, max_num_fields=20).get("timeout", [""])[0]
    except ValueError:
        said = ""
    return Target(PATHS.get(path), min(durations.seconds(said) or DEFAULT_SECONDS, MOST_SECONDS))


@lru_cache(64)
def _is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == _JSON


def _names(certificate: dict[str, Any]) -> set[str]:
    """The common names and the DNS names of a client's certificate."""
    subject = (pair for part in certificate.get("subject", ()) for pair in part)
    names = {value for key, value in subject if key == "commonName"}
    return names | {value for key, value in certificate.get("subjectAltName", ()) if key == "DNS"}


def _request_of(review: Any) -> dict[str, Any]:
    request = review.get("request") if isinstance(review, dict) else None
    return request if isinstance(request, dict) else {}


def _uid_of(review: Any) -> str:
    uid = _request_of(review).get("uid")
    return uid if isinstance(uid, str) else ""


def _is_long(review: Any, phase: Phase) -> bool:
    resource = _request_of(review).get("resource")
    plural = resource.get("resource") if isinstance(resource, dict) else None
    return phase == "validate" and isinstance(plural, str) and plural not in _QUICK


def _code(response: dict[str, Any]) -> int:
    code = response.get("status", {}).get("code")
    return code if isinstance(code, int) else 500


def _denial(uid: str) -> dict[str, Any]:
    status = {
        "status": "Failure",
        "reason": "InternalError",
        "code": 500,
        "message": "internal error of the webhook; the request was not judged",
    }
    return {
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": {"uid": uid, "allowed": False, "status": status},
    }


def _logged(request: dict[str, Any], phase: Phase, allowed: bool, code: int, took: float) -> dict[str, Any]:
    """What is logged of a request: which it was, never what it says."""
    return {
        "uid": field(request.get("uid", "")),
        "phase": phase,
        "operation": field(request.get("operation", "")),
        "resource": _resource(request, "resource", "subResource"),
        "requestResource": _resource(request, "requestResource", "requestSubResource"),
        "namespace": field(request.get("namespace", "")),
        "object": field(request.get("name", "")),
        "dryRun": request.get("dryRun") is True,
        "allowed": allowed,
        "code": code,
        "milliseconds": round(took * 1000, 1),
    }


def _resource(request: dict[str, Any], name: str, subresource: str) -> str:
    said = request.get(name)
    parts = [said.get(part) for part in ("group", "version", "resource")] if isinstance(said, dict) else []
    parts.append(request.get(subresource))
    return field("/".join(part for part in parts if isinstance(part, str) and part))
