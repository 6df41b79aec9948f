"""What the collector of application logs is told, read as strictly as Fluent Bit does."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from node_logs_stage import ACCESS, ARGS, AUDIT, PASSWORD, SEARCH, SHARED_KEY

from components.cluster.applicationlogs.config import configuration, written
from components.contracts import PublicAuthorities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Config = dict[str, Any]
TLS = {"tls": bool, "tls.verify": bool, "tls.verify_hostname": bool, "tls.min_version": str, "tls.ca_file": str}
OUTPUT = {"alias": str, "match": str, "host": str, "port": int, "storage.total_limit_size": str, **TLS}
FILTER = {"match": str}
KNOWN: dict[str, dict[str, type | tuple[type, ...]]] = {
    "service": {
        "flush": int,
        "log_level": str,
        "http_server": bool,
        "http_listen": str,
        "http_port": int,
        "hot_reload": bool,
        "scheduler.base": int,
        "scheduler.cap": int,
        "storage.path": str,
        "storage.max_chunks_up": int,
        "storage.backlog.mem_limit": str,
    },
    "tail": {
        "alias": str,
        "tag": str,
        "path": str,
        "path_key": str,
        "multiline.parser": str,
        "read_from_head": bool,
        "refresh_interval": int,
        "rotate_wait": int,
        "skip_long_lines": bool,
        "buffer_max_size": str,
        "db": str,
        "db.locking": bool,
        "storage.type": str,
    },
    "parser": {**FILTER, "key_name": str, "parser": str, "reserve_data": bool},
    "nest": {**FILTER, "operation": str, "wildcard": list, "nest_under": str},
    "modify": {**FILTER, "remove": list},
    "grep": {**FILTER, "regex": str},
    "es": {
        **OUTPUT,
        "http_user": str,
        "http_passwd": str,
        "logstash_format": bool,
        "logstash_prefix": str,
        "time_key_nanos": bool,
        "generate_id": bool,
        "write_operation": str,
        "suppress_type_name": bool,
        "compress": str,
        "retry_limit": int,
    },
    "forward": {
        **OUTPUT,
        "shared_key": str,
        "self_hostname": str,
        "tag": str,
        "require_ack_response": bool,
        "retain_metadata_in_forward_mode": bool,
        "retry_limit": str,
    },
}
"""Parameters of Fluent Bit 5.1.1: the config maps of src/flb_input.c, src/flb_output.c, src/tls/flb_tls.c, the keys of
src/flb_config.c, and the config map of each plugin."""
POSTGRES = "/var/log/containers/postgres-1_seldon-postgres_postgres-" + "a" * 64 + ".log"
FRAUD = "/var/log/containers/mlserver-0_fraud_mlserver-" + "a" * 64 + ".log"
GATEWAY = "/var/log/containers/istio-ingressgateway-5d-x_istio-system_istio-proxy-" + "a" * 64 + ".log"
ISTIOD = "/var/log/containers/istiod-5d-x_istio-system_discovery-" + "a" * 64 + ".log"


def parts(config: Config) -> Iterator[tuple[str, Config]]:
    yield "service", config["service"]
    for kind in ("inputs", "filters", "outputs"):
        for part in config["pipeline"][kind]:
            yield part["name"], {key: value for key, value in part.items() if key != "name"}


@pytest.mark.parametrize("access", [ACCESS, None])
def test_fluent_bit_knows_every_parameter(access: Any) -> None:
    config = configuration(replace(ARGS, access=access))
    assert yaml.safe_load(written(config)) == config
    assert {*config} == {"service", "parsers", "pipeline"}
    for name, part in parts(config):
        for key, value in part.items():
            assert type(value) is KNOWN[name][key], f"{name}: {key}: {value!r}"
    names = {parser["name"] for parser in config["parsers"]}
    assert names == {part["parser"] for name, part in parts(config) if name == "parser"}
    assert all({*parser} <= {"name", "format", "regex"} for parser in config["parsers"])


def outputs(config: Config) -> Config:
    return {output["name"]: output for output in config["pipeline"]["outputs"]}


def unsafe(config: Config) -> Iterator[str]:
    """Yield whatever would read too much, send in the clear or to anybody, or lose or double a line."""
    yield from _reading(config)
    yield from _sending(config)
    search, audit = outputs(config)["es"], outputs(config)["forward"]
    if (search.get("generate_id"), search.get("write_operation")) != (True, "index"):
        yield "a line that is sent twice is there twice, or counts as lost"
    if audit.get("retry_limit") != "no_limits" or audit.get("require_ack_response") is not True:
        yield "the audit trail loses lines"
    if audit.get("retain_metadata_in_forward_mode") is not False:
        yield "fluentd leaves every event out"
    if any(secret in written(config) for secret in (PASSWORD, SHARED_KEY)):
        yield "a secret stands in the clear"


def _reading(config: Config) -> Iterator[str]:
    wanted = {"search": {FRAUD}, "audit": {GATEWAY}}
    for item in config["pipeline"]["inputs"]:
        patterns = item["path"].split(",")
        found = {file for file in (POSTGRES, FRAUD, GATEWAY, ISTIOD) if any(fnmatch(file, p) for p in patterns)}
        if found != wanted[item["tag"]]:
            yield f"{item['tag']} reads {patterns}"
        if item.get("storage.type") != "filesystem" or not item.get("db") or item.get("read_from_head") is not True:
            yield f"{item['tag']} forgets what it has read"


def _sending(config: Config) -> Iterator[str]:
    for name, output in outputs(config).items():
        if not all(output.get(key) is True for key in ("tls", "tls.verify", "tls.verify_hostname")):
            yield f"{name} does not verify its server"
        if output.get("tls.min_version") != "TLSv1.2" or not str(output.get("tls.ca_file")).endswith("/ca.crt"):
            yield f"{name} takes another TLS or authority"
        if "storage.total_limit_size" not in output:
            yield f"{name} fills the node's disk"


def of(kind: str, name: str, key: str, value: object) -> Callable[[Config], None]:
    """Set a parameter of the parts of a name; None takes it away."""

    def change(config: Config) -> None:
        for part in config["pipeline"][kind]:
            if name in (part["name"], part.get("tag")):
                part[key] = value
                if value is None:
                    del part[key]

    return change


MUTATIONS: dict[str, tuple[Callable[[Config], None], str]] = {
    "every namespace": (of("inputs", "search", "path", "/var/log/containers/*.log"), "search reads"),
    "all of the ingress": (of("inputs", "audit", "path", "/var/log/containers/*_istio-system_*.log"), "audit reads"),
    "plain to search": (of("outputs", "es", "tls", value=False), "verify"),
    "unverified search": (of("outputs", "es", "tls.verify", value=False), "verify"),
    "any name for search": (of("outputs", "es", "tls.verify_hostname", None), "verify"),
    "any name for the trail": (of("outputs", "forward", "tls.verify_hostname", None), "verify"),
    "old TLS": (of("outputs", "forward", "tls.min_version", None), "another TLS"),
    "public authorities": (of("outputs", "es", "tls.ca_file", None), "another TLS"),
    "no bound": (of("outputs", "es", "storage.total_limit_size", None), "disk"),
    "in memory": (of("inputs", "audit", "storage.type", "memory"), "forgets"),
    "no position": (of("inputs", "search", "db", None), "forgets"),
    "only what is new": (of("inputs", "search", "read_from_head", value=False), "forgets"),
    "no id": (of("outputs", "es", "generate_id", value=False), "twice"),
    "conflicts": (of("outputs", "es", "write_operation", "create"), "twice"),
    "a last try": (of("outputs", "forward", "retry_limit", 3), "loses"),
    "no answer": (of("outputs", "forward", "require_ack_response", value=False), "loses"),
    "metadata": (of("outputs", "forward", "retain_metadata_in_forward_mode", None), "fluentd"),
    "a password": (of("outputs", "es", "http_passwd", PASSWORD), "in the clear"),
}


def test_it_is_safe() -> None:
    assert [*unsafe(configuration(ARGS))] == []


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_what_makes_it_unsafe_is_noticed(mutation: str) -> None:
    change, says = MUTATIONS[mutation]
    config = deepcopy(configuration(ARGS))
    change(config)
    assert any(says in problem for problem in unsafe(config))


def python(regex: str) -> re.Pattern[str]:
    """Translate a pattern of Onigmo's; only named groups differ here."""
    return re.compile(regex.replace("(?<", "(?P<"))


