"""What a hook is given: the request, the look-ups that it may do, and the settings.

Refuses to know which hooks there are.
"""

from __future__ import annotations

from dataclasses import dataclass

from nbcore.admission.lookups import Lookups
from nbcore.admission.request import Request
from nbcore.catalog import Catalog
from nbcore.settings import Settings


@dataclass(frozen=True, slots=True)
class Hook:
    """One call of a hook."""

    request: Request
    lookups: Lookups
    settings: Settings

    @property
    def catalog(self) -> Catalog:
        """All objects."""
        return self.lookups.catalog
