"""What holds data: encrypted where it lies, closed to the public, and protected from deletion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.pods import kind
from policy.tree import items, mapping, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from policy.model import Facts, Resource
    from policy.tree import Tree

PROTECTION = "deletion-protection"
_CLAIM = "kubernetes:core/v1:PersistentVolumeClaim"

PROTECTED: dict[str, str] = {
    "kubernetes:elasticsearch.k8s.elastic.co/v1:Elasticsearch": "search",
    "kubernetes:kafka.strimzi.io/v1:Kafka": "kafka",
    "kubernetes:kafka.strimzi.io/v1:KafkaNodePool": "kafka",
    "kubernetes:postgresql.cnpg.io/v1:Cluster": "postgres",
    "aws:opensearch/domain:Domain": "search",
    "aws:rds/instance:Instance": "postgres",
    "aws:s3/bucket:Bucket": "object-store",
    "gcp:sql/databaseInstance:DatabaseInstance": "postgres",
    "gcp:storage/bucket:Bucket": "object-store",
}
"""Types that hold data, and what an exemption calls the resource."""

ENCRYPTED: dict[str, tuple[tuple[str, object], ...]] = {
    "aws:opensearch/domain:Domain": (("encryptAtRest.enabled", True), ("nodeToNodeEncryption.enabled", True)),
    "aws:rds/instance:Instance": (("storageEncrypted", True), ("kmsKeyId", ...)),
    "gcp:sql/databaseInstance:DatabaseInstance": (("encryptionKeyName", ...),),
    "gcp:storage/bucket:Bucket": (("encryption.defaultKmsKeyName", ...),),
}
PRIVATE: dict[str, tuple[tuple[str, object], ...]] = {
    "aws:rds/instance:Instance": (("publiclyAccessible", False),),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": tuple(
        (name, True) for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    ),
    "gcp:sql/databaseInstance:DatabaseInstance": (("settings.ipConfiguration.ipv4Enabled", False),),
    "gcp:storage/bucket:Bucket": (("publicAccessPrevention", "enforced"), ("uniformBucketLevelAccess", True)),
}
"""Properties of the clouds' types and what each must be; `...` is anything that is given."""


def _table(table: Mapping[str, tuple[tuple[str, object], ...]]) -> Callable[[Resource, Facts], Iterator[str]]:
    def check(resource: Resource, facts: Facts) -> Iterator[str]:
        del facts
        for path, wanted in table.get(resource.type, ()):
            found = value(resource.props, *path.split("."))
            if (found is None) if wanted is ... else (found != wanted):
                must = "given" if wanted is ... else wanted
                yield f"{path} is {found}, must be {must}"

    return check


encrypted = _table(ENCRYPTED)
private = _table(PRIVATE)


def storage_class(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield volumes that are of another class than the one of the stack file, which the customer vouches for."""
    for field, found in _classes(resource) if facts.storage_class else ():
        if found != facts.storage_class:
            yield f"{field} is {found}, must be {facts.storage_class}"


def _classes(resource: Resource) -> Iterator[tuple[str, object]]:
    """Yield what names the class of each volume, and which it names."""
    yield from (("storageClassName", value(claim, "storageClassName")) for claim in _claims(resource))
    if kind(resource) == "Cluster":
        for field in ("storage", "walStorage"):
            if mapping(resource.spec, field):
                yield f"spec.{field}.storageClass", value(resource.spec, field, "storageClass")
    storage = mapping(resource.spec if kind(resource) == "KafkaNodePool" else None, "storage")
    for volume in [storage, *items(storage, "volumes")]:
        if value(volume, "type") == "persistent-claim":
            yield "spec.storage.class", value(volume, "class")


def _claims(resource: Resource) -> Iterator[Tree]:
    """Yield the spec of each claim of a volume."""
    if resource.type == _CLAIM:
        yield resource.spec
    templated = {"StatefulSet": [resource.spec], "Elasticsearch": items(resource.spec, "nodeSets")}
    for each in templated.get(kind(resource), []):
        yield from (mapping(claim, "spec") for claim in items(each, "volumeClaimTemplates"))


def protected(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield what holds data, or the key of an authority, and can be deleted."""
    issued = kind(resource) == "Certificate" and resource.namespace == "cert-manager"
    if issued and value(resource.spec, "isCA") and not resource.protect:
        yield "protect is false, must be true: it holds the key of an authority"
    exempted = PROTECTED.get(resource.type)
    if exempted and not resource.protect and not facts.exempt(PROTECTION, exempted):
        yield "protect is false, must be true"
