"""Whether two parts of a WorkspaceKind or Workspace mean the same, as upstream's webhooks ask before they judge.

Amounts count by value, a list or map without entries is an absent one, and so are an empty text and what the
CRD fills in. An object without fields is not an absent one. Refuses to know which part is judged when.

Laws: test_the_same_meaning_is_an_equivalence, test_what_says_nothing_changes_no_meaning.
Source: k8s.io/apimachinery/pkg/api/equality, Semantic.DeepEqual, after the defaults of the CRDs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbcore.kubernetes.elements import identity
from nbcore.kubernetes.paths import find
from nbcore.kubernetes.quantity import Quantity
from nbcore.model.origin import Json, Origin, RawPath

_AMOUNTS: Final = frozenset({"requests", "limits"})
_MAPS: Final = frozenset({"labels", "annotations", "matchLabels", "nodeSelector", "set", "add"}) | _AMOUNTS
"""Fields whose keys are free, so that an empty text below is a value."""
_DEFAULTS: Final[Mapping[str, Json]] = {
    "imagePullPolicy": "IfNotPresent",
    "removePathPrefix": False,
    "probeIntervalSeconds": 3600,
    "minProbeIntervalSeconds": 300,
    "timeoutSeconds": 60,
    "minRunningSeconds": 0,
    "divisor": Quantity(0),
}
"""What the CRDs fill in, and the amount that stands for none."""


def part(origin: Origin, path: RawPath) -> Json:
    """What was written at a path of the whole object, or None."""
    try:
        return find(origin.value, path)
    except LookupError:
        return None


def means_same(one: Json, other: Json) -> bool:
    """Whether two values of one field are the same to upstream; None is an absent field."""
    return bool(_meaning(one) == _meaning(other))


def _meaning(value: Json, field: str = "") -> Any:
    """A stand-in that is equal for values that mean the same."""
    if isinstance(value, dict):
        return _entries(value, field) if field in _MAPS else _fields(value)
    if isinstance(value, list):
        return [_meaning(one) for one in value]
    if isinstance(value, float) and value.is_integer():
        return identity(int(value))
    return identity(value)


def _entries(value: Mapping[str, Json], field: str) -> dict[str, Any]:
    of = _amount if field in _AMOUNTS else _meaning
    return {key: of(one) for key, one in value.items() if one is not None}


def _fields(value: Mapping[str, Json]) -> dict[str, Any]:
    read = {key: _amount(one) if key == "divisor" else _meaning(one, key) for key, one in value.items()}
    return {key: one for key, one in read.items() if not _says_nothing(one, key)}


def _amount(value: Json) -> Any:
    amount = Quantity.parse(value)
    return _meaning(value) if amount is None else amount


def _says_nothing(meaning: Any, field: str) -> bool:
    """Whether a field that means this may as well be left out."""
    if field in _DEFAULTS and meaning == _meaning_of_default(field):
        return True
    return meaning in (_ABSENT, "", []) or (field in _MAPS and meaning == {})


def _meaning_of_default(field: str) -> Any:
    default = _DEFAULTS[field]
    return default if isinstance(default, Quantity) else identity(default)


_ABSENT: Final = identity(None)
