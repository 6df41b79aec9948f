"""The provider stand-in: what the engine asks of it, put to an API server."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol, TypeVar

from pulumi.errors import InputPropertiesError
from pulumi.provider.experimental import provider as engine
from pulumi.provider.experimental.property_value import PropertyValue

from .api import Api, ApiError, UnreachableError
from .chart import construct_chart
from .diff import ChangeKind, changes, dotted
from .immutable import immutable_paths
from .inputs import CHART, UnsupportedError, in_namespace, refuse_unusable, split_token, without_read_only
from .kubeconfig import active_cluster, connect
from .lifecycle import Lifecycle, Operation, Say
from .naming import field_manager, named
from .objects import AUTONAMED, ObjectId, as_inputs, group_of, identify, is_annotated, metadata_of, split_id
from .readiness import READY
from .refusals import LifecycleError
from .settings import ProviderSettings, SettingsError, parse_settings
from .state import MANAGER, Properties, checkpoint, dig_properties, drifted_inputs, old_inputs, text_of
from .values import KubeObject, Unknown, contains_unknown, plain, plain_map, redact, secret_texts, wrap_map
from .waiting import NotReadyError, expectations

_T = TypeVar("_T")
_CLUSTER_KEYS: Final = ("kubeconfig", "context", "cluster")


class Log(Protocol):
    """Where messages for the user go."""

    async def warn(self, message: str, urn: str) -> None:
        """Say what stays on the screen; the same text about the same resource only once."""
        ...

    async def status(self, message: str, urn: str) -> None:
        """Say what a resource is waiting for at this moment."""
        ...


class PartialFailureError(Exception):
    """The object exists, but is not ready: the engine records it with the reasons, and takes it up again next time."""

    def __init__(
        self,
        message: str,
        *,
        resource_id: str,
        properties: Properties,
        inputs: Properties | None,
        reasons: tuple[str, ...],
    ) -> None:
        super().__init__(message)
        self.resource_id = resource_id
        self.properties = dict(properties)
        self.inputs = dict(inputs) if inputs is not None else None
        self.reasons = reasons


class KubernetesProvider(engine.Provider):
    """The `kubernetes` provider of a rehearsal, for one cluster."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._settings = ProviderSettings()
        self._lifecycle: Lifecycle | None = None
        self._replacing: dict[str, str] = {}
        """URN to id of what a diff of this process has found to be replaced: its successor must not take it over."""

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Check the provider's settings and its kubeconfig, without asking the cluster."""
        given = plain_map(request.new_inputs)
        try:
            settings = parse_settings(given)
            if not any(isinstance(given.get(key), Unknown) for key in _CLUSTER_KEYS):
                connect(settings)
        except SettingsError as error:
            return engine.CheckResponse(
                inputs=request.new_inputs, failures=[engine.CheckFailure(*problem) for problem in error.problems]
            )
        return engine.CheckResponse(inputs=request.new_inputs)

    async def diff_config(self, request: engine.DiffRequest) -> engine.DiffResponse:
        """Replace all that this provider made when it points to another cluster, unless `clusterIdentifier` stays."""
        old, new = plain_map(request.old_state), plain_map(request.new_inputs)
        differing = sorted({str(change.path[0]) for change in changes(old, new)})
        identifiers = old.get("clusterIdentifier"), new.get("clusterIdentifier")
        replaces: list[str] = []
        if all(identifiers):
            replaces = ["clusterIdentifier"] if identifiers[0] != identifiers[1] else []
        elif _points_elsewhere(old, new):
            replaces = [key for key in _CLUSTER_KEYS if key in differing]
        return engine.DiffResponse(changes=bool(differing), diffs=differing, replaces=replaces)

    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        """Connect to the cluster; one that does not answer is one error here, not one per resource."""
        self._settings = parse_settings(plain_map(request.args))
        api = Api(connect(self._settings))
        try:
            await api.version()
        except UnreachableError:
            api.close()
            raise
        self._lifecycle = Lifecycle(api, self._settings)
        return engine.ConfigureResponse(
            accept_secrets=True, supports_preview=True, accept_resources=True, accept_outputs=False
        )

    @property
    def _cluster(self) -> Lifecycle:
        if self._lifecycle is None:
            raise LifecycleError("the provider is not configured: its settings depend on values that are not known yet")
        return self._lifecycle

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        """Give the object a name and a namespace, and refuse what cannot be applied."""
        try:
            inputs = plain_map(request.new_inputs)
            refuse_unusable(request.type, inputs)
            inputs = named(
                without_read_only(inputs), plain_map(request.old_inputs), request.name, request.random_seed or b""
            )
            expectations(inputs)
        except (TypeError, ValueError) as error:
            return engine.CheckResponse(inputs=request.new_inputs, failures=[engine.CheckFailure("", str(error))])
        metadata = metadata_of(inputs)
        if metadata and not metadata.get("namespace"):
            namespace = await self._cluster.default_namespace(inputs)
            if namespace:
                inputs["metadata"] = {**metadata, "namespace": namespace}
        return engine.CheckResponse(inputs=wrap_map(inputs, request.new_inputs))

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        """Compare the inputs with those of the state; the API server is not asked."""
        live = identify({"metadata": plain(request.old_state.get("metadata", PropertyValue({})))})
        old = in_namespace(old_inputs(request.old_state), live.namespace)
        new = in_namespace(plain_map(request.new_inputs), live.namespace)
        found = list(changes(old, new))
        fixed = immutable_paths(old, new, self._settings.mutable_kinds)
        other_group = group_of(str(old.get("apiVersion"))) != group_of(str(new.get("apiVersion")))
        detailed: dict[str, engine.PropertyDiff] = {}
        replaces: list[str] = []
        for change in found:
            replaced = any(change.touches(path) for path in fixed) or (other_group and change.path == ("apiVersion",))
            path = dotted(change.path)
            detailed[path] = engine.PropertyDiff(_DIFF_KINDS[change.kind, replaced], input_diff=True)
            if replaced:
                replaces.append(path)
        same_place = (identify(new).namespace, identify(new).name) == (live.namespace, live.name)
        if replaces and same_place:
            self._replacing[request.urn] = request.resource_id
        return engine.DiffResponse(
            changes=bool(found),
            replaces=replaces,
            delete_before_replace=bool(replaces) and same_place and not is_annotated(new, AUTONAMED),
            diffs=list(detailed),
            detailed_diff=detailed,
        )

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        """Create the object and wait until it is ready."""
        inputs = plain_map(request.properties)
        if request.preview and contains_unknown(inputs):
            return engine.CreateResponse(resource_id="", properties=request.properties)
        manager = field_manager(request.urn, inputs)
        operation = self._operation(request, request.properties, inputs, manager)
        work = self._cluster.create(operation, takes_over=request.urn not in self._replacing)
        live = await self._outcome(work, request.properties, inputs, manager)
        if live is None:
            return engine.CreateResponse(resource_id="", properties=request.properties)
        return engine.CreateResponse(
            resource_id="" if request.preview else identify(live).resource_id,
            properties=checkpoint(inputs, live, request.properties, manager),
        )

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        """Change the object and wait until it is ready again."""
        inputs = plain_map(request.news)
        if request.preview and contains_unknown(inputs):
            return engine.UpdateResponse(properties=request.news)
        remembered = text_of(request.olds, MANAGER)
        manager = field_manager(request.urn, inputs, remembered)
        placed = in_namespace(inputs, split_id(request.resource_id)[0])
        operation = self._operation(request, request.news, placed, manager)
        work = self._cluster.update(operation, old_manager=remembered or manager, ignored=list(request.ignore_changes))
        live = await self._outcome(work, request.news, inputs, manager)
        properties = request.news if live is None else checkpoint(inputs, live, request.news, manager)
        return engine.UpdateResponse(properties=dict(properties))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        """Read the living object: for a refresh its inputs with what has drifted, for an import all it consists of."""
        recorded, inputs = plain_map(request.properties), plain_map(request.inputs) or old_inputs(request.properties)
        identity = _identity_of(request, inputs or recorded)
        live = await self._cluster.read(identity)
        if live is None:
            return engine.ReadResponse(resource_id="")
        like = request.inputs or request.properties
        manager = field_manager(request.urn, inputs, text_of(request.properties, MANAGER))
        fresh = drifted_inputs(inputs, recorded, live) if inputs else as_inputs(live)
        properties = checkpoint(fresh, live, like, manager)
        wrapped = wrap_map(fresh, like)
        verdict = await self._cluster.waiter.verdict(fresh, live) if inputs else READY
        if not verdict.ready:
            reasons = tuple(redact(reason, secret_texts(like)) for reason in verdict.reasons)
            raise PartialFailureError(
                f"{identity} is not ready: {reasons[0]}",
                resource_id=request.resource_id,
                properties=properties,
                inputs=wrapped,
                reasons=reasons,
            )
        return engine.ReadResponse(resource_id=identify(live).resource_id, properties=properties, inputs=wrapped)

    async def delete(self, request: engine.DeleteRequest) -> None:
        """Delete the object and wait until it is gone."""
        inputs = old_inputs(request.properties)
        secrets = secret_texts(request.properties)
        namespace, name = split_id(request.resource_id)
        stated = identify(plain_map(request.properties) if request.properties.get("kind") else inputs)
        work = self._cluster.delete(
            ObjectId(api_version=stated.api_version, kind=stated.kind, namespace=namespace, name=name),
            inputs,
            uid=text_of(dig_properties(request.properties, "metadata"), "uid"),
            timeout=request.timeout,
            status=self._say(self._log.status, request.urn, secrets),
        )
        await _redacting(work, secrets)
        self._replacing.pop(request.urn, None)

    async def construct(self, request: engine.ConstructRequest) -> engine.ConstructResponse:
        """Register a Helm chart's objects; no other component is known."""
        helm = os.environ.get("REHEARSAL_HELM", "")
        if request.resource_type != CHART:
            raise InputPropertiesError(str(UnsupportedError(request.resource_type)), [])
        if not helm:
            raise InputPropertiesError("a Helm chart needs the path of the helm program in $REHEARSAL_HELM", [])
        source = self._settings.kubeconfig or os.environ.get("KUBECONFIG", "")
        api = self._cluster.api
        return await construct_chart(
            request,
            helm=Path(helm),
            kube_version=(await api.version()).removeprefix("v"),
            kinds=await api.all_kinds(),
            kubeconfig=Path(source) if "\n" not in source and Path(source).is_file() else None,  # noqa: ASYNC240  a local file
            default_namespace=api.default_namespace or "default",
        )

    async def invoke(self, request: engine.InvokeRequest) -> engine.InvokeResponse:
        """Refuse: upstream's functions render charts and manifests, for which a rehearsal has the component Chart."""
        raise UnsupportedError(request.tok)

    async def call(self, request: engine.CallRequest) -> engine.CallResponse:
        """Refuse: no component of a rehearsal has methods."""
        raise UnsupportedError(request.tok)

    async def cancel(self) -> None:
        """End all waits: what exists by now is recorded as it is."""
        if self._lifecycle is not None:
            self._lifecycle.waiter.cancel()

    def _operation(
        self, request: engine.CreateRequest | engine.UpdateRequest, given: Properties, inputs: KubeObject, manager: str
    ) -> Operation:
        secrets = secret_texts(given)
        return Operation(
            inputs=inputs,
            manager=manager,
            preview=request.preview,
            timeout=request.timeout,
            warn=self._say(self._log.warn, request.urn, secrets),
            status=self._say(self._log.status, request.urn, secrets),
        )

    def _say(self, say: Callable[[str, str], Awaitable[None]], urn: str, secrets: frozenset[str]) -> Say:
        async def said(message: str) -> None:
            if not (self._settings.suppress_deprecation_warnings and "deprecated" in message):
                await say(redact(message, secrets), urn)

        return said

    async def _outcome(
        self, work: Awaitable[KubeObject | None], given: Properties, inputs: KubeObject, manager: str
    ) -> KubeObject | None:
        secrets = secret_texts(given)
        try:
            return await _redacting(work, secrets)
        except NotReadyError as error:
            raise PartialFailureError(
                redact(str(error), secrets),
                resource_id=error.identity.resource_id,
                properties=checkpoint(inputs, error.live, given, manager),
                inputs=None,
                reasons=tuple(redact(reason, secrets) for reason in error.reasons),
            ) from None


