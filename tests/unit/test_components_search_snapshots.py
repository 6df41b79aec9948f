"""The scripts, run as they stand against a server on loopback, and what they are given."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest
from http_server import listening
from search_stage import ARGS, BUCKET, SECRET_KEY

from components.cluster.search.snapshots import REGISTER, TRUST_AUTHORITY, job_pod, policy, repository
from rehearsal.controlplane import pki

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

BASH = shutil.which("bash") or "bash"
PASSWORD = "planted-password"
LOGIN = "Basic " + base64.b64encode(f"snapshots:{PASSWORD}".encode()).decode()


@dataclass
class Elasticsearch:
    """What was asked of the stand-in, and the status codes that it answers with before it answers 200."""

    port: int = 0
    answers: list[int] = field(default_factory=list[int])
    asked: list[tuple[str, str, str | None, Any]] = field(default_factory=list[tuple[str, str, str | None, Any]])

    @property
    def bodies(self) -> dict[str, Any]:
        """What stands at each path."""
        return {path: body for _, path, _, body in self.asked}


@pytest.fixture
def identity(tmp_path: Path) -> pki.Pki:
    return pki.issue(tmp_path / "pki")


@pytest.fixture
def server(identity: pki.Pki) -> Generator[Elasticsearch]:
    standing = Elasticsearch()

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            standing.asked.append((self.command, self.path, self.headers["Authorization"], body))
            status = standing.answers.pop(0) if standing.answers else 200
            answer = json.dumps({"acknowledged": status == 200}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    with listening(Handler, identity) as port:
        standing.port = port
        yield standing


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["env"]}


def run(tmp_path: Path, server: Elasticsearch, authority: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """Run the script with the environment of its pod, but for where things are on this machine."""
    (container,) = job_pod(ARGS)["containers"]
    credentials = tmp_path / "credentials"
    credentials.mkdir(exist_ok=True)
    (credentials / "username").write_text("snapshots")
    (credentials / "password").write_text(PASSWORD)
    here = {
        "ELASTICSEARCH": f"https://localhost:{server.port}",
        "AUTHORITY": str(authority),
        "CREDENTIALS": str(credentials),
        "RETRY_SECONDS": "1",
        "PATH": os.environ["PATH"],
    }
    command = [BASH, *container["command"][1:]]
    return subprocess.run(
        command, env={**environment(container), **here, **given}, check=False, capture_output=True, text=True
    )


def test_the_pod_runs_the_script_as_it_stands() -> None:
    (container,) = job_pod(ARGS)["containers"]
    assert container["command"] == ["bash", "-c", REGISTER]
    assert container["image"] == ARGS.image


def test_the_first_run_registers_repository_and_policy(
    tmp_path: Path, server: Elasticsearch, identity: pki.Pki
) -> None:
    done = run(tmp_path, server, identity.authority)
    assert done.returncode == 0, done.stderr
    assert server.asked == [
        ("PUT", "/_snapshot/object-store", LOGIN, repository(BUCKET)),
        ("PUT", "/_slm/policy/nightly", LOGIN, policy(30)),
    ]


def test_a_second_run_leaves_the_same(tmp_path: Path, server: Elasticsearch, identity: pki.Pki) -> None:
    run(tmp_path, server, identity.authority)
    once = server.bodies
    again = run(tmp_path, server, identity.authority)
    assert again.returncode == 0, again.stderr
    assert server.bodies == once


def test_a_refusal_ends_the_job_with_what_was_said(tmp_path: Path, server: Elasticsearch, identity: pki.Pki) -> None:
    server.answers = [403]
    done = run(tmp_path, server, identity.authority)
    assert done.returncode == 1
    assert "PUT /_snapshot/object-store: Elasticsearch answered 403" in done.stderr
    assert '{"acknowledged": false}' in done.stderr
    assert len(server.asked) == 1
    assert PASSWORD not in done.stderr + done.stdout


def test_a_server_that_is_not_ready_is_asked_again(tmp_path: Path, server: Elasticsearch, identity: pki.Pki) -> None:
    server.answers = [503]
    done = run(tmp_path, server, identity.authority)
    assert done.returncode == 0, done.stderr
    assert [path for _, path, _, _ in server.asked] == ["/_snapshot/object-store"] * 2 + ["/_slm/policy/nightly"]


def test_a_server_that_cannot_be_verified_gets_nothing(tmp_path: Path, server: Elasticsearch) -> None:
    other = pki.issue(tmp_path / "other")
    done = run(tmp_path, server, other.authority, RETRIES="0")
    assert done.returncode != 0
    assert server.asked == []


def test_plain_http_is_refused(tmp_path: Path, server: Elasticsearch, identity: pki.Pki) -> None:
    done = run(tmp_path, server, identity.authority, ELASTICSEARCH=f"http://localhost:{server.port}", RETRIES="0")
    assert done.returncode != 0
    assert server.asked == []


def test_the_job_holds_no_secret_and_mounts_no_private_key() -> None:
    pod = job_pod(ARGS)
    assert SECRET_KEY not in json.dumps(pod)
    files = {v["secret"]["secretName"]: [i["key"] for i in v["secret"]["items"]] for v in pod["volumes"]}
    assert files == {"search-user-snapshots": ["username", "password"], "search-http": ["ca.crt"]}


def test_another_retention_or_bucket_is_another_job() -> None:
    assert job_pod(ARGS) == job_pod(ARGS)
    assert job_pod(replace(ARGS, snapshot_retention_days=7)) != job_pod(ARGS)
    assert job_pod(replace(ARGS, backups=replace(BUCKET, name="other"))) != job_pod(ARGS)


def test_snapshots_expire_but_the_last_ones_stay() -> None:
    assert policy(14)["retention"] == {"expire_after": "14d", "min_count": 3}
    assert policy(14)["config"]["feature_states"] == ["none"]


def trust(tmp_path: Path, authority: str) -> subprocess.CompletedProcess[str]:
    """Run the trust script with a stand-in of keytool that keeps what it is given, by alias."""
    keytool = tmp_path / "keytool"
    keytool.write_text(f'#!/usr/bin/env bash\nwhile [[ $1 != -alias ]]; do shift; done\ncat >"{tmp_path}/$2"\n')
    keytool.chmod(0o755)
    (tmp_path / "ca.crt").write_text(authority)
    (tmp_path / "store").write_text("of an earlier start")
    given = {
        "AUTHORITY": str(tmp_path / "ca.crt"),
        "TRUST_STORE": str(tmp_path / "store"),
        "TRUST_STORE_PASSWORD": "changeit",
        "KEYTOOL": str(keytool),
        "PATH": os.environ["PATH"],
    }
    command = [BASH, "-c", TRUST_AUTHORITY]
    return subprocess.run(command, env=given, check=False, capture_output=True, text=True)


def test_every_certificate_of_a_bundle_is_trusted(tmp_path: Path) -> None:
    one, two = (f"-----BEGIN CERTIFICATE-----\n{name}\n-----END CERTIFICATE-----\n" for name in ("one", "two"))
    done = trust(tmp_path, f"Subject: acme\n{one}\n{two.rstrip()}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "authority-1").read_text() == one
    assert (tmp_path / "authority-2").read_text() == two
    assert not (tmp_path / "store").exists()


def test_no_certificate_is_an_error(tmp_path: Path) -> None:
    done = trust(tmp_path, "nothing\n")
    assert done.returncode == 1
    assert "holds no certificate" in done.stderr
