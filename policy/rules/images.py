"""Where images come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policy.pods import containers, kind, pod_specs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policy.model import Facts, Resource

INJECTED = "auto"
"""What istiod replaces with the proxy's image from its own registry, which is told the mirror."""
_FIELDS = {"Cluster": "imageName", "Elasticsearch": "image", "Prometheus": "image", "Alertmanager": "image"}


def mirrored(resource: Resource, facts: Facts) -> Iterator[str]:
    """Yield images that do not come from the customer's registry, where the stack has one."""
    if facts.registry is None:
        return
    images = [
        str(container.get("image"))
        for spec in pod_specs(resource)
        for container in containers(spec)
        if container.get("image")
    ]
    field = _FIELDS.get(kind(resource))
    if field and resource.spec.get(field):
        images.append(str(resource.spec[field]))
    for image in images:
        if image != INJECTED and not image.startswith(f"{facts.registry}/"):
            yield f"image is {image}, must be below {facts.registry}"
