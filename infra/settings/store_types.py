"""Scalar types of the stores and of Kafka: what each takes, once as a rule and once in words."""

import re
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, StringConstraints

from infra.settings.base import Allowed, Hidden

_LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_HOST = rf"({_LABEL}\.)+[a-z]([-a-z0-9]{{0,61}}[a-z0-9])?"
_PORT = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_LONGEST_HOST = 253
_IMAGE = (
    rf"^{_LABEL}(\.{_LABEL})*(:{_PORT})?(/[a-z0-9]+((\.|_{{1,2}}|-+)[a-z0-9]+)*)+"
    r"(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?$"
)
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_RESERVED_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_BUCKET_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def _bucket(value: str) -> str:
    """Refuse what the pattern cannot: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html."""
    if ".." in value or _ADDRESS.fullmatch(value):
        raise ValueError("not a bucket name")
    if value.startswith(_RESERVED_BUCKET_PREFIXES) or value.endswith(_RESERVED_BUCKET_SUFFIXES):
        raise ValueError("a reserved bucket name")
    return value


def _full_image(value: str) -> str:
    host, _, path = value.partition("/")
    tag = path.partition("@")[0].partition(":")[2]
    if "." not in host and ":" not in host:
        raise ValueError("no registry host")
    if tag == "latest" or (not tag and "@" not in path):
        raise ValueError("names no fixed image")
    return value


EndpointHost: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^{_HOST}$", max_length=_LONGEST_HOST),
    Allowed(
        "a full DNS name in lower case, no port, scheme or address (its certificate is verified by this name), such as "
        "db.initech.example"
    ),
]
HttpsOrigin: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^https://{_HOST}(:{_PORT})?$", max_length=_LONGEST_HOST + 14),
    Allowed(
        "https://<host> or https://<host>:<port>, the host a full DNS name, such as https://store.initech.example:9200"
    ),
]
BrokerAddress: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=rf"^{_HOST}:{_PORT}$", max_length=_LONGEST_HOST + 6),
    Allowed(
        "<host>:<port>, the host a full DNS name, without a protocol (it is always TLS), such as "
        "kafka.initech.example:9093"
    ),
]
CaBundle: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\s*-----BEGIN CERTIFICATE-----"),
    Hidden(),
    Allowed("PEM text of the X.509 CA certificates, root and intermediates, starting with -----BEGIN CERTIFICATE-----"),
]
ImageReference: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=_IMAGE, max_length=512),
    AfterValidator(_full_image),
    Allowed(
        "<registry>/<path> with a tag that is not latest, a digest or both, such as "
        "registry.initech.example/mirror/app:1.2.3"
    ),
]
BucketName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    AfterValidator(_bucket),
    Allowed(
        "a bucket name by the rules of S3: 3 to 63 lower-case letters, digits, dashes and single dots, not like an "
        "address and without S3's reserved beginnings and endings, such as initech-seldon-models"
    ),
]
DatabaseName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z_][a-z0-9_-]{0,62}$"),
    Allowed("a database name of at most 63 lower-case letters, digits, dashes and underscores, such as metadata"),
]
PostgresVersion: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^1[0-5]$"),
    Allowed('the major version of PostgreSQL in quotes, "10" to "15": no other is supported by Seldon'),
]
SearchVersion: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{1,2}\.[0-9]{1,2}(\.[0-9]{1,3})?$"),
    Allowed('the version of the server in quotes, such as "7.17"'),
]
OAuthText: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\S(.*\S)?$", max_length=1024),
    Allowed("text of 1 to 1024 characters without spaces around it"),
]
OAuthExtensions: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z]+=[^,\s]+(,[A-Za-z]+=[^,\s]+)*$", max_length=1024),
    Allowed("<key>=<value>, several with commas between, such as logicalCluster=lkc-1,identityPoolId=pool-1"),
]
RetentionDays: TypeAlias = Annotated[int, Field(ge=1, le=3653)]
VolumeGi: TypeAlias = Annotated[int, Field(ge=1, le=16_384)]
