"""NB6: whether a pod fits what is left of a namespace's quotas, its limit ranges, and any node of the cluster.

The answer is advice for the moment when quotas, usage and nodes were read, never a promise.
Refuses to know where these objects come from. Nothing is said about what is not given.
"""

from __future__ import annotations

from nbcore.checks.quota.budget import Budget, Problem, check, shortages
from nbcore.checks.quota.largest import Largest, largest
from nbcore.checks.quota.quotas import Shortage

__all__ = ["Budget", "Largest", "Problem", "Shortage", "check", "largest", "shortages"]
