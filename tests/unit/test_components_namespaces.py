"""PlatformNamespace: what exists before the first pod of a namespace."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from component_stage import SECRET, perform, waits_for
from netpol import Evaluator, Pod, host, read
from recorder import Secret

from components.cluster.namespaces import (
    NamespaceArgs,
    PlatformNamespace,
    Quota,
    RegistryCredentials,
    Visibility,
    namespace_labels,
)

if TYPE_CHECKING:
    from component_stage import Stage
    from recorder import Recording

NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
ARGS = NamespaceArgs(namespace="fraud", cluster_minor=33, customer="acme", purpose="models of one tenant")


def made(args: NamespaceArgs = ARGS, *, password: str | None = None, preview: bool = False) -> Recording:
    def make(stage: Stage) -> None:
        credentials = RegistryCredentials(
            registry="registry.acme.example", username="puller", password=pulumi.Output.secret(password or "")
        )
        PlatformNamespace("fraud", replace(args, pull_credentials=credentials if password else None), stage.opts)

    return perform(make, preview=preview)


@pytest.mark.parametrize("preview", [True, False])
def test_the_guards_of_a_namespace(*, preview: bool) -> None:
    recording = made(password="s3cret", preview=preview)
    component = recording.one("seldon-platform:cluster:PlatformNamespace", "fraud")
    assert recording.outputs_of(component.urn) == {"namespace": "fraud"}
    children = {(child.type.rpartition(":")[2], child.object_name) for child in recording.children(component.urn)}
    assert children == {
        ("Namespace", "fraud"),
        ("ResourceQuota", "platform"),
        ("LimitRange", "platform"),
        ("NetworkPolicy", "default-deny"),
        ("NetworkPolicy", "allow-dns"),
        ("Secret", "image-pull"),
    }
    for child in recording.children(component.urn):
        if child.type != NAMESPACE:
            assert child.namespace == "fraud"
            assert waits_for(recording, child) == {"fraud-namespace"}


@pytest.mark.parametrize("protect", [True, False])
def test_only_the_namespace_itself_is_protected(*, protect: bool) -> None:
    recording = made(replace(ARGS, protect=protect))
    protected = [resource.type for resource in recording.resources if resource.protect]
    assert protected == ([NAMESPACE] if protect else [])


def test_labels_of_the_default() -> None:
    assert namespace_labels(replace(ARGS, labels={"istio-injection": "disabled"})) == {
        "pod-security.kubernetes.io/enforce": "restricted",
        "pod-security.kubernetes.io/enforce-version": "v1.33",
        "pod-security.kubernetes.io/audit": "restricted",
        "pod-security.kubernetes.io/audit-version": "v1.33",
        "pod-security.kubernetes.io/warn": "restricted",
        "pod-security.kubernetes.io/warn-version": "v1.33",
        "app.kubernetes.io/part-of": "seldon-platform",
        "seldon-platform/customer": "acme",
        "istio-injection": "disabled",
    }


def test_an_exception_lowers_only_what_is_enforced() -> None:
    labels = namespace_labels(replace(ARGS, pod_security="baseline"))
    assert labels["pod-security.kubernetes.io/enforce"] == "baseline"
    assert labels["pod-security.kubernetes.io/audit"] == labels["pod-security.kubernetes.io/warn"] == "restricted"


def test_a_namespace_says_who_finds_it() -> None:
    shown = Visibility(groups={"risk": "write", "audit": "read"})
    labels = namespace_labels(replace(ARGS, visibility=shown))
    said = {name: value for name, value in labels.items() if name.startswith("seldon.")}
    assert said == {"seldon.restricted": "true", "seldon.group.audit": "read", "seldon.group.risk": "write"}
    assert namespace_labels(replace(ARGS, visibility=Visibility(restricted=False)))["seldon.restricted"] == "false"
    assert [name for name in namespace_labels(ARGS) if name.startswith("seldon.")] == []


@pytest.mark.parametrize("group", ["", "a/b", "-risk", "r" * 51, "Risk & audit"])
def test_a_group_that_no_label_can_hold_is_refused(group: str) -> None:
    with pytest.raises(ValueError, match=rf"group {group}: .* allowed: at most 50 letters, digits"):
        Visibility(groups={group: "read"})


def test_no_label_of_a_caller_weakens_pod_security() -> None:
    labels = namespace_labels(replace(ARGS, labels={"pod-security.kubernetes.io/enforce": "privileged"}))
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_the_network_is_closed_but_for_dns() -> None:
    recording = made()
    deny, dns = (recording.object(POLICY, "fraud", name).inputs["spec"] for name in ("default-deny", "allow-dns"))
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert dns == {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [
            {
                "to": [
                    {
                        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                        "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                    }
                ],
                "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
            }
        ],
    }


def test_an_exemption_opens_the_network_both_ways_whatever_other_policies_say() -> None:
    exempt = made(replace(ARGS, default_deny=False))
    (policy,) = exempt.of(POLICY)
    assert (policy.object_name, policy.inputs["spec"]) == (
        "exempt-from-default-deny",
        {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [{}], "egress": [{}]},
    )
    spec: dict[str, Any] = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    closing = read({"metadata": {"name": "of-a-flow", "namespace": "fraud"}, "spec": spec})
    network = Evaluator([read(policy.inputs), closing], {"fraud": {}})
    pod, away = Pod(name="p", namespace="fraud", labels={}), host("away", "203.0.113.9", "2001:db8::9")
    assert all(network.allows(*ends, port) for ends in ((pod, away), (away, pod)) for port in (53, 443))


def test_an_exemption_leaves_the_rest_as_it_is() -> None:
    rest = [{r.name for r in made(a).resources if r.type != POLICY} for a in (ARGS, replace(ARGS, default_deny=False))]
    assert rest[0] == rest[1]


@pytest.mark.parametrize(("load_balancers", "node_ports"), [(0, "0"), (1, "3")])
def test_quota(load_balancers: int, node_ports: str) -> None:
    recording = made(replace(ARGS, quota=Quota(load_balancers=load_balancers)))
    assert recording.one("kubernetes:core/v1:ResourceQuota", "fraud-quota").inputs["spec"]["hard"] == {
        "pods": "100",
        "requests.cpu": "64",
        "requests.memory": "256Gi",
        "requests.storage": "1Ti",
        "services.loadbalancers": str(load_balancers),
        "services.nodeports": node_ports,
    }


def test_a_container_that_asks_for_nothing_is_limited() -> None:
    (limit,) = made().one("kubernetes:core/v1:LimitRange", "fraud-limits").inputs["spec"]["limits"]
    assert limit["type"] == "Container"
    assert {*limit["defaultRequest"]} == {"cpu", "memory", "ephemeral-storage"}
    # A default CPU limit would refuse a container that requests more and sets no limit, as inference servers do.
    assert {*limit["default"]} == {"memory", "ephemeral-storage"}


def test_the_pull_secret_is_secret() -> None:
    secret = made(password='p"4ss').one(SECRET, "fraud-pull-secret")
    assert secret.inputs["type"] == "kubernetes.io/dockerconfigjson"
    data: Any = secret.inputs["stringData"]
    assert isinstance(data, Secret)
    assert json.loads(data.value[".dockerconfigjson"]) == {
        "auths": {"registry.acme.example": {"username": "puller", "password": 'p"4ss'}}
    }


def test_without_credentials_there_is_no_secret() -> None:
    assert made().of(SECRET) == []
