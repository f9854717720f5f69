"""The manifests that the project started from render as their author meant them, verbatim."""

from __future__ import annotations

import nbcore
from tests.golden.cases import CASES, SEED, catalog_of, documents_of

VERBATIM, ALONE = (
    next(case for case in CASES if case.name == name) for name in ("seed-003", "seed-003-template-alone")
)
POD = {
    "metadata": {
        "labels": {"jackhoman.dev/notebook": "jupyter-scipy"},
        "name": "jupyter-scipy-0",
        "namespace": "default",
    },
    "spec": {
        "containers": [
            {
                "name": "main",
                "image": "kubeflownotebookswg/jupyter-scipy:v1.7.0-rc.0",
                "ports": [{"containerPort": 8888}],
                "resources": {
                    "requests": {"memory": "16Gi", "cpu": "4"},
                    "limits": {"memory": "16Gi", "cpu": "4"},
                },
            }
        ]
    },
}


def test_a_template_alone_is_a_whole_pod_with_the_notebooks_resources() -> None:
    catalog = catalog_of(ALONE)
    rendering = nbcore.render(catalog.get("Notebook", "jupyter-scipy", "default"), catalog)
    assert rendering.findings == ()
    assert rendering.pod == POD


def test_the_template_that_stands_twice_is_told_with_both_places() -> None:
    [finding] = catalog_of(VERBATIM).findings
    assert (finding.code, finding.severity) == ("NB111", "warning")
    assert finding.location == f"{SEED}:72:9"
    [(source, path, position)] = finding.related
    assert (source.object, str(path)) == ("Template kubeflow/jupyter-scipy", "metadata.name")
    assert position is not None
    assert position.line == 7


def test_a_required_pod_default_is_laid_over_the_main_container() -> None:
    catalog = catalog_of(VERBATIM)
    rendering = nbcore.render(catalog.get("Notebook", "jupyter-scipy", "default"), catalog)
    assert rendering.findings == ()
    assert rendering.pod is not None
    [container] = rendering.pod["spec"]["containers"]
    assert container == {
        **POD["spec"]["containers"][0],  # type: ignore[index]
        "env": [{"name": "PIP_INDEX_URL", "value": "https://pypi.private.com"}],
        "volumeMounts": [{"mountPath": "/var/run/secrets/pypi.private.com/", "name": "pypi"}],
    }
    assert rendering.pod["spec"]["volumes"] == [
        {"name": "pypi", "secret": {"secretName": "pypi.private.com"}}
    ]
    annotations = rendering.pod["metadata"]["annotations"]
    assert annotations == {"jackhoman.dev/pod-defaults": "kubeflow/pypi.private.com"}


def test_a_pod_default_that_nobody_offers_is_not_applied() -> None:
    catalog = catalog_of(VERBATIM)
    rendering = nbcore.render(catalog.get("Notebook", "jupyter-scipy", "default"), catalog)
    assert [one.name for one in rendering.pod_defaults if one.applied] == ["pypi.private.com"]
    assert b"4040" not in rendering.to_bytes()


def test_the_origin_of_a_field_is_the_line_of_the_seed() -> None:
    catalog = catalog_of(VERBATIM)
    rendering = nbcore.render(catalog.get("Notebook", "jupyter-scipy", "default"), catalog)
    for path, line in (
        ("spec.containers[main].image", 79),
        ("spec.containers[main].env[PIP_INDEX_URL].value", 45),
        ("spec.containers[main].resources.limits.memory", 30),
    ):
        origin = rendering.origin(path)
        assert origin is not None
        assert origin.position is not None
        assert origin.position.line == line, path


def test_of_two_templates_the_last_counts_in_both_orders() -> None:
    documents = documents_of(VERBATIM)
    for given, required in ((documents, 1), (reversed(documents), 0)):
        found = nbcore.Catalog(given).get("Template", "jupyter-scipy", "kubeflow")
        assert len(found.spec.required) == required
