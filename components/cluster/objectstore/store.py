"""The object store of a platform that has no other: buckets for models, batch jobs, the audit trail and backups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from components.cluster.objectstore.args import ObjectStoreArgs, StorePlan
from components.cluster.objectstore.engine import REGION, Minio, provider, s3_endpoint, s3_pods, s3_port
from components.cluster.objectstore.keys import opaque, user_keys
from components.cluster.objectstore.minio_run import run_minio
from components.cluster.objectstore.rights import PEOPLE, READERS, SETUP, USERS, BucketPlan, StoreUser, bucket_plans
from components.cluster.objectstore.seaweedfs_run import run_seaweedfs
from components.contracts import Bucket, PlatformAuthority

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import BucketPurpose


def keys_secret(user: StoreUser) -> str:
    """Name of the Secret with the keys of people, which the platform's operators hand out."""
    return f"object-store-{user.name}"


class ObjectStore(pulumi.ComponentResource):
    """An object store with its buckets.

    Raises:
        ValueError: the audit trail would be kept for less than a day.
    """

    def __init__(self, name: str, args: ObjectStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:ObjectStore", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=[*args.placed.ready, *args.depends_on])
        engine = args.engine
        users = [user.name for user in USERS] if isinstance(engine, Minio) else [*(u.name for u in USERS), SETUP]
        plan = StorePlan(
            args=args,
            buckets=bucket_plans(audit_retention_days=args.audit_retention_days),
            keys=user_keys(name, users, child),
        )
        if isinstance(engine, Minio):
            ready = run_minio(name, engine, plan, child)
        else:
            ready = run_seaweedfs(name, engine, plan, child)
        for user in PEOPLE:
            keys = plan.keys[user.name]
            held = {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key}
            opaque(f"{name}-{user.name}", keys_secret(user), plan.namespace, held, child)
        self.buckets: dict[BucketPurpose, Bucket] = {b.purpose: _bucket(plan, b, ready) for b in plan.buckets}
        """A bucket for each purpose, under the keys of its reader."""
        self.register_outputs({"endpoint": s3_endpoint(engine, plan.namespace)})


def _bucket(plan: StorePlan, bucket: BucketPlan, ready: Sequence[pulumi.Resource]) -> Bucket:
    engine = plan.args.engine
    return Bucket(
        purpose=bucket.purpose,
        name=bucket.name,
        endpoint=s3_endpoint(engine, plan.namespace),
        region=REGION,
        provider=provider(engine),
        access=plan.keys[READERS[bucket.purpose].name],
        trust=PlatformAuthority(issuer=plan.args.authority),
        reached_at=s3_pods(engine, plan.namespace),
        port=s3_port(engine),
        ready=ready,
    )
