"""The provider on the real engine and a real API server: the whole life of a stack, and what interrupts it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from k8s_fixtures import RESTRICTED, KubeStack, cluster, stack

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cluster", "stack"]

CHART = Path(__file__).parent.parent / "data" / "charts" / "shop"
SECRET = "correct-horse-battery"

HEAD = f"""
import pulumi
import pulumi_kubernetes as k8s
from pulumi import ResourceOptions

RESTRICTED = {RESTRICTED!r}

def inside(namespace, name, **annotations):
    notes = {{f"pulumi.com/{{key}}": value for key, value in annotations.items()}}
    return {{"namespace": namespace, "name": name, "annotations": notes}}

def shop(namespace, security, after, node=None, replicas=1, **annotations):
    container = {{"name": "shop", "image": "registry.acme.example/shop:1", "securityContext": security}}
    return k8s.apps.v1.Deployment(
        "shop",
        metadata=inside(namespace, "shop", **annotations),
        spec={{
            "replicas": replicas,
            "selector": {{"matchLabels": {{"app": "shop"}}}},
            "template": {{
                "metadata": {{"labels": {{"app": "shop"}}}},
                "spec": {{"containers": [container], "nodeSelector": node or {{}}}},
            }},
        }},
        opts=ResourceOptions(depends_on=after),
    )
"""

LIFE = (
    HEAD
    + """
