"""Rendering: a Notebook and a catalog become the final pod, its findings, and the origin of every field.

The roof over the stages: resolve, fold and check meet here and nowhere below.

Refuses to know files, clusters and who is asking: the same input gives the same bytes.

Laws: test_render_is_deterministic, test_render_leaves_inputs_unchanged,
test_every_leaf_has_exactly_one_source, test_replaying_the_winners_rebuilds_the_pod,
test_unknown_fields_survive, test_render_never_raises_on_any_json, test_no_pod_holds_a_directive,
test_render_does_not_depend_on_the_order_of_keys, test_render_is_the_fold_of_its_layers.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from nbcore.catalog import Catalog, read
from nbcore.checks.layers import containers_without_image, merge_finding, misshapen
from nbcore.checks.overrides import check_input, check_result
from nbcore.checks.own_fields import check_own_fields
from nbcore.checks.plain_overrides import laid_and_judged
from nbcore.env_text import EnvHole, env_values
from nbcore.environment import Environment, environment, pinned
from nbcore.finding import Finding, Position, Source, in_order
from nbcore.kubernetes.elements import leaves
from nbcore.kubernetes.paths import Path
from nbcore.model.layer import Layer, RawPath
from nbcore.model.notebook import Notebook
from nbcore.model.origin import NOWHERE, Origin
from nbcore.model.revision import Revision
from nbcore.model.selection import Resolution
from nbcore.resolve.grammars import TextReader
from nbcore.resolve.layers import aimed
from nbcore.resolve.notebook_layers import (
    OWNER_ANNOTATION,
    attach,
    marked,
    marks,
    override_layer,
    override_origin,
    override_title,
    shorthand_layer,
    shorthand_tree,
    system_layer,
)
from nbcore.resolve.pod_defaults import PodDefaultResult
from nbcore.resolve.silent_drops import without_what_is_taken
from nbcore.resolve.text import Hole, filled
from nbcore.settings import Settings
from nbcore.strategic.folding import lay_over
from nbcore.strategic.provenance import Blame, trace

try:  # orjson is an optional accelerator: the same bytes, sooner.
    import orjson
except ImportError:  # pragma: no cover - both ways are run by the benchmarks
    orjson = None  # type: ignore[assignment]


class OriginOf(NamedTuple):
    """Who set a field: the layer, where it was written, and the lower settings that it shadows.

    Shape: ``path`` is the place in the object named by ``source``; ``shadowed`` has the nearest first.
    """

    layer: Layer
    source: Source
    path: Path
    position: Position | None
    shadowed: tuple[OriginOf, ...] = ()


class Rendering:
    """What rendering a notebook gives.

    Shape: ``pod`` is ``{metadata, spec}``, or None where an error stands in ``findings``; it shares structure
    with the catalog and is read-only by contract. ``selection`` has a result for every option group,
    ``template`` the one for the Template; ``pod_defaults`` say what was applied, what not, and why;
    ``layers`` are all contributions from the bottom up. What only explains is computed when asked for.
    """

    __slots__ = ("_blames", "_env", "_layers", "_notebook", "findings", "pod")

    def __init__(
        self,
        pod: dict[str, Any] | None,
        findings: tuple[Finding, ...],
        notebook: Notebook | None = None,
        env: Environment | None = None,
    ) -> None:
        self.pod = pod
        self.findings = findings
        self._notebook = notebook
        self._env = env
        self._blames: dict[Path, Blame] | None = None
        self._layers: tuple[Layer, ...] | None = None

    @property
    def template(self) -> Resolution | None:
        """What became of the Template that the Notebook names."""
        return self._env.template if self._env else None

    @property
    def selection(self) -> Mapping[str, Resolution]:
        """What became of every option group, and of those that were named but do not exist."""
        return self._env.selection if self._env else {}

    @property
    def pod_defaults(self) -> tuple[PodDefaultResult, ...]:
        """What became of every PodDefault that the Template or a selector brings into play."""
        return self._env.pod_defaults if self._env else ()

    @property
    def layers(self) -> tuple[Layer, ...]:
        """Every contribution to the pod, the lowest first, the admins' text filled in."""
        if self._layers is None:
            self._layers = _layers(self._notebook, self._env)
        return self._layers

    @property
    def notebook_origin(self) -> Origin:
        """Where the Notebook stands."""
        return self._notebook.origin if self._notebook is not None else NOWHERE

    def copy(self) -> dict[str, Any] | None:
        """The pod as a copy that is the caller's own."""
        return copy.deepcopy(self.pod)

    def to_bytes(self) -> bytes:
        """The pod as compact JSON in UTF-8; ``null`` where there is none. The same with and without orjson."""
        if orjson is not None:
            try:
                return orjson.dumps(self.pod)
            except TypeError:  # integers beyond 64 bits, which the standard library can write
                pass
        return json.dumps(self.pod, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def origins(self) -> dict[Path, OriginOf]:
        """The origin of every leaf of the pod, in the order of the pod; empty where there is no pod."""
        return {path: _origin_of(blame) for path, blame in self._traced().items()}

    def origin(self, path: Path | str | Sequence[str | int]) -> OriginOf | None:
        """Who set the field at a path of the pod; for a map or list who set its first leaf.

        Shape: ``path`` as text (``spec.containers[main].image``), as steps, or as a Path; None for a path
        that the pod does not have.
        """
        wanted = Path.parse(path) if isinstance(path, str) else Path(path)
        blames = self._traced()
        found = blames.get(wanted)
        if found is None:
            for where, blame in blames.items():
                if _reaches(where, wanted):
                    found = blame
                    break
        return _origin_of(found) if found else None

    def origin_of_leaf(self, path: Path) -> OriginOf | None:
        """Who set a leaf of the pod; None for a path that is none."""
        found = self._traced().get(path)
        return _origin_of(found) if found is not None else None

    def _traced(self) -> dict[Path, Blame]:
        if self._blames is None:
            self._blames = trace(self.layers) if self.pod is not None else {}
            if self._notebook is not None and self._notebook.conventions.own_volumes_first:
                self._blames = dict(_relocated(self._blames, self.pod))
        return self._blames


def _relocated(blames: Mapping[Path, Blame], pod: Any) -> Iterator[tuple[Path, Blame]]:
    """The origins at the places that the leaves have in a pod whose lists are in another order.

    Shape: what the dialect's own engine leaves out of the pod has no place.
    """
    places = {path: path for path, _ in leaves(pod)}
    return ((places[path], blame) for path, blame in blames.items() if path in places)


def _reaches(where: Path, wanted: Path) -> bool:
    """Whether a leaf is the wanted place or lies below it; list elements may be named by index too."""
    return len(where) >= len(wanted) and all(
        mine == theirs or getattr(mine, "index", mine) == theirs
        for mine, theirs in zip(where, wanted, strict=False)
    )


def _origin_of(blame: Blame) -> OriginOf:
    def one(layer: Layer, raw: RawPath, shadowed: tuple[OriginOf, ...] = ()) -> OriginOf:
        return OriginOf(layer, layer.origin.source, layer.written(raw), layer.position(raw), shadowed)

    below = tuple(one(setting.layer, setting.path) for setting in blame.shadowed)
    return one(blame.winner.layer, blame.winner.path, below)


def render(
    notebook: Any, catalog: Catalog, *, revision: Any = None, settings: Settings | None = None
) -> Rendering:
    """The pod that a start of the notebook under the policy Auto would give, whatever its policy is.

    Shape: ``notebook`` is a dict, a document, or a parsed Notebook of any dialect; ``revision``, in the same
    forms, renders that pinned environment instead. Findings are those of the families NB1, NB2 and NB3;
    with an error among them there is no pod.
    """
    compat = settings is not None and settings.compat != ""
    if isinstance(notebook, Notebook) and revision is None:
        return _rendered(notebook, environment(notebook, catalog, compat=compat), (), compat)
    parsed = read(notebook)
    if not isinstance(parsed.object, Notebook):
        return Rendering(None, parsed.findings or (_not_a(notebook, "Notebook"),))
    if revision is None:
        env = environment(parsed.object, catalog, compat=compat)
        return _rendered(parsed.object, env, parsed.findings, compat)
    pin = read(revision)
    if not isinstance(pin.object, Revision):
        return Rendering(None, pin.findings or (_not_a(revision, "Revision"),))
    env = pinned(parsed.object, pin.object, catalog)
    return _rendered(parsed.object, env, parsed.findings, compat)


def _not_a(given: Any, kind: str) -> Finding:
    found = read(given).object
    version, name = getattr(found, "api_version", ""), getattr(found, "kind", "something else")
    what = f"{name} of {version}" if version else name
    return Finding(
        "NB104",
        "error",
        Path(("kind",)),
        f"a {kind} that nbcore reads is needed here, not {what}",
        f"Give a {kind} of jackhoman.dev/v1beta1.",
    )


def _rendered(notebook: Notebook, env: Environment, before: tuple[Finding, ...], compat: bool) -> Rendering:
    """The notebook's own part on top of its environment."""
    findings = [*before, *env.findings]
    if env.issues:
        findings += [issue.at(notebook.origin) for issue in env.issues]
    if env.tree is None:
        return Rendering(None, in_order(findings), notebook, env)
    drops = compat and notebook.conventions.own_volumes_first
    wrong = [] if drops else check_own_fields(notebook, env.lower, env.home, env.allowance)
    findings += wrong
    tree = env.tree
    if env.broken:
        if notebook.spec.overrides:
            findings += _judged_as_written(notebook, env)
        return Rendering(None, in_order(findings), notebook, env)
    if env.holes:
        tree = _filled(tree, env.holes, variables(notebook))
    own = shorthand_tree(notebook.spec, env.lower.main, env.home)
    if drops:
        tree, own = without_what_is_taken(tree, own, env.lower.index)
    if own and not any(one.severity == "error" for one in wrong):
        tree = attach(tree, own, env.lower.index, own_first=notebook.conventions.own_volumes_first)
    if notebook.spec.overrides:
        tree = _overridden(tree, notebook, env, findings)
    if findings:
        findings = list(in_order(findings))
        if any(one.severity == "error" for one in findings):
            return Rendering(None, tuple(findings), notebook, env)
    return Rendering(marked(tree, marks(notebook, env.applied)), tuple(findings), notebook, env)


def _layers(notebook: Notebook | None, env: Environment | None) -> tuple[Layer, ...]:
    """All layers of a rendering, the admins' text filled in."""
    if env is None or notebook is None:
        return ()
    values = variables(notebook)
    admins = [_filled_layer(layer, values, env.parts_of) for layer in env.layers]
    own = (
        shorthand_layer(notebook, env.lower.main, env.home),
        override_layer(notebook, env.lower.main, env.container_names),
        system_layer(notebook, env.applied),
    )
    return (*admins, *(layer for layer in own if layer is not None))


def _judged_as_written(notebook: Notebook, env: Environment) -> list[Finding]:
    """What is wrong with the overrides, whatever they would make of the pod."""
    overrides = notebook.spec.overrides
    upper = aimed(overrides, env.lower.main, env.container_names)
    return check_input(overrides, upper, env.allowance, lambda: override_origin(notebook))


def _overridden(
    tree: dict[str, Any], notebook: Notebook, env: Environment, findings: list[Finding]
) -> dict[str, Any]:
    """The tree with the overrides, judged as they were written and by what they made of the pod."""
    upper = aimed(notebook.spec.overrides, env.lower.main, env.container_names)
    plain = laid_and_judged(tree, upper, env.allowance)
    if plain is not None:
        return plain
    refused = _judged_as_written(notebook, env)
    if refused:
        findings += refused
        return tree
    result, problems = lay_over(tree, upper)
    layer = Layer("notebook", override_title(notebook), upper, override_origin(notebook))
    layers = (*env.layers, layer)
    findings += check_result(tree, result, env.allowance, lambda: layer.origin)
    findings += [merge_finding(one.code, layer, one.path, one.reason, None, env.layers) for one in problems]
    findings += misshapen(result, env.lower.main, layers)
    findings += containers_without_image(result, layers)
    return result


# --- variables in the admins' text ----------------------------------------------------------------------------


def variables(notebook: Notebook) -> dict[str, str]:
    """What the variables in the admins' text stand for."""
    metadata = notebook.metadata
    return {
        "name": metadata.name,
        "namespace": metadata.namespace,
        "owner": metadata.annotations.get(OWNER_ANNOTATION, ""),
        "path": notebook.conventions.path,
    }


def _value(hole: Hole, values: Mapping[str, str]) -> str:
    if hole.variable == "httpPathPrefix":
        return values["path"].format(**{**values, "port": hole.port})
    return values[hole.variable]


def _filled(tree: dict[str, Any], holes: Sequence[EnvHole], values: Mapping[str, str]) -> dict[str, Any]:
    """The tree with its holes filled in; everything else is shared."""
    spec = dict(tree["spec"])
    for hole in holes:
        containers = spec[hole.field] = list(spec[hole.field])
        container = containers[hole.container] = dict(containers[hole.container])
        env = container["env"] = list(container["env"])
        text = filled(hole.parts, lambda one: _value(one, values))
        env[hole.env] = {**env[hole.env], "value": text}
    return {**tree, "spec": spec}


def _filled_layer(layer: Layer, values: Mapping[str, str], parts_of: TextReader) -> Layer:
    """An admin's layer with its own text filled in, for provenance."""
    holes = [
        EnvHole(field, at, index, parts_of(text)[0])
        for field, at, index, text in env_values(layer.tree)
        if "{{" in text
    ]
    return replace(layer, tree=_filled(layer.tree, holes, values)) if holes else layer
