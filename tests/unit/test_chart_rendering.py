"""What a rendered chart becomes, without helm and without an engine."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN

from rehearsal.providers.kubernetes.chart_inputs import plain, read_inputs, unknown_paths
from rehearsal.providers.kubernetes.helm import schema_failures
from rehearsal.providers.kubernetes.manifests import RenderingError, parse
from rehearsal.providers.kubernetes.rendering import Child, children

DEFINITION = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: tills.shop.example}
spec: {group: shop.example, scope: Cluster, names: {kind: Till, plural: tills}, versions: [{name: v1}, {name: v2}]}
"""
TILL = "apiVersion: shop.example/v1\nkind: Till\nmetadata: {name: one}\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: front}\n"


def rendered(*documents: str, prefix: str = "shop", **options: Any) -> dict[str, Child]:
    """Render documents into the namespace `tills`, by logical name."""
    found = children(parse("\n---\n".join(documents)), prefix=prefix, namespace="tills", **options)
    return {child.name: child for child in found}


def before(found: dict[str, Child], name: str) -> set[str]:
    """Give the names that a child depends on."""
    names = list(found)
    return {names[position] for position in found[name].depends_on}


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("1", 1),
        ("-3", -3),
        ("1_000", 1000),
        ("0777", 511),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("yes", True),
        ("off", False),
        ("y", True),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("=", "="),
        ("'1'", "1"),
        ("1.2.3", "1.2.3"),
        ("[1, ~]", [1, None]),
    ],
)
def test_scalars_mean_what_they_mean_to_kubernetes(scalar: str, value: object) -> None:
    (manifest,) = parse(f"{CONFIG}data: {{k: {scalar}}}")
    assert manifest["data"] == {"k": value}
    assert type(manifest["data"]["k"]) is type(value)


def test_null_fields_are_absent_and_keys_are_text() -> None:
    (manifest,) = parse(f"{CONFIG}data: {{gone: null, empty: , on: 1, 80: web}}")
    assert manifest["data"] == {"true": 1, "80": "web"}


def test_lists_are_flattened_and_empty_documents_left_out() -> None:
    one, other = (f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}}}" for name in "ab")
    inner = f"{{apiVersion: v1, kind: ConfigMapList, items: [{one}, {other}]}}"
    found = parse(f"---\n# nothing\n---\n{{apiVersion: v1, kind: List, items: [{inner}]}}")
    assert [manifest["metadata"]["name"] for manifest in found] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- 1", "a document of the rendered chart is a list, no Kubernetes object"),
        ("kind: ConfigMap", "has apiVersion None and kind 'ConfigMap'"),
        (
            "{apiVersion: v1, kind: Secret, stringData: {code: hush}}",
            "a Secret (v1) of the rendered chart has no metadata.name",
        ),
        ("a: [", "is not valid YAML"),
    ],
)
def test_what_is_no_object_is_refused_without_its_content(text: str, message: str) -> None:
    with pytest.raises(RenderingError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert "hush" not in str(caught.value)


def test_names_and_types_are_those_of_the_official_provider() -> None:
    other = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: elsewhere}\n"
    role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: cashier}\n"
    found = rendered(CONFIG, other, role)
    assert {name: child.type for name, child in found.items()} == {
        "shop:tills/front": "kubernetes:core/v1:ConfigMap",
        "shop:elsewhere/web": "kubernetes:apps/v1:Deployment",
        "shop:cashier": "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
    }
    assert found["shop:tills/front"].manifest["metadata"]["namespace"] == "tills"
    assert "namespace" not in found["shop:cashier"].manifest["metadata"]
    assert list(rendered(CONFIG, prefix="")) == ["tills/front"]


def test_the_scope_of_a_custom_resource_is_looked_up() -> None:
    assert set(rendered(DEFINITION, TILL)) == {"shop:tills.shop.example", "shop:one"}
    assert set(rendered(TILL)) == {"shop:tills/one"}
    assert set(rendered(TILL, kinds={("shop.example/v1", "Till"): False})) == {"shop:one"}
    assert set(rendered(TILL.replace("Till", "Namespace"))) == {"shop:tills/one"}


