"""How certificates are renewed without a moment at which a client trusts the one and is shown the other.

Three steps, each at least the overlap after the one before: both authorities are published, then the new leaf
is served, then the old authority is dropped. A run does the step that is due, so runs may fail and be repeated.
Refuses to know where things are kept, and the clock.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509

from webhook.issuing import Issued, issue
from webhook.pairs import Material, Refused, judged

_SERVED: Final = ("tls.crt", "tls.key", "ca.crt")
_NEXT: Final = ("next.crt", "next.key", "next-ca.crt")
_PREVIOUS: Final = "previous-ca.crt"
_SINCE: Final = "since"
KEYS: Final = (*_SERVED, *_NEXT, _PREVIOUS, _SINCE)
"""Under which names a state is kept; a server needs the first two, and no other."""


class State(NamedTuple):
    """What is served, what will be, the authority of what was, and since when it stands like this."""

    served: Issued | None = None
    next: Issued | None = None
    previous: bytes = b""
    since: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    @property
    def bundle(self) -> bytes:
        """The authorities that clients have to trust, as PEM."""
        parts = (self.served and self.served.authority, self.next and self.next.authority, self.previous)
        return b"".join(dict.fromkeys(part for part in parts if part))


class Wishes(NamedTuple):
    """What certificates shall be: for which names, for how long, and how long authorities overlap."""

    names: tuple[str, ...]
    days: int
    overlap: timedelta


def step(state: State, wishes: Wishes, now: datetime, *, published: bool) -> State:
    """The state after the step that is due; the same one when none is.

    Shape: ``published`` is whether clients already knew the bundle of the state before this run.
    """
    overlapped = published and now - state.since >= wishes.overlap
    if state.served is None or not _works(state.served, now):
        return State(issue(wishes.names, now=now, days=wishes.days), since=now)
    if state.next is not None and not _works(state.next, now):
        return state._replace(next=None, since=now)
    if state.next is not None:
        served = state.served.authority
        return State(state.next, None, served, now) if overlapped else state
    if state.previous:
        return state._replace(previous=b"", since=now) if overlapped else state
    if _is_due(state.served, wishes.names, now):
        return state._replace(next=issue(wishes.names, now=now, days=wishes.days), since=now)
    return state


def _works(issued: Issued, now: datetime) -> bool:
    try:
        judged(Material(issued.certificate, issued.key), now)
        x509.load_pem_x509_certificate(issued.authority)
    except (Refused, ValueError):
        return False
    return True


def _is_due(issued: Issued, names: Sequence[str], now: datetime) -> bool:
    """Whether two thirds of its life are over, or it is for other names."""
    leaf = x509.load_pem_x509_certificate(issued.certificate)
    said = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if {str(name.value) for name in said} != set(names):
        return True
    life = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    return now - leaf.not_valid_before_utc >= life * 2 / 3


def stored(state: State) -> dict[str, bytes]:
    """The state as it is kept; every key is there, and empty where there is nothing."""
    found = dict.fromkeys(KEYS, b"")
    for keys, issued in ((_SERVED, state.served), (_NEXT, state.next)):
        found |= dict(zip(keys, issued, strict=True)) if issued else {}
    return {**found, _PREVIOUS: state.previous, _SINCE: state.since.isoformat().encode()}


def restored(kept: Mapping[str, bytes]) -> State:
    """The state that was kept; what is missing or torn is as if it had never been."""
    try:
        since = datetime.fromisoformat(kept.get(_SINCE, b"").decode("ascii"))
    except ValueError:
        since = State().since
    aware = since if since.tzinfo else since.replace(tzinfo=UTC)
    return State(_issued(kept, _SERVED), _issued(kept, _NEXT), kept.get(_PREVIOUS, b""), aware)


def _issued(kept: Mapping[str, bytes], keys: tuple[str, str, str]) -> Issued | None:
    parts = [kept.get(key, b"") for key in keys]
    return Issued(*parts) if all(parts) else None
