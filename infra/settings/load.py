"""The only reader of the stack's configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime.config import CONFIG, is_config_secret

from infra.settings.errors import Problem, SettingsError
from infra.settings.kafka import Strimzi
from infra.settings.parse import parse, warnings_for
from infra.settings.stores import InClusterObjectStore, InClusterPostgres, InClusterSearch
from infra.sizes import (
    AuditSize,
    KafkaSize,
    ObjectStoreSize,
    PostgresSize,
    PrometheusSize,
    SearchSize,
    ServerSize,
    Sizes,
    sizes_for,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.settings.platform import Platform
    from infra.settings.seldon import Runtime, ServerKind
    from infra.settings.types import SecretRef

PROJECT = "seldon-platform"
_KEY = "platform"
_DEFAULT_PROVIDERS = "pulumi:disable-default-providers"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """A stack's valid settings, with defaults resolved and access to its secrets."""

    platform: Platform
    stack: str
    warnings: tuple[str, ...]
    """What the program should log: allowed, but worth knowing."""
    config: pulumi.Config = field(repr=False)

    def secret(self, reference: SecretRef) -> pulumi.Output[str]:
        """Return the secret that a field refers to; the Output is always secret."""
        return self.config.require_secret(reference.secret)

    @property
    def sizes(self) -> Sizes:
        """Sizes of the environment, before what the stack file says; every other property has the result."""
        return sizes_for(self.platform.environment)

    @property
    def prometheus(self) -> PrometheusSize:
        """Size of Prometheus: the stack file's, else the environment's."""
        return self.platform.monitoring.resolve(self.sizes.prometheus)

    @property
    def postgres(self) -> PostgresSize:
        """Size of a Postgres in the cluster: the stack file's, else the environment's."""
        store = self.platform.postgres
        return store.resolve(self.sizes.postgres) if isinstance(store, InClusterPostgres) else self.sizes.postgres

    @property
    def search(self) -> SearchSize:
        """Size of an Elasticsearch in the cluster: the stack file's, else the environment's."""
        store = self.platform.search
        return store.resolve(self.sizes.search) if isinstance(store, InClusterSearch) else self.sizes.search

    @property
    def object_store(self) -> ObjectStoreSize:
        """Size of an object store in the cluster: the stack file's, else the environment's."""
        store = self.platform.object_store
        return (
            store.resolve(self.sizes.object_store)
            if isinstance(store, InClusterObjectStore)
            else (self.sizes.object_store)
        )

    @property
    def kafka(self) -> KafkaSize:
        """Size of a Kafka in the cluster: the stack file's, else the environment's."""
        kafka = self.platform.kafka
        return kafka.resolve(self.sizes.kafka) if isinstance(kafka, Strimzi) else self.sizes.kafka

    @property
    def audit(self) -> AuditSize:
        """Size of the aggregator of the audit trail: the stack file's, else the environment's."""
        return self.platform.audit.resolve(self.sizes.audit)

    @property
    def model_volume_gi(self) -> int:
        """Volume of every server pod for model files, in GiB: the stack file's, else the environment's."""
        given = self.platform.seldon.model_volume_gi
        return self.sizes.model_volume_gi if given is None else given

    def servers(self, runtime: Runtime) -> dict[ServerKind, ServerSize]:
        """Return the enabled inference servers of a runtime with their sizes: the stack file's, else the default."""
        return {kind: server.resolve(self.sizes.server) for kind, server in runtime.enabled_servers.items()}


def load(config: pulumi.Config | None = None, *, today: date | None = None) -> Settings:
    """Read and validate the settings of the current stack.

    `today` (UTC, now by default) decides which exemptions and certificates have expired.

    Raises:
        SettingsError: with everything that is wrong; nothing has been registered then.
    """
    config = config or pulumi.Config(PROJECT)
    stack = pulumi.get_stack()
    keys = [key.removeprefix(f"{config.name}:") for key in CONFIG.get() if key.startswith(f"{config.name}:")]
    secret_keys = {key for key in keys if is_config_secret(config.full_key(key))}
    today = today or datetime.now(timezone.utc).date()
    problems = [*_default_providers()]
    try:
        platform = parse(
            _document(config, secret_keys),
            secret_keys=secret_keys,
            plain_keys={*keys} - secret_keys - {_KEY},
            today=today,
        )
    except SettingsError as error:
        raise SettingsError([*problems, *error.problems], stack=stack) from None
    if problems:
        raise SettingsError(problems, stack=stack)
    return Settings(platform=platform, stack=stack, warnings=warnings_for(platform, today), config=config)


def _default_providers() -> Iterator[Problem]:
    """A default provider would act on whatever cluster the kubeconfig points at, not on the one of this stack."""
    given = CONFIG.get().get(_DEFAULT_PROVIDERS)
    if given is None:
        yield Problem((), 'missing; allowed: ["*"]', root=_DEFAULT_PROVIDERS)
    elif given != '["*"]':
        yield Problem((), f'{given} is not allowed; allowed: ["*"]', root=_DEFAULT_PROVIDERS)


def _document(config: pulumi.Config, secret_keys: set[str]) -> Any:  # noqa: ANN401 (any JSON value)
    if _KEY in secret_keys:
        text = (
            "is a secret, or holds one (`secure:`); allowed: plain settings, where a secret is {secret: <config key>} "
            "and its value is set with `pulumi config set --secret <config key>`"
        )
        raise SettingsError([Problem((), text)])
    try:
        document = config.get_object(_KEY)
    except pulumi.ConfigTypeError:
        raise SettingsError([Problem((), "text has the wrong type; allowed: a mapping")]) from None
    if document is None:
        text = f"missing; allowed: a mapping under config, {PROJECT}:{_KEY} (see stacks/ and docs/settings.md)"
        raise SettingsError([Problem((), text)])
    return document
