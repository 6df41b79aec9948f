"""What a fresh cluster is given: nodes, storage classes, and the stages by which kwok plays the missing parts."""

from __future__ import annotations

import functools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from rehearsal.controlplane import stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rehearsal.controlplane.api import Api, Document

MANIFESTS = Path(__file__).parent.parent / "kwok"
CUSTOM_RESOURCES = MANIFESTS / "custom-resources.yaml"
KWOK_CONFIGURATION = MANIFESTS / "configuration.yaml"
PROVISIONER = "rehearsal.seldon-platform/volume"
NODES = 3
_TOUCH = "stage-touch.yaml"
_COLLECTIONS = {
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "Node": "/api/v1/nodes",
    "Stage": "/apis/kwok.x-k8s.io/v1alpha1/stages",
    "StorageClass": "/apis/storage.k8s.io/v1/storageclasses",
}


def load(name: str | Path) -> list[Document]:
    """Read the YAML documents of a file: one in rehearsal/kwok, unless the path is absolute."""
    text = (MANIFESTS / name).read_text(encoding="utf-8")
    return [document for document in yaml.safe_load_all(text) if document]


def custom_resources(project: Path) -> Path:
    """Return the file of the kinds that the program in `project` uses: its own, if it has one."""
    own = project / "rehearsal" / "kwok" / CUSTOM_RESOURCES.name
    return own if own.is_file() else CUSTOM_RESOURCES


def storage_class(name: str) -> Document:
    """Return a StorageClass whose claims are bound like those of the default class."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": name},
        "provisioner": PROVISIONER,
        "allowVolumeExpansion": True,
    }


class Bootstrap:
    """Applies the manifests, in as many steps as the API server needs to serve what the next step uses."""

    def __init__(self, api: Api, storage_classes: Sequence[str], custom_resources: Path = CUSTOM_RESOURCES) -> None:
        self._api = api
        self._storage_classes = storage_classes
        self._custom_resources = custom_resources

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
        custom = [resource.definition_stage() for resource in stages.parse(load(self._custom_resources)[0])]
        wanted = [*built_in, *custom]
        return self._apply(wanted) and self._prune({stage["metadata"]["name"] for stage in [*wanted, *load(_TOUCH)]})

    def _prune(self, names: set[str]) -> bool:
        """Delete stages that an earlier version of this project applied. Always True."""
        found = self._api.get(_COLLECTIONS["Stage"]) or {"items": []}
        for metadata in (stage["metadata"] for stage in found["items"]):
            if metadata["name"] not in names and "ownerReferences" not in metadata:
                self._api.delete(f"{_COLLECTIONS['Stage']}/{metadata['name']}")
        return True

    def release_nodes(self) -> bool:
        """Delete the leases of the nodes: kwok would wait for those of an earlier kwok to expire. Always True."""
        for node in load("nodes.yaml"):
            self._api.delete(
                f"/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{node['metadata']['name']}"
            )
        return True

    def touch(self) -> bool:
        """Apply the stage that makes kwok try again; False when the schema of Stage is not published yet."""
        if self._api.get("/openapi/v3/apis/kwok.x-k8s.io/v1alpha1") is None:
            return False
        return self._apply(load(_TOUCH))

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
