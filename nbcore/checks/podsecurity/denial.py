"""The denial: the text with which the API server refuses a pod that its namespace's level does not allow.

Refuses to know how offences are found.
Source: k8s.io/pod-security-admission/policy at v0.36.3, the reasons and details of each check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from nbcore.checks.fault import Pod
from nbcore.checks.podsecurity.places import CONTAINER_LISTS, Owner
from nbcore.checks.podsecurity.restricted import OTHER_SOURCES
from nbcore.checks.podsecurity.rule_forms import Offence
from nbcore.checks.podsecurity.standard import LATEST, Check, effective, judged
from nbcore.kubernetes.paths import Path

Offences: TypeAlias = tuple[Offence, ...]


class Verdict(NamedTuple):
    """Whether a level allows a pod; the ids of the checks that fail; the text of the denial, or ``""``."""

    allowed: bool
    failed: tuple[str, ...]
    denial: str


def verdict(pod: Pod, level: str, version: str, cluster: str) -> Verdict:
    """What the API server answers to a pod in a namespace that enforces a level of a version.

    Shape: a pod with a value of the wrong type, which the API server refuses before it asks, is not allowed.
    Raises: ValueError for a word that is no level, or a text that is no version.
    """
    malformed, results = judged(pod, level, effective(version, cluster))
    reasons = [_reason(check, offences) for check, offences in results]
    if malformed:
        reasons.append(f"malformed fields ({', '.join(str(Path(one.path)) for one in malformed)})")
    asked = LATEST if version == LATEST else f"v{version.removeprefix('v')}"
    text = f'violates PodSecurity "{level}:{asked}": {", ".join(reasons)}' if reasons else ""
    return Verdict(not reasons, tuple(check.id for check, _ in results), text)


def _reason(check: Check, offences: Offences) -> str:
    readable = tuple(one for one in offences if not one.place.expected)
    if not readable:
        return check.reason
    many = check.id == "appArmorProfile" and len(_profiles(readable)) > 1
    return f"{check.reason}{'s' if many else ''} ({DETAILS[check.id](readable)})"


# ---- words ----


def _word(singular: str, count: int) -> str:
    return singular if count == 1 else f"{singular}s"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _counted(singular: str, names: list[str]) -> str:
    return f"{_word(singular, len(names))} {_listed(names)}"


def _names(offences: Offences, kind: str) -> list[str]:
    """The names of the containers, volumes or annotations that offend, each once, in the order of the pod."""
    owners = [owner for one in offences for owner in one.owners or (one.place.owner,)]
    return [owner.name for owner in sorted(dict.fromkeys(owners), key=_order) if owner.kind == kind]


def _order(owner: Owner) -> tuple[int, int]:
    """Where an owner stands; only the order of lists matters to those that have an index."""
    if owner.kind != "container":
        return (0, 0)
    return (CONTAINER_LISTS.index(str(owner.path[1])), int(owner.path[2]))


def _values(offences: Offences) -> list[str]:
    """The values that offend, as texts in order, each once."""
    fields = [one.place.value for one in offences if one.place.owner.kind != "annotation" and not one.missing]
    return sorted({"" if value is None else str(value) for value in fields})


def _setters(offences: Offences) -> str:
    """Who offends: the pod, containers, annotations."""
    found = ["pod"] if any(one.place.owner.kind == "pod" for one in offences) else []
    if containers := _names(offences, "container"):
        found.append(_counted("container", containers))
    if annotations := _names(offences, "annotation"):
        found.append(_word("annotation", len(annotations)))
    return " and ".join(found)


def _annotations(offences: Offences) -> list[str]:
    """The annotations that offend, with their values."""
    found = [one.place for one in offences if one.place.owner.kind == "annotation"]
    return sorted(f"{place.owner.name}={_quoted(place.value)}" for place in found)


_ESCAPES: Mapping[str, str] = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}


def _quoted(text: str) -> str:
    """The text as Go's %q prints it."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    code = ord(letter)
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter.isprintable():
        return letter
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


# ---- details, one a check ----


def _template(text: str) -> Callable[[Offences], str]:
    """The detail that puts who offends and the values into a text."""

    def detail(offences: Offences) -> str:
        containers = _names(offences, "container")
        return text.format(
            containers=_counted("container", containers),
            uses="uses" if len(containers) == 1 else "use",
            setters=_setters(offences),
            values=_listed(_values(offences)),
        )

    return detail


def _profiles(offences: Offences) -> list[str]:
    return [*_values(offences), *_annotations(offences)]


