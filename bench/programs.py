"""The Pulumi projects that are measured besides the platform's own."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, cast

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

SECRET_SIGNATURE = ("4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270")
"""Marks a secret in exported state (pulumi/pulumi, sdk/go/common/resource/sig)."""

EMPTY_PROGRAM = '"""A program that registers nothing."""\n'

FLAT_PROGRAM = '''"""Registers the resources of resources.json, one after the other and without components."""

import json
import os
from pathlib import Path

import pulumi


def value(given):
    """Return an input as the program gives it: what is secret in the state is a secret."""
    if isinstance(given, dict):
        if "$secret" in given:
            return pulumi.Output.secret(given["$secret"])
        return {key: value(entry) for key, entry in given.items()}
    return [value(entry) for entry in given] if isinstance(given, list) else given


made = {}
for entry in json.loads((Path(__file__).parent / "resources.json").read_text()):
    inputs = {key: value(given) for key, given in entry["inputs"].items()}
    package = entry["provides"]
    if package:
        if "kubeconfig" in inputs:
            inputs["kubeconfig"] = os.environ["KUBECONFIG"]
        options = pulumi.ResourceOptions(version=entry["version"])
        made[entry["urn"]] = pulumi.ProviderResource(package, entry["name"], inputs, options)
    else:
        options = pulumi.ResourceOptions(
            provider=made[entry["provider"]],
            depends_on=[made[urn] for urn in entry["dependencies"] if urn in made],
        )
        made[entry["urn"]] = pulumi.CustomResource(entry["type"], entry["name"], inputs, options)
'''


def write_empty(directory: Path, project: Path) -> None:
    """Make a project of an empty program that runs as the one in `project` does."""
    _write(directory, project, EMPTY_PROGRAM)


def write_flat(directory: Path, project: Path, state: Mapping[str, Any]) -> None:
    """Make a project that registers what is in `state`, an export with plain secrets."""
    _write(directory, project, FLAT_PROGRAM)
    (directory / "main" / "resources.json").write_text(json.dumps(list(_flat(state))))


def write_scaled(directory: Path, project: Path, stack: str, factor: int) -> None:
    """Make a project of the program in `project` whose stack has `factor` times the runtime namespaces."""
    directory.mkdir()
    for entry in project.iterdir():
        if entry.name not in {"stacks", ".rehearsal", ".git"}:
            (directory / entry.name).symlink_to(entry)
    stack_file = _yaml(project / "stacks" / f"Pulumi.{stack}.yaml")
    name = _yaml(project / "Pulumi.yaml")["name"]
    seldon = stack_file["config"][f"{name}:platform"]["seldon"]
    seldon["runtimes"] = [
        {**copy.deepcopy(runtime), "namespace": f"{runtime['namespace']}{f'-{number}' if number else ''}"}
        for number in range(factor)
        for runtime in seldon["runtimes"]
    ]
    (directory / "stacks").mkdir()
    (directory / "stacks" / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(stack_file))


def objects(state: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the Kubernetes objects of `state` in its order: the CustomResourceDefinitions, and the rest."""
    definitions: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    for resource in _custom(state):
        if resource["type"].startswith("kubernetes:"):
            body = cast("dict[str, Any]", _as_written(_plain(resource["inputs"], mark=False)))
            (definitions if body["kind"] == "CustomResourceDefinition" else others).append(body)
    return definitions, others


def _write(directory: Path, project: Path, program: str) -> None:
    """Write a project with the runtime options of the one in `project`, so that only the programs differ."""
    runtime = copy.deepcopy(_yaml(project / "Pulumi.yaml")["runtime"])
    if "virtualenv" in runtime["options"]:
        runtime["options"]["virtualenv"] = str(project / runtime["options"]["virtualenv"])
    (directory / "main").mkdir(parents=True)
    (directory / "main" / "__main__.py").write_text(program)
    (directory / "stacks").mkdir()
    config = {"config": {"pulumi:disable-default-providers": ["*"]}}
    (directory / "stacks" / f"Pulumi.{directory.name}.yaml").write_text(yaml.safe_dump(config))
    document = {"name": directory.name, "main": "main", "stackConfigDir": "stacks", "runtime": runtime}
    (directory / "Pulumi.yaml").write_text(yaml.safe_dump(document))


def _yaml(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(path.read_text()))


def _custom(state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what a program can register and has registered: neither components nor providers of the engine's own."""
    for resource in cast("Sequence[dict[str, Any]]", state["deployment"]["resources"]):
        if resource.get("custom") and "inputs" in resource:
            yield resource


def _flat(state: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    taken: set[tuple[str, str]] = set()
    for number, resource in enumerate(_custom(state)):
        kind, name = resource["type"], resource["urn"].rpartition("::")[2]
        if (kind, name) in taken:  # names are unique under one parent only
            name = f"{name}-{number}"
        taken.add((kind, name))
        provides = kind.removeprefix("pulumi:providers:") if kind.startswith("pulumi:providers:") else None
        inputs = {key: value for key, value in resource["inputs"].items() if not key.startswith("__")}
        yield {
            "urn": resource["urn"],
            "type": kind,
            "name": name,
            "provides": provides,
            "version": inputs.pop("version", None) if provides else None,
            "inputs": _plain(inputs, mark=True),
            "provider": resource.get("provider", "").rpartition("::")[0],
            "dependencies": resource.get("dependencies", []),
        }


def _as_written(value: object) -> object:
    """Return an object with the keys of a manifest: the SDK spells `x-kubernetes-...` of schemas with underscores."""
    if isinstance(value, list):
        return [_as_written(entry) for entry in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    return {
        name.replace("_", "-") if name.startswith("x_kubernetes_") else name: _as_written(entry)
        for name, entry in cast("dict[str, object]", value).items()
    }


def _plain(value: object, *, mark: bool) -> object:
    """Return an input with its secrets in plain text; `mark` wraps each as `{"$secret": ...}`."""
    if isinstance(value, list):
        return [_plain(entry, mark=mark) for entry in cast("list[object]", value)]
    if not isinstance(value, dict):
        return value
    fields = cast("dict[str, object]", value)
    key, signature = SECRET_SIGNATURE
    if fields.get(key) == signature:
        secret = json.loads(cast("str", fields["plaintext"]))
        return {"$secret": secret} if mark else secret
    return {name: _plain(entry, mark=mark) for name, entry in fields.items()}
