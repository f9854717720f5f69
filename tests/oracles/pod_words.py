"""Interesting texts and numbers by what they name: labels, paths, ports, quantities, with their near misses.

It refuses to know which fields they are values of, and which of them an API server takes: `good` and `near` only
say how often a generator should take them.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any


class Words(NamedTuple):
    """The values of one field, the usual ones and the near misses."""

    good: tuple[Json, ...]
    near: tuple[Json, ...] = ()

    def __add__(self, other: object) -> Words:
        """Both tables in one."""
        assert isinstance(other, Words)
        return Words(self.good + other.good, self.near + other.near)


class Entries(NamedTuple):
    """The entries of a map: keys, and values for any key."""

    keys: Words
    values: Words


def enum(*words: str) -> Words:
    """The words of an enumeration, and what people write instead."""
    return Words(words, (words[0].lower(), words[-1].upper(), "", "Whatever", f"{words[0]} "))


def numbers(*good: int, near: tuple[Json, ...] = ()) -> Words:
    return Words(good, (0, -1, *near, 2**31 - 1))


LABEL = Words(
    ("a", "lab", "jupyter-lab", "x1", "1", "a" * 63),
    ("", "A", "a_b", "a.b", "-a", "a-", "a" * 64, "é", " a", "a b", "a/b", "Lab", "a\n"),
)
SUBDOMAIN = Words(
    ("a", "team-a.example.org", "1.2", "a-1", "a" * 63, ".".join(["a" * 60] * 4)),
    ("", "A.b", "a..b", ".a", "a.", "a_b", "a" * 253, "a" * 254, "é", "a/b", " a", "a\n"),
)
QUALIFIED = Words(
    ("app", "app.kubernetes.io/name", "a/b", "A_b.C-d", "1", "x" * 63, "example.com/" + "x" * 63),
    (
        *("", "a b", "-a", "a/", "/a", "a/b/c", "A.b/c", "x" * 64, "é", "a_b/c", "a.-b/c", "a\n"),
        *("a" * 253 + "/x", "a" * 254 + "/x", "kubernetes.io/x", ".", "_a", "a:b"),
    ),
)
LABEL_VALUE = Words(
    ("", "a", "A.b_c-1", "1", "true", "x" * 63),
    ("-a", "a b", "a/b", "é", "x" * 64, "a-", ".", "a\n", "_", "a:b"),
)
TEXT = Words(("a", "some text", "1"), ("", " ", "é", "x" * 300, "a\nb", "true", "\x00", "../a", "=", "null"))
IP = Words(
    ("10.0.0.1", "8.8.8.8", "::1", "fd00::1"),
    (
        *("", "a", "1.2.3", "010.0.0.1", "::ffff:1.2.3.4", "10.0.0.1/8", "1.2.3.4 ", "fe80::1%eth0"),
        *("0.0.0.0", "::", "256.1.1.1", "1.2.3.4.5", "1::2::3", "FD00::A", "1.2.3.04", "::1.2.3.4"),
    ),
)
PORT_NUMBER = numbers(80, 8080, 8888, 1, 65535, near=(65536, 70000))
PORT_NAME = Words(
    ("http", "jupyter-lab", "a1", "p", "8080a"),
    ("", "HTTP", "1", "80", "a--b", "-a", "a-", "abcdefghijklmno", "abcdefghijklmnop", "a_b", "a.b", "é"),
)
ANY_PORT = PORT_NUMBER + PORT_NAME
ENV_NAME = Words(
    ("HOME", "NB_USER", "a.b-c", "A1", "PATH"),
    ("", "=", "A=B", "é", " ", "a b", "1A", ".", "..", "..a", "$(A)", "A\n", "a/b", "{", "~", "\x7f", "\t"),
)
CONFIG_KEY = Words(
    ("password", "a.txt", "A_b-1", ".a", "x" * 253),
    ("", ".", "..", "..a", "a/b", "a b", "é", "x" * 254, "-", "a\n", "...", "a:b"),
)
RELATIVE = Words(
    ("a", "a/b", "data.txt", ".a", "a..b", "..."),
    (
        "",
        "/a",
        "..",
        "../a",
        "a/../b",
        "..a",
        "a/..",
        "./a",
        "a//b",
        "a/..b",
        "\\a",
        "..\\a",
        "é",
        "a:b",
        ".",
    ),
)
ABSOLUTE = Words(
    ("/data", "/home/jovyan", "/mnt/a b", "/", "/a..b"),
    ("", "data", "..", "/a/../b", "/data:ro", "C:\\data", "/..", "../a", ".", "/data/", "//data", "é", "/a:"),
)
QUANTITY = Words(
    ("1", "2Gi", "500m", "128Mi", 1, "0", "1e3", "1k"),
    (
        *(
            "-1",
            "",
            "1K",
            "1gi",
            "1GB",
            "0.5",
            "100m",
            "1.5Gi",
            1.5,
            -1,
            "1 Gi",
            "+1",
            ".5",
            "5.",
            "-0",
            "0.0001",
        ),
        *(
            "1e40",
            "1E",
            "m",
            "Gi",
            "100n",
            "0.1n",
            "9Ei",
            "1Ti",
            "1e3Gi",
            "abc",
            "1_000",
            "0x10",
            "1.0",
            "4Mi",
            "3Mi",
        ),
    ),
)
CPU = Words(("1", "500m", "0.5", 1, 2.5, "0", "2"), QUANTITY.near)
MEMORY = Words(("1Gi", "128Mi", 1048576, "1.5Gi", "0", "2Gi", "1G"), QUANTITY.near)
RESOURCE = Words(
    (
        "cpu",
        "memory",
        "ephemeral-storage",
        "nvidia.com/gpu",
        "hugepages-2Mi",
        "hugepages-1Gi",
        "example.com/foo",
    ),
    (
        *("foo", "storage", "pods", "requests.cpu", "limits.cpu", "hugepages-", "hugepages-2", "hugepages-a"),
        *(
            "kubernetes.io/x",
            "a/b/c",
            "requests.nvidia.com/gpu",
            "attachable-volumes-x",
            "cpu ",
            "CPU",
            "gpu",
        ),
        *(
            "nvidia.com/",
            "Nvidia.com/gpu",
            "/gpu",
            "hugepages-0",
            "hugepages--2Mi",
            "services",
            "a.kubernetes.io/b",
        ),
        *(
            "x" * 64,
            "a" * 250 + "/x",
            "persistentvolumeclaims",
            "example.com/" + "x" * 64,
            "é",
            "requests.storage",
        ),
    ),
)
CLAIM = Words(("gpu", "a", "b"), ("", "A", "missing"))
TOPOLOGY = Words(
    ("kubernetes.io/hostname", "topology.kubernetes.io/zone", "rack"),
    ("", "a b", "-a", "a/b/c", "é", "x" * 64),
)
IMAGE = Words(
    ("quay.io/jupyter/scipy-notebook:2025-01", "a", "a:latest", "r:5000/a@sha256:" + "0" * 64),
    ("", " ", " a", "a ", "A:B:C", "a\n", "é", "x" * 500, "a b"),
)
MODE = numbers(0o644, 0o400, 511, 420, 0, near=(512, 644, 777, 1000))
SECONDS = numbers(1, 10, 30, 3600, near=(2**31, 86400))
ID = Words((0, 1000, 100, 65534, 2**31 - 1), (-1, 2**31, 2**32, 2**63 - 1))
PROBE_NUMBER = numbers(1, 3, 10, near=(2, 2**31))
DURATION = Words((600, 3600, 86400), (0, 1, 599, -1, 2**32, 2**32 + 1, 2**31, 2**63 - 1))
WEIGHT = numbers(1, 50, 100, near=(101,))
FIELD_PATH = Words(
    (
        *("metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName"),
        *("status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs", "metadata.labels['app']"),
        *("metadata.annotations['example.org/a']", "metadata.labels", "metadata.annotations"),
    ),
    (
        *("", "metadata.labels['']", "metadata.labels['a b']", "metadata.labels[app]", "metadata.name['a']"),
        *(
            "spec.hostname",
            "status.phase",
            "metadata",
            "Metadata.name",
            "metadata.labels['a']['b']",
            "spec.restartPolicy",
        ),
        *(
            "metadata.annotations['A.b/c']",
            "metadata.annotations['a/b/c']",
            "metadata.annotations['A']",
            "metadata.",
        ),
        *(
            "metadata.labels['a'",
            "metadata.labels['a'] ",
            "metadata.ownerReferences",
            "spec.schedulerName",
            "['a']",
        ),
    ),
)
DIVISOR = Words(
    ("1", "1m", "1Mi", "1Gi", "1k", "0", 1),
    (
        "",
        "2",
        "1n",
        "10m",
        "1Ei",
        "1E",
        "1T",
        "-1",
        "1e3",
        "1000m",
        "1024",
        "1Ki",
        "0m",
        "1M",
        "1.0",
        "1000",
        "1P",
    ),
)
RUN_AS_NAME = Words(
    ("user", "DOMAIN\\user", "ContainerAdministrator", "NT AUTHORITY\\SYSTEM", "a.b\\c"),
    (
        *(
            "",
            "\\",
            "\\a",
            "a\\",
            "a\\b\\c",
            "a/b",
            "...",
            " ",
            "a" * 104,
            "a" * 105,
            "x" * 256 + "\\a",
            "a\x01b",
        ),
        *("toolongnetbios16\\u", "a b\\c", "-a\\b", "a.b.\\c", "a:b", "a\\b:c", "é", "1.2\\c"),
    ),
)
LOCALHOST = RELATIVE + Words(("profiles/a.json",), (" a", "a ", " ", "x" * 4096))
HEADER = Words(("Accept", "X-A", "Host"), ("", "a b", "é", "a:b", "a_b", "a\n", "A.b", "(a)", "x" * 300, "$"))
SYSCTL = Words(
    ("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net/ipv4/a", "kernel.shmmax", "fs.mqueue.a"),
    (
        *(
            "",
            "A",
            "a..b",
            ".a",
            "a.",
            "a b",
            "é",
            "net.a_b-c",
            "kernel.msgmax",
            "kernel.sem",
            "a-",
            "1",
            "a/b.c",
        ),
        *("net.-a", "x" * 253, "x" * 254, "user.max", "net/", "/net"),
    ),
)
FINALIZER = Words(
    ("example.org/a", "foregroundDeletion", "orphan", "kubernetes"), (*QUALIFIED.near, "app", "Orphan")
)
ANNOTATION_KEYS = Words(
    (
        *("example.org/a", "note", "A.b/c"),
        *("container.apparmor.security.beta.kubernetes.io/main", "seccomp.security.alpha.kubernetes.io/pod"),
        *("container.seccomp.security.alpha.kubernetes.io/main", "scheduler.alpha.kubernetes.io/tolerations"),
        *("controller.kubernetes.io/pod-deletion-cost", "kubernetes.io/config.mirror"),
    ),
    (
        *QUALIFIED.near,
        *(
            "container.apparmor.security.beta.kubernetes.io/missing",
            "container.apparmor.security.beta.kubernetes.io/",
        ),
        *("container.seccomp.security.alpha.kubernetes.io/missing", "kubernetes.io/config.hash"),
        *("kubernetes.io/config.source", "scheduler.alpha.kubernetes.io/affinity"),
        *("scheduler.alpha.kubernetes.io/critical-pod", "scheduler.alpha.kubernetes.io/preferAvoidPods"),
    ),
)
ANNOTATION_VALUES = Words(
    ("", "a", "runtime/default", "localhost/a", "unconfined", "1", "[]", "true", "x" * 1000),
    (
        *(
            "localhost/",
            "localhost/../a",
            "localhost//a",
            "docker/default",
            "Runtime/Default",
            "runtime/other",
            "01",
        ),
        *(
            "+1",
            "-1",
            "2147483648",
            "-2147483648",
            "1.0",
            " 1",
            "null",
            "none",
            "{}",
            '[{"key": "a"}]',
            "é",
            "-0",
        ),
        *(
            '[{"operator": "Exists"}]',
            '[{"key": "a b"}]',
            '[{"operator": "Lt"}]',
            "x" * 262_145,
            "[{}]",
            "+2147483647",
        ),
    ),
)
SELECTOR_OPERATOR = enum("In", "NotIn", "Exists", "DoesNotExist")
NODE_OPERATOR = enum("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
NAME = Words(("home", "data", "cache", "main", "a"), LABEL.near)
UUID = Words(("0d4c1bf8-1a2b-4c3d-8e4f-0123456789ab", "a"), ("", "x" * 64, "x" * 65))
IQN = Words(
    (
        "iqn.2015-02.example.com:test",
        "eui.0123456789ABCDEF",
        "naa.0123456789ABCDEF",
        "iqn.2001-04.com.example",
    ),
    (
        *(
            "",
            "iqn",
            "iqn.2015-2.a:b",
            "eui.012",
            "naa.xyz",
            "IQN.2015-02.a:b",
            "a",
            "iqn.2015-02.a b",
            "naa.",
        ),
        *("eui.0123456789abcdef", "naa.0123456789abcdef0123456789abcdef", "iqn.2015-02.a", "iqn.2015-13.a:b"),
    ),
)
REGISTRY = Words(
    ("a:1,b:2", "quobyte:7861"), ("", "a", "a:", ":1", "a:1,", "a:1,b", "a:b:c", "[::1]:1", "a:x")
)
TIMES = Words(
    ("2024-01-02T03:04:05Z", None),
    ("", "2024-01-02", "now", "2024-01-02T03:04:05+01:00", "2024-01-02T03:04:05.5Z", "2024-13-02T03:04:05Z"),
)

ODD: tuple[Json, ...] = (
    *(
        None,
        True,
        False,
        0,
        1,
        -1,
        1.0,
        1.5,
        1e30,
        2**31,
        2**63,
        2**64,
        -(2**63) - 1,
        "",
        "1",
        "true",
        "null",
    ),
    *(
        [],
        {},
        [None],
        [1],
        ["a"],
        {"a": 1},
        {"": None},
        [[]],
        [{}],
        "2024-01-02T03:04:05Z",
        10**400,
        -0.0,
        "1.0",
    ),
)
"""Values of other types, for a field of any type."""
