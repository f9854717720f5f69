"""PodDefaults at admission: a new pod gets what the PodDefaults of its namespace add, all of it or nothing.

PodDefaults of our own that have a selector, and those of Kubeflow. Pods that carry their PodDefaults already, that
ask to be left alone, or that mirror a static pod of a node are not touched. Pods that come out bear a list of what
was applied: a second call, after whatever other webhooks did in between, changes nothing.

Refuses to know how peers are united, and how the answer is written.

Laws: test_a_pod_that_was_given_its_pod_defaults_is_left_alone, test_what_others_add_between_calls_stays,
test_the_hook_does_not_depend_on_the_order_of_keys, test_the_hook_keeps_what_it_does_not_know,
test_the_hook_never_raises_on_any_json, test_the_hook_leaves_inputs_unchanged,
test_applied_by_halves_is_never.
Source: reference behaviour of Kubeflow's PodDefault, sections 1.2 to 1.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from nbcore.admission.encoding import written
from nbcore.admission.outcome import NOTHING, Outcome
from nbcore.catalog import Catalog
from nbcore.dialects.kubeflow_v1 import MARK
from nbcore.finding import Finding, Source, finding
from nbcore.kubernetes.names import DNS_LABEL_LENGTH
from nbcore.kubernetes.paths import Path
from nbcore.peers import (
    EXCLUDING,
    Addition,
    Clash,
    Joined,
    Peer,
    Peers,
    added,
    addition,
    leaves_alone,
    peers_of,
    starting,
    united,
)
from nbcore.resolve.notebook_layers import POD_DEFAULTS_ANNOTATION
from nbcore.settings import Settings
from nbcore.strategic.directives import MergeError

_MARKS: Final = "poddefault.admission.kubeflow.org"
_MAP: Final = frozenset({dict, type(None)})
_LIST: Final = frozenset({list, type(None)})
_MOST_WRITTEN: Final = 16
_CLASS: Final = "priorityClassName"
_OF_CLASS: Final = ("priority", "preemptionPolicy")
_REMEDY: Final = "Make them agree, or keep PodDefaults from the pod by the annotation {annotation}: 'true'."


def mutate_pod(
    pod: Any,
    namespace: str,
    catalog: Catalog,
    settings: Settings,
    *,
    operation: str,
    dry_run: bool = False,
) -> Outcome:
    """What the PodDefaults of the namespace make of a new pod, or every reason why they cannot be applied.

    Shape: ``object`` is the whole pod; None where nothing applies, and for any operation but CREATE: the spec of
    a pod that exists is not theirs to change. A dry run has the same outcome.
    """
    if operation != "CREATE" or not _is_pod(pod):
        return NOTHING
    annotations = _texts(pod, "annotations")
    if leaves_alone(annotations):
        return NOTHING
    peers = peers_of(catalog, namespace)
    findings = tuple(_unreadable(peers, settings))
    chosen = peers.selected(_texts(pod, "labels"))
    marked = [one for one in annotations if one.startswith(_MARKS)]
    if marked:
        chosen = tuple(at for at in chosen if _mark(peers.all[at]) not in marked)
    if not chosen or any(one.severity == "error" for one in findings):
        return Outcome(findings) if findings else NOTHING
    return _applied(pod, namespace, peers, chosen, findings, settings.compat != "")


def _is_pod(pod: Any) -> bool:
    """Whether a value has the form of a pod as far as anything here walks through it; no other is stored anyway."""
    if not isinstance(pod, dict) or not isinstance(pod.get("spec"), dict):
        return False
    metadata = pod.get("metadata")
    if not isinstance(metadata, dict | None):
        return False
    maps = [(metadata or {}).get(field) for field in ("labels", "annotations")]
    lists = [pod["spec"].get(field) for field in ("containers", "initContainers")]
    return {*map(type, maps)} <= _MAP and {*map(type, lists)} <= _LIST


def _texts(pod: Mapping[str, Any], field: str) -> dict[str, str]:
    """The labels or annotations of a pod, those left out that are no text."""
    given = (pod.get("metadata") or {}).get(field)
    entries = given.items() if isinstance(given, dict) else ()
    return {key: value for key, value in entries if isinstance(value, str)}


# ---- marks ----


def _mark(peer: Peer) -> str:
    """The annotation by which Kubeflow's own webhook marks a pod; empty for PodDefaults of our own."""
    if peer.for_all is None:
        return ""
    return f"{_MARKS}/{MARK}{peer.pod_default.metadata.name}"


