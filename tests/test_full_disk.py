"""A full disk leaves nothing torn, whatever is written: the earlier file is whole, and nothing lies beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from full_disk import EARLIER, LARGE, full_disk

from workbench.cli.commands.evaluating import write_table
from workbench.evaluation.smaller.exporting import save_history, save_layer
from workbench.evaluation.smaller.saving import save_tensors
from workbench.figures.files.saving import write_whole
from workbench.gui.work.sessions.file import kept_session
from workbench.gui.work.sessions.file import save as save_session
from workbench.reports.writing import _write as write_report
from workbench.resource import resource
from workbench.runs.collection.listing import notes_file, write_notes
from workbench.runs.files.whole_files import NotWritten, whole_file
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _of_run(save: Callable[..., None], *place: object) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with open_run(resource("sample_runs/digits_conv.h5")) as run:
            save(run, *place, path, overwrite=True)

    return write


WRITERS: dict[str, Callable[[Path], object]] = {
    "any.bin": lambda path: write_whole({path: LARGE}),
    "net.pt": lambda path: save_tensors(path, {"w": torch.zeros(2000)}, overwrite=True),
    "net.safetensors": lambda path: save_tensors(path, {"w": torch.zeros(2000)}, overwrite=True),
    "layer.npy": _of_run(save_layer, "fc1", 3),
    "history.csv": _of_run(save_history),
    "table.csv": lambda path: write_table(path, True, ["unit"], ([unit] for unit in range(1000))),
    "run.notes.txt": lambda path: write_notes(path.with_name("run.h5"), "long " * 1000),
    "last.workbench.json": lambda path: save_session(path, kept_session(settings={"graph": {"a": "b" * 1000}})),
}


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_leaves_the_earlier_file_and_nothing_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(EARLIER)
    assert notes_file(tmp_path / "run.h5") == tmp_path / "run.notes.txt"
    with full_disk(), pytest.raises((OSError, RuntimeError)):  # PyTorch's own writer has an error of its own
        WRITERS[name](path)
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {name: EARLIER}
    WRITERS[name](path)
    assert path.read_bytes() != EARLIER


def test_of_several_files_all_are_written_or_none(tmp_path: Path) -> None:
    (tmp_path / "b").write_bytes(EARLIER)
    message = rf"^{tmp_path / 'b'} cannot be written: it exceeds the largest size allowed for a file; choose"
    with full_disk(), pytest.raises(NotWritten, match=message):
        write_whole({tmp_path / "a": b"small", tmp_path / "b": LARGE, tmp_path / "c": b"small"})
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"b": EARLIER}


def test_a_report_that_has_no_room_leaves_no_folder(tmp_path: Path) -> None:
    with full_disk(), pytest.raises(NotWritten):
        write_report(tmp_path / "report", {"report.html": LARGE, "report.pdf": LARGE})
    assert list(tmp_path.iterdir()) == []


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 125 + ".csv")
    with whole_file(path) as beside:
        beside.write_bytes(EARLIER)
    assert path.read_bytes() == EARLIER


def test_without_leave_no_file_is_replaced_not_even_one_that_came_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "new"

    def write() -> None:
        with whole_file(path, replaces=False) as beside:
            beside.write_bytes(LARGE)
            path.write_bytes(EARLIER)

    with pytest.raises(FileExistsError, match="already exists"):
        write()
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"new": EARLIER}
