"""A recipe that was written before the matrices had one table is still read, and gives the figure it gave."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.figures.kinds import figure_from
from workbench.figures.recipe import Recipe
from workbench.resource import resource
from workbench.runs.run import open_run

RUN = (
    '"run":{"run_id":"f5635db1-03ae-45fc-abdc-e471a01198b1","content":"acbf40b9dd90c4f6159570be09ad7805",'
    '"snapshots":29,"file":"digits_conv.h5"},"layer":"fc1","snapshot":28'
)
OLD = (
    '{"views":[{"kind":"low_rank",' + RUN + ',"units":[],"settings":{"matrix":"moved","part":"validation",'
    '"tolerance":2.0,"ranks":[["f5635db1-03ae-45fc-abdc-e471a01198b1","fc1","moved",7]]},"positions":[],"group":[]},'
    '{"kind":"low_rank",' + RUN + ',"units":[3,5,8],"settings":{"matrix":"units"},"positions":[],"group":[]}],'
    '"style":{"width":84.0,"height":null,"font":8.0,"dpi":300,"theme":"print","titles":false,"letters":true},'
    '"columns":null,"software":{"workbench":"0.1.0"},"format":1,"film":null}'
)


def test_the_low_ranks_of_an_old_recipe_are_drawn_again() -> None:
    moved, chosen = Recipe.from_json(OLD.encode()).views
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        first, second = figure_from(moved, run).figure, figure_from(chosen, run).figure
        weights, start = (run.layer("fc1").weights(snapshot).astype(float) for snapshot in (28, 0))
    for found, matrix, title in (
        (first, weights - start, "W − W₀"),
        (second, weights[[3, 5, 8]], "the 3 selected units"),
    ):
        squares = np.linalg.svd(matrix, compute_uv=False) ** 2
        assert found.title.endswith(f", {title}")
        assert found.residuals[:3].tolist() == pytest.approx([squares[k:].sum() for k in range(3)])
    assert (first.rank, first.part, second.part) == (7, "validation", "test")
    assert len(second.ranks) == 4
