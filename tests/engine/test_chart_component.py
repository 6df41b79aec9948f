"""Charts on the real engine with the real helm; a provider that only echoes stands for the cluster."""

from __future__ import annotations

import re
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from small_stack import SmallStack, python

from rehearsal.providers.kubernetes.helm import Release, template
from rehearsal.providers.kubernetes.manifests import RenderingError, parse

if TYPE_CHECKING:
    from rehearsal.toolchain import Tools

HERE = Path(__file__).parent
CHART = HERE.parent / "data" / "charts" / "shop"
URN = "urn:pulumi:test::globex::"

PROGRAM = f"""
import pulumi
import pulumi_kubernetes as k8s
from pulumi import Output, ResourceOptions

provider = k8s.Provider("cluster", kubeconfig="{{}}")

def chart(resource, /, *, chart="{CHART}", options=None, **arguments):
    own = ResourceOptions(provider=provider)
    return k8s.helm.v4.Chart(resource, chart=chart, opts=ResourceOptions.merge(own, options), **arguments)

"""
CHILDREN = {"shop:tills.shop.example", "shop:stores/front", "shop:stores/safe", "shop:one", "shop:cashier"}


@pytest.fixture
def stack(tools: Tools, tmp_path: Path) -> SmallStack:
    """A stack whose provider `kubernetes` echoes."""
    made = SmallStack(directory=tmp_path, tools=tools)
    made.make(kubernetes_v4_32_0=python(str(HERE / "echo_provider.py")))
    return made


def test_a_chart_becomes_resources_of_their_own(stack: SmallStack) -> None:
    one = "shop = chart('shop', name='till', namespace='stores', values={'replicas': 3})\n"
    count = (
        "pulumi.export('types', shop.resources.apply(lambda found: sorted(type(item).__name__ for item in found)))\n"
    )
    stack.up(PROGRAM + one + count)
    found = stack.resources()
    assert {name for name in found if name.startswith("shop:")} == CHILDREN
    component = f"{URN}kubernetes:helm.sh/v4:Chart::shop"
    assert found["shop"]["urn"] == component
    front = found["shop:stores/front"]
    assert front["urn"] == f"{URN}kubernetes:helm.sh/v4:Chart$kubernetes:core/v1:ConfigMap::shop:stores/front"
    assert (front["parent"], front["provider"]) == (component, found["shop:one"]["provider"])
    assert front["provider"].split("::")[3] == "cluster"
    assert front["inputs"]["metadata"] == {"name": "front", "namespace": "stores"}
    assert front["inputs"]["data"] == {
        "replicas": "3",
        "note": "",
        "release": "till",
        "kubernetes": "v1.33.2",
        "tills": "false",
    }
    assert found["shop:one"]["dependencies"] == [found["shop:tills.shop.example"]["urn"]]
    assert {name for name in found if found[name].get("retainOnDelete")} == {"shop:one"}
    assert stack.output("types") == ["ClusterRole", "ConfigMap", "CustomResourceDefinition", "Secret", "str"]
    references = found["shop"]["outputs"]["resources"]
    assert {item["id"] for item in references} == {name.removeprefix("shop:") for name in CHILDREN}
    again = stack.up(PROGRAM + one + count)
    assert re.search(r"Resources:\n +\d+ unchanged\n", again)


def test_secrets_are_nowhere_in_plain(stack: SmallStack) -> None:
    plain = "chart('shop', namespace='stores')\n"
    sealed = "chart('sealed', namespace='stores', skip_crds=True, values={'note': Output.secret('hush-hush')})\n"
    program = PROGRAM + plain + sealed
    shown = stack.preview(program) + stack.up(program) + stack.state()
    assert {"shop:stores/safe", "sealed:stores/front"} <= set(stack.resources())
    assert "number-of-the-safe" not in shown
    assert "hush-hush" not in shown


def test_refused_values_are_one_error_without_secrets(stack: SmallStack) -> None:
    values = "{'replicas': 0, 'colour': 1, 'tone': 2, 'note': Output.secret('HUSH')}"
    shown = stack.preview(f"{PROGRAM}chart('front', name='till', values={values})\n", fails=True)
    assert "HUSH" not in shown
    assert f"Chart front: {CHART} (release till) refuses its values:\n" in shown
    reasons = {line.strip() for line in shown.splitlines() if line.strip().startswith("- values")}
    assert sorted(reasons) == [
        "- values.colour: no such value (schema of chart shop)",
        "- values.note: '[secret]' does not match pattern '^[a-z -]*$' (schema of chart shop)",
        "- values.replicas: minimum: got 0, want 1 (schema of chart shop)",
        "- values.tone: no such value (schema of chart shop)",
    ]


def test_unknown_inputs_leave_the_children_out_of_a_preview_with_a_warning(stack: SmallStack) -> None:
    name = "name = k8s.core.v1.Namespace('stores', opts=ResourceOptions(provider=provider)).id\n"
    program = f"{PROGRAM}{name}chart('shop', namespace=name, values={{'note': name}})\n"
    shown = stack.preview(program)
    warning = "Chart shop: namespace, values.note not known before the update. Preview is incomplete"
    assert f"warning: {warning}" in shown
    assert "shop:" not in shown.replace("shop::", "").replace("Chart shop:", "").replace("(shop):", "")
    shown = stack.up(program)
    assert "Preview is incomplete" not in shown
    assert "shop:stores/front" in stack.resources()


