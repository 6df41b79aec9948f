"""The images of the stacks of this project: all found, all from the mirror, all with a pull secret."""

from __future__ import annotations

import pytest
from supply_objects import EXAMPLES, NAMES, objects, stack, upstream_objects

from supply.inventory import inventory

ALL = [*NAMES, *EXAMPLES]
WAYS = {
    ("Argo Workflows", "ServiceAccount"),
    ("CloudNativePG", "Cluster"),
    ("CloudNativePG's plugin for backups", "Cluster"),
    ("ECK", "Elasticsearch"),
    ("Enterprise Platform", "ServiceAccount"),
    ("Istio's injector", "ConfigMap"),
    ("Kubernetes", "the"),
    ("Prometheus operator", "Alertmanager"),
    ("Prometheus operator", "Prometheus"),
    ("Seldon Core 2", "the"),
    ("Strimzi", "Deployment"),
    ("cert-manager", "ClusterIssuer"),
}
"""By who makes the pods: what gives them the pull secret, `the` pod itself or a kind; a table of docs/air-gapped.md."""
MIRRORED = [name for name in ALL if stack(name).registry]


@pytest.mark.parametrize("name", ALL)
def test_no_image_escapes_the_mirror_and_no_rule_misses_one(name: str) -> None:
    registry = stack(name).registry
    found = inventory(objects(name), stack=name, registry=registry, upstream=upstream_objects(name))
    assert not found.escapes
    assert not found.unexplained
    assert len([image for image in found.images if not image.idle]) > 10
    assert all(image.upstream or image.brought for image in found.images)


@pytest.mark.parametrize("name", MIRRORED)
def test_what_the_mirror_does_not_hold_is_told(name: str) -> None:
    found = inventory(upstream_objects(name), stack=name, registry=stack(name).registry)
    assert {image.name for image in found.escapes} >= {
        "docker.io/seldonio/mlserver:1.7.1",
        "registry.istio.io/release/proxyv2:1.30.3",
    }


@pytest.mark.parametrize("name", MIRRORED)
def test_every_pod_that_pulls_from_the_mirror_has_the_pull_secret(name: str) -> None:
    found = inventory(objects(name), stack=name, registry=stack(name).registry)
    assert any(use.pulls_with for image in found.images for use in image.uses)
    assert not found.unauthorized
    ways = {
        (use.runs, str(use.pulls_with).partition(" ")[0])
        for image in found.images
        for use in image.uses
        if not use.idle
    }
    assert ways <= WAYS
