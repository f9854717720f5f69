"""Filter rules of a kind: for whom a kind or an option is hidden, left out or denied.

Refuses to know whose labels are looked at, which rule wins, and whether a selector is well-formed: a kind may
have been stored before anyone asked, so a selector stays the JSON that it came as.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from nbcore.model.element import Bool, Element
from nbcore.model.origin import Json

Scope = Literal["WORKSPACE_KIND", "IMAGE_CONFIG", "POD_CONFIG"]
"""What a filter rule is about: the kind as a whole, or each value of one of its two option groups."""
About = Literal["namespace", "imageConfig", "podConfig"]
"""Whose labels a condition looks at."""


class Condition(Element):
    """One thing that must hold for a filter rule to match: a selector over the labels of one subject.

    Shape: without `about`, or without a selector, the condition is one that cannot be read.
    """

    about: About | None = Field(None, description="Whose labels are looked at.")
    selector: Json = Field(None, description="Label selector, as it was written.")


class FilterRule(Element):
    """What happens to a kind or to an option value when every condition holds."""

    scope: Scope = Field(description="What the rule is about.")
    match: tuple[Condition, ...] = Field((), description="Conditions, all of which must hold.")
    hide: Bool = Field(False, description="Not offered in forms; still works where it is chosen.")
    omit: Bool = Field(False, description="Left out of what is listed.")
    deny: Bool = Field(False, description="Not to be used.")
    deny_message: str | None = Field(None, description="What people are told when it is denied.")
