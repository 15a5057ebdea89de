"""All commands of the window, gathered from its tables, for the palette."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDoubleSpinBox, QSpinBox

from workbench.gui.widgets.forms.sliders import NumberSlider, WholeSlider
from workbench.gui.widgets.palette import Deed, Palette, best
from workbench.gui.window.at_hand.palette_words import others_for
from workbench.gui.window.menus import MENUS
from workbench.runs.collection.naming import moment_beside_number, moments, nearest_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget

    from workbench.gui.panels.base import Panel
    from workbench.gui.widgets.forms.values import Setting
    from workbench.gui.widgets.titled_dock import TitledDock
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.run import Run

MOMENT = re.compile(r"(epoch|iteration|snapshot)s?\s+([0-9]+(?:\.[0-9]*)?|\.[0-9]+)", re.IGNORECASE)
VALUE = re.compile(r"(.+?)[\s=:]+([-−]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))")
RULE = re.compile(r"\w\s*(<|>|==|!=)")
WIDTH, HEIGHT = 620, 420


class Commands(QObject):
    """Opens the palette over the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.palette: Palette | None = None

    def ask(self, typed: str = "") -> None:
        """Open the palette; "?" lists all commands with keys."""
        if self.palette is not None:
            self.palette.line.setText(typed)
            return
        palette = self.palette = Palette(tuple(self.deeds()), self.typed, self._window, typed, self._example())
        room = self._window.rect()
        width, height = min(WIDTH, room.width() - 40), min(HEIGHT, room.height() - 80)
        if typed == "?":
            height = room.height() - 80
        corner = self._window.mapToGlobal(room.topLeft())
        palette.setGeometry(corner.x() + (room.width() - width) // 2, corner.y() + 40, width, height)
        palette.finished.connect(self._on_palette_finished)
        palette.open()

    def _on_palette_finished(self) -> None:
        if self.palette is not None:
            self.palette.deleteLater()
            self.palette = None

    def _example(self) -> str:
        """A moment as the selected run counts its snapshots: "epoch 12"."""
        run = self._window.session.selection.run
        return f"{'epoch' if run is None else moments(run)[0]} 12"

    # --- what there is ---

    def deeds(self) -> Iterator[Deed]:
        """All commands that are available now."""
        window, selection = self._window, self._window.session.selection
        for name, row in window.panels.rows.items():
            text = f"Go to {row.title}"
            yield Deed(text, "Panel", partial(self._go_to, name), words=others_for(text))
        for run in window.session.runs:
            yield Deed(f"{run.path.name}, {run.title}", "Run", partial(window.session.choose_run, run))
        yield from self._of_menus()  # which also name runs, to compare with
        if selection.place is not None:
            yield from self._of_layers(selection.place.source, selection.place.run)
        for run in window.session.runs:
            if selection.place is None or run is not selection.place.run:
                yield from self._of_layers(run, run, f" · {run.path.name}")
        for name, panel in window.panels.items():
            yield from _of_settings(panel, window.docks[name])

    def _of_layers(self, source: Run | RunGroup, run: Run, where: str = "") -> Iterator[Deed]:
        """The layers of a run, found by the words of its name too; `where` is said of one that is not selected."""
        for layer in run.layers:
            text = f"{layer.name}, {layer.units:,} × {layer.inputs:,}{where}"
            select = partial(self._window.session.select, source=source, layer=layer.name)
            yield Deed(text, "Layer", select, words=" ".join(re.split(r"[\W_]+", f"{run.path.stem} {run.title}")))

    def _of_menus(self) -> Iterator[Deed]:
        menus = self._window.menus
        switches = [dock.switch for dock in self._window.docks.values()]
        inner = [menu.menuAction() for menu in menus.values()]
        for title, menu in menus.items():
            menu.aboutToShow.emit()  # those that are filled when they are shown
            for action in menu.actions():
                if not action.isSeparator() and action not in inner:
                    keys = ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in action.shortcuts())
                    text = action.text().replace("&&", "\0").replace("&", "").replace("\0", "&")
                    if action in switches:
                        text = f"{'Hide' if action.isChecked() else 'Show'} {text}"
                    kind = title.replace("&", "")
                    if title not in MENUS:
                        text, kind = f"{kind}: {text}", "Menu"
                    yield Deed(text, kind, action.trigger, keys, action.isEnabled(), others_for(text))

    def _go_to(self, name: str) -> None:
        self._window.docks[name].come()

    # --- what only typing can name ---

    def typed(self, query: str) -> list[Deed]:
        """Moments of the selected run ("epoch 12"), rules ("norm < .5"), and settings with a number ("cut-off .4")."""
        deeds = []
        place = self._window.session.selection.place
        if (named := MOMENT.fullmatch(query)) is not None and place is not None and place.snapshots:
            nearest = nearest_snapshot(place.source, named[1].lower(), float(named[2]))
            if nearest is not None:
                text = ", ".join(filter(None, (moment_beside_number(place.source, nearest), f"snapshot {nearest}")))
                deeds.append(Deed(text, "Timeline", lambda: self._window.timeline.go_to(nearest)))
        if RULE.search(query) is not None and place is not None:
            deeds.append(Deed(f"Units where {query}", "Select", partial(self._window.selecting.select, "rule", query)))
        elif (value := VALUE.fullmatch(query)) is not None:
            number = float(value[2].replace("−", "-"))
            panels = self._window.panels.values()
            deeds += best(value[1], [deed for panel in panels for deed in _numbers(panel, number)])
        return deeds


def _numbers(panel: Panel, number: float) -> Iterator[Deed]:
    """The settings of a panel that take a number."""
    for name, setting in panel.kept.items():
        text, write = f"{panel.title}: {panel.kept.words[name]}", _takes_number(setting.control)
        if write is not None:
            yield Deed(f"{text} = {number:g}", "Setting", partial(write, number))


def _takes_number(control: QWidget | None) -> Callable[[float], object] | None:
    """What gives a control a number; None where it takes none."""
    if isinstance(control, (NumberSlider, QDoubleSpinBox)):
        return control.set_value if isinstance(control, NumberSlider) else control.setValue
    if isinstance(control, QSpinBox):
        return lambda number: control.setValue(round(number))
    if isinstance(control, WholeSlider):
        return lambda number: control.box.setValue(round(number))
    return None


def _of_settings(panel: Panel, dock: TitledDock) -> Iterator[Deed]:
    """Switches to flip, choices to make, and numbers to go to."""
    for name, setting in panel.kept.items():
        text, value = f"{panel.title}: {panel.kept.words[name]}", setting.read()
        if isinstance(value, bool):
            now = "off" if value else "on"
            yield Deed(f"{text} {now}", "Setting", partial(panel.restore, {name: not value}))
        for option in setting.options:
            if option != value:
                yield Deed(f"{text} {option}", "Setting", partial(panel.restore, {name: option}))
        for switch in setting.switches():
            yield Deed(f"{text} {switch.data()} {'off' if switch.isChecked() else 'on'}", "Setting", switch.trigger)
        if _takes_number(setting.control) is not None:
            yield Deed(f"{text} …", "Setting", partial(_focus, panel, dock, setting))


def _focus(panel: Panel, dock: TitledDock, setting: Setting) -> None:
    """Bring the panel to the front, and the keyboard to a setting's control where that is in sight then."""
    dock.come()
    control = setting.control
    if control is not None and control.isVisible():
        (control.box if isinstance(control, (NumberSlider, WholeSlider)) else control).setFocus()
    else:
        panel.setFocus()
