"""Weights in several files that belong together: one snapshot, or none at all."""

from __future__ import annotations

import json
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from importing_steps import LAYERS, imported, planned, sizes, small
from safetensors.torch import save_file

from workbench.importing.files.foreign import ImportProblem
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path


def shards(folder: Path, count: int = 2) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    state = small()
    names = [f"model-{at:05}-of-{count:05}.safetensors" for at in (1, 2)]
    parts = [dict(list(state.items())[:2]), dict(list(state.items())[2:])]
    for name, part in zip(names, parts, strict=True):
        save_file(part, folder / name)
    where = {key: name for name, part in zip(names, parts, strict=True) for key in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}))


def test_shards_are_one_snapshot(tmp_path: Path) -> None:
    shards(tmp_path / "sharded")
    plan = imported(tmp_path / "run.h5", tmp_path / "sharded")
    assert [file.label for file in plan.files] == ["model.safetensors"]
    assert sizes(plan) == LAYERS
    with open_run(tmp_path / "run.h5") as run:
        assert all(np.array_equal(run.parameters(0)[name], value) for name, value in small().items())


def test_folders_of_shards_are_a_series_and_count_steps(tmp_path: Path) -> None:
    for step in (200, 100, 1000):
        shards(tmp_path / f"checkpoint-{step}")
    plan = imported(tmp_path / "run.h5", tmp_path)
    assert [file.label for file in plan.files] == ["checkpoint-100", "checkpoint-200", "checkpoint-1000"]
    assert plan.iterations == (100, 200, 1000)
    assert all(map(isnan, plan.epochs))


def test_one_folder_of_a_trainer_alone_says_its_step(tmp_path: Path) -> None:
    shards(tmp_path / "checkpoint-200")
    assert planned(tmp_path / "checkpoint-200").iterations == (200,)
    save_file(small(), tmp_path / "checkpoint-200" / "other.safetensors")
    assert all(map(isnan, planned(tmp_path / "checkpoint-200").iterations))


def test_safetensors_wins_over_the_same_weights_as_bin(tmp_path: Path) -> None:
    for step in (100, 200):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        save_file(small(), folder / "model.safetensors")
        torch.save(small(), folder / "pytorch_model.bin")
        torch.save({}, folder / "sampler.bin")
    plan = planned(tmp_path)
    assert [file.path.name for file in plan.files] == ["model.safetensors"] * 2
    assert "checkpoint-100: skipped, because there are .safetensors files: pytorch_model.bin" in plan.notes


def spoil_index(folder: Path) -> None:
    index = folder / "model.safetensors.index.json"
    said = json.loads(index.read_text())
    said["weight_map"]["0.weight"] = "model-00002-of-00002.safetensors"
    index.write_text(json.dumps(said))


def twice(folder: Path) -> None:
    save_file(small(), folder / "model-00002-of-00002.safetensors")
    (folder / "model.safetensors.index.json").unlink()


BROKEN = {
    r"model\.safetensors is not complete: shard 3 of 3 is missing": lambda folder: [
        path.rename(path.with_name(path.name.replace("-of-00002", "-of-00003"))) for path in [*folder.glob("*.safet*s")]
    ],
    "says that 0.weight is in model-00002-of-00002.safetensors, but it is in model-00001": spoil_index,
    "holds 0.bias, which model-00001-of-00002.safetensors holds, too": twice,
    "is not an index of shards": lambda folder: (folder / "model.safetensors.index.json").write_text("["),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_half_a_network_is_never_imported(tmp_path: Path, problem: str) -> None:
    shards(tmp_path)
    BROKEN[problem](tmp_path)
    with pytest.raises(ImportProblem, match=problem):
        planned(tmp_path)


def test_a_shard_alone_is_said_to_be_one(tmp_path: Path) -> None:
    shards(tmp_path)
    with pytest.raises(ImportProblem, match=r"is one of 2 shards of a network; choose the folder"):
        planned(tmp_path / "model-00001-of-00002.safetensors")


@pytest.mark.parametrize("count", [2, 4])
def test_a_folder_with_one_shard_left_says_what_is_missing(tmp_path: Path, count: int) -> None:
    shards(tmp_path / "checkpoint-1", count)
    (tmp_path / "checkpoint-1" / f"model-00002-of-{count:05}.safetensors").unlink()
    names = {2: "shard 2 of 2 is", 4: "3 of 4 shards are"}[count]
    problem = rf"model\.safetensors is not complete: {names} missing; copy the missing files next to the others"
    with pytest.raises(ImportProblem, match=problem):
        planned(tmp_path)
