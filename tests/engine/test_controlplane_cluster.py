"""What the control plane does with objects: the cluster's own controllers, and the parts that kwok plays."""

from __future__ import annotations

import json
import subprocess
import time
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from rehearsal.controlplane import ControlPlane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

Document = dict[str, Any]
DEADLINE_SECONDS = 60.0


class Cluster:
    """A namespace of its own in a running control plane."""

    def __init__(self, kubectl: Path, kubeconfig: Path, namespace: str) -> None:
        self._command = [str(kubectl), "kubectl", f"--kubeconfig={kubeconfig}", f"--namespace={namespace}"]
        self.namespace = namespace

    def run(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run kubectl."""
        return subprocess.run(
            [*self._command, *arguments], input=stdin, capture_output=True, text=True, check=False, timeout=120
        )

    def apply(self, *documents: Document) -> None:
        """Apply the objects; the API server must take all of them."""
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
        result = self.run("apply", "--server-side", "-f", "-", stdin=text)
        assert result.returncode == 0, result.stderr

    def get(self, *what: str) -> Document:
        """Return what kubectl gets, empty when there is none."""
        result = self.run("get", "-o", "json", "--ignore-not-found", *what)
        assert result.returncode == 0, result.stderr
        return json.loads(result.stdout or "{}")

    def delete(self, *what: str) -> None:
        """Delete, and wait until it is gone."""
        result = self.run("delete", *what, "--timeout=60s")
        assert result.returncode == 0, result.stderr

    def await_(self, what: str, condition: Callable[[Document], bool]) -> Document:
        """Return the object once it is as wanted."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not condition(found := self.get(what)):
            assert time.monotonic() < deadline, json.dumps(found, indent=1)
            time.sleep(0.1)
        return found


@pytest.fixture(scope="module")
def kubeconfig(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    directory = tmp_path_factory.mktemp("cluster") / "controlplane"
    plane = ControlPlane(directory, controlplane=tools.controlplane, kwok=tools.kwok)
    yield plane.start(storage_classes=["fast-encrypted"])
    plane.stop()


@pytest.fixture
def cluster(tools: Tools, kubeconfig: Path, request: pytest.FixtureRequest) -> Cluster:
    name = f"test-{zlib.crc32(str(request.node.name).encode())}"
    cluster = Cluster(tools.controlplane, kubeconfig, name)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    return cluster


def true_conditions(found: Document) -> set[str]:
    return {each["type"] for each in found.get("status", {}).get("conditions", []) if each["status"] == "True"}


def pod_spec(**fields: Any) -> Document:
    # A namespace with pods in it is looked at again after half of their grace period.
    main = {"name": "main", "image": "registry.acme.example/main:1"}
    return {"containers": [main], "terminationGracePeriodSeconds": 1, **fields}


def template(**fields: Any) -> Document:
    return {"metadata": {"labels": {"app": "x"}}, "spec": pod_spec(**fields)}


def workload(kind: str, **spec: Any) -> Document:
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "x"},
        "spec": {"selector": {"matchLabels": {"app": "x"}}, **spec},
    }


def job(annotations: dict[str, str] | None = None) -> Document:
    # Without the labels of the other workloads, which spread over zones by counting them.
    pod = {"metadata": {"annotations": annotations or {}}, "spec": pod_spec(restartPolicy="Never")}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "x"},
        "spec": {"backoffLimit": 0, "template": pod},
    }


def claim(storage_class: str | None) -> Document:
    spec: Document = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {**spec, **({"storageClassName": storage_class} if storage_class else {})},
    }


def definition(group: str, version: str, kind: str) -> Document:
    plural = f"{kind.lower()}s"
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [
                {
                    "name": version,
                    "served": True,
                    "storage": True,
                    "subresources": {"status": {}},
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        },
    }


def test_nodes_are_ready_in_three_zones(cluster: Cluster) -> None:
    nodes = cluster.get("nodes")["items"]
    assert all("Ready" in true_conditions(node) for node in nodes)
    zones = {node["metadata"]["labels"]["topology.kubernetes.io/zone"] for node in nodes}
    assert zones == {"rehearsal-a", "rehearsal-b", "rehearsal-c"}
    assert {node["status"]["allocatable"]["memory"] for node in nodes} == {"64Gi"}


def test_a_deployment_becomes_available_with_its_init_containers(cluster: Cluster) -> None:
    helpers = [{"name": "init", "image": "i"}, {"name": "sidecar", "image": "s", "restartPolicy": "Always"}]
    cluster.apply(workload("Deployment", replicas=2, template=template(initContainers=helpers)))
    found = cluster.await_("deployment/x", lambda found: found.get("status", {}).get("availableReplicas") == 2)
    assert "Available" in true_conditions(found)
    (pod, _) = cluster.get("pods")["items"]
    states = {each["name"]: list(each["state"]) for each in pod["status"]["initContainerStatuses"]}
    assert states == {"init": ["terminated"], "sidecar": ["running"]}


def test_a_job_completes(cluster: Cluster) -> None:
    cluster.apply(job())
    cluster.await_("job/x", lambda found: "Complete" in true_conditions(found))


def test_a_job_told_to_fail_fails(cluster: Cluster) -> None:
    cluster.apply(job({"rehearsal.seldon-platform/outcome": "fail"}))
    cluster.await_("job/x", lambda found: "Failed" in true_conditions(found))


@pytest.mark.parametrize(("outcome", "reason"), [("crash", "CrashLoopBackOff"), ("image-pull", "ImagePullBackOff")])
def test_a_pod_told_to_fail_says_why(cluster: Cluster, outcome: str, reason: str) -> None:
    metadata = {"name": "x", "annotations": {"rehearsal.seldon-platform/outcome": outcome}}
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": pod_spec()})
    pod = cluster.await_("pod/x", lambda found: "containerStatuses" in found["status"])
    (status,) = pod["status"]["containerStatuses"]
    assert status["state"]["waiting"]["reason"] == reason
    assert "Ready" not in true_conditions(pod)


