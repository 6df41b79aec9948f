"""What the engine gets to see of the user's environment."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from rehearsal.environment import engine_environment, passphrase
from rehearsal.places import Places
from rehearsal.toolchain import Tools

TOOLS = Tools(
    pulumi=Path("/tools/cli/pulumi"),
    controlplane=Path("/tools/controlplane"),
    kwok=Path("/tools/kwok"),
    helm=Path("/tools/helm/helm"),
)
FORBIDDEN = {
    "AWS_ACCESS_KEY_ID": "users-own",
    "AWS_PROFILE": "users-own",
    "AZURE_CLIENT_SECRET": "users-own",
    "GOOGLE_APPLICATION_CREDENTIALS": "users-own",
    "KUBECONFIG": "/home/users-own/.kube/config",
    "KUBERNETES_SERVICE_HOST": "users-own",
    "HELM_REPOSITORY_CONFIG": "users-own",
    "PULUMI_ACCESS_TOKEN": "users-own",
    "PULUMI_CONFIG_PASSPHRASE": "users-own",
    "PYTHONPATH": "users-own",
    "VAULT_TOKEN": "users-own",
}


def environment(tmp_path: Path, outer: dict[str, str]) -> dict[str, str]:
    places = Places(home=tmp_path, stack="prod")
    places.make()
    return engine_environment(places=places, tools=TOOLS, kubeconfig=Path("/rehearsal/kubeconfig"), outer=outer)


def test_nothing_of_the_user_gets_through(tmp_path: Path) -> None:
    inside = environment(tmp_path, {**FORBIDDEN, "HOME": "users-own", "PATH": "users-own"})
    assert not [name for name, value in inside.items() if "users-own" in value]
    assert not {name for name in inside if name.startswith(("AWS_", "AZURE_", "GOOGLE_", "VAULT_"))}


def test_the_cluster_is_the_rehearsals(tmp_path: Path) -> None:
    inside = environment(tmp_path, FORBIDDEN)
    assert {name: value for name, value in inside.items() if name.startswith("KUBE")} == {
        "KUBECONFIG": "/rehearsal/kubeconfig"
    }


def test_everything_is_kept_in_the_directory_of_the_stack(tmp_path: Path) -> None:
    inside = environment(tmp_path, {})
    for name in ("HOME", "PULUMI_HOME"):
        assert Path(inside[name]).is_relative_to(tmp_path / "prod")
    assert inside["PULUMI_BACKEND_URL"].startswith((tmp_path / "prod" / "state").as_uri())


def test_the_interpreter_and_the_tools_come_first(tmp_path: Path) -> None:
    path = environment(tmp_path, {"PATH": "/opt/theirs"})["PATH"].split(":")
    assert path[:3] == [str(Path(sys.executable).parent), "/tools/cli", "/tools/helm"]
    assert "/opt/theirs" not in path


def test_the_way_to_the_network_is_kept(tmp_path: Path) -> None:
    assert environment(tmp_path, {"HTTPS_PROXY": "http://proxy.acme.example"})["HTTPS_PROXY"]


def test_the_passphrase_is_made_up_once_and_private(tmp_path: Path) -> None:
    first, other = Places(home=tmp_path, stack="a"), Places(home=tmp_path, stack="b")
    first.make()
    other.make()
    assert passphrase(first) == passphrase(first) != passphrase(other)
    assert stat.S_IMODE(first.passphrase.stat().st_mode) == 0o600
    assert stat.S_IMODE(first.root.stat().st_mode) == 0o700
