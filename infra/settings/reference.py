"""The settings reference, docs/settings.md, made from the models."""

from __future__ import annotations

import json
from dataclasses import asdict
from inspect import cleandoc
from typing import TYPE_CHECKING, cast, get_args

from infra.settings.base import Model, is_mapping
from infra.settings.platform import Platform
from infra.settings.shape import Shape, fields_of, kind_of, one_of, shape_of_field
from infra.settings.types import SecretRef
from infra.sizes import Environment, minimums_for, sizes_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic.fields import FieldInfo

_INTRODUCTION = """\
# Stack settings

One file per environment, `stacks/Pulumi.<stack>.yaml`, holds one object, `seldon-platform:platform`. This page lists
every field of it; it is generated from the models (`python -m infra.settings.schema`), and so is
`stacks/platform.schema.json`, with which an editor checks the file as you type. `stacks/Pulumi.local.yaml` is a small
example, `stacks/Pulumi.initech-onprem.yaml` one of production size.

- **Everything is checked before anything changes.** A bad file gives all its problems at once, each with its path, what
  was given and what is allowed. Nothing is registered then.
- **A secret is never written into the object.** A field that takes one holds `{secret: <config key>}`, and the value is
  set with `pulumi config set --secret <config key> -s <stack>`. A plain-text value, a key that is not set and a key
  that no field uses are errors.
- **`environment` sets sizes, replicas and retention, never security.** A security default is switched off for one named
  resource, for a reason and until a date, under `exemptions`.
- YAML types count: write versions and dates in quotes (`version: "1.33"`, `expires: "2027-03-31"`), numbers and
  `true`/`false` without.
- The kubeconfig comes from `$KUBECONFIG`, never from this file; `cluster.context` must be one of its contexts.
"""


def reference() -> str:
    """Return the page: one table per mapping, top down, alternatives of a union one after the other."""
    fields = _sections("platform", Shape(models=(Platform,)), {})
    return "\n".join([_INTRODUCTION, *fields, *_sizes()]).rstrip() + "\n"


def _sections(path: str, shape: Shape, seen: dict[type[Model], str]) -> Iterator[str]:
    if shape.item:
        yield from _sections(f"{path}[]", shape.item, seen)
    if shape.values:
        yield from _sections(f"{path}.<name>", shape.values, seen)
    for model in shape.models:
        if model is SecretRef:
            continue
        title = f"`{path}`" + (f", kind {kind_of(model)}" if shape.kinds else "")
        if model in seen:
            yield f"## {title}\n\nAs {seen[model]}.\n"
            continue
        seen[model] = title
        yield f"## {title}\n\n{cleandoc(model.__doc__ or '')}\n"
        yield "| key | allowed | default | meaning |\n|---|---|---|---|"
        yield from (_row(key, field) for key, field in fields_of(model).items())
        yield ""
        for key, field in fields_of(model).items():
            yield from _sections(f"{path}.{key}", shape_of_field(field), seen)


def _sizes() -> Iterator[str]:
    """Show what each environment stands for; one row per part of the platform."""
    environments: tuple[Environment, ...] = get_args(Environment)
    yield "## Sizes by environment\n"
    yield "What a part gets where the stack file says nothing, and the least it may ask for. Pods are written as their"
    yield "number x what each asks for; `gi` is GiB.\n"
    yield "| part | " + " | ".join(environments) + " |\n|---" + "|---" * len(environments) + "|"
    tables = [
        {**_leaves(asdict(sizes_for(name))), **_leaves(asdict(minimums_for(name)), "minimum ")} for name in environments
    ]
    for part in tables[0]:
        yield f"| {part} | " + " | ".join(str(table[part]) for table in tables) + " |"


def _leaves(sizes: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    leaves: dict[str, object] = {}
    for name, value in sizes.items():
        words = prefix + name.replace("_", " ")
        inner = cast("Mapping[str, object]", value if is_mapping(value) else {})
        if "replicas" in inner:
            leaves[words.removesuffix(" workload")] = _pods(inner)
        else:
            leaves |= _leaves(inner, f"{words} ") if inner else {words: value}
    return leaves


def _pods(size: Mapping[str, object]) -> str:
    cpu = cast("int", size["cpu_milli"]) / 1000
    memory = f"{size['memory_gi']} GiB" if "memory_gi" in size else f"{size['memory_mi']} MiB"
    return f"{size['replicas']} x {cpu:g} CPU, {memory}"


def _row(key: str, field: FieldInfo) -> str:
    cells = (f"`{key}`", _allowed(shape_of_field(field)), _default(field), field.description or "")
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _allowed(shape: Shape) -> str:
    if shape.literals:
        text = one_of(f"`{literal}`" for literal in shape.literals)
    elif shape.item:
        text = f"list of: {_allowed(shape.item)}"
    elif shape.keys and shape.values:
        text = f"mapping; each key {_allowed(shape.keys)}; each value {_allowed(shape.values)}"
    elif shape.kinds:
        text = "mapping, kind " + one_of(f"`{kind}`" for kind in shape.kinds)
    elif shape.models:
        text = "`{secret: <config key>}`" if shape.models[0] is SecretRef else "mapping"
    else:
        text = shape.allowed.replace("<", "\\<")
    return text + (" or `null`" if shape.nullable else "")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    default = cast("object", field.get_default(call_default_factory=True, validated_data={}))
    return f"`{_written(default)}`"


def _written(default: object) -> str:
    if not isinstance(default, Model):
        return json.dumps([] if default == () else default)
    values = cast("dict[str, object]", default.__dict__).values()
    given = {key: value for key, value in zip(fields_of(type(default)), values, strict=True) if value is not None}
    inner = ", ".join(f"{key}: {value if isinstance(value, str) else _written(value)}" for key, value in given.items())
    return "{" + inner + "}"
