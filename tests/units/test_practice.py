"""Good practice: what Kubernetes accepts and people regret, rule by rule."""

from __future__ import annotations

from typing import Any

import pytest

from nbcore.checks.practice import check
from nbcore.checks.practice.secrets import is_secret_name

DIGEST = "@sha256:" + "0123456789abcdef" * 4
GOOD: dict[str, Any] = {
    "name": "main",
    "image": f"registry.example/lab:1{DIGEST}",
    "resources": {"limits": {"memory": "1Gi"}},
}


def pod(spec: Any = None, **main: Any) -> Any:
    """A pod against which good practice has nothing, with other fields of its spec and its container."""
    return {"spec": {"automountServiceAccountToken": False, "containers": [{**GOOD, **main}], **(spec or {})}}


def told(one: Any) -> list[tuple[str, str]]:
    """Code and path of everything that good practice has against a pod, both as text."""
    return [(fault.code, ".".join(map(str, fault.path))) for fault in check(one)]


def codes(one: Any) -> list[str]:
    return [code for code, _ in told(one)]


MAIN = "spec.containers.0"


def test_nothing_is_said_of_a_good_pod_and_of_an_empty_one() -> None:
    assert told(pod()) == []
    assert told({}) == told({"spec": {}}) == []


# ---- images ----


@pytest.mark.parametrize(
    ("image", "code"),
    [
        ("registry.example/lab", "NB901"),
        ("registry.example/lab:latest", "NB901"),
        ("registry.example:5000/lab", "NB901"),
        ("registry.example/lab:1", "NB902"),
        (f"registry.example/lab:latest{DIGEST}", None),
        (f"registry.example/lab{DIGEST}", None),
        ("registry.example/Lab:1", "NB915"),
        ("lab:", "NB915"),
    ],
)
def test_an_image_has_a_version_and_a_digest(image: str, code: str | None) -> None:
    assert told(pod(image=image)) == ([(code, f"{MAIN}.image")] if code else [])
    init = {**GOOD, "name": "setup", "image": image}
    assert codes(pod({"initContainers": [init]})) == ([code] if code else [])


# ---- shared memory, /tmp, home ----


def mounts(*paths: str, **more: Any) -> list[Any]:
    return [{"name": "volume", "mountPath": path, **more} for path in paths]


MEMORY = [{"name": "volume", "emptyDir": {"medium": "Memory"}}]


@pytest.mark.parametrize("name", ["pytorch", "jupyter/pytorch-notebook", "vllm-openai", "PyTorch-Lightning"])
def test_what_looks_like_pytorch_needs_shared_memory(name: str) -> None:
    image = f"registry.example/{name.lower()}:1{DIGEST}"
    assert told(pod(image=image)) == [("NB903", f"{MAIN}.volumeMounts")]
    assert codes(pod({"volumes": MEMORY}, image=image, volumeMounts=mounts("/dev/shm/"))) == []
    assert codes(pod({"volumes": MEMORY}, image=image, volumeMounts=mounts("/dev"))) == ["NB903"]


def test_shared_memory_lies_in_memory() -> None:
    disk = {"volumes": [{"name": "volume", "emptyDir": {}}]}
    assert told(pod(disk, volumeMounts=mounts("/dev/shm"))) == [("NB903", f"{MAIN}.volumeMounts.0.name")]
    assert codes(pod(disk, volumeMounts=mounts("/data"))) == []


READ_ONLY = {"readOnlyRootFilesystem": True}


@pytest.mark.parametrize(
    ("mounted", "found"),
    [
        ([], ["NB904"]),
        (mounts("/tmp"), []),
        (mounts("/tmp/"), []),
        (mounts("/tmp", readOnly=True), ["NB904"]),
        (mounts("/tmp/cache"), ["NB904"]),
        (mounts("/var/tmp"), ["NB904"]),
    ],
)
def test_a_read_only_root_needs_a_tmp(mounted: Any, found: list[str]) -> None:
    def notebook(root: Any) -> Any:
        one = pod(securityContext=root, volumeMounts=mounted)
        return {**one, "metadata": {"labels": {"jackhoman.dev/notebook": "ada"}}}

    assert codes(notebook(READ_ONLY)) == found
    assert codes(notebook({"readOnlyRootFilesystem": False})) == []


def test_what_is_no_notebook_knows_where_it_writes() -> None:
    assert codes(pod(securityContext=READ_ONLY, volumeMounts=mounts("/var/lib/data"))) == []
    assert codes(pod(securityContext=READ_ONLY, volumeMounts=mounts("/etc/config", readOnly=True))) == [
        "NB904"
    ]
    assert "NB904" in codes(pod(image=NOTEBOOK, securityContext=READ_ONLY, volumeMounts=mounts("/data")))