@pytest.mark.parametrize(
    ("file", "origin"),
    [
        (FRAUD, ("mlserver-0", "fraud", "mlserver", "a" * 64)),
        (FRAUD.replace("mlserver-0", "web.a-1"), ("web.a-1", "fraud", "mlserver", "a" * 64)),
        (GATEWAY.replace("a" * 64, "0" * 12), ("istio-ingressgateway-5d-x", "istio-system", "istio-proxy", "0" * 12)),
    ],
)
def test_the_name_of_a_file_says_whose_it_is(file: str, origin: tuple[str, ...]) -> None:
    config = configuration(ARGS)
    (regex,) = (parser["regex"] for parser in config["parsers"] if parser["name"] == "log_file")
    found = python(regex).search(file)
    assert found
    assert tuple(found[key] for key in ("pod_name", "namespace_name", "container_name", "container_id")) == origin
    for nest in (part for name, part in parts(config) if name == "nest"):
        assert {*nest["wildcard"]} == {*found.groupdict()}
        assert nest["nest_under"] == "kubernetes"


def test_lines_stay_text_and_requests_become_fields() -> None:
    config = configuration(ARGS)
    parsed = [(part["match"], part["key_name"]) for name, part in parts(config) if name == "parser"]
    assert parsed == [("search", "file"), ("audit", "file"), ("audit", "log")]
    (grep,) = (part["regex"].partition(" ")[2] for name, part in parts(config) if name == "grep")
    assert [bool(re.search(grep, line)) for line in ('{"status":200}', "info  ready", '["x"]')] == [True, False, False]
    removed = {part["match"]: part["remove"] for name, part in parts(config) if name == "modify"}
    assert removed == {"search": ["_p"], "audit": ["_p", "time"]}


