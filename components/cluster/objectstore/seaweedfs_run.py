"""SeaweedFS as an object store: its certificates, keys and identities, its chart, and its setup."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.charts import Release, pins
from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.objectstore import seaweedfs
from components.cluster.objectstore.authority import part_certificates
from components.cluster.objectstore.engine import REGION, s3_endpoint, s3_host
from components.cluster.objectstore.keys import generated, keys_fingerprint, opaque
from components.cluster.objectstore.rights import SETUP, USERS, policy, setup_policy
from components.cluster.objectstore.setup import Setup, setup_job
from components.workload import disruption_budget

if TYPE_CHECKING:
    from collections.abc import Callable

    from components.cluster.objectstore.args import StorePlan
    from components.cluster.objectstore.engine import SeaweedFs

IMAGE = "docker.io/chrislusf/seaweedfs"
SETUP_KEYS = "object-store-setup-keys"


def policies(plan: StorePlan) -> dict[str, dict[str, Any]]:
    """Return the policy of each user, the setup user's among them."""
    return {
        **{user.name: policy(user, plan.bucket_of(user.purpose)) for user in USERS},
        SETUP: setup_policy([bucket.name for bucket in plan.buckets]),
    }


def identities(plan: StorePlan) -> dict[str, Any]:
    """Return the gateways' configuration: users with their keys, each under one policy (weed/pb/iam.proto)."""
    documents = policies(plan)
    return {
        "identities": [
            {
                "name": user,
                "credentials": [
                    {
                        "accessKey": plan.keys[user].access_key_id,
                        "secretKey": plan.keys[user].secret_access_key,
                    }
                ],
                "policyNames": [user],
            }
            for user in documents
        ],
        "policies": [{"name": user, "content": json.dumps(document)} for user, document in documents.items()],
    }


def annotate_pods(props: dict[str, Any], added: dict[str, Any]) -> dict[str, Any]:
    """Copy a workload with more annotations on its pods."""
    spec, template = props["spec"], props["spec"]["template"]
    metadata: dict[str, Any] = template["metadata"]
    annotations: dict[str, Any] = {**(metadata.get("annotations") or {}), **added}
    return {
        **props,
        "spec": {**spec, "template": {**template, "metadata": {**metadata, "annotations": annotations}}},
    }


def restarts(
    *, gateways: pulumi.Input[str], parts: pulumi.Input[str]
) -> Callable[[pulumi.ResourceTransformArgs], pulumi.ResourceTransformResult | None]:
    """Make the transform that puts digests of keys on the pods: they read keys when they start, and only then."""

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ not in {"kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet"}:
            return None
        added: dict[str, Any] = {"seldon-platform/signing-keys": parts}
        if args.type_.endswith("Deployment"):
            added["seldon-platform/identities"] = gateways
        props = annotate_pods(cast("dict[str, Any]", args.props), added)
        return pulumi.ResourceTransformResult(props=props, opts=args.opts)

    return transform


