"""The page on application logs says what is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from node_logs_stage import ARGS

from components.cluster.applicationlogs import application_logs_alerts, names
from components.cluster.applicationlogs.admission import POLICY
from components.cluster.applicationlogs.args import IMAGE
from components.cluster.applicationlogs.config import AUDIT_TAG, BUFFER_MI, INDEX_PREFIX, SEARCH_TRIES
from components.cluster.applicationlogs.pods import UID, pod_spec
from components.cluster.search.users import LOG_WRITER_ROLE, roles
from infra.names import NODE_LOGS
from infra.sizes import Environment, sizes_for

PAGE = (Path(__file__).parents[2] / "docs" / "application-logs.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_sizes(environment: Environment) -> None:
    size = sizes_for(environment).log_collector
    (container,) = pod_spec(ARGS)["containers"]
    disk = container["resources"]["limits"]["ephemeral-storage"]
    assert f"| {environment} | {size.cpu_milli}m | {size.memory_mi}Mi | {disk} |" in PAGE


def test_names_ports_and_bounds() -> None:
    assert all(f"`{name}`" in PAGE for name in (IMAGE, NODE_LOGS, POLICY, AUDIT_TAG, f"{INDEX_PREFIX}-*"))
    assert f"| {names.METRICS} |" in PAGE
    assert f"user {UID}" in PAGE
    assert all(f"{size} MiB" in PAGE for size in BUFFER_MI.values())
    assert f"tried {SEARCH_TRIES} times" in PAGE
    assert all(directory in PAGE for directory in (names.LINKS, names.FILES))


def test_rights_and_alerts() -> None:
    (given,) = roles(log_writer=True)[LOG_WRITER_ROLE]["indices"]
    assert f"`{LOG_WRITER_ROLE}`" in PAGE
    assert all(f"`{right}` (" in PAGE for right in given["privileges"])
    (group,) = application_logs_alerts(namespace=NODE_LOGS)["groups"]
    assert [rule["alert"] for rule in group["rules"] if f"`{rule['alert']}`" not in PAGE] == []
