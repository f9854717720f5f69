"""Random objects of Kubeflow's kinds, and mutants of them, grown along the generated CRDs.

Every field of a CRD appears; a mutant has one to three changes, of which only some are wrong. Refuses to know
what nbcore and the server say about them.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from schemas.generate_kinds import KUBEFLOW_KINDS, crd

Json = Any
API_VERSION: Final = "kubeflow.org/v1beta1"
SCHEMAS: Final[Mapping[str, Json]] = {
    kind: crd(kind)["spec"]["versions"][0]["schema"]["openAPIV3Schema"] for kind in KUBEFLOW_KINDS
}

ONE_OF: Final[tuple[tuple[str, ...], ...]] = (
    ("url", "configMap"),
    ("podExec", "jupyter"),
    ("matchNamespace", "matchImageConfig", "matchPodConfig"),
)
ANY_OF: Final[tuple[tuple[str, ...], ...]] = (("pauseWorkspace",), ("ui", "api"))
TEXTS: Final = (
    *(
        "ab",
        "JupyterLab",
        "jupyter-scipy:v1.8.0",
        "a.b/c",
        "é😀",
        "日本語のイメージ",
        "{{ httpPathPrefix 'x' }}",
        "{{",
    ),
    *(".PathPrefix", "a b", "line\nline", "x" * 40, "0", "true", "null", "with\ttab", "A=B;C"),
)
PATTERNS: Final[Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$": (
        ("a", "my-pvc", "foo.bar", "0", "a--b.c", "x" * 253, ".".join(["ab"] * 84)),
        ("", "A", "-a", "a-", "a..b", "a_b", "x" * 254, "a\n", "é", "a.", "a/b"),
    ),
    "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$": (("a", "kubeflow", "x" * 63), ("", "a.b", "x" * 64, "A", "a-", "a\n")),
    "^[-._a-zA-Z0-9]+$": (
        ("a", "..", "logo.svg", "A_b-c", "x" * 253),
        ("", "a b", "a/b", "x" * 254, "é", "a\n"),
    ),
    "^([^./%][^/%]*|\\.[^./%][^/%]*|\\.[^/%][^/%]+)$": (
        ("a", ".a", "...", "..a", "system:view", "x" * 253, "a b", "é", "A\n"),
        ("", ".", "..", "a/b", "a%", "%", "/", "x" * 254, "./", ".%"),
    ),
    "^/[^/].*$": (
        ("/a", "/home/jovyan", "/a/../b", "/a//b", "/a/", "/é", "/\n", "/" + "x" * 4095),
        ("/", "//", "a", "", "//a", "/a\nb", "/" + "x" * 4096, " /a"),
    ),
    "^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$": (
        ("a", "jupyterlab", "a_b-c", "x" * 32),
        ("", "A", "a-", "_a", "x" * 33, "a.b", "a\n"),
    ),
}
"""Texts that fit and that do not fit a pattern with its bounds."""
AMOUNTS: Final = ("1", "500m", "2Gi", "1.5", ".5", "1e3", "+1", "-1k", "1E", "100n", "1e.5", "1.", 0, 3, -1)
AMOUNTS_WRONG: Final = ("", "1 Gi", "1gi", "Gi", "0x1", "1e", "1\n", "١", "1GB", 0.5, True, 2**63, "1e1.e")
SCALARS: Final[tuple[Json, ...]] = (
    *(
        None,
        None,
        True,
        False,
        0,
        1,
        -1,
        1.0,
        0.5,
        1e3,
        1e-7,
        1e22,
        8888,
        65536,
        2**31 - 1,
        2**31,
        -(2**31) - 1,
    ),
    *(
        2**53,
        float(2**53),
        2**63 - 1,
        2**63,
        -(2**63),
        -(2**63) - 1,
        10**30,
        "",
        " ",
        "x",
        "true",
        "1",
        "80",
        "1.5",
    ),
    *("HTTP", "http", "Always", "Info", "1Gi", "é", "a\n", "/a", "x" * 300, *TEXTS),
)
SHAPES: Final[tuple[Json, ...]] = (
    *(
        {},
        [],
        [None],
        [[]],
        [{}],
        ["x"],
        [1],
        {"a": None},
        {"a": 1},
        {"a": "b"},
        {"a": {}},
        {"": "b"},
        {"é": "x"},
    ),
    *(
        {"key": "a", "operator": "In"},
        {"matchLabels": {"a": None}},
        {"name": "a"},
        {"id": "a"},
        {"name": None},
    ),
)
KEYS: Final = ("a", "a.b/c", "", "é", "X-Header", "cpu")
NAMES: Final = (
    *(
        "",
        "bogus",
        "$patch",
        "metadata",
        "kind",
        "apiVersion",
        "spec",
        "name",
        "Name",
        "id",
        "é",
        "a.b",
        "a[0]",
    ),
    *("deferUpdates", "culling", "hidden", "labels", "value", "displayname", "url", "default", "status"),
)


OWNER: Final[Json] = {"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "x"}
METADATA_KEYS: Final = ("a", "a.b/c", "A/b", "-", "", "x" * 64, "a/b/c", "é")
METADATA: Final[Mapping[str, tuple[Json, ...]]] = {
    "name": ("a", "A", "a..b", "x" * 253, "x" * 254, "a_b", "-", "0", 1, "", None),
    "generateName": ("a-", "A-", "a.", "-", "a.-", "a" * 57 + "-A", "a" * 253, "a" * 254, "", "é", 1),
    "labels": ("", "a", "A.b_c", "-", "x" * 63, "x" * 64, "é", 1, None, True, {}),
    "annotations": ("", "é\n", 1, None, True, {}, "x" * 262_140, "é" * 131_072),
    "finalizers": (["a"], ["a/b", "a/b"], ["-"], [""], [None], [1], ["orphan", "foregroundDeletion"], {}),
    "ownerReferences": (
        *([OWNER], [OWNER, OWNER], [{}], [None], [{**OWNER, "z": 1}], [{**OWNER, "controller": "true"}]),
        *([{**OWNER, field: one}] for field in OWNER for one in ("", None, 1, "a/b", "a/", "/", "Event")),
        [{**OWNER, "controller": True}] * 2,
        [{**OWNER, "controller": True}, {**OWNER, "controller": True, "name": "b"}],
    ),
    "bogus": (None, 1),
}
"""Values of the metadata, some of them wrong; those of labels and annotations are the values of one entry."""


class Place(NamedTuple):
    """A value inside an object: its parent, the step to it, and its schema."""

    parent: Json
    step: str | int
    schema: Json


def below(value: Json, schema: Json) -> list[tuple[str | int, Json]]:
    """The steps to the parts of a value that its schema knows, each with its schema."""
    if isinstance(value, dict):
        fields, rest = schema.get("properties", {}), schema.get("additionalProperties")
        return [(name, fields.get(name, rest)) for name in value if fields.get(name, rest) is not None]
    if isinstance(value, list) and "items" in schema:
        return [(at, schema["items"]) for at in range(len(value))]
    return []


def places(value: Json, schema: Json) -> list[Place]:
    """Every place below a value that its schema knows."""
    found: list[Place] = []
    waiting = [(value, schema)]
    while waiting:
        parent, node = waiting.pop()
        for step, one in below(parent, node):
            found.append(Place(parent, step, one))
            waiting.append((parent[step], one))
    return found


class Grower:
    """Grows objects and mutants of them from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.made = 0

    # ---- valid objects ----

    def object(self, kind: str) -> Json:
        """A valid object of that kind."""
        schema = SCHEMAS[kind]["properties"]
        self.made += 1
        metadata: Json = {"name": f"o{self.made}.x"}
        if kind == "Workspace":
            metadata["namespace"] = "default"
        if self.chance(0.3):
            metadata["labels"] = {"a.b/c": "d", "e": ""}
            metadata["annotations"] = {"A.b/C": "é\n"}
        whole = {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": metadata,
            "spec": self.value(schema["spec"]),
        }
        if self.chance(0.2):
            whole["status"] = self.value(schema["status"])
        return whole

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def value(self, schema: Json) -> Json:
        """A valid value of a schema."""
        if "enum" in schema:
            return self.random.choice(schema["enum"])
        if schema.get("x-kubernetes-int-or-string"):
            return self.random.choice(AMOUNTS if "pattern" in schema else (80, "http", "", 0))
        return _VALUES[schema["type"]](self, schema)

    def text(self, schema: Json) -> str:
        if "pattern" in schema:
            return str(self.random.choice(PATTERNS[schema["pattern"]][0]))
        least, most = schema.get("minLength", 0), schema.get("maxLength", 10_000)
        if self.chance(0.1):
            return "é" * int(self.random.choice((least, min(most, 300))))
        text = str(self.random.choice(TEXTS))
        return text if least <= len(text) <= most else "x" * max(least, 1)

    def whole(self, schema: Json) -> int | float:
        format_ = schema.get("format", "int32")
        least = schema.get("minimum", -(2**31) if format_ == "int32" else -(2**63))
        most = schema.get("maximum", 2**31 - 1 if format_ == "int32" else 2**63 - 1)
        number = self.random.choice(
            [least, most, *(one for one in (0, 1, 60, 420, 8888, 31e6) if least <= one <= most)]
        )
        return float(number) if abs(number) < 2**53 and self.chance(0.1) else int(number)

    def list(self, schema: Json) -> Json:
        wanted = self.random.choice((0, 1, 1, 2, 3))
        wanted = max(schema.get("minItems", 0), min(wanted, schema.get("maxItems", 3)))
        elements = [self.value(schema["items"]) for _ in range(wanted)]
        keys = schema.get("x-kubernetes-list-map-keys", ())
        unique = {tuple(one[key] for key in keys): one for one in elements} if keys else {}
        return list(unique.values()) if keys else elements

    def fields(self, schema: Json) -> Json:
        if "additionalProperties" in schema:
            keys = self.random.sample(KEYS, self.random.choice((0, 1, 2)))
            return {key: self.value(schema["additionalProperties"]) for key in keys}
        fields, required = schema.get("properties", {}), schema.get("required", ())
        share = self.random.choice((0.05, 0.15, 0.4, 0.6))
        chosen = {name for name in fields if name in required or self.chance(share)}
        for names in ONE_OF:
            if set(names) <= set(fields):
                chosen = (chosen - set(names)) | {self.random.choice(names)}
        for names in ANY_OF:
            if set(names) <= set(fields) and not chosen & set(names):
                chosen.add(self.random.choice(names))
        return self.consistent({name: self.value(fields[name]) for name in fields if name in chosen})

    def consistent(self, value: Json) -> Json:
        """The object as the rules across its fields want it."""
        if "denyMessage" in value:
            value["deny"] = True
        if "lastActivity" in value and "portId" in value:
            value["lastActivity"] = True
        for field in {"minProbeIntervalSeconds", "probeIntervalSeconds"} & value.keys():
            value[field] = int(value[field])  # the rule that compares the two takes no 1.0
        if value.get("minProbeIntervalSeconds", 300) > value.get("probeIntervalSeconds", 3600):
            value["minProbeIntervalSeconds"] = value["probeIntervalSeconds"] = 60
        return value

    # ---- mutants ----

    def mutant(self, kind: str) -> Json:
        """An object of that kind with one to three changes."""
        whole = self.object(kind)
        for _ in range(self.random.choice((1, 1, 1, 2, 3))):
            if self.chance(0.05):
                self.change_metadata(whole)
                continue
            found = [
                one
                for one in places(whole, SCHEMAS[kind])
                if not (one.parent is whole and one.step in ("apiVersion", "kind", "metadata"))
            ]
            if found:
                self.random.choice(_CHANGES)(self, self.random.choice(found))
        return whole

    def change_metadata(self, whole: Json) -> None:
        """Another name, or other labels, annotations, finalizers or owners."""
        metadata, field = whole["metadata"], self.random.choice(tuple(METADATA))
        one = copy.deepcopy(self.random.choice(METADATA[field]))
        if field in ("labels", "annotations"):
            one = {self.random.choice(METADATA_KEYS): one}
        metadata[field] = one
        if field == "generateName" and self.chance(0.5):
            metadata["name"] = None

    def replace(self, place: Place) -> None:
        """Any value."""
        shapes = self.chance(0.25)
        place.parent[place.step] = copy.deepcopy(self.random.choice(SHAPES if shapes else SCALARS))

    def renew(self, place: Place) -> None:
        """Another valid value, null, or the value in another shape."""
        made = self.value(place.schema)
        place.parent[place.step] = self.random.choice((made, None, [made], {"a": made}, str(made)))

    def bound(self, place: Place) -> None:
        """A value at, below or beyond a bound."""
        place.parent[place.step] = self.edge(place.schema)

    def edge(self, schema: Json) -> Json:
        if schema.get("x-kubernetes-int-or-string"):
            return self.random.choice((*AMOUNTS, *AMOUNTS_WRONG))
        if "enum" in schema:
            one = self.random.choice(schema["enum"])
            return self.random.choice((one, one.swapcase(), f"{one} ", "", "None"))
        if "pattern" in schema:
            return self.random.choice(self.random.choice(PATTERNS[schema["pattern"]]))
        return _EDGES.get(schema["type"], Grower.value)(self, schema)

    def text_edge(self, schema: Json) -> str:
        limits = [schema.get("minLength", 1), schema.get("maxLength", 300)]
        length = int(self.random.choice(limits)) + self.random.choice((-1, 0, 1))
        return self.random.choice("x😀é ") * length

    def number_edge(self, schema: Json) -> int:
        limits = [schema.get("minimum", -(2**31)), schema.get("maximum", 2**31 - 1)]
        return int(self.random.choice(limits)) + self.random.choice((-1, 0, 1))

    def list_edge(self, schema: Json) -> Json:
        made = [self.value(schema["items"]) for _ in range(self.random.choice((0, 1, 2, 31, 32, 33)))]
        keys = schema.get("x-kubernetes-list-map-keys", ())
        for at, one in enumerate(made if self.chance(0.7) else ()):
            for key in keys:
                one[key] = f"/k{at}" if key == "mountPath" else f"k{at}"
        return made

    def drop(self, place: Place) -> None:
        del place.parent[place.step]

    def add(self, place: Place) -> None:
        """A field or element more: unknown, known, in another case, or one that is there already."""
        value = place.parent[place.step]
        if isinstance(value, list):
            value.insert(self.random.randrange(len(value) + 1), self.element(value, place.schema))
        elif isinstance(value, dict):
            known = list(place.schema.get("properties", {}))
            if known and self.chance(0.5):
                name = self.random.choice(known)
                value.setdefault(name, self.value(place.schema["properties"][name]))
            else:
                name = self.random.choice([*NAMES, *(one.swapcase() for one in value)])
                value.setdefault(name, copy.deepcopy(self.random.choice((None, "x", {}, [], 1))))
        else:
            self.replace(place)

    def element(self, value: Json, schema: Json) -> Json:
        if value and self.chance(0.6):
            return copy.deepcopy(self.random.choice(value))
        if "items" in schema and self.chance(0.5):
            return self.value(schema["items"])
        return copy.deepcopy(self.random.choice((None, "x", 1, {}, [])))

    def bury(self, place: Place) -> None:
        """The value inside many lists or objects."""
        value = place.parent[place.step]
        for _ in range(self.random.choice((1, 5, 60))):
            value = [value] if self.chance(0.5) else {"a": value}
        place.parent[place.step] = value


_VALUES: Final[Mapping[str, Callable[[Grower, Json], Json]]] = {
    "string": Grower.text,
    "integer": Grower.whole,
    "boolean": lambda grower, schema: grower.chance(0.5),
    "array": Grower.list,
    "object": Grower.fields,
}
_EDGES: Final[Mapping[str, Callable[[Grower, Json], Json]]] = {
    "string": Grower.text_edge,
    "integer": Grower.number_edge,
    "array": Grower.list_edge,
}
_CHANGES: Final = (
    *(Grower.replace, Grower.replace, Grower.renew, Grower.bound, Grower.bound, Grower.drop),
    *(Grower.add, Grower.add, Grower.add, Grower.bury),
)
