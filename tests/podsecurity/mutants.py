"""Wrong evaluators of the Pod Security Standards, each a small change of ours: the cases must find out all.

Run as a program (``python -m tests.podsecurity.mutants``) it prints how many are found out, and which are not.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from functools import cache
from typing import Any, NamedTuple
from unittest.mock import patch

from nbcore.checks.podsecurity import places, restricted, standard
from nbcore.checks.podsecurity.places import Place, View, typed
from nbcore.checks.podsecurity.rule_forms import Allowed, AnnotationBan, Ban, HandedDown, Offence, Rule
from nbcore.checks.podsecurity.standard import (
    STANDARD,
    Check,
    Revision,
    effective,
    in_user_namespace,
    is_windows,
)
from tests.podsecurity.cases import LEVELS, LISTS, Case, cases

Patch = tuple[Any, str, Any]
Table = tuple[Check, ...]
Revisions = tuple[Revision, ...]

LOCAL = ("runtime/default", "docker/default")
HOSTS = "hostProbesAndHostLifecycle"
HANDLERS = ("livenessProbe", "readinessProbe", "startupProbe", "postStart", "preStop")
SECCOMP = "seccompProfile_baseline"
ALSO = ("os", "hostUsers")
MINORS = tuple(
    sorted({0, 38} | {r.since + step for one in STANDARD for r in one.revisions for step in (-1, 0)} - {-1})
)
"""Every minor that is the first or the last of a revision."""
Moment = tuple[str, int]
MOMENTS: tuple[Moment, ...] = tuple((level, minor) for level in LEVELS for minor in MINORS)
CLAMPS = (
    ("latest", "1.24", 24),
    ("latest", "newest", 37),
    ("1.35", "1.34", 34),
    ("1.34", "1.35", 34),
    ("1.0", "1.36", 0),
    ("v1.9", "1.10", 9),
    ("1.99", "1.36", 36),
)
"""An asked version, the cluster's version, and the minor that is judged by."""


class Mutant(NamedTuple):
    """A wrong evaluator: a table, and what is patched; ``group`` are the cases that should find it out."""

    name: str
    group: str
    table: Table = STANDARD
    patches: tuple[Patch, ...] = ()


@cache
def _cases() -> tuple[Case, ...]:
    return tuple(cases())


def survivor(mutant: Mutant) -> bool:
    """Whether no case finds the mutant out."""
    ordered = sorted(_cases(), key=lambda one: (one.group != mutant.group, one.group not in ALSO))
    changed = STANDARD if mutant.patches else mutant.table
    with ExitStack() as stack:
        for target, name, value in mutant.patches:
            stack.enter_context(patch.object(target, name, value))
        clamped = all(standard.effective(asked, cluster) == minor for asked, cluster, minor in CLAMPS)
        where = [one for one in _steps(changed) if mutant.patches or _active(one, changed) != _active(one)]
        return clamped and all(agrees(one, where, changed) for one in ordered)


def agrees(case: Case, where: Iterable[Moment], table: Table = STANDARD) -> bool:
    """Whether a table says of a case what is expected, at these levels and versions."""
    return all(failed(case, one, table) == case.expected(*one) for one in where)


def failed(case: Case, moment: Moment, table: Table = STANDARD) -> tuple[str, ...]:
    """The ids of the checks that fail; what bars the view of the whole pod counts as one."""
    judgement = standard.judged(case.pod, *moment, table)
    return (*(check.id for check, _ in judgement.results), *("malformed" for _ in judgement.malformed))


def _steps(table: Table) -> list[Moment]:
    """The moments at which the standard or the table is not what it was one minor before."""
    found: dict[tuple[object, ...], Moment] = {}
    for one in reversed(MOMENTS):
        found[(one[0], *_active(one), *_active(one, table))] = one
    return list(reversed(found.values()))


def _active(moment: Moment, table: Table = STANDARD) -> list[tuple[str, int, int]]:
    """The checks in force, each with its revision as an object of its own."""
    return [(check.id, revision.since, id(revision)) for check, revision in standard.active(*moment, table)]


# ---- how to be wrong ----


def revised(name: str, change: Callable[[Revisions], Revisions]) -> Table:
    """The standard with other revisions of one check."""
    return tuple(one._replace(revisions=change(one.revisions)) if one.id == name else one for one in STANDARD)


def ruled(name: str, change: Callable[[Rule], Rule]) -> Table:
    """The standard with other rules in every revision of one check."""
    return revised(
        name, lambda found: tuple(one._replace(rules=tuple(map(change, one.rules))) for one in found)
    )


