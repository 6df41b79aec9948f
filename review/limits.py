"""What a review cannot see, said to its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from review.model import Change
    from review.reading.reading import Deployment, Preview

_ALWAYS = (
    "The engine tells nobody about ignore_changes, custom timeouts and aliases; of a secret it tells that it changes, "
    "not to what."
)


def limits(
    preview: Preview, deployment: Deployment | None, changes: Mapping[str, Change], *, new: bool, compared: bool
) -> Iterator[str]:
    """Yield a sentence for each thing that could not be looked at.

    `new` says that the whole stack is, `compared` that its settings before the change were given.
    """
    if new:
        yield "The stack is new: nothing stands that could be lost or weakened, so everything counts as created."
    if not preview.shows_sames:
        yield (
            "Resources that stay as they are were not told, so a lost retain_on_delete, provider or dependency of "
            "theirs is not seen; `pulumi preview --json --show-sames` tells them."
        )
    if not preview.shows_outputs:
        yield (
            "The stack's outputs after the change and what policies say are not in this form of the preview; "
            "the event log (--events) has them."
        )
    if not compared:
        yield "The stack file before the change was not given (--base-config), so new exemptions in it are not found."
    if deployment is None:
        yield (
            "No state was given (--state): what depends on a resource is known only as far as the preview told of it."
        )
    else:
        yield from _of_state(preview, deployment, changes)
    yield _ALWAYS


def _of_state(preview: Preview, deployment: Deployment, changes: Mapping[str, Change]) -> Iterator[str]:
    if deployment.left_to_delete:
        yield f"{len(deployment.left_to_delete)} resources of earlier replacements still wait to be deleted."
    if deployment.pending:
        yield f"An interrupted update was working on {len(deployment.pending)} resources: nobody knows how they are."
    moved = {change.previous_urn for change in changes.values()}
    unseen = [urn for urn in deployment.resources if urn not in changes and urn not in moved]
    failed = any(note.severity == "error" for note in preview.diagnostics)
    if failed and unseen:
        yield f"The preview failed before it came to {len(unseen)} of {len(deployment.resources)} resources."
