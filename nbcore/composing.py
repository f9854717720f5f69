"""Composing a Revision out of a pinned one and what the kinds say now: which parts are new, and which stay.

Three things may be taken apart from one another: redirects, edits of kinds, and the owner's own edits. A Revision
does not say what had been chosen when it was made, so that a chosen id that does not lead to the pinned one counts
as the owner's edit, and a default that does not as one of the kind. Under another Template all is new.

Refuses to know which of the three an event takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from nbcore.catalog import Catalog
from nbcore.environment import Environment, environment
from nbcore.finding import Finding, in_order
from nbcore.model.metadata import Reference
from nbcore.model.notebook import Notebook
from nbcore.model.revision import Revision
from nbcore.model.selection import Gone, Redirected, Step
from nbcore.model.template import OptionGroup, Redirect, Template, When
from nbcore.named_templates import redirect_of_template
from nbcore.resolve.options import chosen_values, distinct, misfits
from nbcore.resolve.redirects import RedirectOf, follow
from nbcore.revision import pinned_spec, spec_of

Spec: TypeAlias = dict[str, Any]
Input: TypeAlias = Mapping[str, Any]
Slot: TypeAlias = tuple[str, str, str, str, str | None]
"""Which input it is, whatever it says: rank, kind, namespace and name, and the group of an option."""
Group: TypeAlias = str
"""An option group; ``""`` stands for the Template."""

Led: TypeAlias = tuple[str, Group, str]
"""One redirect: the Template that has it, ``""`` for its own, the group, and the id that leads on."""

ALL: Final[frozenset[When]] = frozenset(("Offer", "Restart", "Idle", "Immediate"))


class Taken(NamedTuple):
    """What becomes part of a Revision."""

    redirects: frozenset[When] = frozenset()
    kinds: bool = False
    """Edits of kinds and PodDefaults."""
    own: bool = False
    """The owner's edits: options, PodDefaults, the Template."""
    steps: frozenset[Led] = frozenset()
    """Single redirects, whatever their `when`."""


NOTHING: Final = Taken()
EVERYTHING: Final = Taken(ALL, kinds=True, own=True)


class Way(NamedTuple):
    """Where one selection stands and leads: the id at its start, the redirects from there, and how many are taken."""

    start: str
    chain: tuple[Step, ...] = ()
    taken: int = 0

    @property
    def end(self) -> str:
        """The id that is composed."""
        return self.chain[self.taken - 1].target if self.taken else self.start


class Composition(NamedTuple):
    """The spec of a Revision; None where what is to be taken does not exist, and ``findings`` say what is missing."""

    spec: Spec | None
    ways: Mapping[Group, Way]
    findings: tuple[Finding, ...] = ()

    def led(self, group: Group, steps: Iterable[Step]) -> frozenset[Led]:
        """Redirects of a group, one by one."""
        home = self.ways[""].end if group else ""
        return frozenset((home, group, step.source) for step in steps)

    @property
    def walked(self) -> frozenset[Led]:
        """The redirects that are taken, one by one."""
        walked = (self.led(group, way.chain[: way.taken]) for group, way in self.ways.items())
        return frozenset[Led]().union(*walked)


class Composer:
    """What can be made of one notebook, its pinned Revision and one catalog.

    Laws: test_taking_nothing_keeps_the_revision, test_taking_everything_is_the_revision_of_today.
    """

    def __init__(self, notebook: Notebook, pinned: Revision | None, catalog: Catalog) -> None:
        self._notebook, self._catalog = notebook, catalog
        self.before = _Pinned(notebook, pinned) if pinned is not None else None

    def composed(self, taken: Taken) -> Composition:
        """The Revision that has these parts of what is new."""
        notebook, before = self._notebook, self.before
        template_way = _way(
            ("", ""),
            notebook.template_id,
            before.template if before else None,
            redirect_of_template(notebook, self._catalog),
            taken,
            taken.own,
        )
        template = self._catalog.template(notebook.conventions.template_kind, template_way.end)
        stays = before is not None and before.template == template_way.end
        if template is None:
            kept = before.spec if before is not None and stays and not taken.kinds else None
            return Composition(kept, {"": template_way}, () if kept else self._nothing())
        pinned = before if stays else None
        ways = {"": template_way, **dict(_ways(notebook, template, pinned, taken))}
        if pinned is not None and not (taken.kinds or taken.own) and not pinned.moved(ways):
            return Composition(pinned.spec, ways)
        return self._of_contents(template, pinned, ways, taken)

    def _nothing(self) -> tuple[Finding, ...]:
        """What is wrong with a notebook that has no Template."""
        env = environment(self._notebook, self._catalog)
        return in_order([issue.at(self._notebook.origin) for issue in env.issues])

    def _of_contents(
        self, template: Template, pinned: _Pinned | None, ways: Mapping[Group, Way], taken: Taken
    ) -> Composition:
        notebook = self._notebook
        asked = _asked(notebook, template, pinned, ways, taken)
        env = environment(asked, self._catalog, frozenset())
        fatal = [issue for issue in env.issues if issue.fatal]
        if env.tree is None or (fatal and _blocks(env, template, pinned, ways, taken)):
            found = [*env.findings, *(issue.at(notebook.origin) for issue in fatal)]
            return Composition(None, ways, in_order(found))
        now = spec_of(env, template)
        if pinned is None:
            return Composition(now, ways)
        about = pinned.spec if not taken.kinds else now
        ports = now if taken.kinds or pinned.moved(ways) else pinned.spec
        parts = {"mainContainer": about, "home": about, "ports": ports}
        today = [_aimed(one, now["mainContainer"], about["mainContainer"]) for one in now["inputs"]]
        inputs = _Inputs(notebook, template, pinned, today, ways, taken).chosen()
        return Composition(
            {**{key: part[key] for key, part in parts.items() if key in part}, "inputs": inputs}, ways
        )


