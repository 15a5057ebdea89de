"""The windows that explain: the guide (the pages of `resources/guide`), and the help of the panels."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser

from workbench.gui.state import theme
from workbench.gui.widgets.screens import open_up
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from PySide6.QtWidgets import QWidget

    from workbench.gui.background.jobs import Jobs
    from workbench.gui.widgets.notices import Notices
    from workbench.gui.window.docks import Row

PAGES = (
    "guide/window.md",
    "guide/panels.md",
    "guide/your-own-trainings.md",
    "guide/your-own-networks.md",
    "guide/surgery.md",
    "guide/sweeps.md",
    "guide/comparing.md",
    "guide/figures.md",
    "guide/reproduction.md",
    "guide/command-line.md",
    "guide/python.md",
    "guide/reliability.md",
    "guide/speed.md",
    "run-file.md",
    "CONTRIBUTING.md",
    "bundle/README.md",
)
MARKDOWN = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


def read_guide() -> Generator[dict[str, Any], None, None]:
    """Yield the guide once: the text of each page and the image of each picture, by its name below `resources`."""
    folder = resource("guide").parent
    pages: dict[str, Any] = {name: (folder / name).read_text(encoding="utf-8") for name in PAGES}
    pictures = {f"pictures/{path.name}": QImage(str(path)) for path in (folder / "pictures").glob("*.png")}
    yield pages | pictures


class GuideWindow(QDialog):
    """A list of the pages and the chosen page; the workbench stays usable beside it."""

    def __init__(self, jobs: Jobs, notices: Notices, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        open_up(self, 980, 680)
        self.list = QListWidget()
        self.list.setAccessibleName("Pages")
        self.page = _Page()
        self.page.setAccessibleName("Page")
        self.page.setOpenLinks(False)
        row = QHBoxLayout(self)
        row.addWidget(self.list)
        row.addWidget(self.page, 1)
        self.list.currentRowChanged.connect(lambda index: self.page.show_page(PAGES[index]))
        self.page.anchorClicked.connect(self._on_page_anchor_clicked)
        self.page.setPlainText("Reading the guide…")
        jobs.start(read_guide(), self._on_read, notices.tell_error)

    def _on_read(self, guide: Mapping[str, Any]) -> None:
        self.page.guide = guide
        self.list.addItems([_title(guide[name]) for name in PAGES])
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + 40)
        self.list.setCurrentRow(0)

    def _on_page_anchor_clicked(self, link: QUrl) -> None:
        name = self.page.named(link)
        if name in PAGES:
            self.list.setCurrentRow(PAGES.index(name))


class _Page(QTextBrowser):
    """A page of the guide; what it needs comes from `guide` and never from the disk."""

    def __init__(self) -> None:
        super().__init__()
        self.guide: Mapping[str, Any] = {}
        self._name = PAGES[0]
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextBrowserInteraction | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_page(self, name: str) -> None:
        """Show the page of this name from its top."""
        self._name = name
        self.document().setMarkdown(self.guide[name], MARKDOWN)
        theme.fit_headings(self.document())
        self.moveCursor(self.textCursor().MoveOperation.Start)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and self._name in self.guide:  # Markdown keeps the size of code
            place = self.verticalScrollBar().value()
            self.show_page(self._name)
            self.verticalScrollBar().setValue(place)

    def named(self, link: QUrl) -> str:
        """The name below `resources` that a link on this page leads to; "" outside of them."""
        if not link.isRelative():
            return ""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self._name), link.path()))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        return self.guide.get(self.named(QUrl(name)))


def _title(page: str) -> str:
    return page.partition("\n")[0].removeprefix("# ")


class HelpWindow(QDialog):
    """A list of the panels, and the page about the chosen one; the workbench stays usable beside it."""

    def __init__(self, panels: Mapping[str, Row], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("What the panels show")
        open_up(self, 860, 560)
        self._panels = panels
        self._names = tuple(panels)
        self.list = QListWidget()
        self.list.setAccessibleName("Panels")
        self.list.addItems([panel.title for panel in panels.values()])
        self.list.setFixedWidth(self.list.sizeHintForColumn(0) + 40)
        self.page = QTextBrowser()
        self.page.setAccessibleName("Explanation")
        self.page.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        row = QHBoxLayout(self)
        row.addWidget(self.list)
        row.addWidget(self.page, 1)
        self.list.currentRowChanged.connect(self._on_list_current_row_changed)

    def explain(self, name: str) -> None:
        """Show the page about a panel."""
        self.list.setCurrentRow(self._names.index(name))
        self.show()
        self.raise_()
        self.activateWindow()

    def _on_list_current_row_changed(self, row: int) -> None:
        self.page.setHtml(self._panels[self._names[row]].kind.page)
