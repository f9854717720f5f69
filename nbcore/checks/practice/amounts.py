"""Amounts that nobody means, memory without a limit, and GPUs on any node (NB9).

Refuses to know quotas, limit ranges and nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.practice.places import Container, containers, volumes
from nbcore.kubernetes.quantity import Quantity

_BYTES: Final = ("memory", "ephemeral-storage", "hugepages-", "storage")
_GPU: Final = ("gpu", "nvidia.com/mig-")
_SIDES: Final = ("limits", "requests")


def amounts(pod: Pod) -> Faults:
    """The faults of every amount, of memory that nothing bounds, and of GPUs that any node may give."""
    spec = pod.get("spec") or {}
    for path, name, amount in _amounts(pod, spec):
        yield from _of_amount(path, name, amount)
    for container in containers(pod):
        yield from _memory(container, spec.get("resources") or {})
    yield from _gpu(pod, spec)


def _amounts(pod: Pod, spec: dict[str, Any]) -> Iterator[tuple[RawPath, str, Any]]:
    """Every quantity of the pod: its place, what it is an amount of, and the text."""
    owners = [(one.at, one.value) for one in containers(pod, init=True)]
    for at, owner in (*owners, (("spec",), spec)):
        for side in _SIDES:
            for name, amount in ((owner.get("resources") or {}).get(side) or {}).items():
                yield (*at, "resources", side, name), name, amount
    for path, volume in volumes(pod):
        limit = (volume.get("emptyDir") or {}).get("sizeLimit")
        if limit is not None:
            yield (*path, "emptyDir", "sizeLimit"), "storage", limit


def _of_amount(path: RawPath, name: str, amount: Any) -> Faults:
    quantity = Quantity.parse(amount) if name.startswith(_BYTES) else None
    if quantity is not None and not quantity.is_integer:
        text = str(amount)[:64]
        meant = f"{text[:-1]}Mi" if text.endswith("m") else None
        yield Fault(
            "NB910",
            path,
            f"the amount {text} is a fraction of a byte: m stands for thousandths",
            f"Did you mean {meant}?" if meant else "Write a whole number of bytes.",
        )


def _memory(container: Container, of_pod: dict[str, Any]) -> Faults:
    resources = container.value.get("resources") or {}
    if any("memory" in (one.get("limits") or {}) for one in (resources, of_pod)):
        return
    yield Fault(
        "NB911",
        (*container.at, "resources", "limits", "memory"),
        f"nothing bounds the memory of the container {container.name}: it can take all of its node",
        "Set requests and limits for memory, best to the same amount.",
    )


def _gpu(pod: Pod, spec: dict[str, Any]) -> Faults:
    if (
        spec.get("nodeSelector")
        or (spec.get("affinity") or {}).get("nodeAffinity")
        or spec.get("tolerations")
    ):
        return
    for container in containers(pod, init=True):
        limits = (container.value.get("resources") or {}).get("limits") or {}
        name = next((one for one in limits if "/" in one and any(part in one for part in _GPU)), None)
        if name is not None:
            yield Fault(
                "NB908",
                (*container.at, "resources", "limits", name),
                f"the container {container.name} asks for {name[:64]}, and the pod neither tolerates the "
                "taints of such nodes nor chooses them",
                "Add a toleration, or a nodeSelector or node affinity for the nodes with GPUs.",
            )
