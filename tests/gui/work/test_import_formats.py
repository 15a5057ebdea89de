"""The formats that installed packages import are offered where files are chosen and dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog

from workbench.gui.work.import_actions import importable
from workbench.importing.files import sources
from workbench.importing.files.foreign import ImportProblem
from workbench.importing.importers import AvailableImporters, Importer

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def test_formats_of_packages_are_listed_where_files_are_chosen_and_dropped(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = Importer("plain text", (".weights.txt",), lambda _: {}, lambda *_: np.zeros(1))
    monkeypatch.setattr(sources, "available_importers", lambda: AvailableImporters({"plain": plain}, {}))
    listed: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *said: (listed.append(said[-1]), ([], ""))[1])
    window.import_actions.choose()
    qtbot.waitUntil(lambda: bool(listed), timeout=60_000)
    endings = ".safetensors .pt .pth .ckpt .bin .pth.tar .pt.tar .weights.h5 .h5 .hdf5 .keras .weights.txt"
    assert listed == [f"Checkpoints ({' '.join(f'*{each}' for each in endings.split())});;All files (*)"]
    assert importable(tmp_path / "a.weights.txt")
    with pytest.raises(ImportProblem, match=r"holds no checkpoints; choose files that end in .*, \.weights\.txt"):
        sources.sources((tmp_path,), "name")
