"""What holds of every stack of this project, on the real engine and a real API server, from nothing to nothing.

Each stack has a test file of its own that inherits it, so that several can stand at the same time.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from copy import deepcopy
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import yaml
from operator_pods import made_pods
from pod_parts import Made, containers_of, quantity, requested
from standing import ROOT, Standing, platform_of, upright

from rehearsal.stackfile import read_project, read_stack
from supply.inventory import inventory
from supply.objects import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rehearsal.events import ResourceEvent
    from rehearsal.toolchain import Tools

INVENTORIES = ROOT / "tests" / "data" / "inventory"


PASSWORD = "random:index/randomPassword:RandomPassword"
HOLDERS = ("kubernetes:core/v1:Secret", PASSWORD, "random:index/randomId:RandomId")
"""Types that may hold secrets, encrypted in the state; the last is drawn anew when one of its keepers changes."""
LICENCE = "::enterprise-license"
"""A ConfigMap, because the product reads its licence there; encrypted in the state all the same."""


def _inventory(resources: list[dict[str, Any]]) -> list[str]:
    names: dict[str, str] = {resource["urn"]: resource["urn"].rsplit("::", 1)[1] for resource in resources}
    lines: list[str] = []
    for resource in resources:
        provider = names.get(resource.get("provider", "").rsplit("::", 1)[0], "-")
        marks = " protected" if resource.get("protect") else ""
        lines.append(f"{resource['type']} {names[resource['urn']]} ({provider}){marks}")
    return sorted(lines)


def _is_reviewed(name: str, lines: list[str]) -> None:
    path = INVENTORIES / name
    if os.environ.get("UPDATE_INVENTORY"):
        path.write_text("\n".join(lines) + "\n")
    assert lines == path.read_text().splitlines(), "UPDATE_INVENTORY=1 writes it anew; review the difference"


def _listed(pods: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": pods}


CUSTOM_RESOURCES = {
    "kafka-strimzi": (
        "kafka.strimzi.io/v1:KafkaUser",
        "kafka.strimzi.io/v1:Kafka",
        "kafka.strimzi.io/v1:KafkaNodePool",
    ),
    "postgres-operator": ("postgresql.cnpg.io/v1:ScheduledBackup", "postgresql.cnpg.io/v1:Cluster"),
    "postgres-backup-plugin": ("postgresql.cnpg.io/v1:Cluster", "barmancloud.cnpg.io/v1:ObjectStore"),
    "search-operator": ("elasticsearch.k8s.elastic.co/v1:Elasticsearch",),
    "seldon-core-crds": (
        "mlops.seldon.io/v1alpha1:Server",
        "mlops.seldon.io/v1alpha1:SeldonRuntime",
        "mlops.seldon.io/v1alpha1:SeldonConfig",
    ),
}
"""By the chart that brings their types and, for stores, their operator: kinds in the order in which they go."""


def _span(events: Sequence[ResourceEvent], part: str) -> tuple[int, int]:
    """When the deletion of the first resource with this in its URN began, and that of the last one had ended."""
    found = [place for place, event in enumerate(events) if part in event.urn]
    assert found, part
    return found[0], found[-1]


class StackLife:
    """The life of a stack, in the order of its tests; a subclass says of which."""

    stack: ClassVar[str]

    @pytest.fixture(scope="class")
    def standing(self, tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> Iterator[Standing]:
        """Give the stack as it stands."""
        with upright(self.stack, tmp_path_factory.mktemp("home"), tools) as stack:
            yield stack

    def test_the_inventory_is_the_one_that_was_reviewed(self, standing: Standing) -> None:
        _is_reviewed(f"{standing.rehearsal.stack}.txt", _inventory(standing.resources()))

    def test_a_second_up_changes_nothing(self, standing: Standing) -> None:
        result = standing.rehearsal.up()
        assert result.ok
        assert result.changed == 0

    def test_every_chart_object_and_child_has_the_one_provider(self, standing: Standing) -> None:
        kubernetes = [r for r in standing.resources() if r["type"].startswith("kubernetes:") and r.get("custom")]
        assert {r["provider"].rsplit("::", 2)[1] for r in kubernetes} == {"cluster"}

    def test_no_image_escapes_the_mirror(self, standing: Standing, pods: list[Made]) -> None:
        stack = standing.rehearsal.stack
        mirror = platform_of(stack).get("images", {}).get("registry")
        objects = read_objects(standing.pulumi("stack", "export").stdout, name="the state")
        found = inventory(objects, stack=stack, registry=mirror)
        assert not found.unexplained
        assert not found.escapes
        running = [*standing.get("pods"), *(made.pod for made in pods)]
        images = {container["image"] for pod in running for container in containers_of(pod)}
        images.discard("auto")  # of gateways: istiod puts its own in the place
        assert images <= {image.name for image in found.images if not image.idle}
        if mirror:
            assert not [image for image in images if not image.startswith(f"{mirror}/")]
            assert not found.unauthorized

    def test_one_load_balancer_and_no_node_port(self, standing: Standing) -> None:
        services = standing.get("services")
        exposed = [s["metadata"]["name"] for s in services if s["spec"]["type"] != "ClusterIP"]
        assert exposed == ["istio-ingressgateway"]
        extra = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "prometheus-outside", "namespace": "seldon-monitoring"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 9090}]},
        }
        refused = standing.kubectl("create", "--filename=-", document=extra, check=False)
        assert "exceeded quota" in refused.stderr

    @pytest.fixture(scope="class")
    def pods(self, standing: Standing) -> list[Made]:
        """What the operators would make of everything that stands."""
        return list(made_pods(cache(standing.get_defined)))

    def test_the_pods_that_operators_make_are_those_that_were_reviewed(
        self, standing: Standing, pods: list[Made]
    ) -> None:
        lines = [
            f"{made.pod['metadata']['namespace']} {made.count} x {made.pod['metadata']['name']} {' '.join(made.claims)}"
            for made in pods
        ]
        _is_reviewed(f"{standing.rehearsal.stack}-pods.txt", sorted(line.rstrip() for line in lines))

    def test_pod_security_admits_the_pods_that_operators_make_and_nothing_less_restricted(
        self, standing: Standing, pods: list[Made]
    ) -> None:
        given = [deepcopy(made.pod) for made in pods]
        create = ("create", "--dry-run=server", "--filename=-")
        admitted = standing.kubectl(*create, document=_listed(given), check=False)
        assert admitted.returncode == 0, admitted.stderr
        for pod in given:
            for container in containers_of(pod):
                container.pop("securityContext")
        refused = standing.kubectl(*create, document=_listed(given), check=False)
        assert refused.stderr.count(': violates PodSecurity "restricted') == len(pods), refused.stderr

    def test_quotas_have_room_for_the_pods_that_operators_make(self, standing: Standing, pods: list[Made]) -> None:
        admitted = standing.kubectl(
            "create",
            "--dry-run=server",
            "--output=yaml",
            "--filename=-",
            document=_listed([made.pod for made in pods]),
        )
        wanted: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for made, pod in zip(pods, yaml.safe_load_all(admitted.stdout), strict=True):
            namespace = pod["metadata"]["namespace"]
            wanted[namespace, "pods"] += made.count
            wanted[namespace, "requests.storage"] += made.count * sum(map(quantity, made.claims), Decimal())
            for resource in ("cpu", "memory"):
                wanted[namespace, f"requests.{resource}"] += made.count * requested(pod, resource)
        quotas = {quota["metadata"]["namespace"]: quota["status"] for quota in standing.get("resourcequotas")}
        for (namespace, what), amount in wanted.items():
            hard, used = (quantity(quotas[namespace][which][what]) for which in ("hard", "used"))
            assert used + amount <= hard, (namespace, what)

    def test_secrets_are_nowhere_in_clear(self, standing: Standing) -> None:
        stack = read_stack(read_project(ROOT), standing.rehearsal.stack)
        assert stack.secrets
        state = standing.resources(show_secrets=True)
        drawn = [r["outputs"] for r in state if r["type"] == PASSWORD]
        generated = {outputs["result"]["plaintext"].strip('"') for outputs in drawn}
        secrets = ["placeholder-for-", *generated]
        assert any(secret in json.dumps(state) for secret in secrets)

        encrypted = json.dumps(standing.rehearsal.export())
        logs = [path.read_text(errors="replace") for path in standing.rehearsal.places.logs.glob("*")]
        assert not [secret for secret in secrets for text in (encrypted, *logs) if secret in text]

        others = {
            r["urn"]: json.dumps([r.get("inputs"), r.get("outputs")])
            for r in state
            if r["type"] not in HOLDERS and not r["urn"].endswith(LICENCE)
        }
        assert not [urn for urn, text in others.items() if any(secret in text for secret in secrets)]

    def test_a_licence_set_anew_starts_the_platform_again_and_nothing_else(self, standing: Standing) -> None:
        rehearsal = standing.rehearsal
        (licence,) = (label for label in rehearsal.stack_file().secrets if label.endswith("license"))
        rehearsal.changed_secrets = frozenset({licence})
        try:
            events = rehearsal.preview().events
        finally:
            rehearsal.changed_secrets = frozenset()
        changed = {(event.short, event.operation) for event in events if event.operation in {"update", "replace"}}
        assert changed == {
            ("ConfigMap enterprise-license", "update"),
            ("Deployment seldon-deploy", "update"),
            ("RandomId enterprise-server-revision", "replace"),
        }

    def test_refresh_sees_a_hand_edit_and_up_mends_it(self, standing: Standing) -> None:
        namespace = standing.get("seldonruntimes")[0]["metadata"]["namespace"]
        standing.kubectl("delete", "networkpolicy", "default-deny", f"--namespace={namespace}")
        refreshed = standing.rehearsal.refresh()
        assert refreshed.ok
        assert refreshed.summary.get("delete") == 1
        mended = standing.rehearsal.up()
        assert mended.ok
        assert dict(mended.summary).get("create") == 1
        assert standing.kubectl("get", "networkpolicy", "default-deny", f"--namespace={namespace}").returncode == 0

    def test_destroy_leaves_nothing_and_takes_custom_resources_before_their_operators_and_types(
        self,
        standing: Standing,
    ) -> None:
        before = {n["metadata"]["name"] for n in standing.get("namespaces")}
        charts = {resource["urn"].rsplit("::", 1)[1] for resource in standing.resources()}
        result = standing.rehearsal.destroy()
        assert result.ok, [error.message for error in result.errors]
        for chart, kinds in CUSTOM_RESOURCES.items():
            if chart not in charts:
                continue
            resources = [_span(result.events, f"kubernetes:{kind}::") for kind in kinds]
            begun = [first for first, _ in resources]
            assert begun == sorted(begun), kinds
            _, ended = map(max, zip(*resources, strict=True))
            assert ended < _span(result.events, f"::{chart}:")[0], chart
        left = {n["metadata"]["name"] for n in standing.get("namespaces")}
        assert left == {"default", "kube-node-lease", "kube-public", "kube-system"}
        assert len(before) > len(left)
        types_left = {crd["spec"]["group"] for crd in standing.get("customresourcedefinitions")}
        assert types_left == {"kwok.x-k8s.io"}  # the rehearsal's own, for the stages that play the operators
        standing.kubectl("wait", "--for=delete", "persistentvolumes", "--all", "--timeout=60s")
        of_no_namespace = ("clusterroles", "clusterrolebindings", "priorityclasses")
        named = [each["metadata"]["name"] for kind in of_no_namespace for each in standing.get(kind)]
        assert not [name for name in named if name.startswith(("seldon", "elastic", "strimzi", "cnpg"))]
