"""What people try, as they type it, and how it went: done, or refused by a rule of ours.

This module refuses to know who types it, and whether they should have been refused.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Any, Final

from nbcore.admission.identity import label_of
from tests.cluster.client import Answer
from tests.cluster.stage_objects import OWNER

Json = Any
MERGE: Final = ("patch", "--type=merge", "-p")
STOP: Final = '{"spec": {"stopped": true}}'
UNKNOWN: Final = '{"spec": {"options": {"size": "none"}}}'
ATTEMPTS: Final[Mapping[str, tuple[str, ...]]] = {
    "stop": ("patch", "notebook", "running", "--type=merge", "-p", STOP),
    "take": ("annotate", "--overwrite", "notebook", "running", f"{OWNER}=bob"),
    "take by the label": ("label", "--overwrite", "notebook", "running", f"{OWNER}={label_of('bob')}"),
    "label": ("label", "notebook", "running", "team=b"),
    "delete": ("delete", "notebook", "running"),
    "delete at once": ("delete", "notebook", "running", "--force", "--grace-period=0"),
    "delete as an orphan": ("delete", "notebook", "running", "--cascade=orphan"),
    "status": (
        "patch",
        "notebook",
        "running",
        "--subresource=status",
        "--type=merge",
        "-p",
        '{"status": {"conditions": []}}',
    ),
    "finalize": (
        "patch",
        "notebook",
        "running",
        "--type=merge",
        "-p",
        '{"metadata": {"finalizers": ["a.example/b"]}}',
    ),
    "be its owner reference": (
        *("patch", "notebook", "running", "--type=merge", "-p"),
        '{"metadata": {"ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "x", "uid": "y"}]}}',
    ),
    "exec": ("exec", "running-0", "--", "sh"),
    "attach": ("attach", "running-0"),
    "port-forward": ("port-forward", "running-0", ":80"),
    "debug": ("debug", "running-0", "--image=busybox"),
    "resize": (
        *("patch", "pod", "running-0", "--subresource=resize", "-p"),
        '{"spec": {"containers": [{"name": "main", "resources": {"limits": {"memory": "2Gi"}}}]}}',
    ),
}
NO_KUBELET: Final = "no preferred addresses found"
"""What the API server says when it looks for the kubelet: admission is over by then."""
CONNECTIONS: Final = ("exec", "attach", "port-forward")


def done(finished: subprocess.CompletedProcess[str]) -> str:
    """The warnings of a command that did what was asked."""
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stderr


def refused(finished: subprocess.CompletedProcess[str], code: str) -> str:
    """What a command says that was refused by a rule of ours: kubectl words a 403 and a 422 differently."""
    said = finished.stdout + finished.stderr
    assert finished.returncode != 0, said
    assert f"denied the request: {code} " in said or f": {code}: " in said, said
    return said


def is_denied(answer: Answer, code: str) -> bool:
    """Whether a rule of ours refused a request."""
    return not answer.ok and f"denied the request: {code} " in answer.message


def owner_of(one: Json) -> str:
    return str(one["metadata"].get("annotations", {}).get(OWNER, ""))
