"""A small client for the Kubernetes REST API: many requests at once, the server's own errors, its warnings kept."""

import asyncio
import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

import urllib3

from .kubeconfig import Connection
from .objects import ObjectId
from .values import KubeObject

_THREADS: Final = 48
"""Requests in flight at once, each with a connection of its own; the engine runs far fewer steps at once."""
_REDISCOVER_SECONDS: Final = 0.5
_TIMEOUT: Final = urllib3.Timeout(connect=5, read=60)
_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_APPLY: Final = "application/apply-patch+yaml"
_MERGE: Final = "application/merge-patch+json"
_WARNING: Final = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


class ApiError(Exception):
    """An answer that is not a success, with the server's own words."""

    def __init__(self, status: int, body: KubeObject) -> None:
        super().__init__(str(body.get("message") or f"HTTP status {status}"))
        self.status = status
        self.reason = str(body.get("reason") or "")
        self.details: KubeObject = body.get("details") or {}


class UnreachableError(Exception):
    """The API server did not answer."""


class NoKindError(Exception):
    """The API server does not serve this kind (yet)."""

    def __init__(self, identity: ObjectId) -> None:
        super().__init__(
            f"the API server has no kind {identity.kind} in {identity.api_version}; "
            "is its CustomResourceDefinition there?"
        )


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A successful answer: the object, whether the request created it, and the server's warnings."""

    body: KubeObject
    created: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Kind:
    plural: str
    namespaced: bool


@dataclass
class _Group:
    """What discovery said about one group and version, and when."""

    kinds: dict[str, _Kind] = field(default_factory=dict[str, _Kind])
    asked: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


def parse_warnings(headers: list[str]) -> tuple[str, ...]:
    """Return the texts of HTTP `Warning` headers (RFC 7234 section 5.5, code 299, as the API server sends them)."""
    return tuple(re.sub(r"\\(.)", r"\1", match) for header in headers for match in _WARNING.findall(header))


