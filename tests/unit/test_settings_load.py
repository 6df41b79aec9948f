"""The one reader of configuration: secrets, keys and what it says when there is nothing to read."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from settings_stacks import DATA, PREFIX, TODAY, configure, read

from infra.settings import Settings, SettingsError, load
from infra.settings.ingress import PrivateCa
from infra.sizes import sizes_for

if TYPE_CHECKING:
    from pathlib import Path

MINIMAL = DATA / "good" / "minimal.yaml"
FULL = DATA / "good" / "private-ca-and-stores.yaml"


def config_of(path: Path) -> dict[str, Any]:
    config: dict[str, Any] = read(path)["config"]
    return config


def loaded(path: Path) -> Settings:
    return load(configure(config_of(path)), today=TODAY)


def refused(config: dict[str, Any]) -> str:
    guarded = {"pulumi:disable-default-providers": ["*"], **config}
    with pytest.raises(SettingsError) as caught:
        load(configure(guarded), today=TODAY)
    return str(caught.value)


def test_a_secret_comes_out_as_a_secret_output() -> None:
    settings = loaded(FULL)
    certificate = settings.platform.ingress.certificate
    assert isinstance(certificate, PrivateCa)
    assert certificate.private_key is not None
    reference = certificate.private_key

    async def secret() -> bool:
        return await settings.secret(reference).is_secret()

    assert asyncio.run(secret())


def test_a_secret_is_not_part_of_the_settings() -> None:
    config = config_of(FULL)
    configure(config)
    assert "AAAAAAAA" not in repr(loaded(FULL))


def test_nothing_configured() -> None:
    assert "platform: missing; allowed: a mapping under config, seldon-platform:platform" in refused({})


def test_text_for_the_platform() -> None:
    message = refused({f"{PREFIX}platform": "hunter2: ["})
    assert "platform: text has the wrong type; allowed: a mapping" in message
    assert "hunter2" not in message


def test_the_message_names_the_stack() -> None:
    assert refused({}).startswith(f"stack {pulumi.get_stack()}: 1 problem in its settings; nothing was changed\n")


def test_other_namespaces_of_the_configuration_are_left_alone() -> None:
    config = {**config_of(MINIMAL), "aws:region": "eu-central-1", "seldon-platform-of-others:key": "x"}
    assert load(configure(config), today=TODAY).platform.customer == "acme"


@pytest.mark.parametrize(
    ("guard", "message"),
    [({}, "missing"), ({"pulumi:disable-default-providers": ["aws"]}, '["aws"] is not allowed')],
)
def test_default_providers_must_be_disabled(guard: dict[str, Any], message: str) -> None:
    config = config_of(MINIMAL)
    del config["pulumi:disable-default-providers"]
    with pytest.raises(SettingsError) as caught:
        load(configure({**config, **guard}), today=TODAY)
    (problem,) = caught.value.problems
    assert str(problem).startswith("pulumi:disable-default-providers: ")
    assert message in str(problem)
    assert 'allowed: ["*"]' in str(problem)


def test_expiry_is_judged_by_the_day_given() -> None:
    config = configure(config_of(FULL))
    load(config, today=TODAY)
    with pytest.raises(SettingsError, match="2026-06-01 is past, the exemption has expired"):
        load(config, today=date(2026, 6, 2))


def test_without_a_day_it_is_today() -> None:
    with pytest.raises(SettingsError, match="the exemption has expired"):
        load(configure(config_of(FULL)))


def test_the_stack_file_goes_before_the_environment() -> None:
    settings = loaded(FULL)
    default = sizes_for("production")
    (runtime,) = settings.platform.seldon.runtimes
    triton = settings.servers(runtime)["triton"]
    assert (triton.replicas, triton.memory_gi, triton.cpu_milli) == (2, 16, default.server.cpu_milli)
    assert settings.prometheus.storage_gi == 50
    assert settings.prometheus.retention_days == default.prometheus.retention_days
    assert settings.model_volume_gi == default.model_volume_gi


def test_a_server_that_is_null_is_off() -> None:
    (runtime,) = loaded(FULL).platform.seldon.runtimes
    assert list(runtime.enabled_servers) == ["triton"]
    (runtime,) = loaded(MINIMAL).platform.seldon.runtimes
    assert list(runtime.enabled_servers) == ["mlserver"]
