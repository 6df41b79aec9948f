"""A Kafka cluster that the customer runs; it speaks TLS, and knows its clients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from components.contracts import GivenCertificate, KafkaEndpoint
from components.external.outside import reached_at, trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import KafkaAuthentication


@dataclass(frozen=True, kw_only=True)
class ExternalKafka:
    """What the customer says about the cluster."""

    bootstrap: Sequence[str]
    """`<host>:<port>` of the brokers that clients ask first."""
    authentication: KafkaAuthentication
    certificate_authority: str | None
    """PEM; None when the brokers are signed by an authority that clients know."""
    cidrs: Sequence[str]
    """Networks that the brokers are in; empty when they are not known."""
    replication_factor: int
    partitions: int
    """Of the topics that pipelines create; more replicas of a gateway than that have nothing to do."""


def has_rsa_key(pem: str) -> bool:
    """Say whether the first of the certificates (PEM) has an RSA key; it must be readable."""
    return isinstance(x509.load_pem_x509_certificates(pem.encode())[0].public_key(), RSAPublicKey)


def _check_certificate(given: ExternalKafka, pem: str) -> None:
    if not given.certificate_authority:
        raise ValueError(
            "Kafka: a client certificate needs the authority of the brokers as well; "
            "without it, Core 2 verifies the brokers against the client's own issuer"
        )
    if not has_rsa_key(pem):
        raise ValueError("Kafka: the client certificate has no RSA key; Core 2's dataflow engine reads no other")


def external_kafka(given: ExternalKafka) -> KafkaEndpoint:
    """Return the endpoint of a cluster that is there already; every client is the same user there.

    Without `cidrs` clients may reach the brokers' ports at any address but those where clouds keep credentials.

    Raises:
        ValueError: a client certificate that Core 2 2.10 cannot use (components/tls/pkg/config/auth.go and
            scheduler/data-flow, mtls/Provider.kt).
    """
    who = given.authentication
    if isinstance(who, GivenCertificate):
        _check_certificate(given, who.certificate)
    return KafkaEndpoint(
        bootstrap=",".join(given.bootstrap),
        authentication=who,
        trust=trust(given.certificate_authority),
        replication_factor=given.replication_factor,
        partitions=given.partitions,
        reached_at=reached_at(given.cidrs),
        ports=sorted({int(address.rpartition(":")[2]) for address in given.bootstrap}),
        ready=(),
    )
