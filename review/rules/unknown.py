"""What cannot be judged: a value known only after the update on a property that forces a replacement, or guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind
from review.model import UNKNOWN, Risk, Value
from review.paths import parse, under
from review.rules.base import Hit
from review.rules.stateful import lost_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import PropertyChange
    from review.rules.base import Case

_ALWAYS = ("metadata.name", "metadata.namespace", "kind")
_FORCING: dict[Kind | str, tuple[str, ...]] = {
    kinds.DEPLOYMENT: ("spec.selector",),
    kinds.DAEMON_SET: ("spec.selector",),
    kinds.STATEFUL_SET: ("spec.selector", "spec.serviceName", "spec.volumeClaimTemplates", "spec.podManagementPolicy"),
    kinds.CLAIM: ("spec.accessModes", "spec.storageClassName", "spec.volumeName", "spec.selector"),
    kinds.SERVICE: ("spec.clusterIP",),
    Kind("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
    Kind("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    Kind("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    "aws:s3/bucket:Bucket": ("bucket", "bucketPrefix"),
    "aws:rds/instance:Instance": (
        "identifier", "engine", "username", "kmsKeyId", "storageEncrypted", "dbSubnetGroupName", "snapshotIdentifier",
        "availabilityZone", "dbName",
    ),
    "aws:rds/cluster:Cluster": (
        "clusterIdentifier", "engine", "masterUsername", "kmsKeyId", "storageEncrypted", "dbSubnetGroupName",
        "snapshotIdentifier", "databaseName",
    ),
    "aws:opensearch/domain:Domain": ("domainName", "encryptAtRest.kmsKeyId", "vpcOptions"),
    "aws:msk/cluster:Cluster": ("clusterName", "encryptionInfo.encryptionAtRestKmsKeyArn"),
    "gcp:storage/bucket:Bucket": ("name", "location", "project"),
    "gcp:sql/databaseInstance:DatabaseInstance": ("name", "region", "encryptionKeyName", "masterInstanceName"),
    "random:index/randomPassword:RandomPassword": ("keepers", "length"),
}  # fmt: skip
"""What the providers cannot change in place (pulumi-kubernetes `provider/diff.go`; the schemas of aws 7 and gcp 10)."""
_MARKS = frozenset(f"random:index/random{what}:Random{what}" for what in ("Id", "Uuid", "Pet", "Integer"))
"""Values that are drawn and keep nothing: what uses one is judged where it is used."""
_GUARDING: dict[Kind | str, tuple[str, ...]] = {
    kinds.NETWORK_POLICY: ("spec",),
    kinds.NAMESPACE: ("metadata.labels",),
    kinds.GATEWAY: ("spec.servers",),
    Kind("security.istio.io", "AuthorizationPolicy"): ("spec",),
    Kind("security.istio.io", "RequestAuthentication"): ("spec",),
    Kind("security.istio.io", "PeerAuthentication"): ("spec",),
    Kind("rbac.authorization.k8s.io", "Role"): ("rules",),
    Kind("rbac.authorization.k8s.io", "ClusterRole"): ("rules",),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy",),
    "aws:kms/key:Key": ("policy",),
    "aws:iam/role:Role": ("assumeRolePolicy",),
}
"""Inputs that decide who gets in: what they will be has to be seen before."""


def unknowns(case: Case) -> Iterator[Hit]:
    """Yield properties whose value after the update would decide whether the change is safe."""
    if not case.changed or case.change.type in _MARKS:
        return
    unknown = [found for found in case.change.properties if found.place == "input" and _within(found.after)]
    keys = [key for key in (case.kind, case.change.type) if key is not None]
    paths = [path for key in keys for path in _FORCING.get(key, ())] + [*(_ALWAYS if case.kind else ())]
    forcing = [found for found in unknown if found.replaces or _below(found, paths)]
    if forcing and not (case.change.op == "replace" and lost_with(case)):
        named = ", ".join(found.path for found in forcing)
        yield Hit(
            rule="unknown/replacement",
            risk=Risk.UNKNOWN,
            what="may be replaced" if case.change.op == "update" else "is replaced unless it turns out the same",
            why=f"The value of {named} is known only after the update, and cannot change on what stands.",
            remedy=_remedy(case),
            properties=tuple(forcing),
        )
    guarding = [found for found in unknown if _below(found, [path for key in keys for path in _GUARDING.get(key, ())])]
    if guarding:
        yield Hit(
            rule="unknown/guard",
            risk=Risk.UNKNOWN,
            what="will let in whom a value says that nobody knows yet",
            why=f"The value of {', '.join(found.path for found in guarding)} is known only after the update.",
            remedy="Set it to a plain value, or make what it is taken from in a change of its own first.",
            properties=tuple(guarding),
        )


def _remedy(case: Case) -> str:
    lost = lost_with(case)
    first = "Make what the value is taken from in a change of its own first, so that this one can be seen whole."
    return f"{first} If it is replaced, {lost}." if lost else first


def _below(change: PropertyChange, paths: list[str]) -> bool:
    steps = parse(change.path)
    return any(under(steps, parse(path)) or under(parse(path), steps) for path in paths)


def _within(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_within(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_within(inner) for inner in value)
    return value is UNKNOWN
