"""Waiting until objects are ready or gone, and saying why when they are not."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from .api import Api, ApiError, UnreachableError
from .objects import SKIP_AWAIT, TIMEOUT_SECONDS, WAIT_FOR, ObjectId, annotation, dig, identify, is_annotated, items
from .readiness import READY, Verdict, claim, is_awaited, kind_key, not_ready, rule_of, service
from .values import KubeObject
from .waitfor import Expectation, parse_wait_for

_DEFAULT_SECONDS: Final = 600.0
_KIND_SECONDS: Final = {
    ("", "PersistentVolume"): 300.0,
    ("", "PersistentVolumeClaim"): 300.0,
    ("", "ResourceQuota"): 60.0,
}
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
_FIRST_EVENTS: Final = 1.0
_EVENTS_EVERY: Final = 3.0
_QUIET_SECONDS: Final = 2.0
"""What ends sooner than this is not worth a line on the screen."""
_LAST_EVENTS: Final = 5
_HOPELESS: Final = "violates PodSecurity"
"""Words in a FailedCreate event that no waiting cures: the Pod template itself is refused."""

Status: TypeAlias = Callable[[str], Awaitable[None]]


class NotReadyError(Exception):
    """The object exists, but is not what it should become; `live` is how it was last seen."""

    def __init__(self, identity: ObjectId, live: KubeObject, reasons: tuple[str, ...]) -> None:
        super().__init__("\n".join((f"{identity} exists, but is not ready:", *(f"  - {reason}" for reason in reasons))))
        self.identity = identity
        self.live = live
        self.reasons = reasons


class NotGoneError(Exception):
    """A deletion that the API server accepted has not come to an end in time."""


def timeout_seconds(inputs: KubeObject, custom: float) -> float:
    """Return how long to wait: `customTimeouts`, else `pulumi.com/timeoutSeconds`, else the kind's default."""
    if custom > 0:
        return custom
    try:
        return float(annotation(inputs, TIMEOUT_SECONDS))
    except ValueError:
        return _KIND_SECONDS.get(kind_key(inputs), _DEFAULT_SECONDS)


def expectations(inputs: KubeObject) -> tuple[Expectation, ...]:
    """Return what the annotation `pulumi.com/waitFor` asks for, if anything. Raises ValueError when it is malformed."""
    text = annotation(inputs, WAIT_FOR)
    return parse_wait_for(text) if text else ()


