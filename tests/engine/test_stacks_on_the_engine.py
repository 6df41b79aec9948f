"""The program itself on the real engine and a real API server: every stack, from nothing to nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from standing import ROOT, Standing

from rehearsal.stackfile import read_project, read_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

INVENTORIES = ROOT / "tests" / "data" / "inventory"
STACKS = ("local", "initech-onprem")


@pytest.fixture(scope="module", params=STACKS)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, tools: Tools
) -> Iterator[Standing]:
    stack = Standing(request.param, tmp_path_factory.mktemp("home"), tools)
    try:
        result = stack.rehearsal.up()
        assert result.ok, [error.message for error in result.errors]
        yield stack
    finally:
        stack.plane.stop()


def _inventory(resources: list[dict[str, Any]]) -> list[str]:
    names: dict[str, str] = {resource["urn"]: resource["urn"].rsplit("::", 1)[1] for resource in resources}
    lines: list[str] = []
    for resource in resources:
        provider = names.get(resource.get("provider", "").rsplit("::", 1)[0], "-")
        marks = " protected" if resource.get("protect") else ""
        lines.append(f"{resource['type']} {names[resource['urn']]} ({provider}){marks}")
    return sorted(lines)


def test_the_inventory_is_the_one_that_was_reviewed(standing: Standing) -> None:
    lines = _inventory(standing.resources())
    path = INVENTORIES / f"{standing.rehearsal.stack}.txt"
    if os.environ.get("UPDATE_INVENTORY"):
        path.write_text("\n".join(lines) + "\n")
    assert lines == path.read_text().splitlines(), "UPDATE_INVENTORY=1 writes it anew; review the difference"


def test_a_second_up_changes_nothing(standing: Standing) -> None:
    result = standing.rehearsal.up()
    assert result.ok
    assert result.changed == 0


def test_every_chart_object_and_child_has_the_one_provider(standing: Standing) -> None:
    kubernetes = [r for r in standing.resources() if r["type"].startswith("kubernetes:") and r.get("custom")]
    assert {r["provider"].rsplit("::", 2)[1] for r in kubernetes} == {"cluster"}


def test_no_image_escapes_the_mirror(standing: Standing) -> None:
    if standing.rehearsal.stack != "initech-onprem":
        registries = ("docker.io/", "quay.io/", "nvcr.io/", "registry.k8s.io/")
        text = json.dumps([r.get("inputs", {}) for r in standing.resources()])
        assert any(registry in text for registry in registries)
        return
    upstream = ("docker.io", "quay.io", "nvcr.io", "registry.k8s.io", "ghcr.io", "gcr.io/")
    for resource in standing.resources():
        if "CustomResourceDefinition" in resource["type"]:
            continue
        text = json.dumps(resource.get("inputs", {}))
        assert not [registry for registry in upstream if registry in text], resource["urn"]


def test_one_load_balancer_and_no_node_port(standing: Standing) -> None:
    services = standing.get("services")
    exposed = [s["metadata"]["name"] for s in services if s["spec"]["type"] != "ClusterIP"]
    assert exposed == ["istio-ingressgateway"]
    extra = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "prometheus-outside", "namespace": "seldon-monitoring"},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 9090}]},
    }
    refused = standing.kubectl("create", "--filename=-", document=extra, check=False)
    assert "exceeded quota" in refused.stderr


def _merged(base: list[dict[str, Any]], over: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merge containers by name as the controller of Core 2 does."""
    by_name = {container["name"]: container for container in over}
    return [{**container, **by_name.get(container["name"], {})} for container in base]


def _pod(spec: dict[str, Any], override: dict[str, Any], name: str, namespace: str) -> dict[str, Any]:
    merged = {**spec, **override, "containers": _merged(spec["containers"], override.get("containers", []))}
    mounted = {mount["name"] for c in merged["containers"] for mount in c.get("volumeMounts", [])}
    have = {volume["name"] for volume in merged.get("volumes", [])}
    claims = [{"name": volume, "persistentVolumeClaim": {"claimName": volume}} for volume in sorted(mounted - have)]
    merged["volumes"] = [*merged.get("volumes", []), *claims]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": merged,
    }


