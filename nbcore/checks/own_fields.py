"""What a Notebook may set through its shorthands: resources, volumes, env, labels and annotations.

Refuses to know `overrides`, which have rules of their own.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nbcore.checks.mount_paths import ancestors, canonical, problem_with_mount_path
from nbcore.checks.overrides import Allowance
from nbcore.finding import Finding
from nbcore.kubernetes import names
from nbcore.kubernetes.paths import Item, Path
from nbcore.kubernetes.quantity import Quantity
from nbcore.model.conventions import BY_KIND
from nbcore.model.notebook import Notebook
from nbcore.model.origin import Json

FREE_RESOURCES: Final = frozenset({"cpu", "memory", "ephemeral-storage"})
"""Resources that every Notebook may set; any other needs an option or a rule."""

FORBIDDEN_ENV: Final = frozenset(
    {
        "BASH_ENV", "ENV", "GRANT_SUDO", "IFS", "NB_GID", "NB_GROUP", "NB_PREFIX", "NB_UID", "NB_USER",
        "NODE_OPTIONS", "NOTEBOOK_ARGS", "PATH", "PERL5LIB", "PERL5OPT", "PYTHONHOME", "PYTHONPATH",
        "PYTHONSTARTUP", "RUBYOPT", "SHELL", "HOME", "USER",
        "ALL_PROXY", "FTP_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY",
    }
)  # fmt: skip
FORBIDDEN_ENV_PREFIXES: Final = ("LD_", "DYLD_", "JUPYTER_", "KUBERNETES_", "GIT_SSH", "BASH_FUNC_")
"""Variables that change what a program does or trusts rather than what it works on."""

RESERVED_DOMAINS: Final = frozenset(
    {
        "jackhoman.dev", "kubernetes.io", "k8s.io", "kubeflow.org", "istio.io", "linkerd.io", "cilium.io",
        "consul.hashicorp.com", "vault.hashicorp.com", "amazonaws.com", "azure.com", "azure.workload.identity",
        "gke.io", "cloud.google.com", "iam.gke.io", "cncf.io", "x-k8s.io", "knative.dev", "openshift.io",
        "open-cluster-management.io", "kuma.io", "datadoghq.com", "dynatrace.com", "newrelic.com", "instana.com",
        "banzaicloud.com", "stackrox.io", "kyverno.io", "gatekeeper.sh", "cert-manager.io", "argoproj.io",
        "projectcalico.org", "ray.io", "volcano.sh", "nvidia.com", "run.ai", "jupyter.org", "hub.jupyter.org",
    }
)  # fmt: skip
"""Domains whose labels and annotations make controllers and other webhooks act; subdomains included."""

RESERVED_KEYS: Final = frozenset(
    {"app", "statefulset", "notebook-name", "controller-revision-hash", "component"}
)
"""Labels without a domain by which Services and controllers select pods."""

IDENTITY_LABELS: Final = frozenset(label for one in BY_KIND.values() for label in one.labels)
"""Labels by which the Service of a notebook, of any dialect, finds its pod: another pod with one takes its traffic."""

_REFERENCE = re.compile(r"\$\$|\$\(([^()$]+)\)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lower:
    """What the layers below a Notebook set, prepared for many notebooks.

    Shape: ``index`` is that of the main container in ``spec.containers``; ``mounts`` are its canonical mount
    paths and ``above`` the folders they lie in; ``referenced`` are the variables that its command, args and
    env refer to as ``$(NAME)``.
    """

    main: str = ""
    index: int = 0
    env: frozenset[str] = frozenset()
    referenced: frozenset[str] = frozenset()
    mounts: frozenset[str] = frozenset()
    above: frozenset[str] = frozenset()
    volumes: frozenset[str] = frozenset()
    resources: Mapping[str, Any] = field(default_factory=dict)
    labels: Mapping[str, Any] = field(default_factory=dict)
    annotations: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Mapping[str, Any], main: str) -> Lower:
        """The facts about a folded tree, whatever its shape."""
        spec = _map(tree.get("spec"))
        containers = _maps(spec.get("containers"))
        index = next((at for at, one in enumerate(containers) if one.get("name") == main), 0)
        container = containers[index] if containers else {}
        mounts = [
            canonical(one["mountPath"])
            for one in _maps(container.get("volumeMounts"))
            if _text(one, "mountPath")
        ]
        metadata = _map(tree.get("metadata"))
        return cls(
            main,
            index,
            frozenset(one["name"] for one in _maps(container.get("env")) if _text(one, "name")),
            references(container),
            frozenset(mounts),
            frozenset(folder for path in mounts for folder in ancestors(path)),
            frozenset(one["name"] for one in _maps(spec.get("volumes")) if _text(one, "name")),
            _map(container.get("resources")),
            _map(metadata.get("labels")),
            _map(metadata.get("annotations")),
        )


def _map(value: Json) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _maps(value: Json) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: dict[str, Any], key: str) -> bool:
    return isinstance(value.get(key), str)


def check_own_fields(
    notebook: Notebook, lower: Lower, home: str | None, allowance: Allowance
) -> list[Finding]:
    """Everything in the shorthands that a Notebook may not set.

    Shape: ``home`` is where the Template mounts the home volume; ``allowance`` are its override rules.
    """
    spec = notebook.spec
    found: list[Finding] = []
    if spec.resources:
        found += _resources(notebook, lower, allowance)
    if spec.env:
        found += _env(notebook, lower)
    volumes = spec.volumes
    if volumes.home is not None or volumes.data or volumes.secrets:
        found += _volumes(notebook, lower, home)
    if spec.metadata.labels or spec.metadata.annotations:
        found += _metadata(notebook, lower)
    return found


def _resources(notebook: Notebook, lower: Lower, allowance: Allowance) -> Iterator[Finding]:
    for name, amount in notebook.spec.resources.items():
        if name in ("requests", "limits"):
            for key, value in amount.items():
                yield from _resource(notebook, lower, allowance, name, key, value, (name, key))
        elif name not in FREE_RESOURCES or str(amount)[:1] == "-":
            yield from _resource(notebook, lower, allowance, "limits", name, amount, (name,))


def _resource(
    notebook: Notebook,
    lower: Lower,
    allowance: Allowance,
    side: str,
    name: str,
    amount: Any,
    path: tuple[str, ...],
) -> Iterator[Finding]:
    """The finding for a negative amount, and for a resource that is neither free nor allowed.

    Resources that are not free are allowed where an option sets the same amount, or a rule covers them.
    """
    if str(amount).startswith("-") and Quantity(amount) < Quantity(0):
        yield notebook.origin.finding(
            "NB310",
            f"{name} may not be negative",
            "Give an amount of 0 or more.",
            path=("spec", "resources", *path),
        )
    if name in FREE_RESOURCES:
        return
    # The API server takes the limit for a request that is not given.
    sides = (side, "limits") if side == "requests" else (side,)
    given = next(
        (found for one in sides if (found := _map(lower.resources.get(one)).get(name)) is not None), None
    )
    where = Path(("spec", "containers", Item(None, lower.main), "resources", side, name))
    if (given is not None and _equal(given, amount)) or allowance.allows(where, amount):
        return
    near = names.closest(name, sorted(FREE_RESOURCES)) if "/" not in name else None
    rule = f"ask the admin for a rule on {where.keyed} in the Template's overrides"
    yield notebook.origin.finding(
        "NB310",
        f"{name} may be set only to what a chosen option sets, or where an override rule allows it",
        f"Did you mean {near}?" if near else f"Choose an option that brings it, or {rule}.",
        path=("spec", "resources", *path),
    )


def _equal(a: Any, b: Any) -> bool:
    try:
        return Quantity(a) == Quantity(b)
    except (ValueError, TypeError):
        return False


def references(container: Mapping[str, Any]) -> frozenset[str]:
    """The variables that a container's command, args and env values refer to as ``$(NAME)``; ``$$`` escapes."""
    texts: list[Any] = []
    for name in ("command", "args"):
        value = container.get(name)
        if isinstance(value, list):
            texts.extend(value)
    env = container.get("env")
    texts.extend(one.get("value") for one in (env if isinstance(env, list) else ()) if isinstance(one, dict))
    return frozenset(
        match[1]
        for text in texts
        if isinstance(text, str) and "$(" in text
        for match in _REFERENCE.finditer(text)
        if match[1]
    )


