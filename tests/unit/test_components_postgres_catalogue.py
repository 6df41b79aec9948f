"""The Secret of the model catalogue: the keys that the Enterprise Platform reads, from any backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pytest
from component_stage import CERTIFICATE, SECRET, perform, waits_for
from postgres_stage import PEM
from recorder import Secret, unsecret

from components.contracts import Addresses, GivenAuthority, PlatformAuthority, PostgresEndpoint, PublicAuthorities
from components.seldon.catalogue import authority_request, catalogue_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from component_stage import Stage
    from recorder import Recording

    from components.contracts import SslMode, Trust

PASSWORD = "planted-database-password"


def made(trust: Callable[[Stage], Trust], *, ssl_mode: SslMode = "verify-full") -> tuple[Recording, int]:
    kept: list[pulumi.Resource] = []

    def make(stage: Stage) -> None:
        endpoint = PostgresEndpoint(
            host="db.acme.example",
            port=5433,
            database="catalogue",
            username="seldon",
            password=pulumi.Output.secret(PASSWORD),
            ssl_mode=ssl_mode,
            trust=trust(stage),
            reached_at=Addresses(cidrs=["10.9.0.0/24"]),
            ready=[stage.prop("database")],
        )
        opts = pulumi.ResourceOptions(parent=stage)
        kept.extend(catalogue_secret("stage-catalogue", endpoint, namespace="core", opts=opts))

    return perform(make), len(kept)


def own(stage: Stage) -> Trust:
    return PlatformAuthority(issuer=stage.issuer("own-issuer"))


@pytest.mark.parametrize("ssl_mode", ["verify-full", "verify-ca", "require"])
def test_the_keys_are_those_that_the_chart_reads(ssl_mode: SslMode) -> None:
    recording, resources = made(lambda _: PublicAuthorities(), ssl_mode=ssl_mode)
    secret = recording.object(SECRET, "core", "metadata-postgres")
    assert secret.inputs["type"] == "Opaque"
    assert isinstance(secret.inputs["stringData"], Secret)
    assert unsecret(secret.inputs["stringData"]) == {
        "host": "db.acme.example",
        "port": "5433",
        "user": "seldon",
        "password": PASSWORD,
        "dbname": "catalogue",
        "sslmode": ssl_mode,
    }
    assert "database" in waits_for(recording, secret)
    assert resources == 1


def test_a_given_authority_stands_beside_them() -> None:
    recording, resources = made(lambda _: GivenAuthority(certificate=PEM))
    secret = recording.object(SECRET, "core", "metadata-postgres")
    assert unsecret(secret.inputs["stringData"])["ca.crt"] == PEM
    assert recording.of(CERTIFICATE) == []
    assert resources == 1


def test_cert_manager_adds_the_platforms_authority_to_a_secret_that_is_there() -> None:
    recording, resources = made(own)
    secret = recording.object(SECRET, "core", "metadata-postgres")
    certificate = recording.object(CERTIFICATE, "core", "metadata-postgres")
    assert certificate.inputs["spec"]["secretName"] == secret.object_name
    assert certificate.inputs["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    assert {"catalogue", "own-issuer"} <= waits_for(recording, certificate)
    # What both wrote would be fought over: cert-manager writes these three.
    assert not {"tls.crt", "tls.key", "ca.crt"} & set(unsecret(secret.inputs["stringData"]))
    assert resources == 2


def test_the_certificate_beside_the_authority_is_no_identity() -> None:
    usages = authority_request("own-issuer", "core")["usages"]
    assert "timestamping" in usages
    assert not {"server auth", "client auth", "any"} & set(usages)
