"""A Kafka cluster that the customer runs."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from kafka_endpoints import client_certificate

from components.cluster.network import OUTSIDE
from components.contracts import (
    Addresses,
    GivenAuthority,
    GivenCertificate,
    KafkaAuthentication,
    PublicAuthorities,
    Sasl,
)
from components.external.kafka import ExternalKafka, external_kafka

USER = Sasl(mechanism="PLAIN", username="seldon", password="s3cret")


def given(
    authentication: KafkaAuthentication = USER,
    *,
    authority: str | None = "pem of the authority",
    bootstrap: tuple[str, ...] = ("kafka-0.acme.example:9093", "kafka-1.acme.example:9093"),
    cidrs: tuple[str, ...] = (),
) -> ExternalKafka:
    return ExternalKafka(
        bootstrap=bootstrap,
        authentication=authentication,
        certificate_authority=authority,
        cidrs=cidrs,
        replication_factor=3,
        partitions=4,
    )


def test_what_the_customer_says_is_what_clients_are_told() -> None:
    endpoint = external_kafka(given())
    assert endpoint.bootstrap == "kafka-0.acme.example:9093,kafka-1.acme.example:9093"
    assert endpoint.authentication is USER
    assert endpoint.trust == GivenAuthority(certificate="pem of the authority")
    assert (endpoint.replication_factor, endpoint.partitions, list(endpoint.ready)) == (3, 4, [])


def test_without_an_authority_the_public_ones_count() -> None:
    assert external_kafka(given(authority=None)).trust == PublicAuthorities()


@pytest.mark.parametrize(
    ("bootstrap", "ports"),
    [
        (("a.acme.example:9093",), [9093]),
        (("a.acme.example:9096", "b.acme.example:9094", "c.acme.example:9096"), [9094, 9096]),
    ],
)
def test_the_ports_of_all_brokers_are_opened(bootstrap: tuple[str, ...], ports: list[int]) -> None:
    assert external_kafka(given(bootstrap=bootstrap)).ports == ports


def test_networks_that_are_known_are_the_only_ones() -> None:
    assert external_kafka(given(cidrs=("10.1.0.0/24",))).reached_at == Addresses(cidrs=("10.1.0.0/24",))
    assert external_kafka(given()).reached_at == OUTSIDE


def rsa_certificate() -> GivenCertificate:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return GivenCertificate(certificate=client_certificate(key), private_key="s3cret")


def test_a_client_certificate_with_an_rsa_key() -> None:
    certificate = rsa_certificate()
    assert external_kafka(given(certificate)).authentication is certificate


def test_a_client_certificate_needs_the_brokers_authority() -> None:
    with pytest.raises(ValueError, match="needs the authority of the brokers as well"):
        external_kafka(given(rsa_certificate(), authority=None))


def test_a_client_certificate_of_another_algorithm_is_refused() -> None:
    certificate = client_certificate(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(ValueError, match="has no RSA key"):
        external_kafka(given(GivenCertificate(certificate=certificate, private_key="s3cret")))
