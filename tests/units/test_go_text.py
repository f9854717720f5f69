"""Template text of WorkspaceKinds: what is rendered, and what is told apart of the rest."""

from __future__ import annotations

import time

import pytest

from nbcore.resolve.go_text import NO_VALUE, Problem, ProblemKind, parts_of
from nbcore.resolve.go_tokens import unquoted
from nbcore.resolve.text import Hole, Parts, filled

PORTS = frozenset({"jupyterlab", "a}}b", "é"})
LAB = Hole("httpPathPrefix", "jupyterlab")


def problem_of(text: str, *, compat: bool = False) -> Problem:
    parts, problem = parts_of(text, PORTS, compat=compat)
    assert problem is not None, f"{text!r} is accepted as {parts}"
    assert parts == (text,)
    return problem


GOOD: tuple[tuple[str, Parts], ...] = (
    ("", ()),
    ("plain", ("plain",)),
    ("}} alone } and { too", ("}} alone } and { too",)),
    ('{{httpPathPrefix "jupyterlab"}}', (LAB,)),
    ("{{ httpPathPrefix `jupyterlab` }}", (LAB,)),
    ('a{{ httpPathPrefix "jupyterlab" }}b}}', ("a", LAB, "b}}")),
    ('{{\n\thttpPathPrefix\r\n"jupyterlab"\n}}', (LAB,)),
    (r'{{ httpPathPrefix "\x6aup\171ter\u006c\U00000061b" }}', (LAB,)),
    (r'{{ httpPathPrefix "\xc3\xa9" }}', (Hole("httpPathPrefix", "é"),)),
    ('{{ httpPathPrefix "a}}b" }}', (Hole("httpPathPrefix", "a}}b"),)),
    ("{{ httpPathPrefix `jupyter\r\rlab` }}", (LAB,)),
    ('{{ httpPathPrefix "jupyterlab" }}{{ httpPathPrefix "jupyterlab" }}', (LAB, LAB)),
    # trim marks
    ('a \t\r\n{{- httpPathPrefix "jupyterlab" -}} \n b', ("a", LAB, "b")),
    ('a {{-\nhttpPathPrefix "jupyterlab"\t-}} b', ("a", LAB, "b")),
    ('a {{- httpPathPrefix "jupyterlab" }} b', ("a", LAB, " b")),
    ('a {{ httpPathPrefix "jupyterlab"   -}} b', ("a ", LAB, "b")),
    ('a\u00a0{{- httpPathPrefix "jupyterlab" -}}\x0bb', ("a\u00a0", LAB, "\x0bb")),
    # comments
    ("a {{/* c }} {{ x */}} b", ("a  b",)),
    ("a {{- /* c\n */ -}} b", ("ab",)),
    ("a {{/*/*/}} {{- /**/}}b", ("a b",)),
    ("a {{/**/}} {{- /**/ -}} b", ("a b",)),
    ("{{/* nothing */}}", ()),
)


@pytest.mark.parametrize(("text", "parts"), GOOD)
def test_text_is_taken_apart(text: str, parts: Parts) -> None:
    assert parts_of(text, PORTS) == (parts, None)
    assert parts_of(text, PORTS, compat=True) == (parts, None)
    assert parts_of(text, None) == (parts, None)