def forgetting(name: str, harmless: Callable[[Offence], bool]) -> Table:
    """The standard with a check that overlooks some offences."""

    def change(rule: Rule) -> Rule:
        return lambda view: iter([one for one in rule(view) if not harmless(one)])

    return ruled(name, change)


def allowing(name: str, change: Callable[[Callable[[Any], bool]], Callable[[Any], bool]]) -> Table:
    """The standard with a check that has another predicate of what is allowed."""

    def other(rule: Rule) -> Rule:
        if isinstance(rule, HandedDown):
            return dataclasses.replace(
                rule, ban=dataclasses.replace(rule.ban, allowed=change(rule.ban.allowed))
            )
        if isinstance(rule, Ban):
            return dataclasses.replace(rule, allowed=change(rule.allowed))
        return rule

    return ruled(name, other)


def more(name: str, *values: Any) -> Table:
    """The standard with a check that allows more values."""
    return allowing(name, lambda allowed: lambda value: value in values or allowed(value))


def fewer(name: str, *values: Any) -> Table:
    """The standard with a check that allows fewer values."""
    return allowing(name, lambda allowed: lambda value: value not in values and allowed(value))


def moved(name: str, number: int, step: int) -> Table:
    """The standard with a revision that comes some versions later."""

    def change(found: Revisions) -> Revisions:
        later = found[number]._replace(since=found[number].since + step)
        return (*found[:number], later, *found[number + 1 :])

    return revised(name, change)


def relaxed(name: str, unless: Callable[[View], bool]) -> Table:
    """The standard with a check that is skipped for some pods in every version."""

    def either(one: Revision) -> Callable[[View], bool]:
        return lambda view: unless(view) or bool(one.unless and one.unless(view))

    return revised(name, lambda found: tuple(one._replace(unless=either(one)) for one in found))


def strict(name: str) -> Table:
    """The standard with a check that has no relaxation."""
    return revised(name, lambda found: tuple(one._replace(unless=None) for one in found))


def of(kind: str) -> Callable[[Offence], bool]:
    """Whether an offence is one of a kind of owner."""
    return lambda one: one.place.owner.kind == kind


def at_pod(one: Offence) -> bool:
    """Whether an offence is one of the pod itself."""
    return one.place.owner.kind == "pod"


def under(word: str) -> Callable[[Offence], bool]:
    """Whether an offence lies below a field."""
    return lambda one: word in one.place.path


def mistyped(one: Offence) -> bool:
    """Whether an offence is a value of the wrong type."""
    return bool(one.place.expected)


def replaced(old: Callable[[View], bool], new: Callable[[View], bool]) -> Table:
    """The standard with another way to see who is exempt."""

    def change(one: Revision) -> Revision:
        return one._replace(unless=new if one.unless is old else one.unless)

    return tuple(one._replace(revisions=tuple(map(change, one.revisions))) for one in STANDARD)


def plus(name: str, rule: Rule) -> Table:
    """The standard with a check that has one more rule."""
    return revised(name, lambda found: tuple(one._replace(rules=(*one.rules, rule)) for one in found))


def annotated(name: str, **change: Any) -> Table:
    """The standard with a check that reads annotations in another way."""

    def other(rule: Rule) -> Rule:
        return dataclasses.replace(rule, **change) if isinstance(rule, AnnotationBan) else rule

    return ruled(name, other)


def _two_sources(view: View) -> Iterator[Offence]:
    for volume in view.volumes:
        if len([name for name, value in volume.value.items() if value is not None and name != "name"]) > 1:
            yield Offence(volume)


def _drops(test: Callable[[set[str]], bool]) -> Callable[[Offence], bool]:
    """Whether an offence is a list of dropped capabilities that passes a test of our own."""
    return lambda one: one.missing and test({str(name) for name in one.place.value or ()})


def _sources(without: str = "", also: str = "") -> tuple[Patch, ...]:
    found = [name for name in restricted.ALLOWED_SOURCES if name != without]
    return ((restricted, "ALLOWED_SOURCES", (*found, also)),)


def _said(place: Place) -> bool:
    return bool(place.value is not None or place.path[-1] == "runAsNonRoot")


def _read(change: Callable[[Any], Any]) -> Callable[[Allowed], Allowed]:
    """The predicate that reads a value in another way first."""
    return lambda allowed: lambda value: allowed(change(value) if isinstance(value, str) else value)


