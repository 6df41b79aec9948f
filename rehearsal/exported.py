"""Takes a state that was exported from a real stack as what stands, without a single secret of it.

What is secret in an export is ciphertext under a key that a rehearsal has not. In its place comes what the rehearsal of
the base revision has there, so that a program that leaves a secret as it is shows no change of it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from rehearsal.errors import RehearsalError
from rehearsal.marks import SECRET, SIGNATURE

if TYPE_CHECKING:
    from pathlib import Path

State: TypeAlias = "dict[str, Any]"

UNKNOWN: Final = "of-the-exported-state"
"""Stands for a secret that the rehearsal has nothing in the place of."""


def read_export(path: Path, stack: str) -> State:
    """Read what `pulumi stack export` printed.

    Raises:
        RehearsalError: it cannot be read, is no such thing, or is of another stack.

    """
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
        resources: list[State] = document["deployment"]["resources"]
        stacks = {resource["urn"].split("::")[0].rpartition(":")[2] for resource in resources}
    except OSError as error:
        raise RehearsalError(f"--state: {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RehearsalError(
            f"--state: {path}: is no state of a stack that stands; allowed: what `pulumi stack export` prints"
        ) from error
    if stacks != {stack}:
        found = ", ".join(sorted(stacks)) or "none"
        raise RehearsalError(f"--state: {path}: is of the stack {found}; allowed: one of {stack}")
    return cast("State", document)


def grafted(exported: State, rehearsed: State, *, salt: str) -> State:
    """Return the exported state with the secrets of a rehearsed one, which `stack import` takes.

    Args:
        exported: as `pulumi stack export` prints it.
        rehearsed: the same of the rehearsal, with `--show-secrets`: its secrets are placeholders.
        salt: `encryptionsalt` of the passphrase that the secrets are then encrypted with.

    """
    known: dict[str, State] = {each["urn"]: each for each in rehearsed["deployment"].get("resources", [])}
    resources = [_resource(each, known.get(each["urn"], {})) for each in exported["deployment"]["resources"]]
    return {
        "version": exported.get("version", 3),
        "deployment": {
            # Of operations that were cut short nobody knows the end: they are left out.
            **{key: value for key, value in exported["deployment"].items() if key != "pending_operations"},
            "secrets_providers": {"type": "passphrase", "state": {"salt": salt}},
            "resources": resources,
        },
    }


def _resource(exported: State, rehearsed: State) -> State:
    held = {key: _value(exported[key], rehearsed.get(key)) for key in ("inputs", "outputs") if key in exported}
    return {**exported, **held}


def _value(exported: object, rehearsed: object) -> object:
    if _is_secret(exported):
        return rehearsed if _is_secret(rehearsed) else _secret(UNKNOWN)
    if isinstance(exported, dict):
        known = cast("State", rehearsed) if isinstance(rehearsed, dict) else {}
        return {key: _value(value, known.get(key)) for key, value in cast("State", exported).items()}
    if isinstance(exported, list):
        items = cast("list[object]", rehearsed) if isinstance(rehearsed, list) else []
        given = cast("list[object]", exported)
        return [_value(value, items[index] if index < len(items) else None) for index, value in enumerate(given)]
    return exported


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and cast("State", value).get(SIGNATURE) == SECRET


def _secret(value: str) -> State:
    return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}
