"""One webhook of a configuration, read so that no value of it can break a rule.

What has the wrong type counts as absent here: another rule says that it is wrong. Refuses to know any rule.

Source: kubernetes apiserver, admission/plugin/webhook/predicates/rules: Matcher.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Final, TypeGuard

from nbcore.checks.fault import Fault, RawPath
from nbcore.kubernetes.selector import Selector

DEFAULT_TIMEOUT: Final = 10
"""Units: seconds, where nothing is written."""
_LONGEST: Final = 64
_EVERYTHING: Final = Selector()


class HookRule:
    """One element of ``rules``: which requests are sent."""

    def __init__(self, at: RawPath, value: Mapping[str, Any]) -> None:
        self.at = at
        self.groups = frozenset(texts(value.get("apiGroups")))
        self.versions = frozenset(texts(value.get("apiVersions")))
        self.resources = frozenset(texts(value.get("resources")))
        self.operations = frozenset(texts(value.get("operations")))
        scope = value.get("scope")
        self.scope = scope if isinstance(scope, str) else "*"

    def covers(self, group: str, resource: str, *, namespaced: bool = True) -> bool:
        """Whether requests for a resource, or a subresource of it (``pods/exec``), are sent."""
        main, _, sub = resource.partition("/")
        forms = {main, "*"} if not sub else {f"{main}/{sub}", f"*/{sub}"}
        forms |= {f"{main}/*", "*/*"}
        scoped = self.scope in ("*", "Namespaced" if namespaced else "Cluster")
        return scoped and bool({group, "*"} & self.groups) and bool(forms & self.resources)

    def on(self, *operations: str) -> bool:
        """Whether one of the operations is sent."""
        return bool({*operations, "*"} & self.operations)


class Hook:
    """One element of ``webhooks``."""

    def __init__(self, at: RawPath, value: Mapping[str, Any], *, mutates: bool) -> None:
        self.at = at
        self.value = value
        self.mutates = mutates

    def text(self, field: str) -> str:
        """A text, ``""`` where there is none."""
        found = self.value.get(field)
        return found if isinstance(found, str) else ""

    def map(self, field: str) -> Mapping[str, Any]:
        """A map, an empty one where there is none."""
        found = self.value.get(field)
        return found if isinstance(found, dict) else {}

    @property
    def name(self) -> str:
        """The name, cut for messages."""
        return self.text("name")[:_LONGEST] or "without a name"

    @property
    def fails_closed(self) -> bool:
        """Whether requests are refused while the webhook is down, which is the default."""
        return self.text("failurePolicy") != "Ignore"

    @property
    def timeout(self) -> int:
        """Units: seconds."""
        found = self.value.get("timeoutSeconds")
        return found if is_whole(found) else DEFAULT_TIMEOUT

    @cached_property
    def rules(self) -> tuple[HookRule, ...]:
        """What is sent."""
        given = self.value.get("rules")
        return tuple(HookRule((*self.at, "rules", at), one) for at, one in maps(given))

    @cached_property
    def service(self) -> Mapping[str, Any] | None:
        """The Service that it runs behind, None for one that is called by its URL."""
        found = self.map("clientConfig").get("service")
        return found if isinstance(found, dict) else None

    @property
    def own_namespace(self) -> str:
        """The namespace that it runs in, ``""`` where nothing says so."""
        found = (self.service or {}).get("namespace")
        return found if isinstance(found, str) else ""

    @cached_property
    def expressions(self) -> tuple[str, ...]:
        """The texts of its match conditions."""
        found = (one.get("expression") for _, one in maps(self.value.get("matchConditions")))
        return tuple(one for one in found if isinstance(one, str))

    def speaks_of(self, word: str) -> bool:
        """Whether a match condition names something, which then is left to it: what it answers is not known."""
        return any(f"'{word}'" in one or f'"{word}"' in one for one in self.expressions)

    def selector(self, field: str) -> Selector:
        """A selector; one that is absent, or that the API server refuses, takes everything."""
        return self._selectors[field]

    @cached_property
    def _selectors(self) -> Mapping[str, Selector]:
        fields = ("namespaceSelector", "objectSelector")
        return {one: Selector.parse(self.value.get(one))[0] or _EVERYTHING for one in fields}

    def reaches(self, namespace: str, labels: Mapping[str, str]) -> bool:
        """Whether requests about objects in a namespace are sent, as far as can be said without running CEL."""
        of_any_object = self.selector("objectSelector").matches({})
        return of_any_object and self.selects(labels) and not self.speaks_of(namespace)

    def selects(self, labels: Mapping[str, str]) -> bool:
        """Whether the selector takes a namespace with these labels."""
        return self.selector("namespaceSelector").matches(labels)

    def fault(self, code: str, path: Sequence[str | int], message: str, remedy: str) -> Fault:
        """A fault at a path of the webhook."""
        return Fault(code, (*self.at, *path), f"webhook {self.name}: {message}", remedy)


def hooks_of(value: Mapping[str, Any], *, mutates: bool) -> tuple[Hook, ...]:
    """The webhooks of a configuration, those left out that are no maps."""
    found = maps(value.get("webhooks"))
    return tuple(Hook(("webhooks", at), one, mutates=mutates) for at, one in found)


def maps(value: Any) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The maps of a list, each with its number."""
    for at, one in enumerate(value if isinstance(value, list) else ()):
        if isinstance(one, dict):
            yield at, one


def texts(value: Any) -> list[str]:
    """The texts of a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether a value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)
