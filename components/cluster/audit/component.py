"""The aggregator of the audit trail, as one component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi
import pulumi_kubernetes.apps.v1 as appsv1
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.audit import names
from components.cluster.audit.config import configuration
from components.cluster.audit.pods import ALIVE, ALIVE_SCRIPT, stateful_spec
from components.cluster.certificates import CertificateRequest, certificate
from components.cluster.objectstore.keys import digest, generated, keys_fingerprint, opaque
from components.contracts import AuditEndpoint, GivenAuthority, PlatformAuthority, Pods, StaticKeys
from components.trust import authority_secret
from components.workload import disruption_budget

if TYPE_CHECKING:
    from components.cluster.audit.args import AuditTrailArgs

CONFIGURATION_KEY = "fluent.conf"


class AuditTrail(pulumi.ComponentResource):
    """Takes records of the forward protocol, keeps them on disk, and puts them into the bucket for the audit trail."""

    endpoint: AuditEndpoint

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("seldon-platform:cluster:AuditTrail", name, {}, opts)
        self._name = name
        self._args = args
        self._namespace = args.placed.namespace
        self._inside = pulumi.ResourceOptions(parent=self, depends_on=[*args.placed.ready, *args.depends_on])
        shared_key = generated(f"{name}-shared-key", self._inside)
        text = configuration(args.bucket, host=names.host(self._namespace), storage_gi=args.storage_gi)
        files = {CONFIGURATION_KEY: text, ALIVE: ALIVE_SCRIPT}
        stateful = self._pods(
            [self._files(files), *self._secrets(shared_key)],
            {"seldon-platform/configuration": digest(files), "seldon-platform/keys": self._fingerprint(shared_key)},
        )
        after = pulumi.ResourceOptions(parent=self, depends_on=[stateful])
        if args.size.replicas > 1:
            disruption_budget(
                f"{name}-budget", object_name=names.NAME, namespace=self._namespace, labels=names.LABELS, opts=after
            )
        self.endpoint = AuditEndpoint(
            host=names.host(self._namespace),
            secure_port=names.SECURE,
            plain_port=names.PLAIN,
            shared_key=shared_key,
            trust=PlatformAuthority(issuer=args.authority),
            reached_at=Pods(namespace=self._namespace, labels=names.LABELS),
            ready=[stateful, self._service(after)],
        )
        self.register_outputs({"host": self.endpoint.host})

    def _metadata(self, object_name: str) -> metav1.ObjectMetaArgs:
        return metav1.ObjectMetaArgs(name=object_name, namespace=self._namespace, labels=names.LABELS)

    def _files(self, files: dict[str, str]) -> pulumi.Resource:
        return corev1.ConfigMap(
            f"{self._name}-files", metadata=self._metadata(names.NAME), data=files, opts=self._inside
        )

    def _secrets(self, shared_key: pulumi.Output[str]) -> list[pulumi.Resource]:
        """Make what the pods take from Secrets: the certificate, the shared key, keys and authority of the store."""
        bucket, namespace = self._args.bucket, self._namespace
        made: list[pulumi.Resource] = [
            certificate(
                f"{self._name}-tls",
                CertificateRequest(name=names.CERTIFICATE, dns_names=names.dns_names(namespace)),
                namespace=namespace,
                issuer=self._args.authority,
                opts=self._inside,
            ),
            opaque(
                f"{self._name}-forward",
                names.SHARED_KEY,
                namespace,
                {names.SHARED_KEY_KEY: shared_key},
                self._inside,
            ),
        ]
        if isinstance(bucket.access, StaticKeys):
            keys = {
                "access_key_id": bucket.access.access_key_id,
                "secret_access_key": bucket.access.secret_access_key,
            }
            made.append(opaque(f"{self._name}-bucket-keys", names.BUCKET_KEYS, namespace, keys, self._inside))
        authority = authority_secret(
            f"{self._name}-bucket-authority",
            bucket.trust,
            namespace=namespace,
            secret_name=names.BUCKET_AUTHORITY,
            dns_names=[f"{names.BUCKET_AUTHORITY}.{namespace}.svc"],
            opts=self._inside,
        )
        return [*made, *([authority] if authority else [])]

    def _fingerprint(self, shared_key: pulumi.Output[str]) -> pulumi.Output[str]:
        """Return a digest of all keys and of a given authority. The shared key in it is what nobody can guess."""
        bucket = self._args.bucket
        keys: dict[str, pulumi.Input[str]] = {"shared_key": shared_key}
        if isinstance(bucket.access, StaticKeys):
            keys |= {"id": bucket.access.access_key_id, "key": bucket.access.secret_access_key}
        given = bucket.trust.certificate if isinstance(bucket.trust, GivenAuthority) else ""
        return keys_fingerprint(keys, plan=given)

    def _pods(self, needs: list[pulumi.Resource], annotations: dict[str, pulumi.Input[str]]) -> pulumi.Resource:
        access = self._args.bucket.access
        account = corev1.ServiceAccount(
            f"{self._name}-account",
            metadata=metav1.ObjectMetaArgs(
                name=names.NAME,
                namespace=self._namespace,
                annotations=None if isinstance(access, StaticKeys) else dict(access.annotations),
            ),
            automount_service_account_token=False,
            opts=self._inside,
        )
        headless = corev1.Service(
            f"{self._name}-pods",
            metadata=self._metadata(names.HEADLESS),
            spec=corev1.ServiceSpecArgs(
                cluster_ip="None",
                selector=names.LABELS,
                ports=[corev1.ServicePortArgs(name="metrics", port=names.METRICS)],
            ),
            opts=self._inside,
        )
        opts = pulumi.ResourceOptions(
            parent=self,
            depends_on=[*needs, *self._args.bucket.ready, account, headless],
            protect=self._args.protect,
        )
        return appsv1.StatefulSet(
            f"{self._name}-aggregator",
            metadata=self._metadata(names.NAME),
            spec=cast("Any", stateful_spec(self._args, annotations)),
            opts=opts,
        )

    def _service(self, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        ports = {name: port for name, port in names.PORT_NAMES.items() if port != names.METRICS}
        return corev1.Service(
            f"{self._name}-service",
            metadata=self._metadata(names.NAME),
            spec=corev1.ServiceSpecArgs(
                selector=names.LABELS,
                ports=[corev1.ServicePortArgs(name=name, port=port, target_port=name) for name, port in ports.items()],
            ),
            opts=opts,
        )