class Waiter:
    """Waits on one API server, by asking it; a wait holds no thread between two questions."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._cancelled = asyncio.Event()

    def cancel(self) -> None:
        """End all waits, now and from now on: the user has asked the engine to stop."""
        self._cancelled.set()

    async def pause(self, seconds: float) -> bool:
        """Let some time pass; say at once, with False, when there is nothing to wait for any more (see `cancel`)."""
        try:
            await asyncio.wait_for(self._cancelled.wait(), seconds)
        except asyncio.TimeoutError:
            return True
        return False

    async def verdict(self, inputs: KubeObject, live: KubeObject) -> Verdict:
        """Judge an object as it is now, by its annotations or else by its kind's rule."""
        if is_annotated(inputs, SKIP_AWAIT):
            return READY
        if expected := expectations(inputs):
            missing = tuple(f"waiting for {item.text}" for item in expected if not item.holds(live))
            return Verdict(reasons=missing)
        match kind_key(live):
            case ("", "Service"):
                return service(live, await self._slices(live))
            case ("", "PersistentVolumeClaim"):
                return claim(live, await self._binding_mode(live))
            case ("apps", "Deployment") if (rule := rule_of(live)) and rule(live).ready:
                return await self._claims(live)
            case _:
                rule = rule_of(live)
                return rule(live) if rule else READY

    async def until_ready(self, inputs: KubeObject, live: KubeObject, *, custom: float, status: Status) -> KubeObject:
        """Return the object once it is ready.

        Raises NotReadyError when it is not in time, cannot become so any more, or can no longer be looked at.
        """
        if is_annotated(inputs, SKIP_AWAIT) or not (is_awaited(live) or expectations(inputs)):
            return live
        try:
            return await self._until_ready(inputs, live, custom=custom, status=status)
        except (ApiError, UnreachableError) as error:
            raise NotReadyError(identify(live), live, (str(error),)) from None

    async def _until_ready(self, inputs: KubeObject, live: KubeObject, *, custom: float, status: Status) -> KubeObject:
        identity = identify(live)
        started = time.monotonic()
        deadline = started + timeout_seconds(inputs, custom)
        pause, next_events, said = _FIRST_PAUSE, started + _FIRST_EVENTS, ""
        while True:
            verdict = await self.verdict(inputs, live)
            if verdict.ready:
                return live
            now = time.monotonic()
            hopeless = verdict.fatal
            if not hopeless and now >= next_events:
                hopeless = any(_HOPELESS in event for event in await self.events(live, fresh=True))
                next_events = now + _EVENTS_EVERY
            if hopeless or now >= deadline:
                waited = () if hopeless else ("gave up waiting: the timeout has passed",)
                raise NotReadyError(identity, live, (*waited, *verdict.reasons, *await self.events(live)))
            if verdict.reasons[0] != said and now - started > _QUIET_SECONDS:
                said = verdict.reasons[0]
                await status(said)
            if not await self.pause(min(pause, max(deadline - now, 0))):
                raise NotReadyError(identity, live, ("cancelled while waiting", *verdict.reasons))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
            found = await self._api.get(identity)
            if found is None:
                raise NotReadyError(identity, live, ("it was deleted by somebody else",))
            live = found

    async def until_gone(
        self, inputs: KubeObject, identity: ObjectId, uid: str, *, custom: float, status: Status
    ) -> None:
        """Return once the object that had `uid` is no more.

        Raises NotGoneError with the finalizers and conditions that hold it when it still is after the timeout.
        """
        started = time.monotonic()
        deadline = started + timeout_seconds(inputs, custom)
        pause, said = _FIRST_PAUSE / 2, ""
        while (live := await self._api.get(identity)) is not None and (not uid or dig(live, "metadata", "uid") == uid):
            held = _held_by(live)
            if time.monotonic() >= deadline:
                msg = f"{identity} was asked to go, but is still there after the timeout{': ' if held else ''}{held}"
                raise NotGoneError(msg)
            if held and held != said and time.monotonic() - started > _QUIET_SECONDS:
                said = held
                await status(f"waiting for it to go: {held}")
            if not await self.pause(min(pause, max(deadline - time.monotonic(), 0))):
                raise NotGoneError(f"{identity} was asked to go; cancelled while waiting for it")
            pause = min(pause * 1.5, _LONGEST_PAUSE)

    async def events(self, live: KubeObject, *, fresh: bool = False) -> tuple[str, ...]:
        """Return the last Warning events of the object and of its ReplicaSets and Pods, one for each reason.

        Events from before the last change of the object are left out: they tell what was wrong with the old one. Times
        are in whole seconds, so those of the same second may be either; `fresh` leaves them out too, and what goes on
        failing comes again.
        """
        namespace = dig(live, "metadata", "namespace") or "default"
        try:
            found = await self._api.list(f"/api/v1/namespaces/{namespace}/events", fieldSelector="type=Warning")
            owned = await self._owned(live, namespace) if found else frozenset[str]()
        except ApiError:
            return ()
        changed = _last_changed(live)
        last: dict[str, str] = {}
        for event in sorted(found, key=_last_seen):
            owner: KubeObject = event.get("involvedObject") or {}
            seen = _last_seen(event)
            if owner.get("uid") in owned and (seen > changed or (seen == changed and not fresh)):
                about = f"{owner.get('kind')} {owner.get('name')}: [{event.get('reason')}]"
                last.pop(about, None)
                last[about] = f"{about} {event.get('message')}"
        return tuple(last.values())[-_LAST_EVENTS:]

    async def _owned(self, live: KubeObject, namespace: str) -> frozenset[str]:
        uids = {str(dig(live, "metadata", "uid"))}
        collections = (f"/apis/apps/v1/namespaces/{namespace}/replicasets", f"/api/v1/namespaces/{namespace}/pods")
        for path in collections if dig(live, "spec", "template") else ():
            for entry in await self._api.list(path):
                owners = {str(owner.get("uid")) for owner in items(entry, "metadata", "ownerReferences")}
                if owners & uids:
                    uids.add(str(dig(entry, "metadata", "uid")))
        return frozenset(uids)

    async def _slices(self, live: KubeObject) -> list[KubeObject]:
        namespace, name = dig(live, "metadata", "namespace"), dig(live, "metadata", "name")
        path = f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"
        return await self._api.list(path, labelSelector=f"kubernetes.io/service-name={name}")

    async def _binding_mode(self, live: KubeObject) -> str:
        name = dig(live, "spec", "storageClassName")
        if not isinstance(name, str) or not name:
            return ""
        identity = ObjectId(api_version="storage.k8s.io/v1", kind="StorageClass", namespace="", name=name)
        return str(dig(await self._api.get(identity), "volumeBindingMode") or "")

    async def _claims(self, live: KubeObject) -> Verdict:
        namespace = str(dig(live, "metadata", "namespace"))
        reasons: list[str] = []
        for volume in items(live, "spec", "template", "spec", "volumes"):
            name = dig(volume, "persistentVolumeClaim", "claimName")
            if name:
                identity = ObjectId(api_version="v1", kind="PersistentVolumeClaim", namespace=namespace, name=str(name))
                found = await self._api.get(identity)
                verdict = claim(found, "") if found else not_ready(f"PersistentVolumeClaim {name} does not exist")
                reasons += verdict.reasons
        return Verdict(reasons=tuple(reasons))


_TO_THE_SECOND: Final = len("2026-01-31T12:00:00")


def _last_seen(event: KubeObject) -> str:
    """Return when an event was last seen, as a time in UTC that sorts as text."""
    last = event.get("lastTimestamp") or dig(event, "series", "lastObservedTime") or event.get("eventTime") or ""
    return str(last)[:_TO_THE_SECOND]


def _last_changed(live: KubeObject) -> str:
    """Return when anybody last changed the object itself (not its status), as a time in UTC that sorts as text."""
    entries = items(live, "metadata", "managedFields")
    return max((str(entry.get("time", "")) for entry in entries if not entry.get("subresource")), default="")[
        :_TO_THE_SECOND
    ]


def _held_by(live: KubeObject) -> str:
    finalizers: list[str] = dig(live, "metadata", "finalizers") or []
    parts = [f"finalizers {', '.join(finalizers)}"] if finalizers else []
    parts += [
        str(item.get("message"))
        for item in items(live, "status", "conditions")
        if str(item.get("type", "")).startswith(("NamespaceContent", "NamespaceFinalizers", "NamespaceDeletion"))
        and item.get("status") == "True"
    ]
    return "; ".join(parts)
