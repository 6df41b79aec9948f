"""Where references of images stand outside of the containers of a pod: the table to extend for a new operator.

An operator makes pods of a custom resource, of a flag, of a variable or of a file that it reads. Each rule says where
such a reference stands, who makes the pods, what must be there for that, and where those pods get the pull secret from.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def whole(text: str) -> Iterable[str]:
    """Take a text that is a reference."""
    return [text] if text else []


def by_version(text: str) -> Iterable[str]:
    """Take the references of lines `<version>=<reference>`."""
    return [line.partition("=")[2] for line in text.split() if "=" in line]


def injected(text: str) -> Iterable[str]:
    """Take references that stand in the templates of Istio's injector as they are, not as something to compute."""
    return re.findall(r"^\s*image: \"?([^\s{}\"]+)\"?$", text, re.MULTILINE)


def injector_values(text: str) -> Iterable[str]:
    """Compute the proxies' references as Istio's injector does (pkg/kube/inject, `ProxyImage`)."""
    values = json.loads(text)["global"]
    variant = f"-{values['variant']}" if values.get("variant") else ""
    for proxy in ("proxy", "proxy_init"):
        image = values[proxy]["image"]
        yield image if "/" in image else f"{values['hub']}/{image}:{values['tag']}{variant}"


def commanded(text: str) -> Iterable[str]:
    """Take the images whose commands Argo's controller is told, so that it need not ask a registry."""
    told = cast("dict[str, dict[str, object] | None]", yaml.safe_load(text) or {})
    return [*(told.get("images") or {})]


@dataclass(frozen=True, kw_only=True)
class Where:
    """Objects, by regular expressions that match all of `<group>/<kind>`, of the name, and of the path of a field."""

    kind: str
    name: str = ".*"
    field: str = ".+"
    """Paths are those of `supply.objects.nodes`."""
    text: str = ""
    """Regular expression that is found in the field, where it is a text."""
    told: str = ""
    """In words, where the expressions are no good ones."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One place of references."""

    at: Where
    operator: str
    """Who makes the pods."""
    read: Callable[[str], Iterable[str]] = whole
    needs: Where | None = None
    """What must be in the stack for the operator to use the image; without it the image is idle. None: nothing."""
    pull: Where | None = None
    """What in the object itself gives the pods the pull secret; None looks for `PULL_SECRETS` in all that is needed, or
    in the object itself when nothing is."""


PULL_SECRETS = Where(kind=".*", field=r".*\bimagePullSecrets\[[^.]*\]\.name")
"""The pull secrets of a pod, and those that a resource gives its pods."""

CNPG, ECK, STRIMZI, ISTIO = "CloudNativePG", "ECK", "Strimzi", "Istio's injector"
PROMETHEUS, CERT_MANAGER, ARGO, SELDON = "Prometheus operator", "cert-manager", "Argo Workflows", "Seldon Core 2"
ENTERPRISE = "Enterprise Platform"

OPERATORS: dict[str, str] = {
    "argoproj.io": ARGO,
    "cert-manager.io": CERT_MANAGER,
    "elasticsearch.k8s.elastic.co": ECK,
    "kafka.strimzi.io": STRIMZI,
    "mlops.seldon.io": SELDON,
    "monitoring.coreos.com": PROMETHEUS,
    "postgresql.cnpg.io": CNPG,
}
"""Who makes the pods of a custom resource that has containers in it, by API group."""

_DEPLOYMENT, _CONFIG = "apps/Deployment", "/ConfigMap"
_MONITORING = "monitoring.coreos.com/(Prometheus|Alertmanager)"
_POSTGRES, _KAFKA = "postgresql.cnpg.io/Cluster", "kafka.strimzi.io/Kafka"
_WORKFLOWS = Where(kind="/ServiceAccount", name="workflow")
"""Account of batch jobs in each runtime, see components/cluster/workflows/names.py."""


def _flag(name: str, operator: str, needs: Where) -> Rule:
    return Rule(at=Where(kind=_DEPLOYMENT, field=rf".*\.args\[--{name}\]"), operator=operator, needs=needs)


def _variable(name: str) -> Where:
    return Where(kind=_DEPLOYMENT, field=rf".*\.env\[{name}\]\.value")


