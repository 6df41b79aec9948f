"""Connections of the edge that only some stacks need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.cluster.network import OUTSIDE, Flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.flows import PlatformMap
    from components.contracts import Endpoint


@dataclass(frozen=True, kw_only=True)
class KeyServers:
    """Where the keys that verify tokens are fetched from, over HTTPS."""

    ports: Sequence[int]
    reached_at: Endpoint = OUTSIDE


def key_flows(place: PlatformMap, servers: KeyServers) -> list[Flow]:
    """Let istiod, which hands the keys to the gateway, fetch them."""
    return [
        Flow(
            name="signing-keys",
            source=place.istiod,
            target=servers.reached_at,
            ports=servers.ports,
            why="keys that verify the tokens of callers",
        )
    ]
