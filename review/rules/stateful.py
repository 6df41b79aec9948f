"""Which types hold data, and what is lost with them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind
from review.rules.base import objects

if TYPE_CHECKING:
    from review.rules.base import Case

_KUBERNETES: dict[Kind, str] = {
    kinds.NAMESPACE: "everything in the namespace goes with it, volumes too, and also what the program does not know",
    kinds.CLAIM: "the volume and what is on it go with the claim, unless its storage class retains volumes",
    Kind("", "PersistentVolume"): "the cluster forgets the volume, and deletes it unless it is to be retained",
    kinds.CRD: "the cluster deletes every object of the kind, in every namespace, whoever made it",
    kinds.POSTGRES: "its operator deletes the instances and their volumes: the databases are lost",
    kinds.KAFKA: "its operator deletes the brokers: topics and messages are lost",
    kinds.NODE_POOL: "its operator deletes the pool's brokers and the messages on their volumes",
    Kind("kafka.strimzi.io", "KafkaTopic"): "the topic and its messages are deleted",
    kinds.ELASTICSEARCH: "its operator deletes the nodes and their volumes: the indices are lost",
    Kind("elasticsearch.k8s.elastic.co", "Cluster"): "the indices are lost",
    Kind("seaweed.seaweedfs.com", "Seaweed"): "the buckets and the objects in them are lost",
    Kind("minio.min.io", "Tenant"): "the buckets and the objects in them are lost",
    Kind("snapshot.storage.k8s.io", "VolumeSnapshot"): "the snapshot is deleted",
    Kind("postgresql.cnpg.io", "Backup"): "the record of the backup is deleted",
    Kind("postgresql.cnpg.io", "Database"): "the database is dropped if its reclaim policy says so",
}
_CLOUD: dict[str, str] = {
    "aws:s3/bucket:Bucket": "the bucket and the objects in it are lost",
    "aws:s3/bucketV2:BucketV2": "the bucket and the objects in it are lost",
    "aws:rds/instance:Instance": "the database is lost, its automated backups too",
    "aws:rds/cluster:Cluster": "the databases are lost, their automated backups too",
    "aws:rds/clusterInstance:ClusterInstance": "the instance is lost; the data stays only with another in its cluster",
    "aws:opensearch/domain:Domain": "the indices are lost, the automated snapshots too",
    "aws:elasticsearch/domain:Domain": "the indices are lost, the automated snapshots too",
    "aws:msk/cluster:Cluster": "topics and messages are lost",
    "aws:kms/key:Key": "what is encrypted with the key can never be read again",
    "aws:secretsmanager/secret:Secret": "the secret's value is lost",
    "aws:secretsmanager/secretVersion:SecretVersion": "this version of the secret's value is lost",
    "aws:dynamodb/table:Table": "the table's items are lost",
    "aws:efs/fileSystem:FileSystem": "the files are lost",
    "aws:ebs/volume:Volume": "the volume and what is on it are lost",
    "aws:backup/vault:Vault": "the recovery points in the vault are lost",
    "aws:cloudwatch/logGroup:LogGroup": "the logs are lost",
    "aws:eks/cluster:Cluster": "the cluster and everything in it are lost, volumes as their classes say",
    "gcp:storage/bucket:Bucket": "the bucket and the objects in it are lost",
    "gcp:sql/databaseInstance:DatabaseInstance": "the databases are lost, their backups too",
    "gcp:sql/database:Database": "the database is dropped",
    "gcp:kms/cryptoKey:CryptoKey": "the key's versions are destroyed: what they encrypted can never be read again",
    "gcp:kms/keyRing:KeyRing": "the program forgets the ring and the keys in it",
    "gcp:secretmanager/secret:Secret": "the secret and its versions are lost",
    "gcp:secretmanager/secretVersion:SecretVersion": "this version of the secret's value is lost",
    "gcp:container/cluster:Cluster": "the cluster and everything in it are lost, volumes as their classes say",
    "gcp:bigquery/dataset:Dataset": "the dataset and its tables are lost",
    "ec:index/deployment:Deployment": "the indices are lost, the snapshots too",
}
DRAWN = frozenset(
    {
        "random:index/randomPassword:RandomPassword",
        "random:index/randomBytes:RandomBytes",
        "random:index/randomString:RandomString",
        "tls:index/privateKey:PrivateKey",
    }
)
"""Values that are drawn once and kept in the state alone."""
_ENCRYPTS = re.compile(r"encrypt|sse[-_]|[-_]sse|kms|keyring|master[-_]?key|unseal|data[-_]?key", re.IGNORECASE)


def lost_with(case: Case) -> str | None:
    """Say what is lost when the resource is deleted, or None if it holds no data."""
    if case.kind == kinds.STATEFUL_SET and objects(case.was("spec.volumeClaimTemplates")):
        return _volumes(case)
    if case.kind == kinds.SECRET and encrypts(case):
        return "what is encrypted with the key in it can never be read again"
    if case.change.type in DRAWN and encrypts(case):
        return "the key is drawn anew: what is encrypted with the old one can never be read again"
    if case.kind:
        return _KUBERNETES.get(case.kind)
    return _CLOUD.get(case.change.type)


def encrypts(case: Case) -> bool:
    """Say whether a secret is, by its name or what it holds, a key that data is encrypted with."""
    held = case.was("data"), case.was("stringData")
    words = [case.change.name, *(name for data in held if isinstance(data, dict) for name in data)]
    return any(_ENCRYPTS.search(word) for word in words)


def _volumes(case: Case) -> str:
    if case.was("spec.persistentVolumeClaimRetentionPolicy.whenDeleted") == "Delete":
        return "its volumes are deleted with it, as its retention policy says"
    return "its volumes stay behind with nothing that uses them; only one of the same name takes them up again"


def taken_up_again(case: Case) -> bool:
    """Say whether a replaced StatefulSet finds its volumes again: same name, same templates, volumes retained."""
    if case.kind != kinds.STATEFUL_SET:
        return False
    same = all(
        case.was(path) == case.now(path)
        for path in ("metadata.name", "metadata.namespace", "spec.volumeClaimTemplates")
    )
    return same and case.was("spec.persistentVolumeClaimRetentionPolicy.whenDeleted") != "Delete"
