"""Names: what Kubernetes accepts as the name of an object, label, env variable, port or key, and why not.

So too for the other short texts that name a place: IP addresses and paths.

Every ``problem_with_…`` takes any JSON value and answers a short reason, or None when the value is valid.
This module refuses to know where a name stands in a document and whether anything of that name exists.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

DNS_LABEL_LENGTH: Final = 63
DNS_SUBDOMAIN_LENGTH: Final = 253
GENERATE_NAME_LENGTH: Final = 58
"""How much of a `generateName` is kept in front of the five characters that the server appends."""
LABEL_LENGTH: Final = 63
PORT_NAME_LENGTH: Final = 15

_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL, re.ASCII)
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_SEARCH_LABEL = "_?[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"
_DNS_SEARCH = re.compile(rf"{_SEARCH_LABEL}(?:\.{_SEARCH_LABEL})*", re.ASCII)
_DNS1035_LABEL = re.compile("[a-z](?:[-a-z0-9]*[a-z0-9])?", re.ASCII)
_QUALIFIED = re.compile("[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?", re.ASCII)
_C_IDENTIFIER = re.compile("[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ENV_NAME = re.compile("[ -<>-~]+", re.ASCII)
_CONFIG_KEY = re.compile("[-._A-Za-z0-9]+", re.ASCII)
_PORT_NAME = re.compile("[-a-z0-9]+", re.ASCII)
_LETTER = re.compile("[a-z]", re.ASCII)


def problem_with_dns_label(text: object) -> str | None:
    """Why the value is no DNS label (RFC 1123), such as a container's name, or None."""
    form = "must consist of lower-case letters, digits and '-', and start and end with a letter or digit"
    return _problem(text, _DNS_LABEL, DNS_LABEL_LENGTH, form)


def problem_with_dns_subdomain(text: object) -> str | None:
    """Why the value is no DNS subdomain (RFC 1123), such as the name of most objects, or None."""
    form = "must consist of DNS labels (lower-case letters, digits, and '-' inside) joined by '.'"
    return _problem(text, _DNS_SUBDOMAIN, DNS_SUBDOMAIN_LENGTH, form)


def problem_with_dns1035_label(text: object) -> str | None:
    """Why the value is no DNS label that starts with a letter (RFC 1035), such as a Service, or None."""
    form = "must consist of lower-case letters, digits and '-', start with a letter and not end with '-'"
    return _problem(text, _DNS1035_LABEL, DNS_LABEL_LENGTH, form)


def problem_with_label_key(text: object) -> str | None:
    """Why the value is no label or annotation key (``name`` or ``prefix/name``), or None."""
    if not isinstance(text, str):
        return _NO_TEXT
    prefix, slash, name = text.rpartition("/")
    problem = problem_with_dns_subdomain(prefix) if slash else None
    if problem:
        return f"the prefix {problem}"
    form = "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit"
    problem = _problem(name, _QUALIFIED, LABEL_LENGTH, form)
    return f"the name {problem}" if problem and slash else problem


def problem_with_annotation_key(text: object) -> str | None:
    """Why the value is no annotation key, or None: that of a label, whatever the case of the prefix."""
    # Lower-casing one character never makes two in Kubernetes, as it does here for the dotted capital I.
    return problem_with_label_key(text.replace("\u0130", "i").lower() if isinstance(text, str) else text)


def problem_with_label_value(text: object) -> str | None:
    """Why the value is no label value, or None; the empty text is one."""
    if text == "":
        return None
    form = "must consist of letters, digits, '-', '_' and '.', and start and end with a letter or digit"
    return _problem(text, _QUALIFIED, LABEL_LENGTH, form)


def problem_with_env_name(text: object) -> str | None:
    """Why the value is no env variable's name, by the relaxed rule of Kubernetes 1.34 and newer, or None."""
    return _problem(text, _ENV_NAME, None, "must consist of printable ASCII characters other than '='")


def problem_with_c_identifier(text: object) -> str | None:
    """Why the value is no C identifier, which a shell needs of an env variable, or None."""
    return _problem(
        text, _C_IDENTIFIER, None, "must consist of letters, digits and '_', and not start with a digit"
    )


def problem_with_config_key(text: object) -> str | None:
    """Why the value is no key of a ConfigMap or Secret, or None."""
    problem = _problem(
        text, _CONFIG_KEY, DNS_SUBDOMAIN_LENGTH, "must consist of letters, digits, '-', '_' and '.'"
    )
    if problem is None and (text == "." or str(text).startswith("..")):
        return "must not be '.' nor start with '..'"
    return problem


def problem_with_port_name(text: object) -> str | None:
    """Why the value is no name of a port (IANA service name in lower case), or None."""
    problem = _problem(
        text, _PORT_NAME, PORT_NAME_LENGTH, "must consist of lower-case letters, digits and '-'"
    )
    if problem or not isinstance(text, str):
        return problem
    if _LETTER.search(text) is None:
        return "must hold at least one letter"
    if "--" in text or text.startswith("-") or text.endswith("-"):
        return "must not start or end with '-' nor hold two in a row"
    return None


def problem_with_port_number(number: object) -> str | None:
    """Why the value is no port number, or None; a text is none, and neither is a boolean."""
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= 65535:
        return None
    return "must be a number from 1 to 65535"


