"""The length of a text as Kubernetes counts it, in bytes.

Refuses to know which lengths are allowed.
"""

from __future__ import annotations


def byte_length(text: str) -> int:
    """How many bytes a text has in UTF-8; an unpaired surrogate has three, as Go reads it."""
    return len(text.encode("utf-8", "surrogatepass"))
