"""What differs between two versions of an object's inputs, and what in a living object has drifted from them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from .immutable import Path as Pattern
from .values import Json, Unknown

Path: TypeAlias = tuple[str | int, ...]

_PLAIN_KEY: Final = re.compile(r"[A-Za-z_$][\w$-]*")


class ChangeKind(Enum):
    """How a field differs."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One field that differs: where, how, and the two values (None on the side that does not have it)."""

    path: Path
    kind: ChangeKind
    old: Json = None
    new: Json = None

    def touches(self, pattern: Pattern) -> bool:
        """Say whether the field that `pattern` names differs: at it, below it, or as what holds it came or went."""
        for step, wanted in zip(self.path, pattern, strict=False):
            if wanted not in ("*", step):
                return False
        rest = pattern[len(self.path) :]
        return _has(self.old, rest) or _has(self.new, rest) if rest else True


def _has(value: Json, pattern: Pattern) -> bool:
    if isinstance(value, Unknown):
        return True
    if not pattern:
        return value is not None
    head, *rest = pattern
    if head == "*":
        return isinstance(value, list) and any(_has(item, tuple(rest)) for item in value)
    return isinstance(value, dict) and head in value and _has(value[head], tuple(rest))


def changes(old: Json, new: Json, path: Path = ()) -> Iterator[Change]:
    """Yield every field that differs, as deep as both sides have it. An unknown always differs."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in [*old, *(key for key in new if key not in old)]:
            here = (*path, key)
            if key not in new:
                yield Change(path=here, kind=ChangeKind.DELETE, old=old[key])
            elif key not in old:
                yield Change(path=here, kind=ChangeKind.ADD, new=new[key])
            else:
                yield from changes(old[key], new[key], here)
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            here = (*path, index)
            if index >= len(new):
                yield Change(path=here, kind=ChangeKind.DELETE, old=old[index])
            elif index >= len(old):
                yield Change(path=here, kind=ChangeKind.ADD, new=new[index])
            else:
                yield from changes(old[index], new[index], here)
    elif isinstance(old, bool) != isinstance(new, bool) or old != new:
        yield Change(path=path, kind=ChangeKind.UPDATE, old=old, new=new)


def dotted(path: Path) -> str:
    """Return a path as the engine writes it: `spec.containers[0].image`, `metadata.labels["example.com/tier"]`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            quoted = step.replace("\\", "\\\\").replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


_STEP: Final = re.compile(r'\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def parse_path(text: str) -> Path:
    """Return the path that `dotted` would write as `text`.

    Raises ValueError when `text` is not such a path.
    """
    steps: list[str | int] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None:
            msg = f"not a property path: {text!r}"
            raise ValueError(msg)
        key, index, quoted = match.groups()
        steps.append(key if key is not None else int(index) if index is not None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return tuple(steps)


_ABSENT: Final = object()


def drifted(inputs: Json, recorded: Json, live: Json) -> Json:
    """Return `inputs` with what has changed on the living object since it was recorded.

    Inputs are compared with the object through the object as it was right after it was applied (`recorded`): where that
    equals `live`, nothing has drifted, however differently the server writes the value (`1000m` as `1`).
    Fields that the inputs do not have are the server's or somebody else's and are left alone.
    """
    if live == recorded:
        return inputs
    if isinstance(inputs, dict) and isinstance(live, dict):
        before = recorded if isinstance(recorded, dict) else {}
        result: dict[str, Json] = {}
        for key, value in inputs.items():
            if key in live:
                result[key] = drifted(value, before.get(key, _ABSENT), live[key])
            elif key not in before:
                result[key] = value
        return result
    if isinstance(inputs, list) and isinstance(live, list) and isinstance(recorded, list):
        if len(recorded) == len(inputs):
            kept = [drifted(*triple) for triple in zip(inputs, recorded, live, strict=False)]
            return [*kept, *live[len(inputs) :]]
        return live
    return live
