"""Which Kubernetes objects a Kubernetes object names: Secrets, ConfigMaps, Services, claims, issuers, roles, hosts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from review import kinds
from review.kinds import Kind, identity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.model import Value

_HOST = re.compile(r"\b([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.([a-z0-9](?:[-a-z0-9]*[a-z0-9])?)\.svc\b")
_SERVICE_ACCOUNT = Kind("", "ServiceAccount")
_ISSUERS = {"Issuer": Kind("cert-manager.io", "Issuer"), "ClusterIssuer": Kind("cert-manager.io", "ClusterIssuer")}
_ROLES = {
    "Role": Kind("rbac.authorization.k8s.io", "Role"),
    "ClusterRole": Kind("rbac.authorization.k8s.io", "ClusterRole"),
}
_CLUSTER_WIDE = frozenset({_ISSUERS["ClusterIssuer"], _ROLES["ClusterRole"]})
_SILENT = frozenset({kinds.CRD, Kind("monitoring.coreos.com", "PrometheusRule")})
"""Kinds that are big and name nothing."""


class Name(NamedTuple):
    """What an object names."""

    kind: Kind
    namespace: str
    name: str


def names(kind: Kind, inputs: dict[str, Value]) -> Iterator[Name]:
    """Yield what the inputs of an object name, some of it more than once, and some that does not exist."""
    namespace = identity(inputs)[0]
    if namespace:
        yield Name(kinds.NAMESPACE, "", namespace)
    if kind not in _SILENT:
        for key, value in inputs.items():
            if key not in {"metadata", "status"}:
                yield from _walk(key, value, namespace)


def provides(kind: Kind, inputs: dict[str, Value]) -> Iterator[Name]:
    """Yield the names that lead to an object: its own, and those of what its operator makes for others to use."""
    namespace, name = identity(inputs)
    yield Name(kind, namespace, name)
    spec = inputs.get("spec")
    if kind == kinds.CERTIFICATE and isinstance(spec, dict) and isinstance(spec.get("secretName"), str):
        yield Name(kinds.SECRET, namespace, str(spec["secretName"]))
    for made, suffix in _MADE.get(kind, ()):
        yield Name(made, namespace, f"{name}{suffix}")


def grants(kind: Kind, inputs: dict[str, Value]) -> Iterator[Name]:
    """Yield the service accounts that a binding gives rights to, and so what depends on it."""
    subjects = inputs.get("subjects")
    if kind.group == _ROLES["Role"].group and isinstance(subjects, list):
        for subject in subjects:
            if isinstance(subject, dict) and subject.get("kind") == "ServiceAccount":
                namespace = subject.get("namespace") or identity(inputs)[0]
                yield Name(_SERVICE_ACCOUNT, str(namespace), str(subject.get("name")))


_MADE: dict[Kind, tuple[tuple[Kind, str], ...]] = {
    kinds.POSTGRES: (
        *((kinds.SERVICE, suffix) for suffix in ("-rw", "-ro", "-r")),
        *((kinds.SECRET, suffix) for suffix in ("-app", "-superuser", "-ca", "-server")),
    ),
    Kind("postgresql.cnpg.io", "Pooler"): ((kinds.SERVICE, ""),),
    kinds.KAFKA: (
        (kinds.SERVICE, "-kafka-bootstrap"),
        (kinds.SERVICE, "-kafka-brokers"),
        (kinds.SECRET, "-cluster-ca-cert"),
    ),
    Kind("kafka.strimzi.io", "KafkaUser"): ((kinds.SECRET, ""),),
    kinds.ELASTICSEARCH: (
        (kinds.SERVICE, "-es-http"),
        (kinds.SECRET, "-es-elastic-user"),
        (kinds.SECRET, "-es-http-certs-public"),
    ),
}
"""What operators make, by suffix (CloudNativePG `architecture`, Strimzi `ResourceUtils`, ECK `common/v1/namers`)."""


def _walk(key: str, value: Value, namespace: str) -> Iterator[Name]:
    if isinstance(value, dict):
        yield from _named(key, value, namespace)
        for inner, found in value.items():
            yield from _walk(inner, found, namespace)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(key, item, namespace)
    elif isinstance(value, str):
        yield from _text(key, value, namespace)


def _named(key: str, value: dict[str, Value], namespace: str) -> Iterator[Name]:
    """Yield what `key: {name: ...}` refers to."""
    name, given = value.get("name"), value.get("namespace")
    kind = _kind_of_reference(key.lower(), value.get("kind"))
    if kind and isinstance(name, str):
        where = given if isinstance(given, str) else namespace
        yield Name(kind, "" if kind in _CLUSTER_WIDE else where, name)


def _kind_of_reference(key: str, kind: Value) -> Kind | None:
    if key == "issuerref":
        return _ISSUERS.get(str(kind or "Issuer"))
    if key == "roleref":
        return _ROLES.get(str(kind))
    if key in {"service", "backend", "backendrefs"}:
        return kinds.SERVICE
    if "secret" in key:
        return kinds.SECRET
    return kinds.CONFIG_MAP if "configmap" in key else None


def _text(key: str, value: str, namespace: str) -> Iterator[Name]:
    lower = key.lower()
    if lower == "claimname":
        yield Name(kinds.CLAIM, namespace, value)
    elif lower == "servicename":
        yield Name(kinds.SERVICE, namespace, value)
    elif lower in {"serviceaccount", "serviceaccountname"}:
        yield Name(_SERVICE_ACCOUNT, namespace, value)
    elif lower in {"secretname", "credentialname"} or lower.endswith("secret"):
        yield Name(kinds.SECRET, namespace, value)
    elif lower == "gateways":
        where, _, name = value.rpartition("/")
        yield Name(kinds.GATEWAY, where or namespace, name)
    elif ".svc" in value:
        for service, where in _HOST.findall(value):
            yield Name(kinds.SERVICE, where, service)
