"""Builds the value and the layout of one YAML document out of libyaml's events, as kubectl would read it.

The builder is iterative and stops at the first event beyond a limit, so that neither depth nor aliases can
hurt. Map keys become text, ``<<`` is expanded in place, tags that Kubernetes does not know are dropped with
a warning: all as go.yaml.in/yaml/v2 does. It refuses to know where events come from, streams, files and what
a value means.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NamedTuple, NoReturn

from nbcore.kubernetes import scalars
from nbcore.kubernetes.scalars import WORDS
from nbcore.layout import MANY, PLAIN, Layout, Limits, Problem, RawPath, Unreadable

MERGE_TAG: Final = "tag:yaml.org,2002:merge"
_COLLECTION_TAGS: Final = frozenset((None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"))
_COLON_AND_INDICATOR = re.compile(r":[,?\[\]{}]")


def is_suspect(text: str) -> bool:
    """Whether the text may hold one of the few forms that libyaml and Kubernetes' reader take differently."""
    return "?" in text or "\\/" in text or _COLON_AND_INDICATOR.search(text) is not None


class _Anchor(NamedTuple):
    """What aliases may repeat: its node, value, count of nodes and levels; ``event`` of a scalar."""

    node: int
    value: Any
    size: int = 1
    height: int = 0
    event: Any = None
    is_open: bool = False


_Frame = tuple[Any, Any, Any, set[str] | None, int, str | None, int, bool]
"""A map or list that is not finished, set aside while something inside it is read.

Shape: container, children, key, merged, node, anchor, count before it, whether it is in flow style.
"""
_MERGE: Final = object()
"""Stands where a key stands when it is ``<<``."""
LIST: Final = object()
"""Stands where a key stands inside a list."""
NO_TEXT: Final = frozenset("+-.0123456789<")
"""How a scalar starts that may be a number or ``<<``."""
_TAG_AND_INDICATOR = re.compile(r"(?:&\S*\s+)?!\S*[,\[\]{}]")
_ESCAPE = re.compile(r"\\.", re.DOTALL)
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")