def problem_with_dns_search(text: object) -> str | None:
    """Why the value is no search domain of a resolver, or None.

    Shape: a DNS subdomain whose labels may hold ``_``; one final dot is allowed, and so is ``.`` alone.
    """
    if not isinstance(text, str) or text == ".":
        return None if text == "." else _NO_TEXT
    form = "must consist of labels (lower-case letters, digits, and '-' or '_' inside) joined by '.'"
    return _problem(text.removesuffix("."), _DNS_SEARCH, DNS_SUBDOMAIN_LENGTH, form)


def problem_with_name_prefix(text: object) -> str | None:
    """Why the value cannot be the `generateName` of an object named by a DNS subdomain, or None.

    Shape: it may end in ``-``. The API server looks one character less closely in front of that, so this does.
    """
    ends_open = isinstance(text, str) and len(text) > 1 and text.endswith("-")
    return problem_with_dns_subdomain(f"{str(text)[:-2]}a" if ends_open else text)


def problem_with_ip(text: object) -> str | None:
    """Why the value is no IP address as new fields of Kubernetes want it, or None.

    Shape: no leading zeros in IPv4, no zone, and no IPv4 address mapped into IPv6; any spelling of IPv6.
    """
    if not isinstance(text, str):
        return _NO_TEXT
    if "%" in text or len(text) > _LONGEST_IP:
        return _NO_IP
    from ipaddress import IPv6Address, ip_address  # late, as few pods hold an address

    try:
        address = ip_address(text)
    except ValueError:
        return _NO_IP
    mapped = isinstance(address, IPv6Address) and address.ipv4_mapped is not None
    return "must not be an IPv4 address mapped into IPv6" if mapped else None


def problem_with_backsteps(text: object) -> str | None:
    """Why the value is no path without ``..``, or None; the empty text is one."""
    if not isinstance(text, str):
        return _NO_TEXT
    return "must not contain '..'" if ".." in text.split("/") else None


def problem_with_relative_path(text: object) -> str | None:
    """Why the value is no relative path without ``..``, or None; the empty text is one."""
    if isinstance(text, str) and text.startswith("/"):
        return "must be a relative path"
    return problem_with_backsteps(text)


_LONGEST_IP = 45
_NO_IP = "must be an IPv4 or IPv6 address"
_NO_TEXT = "must be a text"


def _problem(text: object, form: re.Pattern[str], limit: int | None, reason: str) -> str | None:
    if not isinstance(text, str):
        return _NO_TEXT
    if not text:
        return "must not be empty"
    if limit is not None and len(text) > limit:
        return f"must have at most {limit} characters"
    return None if form.fullmatch(text) else reason


# ---- did you mean ----

_MOST_CANDIDATES = 200
_LONGEST_WORD = 100
_CLOSE_ENOUGH = 0.6


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant by a word, or None when none is near.

    Laws: the cost is linear in the number of candidates; of equally near ones the first wins. Of a huge
    list only the first few hundred candidates of fitting length are compared letter by letter.
    """
    if not word or len(word) > _LONGEST_WORD:
        return None
    pool = [one for one in candidates if _could_be_near(word, one)]
    folded = word.casefold()
    for one in pool:
        if one.casefold() == folded:
            return one
    from difflib import SequenceMatcher  # late, as most words are written right

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(folded)
    best, ratio = None, _CLOSE_ENOUGH
    for one in islice(pool, _MOST_CANDIDATES):
        matcher.set_seq1(one.casefold())
        if matcher.quick_ratio() > ratio and (near := matcher.ratio()) > ratio:
            best, ratio = one, near
    return best


def _could_be_near(word: str, candidate: str) -> bool:
    """Whether the lengths alone allow a ratio above the threshold."""
    shorter, longer = sorted((len(word), len(candidate)))
    return candidate != word and 2 * shorter > _CLOSE_ENOUGH * (shorter + longer)


# ---- shortened names ----

_HASH_LENGTH = 8
_OUTSIDE_LABEL = re.compile("[^a-z0-9]+", re.ASCII)


def short_name(base: str, limit: int = DNS_LABEL_LENGTH) -> str:
    """The name itself if it is a DNS label within the limit, else a DNS label made of it and its hash.

    Shape: ``<what fits of the name>-<8 hex digits of its SHA-256>``; the same for the same name, always.
    Raises: ValueError when the limit leaves no room for the hash or is more than a DNS label may have.
    """
    if not _HASH_LENGTH + 2 <= limit <= DNS_LABEL_LENGTH:
        raise ValueError(f"a limit must be from {_HASH_LENGTH + 2} to {DNS_LABEL_LENGTH}, not {limit}")
    if len(base) <= limit and problem_with_dns_label(base) is None:
        return base
    digest = hash_of(base)
    stem = _OUTSIDE_LABEL.sub("-", base[: 4 * limit].lower()).strip("-")
    stem = stem[: limit - _HASH_LENGTH - 1].strip("-") or "n"
    return f"{stem}-{digest}"


def cut_to_fit(name: str, *parts: str, limit: int = DNS_SUBDOMAIN_LENGTH) -> str:
    """The name itself if it is within the limit, else what fits of it and the hash of what it was made of.

    Shape: ``<the first limit - 9 characters>-<hash_of(*parts)>``.
    """
    return name if len(name) <= limit else f"{name[: limit - _HASH_LENGTH - 1]}-{hash_of(*parts)}"


def hash_of(*parts: str) -> str:
    """Eight hex digits of the SHA-256 of the parts, joined with ``/``."""
    import hashlib  # late: OpenSSL takes its time, and few names are too long

    return hashlib.sha256("/".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
