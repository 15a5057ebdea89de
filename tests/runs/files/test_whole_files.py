"""Files appear under their names only when they are complete."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any

import pytest

from workbench.runs.files.whole_files import NotWritten, whole_file, write_whole_files, write_whole_folder
from workbench.runs.saying import OF_FILES

if TYPE_CHECKING:
    from pathlib import Path


def without_links(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("options", [{}, {"replaces": True}])
def test_an_earlier_file_is_replaced_at_the_end_of_the_block(tmp_path: Path, options: dict[str, Any]) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")
    with whole_file(path, **options) as unfinished:
        unfinished.write_text("new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert names(tmp_path) == ["a.svg"]


@pytest.mark.parametrize("links", [True, False])
def test_without_replacing_an_earlier_file_stays(tmp_path: Path, links: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.svg"
    if not links:
        monkeypatch.setattr(os, "link", without_links)
    with whole_file(path, replaces=False) as unfinished:
        unfinished.write_text("first")
    sentence = f"{path} already exists and is not overwritten: choose another name"
    with pytest.raises(FileExistsError) as refused, whole_file(path, replaces=False) as unfinished:
        unfinished.write_text("second")
    assert str(refused.value) == sentence
    assert path.read_text() == "first"
    assert names(tmp_path) == ["a.svg"]


def test_after_an_error_nothing_of_it_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.svg"
    path.write_text("old")
    with pytest.raises(NotWritten) as failed, whole_file(path) as unfinished:
        raise OSError(errno.ENOSPC, "No space left on device", str(unfinished))
    assert str(failed.value) == f"{path} {OF_FILES['ENOSPC']}."
    with pytest.raises(ValueError, match="no figure"), whole_file(path):
        raise ValueError("no figure")
    assert (path.read_text(), names(tmp_path)) == ("old", ["a.svg"])


@pytest.mark.parametrize("letters", [40, 41, 251])
def test_the_name_beside_is_cut(tmp_path: Path, letters: int) -> None:
    path = tmp_path / ("x" * letters + ".svg")
    with whole_file(path) as unfinished:
        assert unfinished.name.startswith(f".{path.name[:40]}-")
        assert unfinished.suffix == ".part"
    assert names(tmp_path) == [path.name]


def test_all_files_are_written_or_none(tmp_path: Path) -> None:
    write_whole_files({tmp_path / "a": b"1", tmp_path / "b": b"2"})
    with pytest.raises(NotWritten):
        write_whole_files({tmp_path / "a": b"3", tmp_path / "no folder" / "b": b"4"})
    assert [(tmp_path / name).read_bytes() for name in "ab"] == [b"1", b"2"]
    assert names(tmp_path) == ["a", "b"]


def test_a_folder_is_made_with_its_files_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "inner"
    with pytest.raises(NotWritten):
        write_whole_folder(folder, {"a": b"1", "no/b": b"2"})
    assert names(tmp_path) == []
    assert write_whole_folder(folder, {"a": b"1", "b": b"2"}) == (folder / "a", folder / "b")
    with pytest.raises(NotWritten):
        write_whole_folder(folder, {"a": b"3", "no/b": b"4"})
    assert names(tmp_path) == ["new", "new/inner", "new/inner/a", "new/inner/b"]
    assert (folder / "a").read_bytes() == b"1"
