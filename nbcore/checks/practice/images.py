"""Images that are not the same tomorrow (NB9).

Refuses to know registries, and what is in an image.
"""

from __future__ import annotations

from nbcore.checks.fault import Fault, Faults, Pod
from nbcore.checks.practice.places import Container, containers
from nbcore.kubernetes.image import Image


def images(pod: Pod) -> Faults:
    """The faults of every image: no name at all, a tag that moves, no digest."""
    for container in containers(pod, init=True):
        text = container.value.get("image")
        if text:
            yield from _of_image(container, text)


def _of_image(container: Container, text: str) -> Faults:
    path = (*container.at, "image")
    try:
        image = Image.parse(text)
    except ValueError:
        yield Fault(
            "NB915",
            path,
            f"no registry can have the image {text[:64]!r}, so that the container never starts",
            "Write it as registry/repository:tag, in lower case.",
        )
        return
    if image.digest is not None:
        return
    if image.tag is None or image.tag == "latest":
        what = "the tag latest" if image.tag else "no tag"
        yield Fault(
            "NB901",
            path,
            f"the image {image.name[:64]} has {what}: what runs changes without anybody changing anything",
            "Name a version, best with its digest.",
        )
    else:
        yield Fault(
            "NB902",
            path,
            f"the image {str(image)[:64]} has no digest: its tag may be given to something else",
            "Add the digest behind the tag, as in name:tag@sha256:….",
        )
