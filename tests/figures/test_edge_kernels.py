"""The kernel and the cut-off of the report's code, reachable by Python and by the command."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.analysis.matrices import cosines
from workbench.cli import main
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
        (["--kernel-cutoff", "0.5"], "needs --kernel code or --similarity report-code"),
        (["--kernel", "code", "--kernel-cutoff", "0.5", "--cutoff", "0.5"], "replaces --cutoff"),
        (["--kernel", "code", "--kernel-cutoff", "0"], "above 0 and at most 1"),
    ],
)
def test_a_cutoff_by_weight_that_makes_no_sense_is_refused(
    words: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["graph", str(SAMPLE), "--layer", "fc2", *words, "--out", str(tmp_path / "graph.json")]) == 2
    assert said in capsys.readouterr().err


def test_python_refuses_a_cutoff_by_weight_of_the_reports_text() -> None:
    with wb.open_run(SAMPLE) as run, pytest.raises(ValueError, match='needs the kernel "code"'):
        wb.layer_graph(run.layer("fc2"), kernel_cutoff=0.5)
