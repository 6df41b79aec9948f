"""What the Enterprise Platform and its request logger read of the data stores: Secrets under the names they expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from components.seldon.catalogue import catalogue_secret
from components.seldon.kafka_secrets import kafka_secrets
from components.seldon.search import SearchCredentials

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import KafkaEndpoint, PlacedIn, PostgresEndpoint, SearchEndpoint


@dataclass(frozen=True, kw_only=True)
class ConnectionsArgs:
    """The stores that there are, and who reads them."""

    platform: PlacedIn
    """Namespace of the Enterprise Platform."""
    logs: PlacedIn | None
    """Namespace of the request logger; None where requests are not logged."""
    postgres: PostgresEndpoint | None
    search: SearchEndpoint | None
    kafka: KafkaEndpoint | None
    """As the user that reads the requests of every runtime."""


class Connections(pulumi.ComponentResource):
    """One Secret per store and reader."""

    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: ConnectionsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:seldon:Connections", name, {}, opts)
        self._name = name
        self.ready = []
        if args.postgres:
            self.ready += catalogue_secret(
                f"{name}-catalogue",
                args.postgres,
                namespace=args.platform.namespace,
                opts=self._after(args.platform),
            )
        if args.logs and args.search:
            places = [args.platform, args.logs]
            search = SearchCredentials(f"{name}-search", args.search, places, self._after(*places))
            self.ready += search.ready
        if args.logs and args.kafka:
            self.ready += kafka_secrets(name, args.kafka, namespace=args.logs.namespace, opts=self._after(args.logs))
        self.register_outputs({})

    def _after(self, *places: PlacedIn) -> pulumi.ResourceOptions:
        ready: Sequence[pulumi.Resource] = [resource for place in places for resource in place.ready]
        return pulumi.ResourceOptions(parent=self, depends_on=ready)