def _without_cap(name: str) -> str:
    return name.removeprefix("CAP_")


def _not_0(value: Any) -> bool:
    return bool(value is None or value != 0)


def _field(
    *steps: str, kind: type = str, allowed: Allowed = lambda value: value is None, required: bool = False
) -> Rule:
    """A rule about a field of every securityContext; a required one is there in every container."""
    path = ("securityContext", *steps)
    if required:
        return Ban(
            bool if kind is str else kind,
            lambda value: value is not None,
            "",
            "",
            container=(path,),
            required=True,
        )
    return Ban(kind, allowed, "", "", pod=(path,), container=(path,))


def _latest_is_newest(asked: str, cluster: str) -> int:
    return 37 if asked == "latest" else effective(asked, cluster)


def _equal_types(place: Place, kind: type) -> Place:
    return place if kind is int and place.value in (0, 1) else typed(place, kind)


GROUPS: Mapping[str, str] = {
    "capabilities_baseline": "capabilities",
    "capabilities_restricted": "capabilities",
    "hostPathVolumes": "volumes",
    "restrictedVolumes": "volumes",
    "procMount_restricted": "procMount",
    "seccompProfile_baseline": "seccompProfile",
    "seccompProfile_restricted": "seccompProfile",
}
"""The cases that are about a check, where they do not have its id as their name."""
WINDOWS = ("allowPrivilegeEscalation", "capabilities_restricted", "seccompProfile_restricted")
USERS = ("procMount", "runAsNonRoot", "runAsUser")
IDS = tuple(one.id for one in STANDARD)
FIRST_STEPS = (
    *(("hostProbesAndHostLifecycle", 0), ("procMount", 1), ("seLinuxOptions", 1), ("sysctls", 1)),
    *(("sysctls", 2), ("sysctls", 3), ("sysctls", 4), ("allowPrivilegeEscalation", 0)),
    *(("allowPrivilegeEscalation", 1), ("capabilities_restricted", 0), ("capabilities_restricted", 1)),
    *(("procMount_restricted", 0), ("runAsNonRoot", 1), ("runAsUser", 0), ("runAsUser", 1)),
    *(("seccompProfile_baseline", 1), ("seccompProfile_restricted", 0), ("seccompProfile_restricted", 1)),
)
"""Every revision that is not there from the beginning."""


def _of_tables() -> Iterator[tuple[str, str, Table]]:
    """Name, check and table of the mutants that are the same change of many checks."""
    for name in IDS:
        yield f"{name} is missing", name, tuple(one for one in STANDARD if one.id != name)
        yield (
            f"{name} is skipped for Windows",
            name,
            (STANDARD if name in WINDOWS else relaxed(name, is_windows)),
        )
        yield f"{name} is skipped in user namespaces", name, relaxed(name, in_user_namespace)
        yield f"{name} reads a wrong type as harmless", name, forgetting(name, mistyped)
    for name in WINDOWS:
        yield f"{name} exempts Windows before 1.25", name, relaxed(name, is_windows)
        yield f"{name} never exempts Windows", name, strict(name)
    for name in USERS:
        yield f"{name} never exempts user namespaces", name, strict(name)
    for name, number in FIRST_STEPS:
        for step in (-1, 1):
            word = "early" if step < 0 else "late"
            yield f"{name}: revision {number} one version {word}", name, moved(name, number, step)
    for name in (
        "capabilities_restricted",
        "procMount_restricted",
        "restrictedVolumes",
        "seccompProfile_restricted",
    ):
        yield (
            f"{name} replaces nothing",
            name,
            revised(name, lambda found: tuple(one._replace(replaces=()) for one in found)),
        )


