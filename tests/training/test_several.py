"""Several trainings with consecutive seeds, as specifications and from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import workbench as wb
from workbench.cli import main
from workbench.runs.collection.groups import groups_among
from workbench.training.recipes import recipe
from workbench.training.several import files_of, seeded

if TYPE_CHECKING:
    import pytest

TINY = "--net lenet --widths 8,4 --data digits --classes 3,5 --iterations 3 --snapshots log:2 --device cpu"


def test_seeds_and_files_are_consecutive() -> None:
    spec = recipe("digits-quick").changed(seed=4)
    found = seeded(spec, Path("a/lenet-seed4.h5"), 3)
    assert [each.seed for each, _ in found] == [4, 5, 6]
    assert [str(path) for _, path in found] == ["a/lenet-seed4.h5", "a/lenet-seed5.h5", "a/lenet-seed6.h5"]
    assert [each.changed(seed=4, command=None) for each, _ in found] == [spec] * 3
    assert found[2][0].command is not None
    assert "--seed 6" in found[2][0].command
    assert seeded(spec, Path("b.h5"), 1) == ((spec, Path("b.h5")),)
    assert [path.name for path in files_of(Path("b.h5"), 0, 2)] == ["b-seed0.h5", "b-seed1.h5"]


def test_the_command_trains_a_group(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "tiny.h5"
    assert main(["train", *TINY.split(), "--seed", "2", "--runs", "2", "--out", str(out)]) == 0
    paths = [tmp_path / "tiny-seed2.h5", tmp_path / "tiny-seed3.h5"]
    assert sorted(tmp_path.glob("*.h5")) == paths
    runs = [wb.open_run(path) for path in paths]
    assert [run.spec.seed for run in runs] == [2, 3]
    assert [len(group.runs) for group in groups_among(runs)] == [2]
    for run in runs:
        run.close()
    assert main(["train", *TINY.split(), "--seed", "1", "--runs", "2", "--out", str(out)]) == 1
    assert "tiny-seed2.h5 already exists" in capsys.readouterr().err
    assert not (tmp_path / "tiny-seed1.h5").exists()
    assert main(["train", *TINY.split(), "--runs", "none", "--out", str(out)]) == 2
    assert "'none' is not a number of runs from 1 to 100" in capsys.readouterr().err
