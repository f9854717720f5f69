"""The native dialect: the four kinds of ``jackhoman.dev/v1beta1``, which are the model itself.

Refuses to know the other dialects and every rule across fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbcore.dialects.reading import Parsed, read
from nbcore.model.element import Element, Json, Origin
from nbcore.model.notebook import Notebook
from nbcore.model.pod_default import PodDefault
from nbcore.model.revision import Revision
from nbcore.model.template import Template

GROUP: Final = "jackhoman.dev"
API_VERSION: Final = f"{GROUP}/v1beta1"

MODELS: Mapping[str, type[Element]] = {
    "Template": Template,
    "PodDefault": PodDefault,
    "Notebook": Notebook,
    "Revision": Revision,
}


def parse(value: Json, origin: Origin) -> Parsed:
    """The object of one of our kinds, or the findings that say why it is none.

    Raises: KeyError for a kind that is not in MODELS: the caller dispatches by it.
    """
    return read(MODELS[value["kind"]], value, origin)
