"""Gateways and the mesh let more in: TLS, hosts, who is asked for a token, who may call what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind, identity
from review.model import Risk, Value
from review.paths import at
from review.rules.base import Rule, fields, objects, ranked, texts
from review.rules.exposure.covering import all_in, labels_in, uncovered, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_AUTHORIZATION = Kind("security.istio.io", "AuthorizationPolicy")
_REQUESTS = Kind("security.istio.io", "RequestAuthentication")
_PEERS = Kind("security.istio.io", "PeerAuthentication")
_DESTINATION = Kind("networking.istio.io", "DestinationRule")
_LISTENERS = Kind("gateway.networking.k8s.io", "Gateway")
_TLS_MODES = ("PASSTHROUGH", "SIMPLE", "OPTIONAL_MUTUAL", "MUTUAL", "ISTIO_MUTUAL")
_TLS_VERSIONS = ("TLS_AUTO", "TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3")
_PEER_MODES = ("DISABLE", "PERMISSIVE", "STRICT")
_CLIENT_MODES = ("DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL")
_PLAIN = frozenset({"HTTP", "HTTP2", "GRPC", "TCP", "MONGO"})


def _deleted(case: Case) -> Iterator[str]:
    if case.change.op == "delete" and identity(case.before)[0] not in case.context.deleted_namespaces:
        yield "is deleted"


def _servers(inputs: dict[str, Value]) -> dict[str, dict[str, Value]]:
    return {str(at(server, "port.name")): server for server in objects(at(inputs, "spec.servers"))}


def _gateway(case: Case) -> Iterator[str]:
    if case.gone:
        return
    before = _servers(case.before)
    for name, server in _servers(case.after).items():
        old = before.get(name)
        if (old is None or not _plain(old)) and _plain(server):
            yield f"answers without TLS on port {at(server, 'port.number')}"
        if _open_hosts(server) and not (old and _open_hosts(old)):
            yield f"answers for every host on port {at(server, 'port.number')}"
        if old and not _plain(server):
            yield from _tls_lowered(name, fields(old.get("tls")), fields(server.get("tls")))


def _plain(server: dict[str, Value]) -> bool:
    plain = at(server, "port.protocol") in _PLAIN
    return plain and at(server, "tls.httpsRedirect") is not True


def _open_hosts(server: dict[str, Value]) -> bool:
    return any(host.rpartition("/")[2] == "*" for host in texts(server.get("hosts")))


def _tls_lowered(name: str, old: dict[str, Value], new: dict[str, Value]) -> Iterator[str]:
    if ranked(old.get("mode"), _TLS_MODES) > ranked(new.get("mode"), _TLS_MODES):
        yield f"asks less of clients on {name}: TLS mode {new.get('mode')} instead of {old.get('mode')}"
    version = "minProtocolVersion"
    if ranked(old.get(version), _TLS_VERSIONS) > max(ranked(new.get(version), _TLS_VERSIONS), 0):
        yield f"accepts older TLS on {name}: {new.get(version) or 'the default'} instead of {old.get(version)}"
    ciphers = old.get("cipherSuites")
    if ciphers and not words_in(ciphers, new.get("cipherSuites")):
        yield f"accepts more ciphers on {name}"


def _listener(case: Case) -> Iterator[str]:
    before = {str(entry.get("name")): entry for entry in objects(case.was("spec.listeners"))}
    for listener in objects(case.now("spec.listeners")):
        old = before.get(str(listener.get("name")), {})
        if listener.get("protocol") in {"HTTP", "TCP"} and old.get("protocol") not in {"HTTP", "TCP"}:
            yield f"answers without TLS on port {listener.get('port')}"
        if old.get("hostname") and not listener.get("hostname"):
            yield f"answers for every host on port {listener.get('port')}"
        if at(listener, "allowedRoutes.namespaces.from") == "All" and at(old, "allowedRoutes.namespaces.from") != "All":
            yield "takes routes from every namespace"


def _authorization(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    before, after = fields(case.was("spec")), fields(case.now("spec"))
    old, new = before.get("action", "ALLOW"), after.get("action", "ALLOW")
    if old != new:
        yield f"decides otherwise: {new} instead of {old}"
        return
    if not labels_in(after.get("selector"), before.get("selector")) or before.get("targetRefs") != after.get(
        "targetRefs"
    ):
        yield "applies to other workloads"
    if new == "ALLOW" and uncovered(before.get("rules"), after.get("rules"), _rule_covers):
        yield "lets more callers or requests through"
    if new != "ALLOW" and uncovered(after.get("rules"), before.get("rules"), _rule_covers):
        yield f"stops fewer requests ({new})"
    if before.get("provider") != after.get("provider"):
        yield "asks another provider who the caller is"


def _rule_covers(old: dict[str, Value], new: dict[str, Value]) -> bool:
    return (
        all_in(old.get("from"), new.get("from"), lambda known, given: _part_covers(known, given, "source"))
        and all_in(old.get("to"), new.get("to"), lambda known, given: _part_covers(known, given, "operation"))
        and _conditions_cover(objects(old.get("when")), objects(new.get("when")))
    )


def _part_covers(old: dict[str, Value], new: dict[str, Value], key: str) -> bool:
    known, given = fields(old.get(key)), fields(new.get(key))
    for name in known.keys() | given.keys():
        if name.startswith("not"):
            if not set(texts(known.get(name))) <= set(texts(given.get(name))):
                return False
        elif not words_in(known.get(name), given.get(name)):
            return False
    return True


def _conditions_cover(old: list[dict[str, Value]], new: list[dict[str, Value]]) -> bool:
    """Every condition that there was must still be there, as narrow or narrower."""
    return all(
        any(
            given.get("key") == known.get("key")
            and words_in(known.get("values"), given.get("values"))
            and set(texts(known.get("notValues"))) <= set(texts(given.get("notValues")))
            for given in new
        )
        for known in old
    )


def _requests(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    before = {str(rule.get("issuer")): rule for rule in objects(case.was("spec.jwtRules"))}
    for rule in objects(case.now("spec.jwtRules")):
        issuer = str(rule.get("issuer"))
        old = before.get(issuer)
        if old is None:
            yield f"trusts the tokens of another issuer: {issuer}"
            continue
        if not words_in(old.get("audiences"), rule.get("audiences")):
            yield f"accepts tokens of {issuer} for more audiences"
        if any(old.get(key) != rule.get(key) for key in ("jwksUri", "jwks")):
            yield f"verifies tokens of {issuer} with other keys"
    if not labels_in(case.now("spec.selector"), case.was("spec.selector")):
        yield "checks tokens for other workloads"


def _peers(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    old, new = case.was("spec.mtls.mode"), case.now("spec.mtls.mode")
    if ranked(old, _PEER_MODES) > ranked(new, _PEER_MODES):
        mode = new if isinstance(new, str) else "the default"
        yield f"accepts connections without mutual TLS: {mode} instead of {old}"
    ports = fields(case.was("spec.portLevelMtls"))
    for port, setting in fields(case.now("spec.portLevelMtls")).items():
        mode, was = fields(setting).get("mode"), fields(ports.get(port)).get("mode", old)
        if ranked(was, _PEER_MODES) > ranked(mode, _PEER_MODES):
            yield f"accepts connections without mutual TLS on port {port}"
    if not labels_in(case.now("spec.selector"), case.was("spec.selector")):
        yield "applies to fewer workloads"


def _destination(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    old, new = fields(case.was("spec.trafficPolicy.tls")), fields(case.now("spec.trafficPolicy.tls"))
    if ranked(old.get("mode"), _CLIENT_MODES) > max(ranked(new.get("mode"), _CLIENT_MODES), 0):
        yield f"connects with weaker TLS: {new.get('mode', 'none')} instead of {old.get('mode')}"
    for key in ("caCertificates", "credentialName", "subjectAltNames"):
        if old.get(key) and not new.get(key) and new.get("mode") != "ISTIO_MUTUAL":
            yield f"verifies less of the server ({key} is gone)"


_WHY = "The gateway or the proxies then serve calls that they refused, or in a way that others can read or change."
_KEEP = "Keep what it asked for. If it was only renamed or moved, give it an alias of its old name."
TABLE = (
    Rule(
        id="exposure/mesh-policy-deleted",
        risk=Risk.EXPOSURE,
        on=frozenset({_AUTHORIZATION, _REQUESTS, _PEERS}),
        check=_deleted,
        why="What it demanded of callers, nothing demands any more.",
        remedy=_KEEP,
    ),
    Rule(
        id="exposure/gateway-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.GATEWAY}),
        check=_gateway,
        why=_WHY,
        remedy="Serve named hosts, with TLS 1.2 or newer, and send callers without TLS to `https`.",
        paths=("spec.servers",),
    ),
    Rule(
        id="exposure/listener-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({_LISTENERS}),
        check=_listener,
        why=_WHY,
        remedy="Serve named hosts over HTTPS, and take routes from chosen namespaces only.",
        paths=("spec.listeners",),
    ),
    Rule(
        id="exposure/authorization-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({_AUTHORIZATION}),
        check=_authorization,
        why="Callers get through who were refused.",
        remedy="Name the callers, hosts and paths that are needed, and nothing more.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/authentication-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({_REQUESTS}),
        check=_requests,
        why="Whoever holds such a token gets in, whoever issued it to whom.",
        remedy="Trust only issuers of yours, for audiences that are meant for this platform.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/mutual-tls-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({_PEERS}),
        check=_peers,
        why=_WHY,
        remedy="Keep STRICT, and let the one port that needs it be an exception.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/upstream-tls-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({_DESTINATION}),
        check=_destination,
        why="Whoever gets between the two can read and change what they say.",
        remedy="Keep TLS on, with the authority and the names that the server's certificate is checked against.",
        paths=("spec.trafficPolicy",),
    ),
)
