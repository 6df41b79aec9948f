"""The images of a stack, each once: its upstream name, its name in the mirror, and where it is used."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from supply.collect import uses
from supply.errors import SupplyError
from supply.references import parse
from supply.scan import unexplained

if TYPE_CHECKING:
    from collections.abc import Sequence

    from supply.collect import Use
    from supply.hooks import Hook
    from supply.objects import StackObject
    from supply.scan import Unexplained


@dataclass(frozen=True, kw_only=True)
class Image:
    """One image, under the name that the cluster pulls it by."""

    name: str
    """As the stack has it: in the mirror, where there is one."""
    upstream: str | None
    """Full upstream reference to copy from; None where it is not known, or nobody but the customer has the image."""
    brought: bool
    """Whether the stack file itself names it in the mirror: the customer builds it and puts it there."""
    uses: tuple[Use, ...]

    @property
    def idle(self) -> bool:
        """Whether nothing of this stack pulls it."""
        return all(use.idle for use in self.uses)


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a stack pulls."""

    stack: str
    registry: str | None
    """Host and path of the mirror; None when images come from upstream."""
    images: tuple[Image, ...]
    unexplained: tuple[Unexplained, ...]
    hooks: tuple[Hook, ...] = ()
    """Images of chart hooks, which are never run."""

    @property
    def escapes(self) -> tuple[Image, ...]:
        """Images that do not come from the mirror although there is one."""
        return tuple(image for image in self.images if self.registry and not image.name.startswith(f"{self.registry}/"))

    @property
    def unauthorized(self) -> tuple[Use, ...]:
        """Uses whose pods get no pull secret although others do."""
        uses = [use for image in self.images for use in image.uses if not use.idle]
        if not any(use.pulls_with for use in uses):
            return ()
        return tuple(use for use in uses if not use.pulls_with)

    def document(self) -> dict[str, Any]:
        """Return the inventory as JSON has it, see docs/air-gapped.md."""
        return {
            "stack": self.stack,
            "registry": self.registry,
            "images": [
                {
                    "name": image.name,
                    "upstream": image.upstream,
                    "brought": image.brought,
                    "idle": image.idle,
                    "uses": [asdict(use) for use in image.uses],
                }
                for image in self.images
            ],
            "escapes": [image.name for image in self.escapes],
            "unauthorized": [f"{use.object}: {use.field}" for use in self.unauthorized],
            "unexplained": [asdict(strange) for strange in self.unexplained],
            "hooks": [asdict(hook) for hook in self.hooks],
        }


def inventory(
    objects: Sequence[StackObject],
    *,
    stack: str,
    registry: str | None,
    upstream: Sequence[StackObject] | None = None,
    hooks: Sequence[Hook] = (),
) -> Inventory:
    """List the images of a stack.

    `upstream` are the objects of the same stack without its mirror; without them, the upstream names of a stack with a
    mirror are not known.

    Raises:
        SupplyError: a text that should be an image is none, or `upstream` is of another stack.
    """
    found = uses(objects)
    names = _upstream_names(found, uses(upstream), registry) if upstream is not None and registry else {}
    by_name: defaultdict[str, list[Use]] = defaultdict(list)
    for use in found:
        by_name[use.image].append(use)
    images = [
        Image(
            name=name,
            upstream=names.get(name) if registry else str(parse(name)),
            brought=bool(names) and name not in names and name.startswith(f"{registry}/"),
            uses=tuple(group),
        )
        for name, group in sorted(by_name.items())
    ]
    strange = unexplained(objects, found, registry=registry)
    return Inventory(
        stack=stack, registry=registry, images=tuple(images), unexplained=tuple(strange), hooks=tuple(hooks)
    )


def _upstream_names(mirrored: Sequence[Use], upstream: Sequence[Use], registry: str) -> dict[str, str]:
    """Map each image that the mirror renames to its full upstream name; what the mirror leaves as it is has none.

    Raises:
        SupplyError: the two readings do not have the same uses, or an image does not become what the mirror calls it.
    """
    mirrored, upstream = (sorted(those, key=_place) for those in (mirrored, upstream))
    if [*map(_place, mirrored)] != [*map(_place, upstream)]:
        here, there = (Counter(f"{use.object} {use.field}" for use in those) for those in (mirrored, upstream))
        different = ", ".join(sorted({*(here - there), *(there - here)}))
        raise SupplyError(f"with and without the mirror the stack has different images, and must not: {different}")
    names: dict[str, str] = {}
    for use, origin in zip(mirrored, upstream, strict=True):
        if use.image == origin.image:
            continue
        reference = parse(origin.image)
        if use.image != reference.mirrored(registry):
            raise SupplyError(
                f"{use.object}: {use.field} is {use.image}; expected {reference.mirrored(registry)}, which is what the "
                f"mirror calls {reference}"
            )
        if names.setdefault(use.image, str(reference)) != str(reference):
            raise SupplyError(f"{names[use.image]} and {reference} are both {use.image} in the mirror: it can hold one")
    return names


def _place(use: Use) -> tuple[str, str]:
    return use.object_id, use.field