SYNTAX: tuple[tuple[str, str], ...] = (
    # the lexer
    ("{{", "not closed"),
    ("{{ httpPathPrefix", "not closed"),
    ("{{ {{ httpPathPrefix", "not closed"),
    ('{{ httpPathPrefix "jupyterlab" }', "a character stands"),
    ('{{ httpPathPrefix "jupyterlab }}', "not closed on its line"),
    ('{{ httpPathPrefix "jupyter\nlab" }}', "not closed on its line"),
    ("{{ httpPathPrefix `jupyterlab }}", "backquotes is not closed"),
    (r'{{ httpPathPrefix "\e" }}', "holds a \\"),
    (r'{{ httpPathPrefix "\'" }}', "holds a \\"),
    (r'{{ httpPathPrefix "\ud800" }}', "holds a \\"),
    (r'{{ httpPathPrefix "\400" }}', "holds a \\"),
    (r'{{ httpPathPrefix "\U00110000" }}', "holds a \\"),
    ("{{ httpPathPrefix 'jupyterlab' }}", "single quotes"),
    ("{{ httpPathPrefix '' }}", "single quotes"),
    ("{{ httpPathPrefix 'a }}", "single quotes"),
    (r"{{ '\"' }}", "single quotes"),
    ("{{ httpPathPrefix 'a' }}", "single quotes"),
    ("{{ ) }}", "do not pair"),
    ("{{ ( }}", "do not pair"),
    ("{{/* c }}", "a comment is not closed"),
    ("{{/* c */ }}", "directly before"),
    ("{{/* c */-}}", "directly before"),
    ("{{/* c */ x }}", "directly before"),
    ("{{ /* c */}}", "a comment must follow"),
    ("{{-/* c */}}", "a number"),
    ("{{- -}}", "a number"),
    ("{{-httpPathPrefix}}", "a number"),
    ("{{ 1x }}", "a number"),
    ("{{ 1+2 }}", "a number"),
    ("{{ x% }}", "a character stands"),
    ("{{ $x+ }}", "a character stands"),
    ("{{ .X- }}", "a character stands"),
    ("{{ a :b }}", "a character stands"),
    ("{{ . 'a'5x }}", "a number"),
    ("{{ . : }}", "a character stands"),
    ("{{ httpPathPrefix\u00a0`jupyterlab` }}", "U+00A0"),
    ("{{\u00a0httpPathPrefix `jupyterlab` }}", "U+00A0"),
    ("{{ .X\ufeff }}", "U+FEFF"),
    ("{{ \x00 }}", "a character stands"),
    # the parser
    ("{{}}", "{{ }} is empty"),
    ("{{ \n }}", "{{ }} is empty"),
    ("{{-  -}}", "{{ }} is empty"),
    ("{{ $x := }}", "{{ }} is empty"),
    ("{{ name }}", "no such function"),
    ("{{ naïve }}", "no such function"),
    ("{{ x\u20ac }}", "no such function"),
    ("{{ httppathprefix `jupyterlab` }}", "no such function"),
    ("{{ httpPathPrefix jupyterlab }}", "without double quotes"),
    ("{{ httpPathPrefix jupyter-lab }}", "without double quotes"),
    ("{{ httpPathPrefix `a``b` }}", "without a space"),
    ("{{ .X.}}", "without a space"),
    ("{{ ..X }}", "followed by a field"),
    ("{{ `x`.Y }}", "followed by a field"),
    ("{{ true.X }}", "followed by a field"),
    ("{{ | }}", "nothing before a |"),
    ("{{ . | | print }}", "nothing before a |"),
    ("{{ $x }}", "not declared"),
    ("{{ $x }}{{ $x := 1 }}", "not declared"),
    ("{{ $x, $y := 1 }}", "a sign stands"),
    ("{{ print , 1 }}", "a sign stands"),
    ("{{ print := 1 }}", "a sign stands"),
    ("{{ print if }}", "a sign stands"),
    ("{{ else range }}", "a sign stands"),
    ("{{ end }}", "stands outside"),
    ("{{ else }}", "stands outside"),
    ("{{ break }}", "stands outside"),
    ("{{ if . }}{{ end }}{{ end }}", "stands outside"),
    ("{{ if }}{{ end }}", "lacks what it is about"),
    ("{{ if . }}", "not closed by {{ end }}"),
    ("{{ range . }}{{ if . }}{{ end }}", "not closed by {{ end }}"),
    # execution
    ("{{ httpPathPrefix }}", "exactly one port id"),
    ("{{ httpPathPrefix.X `jupyterlab` }}", "exactly one port id"),
    ("{{ httpPathPrefix `jupyterlab` `jupyterlab` }}", "exactly one port id"),
    ("{{ httpPathPrefix 1 }}", "and no variable, field, number"),
    ("{{ httpPathPrefix nil }}", "and no variable, field, number"),
    ("{{ httpPathPrefix . }}", "and no variable, field, number"),
    ("{{ httpPathPrefix .X }}", "and no variable, field, number"),
    ("{{ httpPathPrefix (`jupyterlab`) }}", "and no variable, field, number"),
    ("{{ httpPathPrefix httpPathPrefix }}", "and no variable, field, number"),
    ("{{ $p := `jupyterlab` }}{{ httpPathPrefix $p }}", "and no variable, field, number"),
    ("{{ `jupyterlab` | httpPathPrefix }}", "cannot be piped"),
    ("{{ nil }}", "nil in"),
    ("{{ 1 2 }}", "given an argument"),
    ("{{ . . }}", "given an argument"),
    ("{{ $ 1 }}", "given an argument"),
    ("{{ print | $ }}", "given an argument"),
    ("{{ print | `x` }}", "leads to what is no function"),
)


