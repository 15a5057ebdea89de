"""Curves and evaluators are kept by what they were computed from; a damaged file is dropped and computed again."""

from __future__ import annotations

import io
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from warm_children import run_python

import workbench as wb
from tests.own_mnist import trained, write_data
from workbench.evaluation import cached_curves, run_evaluators
from workbench.evaluation.cached_curves import rank_curves, removal_curves
from workbench.evaluation.evaluator import exact
from workbench.evaluation.ranks.stages import rank_stages
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.question import Question
from workbench.nets import datasets
from workbench.resource import resource
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.evaluation.results import Curve
    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("forgotten")


def full_rank(run: Run, root: Path) -> float:
    return float(exact(rank_curves(place_in(run, "fc1"), root=root)).accuracy[-1])


def test_with_altered_labels_and_then_the_right_ones_each_answer_is_its_own(
    on_mnist: tuple[Path, Path], tmp_path: Path
) -> None:
    root = write_data(tmp_path / "data", shift=1)
    with wb.open_run(on_mnist[0]) as run:
        right = run.test_accuracy[-1]
        order = np.arange(run.layer("fc1").units)
        wrong = full_rank(run, root)
        assert wrong < 10 < 80 < right
        assert exact(removal_curves(place_in(run, "fc1"), order, root=root)).accuracy[0] == pytest.approx(wrong)
        assert wb.ablate(run, "fc1", [0], root=root).unchanged.accuracy == pytest.approx(wrong)
        write_data(root)  # under the running process
        assert full_rank(run, root) == pytest.approx(right)
        assert exact(removal_curves(place_in(run, "fc1"), order, root=root)).accuracy[0] == pytest.approx(right)
        assert wb.ablate(run, "fc1", [0], root=root).unchanged.accuracy == pytest.approx(right)
        write_data(root, shift=1)
        assert full_rank(run, root) == pytest.approx(wrong)


def test_another_process_finds_the_curves_of_the_same_labels_only(on_mnist: tuple[Path, Path], tmp_path: Path) -> None:
    path, altered = on_mnist[0], write_data(tmp_path / "data", shift=1)

    def files() -> list[Path]:
        return sorted(cached_curves.folder().iterdir())

    with wb.open_run(path) as run:
        assert full_rank(run, altered) < 10
        of_altered = files()
        assert full_rank(run, on_mnist[1]) == pytest.approx(run.test_accuracy[-1])
        stored = run.test_accuracy[-1]
    of_both = files()
    assert len(of_both) == 2 * len(of_altered) == 2
    words = ["lowrank", str(path), "--layer", "fc1", "--out", str(tmp_path / "a.csv")]
    run_python("-m", "workbench", *words, env={**os.environ, "WORKBENCH_DATA": str(on_mnist[1])}).check_returncode()
    last = (tmp_path / "a.csv").read_text().splitlines()[-1]
    assert float(last.split(",")[3]) == pytest.approx(stored)
    assert files() == of_both


