"""docs/webhook.md names every flag, metric and reason, and none that is not there."""

from __future__ import annotations

import re

import pytest
from prometheus_client import generate_latest

from tests.webhook.harness import KINDS, Held, in_loop, running
from webhook import metrics
from webhook.certs import certs
from webhook.directory import DirectoryKinds, figures
from webhook.main import cli

TEXT = (KINDS.parent / "docs" / "webhook.md").read_text()
FLAGS = {
    option
    for command in (cli, certs)
    for parameter in command.params
    if not getattr(parameter, "hidden", False)
    for option in parameter.opts
}


def test_every_flag_of_the_server_is_documented() -> None:
    known = {option for one in cli.params if not getattr(one, "hidden", False) for option in one.opts}
    ours = re.sub(r"^python -m tests.*$", "", TEXT, flags=re.MULTILINE)
    named = set(re.findall(r"--[a-z][a-z-]+", ours))
    assert known - {"--help", "--version"} <= named
    assert named <= FLAGS


@in_loop
async def test_every_metric_is_documented() -> None:
    async with running(Held()) as server:
        text = (await server.health("/metrics"))[1]
        held = [one.name for one in figures(DirectoryKinds(KINDS))]
    shown = {*re.findall(r"^# TYPE (nbcore_\w+)", text, re.MULTILINE), *held}
    named = set(re.findall(r"`(nbcore_\w+)`", TEXT))
    watched = {name for name in named if name.startswith("nbcore_kinds_")} - set(held)
    assert {one for one in shown if not one.endswith("_created")} == named - watched
    source = (KINDS.parent / "webhook" / "watch_figures.py").read_text()
    made = re.findall(r'_(gauge|counter)\(\s*"(\w+)"', source)
    assert {f"nbcore_kinds_{name}{'_total' * (kind == 'counter')}" for kind, name in made} - set(
        held
    ) == watched


@pytest.mark.parametrize("reason", metrics.REFUSALS)
def test_every_reason_is_documented(reason: str) -> None:
    assert f"`{reason}`" in TEXT


def test_a_registry_can_be_shown_before_anything_happened() -> None:
    assert b"nbcore_webhook_build_info" in generate_latest(metrics.Metrics().registry)
