"""``nbcore webhook-config``: what it prints, and what it refuses to print."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml

from nbcore.workload.webhook_configuration import Registration, webhook_configurations
from tests.units.cli.program import run

MANAGED = ("--cert-manager", "jackhoman/webhook")


def printed(*arguments: str) -> list[Any]:
    answer = run("webhook-config", *arguments)
    assert answer.code == 0, answer.err
    assert answer.err == ""
    return list(yaml.safe_load_all(answer.out))


def test_both_configurations_are_printed() -> None:
    made = printed(*MANAGED)
    given = Registration(annotations={"cert-manager.io/inject-ca-from": "jackhoman/webhook"})
    assert made == list(webhook_configurations(given))


def test_as_json_they_are_one_list() -> None:
    answer = run("webhook-config", *MANAGED, "-o", "json")
    assert answer.code == 0
    document = json.loads(answer.out)
    assert document["kind"] == "List"
    assert document["items"] == printed(*MANAGED)


def test_the_bundle_is_put_into_every_webhook(tmp_path: Path) -> None:
    pem = trustme.CA().cert_pem.bytes()
    file = tmp_path / "ca.pem"
    file.write_bytes(pem)
    for one in printed("--ca-bundle", str(file)):
        assert {hook["clientConfig"]["caBundle"] for hook in one["webhooks"]} == {
            base64.b64encode(pem).decode()
        }


def test_where_the_webhook_is_can_be_said() -> None:
    for one in printed(
        *MANAGED, "--namespace", "own", "--service", "hook", "--name", "ours", "--timeout", "3"
    ):
        assert one["metadata"]["name"] == "ours"
        for hook in one["webhooks"]:
            service = hook["clientConfig"]["service"]
            assert (service["namespace"], service["name"]) == ("own", "hook")
            assert hook["timeoutSeconds"] == 3
            assert "own" in hook["namespaceSelector"]["matchExpressions"][0]["values"]
    mutating, validating = printed("--url", "https://127.0.0.1:8443")
    assert mutating["webhooks"][0]["clientConfig"] == {"url": "https://127.0.0.1:8443/mutate"}
    assert validating["webhooks"][0]["clientConfig"] == {"url": "https://127.0.0.1:8443/validate"}


def test_the_job_for_certificates_is_named() -> None:
    for one in printed("--certs-job", "jackhoman/webhook-tls"):
        assert one["metadata"]["annotations"] == {"jackhoman.dev/inject-ca-from": "jackhoman/webhook-tls"}


def test_dialects_and_policies_can_be_chosen() -> None:
    policy = "pods.mutate.jackhoman.dev=Fail"
    mutating, validating = printed(*MANAGED, "--dialects", "native", "--failure-policy", policy)
    assert "kubeflow.org" not in json.dumps([mutating, validating])
    policies = {hook["name"]: hook["failurePolicy"] for hook in mutating["webhooks"]}
    assert policies["pods.mutate.jackhoman.dev"] == "Fail"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), "NB823"),
        ((*MANAGED, "--timeout", "10"), "NB807"),
        ((*MANAGED, "--failure-policy", "notebooks.validate.jackhoman.dev=Ignore"), "NB829"),
        (("--url", "http://webhook.example.com"), "NB825"),
    ],
)
def test_what_is_not_safe_is_not_printed(arguments: tuple[str, ...], code: str) -> None:
    answer = run("webhook-config", *arguments, "--format", "concise")
    assert (answer.code, answer.out) == (1, "")
    assert f"[{code}]" in answer.err


def test_a_file_that_is_no_bundle_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text("nothing of the kind")
    answer = run("webhook-config", "--ca-bundle", str(file), "--format", "json")
    assert (answer.code, answer.out) == (1, "")
    assert {one["code"] for one in json.loads(answer.err)["findings"]} == {"NB822"}
    file.write_bytes(b"x" * (1 << 21))
    answer = run("webhook-config", "--ca-bundle", str(file))
    assert answer.code == 2
    assert "smaller than" in answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--failure-policy", "pods.mutate.jackhoman.de=Fail"), "did you mean pods.mutate.jackhoman.dev?"),
        (("--failure-policy", "pods.mutate.jackhoman.dev=fail"), "must be Fail or Ignore"),
        (("--dialects", "native,jupyterhub"), "there is no dialect 'jupyterhub'"),
        (("--cert-manager", "webhook"), "is no NAMESPACE/NAME"),
        (("--cert-manager", "a/b", "--certs-job", "a/b"), "exclude each other"),
        (("--url", "https://a", "--service", "b"), "exclude each other"),
        (("--timeout", "0"), "1<=x<=30"),
        (("--ca-bundle", "nowhere.pem"), "nowhere.pem"),
    ],
)
def test_wrong_calls_are_explained(arguments: tuple[str, ...], words: str) -> None:
    answer = run("webhook-config", *arguments)
    assert answer.code == 2
    assert words in answer.err
    assert answer.out == ""
