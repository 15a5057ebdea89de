"""What the colours, blocks and edges of a weight graph tell, against the weights themselves."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import networkx as nx
import numpy as np
import pytest

import workbench as wb
from workbench.figures.graph.card import death_of
from workbench.figures.graph.edges import CROWD, opacities, shades
from workbench.figures.graph.figure import PAPER, RINGS, graph_figure, settled
from workbench.figures.graph.groups import (
    DEAD_UNITS,
    ISOLATED_UNITS,
    OTHER_UNITS,
    SMALLER,
    STILL_UNITS,
    Partition,
    coloured_like,
)
from workbench.figures.graph.picture import Graphs
from workbench.figures.kinds import chosen_settings
from workbench.figures.page import Page
from workbench.figures.process.wire import packed, unpacked
from workbench.figures.settings import GraphSettings
from workbench.figures.stacks.making import graph_result
from workbench.figures.style import Style
from workbench.resource import resource
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.figure import GraphFigure
    from workbench.figures.graph.picture import GraphResult


@pytest.fixture(scope="module", params=["digits_conv", "digits_lenet"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with wb.open_run(resource(f"sample_runs/{request.param}.h5")) as run:
        yield Place(run, "fc1", run.snapshots - 1)


def result_of(place: Place, colouring: str = "auto") -> GraphResult:
    return graph_result(Graphs(), place, chosen_settings("graph", {"colouring": colouring}))


def cosines_of(place: Place) -> np.ndarray:
    weights = place.layer_view.weights(place.snapshot).astype(np.float64)
    weights /= np.linalg.norm(weights, axis=1)[:, None]
    angles = weights @ weights.T
    np.fill_diagonal(angles, -2.0)
    return angles


def test_a_sample_opens_with_its_communities_and_says_their_modularity(place: Place) -> None:
    result = result_of(place)
    graph = result.graph.to_networkx()
    labels = result.partition.labels
    inside = [set(np.flatnonzero(labels == label).tolist()) for label in range(len(result.partition.sizes))]
    alone = [{unit} for unit in graph if labels[unit] < 0]
    theirs = nx.community.modularity(graph, [*inside, *alone])
    assert result.partition.modularity == pytest.approx(theirs)
    assert len(inside) > result.graph.clusters == 1
    rows = [name for _, name in graph_figure(result, settled(result)).rows]
    assert rows[0] == f"{len(inside)} communities (modularity {theirs:.2f})"


def test_a_group_keeps_the_colour_of_the_one_at_the_end_that_it_shares_most_with(place: Place) -> None:
    graphs, changed, by_size = Graphs(), [], []
    before = None
    for snapshot in range(place.snapshot - 6, place.snapshot + 1):
        result = graph_result(graphs, place.at(snapshot), GraphSettings())
        alone = graph_result(Graphs(), place.at(snapshot), GraphSettings())
        np.testing.assert_array_equal(result.groups, alone.groups)  # whatever was looked at before
        names = result.group_names
        sizes = {
            group: int((result.partition.labels == label).sum()) for label, group in enumerate(result.partition.colours)
        }
        assert all(names[group].endswith(f" of {size}") for group, size in sizes.items() if group in range(SMALLER))
        now = result.partition.labels, result.groups
        if before is not None:
            both = (now[0] >= 0) & (before[0] >= 0)
            changed.append(float((now[1] != before[1])[both].mean()))
            by_size.append(float((now[0] != before[0])[both].mean()))
        before = now
    assert np.mean(changed) < 0.5 * np.mean(by_size)


@pytest.mark.parametrize(
    ("labels", "last", "colours"),
    [
        ([0, 0, 0, 1, 1, -1], [1, 1, 1, 0, 0, 0], (1, 0)),
        ([0, 0, 0, 0, 1, 1], [0, 0, 1, 1, 0, 0], (0, 1)),  # of equal overlaps the larger group's comes first
        ([0, 0, 1, 1, 2, 2], [-1, -1, 0, 0, -1, -1], (1, 0, 2)),
        ([0, 0, 1, 1, 1, -1], [0, 0, 0, 0, 0, -1], (1, 0)),
    ],
)
def test_colours_follow_the_largest_overlap(labels: list[int], last: list[int], colours: tuple[int, ...]) -> None:
    def partition(of: list[int]) -> Partition:
        sizes = tuple(of.count(label) for label in range(max(of) + 1))
        return Partition("component", np.array(of, np.int32), sizes, colours=tuple(range(len(sizes))))

    assert coloured_like(partition(labels), partition(last)).colours == colours


def test_a_higher_cutoff_or_another_kernel_compares_no_unit_again(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    layer, graphs = place.layer_view, Graphs()
    shape = f"{layer.units}x{layer.inputs}"

    def found(cutoff: float, **more: float) -> WeightGraph:
        return graph_result(graphs, place, chosen_settings("graph", {"cutoffs": {shape: cutoff}, **more})).graph

    found(0.3)
    fresh = {cutoff: wb.layer_graph(place, cutoff=cutoff) for cutoff in (0.3, 0.35, 0.8)}
    monkeypatch.setattr(type(layer), "directions", None)
    for cutoff in (0.8, 0.35, 0.3):
        assert found(cutoff).edges.tolist() == fresh[cutoff].edges.tolist()
    assert found(0.35, variance=0.2).weights == pytest.approx(np.exp((fresh[0.35].inner_products - 1.0) / 0.2))
    with pytest.raises(TypeError, match="not callable"):
        found(0.29)


def test_repeated_units_are_those_with_a_cosine_of_95_hundredths(place: Place) -> None:
    result = result_of(place, "repeated")
    close = cosines_of(place) >= 0.95
    twin = nx.from_numpy_array(close)
    groups = sorted((len(part) for part in nx.connected_components(twin) if len(part) > 1), reverse=True)
    assert list(result.partition.sizes) == groups
    joined = np.unique(result.graph.edges[result.repeated])
    np.testing.assert_array_equal(joined, np.flatnonzero(close.any(axis=1)))
    others = (result.groups == OTHER_UNITS) | np.isin(result.groups, (DEAD_UNITS, STILL_UNITS, ISOLATED_UNITS))
    assert set(np.flatnonzero(others)) >= set(np.flatnonzero(~close.any(axis=1)))


def test_blocks_hold_the_units_without_an_edge_by_what_became_of_them(place: Place) -> None:
    result = result_of(place)
    alone = ~(cosines_of(place) >= result.graph.cutoff).any(axis=1)
    dead = place.layer_view.activity(place.snapshot) == 0.0
    first = place.layer_view.weights(0).astype(np.float64)
    now = place.layer_view.weights(place.snapshot).astype(np.float64)
    cosine = (first * now).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(now, axis=1)
    still = (cosine > 0.95) & ~dead
    wanted = {
        "dead": (alone & dead, dead), "hardly moved": (alone & still, still),
        "isolated": (alone & ~dead & ~still, alone & ~dead & ~still),
    }  # fmt: skip
    labels = {}
    for name, (there, all_of_them) in wanted.items():
        if there.any():
            of_all = "" if there.sum() == all_of_them.sum() else f" of {all_of_them.sum()}"
            other = "other " if labels and name == "isolated" else ""
            labels[f"{there.sum()}{of_all} {other}{name}"] = np.flatnonzero(there).tolist()
    assert {each.label: each.units.tolist() for each in result.blocks} == labels
    assert set(result.links.members) == set(np.flatnonzero(~alone))


def test_a_printed_graph_has_the_blocks_and_colours_of_the_window(place: Place) -> None:
    result = result_of(place)
    figure = graph_figure(result, settled(result))
    assert [label for label, _ in figure.labels()] == [each.label for each in result.blocks]
    low, high = figure.corners()
    size = max((high - low) / (PAPER.width, PAPER.height))
    for label, (left, top) in figure.labels():
        assert low[0] <= left
        assert left + size * PAPER.letter * len(label) <= high[0] + 1.0
        assert top + size * PAPER.line <= high[1] + 1.0
    assert unpacked(packed(figure)).blocks == figure.blocks
    in_a_ring = graph_figure(result, np.random.default_rng(0).normal(size=(result.graph.units, 2)))
    assert in_a_ring.labels() == [], "a figure made before there were blocks"
    rings_lie_on_no_label(replace(figure, selected=tuple(range(len(figure.positions)))))


def rings_lie_on_no_label(figure: GraphFigure) -> None:
    """Of a figure whose units are all selected."""
    axes = Page((figure,), Style()).drawn().axes[0]
    (rings,) = (each for each in axes.collections if each.get_label() == RINGS)
    tops = figure.positions[:, 1] + rings.get_widths() / 2
    assert len(axes.texts) == len(figure.labels())
    for label, units in figure.blocks:
        (words,) = (each for each in axes.texts if each.get_text() == label)
        assert words.get_position()[1] > tops[list(units)].max()


def test_settings_made_before_there_were_colourings_are_read() -> None:
    assert chosen_settings("graph", {"charge": -40.0, "cutoffs": {"100x256": 0.3}}).colouring == "auto"
    with pytest.raises(ValueError, match="colouring"):
        chosen_settings("graph", {"colouring": "rainbow"})
    assert GraphSettings().colouring == "auto"


def test_edges_are_paler_where_many_meet_and_stronger_with_their_weight() -> None:
    ends, degrees = np.array([[0, 1], [2, 3], [2, 3]]), np.array([3, 90, 4 * CROWD, 4 * CROWD])
    opacity = opacities(np.array([0.5, 0.5, 1.0]), ends, degrees)
    assert opacity[1] == pytest.approx(opacity[0] / 2.0)
    assert opacity[2] > opacity[1]
    assert opacity.max() < 0.5, "nodes are opaque"
    groups = shades(ends, opacity)
    assert sum(len(members) for members, _ in groups) == 3
    assert [alpha for _, alpha in groups] == sorted(alpha for _, alpha in groups)
    assert shades(np.zeros((0, 2), int), np.zeros(0)) == []


def test_a_card_says_when_a_dead_unit_died() -> None:
    epochs = SimpleNamespace(epochs=np.array([0.0, 0.5, 1.0, 2.0]), iterations=np.arange(4.0), snapshots=4)
    places: list[Any] = [SimpleNamespace(run=epochs, snapshot=at) for at in range(4)]
    activity = np.array([0.0, 0.0, 0.3, 0.0], np.float32)
    said = [death_of(place, activity) for place in places]
    assert said == ["dead since epoch 0", "dead since epoch 0", "", "dead, died between epoch 1 and 2"]
    assert death_of(places[3], None) == death_of(places[0], activity[:1]) == ""
