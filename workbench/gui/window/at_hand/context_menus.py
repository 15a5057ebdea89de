"""Menus at the mouse: on panels and their plots, on runs and on layers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QMenu

from workbench.gui.state.program import program
from workbench.gui.widgets.around.buttons import WAYS
from workbench.gui.widgets.plain_text import as_action, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QWidget

    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.overview.panel import OverviewPanel
    from workbench.gui.panels.run import RunPanel
    from workbench.gui.plots.plot import Plot
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.place import Place

LISTS = ("run", "overview")  # panels with rows for runs or layers
NOTHING = "The panel is empty, or still computing."
# Panels that show a layer, and what of the run's menus stands in a menu on a run.
SHOW_A_LAYER = ("graph", "spectrum", "low_rank", "pruning", "units")
OF_RUN = (
    "Write a report (&HTML, PDF)…", "&Network and data…", "&Prune and train on…", "Redra&w layers and train…",
    "Res&ume the training",
)  # fmt: skip


class ContextMenus(QObject):
    """Opens the menu of what is under the mouse, or of what has the keyboard."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._names: dict[QObject, str] = {}
        window.panels.when_made(self._on_panel_made)

    def _on_panel_made(self, name: str, panel: Panel) -> None:
        for part in (panel, panel.frame.header):  # which is in the dock, not in the panel
            self._names[part] = name
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.ContextMenu or not isinstance(event, QContextMenuEvent):
            return False
        from workbench.gui.plots.graph.view import GraphView
        from workbench.gui.plots.plot import Plot

        name = self._names[watched]
        panel = self._window.panels[name]
        at = panel.mapFromGlobal(event.globalPos())
        if _within(panel, at, GraphView) is not None:
            return False
        by_key = event.reason() is QContextMenuEvent.Reason.Keyboard
        place = self._place_by_key(panel) if by_key else _place_at(panel, at)
        menu = QMenu(panel)
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        if place is None:
            plot = _within(panel, at, Plot)
            self._of_panel(menu, name, plot if isinstance(plot, Plot) else None)
        else:
            self._choose(place)
            (self._of_layer if place.layer else self._of_run)(menu, place)
        menu.popup(event.globalPos())
        event.accept()
        return True

    def _place_by_key(self, panel: Panel) -> Place | None:
        """The selected run or layer, where the keyboard is in a list of them."""
        listed = isinstance(self._window.focusWidget(), QAbstractItemView) and panel.kind.name in LISTS
        return self._window.session.selection.place if listed else None

    def _choose(self, place: Place) -> None:
        """Look at what the menu is about: its entries are about what is selected."""
        if place.layer:
            self._window.session.select(source=place.source, layer=place.layer)
        else:
            self._window.session.choose_run(place.source)

    # --- what is in them ---

    def _of_panel(self, menu: QMenu, name: str, plot: Plot | None) -> None:
        panel, window = self._window.panels[name], self._window
        empty = panel.shows_message or panel.shown_result is None
        for way, text in WAYS.items():
            if panel.kind.figure or way == "python":
                action = _add(menu, text, partial(panel.export_requested.emit, way))
                action.setEnabled(not empty)
                action.setToolTip(NOTHING if empty else "")
        menu.addSeparator()
        if name == "timeline":  # its plot always shows all
            menu.addAction(window.timeline.menu.menuAction())
        elif plot is not None:
            _add(menu, "Reset view", partial(_show_all, plot)).setToolTip("Show all again, as a double click does")
        fills = window.filling.name == name
        _add(menu, "Show the other panels" if fills else "Fill the window", partial(self._fill, name))
        _add(menu, "What this panel shows", panel.help_requested.emit)

    def _fill(self, name: str) -> None:
        filling = self._window.filling
        if filling.name == name:
            filling.end()
        else:
            filling.begin(name)

    def _of_layer(self, menu: QMenu, place: Place) -> None:
        window = self._window
        show = menu.addMenu("Show in")
        for name in SHOW_A_LAYER:
            if name in window.panels:
                _add(show, window.panels.rows[name].title, window.docks[name].come)
        menu.addAction(window.menus["&Select"].menuAction())
        menu.addSeparator()
        _add(menu, "Copy name", partial(_copy, place.layer))
        here = window.session.selection.place or place
        lines = (
            f"layer = run.layer({place.layer!r})",
            f"print(layer.units, layer.inputs, layer.norms({here.snapshot}))",
        )
        _add(menu, "Copy as Python", partial(_copy, program(place.run, *lines))).setEnabled(place.group is None)

    def _of_run(self, menu: QMenu, place: Place) -> None:
        window, alone = self._window, place.group is None
        for text in OF_RUN:
            menu.addAction(self._entry(text))
        menu.addAction(window.menus["Export &data"].menuAction())
        menu.addAction(window.menus["Co&mpare with"].menuAction())
        menu.addSeparator()
        paths = "\n".join(str(run.path) for run in place.runs)
        _add(menu, "Copy path" if alone else "Copy paths", partial(_copy, paths))
        python = program(place.run, "print(run.title, run.snapshots, [layer.name for layer in run.layers])")
        _add(menu, "Copy as Python", partial(_copy, python)).setEnabled(alone)
        menu.addSeparator()
        closed = literal(place.run.path.name) if alone else f"{len(place.runs)} runs"
        _add(menu, f"Close {closed}", window.close_run)

    def _entry(self, text: str) -> QAction:
        return next(action for action in self._window.menus["&File"].actions() if action.text() == text)


def _add(menu: QMenu, text: str, do: Callable[[], object]) -> QAction:
    action = menu.addAction(as_action(text))
    action.triggered.connect(lambda: do())
    return action


def _copy(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def _show_all(plot: Plot) -> None:
    plot.show_all()
    plot.restored.emit()


def _place_at(panel: Panel, position: QPoint) -> Place | None:
    """The run or layer that is listed at a position of the panel."""
    listed: RunPanel | OverviewPanel | None = panel if panel.kind.name in LISTS else None  # type: ignore[assignment]
    return listed.place_at(position) if listed is not None and panel.rect().contains(position) else None


def _within(panel: Panel, position: QPoint, kind: type[QWidget]) -> QWidget | None:
    """The widget of this kind at a position of the panel; None where there is none, as in the header of a dock."""
    return next((widget for widget in _upwards(panel.childAt(position), panel) if isinstance(widget, kind)), None)


def _upwards(widget: QWidget | None, end: QWidget) -> Iterator[QWidget]:
    while widget is not None and widget is not end:
        yield widget
        widget = widget.parentWidget()
