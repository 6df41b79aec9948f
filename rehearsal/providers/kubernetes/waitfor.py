"""The annotation `pulumi.com/waitFor`: what to wait for instead of what is built in.

One expression or a JSON list of them, all of which must hold:
`condition=<Type>[=<Status>]` as `kubectl wait` has it (Status is True when left out), or `jsonpath=<path>[=<value>]`,
where the path is `{.status.phase}`, may index lists (`[0]`, `[*]`, `[?(@.type=="Ready")]`) and quote keys (`['a.b']`).
"""

import json
import re
from dataclasses import dataclass
from typing import Final, cast

from .objects import dig, items
from .values import Json, KubeObject

_STEP: Final = re.compile(
    r"""\.?(?P<key>[\w-]+)                                                 # .status
      | \[(?P<quote>['"])(?P<quoted>.*?)(?P=quote)\]                       # ['a.b']
      | \[(?P<index>\d+)\]                                                 # [0]
      | \.?(?:\[(?P<all>\*)\])                                             # [*]
      | \[\?\(?@\.(?P<field>[\w.-]+)\s*==\s*['"](?P<value>[^'"]*)['"]\)?\] # [?(@.type=="Ready")]
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """One expression, ready to be held against an object."""

    text: str
    steps: tuple[re.Match[str], ...] = ()
    condition: str = ""
    wanted: str | None = None

    def holds(self, obj: KubeObject) -> bool:
        """Say whether the object is as expected and its controller has seen its latest generation."""
        observed = dig(obj, "status", "observedGeneration")
        if isinstance(observed, int) and observed < int(dig(obj, "metadata", "generation") or 0):
            return False
        if self.condition:
            return any(
                item.get("type") == self.condition and str(item.get("status")).lower() == str(self.wanted).lower()
                for item in items(obj, "status", "conditions")
            )
        found = _follow(obj, self.steps)
        return bool(found) if self.wanted is None else any(_text(value) == self.wanted for value in found)


def parse_wait_for(annotation: str) -> tuple[Expectation, ...]:
    """Return the expectations in an annotation's text.

    Raises ValueError naming the expression that is neither of the two forms.
    """
    try:
        decoded = json.loads(annotation)
    except ValueError:
        decoded = annotation
    expressions = cast(list[Json], decoded) if isinstance(decoded, list) else [annotation]
    if not expressions:
        msg = "pulumi.com/waitFor is an empty list; give at least one expression"
        raise ValueError(msg)
    return tuple(_expectation(str(expression)) for expression in expressions)


def _expectation(text: str) -> Expectation:
    form, _, rest = text.partition("=")
    if form == "condition" and rest:
        condition, _, status = rest.partition("=")
        return Expectation(text=text, condition=condition, wanted=status or "True")
    if form == "jsonpath" and rest:
        path, wanted = _split_value(rest)
        return Expectation(text=text, steps=_parse_path(path, text), wanted=wanted)
    msg = f'pulumi.com/waitFor: expected a "jsonpath=" or "condition=" prefix, got {text!r}'
    raise ValueError(msg)


def _split_value(rest: str) -> tuple[str, str | None]:
    if rest.startswith("{"):
        path, closed, after = rest[1:].rpartition("}")
        if closed:
            return path, after[1:].strip("'\"") if after.startswith("=") else None
    path, equals, wanted = rest.partition("=")
    return path, wanted.strip("'\"") if equals else None


def _parse_path(path: str, text: str) -> tuple[re.Match[str], ...]:
    steps: list[re.Match[str]] = []
    position = len(path) - len(path.removeprefix("$"))
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            msg = f"pulumi.com/waitFor: cannot read the path in {text!r} from {path[position:]!r} on"
            raise ValueError(msg)
        steps.append(match)
        position = match.end()
    if not steps:
        msg = f"pulumi.com/waitFor: there is no path in {text!r}"
        raise ValueError(msg)
    return tuple(steps)


def _follow(value: Json, steps: tuple[re.Match[str], ...]) -> list[Json]:
    found: list[Json] = [value]
    for step in steps:
        found = [inner for outer in found for inner in _step(outer, step)]
    return found


def _step(value: Json, step: re.Match[str]) -> list[Json]:
    key = step["key"] or step["quoted"]
    if key is not None:
        return [value[key]] if isinstance(value, dict) and key in value else []
    if not isinstance(value, list):
        return []
    if step["index"] is not None:
        return value[int(step["index"]) :][:1]
    if step["all"]:
        return value
    return [item for item in value if _text(dig(item, *step["field"].split("."))) == step["value"]]


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)
