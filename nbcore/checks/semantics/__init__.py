"""What the API server enforces on a pod in code, not in its schema (NB4); one module an area.

Every check takes a pod whose fields have their right types (`checks.pod_fields.fitted`), nulls left out, and
yields faults at the places where a 1.36 API server names them.

Refuses to know the schema, Pod Security and anything that needs the state of a cluster.
Source: k8s.io/kubernetes/pkg/apis/core/validation at v1.36, judged by a real API server in tests/oracles.
"""

from __future__ import annotations

from collections.abc import Callable

from nbcore.checks.fault import Faults, Pod

CHECKS: tuple[Callable[[Pod], Faults], ...] = ()
"""All checks of the family, in the order of the pod's fields."""
