"""Every reference of an image in the objects of a stack. Pure: objects in, uses out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import yaml

from supply.errors import SupplyError
from supply.objects import leaves, nodes
from supply.rules import OPERATORS, PULL_SECRETS, RULES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from supply.objects import StackObject
    from supply.rules import Rule, Where

DEFINITIONS = "apiextensions.k8s.io/CustomResourceDefinition"
"""Objects that describe fields, and so hold no image."""
GIVEN_LATER = "auto"
"""What stands in a gateway's pod for the image that Istio's injector puts there."""
ROLES = {"containers": "container", "initContainers": "init container", "ephemeralContainers": "ephemeral container"}
_CONTAINER = re.compile(rf"(?P<pod>.*?)\.?\b(?P<list>{'|'.join(ROLES)})\[(?P<name>[^\[\]]*)\]\.image")
_VOLUME = re.compile(r"(?P<pod>.*?)\.?\bvolumes\[(?P<name>[^\[\]]*)\]\.image\.reference")


@dataclass(frozen=True, kw_only=True)
class Use:
    """One place where an image stands, and what becomes of it."""

    image: str
    """As it is written there."""
    object_id: str
    object: str
    """Kind, namespace and name."""
    field: str
    role: str
    """`container`, `init container`, `ephemeral container`, `volume`, or `later` for pods that an operator makes."""
    container: str | None
    """Name of the container or volume; None when an operator names it."""
    runs: str
    """Who makes the pods."""
    chart: str | None
    """Chart and version; None when the program itself makes the object."""
    idle: str | None = None
    """Why nothing pulls it, in words; None when something does."""
    pulls_with: str | None = None
    """What gives the pods the pull secret; None when nothing does."""


@dataclass(frozen=True)
class Collector:
    """The objects of one stack."""

    objects: Sequence[StackObject]

    def uses(self) -> Iterator[Use]:
        """Yield every use, in the order of the objects."""
        for item in self.objects:
            if item.kind == DEFINITIONS:
                continue
            rules = [rule for rule in RULES if _is_at(rule.at, item)]
            for path, text in leaves(item.body):
                if use := self._in_pod(item, path, text):
                    yield use
                for rule in rules:
                    if _is_in(rule.at, path, text):
                        for image in _read(rule, item, path, text):
                            yield self._by_operator(rule, item, path, image)

    def _in_pod(self, item: StackObject, path: str, text: str) -> Use | None:
        found = _CONTAINER.fullmatch(path) or _VOLUME.fullmatch(path)
        if found is None or text == GIVEN_LATER:
            return None
        pod = cast("Mapping[str, Any]", dict(nodes(item.body)).get(found["pod"], item.body))
        group = item.kind.partition("/")[0]
        return Use(
            image=text,
            object_id=item.id,
            object=item.title,
            field=path,
            role=ROLES.get(found.groupdict().get("list", ""), "volume"),
            container=found["name"],
            runs=OPERATORS.get(group, group if "." in group else "Kubernetes"),
            chart=item.chart,
            pulls_with=self._pod_pulls_with(item, pod),
        )

    def _pod_pulls_with(self, item: StackObject, pod: Mapping[str, Any]) -> str | None:
        if _named(pod):
            return "the pod"
        account = str(pod.get("serviceAccountName") or "default")
        body = self._accounts.get((item.namespace, account), {})
        return f"service account {account}" if _named(body) else None

    def _by_operator(self, rule: Rule, item: StackObject, path: str, image: str) -> Use:
        needed = [other for other in self.objects if rule.needs and _has(rule.needs, other)]
        return Use(
            image=image,
            object_id=item.id,
            object=item.title,
            field=path,
            role="later",
            container=None,
            runs=rule.operator,
            chart=item.chart,
            idle=_told(rule.needs) if rule.needs and not needed else None,
            pulls_with=_operator_pulls_with(rule, item, needed),
        )

    @cached_property
    def _accounts(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        return {(item.namespace, item.name): item.body for item in self.objects if item.kind == "/ServiceAccount"}


def _read(rule: Rule, item: StackObject, path: str, text: str) -> list[str]:
    try:
        return [*rule.read(text)]
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise SupplyError(f"{item.title}: {path} is not as {rule.operator} reads it: {error!r}") from None


def _operator_pulls_with(rule: Rule, item: StackObject, needed: Sequence[StackObject]) -> str | None:
    """Say what gives the pods of an operator the pull secret: that of its own pod is not theirs."""
    givers = needed if rule.needs and not rule.pull else [item]
    given = bool(givers) and all(_has(rule.pull or PULL_SECRETS, giver) for giver in givers)
    return f"{givers[0].body['kind']} {givers[0].name}" if given else None


def _is_at(where: Where, item: StackObject) -> bool:
    return bool(re.fullmatch(where.kind, item.kind) and re.fullmatch(where.name, item.name))


def _is_in(where: Where, path: str, value: object) -> bool:
    told = not where.text or (isinstance(value, str) and re.search(where.text, value))
    return bool(told and re.fullmatch(where.field, path))


def _has(where: Where, item: StackObject) -> bool:
    return _is_at(where, item) and any(_is_in(where, path, value) for path, value in nodes(item.body))


def _named(holder: Mapping[str, Any]) -> bool:
    secrets = cast("Sequence[Mapping[str, Any]]", holder.get("imagePullSecrets") or ())
    return any(secret.get("name") for secret in secrets)


def _told(where: Where) -> str:
    if where.told:
        return f"idle, as there is no {where.told}"
    kind = where.kind.rpartition("/")[2].replace(".*", "").strip("()").replace("|", " or ")
    name = "" if where.name == ".*" else f" {where.name}"
    asked = "" if where.field == ".+" else f" with {where.field.replace(chr(92), '')}"
    return f"idle, as there is no {kind}{name}{asked}"


def uses(objects: Sequence[StackObject]) -> list[Use]:
    """Return every use of an image in the objects of a stack, in their order.

    What needs no pull secret because the stack has none reads like what is missing one: `pulls_with` is None for both.

    Raises:
        SupplyError: a text that an operator reads is not as it should be.
    """
    return [*Collector(objects).uses()]
