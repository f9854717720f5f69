"""Rules of good practice: what Kubernetes accepts and people regret.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB9"
TITLE: Final = "good practice"
RULES: tuple[Rule, ...] = (
    Rule("NB901", "warning", "the image has no tag or the tag latest"),
    Rule("NB902", "info", "the image has no digest"),
    Rule("NB903", "warning", "the container needs shared memory and has none in memory"),
    Rule("NB904", "warning", "the container has a read-only root and no /tmp that it can write to"),
    Rule("NB905", "warning", "the container has a read-only root and no home that it can write to"),
    Rule("NB906", "warning", "the pod does not run as root and no group can write to its claims"),
    Rule("NB907", "warning", "the token of the service account is mounted into the pod"),
    Rule("NB908", "warning", "a GPU is asked for without choosing nodes that have one"),
    Rule("NB909", "warning", "an env variable holds a secret in plain text"),
    Rule("NB910", "warning", "the amount is a fraction of a byte"),
    Rule("NB911", "warning", "the container has no limit for its memory"),
    Rule("NB912", "warning", "an env variable stands twice in a container"),
    Rule("NB913", "warning", "a port stands twice in a container"),
    Rule("NB914", "warning", "nothing can trigger the activity rule"),
    Rule("NB915", "warning", "the value is accepted and can never work"),
    Rule("NB916", "warning", "no shell can read the env variable"),
    Rule("NB917", "warning", "two volumes are mounted at one place of a container"),
    Rule("NB918", "warning", "an activity rule pauses sooner than the probe can tell"),
    Rule("NB919", "warning", "no selector can match the label of an option value"),
    Rule("NB920", "warning", "the activity probe asks at a path that its endpoint does not have"),
    Rule("NB921", "warning", "an image lacks the endpoint that the activity probe asks"),
    Rule("NB922", "warning", "a redirect leads to an image that lacks an endpoint of the old one"),
    Rule("NB923", "warning", "an earlier filter rule takes everything from this one"),
    Rule("NB924", "warning", "a mount of the kind lies where the home volume is mounted"),
    Rule("NB925", "warning", "two options are offered under the same name"),
    Rule("NB926", "warning", "the headers that a notebook sets cannot be read"),
)
