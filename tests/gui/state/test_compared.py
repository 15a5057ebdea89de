"""The run that stands beside the selected one: chosen once, followed to newer readings, given up when it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.recorded_weights import planted
from workbench.gui.state.compared import Alone
from workbench.runs.place import Place
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session


def test_it_is_the_same_moment_of_a_layer_of_the_same_shape(session: Session, write_run: WriteRun) -> None:
    ours = write_run({"fc1": planted(40, 64, 5), "fc2": planted(10, 40, 5), "fc3": planted(5, 10, 5)}, "a.h5")
    theirs = write_run({"fc1": planted(40, 64, 3), "fc2": planted(12, 40, 3)}, "b.h5")
    for run in (ours, theirs):
        session.add(run)
    place = Place(ours, "fc1", 2)
    assert session.compared.beside("spectrum", place) is None
    session.compared.choose(theirs)
    assert session.compared.when == "same"
    assert session.compared.beside("spectrum", place) == Place(theirs, "fc1", 2)
    assert session.compared.beside("spectrum", place.at(4)) == Place(theirs, "fc1", 2)
    session.compared.choose(theirs, "first")
    assert session.compared.beside("spectrum", place) == Place(theirs, "fc1", 0)
    assert session.compared.beside("spectrum", Place(theirs, "fc1", 0)) is None  # it is not compared with itself
    reasons = {layer: session.compared.beside("spectrum", Place(ours, layer, 2)) for layer in ("fc2", "fc3")}
    assert reasons == {
        "fc2": Alone("fc2 of b has 12 of 40, not 10 units of 40 inputs"),
        "fc3": Alone("b has no layer fc3"),
    }
    assert session.compared.beside("timeline", Place(ours, "fc2", 2)) == Place(theirs, "fc2", 0)
    for kind in ("timeline", "training"):
        assert session.compared.beside(kind, Place(ours, "fc3", 2)) == Place(theirs, "", 0)


def test_it_follows_its_file_and_ends_with_it(qtbot: QtBot, session: Session, write_run: WriteRun) -> None:
    runs = [write_run({"fc1": planted(40, 64, 3)}, name) for name in ("a.h5", "b.h5")]
    for run in runs:
        session.add(run)
    compared = session.compared
    with qtbot.waitSignal(compared.changed):
        compared.choose(runs[1])
    newer = open_run(runs[1].path)
    session.renew(runs[1], newer)
    assert compared.run is newer
    with qtbot.waitSignal(compared.changed):
        session.remove(newer)
    assert compared.run is None
    assert compared.run_id == ""
    with pytest.raises(ValueError, match="no open run"):
        compared.choose_id(newer.run_id)
    compared.choose_id("")
