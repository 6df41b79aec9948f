"""What takes a protection away: against deletion, of backups, of copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind, identity
from review.model import Risk
from review.rules.base import Hit, Rule, fields
from review.rules.durations import shorter
from review.rules.stateful import lost_with

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import Value
    from review.rules.base import Case

_SCHEDULED = Kind("postgresql.cnpg.io", "ScheduledBackup")
_BACKUP_STORE = Kind("barmancloud.cnpg.io", "ObjectStore")
_CLASS = Kind("storage.k8s.io", "StorageClass")
_KEPT = "helm.sh/resource-policy"
_ON = (
    "deletionProtection",
    "enableDeletionProtection",
    "deletionProtectionEnabled",
    "settings.deletionProtectionEnabled",
    "settings.backupConfiguration.enabled",
    "settings.backupConfiguration.pointInTimeRecoveryEnabled",
    "versioning.enabled",
    "objectLockEnabled",
    "multiAz",
    "pointInTimeRecovery.enabled",
)
"""Inputs of the clouds' resources (pulumi-aws 7, pulumi-gcp 10) that protect as long as they are on."""


def options(case: Case) -> Iterator[Hit]:
    """Yield the engine's own protections that are taken away, whatever else happens to the resource."""
    before, after = case.change.before, case.change.after
    if before is None or after is None or case.gone:
        return
    if before.protect and not after.protect:
        yield Hit(
            rule="protection/protect-removed",
            risk=Risk.PROTECTION_REMOVED,
            what="loses its protection from deletion",
            why="The program no longer sets `protect`: the next change that deletes or replaces it is carried out.",
            remedy="Keep `protect`, and take it away in the change that deletes the resource, where it is reviewed.",
            properties=tuple(found for found in case.change.properties if found.path == "protect"),
        )
    if before.retain_on_delete and not after.retain_on_delete:
        yield Hit(
            rule="protection/retain-removed",
            risk=Risk.PROTECTION_REMOVED,
            what="is no longer retained when it is deleted",
            why="The program no longer sets `retainOnDelete`: what removes it from the program then really deletes it.",
            remedy="Keep `retain_on_delete` as long as what it holds is needed.",
            properties=tuple(found for found in case.change.properties if found.path == "retainOnDelete"),
        )


def _switched_off(case: Case) -> Iterator[str]:
    for path in _ON:
        if case.lost(path, value=True):
            yield f"has {path} no more"
    if case.gained("skipFinalSnapshot", value=True) and case.changed:
        yield "is deleted without a last snapshot (skipFinalSnapshot)"
    if case.lost("versioningConfiguration.status", "Enabled"):
        yield "keeps no versions of objects any more"
    for path in ("deletionWindowInDays", "recoveryWindowInDays", "softDeletePolicy.retentionDurationSeconds"):
        if case.changed and shorter(case.was(path), case.now(path)):
            yield f"can be undeleted for a shorter time: {path} goes from {case.was(path)} to {case.now(path)}"


def _goes(case: Case) -> Iterator[str]:
    if case.change.op in {"delete", "forget"} and not _goes_with_target(case):
        yield "is deleted" if case.change.op == "delete" else "is forgotten"


def _goes_with_target(case: Case) -> bool:
    """A backup's schedule or store goes with its database, and that is what is reviewed."""
    return identity(case.before)[0] in case.context.deleted_namespaces


def _backups(case: Case) -> Iterator[str]:
    if case.kind == kinds.POSTGRES and case.changed:
        for path in ("spec.backup", "spec.plugins"):
            if case.was(path) and not case.now(path):
                yield f"is backed up no more ({path} is gone)"
    if case.kind == _SCHEDULED and case.gained("spec.suspend", value=True) and case.changed:
        yield "makes no backups any more (suspend)"
    if case.kind == _BACKUP_STORE and case.changed:
        path = "spec.configuration.destinationPath"
        if case.was(path) != case.now(path):
            yield f"puts backups elsewhere: those in {case.was(path)} are neither found nor cleared up any more"


