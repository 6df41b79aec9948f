"""Checks of the X.509 certificates that a stack file brings along."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

_MINIMUM_RSA_BITS = 2048
_MINIMUM_EC_BITS = 256


def chain_problems(
    pem: str, *, today: date, authority: bool = False, client: bool = False, hosts: Sequence[str] = ()
) -> Iterator[str]:
    """Yield what is wrong with a PEM chain whose first certificate is the one in use.

    `authority`: whether it must be a CA; `client`: whether a client presents it; `hosts`: the DNS names that it must
    cover.
    """
    if "PRIVATE KEY" in pem:
        yield "holds a private key (not shown), which belongs into privateKey as a secret; allowed: certificates only"
        return
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        yield "cannot be read as X.509; allowed: PEM text of X.509 certificates, leaf first"
        return
    for index, certificate in enumerate(chain):
        yield from _validity(certificate, today, "" if index == 0 else f"certificate {index + 1} of the chain ")
    for index, (certificate, issuer) in enumerate(pairwise(chain)):
        if not _issued_by(certificate, issuer):
            yield (
                f"certificate {index + 2} of the chain is not the issuer of the one before it; "
                "allowed: leaf first, each followed by its issuer"
            )
    leaf = chain[0]
    yield from _key(leaf)
    if authority and not _is_authority(leaf):
        yield "is not a CA certificate; allowed: one with basic constraint CA:TRUE"
    if client and not _for_clients(leaf):
        yield "is not for use by a client; allowed: one whose extended key usage, if it has any, names clientAuth"
    uncovered = [host for host in hosts if not _covers(leaf, host)]
    if uncovered:
        names = ", ".join(_dns_names(leaf)) or "no DNS name"
        yield f"covers {names}, not {', '.join(uncovered)}; allowed: one with these in its subjectAltName"


def bundle_problems(pem: str, *, today: date) -> Iterator[str]:
    """Yield what is wrong with PEM text of the CA certificates, in any order, that a server is verified against."""
    if "PRIVATE KEY" in pem:
        yield "holds a private key (not shown), which has no place here; allowed: certificates only"
        return
    try:
        bundle = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        yield "cannot be read as X.509; allowed: PEM text of X.509 CA certificates"
        return
    for index, certificate in enumerate(bundle):
        which = "" if index == 0 else f"certificate {index + 1} of it "
        yield from _validity(certificate, today, which)
        yield from (f"{which}{text}" for text in _key(certificate))
        if not _is_authority(certificate):
            yield f"{which}is not a CA certificate; allowed: those with basic constraint CA:TRUE"


def _issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, ValueError):
        return False
    return True


def last_day(pem: str) -> date:
    """Return the last day of the first of the certificates to expire; the chain must be readable."""
    return min(certificate.not_valid_after_utc for certificate in x509.load_pem_x509_certificates(pem.encode())).date()


def _validity(certificate: x509.Certificate, today: date, which: str) -> Iterator[str]:
    start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if today > end.date():
        yield f"{which}expired on {end:%Y-%m-%d}; allowed: one that is valid today"
    if today < start.date():
        yield f"{which}is not valid before {start:%Y-%m-%d}; allowed: one that is valid today"


def _key(certificate: x509.Certificate) -> Iterator[str]:
    key = certificate.public_key()
    strong = "allowed: RSA of at least 2048 bits or an elliptic curve of at least 256"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _MINIMUM_RSA_BITS:
        yield f"has an RSA key of {key.key_size} bits; {strong}"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < _MINIMUM_EC_BITS:
        yield f"has an elliptic-curve key of {key.key_size} bits; {strong}"


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _for_clients(certificate: x509.Certificate) -> bool:
    try:
        usages = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return ExtendedKeyUsageOID.CLIENT_AUTH in usages or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in usages


def _dns_names(certificate: x509.Certificate) -> list[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _covers(certificate: x509.Certificate, host: str) -> bool:
    """Match as RFC 6125 does: a wildcard stands for exactly one left-most label."""
    wildcard = "*." + host.partition(".")[2]
    return any(name.lower() in (host, wildcard) for name in _dns_names(certificate))
