"""Names, sizes and counts exactly at their limits, and one beyond."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from run_files import LAYERS, PLAN, SPEC, make, random_rows

from workbench.analysis import matrices
from workbench.runs import layout, spec
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.layout import check_name
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, OriginSpec, RunSpec, SpecError, SurgerySpec
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["a", "ä" * 127, "x" * 255, "...", "a\\b", " "])
def test_a_name_of_1_to_255_bytes_is_a_name(name: str) -> None:
    check_name(name)


@pytest.mark.parametrize("name", ["", "ä" * 128, "x" * 256, ".", "..", "a/b", "a\0b", "\ud800"])
def test_other_names_are_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"cannot be a name in a run file: 1 to 255 bytes of UTF-8 without '/'"):
        check_name(name)


def test_what_a_specification_leaves_out_stays_as_older_files_mean_it() -> None:
    nothing = dict.fromkeys(
        ("iterations", "epochs", "recipe", "command", "parent", "surgery", "facts", "origin", "order_seed")
    )
    assert asdict(RunSpec(NetSpec("lenet"), DataSpec("digits"))) == nothing | {
        "net": {"name": "lenet", "widths": None, "bias": True, "image_shape": None, "classes": None},
        "data": {"name": "digits", "classes": None, "label_noise": 0.0, "validation": 0.1, "augment": False},
        "optimiser": {
            "name": "sgd", "learning_rate": 0.1, "momentum": 0.0, "weight_decay": 0.0, "schedule": "constant"
        },
        "initialiser": "glorot_normal", "batch_size": 64, "snapshots": "epoch", "shuffle": True, "seed": 0,
        "device": "auto", "precision": "float32", "frozen": (),
    }  # fmt: skip
    assert asdict(SurgerySpec("parent.h5")) == {
        "parent": "parent.h5", "snapshot": -1, "ranked_at": None, "layers": (), "order": "max_mag", "fraction": None,
        "units": None, "iterative": None, "rule": "ranked", "redrawn": (), "redraw_seed": None, "permuted": (),
    }  # fmt: skip


def test_a_confined_process_may_use_so_much() -> None:
    assert asdict(Limits()) == {"memory": 805_306_368, "processor": 6, "wall": 8.0, "written": 0}


def test_a_specification_may_have_exactly_the_most_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    text = SPEC.to_json()
    monkeypatch.setattr(spec, "MAX_SPEC_BYTES", len(text))
    assert RunSpec.from_json(SPEC.to_json()) == SPEC
    monkeypatch.setattr(spec, "MAX_SPEC_BYTES", len(text) - 1)
    sentence = f"takes {len(text)} bytes, {len(text) - 1} are allowed"
    with pytest.raises(SpecError, match=sentence):
        SPEC.to_json()
    with pytest.raises(SpecError, match=sentence):
        RunSpec.from_json(text)


@pytest.mark.parametrize(
    ("origin", "parent", "initial", "start"),
    [
        (None, None, True, "at initialisation"),
        (None, "another run", True, "at snapshot 0"),
        (("recorded", None), None, True, "at snapshot 0"),
        (("recorded", False), None, False, "at snapshot 0"),
        (("imported", None), None, False, "at snapshot 0"),
        (("imported", True), None, True, "at snapshot 0"),
    ],
)
def test_whether_snapshot_0_is_the_initialisation(
    origin: tuple[str, bool | None] | None, parent: str | None, initial: bool, start: str
) -> None:
    begun = None if origin is None else OriginSpec(origin[0], "Net", "float32", begins=origin[1])  # type: ignore[arg-type]
    found = SPEC.changed(origin=begun, parent=parent)
    assert (found.holds_initialisation, found.start) == (initial, start)


@pytest.mark.parametrize("capacity", [0, layout.MAX_CAPACITY + 1])
def test_a_run_has_room_for_one_snapshot_at_least(tmp_path: Path, capacity: int) -> None:
    with pytest.raises(ValueError, match=f"room for 1 to {layout.MAX_CAPACITY} snapshots, not {capacity}"):
        create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, capacity, "")
    assert list(tmp_path.iterdir()) == []


def test_the_hash_of_a_runs_content_is_of_so_many_snapshots(tmp_path: Path) -> None:
    make(tmp_path / "run.h5")
    make(tmp_path / "shorter.h5", snapshots=2)
    with open_run(tmp_path / "run.h5") as run:
        assert run.content() == run.content(3)
        assert len({run.content(count) for count in range(4)}) == 4
        for count in (-1, 4):
            with pytest.raises(IndexError, match=f"the run has 3 snapshots, but {count} were requested"):
                run.content(count)


@pytest.mark.parametrize("word", [2, 255])
def test_a_run_that_is_neither_finished_nor_unfinished_is_taken_as_unfinished(tmp_path: Path, word: int) -> None:
    make(tmp_path / "run.h5")
    with h5py.File(tmp_path / "run.h5", "r+") as file:
        file[layout.FINISHED][...] = word
    with open_run(tmp_path / "run.h5") as run:
        assert not run.finished
        assert run.notes == (f"{layout.FINISHED} is {word}, neither 0 nor 1: taken as unfinished",)


def test_removed_units_are_those_without_weights(tmp_path: Path) -> None:
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 2, "")
    removed = random_rows(1)
    for layer in LAYERS:
        weights = removed[layer.weight_path].reshape(layer.units, layer.inputs)
        weights[[0, 2]] = 0.0
        removed[f"{layout.SPECTRUM}/{layer.name}"] = matrices.eigenvalues(weights.astype(np.float64))
        if f"{layout.GRAM}/{layer.name}" in removed:
            removed[f"{layout.GRAM}/{layer.name}"] = matrices.gram(weights.astype(np.float64))
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(random_rows(0))
        recorder.commit(removed)
    with open_run(tmp_path / "run.h5") as run:
        for layer in run.layers:
            expected = np.ones(layer.units, np.bool_)
            assert layer.present(0).tolist() == expected.tolist()
            expected[[0, 2]] = False
            assert layer.present(1).tolist() == expected.tolist()
            assert (layer.zero_units(0), layer.zero_units(1)) == (0, 2)
            np.testing.assert_allclose(layer.norms(1), np.linalg.norm(layer.live_weights(1), axis=1))
