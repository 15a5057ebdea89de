"""The programs of imports and of exports of data, run by themselves, make the very files that the window makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu
from safetensors import safe_open
from safetensors.torch import save_file
from warm_children import run_python

from tests.gui.windows import opened
from workbench.gui.state.data_program import PARTS
from workbench.gui.window.menus import fill_programs
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.dialogs.import_dialog import ImportDialog
    from workbench.gui.window.main_window import MainWindow

PATIENCE = 60_000
ODD = 'it\'s "{odd}" \\n'  # of a file, a folder or a layer: would break a program in which it is more than data


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def run_by_itself(folder: Path) -> None:
    """The program in the clipboard, as a file that somebody saved and started."""
    script = folder / "copied.py"
    script.write_text(QGuiApplication.clipboard().text(), encoding="utf-8")
    done = run_python(str(script), cwd=folder)
    assert done.returncode == 0, done.stderr


def contents(path: Path) -> dict[str, Any]:
    """Every array of a run file, bit for bit, and what it says of itself but for its number and when it was written."""
    found: dict[str, Any] = {}

    def see(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and name != "snapshots/commit":  # when each was written
            values = item[()]
            found[name] = (item.shape, str(item.dtype), values.tobytes() if isinstance(values, np.ndarray) else values)

    with h5py.File(path) as file:
        file.visititems(see)
    with open_run(path) as run:
        layers = [(each.name, each.kind, each.units, each.inputs) for each in run.layers]
        found["said"] = (run.title, run.spec, layers, run.notes, run.state)
    return found


def held(path: Path) -> object:
    """What an exported file holds, bit for bit; the facts in a .safetensors stand in an order of chance."""
    if path.suffix != ".safetensors":
        return path.read_bytes()
    with safe_open(path, "np") as file:
        arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (it is no dictionary)
        return file.metadata(), {key: (each.shape, str(each.dtype), each.tobytes()) for key, each in arrays.items()}


def state(seed: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return {f"{ODD}.weight": torch.randn(6, 9), "fc2.weight": torch.randn(4, 6)}


def safetensors(folder: Path) -> Path:
    for at in range(3):
        save_file(state(at), folder / f"{ODD}epoch_{5 * at}.safetensors")
    return folder


def one_pt(folder: Path) -> Path:
    torch.save(state(0), folder / "a.pt")
    return folder / "a.pt"


def other_tool(folder: Path) -> Path:
    with h5py.File(folder / "theirs.h5", "w") as file:
        for epoch in range(3):
            file[f"epoch_{epoch}/dense/extra"] = np.ones((2, 2), np.float32)
            file[f"epoch_{epoch}/dense/kernel"] = np.full((3, 4), epoch, np.float32)
    return folder / "theirs.h5"


def in_order(dialog: ImportDialog) -> None:
    dialog.fields["order"].set_value("time")
    dialog.fields["data"].set_value("digits")


def mapped(dialog: ImportDialog) -> None:
    extra, kernel = (dialog.mapping.topLevelItem(row) for row in range(2))
    assert extra is not None
    assert kernel is not None
    extra.setCheckState(0, Qt.CheckState.Unchecked)
    kernel.setText(0, f"{ODD}.weight")


@pytest.mark.parametrize(
    ("make", "change"), [(safetensors, lambda _dialog: None), (one_pt, in_order), (other_tool, mapped)]
)
@pytest.mark.thinned(3)
def test_the_program_of_an_import_makes_the_run_that_the_window_makes(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, make: Callable[[Path], Path],
    change: Callable[[ImportDialog], None],
) -> None:  # fmt: skip
    folder = tmp_path / ODD
    folder.mkdir()
    dialog = window.import_actions.ask([make(folder)])
    assert not dialog.copy_button.isEnabled()
    qtbot.waitUntil(dialog.copy_button.isEnabled, timeout=PATIENCE)
    change(dialog)
    qtbot.waitUntil(lambda: dialog.found is not None and dialog.found.wanted == dialog.wanted(), timeout=PATIENCE)
    dialog.file.set_value(tmp_path / f"run {ODD}.h5")
    QGuiApplication.clipboard().clear()
    qtbot.mouseClick(dialog.copy_button, Qt.MouseButton.LeftButton)
    run_by_itself(tmp_path)
    by_program = dialog.path().rename(tmp_path / "program.h5")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs), timeout=PATIENCE)
    (run,) = window.session.runs
    assert contents(by_program) == contents(run.path)
    assert run.snapshots == (1 if make is one_pt else 3)
    qtbot.waitUntil(window.is_settled, timeout=PATIENCE)


def test_an_import_that_cannot_be_done_has_no_program(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    dialog = window.import_actions.ask([one_pt(tmp_path)])
    qtbot.waitUntil(dialog.copy_button.isEnabled, timeout=PATIENCE)
    dialog.file.set_value(tmp_path)
    assert not dialog.copy_button.isEnabled()
    dialog.reject()


@pytest.mark.lengthy
def test_the_programs_of_the_exports_make_the_files_that_the_window_makes(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints, by_program, by_window = (tmp_path / name for name in ("mine", f"program {ODD}", "window"))
    for folder in (checkpoints, by_program, by_window):
        folder.mkdir()
    for _event in import_run(plan_of(Wanted((safetensors(checkpoints),))), tmp_path / f"run {ODD}.h5"):
        pass
    opened(qtbot, window, tmp_path / f"run {ODD}.h5")
    window.session.select(snapshot=1, layer=ODD)
    window.settings.set_text("export/folder", str(by_program))
    menu = QMenu()
    fill_programs(menu, window)
    for part in PARTS:
        for ending in part.endings:
            name = f"run {ODD}{ending}"
            (action,) = (each for each in menu.actions() if each.text() == f"{part.text} ({ending})")
            action.trigger()
            run_by_itself(tmp_path)
            chosen = str(by_window / name)
            monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, chosen=chosen, **_named: (chosen, ""))
            with qtbot.waitSignal(window.data_actions.saved, timeout=PATIENCE):
                window.data_actions.export(part)
            window.settings.set_text("export/folder", str(by_program))
            assert held(by_program / name) == held(by_window / name)
    assert len(list(by_program.iterdir())) == 4
    assert np.array_equal(np.load(by_program / f"run {ODD}.npy"), state(1)[f"{ODD}.weight"].numpy())


def test_without_a_run_there_is_no_export_to_copy(window: MainWindow) -> None:
    menu = QMenu()
    fill_programs(menu, window)
    texts = {f"{part.text} ({ending})" for part in PARTS for ending in part.endings}
    offered = [each for each in menu.actions() if each.text() in texts]
    assert len(offered) == 4
    assert not any(each.isEnabled() for each in offered)
