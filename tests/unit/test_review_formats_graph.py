"""What is drawn of the resource graph, and where."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from review_samples import calm, changed, found, node, reviewed, risky, urn

from review.formats.drawing import LETTERS, LINES, drawn, wrapped
from review.formats.layout import layered
from review.formats.picture import MOST, Picture, picture
from review.model import Edge, Graph, Risk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from review.model import Node, Review


def graph_of(names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Graph:
    """A graph of Secrets; the second of a pair depends on the first."""
    edges = [Edge(dependency=secret(one), dependant=secret(other), kind="dependency") for one, other in pairs]
    return Graph(nodes=tuple(node("Secret", name) for name in names), edges=tuple(edges))


def secret(name: str) -> str:
    return urn("Secret", name)


def review_of(risks: dict[str, Risk], pairs: Sequence[tuple[str, str]], names: Sequence[str] = ()) -> Review:
    every = sorted({*risks, *names, *itertools.chain.from_iterable(pairs)})
    findings = [found(risk, changed("Secret", name), f"Secret {name} is changed") for name, risk in risks.items()]
    return reviewed(findings, graph=graph_of(every, pairs))


def drawn_names(of: Picture) -> dict[str, Risk]:
    return {box.name: box.risk for box in of.boxes}


def arrows(of: Picture) -> set[tuple[str, str]]:
    return {(of.boxes[link.source].name, of.boxes[link.target].name) for link in of.links}


def test_what_changes_and_what_depends_on_it_is_drawn() -> None:
    of = picture(review_of({"a": Risk.EXPOSURE}, [("a", "b"), ("b", "c"), ("x", "a"), ("x", "y")]))
    assert drawn_names(of) == {"a": Risk.EXPOSURE, "b": Risk.EXPOSURE, "c": Risk.EXPOSURE}
    assert {box.name: box.changed for box in of.boxes} == {"a": True, "b": False, "c": False}
    assert arrows(of) == {("a", "b"), ("b", "c")}
    assert of.rest == 2


def test_dependants_have_the_colour_of_the_gravest() -> None:
    of = picture(review_of({"a": Risk.CHANGE, "b": Risk.DATA_LOSS}, [("a", "c"), ("b", "c"), ("a", "d")]))
    assert drawn_names(of) == {"a": Risk.CHANGE, "b": Risk.DATA_LOSS, "c": Risk.DATA_LOSS, "d": Risk.CHANGE}


def test_what_changes_keeps_its_own_colour() -> None:
    of = picture(review_of({"a": Risk.DATA_LOSS, "b": Risk.CREATE}, [("a", "b"), ("b", "c")]))
    assert drawn_names(of) == {"a": Risk.DATA_LOSS, "b": Risk.CREATE, "c": Risk.DATA_LOSS}


def test_nothing_is_reached_from_what_is_created() -> None:
    of = picture(review_of({"a": Risk.CREATE, "b": Risk.CHANGE}, [("a", "c"), ("a", "b"), ("b", "d")]))
    assert drawn_names(of) == {"a": Risk.CREATE, "b": Risk.CHANGE, "d": Risk.CHANGE}
    assert arrows(of) == {("a", "b"), ("b", "d")}


def test_the_least_grave_share_boxes_first() -> None:
    risks = {f"create-{index}": Risk.CREATE for index in range(200)}
    risks |= {f"change-{index}": Risk.CHANGE for index in range(30)}
    risks |= {f"lost-{index}": Risk.DATA_LOSS for index in range(20)}
    of = picture(review_of(risks, [(f"lost-{index}", f"near-{index}") for index in range(20)]))
    names = drawn_names(of)
    assert len(names) <= MOST
    assert {f"lost-{index}" for index in range(20)} <= set(names)
    assert sorted(len(box.nodes) for box in of.boxes if box.risk > Risk.UNKNOWN) == [30, 200]
    assert all(box.risk is Risk.DATA_LOSS for box in of.boxes if not box.changed)


def test_parts_of_a_finding_are_drawn_as_what_they_are() -> None:
    of = picture(risky())
    boxes = {box.title: box for box in of.boxes}
    assert boxes["Cluster catalogue"].risk is Risk.DATA_LOSS
    assert boxes["NetworkPolicy postgres"].risk is Risk.EXPOSURE
    assert boxes["NetworkPolicy postgres"].finding == boxes["Postgres postgres"].finding == 0


def test_an_arrow_that_others_make_clear_is_left_out() -> None:
    of = picture(review_of({"a": Risk.CHANGE}, [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "d")]))
    assert arrows(of) == {("a", "b"), ("b", "c"), ("c", "d")}


def test_a_circle_is_cut() -> None:
    of = picture(review_of({"a": Risk.CHANGE}, [("a", "b"), ("b", "c"), ("c", "a"), ("c", "b")]))
    assert arrows(of) == {("a", "b"), ("b", "c")}
    assert drawn(of, of.figures[0], 0).count("<rect") > 0


def test_what_hangs_together_is_a_figure_and_the_gravest_comes_first() -> None:
    risks = {"a": Risk.CHANGE, "b": Risk.DATA_LOSS, "c": Risk.EXPOSURE, "d": Risk.CREATE}
    of = picture(review_of(risks, [("a", "x"), ("b", "y"), ("y", "z")]))
    figures = [{of.boxes[box].name for box in figure} for figure in of.figures]
    assert figures == [{"b", "y", "z"}, {"a", "x"}, {"c"}, {"d"}]


def test_twins_share_a_box_and_what_changes_does_not() -> None:
    names = [f"t{index}" for index in range(5)]
    of = picture(review_of({"a": Risk.CHANGE, "t0": Risk.CREATE}, [("a", name) for name in names]))
    assert sorted(box.name for box in of.boxes) == ["4 alike", "a", "t0"]
    (group,) = (box for box in of.boxes if len(box.nodes) > 1)
    assert [item.label for item in group.nodes] == [f"Secret t{index}" for index in range(1, 5)]
    assert group.title == "4 \u00d7 Secret"


def test_a_name_alone_makes_an_arrow_loose() -> None:
    edges = [
        Edge(dependency=secret("a"), dependant=secret("b"), kind="reference"),
        Edge(dependency=secret("a"), dependant=secret("c"), kind="provider"),
    ]
    nodes: list[Node] = [node("Secret", name) for name in "abc"]
    finding = found(Risk.CHANGE, changed("Secret", "a"), "Secret a is changed")
    of = picture(reviewed([finding], graph=Graph(nodes=tuple(nodes), edges=tuple(edges))))
    assert {of.boxes[link.target].name: link.firm for link in of.links} == {"b": False, "c": True}


def test_what_the_graph_does_not_know_is_drawn_all_the_same() -> None:
    finding = found(Risk.DATA_LOSS, changed("Secret", "a", "delete"), "Secret a is deleted")
    assert drawn_names(picture(reviewed([finding]))) == {"a": Risk.DATA_LOSS}


def test_nothing_is_drawn_when_nothing_changes() -> None:
    finding = found(Risk.NO_OP, changed("Secret", "a", "same"), "Secret a stays")
    assert picture(reviewed([finding], graph=graph_of(["a"], []))) == Picture(rest=1)


def large(number: int, every: int) -> Review:
    kinds = ("Secret", "Deployment", "Service", "ConfigMap")
    nodes = [
        node(kinds[index % 4], f"part-{index}", inside=urn("Postgres", f"p{index // 50}")) for index in range(number)
    ]
    edges = [
        Edge(dependency=nodes[source].urn, dependant=nodes[index].urn, kind="dependency")
        for index in range(1, number)
        for source in {index // 2, index * 2 % number}
        if source != index
    ]
    findings = [
        found(list(Risk)[index % 7], changed(kinds[index % 4], f"part-{index}"), f"part-{index} is changed")
        for index in range(0, number, every)
    ]
    return reviewed(findings, graph=Graph(nodes=tuple(nodes), edges=tuple(edges)))


@pytest.mark.parametrize("every", [1, 7, 100, 1_000])
def test_a_large_change_is_drawn_with_few_boxes_that_lose_nothing(every: int) -> None:
    review = large(5_000, every)
    of = picture(review)
    assert 0 < len(of.boxes) <= MOST
    inside = [item.urn for box in of.boxes for item in box.nodes]
    assert len(inside) == len(set(inside))
    assert len(inside) + of.rest == 5_000
    assert {finding.change.urn for finding in review.findings} <= set(inside)
    assert picture(review) == of


@pytest.mark.parametrize("every", [1, 7, 1_000])
def test_only_what_is_of_a_class_shares_a_box(every: int) -> None:
    review = large(2_000, every)
    classes = {finding.change.urn: finding.risk for finding in review.findings}
    for box in picture(review).boxes:
        assert {classes.get(item.urn) for item in box.nodes} == ({box.risk} if box.changed else {None})


@pytest.mark.parametrize("review", [risky(), large(300, 11), large(2_000, 300)], ids=["risky", "300", "2000"])
def test_arrows_go_from_layer_to_later_layer_and_no_two_boxes_share_a_place(review: Review) -> None:
    of = picture(review)
    for figure in of.figures:
        cells = layered(figure, [(link.source, link.target) for link in of.links])
        assert set(cells) == set(figure)
        assert len(set(cells.values())) == len(figure)
        for link in of.links:
            if link.source in cells:
                assert cells[link.source].layer < cells[link.target].layer


def test_rows_follow_what_they_are_connected_with() -> None:
    cells = layered([0, 1, 2, 3, 4, 5], [(0, 5), (1, 4), (2, 3)])
    assert [cells[0].row < cells[1].row, cells[5].row < cells[4].row] in ([True, True], [False, False])
    assert cells[0].row == cells[5].row
    assert cells[2].row == cells[3].row


@pytest.mark.parametrize(
    "name",
    [
        "a",
        "seldon-mesh/scheduler",
        "a" * 300,
        "-" * 40,
        "one two three four five six seven",
        "seldon-v2-controller-manager",
    ],
)
def test_a_name_fits_its_box(name: str) -> None:
    lines = wrapped(name)
    assert 1 <= len(lines) <= LINES
    assert all(len(line) <= LETTERS for line in lines)
    assert lines[0][0] == name[0]
    if len(name) <= LETTERS:
        assert lines == [name]


def test_a_calm_review_draws_its_changes() -> None:
    assert len(picture(calm()).boxes) == 4
