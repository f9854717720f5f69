"""Settings: strict, frozen, and without any default that depends on the day."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from nbcore.kubernetes.pod_schema import VERSIONS
from nbcore.settings import Settings

WRONG: list[tuple[str, Any, str]] = [
    ("today", "2026-1-1", "a day such as"),
    ("today", "٢٠٢٦-01-01", "a day such as"),
    ("today", "2026-01-01\n", "a day such as"),
    ("kubernetes_version", "1.x", f"one of {VERSIONS[0]} to {VERSIONS[-1]}"),
    ("kubernetes_version", "1.999", f"one of {VERSIONS[0]} to {VERSIONS[-1]}"),
    ("kubernetes_version", None, f"one of {VERSIONS[0]} to {VERSIONS[-1]}"),
    ("pod_security", "strict", "privileged, baseline or restricted"),
    ("pod_security", "restricted:v2.1", "privileged, baseline or restricted"),
    ("pod_security", "", "privileged, baseline or restricted"),
    ("pod_security", ["restricted"], "privileged, baseline or restricted"),
    ("carrier", "job", "'pod', 'rolling', 'on-delete'"),
    ("carrier", {}, "'pod', 'rolling', 'on-delete'"),
    ("compat", "upstream", "'kubeflow'"),
    ("admins", "ada", "a tuple of texts"),
    ("trusted_creators", (1,), "a tuple of texts"),
]
RIGHT: list[dict[str, Any]] = [
    {"today": "2026-01-01"},
    *({"kubernetes_version": version} for version in VERSIONS),
    *(
        {"pod_security": one}
        for one in ("privileged", "baseline:latest", "restricted:v1.29", "baseline:1.30")
    ),
    *({"carrier": one} for one in ("pod", "rolling", "on-delete")),
    {"compat": "kubeflow"},
    {"admins": ("ada", "group:admins"), "cleaners": (), "trusted_creators": ("ui",)},
]


@pytest.mark.parametrize(("name", "value", "allowed"), WRONG)
def test_a_value_that_cannot_be_is_refused_by_name(name: str, value: Any, allowed: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be ") as refused:
        Settings(**{name: value})
    assert allowed in str(refused.value)


@pytest.mark.parametrize("given", RIGHT)
def test_what_is_given_is_kept(given: dict[str, Any]) -> None:
    settings = Settings(**given)
    assert {name: getattr(settings, name) for name in given} == given


def test_a_long_value_is_cut() -> None:
    with pytest.raises(ValueError, match="carrier") as refused:
        Settings(carrier="x" * 10_000)  # type: ignore[arg-type]
    assert len(str(refused.value)) < 200


def test_a_setting_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown"):
        Settings(unknown=1)  # type: ignore[call-arg]


def test_settings_are_frozen_and_comparable() -> None:
    settings = Settings(today="2026-01-01", admins=("ada",))
    with pytest.raises(FrozenInstanceError):
        settings.today = None  # type: ignore[misc]
    same = Settings(today="2026-01-01", admins=("ada",))
    assert settings == same
    assert hash(settings) == hash(same)
    assert settings != Settings(today="2026-01-01")
    assert pickle.loads(pickle.dumps(settings)) == settings


def test_nothing_depends_on_the_day() -> None:
    assert Settings().today is None
    assert Settings().kubernetes_version == VERSIONS[-1]


def test_lists_are_taken_as_tuples() -> None:
    assert Settings(admins=["ada"]) == Settings(admins=("ada",))  # type: ignore[arg-type]
    assert hash(Settings(admins=["ada"])) == hash(Settings(admins=("ada",)))  # type: ignore[arg-type]
