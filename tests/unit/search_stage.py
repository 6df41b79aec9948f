"""Elasticsearch on a stage, with the arguments that its tests share."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
from component_stage import CHARTS, ONE, REGISTRY, THREE, perform

from components.cluster.search.args import SearchArgs
from components.cluster.search.component import Search
from components.contracts import Bucket, GivenAuthority, IssuerRef, PlacedIn, PlatformAuthority, Pods, StaticKeys
from components.sources import Sources

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

SECRET_KEY = "planted-secret-key"
STORE = Pods(namespace="seldon-storage", labels={"app": "store"})
AUTHORITY = IssuerRef(name="platform-authority", ready=[])
BUCKET = Bucket(
    purpose="backups",
    name="acme-backups",
    endpoint="https://s3.seldon-storage.svc.cluster.local:8333",
    region="eu-1",
    provider="SeaweedFS",
    access=StaticKeys(access_key_id="AKIAACME", secret_access_key=SECRET_KEY),
    trust=PlatformAuthority(issuer=AUTHORITY),
    reached_at=STORE,
    port=8333,
    ready=[],
)
GIVEN = GivenAuthority(certificate="-----BEGIN CERTIFICATE-----\nacme\n-----END CERTIFICATE-----\n")
ARGS = SearchArgs(
    sources=Sources(charts=CHARTS, registry=REGISTRY, pull_secret="image-pull"),
    operator=PlacedIn(namespace="elastic-system", ready=[]),
    placed=PlacedIn(namespace="seldon-logs", ready=[]),
    authority=AUTHORITY,
    image="registry.acme.example/elastic/elasticsearch:7.17.29-s3",
    size=THREE,
    operator_size=ONE,
    storage_gi=200,
    storage_class="fast",
    backups=BUCKET,
    snapshot_retention_days=30,
)


def made(*, preview: bool = False, **changed: Any) -> tuple[Recording, Search]:
    """Record Elasticsearch with some arguments changed."""
    kept: list[Search] = []

    def make(stage: Stage) -> None:
        args = replace(ARGS, **changed)
        secret = pulumi.Output.secret(SECRET_KEY)
        keys = StaticKeys(access_key_id="AKIAACME", secret_access_key=secret)
        args = replace(
            args,
            operator=stage.place("elastic-system"),
            placed=stage.place("seldon-logs"),
            authority=stage.issuer("platform-authority"),
            backups=replace(args.backups, access=keys, ready=[stage.prop("bucket")]),
            depends_on=[stage.prop("flows")],
        )
        kept.append(Search("search", args, stage.opts))

    return perform(make, preview=preview), kept[0]
