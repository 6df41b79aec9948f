"""When is an object ready: pure functions of the object (and, for some kinds, of the objects around it).

The rules are those of the official provider (its `provider/pkg/await`), except that a Service is ready as soon as its
endpoints are: there it has to stay quiet for another 10 s, which on a simulated cluster says nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from .objects import dig, group_of, items
from .values import KubeObject


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Ready, or why not; `fatal` when waiting longer cannot help."""

    reasons: tuple[str, ...] = ()
    fatal: bool = False

    @property
    def ready(self) -> bool:
        """True when nothing is left to wait for."""
        return not self.reasons


Rule: TypeAlias = Callable[[KubeObject], Verdict]
READY: Final = Verdict()


def not_ready(*reasons: str, fatal: bool = False) -> Verdict:
    """Return the verdict of an object that is to be waited for."""
    return Verdict(reasons=reasons, fatal=fatal)


def _number(obj: KubeObject, *path: str, default: int = 0) -> int:
    value = dig(obj, *path)
    return value if isinstance(value, int) else default


def _unobserved(obj: KubeObject) -> bool:
    return _number(obj, "status", "observedGeneration") < _number(obj, "metadata", "generation")


def _condition(obj: KubeObject, kind: str) -> KubeObject:
    found: list[KubeObject] = [item for item in items(obj, "status", "conditions") if item.get("type") == kind]
    return found[0] if found else {}


def _said(condition: KubeObject) -> str:
    return f"[{condition.get('reason', condition.get('type'))}] {condition.get('message', '')}".strip()


def deployment(obj: KubeObject) -> Verdict:
    """Available, its newest ReplicaSet complete, and its controller up to date."""
    if _unobserved(obj):
        return not_ready("the Deployment controller has not seen the latest change yet")
    reasons: list[str] = []
    available, progressing = _condition(obj, "Available"), _condition(obj, "Progressing")
    wanted, updated = _number(obj, "spec", "replicas", default=1), _number(obj, "status", "updatedReplicas")
    if available.get("status") != "True":
        reasons.append(_said(available) if available else "no Pods are available yet")
    if progressing.get("status") == "False":
        reasons.append(_said(progressing))
    elif progressing and progressing.get("reason") != "NewReplicaSetAvailable":
        reasons.append(f"its newest ReplicaSet is not complete: {updated}/{wanted} Pods updated")
    return Verdict(reasons=tuple(reasons))


def stateful_set(obj: KubeObject) -> Verdict:
    """All replicas there, ready, and of the latest revision."""
    if _unobserved(obj):
        return not_ready("the StatefulSet controller has not seen the latest change yet")
    wanted = _number(obj, "spec", "replicas", default=1)
    ready = _number(obj, "status", "readyReplicas")
    if _number(obj, "status", "replicas") != wanted or ready != wanted:
        return not_ready(f"{ready} out of {wanted} replicas succeeded readiness checks")
    status: KubeObject = obj.get("status") or {}
    rolling = dig(obj, "spec", "updateStrategy", "type") != "OnDelete"
    partition = _number(obj, "spec", "updateStrategy", "rollingUpdate", "partition")
    if rolling and not partition and status.get("currentRevision") != status.get("updateRevision"):
        return not_ready(
            f"{_number(obj, 'status', 'updatedReplicas')} out of {wanted} replicas are of the latest revision"
        )
    return READY


def daemon_set(obj: KubeObject) -> Verdict:
    """A ready Pod of the latest revision on every node that should have one."""
    if _unobserved(obj):
        return not_ready("the DaemonSet controller has not seen the latest change yet")
    wanted = _number(obj, "status", "desiredNumberScheduled")
    updated, ready = _number(obj, "status", "updatedNumberScheduled"), _number(obj, "status", "numberReady")
    if dig(obj, "spec", "updateStrategy", "type") != "OnDelete" and updated < wanted:
        return not_ready(f"{updated} out of {wanted} Pods are of the latest revision")
    return READY if ready >= wanted else not_ready(f"{ready} out of {wanted} Pods are ready")


def job(obj: KubeObject) -> Verdict:
    """Complete; one that has failed will not complete any more."""
    failed = _condition(obj, "Failed")
    if failed.get("status") == "True":
        return not_ready(f"the Job failed: {_said(failed)}", fatal=True)
    return READY if _condition(obj, "Complete").get("status") == "True" else not_ready("the Job is not complete yet")


