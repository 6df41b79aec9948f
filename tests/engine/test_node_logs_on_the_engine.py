"""The namespace that is let off Pod Security, on a real API server: the collector's pod gets in, nothing wider does."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from k8s_fixtures import cluster, namespace_object

from components.charts import UpstreamCharts
from components.cluster.applicationlogs import ApplicationLogsArgs
from components.cluster.applicationlogs.admission import POLICY, binding_spec, policy_spec
from components.cluster.applicationlogs.pods import pod_spec
from components.contracts import Addresses, GivenAuthority, PlacedIn, SearchEndpoint
from components.sources import Sources
from components.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable

    from k8s_fixtures import Cluster, Object

__all__ = ["cluster"]

HERE, ELSEWHERE = "seldon-node-logs", "shop"
ARGS = ApplicationLogsArgs(
    sources=Sources(charts=UpstreamCharts(), pull_secret="image-pull"),
    placed=PlacedIn(namespace=HERE, ready=[]),
    namespaces=["fraud"],
    search=SearchEndpoint(
        host="es.acme.example",
        port=9200,
        username="application-logs",
        password="planted",
        trust=GivenAuthority(certificate="PEM of acme"),
        reached_at=Addresses(cidrs=["10.9.0.0/24"]),
        ready=[],
    ),
    access=None,
    size=Workload(replicas=1, cpu_milli=100, memory_mi=256),
)


def pod(namespace: str = HERE) -> Object:
    """Return a pod of the collector, as its DaemonSet makes it; no class of priority is there."""
    spec = {key: value for key, value in pod_spec(ARGS).items() if key != "priorityClassName"}
    metadata = {"name": "node-logs", "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {**deepcopy(spec)}}


def answer(cluster: Cluster, item: Object) -> str:
    """Return what the API server says to a pod, without making it."""
    return cluster.answer("create", "--dry-run=server", "--filename=-", stdin=json.dumps(item))


@pytest.fixture(scope="module")
def narrowed(cluster: Cluster) -> Cluster:
    """A cluster whose namespace for the collector has the policy, once the API server goes by it."""
    group = "admissionregistration.k8s.io/v1"
    made: list[Object] = [
        {
            "apiVersion": group,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": {"name": POLICY},
            "spec": policy_spec(),
        },
        {
            "apiVersion": group,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": POLICY},
            "spec": binding_spec(HERE),
        },
    ]
    for namespace in (HERE, ELSEWHERE):
        made.append(namespace_object(namespace, enforce="privileged"))
        account = {"name": "node-logs", "namespace": namespace}
        made.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    cluster.kubectl("apply", "--filename=-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": made}))
    wide = pod()
    wide["spec"]["hostNetwork"] = True
    for _ in range(600):
        if "must have" in answer(cluster, wide):
            return cluster
        time.sleep(0.2)
    raise AssertionError("the API server does not go by the policy")


def test_the_collectors_pod_is_admitted(narrowed: Cluster) -> None:
    assert "created" in answer(narrowed, pod())


def on_pod(**fields: object) -> Callable[[Object], None]:
    """Set fields of the pod's spec."""

    def widen(item: Object) -> None:
        item["spec"].update(fields)

    return widen


def on_pod_security(**fields: object) -> Callable[[Object], None]:
    """Set fields of the pod's security context; None takes one away."""

    def widen(item: Object) -> None:
        security = {**item["spec"]["securityContext"], **fields}
        item["spec"]["securityContext"] = {key: value for key, value in security.items() if value is not None}

    return widen


def on_container(**fields: object) -> Callable[[Object], None]:
    """Set fields of the container."""

    def widen(item: Object) -> None:
        item["spec"]["containers"][0].update(fields)

    return widen


def on_security(**fields: object) -> Callable[[Object], None]:
    """Set fields of the container's security context; None takes one away."""

    def widen(item: Object) -> None:
        container = item["spec"]["containers"][0]
        security = {**container["securityContext"], **fields}
        container["securityContext"] = {key: value for key, value in security.items() if value is not None}

    return widen


def volume(**source: object) -> Callable[[Object], None]:
    """Add a volume, mounted only to be read."""

    def widen(item: Object) -> None:
        item["spec"]["volumes"].append({"name": "more", **source})
        mount = {"name": "more", "mountPath": "/more", "readOnly": True}
        item["spec"]["containers"][0]["volumeMounts"].append(mount)

    return widen


def helper(**fields: object) -> Callable[[Object], None]:
    """Add a container that runs first, and is wider."""

    def widen(item: Object) -> None:
        (main,) = item["spec"]["containers"]
        like = {key: value for key, value in main.items() if not key.endswith("Probe")}
        item["spec"]["initContainers"] = [{**like, "name": "first", **fields}]

    return widen


def written_logs(item: Object) -> None:
    """Let the container write to the node."""
    for mount in item["spec"]["containers"][0]["volumeMounts"]:
        if mount["name"] == "files":
            del mount["readOnly"]


def unconfined_by_annotation(item: Object) -> None:
    """Ask for no AppArmor, as pods did before they had a field for it."""
    item["metadata"]["annotations"] = {"container.apparmor.security.beta.kubernetes.io/fluent-bit": "unconfined"}