def test_definitions_and_namespaces_come_before_what_needs_them() -> None:
    namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: tills}\n"
    found = rendered(TILL, CONFIG, namespace, DEFINITION)
    assert before(found, "shop:one") == {"shop:tills.shop.example"}
    assert before(found, "shop:tills/front") == {"shop:tills"}
    assert all(position < index for index, child in enumerate(found.values()) for position in child.depends_on)


def test_declared_dependencies_are_kept() -> None:
    annotation = "metadata: {name: late, annotations: {config.kubernetes.io/depends-on: '%s'}}\n"
    late = f"apiVersion: v1\nkind: ConfigMap\n{annotation}"
    found = rendered(late % "/namespaces/tills/ConfigMap/front, shop.example/Till/one", CONFIG, DEFINITION, TILL)
    assert before(found, "shop:tills/late") == {"shop:tills/front", "shop:one"}
    with pytest.raises(RenderingError, match="names ConfigMap tills/front, which the chart does not render"):
        rendered(late % "/namespaces/tills/ConfigMap/front")
    with pytest.raises(RenderingError, match="has 'front'; allowed are group/kind/name and"):
        rendered(late % "front")
    with pytest.raises(RenderingError, match="in a circle: ConfigMap tills/late -> ConfigMap tills/late"):
        rendered(late % "/namespaces/tills/ConfigMap/late")


def test_an_object_that_is_rendered_twice_is_one_error() -> None:
    with pytest.raises(RenderingError, match=r"renders more than once: ConfigMap tills/front$"):
        rendered(CONFIG, TILL, CONFIG, CONFIG.replace("{name: front}", "{name: front, namespace: tills}"))


def test_resource_policy_and_skip_await() -> None:
    kept = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, annotations: {helm.sh/resource-policy: keep}}\n"
    found = rendered(kept, CONFIG, skip_await=True)
    assert [child.keep for child in found.values()] == [True, False]
    annotations = [child.manifest["metadata"]["annotations"] for child in found.values()]
    assert [value["pulumi.com/skipAwait"] for value in annotations] == ["true", "true"]
    assert annotations[0]["helm.sh/resource-policy"] == "keep"


def test_failures_of_the_schema_are_one_line_for_each_value() -> None:
    stderr = """Error: values don't meet the specifications of the schema(s) in the following chart(s):
shop:
- at '/deep': validation failed
  - at '/deep': missing property 'x'
  - at '/deep': additional properties 'y', 'z' not allowed
- at '/labels/app.example~1name': got number, want string
till:
- at '': additional properties 'bogus' not allowed
"""
    assert list(schema_failures(stderr)) == [
        ("values.deep", "missing property 'x' (schema of chart shop)"),
        ("values.deep.y", "no such value (schema of chart shop)"),
        ("values.deep.z", "no such value (schema of chart shop)"),
        ("values.labels.app.example/name", "got number, want string (schema of chart shop)"),
        ("values.bogus", "no such value (schema of chart till)"),
    ]


def test_unknown_inputs_are_found_wherever_they_are() -> None:
    value = PropertyValue(
        {"a": PropertyValue([PropertyValue("x"), PropertyValue(UNKNOWN)]), "b": PropertyValue.computed()}
    )
    assert list(unknown_paths(value, "values")) == ["values.a[1]", "values.b"]


def test_whole_numbers_are_ints_again() -> None:
    value = plain(PropertyValue({"n": PropertyValue(3.0), "x": PropertyValue(0.5), "b": PropertyValue(value=True)}))
    assert value == {"n": 3, "x": 0.5, "b": True}
    assert repr(value) == "{'n': 3, 'x': 0.5, 'b': True}"


def test_every_bad_input_is_named_without_its_value() -> None:
    login = PropertyValue({"repo": PropertyValue("https://charts.example"), "password": PropertyValue("hush")})
    command = PropertyValue({"command": PropertyValue("sh")})
    inputs = {"chart": PropertyValue(""), "repositoryOpts": login, "postRenderer": command, "hooks": PropertyValue("x")}
    with pytest.raises(RenderingError) as caught:
        read_inputs(inputs)
    message = str(caught.value)
    for path in ("chart", "repositoryOpts.password", "postRenderer", "hooks"):
        assert f"\n  - {path}: " in message
    assert "hush" not in message