def test_load_balancer_and_ingress_get_an_address(cluster: Cluster) -> None:
    ports = [{"port": 80}]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}}
    backend = {"service": {"name": "x", "port": {"number": 80}}}
    cluster.apply(
        {**service, "spec": {"type": "LoadBalancer", "selector": {"app": "x"}, "ports": ports}},
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "x"},
            "spec": {"defaultBackend": backend},
        },
    )
    for what in ("service/x", "ingress/x"):
        found = cluster.await_(what, lambda found: bool(found["status"]["loadBalancer"]))
        assert found["status"]["loadBalancer"]["ingress"][0]["ip"].startswith("192.0.2.")


@pytest.mark.parametrize("storage_class", [None, "fast-encrypted"])
def test_a_claim_is_bound_its_pod_runs_and_its_volume_goes(cluster: Cluster, storage_class: str | None) -> None:
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    cluster.apply(claim(storage_class), workload("Deployment", template=template(volumes=volumes)))
    bound = cluster.await_("pvc/data", lambda found: found["status"].get("phase") == "Bound")
    cluster.await_("deployment/x", lambda found: "Available" in true_conditions(found))
    cluster.delete("deployment/x", "pvc/data")
    cluster.await_(f"pv/{bound['spec']['volumeName']}", lambda found: not found)


def test_a_claim_grows(cluster: Cluster) -> None:
    cluster.apply(claim(None))
    cluster.await_("pvc/data", lambda found: found["status"].get("phase") == "Bound")
    larger = claim(None)
    larger["spec"]["resources"]["requests"]["storage"] = "2Gi"
    cluster.apply(larger)
    cluster.await_("pvc/data", lambda found: found["status"]["capacity"]["storage"] == "2Gi")


def test_a_claim_of_an_unknown_class_waits(cluster: Cluster) -> None:
    cluster.apply(claim("no-such-class"))
    events = f"involvedObject.name=data,involvedObject.namespace={cluster.namespace}"
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (found := cluster.get("events", f"--field-selector={events}")["items"]):
        assert time.monotonic() < deadline
    assert 'storageclass.storage.k8s.io "no-such-class" not found' in found[0]["message"]
    assert cluster.get("pvc/data")["status"]["phase"] == "Pending"


def test_stateful_pods_spread_over_zones_and_a_namespace_goes(cluster: Cluster) -> None:
    zones = {
        "maxSkew": 1,
        "topologyKey": "topology.kubernetes.io/zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "x"}},
    }
    cluster.apply(
        workload(
            "StatefulSet",
            replicas=3,
            serviceName="x",
            template=template(topologySpreadConstraints=[zones]),
            volumeClaimTemplates=[claim("fast-encrypted")],
        ),
        job(),
    )
    cluster.await_("statefulset/x", lambda found: found.get("status", {}).get("readyReplicas") == 3)
    pods = cluster.get("pods", "--selector=apps.kubernetes.io/pod-index")["items"]
    assert len({pod["spec"]["nodeName"] for pod in pods}) == 3
    cluster.delete(f"namespace/{cluster.namespace}")


def test_a_kind_defined_late_becomes_ready_again_and_again(cluster: Cluster) -> None:
    group, version = "cert-manager.io", "v1"
    crd = definition(group, version, "Certificate")
    certificate = {"apiVersion": f"{group}/{version}", "kind": "Certificate", "metadata": {"name": "x"}}
    for _ in range(2):
        cluster.apply(crd)
        cluster.run("wait", "--for=condition=Established", f"crd/{crd['metadata']['name']}", "--timeout=60s")
        cluster.apply({**certificate, "spec": {"secretName": "x"}})
        cluster.await_("certificate/x", lambda found: "Ready" in true_conditions(found))
        cluster.apply({**certificate, "spec": {"secretName": "y"}})
        found = cluster.await_("certificate/x", lambda found: found["status"]["observedGeneration"] == 2)
        assert found["status"]["conditions"][0]["observedGeneration"] == 2
        cluster.delete(f"crd/{crd['metadata']['name']}")


@pytest.mark.parametrize(
    ("kind", "finalizer"), [("Model", "seldon.model.finalizer"), ("SeldonRuntime", "seldon.runtime.finalizer")]
)
def test_seldon_resources_are_held_until_their_operator_lets_go(cluster: Cluster, kind: str, finalizer: str) -> None:
    group, version = "mlops.seldon.io", "v1alpha1"
    crd = definition(group, version, kind)
    cluster.apply(crd)
    cluster.run("wait", "--for=condition=Established", f"crd/{crd['metadata']['name']}", "--timeout=60s")
    cluster.apply({"apiVersion": f"{group}/{version}", "kind": kind, "metadata": {"name": "x"}, "spec": {}})
    found = cluster.await_(f"{kind}/x", lambda found: "Ready" in true_conditions(found))
    assert found["metadata"]["finalizers"] == [finalizer]
    cluster.delete(f"{kind}/x")
    assert not cluster.get(f"{kind}/x")


def test_pod_security_is_enforced(cluster: Cluster) -> None:
    label = "pod-security.kubernetes.io/enforce=restricted"
    assert cluster.run("label", f"namespace/{cluster.namespace}", label).returncode == 0
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": pod_spec()}
    result = cluster.run("apply", "--server-side", "-f", "-", stdin=json.dumps(pod))
    assert result.returncode != 0
    assert 'violates PodSecurity "restricted' in result.stderr
