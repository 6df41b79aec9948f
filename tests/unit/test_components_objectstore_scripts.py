"""The setup scripts, run as they stand: one against an S3 server on loopback, one with an `mc` that writes down."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from http_server import listening

from components.cluster.objectstore.rights import bucket_plans
from components.cluster.objectstore.setup import SCRIPTS, bucket_lines
from rehearsal.controlplane import pki

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from pathlib import Path

SH = shutil.which("sh") or "sh"
SECRET = "planted-secret-key"
PLANS = bucket_plans(audit_retention_days=365)
NAMES = [plan.name for plan in PLANS]
SHAPES = re.compile(r"<Status>(\w+)</Status>|<Mode>(\w+)</Mode>|<(?:Noncurrent)?Days>(\d+)</")


def _signature(secret: str, headers: Mapping[str, str], method: str, path: str, *, body: bytes) -> str:
    """Return the signature that a request must have (AWS Signature Version 4)."""
    credential, signed = re.findall(r"(?:Credential|SignedHeaders)=([^,]+)", headers["Authorization"])
    scope = credential.partition("/")[2]
    url = urlsplit(path)
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in signed.split(";")]
    canonical = "\n".join([method, url.path, url.query, *lines, "", signed, hashlib.sha256(body).hexdigest()])
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, digest])
    return hmac.new(key, text.encode(), "sha256").hexdigest()


@dataclass
class Store:
    """An S3 server that keeps the settings of buckets."""

    port: int = 0
    failing: str | None = None
    """A path that is refused."""
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """By name: whether it was made with a lock, and what each of its settings says."""
    asked: list[str] = field(default_factory=list[str])

    def put(self, path: str, headers: Mapping[str, str], body: bytes) -> int:
        """Answer a request with a status."""
        self.asked.append(path)
        if not headers["Authorization"].endswith(_signature(SECRET, headers, "PUT", path, body=body)):
            return 403
        if path == self.failing:
            return 500
        url = urlsplit(path)
        bucket = url.path.strip("/")
        if url.query:
            said = ["".join(found.groups(default="")) for found in SHAPES.finditer(body.decode())]
            self.buckets[bucket][url.query.rstrip("=")] = said
            return 200
        if bucket in self.buckets:
            return 409
        self.buckets[bucket] = {"lock": headers.get("x-amz-bucket-object-lock-enabled") == "true"}
        return 200


@pytest.fixture
def identity(tmp_path: Path) -> pki.Pki:
    return pki.issue(tmp_path / "pki")


@pytest.fixture
def store(identity: pki.Pki) -> Generator[Store]:
    standing = Store()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            status = standing.put(self.path, {k.lower(): v for k, v in self.headers.items()} | _known(self), body)
            self.send_response(status)
            answer = f"<Error><Code>{status}</Code></Error>".encode() if status >= 400 else b""
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    with listening(Handler, identity) as port:
        standing.port = port
        yield standing


def _known(handler: BaseHTTPRequestHandler) -> dict[str, str]:
    return {"Authorization": handler.headers["Authorization"] or ""}


def lay_out(home: Path, authority: Path, **keys: str) -> None:
    """Lay out what the Job mounts, with this plan of buckets."""
    for folder in ("plan", "keys", "authority"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    (home / "plan" / "buckets").write_text(bucket_lines(PLANS))
    (home / "authority" / "ca.crt").write_text(authority.read_text())
    for name, key in keys.items():
        (home / "keys" / name).write_text(key)


def run(script: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {"PATH": os.environ["PATH"], "SETUP_DIR": str(home), **environment}
    return subprocess.run([SH, str(SCRIPTS / script)], env=given, check=False, capture_output=True, text=True, cwd=home)


def set_up(home: Path, store: Store, authority: Path, secret: str = SECRET) -> subprocess.CompletedProcess[str]:
    lay_out(home, authority, access_key_id="setup", secret_access_key=secret)
    endpoint = f"https://localhost:{store.port}"
    return run("seaweedfs.sh", home, S3_ENDPOINT=endpoint, S3_REGION="us-east-1", S3_RETRIES="0")


WANTED = {
    "seldon-models": {"lock": False, "versioning": ["Enabled"], "lifecycle": ["Enabled", "30"]},
    "seldon-batch": {"lock": False, "versioning": ["Enabled"], "lifecycle": ["Enabled", "30"]},
    "seldon-audit": {"lock": True, "versioning": ["Enabled"], "object-lock": ["COMPLIANCE", "365"]},
    "seldon-backups": {"lock": False, "versioning": ["Enabled"], "lifecycle": ["Enabled", "30"]},
}


def test_the_first_run_makes_every_bucket_as_planned(tmp_path: Path, store: Store, identity: pki.Pki) -> None:
    done = set_up(tmp_path / "setup", store, identity.authority)
    assert (done.returncode, done.stderr) == (0, "")
    assert store.buckets == WANTED
    assert [*WANTED] == NAMES


def test_a_second_run_changes_nothing(tmp_path: Path, store: Store, identity: pki.Pki) -> None:
    set_up(tmp_path / "setup", store, identity.authority)
    again = set_up(tmp_path / "setup", store, identity.authority)
    assert (again.returncode, again.stderr) == (0, "")
    assert store.buckets == WANTED


def test_a_bucket_that_lost_its_settings_gets_them_again(tmp_path: Path, store: Store, identity: pki.Pki) -> None:
    store.buckets["seldon-backups"] = {"lock": False, "versioning": ["Suspended"]}
    set_up(tmp_path / "setup", store, identity.authority)
    assert store.buckets == WANTED


@pytest.mark.parametrize("path", ["/seldon-models", "/seldon-audit?object-lock=", "/seldon-backups?lifecycle="])
def test_a_refusal_ends_the_job_at_once_and_says_what_was_refused(
    tmp_path: Path, store: Store, identity: pki.Pki, path: str
) -> None:
    store.failing = path
    done = set_up(tmp_path / "setup", store, identity.authority)
    assert done.returncode == 1
    assert f"PUT {path.removeprefix('/')}: status 500" in done.stderr
    assert "<Code>500</Code>" in done.stderr
    assert store.asked[-1] == path


def test_a_wrong_key_makes_nothing_and_is_not_told(tmp_path: Path, store: Store, identity: pki.Pki) -> None:
    done = set_up(tmp_path / "setup", store, identity.authority, secret="another-key")
    assert done.returncode == 1
    assert "status 403" in done.stderr
    assert store.buckets == {}
    assert "another-key" not in done.stdout + done.stderr


def test_a_server_of_another_authority_gets_no_request(tmp_path: Path, store: Store) -> None:
    other = pki.issue(tmp_path / "other")
    done = set_up(tmp_path / "setup", store, other.authority)
    assert done.returncode != 0
    assert "certificate" in done.stderr
    assert store.asked == []


def test_a_missing_key_is_no_empty_key(tmp_path: Path, store: Store, identity: pki.Pki) -> None:
    home = tmp_path / "setup"
    lay_out(home, identity.authority, access_key_id="setup")
    done = run("seaweedfs.sh", home, S3_ENDPOINT=f"https://localhost:{store.port}", S3_REGION="us-east-1")
    assert done.returncode != 0
    assert store.asked == []


MC = """#!/bin/sh
{ printf '%s' "$*"; if [ ! -t 0 ]; then printf ' <'; tr '\\n' '|'; fi; echo; } >> "$MC_LOG"
printf '%s %s\\n' "$MC_HOST_store" "$SSL_CERT_DIR" > "$MC_ENVIRONMENT"
case "$*" in "$MC_FAILS") exit 1 ;; esac
"""


def with_mc(tmp_path: Path, *, fails: str = "-") -> tuple[subprocess.CompletedProcess[str], list[str], str]:
    """Run the script with an `mc` that writes down what it is asked, and perhaps fails."""
    home = tmp_path / "setup"
    authority = tmp_path / "authority.crt"
    authority.write_text("authority")
    lay_out(home, authority, root="root-secret", batch="batch-secret", backups="backups-secret")
    (home / "plan" / "users").write_text("batch\nbackups\n")
    tools = tmp_path / "bin"
    tools.mkdir(exist_ok=True)
    (tools / "mc").write_text(MC)
    (tools / "mc").chmod(0o755)
    log, environment = tmp_path / "log", tmp_path / "environment"
    log.write_text("")
    done = run(
        "minio.sh",
        home,
        PATH=f"{tools}:{os.environ['PATH']}",
        MINIO_SERVER="minio.seldon-storage.svc.cluster.local:9000",
        ROOT_USER="root-setup",
        MC_LOG=str(log),
        MC_ENVIRONMENT=str(environment),
        MC_FAILS=fails,
    )
    return done, log.read_text().splitlines(), environment.read_text()


def test_minio_gets_its_buckets_and_then_its_users(tmp_path: Path) -> None:
    done, asked, _ = with_mc(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    expiry = {"NoncurrentVersionExpiration": {"NoncurrentDays": 30}}
    old = json.dumps({"Rules": [{"ID": "old-versions", "Status": "Enabled", **expiry}]})
    home = tmp_path / "setup"
    assert asked == [
        "ready store <",
        "mb --ignore-existing store/seldon-models <",
        "version enable store/seldon-models <",
        f"ilm rule import store/seldon-models <{old}|",
        "mb --ignore-existing store/seldon-batch <",
        "version enable store/seldon-batch <",
        f"ilm rule import store/seldon-batch <{old}|",
        "mb --ignore-existing --with-lock store/seldon-audit <",
        "retention set --default compliance 365d store/seldon-audit <",
        "version enable store/seldon-audit <",
        "mb --ignore-existing store/seldon-backups <",
        "version enable store/seldon-backups <",
        f"ilm rule import store/seldon-backups <{old}|",
        "admin user add store <batch|batch-secret|",
        f"admin policy create store batch {home}/plan/batch.json <",
        "admin policy attach store batch --user batch <",
        "admin user add store <backups|backups-secret|",
        f"admin policy create store backups {home}/plan/backups.json <",
        "admin policy attach store backups --user backups <",
    ]


def test_keys_are_no_arguments_and_the_server_is_verified(tmp_path: Path) -> None:
    done, asked, environment = with_mc(tmp_path)
    arguments = " ".join(line.partition(" <")[0] for line in asked)
    assert "secret" not in arguments.replace("batch-secret|", "")
    assert environment.split() == [
        "https://root-setup:root-secret@minio.seldon-storage.svc.cluster.local:9000",
        str(tmp_path / "setup" / "authority"),
    ]
    assert "--insecure" not in (SCRIPTS / "minio.sh").read_text()
    assert "secret" not in done.stdout + done.stderr


@pytest.mark.parametrize("fails", ["version enable store/seldon-batch", "admin policy attach store batch --user batch"])
def test_what_mc_refuses_ends_the_job(tmp_path: Path, fails: str) -> None:
    done, asked, _ = with_mc(tmp_path, fails=fails)
    assert done.returncode == 1
    assert asked[-1] == f"{fails} <"
