"""MinIO as an object store: its certificate, root user and pods, and its setup."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

import pulumi
import pulumi_random as random

from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.objectstore import minio
from components.cluster.objectstore.engine import s3_host
from components.cluster.objectstore.keys import generated, keys_fingerprint, opaque
from components.cluster.objectstore.rights import USERS, policy
from components.cluster.objectstore.setup import Setup, setup_job
from components.workload import disruption_budget

if TYPE_CHECKING:
    from components.cluster.objectstore.args import StorePlan
    from components.cluster.objectstore.engine import Minio

SETUP_KEYS = "object-store-setup-keys"
USERS_KEY = "users"
ROOT_KEY = "root"
_KEY_BYTES = 32


def encryption_key(letters: str) -> str:
    """Return the key of everything that is stored, as `MINIO_KMS_SECRET_KEY_FILE` holds it: 32 bytes under a name."""
    return f"{minio.ENCRYPTION_KEY}:{base64.b64encode(letters.encode('ascii')).decode()}"


def user_files(plan: StorePlan) -> dict[str, str]:
    """Return the files that the setup script reads beside the buckets: the users and their policies."""
    return {
        USERS_KEY: "".join(f"{user.name}\n" for user in USERS),
        **{f"{user.name}.json": json.dumps(policy(user, plan.bucket_of(user.purpose)), indent=2) for user in USERS},
    }


def run_minio(name: str, engine: Minio, plan: StorePlan, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Declare everything of the store; what is returned comes last, and its buckets are there once it is."""
    args, namespace = plan.args, plan.namespace
    request = CertificateRequest(name=minio.CERTIFICATE, dns_names=minio.dns_names(namespace))
    tls = certificate(f"{name}-tls", request, namespace=namespace, issuer=args.authority, opts=opts)
    root = generated(f"{name}-key-root", opts)
    # Without this key nothing that is stored can be read. The Secret is made from it, and replaced to rotate root.
    kept = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=args.protect))
    letters = random.RandomPassword(f"{name}-encryption-key", length=_KEY_BYTES, special=False, opts=kept).result
    held = {
        "access_key_id": minio.ROOT_USER,
        "secret_access_key": root,
        "encryption_key": pulumi.Output.secret(letters.apply(encryption_key)),
    }
    before = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(depends_on=[tls, opaque(f"{name}-root", minio.ROOT, namespace, held, opts)])
    )
    pods = minio.MinioPods(
        namespace=namespace,
        image=engine.image,
        size=engine.size,
        storage_gi=args.storage_gi,
        storage_class=args.storage_class,
        pull_secret=args.sources.pull_secret,
        keys_fingerprint=keys_fingerprint({"root": root}),
    )
    made = minio.minio_pods(name, pods, protect=args.protect, opts=before)
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=made))
    if engine.size.replicas > 1:
        made.append(
            disruption_budget(
                f"{name}-budget", object_name=minio.NAME, namespace=namespace, labels=minio.LABELS, opts=after
            )
        )
    return [*made, _setup(name, engine, plan, root, after)]


def _setup(
    name: str, engine: Minio, plan: StorePlan, root: pulumi.Output[str], opts: pulumi.ResourceOptions
) -> pulumi.Resource:
    keys = {ROOT_KEY: root, **{user: key.secret_access_key for user, key in plan.keys.items()}}
    secret = opaque(f"{name}-setup-keys", SETUP_KEYS, plan.namespace, keys, opts)
    setup = Setup(
        namespace=plan.namespace,
        script="minio.sh",
        image=engine.client_image,
        uid=minio.UID,
        environment={
            "MINIO_SERVER": f"{s3_host(engine, plan.namespace)}:{minio.PORT}",
            "ROOT_USER": minio.ROOT_USER,
        },
        plan=user_files(plan),
        buckets=plan.buckets,
        keys=SETUP_KEYS,
        keys_fingerprint=keys_fingerprint(keys),
        authority=minio.CERTIFICATE,
        pull_secret=plan.args.sources.pull_secret,
    )
    return setup_job(name, setup, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[secret])))
