"""What Kubernetes itself defines: quantities, selectors, names, images, paths and the tables of its schema.

Refuses to know nbcore's own kinds, findings' owners and layers.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbcore.kubernetes import image, names, paths, quantity, selector

__all__ = ["image", "names", "paths", "quantity", "selector"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"nbcore.kubernetes.{name}")
