"""Who may do what in Kafka: a user for each runtime, which sees its own topics only, and readers for request logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from components.variables import from_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

TOPIC_OPERATIONS = ("Create", "Delete", "Describe", "DescribeConfigs", "Read", "Write")
"""Core 2 makes topics, and deletes those of a model or pipeline that asks for it."""


@dataclass(frozen=True, kw_only=True)
class LogReader:
    """A client that reads what all runtimes write, such as the request logger."""

    namespace: str
    group: str
    """Its consumer group."""


def _rule(
    kind: Literal["topic", "group"], name: str, pattern: Literal["prefix", "literal"], operations: Sequence[str]
) -> dict[str, Any]:
    return {
        "type": "allow",
        "resource": {"type": kind, "name": name, "patternType": pattern},
        "operations": list(operations),
    }


def runtime_rules(namespace: str, topic_prefix: str) -> list[dict[str, Any]]:
    """What the gateways and the dataflow engine of one runtime do (Core 2 v2.10.2).

    Topics begin with `<prefix>.<namespace>.` (scheduler/pkg/kafka/topics.go), groups with `<namespace>-seldon-`
    (scheduler/pkg/util/hash.go; scheduler/data-flow, kafka/Configuration.kt), and Kafka Streams names its own topics
    after its group. Delivery is at least once, so there are no transactions.
    """
    return [
        _rule("topic", f"{topic_prefix}.{namespace}.", "prefix", TOPIC_OPERATIONS),
        _rule("topic", f"{namespace}-seldon-dataflow-", "prefix", TOPIC_OPERATIONS),
        _rule("group", f"{namespace}-seldon-", "prefix", ("Describe", "Read")),
    ]


def reader_rules(reader: LogReader, topic_prefix: str) -> list[dict[str, Any]]:
    """What a reader does: it looks, and remembers how far it has come."""
    return [
        _rule("topic", f"{topic_prefix}.", "prefix", ("Describe", "Read")),
        _rule("group", reader.group, "literal", ("Describe", "Read")),
    ]


def password_secret(user: str) -> str:
    """Name of the Secret beside Kafka that the operator takes a user's password from."""
    return f"{user}-password"


def user_spec(
    user: str, rules: Sequence[dict[str, Any]], *, authentication: Literal["scram", "mtls"]
) -> dict[str, Any]:
    """Spec of a KafkaUser. With certificates the operator makes none: the user is known by its common name."""
    who: dict[str, Any] = {"type": "tls-external"}
    if authentication == "scram":
        reference = from_secret(password_secret(user), "password")
        who = {"type": "scram-sha-512", "password": {"valueFrom": reference}}
    return {"authentication": who, "authorization": {"type": "simple", "acls": list(rules)}}


def check_names(namespaces: Sequence[str]) -> None:
    """Refuse names by which one runtime could read as a group or a topic of another.

    Raises:
        ValueError: a namespace begins with another one and `-seldon-`, as the groups of that one do.
    """
    for one in namespaces:
        for other in namespaces:
            if other.startswith(f"{one}-seldon-"):
                raise ValueError(f"runtime {other}: its name begins like the Kafka groups of runtime {one}")
