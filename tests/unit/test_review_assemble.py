"""Whole reviews, some of previews that the engine made: what is one thing to a reader is one finding."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from review_previews import (
    ROOT,
    TODAY,
    component,
    document,
    kube,
    resource,
    reviewed,
    state,
    step,
    urn,
)

from review.assemble import Material, assemble
from review.errors import ReviewError
from review.model import Review, Risk
from review.reading import read_preview, read_state

DATA = Path(__file__).parents[1] / "data/review"


def made_by_the_engine(name: str) -> Review:
    """Review an excerpt of what the engine said of a change to the stack `local`."""
    preview = (DATA / f"{name}.preview.json").read_text(encoding="utf-8")
    held = (DATA / f"{name}.state.json").read_text(encoding="utf-8")
    return assemble(
        Material(
            preview=read_preview(preview, name=name),
            deployment=read_state(held, name=name),
            today=TODAY,
        )
    )


def test_a_renamed_database_is_one_finding_that_names_the_loss_and_the_way_out() -> None:
    review = made_by_the_engine("postgres_renamed")
    grave = [finding for finding in review.findings if finding.blocked]
    assert [(finding.risk, finding.change.name) for finding in grave] == [(Risk.DATA_LOSS, "postgres")]
    assert "made anew as database" in grave[0].title
    assert "Cluster seldon-postgres/seldon-metadata is deleted" in grave[0].title
    assert 'aliases=[pulumi.Alias(name="postgres")]' in grave[0].remedy
    assert [urn.rpartition("::")[2] for urn in grave[0].dependants.urns] == ["connections-catalogue"]
    assert set(grave[0].dependants.workloads) == {
        "Cluster seldon-postgres/seldon-metadata",
        "Deployment cnpg-system/cloudnative-pg",
    }
    assert len(grave[0].covers) > len(grave[0].parts) > 1
    assert review.blocked


def test_the_same_with_an_alias_is_a_move_and_passes() -> None:
    review = made_by_the_engine("postgres_renamed_with_alias")
    assert [(finding.risk, finding.blocked) for finding in review.findings] == [(Risk.NO_OP, False)]
    assert "moves in the program, from postgres" in review.findings[0].title
    assert not review.blocked


def test_a_chart_that_could_not_be_rendered_is_one_finding() -> None:
    review = made_by_the_engine("chart_not_rendered")
    assert [(finding.risk, finding.blocked) for finding in review.findings] == [
        (Risk.UNKNOWN, True),
        (Risk.CREATE, False),
    ]
    [chart] = review.incomplete
    assert (chart.name, set(review.findings[0].covers)) == ("monitoring-stack", set(chart.resources))
    assert "Preview is incomplete" in review.findings[0].why


def test_a_chart_whose_resources_all_vanish_was_not_rendered_even_if_nobody_says_so() -> None:
    chart = component("kubernetes:helm.sh/v4:Chart", "stack")
    options = {"parent": chart["urn"]}
    held = [kube("apps/v1:Deployment", name, options=options) for name in ("a", "b")]
    gone = [step("delete", child) for child in held]
    assert [finding.rule for finding in reviewed(gone, stands=[chart, *held]).findings] == [
        "unknown/chart-not-rendered"
    ]
    leaves = [step("delete", chart), *gone]
    assert {finding.risk for finding in reviewed(leaves, stands=[chart, *held]).findings} == {Risk.INTERRUPTION}
    partly = reviewed(gone[:1], stands=[chart, *held])
    assert {finding.risk for finding in partly.findings} == {Risk.INTERRUPTION}


def removed() -> list[dict[str, Any]]:
    top = component("platform:data:Store", "store")
    inner = component("platform:data:Store$platform:data:Part", "part", parent=top["urn"])
    return [
        top,
        inner,
        kube("core/v1:PersistentVolumeClaim", "data", options={"parent": inner["urn"]}),
        kube("apps/v1:Deployment", "server", options={"parent": top["urn"]}),
        kube("core/v1:ConfigMap", "settings", options={"parent": top["urn"]}),
    ]


def test_a_component_that_goes_is_one_finding_of_its_gravest_class_made_of_all() -> None:
    held = removed()
    [finding] = reviewed([step("delete", one) for one in held], stands=held).findings
    assert (finding.risk, finding.change.name, finding.blocked) == (Risk.DATA_LOSS, "store", True)
    assert [part.risk for part in finding.parts] == [Risk.DATA_LOSS, Risk.INTERRUPTION]
    assert set(finding.covers) == {one["urn"] for one in held[1:]}


def test_a_component_that_comes_is_one_finding() -> None:
    held = removed()
    [finding] = reviewed([step("create", None, one) for one in held], stands=[]).findings
    assert (finding.risk, finding.change.name, len(finding.covers)) == (Risk.CREATE, "store", 4)


def test_what_is_exposed_by_a_component_that_comes_stays_a_finding_of_its_own() -> None:
    top = component("platform:a:B", "edge")
    service = kube("core/v1:Service", "a", spec={"type": "LoadBalancer"}, options={"parent": top["urn"]})
    other = kube("core/v1:ConfigMap", "a", options={"parent": top["urn"]})
    review = reviewed([step("create", None, one) for one in (top, service, other)])
    assert [(finding.risk, finding.change.name) for finding in review.findings] == [
        (Risk.EXPOSURE, "data-a"),
        (Risk.CREATE, "edge"),
    ]


def test_a_deletion_that_the_engine_refused_before_making_it_a_step_is_found() -> None:
    held = kube("core/v1:PersistentVolumeClaim", "data", options={"protect": True})
    said = f'Preview failed: resource "{held["urn"]}" cannot be deleted\nbecause it is protected.'
    review = reviewed([], stands=[held], diagnostics=[{"urn": held["urn"], "severity": "error", "message": said}])
    [finding] = review.findings
    assert finding.risk is Risk.DATA_LOSS
    assert "the engine refuses" in finding.why


def test_messages_that_say_the_same_of_many_are_one() -> None:
    held = [kube("core/v1:PersistentVolumeClaim", name, options={"protect": True}) for name in ("a", "b", "c")]
    refused = [
        f'Preview failed: resource "{one["urn"]}" cannot be deleted\nbecause it is protected. To' for one in held
    ]
    said = [{"severity": "error", "message": message} for message in [*refused, "error: preview failed\n", "boom"]]
    warned = [{"severity": "warning", "message": f"v1/Secret data/{name} exists already"} for name in "ab"]
    review = reviewed([], stands=held, diagnostics=[*said, *warned])
    assert [note.message for note in review.diagnostics] == [
        "PersistentVolumeClaim data/a is protected: the engine refuses to delete it (2 more like it)",
        "boom",
        "v1/Secret data/a exists already (1 more like it)",
    ]
    assert len(review.findings) == 3


def test_a_preview_that_failed_never_passes() -> None:
    review = reviewed([], diagnostics=[{"severity": "error", "message": "error: boom"}])
    assert (review.findings, review.blocked) == ((), True)
    assert not reviewed([]).blocked


def test_findings_come_by_class_then_by_how_many_workloads_would_notice() -> None:
    used, unused = kube("core/v1:Service", "used"), kube("core/v1:Service", "aaa")
    caller = kube("apps/v1:Deployment", "caller", spec={"url": "http://used.data.svc:80"})
    lost = kube("core/v1:PersistentVolumeClaim", "data")
    steps = [step("create", None, kube("core/v1:ConfigMap", "new"))]
    steps += [step("delete", one) for one in (unused, used, lost)]
    review = reviewed(steps, stands=[used, unused, caller, lost])
    assert [finding.change.name for finding in review.findings] == ["data-data", "data-used", "data-aaa", "data-new"]
    assert review.findings[1].dependants.workloads == ("Deployment data/caller",)
    assert [review.counts[risk] for risk in Risk] == [1, 0, 0, 2, 0, 0, 1, 2]


def test_hidden_changes_are_told_although_the_engine_counts_them_as_the_same() -> None:
    held = resource("aws:iam/role:Role", "a", {}, provider="urn:pulumi:prod::platform::pulumi:providers:aws::old::1")
    newer = {**held, "provider": "urn:pulumi:prod::platform::pulumi:providers:aws::new::2"}
    [finding] = reviewed([step("same", held, newer)]).findings
    assert (finding.risk, finding.title) == (Risk.CHANGE, "Role a changes in the program alone")


def config(*exemptions: dict[str, str]) -> dict[str, str]:
    return {"platform:platform": json.dumps({"exemptions": list(exemptions)}), "platform:other": "x"}


ENTRY = {"control": "default-deny", "resource": "fraud", "reason": "old clients", "expires": "2027-03-31"}


@pytest.mark.parametrize(
    ("before", "after", "risks"),
    [
        (config(), config(ENTRY), [Risk.EXPOSURE]),
        (config(ENTRY), config({**ENTRY, "expires": "2027-09-30"}), [Risk.EXPOSURE]),
        (config(ENTRY), config({**ENTRY, "expires": "2027-01-31"}), []),
        (config(ENTRY), config(), []),
        (None, config(ENTRY), []),
    ],
)
def test_an_exemption_that_is_new_or_longer_is_an_exposure(
    before: dict[str, str] | None, after: dict[str, str], risks: list[Risk]
) -> None:
    material = Material(
        preview=read_preview(document([], config=after), name="preview.json"), today=TODAY, config_before=before
    )
    review = assemble(material)
    assert [(finding.risk, finding.change.urn) for finding in review.findings] == [(risk, ROOT) for risk in risks]
    assert any("exemption" in limit for limit in review.limits) == (before is None)


def test_preview_state_and_stack_must_belong_together() -> None:
    preview = read_preview(document([]), name="preview.json")
    other = read_state(state([]).replace("prod", "test"), name="state.json")
    for more in ({"deployment": other}, {"stack": "test"}):
        with pytest.raises(ReviewError, match="prod, test"):
            assemble(dataclasses.replace(Material(preview=preview, today=TODAY), **more))


def test_what_could_not_be_seen_is_said() -> None:
    held = kube("core/v1:ConfigMap", "a")
    failed = reviewed([], diagnostics=[{"severity": "error", "message": "boom"}], stands=[held])
    assert any("before it came to 1 of 2 resources" in limit for limit in failed.limits)
    short = {"steps": [step("create", None, held)], "changeSummary": {"create": 1, "same": 9}}
    review = assemble(Material(preview=read_preview(json.dumps(short), name="preview.json"), today=TODAY))
    for word in ("--show-sames", "--state", "--events", "--base-config", "is new"):
        assert sum(word in limit for limit in review.limits) == 1
    assert review.counts[Risk.NO_OP] == 9


def test_the_graph_has_what_stands_and_what_is_to_come() -> None:
    old, new = kube("core/v1:ConfigMap", "old"), kube("core/v1:ConfigMap", "new")
    review = reviewed([step("create", None, new)], stands=[old])
    assert {urn("kubernetes:core/v1:ConfigMap", f"data-{name}") for name in ("old", "new")} <= {
        node.urn for node in review.graph.nodes
    }
