"""What Fluent Bit is told: which files it reads, and where their lines go.

Parameters and behaviour are those of Fluent Bit 5.1.1 (plugins/in_tail, filter_parser, filter_nest, filter_modify,
filter_grep, out_es, out_forward; src/flb_output.c and src/flb_config.c). Lines are those of the container runtime
interface; the parser `cri`, which joins what the runtime has split, is built in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from components.cluster.applicationlogs import names
from components.trust import AUTHORITY_KEY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from components.cluster.applicationlogs.args import AccessLog, ApplicationLogsArgs

INDEX_PREFIX = "kubernetes_cluster"
"""The platform reads `kubernetes_cluster-*` (`applicationLogs.elasticIndexPattern`, chart seldon-deploy 2.4.0)."""
AUDIT_TAG = "gateway_access"
"""Of the gateway's requests in the audit trail."""
BUFFER_MI = {names.SEARCH: 512, names.AUDIT: 1024}
"""Most that waits on a node, by the way that lines go; beyond it the oldest goes."""
SEARCH_TRIES = 120
"""Then lines are given up: what Elasticsearch will never take would be sent for ever."""
RETRY_SECONDS = 60
"""Longest pause between two tries."""

_FLUSH_SECONDS = 5
_CHUNKS_IN_MEMORY = 16
"""Of about 2 MiB each; the others wait on disk."""
_ORIGIN = ("pod_name", "namespace_name", "container_name", "container_id")
_FILE_NAME = (
    rf"^{names.LINKS}/(?<pod_name>[^_]+)_(?<namespace_name>[^_]+)_"
    r"(?<container_name>.+)-(?<container_id>[0-9a-f]{6,64})\.log$"
)
"""The kubelet cuts what is too long for a file name at its end, so an id can be short."""


def _service() -> dict[str, Any]:
    return {
        "flush": _FLUSH_SECONDS,
        "log_level": "info",
        "http_server": True,
        "http_listen": "0.0.0.0",  # noqa: S104 (of a pod, and policies say who reaches it)
        "http_port": names.METRICS,
        "hot_reload": False,
        "scheduler.base": _FLUSH_SECONDS,
        "scheduler.cap": RETRY_SECONDS,
        "storage.path": f"{names.STATE}/chunks",
        "storage.max_chunks_up": _CHUNKS_IN_MEMORY,
        "storage.backlog.mem_limit": "8M",
    }


def _input(way: str, patterns: Sequence[str]) -> dict[str, Any]:
    """Read files from their beginning, and after a restart from where the reading has ended."""
    return {
        "name": "tail",
        "alias": way,
        "tag": way,
        "path": ",".join(patterns),
        "path_key": "file",
        "multiline.parser": "cri",
        "read_from_head": True,
        "refresh_interval": 5,
        "rotate_wait": 30,
        "skip_long_lines": True,
        "buffer_max_size": "256k",
        "db": f"{names.STATE}/{way}.db",
        "db.locking": True,
        "storage.type": "filesystem",
    }


def _origin(way: str, *, drop: Sequence[str]) -> list[dict[str, Any]]:
    """Take pod, namespace and container from the name of the file, and put them where the platform looks for them.

    A line stays text: as fields, what a model writes could pass for another pod's, or clash with the type of another's.
    """
    return [
        {"name": "parser", "match": way, "key_name": "file", "parser": "log_file", "reserve_data": True},
        {"name": "nest", "match": way, "operation": "nest", "wildcard": list(_ORIGIN), "nest_under": "kubernetes"},
        {"name": "modify", "match": way, "remove": list(drop)},
    ]


def _requests(way: str) -> list[dict[str, Any]]:
    """Take the gateway's requests, which are objects of JSON, out of the rest of what its pods write."""
    return [
        {"name": "grep", "match": way, "regex": r"log ^\{"},
        {"name": "parser", "match": way, "key_name": "log", "parser": "request", "reserve_data": True},
    ]


