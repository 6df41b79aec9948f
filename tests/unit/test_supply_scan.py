"""The second look: what no rule knows is told, wherever it stands, and what is no image is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from supply_objects import kube

from supply.collect import uses
from supply.scan import unexplained

MIRROR = "registry.initech.example/mirror"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"data": {"config": "sidecar: quay.io/acme/sidecar:1.2"}}, "quay.io/acme/sidecar:1.2"),
        ({"data": {"config": "helper=acme/helper:1.2;"}}, "acme/helper:1.2"),
        ({"data": {"repository": "ghcr.io/acme/helper"}}, "ghcr.io/acme/helper"),
        ({"data": {"registry": "docker.io"}}, "docker.io"),
        ({"data": {"config": f"x: {MIRROR}/helper"}}, f"{MIRROR}/helper"),
        ({"spec": {"sidecarImage": "helper"}}, "helper"),
        ({"spec": {"imageName": "helper"}}, "helper"),
        ({"spec": {"runner": f"helper@sha256:{'0' * 64}"}}, f"helper@sha256:{'0' * 64}"),
    ],
)
def test_what_looks_like_an_image_is_told(body: dict[str, Any], text: str) -> None:
    item = kube("acme.example/v1/Shop", body)
    assert [strange.text for strange in unexplained([item], uses([item]), registry=MIRROR)] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "https://login.initech.example/adfs:443",
        "seldon-scheduler.fraud:9044",
        "10.20.0.0/16",
        "/var/run/secrets/token:ro",
        "$(IMAGE)/x:1",
        "a description of quay and docker",
    ],
)
def test_what_is_no_image_is_left_alone(text: str) -> None:
    assert not unexplained([kube("acme.example/v1/Shop", {"data": {"config": text}})], [], registry=MIRROR)


def test_what_a_rule_finds_is_explained_and_only_there() -> None:
    pod = kube("v1/Pod", {"spec": {"containers": [{"name": "main", "image": "quay.io/acme/a:1"}]}})
    note = kube("v1/ConfigMap", {"data": {"note": "quay.io/acme/a:1"}})
    assert not unexplained([pod], uses([pod]), registry=None)
    assert [strange.object for strange in unexplained([pod, note], uses([pod, note]), registry=None)] == [
        "ConfigMap acme/shop"
    ]


@pytest.mark.parametrize(("container", "told"), [("istio-proxy", False), ("other", True)])
def test_an_exception_holds_for_its_own_place_alone(container: str, *, told: bool) -> None:
    pod = {"containers": [{"name": container, "image": "auto"}]}
    gateway = kube("apps/v1/Deployment", {"spec": {"template": {"spec": pod}}})
    assert bool(unexplained([gateway], uses([gateway]), registry=None)) is told


def test_definitions_describe_fields() -> None:
    definition = kube("apiextensions.k8s.io/v1/CustomResourceDefinition", {"spec": {"image": "quay.io/acme/a:1"}})
    assert not unexplained([definition], [], registry=None)
