"""What to draw of the resource graph: what changes and all that depends on it, few enough to be read."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from review.formats.text import kind
from review.model import Node, Risk

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from review.model import Change, Finding, Graph, Review

MOST = 40
"""Boxes in all drawings together; beyond, resources of a kind share one."""
TWINS = 4
"""So many resources of a type that depend on the same, and on which the same depends, share a box in any case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Box:
    """A resource in the drawing, or several that are alike."""

    nodes: tuple[Node, ...]
    risk: Risk
    """Its class if it changes, else the gravest class of what it depends on."""
    changed: bool
    finding: int | None
    """Position of the finding about it, of the gravest one if there are several."""

    @property
    def kind(self) -> str:
        """What it is, or they are."""
        kinds = sorted({kind(node.type) for node in self.nodes})
        return kinds[0] if len(kinds) == 1 else "resources"

    @property
    def name(self) -> str:
        """Name of the resource, or how many share the box."""
        first, *more = self.nodes
        return f"{len(more) + 1:,} alike" if more else named(first)

    @property
    def title(self) -> str:
        """What is in the box, without the box around it."""
        first, *more = self.nodes
        if not more:
            return first.label
        return f"{len(more) + 1:,} resources" if self.kind == "resources" else f"{len(more) + 1:,} \u00d7 {self.kind}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An arrow from what is depended on to what depends on it, by their boxes' positions."""

    source: int
    target: int
    firm: bool
    """Whether the engine knows of it; else only a name says so."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """The boxes, the arrows, and which of them hang together."""

    boxes: tuple[Box, ...] = ()
    links: tuple[Link, ...] = ()
    figures: tuple[tuple[int, ...], ...] = ()
    """Boxes that hang together, the gravest figure first; those with one box last."""
    rest: int = 0
    """Resources that neither change nor depend on what does."""


def named(node: Node) -> str:
    """Return the name of a resource without its kind."""
    return node.label.removeprefix(f"{kind(node.type)} ") or node.label


def picture(review: Review) -> Picture:
    """Return what to draw for a review."""
    marks = dict(_marks(review.findings))
    nodes = {node.urn: node for node in review.graph.nodes}
    for change, _, _ in marks.values():
        nodes.setdefault(change.urn, _node(change))
    dependants = _dependants(review.graph, nodes)
    reached = _reached({urn: risk for urn, (_, risk, _) in marks.items()}, dependants)
    keys = _keys(reached, marks.keys(), nodes, _twins(reached, marks.keys(), nodes, dependants))
    members: dict[Hashable, list[Node]] = defaultdict(list)
    for urn in sorted(reached, key=lambda urn: (urn not in marks, reached[urn], nodes[urn].label)):
        members[keys[urn]].append(nodes[urn])
    position = {key: index for index, key in enumerate(members)}
    boxes = tuple(
        Box(
            nodes=tuple(of),
            risk=min(reached[node.urn] for node in of),
            changed=of[0].urn in marks,
            finding=min((marks[node.urn][2] for node in of if node.urn in marks), default=None),
        )
        for of in members.values()
    )
    joined: dict[tuple[int, int], bool] = {}
    for source in reached:
        for target, firm in dependants.get(source, ()):
            if target in keys and keys[target] != keys[source]:
                pair = position[keys[source]], position[keys[target]]
                joined[pair] = joined.get(pair, False) or firm
    pairs = _reduced(_acyclic(joined.keys(), len(boxes)))
    links = tuple(Link(source=source, target=target, firm=joined[source, target]) for source, target in sorted(pairs))
    return Picture(
        boxes=boxes, links=links, figures=_figures(boxes, links), rest=sum(1 for urn in nodes if urn not in reached)
    )


def _marks(findings: Sequence[Finding]) -> Iterator[tuple[str, tuple[Change, Risk, int]]]:
    """Give the change, its gravest class and the position of the finding for each URN that changes."""
    seen: set[str] = set()
    flat = ((part, index) for index, finding in enumerate(findings) for part in _with_parts(finding))
    for finding, index in sorted(flat, key=lambda item: (item[0].risk, item[1])):
        if finding.risk is not Risk.NO_OP and finding.change.urn not in seen:
            seen.add(finding.change.urn)
            yield finding.change.urn, (finding.change, finding.risk, index)


def _with_parts(finding: Finding) -> Iterator[Finding]:
    yield finding
    for part in finding.parts:
        yield from _with_parts(part)


def _node(change: Change) -> Node:
    label = f"{kind(change.type)} {change.name}"
    return Node(urn=change.urn, type=change.type, label=label, parent=change.parent, workload=False)


def _dependants(graph: Graph, nodes: dict[str, Node]) -> dict[str, list[tuple[str, bool]]]:
    found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for edge in graph.edges:
        if edge.dependency in nodes and edge.dependant in nodes:
            found[edge.dependency].append((edge.dependant, edge.kind != "reference"))
    return found


def _reached(changed: dict[str, Risk], dependants: dict[str, list[tuple[str, bool]]]) -> dict[str, Risk]:
    """Return the class of what changes, and of what depends on it the gravest class that reaches it.

    Nobody notices that something else is created, so nothing is reached from there.
    """
    inherited: dict[str, Risk] = {}
    for root in sorted((urn for urn in changed if changed[urn] < Risk.CREATE), key=lambda urn: changed[urn]):
        waiting = [root]
        while waiting:
            for urn, _ in dependants.get(waiting.pop(), ()):
                if urn not in inherited:
                    inherited[urn] = changed[root]
                    waiting.append(urn)
    return {**inherited, **changed}


def _twins(
    reached: Iterable[str],
    changed: Iterable[str],
    nodes: dict[str, Node],
    dependants: dict[str, list[tuple[str, bool]]],
) -> dict[str, Hashable]:
    """Return for each resource itself, or what it has in common with its twins; one that changes has none."""
    sources: dict[str, set[str]] = defaultdict(set)
    for source in reached:
        for urn, _ in dependants.get(source, ()):
            sources[urn].add(source)
    own = set(changed)
    keys: dict[str, Hashable] = {
        urn: urn
        if urn in own
        else (nodes[urn].type, frozenset(sources[urn]), frozenset(to for to, _ in dependants.get(urn, ())))
        for urn in reached
    }
    numbers = Counter(keys.values())
    return {urn: key if numbers[key] >= TWINS else urn for urn, key in keys.items()}


def _keys(
    reached: dict[str, Risk], changed: Iterable[str], nodes: dict[str, Node], twins: dict[str, Hashable]
) -> dict[str, Hashable]:
    """Return for each resource what it shares a box with: only so many share one that the rest can be read.

    The least grave classes share first, and in each what depends before what changes.
    """
    own = set(changed)
    sorts: dict[tuple[Risk, bool], list[str]] = defaultdict(list)
    for urn, risk in reached.items():
        sorts[risk, urn in own].append(urn)
    keys = dict(twins)
    for sort in sorted(sorts, key=lambda sort: (sort[0].blocks and sort[1], -sort[0], sort[1])):
        for share in _SHARES:
            if len(set(keys.values())) <= MOST:
                return keys
            keys.update({urn: (sort, share(nodes[urn])) for urn in sorts[sort]})
    return keys


def _kin(node: Node) -> Hashable:
    return node.type, node.parent


def _kind(node: Node) -> Hashable:
    return node.type


def _all(_: Node) -> Hashable:
    return None


_SHARES = (_kin, _kind, _all)
"""From the finest to the coarsest."""


def _acyclic(pairs: Iterable[tuple[int, int]], number: int) -> set[tuple[int, int]]:
    """Leave out the arrows that would close a circle, which sharing a box can make; the first boxes come first."""
    targets: dict[int, list[int]] = defaultdict(list)
    for source, target in sorted(pairs):
        targets[source].append(target)
    kept: set[tuple[int, int]] = set()
    done: set[int] = set()
    for start in range(number):
        path: dict[int, Iterator[int]] = {start: iter(targets[start])} if start not in done else {}
        while path:
            at = next(reversed(path))
            target = next(path[at], None)
            if target is None:
                done.add(at)
                del path[at]
            elif target not in path:
                kept.add((at, target))
                if target not in done:
                    path[target] = iter(targets[target])
    return kept


def _reduced(pairs: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Leave out the arrows between what is connected by others anyway."""
    targets: dict[int, set[int]] = defaultdict(set)
    for source, target in pairs:
        targets[source].add(target)
    beyond: dict[int, set[int]] = {}

    def reach(at: int) -> set[int]:
        if at not in beyond:
            beyond[at] = set[int]().union(*({target} | reach(target) for target in targets.get(at, ())))
        return beyond[at]

    return {
        (source, target)
        for source, target in pairs
        if not any(target in reach(other) for other in targets[source] if other != target)
    }


def _figures(boxes: Sequence[Box], links: Sequence[Link]) -> tuple[tuple[int, ...], ...]:
    figure = list(range(len(boxes)))

    def first(at: int) -> int:
        while figure[at] != at:
            at = figure[at]
        return at

    for link in links:
        one, other = sorted((first(link.source), first(link.target)))
        figure[other] = one
    together: dict[int, list[int]] = defaultdict(list)
    for index in range(len(boxes)):
        together[first(index)].append(index)
    return tuple(
        sorted(
            (tuple(of) for of in together.values()),
            key=lambda of: (len(of) == 1, min(boxes[index].risk for index in of), -len(of), of[0]),
        )
    )
