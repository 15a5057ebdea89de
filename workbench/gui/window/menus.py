"""The menus and shortcuts of the window, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from PySide6.QtGui import QAction, QKeySequence

from workbench.gui.widgets.plain_text import as_action, as_tooltip, literal
from workbench.gui.window.at_hand.context_menus import ContextMenus
from workbench.gui.window.docks import PRESETS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PySide6.QtWidgets import QMenu

    from workbench.gui.window.docks import Preset
    from workbench.gui.window.main_window import MainWindow


@dataclass(frozen=True)
class Entry:
    """One line of a menu."""

    text: str
    shortcut: str | QKeySequence.StandardKey  # several with spaces between them
    do: Callable[[MainWindow], object]
    tip: str = ""


@dataclass(frozen=True)
class Made:
    """Lines whose actions something else makes: switches, what changes its name."""

    make: Callable[[MainWindow], Iterable[QAction]]


@dataclass(frozen=True)
class Submenu:
    """A menu in a menu, filled each time it is shown."""

    text: str
    fill: Callable[[QMenu, MainWindow], None]


COMPARE_WITH, NAMED_SETS = "Co&mpare with", "Named &sets"
Row: TypeAlias = "Entry | Made | Submenu | None"  # None: a line between groups


def panel_switches(window: MainWindow) -> Iterable[QAction]:
    """The switches that show and hide each panel."""
    taken: set[str] = set()
    for name, row in window.panels.rows.items():
        switch, shortcut = window.docks[name].switch, QKeySequence(row.shortcut)
        if shortcut.toString() not in taken:  # of two with the same key Qt would start neither
            switch.setShortcut(shortcut)
            taken.add(shortcut.toString())
        yield switch
    yield window.log_dock.switch()


def fill_recent(menu: QMenu, window: MainWindow) -> None:
    """List the runs opened last."""
    menu.clear()
    for path in window.settings.recent():
        action = menu.addAction(as_action(str(path)))
        action.setToolTip(as_tooltip(literal(str(path))))
        action.triggered.connect(lambda _checked=False, path=path: window.open(path))
    if menu.isEmpty():
        menu.addAction("Nothing opened yet").setEnabled(False)


def fill_programs(menu: QMenu, window: MainWindow) -> None:
    """List what has a program to copy: the panels, the exports of the run, going on with its training."""
    from workbench.gui.state.data_program import PARTS

    menu.clear()
    for name, row in window.panels.rows.items():
        action, panel = menu.addAction(row.title), window.panels.made.get(name)
        action.setEnabled(panel is not None and panel.isVisible() and panel.as_python() is not None)
        action.triggered.connect(lambda _checked=False, name=name: window.help_actions.copy_as_python(name))
    menu.addSeparator()
    run = window.session.selection.run
    for part in PARTS:
        for ending in part.endings:
            action = menu.addAction(f"{part.text} ({ending})")
            action.setEnabled(run is not None and run.snapshots > 0)
            action.triggered.connect(
                lambda _checked=False, part=part, ending=ending: window.data_actions.copy_as_python(part, ending)
            )
    menu.addSeparator()
    action = menu.addAction("Resume the training")
    action.setEnabled(run is not None and run.spec.facts is not None)
    action.triggered.connect(lambda _checked=False: window.help_actions.copy_resuming())


def fill_sets(menu: QMenu, window: MainWindow) -> None:
    """Name what is selected, select a named set of the layer, or forget one."""
    menu.clear()
    units = window.session.selection.units
    graph: Any = window.panels["graph"]
    graph.looking.sets.add_to(menu, units)
    if menu.isEmpty():
        menu.addAction("No set of this layer has a name: select units first").setEnabled(False)


def fill_compared(menu: QMenu, window: MainWindow) -> None:
    """List the open runs that can stand beside the selected one in every panel."""
    menu.clear()
    compared, place = window.session.compared, window.session.selection.place
    runs = [run for run in window.session.runs if place is not None and run.locator != place.run.locator]
    for run in (None, *runs):
        action = menu.addAction("None" if run is None else as_action(literal(run.path.name)))
        action.setCheckable(True)
        action.setChecked(compared.run is run or (run is not None and compared.run == run))
        action.triggered.connect(lambda _checked=False, run=run: compared.choose(run))


def rebuild_report(window: MainWindow) -> None:
    """Ask which figures of the report are to be rebuilt."""
    from workbench.gui.work.experiments.pages import ask_for_reproduction

    ask_for_reproduction(window.shop, window.publisher)


def ask_question(window: MainWindow) -> None:
    """Ask which open question of the report an experiment is to answer."""
    from workbench.gui.work.experiments.pages import ask_for_question

    ask_for_question(window.shop, window.publisher)


def fill_exports(menu: QMenu, window: MainWindow) -> None:
    """List what can be exported from the selected run."""
    from workbench.gui.state.data_program import PARTS

    menu.clear()
    for part in PARTS:
        action = menu.addAction(f"{part.text}…")
        action.triggered.connect(lambda _checked=False, part=part: window.data_actions.export(part))


def _preset(preset: Preset) -> Entry:
    return Entry(
        f"{preset.name} layout", preset.shortcut, lambda window: window.dock_area.arrange(preset.layout), preset.tip
    )


MENUS: dict[str, tuple[Row, ...]] = {
    "&File": (
        Entry("&Open a run…", QKeySequence.StandardKey.Open, lambda window: window.choose_file()),
        Submenu("Open &recent", fill_recent),
        Entry("&Browse runs…", "Ctrl+B", lambda window: window.browse(), "List the runs of a folder in a table"),
        Entry("&Close run", "Ctrl+W", lambda window: window.close_run()),
        None,
        Entry("Open s&ession…", "Ctrl+Shift+O", lambda window: window.sessions.choose()),
        Entry("&Save session", QKeySequence.StandardKey.Save, lambda window: window.sessions.save()),
        Entry("Save session &as…", "Ctrl+Shift+S", lambda window: window.sessions.save_as()),
        Entry("Save session as P&ython…", "", lambda window: window.sessions.save_script()),
        None,
        Entry("&Export figure…", "Ctrl+E", lambda window: window.exporter.export()),
        Entry("Export ani&mation…", "Ctrl+Shift+E", lambda window: window.publisher.ask_for_animation()),
        Entry("Export pa&ge…", "", lambda window: window.publisher.ask_for_page()),
        Submenu("Export &data", fill_exports),
        Entry("Write a report (&HTML, PDF)…", "", lambda window: window.publisher.ask_for_report()),
        Entry(
            "Re&build Figures 1 to 8…",
            "",
            rebuild_report,
            "Train the networks of the report and draw its figures, each number beside the report's",
        ),
        Entry("As&k an open question…", "", ask_question, "Answer an open question of the report by an experiment"),
        None,
        Entry("&Import…", "Ctrl+I", lambda window: window.import_actions.choose()),
        Entry("Import a &folder…", "Ctrl+Shift+I", lambda window: window.import_actions.choose_folder()),
        Entry("&Network and data…", "", lambda window: window.data_actions.name_network()),
        None,
        Entry("&Train a network…", "Ctrl+T", lambda window: window.train_actions.train()),
        Entry(
            "Sweep…",
            "",
            lambda window: window.train_actions.sweep(),
            "Train every combination of several values, as many at a time as fit",
        ),
        Entry("&Prune and train on…", "Ctrl+Shift+T", lambda window: window.train_actions.retrain()),
        Entry(
            "Redra&w layers and train…",
            "",
            lambda window: window.train_actions.resample(),
            "Train the run again from its start with a redrawn classifier, and compare both",
        ),
        Entry("Res&ume the training", "", lambda window: window.resuming.resume_selected()),
        None,
        Entry("&Quit", "Ctrl+Q", lambda window: window.close()),
    ),
    "&Edit": (
        Made(lambda window: window.history.actions()),
        None,
        Entry(
            "Copy as &Python",
            "Ctrl+Shift+C",
            lambda window: window.help_actions.copy_as_python(),
            "Copy a program that computes what the panel under the mouse shows",
        ),
        Submenu("Copy other as Python", fill_programs),
    ),
    "&Select": (Made(lambda window: window.selecting.actions()), None, Submenu(NAMED_SETS, fill_sets)),
    "&Timeline": (
        Entry("&Play or pause", "Space", lambda window: window.player.toggle()),
        Entry("&Back", "Left", lambda window: window.timeline.step(-1)),
        Entry("&Forward", "Right", lambda window: window.timeline.step(1)),
        Entry("Ten back", "Shift+Left", lambda window: window.timeline.step(-10)),
        Entry("Ten forward", "Shift+Right", lambda window: window.timeline.step(10)),
        Entry("&First snapshot", "Home", lambda window: window.timeline.go_to(0)),
        Entry("&Last snapshot", "End", lambda window: window.timeline.go_to_last()),
    ),
    "&View": (
        *map(_preset, PRESETS),
        Entry("&Reset layout", "Ctrl+Shift+R", lambda window: window.dock_area.reset()),
        Entry(
            "&Fill the window with a panel",
            "F11",
            lambda window: window.filling.toggle(),
            "Show the panel under the mouse alone, or all panels again",
        ),
        Submenu(COMPARE_WITH, fill_compared),
        None,
        Made(panel_switches),
        None,
        Made(lambda window: window.appearance.theme_actions()),
        None,
        Made(lambda window: window.appearance.text_actions(window)),
    ),
    "&Help": (
        Entry("&Guide", "Shift+F1", lambda window: window.help_actions.open_guide(), "Open the guide"),
        Entry("&Tour", "", lambda window: window.tour.begin(), "See the main panels in six steps, on sample A"),
        Entry("&What this panel shows", "F1", lambda window: window.help_actions.explain()),
        Entry("&Commands…", "Ctrl+K Ctrl+Shift+P", lambda window: window.commands.ask()),
        Entry("Show all &keys", "?", lambda window: window.commands.ask("?")),
    ),
}


def make_menus(window: MainWindow) -> dict[str, QMenu]:
    """The menus of the window's menu bar and those in it by their titles, filled from the table."""
    menus = {title: window.menuBar().addMenu(title) for title in MENUS}
    for menu in menus.values():
        menu.setToolTipsVisible(True)  # they also say why something cannot be done now
    inner: dict[str, QMenu] = {}
    for title, rows in MENUS.items():
        for row in rows:
            _add(row, menus[title], window, inner)
    ContextMenus(window)
    return menus | inner


def _add(row: Row, menu: QMenu, window: MainWindow, inner: dict[str, QMenu]) -> None:
    if row is None:
        menu.addSeparator()
    elif isinstance(row, Made):
        menu.addActions(list(row.make(window)))
    elif isinstance(row, Submenu):
        submenu = inner[row.text] = menu.addMenu(row.text)
        submenu.aboutToShow.connect(lambda: row.fill(submenu, window))
    else:
        action = QAction(row.text, window)
        keys = row.shortcut.split() if isinstance(row.shortcut, str) else [row.shortcut]
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda: row.do(window))
        action.setToolTip(row.tip)
        menu.addAction(action)
