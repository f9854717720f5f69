"""What the API server enforces on a pod in code, not in its schema (NB4); one module an area.

Every check takes a pod whose fields have their right types (`checks.pod_fields.fitted`), nulls left out, and
yields faults at the places where a 1.36 API server names them.

Refuses to know the schema, Pod Security and anything that needs the state of a cluster.
Source: k8s.io/kubernetes/pkg/apis/core/validation at v1.36, judged by a real API server in tests/oracles.
"""

from __future__ import annotations

from collections.abc import Callable

from nbcore.checks.fault import Faults, Pod
from nbcore.checks.semantics import (
    affinity,
    containers,
    host_names,
    known_annotations,
    metadata,
    mounts,
    pod_level,
    pod_resources,
    profiles,
    projected,
    security_context,
    tolerations,
    topology_spread,
    volumes,
    windows,
)

CHECKS: tuple[Callable[[Pod], Faults], ...] = (
    metadata.check,
    known_annotations.check,
    volumes.check,
    containers.check,
    mounts.check,
    security_context.check,
    profiles.check_annotations,
    windows.check,
    pod_level.check,
    pod_resources.check,
    host_names.check,
    affinity.check,
    tolerations.check,
    topology_spread.check,
)
"""All checks of the family, in the order of the pod's fields."""

OF_WHOLE_PODS: tuple[Callable[[Pod], Faults], ...] = (metadata.check_named, projected.account_for_tokens)
"""What is enforced on a Pod that is created as it is, not on the template of one: others complete that first."""
