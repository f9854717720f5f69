"""Variables in admins' text: a closed set; what is filled in is never read again."""

from __future__ import annotations

import pytest

from nbcore.resolve.text import Hole, filled, parts_of
from tests.units.notebooks import container, main, option, rendered, said, template

PORTS = frozenset({"lab"})
GOOD = (
    ("plain", ("plain",)),
    ("", ()),
    ("{{name}}", (Hole("name"),)),
    ("a {{ namespace }}/{{ owner }} b", ("a ", Hole("namespace"), "/", Hole("owner"), " b")),
    ('{{ httpPathPrefix "lab" }}x', (Hole("httpPathPrefix", "lab"), "x")),
    ("{{ httpPathPrefix `lab` }}", (Hole("httpPathPrefix", "lab"),)),
    ("{ not } {one}", ("{ not } {one}",)),
)
BAD = (
    "{{ }}",
    "{{ Name }}",
    "{{ name",
    "{{ env.HOME }}",
    '{{ httpPathPrefix "other" }}',
    "{{ httpPathPrefix lab }}",
    "{{ name | upper }}",
    "{{ __class__ }}",
    '{{ httpPathPrefix "lab" "lab" }}',
    "{{" * 10_000,
)


@pytest.mark.parametrize(("text", "parts"), GOOD)
def test_text_is_taken_apart(text: str, parts: tuple[str | Hole, ...]) -> None:
    assert parts_of(text, PORTS) == (parts, None)


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_refused(text: str) -> None:
    parts, reason = parts_of(text, PORTS)
    assert reason
    assert parts == (text,)


def test_what_is_filled_in_is_not_read_again() -> None:
    parts, _ = parts_of("{{ name }}", PORTS)
    assert filled(parts, lambda hole: "{{ owner }}") == "{{ owner }}"


def test_admins_text_is_filled_in_and_users_text_is_not() -> None:
    ports = {"ports": [{"id": "lab", "port": 8888}]}
    tree = main(
        env=[{"name": "P", "value": '{{ httpPathPrefix "lab" }}'}, {"name": "N", "value": "{{ name }}"}]
    )
    rendering = rendered(template(**ports, **option(tree)), env=[{"name": "U", "value": "{{ name }} $(P)"}])
    values = {variable["name"]: variable["value"] for variable in container(rendering)["env"]}
    assert values == {"P": "/notebook/team/mine/lab/", "N": "mine", "U": "{{ name }} $(P)"}


def test_a_text_that_cannot_be_filled_in_is_told_where_it_stands() -> None:
    rendering = rendered(template(**option(main(env=[{"name": "P", "value": "{{ nmae }}"}]))))
    ((code, path, message),) = said(rendering)
    assert rendering.pod is None
    assert code == "NB212"
    assert path.endswith("values[0].template.spec.containers[0].env[0].value")
    assert message.startswith("the text cannot be filled in: ")
