"""`workbench info FOLDER` looks inside, as the window and an import do."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
import torch

from workbench.cli import main
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a folder").mkdir()
    return tmp_path / "a folder"


def test_the_runs_in_it_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(resource("sample_runs/digits_lenet.h5"), folder / "one.h5")
    torch.save({"fc1.weight": torch.ones(3, 2)}, folder / "epoch_1.pt")
    assert main(["info", str(folder)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == f"{folder} is a folder with 1 run; 'workbench {folder}' lists them in the window"
    assert second.split(maxsplit=1)[0] == "one.h5"
    assert second.endswith(" snapshots, finished, test 98.89 %")


def test_checkpoints_in_it_are_offered_to_be_imported(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in (2, 10):
        torch.save({"fc1.weight": torch.ones(3, 2)}, folder / f"epoch_{at}.pt")
    assert main(["info", str(folder)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"{folder} is a folder with 2 checkpoints: epoch_2.pt, epoch_10.pt"
    assert said[1:] == [
        f"  examine them:    workbench import '{folder}' --dry-run",
        f"  import them:     workbench import '{folder}' --out RUN.h5",
    ]
    assert main(["info", "--json", str(folder)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"path": str(folder), "runs": [], "checkpoints": ["epoch_2.pt", "epoch_10.pt"]}


def test_half_a_network_in_it_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in (1, 2):
        torch.save({"fc1.weight": torch.ones(3, 2)}, folder / f"model-0000{at}-of-00003.bin")
    assert main(["info", str(folder)]) == 1
    assert "shard 3 of 3 is missing" in capsys.readouterr().err
