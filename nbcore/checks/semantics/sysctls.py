"""Sysctls of a pod: their names, and that they belong to a namespace which the pod has for itself.

Refuses to know which sysctls a kubelet allows.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validateSysctls; k8s.io/component-helpers/node/util/sysctl.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, RawPath
from nbcore.checks.semantics.values import elements, required_name, shown, unique

CODE: Final = "NB481"

_LONGEST: Final = 253
_SEGMENT: Final = "[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?"
_NAME = re.compile(rf"{_SEGMENT}(?:[./]{_SEGMENT})*", re.ASCII)
_SWAP = str.maketrans("./", "/.")
_OF_IPC = re.compile(
    r"kernel\.(?:sem|shm|shmall|shmmax|shmmni|shm_rmid_forced|msg|msgmax|msgmnb|msgmni)|fs\.mqueue\..*",
    re.ASCII | re.DOTALL,
)
_OF_NET = re.compile(r"net\..*", re.ASCII | re.DOTALL)
_NAMESPACES: Final = (("hostNetwork", _OF_NET), ("hostIPC", _OF_IPC))


def problem_with_sysctl(name: object) -> str | None:
    """Why the value is no name of a sysctl, or None."""
    if len(str(name)) > _LONGEST:
        return f"must have at most {_LONGEST} characters"
    form = "must be segments of lower-case letters, digits, '-' and '_', joined by '.' or '/'"
    return None if _NAME.fullmatch(str(name)) else form


def faults(spec: Mapping[str, Any], path: RawPath) -> Faults:
    """Faults of the sysctls of a pod's security context, which stand at a path."""
    context = spec.get("securityContext") or {}
    listed = context.get("sysctls") or ()
    for index, one in elements(context, "sysctls"):
        place, name = (*path, index, "name"), one.get("name")
        yield from required_name(CODE, place, "the name of the sysctl", name, problem_with_sysctl)
        for field, form in _NAMESPACES:
            if spec.get(field) is True and form.fullmatch(_dotted(name or "")):
                message = f"the sysctl {shown(name)} would change the host's, as {field} is true"
                yield Fault(CODE, place, message, f"Remove it, or set {field} to false.", (("spec", field),))
    yield from unique(CODE, path, "the sysctl", [one.get("name") for one in listed], "name")


def _dotted(name: str) -> str:
    """The name with '.' between its segments: where '/' comes first, the two have changed roles."""
    separator = re.search("[./]", name)
    return name.translate(_SWAP) if separator and separator[0] == "/" else name
