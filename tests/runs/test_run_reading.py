from __future__ import annotations

import dataclasses
import gc
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest
from run_files import LAYERS, PLAN, SPEC, Rows, make, random_rows

from workbench.analysis import matrices
from workbench.runs.errors import RunError
from workbench.runs.layout import HISTORY_FIELDS, plan
from workbench.runs.run import Run, open_run
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def made(tmp_path: Path) -> tuple[Path, list[Rows]]:
    """A finished run of three snapshots and its rows."""
    return tmp_path / "run.h5", make(tmp_path / "run.h5")


@pytest.fixture
def run(made: tuple[Path, list[Rows]]) -> Iterator[Run]:
    """The same, opened."""
    with open_run(made[0]) as opened:
        yield opened


def open_files() -> int:
    return int(psutil.Process().num_fds() if os.name != "nt" else psutil.Process().num_handles())


def test_a_run_says_what_was_trained(run: Run, made: tuple[Path, list[Rows]]) -> None:
    assert (run.path, run.title, run.spec) == (made[0].resolve(), "a small run", SPEC)
    assert (run.snapshots, run.capacity, run.finished, run.notes) == (3, 3, True, ())
    assert [(layer.name, layer.kind, layer.units, layer.inputs) for layer in run.layers] == [
        (layer.name, layer.kind, layer.units, layer.inputs) for layer in LAYERS
    ]
    assert [layer.kernel_area for layer in run.layers] == [9, 1, 1]
    assert run.layer("fc1").q == 16 / 6


def test_curves_are_read_only_arrays_over_the_snapshots(run: Run, made: tuple[Path, list[Rows]]) -> None:
    for field in HISTORY_FIELDS:
        np.testing.assert_array_equal(run.history(field), [row[f"/history/{field}"] for row in made[1]])
    np.testing.assert_array_equal(run.epochs, [0, 1, 2])
    np.testing.assert_array_equal(run.iterations, [0, 10, 20])
    np.testing.assert_array_equal(run.test_accuracy, [48, 49, 50])
    assert run.history("test_accuracy_per_class").shape == (3, 10)
    with pytest.raises(ValueError, match="read-only"):
        run.epochs[0] = 1


def test_a_layer_gives_its_matrices_at_every_snapshot(run: Run, made: tuple[Path, list[Rows]]) -> None:
    for t, rows in enumerate(made[1]):
        for layer in run.layers:
            weights = rows[f"/parameters/{layer.name}.weight"].reshape(layer.units, layer.inputs)
            for index in (t, t - 3):
                np.testing.assert_array_equal(layer.weights(index), weights)
                np.testing.assert_allclose(layer.gram(index), matrices.gram(weights), rtol=1e-12, atol=1e-12)
                np.testing.assert_allclose(layer.eigenvalues(index), matrices.eigenvalues(weights), rtol=1e-12)
                np.testing.assert_array_equal(layer.activity(index), rows[f"/activity/{layer.name}"])
            assert layer.weights(t).dtype == np.float32
            assert layer.gram(t).dtype == np.float64
    assert [layer.stored_gram for layer in run.layers] == [True, True, False]


def test_bfloat16_is_widened_and_bool_is_bool(run: Run, made: tuple[Path, list[Rows]]) -> None:
    parameters = run.parameters(0)
    bits = made[1][0]["/parameters/fc1.bias"].astype(np.uint32) << 16
    np.testing.assert_array_equal(parameters["fc1.bias"], bits.view(np.float32))
    assert parameters["fc2.mask"].dtype == np.bool_
    assert parameters["bn1.num_batches_tracked"].shape == ()
    assert run.parameter_types["fc1.bias"] == "bfloat16"


def test_unknown_names_are_answered_with_a_suggestion(run: Run) -> None:
    with pytest.raises(RunError, match=r"no layer '0'.*it has conv1, fc1, fc2"):
        run.layer(0)  # type: ignore[arg-type]
    with pytest.raises(RunError, match=r"no layer 'fc'.*did you mean 'fc[12]'\?"):
        run.layer("fc")
    with pytest.raises(RunError, match=r"no curve 'zzz'.*it has epoch"):
        run.history("zzz")


