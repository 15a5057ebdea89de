"""Damaged runs in the window: the snapshot is marked, everything else goes on, and what is whole can be saved."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from damaged_runs import WEIGHTS, flip
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import SNAPSHOTS, closing, opened
from workbench.gui.work import damage
from workbench.runs import verify
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.widgets.notices import Notice
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.run import Run
    from workbench.runs.verify import Finding


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the window is told to save what is intact."""
    target = tmp_path / "saved.h5"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    return target


def offered(qtbot: QtBot, window: MainWindow) -> Notice:
    """The notice with an offer, when it has come."""
    qtbot.waitUntil(lambda: any(notice.offers for notice in window.notices.shown), timeout=20_000)
    return next(notice for notice in window.notices.shown if notice.offers)


def test_a_flipped_bit_is_named_and_marked_and_the_window_goes_on(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    flip(path, WEIGHTS, 2)
    opened(qtbot, window, path)
    notice = offered(qtbot, window)
    assert f"{path.name} is damaged. {WEIGHTS}, snapshot 2: its checksum is wrong" in notice.message
    ticks = window.timeline.plot.damage
    assert list(ticks.xvals) == [2]
    window.timeline.go_to(2)
    assert window.timeline.line.text().endswith(
        f"; {WEIGHTS}: its checksum is wrong: the bytes are not those that were written"
    )
    window.timeline.go_to(4)
    assert "checksum" not in window.timeline.line.text()
    qtbot.waitUntil(window.is_settled, timeout=20_000)


def test_a_diverged_snapshot_is_marked_without_an_alarm(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    target = tmp_path / "diverged.h5"
    spectra = {("fc1", 1): np.full(40, np.nan)}
    record_weights(target, {"fc1": planted(40, 90, 3)}, spectra=spectra).close()
    opened(qtbot, window, target)
    qtbot.waitUntil(lambda: len(window.timeline.plot.damage.xvals) == 1, timeout=20_000)
    assert list(window.timeline.plot.damage.xvals) == [1]
    assert window.notices.shown == []


def test_a_sound_run_has_no_marks(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    qtbot.waitUntil(lambda: len(window.jobs) == 0, timeout=20_000)
    assert len(window.timeline.plot.damage.xvals) == 0
    assert window.notices.shown == []


def test_a_truncated_run_is_refused_with_the_offer_to_save_what_is_whole(
    qtbot: QtBot, window: MainWindow, path: Path, saved: Path
) -> None:
    os.truncate(path, path.stat().st_size - 100)
    before = path.read_bytes()
    window.open(path)
    notice = offered(qtbot, window)
    assert window.notices.shown == [notice], "why, and what can be done, in one"
    assert "is truncated" in notice.message
    qtbot.mouseClick(notice.offers[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs), timeout=20_000)
    assert window.notices.shown[-1].message == f"saved.h5: {SNAPSHOTS} of {SNAPSHOTS} snapshots are saved."
    assert path.read_bytes() == before
    with open_run(saved) as run:
        assert run.snapshots == SNAPSHOTS
    qtbot.waitUntil(window.is_settled, timeout=20_000)


def test_a_file_without_anything_whole_is_refused_without_an_offer(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    path.write_bytes(b"no run at all")
    window.open(path)
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1 and len(window.jobs) == 0, timeout=20_000)
    assert window.notices.shown[0].offers == ()


# --- runs that are large ---


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run counts as large, and nothing rests."""
    monkeypatch.setattr(damage, "LARGE", 0)
    monkeypatch.setattr(damage, "REST", 0.0)


@pytest.mark.usefixtures("large")
def test_a_large_run_is_looked_through_and_it_is_said(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    flip(path, WEIGHTS, 2)
    shown: list[tuple[str, float | None]] = []
    window.jobs.changed.connect(lambda: shown.extend((job.title, job.fraction) for job in window.jobs.titled()))
    opened(qtbot, window, path)
    assert f"{path.name} is damaged. {WEIGHTS}, snapshot 2" in offered(qtbot, window).message
    qtbot.waitUntil(lambda: len(window.jobs) == 0, timeout=20_000)
    fractions = [fraction for title, fraction in shown if title == f"checking {path.name} for damage"]
    assert list(dict.fromkeys(fractions)) == [None, *(done / SNAPSHOTS for done in range(1, SNAPSHOTS + 1))]
    assert len(window.notices.shown) == 1  # nothing besides the damage


def held_after(snapshot: int, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Looking goes no further than this snapshot until the event is set; it can be given up there."""
    goes_on = threading.Event()
    real = verify.check_rows

    def check_rows(run: Run, at: int) -> Iterator[Finding | None]:
        while at > snapshot and not goes_on.wait(0.01):
            yield None
        yield from real(run, at)

    monkeypatch.setattr(verify, "check_rows", check_rows)
    return goes_on


@pytest.mark.usefixtures("large")
def test_who_ends_the_look_reads_how_far_it_came(
    qtbot: QtBot, window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_after(1, monkeypatch)
    opened(qtbot, window, path)
    qtbot.waitUntil(lambda: [job.fraction for job in window.jobs.titled()] == [2 / SNAPSHOTS], timeout=20_000)
    qtbot.mouseClick(window.status.job.cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1, timeout=20_000)
    assert window.notices.shown[0].message == (
        f"2 of {SNAPSHOTS} snapshots of {path.name} were checked for damage. "
        f"To check all of it: workbench verify {path.name}"
    )


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("what", ["run", "window"])
def test_the_look_ends_with_the_run_or_the_window(
    qtbot: QtBot, own_window: MainWindow, path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    held_after(-1, monkeypatch)
    opened(qtbot, own_window, path)
    assert len(own_window.jobs.titled()) == 1
    if what == "run":
        own_window.close_run()
        qtbot.waitUntil(lambda: len(own_window.jobs) == 0, timeout=20_000)
    else:
        closing(qtbot, own_window)
    assert own_window.notices.shown == []


def test_a_slow_look_rests_three_times_as_long_as_it_reads(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1, 1000))
    rested: list[float] = []
    monkeypatch.setattr(damage.time, "monotonic", lambda: float(next(clock)))  # every row takes a second
    monkeypatch.setattr(damage.time, "sleep", rested.append)
    monkeypatch.setattr(damage, "patiently", lambda work, _what: done_at_once(work))
    monkeypatch.setattr(damage, "step_back", lambda: None)  # this thread goes on to the other tests
    with open_run(path) as run:
        rows = SNAPSHOTS * len(run.rows.structure.order)
    looked = [event for event in damage.looked_through(path, slowly=True) if event is not None]
    assert sum(rested) == pytest.approx(3.0 * rows)
    assert max(rested) == damage.MOMENT
    rested.clear()
    assert [event for event in damage.looked_through(path) if event is not None] == looked
    assert rested == []


def done_at_once(work: Callable[[], Run]) -> Generator[None, None, Run]:
    return work()
    yield
