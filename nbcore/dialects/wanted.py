"""What a notebook is to choose, for whoever writes one in some dialect.

Refuses to know dialects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Wanted(NamedTuple):
    """A choice of a template.

    Shape: ``home`` is the name of the claim of its home, ``""`` for none; so is a namespace that is not given.
    """

    template: str
    template_namespace: str
    name: str
    namespace: str
    options: Mapping[str, str]
    pod_defaults: tuple[str, ...] = ()
    home: str = ""

    @property
    def metadata(self) -> dict[str, Any]:
        """The metadata of the notebook."""
        return {"name": self.name, **({"namespace": self.namespace} if self.namespace else {})}
