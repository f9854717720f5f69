"""Laws of ownership: as a machine of people who do whatever comes to their minds, and of names."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

import nbcore
from nbcore.admission.identity import label_of
from tests.units.reviews import (
    ADMIN,
    OWNER,
    Server,
    carrier_of,
    changed,
    namespace,
    notebook,
    pod_of,
    reference,
    template,
    with_metadata,
)

STRANGERS = st.sampled_from(
    (
        "eve",
        "Ada",
        "ada ",
        "group:admins",
        "system:anonymous",
        "",
        "system:serviceaccount:evil:namespace-controller",
        "system:serviceaccount:evil:cleaner",
        "system:serviceaccount:team:ui2",
        {"username": "eve", "groups": ["system:authenticated", "adminsx"]},
        {"username": "ada", "groups": ["system:unauthenticated"]},
        {},
    )
)
CHOSEN = nbcore.Settings(
    admins=("group:system:masters", "group:admins", "boss"),
    cleaners=("system:serviceaccount:tools:cleaner",),
    trusted_creators=("system:serviceaccount:team:ui",),
)
MARKS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.sampled_from(("ada", "eve", "", "system:anonymous", label_of("eve"), label_of("ada"))),
    st.just(5),
)
METADATA = st.fixed_dictionaries(
    {},
    optional={
        "annotations": st.dictionaries(st.sampled_from((OWNER, "note")), MARKS),
        "labels": st.dictionaries(st.sampled_from((OWNER, "jackhoman.dev/notebook")), MARKS),
        "finalizers": st.lists(st.sampled_from(("example.com/keep", "foregroundDeletion")), unique=True),
        "deletionTimestamp": st.just("2026-01-01T00:00:00Z"),
        "managedFields": st.just([{"manager": "eve", "operation": "Apply"}]),
        "ownerReferences": st.just([{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "1"}]),
    },
)
SPECS = st.fixed_dictionaries(
    {},
    optional={
        "stopped": st.booleans(),
        "env": st.just([{"name": "A", "value": "1"}]),
        "updatePolicy": st.sampled_from(("Auto", "Manual")),
        "nonsense": st.just({"a": [None]}),
    },
)


def unversioned(one: Any) -> Any:
    """The object without its version, which the API server counts even where nothing changes."""
    kept = {key: value for key, value in one["metadata"].items() if key != "resourceVersion"}
    return {**one, "metadata": kept}


class Strangers(RuleBasedStateMachine):
    """Ada's notebook, its pod, and everybody else."""

    names = Bundle("names")

    def __init__(self) -> None:
        super().__init__()
        self.server = Server([namespace(), template()], CHOSEN)
        assert self.server.create(notebook(), "ada").allowed
        self.mine = self.server.stored["Notebook", "team", "mine"]
        carrier = carrier_of(self.mine)
        self.pod = pod_of(carrier)
        self.server.put(carrier)
        self.server.put(self.pod)

    @rule(target=names, who=STRANGERS, name=st.sampled_from(("other", "mine2")), metadata=METADATA)
    def create(self, who: Any, name: str, metadata: dict[str, Any]) -> str:
        """Somebody creates something, marked as they like; it never belongs to anybody else."""
        new = with_metadata(notebook(name), **copy.deepcopy(metadata))
        if ("Notebook", "team", name) not in self.server.stored and self.server.create(new, who).allowed:
            made = self.server.stored["Notebook", "team", name]
            name_of = who["username"] if isinstance(who, dict) else who
            assert made["metadata"]["annotations"][OWNER] == name_of
        return name

    @rule(who=STRANGERS, metadata=METADATA, spec=SPECS, subresource=st.sampled_from(("", "status", "scale")))
    def update(self, who: Any, metadata: dict[str, Any], spec: dict[str, Any], subresource: str) -> None:
        """Somebody changes Ada's notebook."""
        new = with_metadata(changed(self.mine, **spec), **copy.deepcopy(metadata))
        said = self.server.update(new, who, subresource)
        stored = self.server.stored["Notebook", "team", "mine"]
        assert unversioned(stored) == unversioned(self.mine), "what is taken away is put back"
        assert not said.allowed or subresource != "scale"

    @rule(who=STRANGERS)
    def delete(self, who: Any) -> None:
        """Somebody deletes it."""
        assert not self.server.delete(self.mine, who).allowed

    @rule(who=STRANGERS, subresource=st.sampled_from(("exec", "attach", "portforward")))
    def enter(self, who: Any, subresource: str) -> None:
        """Somebody enters its pod."""
        assert not self.server.enter(self.pod, who, subresource).allowed

    @rule(
        who=STRANGERS,
        name=names,
        subresource=st.sampled_from(("", "ephemeralcontainers", "resize", "future")),
    )
    def lead_the_pod_away(self, who: Any, name: str, subresource: str) -> None:
        """Somebody lets the pod belong to something else, or puts something into it."""
        other = self.server.stored.get(("Notebook", "team", name))
        owners = [reference(other)] if other is not None else []
        said = self.server.update(with_metadata(self.pod, ownerReferences=owners), who, subresource)
        assert not said.allowed

    @rule()
    def the_owner_still_works(self) -> None:
        """Ada stops, starts and enters it all the while."""
        for stopped in (True, False):
            assert self.server.update(changed(self.mine, stopped=stopped), "ada").allowed
            self.mine = self.server.stored["Notebook", "team", "mine"]
        assert self.server.enter(self.pod, "ada").allowed

    @invariant()
    def it_is_adas(self) -> None:
        """The notebook is there, is Ada's, and is as she left it."""
        stored = self.server.stored["Notebook", "team", "mine"]
        assert stored["metadata"]["annotations"][OWNER] == "ada"
        assert stored["metadata"]["labels"][OWNER] == label_of("ada")
        assert stored["spec"] == self.mine["spec"]


def test_no_stranger_reaches_an_object() -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Strangers, settings=settings(max_examples=60, stateful_step_count=25, deadline=None)
    )


@given(st.lists(st.text(max_size=80), min_size=2, max_size=2, unique=True))
def test_no_two_names_have_one_label(names: list[str]) -> None:
    labels = [label_of(one) for one in names]
    assert labels[0] != labels[1]
    assert all(len(one) <= 63 and one.isalnum() and one.isascii() for one in labels)


@given(st.text(max_size=20), st.text(max_size=20))
def test_whoever_is_no_owner_is_a_stranger(owner: str, name: str) -> None:
    server = Server([namespace(), template()])
    made = server.create(notebook(), owner)
    assert made.allowed == (owner not in ("", "system:anonymous"))
    if made.allowed:
        mine = server.stored["Notebook", "team", "mine"]
        assert server.update(changed(mine, stopped=True), name).allowed == (name == owner)
        assert server.update(changed(mine, stopped=True), ADMIN).allowed
