"""Laws of fixing: a fix does what it says and nothing else, and no file makes it fail.

Refuses to know which rules have fixes, but for a few by which whole files are repaired.
"""

from __future__ import annotations

import json
import random
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import nbcore
from nbcore.cli.fixing import Change, difference, fixed
from nbcore.cli.plans import plan
from nbcore.cli.reading import Inputs, Text
from nbcore.cli.verdict import Verdict
from nbcore.finding import Finding, Fix, Source
from nbcore.finding import finding as make
from nbcore.kubernetes.paths import Path, find, locate

SOURCE = Source("Pod", "", "web", "a.yaml")
WORDS = st.sampled_from(
    ["a", "b", "name", "x y", "on", "010", "é", "a: b", "# c", "", "it's", '"', "1", "~", "-", "l1\nl2\n"]
)
SCALARS = WORDS | st.integers(-5, 5) | st.booleans() | st.none() | st.just(1.5)
KEYS = st.sampled_from(["a", "b", "c", "name", "on", "x y", "8080", "é"])
TREES = st.recursive(
    SCALARS, lambda one: st.lists(one, max_size=3) | st.dictionaries(KEYS, one, max_size=3), max_leaves=12
)
STYLES = st.sampled_from(["block", "flow", "indented", "json", "json lines", "quoted"])


def text_of(value: Any, style: str, seed: int) -> str:
    """A text of the value in a style, with comments and line ends that somebody may have used."""
    if style.startswith("json"):
        return json.dumps(value, indent=2 if "lines" in style else None, ensure_ascii=False) + "\n"
    flow = {"flow": True}.get(style, False)
    quotes = '"' if style == "quoted" else None
    indent = 4 if style == "indented" else 2
    text: str = yaml.safe_dump(
        value,
        default_flow_style=flow,
        default_style=quotes,
        indent=indent,
        allow_unicode=True,
        sort_keys=False,
    )
    chance = random.Random(seed)
    lines = (
        [_commented(line, chance) for line in text.split("\n")]
        if '"' not in text and "'" not in text
        else [text]
    )
    return ("\r\n" if chance.random() < 0.2 else "\n").join(lines)


def _commented(line: str, chance: random.Random) -> str:
    """The line, now and then with a comment; wherever that is no comment the text has another value."""
    return f"{line}  # why" if line.endswith((":", "a", "1")) and chance.random() < 0.3 else line


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every path of a value but its root."""
    steps: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [one for step, below in steps for one in ((*path, step), *places(below, (*path, step)))]


def changed(value: Any, fix: Fix) -> Any:
    """The value after a fix, worked out on the value itself; None where that cannot be."""
    new = json.loads(json.dumps(value))
    path = fix.path.raw
    if fix.action == "add":
        here: Any = new
        for step in path[:-1]:
            leads = isinstance(here, dict if isinstance(step, str) else list)
            if not leads:
                return None
            below: Any = here[step] if isinstance(step, int) else here.get(step)
            here[step] = {} if below is None else below
            here = here[step]
        if not isinstance(here, dict) or here.get(str(path[-1])) is not None:
            return None
        here[path[-1]] = fix.value
        return new
    parent = find(new, path[:-1])
    if fix.action == "rename":
        if not isinstance(parent, dict) or fix.value in parent:
            return None
        parent[fix.value] = parent.pop(path[-1])
    elif fix.action == "replace":
        parent[path[-1]] = fix.value
    else:
        del parent[path[-1]]
    return new


@st.composite
def fixes(draw: st.DrawFn, value: Any) -> Fix:
    """A fix of some place of the spec of a value."""
    path = draw(st.sampled_from([one for one in places(value) if one[0] == "spec" and len(one) > 1]))
    action = draw(st.sampled_from(["rename", "replace", "add", "remove"]))
    tail = tuple(draw(st.lists(KEYS, min_size=1, max_size=3))) if action == "add" else ()
    new = draw(KEYS if action == "rename" else TREES)
    return Fix(action, Path((*path, *tail)), new)  # type: ignore[arg-type]


def asked(fix: Fix) -> Finding:
    return replace(make("NB105", fix.path, "text", source=SOURCE), fix=fix)


def read(text: str) -> Any:
    documents = nbcore.load(text, "a.yaml")
    return documents[0].value if len(documents) == 1 else None


@settings(max_examples=400, deadline=None)
@given(st.data(), TREES, STYLES, st.integers(0, 99))
def test_a_fix_does_what_it_says_or_nothing(data: st.DataObject, tree: Any, style: str, seed: int) -> None:
    value = {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"a": tree, "b": [{"name": "m", "c": 1}]}}
    text = text_of(value, style, seed)
    before = read(text)
    if before is None or SOURCE.name not in json.dumps(before):
        return
    fix = data.draw(fixes(before))
    wanted = changed(before, fix)
    made = plan("a.yaml", text, [asked(fix)])
    if not made.steps:
        assert made.text == text
        return
    assert wanted is not None
    assert json.dumps(read(made.text), sort_keys=True) == json.dumps(wanted, sort_keys=True)
    if fix.action in ("rename", "add"):
        assert made.text.count("# why") == text.count("# why")
    again = plan("a.yaml", made.text, [asked(fix)])
    if fix.action != "remove" and not _again(wanted, fix):
        assert again.text == made.text


def _again(value: Any, fix: Fix) -> bool:
    """Whether the place that a fix renames is there again: a name that is an index, or the same name."""
    try:
        locate(value, fix.path)
    except LookupError:
        return False
    return fix.action == "rename"


@settings(max_examples=200, deadline=None)
@given(st.data(), TREES, STYLES, st.integers(0, 99))
def test_most_fixes_are_made(data: st.DataObject, tree: Any, style: str, seed: int) -> None:
    value = {"kind": "Pod", "metadata": {"name": "web"}, "spec": {"a": {"z": tree, "y": "w"}}}
    text = text_of(value, style, 0 if style.startswith("json") else seed).replace("  # why", "")
    if json.dumps(read(text)) != json.dumps(value):
        return
    action = data.draw(st.sampled_from(["replace", "rename", "add", "remove"]))
    path = {"add": ("spec", "a", "new"), "replace": ("spec", "a", "y")}.get(action, ("spec", "a", "z"))
    fix = Fix(action, Path(path), "new" if action == "rename" else 7)  # type: ignore[arg-type]
    made = plan("a.yaml", text, [asked(fix)])
    assert made.steps, text
    assert json.dumps(read(made.text), sort_keys=True) == json.dumps(changed(value, fix), sort_keys=True)


@settings(max_examples=200, deadline=None)
@given(st.data(), TREES, STYLES, st.integers(0, 99))
def test_many_fixes_at_once_leave_what_can_be_read(
    data: st.DataObject, tree: Any, style: str, seed: int
) -> None:
    value = {
        "kind": "Pod",
        "metadata": {"name": "web"},
        "spec": {"a": tree, "b": [{"name": "m", "c": 1}, tree]},
    }
    text = text_of(value, style, seed)
    before = read(text)
    if before is None or SOURCE.name not in json.dumps(before):
        return
    chosen = data.draw(st.lists(fixes(before), min_size=2, max_size=6))
    made = plan("a.yaml", text, list(map(asked, chosen)))
    after = read(made.text)
    assert after is not None
    assert {key: one for key, one in after.items() if key != "spec"} == {
        key: one for key, one in before.items() if key != "spec"
    }
    assert (made.text == text) == (not made.steps)


# ---- whole files ----

POD = """\
# a notebook
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}   # the one

