"""Reading stack files, and the copy that a rehearsal runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from rehearsal.errors import UsageError
from rehearsal.placeholders import Placeholders, placeholder
from rehearsal.stackfile import StackFile, read_project, read_stack

STACK = """\
encryptionsalt: v1:theirs
secretsprovider: awskms://alias/acme
encryptedkey: abc
config:
  acme:registryPassword: {secure: v1:nonce:cipher}
  acme:platform:
    cluster: {context: acme-prod, version: "1.30", storageClass: fast}
    users:
    - {name: one, key: {secure: v1:a:b}}
    - {name: two, key: plain}
    charts: {source: {kind: upstream}, other: kept}
    flags: {answer: on, mode: 0o17, day: 2027-03-31, count: 1_000}
"""


def make_project(root: Path, stack: str = STACK, name: str = "acme") -> Path:
    (root / "stacks").mkdir()
    (root / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\nstackConfigDir: stacks\n")
    (root / "stacks" / "Pulumi.prod.yaml").write_text(stack)
    return root


def read(root: Path, stack: str = STACK) -> StackFile:
    return read_stack(read_project(make_project(root, stack)), "prod")


def copied(stack_file: StackFile, charts: Path | None = None) -> str:
    ciphertexts = {label: f"v1:encrypted:{index}" for index, label in enumerate(stack_file.secrets)}
    return stack_file.copy(salt="v1:ours", ciphertexts=ciphertexts, charts=charts)


def config(text: str) -> dict[str, Any]:
    return cast("dict[str, Any]", yaml.safe_load(text)["config"])


def test_secrets_are_found_at_every_depth(tmp_path: Path) -> None:
    assert read(tmp_path).secrets == ("acme:registryPassword", "acme:platform.users[0].key")


def test_every_secret_of_the_original_is_replaced_and_stays_a_secret(tmp_path: Path) -> None:
    text = copied(read(tmp_path))
    assert config(text)["acme:registryPassword"] == {"secure": "v1:encrypted:0"}
    assert config(text)["acme:platform"]["users"][0]["key"] == {"secure": "v1:encrypted:1"}
    assert "v1:nonce:cipher" not in text
    assert "v1:a:b" not in text


def test_nothing_of_the_real_encryption_is_in_the_copy(tmp_path: Path) -> None:
    text = copied(read(tmp_path))
    assert sorted(yaml.safe_load(text)) == ["config", "encryptionsalt"]
    assert "awskms" not in text
    assert "v1:theirs" not in text


def test_scalars_reach_the_copy_as_they_were_written(tmp_path: Path) -> None:
    text = copied(read(tmp_path))
    for written in ("answer: on", "mode: 0o17", "day: 2027-03-31", "count: 1_000", 'version: "1.30"'):
        assert written in text


def test_charts_come_from_the_directory(tmp_path: Path) -> None:
    charts = config(copied(read(tmp_path), Path("/x/charts")))["acme:platform"]["charts"]
    assert charts == {"source": {"kind": "directory", "path": "/x/charts"}, "other": "kept"}


def test_charts_are_added_where_the_stack_file_has_none(tmp_path: Path) -> None:
    text = copied(read(tmp_path, "config: {acme:platform: {customer: acme}}"), Path("/x"))
    assert config(text)["acme:platform"]["charts"] == {"source": {"kind": "directory", "path": "/x"}}


def test_charts_stay_as_they_are_without_a_directory(tmp_path: Path) -> None:
    assert config(copied(read(tmp_path)))["acme:platform"]["charts"]["source"] == {"kind": "upstream"}


@pytest.mark.parametrize("platform", ["[1, 2]", "text", "{charts: [no, mapping]}"])
def test_what_the_program_refuses_is_left_to_it(tmp_path: Path, platform: str) -> None:
    text = copied(read(tmp_path, f"config: {{acme:platform: {platform}}}"), Path("/x"))
    assert config(text)["acme:platform"] == yaml.safe_load(platform)


def test_the_original_is_not_written(tmp_path: Path) -> None:
    stack_file = read(tmp_path)
    copied(stack_file, Path("/x"))
    assert stack_file.path.read_text() == STACK


def test_names_for_the_rehearsal_are_read(tmp_path: Path) -> None:
    stack_file = read(tmp_path)
    assert (stack_file.context, stack_file.storage_class) == ("acme-prod", "fast")


@pytest.mark.parametrize("cluster", ["7", "[a]", "{context: 7, storageClass: [x]}", "{context: ''}", "{}"])
def test_malformed_names_are_left_to_the_program(tmp_path: Path, cluster: str) -> None:
    stack_file = read(tmp_path, f"config: {{acme:platform: {{cluster: {cluster}}}}}")
    assert (stack_file.context, stack_file.storage_class) == (None, None)


def test_aliases_are_followed_once(tmp_path: Path) -> None:
    stack_file = read(tmp_path, "config: {acme:a: &it {secure: v1:x:y}, acme:b: *it}")
    assert stack_file.secrets == ("acme:a",)
    assert config(copied(stack_file))["acme:b"] == {"secure": "v1:encrypted:0"}


@pytest.mark.parametrize("text", ["", "config:\n", "config: null\n", "encryptionsalt: v1:x\n"])
def test_a_stack_file_may_hold_no_config(tmp_path: Path, text: str) -> None:
    assert config(copied(read(tmp_path, text))) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[1]", "must be a mapping"),
        ("text", "must be a mapping"),
        ("config: [1]", "`config` must be a mapping"),
        ("config: text", "`config` must be a mapping"),
        ("config: {", "is not YAML"),
        ("a: 1\n---\nb: 2\n", "is not YAML"),
    ],
)
def test_what_is_no_stack_file_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words) as error:
        read(tmp_path, text)
    assert "Pulumi.prod.yaml" in str(error.value)


@pytest.mark.parametrize("stack", ["missing", "../prod", "", "a/b", ".prod"])
def test_a_missing_stack_is_told_with_those_there_are(tmp_path: Path, stack: str) -> None:
    with pytest.raises(UsageError, match="the stacks there are: prod"):
        read_stack(read_project(make_project(tmp_path)), stack)


@pytest.mark.parametrize("text", ["", "[]", "name: 7", "{", "name: acme\nstackConfigDir: 7"])
def test_what_is_no_project_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text)
    with pytest.raises(UsageError, match=r"Pulumi\.yaml"):
        read_project(tmp_path)


class FakeCli:
    """Does to the stack file what the two commands of the CLI do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.calls: list[str] = []

    def __call__(self, *arguments: str) -> None:
        self.calls.append(arguments[1])
        document = cast("dict[str, Any]", yaml.safe_load(self.path.read_text()) if self.path.exists() else {})
        if arguments[1] == "select":
            document["encryptionsalt"] = "v1:salt"
        for argument in arguments:
            if argument.startswith("--secret="):
                key, _, value = argument.removeprefix("--secret=").partition("=")
                document.setdefault("config", {})[key] = {"secure": f"encrypted {value}"}
        self.path.write_text(yaml.safe_dump(document))


def test_placeholders_are_encrypted_once(tmp_path: Path) -> None:
    cli = FakeCli(tmp_path / "Pulumi.prod.yaml")
    book = Placeholders(directory=tmp_path, project="acme", stack="prod")
    first = book.encrypt(["acme:a", "acme:b=c"], cli)
    assert first == (
        "v1:salt",
        {"acme:a": "encrypted placeholder-for-a", "acme:b=c": "encrypted placeholder-for-b=c"},
    )
    assert book.encrypt(["acme:b=c", "acme:a"], cli) == first
    assert cli.calls == ["select", "set-all"]
    book.encrypt(["acme:a", "acme:new"], cli)
    assert cli.calls == ["select", "set-all", "set-all"]


def test_a_placeholder_names_what_it_stands_for() -> None:
    assert placeholder("acme:platform.users[0].key") == "placeholder-for-platform.users[0].key"
