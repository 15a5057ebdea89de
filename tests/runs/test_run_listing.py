"""A folder of runs at a glance."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from workbench.resource import resource
from workbench.runs.collection import listing
from workbench.runs.run import open_run
from workbench.runs.spec import OriginSpec
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = resource("sample_runs/digits_conv.h5")


def test_files_are_listed_by_name_and_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.h5", "A.HDF5", "c.txt"):
        (tmp_path / name).write_text("anything")
    (tmp_path / "folder.h5").mkdir()
    monkeypatch.setattr(listing, "open_run", None)
    assert [listed.path.name for listed in listing.run_files(tmp_path)] == ["A.HDF5", "b.h5"]


def test_what_a_training_keeps_beside_its_run_is_not_listed(tmp_path: Path) -> None:
    for name in ("a.h5", "a.resume.h5", "b.HDF5", "b.Resume.HDF5", "alone.resume.h5"):
        (tmp_path / name).write_text("anything")
    listed = [listed.path.name for listed in listing.run_files(tmp_path)]
    assert listed == ["a.h5", "alone.resume.h5", "b.HDF5"]  # without a run beside it, it may be one


def test_a_link_that_leads_nowhere_hides_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "a.h5").write_text("anything")
    (tmp_path / "circle.h5").symlink_to(tmp_path / "circle.h5")
    (tmp_path / "gone.h5").symlink_to(tmp_path / "nothing.h5")
    assert [listed.path.name for listed in listing.run_files(tmp_path)] == ["a.h5", "circle.h5"]
    assert "symbolic links" in listing.summary(tmp_path / "circle.h5").problem


def test_a_summary_says_what_the_run_says() -> None:
    found = listing.summary(SAMPLE)
    with open_run(SAMPLE) as run:
        assert (found.title, found.spec, found.snapshots) == (run.title, run.spec, run.snapshots)
        assert found.test_accuracy == run.test_accuracy[-1]
        assert found.curve is not None
        assert found.curve.tolist() == run.test_accuracy.tolist()


def test_a_file_that_is_no_run_has_a_summary_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "bad.h5").write_text("no run")
    assert listing.summary(tmp_path / "bad.h5").problem.startswith("is not an HDF5 file")  # whoever lists it names it
    assert listing.summary(tmp_path / "missing.h5").problem


def test_notes_lie_beside_the_run_and_leave_it_alone(tmp_path: Path) -> None:
    run = tmp_path / "run.h5"
    run.write_bytes(b"not touched")
    assert listing.notes(run) == ""
    listing.write_notes(run, "learned nothing \N{SNOWMAN}\nat all")
    assert listing.notes(run) == "learned nothing \N{SNOWMAN}\nat all"
    assert sorted(os.listdir(tmp_path)) == ["run.h5", "run.notes.txt"]
    assert run.read_bytes() == b"not touched"
    listing.write_notes(run, "  ")
    assert os.listdir(tmp_path) == ["run.h5"]


def test_notes_that_are_too_long_change_nothing(tmp_path: Path) -> None:
    listing.write_notes(tmp_path / "run.h5", "kept")
    with pytest.raises(ValueError, match="at most"):
        listing.write_notes(tmp_path / "run.h5", "x" * (listing.LONGEST_NOTE + 1))
    assert listing.notes(tmp_path / "run.h5") == "kept"


def test_the_longest_note_can_be_read_again_and_no_note_leaves_no_file(tmp_path: Path) -> None:
    run, longest = tmp_path / "run.h5", "ä" * (listing.LONGEST_NOTE // 2 - 1) + "x"
    listing.write_notes(run, "")
    assert os.listdir(tmp_path) == []
    listing.write_notes(run, longest)
    assert listing.notes(run) == longest
    with pytest.raises(ValueError, match="notes take at most 65535 bytes, these take 65536"):
        listing.write_notes(run, longest + "x")
    assert listing.notes(run) == longest
    listing.write_notes(run, "short")
    assert listing.notes(run) == "short"


def test_differences_name_every_value_and_mark_those_that_differ() -> None:
    one = recipe("digits-conv")
    other = one.changed(seed=7, optimiser=replace(one.optimiser, learning_rate=0.5))
    rows = {row.name: row for row in listing.differences(one, other)}
    assert [name for name, row in rows.items() if row.differs] == ["optimiser.learning rate", "seed"]
    assert (rows["seed"].first, rows["seed"].second) == (str(one.seed), "7")
    assert "net.name" in rows
    assert not any(row.differs for row in listing.differences(one, one.changed(command="workbench train again")))


def test_how_a_run_from_elsewhere_was_trained_is_not_known() -> None:
    trained = recipe("digits-conv")
    imported = trained.changed(origin=OriginSpec("imported", "epoch_1.pt", "float32"))
    rows = {row.name: row for row in listing.differences(trained, imported)}
    for name in ("optimiser.name", "optimiser.learning rate", "batch size", "seed", "shuffle", "initialiser"):
        assert rows[name].second == "–", name
        assert rows[name].differs
    assert rows["net.name"].second == trained.net.name
