"""References of images: as they are written, in full, and in a mirror."""

from __future__ import annotations

import pytest

from supply.errors import SupplyError
from supply.references import parse

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("written", "full", "mirrored"),
    [
        ("quay.io/jetstack/x:v1", "quay.io/jetstack/x:v1", "r.example/m/jetstack/x:v1"),
        (
            "seldonio/mlserver:1.6.0-slim",
            "docker.io/seldonio/mlserver:1.6.0-slim",
            "r.example/m/seldonio/mlserver:1.6.0-slim",
        ),
        ("busybox", "docker.io/library/busybox:latest", "r.example/m/library/busybox:latest"),
        ("localhost/x:1", "localhost/x:1", "r.example/m/x:1"),
        ("r.acme.example:5000/a/b/c", "r.acme.example:5000/a/b/c:latest", "r.example/m/a/b/c:latest"),
        (f"ghcr.io/a/b@{DIGEST}", f"ghcr.io/a/b@{DIGEST}", f"r.example/m/a/b@{DIGEST}"),
        (f"ghcr.io/a/b:1@{DIGEST}", f"ghcr.io/a/b:1@{DIGEST}", f"r.example/m/a/b:1@{DIGEST}"),
    ],
)
def test_a_reference_is_read_as_a_runtime_does(written: str, full: str, mirrored: str) -> None:
    reference = parse(written)
    assert str(reference) == full
    assert parse(full) == reference
    assert reference.mirrored("r.example/m") == mirrored


@pytest.mark.parametrize(
    "text",
    [
        "",
        "auto image",
        "https://quay.io/a/b:1",
        "quay.io/A/b:1",
        "quay.io/a/b:",
        "quay.io/a/b@sha256:12",
        "a//b:1",
        "$(x)",
    ],
)
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(SupplyError, match="is no reference; allowed: "):
        parse(text)
