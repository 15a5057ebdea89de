"""Every number in a sentence under a picture is a count of what the picture was drawn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis import matrices
from workbench.analysis.graph import weight_graph
from workbench.analysis.layout import forces
from workbench.analysis.units import unit_states
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import GraphResult
from workbench.figures.graph.words import in_words
from workbench.figures.low_rank.picture import Question, picture_of, sentence
from workbench.figures.overview.layer import overview_of
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.figures.spectrum.picture import Question as SpectrumQuestion
from workbench.figures.spectrum.picture import picture_of as spectrum_picture
from workbench.figures.spectrum.picture import pictures_of
from workbench.resource import resource
from workbench.runs import layout
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.saying import counted
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.writing import birth
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray


@pytest.fixture(scope="module")
def sample() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        yield run


UNITS = st.tuples(st.integers(1, 9), st.integers(1, 4), st.integers(0, 2**32 - 1))


@given(shape=UNITS, repeated=st.integers(0, 5), zero=st.integers(0, 9), dead=st.integers(0, 9), known=st.booleans())
@settings(deadline=None)
def test_the_graphs_sentence_counts_what_is_drawn(
    sample: Run, shape: tuple[int, int, int], repeated: int, zero: int, dead: int, known: bool
) -> None:
    units, inputs, seed = shape
    random = np.random.default_rng(seed)
    weights = random.standard_normal((units, inputs))
    weights[:repeated] = weights[0]
    weights[units - min(zero, units) :] = 0.0
    activity = (random.permutation(units) >= dead).astype(np.float32) if known else None
    cutoff = 0.9
    graph = weight_graph(matrices.gram(weights), cutoff)
    links, states = forces.links(graph.edges, graph.weights, units), unit_states(units, activity)
    needs = GraphNeeds(place_in(sample, "fc1", 28), cutoff, 0.5)
    text = in_words(GraphResult(needs, graph, links, activity, states, 1.0, 784))
    found = text.split(": ", 1)[1]

    drawn = nx.Graph()
    there = np.flatnonzero(weights.any(axis=1)).tolist()
    drawn.add_nodes_from(there)
    drawn.add_edges_from(graph.edges.tolist())
    sizes = sorted((len(part) for part in nx.connected_components(drawn) if len(part) > 1), reverse=True)
    isolated = set(nx.isolates(drawn))
    if not there:
        assert found == "every weight is zero, so there is no graph"
        return
    if not sizes:
        assert found.startswith("no two units are joined, ")
    elif len(sizes) == 1:
        assert found.startswith(f"1 component of {sizes[0]}, ")
    else:
        assert found.startswith(f"{len(sizes)} components ({', '.join(map(str, sizes[:3]))}")
    assert f", {len(isolated)} isolated" in found
    said, zeros = [counted(len(graph.edges), "edge")], units - len(there)
    said += [f"{counted(zeros, 'unit')} of {units} with all weights zero left out"] if zeros else []
    assert found.split("; ")[1:] == said
    if activity is None:
        assert "dead units unknown" in found
        return
    gone = set(np.flatnonzero(activity == 0).tolist()) & set(there)
    if "all dead" in found or "isolated and dead" in found:
        assert gone == isolated
    else:
        among = " of them" if gone and gone <= isolated else ""
        assert f", {len(gone)}{among} dead" in found
        assert gone != isolated or not gone


def run_of(path: Path, weights: list[NDArray[np.float64]], activity: list[NDArray[np.float64]]) -> Run:
    """A run of one linear layer with these weights and activities."""
    units, inputs = weights[0].shape
    layers = [layout.LayerInfo("fc1", "linear", units, inputs, 0)]
    parameters = {"fc1.weight": ((units, inputs), "float32")}
    spec = RunSpec(NetSpec("lenet"), DataSpec("digits"), initialiser="torch_default", epochs=1)
    birth.create(path, spec, layers, layout.plan(layers, parameters, 0), len(weights), "one layer")
    with Recorder(path) as recorder:
        for number, (matrix, active) in enumerate(zip(weights, activity, strict=True)):
            stored = matrix.astype(np.float32)
            rows = dict(layout.HistoryRow(number, number, 0.0, 0.1, 1.0, 50.0, 1.0, 50.0, 1.0, 50.0).rows())
            rows |= {"/parameters/fc1.weight": stored, "/activity/fc1": active.astype(np.float32)}
            rows["/spectrum/fc1"] = matrices.eigenvalues(stored)
            if layout.keeps_gram(units, inputs):
                rows["/gram/fc1"] = matrices.gram(stored)
            recorder.commit(rows)
    return open_run(path)


@pytest.mark.parametrize("inputs", [64, 24])  # with a stored Gram matrix, and without
def test_the_units_that_the_spectrums_sentence_names_are_those_of_the_layer(tmp_path: Path, inputs: int) -> None:
    random = np.random.default_rng(5)
    start = random.uniform(-1, 1, (30, inputs)) / np.sqrt(inputs)
    now = start.copy()
    now[:10] += random.normal(size=(10, inputs))  # learned
    now[25:] = 0.0  # removed
    activity = np.ones(30)
    activity[10:17] = activity[25:] = 0.0  # seven dead, the removed ones besides
    with run_of(tmp_path / "run.h5", [start, now], [np.ones(30), activity]) as run:
        picture = spectrum_picture(SpectrumQuestion(place_in(run, "fc1", 1), None))
        assert picture is not None
        result = picture.result
        assert (result.units, result.zero_units, run.layer("fc1").zero_units(1)) == (25, 5, 5)
        kept = now[:25].astype(np.float32).astype(float)
        values, vectors = np.linalg.eigh(kept @ kept.T)
        assert result.initialiser is not None
        between = (values >= result.initialiser.floor) & (values <= result.initialiser.limit)
        share = 100 * (vectors[10:, between] ** 2).sum() / between.sum()
        assert f", {between.sum()} between its edges" in picture.words
        assert (
            f"; 7 units are dead and 8 more have hardly moved, and together carry {share:.0f} % of the eigenvectors"
        ) in picture.words
        assert "; 5 units of 30 with all weights zero left out" in picture.words
        assert result.words == layer_spectrum(run, "fc1", 1).words
        assert picture.counts.sum() + (result.eigenvalues > picture.edges[-1]).sum() == len(result.eigenvalues)
        (only,) = pictures_of(SpectrumQuestion(place_in(run, "fc1", 1), None))
        assert only is not None
        assert only.words == picture.words


@pytest.mark.parametrize(
    ("layer", "first"), [("conv2", "3 outliers beyond "), ("fc1", "10 of 100 eigenvalues beyond ")]
)
def test_the_spectrums_sentence_begins_with_what_the_overview_counts(sample: Run, layer: str, first: str) -> None:
    place = place_in(sample, layer, 28)
    count = overview_of(place).outliers
    assert first.split()[0] == str(count)
    picture = spectrum_picture(SpectrumQuestion(place, None))
    assert picture is not None
    assert f": {first}" in picture.words
    assert "overview" not in picture.words
    other = spectrum_picture(SpectrumQuestion(place, None, "moved"))
    assert other is not None
    source = "fitted to its bulk" if layer == "conv2" else "from the initialiser"
    assert other.words.endswith(f"; the overview counts W, with σ² {source}: {count} outliers")


def test_w_minus_w0_that_is_zero_is_said_to_be(sample: Run) -> None:
    picture = picture_of(Question(place_in(sample, "fc1", 0), "moved"))
    assert picture.result.no_edge == "every entry is zero"
    assert "W − W₀ is zero, so every rank keeps all of it; elbows: Kneedle 0" in sentence(
        picture, 0, None, "test", {"Kneedle": 0}
    )
