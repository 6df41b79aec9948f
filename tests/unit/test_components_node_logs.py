"""The collector of application logs: what is made, in which order, who it talks to, and what is noticed of it."""

from __future__ import annotations

import subprocess
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from component_stage import CERTIFICATE, CONFIG_MAP, PLACE, SECRET, WITHOUT_MIRROR, waits_for
from node_logs_stage import ACCESS, ARGS, AUDIT, HERE, PASSWORD, SEARCH, SHARED_KEY, made
from recorder import Secret, leaves, unsecret

from components.cluster.applicationlogs import (
    application_logs_alerts,
    application_logs_flows,
    application_logs_monitors,
)
from components.cluster.applicationlogs.config import BUFFER_MI, configuration, written
from components.cluster.namespaces import daemon_quota
from components.cluster.network import policies
from components.contracts import GivenAuthority, Pods, PublicAuthorities
from components.revision import REVISION
from components.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recorder import Recorded, Recording

DAEMON = "kubernetes:apps/v1:DaemonSet"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
POLICY = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
REVISIONS = "random:index/randomId:RandomId"
COLLECTOR = Pods(namespace=HERE, labels={"app.kubernetes.io/name": "node-logs"})
Spec = dict[str, Any]


def daemon(recording: Recording) -> Recorded:
    return recording.object(DAEMON, HERE, "node-logs")


def template(recording: Recording) -> Spec:
    return daemon(recording).inputs["spec"]["template"]


def pod(recording: Recording) -> Spec:
    return template(recording)["spec"]


@pytest.mark.parametrize("preview", [True, False])
def test_everything_is_there_before_the_pods(*, preview: bool) -> None:
    recording = made(preview=preview)
    first = {f"guards-of-{HERE}", "flows", "search", "audit"}
    own = {"policy", "binding", "files", "account", "search", "audit", "search-authority", "audit-authority"}
    before = waits_for(recording, daemon(recording))
    assert before >= first | {f"application-logs-{part}" for part in own}


