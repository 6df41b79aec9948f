"""What must hold for every platform: each function yields what is wrong with a recording, and nothing when all is well.

A function that finds nothing to judge says so, so that none of them holds only because its subject is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from recorder import UNKNOWN, Secret, leaves

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from recorder import Recorded, Recording

CHART = "kubernetes:helm.sh/v4:Chart"
NAMESPACE = "kubernetes:core/v1:Namespace"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
QUOTA = "kubernetes:core/v1:ResourceQuota"
SECRET = "kubernetes:core/v1:Secret"
ROLE = "kubernetes:rbac.authorization.k8s.io/v1:Role"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
SERVICE_ACCOUNT = "kubernetes:core/v1:ServiceAccount"
CERTIFICATE = "kubernetes:cert-manager.io/v1:Certificate"

INGRESS = "istio-system"
WITHOUT_DATA = {
    *("argo", "istio-system", "seldon-node-logs", "seldon-system"),
    *("cnpg-system", "elastic-system", "strimzi-system"),
}
OF_ONE_STORE = {"seaweedfs-authority"}
"""Authorities that the parts of one store trust and nothing else does: made anew with the store, which is protected."""
CORE_CONTROLLER = "seldon-v2-controller-manager"
CLOSED_PORTS = {5572, 9004, 9005}
"""rclone's unauthenticated API, and the plaintext listeners of the Core 2 scheduler."""
PLAINTEXT_ONLY = {9008: {"seldon-dataflow-engine", "seldon-scheduler"}}
"""The listener of the scheduler that has no TLS at all, and the names of the only pods at its two ends."""
NODE_CREDENTIALS = {"0.0.0.0/0": {"169.254.0.0/16"}, "::/0": {"fe80::/10", "fd00:ec2::/32", "fd20:ce::/32"}}
"""By family of addresses: where clouds answer with the credentials of nodes."""
EXEMPTED = "exempt-from-default-deny"

PROMETHEUS_CLIENTS = {("seldon-monitoring", "prometheus"), ("seldon-system", "seldon-deploy")}
"""Namespace and name of the pods that may ask Prometheus: its replicas, and the platform, which shows metrics."""
PATHS_OF_ROUTES = {"seldon-deploy": ["/seldon-deploy/"]}
"""What a route that is none to a runtime leads to, by its name in the cluster."""
SECRET_ELSEWHERE = {("kubernetes:core/v1:ConfigMap", "seldon-deploy-license")}
"""The one object that is no Secret and holds one: the product reads its licence there."""
REVISION = "random:index/randomId:RandomId"
"""Drawn anew with the secrets among its keepers, which stay in the state alone, encrypted."""
ADMISSION_BINDING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"
NARROWED = {"seldon-node-logs"}
"""Let off Pod Security, where an admission policy takes its place."""


def chart_name(chart: Recorded) -> str:
    """Return the name in the lock file, whatever the source."""
    return str(chart.inputs["chart"]).rpartition("/")[2]


def charts(recording: Recording, name: str) -> Iterator[tuple[Recorded, dict[str, Any]]]:
    """Yield the installations of a chart with their values; there is at least one."""
    found = [chart for chart in recording.of(CHART) if chart_name(chart) == name]
    assert found, f"no chart {name}"
    for chart in found:
        yield chart, chart.inputs.get("values", {})


