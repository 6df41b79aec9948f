"""The control plane's certificates."""

from __future__ import annotations

import datetime as dt
import stat
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.controlplane import pki

if TYPE_CHECKING:
    from pathlib import Path


def test_the_certificate_serves_loopback_and_administers_the_cluster(tmp_path: Path) -> None:
    made = pki.issue(tmp_path / "pki")
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    certificate = x509.load_pem_x509_certificate(made.certificate.read_bytes())
    certificate.verify_directly_issued_by(authority)
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert {"localhost", "kubernetes"} <= set(names.get_values_for_type(x509.DNSName))
    assert "127.0.0.1" in map(str, names.get_values_for_type(x509.IPAddress))
    usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(usage) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    (organisation,) = certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    assert organisation.value == "system:masters"
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_no_file_is_open_to_others_and_the_authority_key_is_not_kept(tmp_path: Path) -> None:
    made = pki.issue(tmp_path / "pki")
    files = list((tmp_path / "pki").iterdir())
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "pki").stat().st_mode) == 0o700
    keys = [file for file in files if b"PRIVATE KEY" in file.read_bytes()]
    assert keys == [made.key]
    key = serialization.load_pem_private_key(made.key.read_bytes(), password=None)
    assert key.public_key() != x509.load_pem_x509_certificate(made.authority.read_bytes()).public_key()


def test_what_was_made_is_used_again(tmp_path: Path) -> None:
    assert pki.load(tmp_path / "pki") is None
    assert pki.issue(tmp_path / "pki") == pki.load(tmp_path / "pki")


@pytest.mark.parametrize("name", ["ca.crt", "tls.crt", "tls.key"])
def test_damaged_files_are_not_used(tmp_path: Path, name: str) -> None:
    pki.issue(tmp_path / "pki")
    (tmp_path / "pki" / name).write_text("damaged")
    assert pki.load(tmp_path / "pki") is None


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    pki.issue(tmp_path / "pki").key.chmod(0o640)
    assert pki.load(tmp_path / "pki") is None


def test_a_key_of_another_certificate_is_not_used(tmp_path: Path) -> None:
    made, other = pki.issue(tmp_path / "pki"), pki.issue(tmp_path / "other")
    other.key.replace(made.key)
    assert pki.load(tmp_path / "pki") is None


def test_a_certificate_about_to_expire_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pki, "_LIFETIME", dt.timedelta(days=29))
    pki.issue(tmp_path / "pki")
    assert pki.load(tmp_path / "pki") is None


def test_a_new_issue_replaces_the_old_one(tmp_path: Path) -> None:
    before = pki.issue(tmp_path / "pki").authority.read_bytes()
    assert pki.issue(tmp_path / "pki").authority.read_bytes() != before
    assert [path.name for path in tmp_path.iterdir()] == ["pki"]
