"""Values of the chart seldon-deploy 2.4.0: what its templates read, said where a default would open something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.cluster.ingress import GATEWAY_RELEASE
from components.contracts import Sasl
from components.seldon.batch import STORAGE_IMAGE
from components.seldon.catalogue import CATALOGUE_SECRET
from components.seldon.enterprise import names
from components.seldon.kafka import security_values
from components.seldon.routing import MESH_PORT
from components.seldon.search import SECRET as SEARCH_SECRET

if TYPE_CHECKING:
    from components.contracts import KafkaEndpoint, SearchEndpoint
    from components.seldon.enterprise.args import EnterpriseArgs, Login, RequestLogging
    from components.sources import Sources

SERVER_IMAGE = "docker.io/seldonio/seldon-deploy-server:2.4.0"
LOGGER_IMAGE = "docker.io/seldonio/metronome:1.8.4"
OPENSEARCH_LOGGER_IMAGE = "docker.io/seldonio/metronome:1.8.1"
"""The last that writes to OpenSearch (https://docs.seldon.ai/seldon-enterprise-platform, installation, OpenSearch)."""
LOAD_TEST_IMAGE = "docker.io/seldonio/hey-loadtester:0.2"
DETECTOR_IMAGE = "docker.io/seldonio/alibi-detect-server:1.18.2"
BATCH_IMAGE = "docker.io/seldonio/seldon-core-s2i-python38:1.18.2"
BATCH_V2_IMAGE = "docker.io/seldonio/mlserver:1.6.0-slim"
FORWARDER_IMAGE = "docker.io/seldonio/reference-data-forwarder:0.3.0"
"""Images that the server starts pods with."""

FROM_SECRET = "from-a-secret"  # noqa: S105 (says that there is none)
"""Stands in values for what a transform puts in its place: see `components.seldon.enterprise.changes`."""
CONSUMER_GROUP = "metronome"


def search_host(search: SearchEndpoint) -> str:
    """The host where it is known before anything is made; else what a transform replaces."""
    return search.host if isinstance(search.host, str) else FROM_SECRET


def enterprise_values(args: EnterpriseArgs) -> dict[str, Any]:
    """Values of the chart.

    Retired or unneeded, and so off: the Ingress of a retired API, Argo CD with Git, the route for every host, the
    roles (see `components.seldon.enterprise.rights`), the cluster-wide one but for the names and labels of namespaces.
    """
    image, search = args.sources.image, f"https://{search_host(args.search)}:{args.search.port}"
    return {
        "replicaCount": args.size.replicas,
        "image": {"image": image(SERVER_IMAGE), "pullPolicy": "IfNotPresent"},
        "resources": args.size.resources,
        "skipVerifyHttpCalls": False,
        "gitops": {"argocd": {"enabled": False}, "git": {"skipVerifyGit": False}},
        "ingress": {"enabled": False},
        "virtualService": {"create": False},
        "ingressGateway": {"seldonIngressService": GATEWAY_RELEASE, "ingressNamespace": args.gateway.namespace},
        "external": {"protocol": "https"},
        "enableAppAuth": True,
        "enableAppAnalytics": False,
        "env": {**_login_env(args.login, args.gateway.host), **_other_env(args)},
        "rbac": {
            "create": False,
            "clusterWide": False,
            "readNamespaces": True,
            "namespaces": sorted(place.namespace for place in args.runtimes),
            "nsLabelsAuth": {"enabled": False},
            "opa": {
                "enabled": True,
                "configMap": names.POLICIES,
                "projectAuthEnabled": True,
                "permissionManagementAPIDisabled": True,
                "istioPolicySyncInterval": "",
            },
        },
        "metadata": {"pg": {"enabled": True, "secret": CATALOGUE_SECRET}},
        "elasticsearch": {"url": search, "basicAuth": True, "secret": {"name": SEARCH_SECRET}},
        "prometheus": {"seldon": {"url": f"{args.prometheus.url}/api/v1/"}},
        "audit": {
            "stdout": {"enabled": False},
            "fluentd": {
                "enabled": True,
                "requireConn": True,
                "host": args.audit.host,
                "port": args.audit.plain_port,
            },
        },
        "seldon": {"enabled": False, "knativeEnabled": False},
        "seldonCoreV2": {"enabled": True, "protocol": "https", **_forms(args.gateway.host)},
        "keycloakUserManagement": {"enabled": False},
        "inferenceLogs": {"enabled": args.logging is not None},
        "loadtest": {"image": image(LOAD_TEST_IMAGE)},
        "alibidetect": {"image": image(DETECTOR_IMAGE)},
        "batchjobs": _batch(args.sources),
        "requestLogger": _logger(args, args.logging) if args.logging else {"create": False},
    }


def _login_env(login: Login, host: str) -> dict[str, str]:
    """The client's secret would stand in the pod's spec: a transform puts a reference in its place."""
    claims = login.claims
    return {
        "OIDC_PROVIDER": login.issuer,
        "CLIENT_ID": login.client_id,
        "CLIENT_SECRET": FROM_SECRET,
        "REDIRECT_URL": names.callback(host),
        "OIDC_SCOPES": " ".join(login.scopes),
        "USERID_CLAIM_KEY": claims.user,
        "SA_ID_CLAIM_KEY": claims.service_account,
        "USERNAME_CLAIM_KEY": claims.name,
        "EMAIL_CLAIM_KEY": claims.email,
        "GROUPS_CLAIM_KEY": claims.groups,
    }


def _other_env(args: EnterpriseArgs) -> dict[str, str]:
    """Variables that the chart writes only for what is off here: for analytics, and for a route of its own."""
    return {
        "ALERTMANAGER_URL": args.alertmanager_url,
        "ENABLE_APP_ANALYTICS": "false",
        "EXTERNAL_PREFIX": names.PREFIX,
        "REFERENCE_DATA_FORWARDER_IMAGE": args.sources.image(FORWARDER_IMAGE),
    }


def _forms(host: str) -> dict[str, str]:
    """How a model is called: what people are shown for calls from outside, and what the server calls inside.

    The Service in front of Envoy speaks TLS on port 80. The server fills in what stands in braces.
    """
    namespace, model, inner = "{{ .Namespace }}", "{{ .ModelName }}", "{{ .GraphModelName }}"
    mesh = f"https://seldon-mesh.{namespace}.svc.cluster.local:{MESH_PORT}/v2"
    curl = (
        f"curl https://{namespace}.{host}/v2/models/{model}/infer"
        ' -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
        f" -H \"seldon-model: {model}.pipeline\" -d '{{{{ .Payload }}}}'"
    )
    return {
        "curlForm": curl,
        "requestForm": f"{mesh}/pipelines/{model}/infer",
        "explainForm": f"{mesh}/models/{inner}/infer",
    }


def _batch(sources: Sources) -> dict[str, Any]:
    """The chart has no limit of CPU, and writes an empty one then."""
    memory = "200Mi"
    return {
        "processor": {"image": sources.image(BATCH_IMAGE)},
        "processorV2": {"image": sources.image(BATCH_V2_IMAGE), "secret": sources.pull_secret or ""},
        "storageInitializer": {"image": sources.image(STORAGE_IMAGE)},
        "resources": {"requests": {"cpu": "200m", "memory": memory}, "limits": {"cpu": "1", "memory": memory}},
    }


def _logger(args: EnterpriseArgs, logging: RequestLogging) -> dict[str, Any]:
    """Metronome reads Kafka alone: Core 2 sends no requests over HTTP, and Knative is not there."""
    image = OPENSEARCH_LOGGER_IMAGE if logging.opensearch else LOGGER_IMAGE
    namespace = args.placed.namespace
    return {
        "create": True,
        "image": args.sources.image(image),
        "replicas": logging.size.replicas,
        "resources": logging.size.resources,
        "namespace": {"create": False, "name": logging.placed.namespace},
        "trigger": {"create": False},
        "http": {"enabled": False},
        "elasticsearch": {"host": search_host(args.search), "port": str(args.search.port), "protocol": "https"},
        "kafka_consumer": {"enabled": True, "group_id": CONSUMER_GROUP, **consumer_values(logging.kafka)},
        "deployHost": f"http://{names.RELEASE}.{namespace}{names.API}" if logging.client else "",
        "authSecret": names.LOGGER_LOGIN_SECRET if logging.client else "",
    }


def consumer_values(kafka: KafkaEndpoint) -> dict[str, Any]:
    """`requestLogger.kafka_consumer`: as the values of Core 2, but with the user's name in the clear.

    The template reads no algorithm for endpoint identification; librdkafka compares names by itself since 2.0
    (CHANGELOG.md of confluentinc/librdkafka).
    """
    security = security_values(kafka)
    client = {
        key: value for key, value in security["ssl"]["client"].items() if key != "endpointIdentificationAlgorithm"
    }
    values = {**security, "bootstrap_servers": kafka.bootstrap, "ssl": {"client": client}}
    if isinstance(kafka.authentication, Sasl):
        sasl = security["sasl"]
        values["sasl"] = {**sasl, "client": {**sasl["client"], "username": kafka.authentication.username}}
    return values
