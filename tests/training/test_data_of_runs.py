"""A run stores what its data were; a training goes on with these only."""

from __future__ import annotations

import math
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.own_mnist import SPEC, write_data
from workbench.cli import main
from workbench.nets.datasets import load
from workbench.resource import resource
from workbench.runs.agreement import disagree
from workbench.runs.run import open_run
from workbench.runs.spec import RunSpec, SpecError
from workbench.training import preparation
from workbench.training.events import Finished, Snapshot
from workbench.training.loop.loop import train
from workbench.training.recording import record_run
from workbench.training.resuming import resume
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHORT = SPEC.changed(epochs=2, snapshots="every:10")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_data(tmp_path / "data")


def begun(path: Path, root: Path, snapshots: int = 2) -> Path:
    """A training that was stopped after so many snapshots."""
    with closing(record_run(path, train(SHORT, root))) as events:
        seen = 0
        while seen < snapshots:
            seen += isinstance(next(events), Snapshot)
    return path


def begun_long_ago(path: Path, root: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same by a workbench that stored no digests."""
    with monkeypatch.context() as before:
        before.setattr(preparation, "digest", lambda *_: None)
        return begun(path, root)


def test_a_run_holds_the_sha256_of_each_part_as_the_network_saw_it(tmp_path: Path) -> None:
    spec = SHORT.changed(data=SHORT.data.__class__("digits", classes=(3, 5), label_noise=0.5), epochs=1)
    prepared = preparation.prepare(spec)
    facts = prepared.spec.facts
    assert facts is not None
    digits, found = load("digits"), {}
    for part in ("train", "validation", "test"):
        images, labels = getattr(prepared.parts, part).images.numpy(), getattr(prepared.parts, part).labels.numpy()
        head = f"uint8 {list(images.shape)} {[0.3054 * 16]} {[0.3760 * 16]}\n".encode()
        found[part] = sha256(head + images.tobytes() + labels.astype("<i8").tobytes()).hexdigest()
        assert facts.sha256(part) == found[part]
    chosen = np.isin(digits.test_labels.numpy(), (3, 5))
    assert facts.test_images == chosen.sum()
    assert len({*found.values()}) == 3
    for other in (spec.changed(seed=1), spec.changed(data=SHORT.data.__class__("digits", classes=(5, 3)))):
        changed = preparation.prepare(other).spec.facts
        assert changed is not None
        assert changed.train_sha256 != facts.train_sha256
        assert (changed.test_sha256 == facts.test_sha256) == (other.seed == 1)  # labels renumbered


def test_a_training_does_not_go_on_with_other_labels(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = begun(tmp_path / "run.h5", root)
    content = path.read_bytes()
    write_data(root, shift=1)
    assert main(["train", "--resume", str(path), "--data-root", str(root)]) == 2
    assert "the test images or their labels are not those that it began with" in capsys.readouterr().err
    assert path.read_bytes() == content
    write_data(root)
    assert list(resume(path, root))[-1] == Finished(str(path), 7, "finished")


def test_nor_where_it_begins_again_with_its_first_step(root: Path, tmp_path: Path) -> None:
    path = begun(tmp_path / "run.h5", root, snapshots=1)
    write_data(root, shift=1)
    with pytest.raises(SpecError, match="the test images or their labels are not those that it began with"):
        list(resume(path, root))


def test_an_older_run_is_compared_by_its_accuracies_and_that_is_said(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = begun_long_ago(tmp_path / "run.h5", root, monkeypatch)
    with open_run(path) as run:
        stored, spec = run.test_accuracy[-1], run.spec
    write_data(root, shift=1)
    with pytest.raises(SpecError, match=rf"% of these test images, but the run stored {stored:.2f} %"):
        list(resume(path, root))
    write_data(root)
    *events, last = resume(path, root)
    assert last == Finished(str(path), 7, "finished")
    notes = {event.note for event in events if isinstance(event, Snapshot)}
    assert notes == {
        "this run stores no digest of its data: only their number and the stored accuracies could be compared"
    }
    with open_run(path) as run:
        assert run.spec == spec
        assert spec.facts is not None
        assert spec.facts.test_sha256 is None


def test_an_older_run_that_holds_nothing_but_its_beginning_goes_on_too(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(preparation, "digest", lambda *_: None)
        path = begun(tmp_path / "run.h5", root, snapshots=1)
    assert list(resume(path, root))[-1] == Finished(str(path), 7, "finished")


def notes_of(spec: RunSpec, root: Path) -> Iterator[str]:
    yield from {event.note for event in train(spec, root) if isinstance(event, Snapshot)}


def test_a_training_that_begins_with_another_run_says_that_its_data_are_others(root: Path, tmp_path: Path) -> None:
    with open_run(begun(tmp_path / "run.h5", root, snapshots=3)) as run:
        spec = retraining(run, ["fc1"], fraction=0.5).changed(iterations=10, epochs=None)
    assert list(notes_of(spec, root)) == [""]
    write_data(root, shift=1)
    (note,) = notes_of(spec, root)
    assert note == "the test images or their labels are not those that run.h5 was trained on"
    assert list(notes_of(spec.changed(data=SPEC.data.__class__("mnist", classes=tuple(range(10)))), root)) == [""]


def test_runs_of_before_say_that_there_is_no_digest() -> None:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        assert run.spec.facts is not None
        assert [run.spec.facts.sha256(part) for part in ("train", "validation", "test")] == [None] * 3
        assert RunSpec.from_json(run.spec.to_json()) == run.spec


@pytest.mark.parametrize(
    ("images", "elsewhere", "allowed"), [(360, False, 2), (2_000, False, 2), (10_000, False, 10), (10_000, True, 100)]
)
def test_a_few_images_of_many_are_rounding(images: int, elsewhere: bool, allowed: int) -> None:
    for wrong, expected in ((0, False), (allowed, False), (allowed + 1, True)):
        stored = 100 * (images - 20) / images
        for sign in (-1, 1):
            assert disagree(stored + sign * 100 * wrong / images, stored, images, elsewhere) is expected
    # Half of them, drawn at random: four deviations of √(0.9 · 0.1 · images / 2) besides.
    drawn = allowed + math.floor(4 * math.sqrt(0.9 * 0.1 * images / 2))
    for wrong, expected in ((drawn, False), (drawn + 2, True)):
        assert disagree(90.0 - 100 * wrong / images, 90.0, images, elsewhere, share=0.5) is expected
    assert not disagree(float("nan"), 90.0, images)
    assert not disagree(90.0, float("nan"), images)
