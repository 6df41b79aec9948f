"""The credentials of Elasticsearch, where Seldon's two readers of request logs look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes.core.v1 as corev1
import pulumi_kubernetes.meta.v1 as metav1

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.contracts import PlacedIn, SearchEndpoint

SECRET = "elastic-credentials"  # noqa: S105 (a name)
"""Name and keys are the defaults of `elasticsearch.secret` in the chart seldon-deploy 2.4.0, which reads it beside the
Enterprise Platform and beside the request logger."""


class SearchCredentials(pulumi.ComponentResource):
    """One Secret `elastic-credentials` in each namespace that reads it."""

    ready: Sequence[pulumi.Resource]

    def __init__(
        self,
        name: str,
        endpoint: SearchEndpoint,
        places: Sequence[PlacedIn],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("seldon-platform:seldon:SearchCredentials", name, {}, opts)
        self.ready = [
            corev1.Secret(
                f"{name}-{place.namespace}",
                metadata=metav1.ObjectMetaArgs(name=SECRET, namespace=place.namespace),
                string_data={"username": endpoint.username, "password": pulumi.Output.secret(endpoint.password)},
                opts=pulumi.ResourceOptions(parent=self, depends_on=list(place.ready)),
            )
            for place in places
        ]
        self.register_outputs({"namespaces": [place.namespace for place in places]})
