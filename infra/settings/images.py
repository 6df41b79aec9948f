"""Where charts and container images come from."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from infra.settings.base import Model
from infra.settings.types import DirectoryPath, Registry, SecretRef, Username


class UpstreamCharts(Model):
    """Each chart from the repository that publishes it."""

    kind: Literal["upstream"] = "upstream"
    """Where charts come from."""


class DirectoryCharts(Model):
    """Every chart from one directory: `<name>-<version>.tgz` or `<name>/`."""

    kind: Literal["directory"]
    """Where charts come from."""
    path: DirectoryPath
    """The directory."""


class OciCharts(Model):
    """Every chart from one OCI registry, under its upstream name and version."""

    kind: Literal["oci"]
    """Where charts come from."""
    registry: Registry
    """Registry host and path."""


ChartSource: TypeAlias = Annotated[UpstreamCharts | DirectoryCharts | OciCharts, Field(discriminator="kind")]


class Charts(Model):
    """Helm charts; their versions are pinned in the program, not here."""

    source: ChartSource = UpstreamCharts()
    """Where charts come from."""


class PullSecret(Model):
    """Credentials for the image registry."""

    username: Username
    """User that may pull."""
    password: SecretRef
    """Password or token of that user."""


class Images(Model):
    """Container images."""

    registry: Registry | None = None
    """Every image of every chart is taken from here, with its upstream path below it; from upstream when absent."""
    pull_secret: PullSecret | None = None
    """Credentials for that registry, put into every namespace; only with `registry`."""
