"""The control plane's own public key infrastructure."""

from __future__ import annotations

import datetime as dt
import ipaddress
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from rehearsal.controlplane.files import write_private

_LIFETIME = dt.timedelta(days=365)
_RENEW_BEFORE = dt.timedelta(days=30)
_BACKDATED = dt.timedelta(minutes=5)
_DNS_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
_ADDRESSES = ("127.0.0.1", "10.96.0.1")


@dataclass(frozen=True, kw_only=True)
class Pki:
    """Paths of PEM files: the authority, and the one certificate and key (mode 0600) that every component uses."""

    authority: Path
    certificate: Path
    key: Path


def load(directory: Path) -> Pki | None:
    """Return the PKI kept in directory, None when it is missing, damaged, readable by others or about to expire."""
    pki = _paths(directory)
    return pki if _usable(pki) else None


def issue(directory: Path) -> Pki:
    """Replace the PKI in directory by a new one; the old files stay whole until the new ones are.

    The authority's private key is never written: it signs one certificate and is forgotten.
    """
    temporary = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
    try:
        for name, content in _new_files().items():
            write_private(temporary / name, content)
        if directory.exists():
            shutil.rmtree(directory)
        temporary.rename(directory)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return _paths(directory)


def _paths(directory: Path) -> Pki:
    return Pki(authority=directory / "ca.crt", certificate=directory / "tls.crt", key=directory / "tls.key")


def _usable(pki: Pki) -> bool:
    try:
        authority = x509.load_pem_x509_certificate(pki.authority.read_bytes())
        certificate = x509.load_pem_x509_certificate(pki.certificate.read_bytes())
        key = serialization.load_pem_private_key(pki.key.read_bytes(), password=None)
        certificate.verify_directly_issued_by(authority)
        mode = stat.S_IMODE(pki.key.stat().st_mode)
    except Exception:  # noqa: BLE001 - whatever is wrong with the files, the answer is to make new ones
        return False
    fresh = certificate.not_valid_after_utc - _RENEW_BEFORE > dt.datetime.now(dt.timezone.utc)
    return fresh and mode & 0o077 == 0 and key.public_key() == certificate.public_key()


def _new_files() -> dict[str, bytes]:
    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal-ca")])
    # The group system:masters bypasses RBAC: https://kubernetes.io/docs/reference/access-authn-authz/rbac/
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:masters"),
            x509.NameAttribute(NameOID.COMMON_NAME, "rehearsal"),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _builder(authority_name, authority_name, authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        _builder(name, authority_name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    *(x509.DNSName(host) for host in _DNS_NAMES),
                    *(x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return {
        "ca.crt": authority.public_bytes(serialization.Encoding.PEM),
        "tls.crt": certificate.public_bytes(serialization.Encoding.PEM),
        "tls.key": key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
    }


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFETIME)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