ns = k8s.core.v1.Namespace("life", metadata={"name": "life"})
labelled = {"namespace": ns.metadata.name, "labels": {"tier": "LABEL"}}
config = k8s.core.v1.ConfigMap("config", metadata=labelled, data={"a": "b"})
after = ResourceOptions(depends_on=[ns])
password = {"password": "correct-horse-battery"}
login = k8s.core.v1.Secret("login", metadata=inside("life", "login"), string_data=password, opts=after)
note = k8s.core.v1.ConfigMap(
    "note", metadata=inside("life", "note"), data={"note": pulumi.Output.secret("correct-horse-battery")}, opts=after
)
deployment = shop("life", RESTRICTED, [config])
k8s.core.v1.Service(
    "shop", metadata=inside("life", "shop"), spec={"selector": {"app": "shop"}, "ports": [{"port": 80}]}, opts=after
)
pulumi.export("config", config.metadata.name)
pulumi.export("login", login.data)
"""
)


def test_the_whole_life_of_a_stack(stack: KubeStack) -> None:
    assert SECRET not in stack.preview(LIFE)
    assert SECRET not in stack.up(LIFE)
    assert SECRET not in stack.state()
    assert '"[secret]"' in stack.pulumi("stack", "output", "--json")
    assert stack.cluster.get("deployment", "shop", "-n", "life")["status"]["readyReplicas"] == 1
    assert re.search(r"Resources:\n +\d+ unchanged\n", stack.up(LIFE))
    name = stack.output("config")
    changed = stack.up(LIFE.replace("LABEL", "front"))
    assert re.search(r"Resources:\n +~ 1 updated\n +6 unchanged\n", changed)
    assert stack.output("config") == name
    assert stack.cluster.get("configmap", name, "-n", "life")["metadata"]["labels"] == {"tier": "front"}
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert not stack.cluster.get("namespace", "life")


def test_a_failed_rollout_is_recorded_and_taken_up_again(stack: KubeStack) -> None:
    labels = '{"pod-security.kubernetes.io/enforce": "restricted"}'
    space = f'ns = k8s.core.v1.Namespace("fails", metadata={{"name": "fails", "labels": {labels}}})\n'
    refused = stack.up(HEAD + space + 'shop("fails", {}, [ns])\n', fails=True)
    assert "violates PodSecurity" in refused
    assert "FailedCreate" in refused
    recorded = stack.resources()["shop"]
    assert recorded["id"] == "fails/shop"
    assert any("violates PodSecurity" in reason for reason in recorded["initErrors"])
    stack.up(HEAD + space + 'shop("fails", RESTRICTED, [ns])\n')
    assert "initErrors" not in stack.resources()["shop"]


def test_an_update_killed_amid_a_creation_converges(stack: KubeStack) -> None:
    space = 'ns = k8s.core.v1.Namespace("killed", metadata={"name": "killed"})\n'
    stack.write(HEAD + space + 'shop("killed", {}, [ns], node={"none": "has-this"})\n')
    run = subprocess.Popen(
        stack.command("up", "--yes", "--skip-preview"),
        cwd=stack.directory,
        env=stack.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        await_(lambda: bool(stack.cluster.get("namespace", "killed")))
        await_(lambda: bool(stack.cluster.get("deployment", "shop", "-n", "killed")))
    finally:
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
    assert "shop" not in stack.resources()
    stack.pulumi("cancel", "--yes")
    stack.up(HEAD + space + 'shop("killed", {}, [ns])\n')
    assert stack.resources()["shop"]["id"] == "killed/shop"
    assert stack.cluster.get("deployment", "shop", "-n", "killed")["status"]["readyReplicas"] == 1


def await_(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_refresh_sees_hand_edits_and_puts_back_what_is_gone(stack: KubeStack) -> None:
    program = HEAD + (
        'ns = k8s.core.v1.Namespace("drifts", metadata={"name": "drifts"})\n'
        'shop("drifts", {}, [ns])\n'
        "after = ResourceOptions(depends_on=[ns])\n"
        'k8s.core.v1.ServiceAccount("account", metadata=inside("drifts", "account"), opts=after)\n'
    )
    stack.up(program)
    stack.cluster.kubectl("patch", "deployment", "shop", "-n", "drifts", "--type=merge", '-p={"spec":{"replicas":2}}')
    stack.cluster.kubectl("delete", "serviceaccount", "account", "-n", "drifts")
    stack.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes", fails=True)
    assert stack.resources()["shop"]["inputs"]["spec"]["replicas"] == 2
    assert re.search(r"\+ 1 created\n +~ 1 updated", stack.pulumi("up", "--yes", "--skip-preview"))
    assert stack.cluster.get("deployment", "shop", "-n", "drifts")["spec"]["replicas"] == 1
    assert stack.cluster.get("serviceaccount", "account", "-n", "drifts")


def test_an_existing_object_is_imported(stack: KubeStack) -> None:
    stack.cluster.kubectl("create", "namespace", "old")
    stack.cluster.kubectl("create", "configmap", "settings", "-n", "old", "--from-literal=color=blue")
    program = HEAD + (
        'k8s.core.v1.ConfigMap("settings", metadata={"namespace": "old", "name": "settings"}, data={"color": "blue"}, '
        'opts=ResourceOptions(import_="old/settings"))\n'
    )
    uid = stack.cluster.get("configmap", "settings", "-n", "old")["metadata"]["uid"]
    assert "1 imported" in stack.up(program)
    assert re.search(r"Resources:\n +\d+ unchanged\n", stack.up(program))
    assert stack.cluster.get("configmap", "settings", "-n", "old")["metadata"]["uid"] == uid


@pytest.mark.parametrize(
    "namespace", ['"stores", opts=ResourceOptions(depends_on=[ns])', "ns.metadata.name"], ids=["plain", "output"]
)
def test_a_chart_stands_on_the_cluster(stack: KubeStack, namespace: str) -> None:
    program = HEAD + (
        'ns = k8s.core.v1.Namespace("stores", metadata={"name": "stores"})\n'
        f'k8s.helm.v4.Chart("shop", chart="{CHART}", name="till", namespace={namespace})\n'
    )
    stack.up(program)
    assert stack.cluster.get("configmap", "front", "-n", "stores")["data"]["release"] == "till"
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert not stack.cluster.get("namespace", "stores")


def test_a_cluster_that_cannot_be_used_is_one_error(stack: KubeStack) -> None:
    silent = 'kubeconfig="clusters: [{name: a, cluster: {server: \'https://127.0.0.1:9\'}}]\\n", cluster="a"'
    for arguments, error in (
        ('kubeconfig="/nowhere/config"', "/nowhere/config cannot be read"),
        ('context="moon"', "there is no context 'moon'"),
        ("enable_server_side_apply=False", "a rehearsal always uses server-side apply"),
        (silent, "does not answer"),
    ):
        said = stack.preview(
            HEAD
            + f'provider = k8s.Provider("cluster", {arguments})\n'
            + "for number in range(3):\n"
            + '    k8s.core.v1.Namespace(f"n-{number}", opts=ResourceOptions(provider=provider))\n',
            fails=True,
        )
        assert said.count(error) == 1, said
        assert "Traceback" not in said
