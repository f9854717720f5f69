"""Settings: strict, frozen, and without any default that depends on the day."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from nbcore.settings import Settings


@pytest.mark.parametrize(
    "wrong",
    [
        {"today": "2026-1-1"},
        {"kubernetes_version": "1.x"},
        {"carrier": "job"},
        {"unknown": 1},
        {"today": "٢٠٢٦-01-01"},
    ],
)
def test_what_does_not_exist_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(wrong)


def test_settings_are_frozen_and_comparable() -> None:
    settings = Settings(today="2026-01-01", admins=("ada",))
    with pytest.raises(ValidationError):
        settings.today = None  # type: ignore[misc]
    assert settings == Settings(today="2026-01-01", admins=("ada",))
    assert Settings().today is None