def _volumes(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    if case.kind == _CLASS and case.lost("reclaimPolicy", "Retain"):
        yield "deletes volumes that are released (reclaimPolicy)"
    if case.lost("spec.persistentVolumeReclaimPolicy", "Retain"):
        yield "is deleted when it is released (persistentVolumeReclaimPolicy)"
    for event in ("whenDeleted", "whenScaled"):
        if case.kind == kinds.STATEFUL_SET and case.gained(
            f"spec.persistentVolumeClaimRetentionPolicy.{event}", "Delete"
        ):
            yield f"deletes its volumes {'with itself' if event == 'whenDeleted' else 'when it is scaled down'}"
    if case.kind in {kinds.KAFKA, kinds.NODE_POOL} and _delete_claim(case.after) and not _delete_claim(case.before):
        yield "deletes its volumes with itself (deleteClaim)"
    if case.kind == kinds.ELASTICSEARCH and case.gained(
        "spec.volumeClaimDeletePolicy", "DeleteOnScaledownAndClusterDeletion"
    ):
        yield "deletes its volumes with itself (volumeClaimDeletePolicy)"


def _delete_claim(value: Value) -> bool:
    if isinstance(value, dict):
        return any((key == "deleteClaim" and inner is True) or _delete_claim(inner) for key, inner in value.items())
    return isinstance(value, list) and any(_delete_claim(item) for item in value)


def _copies(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    for path in _COPIES.get(case.kind or kinds.POD, ()):
        *parents, last = path
        old, new = fields(case.was(".".join(parents))).get(last), fields(case.now(".".join(parents))).get(last)
        if _number(old) is not None and _number(new) is not None and (_number(new) or 0) < (_number(old) or 0):
            yield f"keeps fewer copies of its data: {last} goes from {old} to {new}"


_COPIES: dict[Kind, tuple[tuple[str, ...], ...]] = {
    kinds.POSTGRES: (
        ("spec", "instances"),
        ("spec", "minSyncReplicas"),
        ("spec", "postgresql", "synchronous", "number"),
    ),
    kinds.KAFKA: (
        ("spec", "kafka", "config", "default.replication.factor"),
        ("spec", "kafka", "config", "min.insync.replicas"),
        ("spec", "kafka", "config", "offsets.topic.replication.factor"),
    ),
    Kind("kafka.strimzi.io", "KafkaTopic"): (("spec", "replicas"), ("spec", "config", "min.insync.replicas")),
}


def _number(value: Value) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, str) and value.isdigit() else None


def _budget(case: Case) -> Iterator[str]:
    if case.change.op == "delete" and identity(case.before)[0] not in case.context.deleted_namespaces:
        namespace = identity(case.before)[0]
        gone = any(
            kind in kinds.WITH_PODS | kinds.STORES and where == namespace for kind, where, _ in case.context.gone
        )
        if not gone:
            yield "is deleted: maintenance of nodes may then stop all pods at once"
    if case.changed:
        for path in ("spec.minAvailable", "spec.maxUnavailable"):
            old, new = _number(case.was(path)), _number(case.now(path))
            if old is not None and new is not None and (new < old if path.endswith("minAvailable") else new > old):
                yield f"lets more pods be stopped at once: {path} goes from {old} to {new}"


def _keep_dropped(case: Case) -> Iterator[str]:
    was, now = fields(case.was("metadata.annotations")), fields(case.now("metadata.annotations"))
    if case.changed and was.get(_KEPT) == "keep" and now.get(_KEPT) != "keep" and lost_with(case):
        yield "is no longer kept when its chart goes"
    finalizers = case.was("metadata.finalizers")
    if case.changed and isinstance(finalizers, list) and finalizers and not case.now("metadata.finalizers"):
        yield "no longer waits for its finalizers when it is deleted"


_BACKUPS = "Keep a backup of it that is made and can be restored before the change."
TABLE = (
    Rule(
        id="protection/switched-off",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset(),
        check=_switched_off,
        why="The provider then carries out what it refused, or keeps nothing to come back to.",
        remedy="Leave it on, and take it away in the change that deletes the resource, where it is reviewed.",
    ),
    Rule(
        id="protection/backup-deleted",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset(
            {
                _SCHEDULED,
                _BACKUP_STORE,
                Kind("elasticsearch.k8s.elastic.co", "SnapshotPolicy"),
                "aws:backup/plan:Plan",
                "aws:backup/selection:Selection",
                "aws:s3/bucketVersioning:BucketVersioning",
                "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
                "aws:backup/vaultLockConfiguration:VaultLockConfiguration",
            }
        ),
        check=_goes,
        why="What it kept safe is backed up, versioned or locked by nothing any more.",
        remedy="Keep it as long as what it protects stands. If it was only renamed or moved, give it an alias.",
    ),
    Rule(
        id="protection/backups-weakened",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset({kinds.POSTGRES, _SCHEDULED, _BACKUP_STORE}),
        check=_backups,
        why="After a loss there would be nothing, or less, to restore from.",
        remedy=_BACKUPS,
        paths=("spec.backup", "spec.plugins", "spec.suspend", "spec.configuration"),
    ),
    Rule(
        id="protection/volumes-deleted",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset(
            {
                _CLASS,
                kinds.STATEFUL_SET,
                kinds.KAFKA,
                kinds.NODE_POOL,
                kinds.ELASTICSEARCH,
                Kind("", "PersistentVolume"),
            }
        ),
        check=_volumes,
        why="Deleting it, or a part of it, then deletes the data too.",
        remedy="Let volumes be retained, and delete them by hand when their data is not needed any more.",
        paths=("spec", "reclaimPolicy"),
    ),
    Rule(
        id="protection/fewer-copies",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset(_COPIES),
        check=_copies,
        why="The loss of a node may then lose data, or stop the service.",
        remedy="Keep as many copies as there are zones, and let each write wait for one of them.",
        paths=("spec",),
    ),
    Rule(
        id="protection/disruption-budget",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset({kinds.DISRUPTION_BUDGET}),
        check=_budget,
        why="The cluster's own maintenance asks it before it stops a pod.",
        remedy="Keep it as long as the pods stand. If it was only renamed or moved, give it an alias of its old name.",
        paths=("spec",),
    ),
    Rule(
        id="protection/keep-dropped",
        risk=Risk.PROTECTION_REMOVED,
        on=frozenset(),
        check=_keep_dropped,
        why="What held its deletion up does so no more.",
        remedy="Keep it until its data is not needed any more.",
        paths=("metadata",),
    ),
)
