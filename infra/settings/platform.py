"""The whole of a stack file's `platform` object."""

from typing import Literal, TypeAlias

from infra import names
from infra.settings.application_logs import ApplicationLogs, FluentBit, NoApplicationLogs
from infra.settings.audit import Audit
from infra.settings.auth import InClusterAuth
from infra.settings.base import Model
from infra.settings.cluster import Cloud, Cluster, NoCloud
from infra.settings.enterprise import ArgoWorkflows, Enterprise, NoEnterprise, SeldonDeploy
from infra.settings.images import Charts, Images
from infra.settings.ingress import Ingress, Istio, Nginx
from infra.settings.kafka import Kafka, NoKafka, Strimzi
from infra.settings.monitoring import Monitoring
from infra.settings.seldon import Seldon
from infra.settings.stores import (
    InClusterObjectStore,
    InClusterPostgres,
    InClusterSearch,
    NoObjectStore,
    NoPostgres,
    NoSearch,
    ObjectStore,
    Postgres,
    Search,
)
from infra.settings.types import CustomerName, ExpiryDate, Reason, ResourceName
from infra.sizes import Environment

Control: TypeAlias = Literal[
    "default-deny",
    "deletion-protection",
    "end-of-life",
    "pod-security",
    "public-ingress",
    "request-authentication",
    "tls-verification",
    "unsupported-search",
]
"""Security defaults that the program can switch off for one resource; every other one has no switch."""

Store: TypeAlias = Literal["postgres", "search", "object-store", "kafka"]

_NAMESPACES: dict[Store, tuple[str, ...]] = {
    "postgres": (names.POSTGRES_OPERATOR, names.POSTGRES),
    "search": (names.SEARCH_OPERATOR,),
    "object-store": (names.OBJECT_STORE,),
    "kafka": (names.KAFKA_OPERATOR, names.KAFKA),
}
"""Made for a store in the cluster; that of the logs has readers of an external search in it as well."""


class Exemption(Model):
    """A security default that one resource is let off, by name, for a reason and for a time."""

    control: Control
    """Which default."""
    resource: ResourceName
    """Which one resource, such as a namespace; the error that refuses one lists those that the control guards."""
    reason: Reason
    """Why, for the reviewer."""
    expires: ExpiryDate
    """Last day on which it holds; after it the stack is refused."""


class Platform(Model):
    """Everything that one customer environment is made from."""

    customer: CustomerName
    """Customer whose environment this is; part of names and labels."""
    environment: Environment
    """Sets sizes, replicas and retention; never weakens a security default."""
    cluster: Cluster
    """The Kubernetes cluster."""
    cloud: Cloud = NoCloud()
    """The cloud below the cluster."""
    charts: Charts = Charts()
    """Helm charts."""
    images: Images = Images()
    """Container images."""
    ingress: Ingress
    """The one way in."""
    monitoring: Monitoring = Monitoring()
    """The in-cluster Prometheus."""
    postgres: Postgres = NoPostgres()
    """Postgres for the model catalogue."""
    search: Search = NoSearch()
    """Elasticsearch for the logs of requests and of applications."""
    object_store: ObjectStore = NoObjectStore()
    """Object store for models, batch jobs, the audit trail and backups."""
    kafka: Kafka = NoKafka()
    """Kafka, which only pipelines need."""
    enterprise: Enterprise = NoEnterprise()
    """The Enterprise Platform."""
    audit: Audit = Audit()
    """The audit trail, which the Enterprise Platform cannot be without."""
    application_logs: ApplicationLogs = NoApplicationLogs()
    """Logs of models and servers."""
    seldon: Seldon
    """The serving layer."""
    exemptions: tuple[Exemption, ...] = ()
    """Security defaults that are off for one resource each."""

    @property
    def stores(self) -> tuple[Store, ...]:
        """Stores that the platform runs in the cluster itself, as exemptions name them."""
        made: dict[Store, bool] = {
            "postgres": isinstance(self.postgres, InClusterPostgres),
            "search": isinstance(self.search, InClusterSearch),
            "object-store": isinstance(self.object_store, InClusterObjectStore),
            "kafka": isinstance(self.kafka, Strimzi),
        }
        return tuple(store for store, in_cluster in made.items() if in_cluster)

    @property
    def seldon_deploy(self) -> SeldonDeploy | None:
        """The Enterprise Platform; None where it is off, and with it its audit trail."""
        return self.enterprise if isinstance(self.enterprise, SeldonDeploy) else None

    @property
    def runs_batch_jobs(self) -> bool:
        """Whether the Enterprise Platform has something to run batch jobs with."""
        return self.seldon_deploy is not None and isinstance(self.seldon_deploy.batch, ArgoWorkflows)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Namespaces that the platform makes for itself in this stack; those of the runtimes come on top."""
        ingress = names.ISTIO if isinstance(self.ingress, Istio) else names.NGINX
        made = [*names.platform_namespaces(ingress)]
        if isinstance(self.ingress, Nginx) and isinstance(self.ingress.auth, InClusterAuth):
            made.append(names.CALLERS)
        made += [name for store in self.stores for name in _NAMESPACES[store]]
        if not isinstance(self.search, NoSearch):
            made.append(names.LOGS)
        if self.seldon_deploy:
            made.append(names.AUDIT)
        if self.runs_batch_jobs:
            made.append(names.WORKFLOWS)
        if isinstance(self.application_logs, FluentBit):
            made.append(names.NODE_LOGS)
        return tuple(made)
