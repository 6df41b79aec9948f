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
_SAFE_SYSCTLS = {
    "kernel.shm_rmid_forced",
    *(f"net.ipv4.{name}" for name in ("ip_local_port_range", "ip_local_reserved_ports", "ip_unprivileged_port_start")),
    *(f"net.ipv4.{name}" for name in ("ping_group_range", "tcp_fin_timeout", "tcp_syncookies")),
    *(f"net.ipv4.tcp_keepalive_{name}" for name in ("intvl", "probes", "time")),
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
                yield f"container {value(container, 'name')}: {problem}"


def _pod(spec: Tree) -> Iterator[str]:
    for field in ("hostNetwork", "hostPID", "hostIPC"):
        if value(spec, field):
            yield f"{field} is true, must be false"
    for setting in items(spec, "securityContext", "sysctls"):
        if value(setting, "name") not in _SAFE_SYSCTLS:
            yield f"sysctl {value(setting, 'name')} is set, must not be"
    for volume in items(spec, "volumes"):
        kinds = set(volume) - {"name"}
        if kinds - _VOLUMES:
            yield f"volume {value(volume, 'name')} is {sorted(kinds)}, must be one of {sorted(_VOLUMES)}"


def _container(container: Tree, pod: Tree) -> Iterator[str]:
    own = mapping(container, "securityContext")
    dropped, added = words(own, "capabilities", "drop"), words(own, "capabilities", "add")
    if value(own, "privileged"):
        yield "privileged is true, must be false"
    if value(own, "allowPrivilegeEscalation") is not False:
        yield f"allowPrivilegeEscalation is {value(own, 'allowPrivilegeEscalation')}, must be false"
    if "ALL" not in dropped:
        yield f"capabilities.drop is {dropped}, must have ALL"
    if set(added) - {"NET_BIND_SERVICE"}:
        yield f"capabilities.add is {added}, must be empty"
    if (value(own, "runAsNonRoot") if "runAsNonRoot" in own else value(pod, "runAsNonRoot")) is not True:
        yield "runAsNonRoot is not true"
    if (value(own, "runAsUser") if "runAsUser" in own else value(pod, "runAsUser")) == 0:
        yield "runAsUser is 0, must be another"
    yield from _confinement(own, pod)
    if any(value(port, "hostPort") for port in items(container, "ports")):
        yield "hostPort is set, must not be"


def _confinement(own: Tree, pod: Tree) -> Iterator[str]:
    profile = value(own, "seccompProfile", "type") or value(pod, "seccompProfile", "type")
    if profile not in ("RuntimeDefault", "Localhost"):
        yield f"seccompProfile.type is {profile}, must be RuntimeDefault or Localhost"
    if value(own, "procMount") not in (None, "Default"):
        yield f"procMount is {value(own, 'procMount')}, must be Default"
    for each in (own, pod):
        if value(each, "windowsOptions", "hostProcess"):
            yield "windowsOptions.hostProcess is true, must be false"
        if value(each, "seLinuxOptions", "user") or value(each, "seLinuxOptions", "role"):
            yield "seLinuxOptions has a user or a role, must have none"
        if value(each, "appArmorProfile", "type") == "Unconfined":
            yield "appArmorProfile.type is Unconfined, must not be"


def no_secret_in_specs(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield variables that look like secrets and have their value in the pod's spec."""
    del facts
    for spec in pod_specs(resource):
        for container in containers(spec):
            for variable in items(container, "env"):
                name = str(value(variable, "name"))
                if value(variable, "value") and _SECRET.search(name) and name not in _PUBLIC:
                    yield f"variable {name} has its value in the spec, must refer to a Secret"
