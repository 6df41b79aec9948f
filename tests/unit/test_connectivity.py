"""Every pair of pods and every port, against the flows that the program declares: nothing more and nothing less."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from connectivity import CREDENTIALS, DNS, LINK_LOCAL, PATHS, Platform, covers, platform, recorded, small
from netpol import Pod, read
from network_mutations import MUTATIONS
from operated import ALSO_LISTENING, IN_FRONT, MADE, NAME, NOT_YET, PODLESS, SERVED_TO, WEBHOOKS
from platforms import PLATFORM, STACKS, one_tenant, tenant
from recorder import Recording
from workloads import UnknownKindError, Workloads, everything, group_of

from components.cluster.network import Flow, policies
from components.contracts import Pods

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netpol import Direction, End, Object
    from network_mutations import Mutation


WITH_STORES = next(path for path in PATHS if path.stem == "stores-in-cluster-small")
every_stack = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


@every_stack
def test_policies_open_what_flows_say_and_nothing_else(path: Path) -> None:
    assert [*platform(path).differences()] == []


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_no_policy_can_be_spoiled_unseen(mutation: Mutation) -> None:
    made = platform(WITH_STORES)
    spoiled = [(policy, changed) for policy in made.workloads.policies for changed in mutation(policy)]
    assert spoiled, "nothing was spoiled"
    unseen = [
        f"{policy['metadata']['namespace']}/{policy['metadata']['name']}"
        for policy, changed in spoiled
        if not _differs(made, policy, changed)
    ]
    assert unseen == []


def _differs(made: Platform, policy: Object, changed: Object | None) -> bool:
    left = [other for other in made.workloads.policies if other is not policy]
    found = made.differences([*left, *([changed] if changed else [])], namespace=policy["metadata"]["namespace"])
    return next(found, None) is not None


@every_stack
def test_every_pod_is_closed_by_default_both_ways(path: Path) -> None:
    workloads = platform(path).workloads
    closed: dict[str, set[Direction]] = {}
    for policy in workloads.policies:
        spec = policy["spec"]
        if not spec["podSelector"]:
            shut = {direction for direction in spec["policyTypes"] if not spec.get(direction.lower())}
            closed.setdefault(policy["metadata"]["namespace"], set()).update(shut)
    assert len(workloads.pods) > 10
    assert [str(pod) for pod in workloads.pods if closed.get(pod.namespace) != {"Ingress", "Egress"}] == []
    assert [str(pod) for pod in workloads.pods if pod.host_network] == []


def _unmatched(made: Platform, trees: list[Object]) -> Iterator[str]:
    """Yield each selector that means no pod: most likely a label with a typing error."""
    pods = [*made.workloads.pods, Pod(name="dns", namespace=DNS.namespace, labels=DNS.labels)]
    for policy in map(read, trees):
        if not any(policy.selects(pod) for pod in pods):
            yield f"{policy.namespace}/{policy.name}: {policy.pods}"
        for peer in (peer for rules in policy.rules.values() for rule in rules for peer in rule.peers):
            if not peer.block and not any(made.evaluator.known(peer, policy, pod) for pod in pods):
                yield f"{policy.namespace}/{policy.name}: {peer}"


@every_stack
def test_every_selector_means_a_pod(path: Path) -> None:
    assert [*_unmatched(platform(path), platform(path).workloads.policies)] == []


def test_a_selector_that_means_no_pod_is_found() -> None:
    changed = deepcopy(small().workloads.policies)
    out = next(policy for policy in changed if policy["metadata"]["name"] == "envoy-server-fraud-out")
    out["spec"]["podSelector"]["matchLabels"] = {NAME: "seldon-envoi"}
    out["spec"]["egress"][0]["to"][0]["podSelector"]["matchLabels"] = {NAME: "seldon-servers"}
    assert len([*_unmatched(small(), changed)]) == 2


@every_stack
def test_somebody_listens_on_every_port_of_a_flow(path: Path) -> None:
    pods = platform(path).workloads.pods
    for flow in platform(path).flows:
        named = [pod for pod in pods if isinstance(flow.target, Pods) and covers(flow.target, pod)]
        if any(pod.name != "later" for pod in named):
            listening = {(p.number, p.protocol) for pod in named for p in pod.ports}
            silent = [port for port in flow.ports if (port, flow.protocol) not in listening]
            assert silent == [], f"{flow.name}: nobody listens on {silent}"


def test_what_flows_name_and_no_program_makes_is_missing_in_some_stack() -> None:
    missing = [pod for path in PATHS for pod in platform(path).workloads.pods if pod.name == "later"]
    assert [later for later in NOT_YET if not any(covers(later, pod) for pod in missing)] == []


@every_stack
def test_nothing_reaches_where_clouds_keep_credentials(path: Path) -> None:
    made = platform(path)
    open_ = [(str(pod), made.opened(pod, end)) for pod in made.workloads.pods for end in (CREDENTIALS, LINK_LOCAL)]
    assert [found for found in open_ if found[1]] == []


@every_stack
def test_from_outside_only_the_gateway_is_reached(path: Path) -> None:
    made = platform(path)
    strangers: list[End] = [host for host in made.hosts if host not in made.api_servers]
    for pod in made.workloads.pods:
        reached = {opening for end in strangers for opening in made.opened(end, pod)}
        assert reached == {("TCP", port) for port in _in_front(pod)}
    assert any(_in_front(pod) for pod in made.workloads.pods)


def _in_front(pod: Pod) -> set[int]:
    return {port for label in pod.labels.items() for port in IN_FRONT.get(label, ())}


@every_stack
def test_the_api_server_reaches_webhooks_and_no_other_port(path: Path) -> None:
    made = platform(path)
    for pod in made.workloads.pods:
        port = WEBHOOKS.get(pod.labels.get(NAME, ""))
        if not _in_front(pod):
            opened = [made.opened(server, pod) for server in made.api_servers]
            assert opened == [{("TCP", port)} if port else set()] * len(opened)


@every_stack
def test_no_other_pod_reaches_what_must_stay_closed(path: Path) -> None:
    made = platform(path)
    closed = {"seldon-server": (5572, 9000, 9500, 9007, 9008), "seldon-scheduler": (9004, 9005)}
    subjects = [(pod, port) for pod in made.workloads.pods for port in closed.get(pod.labels.get(NAME, ""), ())]
    assert len(subjects) >= 2 * 5 + 2
    assert [(str(pod), port, made.reaching(pod, port)) for pod, port in subjects if made.reaching(pod, port)] == []


def _strangers(made: Platform) -> Iterator[str]:
    """Yield whoever reaches what holds data without being named as its client."""
    for (label, port), clients in SERVED_TO.items():
        for pod in made.workloads.pods:
            if label in pod.labels.items():
                others = [end for end in made.reaching(pod, port) if not _is_one_of(clients, end, made)]
                yield from (f"{end} reaches {port} of {pod}" for end in others)


@every_stack
def test_only_named_clients_reach_what_holds_data(path: Path) -> None:
    assert [*_strangers(platform(path))] == []


@pytest.mark.parametrize(("label", "port"), SERVED_TO, ids=str)
def test_one_more_client_of_what_holds_data_is_found(label: tuple[str, str], port: int) -> None:
    made = next(made for made in map(platform, PATHS) if any(label in p.labels.items() for p in made.workloads.pods))
    target = next(pod for pod in made.workloads.pods if label in pod.labels.items())
    controller = Pods(namespace="seldon-system", labels={"control-plane": "v2-controller-manager"})
    extra = Flow(
        name="extra",
        source=controller,
        target=Pods(namespace=target.namespace, labels=dict([label])),
        ports=[port],
        why="a mutation",
    )
    objects = [
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": {"name": policy.name, "namespace": policy.namespace},
            "spec": policy.spec,
        }
        for policy in policies([extra])
    ]
    opened = replace(made, workloads=Workloads([*made.workloads.objects, *objects]))
    assert any(f"reaches {port} of {target}" in found for found in _strangers(opened))


def _is_one_of(clients: set[tuple[str, str]], end: End, made: Platform) -> bool:
    return isinstance(end, Pod) and end in made.workloads.pods and not clients.isdisjoint(end.labels.items())


@pytest.mark.parametrize("path", STACKS, ids=lambda path: path.stem)
def test_no_tenant_reaches_another(path: Path) -> None:
    made = platform(path)
    tenants = {item["metadata"]["namespace"] for item in made.workloads.of("SeldonRuntime")}
    pods = [pod for pod in made.pods if pod.namespace in tenants]
    crossing = [(one, other) for one in pods for other in pods if one.namespace != other.namespace]
    assert crossing
    assert [(str(one), str(other)) for one, other in crossing if made.opened(one, other)] == []


def test_an_exempted_namespace_is_open_both_ways_and_the_others_stay_closed() -> None:
    config = deepcopy(one_tenant())
    exemption = {"control": "default-deny", "resource": "fraud", "expires": "2027-03-31"}
    config[PLATFORM]["exemptions"] = [{**exemption, "reason": "Until the old store has moved"}]
    made = recorded(config)
    assert [*made.differences()] == []
    envoy = next(pod for pod in made.workloads.pods if pod.labels.get(NAME) == "seldon-envoy")
    outside = next(end for end in made.hosts if end.name == "the internet")
    assert made.opened(envoy, outside) == made.opened(outside, envoy) == made.openings


def test_every_entry_of_the_tables_is_about_something() -> None:
    every = [platform(path).workloads for path in PATHS]
    labels = {label for workloads in every for pod in workloads.pods for label in pod.labels.items()}
    kinds = {f"{group_of(item)}/{item['kind']}" for workloads in every for item in workloads.objects}
    named = {end.namespace + str(end.labels) for path in PATHS for flow in platform(path).flows for end in _pods(flow)}
    assert {*MADE, *PODLESS} - kinds == set()
    assert {*ALSO_LISTENING, *IN_FRONT, *(label for label, _ in SERVED_TO)} - labels == set()
    assert {(NAME, name) for name in WEBHOOKS} - labels == set()
    assert {later.namespace + str(later.labels) for later in NOT_YET} - named == set()


def _pods(flow: Flow) -> list[Pods]:
    return [end for end in (flow.source, flow.target) if isinstance(end, Pods)]


def test_a_kind_that_nobody_explained_is_named() -> None:
    queue = {"apiVersion": "queues.acme.example/v1", "kind": "Queue", "metadata": {"name": "q", "namespace": "fraud"}}
    recording = Recording(
        [replace(tenant().resources[-1], type="kubernetes:queues.acme.example/v1:Queue", inputs=queue)]
    )
    with pytest.raises(UnknownKindError, match=r"queues\.acme\.example/Queue"):
        everything(recording)
