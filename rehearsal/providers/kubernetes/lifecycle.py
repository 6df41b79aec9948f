"""Creating, changing, reading and deleting objects, with server-side apply and one field manager per resource."""

import copy
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from .api import Api, ApiError, NoKindError, Reply
from .diff import parse_path
from .objects import DELETION_PROPAGATION, PATCH_FORCE, ObjectId, annotation, dig, identify, is_annotated
from .ownership import applied_by, claimed_fields, conflicts_only_with_taken_over, has_other_owner
from .refusals import (
    HTTP_NOT_FOUND,
    LifecycleError,
    already_exists,
    going_away,
    may_pass,
    refused,
    waits_for_another,
)
from .settings import ProviderSettings
from .values import Json, KubeObject
from .waiting import Waiter

_ARRIVES_SECONDS: Final = 10.0
"""How long a namespace, kind or service account of the same run may take until the API server sees it everywhere."""

_LONGEST_COPIED_NAME: Final = 40
_TAKEN_BY_OTHER: Final = "already allocated"
"""The API server's words for a fixed address or port that the object which is being replaced still has."""

Say: TypeAlias = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One create or update: what is wanted, who owns it, how long it may take (0: the default), and where to report."""

    inputs: KubeObject
    manager: str
    preview: bool
    timeout: float
    warn: Say
    status: Say


class Lifecycle:
    """The operations on one API server."""

    def __init__(self, api: Api, settings: ProviderSettings) -> None:
        self.api = api
        self._settings = settings
        self.waiter = Waiter(api)

    async def create(self, operation: Operation, *, takes_over: bool) -> KubeObject | None:
        """Create an object and wait for it; in preview, return what it would be, None when the server cannot say.

        An object of that name which exists already is an error, as upstream has it, with two exceptions:
        `upsertExistingObjects`, and (`takes_over`) one that this very resource has applied before, which an interrupted
        run could not record.
        Raises LifecycleError, and NotReadyError when the object exists now but did not become ready.
        """
        try:
            body, identity = await self._addressed(operation, patient=not operation.preview)
        except NoKindError as error:
            if operation.preview:
                return None
            raise LifecycleError(str(error)) from None
        existing = await self.api.get(identity)
        ours = existing is not None and takes_over and applied_by(existing, operation.manager)
        if operation.preview:
            if existing is None or ours or self._settings.upsert_existing_objects:
                return await self._preview_create(operation, body, identity)
            if takes_over:
                await operation.warn(
                    f"{identity} exists already: creating it will fail unless it is imported or removed"
                )
            return await self._preview_beside(operation, body, identity)
        if existing is not None:
            if ours and _is_going(existing):
                uid = str(dig(existing, "metadata", "uid"))
                await self.waiter.until_gone(body, identity, uid, custom=operation.timeout, status=operation.status)
            elif not ours and not self._settings.upsert_existing_objects:
                raise going_away(identity) if _is_going(existing) else already_exists(identity)
        reply = await self._patient_apply(operation, body, identity)
        if existing is None and not reply.created and has_other_owner(reply.body, operation.manager):
            raise already_exists(identity)
        return await self._settled(operation, reply)

    async def _preview_create(self, operation: Operation, body: KubeObject, identity: ObjectId) -> KubeObject | None:
        try:
            reply = await self.api.apply(body, identity, manager=operation.manager, force=True, dry_run=True)
        except ApiError as error:
            if error.status == HTTP_NOT_FOUND or waits_for_another(error):
                return None
            raise refused(identity, operation.manager, error) from None
        await _warn(operation, reply)
        result = reply.body
        for phantom in ("creationTimestamp", "generation", "resourceVersion", "uid"):
            result["metadata"].pop(phantom, None)
        result.pop("status", None)
        return result

    async def _preview_beside(self, operation: Operation, body: KubeObject, identity: ObjectId) -> KubeObject | None:
        """Preview what will be created where another object still is: as a copy under another name.

        A CustomResourceDefinition can have no other name: it is shown as it was given.
        """
        if identity.kind == "CustomResourceDefinition":
            return None
        copied = copy.deepcopy(body)
        copied["metadata"]["name"] = f"{identity.name[:_LONGEST_COPIED_NAME]}-preview"
        try:
            result = await self._preview_create(operation, copied, identify(copied))
        except LifecycleError as error:
            if _TAKEN_BY_OTHER in str(error):
                return None
            raise
        if result is not None:
            result["metadata"]["name"] = identity.name
        return result

    async def update(self, operation: Operation, *, old_manager: str, ignored: list[str]) -> KubeObject | None:
        """Change an object and wait for it; in preview, return what it would be, None when the server cannot say.

        Raises LifecycleError, and NotReadyError when it was changed but did not become ready.
        """
        try:
            body, identity = await self._addressed(operation, patient=False)
        except NoKindError as error:
            if operation.preview:
                return None
            raise LifecycleError(str(error)) from None
        live = await self.api.get(identity)
        if live is None:
            if operation.preview:
                return None
            raise LifecycleError(f"{identity} is no longer there: run `pulumi refresh`, then it is created again")
        for path in ignored:
            body = _with_live_value(body, live, path)
        if operation.preview:
            reply = await self._preview_update(operation, body, identity, live)
            await _warn(operation, reply)
            return reply.body
        if (claimed := claimed_fields(live, operation.manager)) is not None:
            try:
                await self.api.set_managed_fields(identity, live, claimed)
            except ApiError as error:
                raise refused(identity, operation.manager, error) from None
        reply = await self._patient_apply(operation, body, identity)
        if old_manager != operation.manager:
            nothing = {"apiVersion": identity.api_version, "kind": identity.kind, "metadata": {"name": identity.name}}
            reply = await self.api.apply(nothing, identity, manager=old_manager, force=False, dry_run=False)
        return await self._settled(operation, reply)

    async def _preview_update(
        self, operation: Operation, body: KubeObject, identity: ObjectId, live: KubeObject
    ) -> Reply:
        try:
            force = self._forces(operation)
            return await self.api.apply(body, identity, manager=operation.manager, force=force, dry_run=True)
        except ApiError as error:
            if not conflicts_only_with_taken_over(live, error):
                raise refused(identity, operation.manager, error) from None
        return await self.api.apply(body, identity, manager=operation.manager, force=True, dry_run=True)

    async def delete(self, identity: ObjectId, inputs: KubeObject, *, uid: str, timeout: float, status: Say) -> None:
        """Delete an object and wait until it is gone; one whose kind or namespace is gone has gone with it.

        Raises LifecycleError, and NotGoneError when something holds it.
        """
        policy = annotation(inputs, DELETION_PROPAGATION).capitalize()
        propagation = policy if policy in ("Orphan", "Background") else "Foreground"
        try:
            await self.api.delete(identity, propagation=propagation)
        except NoKindError:
            return
        except ApiError as error:
            if error.status == HTTP_NOT_FOUND:
                return
            raise LifecycleError(f"{identity} cannot be deleted: {error}") from None
        await self.waiter.until_gone(inputs, identity, uid, custom=timeout, status=status)

    async def read(self, identity: ObjectId) -> KubeObject | None:
        """Return the living object, or None when it, its namespace or its kind is gone."""
        try:
            if not identity.namespace and await self.api.namespaced(identity):
                identity = ObjectId(
                    api_version=identity.api_version,
                    kind=identity.kind,
                    namespace=self.api.default_namespace or "default",
                    name=identity.name,
                )
        except NoKindError:
            return None
        return await self.api.get(identity)

    async def default_namespace(self, inputs: KubeObject) -> str:
        """Return the namespace that the provider gives to an object which names none, "" when it gives none."""
        if not self.api.default_namespace:
            return ""
        try:
            namespaced = await self.api.namespaced(identify(inputs))
        except NoKindError:
            namespaced = True
        return self.api.default_namespace if namespaced else ""

    async def _addressed(self, operation: Operation, *, patient: bool) -> tuple[KubeObject, ObjectId]:
        """Return the object with the namespace that its kind has or must not have, and its identity."""
        deadline = time.monotonic() + (_ARRIVES_SECONDS if patient else 0)
        identity = identify(operation.inputs)
        while True:
            try:
                namespaced = await self.api.namespaced(identity)
                break
            except NoKindError as error:
                if time.monotonic() >= deadline:
                    raise
                await operation.status(f"{error} Trying again.")
                if not await self.waiter.pause(0.25):
                    raise
        metadata = {key: value for key, value in operation.inputs.get("metadata", {}).items() if key != "namespace"}
        if namespaced:
            metadata["namespace"] = identity.namespace or self.api.default_namespace or "default"
        body = {**operation.inputs, "metadata": metadata}
        return body, identify(body)

    def _forces(self, operation: Operation) -> bool:
        return self._settings.enable_patch_force or is_annotated(operation.inputs, PATCH_FORCE)

    async def _patient_apply(self, operation: Operation, body: KubeObject, identity: ObjectId) -> Reply:
        deadline = time.monotonic() + _ARRIVES_SECONDS
        pause = 0.05
        while True:
            try:
                reply = await self.api.apply(
                    body, identity, manager=operation.manager, force=self._forces(operation), dry_run=False
                )
                await _warn(operation, reply)
            except ApiError as error:  # noqa: PERF203  the loop is the retrying
                if time.monotonic() >= deadline or not may_pass(error):
                    raise refused(identity, operation.manager, error) from None
                await operation.status(f"{error} Trying again.")
                if not await self.waiter.pause(pause):
                    raise refused(identity, operation.manager, error) from None
                pause = min(pause * 2, 1.0)
            else:
                return reply

    async def _settled(self, operation: Operation, reply: Reply) -> KubeObject:
        return await self.waiter.until_ready(
            operation.inputs, reply.body, custom=operation.timeout, status=operation.status
        )


async def _warn(operation: Operation, reply: Reply) -> None:
    for warning in reply.warnings:
        await operation.warn(warning)


def _is_going(live: KubeObject) -> bool:
    return bool(dig(live, "metadata", "deletionTimestamp"))


def _with_live_value(body: KubeObject, live: KubeObject, path: str) -> KubeObject:
    """Return `body` with the field that is to be ignored as it is on the living object, which nobody can object to."""
    steps = parse_path(path)
    result = copy.deepcopy(body)
    target: Json = result
    source: Json = live
    for step in steps[:-1]:
        target, source = _child(target, step), _child(source, step)
    last, value = steps[-1], _child(source, steps[-1])
    if isinstance(target, dict) and isinstance(last, str) and last in target:
        if value is None:
            del target[last]
        else:
            target[last] = value
    elif isinstance(target, list) and isinstance(last, int) and last < len(target) and value is not None:
        target[last] = value
    return result


def _child(value: Json, step: str | int) -> Json:
    if isinstance(value, dict) and isinstance(step, str):
        return value.get(step)
    if isinstance(value, list) and isinstance(step, int) and step < len(value):
        return value[step]
    return None
