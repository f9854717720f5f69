"""What the webhooks of Kubeflow Notebooks 2.0 judge, row by row, as pure functions of the objects.

A row of theirs is a rule of ours: same verdict, same field, in our words, in a stable order and without an end
at the first error. Refuses to know catalogs, who asks, and what a webhook answers with.

Source: reference behaviour of Kubeflow Notebooks 2.0, sections 3.1, 3.3 and 3.5.
"""

from __future__ import annotations

from nbcore.checks.kubeflow.advice import advice
from nbcore.checks.kubeflow.in_use import deletion_rows
from nbcore.checks.kubeflow.kinds import kind_rows, repeated_ports
from nbcore.checks.kubeflow.names import name_findings
from nbcore.checks.kubeflow.reserved import label_findings, reserved_findings
from nbcore.checks.kubeflow.workspaces import workspace_rows

__all__ = [
    "advice",
    "deletion_rows",
    "kind_rows",
    "label_findings",
    "name_findings",
    "repeated_ports",
    "reserved_findings",
    "workspace_rows",
]
