"""Every text that the application's windows show, as a person would read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QModelIndex
from PySide6.QtGui import QAction, Qt, QTextDocument
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QCommandLinkButton,
    QGraphicsSimpleTextItem,
    QGraphicsTextItem,
    QGraphicsView,
    QGroupBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QProgressBar,
    QTabBar,
    QTextEdit,
    QWidget,
)

from workbench.gui.plots.legend import Legend
from workbench.gui.widgets.plain_text import ElidedLabel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Shown:
    """One text as it is read: after Qt has made of it what it makes of HTML and of mnemonics."""

    where: str
    text: str
    pictures: bool  # whether something in it would be loaded


def shown_texts() -> Iterator[Shown]:
    """All texts of all widgets there are, also of those that are hidden at the moment."""
    for widget in QApplication.allWidgets():
        where = f"{type(widget).__name__} {widget.objectName()}".strip()
        yield _maybe_rich(f"tool tip of {where}", widget.toolTip())
        yield _maybe_rich(f"what's this of {where}", widget.whatsThis())
        yield _plain(f"status tip of {where}", widget.statusTip())
        if widget.isWindow() or type(widget).__name__ == "QDockWidget":
            yield _plain(f"title of {where}", widget.windowTitle().replace("[*]", ""))
        for action in widget.actions():
            yield from _action(where, action)
        for kind, read in READERS.items():
            if isinstance(widget, kind):
                yield from read(where, widget)


def _plain(where: str, text: str) -> Shown:
    return Shown(where, text, False)


def _rich(where: str, html: str) -> Shown:
    document = QTextDocument()
    document.setHtml(html)
    text = document.toPlainText()
    return Shown(where, text.replace("\ufffc", ""), "\ufffc" in text)


def _maybe_rich(where: str, text: str) -> Shown:
    return _rich(where, text) if Qt.mightBeRichText(text) else _plain(where, text)


def _mnemonic(where: str, text: str) -> Shown:
    """`&x` underlines x, `&&` is read as `&`."""
    parts = text.split("&&")
    return _plain(where, "&".join(part.replace("&", "") for part in parts))


def _action(where: str, action: QAction) -> Iterator[Shown]:
    yield _mnemonic(f"action of {where}", action.text())
    yield _maybe_rich(f"tool tip of an action of {where}", action.toolTip())
    yield _plain(f"status tip of an action of {where}", action.statusTip())


def _label(where: str, label: QLabel) -> Iterator[Shown]:
    kinds = {Qt.TextFormat.PlainText: _plain, Qt.TextFormat.RichText: _rich}
    read = kinds.get(label.textFormat(), _maybe_rich)
    yield (_mnemonic if label.buddy() is not None and read is _plain else read)(where, label.text())


def _button(where: str, button: QAbstractButton) -> Iterator[Shown]:
    yield _mnemonic(where, button.text())
    if isinstance(button, QCommandLinkButton):
        yield _plain(where, button.description())


def _combo(where: str, box: QComboBox) -> Iterator[Shown]:
    for index in range(box.count()):
        yield _plain(where, box.itemText(index))
        yield _maybe_rich(f"tool tip in {where}", str(box.itemData(index, Qt.ItemDataRole.ToolTipRole) or ""))


def _tabs(where: str, bar: QTabBar) -> Iterator[Shown]:
    for index in range(bar.count()):
        yield _mnemonic(where, bar.tabText(index))
        yield _maybe_rich(f"tool tip in {where}", bar.tabToolTip(index))


def _message(where: str, box: QMessageBox) -> Iterator[Shown]:
    read = _plain if box.textFormat() is Qt.TextFormat.PlainText else _maybe_rich
    yield read(where, box.text())
    yield read(where, box.informativeText())
    yield _plain(where, box.detailedText())


def _view(where: str, view: QAbstractItemView) -> Iterator[Shown]:
    model = view.model()
    if model is None:
        return

    flat = isinstance(model, QAbstractListModel)

    def inside(parent: QModelIndex) -> Iterator[Shown]:
        for row in range(min(model.rowCount(parent), 200)):
            for column in range(1 if flat else model.columnCount(parent)):
                index = model.index(row, column, parent)
                yield _plain(where, str(index.data() or ""))
                tip = index.data(Qt.ItemDataRole.ToolTipRole)
                yield _maybe_rich(f"tool tip in {where}", str(tip or ""))
            if not flat:
                yield from inside(model.index(row, 0, parent))

    yield from inside(QModelIndex())


def _scene(where: str, view: QGraphicsView) -> Iterator[Shown]:
    scene = view.scene()
    for item in scene.items() if scene is not None else ():
        yield _maybe_rich(f"tool tip in {where}", item.toolTip())
        if isinstance(item, QGraphicsTextItem):
            yield _rich(f"text in {where}", item.toHtml())
        elif isinstance(item, QGraphicsSimpleTextItem):
            yield _plain(f"text in {where}", item.text())


READERS: dict[type[QWidget], Callable[[str, Any], Iterator[Shown]]] = {
    QLabel: _label,
    QAbstractButton: _button,
    QComboBox: _combo,
    QTabBar: _tabs,
    QMessageBox: _message,
    QAbstractItemView: _view,
    QGraphicsView: _scene,
    QGroupBox: lambda where, box: iter((_mnemonic(where, box.title()),)),
    QLineEdit: lambda where, edit: iter((_plain(where, edit.text()), _plain(where, edit.placeholderText()))),
    QProgressBar: lambda where, bar: iter((_plain(where, bar.text()),)),
    QPlainTextEdit: lambda where, edit: iter((_plain(where, edit.toPlainText()),)),
    QTextEdit: lambda where, edit: iter((_rich(where, edit.toHtml()),)),
    ElidedLabel: lambda where, label: iter((_plain(where, label.text()),)),
    Legend: lambda where, legend: (_plain(where, entry.text) for entry in legend.entries),
}
