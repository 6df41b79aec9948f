"""Kafka, which pipelines need: in the cluster or the customer's own. There is no way to speak to it without TLS."""

from dataclasses import replace
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from infra.settings.base import Model
from infra.settings.store_types import BrokerAddress, CaBundle, OAuthExtensions, OAuthText, VolumeGi
from infra.settings.types import Cidr, HttpsUrl, Pem, SecretRef, Username
from infra.sizes import KafkaSize


class NoKafka(Model):
    """No Kafka: models are served, pipelines are off."""

    kind: Literal["none"] = "none"
    """Which Kafka."""


class Strimzi(Model):
    """A Kafka cluster beside the platform, run by Strimzi."""

    kind: Literal["strimzi"]
    """Which Kafka."""
    authentication: Literal["scram", "mtls"] = "scram"
    """How clients prove who they are: a generated password (SCRAM-SHA-512) or client certificates."""
    storage_gi: VolumeGi | None = None
    """Volume per broker, in GiB; from the environment when absent."""

    def resolve(self, default: KafkaSize) -> KafkaSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return default if self.storage_gi is None else replace(default, storage_gi=self.storage_gi)


class KafkaScram(Model):
    """A user with a password, checked by SCRAM-SHA-512: the password itself is not sent."""

    kind: Literal["scram"]
    """How clients prove who they are."""
    username: Username
    """User that may create, write and read Seldon's topics."""
    password: SecretRef
    """Password of that user."""


class KafkaPlain(Model):
    """A user with a password, sent inside TLS (SASL PLAIN), as Event Hubs and Confluent Cloud want it."""

    kind: Literal["plain"]
    """How clients prove who they are."""
    username: Username
    """User that may create, write and read Seldon's topics."""
    password: SecretRef
    """Password of that user."""


class KafkaCertificate(Model):
    """A client certificate that the customer makes and renews."""

    kind: Literal["mtls"]
    """How clients prove who they are."""
    certificate: Pem
    """Certificate with its chain; must be valid today, for use by a client and of an RSA key."""
    private_key: SecretRef
    """Private key of the certificate, PKCS #8 in PEM."""


class KafkaOAuth(Model):
    """Tokens fetched with the OAuth 2.0 client credentials grant (SASL OAUTHBEARER)."""

    kind: Literal["oauthbearer"]
    """How clients prove who they are."""
    client_id: OAuthText
    """Client that may create, write and read Seldon's topics."""
    client_secret: SecretRef
    """Secret of that client."""
    token_url: HttpsUrl
    """Where tokens are fetched; its certificate is signed by a public authority."""
    scope: OAuthText | None = None
    """Scope to ask for."""
    extensions: OAuthExtensions | None = None
    """What the brokers want to be told beside the token."""


KafkaAuthentication: TypeAlias = Annotated[
    KafkaScram | KafkaPlain | KafkaCertificate | KafkaOAuth, Field(discriminator="kind")
]


class ExternalKafka(Model):
    """A Kafka cluster that the customer runs and secures."""

    kind: Literal["external"]
    """Which Kafka."""
    bootstrap: Annotated[tuple[BrokerAddress, ...], Field(min_length=1)]
    """Brokers that clients ask first; they speak TLS."""
    authentication: KafkaAuthentication
    """How clients prove who they are."""
    certificate_authority: CaBundle | None = None
    """Who signed the brokers' certificates; a public authority when absent, required with a client certificate."""
    cidrs: tuple[Cidr, ...] = ()
    """Networks that the brokers are in; their ports are open to any address when empty."""
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 3
    """Copies of every topic that pipelines create."""


Kafka: TypeAlias = Annotated[NoKafka | Strimzi | ExternalKafka, Field(discriminator="kind")]