def test_a_snapshot_out_of_range_names_the_range(run: Run, tmp_path: Path) -> None:
    assert [run.resolve(t) for t in (0, 2, -1, -3)] == [0, 2, 2, 0]
    for t in (3, -4):
        with pytest.raises(IndexError, match="the run has 0 to 2"):
            run.resolve(t)
    create(tmp_path / "empty.h5", SPEC, LAYERS, PLAN, 2, "")
    with open_run(tmp_path / "empty.h5") as empty, pytest.raises(IndexError, match="has none yet"):
        empty.layer("fc1").weights()


def test_a_diverged_layer_gives_its_weights_and_says_why_it_has_no_spectrum(tmp_path: Path) -> None:
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 1, "")
    rows = random_rows(0)
    rows["/parameters/fc2.weight"][0, 0] = np.nan
    rows["/spectrum/fc2"][:] = np.nan
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(rows)
    with open_run(tmp_path / "run.h5") as run:
        layer = run.layer("fc2")
        assert np.isnan(layer.weights()[0, 0])
        for read in (layer.gram, layer.eigenvalues):
            with pytest.raises(RunError, match="infinite or undefined numbers at snapshot 0"):
                read()


def test_missing_spectra_activity_and_curves_are_tolerated_with_a_note(tmp_path: Path) -> None:
    full = plan(
        LAYERS,
        {
            f"{layer.name}.weight": (shape, "float32")
            for layer, shape in zip(LAYERS, ((4, 2, 3, 3), (6, 16), (5, 6)), strict=True)
        },
        0,
    )
    bare = tuple(p for p in full if p.path.startswith("/parameters/"))
    rows = {p.path: random_rows(3)[p.path] for p in bare}
    create(tmp_path / "run.h5", SPEC, LAYERS, bare, 1, "")
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(rows)
    with open_run(tmp_path / "run.h5") as run:
        layer = run.layer("fc1")
        np.testing.assert_allclose(layer.gram(), matrices.gram(rows["/parameters/fc1.weight"]))
        np.testing.assert_allclose(layer.eigenvalues(), matrices.eigenvalues(rows["/parameters/fc1.weight"]))
        assert layer.activity() is None
        assert np.isnan(run.test_accuracy).all()
        activity = "/activity is missing, so that dead units are not known"
        assert set(run.notes) == {"/spectrum is missing", activity, "/history is missing"}


def test_activity_that_could_not_be_told_is_unknown(tmp_path: Path) -> None:
    rows = random_rows(3)
    rows["/activity/fc1"] = np.full_like(rows["/activity/fc1"], np.nan)
    create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 1, "")
    with Recorder(tmp_path / "run.h5") as recorder:
        recorder.commit(rows)
    with open_run(tmp_path / "run.h5") as run:
        assert run.layer("fc1").activity(0) is None
        assert np.array_equal(run.layer("fc2").activity(0), rows["/activity/fc2"])


