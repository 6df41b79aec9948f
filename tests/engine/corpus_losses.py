"""Changes by which something goes, or seems to: removals, other backends, names, and moves in the program."""

from __future__ import annotations

from typing import Any

from corpus_changes import Change, Source

BEGIN = "-----BEGIN CERTIFICATE-----"


def _without_pricing(platform: dict[str, Any]) -> None:
    platform["seldon"]["runtimes"] = [
        runtime for runtime in platform["seldon"]["runtimes"] if runtime["namespace"] != "pricing"
    ]
    for grants in platform["enterprise"]["access"].values():
        for who, given in grants.items():
            grants[who] = [grant for grant in given if grant["resource"] != "namespace/pricing"]


def _database_outside(platform: dict[str, Any]) -> None:
    chain: str = platform["ingress"]["certificate"]["certificate"]  # the last of it is of an authority
    platform["postgres"] = {
        "kind": "external",
        "host": "pg-seldon.initech.example",
        "version": "15",
        "username": "seldon",
        "password": {"secret": "registryPassword"},
        "certificateAuthority": BEGIN + chain.rpartition(BEGIN)[2],
        "cidrs": ["10.20.8.0/24"],
    }


RENAMED = Source(
    path="infra/stores/postgres.py",
    old='Postgres("postgres", args, site.opts)',
    new='Postgres("database", args, site.opts)',
)
ALIASED = Source(
    path="infra/stores/postgres.py",
    old='Postgres("postgres", args, site.opts)',
    new='Postgres(\n        "database",\n        args,\n        pulumi.ResourceOptions.merge('
    'site.opts, pulumi.ResourceOptions(aliases=[pulumi.Alias(name="postgres")])),\n    )',
)
IMPORTED = Source(path="infra/stores/postgres.py", old="if TYPE_CHECKING:", new="import pulumi\n\nif TYPE_CHECKING:")

LOSSES = (
    Change(
        name="a runtime goes",
        platform=_without_pricing,
        finds={"pricing": "data-loss", "ingress-gateway-hosts": "interruption", "ingress-models": "change"},
        may_find={
            "runtime-pricing": "interruption",
            "kafka-pricing-password": "interruption",
            "kafka-kafkauser-pricing": "interruption",
            "workflows-pricing-controller": "interruption",
        },
    ),
    Change(
        name="the database moves out of the cluster",
        platform=_database_outside,
        finds={"postgres": "data-loss", "network-catalogue-catalogue-postgres-out": "exposure"},
        may_find={
            "network-catalogue-catalogue-postgres-in": "exposure",
            "connections-catalogue-authority": "interruption",
        },
    ),
)
"""The engine refuses what is protected; what it came to is reviewed all the same."""

RENAME = (Change(name="the component of Postgres is renamed", sources=(RENAMED,), finds={"postgres": "data-loss"}),)

MOVES = (
    Change(
        name="the component of Postgres is renamed with an alias",
        sources=(IMPORTED, ALIASED),
        finds={"database": "no-op"},
    ),
    Change(
        name="a component gets another type with an alias",
        sources=(
            Source(
                path="components/cluster/priority.py",
                old='super().__init__("seldon-platform:cluster:Priority", name, {}, opts)',
                new='old = pulumi.ResourceOptions(aliases=[pulumi.Alias(type_="seldon-platform:cluster:Priority")])\n'
                "        opts = pulumi.ResourceOptions.merge(opts, old)\n"
                '        super().__init__("seldon-platform:core:Priority", name, {}, opts)',
            ),
        ),
        finds={"priority": "no-op"},
    ),
    Change(
        name="a function moves to another module",
        sources=(
            Source(
                path="components/cluster/kafka/rights.py",
                old="def watch_rules() -> list[Rule]:",
                new="def _watch() -> list[Rule]:",
            ),
            Source(
                path="components/cluster/kafka/rights.py",
                old="def operator_rules() -> list[Rule]:",
                new="watch_rules = _watch\n\n\ndef operator_rules() -> list[Rule]:",
            ),
        ),
        finds={},
    ),
)
"""The program changes and the platform stays."""
