"""What the last snapshot of a recording is, by how it is closed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from workbench.recorders.own_loop import RecordingWarning, record
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.recorders.own_loop import LoopRecorder


def stepped(model: nn.Linear, recorder: LoopRecorder, value: float) -> None:
    torch.nn.init.constant_(model.weight, value)
    recorder.step()


def spoil(model: nn.Linear) -> None:
    torch.nn.init.constant_(model.weight, -1.0)


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        (lambda model, recorder: recorder.close(), [0, 5, 7]),
        (lambda model, recorder: recorder.close(last=False), [0, 5]),
        (lambda model, recorder: (spoil(model), recorder.close()), [0, 5, -1]),
        (lambda model, recorder: (recorder.hold(), spoil(model), recorder.close()), [0, 5, 7]),
        (lambda model, recorder: (recorder.hold(), spoil(model), recorder.close(last=False)), [0, 5]),
        (lambda model, recorder: (recorder.hold(), stepped(model, recorder, 8), recorder.close()), [0, 5, 8]),
        (lambda model, recorder: (recorder.close(), spoil(model), recorder.close()), [0, 5, 7]),
    ],
)
def test_the_last_snapshot_is_the_network_at_the_end_or_the_one_that_was_held(
    tmp_path: Path, end: Callable[[nn.Linear, LoopRecorder], object], kept: list[int]
) -> None:
    model = nn.Linear(3, 2)
    torch.nn.init.constant_(model.weight, 0.0)
    recorder = record(tmp_path / "run.h5", model, snapshots=5, quiet=True)
    for step in range(1, 8):
        stepped(model, recorder, step)
    end(model, recorder)
    with open_run(tmp_path / "run.h5") as run:
        assert run.finished
        assert [run.layers[0].weights(at)[0, 0] for at in range(run.snapshots)] == kept
        assert len(np.unique(run.layers[0].weights(-1))) == 1


def test_a_note_is_said_once(tmp_path: Path) -> None:
    recorder = record(tmp_path / "run.h5", nn.Linear(3, 2), quiet=True)
    with pytest.warns(RecordingWarning, match="the weights were swapped"):
        recorder.note("the weights were swapped")
    recorder.note("the weights were swapped")  # pytest makes an error of a second warning
    recorder.close()
    recorder.note("after the end nothing is said")
    recorder.hold()
    with pytest.raises(TypeError, match="a run has no curve 'accuracy'; it has epoch, "):
        recorder.epoch(accuracy=1.0)
