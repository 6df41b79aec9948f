"""What every pod must be: restricted, and without a secret in its spec."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from policy.pods import containers, pod_specs
from policy.tree import items, mapping, value, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.model import Facts, Resource
    from policy.tree import Tree

POD_SECURITY = "pod-security"
_VOLUMES = {
    *("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"),
}
_PUBLIC = {"TRUST_STORE_PASSWORD"}
"""Called like secrets and none: that of a store of public certificates, which Java insists on."""
_SECRET = re.compile(r"(PASSWORD|PASSWD|CLIENT_SECRET|SECRET_ACCESS_KEY|PRIVATE_KEY|_TOKEN)$")


def restricted(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield what Pod Security `restricted` refuses (https://kubernetes.io/docs/concepts/security/pod-security-standards)."""
    if facts.exempt(POD_SECURITY, resource.namespace):
        return
    for spec in pod_specs(resource):
        yield from _pod(spec)
        for container in containers(spec):
            for problem in _container(container, mapping(spec, "securityContext")):
                yield f"container {container.get('name')}: {problem}"


def _pod(spec: Tree) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(field):
            yield f"{field} is true, must be false"
    for volume in items(spec, "volumes"):
        kinds = set(volume) - {"name"}
        if kinds - _VOLUMES:
            yield f"volume {volume.get('name')} is {sorted(kinds)}, must be one of {sorted(_VOLUMES)}"


def _container(container: Tree, pod: Tree) -> Iterator[str]:
    own = mapping(container, "securityContext")
    dropped, added = words(own, "capabilities", "drop"), words(own, "capabilities", "add")
    if own.get("privileged"):
        yield "privileged is true, must be false"
    if own.get("allowPrivilegeEscalation") is not False:
        yield f"allowPrivilegeEscalation is {own.get('allowPrivilegeEscalation')}, must be false"
    if "ALL" not in dropped:
        yield f"capabilities.drop is {dropped}, must have ALL"
    if set(added) - {"NET_BIND_SERVICE"}:
        yield f"capabilities.add is {added}, must be empty"
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")) is not True:
        yield "runAsNonRoot is not true"
    if own.get("runAsUser", pod.get("runAsUser")) == 0:
        yield "runAsUser is 0, must be another"
    profile = value(own, "seccompProfile", "type") or value(pod, "seccompProfile", "type")
    if profile not in ("RuntimeDefault", "Localhost"):
        yield f"seccompProfile.type is {profile}, must be RuntimeDefault or Localhost"
    if any(port.get("hostPort") for port in items(container, "ports")):
        yield "hostPort is set, must not be"


def no_secret_in_specs(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield variables that look like secrets and have their value in the pod's spec."""
    del facts
    for spec in pod_specs(resource):
        for container in containers(spec):
            for variable in items(container, "env"):
                name = str(variable.get("name"))
                if variable.get("value") and _SECRET.search(name) and name not in _PUBLIC:
                    yield f"variable {name} has its value in the spec, must refer to a Secret"
