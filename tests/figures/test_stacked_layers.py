"""The graph of layers stacked on top of one another: nodes by origin, names, what settings name, and its figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.figures.graph.groups import DEAD_OF, NOT_DRAWN
from workbench.figures.graph.words import in_words, unit_in_words
from workbench.figures.kinds import chosen_settings, figure
from workbench.figures.stacks.making import graph_result
from workbench.figures.stacks.members import Member, entry_of, members_of, names_of
from workbench.figures.stacks.picture import StackedGraphs, StackedResult
from workbench.figures.stacks.stack import stack
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.runs.run import Run


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        yield run


@pytest.fixture(scope="module")
def other() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_lenet.h5")) as run:
        yield run


@pytest.fixture(scope="module")
def result(run: Run) -> StackedResult:
    chosen = chosen_settings("graph", {"stacked": ["snapshot:0", "rank:10"]})
    found = graph_result(StackedGraphs(), run.place("fc1"), chosen)
    assert isinstance(found, StackedResult)
    return found


def test_edges_are_those_of_the_rows_on_top_of_one_another(run: Run, result: StackedResult) -> None:
    layer = run.layer("fc1")
    last = layer.weights(-1).astype(np.float64)
    left, values, right = np.linalg.svd(last, full_matrices=False)
    low = (left[:, :10] * values[:10]) @ right[:10]
    rows = np.concatenate((last, layer.weights(0), low))
    rows /= np.linalg.norm(rows, axis=1)[:, None]
    first, second = np.nonzero(np.triu(rows @ rows.T, 1) >= result.graph.cutoff)
    assert set(map(tuple, result.graph.edges.tolist())) == set(zip(first.tolist(), second.tolist(), strict=True))


def test_colours_tell_the_layers_apart_and_crosses_their_dead_units(result: StackedResult) -> None:
    assert result.stack.names == ("epoch 40", "epoch 0", "epoch 40, rank 10")
    groups = result.groups.reshape(3, 100)
    dead = result.states.dead.reshape(3, 100)
    for origin in range(3):
        assert set(groups[origin][~dead[origin]]) == {origin}
        assert set(groups[origin][dead[origin]]) == {DEAD_OF + origin}
    assert NOT_DRAWN not in result.groups
    assert list(result.group_names.values())[:3] == list(result.stack.names)


def test_a_node_stands_for_the_unit_of_its_number(result: StackedResult) -> None:
    assert result.units_of({3, 103, 204}) == {3, 4}
    assert result.nodes_of({4}) == {4, 104, 204}
    assert result.address(103) == (result.needs.place.at(0), 3)
    assert unit_in_words(result, 103).startswith("unit 3 of epoch 0: norm")
    words = in_words(result)
    assert words.startswith("fc1 of epoch 40, epoch 0 and epoch 40, rank 10: ")
    assert "epoch 0: 100 of 100 pairs beyond chance (cosine > 0.20)" in words


def test_entries_name_members_and_back(run: Run, other: Run) -> None:
    place = run.place("fc1", 3)
    entries = ["snapshot:0", "rank:4", f"run:{other.run_id}@5"]
    members = members_of(place, entries, [other])
    assert members == [Member(place.at(0)), Member(place, 4), Member(other.place("fc1", 5))]
    assert [entry_of(each, place) for each in members] == entries
    assert names_of([Member(place), members[2]])[1].startswith("digits_lenet, epoch ")
    assert names_of([Member(place), Member(other.place("fc1", 0))])[1] != "digits_lenet"  # another moment
    assert names_of([Member(place.at(0)), Member(other.place("fc1", 0))]) == ("digits_conv", "digits_lenet")
    for wrong, said in (("rank:0", "cannot be stacked"), ("snapshot:99", "no snapshot"), ("run:x@1", "not given")):
        with pytest.raises(ValueError, match=said):
            members_of(place, [wrong], [other])


def test_layers_of_unequal_inputs_and_outputs_are_refused(run: Run, other: Run) -> None:
    with pytest.raises(ValueError, match="has 64 inputs and digits_conv, epoch 40 has 256"):
        stack(run, other, layer="fc1")
    with pytest.raises(ValueError, match="choose the similarity of the weights"):
        stack(run.place("fc1"), similarity="outputs")


def test_a_figure_comes_back_from_its_recipe(run: Run) -> None:
    from workbench.figures.kinds import figure_from

    made = figure("graph", run, "fc1", stacked=("snapshot:0",), cutoff=0.4, units=(3,))
    assert made.figure.selected == (3, 103)
    again = figure_from(made.view(), run)
    assert (again.figure.positions == made.figure.positions).all()
    assert (again.figure.edges == made.figure.edges).all()
