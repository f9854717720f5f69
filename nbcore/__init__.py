"""nbcore: the definition, validation and safe change of notebook environments on Kubernetes.

The front door. Everything behind it is pure: plain JSON and values in, values out; no clock, no I/O, no
client types. What stands here is loaded when it is first used, so that a hook that needs little starts fast.

Refuses to know files, clusters and people; the command line and the webhook do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbcore import admission, kubernetes
    from nbcore.catalog import Catalog
    from nbcore.change.applying import apply
    from nbcore.change.change import Change
    from nbcore.change.diffing import diff
    from nbcore.change.owned import apply_configuration
    from nbcore.change.patching import patch
    from nbcore.finding import Finding
    from nbcore.linting import check, check_pod
    from nbcore.offers import choices
    from nbcore.pipeline import Rendering, render
    from nbcore.planning.planned import plan
    from nbcore.report import Report
    from nbcore.settings import Settings
    from nbcore.source import load
    from nbcore.standings import standing
    from nbcore.strategic.merging import MergeError, merge
    from nbcore.strategic.overlaying import overlay
    from nbcore.strategic.uniting import unite
    from nbcore.updating import next_revision

__version__ = "0.1.0"
__all__ = [
    "Catalog",
    "Change",
    "Finding",
    "MergeError",
    "Rendering",
    "Report",
    "Settings",
    "admission",
    "apply",
    "apply_configuration",
    "check",
    "check_pod",
    "choices",
    "diff",
    "kubernetes",
    "load",
    "merge",
    "next_revision",
    "overlay",
    "patch",
    "plan",
    "render",
    "standing",
    "unite",
]

_HOMES = {
    "Catalog": "catalog",
    "Change": "change.change",
    "Finding": "finding",
    "MergeError": "strategic.merging",
    "Rendering": "pipeline",
    "Report": "report",
    "Settings": "settings",
    "apply": "change.applying",
    "apply_configuration": "change.owned",
    "check": "linting",
    "check_pod": "linting",
    "choices": "offers",
    "diff": "change.diffing",
    "load": "source",
    "merge": "strategic.merging",
    "next_revision": "updating",
    "overlay": "strategic.overlaying",
    "patch": "change.patching",
    "plan": "planning.planned",
    "render": "pipeline",
    "standing": "standings",
    "unite": "strategic.uniting",
}


def __getattr__(name: str) -> Any:
    if name in ("admission", "kubernetes"):
        return import_module(f"nbcore.{name}")
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"nbcore.{home}"), name)
    globals()[name] = value  # found at once from now on
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
