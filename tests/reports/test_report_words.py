"""The sentences of a report are right for none, one, some and all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from workbench.cli import main
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.run_evaluators import data_of, first_images, network_of
from workbench.figures.progress import Written
from workbench.reports import writing
from workbench.reports.contents import costs_grid
from workbench.reports.costs import Costs, costs_of
from workbench.reports.structure import structure_of
from workbench.reports.words import dead_in_words, specification, told_costs, told_structure
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run


@pytest.mark.parametrize(
    ("dead", "isolated", "units", "sentence"),
    [
        (0, 0, 1, "None of its units is dead."),
        (0, 0, 20, "None of its units is dead."),
        (1, 0, 20, "1 of its units is dead."),
        (1, 1, 20, "1 of its units is dead, and isolated."),
        (3, 0, 20, "3 of its units are dead."),
        (3, 1, 20, "3 of its units are dead, 1 of them isolated."),
        (3, 3, 20, "3 of its units are dead, all of them isolated."),
        (1500, 1200, 2000, "1,500 of its units are dead, 1,200 of them isolated."),
        (20, 20, 20, "All of its 20 units are dead, all of them isolated."),
        (20, 2, 20, "All of its 20 units are dead, 2 of them isolated."),
        (1, 1, 1, "Its only unit is dead, and isolated."),
    ],
)
def test_the_dead_units_are_told_of_in_a_right_sentence(dead: int, isolated: int, units: int, sentence: str) -> None:
    assert dead_in_words(dead, isolated, units) == sentence


@pytest.mark.parametrize(
    ("moved", "sentence"),
    [(0, ""), (1, "1 of its units has"), (7, "7 of its units have"), (10, "All of its 10 units have")],
)
def test_the_units_that_hardly_moved_are_told_of_in_a_right_sentence(moved: int, sentence: str) -> None:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        found = structure_of(place_in(run, "fc3", 28))
    assert found.units == 10
    told = list(told_structure(replace(found, now=replace(found.now, hardly_moved=moved))))
    said = [f"{sentence} hardly moved from where the training began."] if moved else []
    assert [each for each in told if "moved from" in each] == said


def test_an_order_in_which_nothing_can_go_says_so() -> None:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        *_, costs = costs_of(place_in(run, "fc3", 28))
    assert isinstance(costs, Costs)
    assert [each.removable for each in costs.pruned] == [0, 0, 0]  # each unit of the classifier is a class
    assert sum(", no units can be removed within a point" in each for each in told_costs(costs)) == 3
    grid = costs_grid([("fc3", costs)], "")
    assert [len(row) for row in grid.rows] == [len(grid.columns)]
    guess = replace(costs, overview=replace(costs.overview, start=11.4))
    assert list(told_costs(guess))[-1] == f"It is {guess.overview.guess}."
    assert not any("can be" in each for each in told_costs(guess))


def test_how_a_run_was_trained_that_was_not_trained_here_is_not_made_up(tmp_path: Path) -> None:
    torch.save({"fc.weight": torch.randn(4, 6)}, tmp_path / "a.pt")
    assert main(["import", str(tmp_path / "a.pt"), "--out", str(tmp_path / "run.h5")]) == 0
    with open_run(tmp_path / "run.h5") as run:
        facts = dict(specification(run, 0))
    assert facts["Shown here"] == "snapshot 0 of 0"
    assert facts["Origin"] == "imported from a.pt, parameters as in the files"
    assert facts["Training"].startswith("elsewhere")
    assert not {"Optimiser", "Initialiser", "Seed", "Length"} & set(facts)


def test_notes_and_evidence_of_an_import_are_told_whole(tmp_path: Path) -> None:
    state = {"embedding_of_all_words.weight": torch.randn(50, 6), "encoder_block.first_layer.weight": torch.randn(4, 6)}
    state["encoder_block.first_layer.bias"] = torch.zeros(4)
    torch.save({"what_my_program_calls_the_network": state}, tmp_path / "a.pt")
    assert main(["import", str(tmp_path / "a.pt"), "--out", str(tmp_path / "run.h5")]) == 0
    with open_run(tmp_path / "run.h5") as run:
        facts, origin = tuple(specification(run, 0)), run.spec.origin
    assert origin is not None
    assert len(origin.note) > 120  # more than what is shown of a name
    assert ("Note", origin.note) in facts
    assert [words for name, words in facts if name == "Evidence"] == list(origin.evidence)


def test_a_quick_report_measures_on_the_first_images_and_says_so(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "QUICK", 100)
    *_, written = writing.report([run], tmp_path / "quick", ["fc3"], quick=True)
    assert isinstance(written, Written)
    page = (tmp_path / "quick" / "report.html").read_text(encoding="utf-8")
    assert "measured on at most the first 100 test images, for 3 random orders" in page
    assert "--quick" in page
    data = data_of(run)
    with torch.inference_mode():
        logits = network_of(run)(data.inputs(slice(0, 100), torch.device("cpu"), torch.contiguous_format))
    right = int((logits.argmax(1) == data.labels[:100]).sum())
    assert f"on 100 test images; {right:.2f} % with nothing changed" in page
    with first_images(100):
        assert len(data_of(run)) == 100
        assert not warnings_of(run, run.snapshots - 1, "test", unchanged=float(right))
    assert data_of(run) is data


def test_a_report_begins_with_its_finding(run: Run, tmp_path: Path) -> None:
    list(writing.report([run], tmp_path / "report", ["conv1", "fc2"], costs=False))
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    found = page.index(" is the most redundant layer: ")
    assert page.index("</h1>") < found < page.index("Where a trained network is redundant")
    assert page.count(" is the most redundant layer: ") == 1
