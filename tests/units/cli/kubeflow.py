"""WorkspaceKinds like those that Kubeflow Notebooks 2.0 gives away as samples, and Workspaces of them.

Refuses to know what the program says about them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from nbcore.cli.main import cli
from nbcore.cli.reading import Unusable
from tests.units.cli.program import Answer

DIGEST = f"@sha256:{'a' * 64}"
JUPYTER = f"""\
apiVersion: kubeflow.org/v1beta1
kind: WorkspaceKind
metadata:
  name: jupyterlab
spec:
  spawner:
    displayName: JupyterLab
    description: Notebooks in the browser
    icon: {{url: https://example.com/icon.svg}}
    logo: {{configMap: {{name: logos, namespace: kubeflow, key: logo.svg, mediaType: image/svg+xml}}}}
  podTemplate:
    podMetadata:
      labels: {{team: data}}
    activityProbe:
      jupyter: {{lastActivity: true, portId: jupyterlab}}
    volumeMounts: {{home: /home/jovyan}}
    ports:
    - id: jupyterlab
      protocol: HTTP
      defaultDisplayName: JupyterLab
      httpProxy: {{removePathPrefix: false}}
    extraEnv:
    - name: NB_PREFIX
      value: '{{{{ httpPathPrefix "jupyterlab" }}}}'
    extraVolumes:
    - name: dshm
      emptyDir: {{medium: Memory}}
    extraVolumeMounts:
    - name: dshm
      mountPath: /dev/shm
    securityContext: {{fsGroup: 100}}
    containerSecurityContext:
      allowPrivilegeEscalation: false
      capabilities: {{drop: [ALL]}}
      runAsNonRoot: true
    options:
      imageConfig:
        spawner: {{default: "scipy:v1.9.0"}}
        values:
        - id: scipy:v1.8.0
          spawner: {{displayName: "scipy:v1.8.0", hidden: true}}
          redirect: {{to: "scipy:v1.9.0", message: {{level: Info, text: a newer one is there}}}}
          spec:
            image: registry.example.com/scipy:v1.8.0{DIGEST}
            ports: [{{id: jupyterlab, port: 8888}}]
        - id: scipy:v1.9.0
          spawner: {{displayName: "scipy:v1.9.0"}}
          spec:
            image: registry.example.com/scipy:v1.9.0{DIGEST}
            ports: [{{id: jupyterlab, port: 8888}}]
      podConfig:
        spawner: {{default: tiny}}
        values:
        - id: tiny
          spawner: {{displayName: Tiny CPU}}
          spec:
            resources: {{requests: {{cpu: 100m, memory: 1Gi}}, limits: {{memory: 1Gi}}}}
        - id: gpu
          spawner: {{displayName: One GPU}}
          spec:
            nodeSelector: {{gpu: "yes"}}
            tolerations: [{{key: nvidia.com/gpu, operator: Exists}}]
            resources: {{requests: {{cpu: 1, memory: 2Gi}}, limits: {{memory: 2Gi, nvidia.com/gpu: 1}}}}
"""
CODE = f"""\
apiVersion: kubeflow.org/v1beta1
kind: WorkspaceKind
metadata: {{name: codeserver}}
spec:
  spawner:
    displayName: Code
    description: VS Code in the browser
    icon: {{url: https://example.com/icon.svg}}
    logo: {{url: https://example.com/logo.svg}}
  podTemplate:
    volumeMounts: {{home: /home/jovyan}}
    ports: [{{id: code, protocol: HTTP, defaultDisplayName: Code, httpProxy: {{removePathPrefix: true}}}}]
    options:
      imageConfig:
        spawner: {{default: code}}
        values:
        - id: code
          spawner: {{displayName: Code}}
          spec: {{image: "registry.example.com/code:v1{DIGEST}", ports: [{{id: code, port: 8888}}]}}
      podConfig:
        spawner: {{default: small}}
        values:
        - id: small
          spawner: {{displayName: Small}}
          spec: {{resources: {{requests: {{memory: 1Gi}}, limits: {{memory: 1Gi}}}}}}
"""
ADA = """\
apiVersion: kubeflow.org/v1beta1
kind: Workspace
metadata: {name: ada, namespace: team}
spec:
  kind: jupyterlab
  podTemplate:
    volumes:
      home: ada-home
      data: [{pvcName: ada-data, mountPath: /data/a}]
      secrets: [{secretName: token, mountPath: /secrets/t}]
    options: {imageConfig: "scipy:v1.8.0", podConfig: tiny}
"""
BOB = """\
apiVersion: kubeflow.org/v1beta1
kind: Workspace
metadata: {name: bob, namespace: team}
spec:
  kind: codeserver
  podTemplate:
    volumes: {home: bob-home}
    options: {imageConfig: code, podConfig: small}
"""
WORLD = "---\n".join((JUPYTER, CODE, ADA, BOB))


def ask(*arguments: str, stdin: str | None = None) -> Answer:
    """What the program answers in this process; a fault of its own is no answer."""
    told = CliRunner().invoke(cli, arguments, input=stdin)
    if told.exception and not isinstance(told.exception, SystemExit | Unusable):
        raise told.exception
    return Answer(told.exit_code, told.stdout, told.stderr)


def folder(root: Path, texts: Mapping[str, str]) -> None:
    """Writes texts into files below a folder."""
    for name, text in texts.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def codes(findings: Sequence[Mapping[str, Any]], severity: str = "error") -> list[str]:
    """The codes of the findings of the JSON form that have a severity, sorted."""
    return sorted(one["code"] for one in findings if one["severity"] == severity)
