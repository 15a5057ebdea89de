"""Where it is not known which inputs come from removed units, every place that counts inputs says so, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

import workbench as wb
from workbench.cli import main
from workbench.figures.page import Page
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Question, picture_of, pictures_of
from workbench.figures.style import Style
from workbench.gui.panels.spectrum import SpectrumPanel
from workbench.reports.structure import structure_of
from workbench.reports.words import told_structure
from workbench.runs.place import place_in
from workbench.runs.remaining import ALL_INPUTS

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session

DOUBT = "Some of its 6 inputs may come from the 2 removed units of 0: which ones is not known, "
DOUBT += "so all inputs are counted."


def recorded(path: Path) -> wb.Run:
    """Snapshot 0: nothing is removed; 1: two units of a layer whose outputs go through a layer norm."""
    net = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Linear(6, 5))
    with wb.record(path, net, snapshots=1, steps=1) as recorder:
        with torch.no_grad():
            net[0].weight[:2] = 0.0
        recorder.step()
    return wb.open_run(path)


def test_the_spectrum_its_figure_report_and_command_say_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with recorded(tmp_path / "run.h5") as run:
        for name, snapshot, doubt in (("2", 1, DOUBT), ("0", 1, "")):
            place = place_in(run, name, snapshot)
            first, *_, last = [*pictures_of(Question(place, None)), picture_of(Question(place, None))]
            assert first is not None
            assert last is not None
            assert (first.result.doubt, last.result.doubt) == ("", doubt)
            labels = [text.get_text() for text in Page((spectrum_figure(last),), Style()).drawn().findobj(is_text)]
            assert (ALL_INPUTS in labels) == bool(doubt)
            assert " ".join(told_structure(structure_of(place))).count(DOUBT) == bool(doubt)
            words = ["spectrum", str(run.path), "--layer", name, "--snapshot", str(snapshot)]
            assert main([*words, "--out", str(tmp_path / f"{name}-{snapshot}.csv")]) == 0
            assert capsys.readouterr().out.count(DOUBT) == bool(doubt)


def is_text(artist: object) -> bool:
    return hasattr(artist, "get_text")


def test_the_spectrum_panel_says_it_in_words_that_are_read_whole(
    tmp_path: Path, qtbot: QtBot, session: Session, pool: ThreadPoolExecutor
) -> None:
    panel = SpectrumPanel(session, pool)
    qtbot.addWidget(panel)
    panel.resize(260, 400)
    panel.show()
    with recorded(tmp_path / "run.h5") as run:
        session.add(run)
        session.select(layer="2", snapshot=1)
        qtbot.waitUntil(lambda: panel.doubt.isVisible() and panel.doubt.text() == DOUBT, timeout=60_000)
        qtbot.waitUntil(lambda: panel.doubt.height() >= panel.doubt.heightForWidth(panel.doubt.width()))
        session.select(layer="0")
        qtbot.waitUntil(lambda: panel.complete and not panel.doubt.isVisible(), timeout=60_000)
        panel.shut()
        session.remove(run)
