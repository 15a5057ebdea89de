"""How the monkey answers what the window asks: files, questions, dialogs and menus."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import hands
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QFileDialog, QMenu, QMessageBox, QWidget

from workbench.gui.bench.waiting import rest
from workbench.gui.dialogs.run_report_dialog import RunReportDialog
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.training.recipes import RECIPES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from pathlib import Path

PATIENCE = 0.3  # seconds until a menu that holds up a gesture is answered
STUCK = 20.0  # seconds until a gesture is broken off
MOST_ANSWERS = 8  # to one dialog; then it is closed
SMALL = RECIPES["digits-quick"]


class Chooser:
    """Stands in for the system's file dialogs: an event loop for a while, then a file of the monkey's folder."""

    def __init__(self, seeded: random.Random, files: list[Path], out: Path) -> None:
        self.wanted: list[Path] = []  # what the next dialog for opening shall give
        self._random, self._files, self._out = seeded, files, out
        for name in ("getOpenFileName", "getOpenFileNames", "getSaveFileName", "getExistingDirectory"):
            setattr(QFileDialog, name, getattr(self, name))

    def getOpenFileName(self, *_: object, **__: object) -> tuple[str, str]:
        names, kind = self.getOpenFileNames()
        return (names[0] if names else ""), kind

    def getOpenFileNames(self, *_: object, **__: object) -> tuple[list[str], str]:
        self._wait()
        chosen, self.wanted = self.wanted, []
        if not chosen and self._random.random() < 0.8:
            chosen = [self._random.choice(self._files)]
        return list(map(str, chosen)), ""

    def getSaveFileName(self, _parent: object, _title: str, proposed: str, *_: object, **__: object) -> tuple[str, str]:
        self._wait()
        luck = self._random.random()
        if luck < 0.15:
            return "", ""
        if luck < 0.2:
            return str(self._out / "no such folder" / "name"), ""
        if luck < 0.25:
            return str(self._out), ""
        there = sorted(path for path in self._out.iterdir() if path.is_file())
        if there and luck < 0.35:
            return str(self._random.choice(there)), ""
        name = proposed.rpartition("/")[2]
        return str(self._out / f"{len(there)} {name}"), ""

    def getExistingDirectory(self, *_: object, **__: object) -> str:
        self._wait()
        return self._random.choice(["", str(self._out), str(self._files[0].parent)])

    def _wait(self) -> None:
        rest(self._random.choice((0, 20, 200)))


class Guardian(QObject):
    """Answers what holds up whoever asked: message boxes, menus and drags with an event loop of their own."""

    def __init__(self, seeded: random.Random, out: Path) -> None:
        super().__init__()
        self._random, self._out = seeded, out
        self._answers = 0  # in this gesture
        self._since: float | None = None  # when the gesture began that goes on
        self.yes = False  # answer every question with yes
        self.timer = QTimer(self)
        self.timer.timeout.connect(self._look)
        self.timer.start(60)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """A gesture goes on: menus that it opens may hold it up."""
        self._since, self._answers = time.monotonic(), 0
        try:
            yield
        finally:
            self._since = None

    def _look(self) -> None:
        for box in QApplication.topLevelWidgets():
            if isinstance(box, QMessageBox) and box.isVisible():
                buttons = [button for button in box.buttons() if button.isEnabled()]
                yes = box.button(QMessageBox.StandardButton.Yes)
                (yes if self.yes and yes is not None else self._random.choice(buttons)).click()
        if self._since is None or time.monotonic() - self._since < PATIENCE:
            return
        popup, window = QApplication.activePopupWidget(), QApplication.focusWindow()
        if popup is not None:
            self._answers += 1
            answer(self._random, popup, self._answers, self._out)
        elif time.monotonic() - self._since > STUCK and window is not None:
            QTest.mouseRelease(window, Qt.MouseButton.LeftButton)
            QTest.keyClick(window, Qt.Key.Key_Escape)


def answer(seeded: random.Random, top: QWidget, answers: int, out: Path) -> str:
    """Do something with the dialog or menu that is in front; what was done, in words."""
    title = f"{type(top).__name__} {top.windowTitle()!r}"
    if isinstance(top, QMessageBox):
        return f"{title}: waited"
    if isinstance(top, QMenu):
        return f"{title}: {_answer_menu(seeded, top)}"
    if answers >= MOST_ANSWERS:
        top.close()
        return f"{title}: closed"
    if isinstance(top, TrainDialog) and seeded.random() < 0.8:
        return f"{title}: {_answer_training(seeded, top, out)}"
    if isinstance(top, RunReportDialog):
        top.fields["costs"].set_value(False)
    return f"{title}: {_answer_by_hand(seeded, top)}"


def _answer_menu(seeded: random.Random, menu: QMenu) -> str:
    actions = [each for each in menu.actions() if each.isEnabled() and each.isVisible() and not each.isSeparator()]
    actions = [each for each in actions if "Quit" not in each.text()]
    inner = hands.within_reach(menu)
    if inner and seeded.random() < 0.7:
        widget = seeded.choice(inner)
        name = hands.name_of(widget)
        hands.click(widget, hands.somewhere(widget, seeded))
        return f"clicked {name}"
    if actions and seeded.random() < 0.7:
        action = seeded.choice(actions)
        text = action.text()
        hands.click(menu, menu.actionGeometry(action).center())
        return f"chose {text!r}"
    hands.key(menu, Qt.Key.Key_Escape)
    return "Escape"


def _answer_training(seeded: random.Random, dialog: TrainDialog, out: Path) -> str:
    spec = replace(
        SMALL,
        seed=seeded.randrange(1000),
        epochs=float(seeded.choice((1, 2, 5, 20))),
        net=replace(SMALL.net, widths=(seeded.choice((8, 20, 40)), 12)),
        device="cpu",
    )
    dialog.fill(spec)
    if seeded.random() < 0.5:
        dialog.fields["file"].set_value(out / f"trained {len(list(out.iterdir()))}.h5")
    file = dialog.fields["file"].value()
    hands.click(dialog.start_button)
    return f"train {spec.epochs} epochs, widths {spec.net.widths}, file {file}"


def _answer_by_hand(seeded: random.Random, top: QWidget) -> str:
    inner = hands.within_reach(top)
    luck = seeded.random()
    if inner and luck < 0.65:
        widget: Any = seeded.choice(inner)
        if isinstance(top, TrainDialog) and "utton" not in type(widget).__name__:
            widget = top.start_button
        name = hands.name_of(widget)
        hands.click(widget, hands.somewhere(widget, seeded))
        return f"clicked {name}"
    if luck < 0.8:
        hands.key(top, Qt.Key.Key_Return)
        return "Return"
    if luck < 0.9:
        hands.key(top, seeded.choice((Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Tab, Qt.Key.Key_Space)))
        return "a key"
    hands.key(top, Qt.Key.Key_Escape)
    return "Escape"


def in_front() -> QWidget | None:
    """The menu, list or dialog that must be answered first; None: the windows are free."""
    return QApplication.activePopupWidget() or QApplication.activeModalWidget()


def others(window: QWidget) -> list[QWidget]:
    """Windows beside the main one that can be used: dialogs that work on, help, panels that float."""
    tops = [top for top in QApplication.topLevelWidgets() if top is not window and top.isVisible()]
    return [top for top in tops if isinstance(top, (QDialog, QDockWidget)) and not isinstance(top, QMessageBox)]
