"""Every rule of the pack, in one table."""

from __future__ import annotations

from policy.model import Rule
from policy.rules import data, exemptions, exposure, images, namespaces, pods, rights, tls

RULES = (
    Rule(
        name="restricted-pods",
        description="Pods are what Pod Security `restricted` asks for.",
        exemption=pods.POD_SECURITY,
        check=pods.restricted,
    ),
    Rule(
        name="secrets-by-reference",
        description="No pod has a secret in its spec.",
        check=pods.no_secret_in_specs,
    ),
    Rule(
        name="namespaces-restricted",
        description="Namespaces enforce Pod Security `restricted`.",
        exemption=pods.POD_SECURITY,
        check=namespaces.pod_security,
    ),
    Rule(
        name="exempted-namespaces-narrowed",
        description="Where a namespace is let off Pod Security, an admission policy denies in its place.",
        stack=namespaces.narrowed,
    ),
    Rule(
        name="default-deny",
        description="Every namespace has a NetworkPolicy that denies what no other allows, in both directions.",
        exemption=exposure.DEFAULT_DENY,
        stack=namespaces.closed_network,
    ),
    Rule(
        name="narrow-network-policies",
        description="NetworkPolicies name ports and peers; only the ingress takes the whole world in.",
        exemption=exposure.DEFAULT_DENY,
        check=exposure.narrow_policies,
    ),
    Rule(
        name="closed-services",
        description="No Service but the ingress is reached from outside the cluster.",
        check=exposure.closed_services,
    ),
    Rule(
        name="closed-listeners",
        description="No store has its operator open a way in from outside.",
        check=exposure.closed_listeners,
    ),
    Rule(
        name="one-load-balancer",
        description="There is one load balancer.",
        stack=exposure.one_load_balancer,
    ),
    Rule(
        name="prometheus-inside",
        description="No route leads to monitoring, and its policies let named pods in alone.",
        check=exposure.prometheus_inside,
    ),
    Rule(
        name="tls-floor",
        description="TLS 1.2 or newer at the gateway, STRICT in the mesh, TLS at the stores; keys of a decent size.",
        check=tls.tls_floor,
    ),
    Rule(
        name="storage-class",
        description="Volumes are of the class that the stack names, which encrypts.",
        check=data.storage_class,
    ),
    Rule(
        name="encryption-at-rest",
        description="Data services of the clouds are encrypted, with a key of their own.",
        check=data.encrypted,
    ),
    Rule(
        name="no-public-access",
        description="Data services of the clouds have no public address and no public objects.",
        check=data.private,
    ),
    Rule(
        name="protected",
        description="What holds data, and keys of authorities, are protected from deletion.",
        exemption=data.PROTECTION,
        check=data.protected,
    ),
    Rule(
        name="mirrored-images",
        description="Where the stack names a registry, every image comes from it.",
        check=images.mirrored,
    ),
    Rule(
        name="no-master-keys",
        description="No role is for everything, and nothing is bound to the roles for people.",
        check=rights.no_master_keys,
    ),
    Rule(
        name="exemptions-valid",
        description="Exemptions of the stack name a control and a reason, and have not expired.",
        stack=exemptions.valid,
    ),
)
