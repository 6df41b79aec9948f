"""When objects are ready, by kind and by annotation."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.providers.kubernetes import readiness
from rehearsal.providers.kubernetes.waitfor import parse_wait_for
from rehearsal.providers.kubernetes.waiting import timeout_seconds

AVAILABLE = {"type": "Available", "status": "True"}
COMPLETE = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}


def living(generation: int = 1, **status: Any) -> dict[str, Any]:
    return {"metadata": {"generation": generation}, "spec": {"replicas": 2}, "status": status}


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        ({"observedGeneration": 1, "conditions": [AVAILABLE, COMPLETE]}, True),
        ({"observedGeneration": 0, "conditions": [AVAILABLE, COMPLETE]}, False),
        ({"observedGeneration": 1, "conditions": [COMPLETE]}, False),
        ({"observedGeneration": 1, "conditions": [AVAILABLE, {**COMPLETE, "reason": "ReplicaSetUpdated"}]}, False),
        ({"observedGeneration": 1, "conditions": [AVAILABLE, {**COMPLETE, "status": "False"}]}, False),
    ],
)
def test_deployment(status: dict[str, Any], *, ready: bool) -> None:
    assert readiness.deployment(living(**status)).ready is ready


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        ({"replicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"}, True),
        ({"replicas": 2, "readyReplicas": 1, "currentRevision": "a", "updateRevision": "a"}, False),
        ({"replicas": 3, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "a"}, False),
        ({"replicas": 2, "readyReplicas": 2, "currentRevision": "a", "updateRevision": "b"}, False),
    ],
)
def test_stateful_set(status: dict[str, Any], *, ready: bool) -> None:
    assert readiness.stateful_set(living(observedGeneration=1, **status)).ready is ready
    assert not readiness.stateful_set(living(generation=2, observedGeneration=1, **status)).ready


def test_daemon_set() -> None:
    good = {"observedGeneration": 1, "desiredNumberScheduled": 3, "updatedNumberScheduled": 3, "numberReady": 3}
    assert readiness.daemon_set(living(**good)).ready
    assert not readiness.daemon_set(living(**{**good, "numberReady": 2})).ready
    assert not readiness.daemon_set(living(**{**good, "updatedNumberScheduled": 2})).ready


def test_a_failed_job_is_not_waited_for() -> None:
    assert readiness.job(living(conditions=[{"type": "Complete", "status": "True"}])).ready
    assert not readiness.job(living()).fatal
    failed = readiness.job(living(conditions=[{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]))
    assert failed.fatal
    assert "BackoffLimitExceeded" in failed.reasons[0]


def test_pod() -> None:
    assert readiness.pod(living(conditions=[{"type": "Ready", "status": "True"}])).ready
    assert readiness.pod(living(phase="Succeeded")).ready
    waiting = {"name": "shop", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    verdict = readiness.pod(living(phase="Pending", containerStatuses=[waiting]))
    assert verdict.reasons == ("container shop: [ImagePullBackOff] no such image",)


def test_service() -> None:
    selecting = {"spec": {"selector": {"app": "shop"}}}
    slices = [{"endpoints": [{"conditions": {"ready": True}}]}]
    assert readiness.service(selecting, slices).ready
    assert not readiness.service(selecting, []).ready
    assert not readiness.service(selecting, [{"endpoints": [{"conditions": {"ready": False}}]}]).ready
    assert readiness.service({"spec": {"selector": {"app": "shop"}, "clusterIP": "None"}}, []).ready
    assert readiness.service({"spec": {"type": "ExternalName"}}, []).ready
    balancer = {"spec": {"type": "LoadBalancer"}}
    assert not readiness.service(balancer, []).ready
    assert readiness.service({**balancer, "status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}}}, []).ready


def test_claims_and_other_kinds() -> None:
    assert readiness.claim({"status": {"phase": "Bound"}}, "").ready
    assert readiness.claim({"status": {"phase": "Pending"}}, "WaitForFirstConsumer").ready
    assert not readiness.claim({"status": {"phase": "Pending"}}, "Immediate").ready
    assert not readiness.has_address({}).ready
    assert readiness.quota({"spec": {"hard": {"pods": "1"}}, "status": {"hard": {"pods": "1"}}}).ready
    assert not readiness.secret({"type": "kubernetes.io/service-account-token"}).ready
    assert readiness.secret({"type": "Opaque"}).ready
    assert not readiness.is_awaited({"apiVersion": "v1", "kind": "ConfigMap"})


OBJECT: dict[str, Any] = {
    "metadata": {"generation": 2, "labels": {"a.b": "c"}},
    "status": {
        "observedGeneration": 2,
        "phase": "Running",
        "conditions": [{"type": "Ready", "status": "True"}, {"type": "Stalled", "status": "False"}],
        "ports": [80, 443],
    },
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("condition=Ready", True),
        ("condition=Ready=false", False),
        ("condition=Stalled=False", True),
        ("condition=Absent", False),
        ("jsonpath={.status.phase}=Running", True),
        ("jsonpath={.status.phase}='Running'", True),
        ("jsonpath=.status.phase=Stopped", False),
        ("jsonpath={.status.phase}", True),
        ("jsonpath={.status.absent}", False),
        ("jsonpath={.metadata.labels['a.b']}=c", True),
        ("jsonpath={.status.ports[1]}=443", True),
        ("jsonpath={.status.ports[*]}=80", True),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', True),
        ('jsonpath={.status.conditions[?(@.type=="Stalled")].status}=True', False),
    ],
)
def test_wait_for(expression: str, *, holds: bool) -> None:
    (expected,) = parse_wait_for(expression)
    assert expected.holds(OBJECT) is holds


def test_wait_for_takes_lists_and_refuses_the_rest() -> None:
    assert len(parse_wait_for('["condition=Ready", "jsonpath={.status.phase}=Running"]')) == 2
    stale = {**OBJECT, "metadata": {"generation": 3}}
    assert not parse_wait_for("condition=Ready")[0].holds(stale)
    for wrong in ("Ready", "[]", "jsonpath=", "jsonpath={}", "jsonpath={.a[}", "condition="):
        with pytest.raises(ValueError, match=r"pulumi\.com/waitFor"):
            parse_wait_for(wrong)


def test_timeouts() -> None:
    annotated = {"metadata": {"annotations": {"pulumi.com/timeoutSeconds": "7"}}}
    assert timeout_seconds(annotated, 3) == 3
    assert timeout_seconds(annotated, 0) == 7
    assert timeout_seconds({"apiVersion": "v1", "kind": "PersistentVolumeClaim"}, 0) == 300
    assert timeout_seconds({"metadata": {"annotations": {"pulumi.com/timeoutSeconds": "soon"}}}, 0) == 600
