"""Which sections, plugins and parameters of fluentd are known, from upstream's source.

fluentd 1.19.3: lib/fluent/system_config.rb; plugin/in_forward.rb; plugin_helper/{server,inject}.rb; plugin/output.rb,
buffer.rb and buf_file.rb; time.rb; plugin/formatter_json.rb. fluent-plugin-s3 1.8.5, fluent-plugin-gcs 0.4.4 and
fluent-plugin-prometheus 2.2.2: lib/fluent/plugin/. What hides a secret in the text (`aws_sec_key`, `keyfile`) or turns
verification off (`insecure`, `ssl_verify_peer`) is left out on purpose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ANY = re.compile(r".*")
NOTHING = re.compile("")
STRING = re.compile(r".+")
BOOL = re.compile(r"true|false")
INTEGER = re.compile(r"\d+")
SIZE = re.compile(r"\d+[kKmMgGtT]?")
TIME = re.compile(r"\d+(\.\d+)?[smhd]?")
MODE = re.compile(r"0[0-7]{3}")
LABEL = re.compile(r"@[A-Z_]+")
TAGS = re.compile(r"\S+(\s+\S+)*")


def one_of(*values: str) -> re.Pattern[str]:
    """Accept these values alone."""
    return re.compile("|".join(map(re.escape, values)))


@dataclass(frozen=True, kw_only=True)
class Section:
    """What may stand in a section."""

    argument: re.Pattern[str] = NOTHING
    parameters: dict[str, re.Pattern[str]] = field(default_factory=dict[str, "re.Pattern[str]"])
    required: tuple[str, ...] = ()
    inside: dict[str, Section] = field(default_factory=dict[str, "Section"])
    plugins: dict[str, Section] = field(default_factory=dict[str, "Section"])
    """By `@type`; each then says what may stand inside."""


def plugin(
    parameters: dict[str, re.Pattern[str]], *, required: tuple[str, ...] = (), inside: dict[str, Section] | None = None
) -> Section:
    """Describe a plugin."""
    reserved = {"@type": STRING, "@id": STRING, "@label": LABEL, "@log_level": STRING}
    return Section(parameters={**reserved, **parameters}, required=required, inside=inside or {})


SYSTEM = Section(
    parameters={
        "workers": INTEGER,
        "root_dir": STRING,
        "config_include_dir": ANY,
        "log_level": one_of("trace", "debug", "info", "warn", "error", "fatal"),
        "suppress_config_dump": BOOL,
        "strict_config_value": BOOL,
        "file_permission": MODE,
        "dir_permission": MODE,
    },
    inside={"log": Section(parameters={"format": one_of("text", "json")})},
)
VERSIONS = one_of("TLSv1_1", "TLSv1_2", "TLSv1_3")
TRANSPORT = Section(
    argument=one_of("tls", "tcp"),
    parameters={
        "version": VERSIONS,
        "min_version": VERSIONS,
        "max_version": VERSIONS,
        "ciphers": STRING,
        "cert_path": STRING,
        "private_key_path": STRING,
        "ca_path": STRING,
        "client_cert_auth": BOOL,
    },
    required=("cert_path", "private_key_path"),
)
SECURITY = Section(
    parameters={"self_hostname": STRING, "shared_key": STRING, "allow_anonymous_source": BOOL},
    required=("self_hostname", "shared_key"),
)
FORWARD = plugin(
    {
        "port": INTEGER,
        "bind": STRING,
        "resolve_hostname": BOOL,
        "send_keepalive_packet": BOOL,
        "deny_keepalive": BOOL,
        "chunk_size_warn_limit": SIZE,
        "chunk_size_limit": SIZE,
        "skip_invalid_event": BOOL,
        "source_address_key": STRING,
        "tag": STRING,
        "add_tag_prefix": STRING,
    },
    inside={"transport": TRANSPORT, "security": SECURITY},
)
PROMETHEUS = plugin({"port": INTEGER, "bind": STRING, "metrics_path": STRING})
OUTPUT_MONITOR = plugin({"interval": TIME, "gauge_all": BOOL})
FILE_BUFFER = plugin(
    {
        "path": STRING,
        "timekey": TIME,
        "timekey_wait": TIME,
        "timekey_use_utc": BOOL,
        "flush_mode": one_of("lazy", "interval", "immediate"),
        "flush_interval": TIME,
        "flush_thread_count": INTEGER,
        "flush_at_shutdown": BOOL,
        "chunk_limit_size": SIZE,
        "total_limit_size": SIZE,
        "queue_limit_length": INTEGER,
        "overflow_action": one_of("throw_exception", "block", "drop_oldest_chunk"),
        "retry_forever": BOOL,
        "retry_timeout": TIME,
        "retry_max_times": INTEGER,
        "retry_type": one_of("exponential_backoff", "periodic"),
        "retry_wait": TIME,
        "retry_max_interval": TIME,
        "disable_chunk_backup": BOOL,
    },
    required=("path",),
)
MEMORY_BUFFER = plugin({name: pattern for name, pattern in FILE_BUFFER.parameters.items() if name != "path"})
BUFFER = Section(argument=ANY, plugins={"file": FILE_BUFFER, "memory": MEMORY_BUFFER})
FORMAT = Section(
    plugins={
        "json": plugin({"json_parser": one_of("oj", "json"), "add_newline": BOOL}),
        "msgpack": plugin({}),
        "single_value": plugin({"message_key": STRING}),
    }
)
INJECT = Section(
    parameters={
        "hostname_key": STRING,
        "tag_key": STRING,
        "time_key": STRING,
        "time_type": one_of("float", "unixtime", "string"),
        "time_format": STRING,
        "utc": BOOL,
    }
)
_OUTPUT = {"buffer": BUFFER, "format": FORMAT, "inject": INJECT}
S3 = plugin(
    {
        "s3_bucket": STRING,
        "s3_region": STRING,
        "s3_endpoint": re.compile(r"https://.+"),
        "force_path_style": BOOL,
        "ssl_ca_bundle": STRING,
        "path": STRING,
        "s3_object_key_format": STRING,
        "store_as": one_of("gzip", "json", "text"),
        "check_apikey_on_start": BOOL,
        "check_bucket": BOOL,
        "check_object": BOOL,
        "auto_create_bucket": BOOL,
        "overwrite": BOOL,
        "checksum_algorithm": one_of("CRC32", "CRC32C", "SHA1", "SHA256"),
    },
    required=("s3_bucket", "s3_region"),
    inside=_OUTPUT,
)
GCS = plugin(
    {
        "bucket": STRING,
        "path": STRING,
        "object_key_format": STRING,
        "store_as": one_of("gzip", "json", "text"),
        "auto_create_bucket": BOOL,
        "blind_write": BOOL,
        "overwrite": BOOL,
    },
    required=("bucket",),
    inside=_OUTPUT,
)
FILTER = Section(
    argument=TAGS,
    plugins={
        "grep": plugin({}, inside={"exclude": Section(parameters={"key": STRING, "pattern": STRING})}),
        "stdout": plugin({}),
    },
)
MATCH = Section(
    argument=TAGS,
    plugins={
        "s3": S3,
        "gcs": GCS,
        "null": plugin({}),
        "stdout": plugin({}, inside={"format": FORMAT}),
        "relabel": plugin({}, required=("@label",)),
    },
)
SOURCE = Section(
    plugins={"forward": FORWARD, "prometheus": PROMETHEUS, "prometheus_output_monitor": OUTPUT_MONITOR},
)
_ROUTES = {"filter": FILTER, "match": MATCH}
ROOT = Section(
    inside={"system": SYSTEM, "source": SOURCE, "label": Section(argument=LABEL, inside=_ROUTES), **_ROUTES},
)
