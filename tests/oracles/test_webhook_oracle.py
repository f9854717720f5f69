"""Asks an API server which webhook configurations it refuses: exactly those with a finding of form.

Run as a program (``python -m tests.oracles.test_webhook_oracle --cases 5000 --seed 7``) it prints figures. Random
configurations are created in dry runs with strict field validation. What is unwise, and no question of form, the
server takes; CEL is not compiled here, so expressions are right or empty.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

import nbcore
from tests.cluster.binaries import MISSING, PROGRAMS, find
from tests.cluster.control_plane import ControlPlane

Json = dict[str, Any]
FORM = frozenset(("NB105", "NB106", "NB801", "NB802", "NB803", "NB804", "NB810", "NB825", "NB826"))
"""The codes by which the server's own refusals are foreseen."""
GONE = object()

_SELECTORS: tuple[Any, ...] = (
    GONE,
    {},
    {"matchLabels": {"a": "b"}},
    {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]},
    {"matchExpressions": [{"key": "a", "operator": "In"}]},
    {"matchExpressions": [{"key": "a b", "operator": "Exists"}]},
    {"matchLabels": {"a": "b c"}},
    {"matchFields": {}},
)
_HOOK: dict[str, tuple[Any, ...]] = {
    "name": (
        "a.example.com",
        "b.example.com",
        "x",
        "",
        "A.example.com",
        "a.b",
        "a..b.c",
        f"{'a' * 64}.b.c",
        GONE,
        1,
    ),
    "admissionReviewVersions": (
        ["v1"],
        ["v1", "v1beta1"],
        ["v1beta1"],
        ["v2"],
        [],
        ["v1", "v1"],
        ["v1", "V2"],
        "v1",
    ),
    "sideEffects": ("None", "NoneOnDryRun", "Some", "Unknown", "none", GONE, None),
    "failurePolicy": (GONE, "Fail", "Ignore", "fail", "", None),
    "matchPolicy": (GONE, "Exact", "Equivalent", "equivalent"),
    "timeoutSeconds": (GONE, 1, 5, 30, 0, 31, -1, "5", 1.5),
    "namespaceSelector": _SELECTORS,
    "objectSelector": _SELECTORS,
    "failurePolcy": (GONE, "Fail"),
    "reinvocationPolicy": (GONE, "Never", "IfNeeded", "Always"),
}
_RULE: dict[str, tuple[Any, ...]] = {
    "apiGroups": ([""], ["apps"], ["*"], ["*", "apps"], [], GONE, ["", "a b"]),
    "apiVersions": (["v1"], ["*"], ["v1", "*"], [], [""], GONE),
    "operations": (["CREATE"], ["*"], ["CREATE", "*"], ["create"], [], GONE, ["CREATE", "CREATE"]),
    "resources": (
        ["pods"],
        ["*"],
        ["*/*"],
        ["pods/*"],
        ["pods", "*"],
        ["*", "pods"],
        ["*", "pods/exec"],
        ["pods/*", "pods/exec"],
        ["pods/exec", "pods/*"],
        ["*/status", "pods/status"],
        ["pods/*", "pods"],
        ["*/*", "pods"],
        ["*", "pods", "*"],
        [""],
        [],
        GONE,
    ),
    "scope": (GONE, "*", "Cluster", "Namespaced", "namespaced", ""),
}
_CLIENTS: tuple[Any, ...] = (
    {"url": "https://example.com/x"},
    {"url": "http://example.com"},
    {"url": "https://u:p@example.com"},
    {"url": "https://example.com/?a=b"},
    {"url": "https://example.com/#a"},
    {"url": "https:///x"},
    {"url": "example.com"},
    {"url": ""},
    {"url": "https://[::1"},
    {"url": "https://example.com:x/"},
    {"url": "https://example.com:/x"},
    {"url": "https://example.com:70000"},
    {"url": "https://[::1]:8443/x"},
    {"url": "https://[::1]x/"},
    {"url": "https://exa mple.com"},
    {"url": "https://example.com/%zz"},
    {"url": "HTTPS://example.com/x y"},
    {"url": " https://example.com"},
    {"url": "https://example.com/\n"},
    {},
    GONE,
)
_SERVICE: dict[str, tuple[Any, ...]] = {
    "name": ("a", "", GONE, "Not A Name"),
    "namespace": ("b", "", GONE),
    "port": (GONE, 443, 0, 65535, 65536, -1),
    "path": (GONE, "/", "", "/a", "/a/", "//", "a", "/A", "/a//b", "/a.b/c-d", "/-"),
    "prot": (GONE, 1),
}
_CONDITION: dict[str, tuple[Any, ...]] = {
    "name": ("a", "b", "a.b/c", "", "a b", GONE),
    "expression": ("true", "request.operation == 'CREATE'", "", " ", GONE),
}


