"""A report about two runs says what differs between them, as `wb.compare` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import workbench as wb
from workbench.reports.blocks import Paragraph
from workbench.reports.contents import LayerFindings, RunFindings, several_runs

if TYPE_CHECKING:
    from workbench.runs.run import Run


def test_two_runs_are_compared_layer_by_layer(run: Run) -> None:
    layers = tuple(LayerFindings(name, None, None, "not asked") for name in ("fc1", "fc2"))
    pair = [RunFindings(run, 0, layers), RunFindings(run, run.snapshots - 1, layers)]
    said = [block.text for block in several_runs(pair) if isinstance(block, Paragraph)]
    found = wb.compare(f"{run.path}@0", f"{run.path}@-1")
    verdicts = {change.layer: change.verdict for change in found.layers}
    assert said[1:] == [f"{name}: {verdicts[name]}" for name in ("fc1", "fc2")]
