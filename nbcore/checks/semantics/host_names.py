"""DNS and host names of a pod: resolver, host name, subdomain, aliases.

Refuses to know which names can be resolved.
Source: k8s.io/kubernetes/pkg/apis/core/validation, validatePodDNSConfig, validatePodHostName, ValidateHostAliases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.checks.fault import Fault, Faults, Pod, RawPath
from nbcore.checks.semantics.values import elements, forbidden, required, spec_of, valid
from nbcore.kubernetes import names

MOST_NAMESERVERS: Final = 3
MOST_SEARCHES: Final = 32
MOST_SEARCH_CHARACTERS: Final = 2048
LONGEST_HOSTNAME: Final = 64

_CONFIG: RawPath = ("spec", "dnsConfig")


def check(pod: Pod) -> Faults:
    """What is wrong with the DNS configuration and the host names of a pod."""
    spec = spec_of(pod)
    yield from _resolver(spec)
    yield from _own_names(spec)
    for index, alias in elements(spec, "hostAliases"):
        yield from _alias(("spec", "hostAliases", index), alias)


def _resolver(spec: Mapping[str, Any]) -> Faults:
    config = spec.get("dnsConfig")
    if spec.get("dnsPolicy") == "None" and not (config or {}).get("nameservers"):
        path = (*_CONFIG, "nameservers") if config is not None else _CONFIG
        yield Fault(
            "NB410", path, "the dnsPolicy None needs a name server", "Add one to dnsConfig.nameservers."
        )
        return
    if config:
        yield from _nameservers(config)
        yield from _searches(config.get("searches") or [])
        yield from _options(config)


def _nameservers(config: Mapping[str, Any]) -> Faults:
    path = (*_CONFIG, "nameservers")
    yield from _at_most(path, "name servers", len(config.get("nameservers") or ()), MOST_NAMESERVERS)
    for index, server in elements(config, "nameservers"):
        yield from valid("NB410", (*path, index), "the name server", server, names.problem_with_ip)


def _searches(searches: list[str]) -> Faults:
    path = (*_CONFIG, "searches")
    size = sum(len(one.encode("utf-8", "surrogatepass")) + 1 for one in searches) - 1
    yield from _at_most(path, "search domains", len(searches), MOST_SEARCHES)
    yield from _at_most(path, "characters of search domains", size, MOST_SEARCH_CHARACTERS)
    for index, search in enumerate(searches):
        yield from valid("NB410", (*path, index), "the search domain", search, names.problem_with_dns_search)


def _at_most(path: RawPath, what: str, count: int, most: int) -> Faults:
    if count > most:
        yield Fault("NB410", path, f"there are {count} {what}, at most {most} are allowed", "Remove some.")


def _options(config: Mapping[str, Any]) -> Faults:
    for index, option in elements(config, "options"):
        yield from required(
            "NB410", (*_CONFIG, "options", index), "the name of the option", option.get("name")
        )


def _own_names(spec: Mapping[str, Any]) -> Faults:
    for field in ("hostname", "subdomain"):
        name = spec.get(field) or None
        yield from valid("NB411", ("spec", field), f"the {field}", name, names.problem_with_dns_label)
    override = spec.get("hostnameOverride")
    if override is not None:
        yield from _override(override, spec)


def _override(override: str, spec: Mapping[str, Any]) -> Faults:
    path = ("spec", "hostnameOverride")
    yield from valid("NB411", path, "the hostnameOverride", override, _problem_with_override)
    for field in ("setHostnameAsFQDN", "hostNetwork"):
        if spec.get(field) is True:
            message = f"hostnameOverride is not allowed together with {field}"
            yield forbidden("NB411", path, message, "Remove one of them.", ("spec", field))


def _problem_with_override(name: object) -> str | None:
    if isinstance(name, str) and len(name) > LONGEST_HOSTNAME:
        return f"must have at most {LONGEST_HOSTNAME} characters"
    return names.problem_with_dns_subdomain(name)


def _alias(path: RawPath, alias: Mapping[str, Any]) -> Faults:
    address = alias.get("ip") or ""
    yield from valid("NB412", (*path, "ip"), "the IP address", address, names.problem_with_ip)
    for index, name in elements(alias, "hostnames"):
        at = (*path, "hostnames", index)
        yield from valid("NB412", at, "the host name", name, names.problem_with_dns_subdomain)
