"""The logs of models and servers, which a collector on every node brings to Elasticsearch."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from infra.settings.base import Model
from infra.settings.store_types import ImageReference
from infra.settings.types import SecretRef, Username


class NoApplicationLogs(Model):
    """The logs of pods stay on their nodes."""

    kind: Literal["none"] = "none"
    """What collects them."""


class LogWriter(Model):
    """A user of the customer's Elasticsearch who may add to the indices `kubernetes_cluster-*`, and nothing else."""

    username: Username
    """Name of the user; not that of `search`, who may do more."""
    password: SecretRef
    """Password of that user."""


class FluentBit(Model):
    """Fluent Bit on every node, which reads the log files of the runtimes' pods and nothing else."""

    kind: Literal["fluent-bit"]
    """What collects them; needs `search` and the exemption `pod-security` of `seldon-node-logs`."""
    image: ImageReference | None = None
    """Fluent Bit; that of the program when absent."""
    writer: LogWriter | None = None
    """User that writes; required when `search` is external, made by the platform when it is in the cluster."""


ApplicationLogs: TypeAlias = Annotated[NoApplicationLogs | FluentBit, Field(discriminator="kind")]
