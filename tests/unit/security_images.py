"""Images of a recorded platform: each comes from the customer's registry, and every namespace may pull from there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from security_predicates import CHART, SECRET, at, chart_name, namespaces, some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recorder import Recording

IMAGES: dict[str, tuple[str, ...]] = {
    "argo-workflows": ("controller.image.registry", "executor.image.registry"),
    "cert-manager": ("imageRegistry",),
    "cloudnative-pg": ("image.repository",),
    "eck-operator": ("image.repository", "config.containerRegistry"),
    "istiod": ("global.hub",),
    "kube-prometheus-stack": ("global.imageRegistry",),
    "plugin-barman-cloud": ("image.registry", "sidecarImage.registry"),
    "seaweedfs": ("global.imageRegistry",),
    "seldon-deploy": (
        *("image.image", "requestLogger.image", "loadtest.image", "alibidetect.image"),
        *("batchjobs.processor.image", "batchjobs.processorV2.image", "batchjobs.storageInitializer.image"),
        "env.REFERENCE_DATA_FORWARDER_IMAGE",
    ),
    "strimzi-kafka-operator": ("defaultImageRegistry",),
    "seldon-core-v2-setup": tuple(
        f"{part}.image.registry"
        for part in (
            *("controller", "dataflow", "envoy", "hodometer", "modelgateway", "pipelinegateway", "scheduler"),
            *(f"serverConfig.{container}" for container in ("agent", "mlserver", "rclone", "triton")),
        )
    ),
}
"""Where each chart is told the registry of its images."""
MIRRORS = ("registry.initech.example/mirror", "harbor.globex.example/seldon")
"""Registries of the stacks that have one."""
WITHOUT_IMAGES = {
    "base": "resource types only",
    "gateway": "istiod injects its image",
    "seldon-core-v2-crds": "resource types only",
    "seldon-core-v2-runtime": "the controller makes its pods from what the setup chart says",
    "seldon-core-v2-servers": "the controller makes its pods from what the setup chart says",
}


def mirrored_images(recording: Recording) -> Iterator[str]:
    for chart in some(recording, CHART):
        name = chart_name(chart)
        if name in WITHOUT_IMAGES:
            continue
        for path in IMAGES.get(name, ("?",)):
            found = at(chart.inputs.get("values", {}), path)
            if not str(found).startswith(MIRRORS):
                yield f"{chart.name}: {path} is {found}, not below {MIRRORS}"


def pull_secrets(recording: Recording) -> Iterator[str]:
    made = {secret.namespace for secret in some(recording, SECRET) if secret.object_name == "image-pull"}
    for namespace in namespaces(recording):
        if namespace not in made:
            yield f"{namespace} has no pull secret"
