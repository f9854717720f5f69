"""Activity of a workspace: how it is probed, and after which idle time a rule pauses it.

Refuses to know clocks, what a probe found, and whether a selector is well-formed: a kind may have been stored
before anyone asked, so a selector stays the JSON that it came as.
"""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from nbcore.model.element import Bool, Element, Int
from nbcore.model.origin import Json


class Pause(NamedTuple):
    """When a rule that pauses allows the pause, whatever the dialect of the rule.

    Units: seconds.
    """

    seconds_since_active: int
    """Since the last activity."""
    min_running_seconds: int = 0
    """Since it last began to run."""


class PauseRule(Element):
    """What one rule says about pausing, for the workspaces that it matches.

    Shape: without both selectors it matches everything; an empty selector is one. `pause` is None in a rule
    that says nothing about pausing, False in one that exempts.
    """

    namespace_selector: Json = Field(None, description="Labels of the namespace, as it was written.")
    pod_config_selector: Json = Field(None, description="Labels of the pod config, as it was written.")
    seconds_since_active: Int = Field(description="Idle seconds until the pause.")
    min_running_seconds: Int = Field(0, description="Seconds that it must have been running.")
    pause: Bool | None = Field(None, description="Whether it is paused.")

    @property
    def is_catch_all(self) -> bool:
        """Whether the rule asks nothing of the workspace."""
        return self.namespace_selector is None and self.pod_config_selector is None

    @property
    def timing(self) -> Pause:
        """When the rule allows the pause, if it pauses."""
        return Pause(self.seconds_since_active, self.min_running_seconds)


class ActivityProbe(Element):
    """How it is found out when a workspace was last active: a script in its container, or Jupyter's own API.

    Units: seconds.
    """

    probe_interval_seconds: Int = Field(3600, description="Between probes, after one that succeeded.")
    min_probe_interval_seconds: Int = Field(300, description="Between probes, after one that did not.")
    script: str | None = Field(None, description="Script run in the container.")
    timeout_seconds: Int = Field(60, description="How long the script may take.")
    jupyter_port: str | None = Field(None, description="Id of the port at which Jupyter answers.")