NOTEBOOK = f"registry.example/jupyter:1{DIGEST}"


@pytest.mark.parametrize(
    ("paths", "home", "is_fine"),
    [
        ((), None, False),
        (("/home/jovyan",), None, True),
        (("/home",), None, True),
        (("/root",), None, True),
        (("/home/jovyan/work",), None, False),
        (("/home/jovyan/.cache",), None, True),
        (("/home/jovyan",), "/home/ada", False),
        (("/home/ada",), "/home/ada", True),
        (("/home",), "/home/ada", True),
        (("/home/ada/.cache",), "/home/ada/", True),
        ((), "/workspace", True),
        ((), "$(SOMEWHERE)", True),
    ],
)
def test_a_read_only_notebook_needs_a_home(paths: tuple[str, ...], home: str | None, is_fine: bool) -> None:
    env = [{"name": "HOME", "value": home}] if home else []
    one = pod(image=NOTEBOOK, securityContext=READ_ONLY, volumeMounts=mounts("/tmp", *paths), env=env)
    assert codes(one) == ([] if is_fine else ["NB905"])


def test_only_what_is_a_notebook_or_has_a_home_needs_one() -> None:
    assert codes(pod(securityContext=READ_ONLY, volumeMounts=mounts("/tmp"))) == []
    some = pod(securityContext=READ_ONLY, volumeMounts=mounts("/tmp", "/home/ada/work"))
    assert codes(some) == ["NB905"]


def test_windows_has_other_folders() -> None:
    assert codes(pod({"os": {"name": "windows"}}, image=NOTEBOOK, securityContext=READ_ONLY)) == []


# ---- token and groups ----


def test_the_token_is_not_mounted() -> None:
    path = "spec.automountServiceAccountToken"
    assert told(pod({"automountServiceAccountToken": True})) == [("NB907", path)]
    assert told({"spec": {"containers": [GOOD]}}) == [("NB907", path)]


def test_a_pod_that_names_its_account_means_it_unless_it_is_a_notebook() -> None:
    def account(name: str, **labels: str) -> Any:
        spec = {"containers": [GOOD], "serviceAccountName": name}
        return {"metadata": {"labels": labels}, "spec": spec}

    assert codes(account("controller")) == []
    assert codes(account("default")) == ["NB907"]
    assert codes(account("editor", **{"jackhoman.dev/notebook": "ada"})) == ["NB907"]


def test_a_container_without_a_name_is_told_by_its_number() -> None:
    one = {"spec": {"automountServiceAccountToken": False, "containers": [GOOD, {"image": f"a{DIGEST}"}]}}
    assert ["the container number 2" in fault.message for fault in check(one)] == [True]


def test_a_container_with_a_mount_of_its_own_there_gets_no_token() -> None:
    own = mounts("/var/run/secrets/kubernetes.io/serviceaccount")
    assert codes({"spec": {"containers": [{**GOOD, "volumeMounts": own}]}}) == []
    assert codes({"spec": {"containers": [{**GOOD, "volumeMounts": own}, {**GOOD, "name": "b"}]}}) == [
        "NB907"
    ]


CLAIM = {"volumes": [{"name": "home", "persistentVolumeClaim": {"claimName": "home"}}]}


@pytest.mark.parametrize(
    ("of_pod", "of_container", "is_fine"),
    [
        ({}, {}, True),
        ({"runAsNonRoot": True}, {}, False),
        ({"runAsUser": 1000}, {}, False),
        ({}, {"runAsUser": 1000}, False),
        ({"runAsUser": 1000, "fsGroup": 100}, {}, True),
        ({"runAsUser": 1000, "fsGroup": 0}, {}, True),
        ({"runAsUser": 0}, {}, True),
        ({"runAsUser": 1000}, {"runAsUser": 0}, True),
    ],
)
def test_who_is_not_root_needs_a_group_to_write_to_claims(
    of_pod: Any, of_container: Any, is_fine: bool
) -> None:
    one = pod({**CLAIM, "securityContext": of_pod}, securityContext=of_container)
    assert told(one) == ([] if is_fine else [("NB906", "spec.securityContext.fsGroup")])