def _env(notebook: Notebook, lower: Lower) -> Iterator[Finding]:
    seen: set[str] = set()
    for at, one in enumerate(notebook.spec.env):
        problem = _problem_with_env(one.name, lower, seen)
        seen.add(one.name)
        if problem:
            message = f"the variable {one.name} may not be set here: {problem[0]}"
            yield notebook.origin.finding("NB307", message, problem[1], path=("spec", "env", at, "name"))


def _problem_with_env(name: str, lower: Lower, seen: set[str]) -> tuple[str, str] | None:
    """Why a Notebook may not set the variable, and what to do about it."""
    if name in lower.env:
        return "a lower layer sets it", "Leave it out, or ask the admin for an override rule."
    if name in lower.referenced:
        return (
            "the Template's own command, args or env refer to it",
            "Leave it out: it would change what the Template runs.",
        )
    upper = name.upper()
    if upper in FORBIDDEN_ENV or upper.startswith(FORBIDDEN_ENV_PREFIXES):
        return "it changes how programs run", "Set it inside the notebook, or ask the admin for an option."
    return ("it stands twice", "Remove one of them.") if name in seen else None


def _volumes(notebook: Notebook, lower: Lower, home: str | None) -> Iterator[Finding]:
    taken: set[str] = set()
    above: set[str] = set()
    guarded = notebook.conventions.guards_folders
    for path, name, mount_path in _wanted(notebook, home):
        if mount_path is None:
            remedy = "Leave home out, or ask the admin to set spec.home.mountPath in the Template."
            yield notebook.origin.finding(
                "NB309", "the Template has no place for a home volume", remedy, path=path
            )
            continue
        here = canonical(mount_path)
        at_home = path[-1] == "home"
        reason = _problem_with_mount(mount_path, here, lower.mounts, lower.above, at_home=at_home)
        if reason is None and (here in taken or here in above):
            reason = _problem_with_mount(mount_path, here, taken, above, at_home=False)
        lost = here in lower.mounts or here in taken or name in lower.volumes
        if name in lower.volumes:
            reason = f"a lower layer uses the volume name {name}, which is reserved for the Notebook's own"
        taken.add(here)
        above.update(ancestors(here))
        if reason:
            remedy = "Mount it somewhere else, such as below the home folder."
            severity = "error" if guarded or lost else "warning"
            yield notebook.origin.finding("NB309", reason, remedy, path=path, severity=severity)


