"""Security properties of the audit trail's aggregator: each holds, and is missed when it is taken away."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from audit_stage import ARGS, AWS, BUCKETS, HERE, KEY, made
from component_stage import SECRET
from objectstore_stage import drop, restricted, set_
from recorder import Secret, leaves

from components.cluster.audit import names
from components.cluster.audit.pods import stateful_spec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from objectstore_stage import Mutation, Object
    from recorder import Recording

STATEFUL = "kubernetes:apps/v1:StatefulSet"
ACCOUNT = "kubernetes:core/v1:ServiceAccount"
SERVICE = "kubernetes:core/v1:Service"


def problems(spec: Object) -> Iterator[str]:
    """Yield whatever makes the pods less safe than they are meant to be, or loses what they have taken."""
    yield from restricted("audit", {"spec": spec})
    pod = spec["template"]["spec"]
    yield from _exposed(pod)
    yield from _secrets(pod)
    yield from _lossy(spec)


def _exposed(pod: Object) -> Iterator[str]:
    if pod.get("automountServiceAccountToken") is not False:
        yield "a token in the pod"
    if pod.get("enableServiceLinks") is not False:
        yield "names of Services in the environment"
    security: Object = pod.get("securityContext", {})
    if not all(security.get(key, 0) >= 10000 for key in ("runAsUser", "runAsGroup", "fsGroup")):
        yield "a user that the node may know"
    if pod.get("imagePullSecrets") != [{"name": "image-pull"}]:
        yield "no credentials of the registry"


def _secrets(pod: Object) -> Iterator[str]:
    (container,) = pod["containers"]
    said: dict[str, str] = {entry["name"]: entry.get("value", "") for entry in container["env"]}
    if any(said[name] for name in said if "SECRET" in name or "KEY" in name):
        yield "a key in the environment"
    if any(name.startswith("AWS_") for name in said) and said.get("AWS_EC2_METADATA_DISABLED") != "true":
        yield "the credentials of the node are asked for"
    if any(mount.get("readOnly") is not True for mount in container["volumeMounts"] if "/etc" in mount["mountPath"]):
        yield "what it is told can be changed"
    if any(volume["secret"]["defaultMode"] != 0o440 for volume in pod["volumes"] if "secret" in volume):
        yield "keys that others can read"


def _lossy(spec: Object) -> Iterator[str]:
    pod = spec["template"]["spec"]
    (container,) = pod["containers"]
    if spec.get("persistentVolumeClaimRetentionPolicy") != {"whenDeleted": "Retain", "whenScaled": "Retain"}:
        yield "records go with the pods"
    buffers = [mount["mountPath"] for mount in container["volumeMounts"] if mount["name"] == "buffers"]
    claims = [claim["metadata"]["name"] for claim in spec["volumeClaimTemplates"]]
    if buffers != [names.BUFFERS] or claims != ["buffers"]:
        yield "buffers are not on a volume of their own"
    if pod.get("terminationGracePeriodSeconds", 30) < 120:
        yield "no time for the last records"
    if not {"livenessProbe", "readinessProbe"} <= {*container}:
        yield "nobody notices that it hangs"


POD = "template/spec"


def container(key: str, value: Any) -> Mutation:
    def change(spec: Object) -> None:
        spec["template"]["spec"]["containers"][0][key] = value

    return change


def environment(name: str, value: str | None) -> Mutation:
    def change(spec: Object) -> None:
        said = spec["template"]["spec"]["containers"][0]["env"]
        said[:] = [entry for entry in said if entry["name"] != name]
        if value is not None:
            said.append({"name": name, "value": value})

    return change


def writable(spec: Object) -> None:
    for mount in spec["template"]["spec"]["containers"][0]["volumeMounts"]:
        mount.pop("readOnly", None)


def readable(spec: Object) -> None:
    for volume in spec["template"]["spec"]["volumes"]:
        volume.get("secret", {})["defaultMode"] = 0o444


def unasked(spec: Object) -> None:
    del spec["template"]["spec"]["containers"][0]["livenessProbe"]


SPOILED: dict[str, Mutation] = {
    "not restricted": drop(f"{POD}/securityContext"),
    "user of the node": set_(f"{POD}/securityContext/runAsUser", value=999),
    "token": set_(f"{POD}/automountServiceAccountToken", value=True),
    "service links": drop(f"{POD}/enableServiceLinks"),
    "no pull secret": drop(f"{POD}/imagePullSecrets"),
    "no priority": drop(f"{POD}/priorityClassName"),
    "not spread": drop(f"{POD}/topologySpreadConstraints"),
    "on one node": drop(f"{POD}/affinity"),
    "privileged": container("securityContext", {}),
    "no limits": container("resources", {}),
    "key in the environment": environment("AWS_SECRET_ACCESS_KEY", KEY),
    "shared key in the environment": environment("FORWARD_SHARED_KEY", KEY),
    "credentials of the node": environment("AWS_EC2_METADATA_DISABLED", None),
    "writable": writable,
    "readable": readable,
    "volumes go": set_("persistentVolumeClaimRetentionPolicy", {"whenDeleted": "Delete", "whenScaled": "Retain"}),
    "no volume": set_("volumeClaimTemplates", []),
    "buffers in the pod": set_(f"{POD}/volumes", [{"name": "buffers", "emptyDir": {"medium": ""}}]),
    "on the node": set_(f"{POD}/volumes", [{"name": "buffers", "hostPath": {"path": "/"}}]),
    "no time to end": drop(f"{POD}/terminationGracePeriodSeconds"),
    "not asked": unasked,
}


@pytest.mark.parametrize("kind", BUCKETS)
def test_the_pods_are_safe(kind: str) -> None:
    spec = made(BUCKETS[kind])[0].object(STATEFUL, HERE, names.NAME).inputs["spec"]
    assert [*problems(spec)] == []


@pytest.mark.parametrize("spoiled", SPOILED)
def test_they_cannot_be_spoiled_unseen(spoiled: str) -> None:
    spec = deepcopy(stateful_spec(ARGS, {}))
    assert [*problems(spec)] == []
    SPOILED[spoiled](spec)
    assert [*problems(spec)] != []


def hidden(recording: Recording) -> Iterator[str]:
    """Yield where a key is, that is not a Secret or is not secret."""
    for secret in recording.of(SECRET):
        if not isinstance(secret.inputs["stringData"], Secret) and secret.object_name != names.BUCKET_AUTHORITY:
            yield f"{secret.name} is in the clear"
    for resource in recording.resources:
        for path, value, secret in leaves(resource.inputs):
            if resource.type != SECRET and (secret or (isinstance(value, str) and KEY in value)):
                yield f"{resource.name}{path} holds a key"
    for urn, outputs in recording.outputs:
        if any(secret or KEY in str(value) for _, value, secret in leaves(outputs)):
            yield f"{urn} puts a key out"


def test_keys_are_in_secrets_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [*hidden(made(AWS)[0])] == []
    monkeypatch.setattr(pulumi.Output, "secret", pulumi.Output.from_input)
    assert [*hidden(made(AWS)[0])] != []


@pytest.mark.parametrize("protect", [True, False])
def test_it_is_protected_unless_exempted(*, protect: bool) -> None:
    assert made(protect=protect)[0].object(STATEFUL, HERE, names.NAME).protect is protect


def test_nothing_of_it_is_reached_from_outside_and_nothing_has_a_token() -> None:
    recording, _ = made()
    assert {service.inputs["spec"].get("type", "ClusterIP") for service in recording.of(SERVICE)} == {"ClusterIP"}
    assert [account.inputs["automountServiceAccountToken"] for account in recording.of(ACCOUNT)] == [False]
