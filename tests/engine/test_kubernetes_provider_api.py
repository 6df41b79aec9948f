"""The provider's operations on a real API server, called as the engine calls them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest
from k8s_fixtures import (
    RESTRICTED,
    Cluster,
    Driver,
    Object,
    Resource,
    SaidLog,
    cluster,
    config_map,
    deployment,
    namespace_object,
)
from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.property_value import PropertyValue

from rehearsal.providers.kubernetes.provider import PartialFailureError
from rehearsal.providers.kubernetes.refusals import LifecycleError
from rehearsal.providers.kubernetes.values import plain_map, wrap_map
from rehearsal.providers.kubernetes.waiting import NotGoneError

if TYPE_CHECKING:
    from collections.abc import Coroutine

__all__ = ["cluster"]


@pytest.fixture
def driver(cluster: Cluster) -> Driver:
    return Driver(cluster=cluster)


@pytest.fixture
def namespace(cluster: Cluster, request: pytest.FixtureRequest) -> str:
    name = request.node.name.replace("_", "-")[:60].strip("-").lower()
    cluster.kubectl("create", "namespace", name)
    return name


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def test_an_object_of_somebody_else_is_not_taken_over(driver: Driver, namespace: str) -> None:
    driver.cluster.kubectl("create", "configmap", "settings", "-n", namespace, "--from-literal=color=red")

    async def work() -> None:
        resource = await driver.resource(config_map(namespace))
        with pytest.raises(LifecycleError, match="already exists in the cluster"):
            await resource.create()
        await resource.preview()
        assert "creating it will fail" in resource.log.warnings[0]
        upsert = await Driver(cluster=driver.cluster, settings={"upsertExistingObjects": True}).resource(
            {**config_map(namespace), "metadata": {**config_map(namespace)["metadata"], "annotations": FORCE}}
        )
        assert (await upsert.create())["data"] == {"color": "blue"}

    run(work())


FORCE = {"pulumi.com/patchForce": "true"}


def test_what_an_interrupted_create_left_is_taken_up_again(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        await (await driver.resource(config_map(namespace))).create()
        again = await driver.resource(config_map(namespace))
        assert (await again.create())["data"] == {"color": "blue"}
        other = await driver.resource(config_map(namespace), name="another-resource")
        with pytest.raises(LifecycleError, match="already exists in the cluster"):
            await other.create()

    run(work())


def test_a_replacement_never_takes_over_what_it_replaces(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        resource = await driver.resource(config_map(namespace))
        await resource.create()
        answer = await resource.diff(config_map(namespace, color="green"))
        assert (await resource.preview()) == config_map(namespace, color="green")
        assert resource.log.warnings == []
        assert (answer.replaces, answer.delete_before_replace) == (["data.color"], True)
        with pytest.raises(LifecycleError, match="already exists in the cluster"):
            await resource.create()
        await resource.delete()
        await resource.create()

    run(work())


def test_two_resources_of_one_name_do_not_merge(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        log = SaidLog()
        provider = await driver.provider(log)
        one = Resource(provider, log, config_map(namespace, color="blue"), name="one")
        two = Resource(provider, log, config_map(namespace, size="xl"), name="two")
        results = await asyncio.gather(one.create(), two.create(), return_exceptions=True)
        assert sum(isinstance(result, LifecycleError) for result in results) == 1

    run(work())


def test_field_conflicts_name_the_manager_and_the_way_out(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        settings = {"enableConfigMapMutable": True}
        resource = await Driver(cluster=driver.cluster, settings=settings).resource(config_map(namespace))
        await resource.create()
        theirs = json.dumps(config_map(namespace, color="red"))
        driver.cluster.kubectl(
            "apply", "--server-side", "--force-conflicts", "--field-manager=their-operator", "-f", "-", stdin=theirs
        )
        for preview in (True, False):
            with pytest.raises(LifecycleError, match=r'conflict with "their-operator".*\.data\.color') as caught:
                await resource.update(config_map(namespace, color="green"), preview=preview)
            assert "pulumi.com/patchForce" in str(caught.value)
        forced = config_map(namespace, color="green")
        forced["metadata"]["annotations"] = FORCE
        assert (await resource.update(forced))["data"] == {"color": "green"}

    run(work())


def test_a_field_dropped_from_the_program_goes_from_the_object_even_after_kubectl(
    driver: Driver, namespace: str
) -> None:
    async def work() -> None:
        settings = {"enableConfigMapMutable": True}
        resource = await Driver(cluster=driver.cluster, settings=settings).resource(
            config_map(namespace, color="blue", size="s")
        )
        await resource.create()
        driver.cluster.kubectl(
            "patch", "configmap", "settings", "-n", namespace, "--type=merge", '-p={"data":{"size":"xl"}}'
        )
        await resource.update(config_map(namespace), preview=True)
        assert (await resource.update(config_map(namespace)))["data"] == {"color": "blue"}

    run(work())


def test_ignored_changes_are_left_to_whoever_made_them(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        resource = await driver.resource(deployment(namespace, skipAwait="true"))
        await resource.create()
        driver.cluster.kubectl("scale", "deployment", "shop", "-n", namespace, "--replicas=3")
        changed = deployment(namespace, skipAwait="true", note="new")
        assert (await resource.update(changed, ignore=("spec.replicas",)))["spec"]["replicas"] == 3

    run(work())


def test_preview_shows_what_admission_says(driver: Driver, namespace: str) -> None:
    driver.cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")

    async def work() -> None:
        refused = await driver.resource(deployment(namespace))
        await refused.preview()
        assert 'would violate PodSecurity "restricted' in refused.log.warnings[0]
        allowed = await driver.resource(deployment(namespace, security=RESTRICTED))
        await allowed.preview()
        assert allowed.log.warnings == []
        pod = {**deployment(namespace)["spec"]["template"], "apiVersion": "v1", "kind": "Pod"}
        pod["metadata"] = {"name": "shop", "namespace": namespace}
        with pytest.raises(LifecycleError, match="violates PodSecurity"):
            await (await driver.resource(pod)).preview()
        wrong = config_map(namespace)
        wrong["data"] = {"color": 3}
        with pytest.raises(LifecycleError, match=r"data\.color"):
            await (await driver.resource(wrong)).preview()

    run(work())


def test_preview_without_namespace_or_kind_shows_the_inputs(driver: Driver) -> None:
    async def work() -> None:
        nowhere = await driver.resource(config_map("not-there-yet"))
        assert (await nowhere.preview()) == config_map("not-there-yet")
        widget = {"apiVersion": "acme.example/v1", "kind": "Gadget", "metadata": {"name": "one"}, "spec": {"size": 3}}
        assert (await (await driver.resource(widget)).preview()) == widget

    run(work())


def test_a_deployment_that_pod_security_refuses_is_recorded_with_the_reason(driver: Driver, namespace: str) -> None:
    driver.cluster.kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted")

    async def work() -> None:
        resource = await driver.resource(deployment(namespace))
        with pytest.raises(PartialFailureError, match="violates PodSecurity") as caught:
            await resource.create()
        assert caught.value.resource_id == f"{namespace}/shop"
        assert plain_map(caught.value.properties)["metadata"]["uid"]
        resource.id, resource.state = caught.value.resource_id, caught.value.properties
        with pytest.raises(PartialFailureError, match="is not ready"):
            await resource.read()
        ready = await resource.update(deployment(namespace, security=RESTRICTED))
        assert ready["status"]["readyReplicas"] == 1

    run(work())


def test_giving_up_after_the_annotated_time_tells_what_is_missing(driver: Driver, namespace: str) -> None:
    stuck = deployment(namespace, timeoutSeconds="1")
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"no-node": "has-this"}

    async def work() -> None:
        with pytest.raises(PartialFailureError) as caught:
            await (await driver.resource(stuck)).create()
        assert "the timeout has passed" in str(caught.value)
        assert "FailedScheduling" in str(caught.value)

    run(work())


def test_a_cancelled_wait_records_what_exists(driver: Driver, namespace: str) -> None:
    stuck = deployment(namespace)
    stuck["spec"]["template"]["spec"]["nodeSelector"] = {"no-node": "has-this"}

    async def work() -> None:
        resource = await driver.resource(stuck)
        creation = asyncio.create_task(resource.create())
        await asyncio.to_thread(
            driver.cluster.kubectl, "wait", "--for=create", "deployment/shop", "-n", namespace, "--timeout=60s"
        )
        await resource.provider.cancel()
        with pytest.raises(PartialFailureError, match="cancelled while waiting") as caught:
            await creation
        assert caught.value.resource_id == f"{namespace}/shop"

    run(work())


def test_waiting_is_switched_off_and_replaced_by_annotations(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        stuck = deployment(namespace, skipAwait="true")
        stuck["spec"]["template"]["spec"]["nodeSelector"] = {"no-node": "has-this"}
        assert "readyReplicas" not in (await (await driver.resource(stuck)).create()).get("status", {})
        waiting = config_map(namespace)
        waiting["metadata"]["annotations"] = {"pulumi.com/waitFor": "jsonpath={.metadata.labels.ready}=yes"}
        creation = asyncio.create_task((await driver.resource(waiting)).create())
        await asyncio.sleep(0.5)
        assert not creation.done()
        await asyncio.to_thread(driver.cluster.kubectl, "label", "configmap", "settings", "-n", namespace, "ready=yes")
        assert (await creation)["metadata"]["labels"] == {"ready": "yes"}

    run(work())


def test_drift_is_only_what_changed_in_fields_of_the_program(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        given = deployment(namespace, skipAwait="true")
        given["spec"]["template"]["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "1000m"}}
        resource = await driver.resource(given)
        await resource.create()
        driver.cluster.kubectl("label", "deployment", "shop", "-n", namespace, "theirs=yes")
        assert plain_map((await resource.read()).inputs) == given
        driver.cluster.kubectl("scale", "deployment", "shop", "-n", namespace, "--replicas=3")
        found = plain_map((await resource.read()).inputs)
        assert found["spec"].pop("replicas") == 3
        assert found["spec"] == {key: value for key, value in given["spec"].items() if key != "replicas"}
        driver.cluster.kubectl("delete", "deployment", "shop", "-n", namespace)
        assert (await resource.read()).resource_id == ""

    run(work())


def test_the_data_of_a_secret_is_secret_and_its_drift_is_seen(driver: Driver, namespace: str) -> None:
    secret: Object = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "login", "namespace": namespace},
        "stringData": {"password": "correct horse"},
    }

    async def work() -> None:
        resource = await driver.resource(secret)
        await resource.create()
        assert resource.state["data"].is_secret
        kept = resource.state["__inputs"].value
        assert isinstance(kept, Mapping)
        assert kept["stringData"].is_secret
        driver.cluster.kubectl("patch", "secret", "login", "-n", namespace, '-p={"stringData":{"password":"battery"}}')
        answer = await resource.read()
        assert answer.inputs["stringData"].is_secret
        assert plain_map(answer.inputs)["stringData"] == {"password": "battery"}

    run(work())


def test_an_error_of_the_api_server_shows_no_secret(driver: Driver, namespace: str) -> None:
    labelled = config_map(namespace)
    labelled["metadata"]["labels"] = {"password": "correct horse"}

    async def work() -> None:
        resource = await driver.resource(labelled)
        hidden = PropertyValue({"labels": PropertyValue({"password": PropertyValue("", is_secret=True)})})
        inputs = wrap_map(labelled, {"metadata": hidden})
        for preview in (True, False):
            with pytest.raises(LifecycleError, match=r"Invalid value.*\[secret\]") as caught:
                await resource.provider.create(engine.CreateRequest(resource.urn, inputs, 0, preview))
            assert "correct horse" not in str(caught.value)

    run(work())


def test_an_import_reads_everything_but_what_the_server_writes(driver: Driver, namespace: str) -> None:
    driver.cluster.kubectl("create", "configmap", "settings", "-n", namespace, "--from-literal=color=blue")

    async def work() -> None:
        resource = await driver.resource(config_map(namespace))
        resource.id = f"{namespace}/settings"
        answer = await resource.read()
        assert plain_map(answer.inputs) == config_map(namespace)
        assert answer.resource_id == resource.id
        resource.state = answer.properties
        assert not (await resource.diff(config_map(namespace))).changes

    run(work())


def test_a_custom_resource_waits_for_its_kind_and_goes_with_it(driver: Driver, namespace: str) -> None:
    crd: Object = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.acme.example"},
        "spec": {
            "group": "acme.example",
            "scope": "Namespaced",
            "names": {"kind": "Widget", "plural": "widgets"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}},
                }
            ],
        },
    }
    widget: Object = {
        "apiVersion": "acme.example/v1",
        "kind": "Widget",
        "metadata": {"name": "one", "namespace": namespace},
        "spec": {"size": 3, "ratio": 0.5},
    }

    async def work() -> None:
        custom = await driver.resource(widget)
        definition = await driver.resource(crd)
        outputs, _ = await asyncio.gather(custom.create(), definition.create())
        assert outputs["spec"] == {"size": 3, "ratio": 0.5}
        await definition.delete()
        await custom.delete()
        assert (await custom.read()).resource_id == ""

    run(work())


def test_a_deletion_that_is_held_says_by_what(driver: Driver, namespace: str) -> None:
    held = config_map(namespace)
    held["metadata"] |= {"finalizers": ["acme.example/hold"], "annotations": {"pulumi.com/timeoutSeconds": "1"}}

    async def work() -> None:
        resource = await driver.resource(held)
        await resource.create()
        with pytest.raises(NotGoneError, match=r"acme\.example/hold"):
            await resource.delete()

    run(work())
    driver.cluster.kubectl(
        "patch",
        "configmap",
        "settings",
        "-n",
        namespace,
        "--type=json",
        '-p=[{"op":"remove","path":"/metadata/finalizers"}]',
    )


def test_names_are_made_up_once_and_namespaces_filled_in(driver: Driver, namespace: str) -> None:
    async def work() -> None:
        unnamed: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {}, "data": {"color": "blue"}}
        resource = await Driver(cluster=driver.cluster, settings={"namespace": namespace}).resource(unnamed)
        name = (await resource.create())["metadata"]["name"]
        assert name.startswith("it-")
        assert len(name) == len("it-") + 8
        assert resource.id == f"{namespace}/{name}"
        answer = await resource.diff(unnamed)
        assert not answer.changes
        answer = await resource.diff({**unnamed, "data": {"color": "red"}})
        assert (answer.replaces, answer.delete_before_replace) == (["data.color"], False)
        generated = await driver.resource({**unnamed, "metadata": {"generateName": "x-"}})
        assert "generateName" in (await generated.check())[0]

    run(work())


def test_another_cluster_replaces_unless_the_identifier_stays(driver: Driver, cluster: Cluster) -> None:
    other = cluster.kubeconfig.read_text().replace("127.0.0.1:", "localhost:")
    here = str(cluster.kubeconfig)

    async def replaces(old: Object, new: Object) -> list[str]:
        provider = await driver.provider(SaidLog())
        request = engine.DiffRequest("urn", "id", wrap_map(old, {}), wrap_map(new, {}), [])
        return (await provider.diff_config(request)).replaces

    async def work() -> None:
        assert await replaces({"kubeconfig": here}, {"kubeconfig": other}) == ["kubeconfig"]
        assert await replaces({"kubeconfig": here}, {"kubeconfig": cluster.kubeconfig.read_text()}) == []
        same = {"clusterIdentifier": "prod"}
        assert await replaces({"kubeconfig": here, **same}, {"kubeconfig": other, **same}) == []
        renamed = {"kubeconfig": here, "clusterIdentifier": "spare"}
        assert await replaces({"kubeconfig": here, **same}, renamed) == ["clusterIdentifier"]

    run(work())


def test_a_namespace_that_is_being_made_is_waited_for(driver: Driver) -> None:
    async def work() -> None:
        inside = asyncio.create_task((await driver.resource(config_map("late"))).create())
        await asyncio.sleep(0.3)
        await (await driver.resource(namespace_object("late"))).create()
        assert (await inside)["metadata"]["namespace"] == "late"

    run(work())
