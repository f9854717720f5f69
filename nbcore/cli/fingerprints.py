"""Fingerprints: what a finding is known by from one run to the next.

A fingerprint does not change when lines move, lists are reordered, messages are worded anew or a file is
renamed. Refuses to know who compares fingerprints.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

from nbcore.finding import Finding


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """The fingerprint of each finding: a hash, and which of those with the same hash it is.

    Shape: ``0123456789abcdef:1``, unique in the list. The hash is that of code, object and keyed path; of a
    text that holds no object, its file stands for it.
    """
    seen: Counter[str] = Counter()
    found = []
    for one in findings:
        identity = _hash(one)
        seen[identity] += 1
        found.append(f"{identity}:{seen[identity]}")
    return found


def _hash(one: Finding) -> str:
    source = one.source
    owner = source[:3] if source.object else (source.file,)
    text = "\0".join((one.code, *owner, one.path.keyed))
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]