def _app_armor(offences: Offences) -> str:
    return f"{_setters(offences)} must not set AppArmor profile type to {_listed(_profiles(offences))}"


def _host_namespaces(offences: Offences) -> str:
    return ", ".join(f"{one.place.path[-1]}=true" for one in offences)


def _host_ports(offences: Offences) -> str:
    containers, ports = _names(offences, "container"), _values(offences)
    verb = "uses" if len(containers) == 1 else "use"
    return f"{_counted('container', containers)} {verb} {_word('hostPort', len(ports))} {', '.join(ports)}"


def _handler_hosts(offences: Offences) -> str:
    containers, hosts = sorted(set(_names(offences, "container"))), _values(offences)
    verb = "uses" if len(containers) == 1 else "use"
    what = _word("probe or lifecycle host", len(hosts))
    return f"{_counted('container', containers)} {verb} {what} {_listed(hosts)}"


def _selinux(offences: Offences) -> str:
    fields = {name: [one for one in offences if one.place.path[-1] == name] for name in ("user", "role")}
    types = _values(tuple(one for one in offences if one.place.path[-1] == "type"))
    said = [_counted("type", types)] if types else []
    said += [f"{name} may not be set" for name, found in fields.items() if found]
    return f"{_setters(offences)} set forbidden securityContext.seLinuxOptions: {'; '.join(said)}"


def _seccomp(offences: Offences) -> str:
    if annotations := _annotations(offences):
        return f"forbidden {_word('annotation', len(annotations))} {', '.join(annotations)}"
    return _template("{setters} must not set securityContext.seccompProfile.type to {values}")(offences)


def _sysctls(offences: Offences) -> str:
    return ", ".join(one.place.value or "" for one in offences)


def _capabilities(offences: Offences) -> str:
    missing = tuple(one for one in offences if one.missing)
    adding = tuple(one for one in offences if not one.missing)
    said = [_template('{containers} must set securityContext.capabilities.drop=["ALL"]')(missing)]
    said += [_template("{containers} must not include {values} in securityContext.capabilities.add")(adding)]
    return "; ".join(text for text, found in zip(said, (missing, adding), strict=True) if found)


def _volumes(offences: Offences) -> str:
    names = _names(offences, "volume")
    types = sorted({_volume_type(one) for one in offences})
    verb = "uses" if len(names) == 1 else "use"
    return f"{_counted('volume', names)} {verb} {_counted('restricted volume type', types)}"


def _volume_type(offence: Offence) -> str:
    name = str(offence.place.path[-1])
    return name if name in OTHER_SOURCES else "unknown"


def _handed_down(explicit: str, implicit: str) -> Callable[[Offences], str]:
    """The detail that names who says the wrong thing, and only without any of those who says nothing."""

    def detail(offences: Offences) -> str:
        said = tuple(one for one in offences if not one.missing)
        return _template(explicit if said else implicit)(said or offences)

    return detail


DETAILS: Mapping[str, Callable[[Offences], str]] = {
    "appArmorProfile": _app_armor,
    "capabilities_baseline": _template(
        "{containers} must not include {values} in securityContext.capabilities.add"
    ),
    "hostNamespaces": _host_namespaces,
    "hostPathVolumes": lambda offences: _counted("volume", _names(offences, "volume")),
    "hostPorts": _host_ports,
    "hostProbesAndHostLifecycle": _handler_hosts,
    "privileged": _template("{containers} must not set securityContext.privileged=true"),
    "procMount": _template("{containers} must not set securityContext.procMount to {values}"),
    "seLinuxOptions": _selinux,
    "seccompProfile_baseline": _seccomp,
    "sysctls": _sysctls,
    "windowsHostProcess": _template("{setters} must not set securityContext.windowsOptions.hostProcess=true"),
    "allowPrivilegeEscalation": _template(
        "{containers} must set securityContext.allowPrivilegeEscalation=false"
    ),
    "capabilities_restricted": _capabilities,
    "procMount_restricted": _template("{containers} must not set securityContext.procMount to {values}"),
    "restrictedVolumes": _volumes,
    "runAsNonRoot": _handed_down(
        "{setters} must not set securityContext.runAsNonRoot=false",
        "pod or {containers} must set securityContext.runAsNonRoot=true",
    ),
    "runAsUser": _template("{setters} must not set runAsUser=0"),
    "seccompProfile_restricted": _handed_down(
        "{setters} must not set securityContext.seccompProfile.type to {values}",
        'pod or {containers} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
    ),
}
"""What a denial says in brackets behind the reason of each check."""
