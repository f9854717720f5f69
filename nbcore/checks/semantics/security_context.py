"""Security contexts of pods and containers: ids, words, and fields that contradict each other.

Refuses to know what Pod Security asks for: this is what no API server accepts.
Source: k8s.io/kubernetes/pkg/apis/core/validation, ValidateSecurityContext, validatePodSpecSecurityContext, at v1.36.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics import sysctls
from nbcore.checks.semantics.profiles import profile_faults
from nbcore.checks.semantics.values import containers_of, elements, in_range, one_of, spec_of
from nbcore.checks.semantics.windows import option_faults

VALUE: Final = "NB478"
CONTRADICTION: Final = "NB482"

_MOST_ID: Final = (1 << 31) - 1
_IDS: Final = ("runAsUser", "runAsGroup", "fsGroup")
_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "procMount": ("Default", "Unmasked"),
    "fsGroupChangePolicy": ("OnRootMismatch", "Always"),
    "supplementalGroupsPolicy": ("Merge", "Strict"),
    # MountOption needs the feature gate SELinuxMount, which 1.36 has off by default.
    "seLinuxChangePolicy": ("Recursive",),
}
_CHECKED: Final = frozenset(
    {*_IDS, *_WORDS, "supplementalGroups", "seccompProfile", "appArmorProfile", "windowsOptions"}
)


def check(pod: Pod) -> Faults:
    """Faults of all security contexts of a pod."""
    spec = spec_of(pod)
    context = spec.get("securityContext")
    if context:
        path: RawPath = ("spec", "securityContext")
        yield from _context(context, path)
        if context.get("sysctls"):
            yield from sysctls.faults(spec, (*path, "sysctls"))
    for above, container in containers_of(pod):
        own = container.get("securityContext")
        if own:
            yield from _context(own, (*above, "securityContext"))
            yield from _contradictions(own, (*above, "securityContext"))
            yield from _unmasked(own, spec, (*above, "securityContext"))


def _context(context: Mapping[str, Any], path: RawPath) -> Faults:
    """Faults of what the contexts of pods and of containers have in common; a field is where it may be."""
    if _CHECKED.isdisjoint(context):
        return
    for field in _IDS:
        yield from in_range(VALUE, (*path, field), field, context.get(field), 0, _MOST_ID)
    for index, group in elements(context, "supplementalGroups"):
        place = (*path, "supplementalGroups", index)
        yield from in_range(VALUE, place, "the supplemental group", group, 0, _MOST_ID)
    for field, allowed in _WORDS.items():
        yield from one_of(VALUE, (*path, field), field, context.get(field), allowed)
    yield from profile_faults(context, path)
    yield from option_faults(context, path)


_ESCALATES: Final = "CAP_SYS_ADMIN"


def _contradictions(context: Mapping[str, Any], path: RawPath) -> Faults:
    """Faults of a container that may not gain privileges and has them all."""
    if context.get("allowPrivilegeEscalation") is not False:
        return
    field = "allowPrivilegeEscalation"
    if context.get("privileged") is True:
        message = f"{field} is false, and the container is privileged"
        related = ((*path, field), (*path, "privileged"))
        yield Fault(CONTRADICTION, path, message, f"Remove privileged, or {field}.", related)
    added = (context.get("capabilities") or {}).get("add") or ()
    if _ESCALATES in added:
        message = f"{field} is false, and the container adds {_ESCALATES}"
        related = ((*path, field), (*path, "capabilities", "add", added.index(_ESCALATES)))
        yield Fault(CONTRADICTION, path, message, f"Remove the capability, or {field}.", related)


def _unmasked(context: Mapping[str, Any], spec: Mapping[str, Any], path: RawPath) -> Faults:
    if context.get("procMount") == "Unmasked" and spec.get("hostUsers") is not False:
        message = "procMount Unmasked needs a user namespace, and hostUsers is not false"
        related = (("spec", "hostUsers"),)
        yield Fault(CONTRADICTION, (*path, "procMount"), message, "Set hostUsers to false.", related)
