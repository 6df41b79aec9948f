"""The Enterprise Platform, its audit trail and the logs of applications in the settings."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from settings_stacks import DATA, TODAY, changed, configure, platform_of, read

from infra import names
from infra.settings import Settings, SettingsError, load
from infra.settings.application_logs import FluentBit
from infra.settings.enterprise import ArgoWorkflows, Metronome, NoEnterprise, SeldonDeploy
from infra.settings.parse import parse, warnings_for
from infra.sizes import sizes_for

if TYPE_CHECKING:
    from infra.settings.platform import Platform

GOOD = DATA / "good"
INSIDE, OUTSIDE, OPENSEARCH = "enterprise-in-cluster", "enterprise-external", "enterprise-opensearch"


def loaded(stem: str) -> Settings:
    return load(configure(read(GOOD / f"{stem}.yaml")["config"]), today=TODAY)


def parsed(document: dict[str, Any], today: date = TODAY) -> Platform:
    """Parse with the secrets that the document refers to, no more and no less."""
    return parse(document, secret_keys=set(re.findall(r"'secret': '(\w+)'", str(document))), today=today)


def after(stem: str, path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    return changed(platform_of(GOOD / f"{stem}.yaml"), path, value)


def enterprise(stem: str) -> SeldonDeploy:
    given = loaded(stem).platform.enterprise
    assert isinstance(given, SeldonDeploy)
    return given


def warnings(document: dict[str, Any], today: date = TODAY) -> list[str]:
    return [line for line in warnings_for(parsed(document), today) if " is off for " not in line]


def problem(document: dict[str, Any], today: date = TODAY) -> str:
    with pytest.raises(SettingsError) as caught:
        parsed(document, today)
    (only,) = caught.value.problems
    return str(only)


def test_the_size_of_the_buffer_comes_from_the_stack_file_then_from_the_environment() -> None:
    default = sizes_for("production").audit
    assert loaded(INSIDE).audit.storage_gi == 100
    assert loaded(INSIDE).audit.workload == default.workload
    assert loaded(OUTSIDE).audit == default


def test_a_stack_has_the_namespaces_of_what_is_on_alone() -> None:
    added = {names.AUDIT, names.NODE_LOGS, names.WORKFLOWS}
    assert added <= set(loaded(INSIDE).platform.namespaces)
    assert added & set(loaded(OUTSIDE).platform.namespaces) == {names.AUDIT, names.NODE_LOGS}
    assert added & set(loaded(OPENSEARCH).platform.namespaces) == {names.AUDIT}
    assert added & set(loaded("stores-in-cluster").platform.namespaces) == set()


def test_the_policy_is_the_document_that_the_platform_reads() -> None:
    assert enterprise(INSIDE).access.policy == {
        "role_grants": {
            "/data-scientists": [
                {"action": "read", "resource": "namespace/fraud"},
                {"action": "write", "resource": "namespace/fraud"},
            ]
        },
        "user_grants": {
            "*": [{"action": "read", "resource": "project/default"}],
            "alice@acme.example": [{"action": "write", "resource": "project/Card fraud 2026"}],
        },
    }


def test_what_is_not_said_is_off() -> None:
    assert isinstance(loaded("minimal").platform.enterprise, NoEnterprise)
    assert loaded("minimal").platform.application_logs.kind == "none"
    assert enterprise(OUTSIDE).batch.kind == "none"
    assert isinstance(enterprise(INSIDE).batch, ArgoWorkflows)


def test_the_login_asks_for_what_the_product_reads_unless_said_otherwise() -> None:
    login = enterprise(OUTSIDE).oidc
    assert login.scopes == ("profile", "email", "groups")
    assert (login.claims.user, login.claims.service_account) == ("preferred_username", None)
    assert (login.claims.name, login.claims.email, login.claims.groups) == ("name", "email", "groups")


def test_the_request_logger_may_do_without_a_client() -> None:
    inside, outside = enterprise(INSIDE).request_logging, enterprise(OUTSIDE).request_logging
    assert isinstance(inside, Metronome)
    assert inside.authentication is not None
    assert isinstance(outside, Metronome)
    assert outside.authentication is None


def test_an_external_search_is_written_by_a_user_of_its_own() -> None:
    logs = loaded(OUTSIDE).platform.application_logs
    assert isinstance(logs, FluentBit)
    assert logs.writer is not None
    assert logs.writer.username == "seldon-logs"


def test_labels_of_a_runtime() -> None:
    (inside,), (outside,) = (loaded(stem).platform.seldon.runtimes for stem in (INSIDE, OUTSIDE))
    assert inside.visibility is not None
    assert outside.visibility is not None
    assert (inside.visibility.restricted, inside.visibility.groups) == (
        True,
        {"data-scientists": "write", "auditors": "read"},
    )
    assert (outside.visibility.restricted, outside.visibility.groups) == (False, {})


def test_rules_of_usage_that_are_given() -> None:
    (group,) = loaded(INSIDE).platform.monitoring.usage_rules
    (rule,) = group.rules
    assert (group.name, group.interval, rule.record, rule.labels) == (
        "usage",
        "1m",
        "model_containers_average",
        {"team": "data-science"},
    )
    assert loaded(OUTSIDE).platform.monitoring.usage_rules == ()


@pytest.mark.parametrize("version", ["1.0", "1.3.20", "2.19"])
def test_versions_of_opensearch_that_work(version: str) -> None:
    parsed(after(OPENSEARCH, ("search", "version"), version))


@pytest.mark.parametrize("version", ["0.9", "3.0", "7.17"])
def test_versions_of_opensearch_that_are_not_known_to_work(version: str) -> None:
    assert problem(after(OPENSEARCH, ("search", "version"), version)) == (
        f'platform.search.version: "{version}" is not a version of OpenSearch that the Enterprise Platform is known '
        "to work with; allowed: 1.x or 2.x"
    )


@pytest.mark.parametrize(
    "issuer", ["https://login.acme.example", "https://acme.eu.auth.example/", "https://a.example:8443/realms/x"]
)
def test_issuers(issuer: str) -> None:
    parsed(after(INSIDE, ("enterprise", "oidc", "issuer"), issuer))


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.acme.example",
        "login.acme.example",
        "https://login.acme.example/ ",
        "https://login.acme.example/?tenant=1",
        "https://login.acme.example/#",
        "https://user@login.acme.example",
        "https://login.acme.example/.well-known/openid-configuration",
    ],
)
def test_what_is_no_issuer(issuer: str) -> None:
    assert problem(after(INSIDE, ("enterprise", "oidc", "issuer"), issuer)).endswith(
        "is not allowed; allowed: the `iss` claim exactly: an https URL without user, query, fragment or /.well-known, "
        "such as https://login.initech.example/realms/people"
    )


@pytest.mark.parametrize("record", ["up", "_usage", "model:cpu_usage:rate5m"])
def test_names_of_series(record: str) -> None:
    parsed(after(INSIDE, ("monitoring", "usageRules", 0, "rules", 0, "record"), record))


@pytest.mark.parametrize("record", ["", "2xx", "model-cpu", "model.cpu", "up{job}", "sum(up)", "up\n"])
def test_what_is_no_name_of_a_series(record: str) -> None:
    given = problem(after(INSIDE, ("monitoring", "usageRules", 0, "rules", 0, "record"), record))
    assert given.startswith("platform.monitoring.usageRules[0].rules[0].record: ")
    assert given.endswith(
        "allowed: the name of a metric: letters, digits, underscores and colons, such as model_containers_average"
    )


@pytest.mark.parametrize("group", ["a", "data-scientists", "A.b_c", "x" * 50])
def test_groups_that_make_a_label(group: str) -> None:
    parsed(after(INSIDE, ("seldon", "runtimes", 0, "visibility", "groups"), {group: "read"}))


@pytest.mark.parametrize("group", ["", "/data-scientists", "data scientists", "-a", "a-", "x" * 51])
def test_groups_that_make_no_label(group: str) -> None:
    given = problem(after(INSIDE, ("seldon", "runtimes", 0, "visibility", "groups"), {group: "read"}))
    assert "allowed: the name of a group that a label can hold" in given


def test_an_expired_authority_of_the_login_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        parsed(platform_of(GOOD / f"{OUTSIDE}.yaml"), date(2046, 1, 2))
    found = [str(entry) for entry in caught.value.problems if entry.path[0] == "enterprise"]
    assert found == [
        "platform.enterprise.oidc.certificateAuthority: expired on 2046-01-01; allowed: one that is valid today"
    ]


def test_a_missing_secret_of_the_enterprise_platform_is_refused() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(platform_of(GOOD / f"{INSIDE}.yaml"), secret_keys=("loginSecret", "requestLoggerSecret"), today=TODAY)
    (missing,) = caught.value.problems
    assert str(missing) == (
        "platform.enterprise.license: missing secret: seldon-platform:license is not set; allowed: a value set with "
        "`pulumi config set --secret license`"
    )


def test_nothing_of_the_good_stacks_is_a_warning_by_itself() -> None:
    assert warnings(platform_of(GOOD / f"{OUTSIDE}.yaml")) == []


@pytest.mark.parametrize(
    ("path", "value", "warning"),
    [
        (
            ("cluster", "storageClass"),
            None,
            (
                "platform.cluster.storageClass: not given, so the volumes of the audit trail are of the cluster's "
                "default class; whether that encrypts is not known"
            ),
        ),
        (
            ("enterprise", "oidc", "cidrs"),
            None,
            "platform.enterprise.oidc.cidrs: not given, so the platform may connect to any address at its port",
        ),
        (
            ("enterprise", "access", "users", "*"),
            [{"action": "read", "resource": "namespace/fraud"}, {"action": "write", "resource": "project/default"}],
            "platform.enterprise.access.users.*: everyone who logs in may change project/default",
        ),
        (
            ("applicationLogs", "writer", "username"),
            "elastic",
            (
                "platform.applicationLogs.writer.username: elastic may do everything there; give a user who may only "
                "add to kubernetes_cluster-*"
            ),
        ),
    ],
)
def test_what_is_a_warning(path: tuple[str | int, ...], value: object, warning: str) -> None:
    assert warnings(after(OUTSIDE, path, value)) == [warning]


def test_an_authority_of_the_login_that_expires_soon_is_a_warning() -> None:
    found = warnings(platform_of(GOOD / f"{OUTSIDE}.yaml"), date(2045, 12, 2))
    assert (
        "platform.enterprise.oidc.certificateAuthority: expires on 2046-01-01; add its successor before that day"
        in found
    )


@pytest.mark.parametrize(("registry", "count"), [("registry.acme.example/mirror", 0), ("other.acme.example", 3)])
def test_images_that_the_pull_secret_does_not_fit_are_a_warning(registry: str, count: int) -> None:
    pull_secret = {"username": "puller", "password": {"secret": "password"}}
    document = after(INSIDE, ("images",), {"registry": registry, "pullSecret": pull_secret})
    found = [line.partition(":")[0] for line in warnings(document) if "the pull secret does not fit it" in line]
    assert found == ["platform.search.image", "platform.audit.image", "platform.applicationLogs.image"][:count]
