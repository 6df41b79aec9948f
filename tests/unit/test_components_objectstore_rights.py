"""Who may do what in which bucket, decided as both engines decide it, and every widening noticed."""

from __future__ import annotations

from copy import deepcopy
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import pytest

from components.cluster.objectstore.rights import (
    PEOPLE,
    READERS,
    SETUP,
    USERS,
    bucket_plans,
    policy,
    setup_policy,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BUCKETS = [plan.name for plan in bucket_plans(audit_retention_days=365)]
BY_PURPOSE = {plan.purpose: plan.name for plan in bucket_plans(audit_retention_days=365)}
POLICIES: dict[str, dict[str, Any]] = {
    **{user.name: policy(user, BY_PURPOSE[user.purpose]) for user in USERS},
    SETUP: setup_policy(BUCKETS),
}
OBJECT_ACTIONS = (
    *("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    *("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:GetObjectRetention", "s3:PutObjectRetention"),
    *("s3:PutObjectLegalHold", "s3:BypassGovernanceRetention", "s3:GetObjectAcl", "s3:PutObjectAcl"),
    *("s3:PutObjectTagging", "s3:GetObjectAttributes"),
)
BUCKET_ACTIONS = (
    *("s3:ListBucket", "s3:ListBucketVersions", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads"),
    *("s3:CreateBucket", "s3:DeleteBucket", "s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"),
    *("s3:PutBucketAcl", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration"),
    *("s3:PutLifecycleConfiguration", "s3:PutBucketNotification", "s3:*"),
)
"""What is asked of a bucket; the last is what SeaweedFS asks for to create one."""


def _matches(patterns: list[str], value: str) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def _effects(document: dict[str, Any], action: str, resource: str) -> set[str]:
    return {
        statement["Effect"]
        for statement in document["Statement"]
        if _matches(statement["Action"], action) and _matches(statement["Resource"], f"arn:aws:s3:::{resource}")
    }


def allowed(document: dict[str, Any], action: str, resource: str) -> bool:
    """Decide as IAM does: denied unless a statement allows it and none denies it.

    For versions, as MinIO does: who may delete an object may delete its versions, unless that is denied.
    """
    effects = _effects(document, action, resource)
    if action == "s3:DeleteObjectVersion" and not effects:
        effects = _effects(document, "s3:DeleteObject", resource)
    return effects == {"Allow"}


def verdicts(policies: Mapping[str, dict[str, Any]]) -> set[tuple[str, str, str]]:
    """Return everything that is allowed: user, action, and bucket or object."""
    asked = [
        *((action, f"{bucket}/a/b.txt") for action in OBJECT_ACTIONS for bucket in [*BUCKETS, "other"]),
        *((action, bucket) for action in BUCKET_ACTIONS for bucket in [*BUCKETS, "other"]),
        *((action, bucket) for action in OBJECT_ACTIONS for bucket in BUCKETS),
    ]
    return {
        (user, action, resource)
        for user, document in policies.items()
        for action, resource in asked
        if allowed(document, action, resource)
    }


def expected() -> Iterator[tuple[str, str, str]]:
    def each(user: str, bucket: str, *, on_bucket: str, on_objects: str) -> Iterator[tuple[str, str, str]]:
        for action in on_bucket.split():
            yield user, f"s3:{action}", bucket
        for action in on_objects.split():
            yield user, f"s3:{action}", f"{bucket}/a/b.txt"

    seen, uploads = "GetBucketLocation ListBucket", "AbortMultipartUpload ListMultipartUploadParts"
    unfinished = f"{seen} ListBucketMultipartUploads"
    yield from each("models-reader", "seldon-models", on_bucket=seen, on_objects="GetObject")
    yield from each(
        "models-publisher",
        "seldon-models",
        on_bucket=unfinished,
        on_objects=f"GetObject GetObjectVersion PutObject DeleteObject {uploads}",
    )
    yield from each(
        "batch", "seldon-batch", on_bucket=unfinished, on_objects=f"GetObject GetObjectVersion PutObject {uploads}"
    )
    yield from each("audit-writer", "seldon-audit", on_bucket="", on_objects="PutObject")
    yield from each("audit-reader", "seldon-audit", on_bucket=seen, on_objects="GetObject GetObjectVersion")
    yield from each(
        "backups", "seldon-backups", on_bucket=unfinished, on_objects=f"GetObject PutObject DeleteObject {uploads}"
    )


def test_users_may_do_this_and_nothing_else() -> None:
    own = {(user, action, resource) for user, action, resource in verdicts(POLICIES) if user != SETUP}
    assert own == {*expected()}


def test_the_setup_user_shapes_buckets_and_can_neither_touch_objects_nor_let_others_in() -> None:
    made = {(action, resource) for user, action, resource in verdicts(POLICIES) if user == SETUP}
    assert {resource for _, resource in made} == {*BUCKETS}
    actions = {action for action, _ in made}
    assert {"s3:*", "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration"} <= actions
    assert actions.isdisjoint(
        {
            *("s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketAcl"),
            *("s3:PutObject", "s3:DeleteObject", "s3:BypassGovernanceRetention"),
        }
    )


def widenings() -> Iterator[tuple[str, dict[str, dict[str, Any]]]]:
    for user, document in POLICIES.items():
        for index, statement in enumerate(document["Statement"]):
            for field, widened in (("Action", ["s3:*"]), ("Resource", ["*"])):
                if statement["Effect"] == "Allow" and statement[field] != widened:
                    changed = deepcopy(POLICIES)
                    changed[user]["Statement"][index][field] = widened
                    yield f"{user} {index} {field}", changed
            if statement["Effect"] == "Deny":
                for action in statement["Action"]:
                    changed = deepcopy(POLICIES)
                    changed[user]["Statement"][index]["Action"].remove(action)
                    yield f"{user} without denial of {action}", changed
    for user in USERS:
        changed = deepcopy(POLICIES)
        other = next(bucket for bucket in BUCKETS if bucket != BY_PURPOSE[user.purpose])
        changed[user.name] = policy(user, other)
        yield f"{user.name} in {other}", changed


@pytest.mark.parametrize(("name", "changed"), [*widenings()], ids=[name for name, _ in widenings()])
def test_no_right_can_be_widened_unseen(name: str, changed: dict[str, dict[str, Any]]) -> None:
    assert verdicts(changed) != verdicts(POLICIES), name


def test_each_part_of_the_platform_has_one_user_and_people_have_another() -> None:
    assert {purpose: user.name for purpose, user in READERS.items()} == {
        "models": "models-reader",
        "batch": "batch",
        "audit": "audit-writer",
        "backups": "backups",
    }
    assert {user.name for user in PEOPLE} == {"models-publisher", "audit-reader"}
    assert not {user.name for user in PEOPLE} & {user.name for user in READERS.values()}
    assert len({user.name for user in USERS}) == len(USERS)


def test_every_bucket_is_kept_and_the_audit_trail_is_locked() -> None:
    plans = bucket_plans(audit_retention_days=365)
    assert {(plan.purpose, plan.name, plan.lock_days, plan.noncurrent_days) for plan in plans} == {
        ("models", "seldon-models", 0, 30),
        ("batch", "seldon-batch", 0, 30),
        ("audit", "seldon-audit", 365, 0),
        ("backups", "seldon-backups", 0, 30),
    }


def test_an_audit_trail_that_is_not_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="audit retention is 0 days; at least 1 is needed"):
        bucket_plans(audit_retention_days=0)