spec:
  containers:
  - name:   main
    image: "registry.example.com/web:4.2"
    imagePullPolicy: Always
    ports:
    - containerPort: 8080   # http
      protocol: TCP
    resources: {limits: {memory: 1Gi}, requests: {memory: 1Gi}}
    readinessProbe:
      httpGet:
        path: /
        port: 8080
    command:
    - sh
    - -c
    - |
      # containerPort: 1
      exec run

  terminationGracePeriodSeconds: 30
  # the end
"""
FAULTS = {
    "containerPort: 8080": ("containerport: 8080", "NB105"),
    "imagePullPolicy: Always": ("imagepullpolicy: Always", "NB105"),
    "terminationGracePeriodSeconds: 30": ('terminationGracePeriodSeconds: "30"', "NB106"),
    "containerPort: 8080   # http": ("containerPort: '8080'   # http", "NB106"),
    "readinessProbe:": ("readinessprobe:", "NB105"),
    "httpGet:": ("HttpGet:", "NB105"),
}


def verdict_on(texts: Any) -> Verdict:
    documents = [one for text in texts for one in nbcore.load(text.data, text.name)]
    return Verdict(Inputs(), "", nbcore.check(documents).findings)


def repaired(data: bytes, *, unsafe: bool) -> tuple[bytes, Verdict]:
    texts = [Text("a.yaml", data)]
    made = fixed(texts, verdict_on(texts), verdict_on, unsafe=unsafe)
    return made.texts[0].data, made.verdict


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(sorted(FAULTS)), unique=True, min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_a_repaired_file_is_clean_and_changes_no_other_line(faults: list[str], end: str) -> None:
    text = POD
    for one in faults:
        text = text.replace(one, FAULTS[one][0]) if one in text else text
    data, good = text.replace("\n", end).encode(), POD.replace("\n", end).encode()
    made, verdict = repaired(data, unsafe=True)
    assert {one.code for one in verdict.findings if one.severity == "error"} == set()
    assert made == good
    assert repaired(made, unsafe=True)[0] == made
    old, new = data.splitlines(), made.splitlines()
    touched = {
        at
        for kind, start, stop, *_ in SequenceMatcher(None, old, new).get_opcodes()
        if kind != "equal"
        for at in range(start, stop)
    }
    spoiled = {at for at, (one, other) in enumerate(zip(old, good.splitlines(), strict=True)) if one != other}
    assert touched <= spoiled


SNIPPETS = st.sampled_from(
    b"'|\"|: |- |\n|  |#|{|}|[|]|>\n|&a |*a|---\n|\xff|\0|\r|null|<<: |!!str ".split(b"|")
)


@settings(max_examples=150, deadline=None)
@given(st.data())
@example(None)
def test_any_file_in_never_an_exception_out(data: st.DataObject | None) -> None:
    text = POD.replace("containerPort", "containerport").replace("Always", "always").encode()
    if data is not None:
        for _ in range(data.draw(st.integers(1, 3))):
            at = data.draw(st.integers(0, len(text)))
            text = text[:at] + data.draw(SNIPPETS) + text[at + data.draw(st.integers(0, 12)) :]
    made, _ = repaired(text, unsafe=True)
    values = nbcore.load(text, "a.yaml")
    shown = difference([Change("a.yaml", text, made)] if made != text else [])
    assert bool(shown) == (made != text)
    assert len(nbcore.load(made, "a.yaml")) == len(values)
