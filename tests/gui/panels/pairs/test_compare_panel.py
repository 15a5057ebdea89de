"""The compare panel shows what `wb.compare` finds, of the run that its list names, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

import workbench as wb
from tests.gui.recorded_weights import planted, record_weights
from workbench.figures.drawing import key_of
from workbench.gui.panels.compare.choices import THIS_RUN
from workbench.gui.panels.compare.panel import ComparePanel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def panel(qtbot: QtBot, shared: MainWindow) -> Iterator[ComparePanel]:
    shared.docks["compare"].come()
    shared.session.select(layer="fc1", snapshot=5)
    found = shared.panels["compare"]
    assert isinstance(found, ComparePanel)
    qtbot.waitUntil(lambda: found.complete)
    return found


def _drawn(qtbot: QtBot, panel: ComparePanel) -> None:
    qtbot.waitUntil(lambda: panel.complete)


def _heights(item: Any) -> np.ndarray:
    heights = item.getData()[1]
    return np.zeros(0) if heights is None else np.atleast_1d(heights)


def test_it_shows_the_change_since_the_first_snapshot(qtbot: QtBot, panel: ComparePanel) -> None:
    panel.choices.rank.setValue(4)
    _drawn(qtbot, panel)
    place = panel.session.selection.place
    run, layer = place.run, place.layer
    (change,) = wb.compare(f"{run.path}@0", f"{run.path}@{place.snapshot}", layer, rank=4).layers
    assert change.difference is not None
    beyond, within = (_heights(item) for item in (panel.changes.plot.beyond, panel.changes.plot.within))
    assert len(beyond) == change.difference.rank
    drawn = 10.0 ** np.concatenate((beyond, within))
    assert 0 < len(drawn) <= len(change.difference.eigenvalues)
    np.testing.assert_allclose(drawn, change.difference.eigenvalues[: len(drawn)])
    np.testing.assert_allclose(panel.changes.angles.curve.getData()[1], change.degrees)
    np.testing.assert_allclose(panel.changes.angles.chance.getData()[1], change.expected)
    assert change.verdict in panel.line.text()
    assert panel.choices.other.currentText() == THIS_RUN
    panel.session.select(snapshot=0)
    _drawn(qtbot, panel)
    assert panel.line.text().endswith(": this is the snapshot that is compared with, so nothing differs.")


def test_another_run_is_compared_and_gives_way_when_it_is_closed(
    qtbot: QtBot, shared: MainWindow, panel: ComparePanel, tmp_path: Path
) -> None:
    place = panel.session.selection.place
    weights = {"fc1": [each + 1.0 for each in planted(40, 90, 3)], "fc9": planted(10, 40, 3)}
    other = record_weights(tmp_path / "other.h5", weights, title="other")
    panel.session.add(other)
    panel.session.select(source=place.source, layer="fc1", snapshot=place.snapshot)
    panel.restore({"other": other.run_id, "when": "last"})
    _drawn(qtbot, panel)
    (change,) = wb.compare(f"{other.path}@-1", f"{place.run.path}@{place.snapshot}", "fc1").layers
    assert change.verdict in panel.line.text()
    assert "Compared with other" in panel.line.text()
    drawing = panel.drawing()
    assert drawing is not None
    assert drawing.view().group == (key_of(other),)
    assert shared.publisher.drawing_of("compare") is not None
    listed = [panel.choices.other.itemData(number) for number in range(panel.choices.other.count())]
    assert listed == ["", other.run_id]  # the selected run is listed once
    again = wb.figure("compare", place.run, "fc1", place.snapshot, group=[other], when="last", other=other.run_id)
    assert again.figure.table() == drawing.figure.table()
    panel.session.select(layer="fc2")
    _drawn(qtbot, panel)
    assert panel.reason.text() == "other has no layer fc2."
    assert panel.choices.other.isVisible()  # another run can be chosen
    assert not panel.changes.plot.isVisible()
    assert panel.drawing() is panel.as_python() is None
    panel.session.remove(other)
    _drawn(qtbot, panel)
    assert panel.choices.other.currentText() == THIS_RUN
    assert panel.changes.plot.isVisible()
    assert not panel.reason.isVisible()
    assert panel.restore({"other": other.run_id}) != ()


def test_the_program_prints_the_same(qtbot: QtBot, panel: ComparePanel, capsys: pytest.CaptureFixture[str]) -> None:
    program = panel.as_python()
    assert program is not None
    exec(compile(program, "copied", "exec"), {})
    said = capsys.readouterr().out.splitlines()[0]
    assert said in panel.line.text()


def test_the_figure_has_the_numbers_of_the_panel(qtbot: QtBot, panel: ComparePanel, tmp_path: Path) -> None:
    drawing = panel.drawing()
    assert drawing is not None
    drawing.save(tmp_path / "compare.svg", csv=True)
    lines = (tmp_path / "compare.csv").read_text().splitlines()
    assert lines[0] == "number,eigenvalue of ΔWΔWᵀ,principal angle (degrees),random spaces (degrees)"
    assert float(lines[1].split(",")[1]) == pytest.approx(drawing.figure.eigenvalues[0])
    place = drawing.place
    assert wb.figure("compare", place.run, place.layer, place.snapshot).figure.table() == drawing.figure.table()
    with pytest.raises(ValueError, match="give the other one as its group"):
        wb.figure("compare", place.run, place.layer, other="a run")
    QApplication.processEvents()