def _variable(way: str, key: str) -> str:
    (variable,) = (variable for variable, read in names.VARIABLES[way].items() if read == key)
    return f"${{{variable}}}"


def _tls(args: ApplicationLogsArgs, way: str) -> dict[str, Any]:
    """Verify the server and its name: left to itself, Fluent Bit takes any name that a trusted authority has signed."""
    verified = {"tls": True, "tls.verify": True, "tls.verify_hostname": True, "tls.min_version": "TLSv1.2"}
    given = {"tls.ca_file": f"{names.authority_directory(way)}/{AUTHORITY_KEY}"} if way in args.trusts else {}
    return {**verified, **given}


def _to_search(args: ApplicationLogsArgs) -> dict[str, Any]:
    """Write to an index a day. The id of a document is made of its content, so that one sent twice is there once.

    Operation `index` and not `create`, which Elasticsearch answers with a conflict when the document is there: the
    plugin takes an answer of nothing but conflicts for a failure, and would send the chunk again until it gives it up.
    """
    return {
        "name": "es",
        "alias": names.SEARCH,
        "match": names.SEARCH,
        "host": _variable(names.SEARCH, "host"),
        "port": args.search.port,
        "http_user": _variable(names.SEARCH, "username"),
        "http_passwd": _variable(names.SEARCH, "password"),
        "logstash_format": True,
        "logstash_prefix": INDEX_PREFIX,
        "time_key_nanos": True,
        "generate_id": True,
        "write_operation": "index",
        "suppress_type_name": not args.typed,
        "compress": "gzip",
        "retry_limit": SEARCH_TRIES,
        "storage.total_limit_size": f"{BUFFER_MI[names.SEARCH]}M",
        **_tls(args, names.SEARCH),
    }


def _to_audit(args: ApplicationLogsArgs, access: AccessLog) -> dict[str, Any]:
    """Forward without an end to the tries, until the aggregator says that it has what was sent."""
    return {
        "name": "forward",
        "alias": names.AUDIT,
        "match": names.AUDIT,
        "host": access.audit.host,
        "port": access.audit.secure_port,
        "shared_key": _variable(names.AUDIT, "shared_key"),
        "self_hostname": f"${{{names.POD_VARIABLE}}}",
        "tag": AUDIT_TAG,
        "require_ack_response": True,
        # Fluentd takes an event with metadata for a broken one, and leaves it out.
        "retain_metadata_in_forward_mode": False,
        "retry_limit": "no_limits",
        "storage.total_limit_size": f"{BUFFER_MI[names.AUDIT]}M",
        **_tls(args, names.AUDIT),
    }


def configuration(args: ApplicationLogsArgs) -> dict[str, Any]:
    """Return the configuration of every node; what is secret comes from the environment, so none of it stands here."""
    inputs = [_input(names.SEARCH, [names.log_files(namespace=namespace) for namespace in sorted(args.namespaces)])]
    parsers: list[dict[str, Any]] = [{"name": "log_file", "format": "regex", "regex": _FILE_NAME}]
    filters, outputs = _origin(names.SEARCH, drop=["_p"]), [_to_search(args)]
    if access := args.access:
        files = names.log_files(namespace=access.namespace, pod=f"{access.pods}-*", container=access.container)
        inputs.append(_input(names.AUDIT, [files]))
        parsers.append({"name": "request", "format": "json"})
        # A request has a time of its own.
        filters += [*_origin(names.AUDIT, drop=["_p", "time"]), *_requests(names.AUDIT)]
        outputs.append(_to_audit(args, access))
    pipeline = {"inputs": inputs, "filters": filters, "outputs": outputs}
    return {"service": _service(), "parsers": parsers, "pipeline": pipeline}


def written(document: dict[str, Any]) -> str:
    """Write the configuration down as YAML."""
    return yaml.safe_dump(document, sort_keys=False, width=1000)
