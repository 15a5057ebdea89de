"""A report about trainings that differ by their seed gives means of what changes cost, and figures of all together."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
from seeds import seeds

from workbench.reports.blocks import Grid, Paragraph, Pictures
from workbench.reports.contents import LayerFindings, RunFindings, several_runs
from workbench.reports.costs import Costs, costs_of
from workbench.reports.group import GROUP_COSTS, group_blocks
from workbench.reports.structure import structure_of
from workbench.runs.place import Place
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)


def findings(run: Run, snapshot: int) -> RunFindings:
    place = Place(run, "fc1", snapshot)
    *_, costs = costs_of(place, quick=True)
    assert isinstance(costs, Costs)
    return RunFindings(run, snapshot, (LayerFindings("fc1", structure_of(place), costs),))


def test_means_of_costs_and_figures_of_all_trainings(tmp_path: Path) -> None:
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in seeds(tmp_path, TINY)]
        found = [findings(run, run.snapshots - 1) for run in runs]
        blocks = list(several_runs(found))
        (costs,) = (block for block in blocks if isinstance(block, Grid) and "can be removed" in block.caption)
        measured = [known for each in found if (known := each.layers[0].costs) is not None]
        cells = dict(zip(GROUP_COSTS, costs.rows[0], strict=True))
        for column, removable in {
            "removable max_mag": [each.pruned[0].removable for each in measured],
            "removable, best order": [each.overview.removable for each in measured],
        }.items():
            assert float(cells[column].partition(" ±")[0]) == float(f"{np.mean(removable):.4g}")  # type: ignore[arg-type]
        (pictures,) = (block.pictures for block in blocks if isinstance(block, Pictures))
        assert [picture.name for picture in pictures] == ["group-training", "group-fc1-spectrum"]
        other = [found[0], RunFindings(runs[1], 0, found[1].layers)]
        (refusal,) = (block.text for block in group_blocks(other) if isinstance(block, Paragraph))
        assert "not at the same epoch" in refusal
