"""Nothing is compared with an initialisation that a run does not hold: in figures, panels' words and reports alike."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from tests.gui.recorded_weights import planted, record_weights
from workbench.evaluation.ranks.approximated import approximated
from workbench.figures.graph.groups import STILL_UNITS
from workbench.figures.graph.picture import Graphs
from workbench.figures.graph.words import unit_in_words
from workbench.figures.overview.units import table_of
from workbench.figures.settings import GraphSettings
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.initialisation import told_audit
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.figures.stacks.making import graph_result
from workbench.figures.training import missing_history
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.recorders.own_loop import record
from workbench.reports.structure import structure_of
from workbench.reports.words import told_structure
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.runs.run import Run


def weights(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(nn.Linear(30, 20), nn.ReLU(), nn.Linear(20, 12))


def imported(folder: Path, names: tuple[str, ...]) -> Run:
    (folder / "series").mkdir()
    for name in names:
        torch.save(weights().state_dict(), folder / "series" / name)
    for _ in import_run(plan_of(Wanted((folder / "series",))), folder / "run.h5"):
        pass
    return open_run(folder / "run.h5")


def recorded(folder: Path, start: int) -> Run:
    with record(folder / "run.h5", weights(), snapshots=1, steps=start + 2, start=start, quiet=True) as recorder:
        recorder.step()
        recorder.step()
    return open_run(folder / "run.h5")


CASES = {
    "one checkpoint": (False, lambda folder: imported(folder, ("model.pt",))),
    "later checkpoints": (False, lambda folder: imported(folder, ("step_100.pt", "step_200.pt"))),
    "from step 0": (True, lambda folder: imported(folder, ("step_0.pt", "step_200.pt"))),
    "recorded": (True, lambda folder: recorded(folder, 0)),
    "recorded after a resume": (False, lambda folder: recorded(folder, 5)),
}


@pytest.fixture(params=CASES)
def run_and_start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Run, bool]]:
    holds, make = CASES[request.param]
    with make(tmp_path) as run:
        yield run, holds


def test_only_a_run_that_begins_at_its_initialisation_is_compared_with_it(run_and_start: tuple[Run, bool]) -> None:
    run, holds = run_and_start
    name, last = run.layers[0].name, run.snapshots - 1
    assert run.spec.holds_initialisation == holds
    states = list(Graphs().results(graph_result(Graphs(), place_in(run, name, last), GraphSettings()).needs))[-1].states
    assert states.hardly_moved.sum() == (20 if holds else 0)
    picture = picture_of(Question(place_in(run, name, last), None))
    assert picture is not None
    assert bool(np.any(picture.initial)) == holds
    figure = spectrum_figure(picture)
    assert (figure.initial is not None, figure.start) == (holds, "at snapshot 0")
    structure = structure_of(place_in(run, name, last))
    assert structure.now.hardly_moved == (20 if holds else None)
    told = " ".join(told_structure(structure))
    assert ("hardly moved" in told, "At snapshot 0 it had" in told) == (holds, holds)
    about = approximated(run.layer(name), "moved")
    if holds:
        about.spectrum(place_in(run, name, last))
    else:
        with pytest.raises(ValueError, match="W − W₀ needs the initial weights"):
            about.spectrum(place_in(run, name, last))
    assert bool(missing_history(run)) == (run.snapshots == 1)


def test_units_of_a_run_with_one_snapshot_cannot_have_moved(tmp_path: Path) -> None:
    """Graph, report, overview and unit table say alike that it is not known."""
    record_weights(tmp_path / "run.h5", {"fc1": planted(12, 20, 1)}).close()
    with open_run(tmp_path / "run.h5") as run:
        place = place_in(run, "fc1", 0)
        result, structure = graph_result(Graphs(), place, GraphSettings()), structure_of(place)
        assert not result.states.hardly_moved.any()
        assert STILL_UNITS not in result.group_names
        assert structure.now.hardly_moved is None
        assert structure.overview.hardly_moved is None
        table = table_of(place)
        assert not table.states.hardly_moved.any()
        assert table.missing["cosine_to_start"] == "the run has only one snapshot"


def test_units_of_a_network_that_is_only_trained_on_are_not_said_to_have_hardly_moved() -> None:
    with open_run(resource("sample_runs/digits_lenet.h5")) as run:
        own = layer_spectrum(run, "fc1").words
        later = replace(run, spec=run.spec.changed(parent="0" * 32))  # as `train --from` makes it
        trained_on = layer_spectrum(later, "fc1").words
    assert "13 units are dead and 6 more have hardly moved" in own
    assert "13 units are dead" in trained_on
    assert "hardly moved" not in trained_on


def test_units_have_hardly_moved_since_the_training_of_a_child_began() -> None:
    with open_run(resource("sample_runs/digits_lenet.h5")) as run:
        later = replace(run, spec=run.spec.changed(parent="0" * 32))
        own, child = (graph_result(Graphs(), place_in(each, "fc1"), GraphSettings()) for each in (run, later))
        sentences = [" ".join(told_structure(structure_of(place_in(each, "fc1")))) for each in (run, later)]
    unit = int(np.flatnonzero(own.states.hardly_moved)[0])
    for result, said in ((own, "hardly moved"), (child, "hardly moved since this training began")):
        assert result.group_names[STILL_UNITS] == said
        assert unit_in_words(result, unit).endswith(f", {said}")
    assert "6 of its units have hardly moved from where the training began." in sentences[0]
    assert "6 of its units have hardly moved since this training began." in sentences[1]


def test_the_spectrum_says_which_initialiser_fits_and_doubts_one_that_does_not(run: Run) -> None:
    start, end = (picture_of(Question(place_in(run, "fc1", snapshot), None)) for snapshot in (0, -1))
    assert start is not None
    assert end is not None
    assert "Q = 2.56. The initial weights of fc1 fit PyTorch's default" in start.words
    assert "initial weights" not in end.words
    assert (start.doubt, end.doubt) == ("", "")
    told_audit.cache_clear()  # which takes a run for the same as long as its file is
    wrong = replace(run, spec=replace(run.spec, initialiser="kaiming_normal"))
    doubted = picture_of(Question(place_in(wrong, "fc1", -1), None))
    assert doubted is not None
    told_audit.cache_clear()
    assert doubted.doubt == "The run says Gaussian Kaiming, which does not fit the initial weights of fc1."