class _Pinned:
    """A pinned Revision, taken apart."""

    def __init__(self, notebook: Notebook, revision: Revision) -> None:
        self.spec: Spec = pinned_spec(revision)
        self.inputs: dict[Slot, Input] = {_slot(one): one for one in self.spec["inputs"]}
        self.values = {one.group: one.value for one in revision.spec.inputs if one.group and one.value}
        base = next((slot for slot in self.inputs if slot[0] == "template"), None)
        self.template = notebook.template_id if base is None else _id(notebook, base)
        self.pod_defaults = [slot for slot in self.inputs if slot[0] == "podDefaults"]

    def moved(self, ways: Mapping[Group, Way]) -> frozenset[Group]:
        """The groups whose value is not the pinned one."""
        return frozenset(group for group, way in ways.items() if group and way.end != self.values.get(group))

    def offered(self, template: Template) -> tuple[str, ...]:
        """The PodDefaults that the owner had named, of those that the Template offers."""
        offered = _offered(template)
        return tuple(slot[3] for slot in self.pod_defaults if slot[2:4] in offered)


def _slot(one: Input) -> Slot:
    return one["rank"], one["kind"], one.get("namespace", ""), one["name"], one.get("group")


def _id(notebook: Notebook, base: Slot) -> str:
    """The identity of the Template that an input is of."""
    if notebook.conventions.shared_templates:
        return base[3]
    namespace = base[2] or notebook.spec.template_ref.namespace or notebook.metadata.namespace
    return f"{namespace}/{base[3]}"


# ---- which ids ----


def _ways(
    notebook: Notebook, template: Template, pinned: _Pinned | None, taken: Taken
) -> Iterator[tuple[Group, Way]]:
    """The way of every group that is to be in the Revision, and of those that were chosen and do not exist.

    Shape: a group that the Revision does not have is an edit of the kind, or of the owner who chose something in it.
    """
    chosen, groups = notebook.spec.options, distinct(template.spec.options)
    for group in groups:
        stored, before = chosen.get(group.id, group.default), pinned.values.get(group.id) if pinned else None
        own = taken.own and group.id in chosen
        edited = taken.own if group.id in chosen else taken.kinds
        if pinned is not None and before is None and not (taken.kinds or own):
            continue
        if stored is None and not edited:
            stored = before
        if stored is not None:
            yield group.id, _way((template.id, group.id), stored, before, _redirects(group), taken, edited)
    known = {group.id for group in groups}
    for id_, value in chosen.items():
        new = taken.own and (pinned is None or id_ not in pinned.values)
        if id_ not in known and (pinned is None or taken.kinds or new):
            yield id_, Way(value)


def _way(
    where: tuple[str, Group],
    stored: str,
    pinned: str | None,
    redirect_of: RedirectOf,
    taken: Taken,
    edited: bool,
) -> Way:
    """The way of one selection: it goes on from the pinned id while the stored one leads there.

    Shape: with ``edited`` a stored id that leads elsewhere counts, else the pinned one stays. A pinned id that was
    deleted stays too, until edits of the kind are taken.
    """
    start = stored
    if pinned is not None and pinned != stored:
        leads = any(step.target == pinned for step in follow("", stored, redirect_of, ALL).chain)
        if not edited or (leads and (_exists(pinned, redirect_of) or not taken.kinds)):
            start = pinned
    found = follow("", start, redirect_of, ALL)
    chain = found.chain if isinstance(found, Redirected) else ()
    return Way(start, chain, _count(where, chain, taken))


def _count(where: tuple[str, Group], chain: Sequence[Step], taken: Taken) -> int:
    """How many redirects from the start are taken."""
    for count, step in enumerate(chain):
        if step.when not in taken.redirects and (*where, step.source) not in taken.steps:
            return count
    return len(chain)


def _exists(id_: str, redirect_of: RedirectOf) -> bool:
    try:
        redirect_of(id_)
    except KeyError:
        return False
    return True


def _redirects(group: OptionGroup) -> RedirectOf:
    redirects: dict[str, Redirect | None] = {}
    for value in group.values:
        redirects.setdefault(value.id, value.redirect)
    return redirects.__getitem__


# ---- which contents ----


