"""Both names of each image, from a stack with its mirror and without."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from supply_objects import kube

from supply.errors import SupplyError
from supply.inventory import inventory

if TYPE_CHECKING:
    from supply.inventory import Inventory
    from supply.objects import StackObject

MIRROR = "registry.acme.example/mirror"


def pods(**images: str) -> list[StackObject]:
    """Make a pod for each image, by name."""
    return [
        kube("v1/Pod", {"spec": {"containers": [{"name": "main", "image": image}]}}, name=name)
        for name, image in images.items()
    ]


def listed(mirrored: list[StackObject], upstream: list[StackObject] | None) -> Inventory:
    return inventory(mirrored, stack="prod", registry=MIRROR, upstream=upstream)


def test_each_image_has_both_names_and_what_the_mirror_leaves_is_the_customers() -> None:
    mirrored = pods(a=f"{MIRROR}/acme/a:1", b=f"{MIRROR}/own/b:1", c="registry.acme.example/other/c:1")
    upstream = pods(c="registry.acme.example/other/c:1", b=f"{MIRROR}/own/b:1", a="acme/a:1")
    found = listed(mirrored, upstream)
    assert {(image.name.rpartition("/")[2], image.upstream, image.brought) for image in found.images} == {
        ("a:1", "docker.io/acme/a:1", False),
        ("b:1", None, True),
        ("c:1", None, False),
    }
    assert [image.name for image in found.escapes] == ["registry.acme.example/other/c:1"]


def test_without_a_mirror_the_name_is_the_upstream_one_in_full() -> None:
    (image,) = inventory(pods(a="acme/a"), stack="local", registry=None).images
    assert (image.name, image.upstream) == ("acme/a", "docker.io/acme/a:latest")


def test_without_the_upstream_stack_the_upstream_names_are_not_known() -> None:
    (image,) = listed(pods(a=f"{MIRROR}/acme/a:1"), None).images
    assert (image.upstream, image.brought) == (None, False)


@pytest.mark.parametrize(
    ("mirrored", "upstream", "told"),
    [
        ({"a": f"{MIRROR}/x/a:1"}, {"a": "quay.io/acme/a:1"}, f"expected {MIRROR}/acme/a:1"),
        (
            {"a": f"{MIRROR}/acme/a:1", "b": f"{MIRROR}/acme/a:1"},
            {"a": "quay.io/acme/a:1", "b": "ghcr.io/acme/a:1"},
            f"quay.io/acme/a:1 and ghcr.io/acme/a:1 are both {MIRROR}/acme/a:1 in the mirror",
        ),
        (
            {"a": f"{MIRROR}/acme/a:1", "b": f"{MIRROR}/acme/b:1"},
            {"a": "quay.io/acme/a:1"},
            r"different images, and must not: Pod acme/b spec\.containers\[main\]\.image",
        ),
        ({"a": f"{MIRROR}/a:1"}, {"a": "not an image"}, "'not an image' is no reference"),
    ],
)
def test_what_a_mirror_cannot_hold_under_these_names_is_told(
    mirrored: dict[str, str], upstream: dict[str, str], told: str
) -> None:
    with pytest.raises(SupplyError, match=told):
        listed(pods(**mirrored), pods(**upstream))


@pytest.mark.parametrize(("secret", "without"), [("image-pull", ["Pod acme/b"]), ("", [])])
def test_a_pod_without_a_pull_secret_is_told_where_others_have_one(secret: str, without: list[str]) -> None:
    spec = {"imagePullSecrets": [{"name": secret}], "containers": [{"name": "main", "image": f"{MIRROR}/a:1"}]}
    found = listed([kube("v1/Pod", {"spec": spec}, name="a"), *pods(b=f"{MIRROR}/b:1")], None)
    assert [use.object for use in found.unauthorized] == without
