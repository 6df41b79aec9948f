"""The in-cluster Prometheus, and rules of usage that are given in place of the program's own."""

from dataclasses import replace
from typing import Annotated, TypeAlias

from pydantic import Field, StringConstraints

from infra.settings.base import Allowed, Model
from infra.sizes import PrometheusSize

RuleGroupName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._ -]{0,98}[A-Za-z0-9])?$"),
    Allowed("a name of at most 100 letters, digits, dots, dashes, underscores and spaces, such as usage"),
]
MetricName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_:][A-Za-z0-9_:]*$", max_length=255),
    Allowed("the name of a metric: letters, digits, underscores and colons, such as model_containers_average"),
]
Expression: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^\s*\S", max_length=10_000),
    Allowed("a PromQL expression of at most 10000 characters, such as sum by (namespace) (up)"),
]
Interval: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{0,3}[smh]$"),
    Allowed("a whole number of seconds, minutes or hours with its unit, such as 30s or 5m"),
]
LabelName: TypeAlias = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z]|_[A-Za-z0-9]|_$)[A-Za-z0-9_]*$", max_length=128),
    Allowed("the name of a label: letters, digits and underscores, not beginning with two of them, such as team"),
]


class RecordingRule(Model):
    """A series that Prometheus computes and keeps under a name of its own."""

    record: MetricName
    """Name of the series."""
    expr: Expression
    """What it is computed from; Prometheus itself is the one to read it."""
    labels: dict[LabelName, Annotated[str, StringConstraints(max_length=1024)]] = Field(default_factory=dict)
    """Labels to set on it."""


class RuleGroup(Model):
    """Rules that Prometheus evaluates one after the other."""

    name: RuleGroupName
    """Name of the group."""
    interval: Interval | None = None
    """How often it is evaluated; as often as Prometheus scrapes when absent."""
    rules: Annotated[tuple[RecordingRule, ...], Field(min_length=1)]
    """Its rules."""


class Monitoring(Model):
    """The in-cluster Prometheus; what is absent comes from the environment."""

    retention_days: Annotated[int, Field(ge=1, le=730)] | None = None
    """Days that metrics are kept."""
    storage_gi: Annotated[int, Field(ge=1, le=16_384)] | None = None
    """Volume per Prometheus replica, in GiB."""
    usage_rules: tuple[RuleGroup, ...] = ()
    """Rules of usage that Seldon gave you, in place of the program's own; those are used when empty."""

    def resolve(self, default: PrometheusSize) -> PrometheusSize:
        """Return the size with the environment's default where the stack file says nothing."""
        return replace(
            default,
            retention_days=default.retention_days if self.retention_days is None else self.retention_days,
            storage_gi=default.storage_gi if self.storage_gi is None else self.storage_gi,
        )
