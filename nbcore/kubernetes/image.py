"""Image references: registry, repository, tag and digest of a text such as ``quay.io/a/b:1@sha256:…``.

This module refuses to know whether an image exists, what is in it, and whom it may be pulled from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Literal

DOCKER_HUB = "docker.io"
MAX_CHARACTERS = 4096
MAX_REPOSITORY_CHARACTERS = 255

_LEGACY_DOCKER_HUB = "index.docker.io"
_OFFICIAL = "library/"
_DIGEST_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}

_PART = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)"
_REGISTRY = re.compile(rf"(?:{_HOST}(?:\.{_HOST})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?", re.ASCII)
_REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*", re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile("([a-z0-9]+):([a-f0-9]+)", re.ASCII)
_BARE_HASH = re.compile("[a-f0-9]{64}", re.ASCII)

PullPolicy = Literal["Always", "IfNotPresent"]


@dataclass(frozen=True, slots=True)
class Image:
    """The parts of an image reference, as they were written; an absent part is None.

    Laws: ``str(Image.parse(text)) == text``.
    Source: github.com/distribution/reference, whose normalizing parser the kubelet uses.
    """

    registry: str | None
    repository: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Image:
        """The parts of a reference.

        Raises: ValueError that says which part is malformed.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"an image reference has at most {MAX_CHARACTERS} characters")
        named, at, digest = text.partition("@")
        registry, rest = _split_registry(named)
        repository, colon, tag = rest.partition(":")
        image = cls(registry, repository, tag if colon else None, digest if at else None)
        if problem := _problem(image):
            raise ValueError(f"{json.dumps(text)} is not an image reference: {problem}")
        return image

    def __str__(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        digest = "" if self.digest is None else f"@{self.digest}"
        return f"{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """Registry and repository as they were written."""
        return self.repository if self.registry is None else f"{self.registry}/{self.repository}"

    @property
    def normalized(self) -> Image:
        """The same image with the registry and the ``library/`` that Docker Hub implies written out."""
        registry = DOCKER_HUB if self.registry in (None, _LEGACY_DOCKER_HUB) else self.registry
        official = registry == DOCKER_HUB and "/" not in self.repository
        return replace(self, registry=registry, repository=_OFFICIAL * official + self.repository)

    @property
    def familiar(self) -> str:
        """The shortest text for the same image: what people write."""
        full = self.normalized
        if full.registry != DOCKER_HUB:
            return str(full)
        short = full.repository.removeprefix(_OFFICIAL)
        repository = full.repository if "/" in short or not _reads_as_repository(short) else short
        return str(replace(full, registry=None, repository=repository))

    @property
    def pull_policy_default(self) -> PullPolicy:
        """The imagePullPolicy that the API server sets where there is none."""
        latest = self.tag == "latest" or (self.tag is None and self.digest is None)
        return "Always" if latest else "IfNotPresent"


def default_pull_policy(text: str) -> PullPolicy:
    """The imagePullPolicy that the API server sets for the text of an image, malformed or not."""
    try:
        return Image.parse(text).pull_policy_default
    except ValueError:
        return "IfNotPresent"


def _split_registry(named: str) -> tuple[str | None, str]:
    """The registry and the rest: a first part counts as a registry when it cannot be a repository's."""
    first, slash, rest = named.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first or first != first.lower()):
        return first, rest
    return None, named


def _reads_as_repository(name: str) -> bool:
    return _BARE_HASH.fullmatch(name) is None


def _problem(image: Image) -> str | None:
    if image.registry is not None and _REGISTRY.fullmatch(image.registry) is None:
        return "the registry must be a host name or address, with a port if need be"
    if not _REPOSITORY.fullmatch(image.repository):
        return "the repository must consist of lower-case letters and digits, joined by '/', '.', '_' or '-'"
    if len(image.normalized.repository) > MAX_REPOSITORY_CHARACTERS:
        return f"the repository has more than {MAX_REPOSITORY_CHARACTERS} characters"
    if image.tag is not None and _TAG.fullmatch(image.tag) is None:
        return "the tag must have 1 to 128 letters, digits, '_', '.' or '-', and not start with '.' or '-'"
    if image.digest is not None and not _is_digest(image.digest):
        return "the digest must be that of a known algorithm in hexadecimal, such as sha256: and 64 digits"
    if str(image) == image.repository and not _reads_as_repository(image.repository):
        return "64 hexadecimal digits are an image's id, not its name"
    return None


def _is_digest(text: str) -> bool:
    match = _DIGEST.fullmatch(text)
    return match is not None and _DIGEST_LENGTHS.get(match[1]) == len(match[2])
