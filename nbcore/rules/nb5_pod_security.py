"""Rules of the Pod Security Standards: a code for every check.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB5"
TITLE: Final = "pod security"
_LEVEL: Final = "a Pod Security level"
RULES: tuple[Rule, ...] = (
    Rule("NB500", "error", "a field that Pod Security looks at has the wrong type", _LEVEL),
    Rule("NB501", "error", "an AppArmor profile is one that the baseline level does not allow", _LEVEL),
    Rule("NB502", "error", "a container adds a capability that the baseline level does not allow", _LEVEL),
    Rule("NB503", "error", "the pod shares a namespace of its node", _LEVEL),
    Rule("NB504", "error", "a volume mounts a folder of the node", _LEVEL),
    Rule("NB505", "error", "a container takes a port of its node", _LEVEL),
    Rule("NB506", "error", "a probe or lifecycle hook connects to a host of its own choice", _LEVEL),
    Rule("NB507", "error", "a container is privileged", _LEVEL),
    Rule("NB508", "error", "a container unmasks /proc", _LEVEL),
    Rule("NB509", "error", "an SELinux option is one that the baseline level does not allow", _LEVEL),
    Rule("NB510", "error", "a seccomp profile is one that the baseline level does not allow", _LEVEL),
    Rule("NB511", "error", "the pod sets a sysctl that is not known to be safe", _LEVEL),
    Rule("NB512", "error", "a container runs as a process of its Windows node", _LEVEL),
    Rule("NB521", "error", "a container may gain more privileges than it starts with", _LEVEL),
    Rule(
        "NB522",
        "error",
        "a container keeps or adds a capability that the restricted level does not allow",
        _LEVEL,
    ),
    Rule("NB523", "error", "a container unmasks /proc, which the restricted level never allows", _LEVEL),
    Rule("NB524", "error", "a volume has a type that the restricted level does not allow", _LEVEL),
    Rule("NB525", "error", "a container is allowed to run as root", _LEVEL),
    Rule("NB526", "error", "a container is told to run as user 0", _LEVEL),
    Rule("NB527", "error", "a container has no seccomp profile that the restricted level allows", _LEVEL),
)
