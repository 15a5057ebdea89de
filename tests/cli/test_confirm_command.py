"""`workbench confirm`, and what `info` and a report say of the network of an imported run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import torch

from workbench.cli import main
from workbench.evaluation.networks import named as naming
from workbench.nets.architectures.building import build
from workbench.reports.words import specification
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Holds an imported run of a guessed network on digits."""
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    torch.save(build("lenet", (1, 8, 8), 10, (8, 4)).state_dict(), "net.pt")
    assert main(["import", "net.pt", "--data", "digits", "--out", "run.h5"]) == 0
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main([*words]) == 0
    out, err = capsys.readouterr()
    return out + err


def another_process() -> None:
    """As if the next command were typed anew."""
    naming._named.clear()


def test_a_guess_is_confirmed_and_taken_back_on_the_command_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ablate = ("ablate", "run.h5", "--layer", "fc1", "--units", "0")
    doubtful = "network  lenet (by the shapes of its parameters) on digits, not confirmed\n"
    assert doubtful in said(capsys, "info", "run.h5")
    assert f"if that is right, type: workbench confirm {folder / 'run.h5'}\n" in said(capsys, "info", "run.h5")
    assert "is taken for LeNet 8-4 by the shapes" in said(capsys, *ablate)
    confirmed = "run.h5: confirmed as LeNet 8-4 on digits, stored in run.identity.json\n"
    assert said(capsys, "confirm", "run.h5") == confirmed
    known = said(capsys, "info", "run.h5")
    assert "network  lenet (by the shapes of its parameters) on digits, confirmed with data digits\n" in known
    assert "is taken for LeNet" not in said(capsys, *ablate)
    with open_run("run.h5") as run:
        network = dict(specification(run, 0))["Network"]
    assert network.startswith("lenet by the shapes of its parameters, confirmed with data digits, 584 weights in")
    assert said(capsys, "confirm", "run.h5", "--take-back") == "run.h5: nothing is confirmed\n"
    assert doubtful in said(capsys, "info", "run.h5")


def test_the_data_are_named_where_the_run_does_not_say_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "net.pt", "--out", "bare.h5"]) == 0
    known = said(capsys, "info", "bare.h5")
    assert "network  lenet (by the shapes of its parameters); the file does not name its data, not confirmed" in known
    assert "for accuracies name a function that gives the data, in the window with File → Network and data…" in known
    assert main(["confirm", "bare.h5"]) == 1
    assert "This run does not say what its network was trained on" in capsys.readouterr().err
    assert "confirmed as LeNet 8-4 on digits" in said(capsys, "confirm", "bare.h5", "--data", "digits")
    ablate = ("ablate", "bare.h5", "--layer", "fc1", "--units", "0")
    assert "is taken for LeNet" not in said(capsys, *ablate, "--data", "digits")
    another_process()
    assert said(capsys, *ablate) == said(capsys, *ablate, "--data", "digits")  # what it was confirmed with is known
    known = said(capsys, "info", "bare.h5")
    assert "does not name its data, confirmed with data digits\n" in known
    assert "for accuracies" not in known


def test_a_function_beside_a_run_is_never_run_but_what_to_type_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "net.pt", "--out", "bare.h5"]) == 0
    confirm = f"if that is right, type: workbench confirm {folder / 'bare.h5'} --data NAME\n"
    assert confirm in said(capsys, "info", "bare.h5")
    said(capsys, "confirm", "bare.h5", "--data", "my.module:data")
    another_process()
    assert "for accuracies, add to each command: --data my.module:data\n" in said(capsys, "info", "bare.h5")
    assert main(["ablate", "bare.h5", "--layer", "fc1", "--units", "0"]) == 1
    assert "This run does not say what its network was trained on" in capsys.readouterr().err


def test_what_a_file_does_not_say_is_said_in_plain_words(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save({"a.weight": torch.randn(4, 6), "a.bias": torch.randn(4)}, "own.pt")
    assert main(["import", "own.pt", "--out", "own.h5"]) == 0
    known = said(capsys, "info", "own.h5")
    assert "network  the file names neither the network nor its data\n" in known
    assert "for accuracies name a function that makes its network and a function that gives the data" in known
    assert "unknown" not in known
    assert json.loads(said(capsys, "info", "own.h5", "--json"))["spec"]["net"]["name"] == "unknown"
