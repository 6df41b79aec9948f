"""Resources of the clouds lose what guards them: inputs that say public access, encryption, TLS, rotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from review.model import Risk, Value
from review.rules.base import Rule, ranked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_DATABASES = ("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance")
_SEARCH = ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
_BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
_SQL = "gcp:sql/databaseInstance:DatabaseInstance"
_BUCKET = "gcp:storage/bucket:Bucket"
_MSK = "aws:msk/cluster:Cluster"
_EKS = "aws:eks/cluster:Cluster"
Scalar: TypeAlias = "str | bool"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """An input that guards a resource as long as it has one of the strong values, the weakest first."""

    types: tuple[str, ...]
    path: str
    strong: tuple[Scalar, ...]
    what: str


GUARDS = (
    *(
        Guard(types=(_BLOCK,), path=name, strong=(True,), what="lets the bucket be opened to the public")
        for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    ),
    Guard(types=_DATABASES, path="publiclyAccessible", strong=(False,), what="gets an address on the Internet"),
    Guard(types=_DATABASES, path="storageEncrypted", strong=(True,), what="stores its data unencrypted"),
    Guard(
        types=("aws:rds/cluster:Cluster",), path="storageEncrypted", strong=(True,), what="stores its data unencrypted"
    ),
    Guard(
        types=("aws:rds/instance:Instance", "aws:rds/cluster:Cluster"),
        path="iamDatabaseAuthenticationEnabled",
        strong=(True,),
        what="takes no identities of the cloud as users",
    ),
    Guard(types=_SEARCH, path="encryptAtRest.enabled", strong=(True,), what="stores its data unencrypted"),
    Guard(types=_SEARCH, path="nodeToNodeEncryption.enabled", strong=(True,), what="lets its nodes talk in the clear"),
    Guard(types=_SEARCH, path="domainEndpointOptions.enforceHttps", strong=(True,), what="answers without TLS"),
    Guard(
        types=_SEARCH,
        path="domainEndpointOptions.tlsSecurityPolicy",
        strong=("Policy-Min-TLS-1-0-2019-07", "Policy-Min-TLS-1-2-2019-07", "Policy-Min-TLS-1-2-PFS-2023-10"),
        what="accepts older TLS",
    ),
    Guard(types=_SEARCH, path="advancedSecurityOptions.enabled", strong=(True,), what="asks nobody who they are"),
    Guard(
        types=(_MSK,),
        path="encryptionInfo.encryptionInTransit.clientBroker",
        strong=("PLAINTEXT", "TLS_PLAINTEXT", "TLS"),
        what="takes clients without TLS",
    ),
    Guard(
        types=(_MSK,),
        path="clientAuthentication.unauthenticated",
        strong=(False,),
        what="takes clients it does not know",
    ),
    Guard(types=("aws:kms/key:Key",), path="enableKeyRotation", strong=(True,), what="is never rotated"),
    Guard(types=(_EKS,), path="vpcConfig.endpointPublicAccess", strong=(False,), what="gets a public API server"),
    Guard(
        types=("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer"),
        path="internal",
        strong=(True,),
        what="gets an address on the Internet",
    ),
    Guard(
        types=("aws:lb/listener:Listener", "aws:alb/listener:Listener"),
        path="protocol",
        strong=("TLS", "HTTPS"),
        what="answers without TLS",
    ),
    Guard(types=(_BUCKET,), path="uniformBucketLevelAccess", strong=(True,), what="lets single objects be opened"),
    Guard(types=(_BUCKET,), path="publicAccessPrevention", strong=("enforced",), what="may be opened to the public"),
    Guard(
        types=(_SQL,),
        path="settings.ipConfiguration.ipv4Enabled",
        strong=(False,),
        what="gets an address on the Internet",
    ),
    Guard(
        types=(_SQL,), path="settings.ipConfiguration.requireSsl", strong=(True,), what="takes connections without TLS"
    ),
    Guard(
        types=(_SQL,),
        path="settings.ipConfiguration.sslMode",
        strong=("ALLOW_UNENCRYPTED_AND_ENCRYPTED", "ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"),
        what="asks less of connections",
    ),
    Guard(types=("gcp:kms/cryptoKey:CryptoKey",), path="rotationPeriod", strong=(), what="is never rotated"),
    Guard(
        types=("gcp:container/cluster:Cluster",),
        path="privateClusterConfig.enablePrivateEndpoint",
        strong=(True,),
        what="gets a public API server",
    ),
)
"""Inputs by their names in pulumi-aws 7 and pulumi-gcp 10."""


def _guards(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    for guard in GUARDS:
        if case.change.type in guard.types:
            old, new = case.was(guard.path), case.now(guard.path)
            if _weaker(guard, old, new):
                shown = new if isinstance(new, (str, bool)) else "not set"
                yield f"{guard.what} ({guard.path}: {shown} instead of {old})"


def _weaker(guard: Guard, old: Value, new: Value) -> bool:
    if not guard.strong:
        return isinstance(old, str) and not isinstance(new, str)
    order = tuple(str(value) for value in guard.strong)
    known = str(old) if isinstance(old, (str, bool)) else None
    given = str(new) if isinstance(new, (str, bool)) else None
    if guard.strong == (False,):
        return given == "True" and known != "True"
    return ranked(known, order) > ranked(given, order)


TABLE = (
    Rule(
        id="exposure/cloud-guard-lowered",
        risk=Risk.EXPOSURE,
        on=frozenset(kind for guard in GUARDS for kind in guard.types),
        check=_guards,
        why="What only few could reach or read, more can.",
        remedy="Keep it as it was, and open a narrow way beside it for the one who needs it.",
        paths=tuple(dict.fromkeys(guard.path for guard in GUARDS)),
    ),
)
