"""What a fresh cluster is given: nodes, storage classes, and the stages by which kwok plays the missing parts."""

from __future__ import annotations

import functools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rehearsal.controlplane.api import Api, Document

MANIFESTS = Path(__file__).parent.parent / "kwok"
KWOK_CONFIGURATION = MANIFESTS / "configuration.yaml"
PROVISIONER = "rehearsal.seldon-platform/volume"
NODES = 3
_TOUCHED = "rehearsal.seldon-platform/touched"
_COLLECTIONS = {
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Node": "/api/v1/nodes",
    "Stage": "/apis/kwok.x-k8s.io/v1alpha1/stages",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
}


def load(name: str) -> list[Document]:
    """Read the YAML documents of a file in rehearsal/kwok."""
    text = (MANIFESTS / name).read_text(encoding="utf-8")
    return [document for document in yaml.safe_load_all(text) if document]


def storage_class(name: str) -> Document:
    """Return a StorageClass whose claims are bound like those of the default class."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": PROVISIONER,
        "allowVolumeExpansion": True,
    }


def when_served(stages: Iterable[Document]) -> list[Document]:
    """Turn stages of custom resources into stages that create them once the definition of their kind is established.

    kwok starts to watch a kind when it sees a Stage for it, and gives up when the kind is not served at that moment.
    The created Stage belongs to the definition, so it goes when the definition goes.
    """
    kinds: dict[tuple[str, str], list[Document]] = {}
    for stage in stages:
        reference = stage["spec"]["resourceRef"]
        kinds.setdefault((reference["apiGroup"], reference["kind"]), []).append(stage)
    return [_definition_stage(group_version, kind, each) for (group_version, kind), each in kinds.items()]


def _definition_stage(group_version: str, kind: str, stages: list[Document]) -> Document:
    group, version = group_version.split("/")
    condition = (
        f"self.spec.group == '{group}' && self.spec.names.kind == '{kind}'"
        f" && self.spec.versions.exists(v, v.name == '{version}' && v.served)"
        " && !has(self.metadata.deletionTimestamp) && has(self.status.conditions)"
        " && self.status.conditions.exists(c, c.type == 'Established' && c.status == 'True')"
    )
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": f"definition-{kind.lower()}.{group}"},
        "spec": {
            "resourceRef": {"apiGroup": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"},
            "selector": {"matchExpressions": [{"cel": {"expression": condition}}]},
            "steps": [{"apply": {"type": "apply", "template": _template(stage)}} for stage in stages],
        },
    }


def _template(stage: Document) -> str:
    """Return a kwok template that renders to the stage, owned by the definition that the template is rendered with."""
    metadata = {
        **stage["metadata"],
        # See stage-touch.yaml: counts up from here, and each change makes kwok try again to watch the kind.
        "annotations": {_TOUCHED: "0"},
        "ownerReferences": ["@owner@"],
    }
    text = json.dumps({**stage, "metadata": metadata})
    literal = text.replace("{{", '{{ "{{" }}')
    owner = json.dumps(
        {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "name": "{{ .metadata.name }}",
            "uid": "{{ .metadata.uid }}",
        }
    )
    return literal.replace('"@owner@"', owner)


class Bootstrap:
    """Applies the manifests, in as many steps as the API server needs to serve what the next step uses."""

    def __init__(self, api: Api, storage_classes: Sequence[str]) -> None:
        self._api = api
        self._storage_classes = storage_classes

    def base(self) -> bool:
        """Apply nodes, storage classes and the definition of Stage; False when their kinds are not served yet."""
        return self._apply(
            [
                *load("stage-definition.yaml"),
                *load("nodes.yaml"),
                *load("storage-classes.yaml"),
                *(storage_class(name) for name in self._storage_classes),
            ]
        )

    def stages(self) -> bool:
        """Apply the stages; False when the API server does not serve them yet."""
        built_in = [stage for path in sorted(MANIFESTS.glob("stages-*.yaml")) for stage in load(path.name)]
        return self._apply([*built_in, *when_served(load("custom-resources.yaml"))])

    def touch(self) -> bool:
        """Apply the stage that makes kwok try again; False when the schema of Stage is not published yet."""
        if self._api.get("/openapi/v3/apis/kwok.x-k8s.io/v1alpha1") is None:
            return False
        return self._apply(load("stage-touch.yaml"))

    def settled(self) -> bool:
        """Tell whether all nodes are Ready and pods of the namespace default have their service account."""
        if self._api.get("/api/v1/namespaces/default/serviceaccounts/default") is None:
            return False
        nodes = self._api.get("/api/v1/nodes") or {"items": []}
        return sum(map(_node_ready, nodes["items"])) >= NODES

    def _apply(self, manifests: list[Document]) -> bool:
        with ThreadPoolExecutor(8) as pool:
            return all(pool.map(functools.partial(_apply_one, self._api), manifests))


def _apply_one(api: Api, manifest: Document) -> bool:
    return api.apply(f"{_COLLECTIONS[manifest['kind']]}/{manifest['metadata']['name']}", manifest)


def _node_ready(node: Document) -> bool:
    conditions = node.get("status", {}).get("conditions", [])
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)
