"""The recorder sees what a component gets wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.helm.v4 as helm
import pulumi_kubernetes.meta.v1 as metav1
import pulumi_random as random
import pytest
from recorder import UNKNOWN, Secret, assert_well_formed, drawn, leaves, record

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"


def config_map(name: str, opts: pulumi.ResourceOptions | None, data: pulumi.Input[str] = "text") -> corev1.ConfigMap:
    return corev1.ConfigMap(name, metadata=metav1.ObjectMetaArgs(name=name), data={"key": data}, opts=opts)


class Shop(pulumi.ComponentResource):
    """A component whose children and outputs are left to a function."""

    def __init__(self, make: Callable[[Shop], object], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("test:shop:Shop", "shop", {}, opts)
        make(self)


def shop(make: Callable[[Shop], object]) -> Callable[[], None]:
    def program() -> None:
        Shop(make, pulumi.ResourceOptions(providers=[kubernetes.Provider("cluster", context="test")]))

    return program


def good(component: Shop) -> None:
    first = config_map("shop-first", pulumi.ResourceOptions(parent=component, protect=True))
    config_map("shop-second", pulumi.ResourceOptions(parent=component, depends_on=[first], retain_on_delete=True))
    component.register_outputs({"open": True})


@pytest.mark.parametrize("preview", [True, False])
def test_inputs_and_options_are_recorded(*, preview: bool) -> None:
    recording = record(shop(good), preview=preview)
    assert_well_formed(recording)
    component = recording.one("test:shop:Shop", "shop")
    provider = recording.one("pulumi:providers:kubernetes", "cluster")
    first, second = recording.children(component.urn)
    assert component.local
    assert recording.outputs_of(component.urn) == {"open": True}
    assert first.inputs["data"] == {"key": "text"}
    assert (first.protect, second.protect) == (True, False)
    assert (first.retain_on_delete, second.retain_on_delete) == (False, True)
    assert first.provider == second.provider == provider.urn
    assert second.dependencies == {first.urn}
    assert first.urn == f"urn:pulumi:test::seldon-platform::test:shop:Shop${CONFIG_MAP}::shop-first"


def test_secrets_and_unknowns_keep_their_marks() -> None:
    def make(component: Shop) -> None:
        opts = pulumi.ResourceOptions(parent=component)
        first = config_map("shop-first", opts, pulumi.Output.secret("hidden"))
        config_map("shop-second", opts, first.id)
        component.register_outputs({})

    recording = record(shop(make), preview=True)
    assert recording.one(CONFIG_MAP, "shop-first").inputs["data"] == {"key": Secret("hidden")}
    assert recording.one(CONFIG_MAP, "shop-second").inputs["data"] == {"key": UNKNOWN}
    assert recording.one(CONFIG_MAP, "shop-second").dependencies == {recording.one(CONFIG_MAP, "shop-first").urn}
    applied = record(shop(make))
    assert applied.one(CONFIG_MAP, "shop-second").inputs["data"] == {"key": "id-of-shop-first"}


def test_a_chart_is_a_remote_component_with_its_provider_and_its_transforms() -> None:
    def keep(_: pulumi.ResourceTransformArgs) -> None:
        return None

    def make(component: Shop) -> None:
        helm.Chart("shop-chart", chart="./shop", opts=pulumi.ResourceOptions(parent=component, transforms=[keep]))
        component.register_outputs({})

    recording = record(shop(make))
    assert_well_formed(recording)
    chart = recording.one("kubernetes:helm.sh/v4:Chart", "shop-chart")
    assert (chart.remote, chart.custom, chart.local) == (True, False, False)
    assert chart.provider == recording.one("pulumi:providers:kubernetes", "cluster").urn
    assert chart.transforms == (keep,)


def test_leaves_know_what_stands_below_a_secret_mark() -> None:
    tree = {"a": [1, Secret({"b": 2})], "c": {"d": Secret(3)}}
    assert [*leaves(tree)] == [(".a[0]", 1, False), (".a[1].b", 2, True), (".c.d", 3, True)]


def test_exports_are_recorded() -> None:
    def program() -> None:
        pulumi.export("open", pulumi.Output.secret("hidden"))
        pulumi.export("shut", "plain")

    assert record(program).exports == {"open": Secret("hidden"), "shut": "plain"}


def test_an_error_of_the_program_is_not_swallowed() -> None:
    def program() -> None:
        raise LookupError("no such shop")

    with pytest.raises(LookupError, match="no such shop"):
        record(program)


def without_outputs(component: Shop) -> None:
    config_map("shop-first", pulumi.ResourceOptions(parent=component))


def with_outputs_twice(component: Shop) -> None:
    component.register_outputs({})
    component.register_outputs({})


def without_parent(component: Shop) -> None:
    config_map("shop-first", pulumi.ResourceOptions(provider=component.get_provider("kubernetes:core/v1:ConfigMap")))
    component.register_outputs({})


def twice(component: Shop) -> None:
    opts = pulumi.ResourceOptions(parent=component)
    for name in ("first", "second"):
        corev1.ConfigMap("shop-first", metadata=metav1.ObjectMetaArgs(name=name), opts=opts)
    component.register_outputs({})


def same_object(component: Shop) -> None:
    for role in ("first", "second"):
        metadata = metav1.ObjectMetaArgs(name="same", namespace="shop")
        corev1.ConfigMap(f"shop-{role}", metadata=metadata, opts=pulumi.ResourceOptions(parent=component))
    component.register_outputs({})


def no_object_name(component: Shop) -> None:
    corev1.ConfigMap("shop-first", metadata=metav1.ObjectMetaArgs(), opts=pulumi.ResourceOptions(parent=component))
    component.register_outputs({})


def foreign_name(component: Shop) -> None:
    config_map("first", pulumi.ResourceOptions(parent=component))
    component.register_outputs({})


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (without_outputs, "called register_outputs 0 times"),
        (with_outputs_twice, "called register_outputs 2 times"),
        (without_parent, "has no component as its parent"),
        (twice, "is registered 2 times"),
        (same_object, "ConfigMap shop/same is made 2 times"),
        (no_object_name, "leaves the name of its object to chance"),
        (foreign_name, "is not named after its parent shop"),
    ],
)
def test_what_is_not_well_formed_is_named(make: Callable[[Shop], None], problem: str) -> None:
    with pytest.raises(AssertionError, match=problem):
        assert_well_formed(record(shop(make)))


def test_a_child_without_the_provider_is_named() -> None:
    def program() -> None:
        kubernetes.Provider("cluster", context="test")
        Shop(good)

    with pytest.raises(AssertionError, match="shop-first does not have the provider of its parent"):
        assert_well_formed(record(program))


@pytest.mark.parametrize("preview", [True, False])
def test_a_generated_password_is_secret_and_known_once_it_is_made(*, preview: bool) -> None:
    def make() -> None:
        provider = random.Provider("random")
        password = random.RandomPassword("user", length=24, opts=pulumi.ResourceOptions(provider=provider))
        pulumi.export("password", password.result)

    (_, outputs), *_ = record(make, preview=preview).outputs
    assert outputs["password"] == (UNKNOWN if preview else Secret(drawn("user")))
