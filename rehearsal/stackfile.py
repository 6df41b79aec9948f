"""Reads a stack file and writes the copy that a rehearsal runs: placeholders for secrets, charts from a directory.

The copy is made on the YAML nodes, so that each scalar reaches the engine as it was written: a reader of another YAML
version would turn `on`, `0o17` or a date into something else.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, cast

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from rehearsal.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

STACK_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
ENCRYPTION = frozenset({"encryptionsalt", "secretsprovider", "encryptedkey"})
TEXT = "tag:yaml.org,2002:str"
MAP = "tag:yaml.org,2002:map"

_Pairs: TypeAlias = "list[tuple[Node, Node]]"


@dataclass(frozen=True, kw_only=True)
class Project:
    """What the rehearsal needs to know of Pulumi.yaml."""

    root: Path
    name: str
    stacks: Path
    """Directory of the stack files."""

    def stack_names(self) -> list[str]:
        """Return the names of the stacks that have a file, sorted."""
        return sorted(path.name[len("Pulumi.") : -len(".yaml")] for path in self.stacks.glob("Pulumi.*.yaml"))


@dataclass(frozen=True, kw_only=True)
class StackFile:
    """A stack file as it was read; `config` maps each configuration key to its node."""

    project: Project
    stack: str
    path: Path
    text: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """Where the secrets are, such as `acme:password` or `acme:platform.users[0].key`, in the order of the file."""
        return tuple(self.ciphertexts)

    @property
    def ciphertexts(self) -> dict[str, str]:
        """The encrypted value of each of `secrets`."""
        return {label: str(_pairs(node)[0][1].value) for label, node in _secrets(_config(self.path, self.text))}

    @property
    def encryption(self) -> dict[str, str]:
        """What the secrets are encrypted with: a salt, or a provider of keys and an encrypted key."""
        document = yaml.compose(self.text, Loader=yaml.SafeLoader)
        pairs = _pairs(document) if isinstance(document, MappingNode) else []
        return {str(name.value): str(value.value) for name, value in pairs if name.value in ENCRYPTION}

    @property
    def context(self) -> str | None:
        """`cluster.context` when it is there and a string."""
        return self._text_at("cluster", "context")

    @property
    def storage_class(self) -> str | None:
        """`cluster.storageClass` when it is there and a string."""
        return self._text_at("cluster", "storageClass")

    def _text_at(self, *path: str) -> str | None:
        node: Node | None = _get(_config(self.path, self.text), f"{self.project.name}:platform")
        for key in path:
            node = _get(node, key) if isinstance(node, MappingNode) else None
        return node.value if isinstance(node, ScalarNode) and node.tag == TEXT and node.value else None

    def copy(self, *, salt: str, ciphertexts: Mapping[str, str], charts: Path | None) -> str:
        """Return the text of the copy.

        Args:
            salt: `encryptionsalt` of the engine's passphrase.
            ciphertexts: for each of `secrets` what stands in for it, encrypted with that passphrase.
            charts: directory that every chart comes from, or None to leave that to the stack file.

        """
        config = _config(self.path, self.text)
        for label, node in list(_secrets(config)):
            node.value = [(_scalar("secure"), _scalar(ciphertexts[label]))]
        platform = _get(config, f"{self.project.name}:platform")
        if charts is not None and isinstance(platform, MappingNode):
            _take_charts_from(platform, charts)
        whole = MappingNode(MAP, [(_scalar("encryptionsalt"), _scalar(salt)), (_scalar("config"), config)])
        return _serialize(whole)


def read_project(root: Path) -> Project:
    """Read the Pulumi.yaml in `root`.

    Raises:
        UsageError: it is not there or says nothing usable.

    """
    path = root / "Pulumi.yaml"
    try:
        document = cast(object, yaml.safe_load(path.read_text()))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(f"{path}: cannot be read as a Pulumi project: {error}") from error
    fields = cast("dict[object, object]", document) if isinstance(document, dict) else {}
    name, stacks = fields.get("name"), fields.get("stackConfigDir", ".")
    if not isinstance(name, str) or not isinstance(stacks, str):
        raise UsageError(f"{path}: must be a Pulumi project: a mapping with a `name`")
    return Project(root=root, name=name, stacks=root / stacks)


def read_stack(project: Project, stack: str, *, copy: Path | None = None) -> StackFile:
    """Read the stack file of `stack`, or a copy of it.

    Raises:
        UsageError: there is no such stack, or its file is not a mapping with a mapping `config`.

    """
    path = copy or project.stacks / f"Pulumi.{stack}.yaml"
    if not STACK_NAME.fullmatch(stack) or not path.is_file():
        names = ", ".join(project.stack_names()) or "none yet"
        raise UsageError(f"there is no stack {stack!r} in {project.stacks}; the stacks there are: {names}")
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    _config(path, text)
    return StackFile(project=project, stack=stack, path=path, text=text)


def _config(path: Path, text: str) -> MappingNode:
    try:
        document = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UsageError(f"{path}: is not YAML: {error}") from error
    if document is None:
        return MappingNode(MAP, [])
    if not isinstance(document, MappingNode):
        raise UsageError(f"{path}: must be a mapping with a `config` mapping, and is a {_kind(document)}")
    config = _get(document, "config")
    if config is None or (isinstance(config, ScalarNode) and config.value in {"", "null", "~"}):
        return MappingNode(MAP, [])
    if not isinstance(config, MappingNode):
        raise UsageError(f"{path}: `config` must be a mapping, and is a {_kind(config)}")
    return config


def _serialize(node: Node) -> str:
    stream = io.StringIO()
    dumper = yaml.SafeDumper(stream, width=10_000, allow_unicode=True)
    dumper.open()
    dumper.serialize(node)
    dumper.close()
    return stream.getvalue()


def _kind(node: Node) -> str:
    return "list" if isinstance(node, SequenceNode) else "single value"


def _pairs(node: MappingNode) -> _Pairs:
    return cast(_Pairs, node.value)


def _scalar(text: str) -> ScalarNode:
    return ScalarNode(TEXT, text)


def _get(node: MappingNode, key: str) -> Node | None:
    return next((value for name, value in _pairs(node) if isinstance(name, ScalarNode) and name.value == key), None)


def _secrets(config: MappingNode) -> Iterator[tuple[str, MappingNode]]:
    """Yield each `{secure: ...}` once with the path that leads to it."""
    seen: set[int] = set()

    def walk(node: Node, label: str) -> Iterator[tuple[str, MappingNode]]:
        if id(node) in seen:  # an alias
            return
        seen.add(id(node))
        if isinstance(node, MappingNode):
            pairs = _pairs(node)
            if len(pairs) == 1 and cast(object, pairs[0][0].value) == "secure" and isinstance(pairs[0][1], ScalarNode):
                yield label, node
                return
            for name, value in pairs:
                yield from walk(value, f"{label}.{name.value}" if label else str(name.value))
        elif isinstance(node, SequenceNode):
            for index, value in enumerate(cast("list[Node]", node.value)):
                yield from walk(value, f"{label}[{index}]")

    yield from walk(config, "")


def _take_charts_from(platform: MappingNode, directory: Path) -> None:
    """Set `charts.source`, unless `charts` is something the program will refuse anyway."""
    source = MappingNode(MAP, [(_scalar("kind"), _scalar("directory")), (_scalar("path"), _scalar(str(directory)))])
    charts = _get(platform, "charts")
    if charts is None:
        charts = MappingNode(MAP, [])
        platform.value = [*_pairs(platform), (_scalar("charts"), charts)]
    if isinstance(charts, MappingNode):
        others = [(name, value) for name, value in _pairs(charts) if cast(object, name.value) != "source"]
        charts.value = [*others, (_scalar("source"), source)]
