"""Reviews that an API server might send, with the catalog and the settings that they are judged by.

Refuses to know what the answers should be.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from nbcore import Catalog, Settings
from nbcore.admission import encode, review
from nbcore.admission.outcome import Outcome
from nbcore.admission.pods import mutate_pod
from tests.contract.api_server import Verdict, verdict
from tests.laws.test_admission_laws import worlds
from tests.laws.test_pod_admission_laws import PODS, SPACE, pod_defaults
from tests.units.reviews import ADMIN, OWNER, changed, request, with_metadata

Json = Any
Phase = Literal["mutate", "validate"]
USERS = (
    "ada",
    "bob",
    ADMIN,
    {"username": "system:anonymous", "groups": ["system:unauthenticated"]},
    {"username": "system:kube-controller-manager"},
    {"username": "carol", "groups": None, "extra": {"scopes": ["a"]}},
)
PHASES: tuple[Phase, ...] = ("mutate", "validate")
EXAMPLES = max(10, settings().max_examples // 4)
"""Of each law: there are many, and all look at conversations of the same sort."""
RESTRICTED = Settings(pod_security="restricted")


def law(*strategies: st.SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Makes a test of what holds for everything that is drawn."""

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        found: Callable[..., None] = settings(max_examples=EXAMPLES)(given(*strategies)(test))
        return found

    return decorated


class Conversation(NamedTuple):
    """A review, and who is asked."""

    review: Json
    catalog: Catalog
    settings: Settings
    phase: Phase

    @property
    def request(self) -> Json:
        """The request of the review."""
        return self.review["request"]

    @property
    def answer(self) -> bytes:
        """What is answered, as it is sent."""
        return encode(review(self.review, self.catalog, self.settings, phase=self.phase))

    @property
    def response(self) -> Json:
        """The response in the answer."""
        return json.loads(self.answer)["response"]

    @property
    def verdict(self) -> Verdict:
        """What an API server makes of the answer."""
        return verdict(self.review, self.answer, mutating=self.phase == "mutate")

    def about(self, **fields: Json) -> Conversation:
        """The same with other fields of the request."""
        return self._replace(review={**self.review, "request": {**self.request, **fields}})


phases: st.SearchStrategy[Phase] = st.sampled_from(PHASES)
mutating: st.SearchStrategy[Phase] = st.just("mutate")


@st.composite
def of_kinds(draw: st.DrawFn) -> Conversation:
    """Somebody creates, changes or deletes an object of one of our kinds."""
    objects, one = draw(worlds())
    by = draw(st.sampled_from(USERS))
    operation = draw(st.sampled_from(("CREATE", "UPDATE", "DELETE")))
    if operation == "CREATE":
        given = request("CREATE", one, None, by=by, dryRun=draw(st.booleans()))
        return Conversation(given, Catalog(objects), Settings(), draw(phases))
    old = with_metadata(one, annotations={OWNER: "ada"}, uid="1", resourceVersion="7")
    if operation == "DELETE":
        given = request("DELETE", None, old, by=by, name=draw(st.sampled_from(("", None))))
        return Conversation(given, Catalog([*objects, old]), Settings(), "validate")
    new: Json = draw(
        st.sampled_from((old, with_metadata(old, labels={"a": "b"}), with_metadata(old, annotations=None)))
    )
    if isinstance(new.get("spec"), dict) and draw(st.booleans()):
        edits: tuple[Json, ...] = ({"stopped": True}, {"env": "none"}, {"template": {}})
        new = changed(new, **draw(st.sampled_from(edits)))
    given = request("UPDATE", new, old, by=by)
    return Conversation(given, Catalog([*objects, old]), Settings(), draw(phases))


def pod(tree: Json) -> Json:
    """A pod as an API server sends it."""
    metadata = {"name": "one", "namespace": SPACE, **tree["metadata"]}
    return {"apiVersion": "v1", "kind": "Pod", **tree, "metadata": metadata}


@st.composite
def of_pods(draw: st.DrawFn, *, asked: st.SearchStrategy[Phase] = phases) -> Conversation:
    """A pod is created where there are PodDefaults."""
    settings = draw(st.sampled_from((Settings(), RESTRICTED)))
    given = request("CREATE", pod(draw(PODS)), None, by=draw(st.sampled_from(USERS)))
    return Conversation(given, Catalog(draw(pod_defaults())), settings, draw(asked))


def conversations() -> st.SearchStrategy[Conversation]:
    """Any of these."""
    return st.one_of(of_kinds(), of_pods())


def mutations() -> st.SearchStrategy[Conversation]:
    """Those in which a patch may be answered."""
    return st.one_of(
        of_kinds().filter(lambda one: one.request["operation"] != "DELETE").map(_mutating),
        of_pods(asked=mutating),
    )


def _mutating(one: Conversation) -> Conversation:
    return one._replace(phase="mutate")


def wanted(one: Conversation) -> Outcome:
    """What the hook for pods wants, before it is told as a patch."""
    return mutate_pod(one.request["object"], SPACE, one.catalog, one.settings, operation="CREATE")
