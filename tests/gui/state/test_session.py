"""The selection is one frozen value that always fits the runs that are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.recorded_weights import planted
from workbench.gui.state.session import Selection, Session, first_layer_to_show
from workbench.runs.errors import RunError
from workbench.runs.place import Place
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from tests.gui.conftest import WriteRun
    from workbench.runs.run import Run


def test_an_opened_run_is_selected_with_its_largest_wide_layer(session: Session, write_run: WriteRun) -> None:
    run = write_run({"fc1": planted(40, 64, 2), "fc2": planted(30, 90, 2), "fc3": planted(10, 40, 2)})
    session.add(run)
    assert session.selection == Selection(Place(run, "fc2", 0))


def test_without_a_wide_layer_the_one_with_most_units_is_shown(write_run: WriteRun) -> None:
    assert first_layer_to_show(write_run({"fc1": planted(20, 30, 2), "fc2": planted(40, 50, 2)})) == "fc2"


def test_the_outputs_are_not_preferred_to_a_layer_with_more_units(write_run: WriteRun) -> None:
    assert first_layer_to_show(write_run({"encoder": planted(40, 20, 2), "out": planted(3, 40, 2)})) == "encoder"


def test_snapshots_are_kept_inside_the_run(session: Session, small_run: Run) -> None:
    session.add(small_run)
    session.select(snapshot=99)
    assert session.selection.place.snapshot == small_run.snapshots - 1
    session.select(snapshot=-3)
    assert session.selection.place.snapshot == 0


def test_another_layer_forgets_the_units_and_keeps_the_snapshot(session: Session, small_run: Run) -> None:
    session.add(small_run)
    session.select(units=frozenset({1, 2}), snapshot=3)
    session.select(layer="fc1" if session.selection.place.layer == "fc2" else "fc2")
    assert session.selection.units == frozenset()
    assert session.selection.place.snapshot == 3


def test_an_equal_selection_is_not_announced(session: Session, small_run: Run) -> None:
    session.add(small_run)
    seen: list[tuple[Selection, Selection]] = []
    session.changed.connect(lambda old, new: seen.append((old, new)))
    session.select(snapshot=0)
    session.select(snapshot=2)
    assert [(old.place.snapshot, new.place.snapshot) for old, new in seen] == [(0, 2)]


def test_a_selection_made_amid_another_is_announced_after_it_to_everybody(session: Session, small_run: Run) -> None:
    def at(selection: Selection) -> int:
        return -1 if selection.place is None else selection.place.snapshot

    first: list[int] = []
    last: list[tuple[int, bool]] = []
    session.changed.connect(lambda old, new: first.append(at(new)))
    session.changed.connect(lambda old, new: session.adjust(snapshot=4) if at(new) == 2 else None)
    session.changed.connect(lambda old, new: last.append((at(new), session.adjusting)))
    session.add(small_run)
    session.select(snapshot=2)
    assert first == [0, 2, 4]
    assert last == [(0, False), (2, False), (4, True)]
    assert not session.adjusting


def test_closing_the_selected_run_selects_another_or_none(session: Session, write_run: WriteRun) -> None:
    first, second = (write_run({"fc1": planted(8, 16, 2)}, name=name) for name in ("a.h5", "b.h5"))
    session.add(first)
    session.add(second)
    session.remove(second)
    assert session.selection.run is first
    session.remove(first)
    assert session.selection == Selection()


def test_opening_a_file_twice_keeps_one_entry(session: Session, small_run: Run) -> None:
    session.add(small_run)
    session.add(open_run(small_run.path))
    assert len(session.runs) == 1


def test_what_still_computes_on_an_older_reading_can_read_it_to_its_end(session: Session, small_run: Run) -> None:
    session.add(small_run)
    with open_run(small_run.path) as again:
        session.add(again)
        assert session.runs == (again,)
        layer = small_run.layers[0].name
        np.testing.assert_array_equal(small_run.layer(layer).weights(0), again.layer(layer).weights(0))
    session.close()
    with pytest.raises(RunError, match="is closed"):
        small_run.layer(layer).weights(0)
