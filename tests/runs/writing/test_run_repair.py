"""Damaged and truncated runs: what is whole is saved, named as what it is, and the original stays as it was."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_files import LAYERS, PLAN, SPEC, Rows, make, random_rows

from workbench.cli import main
from workbench.runs import layout
from workbench.runs.errors import RunError
from workbench.runs.run import Run, open_run
from workbench.runs.verify import verify
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder
from workbench.runs.writing.repair import Saved, repair, repairable

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A finished run of five snapshots."""
    make(tmp_path / "run.h5", snapshots=5, capacity=5)
    return tmp_path / "run.h5"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Where the repaired run goes."""
    return tmp_path / "saved.h5"


def places(path: Path) -> dict[str, tuple[int, int]]:
    """{dataset: (first byte, bytes of a row)}."""
    with h5py.File(path) as file:
        found = {each.path: (file[each.path].id.get_offset(), each.row_bytes) for each in PLAN}
        record = file[layout.COMMIT]
        return found | {layout.COMMIT: (record.id.get_offset(), record.dtype.itemsize * record.shape[1])}


def flip(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x10]))


def repaired(path: Path, target: Path) -> Saved:
    before = path.read_bytes()
    *_, result = repair(path, target)
    assert path.read_bytes() == before
    with open_run(target) as run:
        assert run.finished
        assert [str(found) for found in verify(run)] == []
    return result


def assert_rows(run: Run, snapshot: int, rows: Rows, *but: str) -> None:
    for path in run.rows.structure.order:
        if path not in but:
            np.testing.assert_array_equal(run.rows.row(path, snapshot), rows[path], path)


def test_a_sound_run_is_saved_as_it_is(file: Path, saved: Path) -> None:
    assert repaired(file, saved) == Saved(5, 5, ())
    with open_run(saved) as run, open_run(file) as old:
        assert run.run_id != old.run_id
        assert (run.title, run.spec) == ("a small run (repaired)", old.spec)
        for snapshot in range(5):
            assert_rows(run, snapshot, random_rows(snapshot))


def test_a_snapshot_with_damaged_weights_is_left_out(file: Path, saved: Path) -> None:
    offset, size = places(file)["/parameters/fc1.weight"]
    flip(file, offset + 2 * size + 7)
    assert repaired(file, saved) == Saved(4, 5, ("snapshot 2 is lost",))
    with open_run(saved) as run:
        np.testing.assert_array_equal(run.epochs, [0, 1, 3, 4])
        assert_rows(run, 2, random_rows(3))


def test_what_follows_from_the_weights_is_computed_anew_and_the_rest_not_measured(file: Path, saved: Path) -> None:
    for path in ("/gram/fc1", "/spectrum/conv1", "/activity/fc2", "/history/test_accuracy"):
        offset, size = places(file)[path]
        flip(file, offset + size)
    result = repaired(file, saved)
    assert (result.snapshots, result.of) == (5, 5)
    assert sorted(result.lost) == [
        "/activity/fc2: 1 row not measured",
        "/gram/fc1: 1 row recomputed",
        "/history/test_accuracy: 1 row not measured",
        "/spectrum/conv1: 1 row recomputed",
    ]
    with open_run(saved) as run:
        rows = random_rows(1)
        np.testing.assert_allclose(run.layer("fc1").gram(1), rows["/gram/fc1"], rtol=1e-12)
        np.testing.assert_allclose(run.layer("conv1").eigenvalues(1), rows["/spectrum/conv1"], rtol=1e-9)
        assert np.isnan(run.test_accuracy).tolist() == [False, True, False, False, False]
        assert_rows(run, 1, rows, "/gram/fc1", "/spectrum/conv1", "/activity/fc2", "/history/test_accuracy")


def test_the_spectrum_of_weights_that_diverged_is_computed_as_unknown(tmp_path: Path, saved: Path) -> None:
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 2, "diverged")
    diverged = random_rows(1)
    diverged["/parameters/fc1.weight"][0, 0] = np.inf
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(random_rows(0))
        recorder.commit(diverged)
    for path in ("/spectrum/fc1", "/gram/fc1"):
        offset, row = places(tmp_path / "run.h5")[path]
        flip(tmp_path / "run.h5", offset + row)
    *_, result = repair(tmp_path / "run.h5", saved)
    assert result == Saved(2, 2, tuple(f"{path}: 1 row recomputed" for path in ("/spectrum/fc1", "/gram/fc1")))
    with open_run(saved) as run:
        assert_rows(run, 0, random_rows(0))
        assert_rows(run, 1, diverged, "/spectrum/fc1", "/gram/fc1")
        for path, shape in (("/spectrum/fc1", (6,)), ("/gram/fc1", (6, 6))):
            np.testing.assert_array_equal(run.rows.row(path, 1), np.full(shape, np.nan))


@pytest.mark.parametrize(("spoilt", "layers", "snapshots"), [(2, 3, 2), (3, 2, 4)])
def test_weights_that_are_whole_in_half_of_the_snapshots_are_kept(
    tmp_path: Path, saved: Path, spoilt: int, layers: int, snapshots: int
) -> None:
    make(tmp_path / "run.h5", snapshots=4, capacity=4)
    offset, row = places(tmp_path / "run.h5")["/parameters/fc2.weight"]
    for snapshot in range(spoilt):
        flip(tmp_path / "run.h5", offset + snapshot * row)
    assert repaired(tmp_path / "run.h5", saved).snapshots == snapshots
    with open_run(saved) as run:
        assert (len(run.layers), run.snapshots) == (layers, snapshots)


def test_a_run_without_any_whole_weights_is_refused(file: Path, saved: Path) -> None:
    for path, (offset, row) in places(file).items():
        if path.startswith(layout.PARAMETERS):
            for snapshot in range(5):
                flip(file, offset + snapshot * row)
    with pytest.raises(RunError, match="holds no whole snapshot of any layer"):
        list(repair(file, saved))
    assert not saved.exists()


def test_snapshots_behind_a_damaged_commit_record_are_reached(file: Path, saved: Path) -> None:
    offset, size = places(file)[layout.COMMIT]
    flip(file, offset + size + 9)
    with open_run(file) as run:
        assert run.snapshots == 1
    assert repaired(file, saved).snapshots == 4
    with open_run(saved) as run:
        np.testing.assert_array_equal(run.epochs, [0, 2, 3, 4])


@pytest.mark.parametrize("missing", ["the last snapshot", "the curves", "the spectra and all behind", "a layer"])
def test_a_truncated_run_keeps_what_is_still_there(file: Path, saved: Path, missing: str) -> None:
    found = places(file)
    cut = {
        "the last snapshot": max(offset for offset, _ in found.values()) - 1,
        "the curves": min(found[each.path][0] for each in PLAN if each.path.startswith(layout.HISTORY)),
        "the spectra and all behind": min(
            offset for path, (offset, _) in found.items() if path.startswith((layout.SPECTRUM, layout.GRAM))
        ),
        "a layer": found["/parameters/fc2.weight"][0],
    }[missing]
    os.truncate(file, cut)
    with pytest.raises(RunError, match="is truncated"):
        open_run(file)
    assert repairable(file)
    result = repaired(file, saved)
    assert (result.snapshots, result.of) == (5, 5)
    assert result.lost
    with open_run(saved) as run:
        for snapshot in range(5):
            weights = random_rows(snapshot)["/parameters/fc1.weight"]
            np.testing.assert_array_equal(run.layer("fc1").weights(snapshot), weights)
            assert run.layer("fc1").eigenvalues(snapshot).shape == (6,)
        assert len(run.layers) == (2 if missing == "a layer" else 3)


@given(st.floats(0, 1))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
def test_wherever_a_run_is_cut_what_is_saved_is_whole_or_the_refusal_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, part: float
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    path, saved = folder / "run.h5", folder / "saved.h5"
    make(path, snapshots=5, capacity=5)
    os.truncate(path, int(part * path.stat().st_size))
    if not repairable(path):
        with pytest.raises(RunError, match="look for another copy"):
            list(repair(path, saved))
    else:
        with suppress(RunError):  # there are records, but no row of a layer
            repaired(path, saved)
    assert not (folder / "saved.h5.creating").exists()


def test_nothing_is_overwritten_and_a_file_that_is_no_run_is_named(file: Path, saved: Path) -> None:
    saved.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="never overwritten"):
        list(repair(file, saved))
    assert saved.read_bytes() == b"precious"
    saved.unlink()
    for content in (b"", b"nonsense" * 1000, file.read_bytes()[:500]):
        file.write_bytes(content)
        assert not repairable(file)
        with pytest.raises(RunError, match="look for another copy"):
            list(repair(file, saved))
        assert os.listdir(file.parent) == ["run.h5"]


def test_the_command_says_what_is_lost(file: Path, saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    offset, size = places(file)["/parameters/fc1.weight"]
    flip(file, offset + 4 * size)
    assert main(["repair", str(file), str(saved)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "snapshot 4 is lost",
        f"{saved}: 4 of 5 snapshots are saved",
    ]
    assert main(["repair", str(file), str(saved)]) == 1
    assert "already exists; choose another name" in capsys.readouterr().err