def test_a_refreshed_run_is_the_same_object_until_something_happens(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    create(path, SPEC, LAYERS, PLAN, 2, "")
    first = open_run(path)
    assert first.refreshed() is first
    recorder = Recorder(path)
    recorder.commit(random_rows(0))
    second = first.refreshed()
    assert (first.snapshots, second.snapshots) == (0, 1)
    assert first != second
    assert second == open_run(path)
    recorder.commit(random_rows(1))
    recorder.close()
    third = second.refreshed()
    assert (third.snapshots, third.finished) == (2, True)
    first.close()
    second.close()
    np.testing.assert_array_equal(third.epochs, [0, 1])
    assert third.layer("fc1").weights().shape == (6, 16)
    third.close()
    third.close()
    for act in (third.refreshed, third.layer("fc1").weights, third.parameters):
        with pytest.raises(RunError, match="is closed"):
            act()


def test_a_refreshed_run_follows_the_replacement_of_its_file(made: tuple[Path, list[Rows]], tmp_path: Path) -> None:
    path, rows = made
    make(tmp_path / "other.h5", snapshots=1, capacity=1)
    with open_run(path) as run:
        os.replace(tmp_path / "other.h5", path)
        with run.refreshed() as other:
            assert other.run_id != run.run_id
            assert other.snapshots == 1
        np.testing.assert_array_equal(run.layer("fc1").weights(), rows[2]["/parameters/fc1.weight"])
        path.unlink()
        assert run.refreshed() is run
        path.write_bytes(b"no run at all")
        with pytest.raises(RunError, match="not an HDF5 file"):
            run.refreshed()


def test_a_file_cut_short_while_it_is_open_is_named(made: tuple[Path, list[Rows]]) -> None:
    with open_run(made[0]) as run:
        os.truncate(made[0], 1 << 20)
        with pytest.raises(RunError, match=r"/parameters/fc2.weight .*cut short"):
            run.layer("fc2").weights()
        with pytest.raises(RunError, match="is truncated"):
            run.refreshed()


def test_runs_are_frozen_and_hashable(run: Run) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.title = "another"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        run.layers[0].name = "another"  # type: ignore[misc]
    assert len({run, run.refreshed()}) == 1


def test_a_forgotten_run_closes_its_file(made: tuple[Path, list[Rows]]) -> None:
    gc.collect()
    before = open_files()
    layer = open_run(made[0]).layer("fc1")
    assert layer.weights().shape == (6, 16)  # the layer keeps the file open
    del layer
    runs = [open_run(made[0]) for _ in range(5)]
    runs[0].close()
    del runs
    gc.collect()
    assert open_files() == before


def test_refused_files_are_closed(tmp_path: Path, made: tuple[Path, list[Rows]]) -> None:
    shutil.copy(made[0], tmp_path / "bad.h5")
    os.truncate(tmp_path / "bad.h5", 5000)
    before = open_files()
    with pytest.raises(RunError):
        open_run(tmp_path / "bad.h5")
    assert open_files() == before


def test_threads_read_equal_numbers(run: Run, made: tuple[Path, list[Rows]]) -> None:
    def read(number: int) -> bool:
        t = number % 3
        same = np.array_equal(run.layer("fc1").weights(t), made[1][t]["/parameters/fc1.weight"])
        return same and np.array_equal(run.layer("conv1").gram(t), made[1][t]["/gram/conv1"])

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, range(400)))


def test_closing_while_threads_read_gives_numbers_or_a_run_error(made: tuple[Path, list[Rows]]) -> None:
    wanted = made[1][0]["/parameters/fc1.weight"]

    def read(layer_run: Run) -> bool:
        try:
            return np.array_equal(layer_run.layer("fc1").weights(0), wanted)
        except RunError:
            return True

    with ThreadPoolExecutor(4) as pool:
        for _ in range(10):
            opened = open_run(made[0])
            answers = [pool.submit(read, opened) for _ in range(20)]
            opened.close()
            assert all(answer.result() for answer in answers)


def test_a_run_is_read_faithfully_while_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    capacity = 60
    create(path, SPEC, LAYERS, PLAN, capacity, "")

    def write() -> None:
        with Recorder(path) as recorder:
            for t in range(capacity):
                recorder.commit(random_rows(t))

    writer = threading.Thread(target=write)
    writer.start()
    run, seen = open_run(path), 0
    while not run.finished:
        newer = run.refreshed()
        assert newer.snapshots >= run.snapshots
        if newer.snapshots > run.snapshots:
            seen += 1
            last = random_rows(newer.snapshots - 1)
            np.testing.assert_array_equal(newer.layer("fc1").weights(), last["/parameters/fc1.weight"])
            np.testing.assert_array_equal(newer.epochs, np.arange(newer.snapshots))
        run = newer
    writer.join()
    run.close()
    assert run.snapshots == capacity
    assert seen > 2
