"""Whatever became of the files that the window keeps, it starts: damaged settings and session files."""

from __future__ import annotations

import gc
import random
from typing import TYPE_CHECKING

import pytest
import sound
from mutated import CHANGES
from PySide6.QtCore import QEvent

from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.state import data_folder, theme
from workbench.gui.state.settings import Settings
from workbench.gui.window.app import begin
from workbench.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

SETTINGS, SESSION = "settings.ini", "last.workbench.json"
KEPT = (SETTINGS, SESSION)  # files that the window reads when it starts
TIMES, APART = 26, 13  # damaged versions of each; the session has another one than the settings

ODD = (
    b"",
    b"\0" * 4096,
    bytes(range(256)) * 64,
    b"\xff\xfe" + "[General]\nrecent=x".encode("utf-16-le"),
    b"[General]\nrecent=@Variant(\\0\\0\\0\\x7f\\xff\\xff\\xff\\xff)\nfolder=@Variant(\\0\\0\\0\\b\\0\\0\\xff\\xff)\n",
    b"[General]\nrecent=@Invalid()\nfolder=@Size(1 2)\ndata_root=@Rect(0 0 1 1)\n",
    b"[General]\nrecent=" + b"a, " * 100_000,
    b"[General]\nrecent=" + b"x" * 5_000_000,
    b"[%General]\n" + b"=\n" * 10_000 + b"[" * 10_000,
    b"recent=@ByteArray(" + b"\\x0" * 10_000 + b")",
    b"[" * 100_000,
    b'{"format": 1, "runs": ' + b"[" * 50_000,
    b'{"format": 1, "window": {"x": -1e999, "y": NaN}}',
    b'{"format": 1, "window": {"x": 99999999, "y": -99999999, "width": 1, "height": 1}, "maximised": true}',
    b'{"format": 99999999999999999999999}',
    b'{"format": 1, "settings": {"graph": {"cutoff": "<b>", "charge": 1e308}, "pruning": {"orders": {}}}}',
    b'{"format": 1, "runs": [{"path": "/dev/zero", "run_id": "x"}, {"path": "../../..", "run_id": ""}]}',
)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> dict[str, bytes]:
    """Sound files, as a window with a run has left them."""
    folder = tmp_path_factory.mktemp("kept")
    theme.apply(qapp)
    settings = Settings(folder / SETTINGS)
    settings.add_recent(folder / "run.h5")
    settings.set_text("folder", str(folder))
    settings.set_text("data_root", str(folder))
    window = MainWindow(settings)
    window.show()
    sound.make(folder / "run.h5")
    window.play_when_opened = False
    window.open(folder / "run.h5")
    while not (window.session.runs and window.is_settled()):
        qapp.processEvents()
    window.close()
    while window.isVisible():
        qapp.processEvents()
    window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    found = {name: (folder / name).read_bytes() for name in KEPT}
    assert all(found.values())
    return found


def damaged(content: bytes, number: int) -> bytes:
    """The number's way of damaging a file: an odd one in its place, or a few changes to it."""
    if number < len(ODD):
        return ODD[number]
    chance = random.Random(number)
    spoilt = bytearray(content)
    for _ in range(chance.choice((1, 2, 4, 8))):
        if spoilt:
            chance.choices(list(CHANGES), CHANGES.values())[0](spoilt, chance, [content, *ODD])
    return bytes(spoilt)


def started(qtbot: QtBot, settings: Settings) -> Iterator[MainWindow]:
    """A window as it starts; gone when the next is asked for."""
    data_folder.use_remembered(settings)
    window = MainWindow(settings)
    window.play_when_opened = False
    begin(window)
    qtbot.waitUntil(lambda: window.isVisible() and not len(window.jobs), timeout=60_000)
    yield window
    with qtbot.waitSignal(window.closed, timeout=60_000):
        window.close()
    window.deleteLater()


@pytest.mark.qt_log_ignore("QVariant::load", extend=True)
def test_it_starts_with_any_damaged_files(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, kept: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    theme.apply(qapp)
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    monkeypatch.setattr("workbench.gui.state.samples.listed", tuple)
    for number in range(TIMES):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / SETTINGS).write_bytes(damaged(kept[SETTINGS], number))
        (folder / SESSION).write_bytes(damaged(kept[SESSION], (number + APART) % TIMES))
        for window in started(qtbot, Settings(folder / SETTINGS)):
            assert window.isVisible()
            assert window.width() > 100
            if number % 10 == 0:
                dialog = TrainDialog(window.settings, window)
                dialog.show()
                dialog.reject()
                dialog.deleteLater()
        qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


@pytest.mark.parametrize("name", KEPT)
def test_it_starts_where_a_folder_has_taken_the_files_place(
    qtbot: QtBot, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.gui.state.samples.listed", tuple)
    (tmp_path / name).mkdir()
    for window in started(qtbot, Settings(tmp_path / SETTINGS)):
        assert window.isVisible()