def _runtime_pods(standing: Standing) -> Iterator[dict[str, Any]]:
    """The pods that the controller would make from what the charts were told."""
    (config,) = standing.get("seldonconfigs")
    components = {component["name"]: component for component in config["spec"]["components"]}
    for runtime in standing.get("seldonruntimes"):
        for override in runtime["spec"]["overrides"]:
            if not override.get("disable"):
                spec = components[override["name"]]["podSpec"]
                yield _pod(spec, override.get("podSpec") or {}, override["name"], runtime["metadata"]["namespace"])
    configs = {config["metadata"]["name"]: config for config in standing.get("serverconfigs")}
    for server in standing.get("servers"):
        spec = configs[server["spec"]["serverConfig"]]["spec"]["podSpec"]
        metadata = server["metadata"]
        yield _pod(spec, server["spec"]["podSpec"], metadata["name"], metadata["namespace"])


def test_pod_security_admits_the_pods_of_every_runtime(standing: Standing) -> None:
    pods = list(_runtime_pods(standing))
    runtimes = len(standing.get("seldonruntimes"))
    assert len(pods) == 4 * runtimes
    for pod in pods:
        admitted = standing.kubectl("create", "--dry-run=server", "--filename=-", document=pod, check=False)
        assert admitted.returncode == 0, admitted.stderr
        for container in pod["spec"]["containers"]:
            container.pop("securityContext")
        refused = standing.kubectl("create", "--dry-run=server", "--filename=-", document=pod, check=False)
        assert 'violates PodSecurity "restricted' in refused.stderr


def test_secrets_are_nowhere_in_clear(standing: Standing) -> None:
    stack = read_stack(read_project(ROOT), standing.rehearsal.stack)
    assert stack.secrets
    state = json.dumps(standing.rehearsal.export())
    assert "placeholder-for-" not in state
    logs = [path.read_text(errors="replace") for path in standing.rehearsal.places.logs.glob("*")]
    assert not [log for log in logs if "placeholder-for-" in log]


def test_refresh_sees_a_hand_edit_and_up_mends_it(standing: Standing) -> None:
    namespace = standing.get("seldonruntimes")[0]["metadata"]["namespace"]
    standing.kubectl("delete", "networkpolicy", "default-deny", f"--namespace={namespace}")
    refreshed = standing.rehearsal.refresh()
    assert refreshed.ok
    assert refreshed.summary.get("delete") == 1
    mended = standing.rehearsal.up()
    assert mended.ok
    assert dict(mended.summary).get("create") == 1
    assert standing.kubectl("get", "networkpolicy", "default-deny", f"--namespace={namespace}").returncode == 0


def test_destroy_leaves_nothing_and_takes_models_before_runtimes_before_types(standing: Standing) -> None:
    before = {n["metadata"]["name"] for n in standing.get("namespaces")}
    result = standing.rehearsal.destroy()
    assert result.ok, [error.message for error in result.errors]
    ended = [event.urn for event in result.events]
    order = [
        next(i for i, urn in enumerate(ended) if f"mlops.seldon.io/v1alpha1:{kind}::" in urn)
        for kind in ("Server", "SeldonRuntime", "SeldonConfig")
    ]
    types = next(i for i, urn in enumerate(ended) if "::seldon-core-crds:" in urn)
    assert order == sorted(order)
    assert order[-1] < types
    left = {n["metadata"]["name"] for n in standing.get("namespaces")}
    assert left == {"default", "kube-node-lease", "kube-public", "kube-system"}
    assert len(before) > len(left)
    types_left = {crd["spec"]["group"] for crd in standing.get("customresourcedefinitions")}
    assert types_left == {"kwok.x-k8s.io"}  # the rehearsal's own, for the stages that play the operators


def _paths(tools: Tools) -> dict[str, str]:
    return {name: str(getattr(tools, name)) for name in ("pulumi", "controlplane", "kwok", "helm")}


def test_an_up_that_was_killed_goes_on(tmp_path: Path, tools: Tools) -> None:
    stack = Standing("local", tmp_path, tools)
    program = (
        "import sys\nfrom pathlib import Path\nfrom rehearsal.engine import Rehearsal\n"
        "from rehearsal.toolchain import Tools\n"
        f"tools = Tools(**{{name: Path(path) for name, path in {_paths(tools)!r}.items()}})\n"
        f"Rehearsal(stack='local', home=Path({str(tmp_path)!r}), tools=tools, "
        f"kubeconfig=Path({str(stack.rehearsal.kubeconfig)!r})).up()\n"
    )
    try:
        process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, start_new_session=True)
        deadline = time.monotonic() + 120
        while stack.rehearsal.places.resources() < 60 and time.monotonic() < deadline:
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert stack.rehearsal.places.resources() >= 60
        resumed = stack.rehearsal.up()
        assert resumed.ok, [error.message for error in resumed.errors]
        again = stack.rehearsal.up()
        assert again.changed == 0
    finally:
        stack.plane.stop()
