"""Which API server to talk to, and with what identity, out of a kubeconfig.

Only `$KUBECONFIG` and the provider's own setting are read, never `~/.kube/config`; users that get their credentials
from a program (`exec`, `auth-provider`) are refused, because a rehearsal must not touch cloud credentials.
"""

import base64
import binascii
import os
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, cast

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from .objects import items
from .settings import ProviderSettings, SettingsError

_T = TypeVar("_T")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Cluster(_Part):
    """How a cluster's API server is reached."""

    server: str
    certificate_authority: str = Field("", alias="certificate-authority")
    certificate_authority_data: str = Field("", alias="certificate-authority-data")
    insecure_skip_tls_verify: bool = Field(default=False, alias="insecure-skip-tls-verify")
    tls_server_name: str = Field("", alias="tls-server-name")


class _User(_Part):
    client_certificate: str = Field("", alias="client-certificate")
    client_certificate_data: str = Field("", alias="client-certificate-data")
    client_key: str = Field("", alias="client-key")
    client_key_data: str = Field("", alias="client-key-data")
    token: str = ""
    token_file: str = Field("", alias="tokenFile")
    exec: Any = None
    auth_provider: Any = Field(None, alias="auth-provider")


class _Context(_Part):
    cluster: str
    user: str = ""
    namespace: str = ""


def _by_name(kind: str) -> BeforeValidator:
    def index(entries: object) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for entry in items({"entries": cast(list[Any], entries)}, "entries"):
            found.setdefault(str(entry.get("name")), entry.get(kind))
        return found

    return BeforeValidator(index)


class _Kubeconfig(_Part):
    clusters: Annotated[dict[str, Cluster], _by_name("cluster")] = {}
    users: Annotated[dict[str, _User], _by_name("user")] = {}
    contexts: Annotated[dict[str, _Context], _by_name("context")] = {}
    current_context: str | None = Field(None, alias="current-context")


@dataclass(frozen=True, kw_only=True)
class Connection:
    """Everything a client needs: the address, TLS, and the default namespace of what names none."""

    server: str
    tls: ssl.SSLContext | None
    server_name: str
    token: str
    namespace: str


def _problem(problem: str) -> SettingsError:
    return SettingsError([("kubeconfig", problem)])


def _load(given: str) -> tuple[_Kubeconfig, Path, str]:
    source = given or os.environ.get("KUBECONFIG", "")
    if not source:
        raise _problem(
            "none is given and $KUBECONFIG is not set; give the provider a kubeconfig (its contents or its path)"
        )
    text, directory, where = source, Path.cwd(), "the given contents"
    if "\n" not in source and not source.lstrip().startswith("{"):
        path = Path(source).expanduser()
        where = str(path) if len(source.split()) == 1 else "the given path"  # contents by mistake are not to be shown
        try:
            text, directory = path.read_text(encoding="utf-8"), path.resolve().parent
        except OSError as error:
            raise _problem(f"{where} cannot be read: {error.strerror}") from None
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" at line {mark.line + 1}" if mark else ""
        raise _problem(f"{where} is not YAML{line}") from None
    if not isinstance(document, dict) or "clusters" not in document:
        raise _problem(f"{where} is no kubeconfig: it has no `clusters`")
    try:
        return _Kubeconfig.model_validate(document), directory, where
    except ValidationError as error:
        first = error.errors()[0]
        raise _problem(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _chosen(entries: Mapping[str, _T], name: str, what: str, where: str) -> _T:
    if name not in entries:
        there = ", ".join(sorted(entries)) or "none"
        raise SettingsError([(what, f"there is no {what} {name!r} in {where}; there are: {there}")])
    return entries[name]


def _select(settings: ProviderSettings) -> tuple[Cluster, _User, str, Path]:
    config, directory, where = _load(settings.kubeconfig)
    context_name = settings.context or config.current_context or ""
    if not context_name and not settings.cluster:
        raise SettingsError([("context", f"none is given and {where} has no current-context")])
    context = (
        _chosen(config.contexts, context_name, "context", where) if context_name else _Context(cluster=settings.cluster)
    )
    cluster = _chosen(config.clusters, settings.cluster or context.cluster, "cluster", where)
    user = _chosen(config.users, context.user, "user", where) if context.user else _User.model_validate({})
    if user.exec or user.auth_provider:
        raise _problem(
            f"user {context.user!r} in {where} runs a program for its credentials, which a rehearsal never does"
        )
    return cluster, user, settings.namespace or context.namespace, directory


def active_cluster(settings: ProviderSettings) -> Cluster:
    """Return the cluster that the settings choose.

    Raises SettingsError when there is none.
    """
    return _select(settings)[0]


def connect(settings: ProviderSettings) -> Connection:
    """Return how to reach the chosen cluster; nothing is sent yet.

    Raises SettingsError naming the setting and what is wrong: no or unreadable kubeconfig, unknown context, cluster or
    user, certificates that cannot be used.
    """
    cluster, user, namespace, directory = _select(settings)
    token = user.token
    try:
        if user.token_file:
            token = (directory / user.token_file).read_text(encoding="utf-8").strip()
        tls = _tls(cluster, user, directory) if cluster.server.startswith("https://") else None
    except (OSError, ssl.SSLError, binascii.Error, UnicodeDecodeError) as error:
        raise _problem(f"its certificates or token cannot be used: {error}") from None
    return Connection(
        server=cluster.server.rstrip("/"),
        tls=tls,
        server_name=cluster.tls_server_name,
        token=token,
        namespace=namespace,
    )


def _tls(cluster: Cluster, user: _User, directory: Path) -> ssl.SSLContext:
    authority = _pem(cluster.certificate_authority_data, cluster.certificate_authority, directory)
    context = ssl.create_default_context(cadata=authority or None)
    if cluster.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = _pem(user.client_certificate_data, user.client_certificate, directory)
    key = _pem(user.client_key_data, user.client_key, directory)
    if certificate:
        with tempfile.TemporaryDirectory() as private:  # mode 0700, and gone as soon as OpenSSL has read it
            path = Path(private, "client.pem")
            path.write_text(certificate + "\n" + key, encoding="ascii")
            context.load_cert_chain(path)
    return context


def _pem(data: str, path: str, directory: Path) -> str:
    if data:
        return base64.b64decode(data, validate=True).decode("ascii")
    return (directory / path).read_text(encoding="ascii") if path else ""
