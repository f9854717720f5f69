"""Schemas given: objects of other kinds against the JSON Schemas in folders that an admin names.

Files are found as kubeconform finds them, in two layouts:

- ``{kind}-{group}-{version}.json`` and ``{kind}-{version}.json`` for the core group, the group up to its first
  dot: ``certificate-cert-manager-v1.json``, ``configmap-v1.json``; in the folder itself, or in one of it that is
  named for a version of Kubernetes: ``v1.29.3-standalone-strict``, ``master-standalone``;
- ``{group}/{kind}_{version}.json``, the layout of the CRDs catalog: ``cert-manager.io/certificate_v1.json``.

A schema is judged by the draft that it declares, draft 4 where it declares none; `format` means nothing. It may
refer to itself and to files beside it, and nothing else: no connection is ever opened. A null counts as an
absent field, as the API server prunes it. Refuses to know any kind, and to print values.

Rules: a schema that cannot be used ends the run; what it leaves undecided is listed, and never counts as right.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nbcore.cli.reading import Unusable
from nbcore.cli.schema_files import names, places, read, stamps
from nbcore.finding import Finding, in_order
from nbcore.layout import MANY
from nbcore.linting import POD_AT
from nbcore.model.plain import Plain
from nbcore.report import NotEvaluated

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MOST_CHECKS: Final = 200_000
"""Keywords that are judged for one object: about a second. What is left after that is not evaluated."""
LONGEST_TEXT: Final = 4_096
"""Characters of a text that is compared with a pattern, which may take long."""
JUDGED_BY_US: Final = ("Namespace", "ResourceQuota", "LimitRange", "PersistentVolumeClaim", "Node")
"""Kinds of the core group that are read to judge others by: they are not listed where no schema is given."""

_SIBLING: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,200}\.json", re.ASCII)
_IDS: Final = ("$id", "id")
"""What a schema says its address is; references count from its file."""
_NEEDS: Final = "a JSON Schema of the kind, given with --schemas"
_NEEDS_LESS: Final = "a smaller object or a simpler schema"
_NEEDS_PATTERN: Final = "a pattern that Python knows, and a text that is not too long for it"


class Judged(NamedTuple):
    """What a schema has against one object, and what it could not decide."""

    findings: tuple[Finding, ...] = ()
    undecided: tuple[str, ...] = ()


class Schemas:
    """The schemas in some folders, for one version of Kubernetes; each is read when it is first needed.

    Shape: it can be sent to another process, which reads the files again.
    Raises: Unusable for a folder that does not exist.
    """

    def __init__(self, folders: Sequence[str], version: str) -> None:
        self.folders = tuple(folders)
        self.version = version
        self._places = [place for folder in self.folders for place in places(folder, version)]
        self._validators: dict[tuple[str, str], _Validator | None] = {}

    def __reduce__(self) -> tuple[type[Schemas], tuple[Sequence[str], str]]:
        return Schemas, (self.folders, self.version)

    def judged(self, one: Plain) -> Judged | None:
        """What the schema of its kind has against an object; None where there is no schema for it.

        Raises: Unusable for a schema that cannot be used.
        """
        key = (one.api_version, one.kind)
        if key not in self._validators:
            file = self._file(*key)
            self._validators[key] = _Validator(file) if file else None
        validator = self._validators[key]
        return validator.judged(one) if validator else None

    def digest(self) -> str:
        """A text that is another one whenever a file in the folders is another one."""
        found = hashlib.sha256(self.version.encode())
        for folder in self.folders:
            for name, size, stamp in stamps(folder):
                found.update(f"{folder}\0{name}\0{size}\0{stamp}\0".encode("utf-8", "surrogateescape"))
        return found.hexdigest()

    def _file(self, api_version: str, kind: str) -> str | None:
        wanted = names(api_version, kind)
        files = (os.path.join(place, name) for name in wanted for place in self._places)  # noqa: PTH118
        return next(filter(os.path.isfile, files), None)


def evaluated(objects: Iterable[object], schemas: Schemas | None) -> tuple[list[Finding], list[NotEvaluated]]:
    """What the schemas have against objects, and the objects that were not evaluated, counted by kind.

    Shape: objects with a pod are never counted, and what stands inside the pod has rules of its own.
    """
    findings: list[Finding] = []
    unknown: Counter[str] = Counter()
    missing: dict[NotEvaluated, None] = {}
    for one in objects:
        if not isinstance(one, Plain) or _root(one) == ():
            continue
        judged = schemas.judged(one) if schemas else None
        if judged is None:
            unknown.update(_unknown_kind(one))
            continue
        findings += judged.findings
        subject = one.origin.source.object
        missing.update((NotEvaluated("NB1", subject, needs), None) for needs in judged.undecided)
    counted = (NotEvaluated("NB1", _counted(kind, count), _NEEDS) for kind, count in sorted(unknown.items()))
    return findings, [*counted, *missing]


def _root(one: Plain) -> tuple[str, ...] | None:
    """Where an object holds a pod; None for one that holds none."""
    return POD_AT.get((one.api_version.rpartition("/")[0], one.kind))


def _unknown_kind(one: Plain) -> Iterator[str]:
    """The kind as it is listed, with its group; nothing for what is judged in another way."""
    group = one.api_version.rpartition("/")[0]
    name = f"{one.kind}.{group}" if group else one.kind
    if _root(one):
        yield f"{name} but for its pods"
    elif _root(one) is None and (group or one.kind not in JUDGED_BY_US):
        yield name


def _counted(kind: str, count: int) -> str:
    return f"{kind[:64]} ({count:,} {'object' if count == 1 else 'objects'})"


# ---- judging ----


class _TooMuch(Exception):
    """More keywords than one object may cost."""


class _Validator:
    """One schema, made ready; it counts what it does."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.left = 0
        self.undecided: dict[str, None] = {}
        self._validator = self._made(read(file))

    def judged(self, one: Plain) -> Judged:
        """What the schema has against an object."""
        from nbcore.cli.schema_words import findings_of

        self.left, self.undecided = MOST_CHECKS, {}
        root = _root(one)
        found: list[Finding] = []
        for error in self._errors(_without_nulls(one.value)):
            path = tuple(error.absolute_path)
            if not root or len(path) <= len(root) or path[: len(root)] != root:
                found += findings_of(error, one.origin)
            if len(found) >= MANY:
                break
        return Judged(in_order(found)[:MANY], tuple(self.undecided))

    def _errors(self, value: Any) -> Iterator[ValidationError]:
        """The errors of a value; whatever a schema can be that is none ends the run with one line."""
        try:
            yield from self._validator.iter_errors(value)
        except _TooMuch:
            self.undecided[_NEEDS_LESS] = None
        except RecursionError:
            raise Unusable(
                f"{self.file}: the schema goes too deep, or refers to itself without end"
            ) from None
        except Unusable:
            raise
        except Exception as error:  # a library meets a schema that anybody may have written
            refers = getattr(error, "ref", None)
            if isinstance(refers, str):
                why = f"it refers to {refers[:200]}, which is no file beside it; nbcore opens no connection"
                raise Unusable(f"{self.file}: {why}") from None
            raise Unusable(f"{self.file}: it is no JSON Schema that can be used") from None

    def _made(self, schema: Any) -> Any:
        """The validator for a schema, with keywords of ours in place of those that could be abused."""
        from jsonschema import Draft4Validator, Draft202012Validator, validators
        from referencing import Registry

        undeclared = Draft4Validator if isinstance(schema, dict) else Draft202012Validator
        draft = validators.validator_for(schema, default=undeclared)
        keywords = {name: self._counting(check) for name, check in {**draft.VALIDATORS, **_OURS}.items()}
        own: Any = validators.extend(  # type: ignore[no-untyped-call]
            draft, {**keywords, "pattern": self._pattern, "patternProperties": self._by_pattern}
        )
        ids = [
            schema.pop(key) for key in _IDS if isinstance(schema, dict) and isinstance(schema.get(key), str)
        ]
        ready = _without_drafts(schema)
        registry: Any = Registry(retrieve=self._beside)  # type: ignore[call-arg]
        registry = registry.with_resources((one.rstrip("#"), _resource(ready)) for one in ids)
        return own(ready, registry=registry)

    def _beside(self, uri: str) -> Any:
        """The schema in a file beside this one, which a reference names.

        Raises: LookupError for any other reference.
        """
        from referencing.exceptions import NoSuchResource

        file = os.path.join(os.path.dirname(self.file), uri)  # noqa: PTH118, PTH120
        if not _SIBLING.fullmatch(uri) or not os.path.isfile(file):  # noqa: PTH113
            raise NoSuchResource(ref=uri)  # type: ignore[call-arg]
        found = _without_drafts(read(file))
        return _resource({key: one for key, one in found.items() if key not in _IDS})

    def _spend(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise _TooMuch

    def _counting(self, check: _Check) -> _Check:
        def counted(validator: Any, value: Any, instance: Any, schema: Any) -> Any:
            self._spend()
            return check(validator, value, instance, schema)

        return counted

    def _pattern(self, validator: Any, pattern: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        from jsonschema.exceptions import ValidationError

        self._spend()
        if isinstance(instance, str) and not self._matches(pattern, instance):
            yield ValidationError("")

    def _by_pattern(self, validator: Any, by: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
        for pattern, below in by.items() if isinstance(instance, dict) else ():
            for key, value in instance.items():
                self._spend()
                if self._matches(pattern, key):
                    yield from validator.descend(value, below, path=key, schema_path=pattern)

    def _matches(self, pattern: str, text: str) -> bool:
        """Whether a text holds the pattern; what cannot be decided is remembered, and counts as held."""
        compiled = _compiled(pattern)
        if compiled is None or len(text) > LONGEST_TEXT:
            self.undecided[_NEEDS_PATTERN] = None
            return True
        return compiled.search(text) is not None


def _resource(schema: Any) -> Any:
    from referencing import Resource
    from referencing.jsonschema import DRAFT4

    return Resource.from_contents(schema, default_specification=DRAFT4)


_Check = Callable[[Any, Any, Any, Any], Any]


@functools.lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern, or None where Python does not know how it is written."""
    try:
        return re.compile(pattern, re.ASCII)
    except (re.error, RecursionError, OverflowError):
        return None


def _required(validator: Any, required: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """An error for each missing field, at the field."""
    from jsonschema.exceptions import ValidationError

    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise TypeError("required is a list of names")
    for name in required if isinstance(instance, dict) else ():
        if name not in instance:
            yield ValidationError("", path=(name,))


def _no_others(validator: Any, rest: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """An error for each field that the schema does not have, at the field; or what it says about those."""
    from jsonschema.exceptions import ValidationError

    known, patterns = schema.get("properties", {}), list(map(_compiled, schema.get("patternProperties", {})))
    for name, value in instance.items() if isinstance(instance, dict) and rest is not True else ():
        # a pattern that cannot be decided is remembered where it is tried, and lets every name pass
        if name in known or any(
            one is None or len(name) > LONGEST_TEXT or one.search(name) for one in patterns
        ):
            continue
        if rest is False:
            yield ValidationError("", path=(name,))
        else:
            yield from validator.descend(value, rest, path=name)


def _no_doubles(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    from jsonschema.exceptions import ValidationError

    from nbcore.kubernetes.elements import fingerprint

    if wanted and isinstance(instance, list) and len(set(map(fingerprint, instance))) < len(instance):
        yield ValidationError("")


_OURS: Final[Mapping[str, _Check]] = {
    "required": _required,
    "additionalProperties": _no_others,
    "uniqueItems": _no_doubles,
}


def _without_nulls(value: Any) -> Any:
    """The value without the entries of maps that are null."""
    if isinstance(value, dict):
        return {key: _without_nulls(one) for key, one in value.items() if one is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value


def _without_drafts(schema: Any) -> Any:
    """The schema without what it says about drafts, by which a part of it could leave our keywords."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$schema"), str):
                del one["$schema"]
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
    return schema
