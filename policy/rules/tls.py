"""TLS floors of what speaks TLS, and keys that are long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.pods import kind
from policy.tree import items, mapping, value, words

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
        if protocol == "HTTPS" and value(tls, "minProtocolVersion") not in _VERSIONS:
            yield f"tls.minProtocolVersion is {value(tls, 'minProtocolVersion')}, must be TLSV1_2 or TLSV1_3"
        if protocol not in ("HTTPS", "HTTP"):
            yield f"port.protocol is {protocol}, must be HTTPS, or HTTP that redirects"
        if protocol == "HTTP" and value(tls, "httpsRedirect") is not True:
            yield f"tls.httpsRedirect of a server for HTTP is {value(tls, 'httpsRedirect')}, must be true"


def _peers(spec: Tree) -> Iterator[str]:
    mode = value(spec, "mtls", "mode")
    if mode != "STRICT":
        yield f"spec.mtls.mode is {mode}, must be STRICT"
    for port, each in mapping(spec, "portLevelMtls").items():
        if value(each, "mode") != "STRICT":
            yield f"spec.portLevelMtls.{port}.mode is {value(each, 'mode')}, must be STRICT"


def _destination(spec: Tree) -> Iterator[str]:
    policy = mapping(spec, "trafficPolicy")
    for where in [policy, *items(policy, "portLevelSettings")]:
        mode = value(where, "tls", "mode")
        if mode not in ("SIMPLE", "MUTUAL", "ISTIO_MUTUAL"):
            yield f"spec.trafficPolicy: tls.mode is {mode}, must be SIMPLE, MUTUAL or ISTIO_MUTUAL"
        if value(where, "tls", "insecureSkipVerify"):
            yield "spec.trafficPolicy: tls.insecureSkipVerify is true, must be false"


def _postgres(spec: Tree) -> Iterator[str]:
    for line in words(spec, "postgresql", "pg_hba"):
        if line.split()[:1] in (["host"], ["hostnossl"]) and "reject" not in line.split():
            yield f"spec.postgresql.pg_hba lets in without TLS ({line}), must say hostssl"
    lowest = value(spec, "postgresql", "parameters", "ssl_min_protocol_version") or "TLSv1.2"
    if lowest not in ("TLSv1.2", "TLSv1.3"):
        yield f"ssl_min_protocol_version is {lowest}, must be TLSv1.2 or TLSv1.3"


def _kafka(spec: Tree) -> Iterator[str]:
    for listener in items(spec, "kafka", "listeners"):
        if value(listener, "tls") is not True:
            yield f"listener {value(listener, 'name')}: tls is {value(listener, 'tls')}, must be true"
        if not value(listener, "authentication"):
            yield f"listener {value(listener, 'name')}: no authentication"


def _elasticsearch(spec: Tree) -> Iterator[str]:
    tls = mapping(spec, "http", "tls")
    if value(tls, "selfSignedCertificate", "disabled") and not value(tls, "certificate"):
        yield "spec.http.tls has no certificate and its own is off: plain HTTP"


def _certificate(spec: Tree) -> Iterator[str]:
    algorithm = str(value(spec, "privateKey", "algorithm") or "RSA")
    size = value(spec, "privateKey", "size") or _DEFAULT_SIZE.get(algorithm)
    if algorithm in _SMALLEST and isinstance(size, int) and size < _SMALLEST[algorithm]:
        yield f"spec.privateKey.size is {size}, must be at least {_SMALLEST[algorithm]} for {algorithm}"


_BY_KIND = {
    "Certificate": _certificate,
    "Cluster": _postgres,
    "DestinationRule": _destination,
    "Elasticsearch": _elasticsearch,
    "Gateway": _gateway,
    "Kafka": _kafka,
    "PeerAuthentication": _peers,
}
