"""Identity: who asks, and who somebody is by the settings; names are compared byte by byte.

Refuses to know objects and what anybody may do. Whoever may impersonate users is whom they say they are: the API
server tells nobody who it really was.

Source: Kubernetes authentication: user names of service accounts and of anonymous requests.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nbcore.settings import Settings

GROUP_PREFIX: Final = "group:"
"""What an entry of the admins starts with that names a group."""
_NOBODY: Final = frozenset({"", "system:anonymous"})
_UNAUTHENTICATED: Final = "system:unauthenticated"
CLEANERS: Final = frozenset(
    {
        "system:kube-controller-manager",
        *(
            f"system:serviceaccount:kube-system:{name}"
            for name in ("namespace-controller", "generic-garbage-collector", "ttl-after-finished-controller")
        ),
    }
)
"""The cluster's own accounts that delete on behalf of nobody."""


@dataclass(frozen=True, slots=True)
class User:
    """Who asks, as the API server says it in `userInfo`; ``extra`` is a hint for audits, never an authority."""

    name: str = ""
    groups: frozenset[str] = frozenset()
    uid: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def is_nobody(self) -> bool:
        """Whether nobody knows who it is."""
        return self.name in _NOBODY or _UNAUTHENTICATED in self.groups


def is_name(owner: Any) -> bool:
    """Whether a stored value can be the name of an owner."""
    return isinstance(owner, str) and owner not in _NOBODY


def is_admin(user: User, settings: Settings) -> bool:
    """Whether somebody may act for any owner: by exact name, or by a group that is listed as ``group:NAME``."""
    if user.is_nobody:
        return False
    by_name = not user.name.startswith(GROUP_PREFIX) and user.name in settings.admins
    return by_name or any(f"{GROUP_PREFIX}{group}" in settings.admins for group in user.groups)


def is_cleaner(user: User, settings: Settings) -> bool:
    """Whether an account, by its exact full name, stops, finalizes and deletes for the cluster."""
    return user.name in CLEANERS or (user.name in settings.cleaners and not user.is_nobody)


def is_trusted_creator(user: User, settings: Settings) -> bool:
    """Whether an account, by its exact full name, may name another owner at create."""
    return user.name in settings.trusted_creators and not user.is_nobody


def label_of(owner: str) -> str:
    """The label value that stands for an owner: 52 characters of a hash, different for every two names.

    Laws: test_no_two_names_have_one_label.
    """
    digest = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).digest()
    return base64.b32encode(digest).decode("ascii").rstrip("=").lower()