@pytest.mark.parametrize(("text", "reason"), SYNTAX)
def test_what_go_refuses_is_syntax(text: str, reason: str) -> None:
    problem = problem_of(text)
    assert problem.kind == "syntax"
    assert reason in problem.reason
    assert problem_of(text, compat=True) == problem


BUILTINS = """
and call eq ge gt html index js le len lt ne not or print printf println slice urlquery
""".split()  # noqa: SIM905 (a list would fill two lines more)
NOT_TAKEN = tuple((f"{{{{ if . }}}}{{{{ {name} 1 }}}}{{{{ end }}}}", "{{ if }}") for name in BUILTINS)
UNSUPPORTED: tuple[tuple[str, str], ...] = (
    ("{{ if . }}x{{ end }}", "{{ if }}"),
    ("{{ if . }}{{ else if . }}{{ end }}", "{{ if }}"),
    ("{{ if . }}{{ httpPathPrefix 1 }}{{ end }}", "{{ if }}"),
    ("{{ range $i, $x := . }}{{ $x }}{{ break }}{{ end }}", "{{ range }}"),
    ("{{ with . }}{{ . }}{{ end }}", "{{ with }}"),
    ("{{ define `x` }}y{{ end }}", "{{ define }}"),
    ("{{ block `x` . }}y{{ end }}", "{{ block }}"),
    ("{{ template `x` }}", "{{ template }}"),
    ("{{ printf `x` }}", "the function printf"),
    ("{{ slice (httpPathPrefix `jupyterlab`) 1 }}", "the function slice"),
    ("{{ httpPathPrefix `jupyterlab` | html }}", "the function html"),
    ("{{ httpPathPrefix `jupyterlab` | }}", "a pipe"),
    ("{{ $x := `y` }}", "a variable"),
    ("{{ $x := httpPathPrefix `jupyterlab` }}", "a variable"),
    ("{{ (httpPathPrefix `jupyterlab`) }}", "parentheses"),
    ("{{ `{{` }}", "a constant"),
    ("{{ 'a' }}", "a constant"),
    (r"{{ '\'' }}", "a constant"),
    (r"{{ '\x41' }}", "a constant"),
    ("{{ true }}", "a constant"),
    ("{{ 1+2i }}", "a constant"),
    ("{{ 0x1p-2 }}", "a constant"),
    ("{{ .X 1 }}", "a field"),
    ("{{ .é }}", "a field"),
    ("{{ .X\U000e0080 }}", "a field"),  # which no Unicode knows so far
    *NOT_TAKEN,
)


@pytest.mark.parametrize(("text", "feature"), UNSUPPORTED)
def test_other_templates_are_told_and_not_evaluated(text: str, feature: str) -> None:
    problem = problem_of(text)
    assert problem.kind == "unsupported"
    assert problem.reason == f"only text and httpPathPrefix are evaluated here, not {feature}"
    assert problem_of(text, compat=True) == problem


@pytest.mark.parametrize(
    "action", ["{{ . }}", "{{.}}", "{{ .PathPrefix }}", "{{ .A.B }}", "{{ $ }}", "{{ $.A._1 }}"]
)
def test_b17_a_field_is_no_value(action: str) -> None:
    text = f"a {action} b"
    problem = problem_of(text)
    assert problem.kind == "no value"
    assert '{{ httpPathPrefix "id" }}' in problem.remedy
    assert parts_of(text, PORTS, compat=True) == ((f"a {NO_VALUE} b",), None)


def test_b17_an_unknown_port_is_nothing() -> None:
    text = 'a {{ httpPathPrefix "jupiterlab" }}'
    problem = problem_of(text)
    assert problem.kind == "unknown port"
    assert '"jupiterlab"' in problem.reason
    assert problem.remedy == 'Did you mean "jupyterlab"?'
    assert parts_of(text, PORTS, compat=True) == (("a ",), None)
    assert parts_of(text, None) == (("a ", Hole("httpPathPrefix", "jupiterlab")), None)


