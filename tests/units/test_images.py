"""Which images a kind's pods use, and what is said about the selections that lead to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

import nbcore
from nbcore.catalog import Catalog
from nbcore.images import (
    Condition,
    Images,
    Use,
    image_places,
    images_of,
    images_of_notebook,
    images_of_workload,
)
from nbcore.permits import permits_of
from tests.laws import filtered_kinds as filtered

Json = Any
VERSION = "jackhoman.dev/v1beta1"


def kind(name: str, spec: Json, kind: str = "Template", namespace: str = "kinds") -> Json:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def main(image: str | None = None, **more: Json) -> Json:
    fields = {"image": image} if image is not None else {}
    return {"spec": {"containers": [{"name": "main", **fields}], **more}}


def value(id_: str, template: Json = None, **more: Json) -> Json:
    return {"id": id_, **({"template": template} if template is not None else {}), **more}


def group(id_: str, *values: Json) -> Json:
    return {"id": id_, "default": values[0]["id"], "values": list(values)}


def label(name: str) -> Json:
    return {"metadata": {"labels": {name: "yes"}}}


SIDECAR = {"spec": {"containers": [{"name": "proxy", "image": "proxy:1"}]}}
SIZES = group("size", value("small", main()), value("large", main()))


def found(*objects: Json, whole: int = 64) -> Images:
    catalog = Catalog(objects)
    assert not catalog.findings
    (template,) = catalog.list("Template")
    return images_of(template, catalog, whole=whole)


def always() -> tuple[Condition, ...]:
    return (Condition({}, {}),)


def when(pod_defaults: Mapping[str, bool] | None = None, **options: tuple[str, ...]) -> Condition:
    return Condition(options, pod_defaults or {})


def told(images: Images) -> dict[str, tuple[tuple[Condition, ...], int]]:
    return {use.image: (use.conditions, use.pods) for use in images.uses}


CASES: Mapping[str, tuple[list[Json], dict[str, tuple[tuple[Condition, ...], int]]]] = {
    "the Template's own image": (
        [kind("k", {"template": main("base:1"), "options": [SIZES]})],
        {"base:1": (always(), 2)},
    ),
    "an image that every value replaces is in no pod": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [group("image", value("a", main("a:1")), value("b", main("b:1"))), SIZES],
                },
            )
        ],
        {"a:1": ((when(image=("a",)),), 2), "b:1": ((when(image=("b",)),), 2)},
    ),
    "an image that one value leaves": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [
                        group("image", value("base", main()), value("none"), value("b", main("b:1"))),
                        SIZES,
                    ],
                },
            )
        ],
        {"base:1": ((when(image=("base", "none")),), 4), "b:1": ((when(image=("b",)),), 2)},
    ),
    "two values with one image": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [
                        group(
                            "image",
                            value("a", main("x:1")),
                            value("b", main("x:1", priority=1)),
                            value("c", main("c:1")),
                        )
                    ],
                },
            )
        ],
        {"x:1": ((when(image=("a", "b")),), 2), "c:1": ((when(image=("c",)),), 1)},
    ),
    "a sidecar of an optional PodDefault": (
        [
            kind("k", {"template": main("base:1"), "options": [SIZES], "optional": [{"name": "proxy"}]}),
            kind("proxy", {"template": SIDECAR}, "PodDefault"),
        ],
        {"base:1": (always(), 4), "proxy:1": ((when({"proxy": True}),), 2)},
    ),
    "an image that an optional PodDefault replaces": (
        [
            kind("k", {"template": main("base:1"), "options": [SIZES], "optional": [{"name": "hardened"}]}),
            kind("hardened", {"template": main("hardened:1")}, "PodDefault"),
        ],
        {"base:1": ((when({"hardened": False}),), 2), "hardened:1": ((when({"hardened": True}),), 2)},
    ),
    "two layers that decide together": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [group("image", value("keep"), value("own", main("own:1"))), SIZES],
                    "optional": [{"name": "hardened"}],
                },
            ),
            kind("hardened", {"template": main("hardened:1")}, "PodDefault"),
        ],
        {
            "base:1": ((when({"hardened": False}, image=("keep",)),), 2),
            "hardened:1": ((when({"hardened": True}, image=("keep",)),), 2),
            "own:1": ((when(image=("own",)),), 4),
        },
    ),
    "one image at two places": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [group("image", value("a", main("x:1")), value("b", main("b:1")))],
                    "optional": [{"name": "setup"}],
                },
            ),
            kind(
                "setup",
                {"template": {"spec": {"initContainers": [{"name": "setup", "image": "x:1"}]}}},
                "PodDefault",
            ),
        ],
        {
            "x:1": ((when(image=("a",)), when({"setup": True})), 3),
            "b:1": ((when(image=("b",)),), 2),
        },
    ),
    "an image that only the source of a redirect has": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [
                        group(
                            "image",
                            value("old", main("old:1"), redirect={"to": "new", "when": "Restart"}),
                            value("new", main("new:1")),
                        )
                    ],
                },
            )
        ],
        {"new:1": (always(), 1)},
    ),
    "a volume made of an image": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [
                        group(
                            "data",
                            value("none"),
                            value("maps", main(volumes=[{"name": "maps", "image": {"reference": "maps:1"}}])),
                        )
                    ],
                },
            )
        ],
        {"base:1": (always(), 2), "maps:1": ((when(data=("maps",)),), 1)},
    ),
    "an image that could as well be of the values beside which it was seen": (
        [
            kind(
                "k",
                {
                    "template": main("base:1"),
                    "options": [
                        group(
                            "g",
                            value("labelled", label("a")),
                            value("plain"),
                            value("wrong", {"spec": {"containers": [{"name": "main", "resources": "much"}]}}),
                            value(
                                "first",
                                {"spec": {"initContainers": [{"name": "setup", "restartPolicy": "Always"}]}},
                            ),
                        )
                    ],
                    "optional": [{"name": "setup"}],
                },
            ),
            kind(
                "setup",
                {"template": {"spec": {"initContainers": [{"name": "setup", "image": "busybox:1"}]}}},
                "PodDefault",
            ),
        ],
        {"base:1": (always(), 5), "busybox:1": ((when({"setup": True}),), 3)},
    ),
}


@pytest.mark.parametrize("whole", [64, 0], ids=["every pod", "a cover"])
@pytest.mark.parametrize("name", CASES)
def test_images_and_what_leads_to_them(name: str, whole: int) -> None:
    objects, expected = CASES[name]
    assert told(found(*objects, whole=whole)) == expected


def test_who_wrote_an_image_and_an_example() -> None:
    text = """\