WIDER: dict[str, tuple[Callable[[Object], None], str]] = {
    "network of the node": (on_pod(hostNetwork=True), "no namespace of the node"),
    "processes of the node": (on_pod(hostPID=True), "no namespace of the node"),
    "memory of the node": (on_pod(hostIPC=True), "no namespace of the node"),
    "a token": (on_pod(automountServiceAccountToken=True), "no token"),
    "the default about tokens": (on_pod(automountServiceAccountToken=None), "no token"),
    "maybe root": (on_pod_security(runAsNonRoot=None), "a user of"),
    "a user of the node": (on_pod_security(runAsUser=1000), "a user of"),
    "no user": (on_pod_security(runAsUser=None), "a user of"),
    "another group": (on_pod_security(supplementalGroups=[0, 4]), "a user of"),
    "a first group of the node": (on_pod_security(runAsGroup=6), "a user of"),
    "a group of volumes of the node": (on_pod_security(fsGroup=6), "a user of"),
    "a group that a container takes": (on_security(runAsGroup=6), "confinement back"),
    "no system call filter": (on_pod_security(seccompProfile=None), "system call filter"),
    "an open system call filter": (on_pod_security(seccompProfile={"type": "Unconfined"}), "system call filter"),
    "no AppArmor": (on_pod_security(appArmorProfile={"type": "Unconfined"}), "system call filter"),
    "no AppArmor, the old way": (unconfined_by_annotation, "system call filter"),
    "another SELinux label": (on_pod_security(seLinuxOptions={"type": "spc_t"}), "system call filter"),
    "a kernel setting": (on_pod_security(sysctls=[{"name": "net.ipv4.tcp_syncookies", "value": "0"}]), "system call"),
    "all logs of the node": (volume(hostPath={"path": "/var/log"}), "no volume but"),
    "the whole node": (volume(hostPath={"path": "/"}), "no volume but"),
    "another folder of logs": (volume(hostPath={"path": "/var/log/pods/fraud"}), "no volume but"),
    "a token as a volume": (
        volume(projected={"sources": [{"serviceAccountToken": {"path": "token"}}]}),
        "no volume but",
    ),
    "a claim": (volume(persistentVolumeClaim={"claimName": "data"}), "no volume but"),
    "logs that can be written": (written_logs, "read only"),
    "all privileges": (on_security(privileged=True, allowPrivilegeEscalation=None), "no privilege"),
    "a way to privileges": (on_security(allowPrivilegeEscalation=True), "no privilege"),
    "the default about ways to privileges": (on_security(allowPrivilegeEscalation=None), "no privilege"),
    "another capability": (on_security(capabilities={"drop": ["ALL"], "add": ["DAC_READ_SEARCH"]}), "no capability"),
    "some capabilities": (on_security(capabilities={"drop": ["CHOWN"]}), "no capability"),
    "a root file system to write": (on_security(readOnlyRootFilesystem=False), "only read"),
    "a container as root": (on_security(runAsUser=0, runAsNonRoot=False), "take nothing"),
    "a container that may be root": (on_security(runAsNonRoot=False), "take nothing"),
    "a container without a filter": (on_security(seccompProfile={"type": "Unconfined"}), "take nothing"),
    "a container without AppArmor": (on_security(appArmorProfile={"type": "Unconfined"}), "take nothing"),
    "a container with an SELinux label": (on_security(seLinuxOptions={"user": "root"}), "take nothing"),
    "a port of the node": (on_container(ports=[{"containerPort": 2020, "hostPort": 2020}]), "no port of the node"),
    "a hook": (on_container(lifecycle={"preStop": {"sleep": {"seconds": 1}}}), "no hook"),
    "a probe of another host": (
        on_container(livenessProbe={"tcpSocket": {"port": 22, "host": "192.0.2.7"}}),
        "no hook",
    ),
    "a helper with privileges": (helper(securityContext={"privileged": True}), "no privilege"),
    "a helper that writes to the node": (
        helper(volumeMounts=[{"name": "links", "mountPath": "/var/log/containers"}]),
        "read only",
    ),
}


@pytest.mark.parametrize("case", WIDER)
def test_a_wider_pod_is_refused(narrowed: Cluster, case: str) -> None:
    widen, says = WIDER[case]
    item = pod()
    widen(item)
    said = answer(narrowed, item)
    assert "must have" in said, said
    assert says in said, said
    item["metadata"]["namespace"] = ELSEWHERE
    assert "created" in answer(narrowed, item), "it was the policy that refused it, and only where it applies"


def test_a_debugger_is_kept_out_of_a_pod_that_runs(narrowed: Cluster) -> None:
    narrowed.kubectl("create", "--filename=-", stdin=json.dumps(pod()))
    debugger: dict[str, Any] = {"name": "debugger", "image": "registry.acme.example/tools:1"}
    patch = json.dumps({"spec": {"ephemeralContainers": [debugger]}})
    said = narrowed.answer(
        "patch", "pod", "node-logs", f"--namespace={HERE}", "--subresource=ephemeralcontainers", f"--patch={patch}"
    )
    assert "no ephemeral container" in said
