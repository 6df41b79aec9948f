"""Who may do what in which bucket: the users of an object store and their policies, the least for each purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import BucketPurpose

READ = ("s3:GetObject",)
LIST = ("s3:GetBucketLocation", "s3:ListBucket")
READ_BACK = (*READ, "s3:GetObjectVersion")
"""Also for whoever writes with rclone, which looks at the very version that it wrote."""
WRITE = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject")
LIST_UPLOADS = ("s3:ListBucketMultipartUploads",)
DELETE = ("s3:DeleteObject",)
DENIED = ("s3:DeleteObjectVersion",)
"""With versioning, deleting only hides an object, so no user's keys can destroy data. It has to be said: MinIO lets who
may delete an object delete its versions too, unless that is denied (`cmd/auth-handler.go`)."""


@dataclass(frozen=True, kw_only=True)
class BucketPlan:
    """A bucket as the setup Job makes it."""

    purpose: BucketPurpose
    name: str
    lock_days: int
    """Days in which no version of an object can be changed or removed by anybody; 0 for no lock."""
    noncurrent_days: int
    """Days after which a version that was replaced or hidden is removed; 0 keeps it."""


@dataclass(frozen=True, kw_only=True)
class StoreUser:
    """A user of the store; its name is also its access key id, which is no secret and stays when the key is rotated."""

    name: str
    purpose: BucketPurpose
    bucket_actions: Sequence[str]
    object_actions: Sequence[str]


READERS: dict[BucketPurpose, StoreUser] = {
    user.purpose: user
    for user in (
        StoreUser(name="models-reader", purpose="models", bucket_actions=LIST, object_actions=READ),
        StoreUser(
            name="batch",
            purpose="batch",
            bucket_actions=(*LIST, *LIST_UPLOADS),
            object_actions=(*READ_BACK, *WRITE),
        ),
        StoreUser(name="audit-writer", purpose="audit", bucket_actions=(), object_actions=("s3:PutObject",)),
        StoreUser(
            name="backups",
            purpose="backups",
            bucket_actions=(*LIST, *LIST_UPLOADS),
            object_actions=(*READ, *WRITE, *DELETE),
        ),
    )
}
"""The user whose keys the platform's own parts are given, by purpose."""

PUBLISHER = StoreUser(
    name="models-publisher",
    purpose="models",
    bucket_actions=(*LIST, *LIST_UPLOADS),
    object_actions=(*READ_BACK, *WRITE, *DELETE),
)
"""For people and pipelines that bring models; no part of the platform has its keys."""

AUDITOR = StoreUser(name="audit-reader", purpose="audit", bucket_actions=LIST, object_actions=READ_BACK)
"""For people who look into the audit trail, which nothing of the platform reads."""

PEOPLE = (PUBLISHER, AUDITOR)
USERS: tuple[StoreUser, ...] = (*READERS.values(), *PEOPLE)

NONCURRENT_DAYS = 30


def bucket_plans(*, audit_retention_days: int) -> list[BucketPlan]:
    """Return the buckets of a store: all versioned, the audit trail locked as well.

    Raises:
        ValueError: the audit trail would be kept for less than a day.
    """
    if audit_retention_days < 1:
        raise ValueError(f"audit retention is {audit_retention_days} days; at least 1 is needed")
    kept: dict[BucketPurpose, tuple[int, int]] = {
        "models": (0, NONCURRENT_DAYS),
        "batch": (0, NONCURRENT_DAYS),
        "audit": (audit_retention_days, 0),
        "backups": (0, NONCURRENT_DAYS),
    }
    return [
        BucketPlan(purpose=purpose, name=f"seldon-{purpose}", lock_days=lock, noncurrent_days=noncurrent)
        for purpose, (lock, noncurrent) in kept.items()
    ]


def _statement(effect: str, actions: Sequence[str], resource: str) -> dict[str, Any]:
    return {"Effect": effect, "Action": sorted(actions), "Resource": [f"arn:aws:s3:::{resource}"]}


def policy(user: StoreUser, bucket: str) -> dict[str, Any]:
    """Return the IAM policy of a user; both engines refuse what no statement allows.

    An upload in parts is part of `s3:PutObject` for both (SeaweedFS 4.44, `policy_engine/engine.go`; MinIO likewise).
    """
    objects = f"{bucket}/*"
    statements = [
        *([_statement("Allow", user.bucket_actions, bucket)] if user.bucket_actions else []),
        _statement("Allow", user.object_actions, objects),
        *([_statement("Deny", DENIED, objects)] if {*DELETE} <= {*user.object_actions} else []),
    ]
    return {"Version": "2012-10-17", "Statement": statements}


SETUP = "setup"
"""User of the setup Job in an engine that has no root user: it shapes buckets and cannot touch what is in them."""

SETUP_DENIED = (
    "s3:BypassGovernanceRetention",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:DeleteObject",
    "s3:PutBucketAcl",
    "s3:PutBucketPolicy",
    "s3:PutObject",
)
"""What could empty a bucket, or let others in."""


def setup_policy(buckets: Sequence[str]) -> dict[str, Any]:
    """Return the policy of the setup user: the settings of these buckets, none of their objects.

    SeaweedFS asks for every action to create a bucket (4.44, `s3api_server.go` and `s3_action_resolver.go`), so what
    goes too far is taken away again; the objects of a bucket are another resource.
    """
    resources = [f"arn:aws:s3:::{bucket}" for bucket in buckets]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:*"], "Resource": resources},
            {"Effect": "Deny", "Action": sorted(SETUP_DENIED), "Resource": resources},
        ],
    }
