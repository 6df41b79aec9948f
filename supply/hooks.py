"""The images of chart hooks. Pulumi's chart resource leaves hooks out, so nothing pulls them: they are told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import yaml

from supply.collect import uses
from supply.errors import SupplyError
from supply.helm import run_helm
from supply.objects import StackObject, branch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

REASON = "Pulumi's chart resource leaves hooks out (pulumi/pulumi-kubernetes#3284)"
_ANNOTATION, _TEST = "helm.sh/hook", "test"


@dataclass(frozen=True, kw_only=True)
class Hook:
    """An image of a hook, with the defaults of its chart: the values of a stack may well have switched it off."""

    image: str
    chart: str
    object: str
    event: str
    """When Helm would run it, such as `post-install`."""
    reason: str = REASON


def hook_images(charts: Mapping[str, Path], *, helm: Path) -> list[Hook]:
    """Return the images of the hooks of charts (name to archive or directory), tests left out.

    Raises:
        SupplyError: helm cannot be run, or refuses a chart with its own defaults.
    """
    return [hook for name, path in sorted(charts.items()) for hook in _of_chart(name, path, helm)]


def _of_chart(name: str, path: Path, helm: Path) -> Iterator[Hook]:
    for document in _rendered(name, path, helm):
        event = str(branch(document, "metadata", "annotations").get(_ANNOTATION, ""))
        if event and not event.startswith(_TEST):
            for use in uses([StackObject(id=name, body=document)]):
                yield Hook(image=use.image, chart=name, object=use.object, event=event)


def _rendered(name: str, path: Path, helm: Path) -> list[dict[str, Any]]:
    done = run_helm(helm, "template", name, str(path))
    if done.returncode:
        raise SupplyError(f"chart {name} cannot be rendered with its own defaults: {done.stderr.strip()}")
    documents = cast("list[dict[str, Any] | None]", list(yaml.safe_load_all(done.stdout)))
    return [document for document in documents if document]