def test_claims_that_are_only_read_need_no_group() -> None:
    read = {"volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data", "readOnly": True}}]}
    user = {"securityContext": {"runAsUser": 1000}}
    assert codes(pod({**read, **user})) == codes(pod(user)) == []
    assert codes(pod({"volumes": [{"name": "data", "ephemeral": {}}], **user})) == ["NB906"]


# ---- amounts ----


@pytest.mark.parametrize(
    ("name", "amount", "is_fine"),
    [
        ("memory", "128m", False),
        ("memory", "0.5", False),
        ("memory", "1.5Gi", True),
        ("memory", "128000m", True),
        ("memory", 1024, True),
        ("ephemeral-storage", "100m", False),
        ("hugepages-2Mi", "1m", False),
        ("cpu", "128m", True),
    ],
)
def test_bytes_are_whole(name: str, amount: Any, is_fine: bool) -> None:
    requests = {"limits": {"memory": "1Gi"}, "requests": {name: amount}}
    expected = [] if is_fine else [("NB910", f"{MAIN}.resources.requests.{name}")]
    assert told(pod(resources=requests)) == expected


def test_the_size_of_an_empty_dir_is_whole_too() -> None:
    one = pod({"volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "500m"}}]})
    assert told(one) == [("NB910", "spec.volumes.0.emptyDir.sizeLimit")]
    assert "500Mi" in next(fault.remedy for fault in check(one))


def test_memory_has_a_limit_of_the_container_or_the_pod() -> None:
    path = f"{MAIN}.resources.limits.memory"
    assert told(pod(resources={})) == [("NB911", path)]
    assert told(pod(resources={"requests": {"memory": "1Gi"}})) == [("NB911", path)]
    assert told(pod({"resources": {"limits": {"memory": "1Gi"}}}, resources={})) == []


GPU = {"limits": {"memory": "1Gi", "nvidia.com/gpu": 1}}


@pytest.mark.parametrize(
    "name", ["nvidia.com/gpu", "amd.com/gpu", "gpu.intel.com/i915", "nvidia.com/mig-1g.5gb"]
)
def test_a_gpu_comes_with_a_choice_of_nodes(name: str) -> None:
    resources = {"limits": {"memory": "1Gi", name: 1}}
    assert told(pod(resources=resources)) == [("NB908", f"{MAIN}.resources.limits.{name}")]
    choices: list[Any] = [
        {"tolerations": [{"key": "gpu", "operator": "Exists"}]},
        {"nodeSelector": {"gpu": "yes"}},
        {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {}}}},
    ]
    for chosen in choices:
        assert codes(pod(chosen, resources=resources)) == []


def test_other_extended_resources_are_no_gpu() -> None:
    assert codes(pod(resources={"limits": {"memory": "1Gi", "example.com/fpga": 1}})) == []
    assert codes(pod({"affinity": {"podAffinity": {}}}, resources=GPU)) == ["NB908"]


# ---- secrets ----


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DATABASE_PASSWORD",
        "password",
        "API_KEY",
        "apiKey",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "HF_TOKEN",
        "CLIENT_SECRET",
        "DB_PWD",
        "SSH_PASSPHRASE",
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "PWD",
        "OLDPWD_COUNT",
        "KEY",
        "KEYBOARD",
        "MONKEY",
        "TOKENIZERS_PARALLELISM",
        "TOKEN_FILE",
        "SECRET_NAME",
        "PASSWORD_PATH",
        "PUBLIC_KEY",
        "TOKEN_URL",
        "AWS_ACCESS_KEY_ID",
        "PRIMARY_KEY_TYPE",
        "SECRETARY",
        "",
        "_",
    ],
)
def test_names_of_no_secrets(name: str) -> None:
    assert not is_secret_name(name)


def test_a_secret_is_told_by_its_name_and_never_shown() -> None:
    one = pod(env=[{"name": "A", "value": "x"}, {"name": "DB_PASSWORD", "value": "canary"}])
    assert told(one) == [("NB909", f"{MAIN}.env.1.value")]
    assert not [fault for fault in check(one) if "canary" in repr(fault)]


