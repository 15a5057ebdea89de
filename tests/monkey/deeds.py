"""What the monkey does with the window, as a person and a disk might; each says in words what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dialogs
import hands
from disk import spoil
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from workbench.gui.bench import driving
from workbench.gui.bench.waiting import rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from driver import Monkey
    from PySide6.QtGui import QAction

Keys = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
KEYS = (
    *((key, hands.NONE) for key in (Keys.Key_Left, Keys.Key_Right, Keys.Key_Home, Keys.Key_End, Keys.Key_Space)),
    *((key, hands.NONE) for key in (Keys.Key_Tab, Keys.Key_Escape, Keys.Key_Up, Keys.Key_Down, Keys.Key_F1)),
    *((key, SHIFT) for key in (Keys.Key_Left, Keys.Key_Right)),
    *((key, CONTROL) for key in (Keys.Key_Z, Keys.Key_Z, Keys.Key_Y, Keys.Key_W, Keys.Key_K, Keys.Key_S)),
)
TYPED = ("epoch 3", "snapshot 2", "cut-off .4", "rank 5", "dark", "light", "fc1", "spectrum", "log", "xyz", "<b>")
LEAVES_OUT = ("Quit", "Report", "Train a network", "Prune and train", "Redraw layers")  # they have deeds of their own


def open_files(monkey: Monkey) -> str:
    """Through the menu, as the file dialog is answered."""
    count = monkey.random.choice((1, 1, 1, 2, 4))
    monkey.chooser.wanted = monkey.random.sample(monkey.files, count)
    names = ", ".join(path.name for path in monkey.chooser.wanted)
    _action(monkey, "&Open a run…").trigger()
    return f"opened {names}"


def open_copies(monkey: Monkey) -> str:
    """Files that share one run id, one after the other."""
    of_conv = [path for path in monkey.files if "digits_conv" in path.name or path.name == "damaged.h5"]
    paths = monkey.random.sample(of_conv, 2)
    monkey.window.open(*paths)
    return f"opened copies {', '.join(map(str, paths))}"


def drop(monkey: Monkey) -> str:
    """Drop a run, a figure, a checkpoint, a session or a folder on the window."""
    made = [path for path in monkey.out.rglob("*") if path.is_file()]
    folders = [monkey.folder / "zoo" / "elsewhere"]
    pool = monkey.random.choice([monkey.files, made or monkey.files, made or monkey.files, folders])
    paths = [monkey.random.choice(pool) for _ in range(monkey.random.choice((1, 1, 1, 2)))]
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    where, actions, buttons = QPointF(200, 200), Qt.DropAction.CopyAction, hands.LEFT
    entering = QDragEnterEvent(where.toPoint(), actions, data, buttons, hands.NONE)
    QApplication.sendEvent(monkey.window, entering)
    if entering.isAccepted():
        QApplication.sendEvent(monkey.window, QDropEvent(where, actions, data, buttons, hands.NONE))
    return f"dropped {', '.join(path.name for path in paths)}"


def close_run(monkey: Monkey) -> str:
    run = monkey.window.session.selection.run
    monkey.window.close_run()
    return f"closed {run.path.name if run else 'nothing'}"


def drag_timeline(monkey: Monkey) -> str:
    run = monkey.window.session.selection.run
    if run is None or not monkey.window.timeline.plot.isVisible():
        return ""
    last = max(run.snapshots - 1, 0)
    start, end = monkey.random.uniform(-1, last + 1), monkey.random.uniform(-1, last + 1)
    moves = monkey.random.choice((1, 4, 15, 40))
    for _ in driving._mouse(monkey.window, [start + (end - start) * move / moves for move in range(moves + 1)]):
        rest(driving.MOVE_MS)
    return f"dragged the timeline {start:.1f} → {end:.1f}"


def press_key(monkey: Monkey) -> str:
    pressed, modifier = monkey.random.choice(KEYS)
    hands.key(monkey.window, pressed, modifier)
    return f"pressed {modifier.name} {pressed.name}"


def choose_layer(monkey: Monkey) -> str:
    """In the tree of the run panel."""
    tree = monkey.window.run_panel.tree
    tops = [tree.topLevelItem(number) for number in range(tree.topLevelItemCount())]
    items = [item for top in tops for item in (top, *(top.child(row) for row in range(top.childCount())))]
    if not items or not tree.isVisible():
        return ""
    item = monkey.random.choice(items)
    name = item.text(0)
    tree.scrollToItem(item)
    hands.click(tree.viewport(), tree.visualItemRect(item).center())
    return f"chose {name!r}"


def touch(monkey: Monkey) -> str:
    """Click somewhere on anything within reach."""
    top = monkey.any_window()
    inner = hands.within_reach(top)
    if not inner:
        return ""
    widget = monkey.random.choice(inner)
    name, modifier = hands.name_of(widget), monkey.random.choice(hands.MODIFIERS)
    button = hands.RIGHT if monkey.random.random() < 0.1 else hands.LEFT
    at = hands.somewhere(widget, monkey.random)
    (hands.double_click(widget, at) if monkey.random.random() < 0.1 else hands.click(widget, at, button, modifier))
    return f"clicked {name} at {at.x()}, {at.y()} {modifier.name}"


def drag_something(monkey: Monkey) -> str:
    """A node, a lasso, a cursor, a slider: whatever lies there."""
    dragged = ("GraphView", "LowRankPlot", "PruningPlot", "SpectrumPlot", "TickedSlider", "QSlider", "CurvePlot")
    inner = [each for each in hands.within_reach(monkey.window) if type(each).__name__ in dragged]
    if not inner:
        return ""
    widget, modifier = monkey.random.choice(inner), monkey.random.choice(hands.MODIFIERS)
    name = hands.name_of(widget)
    hands.drag(widget, hands.path_within(widget, monkey.random, monkey.random.choice((2, 6, 20))), 4, modifier)
    return f"dragged over {name} {modifier.name}"


def wheel(monkey: Monkey) -> str:
    inner = [each for each in hands.within_reach(monkey.window) if type(each).__name__.endswith(("Plot", "View"))]
    if not inner:
        return ""
    widget = monkey.random.choice(inner)
    name, at = hands.name_of(widget), widget.mapTo(monkey.window, hands.somewhere(widget, monkey.random))
    QTest.wheelEvent(monkey.window.windowHandle(), QPointF(at), QPoint(0, monkey.random.choice((-240, 120, 480))))
    return f"turned the wheel over {name}"


def hover(monkey: Monkey) -> str:
    inner = hands.within_reach(monkey.window)
    if not inner:
        return ""
    widget = monkey.random.choice(inner)
    name = hands.name_of(widget)  # a widget may end while the event loop runs
    hands.move(widget, hands.somewhere(widget, monkey.random))
    return f"pointed at {name}"


def menu_action(monkey: Monkey) -> str:
    """Any enabled action of any menu."""
    title, menu = monkey.random.choice(list(monkey.window.menus.items()))
    menu.aboutToShow.emit()
    inner = [each.menuAction() for each in monkey.window.menus.values()]  # PySide's `action.menu()` would end them
    actions = [
        action
        for action in menu.actions()
        if action.isEnabled() and not action.isSeparator() and action not in inner
        and not any(name in action.text().replace("&", "") for name in LEAVES_OUT)
    ]  # fmt: skip
    if not actions:
        return ""
    action = monkey.random.choice(actions)
    text = action.text()
    action.trigger()
    return f"menu {title} › {text}"


def palette(monkey: Monkey) -> str:
    """Open the palette, type, and do the first that is offered, or not."""
    hands.key(monkey.window, Keys.Key_K, CONTROL)
    rest(20)
    top = QApplication.activeModalWidget()
    if top is None:
        return "palette did not come"
    typed = monkey.random.choice(TYPED)
    hands.type_into(top, typed)
    for _ in range(monkey.random.choice((0, 0, 1, 3))):
        hands.key(top, Keys.Key_Down)
    rest(10)
    hands.key(top, monkey.random.choice((Keys.Key_Return, Keys.Key_Return, Keys.Key_Escape)))
    return f"palette {typed!r}"


def train(monkey: Monkey) -> str:
    if monkey.window.trainer.training:
        return ""
    _action(monkey, monkey.random.choice(("&Train a network…", "&Train a network…", "&Prune and train on…"))).trigger()
    return "asked for a training"


def stop_training(monkey: Monkey) -> str:
    if not monkey.window.trainer.training:
        return ""
    monkey.window.trainer.stop()
    return "stopped the training"


def resume(monkey: Monkey) -> str:
    if monkey.random.random() < 0.5:
        monkey.window.open(monkey.folder / "zoo" / "interrupted.h5")
        return "opened the interrupted run"
    _action(monkey, "Res&ume the training").trigger()
    return "resumed"


def export_figure(monkey: Monkey) -> str:
    name = monkey.random.choice(list(monkey.window.panels))
    way = monkey.random.choice(("figure", "figure", "image", "data", "python"))
    monkey.window.exporter.export(name, way)
    return f"export of {name} as {way}"


def report(monkey: Monkey) -> str:
    _action(monkey, "Write a report (&HTML, PDF)…").trigger()
    return "asked for a report"


def resize(monkey: Monkey) -> str:
    size = monkey.random.choice(((1280, 800), (1000, 620), (1600, 1000), (700, 500)))
    monkey.window.resize(*size)
    return f"resized to {size}"


def notice(monkey: Monkey) -> str:
    """Press a button of a message in the window."""
    shown = [each for each in monkey.window.notices.shown if each.isVisible()]
    buttons = [button for each in shown for button in hands.within_reach(monkey.window) if each.isAncestorOf(button)]
    if not buttons:
        return ""
    button = monkey.random.choice(buttons)
    text = button.text()
    hands.click(button)
    return f"notice: {text}"


def close_another(monkey: Monkey) -> str:
    others = dialogs.others(monkey.window)
    if not others:
        return ""
    top = monkey.random.choice(others)
    top.close()
    return f"closed {type(top).__name__}"


def wait(monkey: Monkey) -> str:
    rest(monkey.random.choice((100, 300, 900)))
    return "waited"


def _action(monkey: Monkey, text: str) -> QAction:
    return next(each for menu in monkey.window.menus.values() for each in menu.actions() if each.text() == text)


Deed = "Callable[[Monkey], str]"
DEEDS: tuple[tuple[float, Callable[[Monkey], str]], ...] = (
    (7, open_files),
    (4, open_copies),
    (4, drop),
    (4, close_run),
    (9, drag_timeline),
    (8, press_key),
    (8, choose_layer),
    (10, touch),
    (8, drag_something),
    (3, wheel),
    (4, hover),
    (9, menu_action),
    (4, palette),
    (2, train),
    (2, stop_training),
    (2, resume),
    (3, export_figure),
    (0.3, report),
    (3, spoil),
    (2, resize),
    (3, notice),
    (1, close_another),
    (4, wait),
)
