"""Priority: data stores outlive what can be started again."""

from __future__ import annotations

from component_stage import perform

from components.cluster.priority import DATA_PRIORITY, Priority


def test_the_class_is_above_what_names_none_and_below_the_systems() -> None:
    recording = perform(lambda stage: Priority("priority", stage.opts))
    (made,) = recording.of("kubernetes:scheduling.k8s.io/v1:PriorityClass")
    assert made.inputs["metadata"]["name"] == DATA_PRIORITY
    assert 0 < made.inputs["value"] < 1_000_000_000
    assert not made.inputs.get("globalDefault")
