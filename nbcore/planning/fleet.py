"""The fleet: many notebooks, read once, folded by what they chose and by what they set themselves.

Refuses to know kinds: what a choice means is found out by whoever has a catalog.

Laws: test_a_plan_equals_each_notebook_on_its_own, test_a_fleet_folds_and_loses_nothing,
test_any_json_is_a_fleet_or_told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple

from nbcore import dialects
from nbcore.catalog import Catalog
from nbcore.dialects.parsed import origin_of
from nbcore.finding import Finding, Source, finding, in_order
from nbcore.kubernetes.paths import Path
from nbcore.model.conventions import NOTEBOOK_KINDS
from nbcore.model.notebook import Notebook
from nbcore.planning.own_parts import Own, own_parts
from nbcore.source import Document

State = Literal["stopped", "idle", "starting", "running", "unknown"]
STATES: Final[tuple[State, ...]] = ("stopped", "idle", "starting", "unknown", "running")
"""What a notebook does, from those whose restart disturbs nobody to those whose restart does."""

_OF_WORKSPACE: Final[Mapping[str, State]] = {
    "Running": "running",
    "Paused": "stopped",
    "Pending": "starting",
}


class Member(NamedTuple):
    """One notebook of a fleet.

    Shape: ``source`` is the file that it came from, ``""`` for none; ``pending`` says that its status lists
    something that it has not taken.
    Units: ``last_activity`` in milliseconds since the epoch, 0 for unknown.
    """

    kind: str
    namespace: str
    name: str
    state: State = "unknown"
    last_activity: int = 0
    pending: bool = False
    source: str = ""

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


class Choice(NamedTuple):
    """What notebooks chose: everything but their own fields, as they store it.

    Shape: ``template`` is its identity; ``options`` pairs groups with values, sorted; ``revision`` is the name
    of the Revision in the status, ``""`` for none.
    """

    api_version: str
    kind: str
    template: str
    options: tuple[tuple[str, str], ...]
    pod_defaults: tuple[str, ...]
    revision: str


class Selection:
    """The notebooks of one choice, by their own parts.

    Shape: ``cells`` holds indexes of members in ascending order.
    """

    __slots__ = ("cells", "choice")

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self.cells: dict[Own, list[int]] = {}


class Fleet:
    """Notebooks, read and folded once, for any number of plans.

    Shape: made of dicts, documents, Lists or parsed objects of any dialect, or of a catalog; what is no notebook
    is passed by. Those that cannot be read stand in ``unread`` and ``findings``; of two with one name the last
    counts (NB111). ``now`` lets those that may be paused count as idle. What was given is kept and not copied.
    Units: ``now`` in milliseconds since the epoch.
    """

    __slots__ = ("__weakref__", "_given", "findings", "members", "selections", "unread")

    members: tuple[Member, ...]
    findings: tuple[Finding, ...]
    unread: tuple[Source, ...]
    selections: tuple[Selection, ...]

    def __init__(self, objects: Any, *, now: int | None = None) -> None:
        reading = _Reading(now)
        for one in _objects(objects):
            reading.take(one)
        self.findings = in_order([*getattr(objects, "findings", ()), *reading.findings])
        self.unread = tuple(reading.unread)
        self._fold(reading)

    def _fold(self, reading: _Reading) -> None:
        """Keeps the last of those with one name, and folds them."""
        kept = list(reading.last.values())
        members, given = [], []
        by_choice: dict[Choice, Selection] = {}
        for at, (member, choice, own, one) in enumerate(kept):
            members.append(member)
            given.append(one)
            selection = by_choice.get(choice)
            if selection is None:
                selection = by_choice[choice] = Selection(choice)
            cell = selection.cells.setdefault(own, [])
            cell.append(at)
            if len(cell) == 1:  # it will stand for the others, and be asked for again and again
                given[at] = _read_again(one)
        self.members, self._given = tuple(members), given
        self.selections = tuple(by_choice.values())

    @classmethod
    def of(cls, given: Any) -> Fleet:
        """The fleet itself, or one of what is given."""
        return given if isinstance(given, Fleet) else cls(given)

    def __len__(self) -> int:
        return len(self.members)

    def notebook(self, index: int) -> Notebook:
        """The notebook of a member, read again: a fleet keeps what it was given, which takes less room."""
        return _read_again(self._given[index])

    def value(self, index: int) -> dict[str, Any]:
        """The notebook of a member as the JSON that was given."""
        value: dict[str, Any] = self.notebook(index).origin.value
        return value


def _read_again(given: Any) -> Notebook:
    found = given if isinstance(given, Notebook) else dialects.parse(given).object
    if not isinstance(found, Notebook):  # it was one when the fleet was made: somebody changed it since
        raise ValueError("a notebook of the fleet was changed after it had been read")
    return found


_Kept = tuple[Member, Choice, Own, Any]


class _Reading:
    """What is known while notebooks are being read."""

    def __init__(self, now: int | None) -> None:
        self.now = now
        self.findings: list[Finding] = []
        self.unread: list[Source] = []
        self.last: dict[Any, _Kept] = {}
        self._interned: dict[Any, Any] = {}

    def take(self, one: Any) -> None:
        """Takes a notebook, of whatever form, or notes what is wrong with it."""
        if isinstance(one, Notebook):
            self._add(one, one)
            return
        value = one.value if isinstance(one, Document) else one
        if isinstance(value, dict) and isinstance(value.get("kind"), str):
            if value["kind"] not in NOTEBOOK_KINDS:
                return
        elif not isinstance(value, dict | list | str | int | float | None):
            return  # a parsed object of another kind
        parsed = dialects.parse(one)
        self.findings.extend(parsed.findings)
        if isinstance(parsed.object, Notebook):
            self._add(parsed.object, one)
        elif parsed.object is None:
            self.unread.append(origin_of(value, one if isinstance(one, Document) else None).source)

    def _add(self, notebook: Notebook, given: Any) -> None:
        metadata = notebook.metadata
        member = _member(notebook, self.now)
        key: Any = (notebook.kind, metadata.namespace, metadata.name) if metadata.name else object()
        if key in self.last:
            self.findings.append(_double(notebook, self.last.pop(key)[0]))
        choice, own = self._one(_choice(notebook)), self._one(own_parts(notebook))
        self.last[key] = (member, choice, own, given)

    def _one(self, value: Any) -> Any:
        """The value, or one equal to it that is there already: 100,000 notebooks have few different ones."""
        return self._interned.setdefault(value, value)


def _objects(given: Any) -> Iterator[Any]:
    """Every object, those in Lists one by one."""
    if isinstance(given, Catalog):
        yield from given.notebooks
        return
    for one in [given] if isinstance(given, dict | Document | Notebook) else given:
        if isinstance(one, Document):
            yield from dialects.items(one)
        elif isinstance(one, dict):
            yield from dialects.plain_items(one)
        else:
            yield one


def _double(notebook: Notebook, first: Member) -> Finding:
    origin = notebook.origin
    other = Source(first.kind, first.namespace, first.name, first.source)
    return finding(
        "NB111",
        ("metadata", "name"),
        f"{other.object} stands twice",
        "Remove or rename one of them; the last one counts, as with kubectl apply.",
        source=origin.source,
        position=origin.position("metadata", "name"),
        related=((other, Path(("metadata", "name")), None),),
    )


def _choice(notebook: Notebook) -> Choice:
    spec = notebook.spec
    options = tuple(sorted(spec.options.items()))
    status = notebook.status if isinstance(notebook.status, dict) else {}
    revision = status.get("revision")
    name = revision if isinstance(revision, str) else ""
    return Choice(notebook.api_version, notebook.kind, notebook.template_id, options, spec.pod_defaults, name)


# ---- what a status says ----


def _member(notebook: Notebook, now: int | None) -> Member:
    metadata = notebook.metadata
    status = notebook.status if isinstance(notebook.status, dict) else {}
    state: State = "stopped" if notebook.spec.stopped else _state(status, now)
    name = metadata.name or metadata.generate_name
    source = notebook.origin.source.file
    activity = _whole(_map(status.get("activity")).get("lastActivity"))
    return Member(notebook.kind, metadata.namespace, name, state, activity, _is_pending(status), source)


def _state(status: Mapping[str, Any], now: int | None) -> State:
    """What the status says: Kubeflow's ``state``, or our conditions; whoever may be paused is idle."""
    given = status.get("state")
    state = _OF_WORKSPACE.get(given, "unknown") if isinstance(given, str) else _of_conditions(status)
    rules = _map(_map(status.get("activity")).get("rules"))
    after = _whole(_map(rules.get("pauseWorkspace")).get("eligibleAfter"))
    return "idle" if state == "running" and now is not None and 0 < after <= now else state


def _of_conditions(status: Mapping[str, Any]) -> State:
    """The state that the conditions Ready and Idle tell."""
    listed = status.get("conditions")
    held = {
        one["type"]: one.get("status")
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and isinstance(one.get("type"), str)
    }
    if held.get("Ready") != "True":
        return "starting" if held.get("Ready") == "False" else "unknown"
    return "idle" if held.get("Idle") == "True" else "running"


def _is_pending(status: Mapping[str, Any]) -> bool:
    """Whether the status lists what was not taken: our list, Kubeflow's flag, or where its redirects lead."""
    options = _map(status.get("podTemplateOptions")).values()
    return (
        bool(status.get("pending"))
        or status.get("pendingRestart") is True
        or any(bool(_map(one).get("redirectChain")) for one in options)
    )


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int:
    return value if type(value) is int else int(value) if type(value) is float and value.is_integer() else 0
