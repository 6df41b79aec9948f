"""The reader of fluentd's configuration, and how records find their way by it."""

from __future__ import annotations

import pytest
from fluentd_routes import lost, takes
from fluentd_syntax import Evaluated, FluentdError, read

from components.cluster.audit.syntax import Directive, Ruby, render

SOURCE = "<source>\n  @type forward\n  @id in\n</source>\n"
BUCKET = "@type s3\ns3_bucket b\ns3_region r\n"
TO_BUCKET = f"<match **>\n{BUCKET}</match>\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<source>\n@type forward\n", "<source> is not closed"),
        ("<source>\n@type forward\n</match>", "</match> where <source> is open"),
        ("</source>", "</source> where <None> is open"),
        ("<source>\n@type\n</source>", "neither a section nor a parameter: @type"),
        ("<source>\n@type forward\n@type forward\n</source>", "@type is there twice"),
        ("@include /etc/passwd", "parameter @include is not known"),
        ("<source>\n@type 'forward\n</source>", "no value: 'forward"),
        ("<source>\n@type tail\n</source>", "@type tail is not known"),
        ("<source>\n@type forward\nport any\n</source>", "port cannot be 'any'"),
        ("<source>\n@type forward\nprot 24224\n</source>", "the parameter prot is not known"),
        ("<source all>\n@type forward\n</source>", "the argument 'all' is not known"),
        ("<source>\n@type forward\n<parse>\n</parse>\n</source>", "the section parse is not known"),
        ("<match **>\n@type s3\ns3_bucket b\n</match>", "the parameter s3_region is missing"),
        (f"<match **>\n{BUCKET}ssl_verify_peer false\n</match>", "the parameter ssl_verify_peer is not known"),
        (f"<match **>\n{BUCKET}s3_endpoint http://b\n</match>", "s3_endpoint cannot be 'http://b'"),
        (SOURCE * 2, "two plugins have one @id"),
        ("<label @A>\n</label>\n" * 2, "two labels have one name"),
        ("<worker 1>\n</worker>", "the section worker is not known"),
    ],
)
def test_what_is_not_known_is_refused(text: str, said: str) -> None:
    with pytest.raises(FluentdError) as refused:
        read(text)
    assert said in str(refused.value)


VALUES = ["plain", "with space", "it's", "back\\slash", 'a"b', "#{`id`}", "# no comment", "[1]", "{a}", "%{path}", "é"]


@pytest.mark.parametrize("value", VALUES)
def test_what_is_written_is_what_is_read(value: str) -> None:
    written = {"@type": "prometheus", "bind": value, "metrics_path": Ruby(before=value, expression="hostname")}
    parameters = read(render([Directive(name="source", parameters=written)])).one("source").parameters
    assert parameters["bind"] == value
    assert not isinstance(parameters["bind"], Evaluated)
    assert isinstance(parameters["metrics_path"], Evaluated)
    assert parameters["metrics_path"] == value + "#{hostname}"


@pytest.mark.parametrize(
    ("patterns", "tag", "taken"),
    [
        ("**", "", True),
        ("deploy_audit.**", "deploy_audit", True),
        ("deploy_audit.**", "deploy_audit.api.v1", True),
        ("deploy_audit.**", "deploy_audits", False),
        ("deploy_audit.*", "deploy_audit.api", True),
        ("deploy_audit.*", "deploy_audit.api.v1", False),
        ("deploy_audit.*", "deploy_audit", False),
        ("**.api", "deploy.api", True),
        ("**.api", "api", True),
        ("*", "a.b", False),
        ("kube.* api", "api", True),
    ],
)
def test_which_tags_a_section_takes(patterns: str, tag: str, *, taken: bool) -> None:
    assert takes(patterns, tag) is taken


def test_the_first_match_takes_all_and_filters_before_it_count() -> None:
    errors = f"<label @ERROR>\n{TO_BUCKET}</label>\n"
    assert [*lost(read(SOURCE + TO_BUCKET + errors))] == []
    filtered = "<filter **>\n@type grep\n</filter>\n"
    assert "in: 'deploy_audit' may be dropped by a filter grep" in [*lost(read(SOURCE + filtered + TO_BUCKET + errors))]
    assert [*lost(read(SOURCE + TO_BUCKET + filtered + errors))] == []
    assert [*lost(read(SOURCE + TO_BUCKET))] == ["@ERROR: 'deploy_audit' matches nothing"]
