"""Pipelines switched on: the core and its runtimes agree, and what they need is there before they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from component_stage import CHART, ONE, SOURCES, THREE, perform, waits_for
from kafka_endpoints import endpoint

from components.contracts import IngressRef
from components.seldon.core import SeldonCore, SeldonCoreArgs
from components.seldon.kafka import Pipelines, pipeline_runtime_values, pipeline_setup_values
from components.seldon.runtime import Runtime, RuntimeArgs
from components.seldon.values import CoreSizes, ServerSize, deep_merge, runtime_values, setup_values

if TYPE_CHECKING:
    import pulumi
    from component_stage import Stage
    from recorder import Recording

BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
SERVER = ServerSize(replicas=1, cpu_milli=500, memory_gi=2)
SIZES = CoreSizes(controller=ONE, scheduler=ONE, envoy=ONE, model_volume_gi=1)


def no_route(name: str, namespace: str, host: str, opts: pulumi.ResourceOptions) -> list[pulumi.Resource]:  # noqa: ARG001
    return []


def made(
    kind: str = "scram", *, core: bool = True, runtime: bool = True, preview: bool = False
) -> tuple[Recording, Pipelines]:
    kept: list[Pipelines] = []

    def make(stage: Stage) -> None:
        pipelines = Pipelines(
            kafka=endpoint(kind, ready=[stage.prop("brokers")]),
            modelgateway=ONE,
            pipelinegateway=THREE,
            dataflow=THREE,
        )
        kept.append(pipelines)
        made_core = SeldonCore(
            "seldon-core",
            SeldonCoreArgs(
                sources=SOURCES,
                placed=stage.place("core"),
                runtime_namespaces=["fraud"],
                authority=stage.issuer("core-issuer"),
                sizes=SIZES,
                storage_class=None,
                pipelines=pipelines if core else None,
            ),
            stage.opts,
        )
        args = RuntimeArgs(
            sources=SOURCES,
            placed=stage.place("fraud"),
            core=made_core,
            authority=stage.issuer("own-issuer"),
            ingress=IngressRef(host="ml.acme.example", route=no_route),
            envoy_replicas=1,
            mlserver=SERVER,
            triton=SERVER,
            pipelines=pipelines if runtime else None,
        )
        Runtime("runtime-fraud", args, stage.opts)

    return perform(make, preview=preview), kept[0]


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("kind", "identity"),
    [
        ("scram", "seldon-kafka"),
        ("oauth", "seldon-kafka"),
        ("given", "seldon-kafka-client"),
        ("issued", "seldon-kafka-client"),
    ],
)
def test_kafka_and_its_secrets_come_before_the_runtime(kind: str, identity: str, *, preview: bool) -> None:
    recording, _ = made(kind, preview=preview)
    runtime = recording.one(CHART, "runtime-fraud-runtime")
    wanted = {"brokers", f"runtime-fraud-{identity}", "runtime-fraud-seldon-kafka-authority"}
    assert waits_for(recording, runtime) >= wanted


@pytest.mark.parametrize("kind", ["scram", "given"])
def test_both_charts_are_told(kind: str) -> None:
    recording, pipelines = made(kind)
    setup = setup_values(
        runtime_namespaces=["fraud"], sizes=SIZES, registry=SOURCES.registry, pull_secret=SOURCES.pull_secret
    )
    found = recording.one(CHART, "seldon-core-setup")
    assert found.inputs["values"] == deep_merge(setup, pipeline_setup_values(pipelines))
    assert len(found.transforms) == (2 if kind == "scram" else 1)
    runtime = runtime_values(envoy_replicas=1, storage_secrets=[])
    values = recording.one(CHART, "runtime-fraud-runtime").inputs["values"]
    assert values == deep_merge(runtime, pipeline_runtime_values(pipelines))


def test_one_pod_at_a_time_of_each_part_that_has_several() -> None:
    recording, _ = made()
    budgets = {budget.object_name: budget.inputs["spec"] for budget in recording.of(BUDGET)}
    assert set(budgets) == {"seldon-pipelinegateway", "seldon-dataflow-engine"}
    for workload, spec in budgets.items():
        assert spec["selector"] == {"matchLabels": {"app.kubernetes.io/name": workload}}
        assert spec["maxUnavailable"] == 1


@pytest.mark.parametrize(("core", "runtime"), [(True, False), (False, True)])
def test_a_runtime_that_does_not_agree_with_the_core_is_refused(*, core: bool, runtime: bool) -> None:
    with pytest.raises(ValueError, match="runtime fraud: pipelines must be on in the core and in every runtime"):
        made(core=core, runtime=runtime)


def test_without_kafka_nothing_of_it_is_there() -> None:
    recording, _ = made(core=False, runtime=False)
    assert [r.name for r in recording.resources if "kafka" in r.name] == []
    values = recording.one(CHART, "seldon-core-setup").inputs["values"]
    assert "kafka" not in values
    assert "kafka" not in values["security"]
