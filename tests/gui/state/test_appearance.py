"""Light, dark and the size of the text, changed while everything is on the screen."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import groupby
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QWidget,
)

from tests.gui.windows import closing, opened
from workbench.gui.panels.spectrum import SpectrumPanel
from workbench.gui.plots.legend import Legend
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme
from workbench.gui.state.settings import Settings
from workbench.gui.widgets.around.header import PanelHeader
from workbench.gui.widgets.cards import Sign
from workbench.gui.widgets.forms.sliders import NumberSlider
from workbench.gui.widgets.plain_text import ElidedLabel
from workbench.gui.widgets.titled_dock import TitledDock
from workbench.gui.window.main_window import MainWindow

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot


pytestmark = pytest.mark.usefixtures("theme_returns")


def action(window: MainWindow, words: str) -> object:
    return next(each for each in window.menus["&View"].actions() if words in each.text().replace("&", ""))


def chosen(window: MainWindow, mode: theme.Mode) -> None:
    """Choose a theme; Qt tells the widgets of it when the event loop runs."""
    window.appearance.choose(mode)
    QApplication.processEvents()


def brightness(widget: QWidget) -> float:
    """The mean of a picture's grey values, 0 to 255."""
    image: QImage = widget.grab().toImage().scaled(40, 40)
    return sum(image.pixelColor(x, y).lightness() for x in range(40) for y in range(40)) / 1600


def test_a_theme_that_is_switched_live_looks_as_one_from_the_start(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    chosen(window, "light")
    chosen(window, "dark")
    again = MainWindow(window.settings)
    for name, button in window.panels["low_rank"].elbows.buttons.items():
        fresh = again.panels["low_rank"].elbows.buttons[name]
        assert button.icon().pixmap(16).toImage() == fresh.icon().pixmap(16).toImage(), name
    again.show()
    closing(qtbot, again)


@pytest.mark.parametrize("floating", [False, True])
def test_the_buttons_in_a_title_stand_out_from_its_ground(floating: bool, shared: MainWindow) -> None:
    for mode, ground in (("light", 255), ("dark", 0), ("light", 255)):
        chosen(shared, mode)  # type: ignore[arg-type]
        shared.docks["run"].setFloating(floating)
        QApplication.processEvents()
        for dock in (shared.docks["run"], shared.log_dock):
            buttons = [each for each in dock.findChildren(QAbstractButton) if "dockwidget" in each.objectName()]
            assert len(buttons) == 2
            assert all(abs(ground - lightness_of(button)) > 150 for button in buttons), mode


def test_a_dock_that_is_shown_again_makes_no_new_icons(shared: MainWindow) -> None:
    dock = shared.docks["run"]
    buttons = [each for each in dock.findChildren(QAbstractButton) if "dockwidget" in each.objectName()]

    def icons() -> list[int]:
        return [button.icon().cacheKey() for button in buttons]

    before = icons()
    dock.hide()
    dock.show()
    assert len(before) == 2
    assert icons() == before


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_box_to_check_in_a_list_stands_out_from_its_ground(
    mode: theme.Mode, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, mode)
    boxes = QListWidget()
    qtbot.addWidget(boxes)
    item = QListWidgetItem("a panel")
    item.setCheckState(Qt.CheckState.Unchecked)
    boxes.addItem(item)
    boxes.show()
    place = boxes.visualItemRect(item)
    image = boxes.viewport().grab(QRect(place.topLeft(), QSize(place.height(), place.height()))).toImage()
    seen = [image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())]
    assert max(seen) - min(seen) > 60


def test_the_icons_of_the_start_page_stand_out_from_its_ground(window: MainWindow) -> None:
    for mode, ground in (("light", 255), ("dark", 0)):
        chosen(window, mode)  # type: ignore[arg-type]
        for sign in window.start_page.findChildren(Sign):
            image = sign.grab().toImage()
            seen = [image.pixelColor(x, y).lightness() for x in range(image.width()) for y in range(image.height())]
            assert max(abs(ground - lightness) for lightness in seen) > 150, mode


@pytest.mark.parametrize("scale", [1, 3])
def test_curves_are_as_wide_on_a_fine_screen(scale: int) -> None:
    program = (
        "from workbench.gui.state import theme; from workbench.gui.window import app; application = app.application()\n"
        "print(theme.line('red').width(), theme.accuracy_pen('test').width())"
    )
    surroundings = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=surroundings)
    assert done.stdout.split() == [str(scale)] * 2


def lightness_of(button: QAbstractButton) -> int:
    """Of the icon where it is not clear."""
    image = button.icon().pixmap(40).toImage()
    pixels = (image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height()))
    return max(pixels, key=lambda pixel: pixel.alpha()).lightness()


def test_every_panel_follows_the_theme_and_comes_back(qtbot: QtBot, shared: MainWindow) -> None:
    qtbot.waitUntil(lambda: all(panel.complete for panel in shared.panels.values()), timeout=60_000)
    chosen(shared, "light")
    before = {name: brightness(panel) for name, panel in shared.panels.items()}
    chosen(shared, "dark")
    for name, panel in shared.panels.items():
        assert brightness(panel) < 90 < before[name], name
    chosen(shared, "light")
    for name, panel in shared.panels.items():
        assert brightness(panel) == pytest.approx(before[name], abs=6), name


