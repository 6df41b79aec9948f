"""What depends on what: by the state's dependencies, and by the names that Kubernetes objects call each other by."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Literal, TypeAlias

from review import kinds
from review.kinds import Kind, identity, is_workload, kind_of, label
from review.model import Dependants, Edge, Graph, Node
from review.paths import at
from review.references import Name, grants, names, provides
from review.urns import STACK_TYPE, type_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from review.model import Snapshot, Value

EdgeKind: TypeAlias = Literal["dependency", "parent", "provider", "reference"]


class Dependencies:
    """The dependency graph of resources, the union of what stands and what is wanted.

    `made` are the URNs of those that do not stand yet: they are in the graph, and nobody can notice anything in them.
    """

    def __init__(self, resources: Mapping[str, Snapshot], *, made: frozenset[str] = frozenset()) -> None:
        self._resources = resources
        self._made = made
        self._edges: dict[tuple[str, str], EdgeKind] = {}
        self._dependants: dict[str, list[str]] = defaultdict(list)
        self._labels = {urn: label(urn, snapshot) for urn, snapshot in resources.items()}
        self._workloads = {urn: self._labels[urn] for urn in resources if is_workload(type_of(urn))}
        self._index: dict[Name, list[str]] = defaultdict(list)
        self._found: dict[str, Dependants] = {}
        self._definitions = _definitions(resources)
        self._pods = _pods(resources)
        for urn, snapshot in resources.items():
            kind = kind_of(type_of(urn))
            if kind and snapshot.custom:
                for name in provides(kind, snapshot.inputs):
                    self._index[name].append(urn)
        for urn, snapshot in resources.items():
            self._connect(urn, snapshot)

    def label(self, urn: str) -> str:
        """Return the resource as readers know it."""
        return self._labels.get(urn) or label(urn, None)

    def dependants(self, urn: str) -> Dependants:
        """Return all that stands and depends on a resource, directly or through others."""
        if urn not in self._found:
            reached = dict.fromkeys([urn])
            queue = [urn]
            for current in queue:
                for dependant in self._dependants.get(current, ()):
                    if dependant not in reached:
                        reached[dependant] = None
                        queue.append(dependant)
            urns = tuple(found for found in queue[1:] if found not in self._made)
            self._found[urn] = Dependants(urns=urns, workloads=self.workloads(urns))
        return self._found[urn]

    def workloads(self, urns: Iterable[str]) -> tuple[str, ...]:
        """Return those of the resources that run something, as readers know them, each once."""
        return tuple(dict.fromkeys(self._workloads[urn] for urn in urns if urn in self._workloads))

    def graph(self) -> Graph:
        """Return it as plain data."""
        nodes = tuple(
            Node(
                urn=urn,
                type=type_of(urn),
                label=self._labels[urn],
                parent=snapshot.parent,
                workload=urn in self._workloads,
            )
            for urn, snapshot in self._resources.items()
        )
        edges = tuple(
            Edge(dependant=dependant, dependency=dependency, kind=kind)
            for (dependant, dependency), kind in self._edges.items()
        )
        return Graph(nodes=nodes, edges=edges)

    def _connect(self, urn: str, snapshot: Snapshot) -> None:
        needed = [snapshot.dependencies, *snapshot.property_dependencies.values()]
        for dependency in (*chain.from_iterable(needed), snapshot.deleted_with):
            self._edge(urn, dependency, "dependency")
        self._edge(urn, snapshot.provider, "provider")
        kind = kind_of(type_of(urn))
        if kind and snapshot.custom:
            for name in self._referred(kind, snapshot.inputs):
                for found in self._index.get(name, ()):
                    self._edge(urn, found, "reference")
            for name in grants(kind, snapshot.inputs):
                for found in self._index.get(name, ()):
                    self._edge(found, urn, "reference")
        if snapshot.parent and type_of(snapshot.parent) != STACK_TYPE:
            self._edge(urn, snapshot.parent, "parent")

    def _edge(self, dependant: str, dependency: str | None, kind: EdgeKind) -> None:
        if (
            dependency is None
            or dependant == dependency
            or dependency not in self._resources
            or (dependant, dependency) in self._edges
        ):
            return
        self._edges[dependant, dependency] = kind
        self._dependants[dependency].append(dependant)

    def _referred(self, kind: Kind, inputs: dict[str, Value]) -> Iterator[Name]:
        yield from names(kind, inputs)
        yield from self._definitions.get(kind, ())
        selector = at(inputs, "spec.selector") if kind == kinds.SERVICE else None
        if isinstance(selector, dict) and selector:
            for name, labels in self._pods.get(identity(inputs)[0], ()):
                if selector.items() <= labels.items():  # callers of the Service reach these
                    yield name


def _definitions(resources: Mapping[str, Snapshot]) -> dict[Kind, list[Name]]:
    """Return the names of the definitions of custom resources, by the kind that they define."""
    found: dict[Kind, list[Name]] = defaultdict(list)
    for urn, snapshot in resources.items():
        if kind_of(type_of(urn)) == kinds.CRD:
            group, kind = at(snapshot.inputs, "spec.group"), at(snapshot.inputs, "spec.names.kind")
            found[Kind(str(group), str(kind))].append(Name(kinds.CRD, *identity(snapshot.inputs)))
    return found


def _pods(resources: Mapping[str, Snapshot]) -> dict[str, list[tuple[Name, dict[str, Value]]]]:
    """Return what runs pods and their labels, by namespace."""
    found: dict[str, list[tuple[Name, dict[str, Value]]]] = defaultdict(list)
    for urn, snapshot in resources.items():
        kind = kind_of(type_of(urn))
        labels = at(snapshot.inputs, "spec.template.metadata.labels") if kind in kinds.WITH_PODS else None
        if kind and isinstance(labels, dict):
            namespace, name = identity(snapshot.inputs)
            found[namespace].append((Name(kind, namespace, name), labels))
    return found
