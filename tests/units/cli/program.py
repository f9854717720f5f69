"""The program as a user runs it, and inputs that every test of it needs.

Refuses to know what the answers should be.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[3]
CANARY = "c4n4ry"
"""A word that stands only in values that nobody may see."""

KINDS = f"""\
apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {{name: jupyter, namespace: kubeflow}}
spec:
  template:
    spec:
      containers:
      - name: main
        image: jupyter:1
        env:
        - name: TOKEN
          value: {CANARY}-template
  required:
  - name: pypi
  optional:
  - name: spark
  overrides:
  - path: spec.containers[main].imagePullPolicy
    enum: [Always, IfNotPresent]
  options:
  - id: size
    display: {{name: Size}}
    default: small
    values:
    - id: small
      redirect: {{to: medium, when: Restart, message: {{text: too small}}}}
    - id: medium
      template: {{spec: {{containers: [{{name: main, resources: {{limits: {{cpu: 1}}}}}}]}}}}
---
apiVersion: jackhoman.dev/v1beta1
kind: PodDefault
metadata: {{name: pypi, namespace: kubeflow}}
spec:
  template:
    spec:
      containers:
      - name: main
        imagePullPolicy: Always
        env:
        - name: INDEX
          value: https://{CANARY}@example.com
---
apiVersion: jackhoman.dev/v1beta1
kind: PodDefault
metadata: {{name: spark, namespace: kubeflow}}
spec:
  template: {{}}
---
apiVersion: jackhoman.dev/v1beta1
kind: PodDefault
metadata: {{name: gpu, namespace: team-a}}
spec:
  selector: {{matchLabels: {{gpu: nvidia}}}}
  template: {{}}
"""

NOTEBOOK = f"""\
apiVersion: jackhoman.dev/v1beta1
kind: Notebook
metadata: {{name: ada, namespace: team-a}}
spec:
  templateRef: {{name: jupyter, namespace: kubeflow}}
  env:
  - name: PASSWORD
    value: {CANARY}-mine
"""

WORLD = f"{KINDS}---\n{NOTEBOOK}"
BROKEN_NOTEBOOK = NOTEBOOK.replace("name: ada", "name: bob").replace("name: jupyter", "name: jupiter")


class Answer(NamedTuple):
    """How the program ended and what it printed."""

    code: int
    out: str
    err: str


def run(*arguments: str, stdin: str | bytes = b"", cwd: Path | None = None, **environment: str) -> Answer:
    """What the program answers, run as a process of its own; it never shows a traceback."""
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    finished = subprocess.run(
        [sys.executable, "-m", "nbcore", *arguments],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **environment},
        timeout=120,
        check=False,
    )
    out, err = finished.stdout.decode(), finished.stderr.decode()
    assert "Traceback" not in err, err
    return Answer(finished.returncode, out, err)


def pod(answer: Answer) -> Any:
    """The one pod that the program printed as YAML."""
    import nbcore

    documents = nbcore.load(answer.out)
    assert len(documents) == 1
    return documents[0].value
