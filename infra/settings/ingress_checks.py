"""What must hold for the way in: callers have tokens, and the load balancer is internal, unless exempted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.settings.acme import Http01
from infra.settings.auth import ExternalAuth
from infra.settings.certificates import bundle_problems
from infra.settings.errors import Problem, nearest, shown
from infra.settings.exemption_checks import entry_for, is_exempt
from infra.settings.ingress import Acme, Istio
from infra.settings.salvage import duplicates, until_invalid, valid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from infra.settings.access import LoadBalancer, Oidc
    from infra.settings.ingress import Nginx
    from infra.settings.platform import Platform
    from infra.settings.shape import Path

RESOURCE = "ingress"
"""What the exemptions of the ingress are of."""


def check_ingress(platform: Platform, today: date) -> Iterator[Problem]:
    """Yield what is wrong with who may call and from where."""
    ingress = platform.ingress
    if isinstance(ingress, Istio):
        yield from until_invalid(_callers(platform, ingress, today))
    else:
        yield from until_invalid(_challenges(ingress))
        yield from until_invalid(_asked(platform, ingress, today))
    yield from until_invalid(_tenants(platform))
    yield from until_invalid(_load_balancer(platform, ingress.load_balancer))


def _tenants(platform: Platform) -> Iterator[Problem]:
    """An audience that no token may have would close a runtime; one that nothing checks would protect nothing."""
    oidc = platform.ingress.oidc if isinstance(platform.ingress, Istio) else None
    issuers = (oidc, *oidc.additional_issuers) if oidc else ()
    accepted = list(dict.fromkeys(audience for issuer in issuers for audience in issuer.audiences))
    for index, audiences in valid(platform.seldon.runtimes, lambda runtime: runtime.audiences):
        for place, audience in enumerate(audiences):
            if audience not in accepted:
                allowed = ", ".join(accepted) or "none, since ingress.oidc is not there to check them"
                meant = nearest(audience, accepted)
                yield Problem(
                    ("seldon", "runtimes", index, "audiences", place),
                    f"{shown(audience)} is no audience of ingress.oidc{meant}; allowed: {allowed}",
                )


def _callers(platform: Platform, ingress: Istio, today: date) -> Iterator[Problem]:
    path = ("ingress", "oidc")
    exempt = is_exempt(platform, "request-authentication", RESOURCE)
    if ingress.oidc is None and not exempt:
        entry = entry_for("request-authentication", RESOURCE)
        yield Problem(path, f"missing, so anyone could call models; allowed: a mapping, or under exemptions: {entry}")
    if ingress.oidc is not None:
        if exempt:
            yield Problem(
                path,
                "given, but request-authentication of ingress is exempted; allowed: one of the two",
            )
        yield from until_invalid(_issuers(ingress.oidc))
        authority = ingress.oidc.certificate_authority
        if authority is not None:
            for text in bundle_problems(authority, today=today):
                yield Problem((*path, "certificateAuthority"), text)


def _challenges(ingress: Nginx) -> Iterator[Problem]:
    """A challenge over HTTP comes without TLS and without credentials, and NGINX is told to let neither through."""
    if isinstance(ingress.certificate, Acme) and isinstance(ingress.certificate.challenge, Http01):
        yield Problem(
            ("ingress", "certificate", "challenge", "kind"),
            "http-01 cannot be answered through NGINX, which answers nothing over plain HTTP; allowed: dns-01",
        )


def _asked(platform: Platform, ingress: Nginx, today: date) -> Iterator[Problem]:
    path = ("ingress", "auth")
    exempt = is_exempt(platform, "request-authentication", RESOURCE)
    if ingress.auth is None:
        if not exempt:
            entry = entry_for("request-authentication", RESOURCE)
            yield Problem(
                path, f"missing, so anyone could call models; allowed: a mapping, or under exemptions: {entry}"
            )
        return
    if exempt:
        yield Problem(path, "given, but request-authentication of ingress is exempted; allowed: one of the two")
    if isinstance(ingress.auth, ExternalAuth):
        yield from until_invalid(_server(ingress.auth, path, today))


def _server(auth: ExternalAuth, path: Path, today: date) -> Iterator[Problem]:
    for index, first, address in duplicates(enumerate(auth.addresses)):
        yield Problem(
            (*path, "addresses", index), f"{shown(address)} is already addresses[{first}]; allowed: each address once"
        )
    if auth.certificate_authority is not None:
        for text in bundle_problems(auth.certificate_authority, today=today):
            yield Problem((*path, "certificateAuthority"), text)


def _issuers(oidc: Oidc) -> Iterator[Problem]:
    named = [(-1, oidc.issuer), *valid(oidc.additional_issuers, lambda other: other.issuer)]
    for index, first, issuer in duplicates(named):
        owner = "issuer" if first < 0 else f"additionalIssuers[{first}]"
        yield Problem(
            ("ingress", "oidc", "additionalIssuers", index, "issuer"),
            f"{shown(issuer)} is already {owner}; allowed: each issuer once, with all of its audiences",
        )


def _load_balancer(platform: Platform, wanted: LoadBalancer) -> Iterator[Problem]:
    path = ("ingress", "loadBalancer")
    exempt = is_exempt(platform, "public-ingress", RESOURCE)
    if not wanted.internal and not exempt:
        entry = entry_for("public-ingress", RESOURCE)
        yield Problem((*path, "internal"), f"false makes it public; allowed: true, or under exemptions: {entry}")
    if wanted.internal and exempt:
        yield Problem(
            (*path, "internal"),
            "true, but public-ingress of ingress is exempted; allowed: false, or no such exemption",
        )
    for index, first, name in duplicates(valid(wanted.annotations, lambda entry: entry.name)):
        yield Problem(
            (*path, "annotations", index, "name"),
            f"{shown(name)} is already annotations[{first}]; allowed: each name once",
        )
