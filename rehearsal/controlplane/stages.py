"""Stages by which kwok plays the operators of custom resources, for kinds that may be defined long after it started."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rehearsal.controlplane.api import Document

TOUCHED = "rehearsal.seldon-platform/touched"


@dataclass(frozen=True, kw_only=True)
class CustomResource:
    """What the operator of a kind does.

    conditions are set to True, anew for each generation; finalizer is added to each object, and taken off when it is
    deleted; status gives further fields of the status, each as a kwok template of a YAML value. A kind has at least one
    condition or one such field.
    """

    group: str
    version: str
    kind: str
    conditions: tuple[str, ...] = ()
    finalizer: str | None = None
    status: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def _name(self) -> str:
        return f"{self.kind.lower()}.{self.group}"

    def definition_stage(self) -> Document:
        """Return the stage that creates the kind's own stages once the definition of the kind is established.

        kwok starts to watch a kind when it sees a Stage for it, and gives up when the kind is not served at that
        moment. The created stages belong to the definition, so they go when it goes.
        """
        established = (
            f'.spec.group == "{self.group}" and .spec.names.kind == "{self.kind}"'
            f' and any(.spec.versions[]; .name == "{self.version}" and .served)'
            ' and any(.status.conditions[]?; .type == "Established" and .status == "True")'
            " and .metadata.deletionTimestamp == null"
        )
        steps: list[Document] = [{"apply": {"type": "apply", "template": _owned(stage)}} for stage in self.stages()]
        stage = _stage(
            f"definition-{self._name}", "apiextensions.k8s.io/v1", "CustomResourceDefinition", established, steps
        )
        # The schema, which kwok needs as well, is published up to a second later.
        stage["spec"]["delay"] = {"durationMilliseconds": 500}
        return stage

    def stages(self) -> Iterator[Document]:
        """Yield the stages of the kind's objects."""
        steps: list[Document] = [{"patch": {"subresource": "status", "root": "status", "template": self._template()}}]
        if self.finalizer:
            steps = [{"finalizers": {"add": [{"value": self.finalizer}]}}, *steps]
            removal: list[Document] = [{"finalizers": {"remove": [{"value": self.finalizer}]}}]
            removable = f'.metadata.deletionTimestamp != null and any(.metadata.finalizers[]?; . == "{self.finalizer}")'
            yield _stage(f"removed-{self._name}", f"{self.group}/{self.version}", self.kind, removable, removal)
        yield _stage(f"ready-{self._name}", f"{self.group}/{self.version}", self.kind, self._outdated(), steps)

    def _outdated(self) -> str:
        if not self.conditions:
            return f".metadata.deletionTimestamp == null and .status.{next(iter(self.status))} == null"
        # Some definitions keep the generation that a status is about in the status, others in each condition.
        return (
            ".metadata.deletionTimestamp == null and ([.metadata.generation as $generation"
            f" | .status.observedGeneration as $observed | .status.conditions[]?"
            f' | select(.type == "{self.conditions[-1]}" and .status == "True")'
            " | select((.observedGeneration // $observed) == $generation)] | length) == 0"
        )

    def _template(self) -> str:
        fields_of_its_own = [f"{name}: {value}" for name, value in self.status.items()]
        if not self.conditions:
            return "\n".join(fields_of_its_own)
        # The time of creation, so that what is applied twice is the same and changes nothing.
        fields = (
            'status: "True", reason: Rehearsed, observedGeneration: {{ .metadata.generation }},'
            " lastTransitionTime: {{ .metadata.creationTimestamp | Quote }}"
        )
        return "\n".join(
            [
                "observedGeneration: {{ .metadata.generation }}",
                *fields_of_its_own,
                "conditions:",
                *(f"  - {{type: {name}, {fields}}}" for name in self.conditions),
            ]
        )


def parse(document: Document) -> list[CustomResource]:
    """Read custom-resources.yaml: kinds by group and version."""
    return [
        CustomResource(
            group=group_version.split("/")[0],
            version=group_version.split("/")[1],
            kind=kind,
            conditions=tuple(fields.get("conditions", ())),
            finalizer=fields.get("finalizer"),
            status=fields.get("status", {}),
        )
        for group_version, kinds in document.items()
        for kind, fields in kinds.items()
    ]


def _stage(name: str, api_group: str, kind: str, condition: str, steps: list[Document]) -> Document:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": name},
        "spec": {
            "resourceRef": {"apiGroup": api_group, "kind": kind},
            "selector": {"matchExpressions": [{"jq": {"key": condition, "operator": "In", "values": ["true"]}}]},
            "steps": steps,
        },
    }


def _owned(stage: Document) -> str:
    """Return a kwok template that renders to the stage, owned by the definition that it is rendered for."""
    # stage-touch.yaml counts up from here, and each change makes kwok try again to watch the kind.
    metadata = {**stage["metadata"], "annotations": {TOUCHED: "0"}, "ownerReferences": ["owner"]}
    literal = json.dumps({**stage, "metadata": metadata}).replace("{{", '{{ "{{" }}')
    owner = json.dumps(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "name": "{{ .metadata.name }}",
            "uid": "{{ .metadata.uid }}",
        }
    )
    return literal.replace('["owner"]', f"[{owner}]")