def test_the_folder_that_the_environment_names_now_is_asked(
    on_mnist: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with wb.open_run(on_mnist[0]) as run:
        monkeypatch.setenv("WORKBENCH_DATA", str(write_data(tmp_path / "data", shift=1)))
        assert wb.ablate(run, "fc1", [0]).unchanged.accuracy < 10
        monkeypatch.setenv("WORKBENCH_DATA", str(on_mnist[1]))
        assert wb.ablate(run, "fc1", [0]).unchanged.accuracy == pytest.approx(run.test_accuracy[-1])


def test_files_that_are_only_touched_are_the_same_data(on_mnist: tuple[Path, Path], tmp_path: Path) -> None:
    root = write_data(tmp_path / "data")
    with wb.open_run(on_mnist[0]) as run:
        before = run_evaluators.data_of(run, "test", root)
        asked = run_evaluators.evaluator(place_in(run, "fc1"), root=root)
        write_data(root)
        assert run_evaluators.data_of(run, "test", root) is before
        assert run_evaluators.evaluator(place_in(run, "fc1"), root=root) is asked


def test_a_copy_of_a_run_has_evaluators_of_its_own(tmp_path: Path) -> None:
    sample = resource("sample_runs/digits_conv.h5")
    shutil.copy(sample, tmp_path / "copy.h5")
    with wb.open_run(sample) as run, wb.open_run(tmp_path / "copy.h5") as copy:
        assert run_evaluators.evaluator(place_in(run, "fc1")) is not run_evaluators.evaluator(place_in(copy, "fc1"))
        again = place_in(run.refreshed(), "fc1")
        assert run_evaluators.evaluator(place_in(run, "fc1")) is run_evaluators.evaluator(again)


def test_a_file_written_over_in_place_is_another_run(on_mnist: tuple[Path, Path], tmp_path: Path) -> None:
    """`cp other.h5 run.h5` keeps device, inode and size."""
    path = tmp_path / "run.h5"
    shutil.copy(on_mnist[0], path)
    other = trained(tmp_path / "other.h5", on_mnist[1], replace_seed(on_mnist[0]))
    with wb.open_run(path) as run:
        before = wb.ablate(run, "fc1", [0], root=on_mnist[1]).unchanged
    with other.open("rb") as source, path.open("r+b") as target:
        shutil.copyfileobj(source, target)
    with wb.open_run(path) as run:
        after = wb.ablate(run, "fc1", [0], root=on_mnist[1]).unchanged
        assert after.accuracy == pytest.approx(run.test_accuracy[-1])
    assert after.loss != before.loss


def replace_seed(path: Path) -> wb.RunSpec:
    with wb.open_run(path) as run:
        return run.spec.changed(seed=1, iterations=None, facts=None)


# --- damaged files ---


@pytest.fixture
def run() -> Iterator[Run]:
    with wb.open_run(resource("sample_runs/digits_lenet.h5")) as run:
        yield run


def flipped(file: Path, byte: int) -> None:
    content = bytearray(file.read_bytes())
    content[byte] ^= 1
    file.write_bytes(content)


def rewritten(file: Path, **changed: object) -> None:
    """A whole file with a checksum that is right, which holds something else."""
    from workbench.evaluation.curve_files import _checksum

    with np.load(io.BytesIO(file.read_bytes()[32:])) as stored:
        values = {**stored, **changed}
    stream = io.BytesIO()
    np.savez(stream, **values)
    file.write_bytes(_checksum(file, stream.getvalue()) + stream.getvalue())


def replaced_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def replace(file: Path) -> None:
        file.unlink()
        make(file)

    return replace


DAMAGE: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "cut in half": lambda file: file.write_bytes(file.read_bytes()[: file.stat().st_size // 2]),
    "checksum": lambda file: flipped(file, 3),
    "a count": lambda file: flipped(file, file.read_bytes().index(b"correct.npy") + 160),
    "text": lambda file: file.write_text("curves"),
    "FIFO": replaced_by(os.mkfifo),
    "folder": replaced_by(os.mkdir),
    "loop of links": replaced_by(lambda file: os.symlink(file, file)),
    "fewer levels": lambda file: rewritten(file, levels=np.arange(3)),
    "other levels": lambda file: rewritten(file, levels=np.arange(65) + 1),
    "too few losses": lambda file: rewritten(file, loss=np.zeros(64)),
    "losses of whole numbers": lambda file: rewritten(file, loss=np.zeros(65, np.int64)),
    "another layer": lambda file: rewritten(file, layer="fc2"),
    "another kind": lambda file: rewritten(file, kind="removal"),
    "more right than images": lambda file: rewritten(file, class_correct=np.full((65, 10), 400)),
    "counts that do not add up": lambda file: rewritten(file, correct=np.full(65, 1)),
    "other images": lambda file: rewritten(file, images=361),
    "no numbers": lambda file: rewritten(file, correct=np.full(65, "many")),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.thinned(3)
def test_a_damaged_file_is_dropped_and_computed_again(run: Run, tmp_path: Path, damage: str) -> None:
    first = exact(rank_curves(place_in(run, "fc1"), where=tmp_path))
    (file,) = tmp_path.iterdir()
    sound = file.read_bytes()
    DAMAGE[damage](file)
    again = exact(rank_curves(place_in(run, "fc1"), where=tmp_path))
    assert_same(first, again)
    if damage != "folder":  # which stays, and is not believed
        assert file.read_bytes() == sound
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def assert_same(one: Curve, other: Curve) -> None:
    for name in ("levels", "correct", "loss", "class_correct", "class_images"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def test_a_curve_under_the_name_of_another_is_not_shown(run: Run, tmp_path: Path) -> None:
    first = exact(rank_curves(place_in(run, "fc1"), where=tmp_path))
    (file,) = tmp_path.iterdir()
    exact(rank_curves(place_in(run, "fc1", 0), where=tmp_path))
    (other,) = set(tmp_path.iterdir()) - {file}
    shutil.copy(other, file)
    assert_same(first, exact(rank_curves(place_in(run, "fc1"), where=tmp_path)))


def test_a_folder_that_cannot_be_written_costs_no_answer(run: Run, tmp_path: Path) -> None:
    first = exact(rank_curves(place_in(run, "fc1"), [0, 9], where=tmp_path / "curves"))
    (tmp_path / "file").write_text("")
    assert_same(first, exact(rank_curves(place_in(run, "fc1"), [0, 9], where=tmp_path / "file" / "curves")))


def test_a_full_disk_costs_no_answer_and_leaves_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("workbench.evaluation.curve_files.os.replace", full)
    first = exact(rank_curves(place_in(run, "fc1"), [0, 9], where=tmp_path))
    assert first.levels.tolist() == [0, 9]
    assert list(tmp_path.iterdir()) == []


def test_what_is_old_or_was_left_by_a_dead_process_goes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.evaluation.curve_files.MOST", 2)
    for number, name in enumerate(("a.npz", "b.curve", "new.part", "old.part")):
        (tmp_path / name).write_bytes(b"")
        if name != "new.part":
            os.utime(tmp_path / name, (number, number))
    exact(rank_curves(place_in(run, "fc1"), [0, 9], where=tmp_path))
    left = {path.name for path in tmp_path.iterdir()}
    assert {"b.curve", "new.part"} < left
    assert len(left) == 3


def test_data_in_memory_that_change_or_go_are_counted(tmp_path: Path) -> None:
    root = write_data(tmp_path / "data")
    before = datasets.changes()
    datasets.in_memory("mnist", root)
    write_data(root)
    assert datasets.changes() == before
    write_data(root, shift=1)
    datasets.in_memory("mnist", root)  # whoever asks first finds it; whoever asks later hears of it too
    assert datasets.changes() == before + 1
    shutil.rmtree(root)
    assert datasets.changes() == before + 2


def test_a_picture_never_mixes_two_states_of_the_data(
    on_mnist: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(write_data(tmp_path / "data", shift=1)))
    with wb.open_run(on_mnist[0]) as run:
        pictures = PruningCurves().pictures(
            Question(place_in(run, "fc1", run.snapshots - 1), ("max_mag", "max_fp"), "zero", "test", "accuracy")
        )
        assert next(pictures).lines[0].mean[0] < 10
        write_data(tmp_path / "data")
        *_, last = pictures
        assert [line.mean[0] for line in last.lines] == [pytest.approx(run.test_accuracy[-1])] * 2
        assert last.warnings == ()


def test_nor_does_a_curve_that_is_measured_block_by_block(
    on_mnist: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.evaluation.ranks.stages.LOW", 4)
    monkeypatch.setattr("workbench.evaluation.ranks.stages.BLOCK", 2)
    root = write_data(tmp_path / "data", shift=1)
    with wb.open_run(on_mnist[0]) as run:
        stages = rank_stages(place_in(run, "fc1"), root=root)
        assert next(stages).curve.accuracy[-1] < 10
        write_data(root)
        *_, last = stages
        assert np.array_equal(last.curve.correct, exact(rank_curves(place_in(run, "fc1"), root=root)).correct)
