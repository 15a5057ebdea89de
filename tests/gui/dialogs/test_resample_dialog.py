"""Training a run again with redrawn layers, from the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.gui.dialogs.resample_dialog import ResampleDialog
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.runs.run import Run


@pytest.fixture
def run() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_lenet.h5")) as opened_run:
        yield opened_run


def test_what_is_asked_for_becomes_the_specification(
    qtbot: QtBot, pool: ThreadPoolExecutor, run: Run, tmp_path: Path
) -> None:
    dialog = ResampleDialog(run, "fc1", pool)
    qtbot.addWidget(dialog)
    dialog.fields["file"].set_value(tmp_path / "new.h5")
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    spec = dialog.spec()
    assert spec.surgery is not None
    assert (spec.surgery.redrawn, spec.order_seed, spec.epochs) == (("fc2", "fc3"), None, run.spec.epochs)
    assert "snapshots" in dialog.status.text()
    dialog.fields["suffix"].set_value("permuted")
    dialog.fields["frozen"].set_value(True)
    spec = dialog.spec()
    assert spec.surgery is not None
    assert (spec.surgery.permuted, spec.surgery.redrawn, spec.frozen) == (("fc2",), (), ("fc2", "fc3"))
    dialog.fields["after"].set_value("")
    assert dialog.status.text().startswith("nothing would change")
    assert not dialog.ok.isEnabled()
    dialog.fields["order"].set_value("changed")
    dialog.fields["iterations"].set_value(40)
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    spec = dialog.spec()
    assert spec.surgery is not None
    assert (spec.surgery.redrawn, spec.order_seed, spec.iterations) == ((), run.spec.seed + 1, 40)
    assert dialog.layer == "fc1"
