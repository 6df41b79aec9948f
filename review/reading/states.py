"""A resource's state as the engine writes it (`apitype.ResourceV3`, or the metadata of an event), made a Snapshot."""

from __future__ import annotations

from typing import Any, cast

from review.model import Snapshot
from review.reading.masking import masked_properties
from review.reading.validation import Model
from review.urns import provider_urn


class State(Model):
    """What of a state is of use; properties stay as they are written until they are masked."""

    urn: str
    type: str
    id: str | None = None
    custom: bool = False
    inputs: Any = None
    outputs: Any = None
    parent: str = ""
    provider: str = ""
    protect: bool = False
    retain_on_delete: bool = False
    external: bool = False
    delete: bool = False
    """Whether it is what a replacement left to be deleted."""
    dependencies: list[str] | None = None
    property_dependencies: dict[str, list[str] | None] | None = None
    deleted_with: str = ""

    def properties(self, which: str) -> dict[str, Any]:
        """Return the raw `inputs` or `outputs`."""
        found = self.inputs if which == "inputs" else self.outputs
        return cast("dict[str, Any]", found) if isinstance(found, dict) else {}

    def snapshot(self, *, outputs: bool) -> Snapshot:
        """Return it without secrets, and with or without its outputs."""
        return Snapshot(
            inputs=masked_properties(self.inputs, self.type),
            outputs=masked_properties(self.outputs, self.type) if outputs else {},
            id=self.id or None,
            custom=self.custom,
            protect=self.protect,
            retain_on_delete=self.retain_on_delete,
            parent=self.parent or None,
            provider=provider_urn(self.provider) if self.provider else None,
            dependencies=tuple(sorted(self.dependencies or ())),
            property_dependencies={
                name: tuple(sorted(urns)) for name, urns in (self.property_dependencies or {}).items() if urns
            },
            deleted_with=self.deleted_with or None,
            external=self.external,
        )
