"""Judges a certificate with its key, and makes the TLS context that serves it.

What is judged is what is loaded: the bytes are read once by the caller and handed to OpenSSL from memory.
Refuses to know files and when to look at them, and the clock: the caller says what time it is.
"""

from __future__ import annotations

import itertools
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from webhook.issuing import SKEW

_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
_MOST_CERTIFICATES: Final = 10
_BEGIN: Final = b"-----BEGIN "


class Refused(ValueError):
    """A pair that must not be served; the message says why, and holds nothing of the key."""


class Material(NamedTuple):
    """What one context is made of, as PEM: chain, key, and the authorities of clients, `b""` for none."""

    chain: bytes
    key: bytes
    client_authorities: bytes = b""

    @property
    def digest(self) -> str:
        """The same text for the same content, and no other."""
        return sha256(b"\0".join(sha256(part).digest() for part in self)).hexdigest()


class Served(NamedTuple):
    """A context that is good to serve, and the life of its certificate."""

    context: ssl.SSLContext
    not_before: datetime
    not_after: datetime


def served(material: Material, now: datetime) -> Served:
    """The context for a pair.

    Raises: Refused for a pair that is torn, does not match, is not of this time, or that no client would take.
    """
    leaf = judged(material, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_CIPHERS)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    try:
        with _file(material.chain) as chain, _file(material.key) as key:
            context.load_cert_chain(chain, key, password=_no_password)
        if material.client_authorities:
            context.load_verify_locations(cadata=material.client_authorities.decode("ascii"))
            context.verify_mode = ssl.CERT_REQUIRED
    except (ssl.SSLError, UnicodeDecodeError, ValueError, OSError):
        raise Refused("OpenSSL does not take the certificate, the key or the client authorities") from None
    return Served(context, leaf.not_valid_before_utc, leaf.not_valid_after_utc)


def judged(material: Material, now: datetime) -> x509.Certificate:
    """The leaf of a pair that is good.

    Raises: Refused for one that is not.
    """
    chain = _chain(material.chain)
    leaf = chain[0]
    if leaf.public_key() != _key(material.key):
        raise Refused("the key does not belong to the certificate")
    for certificate in chain:
        if certificate.not_valid_before_utc - SKEW > now:
            raise Refused("the certificate is not valid yet")
        if certificate.not_valid_after_utc <= now:
            raise Refused("the certificate has expired")
    _names(leaf)
    for certificate, issuer in itertools.pairwise(chain):
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            raise Refused("the certificates of the chain do not follow one another") from None
    return leaf


def _chain(pem: bytes) -> list[x509.Certificate]:
    try:
        chain = x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise Refused("the certificate is no whole PEM") from None
    if len(chain) != pem.count(_BEGIN) or len(chain) > _MOST_CERTIFICATES:
        raise Refused("the certificate is no whole PEM, or has too many parts")
    return chain


def _key(pem: bytes) -> object:
    """The public half of a private key."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise Refused("the key is no whole PEM without a password") from None
    except Exception:  # cryptography names an algorithm that it does not know by an error of its own
        raise Refused("the key is of a kind that is not known") from None
    return key.public_key()


def _names(leaf: x509.Certificate) -> None:
    """Refuses a leaf that no client would take for a server."""
    try:
        extensions = leaf.extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        raise Refused("the certificate has no subject alternative name, which the API server needs") from None
    if not any(isinstance(name, x509.DNSName | x509.IPAddress) for name in names):
        raise Refused("the certificate names no host")
    try:
        usage = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return
    if ExtendedKeyUsageOID.SERVER_AUTH not in usage:
        raise Refused("the certificate is not for servers")


def _no_password() -> bytes:
    raise ValueError("a key with a password")


@contextmanager
def _file(data: bytes) -> Iterator[str]:
    """A file in memory with these bytes: OpenSSL takes paths only, and the root may be read-only."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("pem", os.MFD_CLOEXEC)
        try:
            os.write(descriptor, data)
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        yield file.name
