"""What is said of a network with units at zero is what is said of the smaller network without them."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

import workbench as wb
from workbench.analysis.orders import RANDOM_SEEDS
from workbench.cli import main
from workbench.evaluation.cached_curves import rank_curves
from workbench.evaluation.evaluator import exact
from workbench.evaluation.ranks.approximated import WEIGHTS, Approximated
from workbench.evaluation.ranks.joint import joint_low_ranks
from workbench.evaluation.removal.orders import draws, orders_of, present_units
from workbench.evaluation.removal.scores import SCORES
from workbench.evaluation.run_evaluators import evaluator
from workbench.figures.graph.figure import graph_figure
from workbench.figures.graph.picture import Graphs
from workbench.figures.graph.words import in_words
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.question import Question
from workbench.figures.settings import GraphSettings
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.figures.stacks.making import graph_result
from workbench.reports.structure import structure_of
from workbench.reports.words import told_structure
from workbench.resource import resource
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.figures.pruning.picture import Picture
    from workbench.runs.run import Run

FRACTIONS = (0.0, 0.25, 0.5, 0.9)
LAYERS = (("digits_lenet", "lenet", "fc1"), ("digits_conv",) * 2 + ("fc1",), ("digits_conv",) * 2 + ("conv2",))
LEFT_OUT = re.compile(
    r"; \d+ units? of \d+ with all weights zero left out| \([\d,]+ more (are removed:|come from) [^)]*\)"
    r"|; [\d,]+ of [\d,]+ inputs left out, from removed units"
)


pytestmark = pytest.mark.thinned(7)


@dataclass(frozen=True, eq=False)
class Pair:
    """The same network, masked and shrunk, imported alike: `kept` are the units of the masked one that are left."""

    masked: Run
    shrunk: Run
    layer: str
    kept: np.ndarray


PLACES = [
    *((each, part, 0) for each in LAYERS for part in FRACTIONS),
    *((each, 0.5, step) for each in LAYERS for step in (1, 2)),
]


@pytest.fixture(scope="module")
def pruned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[tuple[str, str, str], float], Pair]]:
    with ExitStack() as opened:

        @cache
        def made(where: tuple[str, str, str], fraction: float) -> Pair:
            sample, net, layer = where
            folder = tmp_path_factory.mktemp("pair")
            with wb.open_run(resource(f"sample_runs/{sample}.h5")) as run:
                state = {key: row.copy() for key, row in run.parameters(-1).items()}
            units = len(state[f"{layer}.bias"])
            gone = np.random.default_rng(7).permutation(units)[: round(fraction * units)]
            for part in ("weight", "bias"):
                state[f"{layer}.{part}"][gone] = 0.0
            save_file(state, str(folder / "masked.safetensors"))
            named = ["--net", net, "--data", "digits"]
            masked, small, shrunk = (str(folder / name) for name in ("masked.h5", "small.safetensors", "shrunk.h5"))
            assert main(["import", str(folder / "masked.safetensors"), *named, "--out", masked]) == 0
            if len(gone):
                assert main(["shrink", masked, "--out", small]) == 0
            else:  # there is nothing to shrink
                save_file(state, small)
            assert main(["import", small, *named, "--out", shrunk]) == 0
            one, other = (opened.enter_context(wb.open_run(path)) for path in (masked, shrunk))
            assert (one.layer(layer).units, other.layer(layer).units) == (units, units - len(gone))
            return Pair(one, other, layer, np.setdiff1d(np.arange(units), gone))

        yield made


@pytest.fixture(params=PLACES, ids=str)
def pair(request: pytest.FixtureRequest, pruned: Callable[[tuple[str, str, str], float], Pair]) -> Pair:
    """The layer that lost units, or one behind it, which has lost inputs."""
    where, fraction, step = request.param
    found = pruned(where, fraction)
    if not step:
        return found
    layers = found.masked.layers
    behind = layers[[layer.name for layer in layers].index(found.layer) + step]
    return replace(found, layer=behind.name, kept=np.arange(behind.units))


def alike(words: str) -> str:
    """Without what only the masked network has to say, and without the file's name."""
    return LEFT_OUT.sub("", words.replace("masked", "shrunk"))


def test_the_weight_graph_is_the_same(pair: Pair) -> None:
    places = (place_in(run, pair.layer, 0) for run in (pair.masked, pair.shrunk))
    one, other = (graph_result(Graphs(), place, GraphSettings()) for place in places)
    assert one.graph.cutoff == other.graph.cutoff
    np.testing.assert_array_equal(one.graph.component_sizes, other.graph.component_sizes)
    np.testing.assert_array_equal(one.graph.component[pair.kept], other.graph.component)
    np.testing.assert_array_equal(np.sort(one.graph.edges, axis=0), np.sort(pair.kept[other.graph.edges], axis=0))
    np.testing.assert_allclose(one.radii[pair.kept], other.radii)
    np.testing.assert_array_equal(one.groups[pair.kept], other.groups)
    assert one.group_names == other.group_names
    assert alike(in_words(one)) == in_words(other)
    nodes = [
        len(graph_figure(each, np.zeros((each.graph.units, 2))).table().rows) - len(each.graph.edges)
        for each in (one, other)
    ]
    assert nodes == [len(pair.kept)] * 2


