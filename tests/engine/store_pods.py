"""The pods that the operators of the stores make, each at the version that components/charts.lock.yaml pins.

Each function follows one operator, and says where in its source the facts are. Volumes, probes and environment are left
out where admission does not look at them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pod_parts import Made, claim_sizes, environment, merged, named, pod_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pod_parts import Object, Objects


def postgres(objects: Objects) -> Iterator[Made]:
    """Instances of CloudNativePG 1.30.0, each with the sidecar of its backup plugin 0.13.0, and the job before them.

    pkg/specs/pods.go (createClusterPodSpec, GetPodSecurityContext), containers.go (GetSecurityContext), jobs.go;
    in the plugin internal/cnpgi/operator/lifecycle.go (reconcilePodSpec: a sidecar among the init containers).
    """
    for cluster in objects("clusters.postgresql.cnpg.io"):
        spec, name = cluster["spec"], cluster["metadata"]["name"]
        seccomp = spec.get("seccompProfile", {"type": "RuntimeDefault"})
        restricted = {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
        }
        defaults = {"runAsUser": 26, "runAsGroup": 26, "runAsNonRoot": True, "fsGroup": 26, "seccompProfile": seccomp}
        security = {**restricted, "seccompProfile": seccomp, **spec.get("securityContext", {})}
        alike = {"resources": spec.get("resources", {}), "securityContext": security}
        bootstrap = {
            "name": "bootstrap-controller",
            "image": environment(objects, "cloudnative-pg")["OPERATOR_IMAGE_NAME"],
            **alike,
        }
        shared = {
            "securityContext": {**defaults, **spec.get("podSecurityContext", {})},
            "topologySpreadConstraints": spec.get("topologySpreadConstraints"),
            "volumes": [{"name": "pgdata", "persistentVolumeClaim": {"claimName": f"{name}-1"}}],
        }
        main = {"image": spec["imageName"], **alike, "volumeMounts": [{"name": "pgdata", "mountPath": "/var/lib"}]}
        sidecars = [
            {
                "name": "plugin-barman-cloud",
                "image": named(objects, "configmaps", "plugin-barman-cloud-config")["data"]["SIDECAR_IMAGE"],
                "restartPolicy": "Always",
                "resources": _backup_resources(objects, plugin),
                "securityContext": {**restricted, "seccompProfile": {"type": "RuntimeDefault"}},
            }
            for plugin in spec.get("plugins", [])
        ]
        instance = {
            **shared,
            "priorityClassName": spec.get("priorityClassName"),
            "initContainers": [bootstrap, *sidecars],
            "containers": [{"name": "postgres", **main}],
        }
        yield Made(
            pod=pod_of(cluster, f"{name}-1", instance), count=spec["instances"], claims=[spec["storage"]["size"]]
        )
        job = {
            **shared,
            "restartPolicy": "Never",
            "initContainers": [bootstrap],
            "containers": [{"name": "initdb", **main}],
        }
        yield Made(pod=pod_of(cluster, f"{name}-1-initdb", job))


def _backup_resources(objects: Objects, plugin: Object) -> Object:
    store = named(objects, "objectstores.barmancloud.cnpg.io", plugin["parameters"]["barmanObjectName"])
    return store["spec"].get("instanceSidecarConfiguration", {}).get("resources", {})


def elasticsearch(objects: Objects) -> Iterator[Made]:
    """Nodes of ECK 3.2.0.

    pkg/controller/elasticsearch/nodespec/podspec.go (BuildPodTemplateSpec), securitycontext/securitycontext.go (before
    8.0 neither user nor capabilities), initcontainer/*.go, common/keystore/initcontainer.go; a container of the
    template keeps its own fields and gets a security context only when it has none (common/defaults/pod_template.go).
    """
    default = {"allowPrivilegeEscalation": False, "privileged": False, "readOnlyRootFilesystem": True}
    for cluster in objects("elasticsearches.elasticsearch.k8s.elastic.co"):
        for nodes in cluster["spec"]["nodeSets"]:
            template: Object = nodes.get("podTemplate", {}).get("spec", {})
            own: list[Object] = [
                {"name": "elastic-internal-init-filesystem", "resources": _both(cpu="100m", memory="50Mi")},
                {"name": "elastic-internal-suspend"},
            ]
            if cluster["spec"].get("secureSettings"):
                keystore = {"name": "elastic-internal-init-keystore", "resources": _both(cpu="500m", memory="196Mi")}
                own.insert(1, {**keystore, "securityContext": {"privileged": False}})
            containers = merged([{"name": "elasticsearch"}], template.get("containers", []))
            (main,) = [container for container in containers if container["name"] == "elasticsearch"]
            inherited = {"image": cluster["spec"]["image"], "securityContext": default}
            for_helpers = {**inherited, "resources": main.get("resources", {})}
            spec = {
                **template,
                "automountServiceAccountToken": template.get("automountServiceAccountToken", False),
                "initContainers": [{**for_helpers, **one} for one in merged(own, template.get("initContainers", []))],
                "containers": [{**inherited, **container} for container in containers],
                "volumes": [
                    *template.get("volumes", []),
                    {"name": "elasticsearch-data", "persistentVolumeClaim": {"claimName": "elasticsearch-data"}},
                ],
            }
            yield Made(
                pod=pod_of(cluster, f"{cluster['metadata']['name']}-es-{nodes['name']}-0", spec),
                count=nodes["count"],
                claims=claim_sizes(nodes["volumeClaimTemplates"]),
            )


def _both(**amounts: str) -> Object:
    return {"requests": amounts, "limits": amounts}


STRIMZI = "strimzi-cluster-operator"


def _strimzi_security(objects: Objects) -> Object | None:
    """Security context of Strimzi 1.2.0's containers; without the provider `restricted` they have none.

    api/src/main/java/io/strimzi/plugin/security/profiles/impl/RestrictedPodSecurityProvider.java.
    """
    if environment(objects, STRIMZI).get("STRIMZI_POD_SECURITY_PROVIDER_CLASS") != "restricted":
        return None
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _strimzi_pod(objects: Objects, template: Object, container: Object) -> Object:
    """Shape a pod as WorkloadUtils.java and VolumeUtils.java (createServiceAccountVolume) of cluster-operator do."""
    pod: Object = template.get("pod", {})
    token = {"serviceAccountToken": {"path": "token"}}
    pull = environment(objects, STRIMZI).get("STRIMZI_IMAGE_PULL_SECRETS", "")
    secured = {**container, "securityContext": _strimzi_security(objects)}
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": pod.get("enableServiceLinks"),
        "imagePullSecrets": pod.get("imagePullSecrets") or [{"name": name} for name in pull.split(",") if name],
        "priorityClassName": pod.get("priorityClassName"),
        "securityContext": pod.get("securityContext"),
        "topologySpreadConstraints": pod.get("topologySpreadConstraints"),
        "containers": [{key: value for key, value in secured.items() if value is not None}],
        "volumes": [
            {"name": "strimzi-tmp", "emptyDir": {"medium": "Memory"}},
            {"name": "kube-api-access", "projected": {"sources": [token]}},
            *pod.get("volumes", []),
        ],
    }


def kafka_nodes(objects: Objects) -> Iterator[Made]:
    """Kafka nodes of Strimzi 1.2.0: KafkaCluster.java of cluster-operator (generatePodSets, createContainer)."""
    for pool in objects("kafkanodepools.kafka.strimzi.io"):
        cluster = pool["metadata"]["labels"]["strimzi.io/cluster"]
        version = named(objects, "kafkas.kafka.strimzi.io", cluster)["spec"]["kafka"]["version"]
        images = dict(line.split("=") for line in environment(objects, STRIMZI)["STRIMZI_KAFKA_IMAGES"].split())
        spec = pool["spec"]
        container = {"name": "kafka", "image": images[version], "resources": spec.get("resources", {})}
        pod = _strimzi_pod(objects, spec.get("template", {}), container)
        disks = [disk for disk in spec["storage"]["volumes"] if disk["type"] == "persistent-claim"]
        for disk in disks:
            name = f"data-{disk['id']}"
            pod["volumes"].append({"name": name, "persistentVolumeClaim": {"claimName": name}})
        yield Made(
            pod=pod_of(pool, f"{cluster}-{pool['metadata']['name']}-0", pod),
            count=spec["replicas"],
            claims=[disk["size"] for disk in disks],
        )


def kafka_entities(objects: Objects) -> Iterator[Made]:
    """The operator of users: EntityOperator.java and EntityUserOperator.java of Strimzi 1.2.0's cluster-operator."""
    for cluster in objects("kafkas.kafka.strimzi.io"):
        entities: Object = cluster["spec"].get("entityOperator", {})
        assert "topicOperator" not in entities, "its container is not made here"
        container = {
            "name": "user-operator",
            "image": environment(objects, STRIMZI)["STRIMZI_DEFAULT_USER_OPERATOR_IMAGE"],
            "resources": entities["userOperator"].get("resources", {}),
        }
        pod = _strimzi_pod(objects, entities.get("template", {}), container)
        yield Made(pod=pod_of(cluster, f"{cluster['metadata']['name']}-entity-operator", pod))
