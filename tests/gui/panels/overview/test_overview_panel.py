"""The overview panel: its numbers are those of the overview, and every number leads to what it rests on."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, QUrl

from workbench import figure, main
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.measures import MEASURES, STORED
from workbench.figures.overview.words import Basis, finding, text_of
from workbench.figures.process.wire import packed
from workbench.gui.panels.overview.answers import Wish, units_of
from workbench.gui.panels.overview.model import FIRST, HEADS
from workbench.runs.place import Place

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.panels.overview.findings import Findings
    from workbench.gui.panels.overview.panel import OverviewPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

LONG = 60_000
LOW = 60  # pixels: the findings between two layouts


def column_of(head: str) -> int:
    return FIRST + [each.head for each in MEASURES].index(head)


def text_in(panel: OverviewPanel, layer: str, head: str) -> str:
    model = panel.table.model()
    row = model.shown.layers.index(layer)  # type: ignore[attr-defined]  # a LayerModel
    text: str = model.index(row, column_of(head)).data()
    return text


def written_in(panel: OverviewPanel) -> str:
    return f"{panel.findings.headline.toPlainText()}\n{panel.findings.toPlainText()}"


def test_numbers_findings_and_links_are_those_of_the_overview(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    last = overview_of(Place(sample, "fc1", sample.snapshots - 1))
    assert [text_in(panel, "fc1", each.head) for each in STORED[:4]] == ["26", "0", "26", "1"]
    assert text_in(panel, "fc1", "Outside bulk") == str(last.outliers)
    assert text_in(panel, "fc1", "Removable") == str(panel.costs["fc1"].removable)
    written = written_in(panel)
    assert panel.pages.y() - panel.findings.geometry().bottom() < 10  # the table lies right below the sentences
    assert text_of(finding(last, panel.costs["fc1"], basis=False)) in written
    assert written.count(panel.costs["fc1"].basis) == 1  # all layers are measured on the same images
    assert all(f"{layer.name}: " in written for layer in sample.layers)
    first, *others = written.split("\n")
    assert " is the most redundant layer: " in first
    assert [line.partition(":")[0] for line in others] == [layer.name for layer in sample.layers]
    model = panel.table.model()
    head = column_of("Removable")
    assert model.headerData(head, Qt.Orientation.Horizontal) == HEADS[head] == "Removable\n≤ 1 point"
    session.select(snapshot=0)
    qtbot.waitUntil(lambda: panel.has_followed)
    assert model.headerData(head, Qt.Orientation.Horizontal) == "Removable\nat the end"
    assert text_in(panel, "fc1", "Isolated") == str(overview_of(Place(sample, "fc1", 0)).isolated)
    assert written_in(panel) == f"At the last snapshot, epoch 40:\n{written}"
    wanted: list[str] = []
    panel.panel_requested.connect(wanted.append)
    place = Place(sample, "fc1", sample.snapshots - 1)
    chosen = frozenset[int]()
    for kind, shows in (("dead", "graph"), ("removable", "pruning"), ("rank", "low_rank")):
        order = panel.costs["fc1"].order
        basis = Basis(kind, place, 5, order)  # type: ignore[arg-type]
        panel.findings.basis_chosen.emit(basis)
        qtbot.waitUntil(lambda: wanted[-1:] == [shows], timeout=LONG)  # noqa: B023
        chosen = units_of(Wish(basis, panel.costs["fc1"])) or chosen  # a rank is of no units
        assert session.selection.units == chosen
        assert session.selection.place == place
    dead = sample.layer("fc1").activity(-1)
    assert dead is not None
    assert len(units_of(Wish(Basis("removable", place), panel.costs["fc1"]))) == panel.costs["fc1"].removable
    assert units_of(Wish(Basis("dead", place), None)) == set(np.flatnonzero(dead == 0).tolist())
    more = units_of(Wish(Basis("more", place), panel.costs["fc1"]))
    assert more == set(panel.costs["fc1"].gone) - set(np.flatnonzero(dead == 0).tolist())


def test_a_click_on_a_number_in_the_text_selects_the_units_it_counts(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    html = panel.findings.toHtml()
    number = html[: html.index("26 of 100 units")].rpartition('href="#')[2].partition('"')[0]
    session.select(layer="conv2", snapshot=0)
    steps: list[object] = []
    session.changed.connect(note := lambda *_: steps.append(session.selection))
    panel.findings.anchorClicked.emit(QUrl(f"#{number}"))
    qtbot.waitUntil(lambda: len(session.selection.units) == 26, timeout=LONG)
    session.changed.disconnect(note)
    assert len(steps) == 1, "one undo takes it back"


def test_a_click_on_another_layer_is_not_undone_by_an_earlier_one_on_a_number(
    panel: OverviewPanel, sample: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.session.select(layer="fc1", units=frozenset())
    clicked = Event()
    monkeypatch.setattr(panel.units_behind, "_compute", lambda wish: clicked.wait(60) and units_of(wish))
    panel.findings.basis_chosen.emit(Basis("dead", Place(sample, "fc1", sample.snapshots - 1)))
    panel.session.select(layer="conv2")
    with qtbot.waitSignal(panel.units_behind.answered, timeout=LONG):
        clicked.set()
    place = panel.session.selection.place
    assert place is not None
    assert (place.layer, panel.session.selection.units) == ("conv2", frozenset())


def test_a_number_of_no_units_leaves_those_that_are_selected(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    session.select(layer="fc1", snapshot=sample.snapshots - 1, units=frozenset({1, 2}))
    with qtbot.waitSignal(panel.panel_requested, timeout=LONG) as wanted:
        panel.findings.basis_chosen.emit(Basis("mergeable", Place(sample, "fc1", sample.snapshots - 1), 37))
    assert wanted.args == ["pruning"]
    assert session.selection.units == {1, 2}


def test_a_click_in_the_table_goes_to_the_layer_and_to_the_panel(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    wanted: list[str] = []
    panel.panel_requested.connect(wanted.append)
    model = panel.table.model()
    network = [model.index(5, column).data() for column in (0, 1, column_of("Dead"), column_of("Removable"))]
    assert network == ["network", "166", "30", ""]
    of_network = panel.table.visualRect(model.index(5, column_of("Dead"))).center()
    qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=of_network)
    assert wanted == []
    for column, shows in ((0, []), (column_of("Outside bulk"), ["spectrum"])):
        area = panel.table.visualRect(panel.table.model().index(1, column))
        qtbot.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, pos=area.center())
        assert session.selection.place is not None
        assert session.selection.place.layer == "conv2"
        assert wanted == shows


def test_a_map_shows_a_measure_over_time_and_a_click_goes_there(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    panel.restore({"measure": "dead"})
    activity = [sample.layer("fc1").activity(snapshot) for snapshot in range(sample.snapshots)]
    shares = [float((each == 0).mean()) for each in activity if each is not None]
    np.testing.assert_allclose(panel.map.shares[2], shares, rtol=0, atol=1e-12)
    assert panel.map.isVisible()
    area = panel.map.map_rectangle
    point = QPointF(area.left() + 3.5 / sample.snapshots * area.width(), area.top() + 0.5 / 5 * area.height())
    qtbot.mouseClick(panel.map, Qt.MouseButton.LeftButton, pos=point.toPoint())
    assert session.selection.place == Place(sample, "conv1", 3)


def test_costs_stop_when_they_are_not_wanted(panel: OverviewPanel, sample: Run, qtbot: QtBot) -> None:
    assert text_in(panel, "fc1", "Removable").isdigit()
    panel.measuring.setChecked(False)
    assert panel.settings()["costs"] is False
    qtbot.waitUntil(lambda: panel.complete, timeout=LONG)
    assert panel.costs == {}
    assert text_in(panel, "fc1", "Removable") == "…"
    assert "measuring" not in panel.line.text()


def test_why_costs_are_not_known_is_said(
    own_panel: OverviewPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, write_run: WriteRun
) -> None:
    def refuse(*_: Any) -> Any:
        raise OSError("the images are on a disk that is not there")

    monkeypatch.setattr("workbench.gui.panels.overview.answers.costs", refuse)
    own_panel.session.add(write_run({"fc1": [np.eye(3, 5)] * 2}))
    qtbot.waitUntil(lambda: own_panel.shown_result is not None and own_panel.complete, timeout=LONG)
    assert "on a disk that is not there" in own_panel.line.text()


def test_what_was_selected_behind_another_tab_is_marked_once_it_is_seen(
    panel: OverviewPanel, sample: Run, session: Session
) -> None:
    panel.hide()
    session.select(layer="conv2", snapshot=0)
    panel.show()
    assert text_in(panel, "conv2", "Isolated") == str(overview_of(Place(sample, "conv2", 0)).isolated)
    assert chosen_in(panel.findings) == "conv2"


def chosen_in(findings: Findings) -> str:
    """The layer whose paragraph has a ground of its own."""
    (chosen,) = (
        block.text()
        for number in range(findings.document().blockCount())
        if (block := findings.document().findBlockByNumber(number)).blockFormat().background().style()
        != Qt.BrushStyle.NoBrush
    )
    return chosen.partition(":")[0]


def test_a_click_on_a_layer_moves_no_paragraph_that_is_in_sight(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    panel.resize(380, 420)  # all of them have no room
    qtbot.waitUntil(lambda: panel.findings.height() > LOW)
    texts, bar = panel.findings.toPlainText(), panel.findings.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    for layer in ("conv1", "fc3", "fc2"):
        session.select(layer=layer)
        qtbot.waitUntil(lambda: panel.has_followed and panel.findings.height() > LOW)  # it is laid out again
        assert panel.findings.toPlainText() == texts
        assert chosen_in(panel.findings) == layer
        if layer == "conv1":
            at_the_top = bar.value()
    at_the_end = bar.value()
    assert at_the_top < at_the_end
    session.select(layer="fc3")  # which was in sight already
    qtbot.waitUntil(lambda: panel.has_followed and panel.findings.height() > LOW)
    assert bar.value() >= at_the_end


def test_what_was_found_is_there_at_once_when_a_run_is_selected_again(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot, write_run: WriteRun
) -> None:
    """As after the tour, which goes to sample A and back."""
    known, costs = text_in(panel, "fc1", "Removable"), panel.costs
    other = write_run({"fc1": [np.eye(3, 5)] * 2})
    session.add(other)
    session.select(source=other)
    qtbot.waitUntil(lambda: panel.complete, timeout=LONG)
    session.select(source=sample)
    qtbot.waitUntil(lambda: panel.shown_result is not None and panel.shown_result.question.place.run == sample)
    assert panel.costs is costs
    assert text_in(panel, "fc1", "Removable") == known
    assert "measuring" not in panel.line.text()


def test_costs_are_measured_again_where_the_images_may_have_changed(
    own_panel: OverviewPanel, own_sample: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Run] = []
    monkeypatch.setattr("workbench.gui.panels.overview.answers.costs", lambda run: iter(asked.append(run) or ()))
    own_panel.retry()
    qtbot.waitUntil(lambda: own_panel.complete, timeout=LONG)
    assert asked == [own_sample]


def test_the_csv_is_that_of_the_command_and_the_figure_shows_the_same(
    panel: OverviewPanel, sample: Run, session: Session, tmp_path: Path
) -> None:
    saved: list[str] = []
    panel.save_requested.connect(lambda _name, text: saved.append(text()))
    path = str(sample.path)
    for options, measure, snapshot in (
        (["--costs"], "all", -1),
        (["--all-snapshots"], "dead", -1),
        (["--all-snapshots", "--costs"], "all", 3),
    ):
        panel.restore({"measure": measure})
        session.select(snapshot=sample.resolve(snapshot))
        panel.save()
        out = tmp_path / f"{len(saved)}.csv"
        assert main(["overview", path, *options, "--out", str(out)]) == 0
        head, *rows = out.read_bytes().splitlines(keepends=True)
        rows = [
            row for row in rows if measure == "dead" or row.split(b",")[1] == str(sample.resolve(snapshot)).encode()
        ]
        assert saved[-1].encode() == b"".join([head, *rows])
        drawing = panel.drawing()
        assert drawing is not None
        again = figure("overview", sample, "fc1", snapshot, **panel.settings())
        assert packed((drawing.figure,)) == packed((again.figure,))
        assert not drawing.notes
    assert "found.at(3).rows()" in (panel.as_python() or "")


def test_costs_of_the_last_snapshot_are_pale_at_others_and_say_so(
    panel: OverviewPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    model, removable = panel.table.layers, next(each for each in MEASURES if each.name == "removable")
    panel.measuring.setChecked(True)
    assert not model.cell("fc1", removable).pale
    session.select(snapshot=3)
    qtbot.waitUntil(lambda: panel.has_followed)
    assert model.cell("fc1", removable).pale
    assert not model.cell("fc1", STORED[0]).pale
    tip = model.index(2, column_of("Removable")).data(Qt.ItemDataRole.ToolTipRole)
    assert "Measured at the last snapshot only; the table shows 3" in tip
