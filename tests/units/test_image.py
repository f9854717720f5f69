"""Image references, by the distribution project's grammar; its port to Python is asked where installed."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbcore.kubernetes.image import Image, default_pull_policy

HASH = "0123456789abcdef" * 4
SHA256 = f"sha256:{HASH}"


@pytest.mark.parametrize(
    ("text", "parts", "normalized", "familiar"),
    [
        ("ubuntu", (None, "ubuntu", None, None), "docker.io/library/ubuntu", "ubuntu"),
        ("ubuntu:22.04", (None, "ubuntu", "22.04", None), "docker.io/library/ubuntu:22.04", "ubuntu:22.04"),
        ("jupyter/base", (None, "jupyter/base", None, None), "docker.io/jupyter/base", "jupyter/base"),
        (
            f"registry:5000/a/b:tag@{SHA256}",
            ("registry:5000", "a/b", "tag", SHA256),
            f"registry:5000/a/b:tag@{SHA256}",
            f"registry:5000/a/b:tag@{SHA256}",
        ),
        ("localhost/x", ("localhost", "x", None, None), "localhost/x", "localhost/x"),
        ("localhost", (None, "localhost", None, None), "docker.io/library/localhost", "localhost"),
        ("Foo/bar", ("Foo", "bar", None, None), "Foo/bar", "Foo/bar"),
        (
            "[2001:db8::1]:5000/r",
            ("[2001:db8::1]:5000", "r", None, None),
            "[2001:db8::1]:5000/r",
            "[2001:db8::1]:5000/r",
        ),
        ("index.docker.io/a", ("index.docker.io", "a", None, None), "docker.io/library/a", "a"),
        ("docker.io/library/a", ("docker.io", "library/a", None, None), "docker.io/library/a", "a"),
        (
            f"docker.io/{HASH}",
            ("docker.io", HASH, None, None),
            f"docker.io/library/{HASH}",
            f"library/{HASH}",
        ),
        ("a__b--c.d/e", (None, "a__b--c.d/e", None, None), None, None),
        (f"a@{SHA256}", (None, "a", None, SHA256), f"docker.io/library/a@{SHA256}", f"a@{SHA256}"),
    ],
)
def test_parts(text: str, parts: tuple[Any, ...], normalized: str | None, familiar: str | None) -> None:
    if normalized is None:
        with pytest.raises(ValueError, match="registry"):
            Image.parse(text)
        return
    image = Image.parse(text)
    assert (image.registry, image.repository, image.tag, image.digest) == parts
    assert str(image) == text
    assert str(image.normalized) == normalized
    assert image.familiar == familiar
    assert Image.parse(image.familiar).normalized == image.normalized


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "repository"),
        ("Ubuntu", "repository"),
        ("a/B", "repository"),
        ("/a", "repository"),
        ("a/", "repository"),
        ("a//b", "repository"),
        ("a___b", "repository"),
        ("a b", "repository"),
        ("a\n", "repository"),
        ("é", "repository"),
        (":tag", "repository"),
        (f"@{SHA256}", "repository"),
        ("a:", "tag"),
        ("a:-x", "tag"),
        ("a:b:c", "tag"),
        ("a:" + "x" * 129, "tag"),
        ("a:b\n", "tag"),
        ("a:\u0663", "tag"),
        ("a@", "digest"),
        ("a@sha256:12", "digest"),
        ("a@sha256:" + HASH.upper(), "digest"),
        ("a@md5:" + HASH[:32], "digest"),
        (f"a@{SHA256}@{SHA256}", "digest"),
        ("-a.b/c", "registry"),
        ("a.b:x/c", "registry"),
        ("https://a/b", "registry"),
        ("a_b.c/d", "registry"),
        (HASH, "64 hexadecimal"),
        ("a/" + "b" * 254, "more than 255"),
        ("a" * 5000, "at most 4096"),
    ],
)
def test_malformed_references_are_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Image.parse(text)


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("a", "Always"),
        ("a:latest", "Always"),
        (f"a:latest@{SHA256}", "Always"),
        (f"a@{SHA256}", "IfNotPresent"),
        ("a:1", "IfNotPresent"),
        ("r:5000/a", "Always"),
        ("Not An Image:latest", "IfNotPresent"),
    ],
)
def test_the_default_pull_policy(text: str, policy: str) -> None:
    assert default_pull_policy(text) == policy


parts = st.text("ab0", min_size=1, max_size=4)
references = st.builds(
    lambda registry, repository, tag, digest: f"{registry}{'/'.join(repository)}{tag}{digest}",
    st.sampled_from(["", "localhost/", "a.b/", "r:5000/", "docker.io/", "index.docker.io/", "[::1]/"]),
    st.lists(parts, min_size=1, max_size=3),
    st.sampled_from(["", ":latest", ":1.0_x-y", ":A"]),
    st.sampled_from(["", f"@{SHA256}", f"@sha512:{HASH}{HASH}"]),
)


@given(references)
def test_the_text_round_trips_and_normalizing_is_idempotent(text: str) -> None:
    image = Image.parse(text)
    assert str(image) == text
    assert image.normalized.normalized == image.normalized == Image.parse(str(image.normalized))
    assert Image.parse(image.familiar).normalized == image.normalized


@given(references, st.sampled_from(["\n", "\x00", "é", "\u0663", " "]))
def test_appending_what_is_not_ascii_or_printable_never_stays_valid(text: str, tail: str) -> None:
    with pytest.raises(ValueError, match="not an image reference"):
        Image.parse(text + tail)


def _texts(seed: int, count: int) -> list[str]:
    source = random.Random(seed)
    pieces = [
        "a",
        "B",
        "0",
        "ab",
        ".",
        "-",
        "_",
        "__",
        "---",
        "/",
        ":",
        ":5000",
        "localhost",
        "docker.io",
        "[::1]",
    ]
    pieces += ["library/", "index.docker.io/", f"@{SHA256}", "@sha256:", HASH, "latest", "é", " ", "\n", "#"]
    return ["".join(source.choices(pieces, k=source.randint(1, 6))) for _ in range(count)]


def test_the_distribution_grammar_agrees() -> None:
    reference = pytest.importorskip("docker_image.reference", reason="docker-image-py is not installed")
    accepted = 0
    for text in _texts(seed=5, count=5000):
        theirs = _theirs(reference, text)
        ours = _ours(text)
        assert ours == theirs, text
        accepted += ours is not None
    assert accepted > 300


def _ours(text: str) -> tuple[Any, ...] | None:
    try:
        image = Image.parse(text).normalized
    except ValueError:
        return None
    return image.name, image.tag, image.digest


def _theirs(reference: Any, text: str) -> tuple[Any, ...] | None:
    if text.endswith("\n"):  # the port's `$` lets a line break pass, Go's does not
        return None
    try:
        parsed = reference.Reference.parse_normalized_named(text)
    except Exception:
        return None
    return parsed["name"], parsed.get("tag"), parsed.get("digest")
