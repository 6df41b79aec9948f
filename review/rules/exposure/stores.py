"""Stores let more in: Kafka's listeners, Postgres' host rules and TLS, Elasticsearch, certificates, weak settings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from review import kinds
from review.kinds import Kind
from review.model import Risk, Value
from review.paths import at
from review.rules.base import Rule, fields, objects, ranked, texts
from review.rules.exposure.covering import uncovered
from review.rules.leaves import leaves

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.rules.base import Case

_USER = Kind("kafka.strimzi.io", "KafkaUser")
_PROMETHEUS = Kind("monitoring.coreos.com", "Prometheus")
_SSL_VERSIONS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_SSL_MODE = re.compile(r"ssl_?mode$", re.IGNORECASE)
_SSL_MODE_IN_TEXT = re.compile(r"sslmode=([a-z-]+)")
_UNSAFE = re.compile(
    r"(insecure|skip[_-]?(tls[_-]?)?verif|skip[_-]?ssl|allow_?anonymous|disable_?(tls|ssl|auth))[\w-]*$",
    re.IGNORECASE,
)
_SAFE = re.compile(
    r"((tls|ssl|https|auth|authentication|authorization|encryption|security)[._]?enabled|encrypted|"
    r"enforce_?https|require_?(tls|ssl)|auto_?encryption|tls_?verify|verify_?(tls|ssl|certificates?))$",
    re.IGNORECASE,
)
_KEYS_OF_STORES = re.compile(r"(KMS|ENCRYPT|SSE)\w*$")
_TRUE, _FALSE = frozenset({"true", "1", "on", "yes"}), frozenset({"false", "0", "off", "no", "none", "disabled"})


def _kafka(case: Case) -> Iterator[str]:
    if case.gone:
        return
    before = {str(entry.get("name")): entry for entry in objects(case.was("spec.kafka.listeners"))}
    for listener in objects(case.now("spec.kafka.listeners")):
        name = str(listener.get("name"))
        old = before.get(name, {"tls": True, "authentication": {"type": "any"}, "type": "internal"})
        if old.get("tls") is True and listener.get("tls") is not True:
            yield f"listens without TLS ({name})"
        if old.get("authentication") and not listener.get("authentication"):
            yield f"asks clients for no credentials ({name})"
        if old.get("type") in {"internal", "cluster-ip"} and listener.get("type") not in {"internal", "cluster-ip"}:
            yield f"listens outside of the cluster ({name}: {listener.get('type')})"
    if not case.changed:
        return
    if case.was("spec.kafka.authorization") and not case.now("spec.kafka.authorization"):
        yield "lets every user do everything (authorization is gone)"
    path = "spec.kafka.authorization.superUsers"
    if added := sorted(set(texts(case.now(path))) - set(texts(case.was(path)))):
        yield f"lets {', '.join(added)} do everything"


def _kafka_user(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    if case.was("spec.authentication") and not case.now("spec.authentication"):
        yield "needs no credentials"
    path = "spec.authorization.acls"
    if uncovered(case.was(path), case.now(path), lambda old, new: old == new):
        yield "may do more"
    if case.was("spec.authorization") and not case.now("spec.authorization"):
        yield "is not held to its rights (authorization is gone)"


def _postgres(case: Case) -> Iterator[str]:
    if case.gone:
        return
    old, new = fields(case.was("spec.postgresql.parameters")), fields(case.now("spec.postgresql.parameters"))
    if str(new.get("ssl", "on")).lower() in _FALSE and str(old.get("ssl", "on")).lower() not in _FALSE:
        yield "takes connections without TLS (ssl)"
    version = "ssl_min_protocol_version"
    if ranked(old.get(version), _SSL_VERSIONS) > max(ranked(new.get(version), _SSL_VERSIONS), 1):
        yield f"accepts older TLS: {new.get(version, 'the default')} instead of {old.get(version)}"
    if new.get("password_encryption") == "md5" and old.get("password_encryption") != "md5":
        yield "keeps passwords in a weaker form (md5)"
    yield from _host_rules(case)
    if case.gained("spec.enableSuperuserAccess", value=True):
        yield "lets the superuser in over the network"
    superusers = {str(role.get("name")) for role in objects(case.was("spec.managed.roles")) if role.get("superuser")}
    for role in objects(case.now("spec.managed.roles")):
        if role.get("superuser") is True and role.get("name") not in superusers:
            yield f"makes {role.get('name')} a superuser"


def _host_rules(case: Case) -> Iterator[str]:
    was, now = texts(case.was("spec.postgresql.pg_hba")), texts(case.now("spec.postgresql.pg_hba"))
    for line in now:
        if line not in was and _weak_host_rule(line):
            yield f"lets clients in by a weaker rule: {' '.join(line.split())}"
    for line in was if case.changed else ():
        if line not in now and ("reject" in line.split() or line.startswith("hostssl")) and len(now) <= len(was):
            yield f"no longer has the host rule: {' '.join(line.split())}"


def _weak_host_rule(line: str) -> bool:
    words = line.split()
    kind, method = (words[0], words[-1]) if words else ("", "")
    return (kind in {"host", "hostnossl"} and method != "reject") or bool({"trust", "password", "md5"} & set(words))


_OLD_TLS = frozenset({"SSLv2Hello", "SSLv3", "TLSv1", "TLSv1.1"})


def _elasticsearch(case: Case) -> Iterator[str]:
    if case.gone:
        return
    if case.gained("spec.http.tls.selfSignedCertificate.disabled", value=True):
        yield "answers without TLS"
    for path in ("spec.http.service.spec.type", "spec.transport.service.spec.type"):
        if case.now(path) in {"LoadBalancer", "NodePort"} and case.was(path) not in {"LoadBalancer", "NodePort"}:
            yield f"becomes reachable from outside: {path.split('.')[1]} service of type {case.now(path)}"
    old = {str(node.get("name")): fields(node.get("config")) for node in objects(case.was("spec.nodeSets"))}
    for node in objects(case.now("spec.nodeSets")):
        before, after = old.get(str(node.get("name")), {}), fields(node.get("config"))
        if after.get("xpack.security.enabled") is False and before.get("xpack.security.enabled") is not False:
            yield "asks nobody who they are (xpack.security.enabled)"
        anonymous = [key for key in after if key.startswith("xpack.security.authc.anonymous") and key not in before]
        if anonymous or (at(after, "xpack.security.authc.anonymous") and "xpack" not in before):
            yield "lets callers in without a name"
        for key in after:
            older = sorted(_OLD_TLS & {*texts(after[key])} - {*texts(before.get(key))})
            if key.endswith("ssl.supported_protocols") and older:
                yield f"accepts older TLS: {', '.join(older)} ({key})"


def _certificate(case: Case) -> Iterator[str]:
    if not case.changed:
        return
    if case.gained("spec.isCA", value=True):
        yield "may sign other certificates"
    old, new = case.was("spec.privateKey.size"), case.now("spec.privateKey.size")
    if isinstance(old, int) and isinstance(new, int) and new < old:
        yield f"has a smaller key: {new} bits instead of {old}"
    if case.lost("spec.privateKey.rotationPolicy", "Always"):
        yield "keeps its private key when it is renewed"
    if case.was("spec.issuerRef.name") != case.now("spec.issuerRef.name"):
        yield f"is signed by another authority: {case.now('spec.issuerRef.name')}"


def _prometheus(case: Case) -> Iterator[str]:
    if case.gained("spec.enableAdminAPI", value=True):
        yield "lets callers delete what it has (enableAdminAPI)"
    if case.changed and case.was("spec.web.tlsConfig") and not case.now("spec.web.tlsConfig"):
        yield "answers without TLS"


def _weak_settings(case: Case) -> Iterator[str]:
    """Settings that say by their name what is safe, wherever they lie: fields, arguments, variables, files."""
    if not case.changed or case.kind in {kinds.CRD, None}:
        return
    before, after = leaves(case.before), leaves(case.after)
    for path, new in after.items():
        old = before.get(path)
        if old != new:
            yield from _weaker(path, old, new)
    for path in before:
        if path not in after and _KEYS_OF_STORES.search(path) and ".env." in path:
            yield f"may no longer encrypt what it stores: {path.rpartition('.')[2]} is gone"


def _weaker(path: str, old: Value, new: Value) -> Iterator[str]:
    was, now = _word(old), _word(new)
    if _UNSAFE.search(path) and now in _TRUE and was not in _TRUE:
        yield f"gives up a check: {path} is on"
    if _SAFE.search(path) and was in _TRUE and now in _FALSE:
        yield f"gives up a safeguard: {path} is off"
    if _SSL_MODE.search(path) and ranked(old, _SSL_MODES) > max(ranked(new, _SSL_MODES), 0):
        yield f"verifies less of the database: {path} is {new} instead of {old}"
    if isinstance(old, str) and isinstance(new, str) and "sslmode=" in old:
        modes = _SSL_MODE_IN_TEXT.search(old), _SSL_MODE_IN_TEXT.search(new)
        if modes[0] and ranked(modes[0][1], _SSL_MODES) > ranked(modes[1][1] if modes[1] else "", _SSL_MODES):
            yield f"verifies less of the database: {path}"


def _word(value: Value) -> str:
    return str(value).lower() if isinstance(value, (bool, str, int)) else ""


_STRICTER = "Keep what it asked for, and give the one client that cannot do it a listener, user or rule of its own."
TABLE = (
    Rule(
        id="exposure/kafka-opened",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.KAFKA}),
        check=_kafka,
        why="Clients then reach the brokers in a way in which they could not, and others may read what they say.",
        remedy=_STRICTER,
        paths=("spec.kafka.listeners", "spec.kafka.authorization"),
    ),
    Rule(
        id="exposure/kafka-user-widened",
        risk=Risk.EXPOSURE,
        on=frozenset({_USER}),
        check=_kafka_user,
        why="Whoever holds its credentials can read, write or change what it could not.",
        remedy="Name the topics and operations that it needs, and make a user of its own for another need.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/postgres-opened",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.POSTGRES}),
        check=_postgres,
        why="Clients then get in with less proof of who they are, or over connections that others can read.",
        remedy=_STRICTER,
        paths=("spec.postgresql", "spec.enableSuperuserAccess", "spec.managed"),
    ),
    Rule(
        id="exposure/elasticsearch-opened",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.ELASTICSEARCH}),
        check=_elasticsearch,
        why="Clients then reach the logs with less proof of who they are, or over connections that others can read.",
        remedy=_STRICTER,
        paths=("spec.http", "spec.transport", "spec.nodeSets"),
    ),
    Rule(
        id="exposure/certificate-weakened",
        risk=Risk.EXPOSURE,
        on=frozenset({kinds.CERTIFICATE}),
        check=_certificate,
        why="Those who trust it then trust more, for longer, or something else.",
        remedy="Keep the key's size, its rotation and its authority; make a certificate of its own for another need.",
        paths=("spec",),
    ),
    Rule(
        id="exposure/prometheus-opened",
        risk=Risk.EXPOSURE,
        on=frozenset({_PROMETHEUS}),
        check=_prometheus,
        why="Whoever reaches it can do more with it.",
        remedy="Leave the admin API off, and TLS on.",
        paths=("spec.enableAdminAPI", "spec.web"),
    ),
    Rule(
        id="exposure/weak-setting",
        risk=Risk.EXPOSURE,
        on=frozenset(),
        check=_weak_settings,
        why="By its name the setting turns a check off that was on.",
        remedy="Leave it as it was; if a certificate cannot be verified, give the client its authority instead.",
        paths=("spec", "data", "parameters"),
    ),
)