def _strimzi(variable: str, needs: Where, read: Callable[[str], Iterable[str]] = whole) -> Rule:
    """Strimzi takes every image, and the pull secret, from its environment (ClusterOperatorConfig.java, Util.java)."""
    pull = _variable("STRIMZI_IMAGE_PULL_SECRETS")
    return Rule(at=_variable(f"STRIMZI_{variable}"), operator=STRIMZI, read=read, needs=needs, pull=pull)


def _kafka(field: str = ".+") -> Where:
    return Where(kind=_KAFKA, field=field)


def _istio(field: str, read: Callable[[str], Iterable[str]]) -> Rule:
    where = Where(kind=_CONFIG, name="istio-sidecar-injector.*", field=rf"data\.{field}")
    pull = replace(where, field=r"data\.values", text=r'"imagePullSecrets": *\[\s*"')
    return Rule(at=where, operator=ISTIO, read=read, pull=pull)


_CONNECT = Where(kind="kafka.strimzi.io/KafkaConnect")
RULES: tuple[Rule, ...] = (
    Rule(at=Where(kind=_MONITORING, field=r"spec\.image"), operator=PROMETHEUS),
    _flag("prometheus-config-reloader", PROMETHEUS, Where(kind=_MONITORING)),
    _flag("thanos-default-base-image", PROMETHEUS, Where(kind=_MONITORING, field=r"spec\.thanos")),
    _flag("acme-http01-solver-image", CERT_MANAGER, Where(kind="cert-manager.io/.*Issuer", field=r"spec\.acme")),
    Rule(at=Where(kind=_POSTGRES, field=r"spec\.imageName"), operator=CNPG),
    Rule(at=_variable("OPERATOR_IMAGE_NAME"), operator=CNPG, needs=Where(kind=_POSTGRES)),
    Rule(
        at=Where(kind=_CONFIG, field=r"data\.SIDECAR_IMAGE"),
        operator=f"{CNPG}'s plugin for backups",
        needs=Where(kind=_POSTGRES, field=r"spec\.plugins"),
    ),
    Rule(at=Where(kind="elasticsearch.k8s.elastic.co/Elasticsearch", field=r"spec\.image"), operator=ECK),
    _strimzi("KAFKA_IMAGES", _kafka(), by_version),
    _strimzi("KAFKA_CONNECT_IMAGES", _CONNECT, by_version),
    _strimzi("KAFKA_MIRROR_MAKER_2_IMAGES", Where(kind="kafka.strimzi.io/KafkaMirrorMaker2"), by_version),
    _strimzi("DEFAULT_CRUISE_CONTROL_IMAGE", _kafka(r"spec\.cruiseControl")),
    _strimzi("DEFAULT_KAFKA_EXPORTER_IMAGE", _kafka(r"spec\.kafkaExporter")),
    _strimzi("DEFAULT_KAFKA_INIT_IMAGE", _kafka(r"spec\.kafka\.rack")),
    _strimzi("DEFAULT_TOPIC_OPERATOR_IMAGE", _kafka(r"spec\.entityOperator\.topicOperator")),
    _strimzi("DEFAULT_USER_OPERATOR_IMAGE", _kafka(r"spec\.entityOperator\.userOperator")),
    _strimzi("DEFAULT_KAFKA_BRIDGE_IMAGE", Where(kind="kafka.strimzi.io/KafkaBridge")),
    _strimzi("DEFAULT_(BUILDAH_IMAGE|KANIKO_EXECUTOR_IMAGE|MAVEN_BUILDER)", _CONNECT),
    _istio("config", injected),
    _istio("values", injector_values),
    _flag("executor-image", ARGO, _WORKFLOWS),
    Rule(
        at=Where(
            kind=_CONFIG, name=".*workflow-controller-configmap|.*-workflow-controller-config", field=r"data\.config"
        ),
        operator=ARGO,
        read=commanded,
        needs=_WORKFLOWS,
    ),
    # What the Enterprise Platform hands to the Workflows and Jobs that it makes (deployment.yaml of its chart, 2.4.0).
    Rule(at=_variable("(LOADTEST|BATCHJOBS_.*)_IMAGE"), operator=ENTERPRISE, needs=_WORKFLOWS),
    # Its detectors of drift and outliers run on Knative, with the reference data that they start from.
    Rule(
        at=_variable("(ALIBI_DETECT_SERVER|REFERENCE_DATA_FORWARDER)_IMAGE"),
        operator=ENTERPRISE,
        needs=replace(_variable("KNATIVE_CRD_AVAILABLE"), text="^true$", told="Knative"),
    ),
)
