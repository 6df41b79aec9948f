"""What the API server's refusals mean, and how they are told to the user."""

from typing import Final

from .api import ApiError
from .objects import ObjectId, items

HTTP_FORBIDDEN: Final = 403
HTTP_NOT_FOUND: Final = 404
HTTP_CONFLICT: Final = 409
_HTTP_BUSY: Final = (429, 503, 504)

_NOT_YET: Final = ("error looking up service account", "no PriorityClass with name", "RuntimeClass")
"""Admission's words for an object that refers to another one which the same run may be about to make."""
_GUIDE: Final = (
    "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/"
    "#handle-field-conflicts-on-existing-resources"
)


class LifecycleError(Exception):
    """An operation that did not take place, with a message for the user."""


def waits_for_another(error: ApiError) -> bool:
    """Say whether an object is refused only because one that it refers to is not there (yet)."""
    return error.status == HTTP_FORBIDDEN and any(text in str(error) for text in _NOT_YET)


def may_pass(error: ApiError) -> bool:
    """Say whether the same request may well succeed a moment later."""
    if error.status == HTTP_CONFLICT:
        return not _is_field_conflict(error)
    return error.status == HTTP_NOT_FOUND or error.status in _HTTP_BUSY or waits_for_another(error)


def refused(identity: ObjectId, manager: str, error: ApiError) -> LifecycleError:
    """Return the error for an object that the API server refuses; a field conflict in upstream's words."""
    if not _is_field_conflict(error):
        return LifecycleError(f"{identity} was refused by the Kubernetes API server: {error}")
    return LifecycleError(
        f"{identity}: server-side apply field conflict detected, see {_GUIDE} for troubleshooting help\n"
        f"The resource managed by field manager {manager!r} had an apply conflict: {error}\n"
        'To take these fields over, set the annotation pulumi.com/patchForce: "true" on the resource; '
        "to leave them to their manager, take them out of the program."
    )


def already_exists(identity: ObjectId) -> LifecycleError:
    """Return the error for an object that is to be created and is there already."""
    return LifecycleError(
        f"{identity} already exists in the cluster. This can happen when:\n"
        "  - a Pulumi resource is renamed: give it an alias, or use deleteBeforeReplace if it is being replaced;\n"
        "  - two resources of the program have the same kind, namespace and name;\n"
        "  - the object was made by somebody else: use `pulumi import`, or set upsertExistingObjects on the provider."
    )


def going_away(identity: ObjectId) -> LifecycleError:
    """Return the error for an object that is to be created while its predecessor is still being deleted."""
    return LifecycleError(f"{identity} already exists and is being deleted: run again once it is gone")


def _is_field_conflict(error: ApiError) -> bool:
    causes = items(error.details, "causes")
    return error.status == HTTP_CONFLICT and any(cause.get("reason") == "FieldManagerConflict" for cause in causes)
