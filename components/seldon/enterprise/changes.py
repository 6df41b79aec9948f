"""What the chart cannot be told by values: changes of its Deployments and its ConfigMap, before they are created."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pulumi

from components.contracts import PublicAuthorities
from components.revision import REVISION
from components.seldon.enterprise import names
from components.variables import secret_variable
from components.workload import zone_spread

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.contracts import KafkaEndpoint, SearchEndpoint
    from components.seldon.enterprise.authorities import Authorities

DEPLOYMENT, CONFIG_MAP = "kubernetes:apps/v1:Deployment", "kubernetes:core/v1:ConfigMap"
UID = 8888
"""User that the chart gives every pod that the server starts (`defaultUserID`); its own pods name none."""
KAFKA_AUTHORITY = "METRONOME_SERVER_KAFKA_CONSUMER_SSL_CA_LOCATION"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is different in the pods of one Deployment."""

    deployment: str
    token: bool
    """Whether they get a token for the API server."""
    spread: Mapping[str, str]
    """Labels of pods that are spread over zones."""
    authorities: Authorities
    revision: pulumi.Input[str]
    """See `components.revision`."""
    env: Sequence[dict[str, Any]] = ()
    """Variables; one of a name that is there takes its place."""
    without: Sequence[str] = field(default_factory=list[str])
    """Names of variables that are taken out."""


def login_env() -> dict[str, Any]:
    """The client's secret, by reference."""
    return secret_variable("CLIENT_SECRET", names.LOGIN_SECRET, names.LOGIN_KEY)


def _container(container: Mapping[str, Any], change: Change) -> dict[str, Any]:
    replaced = {entry["name"] for entry in change.env} | set(change.without)
    kept = [entry for entry in container.get("env", []) if entry["name"] not in replaced]
    return {
        **container,
        "env": [*kept, *change.env, *change.authorities.env()],
        "volumeMounts": [*container.get("volumeMounts", []), *change.authorities.mounts()],
    }


def changed_deployment(props: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Apply a change to a Deployment; its one container is that of the chart."""
    spec, template = props["spec"], props["spec"]["template"]
    metadata, pod = template["metadata"], template["spec"]
    changed = {
        **pod,
        "automountServiceAccountToken": change.token,
        "securityContext": {**pod.get("securityContext", {}), "runAsUser": UID, "runAsGroup": UID},
        "topologySpreadConstraints": zone_spread(change.spread),
        "containers": [_container(container, change) for container in pod["containers"]],
        "volumes": [*pod.get("volumes", []), *change.authorities.volumes()],
    }
    annotations = {**metadata.get("annotations", {}), REVISION: change.revision}
    return {
        **props,
        "spec": {**spec, "template": {"metadata": {**metadata, "annotations": annotations}, "spec": changed}},
    }


def search_env(search: SearchEndpoint) -> list[dict[str, Any]]:
    """Elasticsearch's host, for the logger, where only the engine knows it in time."""
    return [] if isinstance(search.host, str) else [{"name": "ELASTICSEARCH_HOST", "value": search.host}]


def without_authority(kafka: KafkaEndpoint) -> list[str]:
    """Variables of the logger's chart that would be wrong.

    With a client certificate the chart verifies brokers against what signed it, unless it is given another authority:
    it has no word for the public ones, which librdkafka takes when it is told nothing.
    """
    return [KAFKA_AUTHORITY] if isinstance(kafka.trust, PublicAuthorities) else []


def changes(made: Sequence[Change], search: SearchEndpoint) -> pulumi.ResourceTransform:
    """Make the transform of the chart."""
    by_name = {change.deployment: change for change in made}
    url = None if isinstance(search.host, str) else pulumi.Output.concat("https://", search.host, f":{search.port}")

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        props = cast("dict[str, Any]", dict(args.props))
        object_name = props.get("metadata", {}).get("name")
        if args.type_ == DEPLOYMENT and object_name in by_name:
            props = changed_deployment(props, by_name[object_name])
        elif args.type_ == CONFIG_MAP and object_name == names.SETTINGS and url is not None:
            props = {**props, "data": {**props["data"], "elasticsearchUrl": url}}
        return pulumi.ResourceTransformResult(props=props, opts=args.opts)

    return transform