def _asked(
    notebook: Notebook,
    template: Template,
    pinned: _Pinned | None,
    ways: Mapping[Group, Way],
    taken: Taken,
) -> Notebook:
    """The notebook as if it asked for just these ids."""
    metadata = template.metadata
    fields = {
        "options": {group: way.end for group, way in ways.items() if group},
        "template_ref": Reference.made(template.origin, name=metadata.name, namespace=metadata.namespace),
    }
    if pinned is not None and not taken.own:
        fields["pod_defaults"] = pinned.offered(template)
    return notebook.model_copy(update={"spec": notebook.spec.model_copy(update=fields)})


def _blocks(
    env: Environment,
    template: Template,
    pinned: _Pinned | None,
    ways: Mapping[Group, Way],
    taken: Taken,
) -> bool:
    """Whether what is wrong with a choice is wrong with what is taken, and not only with what stays pinned."""
    if pinned is None or taken.kinds:
        return True
    moved = pinned.moved(ways)
    if any(isinstance(env.selection.get(group), Gone) for group in moved):
        return True
    unfit = misfits(chosen_values(template.spec, env.selection))
    if any(moved & {one.group.id, one.other} for one in unfit):
        return True
    known = {slot[3] for slot in pinned.pod_defaults}
    return taken.own and any(
        one.code and one.why == "optional" and one.name not in known for one in env.pod_defaults
    )


def _aimed(one: Input, now: str, main: str) -> Input:
    """An input of today, for a Revision whose main container has another name."""
    tree = one["template"]
    spec = tree.get("spec") if isinstance(tree, dict) else None
    containers = spec.get("containers") if isinstance(spec, dict) else None
    if now == main or one["rank"] == "template" or not isinstance(containers, list):
        return one
    renamed = [
        {**found, "name": main} if isinstance(found, dict) and found.get("name") == now else found
        for found in containers
    ]
    return {**one, "template": {**tree, "spec": {**tree["spec"], "containers": renamed}}}


_RANKS: Final = {"template": 0, "podDefaults": 1, "options": 2}


class _Inputs:
    """The inputs of a Revision of the Template that is pinned: those of today as far as they are taken."""

    def __init__(
        self,
        notebook: Notebook,
        template: Template,
        pinned: _Pinned,
        now: Sequence[Input],
        ways: Mapping[Group, Way],
        taken: Taken,
    ) -> None:
        self._taken, self._ways, self._pinned = taken, ways, pinned
        self._today: dict[Slot, Input] = {_slot(one): one for one in now}
        self._offered = _offered(template)
        self._named = frozenset(notebook.spec.pod_defaults)

    def chosen(self) -> list[Input]:
        """The inputs in order."""
        before = self._pinned.inputs
        found = {slot: self._newer(slot, one) for slot, one in self._today.items() if self._stands(slot)}
        found.update(
            (slot, one) for slot, one in before.items() if slot not in self._today and self._stays(slot)
        )
        return [found[slot] for slot in sorted(found, key=self._places().__getitem__)]

    def _newer(self, slot: Slot, today: Input) -> Input:
        pinned = self._pinned.inputs.get(slot)
        keeps = pinned is not None and not self._taken.kinds and pinned.get("value") == today.get("value")
        return pinned if keeps and pinned is not None else today

    def _stands(self, slot: Slot) -> bool:
        """Whether an input of today is in the Revision already, or is taken."""
        if slot in self._pinned.inputs:
            return True
        if slot[4] is not None:
            return slot[4] in self._ways
        return self._taken.own if self._is_own(slot) and slot[3] in self._named else self._taken.kinds

    def _stays(self, slot: Slot) -> bool:
        """Whether a pinned input stays that today does not have: the owner dropped it, or the kind."""
        dropped = self._is_own(slot) and slot[3] not in self._named
        return not (self._taken.own if dropped else self._taken.kinds)

    def _is_own(self, slot: Slot) -> bool:
        """Whether it is up to the owner that an input is there: a PodDefault that is offered."""
        return slot[0] == "podDefaults" and slot[2:4] in self._offered

    def _places(self) -> dict[Slot, tuple[int, int]]:
        """The place of every input: by rank, and inside one in the order of today, or of what is pinned."""
        orders = [
            {slot: at for at, slot in enumerate(dict.fromkeys(slots))}
            for slots in ((*self._pinned.inputs, *self._today), (*self._today, *self._pinned.inputs))
        ]
        newer = dict.fromkeys(_RANKS, self._taken.kinds)
        newer["podDefaults"] |= self._taken.own and self._own(self._today) != self._own(self._pinned.inputs)
        return {slot: (_RANKS[slot[0]], orders[newer[slot[0]]][slot]) for slot in orders[0]}

    def _own(self, slots: Mapping[Slot, Input]) -> list[Slot]:
        """The PodDefaults that are up to the owner, in their order."""
        return [slot for slot in slots if self._is_own(slot)]


def _offered(template: Template) -> frozenset[tuple[str, str]]:
    """Namespace and name of the PodDefaults that the Template offers."""
    home = template.metadata.namespace
    return frozenset((one.namespace or home, one.name) for one in template.spec.optional)