class Draw:
    """Random configurations out of a seed: mostly right, with a fault or two."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def drawn(self, pool: dict[str, tuple[Any, ...]], rate: float) -> Json:
        """A value for each field: the first of its pool, or seldom any other."""
        found = {
            field: self.random.choice(values) if self.random.random() < rate else values[0]
            for field, values in pool.items()
        }
        return {field: value for field, value in found.items() if value is not GONE}

    def client(self) -> Json:
        service = self.drawn(_SERVICE, 0.06)
        shape = self.random.random()
        if shape < 0.6:
            return {"clientConfig": {"service": service}}
        if shape < 0.63:
            return {"clientConfig": {"service": service, "url": "https://example.com"}}
        client = self.random.choice(_CLIENTS) if self.random.random() < 0.3 else _CLIENTS[0]
        return {} if client is GONE else {"clientConfig": client}

    def hook(self, *, mutates: bool) -> Json:
        pool = _HOOK if mutates or self.random.random() < 0.05 else {**_HOOK, "reinvocationPolicy": (GONE,)}
        many = self.random.choice((0, 1, 1, 2))
        made = {**self.drawn(pool, 0.04), **self.client()}
        made["rules"] = [self.drawn(_RULE, 0.08) for _ in range(many)]
        if self.random.random() < 0.3:
            number = 65 if self.random.random() < 0.05 else self.random.choice((1, 2))
            named = [{**self.drawn(_CONDITION, 0.1)} for _ in range(number)]
            made["matchConditions"] = named
        return made

    def configuration(self) -> Json:
        mutates = self.random.random() < 0.5
        hooks = [self.hook(mutates=mutates) for _ in range(self.random.choice((0, 1, 1, 2)))]
        for at, one in enumerate(hooks):
            if at and one.get("name") == "a.example.com" and self.random.random() < 0.8:
                one["name"] = "b.example.com"
        return {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": f"{'Mutating' if mutates else 'Validating'}WebhookConfiguration",
            "metadata": {"name": "random"},
            "webhooks": hooks,
        }


def configurations(cases: int, seed: int) -> Iterator[Json]:
    draw = Draw(Random(seed))
    return (draw.configuration() for _ in range(cases))


def refusals(one: Json) -> list[str]:
    """What lint foresees that the server refuses."""
    return [found.message for found in nbcore.check([one]).findings if found.code in FORM]


def differences(server: ControlPlane, cases: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many were taken and refused by both, and what they do not agree about."""
    figures: Counter[str] = Counter()
    differing: list[str] = []
    given = list(configurations(cases, seed))
    for one, answer in zip(given, server.many(given), strict=True):
        ours = refusals(one)
        figures["refused" if ours else "taken"] += 1
        if bool(ours) == answer.ok:
            differing.append(f"{one}\n  server: {answer.status} {answer.message}\n  ours: {ours}")
    return figures, differing


@pytest.mark.oracle
def test_the_server_refuses_what_lint_foresees(control_plane: ControlPlane) -> None:
    figures, differing = differences(control_plane, 400, 1)
    assert not differing, differing[0]
    assert min(figures["taken"], figures["refused"]) > 50


def main(arguments: list[str] | None = None) -> int:
    """The exit code: 1 with a difference, 2 where the server is not there."""
    parser = argparse.ArgumentParser(description="Webhook configurations that an API server refuses.")
    parser.add_argument("--cases", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    if not all(map(find, PROGRAMS)):
        print(MISSING)
        return 2
    started = time.monotonic()
    with ControlPlane(controllers=False) as server:
        figures, differing = differences(server, given.cases, given.seed)
    print(*differing[:5], sep="\n")
    took = time.monotonic() - started
    print(
        f"{given.cases:,} webhook configurations, seed {given.seed}: {figures['taken']:,} taken and "
        f"{figures['refused']:,} refused by both; {len(differing)} differences; {took:.0f} s"
    )
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
