"""The command: what it reads and writes, and how it ends; nothing is rehearsed here."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from supply_charts import archive, helm, repository, sha256

from supply import cli

MIRROR = "registry.acme.example/mirror"
SHOP, ESCAPED = f"{MIRROR}/acme/shop:1", "quay.io/acme/till:1"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a project with a stack that has a mirror and one that has none, and previews of a stack."""
    for directory in ("stacks", "components", "charts"):
        (tmp_path / directory).mkdir()
    (tmp_path / "Pulumi.yaml").write_text("name: acme\nruntime: python\nstackConfigDir: stacks\n")
    platform = {"images": {"registry": MIRROR}, "charts": {"source": {"kind": "directory", "path": "charts"}}}
    for name, below in (("prod", platform), ("local", {})):
        (tmp_path / f"stacks/Pulumi.{name}.yaml").write_text(yaml.safe_dump({"config": {"acme:platform": below}}))
    for name, image in (("good", SHOP), ("bad", ESCAPED)):
        (tmp_path / f"{name}.json").write_text(preview(image))
    monkeypatch.setattr(cli, "project_root", lambda: tmp_path)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "helm").symlink_to(helm())
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def preview(image: str) -> str:
    spec = {"containers": [{"name": "main", "image": image}]}
    inputs = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "shop", "namespace": "acme"}, "spec": spec}
    new = {
        "urn": "urn:pulumi:prod::acme::kubernetes:core/v1:Pod::shop",
        "type": "kubernetes:core/v1:Pod",
        "inputs": inputs,
    }
    return json.dumps({"steps": [{"op": "create", "newState": new}]})


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(("file", "image", "code"), [("good", SHOP, 0), ("bad", ESCAPED, 1)])
def test_the_exit_code_tells_whether_all_comes_from_the_mirror(
    project: Path, capsys: pytest.CaptureFixture[str], file: str, image: str, code: int
) -> None:
    assert run("images", "prod", "--from", f"{file}.json") == code
    shown = capsys.readouterr().out
    assert f"not from {MIRROR}: {image} (Pod acme/shop: spec.containers[main].image)" in shown or code == 0
    assert run("images", "prod", "--from", f"{file}.json", "--format", "json") == code
    document = json.loads(capsys.readouterr().out)
    assert (document["stack"], document["registry"]) == ("prod", MIRROR)
    assert [entry["name"] for entry in document["images"]] == [image]
    assert document["escapes"] == [image][:code]
    assert project.is_dir()