PREDICATES: tuple[tuple[str, str, Table], ...] = (
    ("AppArmor: fields of the pod ignored", "appArmorProfile", forgetting("appArmorProfile", at_pod)),
    (
        "AppArmor: fields of containers ignored",
        "appArmorProfile",
        forgetting("appArmorProfile", of("container")),
    ),
    ("AppArmor: annotations ignored", "appArmorProfile", forgetting("appArmorProfile", of("annotation"))),
    ("AppArmor: an empty type accepted", "appArmorProfile", more("appArmorProfile", None, "")),
    ("AppArmor: Localhost refused", "appArmorProfile", fewer("appArmorProfile", "Localhost")),
    (
        "AppArmor: runtime/default accepted as a type",
        "appArmorProfile",
        allowing("appArmorProfile", _read(str.lower)),
    ),
    (
        "AppArmor: localhost without slash",
        "appArmorProfile",
        annotated(
            "appArmorProfile", allowed=lambda v: v in ("", "runtime/default") or v.startswith("localhost")
        ),
    ),
    (
        "AppArmor: annotations of unknown containers ignored",
        "appArmorProfile",
        annotated("appArmorProfile", concerns=lambda key, names: key.rpartition("/")[2] in names),
    ),
    (
        "AppArmor: an empty annotation refused",
        "appArmorProfile",
        annotated("appArmorProfile", allowed=lambda v: v == "runtime/default" or v.startswith("localhost/")),
    ),
    ("capabilities: any case", "capabilities_baseline", allowing("capabilities_baseline", _read(str.upper))),
    (
        "capabilities: CAP_ accepted",
        "capabilities_baseline",
        allowing("capabilities_baseline", _read(_without_cap)),
    ),
    ("capabilities: NET_RAW accepted", "capabilities_baseline", more("capabilities_baseline", "NET_RAW")),
    ("capabilities: ALL accepted", "capabilities_baseline", more("capabilities_baseline", "ALL")),
    (
        "capabilities: SYS_CHROOT refused",
        "capabilities_baseline",
        fewer("capabilities_baseline", "SYS_CHROOT"),
    ),
    ("capabilities: an empty name accepted", "capabilities_baseline", more("capabilities_baseline", None)),
    ("host namespaces: hostPID ignored", "hostNamespaces", forgetting("hostNamespaces", under("hostPID"))),
    ("host namespaces: hostIPC ignored", "hostNamespaces", forgetting("hostNamespaces", under("hostIPC"))),
    (
        "host namespaces: hostNetwork ignored",
        "hostNamespaces",
        forgetting("hostNamespaces", under("hostNetwork")),
    ),
    ("host namespaces: false refused", "hostNamespaces", fewer("hostNamespaces", False)),
    (
        "hostPath: an empty source ignored",
        "hostPathVolumes",
        forgetting("hostPathVolumes", lambda one: not one.place.value),
    ),
    ("host ports: 0 refused", "hostPorts", fewer("hostPorts", 0)),
    ("host ports: low ports accepted", "hostPorts", more("hostPorts", *range(1024))),
    (
        "host ports: those of hostNetwork forgotten",
        "hostPorts",
        forgetting("hostPorts", lambda one: one.implied),
    ),
    (
        "host ports: the first port only",
        "hostPorts",
        forgetting("hostPorts", lambda one: 1 in one.place.path[4:]),
    ),
    *(
        (f"hosts: {field} ignored", HOSTS, forgetting(HOSTS, under(field)))
        for field in (*HANDLERS, "httpGet", "tcpSocket")
    ),
    ("hosts: 127.0.0.1 accepted", HOSTS, more(HOSTS, "127.0.0.1")),
    ("hosts: localhost accepted", HOSTS, more(HOSTS, "localhost")),
    ("hosts: an empty host refused", HOSTS, fewer(HOSTS, "")),
    ("privileged: false refused", "privileged", fewer("privileged", False)),
    (
        "privileged: regular containers only",
        "privileged",
        forgetting("privileged", lambda one: "containers" not in one.place.path),
    ),
    ("procMount: empty accepted", "procMount", more("procMount", "")),
    ("procMount: any case", "procMount", allowing("procMount", _read(str.title))),
    ("procMount at restricted: empty accepted", "procMount_restricted", more("procMount_restricted", "")),
    (
        "procMount at restricted: Default refused",
        "procMount_restricted",
        fewer("procMount_restricted", "Default"),
    ),
    (
        "SELinux: container_engine_t in every version",
        "seLinuxOptions",
        more("seLinuxOptions", "container_engine_t"),
    ),
    ("SELinux: container_engine_t never", "seLinuxOptions", fewer("seLinuxOptions", "container_engine_t")),
    ("SELinux: an empty type refused", "seLinuxOptions", fewer("seLinuxOptions", "")),
    *(
        (f"SELinux: {field} ignored", "seLinuxOptions", forgetting("seLinuxOptions", under(field)))
        for field in ("type", "user", "role")
    ),
    ("SELinux: level refused", "seLinuxOptions", plus("seLinuxOptions", _field("seLinuxOptions", "level"))),
    ("SELinux: the pod ignored", "seLinuxOptions", forgetting("seLinuxOptions", at_pod)),
    (
        "seccomp: docker/default refused",
        SECCOMP,
        annotated(SECCOMP, allowed=lambda v: v == "runtime/default" or v.startswith("localhost/")),
    ),
    (
        "seccomp: an empty annotation accepted",
        SECCOMP,
        annotated(
            SECCOMP,
            allowed=lambda v: v in ("", "runtime/default", "docker/default") or v.startswith("localhost/"),
        ),
    ),
    (
        "seccomp: localhost without slash",
        SECCOMP,
        annotated(
            SECCOMP, allowed=lambda v: v in ("runtime/default", "docker/default") or v.startswith("localhost")
        ),
    ),
    (
        "seccomp: annotations of unknown containers",
        SECCOMP,
        annotated(SECCOMP, concerns=lambda key, _: "seccomp" in key),
    ),
    (
        "seccomp: the pod's annotation ignored",
        SECCOMP,
        annotated(
            SECCOMP,
            concerns=lambda key, names: key.rpartition("/")[2] in names and key.startswith("container"),
        ),
    ),
    ("seccomp: an empty type accepted", SECCOMP, more(SECCOMP, None, "")),
    ("seccomp: Localhost refused", SECCOMP, fewer(SECCOMP, "Localhost")),
    ("seccomp: containers ignored", SECCOMP, forgetting(SECCOMP, of("container"))),
    ("sysctls: slashes", "sysctls", allowing("sysctls", _read(lambda name: name.replace("/", ".")))),
    ("sysctls: blanks trimmed", "sysctls", allowing("sysctls", _read(str.strip))),
    (
        "sysctls: all of the network",
        "sysctls",
        allowing("sysctls", lambda allowed: lambda v: allowed(v) or str(v).startswith("net.ipv4.")),
    ),
    ("sysctls: one without name accepted", "sysctls", more("sysctls", None, "")),
    ("hostProcess: the pod ignored", "windowsHostProcess", forgetting("windowsHostProcess", at_pod)),
    (
        "hostProcess: containers ignored",
        "windowsHostProcess",
        forgetting("windowsHostProcess", of("container")),
    ),
    ("hostProcess: false refused", "windowsHostProcess", fewer("windowsHostProcess", False)),
    ("escalation: absent accepted", "allowPrivilegeEscalation", more("allowPrivilegeEscalation", None)),
    ("escalation: true accepted", "allowPrivilegeEscalation", more("allowPrivilegeEscalation", True)),
    (
        "drop: any case",
        "capabilities_restricted",
        forgetting("capabilities_restricted", _drops(lambda found: "ALL" in {one.upper() for one in found})),
    ),
    (
        "drop: CAP_ALL accepted",
        "capabilities_restricted",
        forgetting("capabilities_restricted", _drops(lambda found: "CAP_ALL" in found)),
    ),
    (
        "drop: anything accepted",
        "capabilities_restricted",
        forgetting("capabilities_restricted", _drops(bool)),
    ),
    (
        "drop: absent accepted",
        "capabilities_restricted",
        forgetting("capabilities_restricted", _drops(lambda found: not found)),
    ),
    (
        "add: what the baseline allows",
        "capabilities_restricted",
        more("capabilities_restricted", "CHOWN", "KILL"),
    ),
    (
        "add: NET_BIND_SERVICE refused",
        "capabilities_restricted",
        fewer("capabilities_restricted", "NET_BIND_SERVICE"),
    ),
    (
        "add: CAP_NET_BIND_SERVICE accepted",
        "capabilities_restricted",
        allowing("capabilities_restricted", _read(_without_cap)),
    ),
    ("add: ignored", "capabilities_restricted", forgetting("capabilities_restricted", under("add"))),
    ("volumes: two sources refused", "restrictedVolumes", plus("restrictedVolumes", _two_sources)),
    (
        "volumes: a source of tomorrow accepted",
        "restrictedVolumes",
        forgetting("restrictedVolumes", under("sourceOfTomorrow")),
    ),
    (
        "runAsNonRoot: the pod's false ignored",
        "runAsNonRoot",
        forgetting("runAsNonRoot", lambda one: at_pod(one) and not one.missing),
    ),
    ("runAsNonRoot: absent accepted", "runAsNonRoot", forgetting("runAsNonRoot", lambda one: one.missing)),
    ("runAsNonRoot: containers ignored", "runAsNonRoot", forgetting("runAsNonRoot", of("container"))),
    (
        "runAsNonRoot: every container must say it",
        "runAsNonRoot",
        plus("runAsNonRoot", _field("runAsNonRoot", required=True)),
    ),
    ("runAsUser: the pod ignored", "runAsUser", forgetting("runAsUser", at_pod)),
    ("runAsUser: containers ignored", "runAsUser", forgetting("runAsUser", of("container"))),
    (
        "runAsUser: runAsGroup 0 refused",
        "runAsUser",
        plus("runAsUser", _field("runAsGroup", kind=int, allowed=_not_0)),
    ),
    (
        "runAsUser: fsGroup 0 refused",
        "runAsUser",
        plus("runAsUser", _field("fsGroup", kind=int, allowed=_not_0)),
    ),
    (
        "runAsUser: absent refused",
        "runAsUser",
        plus("runAsUser", _field("runAsUser", kind=int, required=True)),
    ),
    (
        "seccomp at restricted: absent accepted",
        "seccompProfile_restricted",
        forgetting("seccompProfile_restricted", lambda one: one.missing),
    ),
    (
        "seccomp at restricted: the pod's ignored",
        "seccompProfile_restricted",
        forgetting("seccompProfile_restricted", lambda one: at_pod(one) and not one.missing),
    ),
    (
        "seccomp at restricted: Localhost refused",
        "seccompProfile_restricted",
        fewer("seccompProfile_restricted", "Localhost"),
    ),
    (
        "seccomp at restricted: an empty type accepted",
        "seccompProfile_restricted",
        more("seccompProfile_restricted", None, ""),
    ),
    (
        "any hostUsers is a user namespace",
        "procMount",
        replaced(in_user_namespace, lambda view: "hostUsers" in view.spec.value),
    ),
    (
        "hostUsers absent or falsy is a user namespace",
        "procMount",
        replaced(in_user_namespace, lambda view: not view.spec.value.get("hostUsers")),
    ),
    (
        "os.name in any case",
        "os",
        replaced(is_windows, lambda view: str(view.spec.value.get("os") or {}).lower().find("windows") >= 0),
    ),
)

