"""Rules of ownership and access: who may do what to an object, and use what of a kind, in which namespace.

Refuses to know how they are found.
"""

from __future__ import annotations

from typing import Final

from nbcore.rules.rule import Rule

FAMILY: Final = "NB7"
TITLE: Final = "ownership and access"
_REQUEST: Final = "an admission request"
RULES: tuple[Rule, ...] = (
    Rule("NB701", "error", "the kind may not be used in the namespace"),
    Rule("NB702", "error", "the option value may not be used in the namespace"),
    Rule("NB703", "error", "the object is not marked with its owner", _REQUEST),
    Rule("NB704", "error", "somebody else owns the object", _REQUEST),
    Rule("NB705", "error", "the object has no owner, and only an admin may touch it", _REQUEST),
    Rule("NB706", "error", "the owner of an object is changed", _REQUEST),
    Rule("NB707", "error", "somebody without a name cannot own anything", _REQUEST),
    Rule("NB708", "error", "an owner reference is set by hand", _REQUEST),
    Rule("NB709", "error", "a finalizer is set by hand", _REQUEST),
    Rule("NB710", "error", "nobody can say whose pod it is", _REQUEST),
    Rule("NB711", "error", "the kind may not be used by this user", _REQUEST),
    Rule("NB712", "error", "the option value may not be used by this user", _REQUEST),
    Rule("NB713", "error", "an access rule asks for labels of a namespace that is not known", _REQUEST),
    Rule("NB714", "error", "the edit would restart what is running at once", _REQUEST),
    Rule("NB715", "error", "a cleaner does more than clean", _REQUEST),
    Rule("NB716", "error", "a pod is resized beside the option that sizes it", _REQUEST),
)