def _fits(mark: str) -> bool:
    return len(mark.partition("/")[2]) <= DNS_LABEL_LENGTH


def _marks(chosen: Sequence[Peer]) -> dict[str, str]:
    """The annotations that say what was applied."""
    upstream = {_mark(one): one.pod_default.metadata.resource_version for one in chosen if one.for_all}
    fitting = {mark: version for mark, version in upstream.items() if _fits(mark)}
    return {**fitting, POD_DEFAULTS_ANNOTATION: ",".join(one.full_name for one in chosen)}


# ---- applying ----


class _Ready(NamedTuple):
    """What PodDefaults add to pods with the same containers, and all that can be said before a pod is there.

    Shape: ``starting`` are the PodDefaults that start several containers, with their names.
    """

    add: Joined
    steps: Addition | None
    audit: dict[str, str]
    marks: dict[str, str]
    too_long: tuple[Peer, ...]
    starting: tuple[tuple[Peer, list[str]], ...]
    written: dict[tuple[int, ...], str]
    """Patches as they are told, by the identities of their operations, which `steps` keeps."""


def _ready(peers: Peers, chosen: tuple[int, ...], pod: Mapping[str, Any]) -> _Ready:
    """What the chosen PodDefaults add to a pod; from the memo of what they add."""
    add = peers.joined(chosen, pod)
    found: _Ready | None = add.memo.get(_Ready)
    if found is None:
        members = [peers.all[at] for at in chosen]
        containers = [one for one in pod["spec"].get("containers") or () if isinstance(one, dict)]
        marks, started = _marks(members), [(one, starting(one, containers)) for one in members]
        found = add.memo[_Ready] = _Ready(
            add,
            addition(add, [_text(one.get("name")) for one in containers], marks),
            _audit(members),
            marks,
            tuple(one for one in members if not _fits(_mark(one))),
            tuple(one for one in started if len(one[1]) > 1),
            {},
        )
    return found


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _audit(members: Iterable[Peer]) -> dict[str, str]:
    return {"pod-defaults": ",".join(one.full_name for one in members)}


def _applied(
    pod: dict[str, Any],
    namespace: str,
    peers: Peers,
    chosen: tuple[int, ...],
    findings: tuple[Finding, ...],
    compat: bool,
) -> Outcome:
    source = Source("Pod", namespace, _name_of(pod))
    try:
        ready = _ready(peers, chosen, pod)
        plain = added(pod, ready.steps) if ready.steps is not None and not compat else None
        result, clashes = united(pod, ready.add, compat=compat) if plain is None else (plain[0], [])
    except (MergeError, RecursionError) as error:
        path = error.path if isinstance(error, MergeError) else Path(())
        reason = error.reason if isinstance(error, MergeError) else "it is nested too deep"
        wrong = finding("NB305", path, f"the pod cannot be read: {reason}", "Repair the pod.", source=source)
        return Outcome((*findings, wrong), audit=_audit([peers.all[at] for at in chosen]))
    problems = [_finding(one, source) for one in clashes]
    if plain is None:
        problems += _without_image(pod, result, source)
    problems += [_too_long(one, compat) for one in ready.too_long]
    problems += _replacing(ready, source)
    told = (*findings, *problems)
    if plain is not None:
        text = _written(plain[1], ready)
        return Outcome(told, result, audit=ready.audit, operations=plain[1], written=text)
    if any(one.severity == "error" for one in told):
        return Outcome(told, audit=ready.audit)
    return Outcome(told, _marked(_reclassed(pod, result), ready.marks), audit=ready.audit)