def test_the_exported_graph_has_the_same_nodes(pair: Pair, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    documents, words = [], []
    for run in (pair.masked, pair.shrunk):
        capsys.readouterr()
        out = tmp_path / f"{run.path.stem}.json"
        assert main(["graph", str(run.path), "--layer", pair.layer, "--out", str(out)]) == 0
        words.append(alike(capsys.readouterr().out.splitlines()[-1]))
        documents.append(json.loads(out.read_text()))
    assert words[0] == words[1]
    one, other = documents
    assert [node["id"] for node in one["nodes"]] == pair.kept.tolist()
    units = set(range(pair.masked.layer(pair.layer).units))
    assert one["graph"].pop("removed") == sorted(units.difference(pair.kept.tolist()))
    assert other["graph"].pop("removed") == []
    for document in documents:
        del document["graph"]["run_id"]
    assert one["graph"] == other["graph"]
    assert [len(each) for each in one["components"]] == [len(each) for each in other["components"]]
    assert one["norms"] == pytest.approx(other["norms"])
    assert len(one["edges"]) == len(other["edges"])


def test_the_spectrum_is_the_same(pair: Pair) -> None:
    one, other = (layer_spectrum(run, pair.layer) for run in (pair.masked, pair.shrunk))
    assert alike(f"{one.words[:-1]}") == other.words[:-1]
    assert (one.units, one.q, one.scale) == (other.units, other.q, other.scale)
    np.testing.assert_allclose(one.eigenvalues, other.eigenvalues, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["max_mag", "min_fp", "max_ip", "max_fp_mod", "random"])
def test_units_go_in_the_same_order(pair: Pair, name: str) -> None:
    one, other = (orders_of(run, (pair.layer,), 0, name) for run in (pair.masked, pair.shrunk))
    assert len(one) == len(other) == (len(RANDOM_SEEDS) if name == "random" else 1)
    for mine, theirs in zip(one, other, strict=True):
        np.testing.assert_array_equal(mine.units, pair.kept[theirs.units])


def test_the_same_units_are_drawn_at_random(pair: Pair) -> None:
    (one,), (other,) = (present_units(run, (pair.layer,), 0) for run in (pair.masked, pair.shrunk))
    assert draws(one, 3) == [pair.kept[drawn].tolist() for drawn in draws(other, 3)]


@pytest.mark.parametrize("matrix", ["weights", "normalised"])
def test_low_ranks_and_elbows_are_the_same(pair: Pair, matrix: str) -> None:
    about = Approximated(matrix)  # type: ignore[arg-type]
    one, other = (about.spectrum(place_in(run, pair.layer, 0)) for run in (pair.masked, pair.shrunk))
    assert (one.ranks, one.kneedle, one.eigengap) == (other.ranks, other.kneedle, other.eigengap)
    assert (one.above_edge, one.no_edge) == (other.above_edge, other.no_edge)
    np.testing.assert_allclose(one.norm_percent, other.norm_percent)


@pytest.mark.parametrize("score", ["in_out_norm", "bn_norm"])
def test_the_network_scores_the_same(pair: Pair, score: str) -> None:
    one, other = (SCORES[score].of(evaluator(place_in(run, pair.layer))) for run in (pair.masked, pair.shrunk))
    np.testing.assert_allclose(one[pair.kept], other, rtol=1e-6)


def test_a_low_rank_costs_the_same(pair: Pair) -> None:
    rank = WEIGHTS.full_rank(place_in(pair.shrunk, pair.layer, 0)) // 3
    one, other = (rank_curves(place_in(run, pair.layer), (rank,)) for run in (pair.masked, pair.shrunk))
    np.testing.assert_allclose(exact(one).loss, exact(other).loss, rtol=1e-4)


def test_low_ranks_of_all_layers_cost_the_same(pair: Pair) -> None:
    *_, one = joint_low_ranks(pair.masked, 0.2)
    *_, other = joint_low_ranks(pair.shrunk, 0.2)
    assert (one.ranks, one.weights) == (other.ranks, other.weights)
    assert one.accuracy.accuracy == other.accuracy.accuracy


def test_the_report_says_the_same(pair: Pair) -> None:
    one, other = (structure_of(place_in(run, pair.layer, 0)) for run in (pair.masked, pair.shrunk))
    assert [alike(said) for said in told_structure(one)] == list(told_structure(other))


def test_pruning_costs_the_same(pair: Pair) -> None:
    pictures = [_pruned(run, pair.layer) for run in (pair.masked, pair.shrunk)]
    one, other = pictures
    assert alike(one.words) == other.words
    assert [alike(each) for each in one.details] == list(other.details)
    assert (one.units, one.label) == (other.units, other.label)
    for mine, theirs in zip(one.lines, other.lines, strict=True):
        np.testing.assert_allclose(mine.values, theirs.values)
        np.testing.assert_allclose(mine.across, theirs.across)


def _pruned(run: Run, layer: str) -> Picture:
    question = Question(place_in(run, layer, 0), ("max_mag", "random"), "bias", "test", "accuracy", across="units")
    *_, picture = PruningCurves().pictures(question)
    return picture
