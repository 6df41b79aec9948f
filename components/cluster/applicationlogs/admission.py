"""What may run in the namespace that is let off Pod Security: the collector's kind of pod, and nothing wider.

Pod Security knows no level between `baseline`, which refuses every directory of a node, and `privileged`, which refuses
nothing. So the API server is told the exact exception: all that `restricted` asks for
(https://kubernetes.io/docs/concepts/security/pod-security-standards/), and two directories of the node, read only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pulumi_kubernetes.admissionregistration.v1 as admissionv1
import pulumi_kubernetes.meta.v1 as metav1

from components.cluster.applicationlogs.pods import NODE_DIRECTORIES, READERS_GROUP

if TYPE_CHECKING:
    import pulumi

POLICY = "seldon-node-logs"
"""Name of the policy and of its binding."""
LOWEST_USER = 10000

_VARIABLES = {
    "containers": "object.spec.containers + object.spec.?initContainers.orValue([])",
    "volumes": "object.spec.?volumes.orValue([])",
}
_PROBED_HOSTS = [
    f"c.?{probe}.?{handler}.?host.orValue('') == ''"
    for probe in ("livenessProbe", "readinessProbe", "startupProbe")
    for handler in ("httpGet", "tcpSocket")
]
_PATHS = ", ".join(f"'{path}'" for path in NODE_DIRECTORIES.values())
_LOGS = f"(has(v.hostPath) && v.hostPath.path in [{_PATHS}])"
_OF_THE_NODE = "variables.volumes.exists(v, v.name == m.name && has(v.hostPath))"

_OF_PODS: dict[str, list[str]] = {
    "no namespace of the node": [
        f"!object.spec.?{name}.orValue(false)" for name in ("hostNetwork", "hostPID", "hostIPC")
    ],
    "no token of a service account": ["!object.spec.?automountServiceAccountToken.orValue(true)"],
    "no ephemeral container": ["object.spec.?ephemeralContainers.orValue([]).size() == 0"],
    f"a user of {LOWEST_USER} or higher, and no group but the one that reads logs": [
        "object.spec.?securityContext.?runAsNonRoot.orValue(false)",
        f"object.spec.?securityContext.?runAsUser.orValue(0) >= {LOWEST_USER}",
        *(f"object.spec.?securityContext.?{group}.orValue(0) >= {LOWEST_USER}" for group in ("runAsGroup", "fsGroup")),
        f"object.spec.?securityContext.?supplementalGroups.orValue([]).all(g, g == {READERS_GROUP})",
    ],
    "the runtime's own system call filter and confinement": [
        "object.spec.?securityContext.?seccompProfile.?type.orValue('') == 'RuntimeDefault'",
        "object.spec.?securityContext.?appArmorProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'",
        "object.metadata.?annotations.orValue({}).all(k, !k.startsWith('container.apparmor.security.beta'))",
        "!object.spec.?securityContext.?seLinuxOptions.hasValue()",
        "!object.spec.?securityContext.?windowsOptions.hasValue()",
        "object.spec.?securityContext.?sysctls.orValue([]).size() == 0",
    ],
    "no volume but configuration, Secrets, empty directories and the logs of the node": [
        f"variables.volumes.all(v, has(v.configMap) || has(v.secret) || has(v.emptyDir) || {_LOGS})",
    ],
}
_OF_CONTAINERS: dict[str, list[str]] = {
    "no privilege, and no way to one": [
        "!c.?securityContext.?allowPrivilegeEscalation.orValue(true)",
        "!c.?securityContext.?privileged.orValue(false)",
        "c.?securityContext.?procMount.orValue('Default') == 'Default'",
    ],
    "no capability": [
        "c.?securityContext.?capabilities.?drop.orValue([]).exists(d, d == 'ALL')",
        "c.?securityContext.?capabilities.?add.orValue([]).size() == 0",
    ],
    "a root file system that is only read": ["c.?securityContext.?readOnlyRootFilesystem.orValue(false)"],
    "containers that take nothing of the pod's confinement back": [
        "c.?securityContext.?runAsNonRoot.orValue(true)",
        *(f"c.?securityContext.?{id_}.orValue({LOWEST_USER}) >= {LOWEST_USER}" for id_ in ("runAsUser", "runAsGroup")),
        "c.?securityContext.?seccompProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'",
        "c.?securityContext.?appArmorProfile.?type.orValue('RuntimeDefault') == 'RuntimeDefault'",
        "!c.?securityContext.?seLinuxOptions.hasValue()",
        "!c.?securityContext.?windowsOptions.hasValue()",
    ],
    "no port of the node": ["c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)"],
    "no hook, and no probe of another host": ["!has(c.lifecycle)", *_PROBED_HOSTS],
    "no raw device": ["c.?volumeDevices.orValue([]).size() == 0"],
    "the logs of the node read only": [
        f"c.?volumeMounts.orValue([]).all(m, m.?readOnly.orValue(false) || !{_OF_THE_NODE})",
    ],
}


def validations() -> list[dict[str, str]]:
    """Return what every pod must be, in the form of the policy's spec: the expression, and what is said if it fails."""
    required = {says: " && ".join(conditions) for says, conditions in _OF_PODS.items()}
    for says, conditions in _OF_CONTAINERS.items():
        required[says] = f"variables.containers.all(c, {' && '.join(conditions)})"
    return [
        {
            "expression": expression,
            "message": f"pods that read logs of the node must have {says}",
            "reason": "Forbidden",
        }
        for says, expression in required.items()
    ]


def policy_spec() -> dict[str, Any]:
    """Return the spec of the policy. It judges ephemeral containers too, which are added to a pod that runs."""
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["pods", "pods/ephemeralcontainers"],
    }
    return {
        "failurePolicy": "Fail",
        "matchConstraints": {"resourceRules": [rule]},
        "variables": [{"name": name, "expression": expression} for name, expression in _VARIABLES.items()],
        "validations": validations(),
    }


def binding_spec(namespace: str) -> dict[str, Any]:
    """Return the spec of the binding to one namespace, known by the label that the API server itself sets."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return {
        "policyName": POLICY,
        "validationActions": ["Deny", "Audit"],
        "matchResources": {"namespaceSelector": selector},
    }


def narrow_namespace(name: str, namespace: str, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    """Make the policy and its binding; pods of the namespace come after what is returned."""
    metadata = metav1.ObjectMetaArgs(name=POLICY)
    return [
        admissionv1.ValidatingAdmissionPolicy(
            f"{name}-policy", metadata=metadata, spec=cast("Any", policy_spec()), opts=opts
        ),
        admissionv1.ValidatingAdmissionPolicyBinding(
            f"{name}-binding", metadata=metadata, spec=cast("Any", binding_spec(namespace)), opts=opts
        ),
    ]
