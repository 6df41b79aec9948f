"""What a stack file makes of the logs of applications: all of the collector where it asks for it, and nothing else."""

from __future__ import annotations

import copy
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import pytest
import yaml
from component_stage import CONFIG_MAP, SECRET
from platforms import PLATFORM, enterprise, planted, record_platform
from recorder import unsecret

from infra import names

if TYPE_CHECKING:
    from recorder import Recording

DAEMON = "kubernetes:apps/v1:DaemonSet"
NAMESPACE = "kubernetes:core/v1:Namespace"
QUOTA = "kubernetes:core/v1:ResourceQuota"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
BINDING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
Kind = Literal["in-cluster", "external"]


@cache
def recorded(kind: Kind) -> Recording:
    return record_platform(enterprise(kind))


def told(recording: Recording) -> dict[str, Any]:
    files = recording.object(CONFIG_MAP, names.NODE_LOGS, "node-logs").inputs["data"]
    return yaml.safe_load(files["fluent-bit.yaml"])["pipeline"]


@pytest.mark.parametrize("kind", ["in-cluster", "external"])
def test_only_what_is_enforced_is_let_off_and_the_policy_takes_its_place(kind: Kind) -> None:
    recording = recorded(kind)
    labels = recording.object(NAMESPACE, None, names.NODE_LOGS).inputs["metadata"]["labels"]
    found = {mode: labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")}
    assert found == {"enforce": "privileged", "audit": "restricted", "warn": "restricted"}
    (binding,) = recording.of(BINDING)
    assert names.NODE_LOGS in str(binding.inputs["spec"]["matchResources"])
    (collector,) = recording.of(DAEMON)
    assert binding.urn in recording.before(collector)
    others = [n for n in recording.of(NAMESPACE) if n.object_name != names.NODE_LOGS]
    assert {n.inputs["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] for n in others} == {"restricted"}


@pytest.mark.parametrize("kind", ["in-cluster", "external"])
def test_it_reads_the_runtimes_and_the_gateway(kind: Kind) -> None:
    recording = recorded(kind)
    runtimes = sorted(recording.exports["runtimes"])
    applications, gateway = told(recording)["inputs"]
    assert applications["path"] == ",".join(f"/var/log/containers/*_{name}_*-*.log" for name in runtimes)
    assert gateway["path"] == "/var/log/containers/istio-ingressgateway-*_istio-system_istio-proxy-*.log"
    _, audit = told(recording)["outputs"]
    assert audit["host"] == "audit-fluentd-aggregator.seldon-audit.svc.cluster.local"
    opened = {policy.object_name for policy in recording.of(POLICY) if policy.namespace == names.NODE_LOGS}
    assert opened == {
        "default-deny",
        "allow-dns",
        "node-logs-search-out",
        "node-logs-audit-out",
        "scrape-node-logs-in",
    }


def test_it_writes_as_a_user_of_its_own() -> None:
    inside = unsecret(recorded("in-cluster").object(SECRET, names.NODE_LOGS, "node-logs-search").inputs["stringData"])
    assert inside["username"] == "application-logs"
    config = enterprise("external")
    writer = config[PLATFORM]["applicationLogs"]["writer"]
    outside = unsecret(recorded("external").object(SECRET, names.NODE_LOGS, "node-logs-search").inputs["stringData"])
    assert outside["username"] == writer["username"] != config[PLATFORM]["search"]["username"]
    assert outside["password"] == planted(writer["password"]["secret"])


@pytest.mark.parametrize(("version", "typed"), [("6.8", True), ("7.17", False)])
def test_documents_name_a_type_only_where_elasticsearch_wants_one(version: str, *, typed: bool) -> None:
    config = copy.deepcopy(enterprise("external"))
    config[PLATFORM]["search"]["version"] = version
    search, _ = told(record_platform(config))["outputs"]
    assert search["suppress_type_name"] is not typed


def test_a_quota_has_room_for_many_nodes() -> None:
    quota = recorded("in-cluster").object(QUOTA, names.NODE_LOGS, "platform").inputs["spec"]["hard"]
    assert (quota["pods"], quota["requests.storage"]) == ("1000", "0")


def test_a_stack_that_does_not_ask_has_none_of_it() -> None:
    config = copy.deepcopy(enterprise("in-cluster"))
    platform = config[PLATFORM]
    platform["applicationLogs"] = {"kind": "none"}
    platform["exemptions"] = [e for e in platform["exemptions"] if e["control"] != "pod-security"]
    recording = record_platform(config)
    assert recording.of(DAEMON) == recording.of(BINDING) == []
    assert names.NODE_LOGS not in {namespace.object_name for namespace in recording.of(NAMESPACE)}
    assert "application-logs" not in str([unsecret(secret.inputs) for secret in recording.of(SECRET)])


def test_without_the_enterprise_platform_its_pods_have_their_priority_too() -> None:
    config = copy.deepcopy(enterprise("external"))
    for part in ("enterprise", "postgres", "audit"):
        config[PLATFORM].pop(part, None)
    for secret in ("license", "loginSecret", "postgresPassword", "requestLoggerSecret"):
        config.pop(f"seldon-platform:{secret}", None)
    for runtime in config[PLATFORM]["seldon"]["runtimes"]:
        runtime.pop("visibility", None)
    recording = record_platform(config)
    (collector,) = recording.of(DAEMON)
    (priority,) = recording.of("kubernetes:scheduling.k8s.io/v1:PriorityClass")
    assert unsecret(collector.inputs)["spec"]["template"]["spec"]["priorityClassName"] == priority.object_name
    assert priority.urn in recording.before(collector)
