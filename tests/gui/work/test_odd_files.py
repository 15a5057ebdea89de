"""Names that lead to no regular file: each gets its sentence, the others open, and the window can be closed."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.gui.windows import closing
from workbench.gui.state.settings import LARGEST, Settings
from workbench.gui.work import opening
from workbench.gui.work.sessions import runs as session_runs
from workbench.gui.work.sessions.file import FORMAT, SUFFIX
from workbench.runs.collection import listing
from workbench.runs.files.regular_file import UnreadableFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such files on Windows")


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


@pytest.fixture
def odd(tmp_path: Path) -> tuple[Path, ...]:
    """A FIFO, a link to itself, another user's home that is not there, and a folder, all called like runs."""
    os.mkfifo(tmp_path / "fifo.h5")
    (tmp_path / "loop.h5").symlink_to("loop.h5")
    (tmp_path / "folder.h5").mkdir()
    return tmp_path / "fifo.h5", tmp_path / "loop.h5", Path("~nobody-of-that-name/run.h5"), tmp_path / "folder.h5"


def said(window: MainWindow) -> list[str]:
    return [notice.message for notice in window.notices.shown]


def test_one_that_cannot_be_opened_does_not_keep_the_others_from_it(
    qtbot: QtBot, window: MainWindow, path: Path, odd: tuple[Path, ...]
) -> None:
    failures: list[opening.OpeningFailed] = []
    window.opener.failed.connect(failures.append)
    window.open(*odd, path)
    qtbot.waitUntil(lambda: len(window.session.runs) == 1 and len(failures) == len(odd), timeout=20_000)
    for failure, name in zip(failures, ("FIFO", "symbolic links", "does not exist", "is a folder"), strict=True):
        assert name in str(failure.error)
        assert str(failure.path) in str(failure.error)
    assert [failure.gone for failure in failures] == [False, False, True, False]
    qtbot.waitUntil(lambda: not len(window.jobs), timeout=20_000)


def session(path: Path, *runs: Path) -> Path:
    kept = {"format": FORMAT, "runs": [{"path": str(run), "run_id": "x"} for run in runs]}
    path.write_text(json.dumps(kept))
    return path


def test_a_session_opens_what_it_can_and_names_the_rest(
    qtbot: QtBot, window: MainWindow, path: Path, odd: tuple[Path, ...], tmp_path: Path
) -> None:
    target = session(tmp_path / f"s{SUFFIX}", *odd, Path("nul\0.h5"), Path("n" * 300))
    window.open(target)
    qtbot.waitUntil(lambda: window.sessions.dialog is not None, timeout=20_000)
    lost = window.sessions.dialog.lost
    expected = ("FIFO", "symbolic links", "is not there", "is a folder", "cannot be the name", "too long")
    for each, words in zip(lost, expected, strict=True):
        assert words in each.problem
    window.sessions.dialog.reject()
    assert said(window) == []


@pytest.mark.parametrize("kind", ["FIFO", "loop", "folder", "device"])
def test_a_session_that_is_no_file_changes_nothing(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / f"odd{SUFFIX}"
    {
        "FIFO": lambda: os.mkfifo(target),
        "loop": lambda: target.symlink_to(target.name),
        "folder": target.mkdir,
        "device": lambda: target.symlink_to("/dev/zero"),
    }[kind]()
    window.open(path, target)
    qtbot.waitUntil(lambda: len(said(window)) == 1 and len(window.session.runs) == 1, timeout=20_000)
    assert target.name in said(window)[0]


def test_notes_that_are_no_file_are_said_and_left_alone(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "noted"
    folder.mkdir()
    shutil.copy(path, folder / "run.h5")
    os.mkfifo(folder / "run.notes.txt")
    shown = window.browse(folder)
    qtbot.waitUntil(lambda: bool(shown.model.files), timeout=20_000)
    qtbot.waitUntil(lambda: shown.model.is_known(0), timeout=20_000)
    assert "FIFO" in shown.model.note(0)
    with pytest.raises(UnreadableFile, match="FIFO"):
        listing.write_notes(folder / "run.h5", "a note")
    assert (folder / "run.notes.txt").is_fifo()
    (folder / "run.notes.txt").unlink()
    long = "x" * (listing.LONGEST_NOTE + 1)
    (folder / "run.notes.txt").write_text(long)
    for text in ("a note", ""):
        with pytest.raises(UnreadableFile, match="more than 65,536 bytes"):
            listing.write_notes(folder / "run.h5", text)
    assert (folder / "run.notes.txt").read_text() == long
    shown.close()


@pytest.mark.parametrize("what", ["run", "session", "run of a session"])
def test_a_disk_that_hangs_does_not_keep_the_window_from_closing(
    qtbot: QtBot, own_window: MainWindow, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    hanging, begun = threading.Event(), threading.Event()

    def hang(*_: Any) -> None:
        begun.set()
        hanging.wait()
        raise FileNotFoundError("gone")

    module, name = {
        "run": (opening, "open_run"),
        "session": (session_runs, "load"),
        "run of a session": (session_runs, "open_run"),
    }[what]
    monkeypatch.setattr(module, name, hang)
    target = path if what == "run" else session(tmp_path / f"s{SUFFIX}", path)
    own_window.open(target)
    qtbot.waitUntil(begun.is_set, timeout=20_000)
    closing(qtbot, own_window)
    assert not own_window.isVisible()
    hanging.set()


@pytest.mark.parametrize("kind", ["FIFO", "device", "folder", "too large"])
@pytest.mark.thinned(2)
def test_settings_that_cannot_be_read_are_said_and_left_alone(
    qtbot: QtBot, restart: Callable[..., MainWindow], path: Path, kind: str
) -> None:
    place = Settings().last_session.with_name("workbench.ini")
    place.parent.mkdir(parents=True)
    {
        "FIFO": lambda: os.mkfifo(place),
        "device": lambda: place.symlink_to("/dev/zero"),
        "folder": place.mkdir,
        "too large": lambda: place.write_bytes(b"a" * (LARGEST + 1)),
    }[kind]()
    before = place.lstat()
    again = restart(path)
    (notice,) = again.notices.shown
    assert notice.message.startswith(f"The settings file {place} ")
    assert notice.message.endswith(
        ": the workbench starts without settings and saves none. Move the file away to save settings again."
    )
    qtbot.waitUntil(lambda: len(again.session.runs) == 1, timeout=20_000)
    assert again.settings.recent() == (path,)
    closing(qtbot, again)
    assert (place.lstat().st_ino, place.lstat().st_size) == (before.st_ino, before.st_size)