def at(tree: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a dotted path; None where there is nothing."""
    below: Any = tree
    for key in path.split("."):
        if not isinstance(below, dict):
            return None
        below = cast("dict[str, Any]", below).get(key)
    return below


def expect(recording: Recording, chart: str, wanted: Mapping[str, object]) -> Iterator[str]:
    """Yield each value of a chart that is not what is wanted."""
    for installed, values in charts(recording, chart):
        for path, value in wanted.items():
            if at(values, path) != value:
                yield f"{installed.name}: {path} is {at(values, path)!r}, not {value!r}"


def some(recording: Recording, type_: str) -> list[Recorded]:
    """Return the resources of a type; there is at least one."""
    found = recording.of(type_)
    assert found, f"nothing of type {type_}"
    return found


def _custom(recording: Recording, kind: str) -> list[Recorded]:
    found = [resource for resource in recording.resources if resource.inputs.get("kind") == kind]
    assert found, f"no {kind}"
    return found


def namespaces(recording: Recording) -> list[str]:
    """Return the names of all namespaces."""
    return [namespace.object_name for namespace in some(recording, NAMESPACE)]


def _runtimes(recording: Recording) -> list[str]:
    return [str(chart.namespace) for chart, _ in charts(recording, "seldon-core-v2-runtime")]


def _narrowed(recording: Recording) -> set[str]:
    """Return the namespaces whose pods an admission policy refuses unless they are narrow."""
    bound: list[dict[str, Any]] = [made.inputs["spec"] for made in recording.of(ADMISSION_BINDING)]
    selectors = [spec["matchResources"]["namespaceSelector"] for spec in bound if "Deny" in spec["validationActions"]]
    judged: set[str] = {selector["matchLabels"]["kubernetes.io/metadata.name"] for selector in selectors}
    return NARROWED & judged


def pod_security(recording: Recording) -> Iterator[str]:
    narrowed = _narrowed(recording)
    for namespace in some(recording, NAMESPACE):
        labels = namespace.inputs["metadata"]["labels"]
        for mode in ("enforce", "audit", "warn"):
            label = f"pod-security.kubernetes.io/{mode}"
            wanted = "privileged" if mode == "enforce" and namespace.object_name in narrowed else "restricted"
            if labels.get(label) != wanted or labels.get(f"{label}-version") != "v1.33":
                yield f"{namespace.object_name}: {mode} is {labels.get(label)} {labels.get(f'{label}-version')}"


def default_deny(recording: Recording) -> Iterator[str]:
    policies = some(recording, POLICY)
    closed: dict[str | None, set[str]] = {}
    for policy in policies:
        spec = policy.inputs["spec"]
        if not spec["podSelector"]:
            closed.setdefault(policy.namespace, set()).update(
                direction for direction in spec["policyTypes"] if not spec.get(direction.lower())
            )
    for namespace in namespaces(recording):
        if any(policy.namespace == namespace and policy.object_name == EXEMPTED for policy in policies):
            yield f"{namespace} is exempted"
        if closed.get(namespace, set()) != {"Ingress", "Egress"}:
            yield f"{namespace}: only {sorted(closed.get(namespace, set()))} is closed"


def guards_first(recording: Recording) -> Iterator[str]:
    closing = [policy for policy in some(recording, POLICY) if not policy.inputs["spec"]["podSelector"]]
    guards = [*some(recording, NAMESPACE), *some(recording, QUOTA), *closing]
    for chart in some(recording, CHART):
        before = recording.before(chart)
        for guard in guards:
            guarded = guard.object_name if guard.type == NAMESPACE else guard.namespace
            if guarded == chart.namespace and guard.urn not in before:
                yield f"{chart.name} does not wait for {guard.name}"


def load_balancer_quota(recording: Recording) -> Iterator[str]:
    quotas = {quota.namespace: quota.inputs["spec"]["hard"] for quota in some(recording, QUOTA)}
    for namespace in namespaces(recording):
        allowed = quotas.get(namespace, {}).get("services.loadbalancers")
        if allowed != ("1" if namespace == INGRESS else "0"):
            yield f"{namespace} may have {allowed} load balancers"


def one_load_balancer(recording: Recording) -> Iterator[str]:
    open_ = [
        f"{chart.name}{path}"
        for chart in some(recording, CHART)
        for path, value, _ in leaves(chart.inputs.get("values", {}))
        if value in ("LoadBalancer", "NodePort")
    ]
    if open_ != ["ingress-gateway.service.type"]:
        yield f"open to the outside: {open_}"
    for service in recording.of("kubernetes:core/v1:Service"):
        spec = service.inputs["spec"]
        if spec.get("type", "ClusterIP") != "ClusterIP" or "externalIPs" in spec:
            yield f"{service.name} is a Service that opens to the outside"


def cluster_ip(recording: Recording) -> Iterator[str]:
    yield from expect(recording, "seldon-core-v2-setup", {"services.defaultServiceType": "ClusterIP"})
    switches = ("scheduler.serviceType", "envoy.serviceType", "config.serviceConfig.serviceType")
    yield from expect(recording, "seldon-core-v2-runtime", dict.fromkeys(switches, "ClusterIP"))


def no_phoning_home(recording: Recording) -> Iterator[str]:
    yield from expect(recording, "seldon-core-v2-runtime", {"hodometer.disable": True})


def no_traces(recording: Recording) -> Iterator[str]:
    yield from expect(recording, "seldon-core-v2-setup", {"opentelemetry.disable": True})
    yield from expect(recording, "seldon-core-v2-runtime", {"config.tracingConfig.disable": True})


def core_tls(recording: Recording) -> Iterator[str]:
    wanted = {f"security.{plane}.protocol": "SSL" for plane in ("controlplane", "envoy")}
    yield from expect(recording, "seldon-core-v2-setup", wanted)
    made = {(certificate.namespace, certificate.object_name) for certificate in some(recording, CERTIFICATE)}
    control = ("seldon-controlplane-server", "seldon-controlplane-client")
    data = ("seldon-upstream-server", "seldon-upstream-client", "seldon-downstream-server")
    needed = {("seldon-system", name) for name in control}
    needed |= {(namespace, name) for namespace in _runtimes(recording) for name in (*control, *data)}
    for namespace, name in sorted(needed - made):
        yield f"{namespace} has no certificate {name}"


def bounded_controller(recording: Recording) -> Iterator[str]:
    runtimes = _runtimes(recording)
    wanted = {
        "controller.clusterwide": True,
        "controller.skipClusterRoleCreation": True,
    }
    yield from expect(recording, "seldon-core-v2-setup", wanted)
    for installed, values in charts(recording, "seldon-core-v2-setup"):
        watched: list[str] = at(values, "controller.watchNamespaces") or []
        if sorted(watched) != sorted(runtimes):
            yield f"{installed.name} watches {watched}, not {runtimes}"
    for role in recording.of(CLUSTER_ROLE):
        for rule in role.inputs["rules"]:
            reads = {*rule["verbs"]} <= {"get", "list", "watch"} and "secrets" not in rule["resources"]
            if not reads and not rule.get("resourceNames"):
                yield f"{role.name} gives rights in the whole cluster: {rule}"
    ours = {role.object_name for role in recording.of(CLUSTER_ROLE)}
    for binding in recording.of(f"{CLUSTER_ROLE}Binding"):
        if binding.inputs["roleRef"]["name"] not in ours:
            yield f"{binding.name} gives rights in the whole cluster"
    core = {"kind": "ServiceAccount", "name": CORE_CONTROLLER, "namespace": "seldon-system"}
    bound = [binding for binding in some(recording, BINDING) if core in binding.inputs["subjects"]]
    if sorted(str(binding.namespace) for binding in bound) != sorted(runtimes):
        yield f"{CORE_CONTROLLER} has rights by {[binding.name for binding in bound]}, runtimes in {sorted(runtimes)}"
    yield from _strangers_rights(recording, runtimes)


def _strangers_rights(recording: Recording, runtimes: list[str]) -> Iterator[str]:
    """In a runtime only its own accounts have rights, and those of what manages it."""
    for binding in some(recording, BINDING):
        allowed = {binding.namespace, "seldon-system", "argo"}
        subjects = {subject["namespace"] for subject in binding.inputs["subjects"]}
        if binding.namespace in runtimes and not subjects <= allowed:
            yield f"{binding.name} gives rights to {subjects - allowed}"


def no_wildcard_rights(recording: Recording) -> Iterator[str]:
    for role in some(recording, ROLE):
        for rule in role.inputs["rules"]:
            if "*" in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]:
                yield f"{role.name}: {rule}"


def _rules(recording: Recording) -> Iterator[tuple[Recorded, str, list[Any], list[Any]]]:
    """Yield policy, direction, peers and ports of every rule."""
    for policy in some(recording, POLICY):
        for direction, side in (("ingress", "from"), ("egress", "to")):
            rules: list[dict[str, Any]] = policy.inputs["spec"].get(direction) or []
            for rule in rules:
                yield policy, direction, rule.get(side) or [], rule.get("ports") or []


def narrow_flows(recording: Recording) -> Iterator[str]:
    for policy, _, peers, ports in _rules(recording):
        if policy.object_name == EXEMPTED:
            continue
        if not peers or not ports:
            yield f"{policy.name}: a rule without peers or ports allows all"
        for port in ports:
            if "port" not in port or "endPort" in port:
                yield f"{policy.name}: {port} is not one port"
        for peer in peers:
            named = at(peer, "namespaceSelector.matchLabels")
            if "ipBlock" not in peer and not (named and "podSelector" in peer):
                yield f"{policy.name}: {peer} is not tied to one namespace"


def closed_ports(recording: Recording) -> Iterator[str]:
    for policy, _, _, ports in _rules(recording):
        for port in ports:
            if port.get("port") in CLOSED_PORTS:
                yield f"{policy.name} opens {port['port']}"
    for policy, _, peers, ports in _rules(recording):
        ends = [policy.inputs["spec"]["podSelector"], *(peer.get("podSelector", {}) for peer in peers)]
        names = {end.get("matchLabels", {}).get("app.kubernetes.io/name") for end in ends}
        for port in ports:
            if names != PLAINTEXT_ONLY.get(port.get("port"), names):
                yield f"{policy.name} opens {port['port']} between {names}"


def no_node_credentials(recording: Recording) -> Iterator[str]:
    for policy, direction, peers, _ in _rules(recording):
        for peer in peers:
            block = peer.get("ipBlock", {})
            reached = NODE_CREDENTIALS.get(block.get("cidr"), set()) - {*block.get("except", [])}
            if direction == "egress" and reached:
                yield f"{policy.name} reaches {sorted(reached)}"


def prometheus_inside(recording: Recording) -> Iterator[str]:
    switches = {
        "prometheus.service.type": "ClusterIP",
        "prometheus.ingress.enabled": False,
        "prometheus.prometheusSpec.enableAdminAPI": False,
        "alertmanager.service.type": "ClusterIP",
        "alertmanager.ingress.enabled": False,
        "grafana.enabled": False,
    }
    yield from expect(recording, "kube-prometheus-stack", switches)
    ((stack, _),) = charts(recording, "kube-prometheus-stack")
    for policy, direction, peers, ports in _rules(recording):
        labels = policy.inputs["spec"]["podSelector"].get("matchLabels", {})
        on_prometheus = labels.items() <= {"app.kubernetes.io/name": "prometheus"}.items()
        opened = [port for port in ports if port.get("port") == 9090]
        if direction == "ingress" and policy.namespace == stack.namespace and on_prometheus and opened:
            yield from (f"{policy.name} lets {peer} in" for peer in peers if _client(peer) not in PROMETHEUS_CLIENTS)
    for route in _custom(recording, "VirtualService"):
        for path, value, _ in leaves(route.inputs["spec"]):
            if str(stack.namespace) in str(value):
                yield f"{route.name}{path} leads to {value}"


def _client(peer: Mapping[str, Any]) -> tuple[Any, Any]:
    namespace: dict[str, str] = at(peer, "namespaceSelector.matchLabels") or {}
    pods: dict[str, str] = at(peer, "podSelector.matchLabels") or {}
    return namespace.get("kubernetes.io/metadata.name"), pods.get("app.kubernetes.io/name")


def gateway_tls(recording: Recording) -> Iterator[str]:
    for gateway in _custom(recording, "Gateway"):
        for server in gateway.inputs["spec"]["servers"]:
            number, tls = server["port"]["number"], server.get("tls", {})
            if number == 443 and tls.get("minProtocolVersion") not in ("TLSV1_2", "TLSV1_3"):
                yield f"{gateway.name}: the floor on 443 is {tls.get('minProtocolVersion')}"
            if number == 80 and tls != {"httpsRedirect": True}:
                yield f"{gateway.name}: port 80 does more than redirect: {tls}"
            if number not in (80, 443):
                yield f"{gateway.name} listens on {number}"


def gateway_hosts(recording: Recording) -> Iterator[str]:
    (gateway,) = _custom(recording, "Gateway")
    host = recording.exports["host"]
    wanted = [host, *(f"{namespace}.{host}" for namespace in _runtimes(recording))]
    for server in gateway.inputs["spec"]["servers"]:
        if sorted(server["hosts"]) != sorted(wanted):
            yield f"{gateway.name} serves {server['hosts']}, not {wanted}"


def inference_paths(recording: Recording) -> Iterator[str]:
    for route in _custom(recording, "VirtualService"):
        if "*" in "".join(route.inputs["spec"]["hosts"]):
            yield f"{route.name} is for any host"
        for rule in route.inputs["spec"]["http"]:
            prefixes = sorted(match.get("uri", {}).get("prefix") for match in rule.get("match", []))
            if prefixes != PATHS_OF_ROUTES.get(route.object_name or "", ["/inference.GRPCInferenceService/", "/v2/"]):
                yield f"{route.name} leads {prefixes} somewhere"


def tls_to_envoy(recording: Recording) -> Iterator[str]:
    made = {rule.inputs["spec"]["host"]: rule.inputs["spec"] for rule in _custom(recording, "DestinationRule")}
    for namespace in _runtimes(recording):
        host = f"seldon-mesh.{namespace}.svc.cluster.local"
        tls: dict[str, Any] = at(made.get(host, {}), "trafficPolicy.tls") or {}
        if tls.get("mode") not in ("SIMPLE", "MUTUAL") or tls.get("subjectAltNames") != [host]:
            yield f"the gateway speaks to {host} with {tls}"


def strict_mtls(recording: Recording) -> Iterator[str]:
    modes = {
        (rule.namespace, rule.object_name): at(rule.inputs["spec"], "mtls.mode")
        for rule in _custom(recording, "PeerAuthentication")
    }
    if modes.get((INGRESS, "default")) != "STRICT" or set(modes.values()) != {"STRICT"}:
        yield f"mutual TLS is {modes}"


def no_tokens(recording: Recording) -> Iterator[str]:
    for account in some(recording, SERVICE_ACCOUNT):
        if account.inputs.get("automountServiceAccountToken") is not False:
            yield f"{account.name} hands its token to every pod"


def _holds_planted(value: Any) -> bool:
    return isinstance(value, str) and "planted-" in value


def marked_secrets(recording: Recording) -> Iterator[str]:
    seen = 0
    for resource in recording.resources:
        for path, value, secret in leaves(resource.inputs):
            seen += _holds_planted(value)
            if _holds_planted(value) and not secret:
                yield f"{resource.name}{path} holds a secret in the clear"
    for urn, outputs in recording.outputs:
        for path, value, _ in leaves(outputs):
            if _holds_planted(value):
                yield f"{urn} has a secret among its outputs: {path}"
    assert seen, "no secret was used"


def secrets_in_secrets(recording: Recording) -> Iterator[str]:
    for resource in recording.resources:
        for path, value, _ in leaves(resource.inputs):
            holds = resource.type == SECRET or (resource.type, resource.object_name) in SECRET_ELSEWHERE
            place = (".data", ".stringData") if holds else (".keepers",) if resource.type == REVISION else ()
            if _holds_planted(value) and not path.startswith(place):
                yield f"{resource.name}{path} is no place for a secret"


def plain_values(recording: Recording) -> Iterator[str]:
    for chart in some(recording, CHART):
        values = chart.inputs.get("values", {})
        if any(secret or leaf is UNKNOWN for _, leaf, secret in leaves(values)) or isinstance(values, Secret):
            yield f"{chart.name} has a value that is secret or not known at preview"


def protected_data(recording: Recording) -> Iterator[str]:
    for namespace in some(recording, NAMESPACE):
        if not namespace.protect and namespace.object_name not in WITHOUT_DATA:
            yield f"namespace {namespace.object_name} can be deleted"
    for chart, _ in charts(recording, "seldon-core-v2-crds"):
        if not chart.protect:
            yield f"{chart.name} can be deleted, and with it every model"
    authorities = [r for r in some(recording, CERTIFICATE) if r.inputs["spec"].get("isCA")]
    assert authorities, "no authority"
    for authority in authorities:
        if not authority.protect and authority.object_name not in OF_ONE_STORE:
            yield f"the key of {authority.object_name} can be deleted"


RANDOM = "pulumi:providers:random"
"""Draws passwords; it reaches nothing."""


def one_provider(recording: Recording) -> Iterator[str]:
    providers = [resource for resource in recording.resources if resource.is_provider]
    clusters = [provider for provider in providers if provider.type == "pulumi:providers:kubernetes"]
    if len(clusters) != 1 or {provider.type for provider in providers} - {clusters[0].type} != {RANDOM}:
        yield f"providers: {[provider.urn for provider in providers]}"
    for provider in clusters:
        if "kubeconfig" in provider.inputs:
            yield f"{provider.name} is given a kubeconfig, with credentials in it"
        if not provider.inputs.get("context"):
            yield f"{provider.name} takes whatever context is current"