def pod(obj: KubeObject) -> Verdict:
    """Ready, or ended well."""
    if _condition(obj, "Ready").get("status") == "True" or dig(obj, "status", "phase") == "Succeeded":
        return READY
    reasons = [
        _said(item)
        for item in items(obj, "status", "conditions")
        if item.get("status") == "False" and item.get("type") in ("PodScheduled", "Ready", "ContainersReady")
    ]
    for status in items(obj, "status", "containerStatuses"):
        waiting: KubeObject = dig(status, "state", "waiting") or {}
        if waiting.get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            reasons.append(f"container {status.get('name')}: {_said(waiting)}")
    return Verdict(reasons=tuple(reasons) or (f"the Pod's phase is {dig(obj, 'status', 'phase') or 'unknown'}",))


def has_address(obj: KubeObject) -> Verdict:
    """An Ingress has an address."""
    return READY if items(obj, "status", "loadBalancer", "ingress") else not_ready("it was not allocated an address")


def volume(obj: KubeObject) -> Verdict:
    """A PersistentVolume is bound or may be."""
    phase = dig(obj, "status", "phase")
    return READY if phase in ("Available", "Bound") else not_ready(f"the volume's phase is {phase}")


def replication_controller(obj: KubeObject) -> Verdict:
    """As many replicas available as asked for."""
    wanted, available = _number(obj, "spec", "replicas", default=1), _number(obj, "status", "availableReplicas")
    return READY if available == wanted else not_ready(f"{available} out of {wanted} replicas are available")


def quota(obj: KubeObject) -> Verdict:
    """The controller counts against the limits that the spec has."""
    same = dig(obj, "spec", "hard") == dig(obj, "status", "hard")
    return READY if same else not_ready("the quota controller has not taken up the limits yet")


def secret(obj: KubeObject) -> Verdict:
    """A service account's token has been issued; other Secrets are ready as they are."""
    waits = obj.get("type") == "kubernetes.io/service-account-token" and not obj.get("data")
    return not_ready("no token has been issued for the service account") if waits else READY


def service(obj: KubeObject, slices: list[KubeObject]) -> Verdict:
    """An address for a load balancer, and for a selector none of whose Pods is unready: the endpoints in `slices`."""
    kind = dig(obj, "spec", "type") or "ClusterIP"
    reasons: list[str] = []
    if kind == "LoadBalancer" and not items(obj, "status", "loadBalancer", "ingress"):
        reasons.append("it was not allocated an IP address")
    if kind != "ExternalName" and dig(obj, "spec", "selector") and dig(obj, "spec", "clusterIP") != "None":
        endpoints = [endpoint for entry in slices for endpoint in items(entry, "endpoints")]
        if not slices or any(dig(endpoint, "conditions", "ready") is False for endpoint in endpoints):
            reasons.append(
                "it targets no ready Pods: the selected Pods may not be ready, or '.spec.selector' matches none"
            )
    return Verdict(reasons=tuple(reasons))


def claim(obj: KubeObject, binding_mode: str) -> Verdict:
    """A PersistentVolumeClaim is bound; one of a class that waits for the first Pod may be pending."""
    phase = dig(obj, "status", "phase")
    if phase == "Bound" or (binding_mode == "WaitForFirstConsumer" and phase == "Pending"):
        return READY
    return not_ready(f"PersistentVolumeClaim {dig(obj, 'metadata', 'name')} is not bound: its phase is {phase}")


_RULES: Final[dict[tuple[str, str], Rule]] = {
    ("apps", "Deployment"): deployment,
    ("apps", "StatefulSet"): stateful_set,
    ("apps", "DaemonSet"): daemon_set,
    ("batch", "Job"): job,
    ("", "Pod"): pod,
    ("networking.k8s.io", "Ingress"): has_address,
    ("", "PersistentVolume"): volume,
    ("", "ReplicationController"): replication_controller,
    ("", "ResourceQuota"): quota,
    ("", "Secret"): secret,
}
_RELATED: Final = frozenset({("", "Service"), ("", "PersistentVolumeClaim")})


def kind_key(obj: KubeObject) -> tuple[str, str]:
    """Return group and kind, as the tables of this package are keyed."""
    return group_of(str(obj.get("apiVersion", ""))), str(obj.get("kind", ""))


def rule_of(obj: KubeObject) -> Rule | None:
    """Return the rule for a kind that needs no other objects to be judged, None when nothing is waited for."""
    return _RULES.get(kind_key(obj))


def is_awaited(obj: KubeObject) -> bool:
    """Say whether anything is built in to wait for."""
    key = kind_key(obj)
    return key in _RULES or key in _RELATED