PATCHED: tuple[tuple[str, str, tuple[Patch, ...]], ...] = (
    *(
        (
            f"{name} skipped",
            "privileged",
            ((places, "CONTAINER_LISTS", tuple(one for one in LISTS if one != name)),),
        )
        for name in LISTS
    ),
    *((f"volumes: {name} refused", "volumes", _sources(without=name)) for name in restricted.ALLOWED_SOURCES),
    *(
        (f"volumes: {name} accepted", "volumes", _sources(also=name))
        for name in ("hostPath", "nfs", "gitRepo")
    ),
    (
        "a null of a container counts as said",
        "runAsNonRoot",
        ((HandedDown, "_says_something", staticmethod(_said)),),
    ),
    ("a volume without source is refused", "volumes", ((restricted, "_sources", lambda volume: [volume]),)),
    (
        "the cluster's version ignored",
        "os",
        ((standard, "effective", lambda asked, _: int(asked.rpartition(".")[2]) if "." in asked else 37),),
    ),
    ("latest is the newest known", "os", ((standard, "effective", _latest_is_newest),)),
    (
        "versions compared as texts",
        "os",
        (
            (
                standard,
                "effective",
                lambda asked, cluster: (
                    int(min(asked.removeprefix("v"), cluster).rpartition(".")[2])
                    if "." in asked and "." in cluster
                    else 37
                ),
            ),
        ),
    ),
    ("integers of any size", "hostPorts", ((places, "_INT64", 2**99),)),
    ("numbers pass for integers", "hostPorts", ((places, "typed", _equal_types),)),
)


def mutants() -> list[Mutant]:
    """All wrong evaluators."""
    tables = [one for one in (*_of_tables(), *PREDICATES) if one[2] is not STANDARD]
    return [
        *(Mutant(name, GROUPS.get(check, check), table) for name, check, table in tables),
        *(Mutant(name, group, STANDARD, patches) for name, group, patches in PATCHED),
    ]


def main() -> int:
    """Prints how many wrong evaluators are found out; 1 when one is not."""
    found = mutants()
    survivors = [one.name for one in found if survivor(one)]
    for name in survivors:
        print(f"not found out: {name}")
    print(f"{len(found) - len(survivors)} of {len(found)} wrong evaluators found out")
    return 1 if survivors or not agreed() else 0


def agreed() -> bool:
    """Whether the evaluator itself says what is expected of every case."""
    return all(agrees(one, MOMENTS) for one in _cases())


if __name__ == "__main__":
    sys.exit(main())
