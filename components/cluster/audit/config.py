"""What fluentd is told: two listeners, one buffer on disk, one bucket. Nothing filters, and nothing is dropped.

Parameters and behaviour are those of fluentd 1.19.3, fluent-plugin-s3 1.8.5, fluent-plugin-gcs 0.4.4 and
fluent-plugin-prometheus 2.2.2, which the images have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from components.cluster.audit import names
from components.cluster.audit.syntax import Directive, Ruby, Value, render
from components.contracts import PublicAuthorities
from components.trust import AUTHORITY_KEY

if TYPE_CHECKING:
    from components.contracts import Bucket

FLUSH_SECONDS = 60
"""How long a record stays in the cluster when all is well."""
TIMEKEY_SECONDS = 600
"""Records of one chunk, and so of one object, are of the same ten minutes."""
CHUNK_MI = 32
ODD_CHUNK_MI = 256
"""A record that is larger than a chunk of the trail still fits into one of odd records."""
ODD_BUFFER_MI = 512
LEAST_GI = 1
"""The smallest volume that holds both buffers."""

TRAIL, ODD = "trail", "odd"
"""Identifiers of the two outputs, which their metrics and buffers carry, and the first part of the keys of objects."""

_TLS_FLOOR: dict[str, Value] = {
    "min_version": "TLSv1_2",
    "max_version": "TLSv1_3",
    # Of TLS 1.2 only what has forward secrecy and authenticates; those of 1.3 all do.
    "ciphers": "ECDHE+AESGCM:ECDHE+CHACHA20",
}
_LABEL = "@TRAIL"


def trail_buffer_mi(storage_gi: int) -> int:
    """Return the most that waits for the bucket, in MiB: four fifths of the volume less what is kept for odd records.

    The last fifth is for the file system, and for chunks that fluentd sets aside because they can never be written.

    Raises:
        ValueError: the volume is too small.
    """
    if storage_gi < LEAST_GI:
        raise ValueError(f"a volume of {storage_gi}Gi for the audit trail's buffer; at least {LEAST_GI}Gi is needed")
    return storage_gi * 1024 * 4 // 5 - ODD_BUFFER_MI


def _system() -> Directive:
    return Directive(
        name="system",
        parameters={
            # Chunks that can never be written go below it; the default is in /tmp and would go with the pod.
            "root_dir": names.BUFFERS,
            # Fluentd would read further files from /etc/fluent/conf.d.
            "config_include_dir": "",
            "dir_permission": "0700",
            "file_permission": "0600",
            "log_level": "info",
            "suppress_config_dump": True,
            "strict_config_value": True,
        },
        inside=[Directive(name="log", parameters={"format": "json"})],
    )


def _listener(identifier: str, port: int, *inside: Directive) -> Directive:
    return Directive(
        name="source",
        parameters={
            "@type": "forward",
            "@id": identifier,
            "@label": _LABEL,
            "bind": "0.0.0.0",  # noqa: S104 (of a pod, and policies say who reaches it)
            "port": port,
            "resolve_hostname": False,
            "send_keepalive_packet": True,
            # Who sent a record, as the network has it: what a record says of itself is the sender's word.
            "source_address_key": "audit_source",
        },
        inside=inside,
    )


def _secure_listener(host: str) -> Directive:
    certificate: dict[str, Value] = {
        "cert_path": f"{names.TLS}/tls.crt",
        "private_key_path": f"{names.TLS}/tls.key",
    }
    transport = Directive(name="transport", argument="tls", parameters={**certificate, **_TLS_FLOOR})
    # Without the variable fluentd does not start, rather than starting with an empty key.
    key = Ruby(expression=f"ENV.fetch('{names.SHARED_KEY_VARIABLE}')")
    security = Directive(name="security", parameters={"self_hostname": host, "shared_key": key})
    return _listener("secure", names.SECURE, transport, security)


def _metrics() -> list[Directive]:
    """Come last: inputs start in order, so once these answer the listeners do."""
    served: dict[str, Value] = {
        "@type": "prometheus",
        "@id": "metrics",
        "bind": "0.0.0.0",  # noqa: S104 (of a pod, and policies say who reaches it)
        "port": names.METRICS,
    }
    measured: dict[str, Value] = {
        "@type": "prometheus_output_monitor",
        "@id": "output-metrics",
        "interval": 10,
        "gauge_all": False,
    }
    return [Directive(name="source", parameters=parameters) for parameters in (served, measured)]


def _buffer(identifier: str, *, chunk_mi: int, total_mi: int) -> Directive:
    return Directive(
        name="buffer",
        argument="time",
        parameters={
            "@type": "file",
            "path": f"{names.BUFFERS}/{identifier}",
            "timekey": TIMEKEY_SECONDS,
            "timekey_use_utc": True,
            "flush_mode": "interval",
            "flush_interval": FLUSH_SECONDS,
            "flush_thread_count": 2,
            "flush_at_shutdown": True,
            "chunk_limit_size": f"{chunk_mi}m",
            "total_limit_size": f"{total_mi}m",
            # Clients wait; the other choices refuse new records or drop old ones.
            "overflow_action": "block",
            "retry_forever": True,
            "retry_type": "exponential_backoff",
            "retry_wait": 1,
            "retry_max_interval": 60,
        },
    )


def _key_prefix(identifier: str) -> Ruby:
    return Ruby(before=f"{identifier}/%Y/%m/%d/%H/", expression="Socket.gethostname", after="-")


def _s3(bucket: Bucket, identifier: str, extension: str) -> dict[str, Value]:
    """Parameters for a bucket into which one may put objects and nothing else: nothing is listed, read or created.

    The key is made of the chunk's own number, so a put that is tried again writes the same content under the same key.
    AWS refuses an object without a checksum where objects are locked; other stores are given only what the S3 API
    always had, through the environment.
    """
    host = urlsplit(bucket.endpoint).hostname or ""
    parameters: dict[str, Value] = {
        "@type": "s3",
        "@id": identifier,
        "s3_bucket": bucket.name,
        "s3_region": bucket.region,
        "path": _key_prefix(identifier),
        "s3_object_key_format": f"%{{path}}${{chunk_id}}.{extension}.gz",
        "store_as": "gzip",
        "check_apikey_on_start": False,
        "check_bucket": False,
        "check_object": False,
        "auto_create_bucket": False,
    }
    if bucket.provider == "AWS":
        parameters["checksum_algorithm"] = "CRC32"
        # The plugin refuses AWS's own endpoints, which it finds by the region, but those in a customer's network.
        if host.endswith(".vpce.amazonaws.com"):
            parameters["s3_endpoint"] = bucket.endpoint
    else:
        parameters |= {"s3_endpoint": bucket.endpoint, "force_path_style": True}
    if not isinstance(bucket.trust, PublicAuthorities):
        parameters["ssl_ca_bundle"] = f"{names.AUTHORITY}/{AUTHORITY_KEY}"
    return parameters


def _gcs(bucket: Bucket, identifier: str, extension: str) -> dict[str, Value]:
    """Parameters for a bucket of Google's. To put an object over another needs the right to delete, which none has.

    So each try has a key of its own: an upload that arrived although its answer was lost is there twice.
    """
    return {
        "@type": "gcs",
        "@id": identifier,
        "bucket": bucket.name,
        "path": _key_prefix(identifier),
        "object_key_format": f"%{{path}}${{chunk_id}}-%{{uuid_flush}}.{extension}.gz",
        "store_as": "gzip",
        "auto_create_bucket": False,
        "blind_write": True,
    }


def _output(bucket: Bucket, identifier: str, extension: str, *inside: Directive) -> Directive:
    parameters = (_gcs if bucket.provider == "GCS" else _s3)(bucket, identifier, extension)
    return Directive(name="match", argument="**", parameters=parameters, inside=inside)


def _trail(bucket: Bucket, storage_gi: int) -> Directive:
    # Fields of our own, under names that no record has: which stream it came on, when, and through which pod.
    inject: dict[str, Value] = {
        "tag_key": "audit_tag",
        "time_key": "audit_time",
        "time_type": "string",
        "time_format": "%Y-%m-%dT%H:%M:%S.%NZ",
        "utc": True,
        "hostname_key": "audit_host",
    }
    output = _output(
        bucket,
        TRAIL,
        "json",
        Directive(name="format", parameters={"@type": "json"}),
        Directive(name="inject", parameters=inject),
        _buffer(TRAIL, chunk_mi=CHUNK_MI, total_mi=trail_buffer_mi(storage_gi)),
    )
    return Directive(name="label", argument=_LABEL, inside=[output])


def _odd(bucket: Bucket) -> Directive:
    """What the trail does not take is kept as MessagePack, which takes anything.

    That is a record that cannot be written as JSON or is larger than a chunk, and those that wait for space in a full
    buffer when fluentd is told to stop.
    """
    output = _output(
        bucket,
        ODD,
        "msgpack",
        Directive(name="format", parameters={"@type": "msgpack"}),
        _buffer(ODD, chunk_mi=ODD_CHUNK_MI, total_mi=ODD_BUFFER_MI),
    )
    return Directive(name="label", argument="@ERROR", inside=[output])


def configuration(bucket: Bucket, *, host: str, storage_gi: int) -> str:
    """Return `fluent.conf`. It holds no secret: keys come through the environment.

    Args:
        bucket: where the trail is kept.
        host: name by which clients of the secure listener know it.
        storage_gi: size of the volume of the buffers, in GiB.

    Raises:
        ValueError: the volume is too small.
    """
    return render(
        [
            _system(),
            _secure_listener(host),
            _listener("plain", names.PLAIN),
            *_metrics(),
            _trail(bucket, storage_gi),
            _odd(bucket),
        ]
    )