def test_the_policy_is_bound_to_the_namespace_and_denies() -> None:
    recording = made()
    (policy,) = recording.of(POLICY)
    (binding,) = recording.of(f"{POLICY}Binding")
    assert policy.inputs["spec"]["failurePolicy"] == "Fail"
    spec = binding.inputs["spec"]
    assert spec["policyName"] == policy.object_name
    assert "Deny" in spec["validationActions"]
    assert spec["matchResources"] == {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": HERE}}}


def test_the_pods_read_the_configuration() -> None:
    recording = made()
    files = recording.object(CONFIG_MAP, HERE, "node-logs").inputs["data"]
    assert files == {"fluent-bit.yaml": written(configuration(ARGS))}
    (container,) = pod(recording)["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert container["command"][1] == f"--config={mounts['configuration']}/fluent-bit.yaml"
    for output in yaml.safe_load(files["fluent-bit.yaml"])["pipeline"]["outputs"]:
        assert output["tls.ca_file"] == f"{mounts[output['alias'] + '-authority']}/ca.crt"


def test_what_is_secret_comes_from_secrets() -> None:
    recording = made()
    (container,) = pod(recording)["containers"]
    read = {e["name"]: e["valueFrom"].get("secretKeyRef") for e in container["env"] if e["name"] != "POD_NAME"}
    held: dict[str, Any] = {}
    for variable, reference in read.items():
        data = recording.object(SECRET, HERE, reference["name"]).inputs["stringData"]
        assert isinstance(data, Secret)
        held[variable] = unsecret(data)[reference["key"]]
    assert held == {
        "SEARCH_HOST": "es.acme.example",
        "SEARCH_USERNAME": "application-logs",
        "SEARCH_PASSWORD": PASSWORD,
        "AUDIT_SHARED_KEY": SHARED_KEY,
    }
    said = [variable for value in configuration(ARGS)["pipeline"]["outputs"] for variable in value.values()]
    assert {f"${{{variable}}}" for variable in read} <= {*map(str, said)}
    for resource in recording.resources:
        for path, value, secret in leaves(resource.inputs):
            assert secret or not any(text in str(value) for text in (PASSWORD, SHARED_KEY)), f"{resource.name}{path}"


def test_new_credentials_and_authorities_restart_the_pods() -> None:
    given = replace(ARGS.search, trust=GivenAuthority(certificate="PEM of acme"))
    recording = made(search=given)
    (mark,) = recording.of(REVISIONS)
    kept = unsecret(mark.inputs["keepers"])
    assert kept["search-password"] == PASSWORD
    assert kept["audit-shared_key"] == SHARED_KEY
    assert "PEM of acme" in kept.values()
    assert mark.urn in recording.before(daemon(recording))
    annotations = template(recording)["metadata"]["annotations"]
    assert REVISION in annotations
    other = template(made(namespaces=["pricing"]))["metadata"]["annotations"]
    assert other["seldon-platform/configuration"] != annotations["seldon-platform/configuration"]


@pytest.mark.parametrize("access", [ACCESS, None])
def test_each_server_is_verified_against_its_own_authority(access: Any) -> None:
    made_here = made(access=access).of(CERTIFICATE)
    ways = ["audit", "search"] if access else ["search"]
    assert sorted(each.object_name for each in made_here) == [f"node-logs-{way}-authority" for way in ways]
    public = replace(SEARCH, trust=PublicAuthorities())
    assert not made(search=public, access=None).of(CERTIFICATE)


def unsafe(spec: Spec) -> Iterator[str]:
    """Yield what the policy of the namespace would not see; that it admits the pod, a real API server says."""
    (container,) = spec["containers"]
    node = {volume["hostPath"]["path"] for volume in spec["volumes"] if "hostPath" in volume}
    if node != {"/var/log/containers", "/var/log/pods"}:
        yield f"reads {node} of the node"
    if spec.get("enableServiceLinks") is not False or spec.get("priorityClassName") != "seldon-data":
        yield "names of Services, or no priority"
    if spec.get("imagePullSecrets") != [{"name": "image-pull"}]:
        yield "no credentials of the registry"
    if "tolerations" in spec:
        yield "runs where no model may"
    resources = container.get("resources", {})
    if not all({"memory", "ephemeral-storage"} <= {*resources.get(kind, {})} for kind in ("requests", "limits")):
        yield "takes what it wants of the node"
    if any(volume["secret"].get("defaultMode") != 0o440 for volume in spec["volumes"] if "secret" in volume):
        yield "others read its Secrets"
    if any(
        [item["key"] for item in v["secret"].get("items", [])] != ["ca.crt"] for v in spec["volumes"] if "secret" in v
    ):
        yield "mounts a private key that it does not need"


def change(path: str, value: Any) -> Callable[[Spec], None]:
    def edit(spec: Spec) -> None:
        *above, last = path.split("/")
        tree: Any = spec
        for key in above:
            tree = tree[int(key)] if key.isdigit() else tree[key]
        tree[last] = value

    return edit


MUTATIONS: dict[str, Callable[[Spec], None]] = {
    "all logs of the node": change("volumes/1/hostPath", {"path": "/var/log"}),
    "names of Services": change("enableServiceLinks", value=True),
    "no priority": change("priorityClassName", None),
    "no credentials": change("imagePullSecrets", []),
    "everywhere": change("tolerations", [{"operator": "Exists"}]),
    "no limits": change("containers/0/resources", {"requests": {"cpu": "1"}}),
    "a Secret for all": change("volumes/4/secret/defaultMode", 0o444),
    "a private key": change("volumes/4/secret/items", [{"key": "tls.key", "path": "tls.key"}]),
}


@pytest.mark.parametrize("mutation", [None, *MUTATIONS])
def test_the_pods_are_as_narrow_as_they_can_be(mutation: str | None) -> None:
    spec = deepcopy(pod(made()))
    if mutation:
        MUTATIONS[mutation](spec)
    assert bool([*unsafe(spec)]) is bool(mutation)


def test_no_account_has_a_token_or_a_right() -> None:
    recording = made()
    assert recording.object(ACCOUNT, HERE, "node-logs").inputs["automountServiceAccountToken"] is False
    assert not [r.name for r in recording.resources if "rbac.authorization" in r.type]


@pytest.mark.parametrize("access", [ACCESS, None])
def test_the_disk_has_room_for_the_buffers_and_no_more(access: Any) -> None:
    spec = pod(made(access=access))
    ways = ["search", "audit"] if access else ["search"]
    buffers = sum(BUFFER_MI[way] for way in ways)
    (state,) = [volume["emptyDir"]["sizeLimit"] for volume in spec["volumes"] if "emptyDir" in volume]
    assert buffers < int(state.removesuffix("Mi")) <= buffers * 3 // 2
    resources = spec["containers"][0]["resources"]
    assert {resources[kind]["ephemeral-storage"] for kind in resources} == {state}


@pytest.mark.parametrize(
    ("changed", "image"),
    [
        ({}, "registry.acme.example/mirror/fluent/fluent-bit:5.1.1"),
        ({"sources": WITHOUT_MIRROR}, "docker.io/fluent/fluent-bit:5.1.1"),
        (
            {"image": "registry.acme.example/own/fluent-bit:5.1.1-fips"},
            "registry.acme.example/own/fluent-bit:5.1.1-fips",
        ),
    ],
)
def test_the_image(changed: dict[str, Any], image: str) -> None:
    assert pod(made(**changed))["containers"][0]["image"] == image


@pytest.mark.parametrize("access", [ACCESS, None])
def test_the_flows(access: Any) -> None:
    flows = application_logs_flows(PLACE, namespace=HERE, search=SEARCH, access=access)
    expected = [
        (COLLECTOR, SEARCH.reached_at, [9243]),
        (PLACE.prometheus, COLLECTOR, [2020]),
        *([(COLLECTOR, AUDIT.reached_at, [24224])] if access else []),
    ]
    assert [(flow.source, flow.target, [*flow.ports]) for flow in flows] == expected
    assert policies(flows)


def test_prometheus_scrapes_the_port_that_the_pods_name() -> None:
    (monitor,) = application_logs_monitors(HERE)
    spec = template(made())
    ports = {port["name"]: port["containerPort"] for port in spec["spec"]["containers"][0]["ports"]}
    assert (ports[monitor.port], monitor.path) == (2020, "/api/v2/metrics/prometheus")
    assert spec["metadata"]["labels"] == monitor.labels


def test_a_quota_fits_a_pod_on_every_node() -> None:
    size = Workload(replicas=1, cpu_milli=200, memory_mi=300)
    quota = daemon_quota(size, nodes=10)
    assert (quota.pods, quota.cpu, quota.memory, quota.storage) == (10, "2", "3Gi", "0")


ERRORS = "fluentbit_output_{}{{namespace='seldon-node-logs',pod='a',name='{}'}}"
SERIES: dict[str, tuple[str, str, str]] = {
    "NodeLogsMissing": (
        "kube_daemonset_status_number_unavailable{namespace='seldon-node-logs',daemonset='node-logs'}",
        "0x200",
        "1x200",
    ),
    "NodeLogsNotRead": (
        "fluentbit_input_records_total{namespace='seldon-node-logs',pod='a',name='search'}",
        "0+9x200",
        "9x200",
    ),
    "NodeLogsErrors": (ERRORS.format("retries_total", "search"), "0x200", "0+1x200"),
    "ApplicationLogsLost": (ERRORS.format("retries_failed_total", "search"), "0x200", "0+1x200"),
    "GatewayLogsLost": (ERRORS.format("dropped_records_total", "audit"), "0x200", "0+1x200"),
}

QUIET = [
    ERRORS.format(f"{counted}_total", way)
    for way in ("search", "audit")
    for counted in ("retries", "retries_failed", "dropped_records")
]
"""What every collector has from its start."""


@pytest.mark.parametrize("alert", SERIES)
@pytest.mark.parametrize("bad", [False, True])
def test_alerts_fire_when_they_should(alert: str, *, bad: bool, promtool: Path, tmp_path: Path) -> None:
    rules = application_logs_alerts(namespace=HERE)
    assert {rule["alert"] for rule in rules["groups"][0]["rules"]} == {*SERIES}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules), encoding="utf-8")
    series, *values = SERIES[alert]
    given = {**dict.fromkeys(QUIET, "0x200"), series: values[bad]}
    expr = f'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": value} for name, value in given.items()],
        "promql_expr_test": [{"expr": expr, "eval_time": "180m", "exp_samples": [{"labels": "{}", "value": int(bad)}]}],
    }
    file = tmp_path / "tests.yaml"
    file.write_text(yaml.safe_dump({"rule_files": ["rules.yaml"], "tests": [test]}), encoding="utf-8")
    said = subprocess.run([promtool, "test", "rules", file], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stdout + said.stderr
