"""The kernel and the cut-off of the report's code, reachable by Python and by the command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

import workbench as wb
from workbench.analysis.graph import null_cutoff
from workbench.analysis.matrices import cosines
from workbench.cli import main
from workbench.figures.graph.cutoff import UNITS
from workbench.figures.graph.needs import needs_of
from workbench.figures.graph.picture import Graphs
from workbench.figures.graph.words import in_words
from workbench.figures.settings import GraphSettings
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = resource("sample_runs/digits_conv.h5")
LEAST = 0.6


@pytest.fixture(scope="module")
def expected() -> dict[tuple[int, int], float]:
    """Edges by (i, j) with their weights, each pair by itself, k over all snapshots."""
    with wb.open_run(SAMPLE) as run:
        layer = run.layer("fc2")
        upper = np.triu_indices(layer.units, 1)
        distances = [(1 - cosines(layer.gram(at))[upper]) / 2 for at in range(run.snapshots)]
    width = np.mean(distances)
    weights = np.exp(-((distances[-1] / width) ** 2))
    pairs = zip(*(each.tolist() for each in upper), strict=True)
    return {pair: weight for pair, weight in zip(pairs, weights.tolist(), strict=True) if weight >= LEAST}


def test_the_graph_of_the_reports_code_is_that_of_its_formula(expected: dict[tuple[int, int], float]) -> None:
    with wb.open_run(SAMPLE) as run:
        found = wb.layer_graph(run.layer("fc2"), kernel="code", kernel_cutoff=LEAST)
    edges = {(i, j): weight for (i, j), weight in zip(found.edges.tolist(), found.weights.tolist(), strict=True)}
    assert len(expected) > 10
    assert edges == pytest.approx(expected)


@pytest.mark.parametrize("choice", [("--kernel", "code"), ("--similarity", "report-code")])
def test_the_command_writes_the_graph_of_the_reports_code(
    expected: dict[tuple[int, int], float], tmp_path: Path, choice: tuple[str, str]
) -> None:
    out = tmp_path / "graph.json"
    words = [*choice, "--kernel-cutoff", str(LEAST), "--out", str(out)]
    assert main(["graph", str(SAMPLE), "--layer", "fc2", *words]) == 0
    edges = json.loads(out.read_text())["edges"]
    assert {(each["source"], each["target"]): each["weight"] for each in edges} == pytest.approx(expected)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--unit", "percentile", "--cutoff", "101"], "at most 100, not 101"),
        (["--unit", "p_value", "--cutoff", "0"], "above 0 and at most 1"),
        (["--kernel", "code", "--kernel-cutoff", "0.5", "--cutoff", "0.5"], "replaces --cutoff"),
        (["--kernel", "code", "--kernel-cutoff", "0"], "above 0 and at most 1"),
    ],
)
def test_a_cutoff_by_weight_that_makes_no_sense_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", str(SAMPLE), "--layer", "fc2", *words, "--out", str(tmp_path / "graph.json")]) == 2
    assert said in capsys.readouterr().err


def in_unit(unit: str, amount: float, **how: Any) -> tuple[np.ndarray, float]:
    with wb.open_run(SAMPLE) as run:
        found = wb.layer_graph(run.layer("fc2"), cutoff=amount, cutoff_unit=unit, **how)
    return found.inner_products, found.cutoff


def test_the_cutoff_is_found_in_every_unit() -> None:
    """Each against all pairs, or against the distribution of independent directions."""
    with wb.open_run(SAMPLE) as run:
        layer = run.layer("fc2")
        pairs = np.sort(cosines(layer.gram())[np.triu_indices(layer.units, 1)])
        inputs = layer.inputs_left()
    half, count = (inputs - 1) / 2, len(pairs)
    assert in_unit("cosine", 0.4)[1] == 0.4
    assert in_unit("weight", 0.3)[1] == pytest.approx(1 + 0.5 * np.log(0.3))
    assert in_unit("weight", 0.3, kernel_variance=0.2)[1] == pytest.approx(1 + 0.2 * np.log(0.3))
    assert in_unit("weight", 0.3, kernel="code", mean_distance=0.4)[1] == pytest.approx(
        1 - 0.8 * np.sqrt(np.log(1 / 0.3))
    )
    assert in_unit("percentile", 93.7)[1] == pytest.approx(np.percentile(pairs, 93.7))
    assert in_unit("edges", 41)[0].tolist() == pytest.approx(pairs[-41:].tolist())
    assert in_unit("edges", 10**9)[0].tolist() == pytest.approx(pairs.tolist())
    for unit, amount in (("p_value", 1e-4), ("chance_edges", 1e-4 * count)):
        assert stats.beta(half, half).sf((1 + in_unit(unit, amount)[1]) / 2) == pytest.approx(1e-4, rel=1e-3)
    assert in_unit("chance_edges", 0.05)[1] == pytest.approx(null_cutoff(layer.units, inputs), abs=1e-5)
    with pytest.raises(ValueError, match='unknown unit of a cut-off "angle"'):
        in_unit("angle", 0.5)


def test_a_figure_takes_the_cutoff_in_any_unit_and_reads_it_in_all_others() -> None:
    with wb.open_run(SAMPLE) as run:
        place, graphs = run.place("fc2", -1), Graphs()
        for unit, amount in (("edges", 30.0), ("percentile", 90.0), ("p_value", 1e-5), ("chance_edges", 0.05)):
            chosen = GraphSettings(cutoffs={unit: amount}, cutoff_unit=unit)  # type: ignore[arg-type]
            *_, result = graphs.results(needs_of(place, chosen))
            expected = wb.layer_graph(place, cutoff=amount, cutoff_unit=unit)
            assert result.graph.edges.tolist() == expected.edges.tolist()
            assert result.readings[unit] == pytest.approx(amount, rel=0.01)  # type: ignore[index]
            assert set(result.readings) == set(UNITS)
            assert f"cosine {expected.cutoff:.3g}" in in_words(result)
            twin = wb.layer_graph(place, cutoff=0.25)
            if unit == "edges":
                assert result.ticks["report"] == pytest.approx(len(twin.edges), abs=0.1)
            figure = wb.figure("graph", run, "fc2", cutoff=amount, cutoff_unit=unit).figure
            assert getattr(figure, "cutoff") == expected.cutoff  # noqa: B009
