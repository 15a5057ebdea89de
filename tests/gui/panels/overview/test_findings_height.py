"""The findings take the height of their sentences, and come to rest at every width and height."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from workbench.figures.overview.costs import LayerCosts
from workbench.gui.panels.overview.findings import Findings

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.overview.panel import OverviewPanel

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


def moved(widget: QWidget, onto: bool) -> None:
    """The mouse comes over a widget, or leaves it."""
    at = QPointF(5.0, 5.0)
    QApplication.sendEvent(widget, QEnterEvent(at, at, at) if onto else QEvent(QEvent.Type.Leave))


def test_sentences_under_the_mouse_wait_until_it_leaves_or_clicks(panel: OverviewPanel, qtbot: QtBot) -> None:
    findings, known = panel.findings, panel.shown_result
    few = {name: replace(each, images=100, complete=False) for name, each in panel.costs.items()}
    before = findings.toPlainText()
    assert "about " not in before
    moved(findings, onto=True)
    findings.show_findings(known, few, "fc1", measuring=True)
    assert findings.toPlainText() == before
    moved(findings, onto=False)
    assert "about " in findings.toPlainText()
    assert " so far: about " in findings.headline.toPlainText()
    moved(findings.headline, onto=True)
    findings.show_findings(known, dict(panel.costs), "fc1", measuring=True)
    assert "about " in findings.toPlainText()
    qtbot.mouseClick(findings.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert findings.toPlainText() == before
    findings.show_findings(known, few, "fc1", measuring=True)
    findings.show_findings(known, panel.costs, "fc1")
    assert (findings.toPlainText(), findings._waiting) == (before, None), "all numbers are there"
    moved(findings.headline, onto=False)
    findings.show_findings(known, few, "fc2", measuring=True)
    assert "about " in findings.toPlainText(), "another layer was chosen"


def test_the_headline_stays_in_sight_where_the_sentences_scroll(panel: OverviewPanel, qtbot: QtBot) -> None:
    panel.resize(380, 420)
    head, bar = panel.findings.headline, panel.findings.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    assert head.height() >= head.document().size().height()
    assert not head.verticalScrollBar().isVisible()
    assert head.isVisible()
    assert " is the most redundant layer: " in head.toPlainText()
    assert " is the most redundant layer: " not in panel.findings.toPlainText()


def test_the_table_stays_in_its_place_under_the_mouse_and_while_numbers_come(panel: OverviewPanel) -> None:
    findings, known = panel.findings, panel.shown_result
    moved(panel, onto=False)
    panel.resize(500, 900)  # a sentence takes several lines
    findings.show_findings(known, panel.costs, "fc1", measuring=True)
    tall = findings.maximumHeight()
    few = {name: LayerCosts(each.place) for name, each in panel.costs.items()}
    findings.show_findings(known, few, "fc1", measuring=True)
    assert findings.maximumHeight() == tall, "no number that comes makes it lower"
    findings.show_findings(known, few, "fc1")
    low = findings.maximumHeight()
    assert low < tall, "all numbers are there"
    moved(panel, onto=True)
    findings.show_findings(known, panel.costs, "fc1", measuring=True)
    assert findings.maximumHeight() == low
    moved(panel, onto=False)
    assert findings.maximumHeight() == tall
    moved(panel, onto=True)
    less = replace(known, histories={**known.histories, "fc1": {}})
    findings.show_findings(less, panel.costs, "fc2", measuring=True)
    assert findings.maximumHeight() < tall, "these are other layers"
    moved(panel, onto=False)


def test_many_layers_are_written_around_the_chosen_one(panel: OverviewPanel) -> None:
    known = panel.shown_result
    row = known.histories["fc1"][known.last]
    many = {f"layer {number}": {known.last: row} for number in range(1000)}
    panel.findings.show_findings(replace(known, histories=many), {}, "layer 500")
    assert panel.findings.toPlainText().count("fc1: ") == 24
    assert "976 more layers" in panel.findings.toPlainText()
