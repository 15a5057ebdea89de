"""Every command that asks the network takes it, and its data, from the user where the run does not say them."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
import torch

import workbench as wb
from workbench.cli import COMMANDS, asking, main
from workbench.evaluation import run_evaluators
from workbench.evaluation.networks.named import named
from workbench.figures.progress import Written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from workbench.runs.run import Run

NET = """
import torch
from torch import nn

class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(16, 6), nn.Linear(6, 4)

    def forward(self, images):
        return self.second(torch.relu(self.first(images.view(images.size(0), -1))))

def data():
    return torch.randn(30, 16, generator=torch.Generator().manual_seed(0)), torch.arange(30) % 4


def data_of(part):
    return data()
"""
NAMED = ["--net", "my_asked_net:Own", "--data", "my_asked_net:data"]
# What each command takes beside the run.
WORDS = {
    "prune": "one.h5 --layer first --orders max_mag --out curve.csv",
    "lowrank": "one.h5 --layer first --out ranks.csv",
    "lowrank-group": "one.h5 two.h5 --layer first --rank 2",
    "prune-group": "one.h5 two.h5 --layer first --orders max_mag",
    "graph": "one.h5 --layer first --similarity outputs --out graph.json",
    "spectrum": "one.h5 --layer first --matrix data --out spectrum.csv",
    "band": "one.h5 --layer first --from 1 --to 2",
    "directions": "one.h5 --layer first --k 2 --outputs",
    "cka": "one.h5 two.h5 --out cka.csv",
    "barrier": "one.h5 two.h5 --points 3 --out barrier.csv",
    "ablate": "one.h5 --layer first --units 3",
    "merge": "one.h5 --layer first",
    "overview": "one.h5 --costs",
    "units": "one.h5 --layer first --costs",
    "shrink": "one.h5 --out smaller.pt",
    "figure": "pruning one.h5 --layer first --set orders=max_mag --out figure.svg",
    "animate": "pruning one.h5 --layer first --set orders=max_mag --no-motion --out film",
    "page": "one.h5 --layer first --similarity outputs --out page.html",
    "report": "one.h5 --layers first --out report",
    "screenshot": "one.h5 --out pictures",
}
OTHER_PARTS = ("band", "directions", "graph", "page", "spectrum")  # they ask images that are not the test images


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where somebody works, with two imported runs of a network that is in no catalogue."""
    (tmp_path / "my_asked_net.py").write_text(NET)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    from my_asked_net import Own  # type: ignore[import-not-found]

    for seed, name in enumerate(("one", "two")):
        torch.manual_seed(seed)
        torch.save(Own().state_dict(), f"{name}.pt")
        assert main(["import", f"{name}.pt", "--out", f"{name}.h5"]) == 0
    yield tmp_path
    sys.modules.pop("my_asked_net", None)
    run_evaluators.forget()


def test_every_command_that_asks_the_network_is_tried_here() -> None:
    assert {name for name, command in COMMANDS.items() if command.asks_network} == set(WORDS)


@pytest.mark.parametrize("name", sorted(set(WORDS) - {"report", "screenshot"}))  # which tell in what they write
@pytest.mark.thinned(3)
def test_what_is_missing_is_asked_for_in_one_line_and_taken_from_the_command_line(
    folder: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [name, *WORDS[name].split()]
    assert main(words) == (2 if name in ("figure", "band", "page") else 1)
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "how its network computes and what its network was trained on" in said
    assert "--net package.module:function --data package.module:function" in said
    parts = [*NAMED[:3], "my_asked_net:data_of"] if name in OTHER_PARTS else NAMED
    assert main([*words, *parts]) == (name == "shrink")  # which finds no unit at zero
    assert name != "shrink" or "no unit is removed" in capsys.readouterr().err
    with wb.open_run("one.h5") as run:
        assert named(run).net is None  # it was said of that command


def test_a_report_is_of_what_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def report(runs: Sequence[Run], *_options: object) -> Iterator[Written]:
        yield Written(("report.html",), f"{named(runs[0])}, {accuracy(runs[0])}")

    def accuracy(run: Run) -> float:
        return wb.ablate(run, "first", [0]).unchanged.accuracy

    monkeypatch.setattr("workbench.reports.writing.report", report)  # which takes its time to draw
    assert main(["report", *WORDS["report"].split(), *NAMED]) == 0


def test_the_window_takes_them_for_the_runs_of_its_command_line_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[object] = []
    monkeypatch.setattr("workbench.cli.showing.show", lambda paths, fresh: shown.append(paths) or 0)
    assert main(["one.h5", *NAMED]) == 0
    with wb.open_run("one.h5") as one, wb.open_run("two.h5") as two:
        assert (named(one).net, named(one).data) == (NAMED[1], NAMED[3])
        assert named(two).net is None
        assert wb.ablate(one, "first", [0]).unchanged.images == 27  # of 30, less a tenth for validation
    assert len(shown) == 1
    assert main(NAMED) == 2
    assert "name the runs too" in capsys.readouterr().err


def test_the_functions_of_the_library_take_them_from_name(folder: Path) -> None:
    from my_asked_net import Own, data

    with wb.open_run("one.h5") as run:
        wb.name(run, net=Own, data=data)
        unchanged = wb.ablate(run, "first", [0]).unchanged.accuracy
        assert wb.prune(run, "first", orders=("max_mag",)).curves[0][1][0].accuracy[0] == unchanged
        assert wb.low_rank(run, "first").curve.accuracy[-1] == unchanged
        assert not wb.figure("low_rank", run, "first").notes


def test_the_data_folder_is_taken_for_the_command_and_no_longer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(asking.DATA_VARIABLE, "/nowhere/before")
    words = ["figure", "lowrank", "one.h5", "--layer", "first", "--out", "told.svg", "--net", NAMED[1]]
    assert main([*words, "--data", "mnist", "--data-root", str(folder / "elsewhere")]) == 0
    assert f"is not in {folder / 'elsewhere'}" in capsys.readouterr().out
    assert os.environ[asking.DATA_VARIABLE] == "/nowhere/before"
