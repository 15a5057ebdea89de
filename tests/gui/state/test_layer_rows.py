"""Rows are computed once, whoever asks, and go with their run."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from workbench.evaluation.giving_up import Urgency, asked_to_end
from workbench.figures.overview import layer
from workbench.figures.overview.history import update_at
from workbench.figures.overview.layer import history_of, overview_of
from workbench.gui.state.layer_rows import LayerRows
from workbench.runs.place import Place

if TYPE_CHECKING:
    import pytest

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


def test_each_number_is_computed_once_and_is_that_of_the_overview(
    session: Session, small_run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Place] = []

    def slowly(place: Place, *more: Any) -> Any:
        asked.append(place)
        time.sleep(0.01)
        return overview_of(place, *more)

    monkeypatch.setattr(layer, "overview_of", slowly)
    run = small_run
    session.add(run)
    rows, place = LayerRows(session), Place(run, run.layers[0].name, run.snapshots - 1)
    snapshots = range(run.snapshots)
    with ThreadPoolExecutor(2) as two:
        first, second = two.map(lambda _: [*rows.history(place, snapshots)], range(2))
    assert first == second
    assert len(asked) == run.snapshots
    assert first == [*history_of(place, snapshots)]
    assert [rows.known(place.at(at)) for at in snapshots] == first
    assert rows.row(place) is first[-1]
    assert rows.update(place) == rows.update(place) == update_at(place)
    session.remove(run)
    assert rows.known(place) is None
    assert rows.row(place).missing  # what was under way when the run was closed
    assert rows.known(place) is None, "and the run is not held"


def test_a_number_in_the_background_waits_for_what_is_urgent(session: Session, small_run: Run) -> None:
    session.add(small_run)
    rows, place = LayerRows(session), Place(small_run, small_run.layers[0].name, 0)

    def in_the_background() -> object:
        with asked_to_end(lambda: False, step_aside=True):
            return rows.row(place)

    urgency = Urgency()
    urgency.begin()
    try:
        with ThreadPoolExecutor(1) as one:
            waiting = one.submit(in_the_background)
            assert rows.row(place) is not None, "who does not step aside waits for nobody"
            assert not waiting.done()
            urgency.end()
            assert waiting.result(20) is rows.row(place)
    finally:
        urgency.end()