@pytest.mark.parametrize(
    ("name", "value", "is_secret"),
    [
        ("MAX_TOKENS", "4096", False),
        ("MAX_TOKENS", "canary", True),
        ("DB_PASSWORD", "4096", True),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/etc/gcp/service-account.json", False),
        ("GOOGLE_APPLICATION_CREDENTIALS", '{"private_key": "canary"}', True),
        ("DB_PASSWORD", "/canary", True),
        ("PIP_INDEX_URL", "https://mirror.example/simple", False),
        ("PIP_INDEX_URL", "https://ada@mirror.example:8443/simple", False),
        ("PIP_INDEX_URL", "https://ada:canary@mirror.example/simple", True),
        ("DSN", "postgres://:canary@db/x", True),
        ("DSN", "postgres://ada:$(PASSWORD)@db/x", False),
        ("DSN", "postgres://ada:${PASSWORD}@db/x", False),
        ("HTTP_PROXY", "http://proxy:3128/a@b", False),
    ],
)
def test_a_value_may_tell_more_than_a_name(name: str, value: str, is_secret: bool) -> None:
    one = pod(env=[{"name": name, "value": value}])
    assert codes(one) == ["NB909"] * is_secret
    assert not [fault for fault in check(one) if "canary" in repr(fault)]


@pytest.mark.parametrize(
    "entry",
    [
        {"value": ""},
        {},
        {"value": "true"},
        {"value": "$(FROM_A_SECRET)"},
        {"valueFrom": {"secretKeyRef": {"name": "a", "key": "b"}}},
    ],
)
def test_what_holds_no_secret_is_fine(entry: Any) -> None:
    assert codes(pod(env=[{"name": "DB_PASSWORD", **entry}])) == []


# ---- doubles, and what cannot work ----


def test_variables_and_ports_stand_once() -> None:
    twice = [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "1"}]
    assert told(pod(env=twice)) == [("NB912", f"{MAIN}.env.2")]
    assert [fault.related for fault in check(pod(env=twice))] == [(("spec", "containers", 0, "env", 0),)]
    ports = [{"containerPort": 1}, {"containerPort": 1, "protocol": "TCP"}]
    assert told(pod(ports=ports)) == [("NB913", f"{MAIN}.ports.1")]
    assert codes(pod(ports=[{"containerPort": 1}, {"containerPort": 1, "protocol": "UDP"}])) == []


def test_a_shell_can_read_every_variable() -> None:
    assert told(pod(env=[{"name": "my-mode"}, {"name": "1A"}])) == [
        ("NB916", f"{MAIN}.env.0.name"),
        ("NB916", f"{MAIN}.env.1.name"),
    ]
    assert codes(pod(env=[{"name": "MY_mode1"}])) == []


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("persistentVolumeClaim.claimName", "home", "Home"),
        ("configMap.name", "home.a", "home_a"),
        ("secret.secretName", "a-b", "a b"),
    ],
)
def test_volumes_refer_to_what_can_exist(field: str, good: str, bad: str) -> None:
    source, _, key = field.partition(".")

    def with_name(name: str) -> Any:
        return pod({"volumes": [{"name": "volume", source: {key: name}}]})

    assert told(with_name(good)) == []
    assert told(with_name(bad)) == [("NB915", f"spec.volumes.0.{field}")]


@pytest.mark.parametrize(
    ("main", "path"),
    [
        ({"volumeMounts": mounts("data")}, "volumeMounts.0.mountPath"),
        ({"volumeMounts": mounts("/a/../b")}, "volumeMounts.0.mountPath"),
        ({"ports": [{"containerPort": 1, "hostIP": "localhost"}]}, "ports.0.hostIP"),
        (
            {"securityContext": {"capabilities": {"drop": ["NET_ADMIM"]}}},
            "securityContext.capabilities.drop.0",
        ),
    ],
)
def test_values_that_can_never_work(main: Any, path: str) -> None:
    assert told(pod(None, **main)) == [("NB915", f"{MAIN}.{path}")]


@pytest.mark.parametrize(
    "main",
    [
        {"volumeMounts": mounts("/data", "/a..b", "C:\\data")},
        {"ports": [{"containerPort": 1, "hostIP": "10.0.0.1"}]},
        {"securityContext": {"capabilities": {"drop": ["ALL"], "add": ["CAP_NET_BIND_SERVICE", "CHOWN"]}}},
    ],
)
def test_values_that_work(main: Any) -> None:
    assert told(pod(None, **main)) == []


def test_values_of_the_spec_that_can_never_work() -> None:
    spread = [{"topologyKey": "a b", "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]
    sources = {"projected": {"sources": [{"secret": {"name": "A"}}, {"configMap": {"name": "b"}}]}}
    one = pod(
        {
            "schedulerName": "My Scheduler",
            "topologySpreadConstraints": spread,
            "volumes": [{"name": "all", **sources}],
        }
    )
    assert told(one) == [
        ("NB915", "spec.volumes.0.projected.sources.0.secret.name"),
        ("NB915", "spec.schedulerName"),
        ("NB915", "spec.topologySpreadConstraints.0.topologyKey"),
    ]
