"""Names of Workspaces from which neither a label nor a Service can be made (B5).

Upstream takes them, and then fails for ever to make what carries them. Refuses to know everything of a
Workspace but its name.
"""

from __future__ import annotations

from collections.abc import Iterator

from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.model.notebook import Notebook


def name_findings(workspace: Notebook) -> Iterator[Finding]:
    """The findings for a name, or generateName, that is too long for a label or holds what no Service may."""
    given = {"name": workspace.metadata.name, "generateName": workspace.metadata.generate_name}
    field = "name" if given["name"] else "generateName"
    name = given[field]
    if field == "name" and len(name) > names.LABEL_LENGTH:
        yield workspace.origin.finding(
            "NB490",
            f"the name of the Workspace has {len(name)} characters, and labels of its pod hold at most "
            f"{names.LABEL_LENGTH}",
            f"Give it a name of at most {names.LABEL_LENGTH} characters.",
            path=("metadata", field),
        )
    if "." in name:
        yield workspace.origin.finding(
            "NB490",
            f"the {field} of the Workspace has a dot, and the name of its Service may not have one",
            f"Give it a {field} of lower-case letters, digits and '-'.",
            path=("metadata", field),
        )
