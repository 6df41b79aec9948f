"""The component `kubernetes:helm.sh/v4:Chart`: a chart whose rendered objects are resources of their own.

It behaves like the official provider's (pulumi-kubernetes 4.32, `provider/pkg/provider/helm/v4/chart.go`): hooks are
left out, and a preview in which an input is still unknown shows no children and says that it is incomplete.
"""

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import ConstructRequest, ConstructResponse

from rehearsal.marks import RESOURCE, SIGNATURE
from rehearsal.providers.kubernetes.chart_inputs import ChartInputs, read_inputs, unknown_paths
from rehearsal.providers.kubernetes.helm import Release, template
from rehearsal.providers.kubernetes.manifests import Manifest, RenderingError, parse
from rehearsal.providers.kubernetes.rendering import Child, children, defined_kinds
from rehearsal.providers.kubernetes.values import redact, secret_texts

Kinds = Mapping[tuple[str, str], bool]

# Kinds that charts of this run define: in a preview the API server does not know them yet.
_DEFINED: dict[tuple[str, str], bool] = {}

# Each registration of the SDK holds a thread of the loop's default pool until the engine has created the resource:
# with fewer threads than resources under way, one could wait for another that never gets a thread.
_REGISTRATIONS = ThreadPoolExecutor(max_workers=2048, thread_name_prefix="registration")
_RENDERINGS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="helm")


async def construct_chart(
    request: ConstructRequest,
    *,
    helm: Path,
    kube_version: str,
    kinds: Kinds | None = None,
    kubeconfig: Path | None = None,
    default_namespace: str = "default",
) -> ConstructResponse:
    """Register a chart and its objects.

    `helm` is the helm program, `kube_version` (such as "1.33.2") and `kinds` ((apiVersion, kind) -> is it namespaced)
    are what the API server reports now; `kubeconfig` is for `lookup` in templates (which finds nothing without one),
    and `default_namespace` is the provider's, for a chart that names none.

    Raises InputPropertiesError for bad inputs, refused values and what helm or its output has wrong.
    """
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_REGISTRATIONS)
    component = pulumi.ComponentResource(request.resource_type, request.name, {}, request.options)
    unknown = sorted(path for name, value in request.inputs.items() for path in unknown_paths(value, name))
    if unknown:
        pulumi.log.warn(
            f"Chart {request.name}: {', '.join(unknown)} not known before the update. Preview is incomplete: it leaves "
            "out every resource of the chart.",
            resource=component,
        )
        return await _response(component, ())
    try:
        inputs = read_inputs(request.inputs)
        release = Release(
            chart=inputs.chart,
            name=inputs.name or request.name,
            namespace=inputs.namespace or default_namespace,
            kube_version=kube_version,
            api_versions=sorted({text for api, kind in kinds or () for text in (api, f"{api}/{kind}")}),
            kubeconfig=kubeconfig,
            **_options(inputs),
        )
        manifests = await loop.run_in_executor(_RENDERINGS, lambda: parse(template(helm, release)))
        _DEFINED.update(defined_kinds(manifests))
        rendered = children(
            manifests,
            prefix=request.name if inputs.resource_prefix is None else inputs.resource_prefix,
            namespace=release.namespace,
            skip_await=inputs.skip_await,
            kinds={**_DEFINED, **(kinds or {})},
        )
    except RenderingError as error:
        reason = redact(str(error), secret_texts(request.inputs))
        raise InputPropertiesError(f"Chart {request.name}: {reason}", []) from None
    hidden = any(value.contains_secret() for value in request.inputs.values())
    return await _response(component, _register(component, rendered, hidden=hidden))


def _options(inputs: ChartInputs) -> dict[str, Any]:
    repository = inputs.repository_opts
    return {
        "values": inputs.values,
        "value_files": inputs.value_yaml_files,
        "version": inputs.version,
        "repository": repository.repo,
        "files": {
            "keyring": inputs.keyring,
            "ca-file": repository.ca_file,
            "cert-file": repository.cert_file,
            "key-file": repository.key_file,
        },
        "include_crds": not inputs.skip_crds,
        "devel": inputs.devel,
        "verify": inputs.verify,
        "dependency_update": inputs.dependency_update,
        "plain_http": inputs.plain_http,
    }


def _register(
    component: pulumi.ComponentResource, rendered: Sequence[Child], *, hidden: bool
) -> list[pulumi.CustomResource]:
    resources: list[pulumi.CustomResource] = []
    for child in rendered:
        options = pulumi.ResourceOptions(
            parent=component,
            depends_on=[resources[position] for position in child.depends_on],
            retain_on_delete=child.keep or None,
            version=version("pulumi-kubernetes"),
        )
        properties = _sealed(child.manifest, everything=hidden)
        resources.append(pulumi.CustomResource(child.type, child.name, properties, options))
    return resources


def _sealed(manifest: Manifest, *, everything: bool) -> dict[str, Any]:
    """Mark as secret what a Secret holds, or everything but the kind when the chart's own inputs hold a secret."""
    if everything:
        hidden = manifest.keys() - {"apiVersion", "kind"}
    elif (manifest["apiVersion"], manifest["kind"]) == ("v1", "Secret"):
        hidden = {"data", "stringData"}
    else:
        return manifest
    return {key: pulumi.Output.secret(value) if key in hidden else value for key, value in manifest.items()}


async def _response(
    component: pulumi.ComponentResource, resources: Sequence[pulumi.CustomResource]
) -> ConstructResponse:
    component.register_outputs({"resources": list(resources)})
    references = [await _reference(resource) for resource in resources]
    urn = await component.urn.future()
    return ConstructResponse(urn=str(urn), state={"resources": PropertyValue(references)}, state_dependencies={})


async def _reference(resource: pulumi.CustomResource) -> PropertyValue:
    """Refer to a resource as the engine's protocol does: the SDK's own ResourceReference loses the id."""
    urn, identity = await resource.urn.future(), await resource.id.future()
    fields = {SIGNATURE: RESOURCE, "urn": str(urn), "id": identity or ""}
    return PropertyValue({key: PropertyValue(value) for key, value in fields.items()})
