"""The Secrets that a client of Kafka reads, in its own namespace, under the keys that Core 2 and Metronome look for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1
from cryptography.hazmat.primitives import serialization
from pulumi_kubernetes import apiextensions

from components.cluster.certificates import READY
from components.contracts import GivenCertificate, IssuedCertificate, OAuthBearer, Sasl
from components.seldon.kafka import AUTHORITY_SECRET, CLIENT_SECRET, USER_SECRET, authority_secret_name
from components.trust import authority_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

    from components.contracts import KafkaEndpoint

_PKCS1 = "-----BEGIN RSA PRIVATE KEY-----"


def as_pkcs8(private_key: str) -> str:
    """Write an RSA key in the one form that the dataflow engine reads; what is in no other form stays as it is."""
    if _PKCS1 not in private_key:
        return private_key
    key = serialization.load_pem_private_key(private_key.encode(), password=None)
    form, encryption = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


def client_certificate_spec(issued: IssuedCertificate) -> dict[str, Any]:
    """A certificate for a client of Kafka, which is known by its common name.

    The dataflow engine reads RSA keys in PKCS #8 only (Core 2 v2.10.2, scheduler/data-flow, mtls/Provider.kt). Clients
    read certificates when they start, so one lasts a year and its successor is there for the last 90 days of it.
    """
    return {
        "secretName": CLIENT_SECRET,
        "commonName": issued.common_name,
        "duration": "8760h",
        "renewBefore": "2160h",
        "privateKey": {"algorithm": "RSA", "encoding": "PKCS8", "size": 3072, "rotationPolicy": "Always"},
        "usages": ["client auth"],
        "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issued.issuer.name},
    }


def _user(who: Sasl | OAuthBearer) -> Mapping[str, pulumi.Input[str]]:
    if isinstance(who, Sasl):
        return {"username": who.username, "password": pulumi.Output.secret(who.password)}
    return {
        "method": "OIDC",
        "client_id": who.client_id,
        "client_secret": pulumi.Output.secret(who.client_secret),
        "token_endpoint_url": who.token_url,
        "scope": who.scope,
        "extensions": who.extensions,
    }


def _pair(who: GivenCertificate) -> Mapping[str, pulumi.Input[str]]:
    """The chain stands for the issuer too: the brokers are verified against a Secret of their own."""
    key = pulumi.Output.secret(who.private_key).apply(as_pkcs8)
    return {"tls.crt": who.certificate, "tls.key": key, "ca.crt": who.certificate}


def kafka_secrets(
    name: str, kafka: KafkaEndpoint, *, namespace: str, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Make what a client in a namespace needs: who it is, and whom it trusts."""
    opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(kafka.ready)))
    who = kafka.authentication
    if isinstance(who, IssuedCertificate):
        issued_after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(who.issuer.ready)))
        identity: pulumi.Resource = apiextensions.CustomResource(
            f"{name}-{CLIENT_SECRET}",
            api_version="cert-manager.io/v1",
            kind="Certificate",
            metadata=metav1.ObjectMetaArgs(name=CLIENT_SECRET, namespace=namespace, annotations=READY),
            spec=client_certificate_spec(who),
            opts=issued_after,
        )
    else:
        given = isinstance(who, GivenCertificate)
        secret_name = CLIENT_SECRET if given else USER_SECRET
        identity = corev1.Secret(
            f"{name}-{secret_name}",
            metadata=metav1.ObjectMetaArgs(name=secret_name, namespace=namespace),
            string_data=_pair(who) if given else _user(who),
            opts=opts,
        )
    if authority_secret_name(kafka) != AUTHORITY_SECRET:
        return [identity]
    authority = authority_secret(
        f"{name}-{AUTHORITY_SECRET}",
        kafka.trust,
        namespace=namespace,
        secret_name=AUTHORITY_SECRET,
        dns_names=[f"kafka-client.{namespace}.svc"],
        opts=opts,
    )
    return [identity, *([authority] if authority else [])]
