"""The Kubernetes objects of a stack, read from what the engine says of them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from rehearsal.marks import SIGNATURE
from supply.errors import SupplyError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Tree = dict[str, Any]

_CHART = "kubernetes:helm.sh/v4:Chart::"
_CHART_LABELS = ("helm.sh/chart", "chart")
"""Labels in which charts name themselves, with their version."""
_HIDDEN = "[secret]"
"""What a preview shows in the place of a secret."""
_FLAG = re.compile(r"--?[A-Za-z][\w-]*")


@dataclass(frozen=True, kw_only=True)
class StackObject:
    """One Kubernetes object."""

    id: str
    """The same in two readings of one stack: its URN, where an engine gave it one."""
    body: Mapping[str, Any]
    chart: str | None = None
    """`<name>-<version>`, or the name of the chart's resource when it does not say; None when the program made it."""

    @property
    def kind(self) -> str:
        """`<group>/<kind>`; the group of the core is empty."""
        return f"{str(self.body['apiVersion']).rpartition('/')[0]}/{self.body['kind']}"

    @property
    def namespace(self) -> str:
        """Empty for an object without one."""
        return str(branch(self.body, "metadata").get("namespace") or "")

    @property
    def name(self) -> str:
        """Name in the cluster; empty when a generated one is not known yet."""
        return str(branch(self.body, "metadata").get("name") or "")

    @property
    def title(self) -> str:
        """Kind, namespace and name, for people."""
        return (
            f"{self.body['kind']} {self.namespace}/{self.name}"
            if self.namespace
            else f"{self.body['kind']} {self.name}"
        )


def branch(tree: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Follow keys down a tree of objects; empty where there is none."""
    for key in keys:
        below = tree.get(key)
        tree = cast("Tree", below) if isinstance(below, dict) else {}
    return tree


def nodes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 (any JSON value)
    """Yield path and value of everything in a tree.

    An element of a list is known by its `name` if it has one, the value of a flag by its flag, and else by position:
    `spec.template.spec.containers[operator].args[--solver-image]`.
    """
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, below in cast("Tree", value).items():
            yield from nodes(below, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        elements = cast("list[Any]", value)
        for index, below in enumerate(elements):
            name, text = _element(elements, index)
            yield from nodes(below if text is None else text, f"{path}[{name}]")


def leaves(value: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 (any JSON value)
    """Yield path and text of every string in a tree, see `nodes`."""
    return ((path, text) for path, text in nodes(value) if isinstance(text, str))


def _element(elements: Sequence[Any], index: int) -> tuple[str, str | None]:
    """Name an element of a list; a flag's value takes the flag for its name."""
    element = elements[index]
    if isinstance(element, dict):
        name = cast("Tree", element).get("name")
        return (name if isinstance(name, str) else str(index)), None
    if isinstance(element, str):
        flag, equals, text = element.partition("=")
        if equals and _FLAG.fullmatch(flag):
            return flag, text
        before = elements[index - 1] if index else None
        if isinstance(before, str) and _FLAG.fullmatch(before) and not element.startswith("-"):
            return before, element
    return str(index), None


def read_objects(text: str, *, name: str) -> list[StackObject]:
    """Read what `pulumi preview --json` or `pulumi stack export` printed.

    Raises:
        SupplyError: it is neither, or holds no Kubernetes object; `name` says in it what was read.
    """
    resources = [resource for resource in _resources(text, name) if _is_object(resource)]
    if not resources:
        raise SupplyError(
            f"{name}: holds no Kubernetes object; a preview must show everything, so run it with --show-sames"
        )
    charts = _charts(resources)
    return [
        StackObject(id=resource["urn"], body=_shown(resource["inputs"]), chart=charts.get(_chart_of(resource)))
        for resource in resources
    ]


def _resources(text: str, name: str) -> list[Tree]:
    try:
        document = json.loads(text)
        if "steps" in document:
            steps = cast("list[Tree]", document["steps"])
            return [cast("Tree", step["newState"]) for step in steps if step.get("newState")]
        return cast("list[Tree]", document["deployment"]["resources"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SupplyError(
            f"{name}: is not the output of `pulumi preview --json --show-sames` or `pulumi stack export`"
        ) from None


def _shown(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    """Take the marks of secrets out: what is encrypted is no text to look for images in."""
    if isinstance(value, dict):
        entries = cast("Tree", value)
        if SIGNATURE in entries:
            return json.loads(entries["plaintext"]) if "plaintext" in entries else _HIDDEN
        return {key: _shown(below) for key, below in entries.items()}
    return [_shown(below) for below in cast("list[Any]", value)] if isinstance(value, list) else value


def _is_object(resource: Tree) -> bool:
    inputs = cast("Tree", resource.get("inputs") or {})
    is_kubernetes = str(resource.get("type", "")).startswith("kubernetes:")
    return is_kubernetes and isinstance(inputs.get("apiVersion"), str) and isinstance(inputs.get("kind"), str)


def _chart_of(resource: Tree) -> str:
    """Return the URN of the chart that an object is a child of; empty when it is none's."""
    parent = str(resource.get("parent") or "")
    return parent if _CHART in parent else ""


def _charts(resources: Sequence[Tree]) -> dict[str, str]:
    """Name each chart, by its URN: as most of its objects do, since a chart may bring others, else as its resource."""
    labels: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for resource in resources:
        urn = _chart_of(resource)
        found = branch(resource["inputs"], "metadata", "labels")
        labels[urn].update([found[key] for key in _CHART_LABELS if isinstance(found.get(key), str)][:1])
    labels.pop("", None)
    return {urn: next(iter(own.most_common(1)), (urn.rpartition("::")[2],))[0] for urn, own in labels.items()}
