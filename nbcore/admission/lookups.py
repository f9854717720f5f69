"""Look-ups: the one choke point through which a hook finds other objects, and what it did not find.

The namespace comes from the request, never from the object; only a Template may stand in another one, and only by a
name that can be one. Refuses to know what is looked for, and why; no Secret can be asked for.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from nbcore.catalog import Catalog
from nbcore.kubernetes.names import problem_with_dns_label, problem_with_dns_subdomain
from nbcore.model.plain import Plain


class Need(NamedTuple):
    """An object that a review needs and the catalog does not hold; ``namespace`` is ``""`` where there is none."""

    api_version: str
    kind: str
    namespace: str
    name: str


CORE: Final = "v1"
APPS: Final = "apps/v1"


class Lookups:
    """The objects that one request may see.

    Shape: ``missing`` are those that were looked for and not found, each once.
    """

    def __init__(self, catalog: Catalog, namespace: str) -> None:
        self.catalog, self.namespace = catalog, namespace
        self.missing: dict[Need, None] = {}

    def here(self, api_version: str, kind: str, name: str) -> Any:
        """The object of this kind and name in the namespace of the request, or None."""
        return self._found(api_version, kind, name, self.namespace)

    def in_cluster(self, api_version: str, kind: str, name: str) -> Any:
        """The object of the cluster with this kind and name, or None."""
        return self._found(api_version, kind, name, "")

    def template(self, api_version: str, kind: str, name: str, namespace: str = "") -> Any:
        """The Template of that name, in the namespace of the request if none is named."""
        return self._found(api_version, kind, name, namespace or self.namespace)

    def namespace_labels(self) -> dict[str, str] | None:
        """The labels of the namespace of the request, None where it is not known."""
        if self.namespace and self.in_cluster(CORE, "Namespace", self.namespace) is None:
            return None
        return self.catalog.namespace_labels(self.namespace)

    def _found(self, api_version: str, kind: str, name: str, namespace: str) -> Any:
        if problem_with_dns_subdomain(name) or (namespace and problem_with_dns_label(namespace)):
            return None  # nothing can have such a name
        group = api_version.rpartition("/")[0]
        found = self._of_group(kind, group, name, namespace)
        if found is None and not self.catalog.is_broken(kind, f"{namespace}/{name}" if namespace else name):
            self.missing[Need(api_version, kind, namespace, name)] = None
        return found

    def _of_group(self, kind: str, group: str, name: str, namespace: str) -> Any:
        """The object whose kind is of this API group: groups share names of kinds."""
        for full in (kind, f"{kind}.{group}") if group else (kind,):
            found = self.catalog.get(full, name, namespace)
            if found is not None and found.api_version.rpartition("/")[0] == group:
                return found
        return None


def metadata_of(found: Any) -> dict[str, Any]:
    """The metadata of an object of a catalog, as plain JSON; empty where it has none."""
    value = found.value if isinstance(found, Plain) else found.origin.value
    return part(value, "metadata")


def part(value: Any, key: str) -> dict[str, Any]:
    """The object at a key of a value; empty where there is none."""
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