async def _redacting(work: Awaitable[_T], secrets: frozenset[str]) -> _T:
    try:
        return await work
    except (LifecycleError, ApiError) as error:
        raise LifecycleError(redact(str(error), secrets)) from None


_DIFF_KINDS: Final = {
    (ChangeKind.ADD, False): engine.PropertyDiffKind.ADD,
    (ChangeKind.ADD, True): engine.PropertyDiffKind.ADD_REPLACE,
    (ChangeKind.DELETE, False): engine.PropertyDiffKind.DELETE,
    (ChangeKind.DELETE, True): engine.PropertyDiffKind.DELETE_REPLACE,
    (ChangeKind.UPDATE, False): engine.PropertyDiffKind.UPDATE,
    (ChangeKind.UPDATE, True): engine.PropertyDiffKind.UPDATE_REPLACE,
}


def _points_elsewhere(old: KubeObject, new: KubeObject) -> bool:
    if any(isinstance(new.get(key), Unknown) for key in _CLUSTER_KEYS):
        return True
    try:
        return active_cluster(parse_settings(old)) != active_cluster(parse_settings(new))
    except SettingsError:
        return False


def _identity_of(request: engine.ReadRequest, known: KubeObject) -> ObjectId:
    namespace, name = split_id(request.resource_id)
    module, kind = split_token(request.type)
    return ObjectId(
        api_version=str(known.get("apiVersion") or module.removeprefix("core/")),
        kind=str(known.get("kind") or kind),
        namespace=namespace,
        name=name,
    )
