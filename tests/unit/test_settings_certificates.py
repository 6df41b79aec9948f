"""Certificates count by the day: one issued this afternoon is valid today, and one that ends tonight still is."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infra.settings.certificates import chain_problems

AFTERNOON = datetime(2026, 6, 1, 15, tzinfo=timezone.utc)
HOST = "ml.initech.example"


def certificate(start: datetime, end: datetime) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


@pytest.mark.parametrize(
    ("today", "problems"),
    [
        (date(2026, 5, 31), ["is not valid before 2026-06-01; allowed: one that is valid today"]),
        (date(2026, 6, 1), []),
        (date(2026, 6, 2), []),
        (date(2026, 6, 3), ["expired on 2026-06-02; allowed: one that is valid today"]),
    ],
)
def test_first_and_last_day_count(today: date, problems: list[str]) -> None:
    pem = certificate(AFTERNOON, AFTERNOON + timedelta(days=1))
    assert list(chain_problems(pem, today=today, hosts=[HOST])) == problems
