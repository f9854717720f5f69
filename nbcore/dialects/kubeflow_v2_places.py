"""Where the parts of the model stand in WorkspaceKinds and Workspaces, so that findings name the author's own fields.

Raw paths of the model's spelling to raw paths of the kinds'. Refuses to know what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbcore.model.origin import RawPath

_POD: Final = ("spec", "podTemplate")
MAIN: Final = ("spec", "containers", 0)
_BASE: Final = ("spec", "template")

_IMAGE: Final = (*_POD, "options", "imageConfig")
_SIZE: Final = (*_POD, "options", "podConfig")
CHOSEN: Final = frozenset((_IMAGE, _SIZE))
"""What stands for fields that the chosen values bring: nothing of a pod stands right below it."""

TEMPLATE_PLACES: Final[Mapping[RawPath, RawPath]] = {
    ("spec", "display"): ("spec", "spawner"),
    ("spec", "display", "name"): ("spec", "spawner", "displayName"),
    ("spec", "deprecation"): ("spec", "spawner", "deprecated"),
    ("spec", "deprecation", "message"): ("spec", "spawner", "deprecationMessage"),
    ("spec", "options"): (*_POD, "options"),
    ("spec", "ports"): (*_POD, "ports"),
    ("spec", "home"): (*_POD, "volumeMounts"),
    ("spec", "home", "mountPath"): (*_POD, "volumeMounts", "home"),
    ("spec", "activity"): ("spec", "activityRules"),
    _BASE: _POD,
    (*_BASE, "metadata"): (*_POD, "podMetadata"),
    (*_BASE, "spec"): _POD,
    (*_BASE, "spec", "volumes"): (*_POD, "extraVolumes"),
    (*_BASE, "spec", "securityContext"): (*_POD, "securityContext"),
    (*_BASE, "spec", "schedulerName"): (*_POD, "schedulerName"),
    (*_BASE, "spec", "affinity"): _SIZE,
    (*_BASE, "spec", "nodeSelector"): _SIZE,
    (*_BASE, "spec", "tolerations"): _SIZE,
    (*_BASE, "spec", "containers"): _POD,
    (*_BASE, *MAIN): _POD,
    (*_BASE, *MAIN, "image"): _IMAGE,
    (*_BASE, *MAIN, "imagePullPolicy"): _IMAGE,
    (*_BASE, *MAIN, "ports"): _IMAGE,
    (*_BASE, *MAIN, "resources"): _SIZE,
    (*_BASE, *MAIN, "env"): (*_POD, "extraEnv"),
    (*_BASE, *MAIN, "volumeMounts"): (*_POD, "extraVolumeMounts"),
    (*_BASE, *MAIN, "securityContext"): (*_POD, "containerSecurityContext"),
    (*_BASE, *MAIN, "startupProbe"): (*_POD, "probes", "startupProbe"),
    (*_BASE, *MAIN, "livenessProbe"): (*_POD, "probes", "livenessProbe"),
    (*_BASE, *MAIN, "readinessProbe"): (*_POD, "probes", "readinessProbe"),
}
"""Where the parts of a Template stand in a WorkspaceKind; what it does not bring itself, where that is chosen."""
NOTEBOOK_PLACES: Final[Mapping[RawPath, RawPath]] = {
    ("spec", "templateRef"): ("spec", "kind"),
    ("spec", "templateRef", "name"): ("spec", "kind"),
    ("spec", "options"): (*_POD, "options"),
    ("spec", "volumes"): (*_POD, "volumes"),
    ("spec", "metadata"): (*_POD, "podMetadata"),
    ("spec", "stopped"): ("spec", "paused"),
}
"""Where the parts of a Notebook stand in a Workspace."""
GROUP_PLACES: Final[Mapping[RawPath, RawPath]] = {("default",): ("spawner", "default")}
VALUE_PLACES: Final[Mapping[RawPath, RawPath]] = {
    ("display",): ("spawner",),
    ("display", "name"): ("spawner", "displayName"),
    ("ports",): ("spec", "ports"),
    ("template",): ("spec",),
    ("template", "metadata"): ("spec", "podMetadata"),
    ("template", "spec"): ("spec",),
    ("template", "spec", "affinity"): ("spec", "affinity"),
    ("template", "spec", "nodeSelector"): ("spec", "nodeSelector"),
    ("template", "spec", "tolerations"): ("spec", "tolerations"),
    ("template", "spec", "schedulerName"): ("spec", "schedulerName"),
    ("template", "spec", "containers"): ("spec",),
    ("template", *MAIN): ("spec",),
    ("template", *MAIN, "image"): ("spec", "image"),
    ("template", *MAIN, "imagePullPolicy"): ("spec", "imagePullPolicy"),
    ("template", *MAIN, "ports"): ("spec", "ports"),
    ("template", *MAIN, "resources"): ("spec", "resources"),
}
"""Where the parts of an option value stand in a value of imageConfig or podConfig."""
PORT_PLACES: Final[Mapping[RawPath, RawPath]] = {
    ("displayName",): ("defaultDisplayName",),
    ("stripPrefix",): ("httpProxy", "removePathPrefix"),
    ("requestHeaders",): ("httpProxy", "requestHeaders"),
}
