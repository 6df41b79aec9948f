"""The page on the object store says what is made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from objectstore_stage import BIG, MINIO

from components.charts import pins
from components.cluster.objectstore import object_store_flows, seaweedfs
from components.cluster.objectstore.engine import s3_host
from components.cluster.objectstore.rights import DELETE, NONCURRENT_DAYS, PEOPLE, READ, USERS, WRITE, StoreUser
from components.cluster.objectstore.store import keys_secret
from components.contracts import Pods
from infra import names
from infra.sizes import sizes_for

if TYPE_CHECKING:
    from components.cluster.objectstore import Engine
    from infra.sizes import Environment

PAGE = (Path(__file__).parents[2] / "docs" / "object-store.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ["development", "staging", "production"])
def test_sizes(environment: Environment) -> None:
    size = sizes_for(environment).object_store
    workloads = (size.master, size.volume, size.filer, size.gateway, size.minio)
    days = f"{size.audit_retention_days} day{'s' if size.audit_retention_days > 1 else ''}"
    cells = [environment, *(workload.replicas for workload in workloads), f"{size.storage_gi}Gi", days]
    assert f"| {' | '.join(str(cell) for cell in cells)} |" in PAGE


def _may(user: StoreUser) -> str:
    done = {
        "list": "s3:ListBucket" in user.bucket_actions,
        "read": {*READ} <= {*user.object_actions},
        "write": "s3:PutObject" in {*WRITE} & {*user.object_actions},
        "hide": {*DELETE} <= {*user.object_actions},
    }
    return ", ".join(word for word, so in done.items() if so)


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.name)
def test_users_and_what_they_may(user: StoreUser) -> None:
    assert f"| `seldon-{user.purpose}` | `{user.name}` | {_may(user)} |" in PAGE


@pytest.mark.parametrize("user", PEOPLE, ids=lambda user: user.name)
def test_where_people_find_their_keys(user: StoreUser) -> None:
    assert f"| people: Secret `{keys_secret(user)}` |" in PAGE


def test_versions_days_and_names() -> None:
    assert f"removed after {NONCURRENT_DAYS} days" in PAGE
    assert f"SeaweedFS {pins()['seaweedfs'].app_version}" in PAGE
    assert f"https://{s3_host(BIG, names.OBJECT_STORE)}:{seaweedfs.S3}" in PAGE


@pytest.mark.parametrize("engine", [BIG, MINIO], ids=["seaweedfs", "minio"])
def test_every_port_with_a_way_in_is_named(engine: Engine) -> None:
    ways = PAGE.partition("## Ways in")[2].partition("There is no way in")[0]
    flows = object_store_flows(engine, namespace=names.OBJECT_STORE, prometheus=Pods(namespace="watch"))
    assert [port for flow in flows for port in flow.ports if str(port) not in ways] == []
