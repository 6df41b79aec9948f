"""Where images come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.pods import containers, kind, pod_specs
from policy.tree import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.model import Facts, Resource

INJECTED = "auto"
"""What istiod replaces with the proxy's image from its own registry, which is told the mirror."""
_FIELDS = {
    "Alertmanager": ("image",),
    "Cluster": ("imageName",),
    "Elasticsearch": ("image",),
    "Kafka": ("kafka", "image"),
    "Prometheus": ("image",),
}
"""Where custom resources name images."""


def mirrored(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield images that do not come from the customer's registry, where the stack has one."""
    if facts.registry is None:
        return
    images = [
        str(value(container, "image"))
        for spec in pod_specs(resource)
        for container in containers(spec)
        if value(container, "image")
    ]
    path = _FIELDS.get(kind(resource))
    if path and value(resource.spec, *path):
        images.append(str(value(resource.spec, *path)))
    for image in images:
        injected = image == INJECTED and resource.namespace == "istio-system"
        if not injected and not image.startswith(f"{facts.registry}/"):
            yield f"image is {image}, must be below {facts.registry}"
