"""The pods of Argo Workflows: those of the chart, rendered, and those that a controller makes, as its settings say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import stand_ins
from component_stage import ONE, SOURCES
from rich.console import Console
from stand_ins import Helm

from components.cluster.namespaces import Quota
from components.cluster.workflows import workflows_monitors
from components.cluster.workflows.config import (
    AUTHORITY_FOLDER,
    PODS_OF_ONE,
    WORKFLOWS_AT_ONCE,
    controller_config,
    pod_patch,
)
from components.cluster.workflows.names import CHART, CONTROLLER_LABELS, METRICS, TYPES, release
from components.cluster.workflows.values import controller_values, types_values
from rehearsal.toolchain import ensure_tools

if TYPE_CHECKING:
    from stand_ins import Object

CONFIG = controller_config(
    pull_secret="image-pull", authority="batch-authority", commands={"mirror.example/copier:1": ("rclone", "copy")}
)
DEFAULTS = CONFIG["workflowDefaults"]["spec"]
DROPPED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


@pytest.fixture(scope="module")
def helm() -> Helm:
    return Helm(binary=ensure_tools(console=Console(stderr=True)).helm)


def rendered(helm: Helm, namespace: str = "fraud") -> list[Object]:
    values = controller_values(namespace, "{}", size=ONE, sources=SOURCES)
    return helm(CHART, values, namespace="argo", release=release(namespace))


def test_a_release_is_a_controller_and_its_account(helm: Helm) -> None:
    made = [(item["kind"], item["metadata"]["name"]) for item in rendered(helm)]
    assert sorted(made) == [
        ("Deployment", "fraud-workflow-controller"),
        ("ServiceAccount", "fraud-workflow-controller"),
    ]


def test_the_types_come_without_a_pod(helm: Helm) -> None:
    objects = helm(CHART, types_values(SOURCES), namespace="argo", release=TYPES)
    assert {item["kind"] for item in objects} == {"CustomResourceDefinition", "Deployment"}
    (deployment,) = stand_ins.kinds(objects, "Deployment")
    assert deployment["spec"]["replicas"] == 0
    assert deployment["metadata"]["name"] != rendered(helm)[-1]["metadata"]["name"]


def test_a_controller_is_told_where_to_work(helm: Helm) -> None:
    (deployment,) = stand_ins.kinds(rendered(helm), "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    arguments = container["args"]
    assert arguments[-3:] == ["--namespaced", "--managed-namespace", "fraud"]
    assert arguments[arguments.index("--configmap") + 1] == "fraud-workflow-controller-config"
    assert (
        arguments[arguments.index("--executor-image") + 1] == "registry.acme.example/mirror/argoproj/argoexec:v3.5.15"
    )
    told = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert told["LEADER_ELECTION_DISABLE"] == "true"


def test_prometheus_finds_the_port_of_a_controller(helm: Helm) -> None:
    (monitor,) = workflows_monitors("argo")
    (deployment,) = stand_ins.kinds(rendered(helm), "Deployment")
    template = deployment["spec"]["template"]
    assert monitor.labels.items() <= template["metadata"]["labels"].items()
    ports = {port.get("name"): port["containerPort"] for port in template["spec"]["containers"][0]["ports"]}
    assert ports[monitor.port] == METRICS == CONFIG["metricsConfig"]["port"]
    assert dict(monitor.labels) == CONTROLLER_LABELS


@pytest.mark.parametrize(
    ("container", "wanted"), [("executor", {"readOnlyRootFilesystem": True}), ("mainContainer", {})]
)
def test_containers_of_jobs_are_restricted(container: str, wanted: dict[str, bool]) -> None:
    assert CONFIG[container]["securityContext"] == {**DROPPED, **wanted}


def test_pods_of_jobs_are_restricted_and_have_no_root() -> None:
    security = DEFAULTS["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] >= 10_000
    assert pod_patch(None)["enableServiceLinks"] is False


def mounts(patch: dict[str, Any]) -> dict[str, list[str]]:
    """Return what each container of a patch mounts, by the container's name."""
    containers = [*patch["initContainers"], *patch["containers"]]
    return {container["name"]: [mount["name"] for mount in container["volumeMounts"]] for container in containers}


def test_a_jobs_own_container_has_no_token() -> None:
    patch = pod_patch("batch-authority")
    assert patch["automountServiceAccountToken"] is False
    assert mounts(patch) == {"init": ["executor-token"], "wait": ["executor-token"]}
    assert [mount["name"] for mount in CONFIG["mainContainer"]["volumeMounts"]] == ["batch-authority"]
    (token,) = (volume for volume in patch["volumes"] if volume["name"] == "executor-token")
    (source,) = (each["serviceAccountToken"] for each in token["projected"]["sources"] if "serviceAccountToken" in each)
    assert source["expirationSeconds"] <= 3600


def test_every_mounted_volume_is_there() -> None:
    for authority in (None, "batch-authority"):
        config = controller_config(pull_secret=None, authority=authority, commands={})
        patch = json.loads(config["workflowDefaults"]["spec"]["podSpecPatch"])
        assert patch == pod_patch(authority)
        mounted = {name for names in mounts(patch).values() for name in names}
        mounted |= {mount["name"] for mount in config["mainContainer"].get("volumeMounts", [])}
        assert mounted == {volume["name"] for volume in patch["volumes"]}


def test_jobs_verify_the_bucket_by_its_authority_beside_the_public_ones() -> None:
    main = CONFIG["mainContainer"]
    # RCLONE_CA_CERT or SSL_CERT_FILE would take the place of the public authorities.
    assert main["env"] == [{"name": "SSL_CERT_DIR", "value": AUTHORITY_FOLDER}]
    assert main["volumeMounts"][0]["mountPath"] == AUTHORITY_FOLDER
    (volume,) = (each for each in pod_patch("batch-authority")["volumes"] if each["name"] == "batch-authority")
    assert volume["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}], "the key beside it is not for jobs"


def test_pull_secrets_reach_jobs() -> None:
    assert DEFAULTS["imagePullSecrets"] == [{"name": "image-pull"}]
    assert (
        "imagePullSecrets"
        not in controller_config(pull_secret=None, authority=None, commands={})["workflowDefaults"]["spec"]
    )


def test_jobs_leave_room_for_model_servers() -> None:
    assert (CONFIG["parallelism"], DEFAULTS["parallelism"]) == (WORKFLOWS_AT_ONCE, PODS_OF_ONE)
    assert Quota().pods // 2 >= WORKFLOWS_AT_ONCE * PODS_OF_ONE
    assert DEFAULTS["podPriorityClassName"] == "seldon-batch"


def test_jobs_end_and_go() -> None:
    assert DEFAULTS["activeDeadlineSeconds"] == 86_400
    assert DEFAULTS["ttlStrategy"] == {"secondsAfterSuccess": 86_400, "secondsAfterFailure": 7 * 86_400}
    assert DEFAULTS["volumeClaimGC"] == {"strategy": "OnWorkflowCompletion"}


def test_a_known_image_needs_no_command_of_the_step() -> None:
    assert CONFIG["images"] == {"mirror.example/copier:1": {"entrypoint": ["rclone", "copy"]}}


def test_no_instance_is_asked_for() -> None:
    """Seldon's platform does not say which controller a workflow is for; one that waits for that would run nothing."""
    assert "instanceID" not in CONFIG
