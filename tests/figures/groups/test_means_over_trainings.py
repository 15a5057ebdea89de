"""Means and intervals over trainings: against NumPy and SciPy, run by run."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import stats
from seeds import seeds

import workbench as wb
from workbench.cli import main
from workbench.figures.groups.rows import mean_costs, mean_row
from workbench.figures.overview.costs import LayerCosts
from workbench.figures.overview.headline import summary
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.words import finding, text_of
from workbench.runs.place import place_in, with_others

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")
TINY = wb.RunSpec(
    wb.NetSpec("lenet", widths=(12, 6)),
    wb.DataSpec("digits"),
    wb.OptimiserSpec("adam", 1e-2),
    iterations=20,
    snapshots="log",
)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Run]]:
    opened = [wb.open_run(path) for path in seeds(tmp_path_factory.mktemp("group"), TINY)]
    yield opened
    for run in opened:
        run.close()


def interval(values: list[float]) -> tuple[float, float]:
    mean, half = np.mean(values), stats.sem(values) * stats.t.ppf(0.975, len(values) - 1)
    return float(mean - half), float(mean + half)


def test_every_number_of_the_overview_is_the_mean_over_the_runs(
    runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = wb.group_overview(runs, all_snapshots=True)
    assert found.columns[-3:] == ("seed_0", "seed_1", "seed_2")
    each = [{(row.layer, row.snapshot): row for row in wb.overview(run, all_snapshots=True).layers} for run in runs]
    rows = list(found.rows())
    assert len(rows) == 3 * runs[0].snapshots * 8
    for layer, snapshot, name, count, mean, std, low, high, *values in rows:
        wanted = [getattr(rows_of[str(layer), int(snapshot or 0)], str(name)) for rows_of in each]
        assert values == wanted
        known = [value for value in wanted if value is not None]
        assert count == len(known)
        if len(known) > 1:
            assert (mean, std) == pytest.approx((np.mean(known), np.std(known, ddof=1)))
            assert (low, high) == pytest.approx(interval(known))
    out = tmp_path / "group.csv"
    words = ["overview-group", *(str(run.path) for run in runs), "--out", str(out)]
    assert main(words) == 0
    with out.open(newline="") as stream:
        header, *written = csv.reader(stream)
    last = wb.group_overview(runs)
    assert tuple(header) == last.columns
    assert written == [["" if cell is None else str(cell) for cell in row] for row in last.rows()]
    said = capsys.readouterr().out
    assert all(sentence in said for sentence in last.findings())
    assert last.findings()[0].startswith("fc1, mean and 95 % interval over 3 trainings: dead ")


def test_beside_the_means_stands_what_independent_weights_give(runs: list[Run], tmp_path: Path) -> None:
    out = tmp_path / "group.csv"
    assert main(["overview-group", *(str(run.path) for run in runs), "--chance", "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    alone = wb.overview(runs[0], chance=True)
    drawn = {row[0]: dict(zip(alone.columns, row, strict=True)) for row in alone.rows()}
    for row in rows:
        expected = drawn[row["layer"]].get(f"{row['number']}_by_chance")
        assert row["by_chance"] == ("" if expected is None else str(expected))
    assert {row["number"] for row in rows if row["by_chance"]} == {"isolated", "clusters", "repeated", "outliers"}


def test_the_mean_curve_is_that_of_the_curves_of_the_runs(
    runs: list[Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = wb.prune_group(runs, "fc1", orders=("max_mag", "random"))
    for curve in found.curves:
        alone = [dict(wb.prune(run, "fc1", orders=(curve.order,)).curves)[curve.order] for run in runs]
        accuracy = np.array([np.mean([each.accuracy for each in repeats], axis=0) for repeats in alone])
        np.testing.assert_allclose(curve.accuracy, accuracy)
        for level in (0, 5, 12):
            low, high = interval(accuracy[:, level].tolist())
            assert (curve.over.low[level], curve.over.high[level]) == pytest.approx((low, high), nan_ok=True)
    assert found.seeds == (0, 1, 2)
    out = tmp_path / "curves.csv"
    words = ["prune-group", *(str(run.path) for run in runs), "--layer", "fc1", "--orders", "max_mag,random"]
    assert main([*words, "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        header, *written = csv.reader(stream)
    assert ",".join(header) == "order,removed,runs,mean,std,low,high,seed_0,seed_1,seed_2"
    assert len(written) == 2 * 13
    assert written == [["" if cell is None else str(cell) for cell in row] for row in found.rows()]
    assert "over 3 runs" in capsys.readouterr().out


def test_runs_of_other_trainings_are_refused(runs: list[Run], run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overview-group", str(runs[0].path), str(run.path)]) == 2
    assert "is not a member of the group" in capsys.readouterr().err
    assert main(["prune-group", str(runs[0].path), str(run.path), "--layer", "fc1"]) != 0
    assert "is not a member of the group" in capsys.readouterr().err
    with pytest.raises(ValueError, match="needs at least one run"):
        wb.group_overview([])


def test_costs_of_trainings_that_only_guess_count_nothing(runs: list[Run]) -> None:
    places = [place_in(run, run.layers[0].name) for run in runs]
    place = with_others(places[0], runs[1:])
    row = mean_row(place, [overview_of(each) for each in places])
    costs = mean_costs(place, [LayerCosts(each, images=9, total=9, start=11.0, removable=4) for each in places])
    better = mean_costs(place, [LayerCosts(each, images=9, total=9, start=97.0, removable=4) for each in places])
    guess, most = f"The network is {costs.guess}. ", summary([row])
    assert text_of(summary([row], {row.layer: costs})) == f"{guess}{text_of(most)}"
    assert "can be removed within a point" in text_of(summary([row], {row.layer: better}))
    assert text_of(finding(row, costs)) == text_of(finding(row)) != text_of(finding(row, better))


def test_a_single_run_has_no_interval(runs: list[Run]) -> None:
    found = wb.group_overview(runs[:1])
    assert all(row[5] is None and row[6] is None for row in found.rows())
    assert "(" not in found.findings()[0]
