"""Secrets as plain text in the environment (NB9): told by the variable's name, or by a password in its URL.

Refuses to show any value.
"""

from __future__ import annotations

import re
from typing import Final

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.practice.places import containers

_WORDS: Final = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", re.ASCII)
_MAYBE: Final = re.compile("PAT|PASS|KEY|TOKEN|SECRET|CREDENTIAL|PWD", re.ASCII | re.IGNORECASE)
"""What each word of the two tables below holds."""
SECRET: Final = frozenset(
    {
        "APIKEY", "CREDENTIAL", "CREDENTIALS", "PASSPHRASE", "PASSWD", "PASSWORD", "PASSWORDS", "PAT", "SECRET",
        "SECRETS", "TOKEN", "TOKENS",
    }
)  # fmt: skip
"""Words in the name of a variable that say its value is secret."""
_KEYS: Final = frozenset({"KEY", "KEYS", "PWD", "PASS"})
"""Words that say so at the end of a name, behind another word: `API_KEY`, but not `KEY_COLUMN` and `PWD`."""
_HARMLESS: Final = frozenset(
    {
        "ALGORITHM", "ARN", "COUNT", "DIR", "ENABLED", "ENDPOINT", "EXPIRATION", "EXPIRY", "FILE", "FOLDER",
        "HEADER", "ID", "ISSUER", "LENGTH", "LIMIT", "NAME", "NAMES", "PATH", "PREFIX", "REF", "REQUIRED", "SIZE",
        "TIMEOUT", "TTL", "TYPE", "URI", "URL", "VERSION",
    }
)  # fmt: skip
"""Last words of names that tell where a secret is, or something about it."""
_MANY: Final = frozenset({"CREDENTIALS", "PASSWORDS", "SECRETS", "TOKENS"})
"""Last words of names that may count something: `MAX_TOKENS`."""
_NO_SECRETS: Final = frozenset({"", "true", "false", "none", "0", "1"})
_FILE: Final = re.compile(r"/[A-Za-z0-9._@-]+(?:/[A-Za-z0-9._@-]+)+", re.ASCII)
_URL_WITH_PASSWORD: Final = re.compile(r"://[^/\s:@]*:(?!\$[({])[^/\s@]+@", re.ASCII)
_LONGEST: Final = 4_096
"""Characters of a value that are looked at."""


def literal_secrets(pod: Pod) -> Faults:
    """The fault of every variable that holds a secret as a literal text, by its name or in a URL."""
    for container in containers(pod, init=True):
        for at, one in enumerate(container.value.get("env") or ()):
            name, value = str(one.get("name")), one.get("value")
            what = _secret_in(name, value) if isinstance(value, str) else None
            if what is not None:
                yield Fault(
                    "NB909",
                    (*container.at, "env", at, "value"),
                    f"the variable {name[:64]} holds {what} in plain text, which everybody can read "
                    "who may read the pod",
                    "Keep it in a Secret, and refer to that with valueFrom.secretKeyRef.",
                )


def _secret_in(name: str, value: str) -> str | None:
    """What is secret about a variable, in words."""
    text = value[:_LONGEST]
    if is_secret_name(name) and not _is_harmless(text) and not _is_number(name, text):
        return "a secret"
    return "a password" if _URL_WITH_PASSWORD.search(text) else None


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name holds a secret, as far as a name can tell."""
    if _MAYBE.search(name) is None:
        return False
    words = [one.upper() for one in _WORDS.findall(name[:256])]
    if not words or words[-1] in _HARMLESS or "PUBLIC" in words:
        return False
    return bool(SECRET.intersection(words)) or (len(words) > 1 and words[-1] in _KEYS)


def _is_harmless(value: str) -> bool:
    """Whether a value is no secret: a switch, the path of a file, or nothing but references to variables."""
    reference = value.startswith("$(") and value.endswith(")")
    return value.strip().lower() in _NO_SECRETS or reference or _FILE.fullmatch(value) is not None


def _is_number(name: str, value: str) -> bool:
    """Whether a variable counts what its last word names."""
    words = _WORDS.findall(name[:256])
    return value.isdecimal() and words[-1].upper() in _MANY
