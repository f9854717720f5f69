"""Mounts and block devices; every case is put before a real API server too."""

from __future__ import annotations

import time
from typing import Any

import pytest

from nbcore import check_pod
from tests.cluster.control_plane import ControlPlane
from tests.units.semantic_cases import Case, case, container, disagreements, found, unrepaired

VOLUMES = [
    {"name": "home", "persistentVolumeClaim": {"claimName": "home"}},
    {"name": "tmp", "emptyDir": {}},
]


def mounts(name: str, *listed: Any, found: tuple[str, ...] = (), server: str = "", **fields: Any) -> Case:
    """A case of mounts in one container; places are below them."""
    return _uses(name, "volumeMounts", listed, found, server, fields)


def devices(name: str, *listed: Any, found: tuple[str, ...] = (), server: str = "", **fields: Any) -> Case:
    """A case of block devices in one container; places are below them."""
    return _uses(name, "volumeDevices", listed, found, server, fields)


def _uses(name: str, field: str, listed: Any, found: tuple[str, ...], server: str, fields: Any) -> Case:
    places = [text.replace(" ", f" containers[0].{field}", 1) for text in found]
    spec = {key: fields.pop(key) for key in ("hostUsers",) if key in fields}
    containers = [container(**{field: list(listed)}, **fields)]
    server = f"containers[0].{server}" if server else ""
    return case(name, *places, server=server, containers=containers, volumes=VOLUMES, **spec)


def at(path: str, name: str = "tmp", **fields: Any) -> dict[str, Any]:
    return {"name": name, "mountPath": path, **fields}


def device(path: str, name: str = "home") -> dict[str, Any]:
    return {"name": name, "devicePath": path}


PRIVILEGED = {"privileged": True}

MOUNTS = [
    mounts("nothing mounted"),
    mounts("mounts", at("/tmp"), at("/home", "home"), at("/home/", "home")),
    mounts("paths that look wrong", at("relative"), at(".."), at("/data:ro")),
    mounts("an unknown volume", at("/a", "temp"), found=("NB472 [0].name",)),
    mounts("no volume", {"mountPath": "/a"}, found=("NB472 [0].name",)),
    mounts("no path", {"name": "tmp"}, found=("NB474 [0].mountPath",)),
    mounts("one path twice", at("/a"), at("/a", "home"), found=("NB473 [1].mountPath",)),
    mounts("a sub-path", at("/a", subPath="a/...b"), at("/b", subPathExpr="$(HOME)/..b")),
    mounts(
        "an absolute sub-path",
        at("/a", subPath="/b"),
        found=("NB475 [0].subPath",),
        server="volumeMounts.subPath",
    ),
    mounts(
        "a sub-path upwards",
        at("/a", subPathExpr="b/.."),
        found=("NB475 [0].subPathExpr",),
        server="volumeMounts.subPathExpr",
    ),
    mounts("two sub-paths", at("/a", subPath="b", subPathExpr="c"), found=("NB475 [0].subPathExpr",)),
    mounts("propagation", at("/a", mountPropagation="HostToContainer"), at("/b", mountPropagation="None")),
    mounts("both ways", at("/a", mountPropagation="Bidirectional"), securityContext=PRIVILEGED),
    mounts(
        "both ways without privileges",
        at("/a", mountPropagation="Bidirectional"),
        found=("NB476 [0].mountPropagation",),
        server="volumeMounts.mountPropagation",
    ),
    mounts(
        "an unknown propagation",
        at("/a", mountPropagation=""),
        found=("NB476 [0].mountPropagation",),
        server="volumeMounts.mountPropagation",
    ),
    mounts("recursive", at("/a", readOnly=True, recursiveReadOnly="Enabled", mountPropagation="None")),
    mounts("not recursive", at("/a", recursiveReadOnly="Disabled", mountPropagation="HostToContainer")),
    mounts(
        "recursive and writable",
        at("/a", recursiveReadOnly="IfPossible"),
        found=("NB476 [0].recursiveReadOnly",),
        server="volumeMounts.recursiveReadOnly",
    ),
    mounts(
        "recursive and propagated",
        at("/a", readOnly=True, recursiveReadOnly="Enabled", mountPropagation="HostToContainer"),
        found=("NB476 [0].recursiveReadOnly",),
        server="volumeMounts.recursiveReadOnly",
    ),
    mounts(
        "an unknown recursion",
        at("/a", recursiveReadOnly="yes"),
        found=("NB476 [0].recursiveReadOnly",),
        server="volumeMounts.recursiveReadOnly",
    ),
]

DEVICES = [
    devices("a device", device("/dev/a"), volumeMounts=[at("/a")]),
    devices("an unknown volume as a device", device("/dev/a", "x"), found=("NB472 [0].name",)),
    devices("no device", {}, found=("NB472 [0].name", "NB474 [0].devicePath")),
    devices("a device upwards", device("/dev/../a"), found=("NB474 [0].devicePath",)),
    devices("an emptyDir as a device", device("/dev/a", "tmp"), found=("NB477 [0].name",)),
    devices("one device twice", device("/dev/a"), device("/dev/b"), found=("NB477 [1].name",)),
    devices(
        "one device path twice",
        device("/dev/a"),
        device("/dev/a"),
        found=("NB477 [1].name", "NB473 [1].devicePath"),
    ),
    devices(
        "a device that is mounted",
        device("/dev/a"),
        found=("NB477 [0].name",),
        server="volumeMounts[0].name",
        volumeMounts=[at("/a", "home")],
    ),
    devices(
        "a device where a mount is",
        device("/a"),
        found=("NB473 [0].devicePath",),
        server="volumeMounts[0].mountPath",
        volumeMounts=[at("/a")],
    ),
    devices(
        "a device in a user namespace",
        device("/dev/a"),
        found=("NB477 ",),
        hostUsers=False,
    ),
]

OTHERS = [
    case(
        "mounts of other containers do not collide",
        volumes=VOLUMES,
        initContainers=[{**container(volumeMounts=[at("/a")]), "name": "init"}],
        containers=[container(volumeMounts=[at("/a")])],
    ),
    case(
        "init containers are looked at",
        "NB472 initContainers[0].volumeMounts[0].name",
        initContainers=[{**container(volumeMounts=[at("/a")]), "name": "init"}],
    ),
    case(
        "ephemeral containers mount whole volumes",
        "NB417 ephemeralContainers",
        "NB475 ephemeralContainers[0].volumeMounts[0].subPath",
        volumes=VOLUMES,
        ephemeralContainers=[{**container(volumeMounts=[at("/a", subPath="b")]), "name": "debug"}],
    ),
]

CASES = [*MOUNTS, *DEVICES, *OTHERS]


@pytest.mark.parametrize("one", CASES, ids=str)
def test_faults(one: Case) -> None:
    assert found(one) == set(one.found)


def test_fixes_repair() -> None:
    assert [text for one in CASES for text in unrepaired(one)] == []


def test_the_api_server_agrees(control_plane: ControlPlane) -> None:
    assert disagreements(control_plane, CASES) == []


def test_a_misspelt_volume_gets_a_suggestion() -> None:
    (finding,) = (one for one in check_pod(mounts("temp", at("/a", "tmpp")).pod) if one.code == "NB472")
    assert finding.remedy == "Did you mean tmp?"
    assert finding.fix is not None
    assert not finding.fix.safe


def test_many_mounts_of_unknown_volumes_cost_linear_time() -> None:
    started = time.perf_counter()
    listed = [at(f"/{index}", f"tmp{index}") for index in range(2_000)]
    assert len(found(mounts("many", *listed))) == len(listed)
    assert time.perf_counter() - started < 10
