"""The command line on the real engine and a real control plane, with a small project."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from rehearsal.places import Places

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rehearsal.toolchain import Tools

STACK = "prod"
STACK_FILE = """\
encryptionsalt: v1:theirs
config:
  acme:password: {secure: v1:AAAA:BBBB}
  acme:platform: {cluster: {context: acme-prod, storageClass: fast}}
"""
MAIN = "from pathlib import Path; from rehearsal import cli; cli.project_root = lambda: Path({project!r}); cli.main()"
PROGRAM = """\
import pulumi
import pulumi_kubernetes as k8s

password = pulumi.Config().require_secret("password")
cluster = k8s.Provider("cluster", context="acme-prod")
options = pulumi.ResourceOptions(provider=cluster)
namespace = k8s.core.v1.Namespace("team", metadata={"name": "team"}, opts=options)
later = pulumi.ResourceOptions(provider=cluster, depends_on=[namespace], protect=True)
metadata = {"name": "password", "namespace": "team"}
k8s.core.v1.Secret("password", metadata=metadata, string_data={"p": password}, opts=later)
for number in range(20):
    name = f"settings-{number}"
    k8s.core.v1.ConfigMap(name, metadata={"name": name, "namespace": "team"}, data={"n": str(number)}, opts=later)
pulumi.export("password", password)
pulumi.export("host", "ml.acme.example")
pulumi.log.warn("mind the gap")
"""
RESOURCES = 24
"""Stack, provider, namespace, secret and twenty ConfigMaps."""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A project of its own, and the command line on it."""

    root: Path

    @property
    def places(self) -> Places:
        """Where its rehearsal is."""
        return Places(home=self.root / "rehearsals", stack=STACK)

    @property
    def environment(self) -> dict[str, str]:
        """The user's, with credentials that must not get through."""
        return {**os.environ, "REHEARSAL_HOME": str(self.places.home), "KUBECONFIG": "/users/own", "AWS_PROFILE": "own"}

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-c", MAIN.format(project=str(self.root)), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run it to its end."""
        return subprocess.run(
            self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False
        )

    def ok(self, *arguments: str) -> str:
        """Run it; it must succeed."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def program(self, text: str) -> None:
        """Write the program."""
        (self.root / "infra" / "__main__.py").write_text(text)

    def processes(self) -> list[str]:
        """Return the command lines of what runs with a directory of the rehearsal in its environment or arguments."""
        listing = subprocess.run(
            ["/bin/ps", "-A", "-wwe", "-o", "args="], capture_output=True, text=True, check=True
        ).stdout
        return [line for line in listing.splitlines() if str(self.places.root) in line]


@pytest.fixture
def project(tmp_path: Path, tools: Tools) -> Iterator[Project]:
    del tools  # built before the first command runs
    made = Project(root=tmp_path)
    for directory in ("infra", "stacks"):
        (tmp_path / directory).mkdir()
    (tmp_path / "Pulumi.yaml").write_text("{name: acme, runtime: python, main: infra, stackConfigDir: stacks}\n")
    (tmp_path / "stacks" / f"Pulumi.{STACK}.yaml").write_text(STACK_FILE)
    made.program(PROGRAM)
    try:
        yield made
    finally:
        made.run("clean")


def test_from_nothing_to_nothing(project: Project) -> None:
    said = project.ok("up", STACK)
    assert "no packet flows" in said
    assert "host: ml.acme.example" in said
    assert "password: [secret]" in said
    assert said.count("warning: mind the gap") == 1
    assert "placeholder" not in said
    assert f"{RESOURCES} created" in said

    assert f"{RESOURCES} unchanged" in project.ok("up", STACK)
    assert f"{RESOURCES} unchanged" in project.ok("preview", STACK)
    assert f"control plane running, {RESOURCES} resources" in project.ok("status")
    secret = json.loads(project.ok("kubectl", "get", "secret", "password", "-n", "team", "-o", "json"))
    assert sorted(secret["data"]) == ["p"]
    assert "fast" in project.ok("kubectl", "--stack", STACK, "get", "storageclass", "-o", "name")

    original = project.root / "stacks" / f"Pulumi.{STACK}.yaml"
    assert original.read_text() == STACK_FILE
    original.unlink()  # no obstacle to what follows

    assert f"{RESOURCES} deleted" in project.ok("down", STACK)
    assert not project.places.home.exists()
    assert project.processes() == []
    assert "Nothing stands" in project.ok("down", STACK)


def test_a_preview_of_nothing_leaves_nothing(project: Project) -> None:
    target = project.root / "preview.json"
    assert f"{RESOURCES} to create" in project.ok("preview", STACK, "--json", str(target))
    assert json.loads(target.read_text())["changeSummary"] == {"create": RESOURCES}
    assert "placeholder" not in target.read_text()
    assert not project.places.root.exists()
    assert project.processes() == []


def test_a_failing_program_is_told_in_its_own_words(project: Project) -> None:
    project.program('raise SystemExit("settings: 1 error\\n  platform.customer: is missing")')
    failed = project.run("up", STACK)
    assert failed.returncode == 1
    assert "settings: 1 error\n  platform.customer: is missing" in failed.stderr
    assert "non-zero exit code" not in failed.stderr
    assert f"down {STACK}" in failed.stderr

    project.program('raise ValueError("boom")')
    assert "Traceback" not in project.run("up", STACK).stderr
    assert "Traceback" in project.run("up", STACK, "--verbose").stderr


def test_discarding_asks_no_engine(project: Project) -> None:
    project.ok("up", STACK)
    (project.root / "Pulumi.yaml").unlink()
    assert project.run("down", STACK).returncode == 2
    assert project.places.root.exists()
    project.ok("down", STACK, "--discard")
    assert not project.places.home.exists()
    assert project.processes() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_up_that_is_cut_short_goes_on(project: Project, number: signal.Signals) -> None:
    begun = subprocess.Popen(
        project.command("up", STACK), env=project.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while project.places.resources() < RESOURCES // 3 and begun.poll() is None:
        time.sleep(0.02)
    begun.send_signal(number)
    code = begun.wait()
    if number == signal.SIGKILL:
        assert code == -number
    # The last resources may have been made before the signal came.
    else:
        assert code in {0, 130}
    said = project.ok("up", STACK)
    assert f"{RESOURCES} created" not in said
    assert f"{RESOURCES} unchanged" in project.ok("up", STACK)
    configmaps = project.ok(
        "kubectl",
        "get",
        "configmaps",
        "-n",
        "team",
        "-o",
        "name",
        "--field-selector",
        "metadata.name!=kube-root-ca.crt",
    )
    assert len(configmaps.splitlines()) == 20
    project.ok("down", STACK)
    assert project.processes() == []


def test_a_second_command_is_refused_while_one_works(project: Project) -> None:
    begun = subprocess.Popen(
        project.command("up", STACK), env=project.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while not project.places.lock.exists():
        time.sleep(0.02)
    refused = project.run("clean")
    assert refused.returncode == 1
    assert f"`rehearsal up {STACK}` (process {begun.pid}) is at work" in refused.stderr
    assert begun.wait() == 0


@pytest.mark.parametrize(
    ("arguments", "variables", "words"),
    [
        (["up", "missing"], {}, "the stacks there are: prod"),
        (["up", STACK], {"REHEARSAL_PLUGINS": "/nowhere"}, "REHEARSAL_PLUGINS: /nowhere is not a directory"),
        (["up", STACK], {"REHEARSAL_CHARTS": "/nowhere"}, "REHEARSAL_CHARTS: /nowhere is not a directory"),
        (["up", STACK, "--official-plugins"], {"REHEARSAL_PLUGINS": "/x"}, "exclude each other"),
        (["preview", STACK, "--upstream-charts"], {"REHEARSAL_CHARTS": "/x"}, "exclude each other"),
        (["preview", STACK, "--upstream-charts"], {}, "cannot be read"),
        (["kubectl", "get", "pods"], {}, "nothing stands"),
        (["up", "--nonsense"], {}, "No such option"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_made(
    project: Project, arguments: list[str], variables: dict[str, str], words: str
) -> None:
    refused = subprocess.run(
        project.command(*arguments),
        env={**project.environment, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 2
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not project.places.home.exists()