def test_the_documented_fields_are_those_that_are_written(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("images", "prod", "--from", str(project / "good.json"), "--format", "json")
    document = json.loads(capsys.readouterr().out)
    page = (Path(__file__).parents[2] / "docs" / "air-gapped.md").read_text(encoding="utf-8")
    (entry,) = document["images"]
    (use,) = entry["uses"]
    for name in (*document, *entry, *use):
        assert f"`{name}`" in page


def listed(project: Path, **changed: Any) -> str:
    entry = {"name": SHOP, "upstream": "quay.io/acme/shop:1", "brought": False, "idle": False}
    path = project / "list.json"
    path.write_text(json.dumps({"stack": "prod", "registry": MIRROR, "images": [entry], **changed}))
    return str(path)


def test_a_script_is_written_from_a_list(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lock(project, "https://charts.acme.example")
    digest = f"sha256:{'0' * 64}"
    (project / "digests.txt").write_text(f"quay.io/acme/shop:1 {digest}\n")
    arguments = ("mirror", "prod", "--list", listed(project), "--digests", "digests.txt")
    assert run(*arguments) == 0
    shown = capsys.readouterr().out
    assert f"image quay.io/acme/shop:1 quay.io/acme/shop@{digest} {SHOP} " in shown
    assert "chart shop 1.2.3 https://charts.acme.example ''" in shown
    assert run(*arguments, "--output", "mirror.sh") == 0
    assert (project / "mirror.sh").read_text() == shown
    assert (project / "mirror.sh").stat().st_mode & 0o111


@pytest.mark.parametrize(("option", "copied"), [((), False), (("--idle",), True)])
def test_what_is_idle_is_copied_only_when_asked_for(
    project: Path, capsys: pytest.CaptureFixture[str], option: tuple[str, ...], *, copied: bool
) -> None:
    lock(project, "https://charts.acme.example")
    idle = {"name": SHOP, "upstream": "quay.io/acme/shop:1", "brought": False, "idle": True}
    assert run("mirror", "prod", "--list", listed(project, images=[idle]), *option) == 0
    assert (f" {SHOP} " in capsys.readouterr().out) is copied


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("images", "nope"), 2, "there is no stack 'nope' in"),
        (("images", "prod", "--format", "xml"), 2, "--format: 'xml' is not known; allowed: table, json"),
        (("images", "prod", "--from", "none.json"), 1, "none.json: No such file or directory"),
        (("images", "prod", "--from", "Pulumi.yaml"), 1, "Pulumi.yaml: is not the output of `pulumi preview"),
        (("images", "prod", "--from", "empty.json"), 1, "empty.json: holds no Kubernetes object"),
        (("mirror", "local"), 1, "platform.images.registry is not set"),
        (("mirror", "prod", "--tool", "docker"), 2, "--tool: 'docker' is not known; allowed: skopeo, crane"),
        (("mirror", "prod", "--list", "good.json"), 1, "good.json: is not the output of `python -m supply images"),
        (("mirror", "prod", "--list", "other.json"), 1, "other.json: lists stack dev with mirror None; expected prod"),
        (("mirror", "prod", "--digests", "good.json"), 1, "good.json:1: "),
        (("charts", "lock"), 1, "charts.lock.yaml: No such file or directory"),
        (("charts", "verify", "nope"), 2, "there is no stack 'nope' in"),
    ],
)
def test_what_cannot_be_used_is_told_in_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, told: str
) -> None:
    (project / "empty.json").write_text('{"steps": []}')
    (project / "other.json").write_text('{"stack": "dev", "registry": null, "images": []}')
    assert run(*arguments) == code
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert told in said
    assert said.count("\n") == 1


def lock(project: Path, address: str, digest: str = "null") -> Path:
    path = project / cli.LOCK
    path.write_text(
        f"# Ours.\nshop:\n  version: 1.2.3\n  appVersion: 1.2.3\n  repository: {address}\n  digest: {digest}  # here\n"
    )
    return path


def test_digests_are_recorded_once_and_verified_ever_after(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = archive("shop", "1.2.3"), archive("shop", "1.2.3", description="other")
    with repository({("shop", "1.2.3"): one}) as address:
        path = lock(project, address)
        before = path.read_text()
        assert run("charts", "lock") == 0
        recorded = path.read_text()
        assert recorded == before.replace("null", sha256(one))
        assert run("charts", "lock") == 0
    with repository({("shop", "1.2.3"): other}) as address:
        path.write_text(recorded.replace(recorded.split("repository: ")[1].split("\n")[0], address))
        kept = path.read_text()
        capsys.readouterr()
        assert run("charts", "lock") == 1
        assert f"chart shop 1.2.3: has {sha256(other)}, and {sha256(one)} is pinned" in capsys.readouterr().err
        assert path.read_text() == kept


@pytest.mark.parametrize(("digest", "code", "outcome"), [("good", 0, "verified"), ("bad", 1, "differs")])
def test_the_charts_of_a_stack_are_verified_where_it_takes_them_from(
    project: Path, capsys: pytest.CaptureFixture[str], digest: str, code: int, outcome: str
) -> None:
    content = archive("shop", "1.2.3")
    (project / "charts" / "shop-1.2.3.tgz").write_bytes(content)
    lock(project, "https://charts.acme.example", sha256(content if digest == "good" else b"other"))
    assert run("charts", "verify", "prod") == code
    assert capsys.readouterr().out.startswith(f"shop 1.2.3: {outcome}: {project}/charts/shop-1.2.3.tgz has ")
