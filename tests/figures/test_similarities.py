"""The similarities of the weight graph: each row against the cosines of its own definition."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
import torch

import workbench as wb
from workbench.analysis.close_pairs import close_pairs, directions_of_weights, of_either_sign
from workbench.analysis.directions.independent import cosine_of_share, share_beyond
from workbench.analysis.graph import null_cutoff
from workbench.cli import main
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.evaluation.similarity.outputs import correlation_of
from workbench.evaluation.similarity.table import ABSOLUTE, SIMILARITIES, Compared, SimilarityName, compared_in_words
from workbench.figures.drawing import recipe_of
from workbench.figures.graph.chance import graph_by_chance
from workbench.figures.graph.figure import GraphFigure
from workbench.figures.kinds import figure_from
from workbench.figures.process.wire import packed, unpacked
from workbench.figures.recipe import Recipe
from workbench.figures.stacks.members import Member
from workbench.figures.stacks.stack import stack_of
from workbench.figures.style import Style
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = resource("sample_runs/digits_lenet.h5")


def outputs_of(layer: wb.Layer) -> np.ndarray:
    """The outputs of the units of fc2 on the validation images around their means, by the whole network."""
    with wb.open_run(SAMPLE) as run:
        place = run.place(layer.name)
        data, network = data_of(run, "validation"), network_of(run, -1, torch.device("cpu"))
        images = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
        with torch.inference_mode():
            for name, module in network.named_children():
                images = module(images)
                if name == "relu2":
                    break
        assert place.layer == "fc2"
    outputs = images.double().numpy().T
    return outputs - outputs.mean(axis=1, keepdims=True)


def rows(layer: wb.Layer, name: str) -> np.ndarray:
    """What the similarity of this name compares, written down once more."""
    weights = layer.weights(-1).astype(np.float64)
    return {
        "weights": lambda: weights,
        "report-code": lambda: weights,
        "outputs": lambda: outputs_of(layer),
        "weights-and-bias": lambda: np.hstack([weights, layer.row(f"/parameters/{layer.name}.bias", -1)[:, None]]),
    }[name.removesuffix(ABSOLUTE)]()


PLAIN = [name for name in SIMILARITIES if not name.startswith("folded")]  # that a network without batch norm has


@pytest.mark.parametrize("name", PLAIN)
def test_edges_are_the_pairs_whose_rows_point_the_same_way(name: str, tmp_path: Path) -> None:
    with wb.open_run(SAMPLE) as run:
        layer = run.layer("fc2")
        graph = wb.layer_graph(run.place("fc2"), cutoff=0.3, similarity=name)
        vectors, weights = rows(layer, name), layer.weights(-1)
    lengths = np.linalg.norm(vectors, axis=1)
    known = np.where(lengths > 0.0, lengths, np.inf)  # an output that never changes is like no other
    cosines = (vectors @ vectors.T) / np.outer(known, known)
    cosines = np.abs(cosines) if name.endswith(ABSOLUTE) else cosines
    first, second = np.triu_indices(len(vectors), 1)
    expected = {(i, j) for i, j in zip(first.tolist(), second.tolist(), strict=True) if cosines[i, j] >= 0.3 - 1e-12}
    assert set(map(tuple, graph.edges.tolist())) == expected
    np.testing.assert_allclose(graph.inner_products, cosines[tuple(graph.edges.T)], atol=1e-6)
    norms = np.linalg.norm(weights, axis=1) if name.startswith("outputs") else lengths
    np.testing.assert_allclose(graph.norms, norms, rtol=1e-6)
    out = tmp_path / "graph.json"
    words = ["graph", str(SAMPLE), "--layer", "fc2", "--cutoff", "0.3", "--similarity", name, "--out", str(out)]
    assert main(words) == 0
    written = json.loads(out.read_text())
    assert (written["graph"]["similarity"], len(written["edges"])) == (name, len(expected))


def test_two_similarities_differ_where_biases_do() -> None:
    with wb.open_run(SAMPLE) as run:
        graphs = [wb.layer_graph(run.place("fc2"), cutoff=-1.0, similarity=name) for name in PLAIN]
        with pytest.raises(ValueError, match=r"pass run\.place\('fc2', -1\), not a layer"):
            wb.layer_graph(run.layer("fc2"), similarity="outputs")
        rows_of_outputs = SIMILARITIES["outputs"].rows(Compared.of(run.place("fc2")))
        np.testing.assert_allclose(rows_of_outputs @ rows_of_outputs.T, correlation_of(run.place("fc2")), atol=1e-9)
    assert np.abs(np.sort(graphs[0].inner_products) - np.sort(graphs[1].inner_products)).max() > 1e-4


@pytest.mark.parametrize("name", ["weights", "weights-and-bias", "report-code", "weights-absolute"])
def test_the_null_of_weights_is_what_an_initialisation_gives(name: str) -> None:
    with wb.open_run(resource("sample_runs/digits_conv.h5")) as run:
        at = Compared.of(run.place("fc1", 0))  # 100 independent units of 256 weights, uniform as PyTorch draws them
        found, inputs = SIMILARITIES[name].rows(at).astype(np.float64), SIMILARITIES[name].inputs(at)
    found /= np.linalg.norm(found, axis=1)[:, None]
    cosines = (found @ found.T)[np.triu_indices(len(found), 1)]
    sides = SIMILARITIES[name].sides
    for share in (0.2, 0.05, 0.01):
        beyond = np.mean((cosines if sides == 1 else np.abs(cosines)) >= cosine_of_share(share, inputs, sides))
        assert beyond == pytest.approx(share, abs=4.0 * np.sqrt(share / len(cosines)))


def test_the_null_of_outputs_is_what_independent_outputs_give() -> None:
    with wb.open_run(SAMPLE) as run:
        inputs = SIMILARITIES["outputs"].inputs(Compared.of(run.place("fc2")))
    assert inputs == 143  # of 144 images around their mean
    outputs = np.random.default_rng(0).standard_normal((200, inputs + 1))
    correlations = np.corrcoef(outputs)[np.triu_indices(200, 1)]
    for share in (0.2, 0.05, 0.01):
        beyond = np.mean(correlations >= cosine_of_share(share, inputs))
        assert beyond == pytest.approx(share, abs=4.0 * np.sqrt(share / len(correlations)))


def test_of_either_sign_chance_reaches_a_cosine_twice_as_often() -> None:
    assert share_beyond(0.3, 20, 2) == 2.0 * share_beyond(0.3, 20)
    assert share_beyond(-0.3, 20, 2) == share_beyond(0.0, 20, 2) == 1.0
    assert cosine_of_share(1.0, 20, 2) == pytest.approx(0.0, abs=1e-9)
    assert share_beyond(cosine_of_share(0.01, 20, 2), 20, 2) == pytest.approx(0.01, rel=1e-5)
    drawn, rows = [], np.random.default_rng(0)
    for _ in range(400):
        unit = rows.standard_normal((12, 20))
        unit /= np.linalg.norm(unit, axis=1)[:, None]
        drawn.append(np.abs(np.triu(unit @ unit.T, 1)).max())
    assert np.mean(np.array(drawn) >= null_cutoff(12, 20, 2)) == pytest.approx(0.05, abs=0.03)
    assert null_cutoff(12, 20, 2) > null_cutoff(12, 20)
    with wb.open_run(SAMPLE) as run:
        place = run.place("fc1")
        graph = wb.layer_graph(place, cutoff=0.6, similarity="weights-absolute")
        found, signed = (graph_by_chance(graph, place, name) for name in ("weights-absolute", "weights"))
        assert found is not None
        assert signed is not None
        assert found.edges == pytest.approx(2.0 * signed.edges)
        with pytest.raises(ValueError, match="choose a similarity with its sign"):
            stack_of([Member(place), Member(place.at(0))], "weights-absolute")


def test_large_layers_of_either_sign_are_compared_alike() -> None:
    random = np.random.default_rng(0)
    weights = random.standard_normal((1200, 1500)).astype(np.float32)
    weights[7] = -weights[3]
    pairs = close_pairs(of_either_sign(directions_of_weights(weights)), 0.1)
    unit = weights / np.linalg.norm(weights.astype(np.float64), axis=1)[:, None]
    cosines = np.abs(np.triu(unit @ unit.T, 1))
    assert len(pairs.cosines) == np.count_nonzero(cosines >= 0.1)
    assert (3, 7) in set(zip(pairs.first.tolist(), pairs.second.tolist(), strict=True))


@pytest.mark.parametrize("name", ["weights-and-bias-absolute", "outputs"])
def test_the_table_of_units_goes_by_it_too(name: str, tmp_path: Path) -> None:
    with wb.open_run(SAMPLE) as run:
        found = wb.units(run, "fc2", chance=True, similarity=name)
        graph = wb.layer_graph(run.place("fc2"), similarity=name)
        vectors = rows(run.layer("fc2"), name)
        with pytest.raises(ValueError, match='unknown similarity "looks"'):
            wb.units(run, "fc2", similarity="looks")
    lengths = np.linalg.norm(vectors, axis=1)
    known = np.where(lengths > 0.0, lengths, np.inf)
    cosines = (vectors @ vectors.T) / np.outer(known, known)
    cosines = np.abs(cosines) if name.endswith(ABSOLUTE) else cosines
    np.fill_diagonal(cosines, -2.0)
    np.testing.assert_allclose(found.nearest_cosine, cosines.max(axis=1), atol=1e-6)
    assert found.degree.tolist() == graph.degrees.tolist()
    assert found.component.tolist() == graph.component.tolist()
    assert found.chance is not None
    assert found.chance.sides == SIMILARITIES[name].sides
    out = tmp_path / "units.csv"
    assert main(["units", str(SAMPLE), "--layer", "fc2", "--similarity", name, "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        written = [int(row["degree"]) for row in csv.DictReader(stream)]
    assert written == graph.degrees.tolist()


def test_every_similarity_can_be_chosen_by_its_name() -> None:
    assert get_args(SimilarityName) == tuple(SIMILARITIES)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        ({"similarity": "weights-and-bias"}, "edges by cosine with bias"),
        ({"similarity": "report-code"}, "weighed by the kernel of the report's code"),
        (
            {"similarity": "report-code", "least_weight": 0.6, "cutoffs": {"100x300": 0.9}},  # as it was
            "weighed by the kernel of the report's code",
        ),
        ({"least_weight": 0.6}, ""),  # the kernel of the report's text had none
    ],
)
def test_a_figure_shows_the_graph_of_its_similarity_and_is_made_again(settings: dict[str, Any], words: str) -> None:
    name, least = settings.get("similarity", "weights"), settings.get("least_weight")
    cutoff = least if name == "report-code" else None
    with wb.open_run(SAMPLE) as run:
        expected = wb.layer_graph(run.layer("fc2"), similarity=name, kernel_cutoff=cutoff)
        drawing = wb.figure("graph", run, layer="fc2", **settings)
        (view,) = Recipe.from_json(recipe_of([drawing], Style()).to_json()).views
        again = figure_from(view, run).figure
    for shown in (drawing.figure, again):
        assert isinstance(shown, GraphFigure)
        assert shown.edges.tolist() == expected.edges.tolist()
        assert shown.weights.tolist() == expected.weights.tolist()
        assert shown.compared == SIMILARITIES[name].cosine
        assert unpacked(packed(shown)).compared == shown.compared
    assert compared_in_words(name) == words


def test_what_cannot_be_compared_is_refused() -> None:
    with wb.open_run(SAMPLE) as run:
        layer = run.layer("fc2")
        with pytest.raises(ValueError, match=f'"looks": choose one of {", ".join(SIMILARITIES)}'):
            wb.layer_graph(layer, similarity="looks")
        with pytest.raises(ValueError, match='kernel "code" goes with the similarity "weights" only'):
            wb.layer_graph(layer, kernel="code", similarity="weights-and-bias")
        with pytest.raises(ValueError, match='kernel "report" goes with the similarity "weights" only'):
            wb.layer_graph(layer, kernel="report", similarity="report-code")
        without = replace(layer, parameter="elsewhere.weight")
        assert without.bias() is None
        with pytest.raises(ValueError, match="fc2 has no bias of its own for each unit"):
            SIMILARITIES["weights-and-bias"].directions(Compared(without, -1))
