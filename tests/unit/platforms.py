"""Whole platforms, recorded from stack files whose secrets are planted values."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import yaml
from recorder import PROJECT, Recording, record

from infra import platform
from infra.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.settings import Settings

STACKS = sorted((Path(__file__).parents[2] / "stacks").glob("Pulumi.*.yaml"))
GOOD = Path(__file__).parents[1] / "data" / "stacks" / "good"
PLATFORM = f"{PROJECT}:platform"


def read(path: Path) -> dict[str, Any]:
    """Read the configuration of a stack file."""
    return cast("dict[str, Any]", yaml.safe_load(path.read_text(encoding="utf-8")))["config"]


def planted(key: str) -> str:
    """Return the value that stands for a secret of the stack."""
    return f"planted-{key.rpartition(':')[2]}"


def secret_keys(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the full keys of the secrets of a stack."""
    return tuple(key for key, value in config.items() if isinstance(value, dict) and "secure" in value)


def record_program(
    config: Mapping[str, Any], program: Callable[[Settings], object], *, preview: bool = False
) -> Recording:
    """Run a program with the settings of a configuration and record it."""
    secrets = secret_keys(config)
    values = {key: planted(key) if key in secrets else json.dumps(value, default=str) for key, value in config.items()}
    return record(lambda: program(load()), preview=preview, config=values, secret_keys=secrets)


def record_platform(config: Mapping[str, Any], *, preview: bool = False) -> Recording:
    """Build the platform of a configuration and record it."""
    return record_program(config, platform.build, preview=preview)


@cache
def one_tenant() -> dict[str, Any]:
    """Return the configuration of the on-premises stack with one runtime, which also has a model, and no stores."""
    config = read(next(path for path in STACKS if "initech" in path.name))
    for part in ("postgres", "search", "objectStore", "kafka", "exemptions", "enterprise", "audit", "applicationLogs"):
        config[PLATFORM].pop(part, None)
    seldon = config[PLATFORM]["seldon"]
    fraud, churn = (runtime for runtime in seldon["runtimes"] if runtime["namespace"] in ("fraud", "churn"))
    model = {"name": "fraud-score", "storageUri": "s3://models/fraud", "requirements": ["sklearn"], "memoryMi": 200}
    fraud.pop("visibility", None)
    seldon["runtimes"] = [{**fraud, "storage": churn["storage"], "models": [model]}]
    used = json.dumps(config[PLATFORM])
    unused = [key for key in secret_keys(config) if f'"{key.rpartition(":")[2]}"' not in used]
    return {key: value for key, value in config.items() if key not in unused}


@cache
def tenant(*, preview: bool = False) -> Recording:
    """Return the recording of the one-tenant platform."""
    return record_platform(one_tenant(), preview=preview)


@cache
def stack(path: Path, *, preview: bool = False) -> Recording:
    """Return the recording of a stack file."""
    return record_platform(read(path), preview=preview)


@cache
def enterprise(kind: Literal["in-cluster", "external", "opensearch"]) -> dict[str, Any]:
    """Return a configuration with the Enterprise Platform and the logs of applications.

    `in-cluster` has every store in the cluster, batch jobs and the request logger with a client of its own; `external`
    has the customer's own stores; `opensearch` has their OpenSearch too, and no logs of applications.
    """
    return read(GOOD / f"enterprise-{kind}.yaml")
