"""Which config keys a stack file takes its secrets from, and whether they are there and secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from infra.settings.base import Model, is_mapping
from infra.settings.errors import Problem, nearest
from infra.settings.shape import fields_of
from infra.settings.types import SecretRef

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from infra.settings.shape import Path


def check_secrets(
    platform: Model, raw: Mapping[str, Any], *, secret_keys: Collection[str], plain_keys: Collection[str]
) -> Iterator[Problem]:
    """Yield references to keys that are missing or in plain text, and keys that nothing refers to.

    `secret_keys` and `plain_keys` are the project's config keys other than `platform`, without their prefix.
    """
    for path, key in references(platform):
        if key in plain_keys:
            yield Problem(
                path,
                f"plain-text secret: seldon-platform:{key} is in the clear; allowed: a value set with "
                f"`pulumi config set --secret {key}` (and a new one: this one was stored in the clear)",
            )
        elif key not in secret_keys:
            yield Problem(
                path,
                f"missing secret: seldon-platform:{key} is not set{nearest(key, secret_keys)}; "
                f"allowed: a value set with `pulumi config set --secret {key}`",
            )
    used = set(_mentioned(raw))
    for key in sorted({*secret_keys, *plain_keys} - used):
        yield Problem(
            (),
            f"not used by any field{nearest(key, used)}; "
            "allowed: platform, and keys that a {secret: <config key>} refers to",
            root=f"seldon-platform:{key}",
        )


def references(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield the path and the config key of every secret of a model."""
    if isinstance(value, SecretRef):
        if "secret" in value.__dict__:
            yield path, value.secret
    elif isinstance(value, Model):
        for name, key in zip(type(value).model_fields, fields_of(type(value)), strict=True):
            yield from references(value.__dict__.get(name), (*path, key))
    elif isinstance(value, tuple):
        for index, entry in enumerate(cast("tuple[object, ...]", value)):
            yield from references(entry, (*path, index))
    elif isinstance(value, dict):
        for key, entry in cast("dict[str, object]", value).items():
            yield from references(entry, (*path, key))


def _mentioned(raw: object) -> Iterator[str]:
    """Yield every key that stands where a secret is referred to, in valid and invalid parts alike."""
    if is_mapping(raw):
        for key, value in cast("Mapping[str, object]", raw).items():
            if key == "secret" and isinstance(value, str):
                yield value
            yield from _mentioned(value)
    elif isinstance(raw, list):
        for entry in cast("list[object]", raw):
            yield from _mentioned(entry)