class Api:
    """One API server. Methods may be called from many tasks at once."""

    def __init__(self, connection: Connection) -> None:
        self.default_namespace = connection.namespace
        self._server = connection.server
        self._headers = {"User-Agent": "seldon-platform-rehearsal"}
        if connection.token:
            self._headers["Authorization"] = f"Bearer {connection.token}"
        tls: dict[str, Any] = {"ssl_context": connection.tls} if connection.tls else {}
        if connection.server_name:
            tls |= {"server_hostname": connection.server_name, "assert_hostname": connection.server_name}
        self._pool = urllib3.PoolManager(num_pools=2, maxsize=_THREADS, timeout=_TIMEOUT, retries=False, **tls)
        # The engine's own calls wait in asyncio's default executor for what runs here: sharing it can deadlock.
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="kubernetes-api")
        self._groups: dict[str, _Group] = {}

    def close(self) -> None:
        """Give the threads and connections back; requests in flight end first."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._pool.clear()

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: dict[str, str] | None = None,
        body: KubeObject | None = None,
        kind: str = "application/json",
        accept: str = "application/json",
    ) -> Reply:
        """Send one request; `kind` is the content type of `body`.

        Raises ApiError for any answer but a success, UnreachableError when there is none.
        """
        target = path + ("?" + urlencode(query) if query else "")
        content = json.dumps(body).encode() if body is not None else None
        headers = {**self._headers, "Accept": accept, "Content-Type": kind}
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._send, method, target, content, headers)

    def _send(self, method: str, target: str, content: bytes | None, headers: dict[str, str]) -> Reply:
        # A kept-alive connection that the server has closed meanwhile fails once on reads, and is then replaced.
        for attempts_left in (1, 0):
            try:
                answer = self._pool.request(method, self._server + target, body=content, headers=headers)
                break
            except urllib3.exceptions.HTTPError as error:
                if not attempts_left or not isinstance(error, urllib3.exceptions.ProtocolError):
                    msg = f"the Kubernetes API server at {self._server} does not answer: {_cause(error)}"
                    raise UnreachableError(msg) from error
        else:  # pragma: no cover  the loop above always breaks or raises
            raise AssertionError
        document = _json_object(answer.data)
        if answer.status >= 300:  # noqa: PLR2004  HTTP's bound of success
            raise ApiError(answer.status, document)
        warnings = parse_warnings(answer.headers.getlist("Warning"))
        return Reply(body=document, created=answer.status == 201, warnings=warnings)  # noqa: PLR2004  HTTP's Created

    async def version(self) -> str:
        """Return the server's version, such as `v1.36.1`."""
        return str((await self.request("GET", "/version")).body.get("gitVersion", ""))

    async def kind(self, identity: ObjectId) -> _Kind:
        """Return how the server serves a kind, asking it again for kinds that it did not have a moment ago.

        Raises NoKindError when it does not serve it.
        """
        group = self._groups.setdefault(identity.api_version, _Group())
        async with group.lock:
            if identity.kind not in group.kinds and time.monotonic() - group.asked >= _REDISCOVER_SECONDS:
                group.kinds = await self._discover(identity.api_version)
                group.asked = time.monotonic()
        if identity.kind not in group.kinds:
            raise NoKindError(identity)
        return group.kinds[identity.kind]

    async def _discover(self, api_version: str) -> dict[str, _Kind]:
        try:
            reply = await self.request("GET", _root(api_version))
        except ApiError as error:
            if error.status == 404:  # noqa: PLR2004  HTTP's Not Found
                return {}
            raise
        return {
            entry["kind"]: _Kind(plural=entry["name"], namespaced=entry["namespaced"])
            for entry in reply.body.get("resources", [])
            if "/" not in entry["name"]
        }

    async def namespaced(self, identity: ObjectId) -> bool:
        """Say whether objects of this kind live in a namespace.

        Raises NoKindError when the server does not serve the kind.
        """
        return (await self.kind(identity)).namespaced

    async def all_kinds(self) -> dict[tuple[str, str], bool]:
        """Return every kind that is served, (apiVersion, kind), and whether it lives in namespaces."""
        roots = [(await self.request("GET", root, accept=_AGGREGATED)).body for root in ("/api", "/apis")]
        return {
            (
                f"{group['metadata'].get('name', '')}/{version['version']}".removeprefix("/"),
                resource["responseKind"]["kind"],
            ): (resource["scope"] == "Namespaced")
            for root in roots
            for group in root.get("items", [])
            for version in group.get("versions", [])
            for resource in version.get("resources", [])
        }

    async def path(self, identity: ObjectId) -> str:
        """Return the path of an object. Raises NoKindError when the server does not serve its kind."""
        kind = await self.kind(identity)
        namespace = f"/namespaces/{quote(identity.namespace)}" if kind.namespaced else ""
        return f"{_root(identity.api_version)}{namespace}/{kind.plural}/{quote(identity.name)}"

    async def get(self, identity: ObjectId) -> KubeObject | None:
        """Return the living object, or None when it, its namespace or its kind is not there."""
        try:
            return (await self.request("GET", await self.path(identity))).body
        except NoKindError:
            return None
        except ApiError as error:
            if error.status == 404:  # noqa: PLR2004  HTTP's Not Found
                return None
            raise

    async def apply(self, obj: KubeObject, identity: ObjectId, *, manager: str, force: bool, dry_run: bool) -> Reply:
        """Send one server-side apply (https://kubernetes.io/docs/reference/using-api/server-side-apply/)."""
        query = {"fieldManager": manager, "force": str(force).lower(), "fieldValidation": "Warn"}
        if dry_run:
            query["dryRun"] = "All"
        return await self.request("PATCH", await self.path(identity), query=query, body=obj, kind=_APPLY)

    async def set_managed_fields(self, identity: ObjectId, live: KubeObject, entries: list[KubeObject]) -> None:
        """Say who owns the fields of `live`. Raises ApiError when it has changed meanwhile."""
        metadata = {"resourceVersion": live["metadata"]["resourceVersion"], "managedFields": entries}
        await self.request("PATCH", await self.path(identity), body={"metadata": metadata}, kind=_MERGE)

    async def delete(self, identity: ObjectId, *, propagation: str) -> None:
        """Ask for an object's deletion; propagation is Foreground, Background or Orphan."""
        options = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": propagation}
        await self.request("DELETE", await self.path(identity), body=options)

    async def list(self, path: str, **selectors: str) -> list[KubeObject]:
        """Return the objects of a collection, by `fieldSelector` or `labelSelector`."""
        return list((await self.request("GET", path, query=selectors)).body.get("items", []))


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"


def _json_object(data: bytes) -> KubeObject:
    try:
        document = json.loads(data)
    except ValueError:
        return {"message": data.decode(errors="replace").strip()}
    return cast(KubeObject, document) if isinstance(document, dict) else {}


def _cause(error: BaseException) -> str:
    return str(getattr(error, "reason", None) or error)
