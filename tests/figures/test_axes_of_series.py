"""A series of somebody else's checkpoints gives its axes the scale of all snapshots; a single one has no history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

import workbench as wb
from workbench.cli import main
from workbench.figures.extremes import looked_at, of_spectra
from workbench.figures.graph.picture import Graphs
from workbench.figures.settings import GraphSettings
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.figures.stacks.making import graph_result
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = (1.0, 0.2, 5.0, 2.0)  # of the weights, snapshot by snapshot


def imported(folder: Path, first: int, sizes: tuple[float, ...] = SIZES) -> Run:
    (folder / "series").mkdir()
    for at, size in enumerate(sizes):
        weights = size * torch.randn(20, 30, generator=torch.Generator().manual_seed(0))
        torch.save({"fc1.weight": weights}, folder / "series" / f"step_{first + at}.pt")
    for _ in import_run(plan_of(Wanted((folder / "series",))), folder / "run.h5"):
        pass
    return open_run(folder / "run.h5")


@pytest.fixture(params=[0, 100], ids=["from the initialisation", "from later on"])
def series(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Run, bool]]:
    with imported(tmp_path, request.param) as run:
        yield run, request.param == 0


def test_the_extremes_of_all_snapshots_give_the_scale_where_none_is_the_initialisation(
    series: tuple[Run, bool],
) -> None:
    run, holds = series
    assert run.spec.holds_initialisation == holds
    assert of_spectra(run, "fc1") == ((0, 3) if holds else (1, 2))
    pictures = [picture_of(Question(place_in(run, "fc1", at), "linear")) for at in range(4)]
    views = {picture.view for picture in pictures if picture is not None}
    assert len(views) == 1  # the axes stay still
    ((_, high),) = views
    largest = [float(run.layer("fc1").eigenvalues(at)[0]) for at in range(4)]
    assert largest[3] <= high
    assert (largest[2] <= high) == (not holds)
    places = (place_in(run, "fc1", at) for at in range(4))
    logarithmic = {picture.view for place in places if (picture := picture_of(Question(place, "log")))}
    assert len(logarithmic) == 1


def test_the_largest_node_is_that_of_all_snapshots(series: tuple[Run, bool]) -> None:
    run, holds = series
    graphs, norms = Graphs(), [float(run.layer("fc1").norms(at).max()) for at in range(4)]
    scales = [graph_result(graphs, place_in(run, "fc1", at), GraphSettings()).largest_norm for at in range(4)]
    assert scales == pytest.approx([norms[3] if holds else norms[2]] * 4)


def test_of_a_long_series_as_many_snapshots_are_looked_at_as_can_be_read_at_once(tmp_path: Path) -> None:
    with imported(tmp_path, 100) as run:
        assert looked_at(run, 8) == (0, 1, 2, 3)
        assert looked_at(run, 1 << 25) == (0, 3)
        assert looked_at(run, 1 << 40) == (0, 3)


def test_zeros_give_no_scale(tmp_path: Path) -> None:
    with imported(tmp_path, 100, (0.0, 1.0, 0.0)) as run:
        assert of_spectra(run, "fc1") == (1,)
        picture = picture_of(Question(place_in(run, "fc1", 1), None))
        assert picture is not None
        assert picture.view[1] >= run.layer("fc1").eigenvalues(1)[0]
        assert picture_of(Question(place_in(run, "fc1", 0), None)) is None


@pytest.mark.parametrize("kind", ["timeline", "training"])
def test_a_single_checkpoint_has_no_figure_of_its_history(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(tmp_path, 100, (1.0,)).close()
    assert main(["figure", kind, str(tmp_path / "run.h5"), "--out", str(tmp_path / f"{kind}.svg")]) == 2
    assert "This run was imported from one checkpoint, so it has no history." in capsys.readouterr().err
    assert not (tmp_path / f"{kind}.svg").exists()
    with open_run(resource("sample_runs/digits_lenet.h5")) as own:
        assert wb.figure(kind, own)


def test_snapshots_of_own_runs_are_the_ends() -> None:
    with open_run(resource("sample_runs/digits_lenet.h5")) as own:
        assert of_spectra(own, "fc1") == (0, own.snapshots - 1)
        assert np.isfinite(own.epochs).all()
