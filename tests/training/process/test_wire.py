"""Events survive the pipe as they were, but for their arrays."""

from __future__ import annotations

import json
import math

import numpy as np

from workbench.runs.layout import LayerInfo
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.training.events import Event, Finished, Heartbeat, Progress, Snapshot, Started
from workbench.training.process.wire import Failed, decode, encode

EVENTS: tuple[Event | Failed, ...] = (
    Started(
        RunSpec(NetSpec("lenet", widths=(3, 2)), DataSpec("digits"), epochs=1.0),
        "a title with ünïcode and\na line break",
        (LayerInfo("fc1", "linear", 3, 64, 0),),
        {"fc1.weight": ((3, 64), "float32")},
        (0, 21),
        12_345,
    ),
    Progress("training", 5, 21, 5 / 21, 2.25, 31.5, 0.5, 1.5, "a note", 0.25, True),
    Finished("run.h5", 2, "finished"),
    Heartbeat(),
    Failed("one sentence", "Traceback\n  …"),
)


def test_every_event_comes_back_as_it_was() -> None:
    for event in EVENTS:
        line = encode(event)
        assert b"\n" not in line
        assert decode(line) == event


def test_a_snapshot_travels_without_its_arrays() -> None:
    arrays = {"fc1": np.ones(3)}
    event = Snapshot(1, 21, 1.0, {"test_loss": 0.5}, (90.0, 80.0), arrays, arrays, arrays, arrays)
    assert decode(encode(event)) == Snapshot(1, 21, 1.0, {"test_loss": 0.5}, (90.0, 80.0))


def test_not_a_number_is_strict_json_and_comes_back() -> None:
    line = encode(Snapshot(0, 0, 0.0, {"validation_loss": math.nan}, (math.nan,)))
    assert json.loads(line, parse_constant=lambda text: pytest_fail(text))["history"] == {"validation_loss": None}
    back = decode(line)
    assert isinstance(back, Snapshot)
    assert math.isnan(back.history["validation_loss"])
    assert math.isnan(back.test_accuracy_per_class[0])


def pytest_fail(text: str) -> None:
    raise AssertionError(f"{text} is no JSON")