def _problem_with_mount(
    mount_path: str, here: str, taken: Container[str], above: Container[str], *, at_home: bool
) -> str | None:
    """Why the path may not be mounted; where home is, the admin chose, so that it only has to be free."""
    if at_home:
        return f"{here} is mounted already" if here in taken else None
    return problem_with_mount_path(mount_path, taken, above)


def _wanted(notebook: Notebook, home: str | None) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """Path in the Notebook, volume name and mount path of each of its volumes."""
    given = notebook.spec.volumes
    if given.home is not None:
        yield ("spec", "volumes", "home"), "home-volume", home
    for at, data in enumerate(given.data):
        yield ("spec", "volumes", "data", at, "mountPath"), f"data-volume-{at}", data.mount_path
    for at, secret in enumerate(given.secrets):
        yield ("spec", "volumes", "secrets", at, "mountPath"), f"secret-volume-{at}", secret.mount_path


def is_reserved(key: str, *, label: bool) -> bool:
    """Whether a label or annotation key belongs to Kubernetes, a controller or nbcore itself."""
    domain, slash, _ = key.rpartition("/")
    if not slash:
        return label and key in RESERVED_KEYS
    domain = domain.lower()
    while domain:
        if domain in RESERVED_DOMAINS:
            return True
        domain = domain.partition(".")[2]
    return False


_KEYS: Final = {"label": names.problem_with_label_key, "annotation": names.problem_with_annotation_key}


def _metadata(notebook: Notebook, lower: Lower) -> Iterator[Finding]:
    own = notebook.spec.metadata
    guarded = notebook.conventions.guards_metadata
    marks = dict.fromkeys(notebook.conventions.labels, notebook.metadata.name)
    for kind, values, below in (
        ("label", own.labels, lower.labels if guarded else {**lower.labels, **marks}),
        ("annotation", own.annotations, lower.annotations),
    ):
        for key, value in values.items():
            severity = "error"
            reason = _KEYS[kind](key)
            if reason is None and kind == "label":
                reason = names.problem_with_label_value(value)
            lost = key in below and below[key] != value
            if reason is None and is_reserved(key, label=kind == "label"):
                reason = "it is reserved for the system"
                severity = "error" if guarded or lost or key in IDENTITY_LABELS else "warning"
            elif reason is None and lost:
                reason = "a lower layer sets it to another value"
            if reason:
                message = f"the {kind} may not be set: {reason}"
                path = ("spec", "metadata", f"{kind}s", key)
                yield notebook.origin.finding(
                    "NB308", message, "Use a key with a prefix of your own.", path=path, severity=severity
                )
