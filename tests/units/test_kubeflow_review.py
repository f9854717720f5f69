"""Empty objects of a WorkspaceKind: upstream copies what is not null, and the API server judges it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import nbcore
from nbcore.settings import Settings
from tests.units.webhook_objects import KIND, WORKSPACE

_MODES = (Settings(compat="kubeflow"), Settings())


def _kind(**pod_template: Any) -> dict[str, Any]:
    kind = copy.deepcopy(KIND)
    kind["spec"]["podTemplate"].update(pod_template)
    return kind


@pytest.mark.parametrize("settings", _MODES, ids=("compat", "default"))
def test_1_3_an_empty_security_context_is_copied(settings: Settings) -> None:
    kind = _kind(securityContext={}, containerSecurityContext={})
    pod = nbcore.render(WORKSPACE, nbcore.Catalog([kind]), settings=settings).pod
    assert pod is not None
    assert pod["spec"]["securityContext"] == {}
    assert pod["spec"]["containers"][0]["securityContext"] == {}


@pytest.mark.parametrize("probe", ("startupProbe", "livenessProbe", "readinessProbe"))
def test_1_3_an_empty_probe_is_copied_and_refused(probe: str) -> None:
    kind = _kind(probes={probe: {}})
    pod = nbcore.render(WORKSPACE, nbcore.Catalog([kind]), settings=_MODES[0]).pod
    assert pod is not None
    assert pod["spec"]["containers"][0][probe] == {}
    refused = [one.path.keyed for one in nbcore.check([kind]).findings if one.severity == "error"]
    assert refused == [f"spec.podTemplate.probes.{probe}"]


@pytest.mark.parametrize("field", ("securityContext", "containerSecurityContext", "probes"))
def test_1_3_what_is_null_is_not_copied(field: str) -> None:
    pod = nbcore.render(WORKSPACE, nbcore.Catalog([_kind(**{field: None})]), settings=_MODES[0]).pod
    assert pod is not None
    main = pod["spec"]["containers"][0]
    assert not {"startupProbe", "livenessProbe", "readinessProbe"} & main.keys()
    assert field != "securityContext" or "securityContext" not in pod["spec"]
    assert field != "containerSecurityContext" or "securityContext" not in main
