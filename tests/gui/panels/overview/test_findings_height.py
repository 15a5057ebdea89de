"""The findings take the height of their sentences, and come to rest at every width and height."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from workbench.gui.panels.overview.findings import Findings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

SENTENCES = "".join(f"<p>fc{number}: 13 of 300 units never fire on the 144 images, most since epoch 0.9.</p>"
                    for number in range(4))  # fmt: skip


class Resizes(QObject):
    """Counts how often the size changed."""

    count = 0

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Resize
        return False


@pytest.mark.parametrize("width", range(150, 700, 50))
def test_the_findings_come_to_rest_without_a_scroll_bar_where_there_is_room(qtbot: QtBot, width: int) -> None:
    page, findings, counted = QWidget(), Findings(), Resizes()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(findings)
    column.addStretch()
    page.resize(width, 900)
    page.show()
    findings.setHtml(SENTENCES)
    findings.fit()
    findings.installEventFilter(counted)
    for height in (900, 60, 900):
        page.resize(width, height)
        counted.count = 0
        for _ in range(30):
            QApplication.processEvents()
        assert counted.count <= 6
        needed = findings.document().size().height() > findings.viewport().height()
        assert findings.verticalScrollBar().isVisible() is needed is (height == 60)