@pytest.mark.parametrize("port", ["", "nothing of this sort", r"\xff", r"\n"])
def test_any_id_that_no_port_has_is_unknown(port: str) -> None:
    problem = problem_of(f'{{{{ httpPathPrefix "{port}" }}}}')
    assert problem.kind == "unknown port"
    assert problem.remedy == "Name the id of a port."
    problem.reason.encode()


WORST: tuple[tuple[str, ProblemKind], ...] = (
    ("{{ httpPathPrefix `other` }}{{ . }}{{ print }}{{ x }}", "syntax"),
    ("{{ httpPathPrefix `other` }}{{ . }}{{ print }}", "unsupported"),
    ("{{ httpPathPrefix `other` }}{{ . }}", "no value"),
    ("{{ httpPathPrefix `other` }}", "unknown port"),
)


@pytest.mark.parametrize(("text", "kind"), WORST)
def test_the_worst_is_told(text: str, kind: ProblemKind) -> None:
    assert problem_of(text).kind == kind


REMEDIES: tuple[tuple[str, str], ...] = (
    ("{{ httpPathprefix `x` }}", "Did you mean httpPathPrefix?"),
    ("{{ prinft `x` }}", 'Write {{ httpPathPrefix "id" }}, the only call that there is.'),
    ("{{ httpPathPrefix 'jupyterlab' }}", 'Write double quotes: {{ httpPathPrefix "id" }}.'),
    ("{{ httpPathPrefix 'a' }}", 'Write double quotes: {{ httpPathPrefix "id" }}.'),
    ("{{ $p := `x` }}{{ httpPathPrefix $p }}", 'Write {{ httpPathPrefix "id" }}.'),
)


@pytest.mark.parametrize(("text", "remedy"), REMEDIES)
def test_the_remedy_says_what_to_write(text: str, remedy: str) -> None:
    assert problem_of(text).remedy == remedy


@pytest.mark.parametrize("text", [text for text, _ in (*SYNTAX, *UNSUPPORTED)])
def test_messages_do_not_cite_the_text(text: str) -> None:
    problem = problem_of(f"s3cret {text} {{{{ `s3cret` }}}}")
    assert "s3cret" not in problem.reason + problem.remedy


def test_long_names_are_cut() -> None:
    name = "x" * 10_000
    for text in (f"{{{{ {name} }}}}", f"{{{{ httpPathPrefix `{name}` }}}}"):
        assert len(problem_of(text).reason) < 200


def test_what_is_filled_in_is_not_read_again() -> None:
    parts, _ = parts_of('{{ httpPathPrefix "jupyterlab" }}', PORTS)
    assert filled(parts, lambda hole: "{{ . }}") == "{{ . }}"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("", ""),
        ("plain é", "plain é"),
        (r"\a\b\f\n\r\t\v\\\"", '\a\b\f\n\r\t\v\\"'),
        (r"\x41\101\u0041\U00000041", "AAAA"),
        (r"\xff", "\udcff"),
        (r"\u12", None),
        (r"\x4", None),
        (r"\8", None),
        (r"\uDFFF", None),
        ("\\`", None),
    ],
)
def test_strings_are_unquoted_as_go_does(written: str, value: str | None) -> None:
    assert unquoted(written) == value


HOSTILE = (
    "{{" * 100_000,
    "{{ (" + "(" * 200_000,
    "{{ " + "(" * 50_000 + ")" * 50_000 + " }}",
    '{{ "' + '\\"' * 200_000,
    "{{ " + " " * 200_000,
    " " * 200_000 + "{{- x",
    "{{/*" * 100_000,
    "{{- /**/ -}} " * 20_000,
    "{{ if . }}" * 20_000,
    "{{ .X }}" * 20_000,
    "{{ httpPathPrefix `y` }}" * 20_000,
    "{{ 1" + "_" * 200_000,
    "{{ ." + "x" * 200_000,
    "{{ '" * 100_000,
    "{{ $x := 1 }}{{ $x }}" * 10_000,
)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_time_is_linear_in_the_text(text: str) -> None:
    ports = [f"port-{number}" for number in range(1_000)]
    start = time.process_time()
    parts_of(text, ports)
    parts_of(text, ports, compat=True)
    assert time.process_time() - start < 5