def run_seaweedfs(name: str, engine: SeaweedFs, plan: StorePlan, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Declare everything of the store; what is returned comes last, and its buckets are there once it is."""
    args, namespace = plan.args, plan.namespace
    certificates = _certificates(name, engine, plan, opts)
    signing = {key: generated(f"{name}-signing-{key}", opts) for key in sorted(seaweedfs.SIGNING_KEYS.values())}
    secrets = [
        opaque(f"{name}-signing", seaweedfs.SIGNING, namespace, signing, opts),
        opaque(
            f"{name}-identities",
            seaweedfs.IDENTITIES,
            namespace,
            {seaweedfs.IDENTITIES_KEY: pulumi.Output.json_dumps(identities(plan))},
            opts,
        ),
    ]
    configured = keys_fingerprint(
        {user: keys.secret_access_key for user, keys in plan.keys.items()}, plan=json.dumps(policies(plan))
    )
    chart = args.sources.install(
        f"{name}-seaweedfs",
        Release(
            chart="seaweedfs",
            name=seaweedfs.RELEASE,
            namespace=namespace,
            values=seaweedfs.seaweedfs_values(
                size=engine.size,
                storage_gi=args.storage_gi,
                storage_class=args.storage_class,
                namespace=namespace,
                sources=args.sources,
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=[*certificates, *secrets], protect=args.protect)
        ),
        transforms=[restarts(gateways=configured, parts=keys_fingerprint(signing))],
    )
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[chart]))
    return [chart, *_beside(name, engine, plan, after), _setup(name, engine, plan, after)]


def _certificates(name: str, engine: SeaweedFs, plan: StorePlan, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Ask for the certificates of the parts, and of the gateways for clients.

    What the chart mounts as that of the authority (`ca`) is one like the others here, read for its `ca.crt` alone: the
    chart's own choice would put the authority's private key into every pod.
    """
    namespace = plan.namespace
    parts = [
        CertificateRequest(name=f"seaweedfs-{part}-cert", dns_names=[f"seaweedfs-{part}.{namespace}.svc.cluster.local"])
        for part in ("ca", *seaweedfs.PARTS)
    ]
    host = s3_host(engine, namespace)
    short = host.removesuffix(".cluster.local")
    request = CertificateRequest(name=seaweedfs.S3_CERTIFICATE, dns_names=[host, short, short.removesuffix(".svc")])
    authority = plan.args.authority
    # An authority of the store's own needs cert-manager no less than a certificate of the platform's.
    running = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=list(authority.ready)))
    return [
        *part_certificates(name, parts, namespace=namespace, opts=running),
        certificate(f"{name}-s3-tls", request, namespace=namespace, issuer=authority, opts=opts),
    ]


def _beside(name: str, engine: SeaweedFs, plan: StorePlan, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Make what the chart has no values for."""
    size = engine.size
    replicas = {"master": size.master, "volume": size.volume, "filer": size.filer, "s3": size.gateway}
    lifecycle = corev1.Service(
        f"{name}-lifecycle",
        metadata=metav1.ObjectMetaArgs(name=seaweedfs.LIFECYCLE_SERVICE, namespace=plan.namespace),
        spec=corev1.ServiceSpecArgs(
            selector=seaweedfs.pod_labels("s3"),
            ports=[corev1.ServicePortArgs(name="grpc", port=seaweedfs.S3_GRPC)],
        ),
        opts=opts,
    )
    budgets = [
        disruption_budget(
            f"{name}-{part}-budget",
            object_name=f"seaweedfs-{part}",
            namespace=plan.namespace,
            labels=seaweedfs.pod_labels(part),
            opts=opts,
        )
        for part, workload in replicas.items()
        if workload.replicas > 1
    ]
    return [lifecycle, *budgets]


def _setup(name: str, engine: SeaweedFs, plan: StorePlan, opts: pulumi.ResourceOptions) -> pulumi.Resource:
    keys = plan.keys[SETUP]
    secret = opaque(
        f"{name}-setup-keys",
        SETUP_KEYS,
        plan.namespace,
        {"access_key_id": keys.access_key_id, "secret_access_key": keys.secret_access_key},
        opts,
    )
    setup = Setup(
        namespace=plan.namespace,
        script="seaweedfs.sh",
        image=plan.args.sources.image(f"{IMAGE}:{pins()['seaweedfs'].app_version}"),
        uid=seaweedfs.UID,
        environment={"S3_ENDPOINT": s3_endpoint(engine, plan.namespace), "S3_REGION": REGION},
        plan={},
        buckets=plan.buckets,
        keys=SETUP_KEYS,
        keys_fingerprint=keys_fingerprint({"secret_access_key": keys.secret_access_key}),
        authority=seaweedfs.S3_CERTIFICATE,
        pull_secret=plan.args.sources.pull_secret,
    )
    return setup_job(name, setup, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[secret])))
