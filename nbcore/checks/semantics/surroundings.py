"""What of a pod the rules of one container depend on.

Refuses to know containers.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Final

from nbcore.checks.fault import Pod
from nbcore.checks.semantics import values

DEFAULT_GRACE_PERIOD: Final = 30


class Surroundings:
    """The pod around its containers, with the defaults of the API server.

    Laws: each answer is worked out at most once, and only when a rule asks for it.
    """

    def __init__(self, pod: Pod) -> None:
        self._spec: dict[str, Any] = values.spec_of(pod)

    @property
    def host_network(self) -> bool:
        """Whether the pod uses the host's network."""
        return bool(self._spec.get("hostNetwork"))

    @property
    def never_restarts(self) -> bool:
        """Whether the pod's restart policy is Never."""
        return bool(self._spec.get("restartPolicy") == "Never")

    @property
    def grace_period(self) -> int:
        """How long the pod may take to end.

        Units: seconds.
        """
        given: int | None = self._spec.get("terminationGracePeriodSeconds")
        # The API server takes a negative period for the shortest one.
        return DEFAULT_GRACE_PERIOD if given is None else 1 if given < 0 else given

    @cached_property
    def claims(self) -> frozenset[str]:
        """The names of the pod's resource claims."""
        return frozenset(
            claim.get("name") or "" for _, claim in values.elements(self._spec, "resourceClaims")
        )

    @cached_property
    def empty_dirs(self) -> Mapping[str, bool]:
        """Whether each volume of the pod is an emptyDir, by its name; one without any source is."""
        volumes = [volume for _, volume in values.elements(self._spec, "volumes")]
        return {one.get("name") or "": "emptyDir" in one or not one.keys() - {"name"} for one in volumes}
