"""The seeded corpus: Templates, PodDefaults and Notebooks as plain `jackhoman.dev/v1beta1` objects.

A Notebook's pod has the shape of `jupyter-*` samples in the wild: a main container with probes and a hook,
a proxy beside it, an init container, three PodDefaults (a package mirror, object storage, a certificate
bundle), an image and a size option, and what the user adds: resources, volumes, env, metadata, overrides.

Refuses to know who renders the objects, and how long that takes.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

Object = dict[str, Any]

API_VERSION = "jackhoman.dev/v1beta1"
PLATFORM = "platform"
USERS = "team"
MAIN = "main"
HOME = "/home/jovyan"
LANGUAGES = ("scipy", "pytorch", "tensorflow", "rstudio", "julia", "spark", "r", "codeserver")
OVERRIDE_ENV = "JUPYTER_EXTENSION_LEVEL"


@dataclass(frozen=True)
class Selection:
    """What all Notebooks of one batch have chosen: a Template and a value of each of its option groups."""

    template: str
    options: dict[str, str]


@dataclass(frozen=True)
class Corpus:
    """The platform's objects and the selections that Notebooks are made with.

    Shape: ``objects`` are Templates and PodDefaults; `notebooks` makes any number of Notebooks.
    """

    objects: tuple[Object, ...]
    selections: tuple[Selection, ...]
    seed: int

    def notebooks(
        self, selection: Selection, count: int, series: str, overrides: bool = True
    ) -> list[Object]:
        """Notebooks with the same selection and nothing else in common; a series never repeats a name."""
        random = Random(f"{self.seed}/{selection.template}/{series}")
        made = [_notebook(random, selection, f"{series}-{at}") for at in range(count)]
        for one in made:
            if not overrides:
                del one["spec"]["overrides"]
        return made


def corpus(seed: int = 1, templates: int = 4) -> Corpus:
    """The corpus of a seed: the same seed gives the same objects, on every machine."""
    random = Random(seed)
    languages = LANGUAGES[:templates]
    objects = [_template(random, language) for language in languages]
    selections = [
        Selection(f"jupyter-{language}", {"image": random.choice(_IMAGES), "size": random.choice(_SIZES)})
        for language in languages
    ]
    return Corpus((*objects, *_pod_defaults(random)), tuple(selections), seed)


_IMAGES = ("2024.1", "2024.2", "2025.1")
_SIZES = ("small", "large", "gpu")


def _object(kind: str, namespace: str, name: str, spec: Object) -> Object:
    """One object as a parser would give it: through JSON, so that no two of its parts are the same dict."""
    metadata = {"name": name, "namespace": namespace}
    written = json.dumps({"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec})
    parsed: Object = json.loads(written)
    return parsed


def _word(random: Random, length: int = 8) -> str:
    return "".join(random.choices("abcdefghijklmnopqrstuvwxyz", k=length))


def _env(random: Random, *names: str) -> list[Object]:
    return [{"name": name, "value": f"{_word(random, 6)}/{_word(random, 10)}"} for name in names]


def _secret_env(name: str, secret: str, key: str) -> Object:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}}


_RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _probe(path: str, port: int, period: int, failures: int) -> Object:
    return {
        "httpGet": {"path": path, "port": port, "scheme": "HTTP"},
        "periodSeconds": period,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


# --- Templates -------------------------------------------------------------------------------------------


def _template(random: Random, language: str) -> Object:
    spec = {
        "display": {"name": f"Jupyter {language}", "tags": {"language": language}},
        "template": {
            "metadata": _template_metadata(random, language),
            "spec": _template_pod(random, language),
        },
        "mainContainer": MAIN,
        "home": {"mountPath": HOME},
        "ports": [{"id": "jupyterlab", "port": 8888, "protocol": "HTTP", "displayName": "JupyterLab"}],
        "required": [{"name": "mirror"}, {"name": "certificates"}],
        "optional": [{"name": "object-storage"}],
        "options": [
            _group("image", [_image(random, language, id_) for id_ in _IMAGES]),
            _group("size", [_size(at, id_) for at, id_ in enumerate(_SIZES)]),
        ],
        "overrides": [
            {"path": f"spec.containers[{MAIN}].env[{OVERRIDE_ENV}]", "glob": "level-*"},
            {"path": "spec.terminationGracePeriodSeconds", "min": 10, "max": 600},
        ],
    }
    return _object("Template", PLATFORM, f"jupyter-{language}", spec)


def _template_metadata(random: Random, language: str) -> Object:
    return {
        "labels": {
            "app.kubernetes.io/name": f"jupyter-{language}",
            "app.kubernetes.io/part-of": "notebooks",
            "example.org/cost-center": _word(random),
        },
        "annotations": {
            "prometheus.io/scrape": "true",
            "prometheus.io/port": "8888",
            "example.org/contact": f"{_word(random)}@example.org",
        },
    }


def _template_pod(random: Random, language: str) -> Object:
    return {
        "serviceAccountName": "notebook",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "fsGroup": 100,
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "imagePullSecrets": [{"name": "registry"}],
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "affinity": {"nodeAffinity": _PREFER_NOTEBOOK_NODES},
        "tolerations": [
            {"key": "example.org/notebooks", "operator": "Exists", "effect": "NoSchedule"},
            {"key": "example.org/spot", "operator": "Equal", "value": "true", "effect": "PreferNoSchedule"},
        ],
        "initContainers": [_init_container(language)],
        "containers": [_main_container(random, language), _proxy(random)],
        "volumes": [
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
            {"name": "tmp", "emptyDir": {}},
            {"name": "jupyter-config", "configMap": {"name": f"jupyter-{language}", "defaultMode": 420}},
            {"name": "proxy-tls", "secret": {"secretName": "proxy-tls", "defaultMode": 420}},
        ],
    }


_PREFER_NOTEBOOK_NODES = {
    "preferredDuringSchedulingIgnoredDuringExecution": [
        {
            "weight": 50,
            "preference": {
                "matchExpressions": [{"key": "example.org/pool", "operator": "In", "values": ["notebooks"]}]
            },
        }
    ]
}


def _init_container(language: str) -> Object:
    return {
        "name": "init-home",
        "image": f"registry.example.org/notebooks/init-home:{language}",
        "command": ["/bin/sh", "-c", "test -e /home/jovyan/.ready || cp -r /etc/skel/. /home/jovyan/"],
        "securityContext": _RESTRICTED,
        "resources": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "64Mi"}},
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
    }


def _main_container(random: Random, language: str) -> Object:
    return {
        "name": MAIN,
        "image": f"registry.example.org/notebooks/jupyter-{language}:base",
        "imagePullPolicy": "IfNotPresent",
        "command": ["/usr/local/bin/start-notebook"],
        "args": ["--ServerApp.ip=0.0.0.0", "--ServerApp.port=8888", "--ServerApp.allow_origin=*"],
        "workingDir": HOME,
        "ports": [{"name": "notebook", "containerPort": 8888, "protocol": "TCP"}],
        "env": [
            *_env(random, "JUPYTER_ENABLE_LAB", "XDG_CACHE_HOME", "GRANT_READ", "TZ", "LANG"),
            {"name": "POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "CPU_LIMIT", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        ],
        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "2Gi"}},
        "securityContext": _RESTRICTED,
        "startupProbe": _probe("/api", 8888, 5, 60),
        "readinessProbe": _probe("/api", 8888, 10, 3),
        "livenessProbe": _probe("/api", 8888, 30, 5),
        "lifecycle": {"preStop": {"exec": {"command": ["/usr/local/bin/save-and-stop"]}}},
        "volumeMounts": [
            {"name": "shm", "mountPath": "/dev/shm"},
            {"name": "tmp", "mountPath": "/tmp"},
            {"name": "jupyter-config", "mountPath": "/etc/jupyter", "readOnly": True},
        ],
    }


def _proxy(random: Random) -> Object:
    return {
        "name": "auth-proxy",
        "image": "registry.example.org/platform/auth-proxy:1.9.2",
        "args": [
            "--upstream=http://127.0.0.1:8888",
            "--tls-cert=/etc/tls/tls.crt",
            "--tls-key=/etc/tls/tls.key",
        ],
        "ports": [{"name": "https", "containerPort": 8443, "protocol": "TCP"}],
        "env": [*_env(random, "PROXY_REALM"), _secret_env("PROXY_COOKIE_KEY", "proxy", "cookie")],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "64Mi"}},
        "securityContext": _RESTRICTED,
        "readinessProbe": _probe("/ready", 8443, 10, 3),
        "volumeMounts": [{"name": "proxy-tls", "mountPath": "/etc/tls", "readOnly": True}],
    }


def _group(id_: str, values: list[Object]) -> Object:
    return {"id": id_, "default": values[0]["id"], "values": values}


def _image(random: Random, language: str, id_: str) -> Object:
    container = {
        "name": MAIN,
        "image": f"registry.example.org/notebooks/jupyter-{language}:{id_}",
        "env": _env(random, "IMAGE_CHANNEL", "CONDA_DEFAULT_ENV"),
    }
    template = {
        "metadata": {"labels": {"example.org/image": id_}},
        "spec": {"containers": [container]},
    }
    return {"id": id_, "display": {"name": id_, "labels": {"channel": id_}}, "template": template}


def _size(rank: int, id_: str) -> Object:
    amounts = {"cpu": str(2**rank), "memory": f"{4 * 2**rank}Gi"}
    container = {"name": MAIN, "resources": {"requests": amounts, "limits": amounts}}
    spec: Object = {
        "nodeSelector": {"example.org/size": id_},
        "tolerations": [{"key": f"example.org/{id_}", "operator": "Exists", "effect": "NoSchedule"}],
        "containers": [container],
    }
    return {"id": id_, "display": {"name": id_, "labels": {"size": id_}}, "template": {"spec": spec}}


# --- PodDefaults -----------------------------------------------------------------------------------------


def _pod_defaults(random: Random) -> list[Object]:
    return [
        _pod_default(
            "mirror",
            _env(random, "PIP_INDEX_URL", "CONDA_CHANNEL_ALIAS", "CRAN_MIRROR"),
            {"name": "mirror", "secret": {"secretName": "mirror", "defaultMode": 420}},
            "/etc/mirror",
        ),
        _pod_default(
            "object-storage",
            [
                *_env(random, "S3_ENDPOINT", "S3_REGION"),
                _secret_env("S3_KEY_ID", "object-storage", "id"),
                _secret_env("S3_KEY", "object-storage", "key"),
            ],
            {"name": "object-storage", "configMap": {"name": "object-storage", "defaultMode": 420}},
            "/etc/object-storage",
        ),
        _pod_default(
            "certificates",
            _env(random, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"),
            {"name": "certificates", "configMap": {"name": "certificates", "defaultMode": 420}},
            "/etc/certificates",
        ),
    ]


def _pod_default(name: str, env: list[Object], volume: Object, mount_path: str) -> Object:
    container = {
        "name": MAIN,
        "env": env,
        "volumeMounts": [{"name": name, "mountPath": mount_path, "readOnly": True}],
    }
    template = {
        "metadata": {"annotations": {f"example.org/{name}": "v1"}},
        "spec": {"containers": [container], "volumes": [volume]},
    }
    return _object("PodDefault", PLATFORM, name, {"display": {"name": name}, "template": template})


# --- Notebooks -------------------------------------------------------------------------------------------


def _notebook(random: Random, selection: Selection, name: str) -> Object:
    overrides = {
        "spec": {
            "terminationGracePeriodSeconds": random.randrange(10, 600),
            "containers": [
                {"name": MAIN, "env": [{"name": OVERRIDE_ENV, "value": f"level-{random.randrange(100_000)}"}]}
            ],
        }
    }
    spec = {
        "templateRef": {"name": selection.template, "namespace": PLATFORM},
        "options": dict(selection.options),
        "podDefaults": ["object-storage"],
        "resources": {"cpu": f"{random.randrange(500, 8000)}m", "memory": f"{random.randrange(1, 64)}Gi"},
        "volumes": {
            "home": f"home-{_word(random)}",
            "data": [{"pvcName": f"data-{_word(random)}", "mountPath": "/data/shared", "readOnly": True}],
        },
        "env": _env(random, "PROJECT", "EXPERIMENT", "TEAM_BUCKET"),
        "metadata": {"labels": {"example.org/project": _word(random)}},
        "overrides": overrides,
    }
    return _object("Notebook", USERS, name, spec)