def _written(operations: list[dict[str, Any]], ready: _Ready) -> str:
    """The operations as an answer tells them; many pods get the same."""
    key = tuple(map(id, operations))
    found = ready.written.get(key)
    if found is None:
        if len(ready.written) >= _MOST_WRITTEN:
            ready.written.clear()
        found = ready.written[key] = written(operations)
    return found


def _name_of(pod: Mapping[str, Any]) -> str:
    metadata = pod.get("metadata") or {}
    found = next((metadata[key] for key in ("name", "generateName") if metadata.get(key)), "")
    return found if isinstance(found, str) else ""


def _marked(pod: dict[str, Any], marks: Mapping[str, str]) -> dict[str, Any]:
    metadata = pod.get("metadata") or {}
    annotations = {**(metadata.get("annotations") or {}), **marks}
    return {**pod, "metadata": {**metadata, "annotations": annotations}}


def _reclassed(pod: Mapping[str, Any], result: dict[str, Any]) -> dict[str, Any]:
    """The pod without what admission worked out of its old priority class: it does so again for a new one."""
    spec = result["spec"]
    if spec.get(_CLASS) == pod["spec"].get(_CLASS):
        return result
    return {**result, "spec": {key: value for key, value in spec.items() if key not in _OF_CLASS}}


# ---- what is wrong ----


def _finding(clash: Clash, source: Source) -> Finding:
    """The finding for a conflict, at the pod's field, which names the PodDefaults; it never holds a value."""
    places = (
        (one.origin.source, one.written(one.locate(clash.path)), None)
        for one in (clash.layer, clash.other)
        if one
    )
    remedy = _REMEDY.format(annotation=EXCLUDING[0])
    where = f"{clash.path.keyed}: " if clash.path else ""
    return finding(
        clash.code, clash.path, f"{where}{clash.reason}", remedy, source=source, related=tuple(places)
    )


def _without_image(pod: Mapping[str, Any], result: Mapping[str, Any], source: Source) -> Iterator[Finding]:
    """The containers that are new to the pod and have no image."""
    for field in ("containers", "initContainers"):
        own = len(pod["spec"].get(field) or ())
        for at, one in enumerate((result["spec"].get(field) or ())[own:], own):
            if "image" not in one:
                yield finding(
                    "NB302",
                    ("spec", field, at),
                    f"the pod has no container {str(one['name'])[:64]}, and no PodDefault gives it an image",
                    "Give the container an image, or select only pods that have it.",
                    source=source,
                )


def _too_long(peer: Peer, compat: bool) -> Finding:
    """What is wrong with a PodDefault whose name does not fit into its mark: with Kubeflow's own, no pod starts."""
    return peer.pod_default.origin.finding(
        "NB322",
        "the name is too long for the annotation that Kubeflow's own webhook marks pods with",
        "Give it a name of at most 52 characters.",
        path=("metadata", "name"),
        severity="error" if compat else "warning",
    )


def _replacing(ready: _Ready, source: Source) -> Iterator[Finding]:
    """A warning where the command of a PodDefault starts several containers, most of which meant something else."""
    for peer, names in ready.starting:
        yield finding(
            "NB320",
            ("spec", "containers"),
            f"PodDefault {peer.full_name} says what {len(names)} containers start: {', '.join(names)[:256]}",
            "Give the containers that need it a command of their own.",
            source=source,
        )


def _unreadable(peers: Peers, settings: Settings) -> Iterator[Finding]:
    """What is to be said of PodDefaults that cannot be read: Kubeflow's own webhook then lets no pod start."""
    for source, kubeflow in peers.unreadable:
        yield finding(
            "NB240",
            (),
            f"{source.object} cannot be read, and is not applied to any pod",
            "Let `nbcore lint` say what is wrong with it.",
            severity="error" if settings.compat and kubeflow else "warning",
            source=source,
        )