apiVersion: jackhoman.dev/v1beta1
kind: Template
metadata: {name: k, namespace: kinds}
spec:
  template: {spec: {containers: [{name: main, image: base:1}]}}
  options:
  - id: image
    default: a
    values:
    - id: a
    - id: b
      template:
        spec:
          containers:
          - name: main
            image: b:1
"""
    catalog = Catalog(nbcore.load(text, "k.yaml"))
    (template,) = catalog.list("Template")
    use = images_of(template, catalog).uses[0]
    assert use.image == "b:1"
    assert use.example == "--template kinds/k --select image=b"
    assert [place.keyed for place in use.places] == ["spec.containers[main].image"]
    (setter,) = use.setters
    assert setter.source.file == "k.yaml"
    assert str(setter.position) == "16:20"
    assert setter.path.keyed == "spec.options[image].values[b].template.spec.containers[main].image"
    assert "image=b" in setter.layer


def test_a_selector_brings_an_image_to_one_namespace_only() -> None:
    images = found(
        kind("k", {"template": {"metadata": {"labels": {"pick": "me"}}, **main("base:1")}}),
        kind(
            "proxy",
            {"template": SIDECAR, "selector": {"matchLabels": {"pick": "me"}}},
            "PodDefault",
            "team-a",
        ),
    )
    assert {use.image: use.namespaces for use in images.uses} == {"base:1": (), "proxy:1": ("team-a",)}


def test_a_large_kind_is_listed_whole() -> None:
    values = [value(f"i{at}", main(f"image:{at}")) for at in range(50)]
    sizes = [value(f"s{at}", {"spec": {"nodeSelector": {"size": f"s{at}"}}}) for at in range(20)]
    names = [f"pd{at}" for at in range(10)]
    images = found(
        kind(
            "k",
            {
                "template": main("base:1"),
                "options": [group("image", *values), group("size", *sizes)],
                "optional": [{"name": name} for name in names],
            },
        ),
        *(
            kind(name, {"template": SIDECAR if name == "pd3" else label(name)}, "PodDefault")
            for name in names
        ),
    )
    assert images.pods == 50 * 20 * 2**10
    assert images.whole
    assert images.rendered < 200
    assert {use.image for use in images.uses} == {"proxy:1", *(f"image:{at}" for at in range(50))}
    by_image = {use.image: use for use in images.uses}
    assert by_image["proxy:1"].conditions == (when({"pd3": True}),)
    assert by_image["proxy:1"].pods == 50 * 20 * 2**9
    assert by_image["image:7"].pods == 20 * 2**10


def test_selections_without_a_pod_are_counted() -> None:
    broken = value("broken", {"spec": {"containers": [{"name": "new"}]}})
    images = found(kind("k", {"template": main("base:1"), "options": [group("x", value("fine"), broken)]}))
    assert (images.without_pod, [use.image for use in images.uses]) == (1, ["base:1"])
    assert images.uses[0].conditions == always()


def test_images_that_filter_rules_deny_everybody_are_told_apart() -> None:
    one = {"matchLabels": {"tier": "b"}}
    deny = {"api": {"deny": True}}

    def denied(*rules: Json, compat: bool = False) -> tuple[list[str], tuple[str, ...], int]:
        values = [filtered.image("a"), filtered.image("b", {"tier": "b"})]
        catalog = Catalog([filtered.workspace_kind(values, [filtered.pod("p")], rules)])
        (template,) = catalog.templates
        found = images_of(template, catalog, permits=permits_of(template, catalog, compat=compat))
        return [use.image.partition("/")[2] for use in found.uses], found.denied, found.pods

    assert denied() == (["a:1", "b:1"], (), 2)
    everywhere = filtered.rule("IMAGE_CONFIG", deny, image=one)
    assert denied(everywhere) == (["a:1"], ("registry.example.com/b:1",), 1)
    assert denied(everywhere, compat=True) == (["a:1", "b:1"], (), 2)
    somewhere = filtered.rule("IMAGE_CONFIG", deny, image=one, namespace={"matchLabels": {"team": "x"}})
    assert denied(somewhere) == (["a:1", "b:1"], (), 2)


def test_places_have_one_order_whatever_pod_they_were_seen_in_first() -> None:
    def brings(name: str) -> Json:
        return {"spec": {"initContainers": [{"name": name, "image": "busybox:1"}]}}

    options = [
        group("g", value("none"), value("setup", brings("setup"))),
        group("h", value("sidecar", brings("sidecar")), value("none")),
    ]
    (use, _) = found(kind("k", {"template": main("z:1"), "options": options})).uses
    assert [place.keyed for place in use.places] == [
        "spec.initContainers[setup].image",
        "spec.initContainers[sidecar].image",
    ]


def test_a_notebook_uses_what_it_selects() -> None:
    catalog = Catalog(
        [
            *CASES["two layers that decide together"][0],
            kind("n", {"templateRef": {"name": "k"}, "options": {"image": "own"}}, "Notebook"),
            kind("gone", {"templateRef": {"name": "missing"}}, "Notebook"),
        ]
    )
    notebook, gone = catalog.list("Notebook")
    (use,) = images_of_notebook(notebook, catalog)
    assert (use.image, use.source.name, use.pods, use.of) == ("own:1", "n", 1, 1)
    assert use.setters[0].source.name == "k"
    assert images_of_notebook(gone, catalog) == ()


def workload(value: Json) -> tuple[Use, ...]:
    catalog = Catalog([value])
    return images_of_workload(next(iter(catalog)))  # type: ignore[arg-type]


def test_a_workload_uses_the_images_of_its_pod() -> None:
    spec = {
        "containers": [{"name": "a", "image": "b:1"}, {"name": "c", "image": "a:1"}],
        "initContainers": [{"name": "i", "image": "b:1"}],
    }
    uses = workload(
        {
            "apiVersion": "batch/v1",
            "kind": "CronJob",
            "metadata": {"name": "j"},
            "spec": {"jobTemplate": {"spec": {"template": {"spec": spec}}}},
        }
    )
    prefix = "spec.jobTemplate.spec.template.spec"
    assert [(use.image, [place.keyed for place in use.places]) for use in uses] == [
        ("a:1", [f"{prefix}.containers[c].image"]),
        ("b:1", [f"{prefix}.initContainers[i].image", f"{prefix}.containers[a].image"]),
    ]
    assert workload({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}}) == ()
    assert workload({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "s"}, "spec": None}) == ()


ODD: tuple[Json, ...] = (
    None,
    [],
    {"spec": []},
    {"spec": {"containers": {"name": "a"}}},
    {"spec": {"containers": [None, 1, {"image": 1}, {"image": ""}, {"image": ["a"]}]}},
    {"spec": {"volumes": [None, {"image": None}, {"image": {"reference": True}}, {"image": "a:1"}]}},
)


@pytest.mark.parametrize("pod", ODD, ids=str)
def test_what_has_another_form_is_left_out(pod: Json) -> None:
    assert list(image_places(pod)) == []


def test_every_place_of_a_pod_that_names_an_image() -> None:
    pod = {
        "spec": {
            "containers": [{"image": "c:1"}],
            "initContainers": [{}, {"image": "i:1"}],
            "ephemeralContainers": [{"image": "e:1"}],
            "volumes": [{"emptyDir": {}}, {"image": {"reference": "v:1"}}],
        }
    }
    assert list(image_places(pod)) == [
        (("spec", "initContainers", 1, "image"), "i:1"),
        (("spec", "containers", 0, "image"), "c:1"),
        (("spec", "ephemeralContainers", 0, "image"), "e:1"),
        (("spec", "volumes", 1, "image", "reference"), "v:1"),
    ]