def test_a_window_that_becomes_dark_looks_like_one_that_began_dark(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    chosen(window, "dark")
    opened(qtbot, window, path)
    qtbot.waitUntil(lambda: all(panel.complete for panel in window.panels.values()), timeout=60_000)
    seen = [name for name in window.panels if name != "graph" and window.dock_area.in_sight(name)]
    began = {name: window.panels[name].grab().toImage() for name in seen}
    chosen(window, "light")
    chosen(window, "dark")
    for name, image in began.items():
        assert window.panels[name].grab().toImage() == image, name


def test_the_theme_is_remembered(qtbot: QtBot, window: MainWindow) -> None:
    action(window, "dark").trigger()  # type: ignore[attr-defined]
    assert theme.current().dark
    closing(qtbot, window)
    again = MainWindow(Settings())
    assert again.appearance.mode == "dark"
    assert theme.current().dark
    assert action(again, "Theme: dark").isChecked()  # type: ignore[attr-defined]
    closing(qtbot, again)


def test_settings_that_mean_nothing_are_the_systems(shared: MainWindow) -> None:
    shared.settings.set_text("theme", "mauve")
    shared.settings.set_text("text_size", "huge")
    assert (shared.appearance.mode, shared.appearance.points) == ("system", 0.0)


def test_the_text_grows_and_never_becomes_smaller_than_nine_points(qtbot: QtBot, shared: MainWindow) -> None:
    at_first = QApplication.font().pointSizeF()
    action(shared, "Larger text").trigger()  # type: ignore[attr-defined]
    QApplication.processEvents()
    assert QApplication.font().pointSizeF() == at_first + 1
    spectrum = shared.panels["spectrum"]
    assert isinstance(spectrum, SpectrumPanel)
    assert spectrum.plot.getPlotItem().getAxis("left").label.font().pointSizeF() == at_first + 1
    for _ in range(20):
        action(shared, "Smaller text").trigger()  # type: ignore[attr-defined]
    assert QApplication.font().pointSizeF() == theme.LEAST_POINT_SIZE
    action(shared, "System text size").trigger()  # type: ignore[attr-defined]
    assert QApplication.font().pointSizeF() == at_first


def test_what_dresses_a_plot_is_asked_again(qtbot: QtBot, qapp: QApplication) -> None:
    plot = Plot("x", "y")
    qtbot.addWidget(plot)
    seen: list[bool] = []
    plot.dress(lambda: seen.append(theme.current().dark))
    for mode in ("dark", "light"):
        theme.apply(qapp, mode)
        QApplication.processEvents()
    assert [dark for dark, _ in groupby(seen)] == [False, True, False]


def test_larger_text_is_whole_everywhere(qtbot: QtBot, shared: MainWindow) -> None:
    shared.resize(1280, 800)
    qtbot.waitUntil(lambda: all(panel.complete for panel in shared.panels.values()), timeout=60_000)
    for _ in range(3):
        action(shared, "Larger text").trigger()  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: all(_whole(each) for each in shared.findChildren(QWidget) if each.isVisible()))


def _whole(widget: QWidget) -> bool:
    """Whether there is height for a line of a label or for all rows of a legend, and width for a control's name."""
    metrics = widget.fontMetrics()
    if isinstance(widget, ElidedLabel):
        return widget.height() >= metrics.lineSpacing()
    if isinstance(widget, Legend):
        return widget.height() >= len(widget._arranged().rows) * metrics.height()
    if isinstance(widget, QLabel) and not widget.wordWrap() and isinstance(widget.parentWidget(), NumberSlider):
        return widget.width() >= metrics.horizontalAdvance(widget.text())
    return True


def test_the_title_of_a_dock_grows_with_the_text(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light", 9.0)
    dock_area, dock = QMainWindow(), TitledDock("HHHH")
    qtbot.addWidget(dock_area)
    header = PanelHeader("HHHH", has_figure=False)
    header.in_dock(dock)
    dock_area.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    dock_area.resize(300, 200)
    dock_area.show()
    heights = []
    for points in (9.0, 18.0):
        theme.apply(qapp, "light", points)
        qtbot.waitUntil(
            lambda points=points: (
                header.title.font().pointSizeF() == points and header.height() == header.sizeHint().height()
            )
        )
        title = dock.grab(QRect(5, 2, 25, 40)).toImage()
        dark = [y for y in range(40) if any(title.pixelColor(x, y).lightness() < 90 for x in range(25))]
        heights.append(max(dark) - min(dark))
    assert heights[1] > 1.5 * heights[0]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_selected_row_is_a_tint_on_which_bars_and_text_are_seen(qapp: QApplication, mode: theme.Mode) -> None:
    theme.apply(qapp, mode)
    palette = QApplication.palette("QTableView")
    row, text = palette.highlight().color(), palette.highlightedText().color()
    assert text == palette.text().color()
    assert row != palette.base().color()
    for colour in (text, theme.current().accent):
        assert abs(colour.lightness() - row.lightness()) > 40, colour.name()
    assert QApplication.palette().highlight().color() == palette.link().color() or mode == "dark"
