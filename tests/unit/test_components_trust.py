"""Trust: the authority of a server reaches its clients, and there is no way to ask for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from component_stage import CERTIFICATE, SECRET, Stage, perform, waits_for
from recorder import unsecret

from components.contracts import GivenAuthority, PlatformAuthority, PublicAuthorities
from components.trust import authority_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from recorder import Recording

    from components.contracts import Trust

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def made(trust: Callable[[Stage], Trust]) -> tuple[Recording, bool]:
    kept: list[bool] = []

    def make(stage: Stage) -> None:
        opts = pulumi.ResourceOptions(parent=stage)
        secret = authority_secret(
            "stage-store-ca",
            trust(stage),
            namespace="fraud",
            secret_name="store-ca",
            dns_names=["client.fraud"],
            opts=opts,
        )
        kept.append(secret is not None)

    return perform(make), kept[0]


def test_a_given_authority_is_copied() -> None:
    recording, given = made(lambda _: GivenAuthority(certificate=PEM))
    assert given
    assert unsecret(recording.object(SECRET, "fraud", "store-ca").inputs["stringData"]) == {"ca.crt": PEM}


def test_the_platforms_authority_comes_with_a_certificate_of_its_issuer() -> None:
    recording, given = made(lambda stage: PlatformAuthority(issuer=stage.issuer("own-issuer")))
    assert given
    certificate = recording.object(CERTIFICATE, "fraud", "store-ca")
    assert certificate.inputs["spec"]["issuerRef"]["name"] == "own-issuer"
    assert certificate.inputs["spec"]["secretName"] == "store-ca"
    assert "own-issuer" in waits_for(recording, certificate)


def test_public_authorities_need_nothing() -> None:
    recording, given = made(lambda _: PublicAuthorities())
    assert not given
    assert not recording.of(SECRET)
    assert not recording.of(CERTIFICATE)
