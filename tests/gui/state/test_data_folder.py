"""The folder of data sets that was chosen once serves everything in the window."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.gui.state import data_folder
from workbench.gui.state.settings import Settings

if TYPE_CHECKING:
    import pytest


def test_the_remembered_folder_serves_unless_the_environment_names_one(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    monkeypatch.setenv("WORKBENCH_DATA", "")
    data_folder.use_remembered(settings)
    assert os.environ["WORKBENCH_DATA"] == ""
    settings.set_text("data_folder", "/chosen")
    data_folder.use_remembered(settings)
    assert os.environ["WORKBENCH_DATA"] == "/chosen"
    monkeypatch.setenv("WORKBENCH_DATA", "/named")
    data_folder.use_remembered(settings)
    assert os.environ["WORKBENCH_DATA"] == "/named"


def test_a_newly_chosen_folder_serves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", "/named")
    data_folder.use(None)
    assert os.environ["WORKBENCH_DATA"] == "/named"
    data_folder.use(Path("/other"))
    assert os.environ["WORKBENCH_DATA"] == "/other"
