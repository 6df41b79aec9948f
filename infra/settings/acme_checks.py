"""What must hold for a certificate from an ACME server: its challenges can be answered."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.settings.acme import Acme, Http01
from infra.settings.certificates import bundle_problems
from infra.settings.errors import Problem
from infra.settings.ingress import Istio
from infra.settings.salvage import until_invalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.settings.access import LoadBalancer
    from infra.settings.platform import Platform

_PATH = ("ingress", "certificate")
_PUBLIC = ("buypass.com", "letsencrypt.org", "pki.goog", "ssl.com", "zerossl.com")
"""Domains of ACME servers that validate from the internet."""


def check_acme(platform: Platform, today: date) -> Iterator[Problem]:
    """Yield why an order could never complete."""
    certificate = platform.ingress.certificate
    if not isinstance(certificate, Acme):
        return
    if isinstance(platform.ingress, Istio):
        yield from until_invalid(_reachable(certificate, platform.ingress.load_balancer))
    yield from until_invalid(_authority(certificate, today))


def _reachable(acme: Acme, balancer: LoadBalancer) -> Iterator[Problem]:
    """A public server fetches its challenges from addresses that nobody announces."""
    host = urlsplit(acme.server).hostname or ""
    public = any(host == domain or host.endswith(f".{domain}") for domain in _PUBLIC)
    if isinstance(acme.challenge, Http01) and public and (balancer.internal or balancer.source_ranges):
        why = "internal" if balancer.internal else "only for sourceRanges"
        yield Problem(
            (*_PATH, "challenge", "kind"),
            f"http-01 cannot complete: {host} fetches its challenges from the internet, and loadBalancer is {why}; "
            "allowed: dns-01, a server that reaches the load balancer, or a public load balancer without sourceRanges",
        )


def _authority(acme: Acme, today: date) -> Iterator[Problem]:
    if acme.certificate_authority is not None:
        for text in bundle_problems(acme.certificate_authority, today=today):
            yield Problem((*_PATH, "certificateAuthority"), text)