def test_a_preview_knows_the_kinds_that_an_earlier_chart_defines(stack: SmallStack) -> None:
    second = "chart('second', skip_crds=True, options=ResourceOptions(depends_on=[chart('first')]))\n"
    shown = stack.preview(PROGRAM + second)
    assert "kubernetes:shop.example/v1:Till::second:one]" in shown


def test_options_of_the_chart_and_transforms_of_the_stack_reach_the_children(stack: SmallStack) -> None:
    program = """
def marked(args):
    if args.type_ == 'kubernetes:core/v1:ConfigMap':
        return pulumi.ResourceTransformResult({**args.props, 'immutable': True}, args.opts)

def labelled(args):
    if args.type_.startswith('kubernetes:rbac'):
        args.props['metadata'] = {**args.props['metadata'], 'labels': {'by': 'transform'}}
        return pulumi.ResourceTransformResult(args.props, args.opts)

pulumi.runtime.register_resource_transform(marked)
chart('shop', namespace='stores', options=ResourceOptions(protect=True, transforms=[labelled]))
"""
    stack.up(PROGRAM + program)
    found = stack.resources()
    assert found["shop:stores/front"]["inputs"]["immutable"] is True
    assert found["shop:cashier"]["inputs"]["metadata"]["labels"] == {"by": "transform"}
    assert {name for name in CHILDREN if found[name].get("protect")} == CHILDREN


def test_six_charts_of_thirty_objects_at_once(stack: SmallStack) -> None:
    names = [f"shop-{index}" for index in range(6)]
    program = f"for name in {names}:\n    chart(name, namespace=name, skip_crds=True, values={{'items': 26}})\n"
    stack.up(PROGRAM + program)
    found = stack.resources()
    assert sum(name.startswith(tuple(f"{chart}:" for chart in names)) for name in found) == 6 * 30


def test_inputs_of_a_chart(stack: SmallStack, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "shop-1.2.3.tgz", "w:gz") as archive:
        archive.add(CHART, "shop")
    (tmp_path / "more.yaml").write_text("replicas: 5\nnote: from a file\n")
    program = f"""
chart('a', chart='{tmp_path}/shop-1.2.3.tgz', skip_crds=True, skip_await=True, resource_prefix='b',
      value_yaml_files=[pulumi.FileAsset('more.yaml'), pulumi.StringAsset('note: from text')], values={{'replicas': 7}})
"""
    stack.up(PROGRAM + program)
    found = stack.resources()
    front = found["b:default/front"]["inputs"]
    assert front["data"] == {**front["data"], "replicas": "7", "note": "from text", "release": "a"}
    assert front["metadata"]["annotations"] == {"pulumi.com/skipAwait": "true"}
    assert "b:tills.shop.example" not in found


@pytest.mark.parametrize(
    ("chart", "name", "reason"),
    [
        ("./nowhere", "shop", 'path "./nowhere" not found'),
        (str(CHART), "Not_A_Name", "invalid release name"),
        (str(CHART.parent), "shop", "Chart.yaml file is missing"),
    ],
)
def test_what_helm_refuses_is_one_clear_error(tools: Tools, chart: str, name: str, reason: str) -> None:
    release = Release(chart=chart, name=name, namespace="stores", kube_version="1.33.2")
    with pytest.raises(RenderingError) as caught:
        template(tools.helm, release)
    message = str(caught.value)
    assert message.startswith(f"{chart} (release {name}) cannot be rendered: ")
    assert reason in message
    assert "\n" not in message


def test_templates_see_the_kinds_of_the_api_server(tools: Tools) -> None:
    release = Release(
        chart=str(CHART), name="shop", namespace="stores", kube_version="1.34.1", api_versions=("shop.example/v1/Till",)
    )
    (front,) = (manifest for manifest in parse(template(tools.helm, release)) if manifest["kind"] == "ConfigMap")
    assert front["data"] == {**front["data"], "kubernetes": "v1.34.1", "tills": "true"}


def test_helm_sees_nothing_of_the_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spy = tmp_path / "helm"
    spy.write_text("#!/bin/sh\nenv\n")
    spy.chmod(0o755)
    monkeypatch.setenv("KUBECONFIG", "/home/user/.kube/config")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    monkeypatch.setenv("HELM_REGISTRY_CONFIG", "/home/user/registry.json")
    home = str(Path.home())
    seen = template(spy, Release(chart="c", name="r", namespace="n", kube_version="1.33.0"))
    names = {line.partition("=")[0] for line in seen.splitlines()}
    assert "HELM_CONFIG_HOME" in names
    assert not names & {"KUBECONFIG", "AWS_SECRET_ACCESS_KEY", "HELM_REGISTRY_CONFIG"}
    assert f"HOME={home}\n" not in seen


def test_a_missing_helm_is_one_clear_error(tmp_path: Path) -> None:
    release = Release(chart="c", name="r", namespace="n", kube_version="1.33.0")
    with pytest.raises(RenderingError, match=r"helm cannot be run .*No such file"):
        template(tmp_path / "helm", release)