def test_the_platform_finds_the_indices() -> None:
    search = outputs(configuration(ARGS))["es"]
    assert (search["logstash_format"], search["logstash_prefix"]) == (True, "kubernetes_cluster")
    assert search["suppress_type_name"] is True
    assert outputs(configuration(replace(ARGS, typed=True)))["es"]["suppress_type_name"] is False
    assert (search["port"], search["host"], search["http_passwd"]) == (9243, "${SEARCH_HOST}", "${SEARCH_PASSWORD}")


def test_without_an_audit_trail_the_gateway_is_not_read() -> None:
    config = configuration(replace(ARGS, access=None))
    assert [item["tag"] for item in config["pipeline"]["inputs"]] == ["search"]
    assert [*outputs(config)] == ["es"]
    assert {part["match"] for name, part in parts(config) if name in ("parser", "nest", "modify")} == {"search"}


def test_public_authorities_need_no_file() -> None:
    public = replace(
        ARGS,
        search=replace(SEARCH, trust=PublicAuthorities()),
        access=replace(ACCESS, audit=replace(AUDIT, trust=PublicAuthorities())),
    )
    assert all("tls.ca_file" not in output for output in outputs(configuration(public)).values())


def test_without_a_runtime_there_is_nothing_to_collect() -> None:
    with pytest.raises(ValueError, match="no namespace whose logs are to be read"):
        replace(ARGS, namespaces=[])
