"""Faults in the life of a server: its certificate changes, it restarts, it is told to leave, it is asked twice.

Refuses to know how much is tried (`Sizes`), and how servers and clients are made (`fault_load`).
"""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import signal
import ssl
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.webhook.fault_load import (
    Broken,
    Callers,
    Endpoints,
    Replica,
    Result,
    Sizes,
    Wire,
    dialled,
    replicas,
)
from tests.webhook.harness import issued, pod_review, template_review, trusting, write_pair
from webhook.issuing import Issued

_DRAIN: Final = 3.0
"""Longer than the news of a leaving replica take."""
_UID: Final = "00000000-0000-4000-8000-000000000000"


def made(review: dict[str, Any]) -> Callable[[str], bytes]:
    """What makes the body of this review for a uid."""
    review["request"]["uid"] = _UID
    before, after = json.dumps(review).encode().split(_UID.encode())
    return lambda uid: before + uid.encode() + after


SMALL: Final = made(pod_review(size=2000))


class Mount:
    """A folder of certificates as a kubelet mounts one: names that lead through one link, which is swapped."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made = 0
        for name in ("tls.crt", "tls.key"):
            (folder / name).symlink_to(Path("..data") / name)

    def swap(self, pair: Issued) -> None:
        """All of another pair at once."""
        self._made += 1
        fresh = self._folder / f"..{self._made}"
        fresh.mkdir()
        write_pair(fresh, pair)
        self.link(fresh.name)
        shutil.rmtree(self._folder / f"..{self._made - 1}", ignore_errors=True)

    def link(self, target: str) -> None:
        """The link leads elsewhere, maybe nowhere."""
        (self._folder / "..new").symlink_to(target)
        (self._folder / "..new").replace(self._folder / "..data")

    @property
    def data(self) -> Path:
        """Where the link leads."""
        return self._folder / "..data"


TORN: Final[dict[str, Callable[[Mount, Issued], Any]]] = {
    "new certificate, old key": lambda mount, new: (mount.data / "tls.crt").write_bytes(new.certificate),
    "old certificate, new key": lambda mount, new: (mount.data / "tls.key").write_bytes(new.key),
    "half a certificate": lambda mount, new: (mount.data / "tls.crt").write_bytes(new.certificate[:300]),
    "half a key": lambda mount, new: (mount.data / "tls.key").write_bytes(new.key[:100]),
    "empty": lambda mount, new: (mount.data / "tls.crt").write_bytes(b""),
    "missing": lambda mount, new: (mount.data / "tls.key").unlink(),
    "a link to nothing": lambda mount, new: mount.link("..nothing"),
}


async def rotation(folder: Path, sizes: Sizes) -> Result:
    """Certificates change while requests come; every third change is torn for a moment."""
    pairs = [issued() for _ in range(8)]
    mount = Mount(folder)
    mount.swap(pairs[0])
    tls = trusting(b"".join(one.authority for one in pairs))
    torn: Counter[str] = Counter()
    changes = 0
    async with replicas(1, folder) as (replica,):
        callers = Callers(lambda: replica.port, tls, SMALL)

        async def rotate() -> None:
            nonlocal changes
            while changes < sizes.rotations or callers.sent < sizes.requests:
                changes += 1
                pair = pairs[changes % len(pairs)]
                if changes % 3 == 0:
                    kind = list(TORN)[changes // 3 % len(TORN)]
                    TORN[kind](mount, pair)
                    torn[kind] += 1
                    await asyncio.sleep(0.15)
                mount.swap(pair)
                await asyncio.sleep(0.15)

        rotating = asyncio.create_task(rotate())
        await callers.run(8, lambda: not rotating.done())
        await rotating
        shown = await _shown(replica, tls, pairs[changes % len(pairs)])
        swapped = await replica.metric('nbcore_webhook_certificate_reloads_total{result="swapped"}')
        refused = await replica.metric('nbcore_webhook_certificate_reloads_total{result="refused"}')
    figures: dict[str, Any] = {
        "rotations": changes,
        "of them torn": sum(torn.values()),
        "ways of being torn": len(torn),
    }
    figures |= {"swapped": swapped, "refused": refused, **callers.figures()}
    faults = callers.faults() + ([] if shown else ["the last pair is not the one that is served"])
    return Result(figures, faults + ([] if refused else ["no torn pair was noticed"]))


async def _shown(replica: Replica, tls: ssl.SSLContext, pair: Issued) -> bool:
    """Whether a new connection is shown this pair, within two seconds."""
    wanted = ssl.PEM_cert_to_DER_cert(pair.certificate.decode().partition("-----END")[0] + ssl.PEM_FOOTER)
    for _ in range(20):
        _, writer = await dialled(replica.port, tls)
        served = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        writer.close()
        if served == wanted:
            return True
        await asyncio.sleep(0.1)
    return False


async def restarts(folder: Path, sizes: Sizes) -> Result:
    """Two replicas behind a Service restart in turn while requests come."""
    pair = issued()
    write_pair(folder, pair)
    began = time.monotonic()
    async with replicas(2, folder, "--drain-seconds", str(_DRAIN)) as both:
        endpoints = Endpoints(both)
        watching = asyncio.create_task(endpoints.watch())
        callers = Callers(endpoints.dial, trusting(pair.authority), SMALL)
        codes: Counter[int] = Counter()

        async def restart() -> None:
            for number in range(sizes.restarts):
                replica = both[number % 2]
                await replica.stop()
                codes[replica.process.returncode if replica.process else -1] += 1  # type: ignore[index]
                await replica.start()
                while replica.port not in endpoints.ports:
                    await asyncio.sleep(0.1)

        restarting = asyncio.create_task(restart())
        await callers.run(12, lambda: not restarting.done(), _pause)
        watching.cancel()
        await restarting
    rate = round(callers.sent / (time.monotonic() - began))
    figures = {"restarts": sizes.restarts, "requests a second": rate, **callers.figures()}
    return Result(figures, callers.faults() + [f"exit code {code}" for code in codes if code])


def _pause(number: int) -> float:
    """Most clients are busy; some leave their connection idle for as long as a server drains, or longer."""
    return random.uniform(0.5, 2 * _DRAIN) if number % 6 == 5 else random.uniform(0.0, 0.04)


class Call(NamedTuple):
    """Signals that a process is sent: when, from its start or from being ready, and how it may end."""

    at_start: bool
    numbers: tuple[signal.Signals, ...]
    codes: tuple[int, ...]
    flags: tuple[str, ...] = ()


_TERM, _INT = signal.SIGTERM, signal.SIGINT
CALLS: Final = {
    # before Python is there, nobody can have installed a handler
    "SIGTERM at the start": Call(True, (_TERM,), (0, -_TERM)),
    "SIGTERM at the start of two workers": Call(True, (_TERM,), (0, -_TERM), ("--workers", "2")),
    "SIGTERM twice": Call(False, (_TERM, _TERM), (0,)),
    "SIGTERM twice, two workers": Call(False, (_TERM, _TERM), (0,), ("--workers", "2")),
    "SIGINT": Call(False, (_INT,), (130,)),
    "SIGTERM, SIGINT": Call(False, (_TERM, _INT), (130,)),
}


async def signals(folder: Path, sizes: Sizes) -> Result:
    """Processes are told to leave at any time, and more than once; they leave soon and in order."""
    write_pair(folder, issued())
    chance = random.Random(sizes.seed)
    faults: list[str] = []
    ends: dict[str, Counter[int]] = {name: Counter() for name in CALLS}
    longest = 0.0
    for number in range(sizes.signals):
        name = list(CALLS)[number % len(CALLS)]
        code, took, logs = await _called(folder, CALLS[name], chance)
        ends[name][code] += 1
        longest = max(longest, took)
        if code not in CALLS[name].codes:
            faults.append(f"{name}: exit code {code}")
        if "Traceback" in logs:
            faults.append(f"{name}: {logs.strip().splitlines()[-1]}")
    codes = {name: dict(sorted(found.items())) for name, found in ends.items() if found}
    return Result({"processes": sizes.signals, "exit codes": codes, "slowest s": round(longest, 1)}, faults)


async def _called(folder: Path, call: Call, chance: random.Random) -> tuple[int, float, str]:
    """Exit code, seconds from the last signal to the end, and logs of a process that is told to leave."""
    replica = Replica(folder, ("--drain-seconds", "30", *call.flags))
    process = await replica.launch(subprocess.PIPE)
    if call.at_start:
        await asyncio.sleep(chance.uniform(0.0, 2.5))
    else:
        async with asyncio.timeout(60):
            while not await replica.is_ready():
                await asyncio.sleep(0.05)
    for number in call.numbers:
        if process.returncode is None:
            process.send_signal(number)
        await asyncio.sleep(chance.uniform(0.0, 0.5))
    if call.at_start and process.returncode is None:
        await _hurried(process)
    began = time.monotonic()
    try:
        _, logs = await asyncio.wait_for(process.communicate(), 15)
    except TimeoutError:
        process.kill()
        await process.wait()
        return 99, 15.0, ""
    return process.returncode or 0, time.monotonic() - began, logs.decode()


async def _hurried(process: asyncio.subprocess.Process) -> None:
    """One that already serves drains; a second signal ends that."""
    try:
        await asyncio.wait_for(process.wait(), 2)
    except TimeoutError:
        process.send_signal(_TERM)


async def duplicates(folder: Path, sizes: Sizes) -> Result:
    """The same request comes twice or more, at once or later, to either of two replicas: the answer is the same."""
    pair = issued()
    write_pair(folder, pair)
    tls = trusting(pair.authority)
    bodies = [made(one) for one in (pod_review(size=500), pod_review(dryRun=True), template_review())]
    chance = random.Random(sizes.seed)
    different, lost, asked = 0, [], 0
    async with replicas(2, folder) as both:
        wires = [Wire(lambda one=one: one.port, tls) for one in both for _ in range(2)]  # type: ignore[misc]
        for number in range(sizes.duplicates):
            body = chance.choice(bodies)(f"same-{number}")
            path = chance.choice(("/validate?timeout=10s", "/mutate?timeout=10s"))
            try:
                first, *others = await asyncio.gather(*(wire.ask(body, path) for wire in wires))
            except Broken as error:
                lost.append(str(error))
                continue
            asked += 1 + len(others)
            different += any((one.status, one.body) != (first.status, first.body) for one in others)
        for wire in wires:
            wire.close()
    faults = [f"lost: {why}" for why in lost] + [f"{different} requests got two answers"] * bool(different)
    return Result({"requests": sizes.duplicates, "answers": asked, "not the same": different}, faults)
