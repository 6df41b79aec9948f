"""Batch jobs before a real API server: what it admits of their pods, and what their accounts may do.

The pods are those that the controller of Argo Workflows v3.5.15 makes (workflow/controller/workflowpod.go) of a
workflow that says what Seldon's platform is told to: user and group 1000, an image and arguments (chart seldon-deploy
2.4.0).
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from k8s_fixtures import cluster

from components.cluster.namespaces import NamespaceArgs, namespace_labels
from components.cluster.workflows.config import controller_config
from components.cluster.workflows.names import ACCOUNT, API, BATCH_PRIORITY, config_map, controller
from components.cluster.workflows.rights import controller_rules
from components.rights import rule
from components.seldon.values import deep_merge

if TYPE_CHECKING:
    from collections.abc import Callable

    from k8s_fixtures import Cluster, Object

__all__ = ["cluster"]

RUNTIME, HOME = "fraud", "argo"
CONFIG = controller_config(pull_secret="image-pull", authority="batch-authority", commands={})
STEP: dict[str, Any] = {
    "name": "main",
    "image": "registry.acme.example/mirror/seldonio/rclone-storage-initializer:1.18.2",
    "args": ["batch://seldon-batch/in", "/assets"],
    "resources": {"requests": {"cpu": "200m", "memory": "200Mi"}, "limits": {"cpu": "1", "memory": "200Mi"}},
}
ASKED: dict[str, Any] = {"serviceAccountName": ACCOUNT, "securityContext": {"runAsUser": 1000, "fsGroup": 1000}}
EXECUTOR = "registry.acme.example/mirror/argoproj/argoexec:v3.5.15"
ARGO = {"name": "var-run-argo", "mountPath": "/var/run/argo"}


def job(name: str, config: Object) -> Object:
    """Make the pod of a step, before it is patched (createWorkflowPod); what a workflow asks for wins."""
    spec = deep_merge(config["workflowDefaults"]["spec"], ASKED)
    executor = {"image": EXECUTOR, **config["executor"]}
    wait = {**executor, "name": "wait", "command": ["argoexec", "wait"]}
    main = deep_merge(config["mainContainer"], STEP)
    # The controller adds these after the patch; here they do not stand in its way.
    wait["volumeMounts"] = [{"name": "tmp-dir-argo", "mountPath": "/tmp", "subPath": "0"}, ARGO]  # noqa: S108 (in a pod)
    main["volumeMounts"] = [*main.get("volumeMounts", []), ARGO]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": RUNTIME, "labels": spec["podMetadata"]["labels"]},
        "spec": {
            "restartPolicy": "Never",
            "serviceAccountName": spec["serviceAccountName"],
            "imagePullSecrets": spec["imagePullSecrets"],
            "securityContext": spec["securityContext"],
            "priorityClassName": spec["podPriorityClassName"],
            "initContainers": [{**executor, "name": "init", "command": ["argoexec", "init"], "volumeMounts": [ARGO]}],
            "containers": [wait, main],
            "volumes": [{"name": "var-run-argo", "emptyDir": {}}, {"name": "tmp-dir-argo", "emptyDir": {}}],
        },
    }


def patched(cluster: Cluster, pod: Object, patch: str) -> Object:
    """Merge a patch into a pod as the controller does (util.ApplyPodSpecPatch): strategically."""
    wanted = json.dumps({"spec": json.loads(patch)})
    said = cluster.kubectl("patch", "--local", "-f-", "--type=strategic", "-p", wanted, "-ojson", stdin=json.dumps(pod))
    return json.loads(said)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A runtime where batch jobs may run."""

    cluster: Cluster

    def admit(self, name: str, config: Object) -> Object:
        """Ask for the pod of a step, and return it as it was admitted."""
        patch = config["workflowDefaults"]["spec"]["podSpecPatch"]
        pod = patched(self.cluster, job(name, config), patch)
        return json.loads(self.cluster.kubectl("create", "--dry-run=server", "-f-", "-ojson", stdin=json.dumps(pod)))

    def may(self, who: str, verb: str, what: str, namespace: str) -> bool:
        """Say whether an account may do something."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {
                "user": f"system:serviceaccount:{who}",
                "groups": ["system:serviceaccounts", "system:authenticated"],
                "resourceAttributes": {"verb": verb, "namespace": namespace, **_attributes(what)},
            },
        }
        said = self.cluster.kubectl("create", "-f-", "-ojson", stdin=json.dumps(review))
        return bool(json.loads(said)["status"]["allowed"])


def _attributes(what: str) -> dict[str, str]:
    """Read `<resource>[.<group>][/<subresource>][:<name>]`."""
    path, _, name = what.partition(":")
    kind, _, below = path.partition("/")
    resource, _, group = kind.partition(".")
    return {"resource": resource, "group": group, "subresource": below, "name": name}


def granted(name: str, namespace: str, account: str, rules: list[Object]) -> list[Object]:
    """Return a Role and its binding to an account `<namespace>:<name>`."""
    api, metadata = "rbac.authorization.k8s.io/v1", {"name": name, "namespace": namespace}
    home, _, who = account.partition(":")
    return [
        {"apiVersion": api, "kind": "Role", "metadata": metadata, "rules": rules},
        {
            "apiVersion": api,
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": who, "namespace": home}],
        },
    ]


@pytest.fixture(scope="module")
def place(cluster: Cluster) -> Place:
    """A runtime, the namespace of the controllers, and the rights that are given there."""
    objects: list[Object] = []
    for namespace in (RUNTIME, "churn", HOME):
        args = NamespaceArgs(namespace=namespace, cluster_minor=33, customer="acme", purpose="test")
        metadata = {"name": namespace, "labels": namespace_labels(args)}
        objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    account = {"name": ACCOUNT, "namespace": RUNTIME}
    priority = {"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "metadata": {"name": BATCH_PRIORITY}}
    own, of_controller = controller(RUNTIME), f"{HOME}:{controller(RUNTIME)}"
    read = [rule("", ("configmaps",), ("get",), [config_map(RUNTIME)])]
    report = [rule(API, ("workflowtaskresults",), ("create", "patch"))]
    objects += [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account, "automountServiceAccountToken": False},
        {**priority, "value": -1000, "preemptionPolicy": "Never"},
        *granted("workflow-controller", RUNTIME, of_controller, controller_rules()),
        *granted(own, HOME, of_controller, read),
        *granted(ACCOUNT, RUNTIME, f"{RUNTIME}:{ACCOUNT}", report),
    ]
    listed = {"apiVersion": "v1", "kind": "List", "items": objects}
    cluster.kubectl("apply", "--server-side", "-f-", stdin=json.dumps(listed))
    return Place(cluster=cluster)


def test_the_pod_of_a_job_is_admitted_with_a_token_for_argo_alone(place: Place) -> None:
    spec = place.admit("job", CONFIG)["spec"]
    tokens = {
        container["name"]: [
            mount["name"] for mount in container["volumeMounts"] if "serviceaccount" in mount["mountPath"]
        ]
        for container in [*spec["initContainers"], *spec["containers"]]
    }
    assert tokens == {"init": ["executor-token"], "wait": ["executor-token"], "main": []}
    assert (spec["priority"], spec["enableServiceLinks"]) == (-1000, False)
    assert spec["securityContext"]["runAsUser"] == 1000, "what the workflow asks for wins"


def _drop_user(config: Object) -> None:
    config["workflowDefaults"]["spec"]["securityContext"].pop("runAsNonRoot")


def _drop_seccomp(config: Object) -> None:
    config["workflowDefaults"]["spec"]["securityContext"].pop("seccompProfile")


def _drop_of_executor(config: Object) -> None:
    config["executor"].pop("securityContext")


def _drop_of_step(config: Object) -> None:
    config["mainContainer"].pop("securityContext")


@pytest.mark.parametrize("take", [_drop_user, _drop_seccomp, _drop_of_executor, _drop_of_step])
def test_it_is_refused_without_any_of_the_defaults(place: Place, take: Callable[[Object], None]) -> None:
    config = copy.deepcopy(CONFIG)
    take(config)
    with pytest.raises(AssertionError, match="violates PodSecurity"):
        place.admit("refused", config)


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("create", "pods"),
        ("watch", "workflows.argoproj.io"),
        ("update", "workflows.argoproj.io/finalizers"),
        ("watch", "workflowtasksets.argoproj.io"),
        ("deletecollection", "workflowtaskresults.argoproj.io"),
        ("create", "persistentvolumeclaims"),
    ],
)
def test_a_controller_runs_jobs_in_its_runtime_and_in_no_other(place: Place, verb: str, what: str) -> None:
    who = f"{HOME}:{controller(RUNTIME)}"
    assert place.may(who, verb, what, RUNTIME)
    for elsewhere in ("churn", HOME, ""):
        assert not place.may(who, verb, what, elsewhere), elsewhere


@pytest.mark.parametrize("what", ["pods/exec", "pods/attach", "secrets", "serviceaccounts", "serviceaccounts/token"])
@pytest.mark.parametrize("verb", ["get", "create", "list"])
def test_a_controller_enters_no_pod_and_reads_no_secret(place: Place, verb: str, what: str) -> None:
    assert not place.may(f"{HOME}:{controller(RUNTIME)}", verb, what, RUNTIME)


def test_a_controller_reads_its_own_settings_alone(place: Place) -> None:
    who = f"{HOME}:{controller(RUNTIME)}"
    assert place.may(who, "get", f"configmaps:{config_map(RUNTIME)}", HOME)
    assert not place.may(who, "get", f"configmaps:{config_map('churn')}", HOME)
    assert not place.may(who, "update", f"configmaps:{config_map(RUNTIME)}", HOME)


def test_a_job_reports_results_and_does_nothing_else(place: Place) -> None:
    who = f"{RUNTIME}:{ACCOUNT}"
    assert place.may(who, "create", "workflowtaskresults.argoproj.io", RUNTIME)
    for verb, what in (("get", "pods"), ("patch", "pods"), ("get", "secrets"), ("create", "workflows.argoproj.io")):
        assert not place.may(who, verb, what, RUNTIME)
    assert not place.may(who, "create", "workflowtaskresults.argoproj.io", "churn")
