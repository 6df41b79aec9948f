"""Kafka as its clients meet it: an endpoint for each way to prove who they are, and certificates to do it with."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pulumi
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from components.contracts import (
    Addresses,
    GivenAuthority,
    GivenCertificate,
    IssuedCertificate,
    IssuerRef,
    KafkaEndpoint,
    OAuthBearer,
    PlatformAuthority,
    PublicAuthorities,
    Sasl,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    from components.contracts import KafkaAuthentication, Trust

OURS = IssuerRef(name="own-issuer", ready=())
BROKERS = Addresses(cidrs=["10.30.0.0/24"])
TOKENS = "https://login.acme.example:8443/oauth/token"
GIVEN = GivenAuthority(certificate="pem of the brokers' authority")


def secret(value: str) -> pulumi.Output[str]:
    """Return a value as a stack's secret."""
    return pulumi.Output.secret(value)


def who(kind: str) -> KafkaAuthentication:
    """Return a client of each kind; call it inside of a program, which secrets need."""
    if kind == "issued":
        return IssuedCertificate(issuer=OURS, common_name="fraud")
    if kind == "given":
        return GivenCertificate(certificate="pem of the client", private_key=secret("s3cret-key"))
    if kind == "oauth":
        return OAuthBearer(client_id="seldon", client_secret=secret("s3cret"), token_url=TOKENS, extensions="a=b")
    mechanism = "PLAIN" if kind == "plain" else "SCRAM-SHA-512"
    return Sasl(mechanism=mechanism, username="fraud", password=secret("s3cret"))


KINDS = ("scram", "plain", "given", "issued", "oauth")


def endpoint(kind: str, trust: Trust = GIVEN, *, ready: Sequence[pulumi.Resource] = ()) -> KafkaEndpoint:
    """Return Kafka for a client of a kind."""
    return KafkaEndpoint(
        bootstrap="kafka.acme.example:9093",
        authentication=who(kind),
        trust=trust,
        replication_factor=3,
        partitions=4,
        reached_at=BROKERS,
        ports=[9093],
        ready=ready,
    )


OUR_TRUST = PlatformAuthority(issuer=OURS)
PUBLIC = PublicAuthorities()


def client_certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """Return a certificate of a key, PEM."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "seldon")])
    now = datetime.now(timezone.utc)
    built = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now,
        not_valid_after=now + timedelta(days=1),
    ).sign(key, hashes.SHA256())
    return built.public_bytes(serialization.Encoding.PEM).decode()
