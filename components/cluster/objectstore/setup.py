"""The Job that makes the buckets and users of an object store, again whenever what it would do has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.batch.v1 as batchv1
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.objectstore.keys import digest
from components.hardening import CONTAINER_SECURITY, POD_SECURITY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.cluster.objectstore.rights import BucketPlan

SETUP_NAME = "object-store-setup"
SETUP_LABELS = {"app.kubernetes.io/name": SETUP_NAME}
SCRIPTS = Path(__file__).with_name("scripts")
SCRIPT_KEY = "setup.sh"
BUCKETS_KEY = "buckets"


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What the Job runs with. Its script finds all this below `/setup`, as the head of the script says."""

    namespace: str
    script: str
    """Name of a file beside this module, in `scripts`."""
    image: str
    uid: int
    """User and group of the image."""
    environment: Mapping[str, str]
    plan: Mapping[str, str]
    """Further files, none of them secret."""
    buckets: Sequence[BucketPlan]
    keys: str
    """Secret whose keys become files."""
    keys_fingerprint: pulumi.Output[str]
    authority: str
    """Secret with `ca.crt`, which the store is verified against."""
    pull_secret: str | None


def bucket_lines(buckets: Sequence[BucketPlan]) -> str:
    """Render the plan as the scripts read it: name, days of lock and days of old versions, a bucket per line."""
    return "".join(f"{b.name} {b.lock_days} {b.noncurrent_days}\n" for b in buckets)


def files(setup: Setup) -> dict[str, str]:
    """Return the files of the plan, the script among them."""
    script = (SCRIPTS / setup.script).read_text(encoding="utf-8")
    return {SCRIPT_KEY: script, BUCKETS_KEY: bucket_lines(setup.buckets), **setup.plan}


def setup_job(name: str, setup: Setup, opts: pulumi.ResourceOptions) -> batchv1.Job:
    """Run the setup. A pod template cannot change, so a changed plan or key replaces the Job, which runs it again."""
    plan = files(setup)
    config = corev1.ConfigMap(
        f"{name}-setup-plan",
        metadata=metav1.ObjectMetaArgs(name=SETUP_NAME, namespace=setup.namespace),
        data=plan,
        opts=opts,
    )
    return batchv1.Job(
        f"{name}-setup",
        metadata=metav1.ObjectMetaArgs(name=SETUP_NAME, namespace=setup.namespace, labels=SETUP_LABELS),
        spec=batchv1.JobSpecArgs(
            backoff_limit=6,
            template=corev1.PodTemplateSpecArgs(
                metadata=metav1.ObjectMetaArgs(
                    labels=SETUP_LABELS,
                    annotations={
                        "seldon-platform/plan": digest(plan),
                        "seldon-platform/keys": setup.keys_fingerprint,
                    },
                ),
                spec=_pod(setup),
            ),
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[config])),
    )


def _pod(setup: Setup) -> corev1.PodSpecArgs:
    folders = ("plan", "keys", "authority")
    return corev1.PodSpecArgs(
        restart_policy="Never",
        automount_service_account_token=False,
        enable_service_links=False,
        image_pull_secrets=[corev1.LocalObjectReferenceArgs(name=setup.pull_secret)] if setup.pull_secret else None,
        security_context=corev1.PodSecurityContextArgs(
            run_as_non_root=POD_SECURITY["runAsNonRoot"],
            seccomp_profile=corev1.SeccompProfileArgs(type=POD_SECURITY["seccompProfile"]["type"]),
            run_as_user=setup.uid,
            run_as_group=setup.uid,
            fs_group=setup.uid,
        ),
        containers=[
            corev1.ContainerArgs(
                name="setup",
                image=setup.image,
                command=["/bin/sh", f"/setup/plan/{SCRIPT_KEY}"],
                env=[corev1.EnvVarArgs(name=key, value=value) for key, value in sorted(setup.environment.items())],
                resources=corev1.ResourceRequirementsArgs(
                    requests={"cpu": "50m", "memory": "64Mi"}, limits={"memory": "256Mi"}
                ),
                security_context=corev1.SecurityContextArgs(
                    allow_privilege_escalation=CONTAINER_SECURITY["allowPrivilegeEscalation"],
                    capabilities=corev1.CapabilitiesArgs(drop=CONTAINER_SECURITY["capabilities"]["drop"]),
                    read_only_root_filesystem=True,
                ),
                volume_mounts=[
                    *(corev1.VolumeMountArgs(name=f, mount_path=f"/setup/{f}", read_only=True) for f in folders),
                    corev1.VolumeMountArgs(name="work", mount_path="/tmp"),  # noqa: S108 (of the container)
                ],
            )
        ],
        volumes=[
            corev1.VolumeArgs(name="plan", config_map=corev1.ConfigMapVolumeSourceArgs(name=SETUP_NAME)),
            corev1.VolumeArgs(
                name="keys", secret=corev1.SecretVolumeSourceArgs(secret_name=setup.keys, default_mode=0o440)
            ),
            corev1.VolumeArgs(
                name="authority",
                secret=corev1.SecretVolumeSourceArgs(
                    secret_name=setup.authority, items=[corev1.KeyToPathArgs(key="ca.crt", path="ca.crt")]
                ),
            ),
            corev1.VolumeArgs(
                name="work", empty_dir=corev1.EmptyDirVolumeSourceArgs(medium="Memory", size_limit="16Mi")
            ),
        ],
    )