class Builder:
    """Builds value and layout side by side, one method an event.

    ``key`` is None where a map waits for its next key.
    """

    def __init__(self, text: str, limits: Limits, nodes: int) -> None:
        self.text = text
        self.limits = limits
        self.left = nodes
        self.layout = Layout()
        self.spans: list[int] = []
        self.below = self.layout.children
        self.root: list[Any] = []
        self.container: Any = self.root
        self.children: Any = []
        self.key: Any = LIST
        self.key_start = self.key_end = 0
        self.merged: set[str] | None = None
        self.node = -1
        self.anchor: str | None = None
        self.before = 0
        self.in_flow = False
        self.is_suspect = is_suspect(text)
        self.stack: list[_Frame] = []
        self.count = self.repeats = self.aliases = self.last_end = 0
        self.anchors: dict[str, _Anchor] = {}
        self.peaks: list[int] = []
        self.problems: list[Problem] = []

    # events

    def scalar(self, event: Any) -> None:
        """Takes a scalar: a key, or a value to put in its place.

        Most scalars are unquoted words, and most of the time of reading is spent here: they go straight
        through. A scalar as long as its text has no quotes, anchor or tag.
        """
        text = event.value
        start = event.start_mark.index
        self.last_end = end = event.end_mark.index
        if self.is_suspect:
            self.check_form(event, start, end)
        if end - start != len(text) or text in WORDS or text[0] in NO_TEXT or self.key is _MERGE:
            self.any_scalar(event, text, start, end)
        elif self.key is None:
            if text in self.children:
                self.repeated(text, start, end)
            self.key, self.key_start, self.key_end = text, start, end
        else:
            self.place(text, self.new_node(start, end | PLAIN), start)

    def any_scalar(self, event: Any, text: str, start: int, end: int) -> None:
        """Takes a scalar of which nothing is known."""
        if event.anchor is not None or event.tag is not None:
            self.check_tag(event, start, end)
            start = _PROPERTIES.match(self.text, start, end).end()  # type: ignore[union-attr]
        if self.key is None:
            self.take_key(event, start, end)
            return
        if event.tag is None and event.implicit[0]:
            value = self.finite(scalars.resolve(text), start, end)
            node = self.new_node(start, end | PLAIN)
        else:
            value = text if event.tag is None else self.tagged(event, start, end)
            node = self.new_node(start, end)
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(node, value, event=event)
        self.place(value, node, start)

    def start_map(self, event: Any) -> None:
        """Opens a map."""
        self.open({}, {}, None, event)

    def start_list(self, event: Any) -> None:
        """Opens a list."""
        self.open([], [], LIST, event)

    def end(self, event: Any) -> None:
        """Closes the open map or list, and puts it in its place."""
        value, children, node, anchor, before = (
            self.container, self.children, self.node, self.anchor, self.before
        )  # fmt: skip
        start, end = event.start_mark.index, event.end_mark.index
        # a block ends where the next token starts: its last value is the better end
        self.last_end = end if end > start else self.last_end
        self.spans[4 * node + 3] = self.last_end
        if children:
            self.below[node] = children
        if anchor is not None:
            self.close_anchor(anchor, node, value, before)
        frame = self.stack.pop()
        self.container, self.children, self.key, self.merged = frame[:4]
        self.node, self.anchor, self.before, self.in_flow = frame[4:]
        self.place(value, node, start)

    def alias(self, event: Any) -> None:
        """Repeats what an anchor names."""
        start, end = event.start_mark.index, event.end_mark.index
        self.last_end = end
        target = self.target(event.anchor, start, end)
        if self.key is None:
            if target.event is None:
                self.refuse("NB108", start, end, "a map or list is the key of a map", _KEYS)
            self.take_key(target.event, start, end, is_alias=True)
            return
        if self.key is _MERGE and type(target.value) is not dict:
            self.refuse("NB101", start, end, _NO_MAP, _MERGE_REMEDY)
        node = self.new_node(start, end)
        self.repeat(target, start, end)
        if target.node in self.below:
            self.below[node] = self.below[target.node]
        self.place(target.value, node, start)

    # parts

    def check_form(self, event: Any, start: int, end: int) -> None:
        """Refuses what libyaml reads, and Kubernetes' reader refuses or reads as something else."""
        if event.style == '"':
            if any(escape == "\\/" for escape in _ESCAPE.findall(self.text, start, end)):
                self.refuse("NB101", start, end, "Kubernetes does not know the escape \\/", "write / alone")
        elif self.in_flow and not event.style and self.is_read_otherwise(event.value, end):
            text = "Kubernetes reads ? and : inside [] and {} in its own way"
            self.refuse("NB101", start, end, text, "quote the text, or put a space behind the colon")

    def check_tag(self, event: Any, start: int, end: int) -> None:
        """Refuses a tag that touches an indicator: Kubernetes' reader takes that as part of the tag."""
        if event.tag is not None and _TAG_AND_INDICATOR.match(self.text, start):
            self.refuse("NB101", start, end, "a tag ends where a space is", "put a space behind the tag")

    def is_read_otherwise(self, text: str, end: int) -> bool:
        """Whether Kubernetes' reader would end an unquoted scalar inside [] or {} somewhere else."""
        return "?" in text or _COLON_AND_INDICATOR.match(self.text, end) is not None

    def open(self, container: Any, children: Any, key: Any, event: Any) -> None:
        start = event.start_mark.index
        if self.key is None:
            self.refuse("NB108", start, event.end_mark.index, "a map or list is the key of a map", _KEYS)
        depth = len(self.stack) + 1
        if depth > self.limits.depth:
            self.refuse(
                "NB103", start, start + 1, f"nested deeper than {self.limits.depth} levels", "flatten it"
            )
        node = self.new_node(start, start)
        inner = self.node, self.anchor, self.before, self.in_flow
        self.stack.append((self.container, self.children, self.key, self.merged, *inner))
        self.in_flow = event.flow_style
        self.container, self.children, self.key, self.merged = container, children, key, None
        self.node, self.anchor, self.before = node, event.anchor, self.count + self.repeats
        if event.anchor is not None:
            self.anchors[event.anchor] = _Anchor(node, None, is_open=True)
            self.peaks.append(depth)
        elif self.peaks and depth > self.peaks[-1]:
            self.peaks[-1] = depth
        if event.tag not in _COLLECTION_TAGS:
            self.check_tag(event, start, event.end_mark.index)
            self.warn_of_tag(event.tag, start, event.end_mark.index)

    def place(self, value: Any, node: int, start: int) -> None:
        """Puts a finished value where it belongs."""
        key = self.key
        if key is LIST:
            self.container.append(value)
            self.children.append(node)
            return
        if key is _MERGE:
            self.merge(value, node, start)
        else:
            self.container[key] = value
            self.children[key] = node
        self.key = None

    def new_node(self, start: int, end: int) -> int:
        node = self.count
        if node >= self.left:
            self.refuse_size(start)
        self.count = node + 1
        if self.key is LIST:
            self.spans += (0, 0, start, end)
        else:
            self.spans += (self.key_start, self.key_end, start, end)
        return node

    def take_key(self, event: Any, start: int, end: int, *, is_alias: bool = False) -> None:
        """Makes a scalar the key that the next value goes under."""
        self.key_start, self.key_end = start, end
        text, tag = event.value, event.tag
        if text == "<<" and not is_alias and (tag == MERGE_TAG or (tag is None and event.implicit[0])):
            self.key = _MERGE
            return
        if tag is None:
            key = scalars.key_text(text) if event.implicit[0] else text
        else:
            key = self.tagged_key(event, start, end)
        if key is None:
            self.refuse("NB108", start, end, "null, or a number beyond 63 bits, is the key of a map", _KEYS)
        if key in self.children:
            self.repeated(key, start, end)
        self.key = key
        if event.anchor is not None and not is_alias:
            value = scalars.resolve(text) if tag is None and event.implicit[0] else text
            self.anchors[event.anchor] = _Anchor(self.key_node(start, end), value, event=event)

    def key_node(self, start: int, end: int) -> int:
        """A node for an anchored key, so that an alias of it has something to stand for."""
        return self.new_node(start, end)

    def repeated(self, key: str, start: int, end: int) -> None:
        if self.merged and key in self.merged:
            self.merged.discard(key)
            return
        if len(self.problems) >= MANY:
            return
        at = 4 * self.children[key]
        first = (self.spans[at], self.spans[at + 1])
        path = (*self.path(), key)
        message = "the key stands twice in one map; the last one would win"
        self.tell(Problem("NB102", start, end, message, "remove or rename one of the two", path, first))

    def merge(self, value: Any, node: int, start: int) -> None:
        """Expands ``<<`` in place: what the map holds by now is overwritten, what follows overwrites."""
        below: Any = self.below.get(node, [])
        if type(value) is dict:
            self.merge_map(value, below)
        elif type(value) is list and all(type(item) is dict for item in value):
            for item, item_node in zip(reversed(value), reversed(list(below)), strict=True):
                self.merge_map(item, self.below.get(item_node, {}))
        else:
            self.refuse("NB101", start, self.last_end, _NO_MAP, _MERGE_REMEDY)

    def merge_map(self, value: dict[str, Any], below: Any) -> None:
        if self.merged is None:
            self.merged = set()
        self.merged.update(value.keys() - self.children.keys())
        self.container.update(value)
        self.children.update(below)

    def target(self, name: str, start: int, end: int) -> _Anchor:
        found = self.anchors.get(name)
        if found is None:
            text = f"no anchor is named {_shown(name)}"
            self.refuse("NB101", start, end, text, "set the anchor before the alias")
        if found.is_open:
            self.refuse("NB108", start, end, "the anchor's value contains itself", "write the value out")
        self.aliases += 1
        if self.aliases > self.limits.aliases:
            text = f"more than {self.limits.aliases:,} aliases in one document"
            self.refuse("NB103", start, end, text, "write the values out")
        return found

    def repeat(self, target: _Anchor, start: int, end: int) -> None:
        """Counts what an alias repeats against the limits."""
        self.repeats += target.size - 1
        self.left -= target.size - 1
        if self.count > self.left:
            self.refuse_size(start)
        depth = len(self.stack) + target.height
        if depth > self.limits.depth:
            text = f"nested deeper than {self.limits.depth} levels through aliases"
            self.refuse("NB103", start, end, text, "flatten it")
        if self.peaks and depth > self.peaks[-1]:
            self.peaks[-1] = depth

    def close_anchor(self, name: str, node: int, value: Any, before: int) -> None:
        peak = self.peaks.pop()
        if self.peaks and peak > self.peaks[-1]:
            self.peaks[-1] = peak
        if self.anchors[name].node == node:
            size = 1 + self.count + self.repeats - before
            self.anchors[name] = _Anchor(node, value, size, peak - len(self.stack) + 1)

    def finite(self, value: Any, start: int, end: int) -> Any:
        if type(value) is float and not math.isfinite(value):
            text = "JSON, and so Kubernetes, has no infinity and no NaN"
            self.refuse("NB106", start, end, text, "quote it if it is text")
        return value

    def tagged(self, event: Any, start: int, end: int) -> Any:
        if not scalars.is_core_tag(event.tag):
            self.warn_of_tag(event.tag, start, end)
        try:
            return self.finite(scalars.tagged(event.tag, event.value), start, end)
        except scalars.NotOfTag as error:
            self.refuse("NB106", start, end, f"{error}, as its tag says", "remove the tag")

    def tagged_key(self, event: Any, start: int, end: int) -> str | None:
        if not scalars.is_core_tag(event.tag):
            self.warn_of_tag(event.tag, start, end)
        try:
            return scalars.tagged_key(event.tag, event.value)
        except scalars.NotOfTag as error:
            self.refuse("NB106", start, end, f"{error}, as its tag says", "remove the tag")

    # what is wrong

    def path(self) -> RawPath:
        """Where the open container stands in the document."""
        return tuple(
            len(container) if key is LIST else "<<" if key is _MERGE else key
            for container, _, key, *_ in self.stack[1:]
        )

    def warn_of_tag(self, tag: str, start: int, end: int) -> None:
        text = f"Kubernetes drops the tag {_shown(tag)}"
        self.tell(Problem("NB108", start, end, text, "remove the tag", self.path(), severity="warning"))

    def tell(self, problem: Problem) -> None:
        if len(self.problems) < MANY:
            self.problems.append(problem)

    def refuse_size(self, start: int) -> NoReturn:
        text = f"more than {self.limits.nodes:,} values in one input"
        self.refuse("NB103", start, start + 1, text, "split the input")

    def refuse(self, code: str, start: int, end: int, message: str, remedy: str) -> NoReturn:
        raise Unreadable(Problem(code, start, end, message, remedy, self.path()), tuple(self.problems))


_KEYS: Final = "write the key as text"
_NO_MAP: Final = "<< takes a map, or a list of maps"
_MERGE_REMEDY: Final = "write << with an alias of a map"


def _shown(name: str) -> str:
    return json.dumps(name if len(name) <= 50 else f"{name[:50]}…")
