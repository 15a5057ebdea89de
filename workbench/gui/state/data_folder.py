"""The folder of data sets: what was chosen once serves trainings, evaluations and child processes alike."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.gui.state.settings import Settings

VARIABLE, KEY = "WORKBENCH_DATA", "data_folder"


def use(folder: Path | None) -> None:
    """Look for data sets in this folder from now on."""
    if folder is not None:
        os.environ[VARIABLE] = str(folder)


def use_remembered(settings: Settings) -> None:
    """Look in the folder that was chosen last, unless the environment names one."""
    remembered = settings.text(KEY)
    if remembered and not os.environ.get(VARIABLE):
        os.environ[VARIABLE] = remembered
