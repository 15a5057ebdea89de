"""Snapshots, matrices and curves as files: what is in them, and that no file is overwritten unasked."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from safetensors import safe_open

from workbench.evaluation.smaller.exporting import save_history, save_layer, save_snapshot
from workbench.evaluation.smaller.saving import check_place
from workbench.resource import resource
from workbench.runs.layout import HISTORY_FIELDS
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def sample() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        yield run


SAVING: dict[str, Callable[..., None]] = {
    "net.safetensors": lambda run, path, **how: save_snapshot(run, 1, path, **how),
    "net.pt": lambda run, path, **how: save_snapshot(run, 1, path, **how),
    "fc1.npy": lambda run, path, **how: save_layer(run, "fc1", 1, path, **how),
    "curves.csv": lambda run, path, **how: save_history(run, path, **how),
    "place.pt": lambda run, path, **how: check_place(path, **how),
}


@pytest.mark.parametrize("name", SAVING)
def test_an_earlier_file_is_overwritten_only_where_that_is_said(sample: Run, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"mine")
    for how in ({}, {"overwrite": False}):
        with pytest.raises(FileExistsError, match=f"{name} already exists and is not overwritten: choose another name"):
            SAVING[name](sample, path, **how)
        assert path.read_bytes() == b"mine"
    SAVING[name](sample, path, overwrite=True)
    assert (path.read_bytes() == b"mine") == (name == "place.pt")
    with pytest.raises(FileNotFoundError, match="no: there is no such folder"):
        SAVING[name](sample, tmp_path / "no" / name)


@pytest.mark.parametrize("name", [name for name in SAVING if not name.endswith("safetensors")])
def test_another_ending_is_refused(sample: Run, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match=r" (must be|are) saved as \."):
        SAVING[name](sample, tmp_path / "a.txt")


def test_a_snapshot_is_what_the_run_holds(sample: Run, tmp_path: Path) -> None:
    save_snapshot(sample, 1, tmp_path / "a.safetensors")
    save_snapshot(sample, 1, tmp_path / "a.pt")
    stored: dict[str, Any] = sample.parameters(1)
    with safe_open(tmp_path / "a.safetensors", "pt") as file:
        assert file.metadata() == {
            "run_id": sample.run_id, "snapshot": "1", "net": "digits_conv",
            "epoch": f"{sample.epochs[1]:.15g}", "step": f"{sample.iterations[1]:.15g}",
        }  # fmt: skip
        written = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    for tensors in (written, torch.load(tmp_path / "a.pt", weights_only=True)):
        assert set(tensors) == set(stored)
        assert all(np.array_equal(tensors[key].numpy(), stored[key]) for key in stored)


def test_a_layer_and_the_curves_are_what_the_run_holds(sample: Run, tmp_path: Path) -> None:
    save_layer(sample, "fc1", 1, tmp_path / "fc1.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "fc1.npy"), sample.layer("fc1").weights(1))
    save_history(sample, tmp_path / "curves.csv")
    with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as stream:
        first, *rows = csv.reader(stream)
    assert first == ["snapshot", *HISTORY_FIELDS]
    assert [row[0] for row in rows] == [str(snapshot) for snapshot in range(sample.snapshots)]
    for column, name in enumerate(HISTORY_FIELDS, 1):
        numbers = [float(row[column] or "nan") for row in rows]
        np.testing.assert_array_equal(numbers, sample.history(name))
