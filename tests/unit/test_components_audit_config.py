"""What fluentd is told: nothing gets lost, nothing is written over, nothing is in the clear that need not be."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from audit_stage import ARGS, AWS, BUCKETS, HERE, KEY, KEY_ID
from fluentd_routes import lost, outputs
from fluentd_syntax import Evaluated, read

from components.cluster.audit import names
from components.cluster.audit.config import ODD, TRAIL, configuration, trail_buffer_mi

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fluentd_syntax import Element

    from components.contracts import Bucket

GI = 50
EVERY = [*BUCKETS.values()]


def text_of(bucket: Bucket) -> str:
    return configuration(bucket, host=names.host(HERE), storage_gi=GI)


def _mebibytes(size: str) -> int:
    assert size.endswith("m")
    return int(size[:-1])


def buffered(root: Element) -> Iterator[str]:
    """Yield what could make fluentd give up a record that it has taken."""
    said: dict[str, str] = {
        "@type": "file",
        "flush_at_shutdown": "true",
        "overflow_action": "block",
        "retry_forever": "true",
    }
    for buffer in (output.one("buffer").parameters for output in outputs(root)):
        yield from (f"{key} is {buffer.get(key)}" for key, value in said.items() if buffer.get(key) != value)
        if not buffer.get("path", "").startswith(f"{names.BUFFERS}/"):
            yield "a buffer goes with its pod"
        given_up = {"retry_timeout", "retry_max_times", "disable_chunk_backup", "queue_limit_length"} & {*buffer}
        yield from (f"{key} is said" for key in given_up)
        if int(buffer["flush_interval"]) > 60:
            yield "records stay in the cluster for more than a minute"
    paths = [output.one("buffer").parameters.get("path") for output in outputs(root)]
    if len({*paths}) != len(paths):
        yield "two outputs share a buffer"
    total = sum(_mebibytes(output.one("buffer").parameters["total_limit_size"]) for output in outputs(root))
    if total > GI * 1024 * 0.85:
        yield "the buffers may fill the volume"
    if not root.one("system").parameters.get("root_dir", "").startswith(names.BUFFERS):
        yield "what cannot be written goes with its pod"


def taken(root: Element) -> Iterator[str]:
    """Yield what listeners would throw away, or take under another name."""
    for source in (source.parameters for source in root.all("source") if source.parameters["@type"] == "forward"):
        yield from (f"{key} is said" for key in ("chunk_size_limit", "tag", "add_tag_prefix") if key in source)
        if not source.get("source_address_key"):
            yield "nobody knows who sent a record"


def written(root: Element) -> Iterator[str]:
    """Yield what needs more than the right to add an object, or could write over one."""
    for output in outputs(root):
        said = output.parameters
        key = said.get("s3_object_key_format" if output.type == "s3" else "object_key_format", "")
        if "${chunk_id}" not in key or "%{path}" not in key or "Socket.gethostname" not in said.get("path", ""):
            yield f"two objects may have the key {key}"
        if "%Y/%m/%d/%H" not in said.get("path", ""):
            yield "objects are not found by their time"
        if said.get("store_as") != "gzip":
            yield "objects are not compressed"
        if output.type == "gcs":
            wanted = {"auto_create_bucket": "false", "blind_write": "true"}
            if "%{uuid_flush}" not in key:
                yield "a second try would need the right to delete"
        else:
            calls = ("check_apikey_on_start", "check_bucket", "check_object", "auto_create_bucket")
            wanted = dict.fromkeys(calls, "false")
        yield from (f"{name} is {said.get(name)}" for name, value in wanted.items() if said.get(name) != value)
        if said.get("overwrite", "false") != "false":
            yield "objects are written over"
    trail = next(output for output in outputs(root) if output.parameters["@id"] == TRAIL)
    if trail.one("format").type != "json" or next(trail.all("inject")).parameters.get("tag_key") != "audit_tag":
        yield "a record is not JSON that says which stream it came on"


def closed(root: Element) -> Iterator[str]:
    """Yield what is open or readable that need not be."""
    listeners = {s.parameters["port"]: s for s in root.all("source") if s.type == "forward"}
    if {*listeners} != {str(names.SECURE), str(names.PLAIN)}:
        yield f"listeners are {[*listeners]}"
    secure = listeners[str(names.SECURE)]
    transports = [t.parameters for t in secure.all("transport") if t.argument == "tls"]
    floors = [(t.get("min_version"), t.get("max_version"), t.get("ciphers")) for t in transports]
    if floors != [("TLSv1_2", "TLSv1_3", "ECDHE+AESGCM:ECDHE+CHACHA20")]:
        yield f"TLS on the secure listener is {floors}"
    keys = [security.parameters["shared_key"] for security in secure.all("security")]
    if len(keys) != 1 or not isinstance(keys[0], Evaluated) or keys[0] != "#{ENV.fetch('FORWARD_SHARED_KEY')}":
        yield f"the shared key is {keys}"
    system = root.one("system").parameters
    if system.get("suppress_config_dump") != "true":
        yield "the log shows what the configuration evaluates to"
    if system.get("config_include_dir") != "":
        yield "other files can add to what it is told"
    if (system.get("file_permission"), system.get("dir_permission")) != ("0600", "0700"):
        yield "buffers can be read by others"


CHECKS = {"lost": lost, "buffered": buffered, "taken": taken, "written": written, "closed": closed}


@pytest.mark.parametrize("bucket", EVERY, ids=BUCKETS)
@pytest.mark.parametrize("check", CHECKS)
def test_it_holds_for_every_bucket(check: str, bucket: Bucket) -> None:
    assert [*CHECKS[check](read(text_of(bucket)))] == []


MATCH = "  <match **>\n    @type s3\n    @id trail"
SPOILED: dict[str, tuple[str, str, str]] = {
    "one tag alone": ("lost", MATCH, MATCH.replace("**", "deploy_audit.**")),
    "one part alone": ("lost", MATCH, MATCH.replace("**", "*")),
    "no tag": ("lost", MATCH, MATCH.replace("**", "kube.**")),
    "thrown away": ("lost", MATCH, "  <match kube.**>\n    @type null\n  </match>\n" + MATCH),
    "printed": ("lost", MATCH, "  <match fluent.*>\n    @type stdout\n  </match>\n" + MATCH),
    "sent to nowhere": ("lost", MATCH, "  <match api>\n    @type relabel\n    @label @GONE\n  </match>\n" + MATCH),
    "sent in a circle": ("lost", MATCH, "  <match api>\n    @type relabel\n    @label @TRAIL\n  </match>\n" + MATCH),
    "filtered": (
        "lost",
        MATCH,
        "  <filter deploy_audit.**>\n    @type grep\n    <exclude>\n      key URI\n      pattern /healthz/\n"
        "    </exclude>\n  </filter>\n" + MATCH,
    ),
    "no label": ("lost", "  @id plain\n  @label @TRAIL\n", "  @id plain\n"),
    "another label": ("lost", "  @id secure\n  @label @TRAIL\n", "  @id secure\n  @label @ELSEWHERE\n"),
    "errors are logged alone": ("lost", "<label @ERROR>", "<label @ODD>"),
    "buffer in memory": ("buffered", "@type file\n      path /buffers/trail\n", "@type memory\n"),
    "buffer in the pod": ("buffered", "path /buffers/odd", "path /tmp/odd"),
    "one buffer for two": ("buffered", "path /buffers/odd", "path /buffers/trail"),
    "refuses when full": ("buffered", "overflow_action block", "overflow_action throw_exception"),
    "drops when full": ("buffered", "overflow_action block", "overflow_action drop_oldest_chunk"),
    "gives up": ("buffered", "retry_forever true", "retry_timeout 72h"),
    "gives up after so many": ("buffered", "retry_forever true", "retry_forever true\n      retry_max_times 17"),
    "loses what is odd": ("buffered", "retry_forever true", "retry_forever true\n      disable_chunk_backup true"),
    "keeps it at the end": ("buffered", "flush_at_shutdown true", "flush_at_shutdown false"),
    "waits for an hour": ("buffered", "flush_interval 60", "flush_interval 3600"),
    "fills the volume": ("buffered", "total_limit_size 512m", "total_limit_size 20480m"),
    "bad chunks in the pod": ("buffered", "  root_dir /buffers\n", ""),
    "drops what is large": ("taken", "  @id plain\n", "  @id plain\n  chunk_size_limit 8m\n"),
    "takes it for another": ("taken", "  @id secure\n", "  @id secure\n  tag audit\n"),
    "no sender": ("taken", "  source_address_key audit_source\n", ""),
    "lists the bucket": ("written", "check_apikey_on_start false", "check_apikey_on_start true"),
    "looks at the bucket": ("written", "    check_bucket false\n", ""),
    "looks at objects": ("written", "    check_object false\n", ""),
    "makes the bucket": ("written", "auto_create_bucket false", "auto_create_bucket true"),
    "writes over": ("written", "store_as gzip", "store_as gzip\n    overwrite true"),
    "one key": ("written", "%{path}${chunk_id}", "%{path}trail"),
    "one key for all pods": ("written", "#{Socket.gethostname}-", ""),
    "no time": ("written", "%Y/%m/%d/%H/", ""),
    "plain objects": ("written", "store_as gzip", "store_as text"),
    "message alone": ("written", "@type json", "@type single_value"),
    "no stream": ("written", "      tag_key audit_tag\n", ""),
    "old TLS": ("closed", "min_version TLSv1_2", "min_version TLSv1_1"),
    "any cipher": ("closed", "    ciphers ECDHE+AESGCM:ECDHE+CHACHA20\n", ""),
    "TLS left to a default": ("closed", "    min_version TLSv1_2\n    max_version TLSv1_3\n", ""),
    "no TLS": ("closed", "<transport tls>", "<transport tcp>"),
    "key in the text": ("closed", "\"#{ENV.fetch('FORWARD_SHARED_KEY')}\"", "planted-key"),
    "key may be empty": ("closed", "ENV.fetch('FORWARD_SHARED_KEY')", "ENV['FORWARD_SHARED_KEY']"),
    "key not evaluated": ("closed", "\"#{ENV.fetch('FORWARD_SHARED_KEY')}\"", "'key'"),
    "in the log": ("closed", "suppress_config_dump true", "suppress_config_dump false"),
    "other files": ("closed", "  config_include_dir ''\n", ""),
    "readable": ("closed", "file_permission 0600", "file_permission 0644"),
    "another port": ("closed", "port 24225", "port 24226"),
}


@pytest.mark.parametrize(("check", "right", "wrong"), SPOILED.values(), ids=SPOILED)
def test_it_is_missed_when_it_is_gone(check: str, right: str, wrong: str) -> None:
    text = text_of(AWS)
    assert right in text
    assert [*CHECKS[check](read(text.replace(right, wrong)))] != []


@pytest.mark.parametrize("right", ["    blind_write true\n", "-%{uuid_flush}", "    auto_create_bucket false\n"])
def test_it_is_missed_when_it_is_gone_for_google(right: str) -> None:
    text = text_of(BUCKETS["gcs"])
    assert right in text
    assert [*written(read(text.replace(right, "")))] != []


@pytest.mark.parametrize("bucket", EVERY, ids=BUCKETS)
def test_no_key_is_in_the_text(bucket: Bucket) -> None:
    text = text_of(bucket)
    assert [key for key in (KEY, KEY_ID, "aws_key_id", "aws_sec_key", "keyfile") if key in text] == []


WHERE = ("s3_endpoint", "force_path_style", "ssl_ca_bundle", "checksum_algorithm")
CA = "/etc/audit/authority/ca.crt"
REACHED: dict[str, tuple[str | None, ...]] = {
    "s3 with keys": (None, None, None, "CRC32"),
    "s3 with an identity": (None, None, None, "CRC32"),
    "s3 inside of a network": ("https://bucket.vpce-1.s3.eu-central-1.vpce.amazonaws.com", None, None, "CRC32"),
    "another store": ("https://s3.acme.example:9000", "true", None, None),
    "another store with a given authority": ("https://s3.acme.example", "true", CA, None),
    "in the cluster": ("https://seaweedfs-s3.seldon-storage.svc.cluster.local:8333", "true", CA, None),
}


@pytest.mark.parametrize("kind", REACHED)
def test_where_a_bucket_is_and_whom_it_is_verified_against(kind: str) -> None:
    for output in outputs(read(text_of(BUCKETS[kind]))):
        said = output.parameters
        assert tuple(said.get(key) for key in WHERE) == REACHED[kind]
        assert (output.type, said["s3_bucket"], said["s3_region"]) == ("s3", BUCKETS[kind].name, "eu-central-1")


def test_google_is_reached_by_the_name_of_the_bucket_alone() -> None:
    for output in outputs(read(text_of(BUCKETS["gcs"]))):
        assert (output.type, output.parameters["bucket"]) == ("gcs", "acme-seldon-audit")


def test_a_name_is_text_and_nothing_is_evaluated_of_it() -> None:
    odd = "a'b\\#{`id`}"
    for output in outputs(read(text_of(replace(AWS, name=odd)))):
        assert output.parameters["s3_bucket"] == odd
        assert not isinstance(output.parameters["s3_bucket"], Evaluated)
    with pytest.raises(ValueError, match="has a line break, which a value of fluentd's configuration cannot have"):
        text_of(replace(AWS, name="bucket\n@include /etc/passwd"))


def test_the_trail_takes_four_fifths_of_the_volume_less_what_is_kept_for_odd_records() -> None:
    sizes = {
        output.parameters["@id"]: output.one("buffer").parameters["total_limit_size"]
        for output in outputs(read(text_of(ARGS.bucket)))
    }
    assert sizes == {TRAIL: "40448m", ODD: "512m"}
    assert trail_buffer_mi(1) == 307
    with pytest.raises(ValueError, match="a volume of 0Gi for the audit trail's buffer; at least 1Gi is needed"):
        trail_buffer_mi(0)
