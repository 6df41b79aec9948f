"""One control plane for a module's tests, and two ways to the provider on it: the engine, and its own methods."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.provider.experimental import provider as engine
from small_stack import SECONDS, SmallStack, python

from rehearsal.controlplane import ControlPlane
from rehearsal.environment import engine_environment
from rehearsal.providers.kubernetes.provider import KubernetesProvider
from rehearsal.providers.kubernetes.values import plain_map, wrap_map

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi.provider.experimental.property_value import PropertyValue

    from rehearsal.toolchain import Tools

Object = dict[str, Any]
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A running control plane, and kubectl to look at it and meddle with it."""

    kubeconfig: Path
    tools: Tools

    def _run(self, *arguments: str, stdin: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.tools.controlplane), "kubectl", f"--kubeconfig={self.kubeconfig}", *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl, which must succeed, and return what it prints."""
        done = self._run(*arguments, stdin=stdin)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def answer(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl and return all that it prints, whether it succeeds or not."""
        done = self._run(*arguments, stdin=stdin)
        return done.stdout + done.stderr

    def get(self, *what: str) -> Object:
        """Return an object, empty when it is not there."""
        return json.loads(self.kubectl("get", "-o", "json", "--ignore-not-found", *what) or "{}")


@pytest.fixture(scope="module")
def cluster(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A control plane for all tests of a module; each test works in a namespace of its own."""
    plane = ControlPlane(tmp_path_factory.mktemp("plane"), controlplane=tools.controlplane, kwok=tools.kwok)
    try:
        yield Cluster(kubeconfig=plane.start(), tools=tools)
    finally:
        plane.stop()


@dataclass(frozen=True, kw_only=True)
class KubeStack(SmallStack):
    """A small stack whose programs use the provider on a cluster."""

    cluster: Cluster

    def environment(self) -> dict[str, str]:
        """Return the engine's environment."""
        return engine_environment(
            places=self.places, tools=self.tools, kubeconfig=self.cluster.kubeconfig, outer=os.environ
        )

    def command(self, *arguments: str) -> list[str]:
        """Return a command line of the CLI."""
        return [str(self.tools.pulumi), *arguments, "--non-interactive", "--color=never"]

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        """Run the CLI on the cluster and give all that it prints; `fails` says what its exit has to be."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=self.directory,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert bool(done.returncode) is fails, done.stdout
        return done.stdout


@pytest.fixture
def stack(cluster: Cluster, tmp_path: Path) -> KubeStack:
    """An empty stack with the provider's plugin."""
    made = KubeStack(directory=tmp_path, tools=cluster.tools, cluster=cluster)
    made.make(kubernetes_v4_32_0=python("-m", "rehearsal.providers.kubernetes"))
    return made


@dataclass
class SaidLog:
    """What the provider tells the user."""

    warnings: list[str] = field(default_factory=list[str])
    statuses: list[str] = field(default_factory=list[str])

    async def warn(self, message: str, urn: str) -> None:
        """Keep a warning."""
        del urn
        self.warnings.append(message)

    async def status(self, message: str, urn: str) -> None:
        """Keep a status."""
        del urn
        self.statuses.append(message)


class Resource:
    """One resource of the provider, driven as the engine drives it, with plain objects in and out."""

    def __init__(self, provider: KubernetesProvider, log: SaidLog, obj: Object, *, name: str = "it") -> None:
        api_version = obj["apiVersion"]
        module = api_version if "/" in api_version else f"core/{api_version}"
        self.urn = f"urn:pulumi:test::globex::kubernetes:{module}:{obj['kind']}::{name}"
        self.provider = provider
        self.log = log
        self.given = obj
        self.id = ""
        self.inputs: dict[str, PropertyValue] = {}
        self.state: dict[str, PropertyValue] = {}

    async def check(self, obj: Object | None = None) -> list[str]:
        """Check the object (or the changed one given), and return what is refused."""
        self.given = obj or self.given
        answer = await self.provider.check(
            engine.CheckRequest(self.urn, self.inputs, wrap_map(self.given, {}), b"a seed")
        )
        if not answer.failures and answer.inputs is not None:
            self.inputs = answer.inputs
        return [failure.reason for failure in answer.failures or []]

    async def preview(self) -> Object:
        """Preview the creation, and return the outputs."""
        assert not await self.check()
        answer = await self.provider.create(engine.CreateRequest(self.urn, self.inputs, 0, preview=True))
        return plain_map(answer.properties)

    async def create(self) -> Object:
        """Create the object, and return its outputs."""
        assert not await self.check()
        answer = await self.provider.create(engine.CreateRequest(self.urn, self.inputs, 0, preview=False))
        self.id, self.state = answer.resource_id or "", answer.properties
        return plain_map(self.state)

    async def diff(self, obj: Object) -> engine.DiffResponse:
        """Check a changed object and compare it with the state."""
        assert not await self.check(obj)
        return await self.provider.diff(engine.DiffRequest(self.urn, self.id, self.state, self.inputs, []))

    async def update(self, obj: Object | None = None, *, preview: bool = False, ignore: tuple[str, ...] = ()) -> Object:
        """Change the object, and return its outputs."""
        assert not await self.check(obj)
        answer = await self.provider.update(
            engine.UpdateRequest(self.urn, self.id, self.state, self.inputs, 0, list(ignore), preview)
        )
        if not preview:
            self.state = answer.properties
        return plain_map(answer.properties)

    async def read(self) -> engine.ReadResponse:
        """Read the object as a refresh does, or by its id alone when it has no state (an import)."""
        return await self.provider.read(engine.ReadRequest(self.urn, self.id, self.state, self.inputs))

    async def delete(self) -> None:
        """Delete the object."""
        await self.provider.delete(engine.DeleteRequest(self.urn, self.id, self.state, 0))


@dataclass(frozen=True, kw_only=True)
class Driver:
    """A provider that is configured for the cluster; settings are those of its provider resource."""

    cluster: Cluster
    settings: Object = field(default_factory=dict[str, Any])

    async def provider(self, log: SaidLog) -> KubernetesProvider:
        """Return a new provider, configured."""
        provider = KubernetesProvider(log)
        given = wrap_map({"kubeconfig": str(self.cluster.kubeconfig), **self.settings}, {})
        await provider.configure(engine.ConfigureRequest({}, given, accept_secrets=True, accept_resources=True))
        return provider

    async def resource(self, obj: Object, *, name: str = "it") -> Resource:
        """Return a resource that does not exist yet, of a provider of its own."""
        log = SaidLog()
        return Resource(await self.provider(log), log, obj, name=name)


def config_map(namespace: str, name: str = "settings", **data: str) -> Object:
    """Return a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data or {"color": "blue"},
    }


def namespace_object(name: str, **labels: str) -> Object:
    """Return a namespace; labels are those of Pod Security (`enforce="restricted"`)."""
    prefixed = {f"pod-security.kubernetes.io/{key}": value for key, value in labels.items()}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": prefixed}}


def deployment(namespace: str, *, security: Object | None = None, replicas: int = 1, **annotations: str) -> Object:
    """Return a Deployment; annotations are Pulumi's (`timeoutSeconds="3"`)."""
    container = {"name": "shop", "image": "registry.acme.example/shop:1", "securityContext": security or {}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "shop",
            "namespace": namespace,
            "annotations": {f"pulumi.com/{key}": value for key, value in annotations.items()},
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "shop"}},
            "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [container]}},
        },
    }
