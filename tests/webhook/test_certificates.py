"""Certificates: which pairs are served, how they are swapped under requests, and how they are renewed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from tests.webhook.harness import NAMES, in_loop, issued, pod_review, running, trusting, write_pair
from webhook import rotation
from webhook.issuing import Issued, issue
from webhook.pairs import Material, Refused, judged, served
from webhook.renewal import State, Wishes, restored, step, stored

NOW = datetime.now(UTC)
PAIR = issued()
OTHER = issued()


def locked(key: bytes) -> bytes:
    """The key with a password."""
    read = load_pem_private_key(key, None)
    return read.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x"))


def material(pair: Issued) -> Material:
    """What is served of a pair."""
    return Material(pair.certificate, pair.key)


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (Material(PAIR.certificate, OTHER.key), "does not belong"),
        (Material(PAIR.certificate[:-40], PAIR.key), "no whole PEM"),
        (Material(b"", PAIR.key), "no whole PEM"),
        (Material(PAIR.certificate, PAIR.key[:-40]), "no whole PEM"),
        (Material(PAIR.certificate, b""), "no whole PEM"),
        (Material(PAIR.certificate, locked(PAIR.key)), "without a password"),
        (Material(PAIR.certificate + PAIR.certificate[:100], PAIR.key), "no whole PEM"),
        (Material(PAIR.certificate + OTHER.authority, PAIR.key), "do not follow"),
        (Material(PAIR.certificate, PAIR.key, b"no authority"), "client authorities"),
        (material(issue(NAMES, now=NOW - timedelta(days=9), days=8)), "expired"),
        (material(issue(NAMES, now=NOW + timedelta(days=1), days=8)), "not valid yet"),
        (Material(PAIR.authority, PAIR.key), "does not belong"),
    ],
)
def test_a_bad_pair_is_refused(bad: Material, why: str) -> None:
    with pytest.raises(Refused, match=why):
        served(bad, NOW)


def test_a_good_pair_is_served_with_its_chain() -> None:
    assert judged(Material(PAIR.certificate + PAIR.authority, PAIR.key), NOW)
    assert served(material(PAIR), NOW).not_after > NOW
    assert material(PAIR).digest != material(OTHER).digest


def test_a_certificate_needs_a_name() -> None:
    with pytest.raises(ValueError, match="at least one name"):
        issue((), now=NOW, days=1)


def leaf_of(port: int, tls: ssl.SSLContext, name: str | None = "localhost") -> Callable[[], Any]:
    """What shows the certificate that a new connection gets."""

    async def ask() -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
        der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        return x509.load_der_x509_certificate(der).serial_number

    return ask


def serial(pair: Issued) -> int:
    """What tells a certificate from others."""
    return x509.load_pem_x509_certificate(pair.certificate).serial_number


async def until(true: Callable[[], Any], seconds: float = 5.0) -> None:
    """Waits until something is true."""
    async with asyncio.timeout(seconds):
        while not (await answer if asyncio.iscoroutine(answer := true()) else answer):
            await asyncio.sleep(0.01)


@in_loop
async def test_torn_files_change_nothing_and_a_good_pair_is_swapped_in(tmp_path: Path) -> None:
    first, second = issued(), issued()
    chain, key = write_pair(tmp_path, first)
    reader = rotation.files(chain, key, None)
    async with running(certificate=reader, tls=trusting(first.authority), certificate_poll=0.02) as server:
        ask = leaf_of(server.port, server.tls)
        kept_alive = await server.ask(pod_review("before"))
        for torn in (second.certificate, b"", second.certificate[:200]):
            chain.write_bytes(torn)
            await asyncio.sleep(0.1)
            assert await ask() == serial(first)
        chain.unlink()
        await asyncio.sleep(0.1)
        assert await ask() == serial(first)
        assert server.server.rotation.check() == ""
        text = (await server.health("/metrics"))[1]
        assert 'nbcore_webhook_certificate_reloads_total{result="refused"} 0.0' not in text
        write_pair(tmp_path, second)
        await until(lambda: server.server.rotation.generation == 2)
        assert await ask() == serial(second)
        # a connection of before still works, and a new one needs the new authority
        assert kept_alive["uid"] == "before"
        assert (await server.ask(pod_review("kept alive")))["uid"] == "kept alive"
        connector = aiohttp.TCPConnector(ssl=server.tls)
        async with aiohttp.ClientSession(connector=connector) as stranger:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await stranger.post(server.url(), json=pod_review())


@in_loop
async def test_nothing_is_lost_while_certificates_rotate(tmp_path: Path) -> None:
    """A small one; the fault suite does this for longer."""
    pairs = [issued() for _ in range(6)]
    chain, key = write_pair(tmp_path, pairs[0])
    tls = trusting(b"".join(pair.authority for pair in pairs))
    reader = rotation.files(chain, key, None)
    stop = asyncio.Event()
    async with running(certificate=reader, tls=tls, certificate_poll=0.01) as server:

        async def client(fresh: bool) -> int:
            answered = 0
            connector = aiohttp.TCPConnector(ssl=tls, force_close=fresh)
            async with aiohttp.ClientSession(connector=connector) as session:
                while not stop.is_set():
                    async with session.post(server.url(), json=pod_review(str(answered))) as answer:
                        assert (await answer.json())["response"]["uid"] == str(answered)
                    answered += 1
            return answered

        clients = [asyncio.create_task(client(fresh)) for fresh in (False, True, True)]
        for pair in pairs[1:] * 2:
            key.write_bytes(pair.key)  # for a moment, the two do not belong together
            await asyncio.sleep(0.05)
            chain.write_bytes(pair.certificate)
            await asyncio.sleep(0.05)
        stop.set()
        assert sum(await asyncio.gather(*clients)) > 50
        assert server.server.rotation.generation > 5


@in_loop
async def test_old_connections_end_after_a_rotation(tmp_path: Path) -> None:
    from webhook.answering import Limits

    chain, key = write_pair(tmp_path, PAIR)
    tls = trusting(PAIR.authority + OTHER.authority)
    reader = rotation.files(chain, key, None)
    changes = {"certificate": reader, "tls": tls, "certificate_poll": 0.01, "limits": Limits(old=0.0)}
    async with running(**changes) as server:  # type: ignore[arg-type]
        assert "Connection" not in (await server.post(pod_review()))[1]
        write_pair(tmp_path, OTHER)
        await until(lambda: server.server.rotation.generation == 2)
        assert (await server.post(pod_review()))[1]["Connection"] == "close"
        assert "Connection" not in (await server.post(pod_review()))[1]


@in_loop
async def test_without_a_server_name_the_same_certificate_is_served() -> None:
    async with running() as server:
        by_name = await leaf_of(server.port, server.tls)()
        assert await leaf_of(server.port, server.tls, "")() == by_name


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize(
    ("most", "ciphers", "accepted"),
    [
        (ssl.TLSVersion.TLSv1_3, None, True),
        (ssl.TLSVersion.TLSv1_2, None, True),
        (ssl.TLSVersion.TLSv1_2, "AES256-GCM-SHA384:AES128-SHA:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", False),
    ],
)
def test_old_tls_is_refused(most: ssl.TLSVersion, ciphers: str | None, accepted: bool) -> None:
    @in_loop
    async def scenario() -> None:
        async with running() as server:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            context.minimum_version = min(most, ssl.TLSVersion.TLSv1_2)
            context.maximum_version = most
            if ciphers:
                context.set_ciphers(ciphers)
            try:
                _, writer = await server.open(context)
                writer.close()
            except (ssl.SSLError, OSError):
                assert not accepted
            else:
                assert accepted

    scenario()


@in_loop
async def test_only_clients_of_the_authority_and_on_the_list_are_served() -> None:
    authority, unknown = trustme.CA(), trustme.CA()
    clients = {
        "friend": authority.issue_cert("kube-apiserver"),
        "stranger": authority.issue_cert("nobody"),
        "other": unknown.issue_cert("kube-apiserver"),
    }
    both = Material(PAIR.certificate, PAIR.key, authority.cert_pem.bytes())
    changes: dict[str, Any] = {"certificate": lambda: both, "allowed_clients": frozenset({"kube-apiserver"})}
    async with running(tls=trusting(PAIR.authority), **changes) as server:
        outcomes = {}
        for name, client in clients.items():
            context = trusting(PAIR.authority)
            client.configure_cert(context)
            connector = aiohttp.TCPConnector(ssl=context)
            async with aiohttp.ClientSession(connector=connector) as session:
                try:
                    async with session.post(server.url(), json=pod_review()) as answer:
                        outcomes[name] = answer.status
                except aiohttp.ClientError:
                    outcomes[name] = 0
        assert outcomes == {"friend": 200, "stranger": 403, "other": 0}


WISHES = Wishes(("webhook.nbcore.svc",), 90, timedelta(minutes=15))


def test_a_renewal_takes_three_steps_and_every_client_trusts_what_is_served() -> None:
    state = step(State(), WISHES, NOW, published=True)
    assert state.served is not None
    assert step(state, WISHES, NOW + timedelta(days=59), published=True) == state
    day = NOW + timedelta(days=61)
    seen = []
    for minutes in range(0, 60, 5):
        after = step(state, WISHES, day + timedelta(minutes=minutes), published=True)
        if after != state:
            assert after.served is not None
            # whoever still has the bundle of before trusts what is served now, and the other way round
            assert after.served.authority in state.bundle
            assert state.served is not None
            assert minutes == 0 or state.served.authority in after.bundle or after.previous == b""
            seen.append((minutes, after.bundle.count(b"BEGIN"), after.served == state.served))
        state = after
    assert seen == [(0, 2, True), (15, 2, False), (30, 1, True)]


def test_a_renewal_waits_for_the_bundle_to_be_published() -> None:
    first = step(State(), WISHES, NOW, published=True)
    day = NOW + timedelta(days=61)
    both = step(first, WISHES, day, published=True)
    assert step(both, WISHES, day + timedelta(days=1), published=False) == both


@pytest.mark.parametrize("hours", [0, 24 * 91])
def test_what_cannot_be_served_is_made_anew_at_once(hours: int) -> None:
    first = step(State(), WISHES, NOW, published=True)
    assert first.served is not None
    torn = first._replace(served=first.served._replace(key=b"torn")) if not hours else first
    after = step(torn, WISHES, NOW + timedelta(hours=hours), published=False)
    assert after.served not in (None, torn.served)
    assert after.next is None


def test_other_names_are_a_reason_to_renew() -> None:
    first = step(State(), WISHES, NOW, published=True)
    other = WISHES._replace(names=("webhook.other.svc",))
    assert step(first, other, NOW, published=True).next is not None


def test_a_state_survives_being_kept() -> None:
    first = step(State(), WISHES, NOW, published=True)
    both = step(first, WISHES, NOW + timedelta(days=61), published=True)
    for state in (State(), first, both, State(first.served, None, b"previous", NOW)):
        assert restored(stored(state)) == state
    assert restored({"since": b"\xff", "tls.crt": b"x"}) == State()
