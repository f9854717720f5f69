"""The native dialect: the four kinds of ``jackhoman.dev/v1beta1``, which are the model itself.

Refuses to know the other dialects and every rule across fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from nbcore.dialects.parsed import Parsed
from nbcore.dialects.wanted import Wanted
from nbcore.model.origin import Json, Origin

if TYPE_CHECKING:
    from nbcore.model.element import Element

GROUP: Final = "jackhoman.dev"
API_VERSION: Final = f"{GROUP}/v1beta1"


def _template() -> type[Element]:
    from nbcore.model.template import Template

    return Template


def _pod_default() -> type[Element]:
    from nbcore.model.pod_default import PodDefault

    return PodDefault


def _notebook() -> type[Element]:
    from nbcore.model.notebook import Notebook

    return Notebook


def _revision() -> type[Element]:
    from nbcore.model.revision import Revision

    return Revision


_IMPORTED: Final[Mapping[str, Callable[[], type[Element]]]] = {
    "Template": _template,
    "PodDefault": _pod_default,
    "Notebook": _notebook,
    "Revision": _revision,
}


class _Models(Mapping[str, "type[Element]"]):
    """The models by kind; one is imported when it is asked for, as most files hold no kind of ours."""

    def __getitem__(self, kind: str) -> type[Element]:
        return _IMPORTED[kind]()

    def __contains__(self, kind: object) -> bool:
        return kind in _IMPORTED

    def __iter__(self) -> Iterator[str]:
        return iter(_IMPORTED)

    def __len__(self) -> int:
        return len(_IMPORTED)


MODELS: Final = _Models()


def choosing(wanted: Wanted) -> dict[str, Any]:
    """A Notebook that makes a choice, as plain JSON."""
    space = wanted.template_namespace
    return {
        "apiVersion": API_VERSION,
        "kind": "Notebook",
        "metadata": wanted.metadata,
        "spec": {
            "templateRef": {"name": wanted.template, **({"namespace": space} if space else {})},
            "options": dict(wanted.options),
            "podDefaults": list(wanted.pod_defaults),
            **({"volumes": {"home": wanted.home}} if wanted.home else {}),
        },
    }


def parse(value: Json, origin: Origin) -> Parsed:
    """The object of one of our kinds, or the findings that say why it is none.

    Raises: KeyError for a kind that is not in MODELS: the caller dispatches by it.
    """
    from nbcore.dialects.reading import read

    return read(MODELS[value["kind"]], value, origin)
