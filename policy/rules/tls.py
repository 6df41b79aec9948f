"""TLS floors of what speaks TLS, and keys that are long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.pods import kind
from policy.tree import items, mapping, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.model import Facts, Resource
    from policy.tree import Tree

_VERSIONS = ("TLSV1_2", "TLSV1_3")
_SMALLEST = {"RSA": 2048, "ECDSA": 256}
_DEFAULT_SIZE = {"RSA": 2048, "ECDSA": 256}
"""What cert-manager takes when it is told none (https://cert-manager.io/docs/reference/api-docs)."""


def tls_floor(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield what would be spoken in the clear, or below TLS 1.2."""
    del facts
    judge = _BY_KIND.get(kind(resource))
    if judge:
        yield from judge(resource.spec)


def _gateway(spec: Tree) -> Iterator[str]:
    for server in items(spec, "servers"):
        protocol, tls = value(server, "port", "protocol"), mapping(server, "tls")
        if protocol == "HTTPS" and tls.get("minProtocolVersion") not in _VERSIONS:
            yield f"tls.minProtocolVersion is {tls.get('minProtocolVersion')}, must be TLSV1_2 or TLSV1_3"
        if protocol == "HTTP" and tls.get("httpsRedirect") is not True:
            yield f"tls.httpsRedirect of a server for HTTP is {tls.get('httpsRedirect')}, must be true"


def _peers(spec: Tree) -> Iterator[str]:
    mode = value(spec, "mtls", "mode")
    if mode != "STRICT":
        yield f"spec.mtls.mode is {mode}, must be STRICT"


def _destination(spec: Tree) -> Iterator[str]:
    mode = value(spec, "trafficPolicy", "tls", "mode")
    if mode not in ("SIMPLE", "MUTUAL", "ISTIO_MUTUAL"):
        yield f"spec.trafficPolicy.tls.mode is {mode}, must be SIMPLE, MUTUAL or ISTIO_MUTUAL"


def _kafka(spec: Tree) -> Iterator[str]:
    for listener in items(spec, "kafka", "listeners"):
        if listener.get("tls") is not True:
            yield f"listener {listener.get('name')}: tls is {listener.get('tls')}, must be true"
        if not listener.get("authentication"):
            yield f"listener {listener.get('name')}: no authentication"


def _elasticsearch(spec: Tree) -> Iterator[str]:
    tls = mapping(spec, "http", "tls")
    if value(tls, "selfSignedCertificate", "disabled") and not tls.get("certificate"):
        yield "spec.http.tls has no certificate and its own is off: plain HTTP"


def _certificate(spec: Tree) -> Iterator[str]:
    algorithm = str(value(spec, "privateKey", "algorithm") or "RSA")
    size = value(spec, "privateKey", "size") or _DEFAULT_SIZE.get(algorithm)
    if algorithm in _SMALLEST and isinstance(size, int) and size < _SMALLEST[algorithm]:
        yield f"spec.privateKey.size is {size}, must be at least {_SMALLEST[algorithm]} for {algorithm}"


_BY_KIND = {
    "Certificate": _certificate,
    "DestinationRule": _destination,
    "Elasticsearch": _elasticsearch,
    "Gateway": _gateway,
    "Kafka": _kafka,
    "PeerAuthentication": _peers,
}
