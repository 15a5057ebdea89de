"""Nodes coloured by a column of the units: each is in the step that its number lies in, dead ones are crosses."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

import workbench as wb
from workbench.figures.graph.columns import COLUMNS
from workbench.figures.graph.figure import graph_figure
from workbench.figures.graph.groups import COLOURINGS, COLOURS, CROSSES, DEAD_STEP, DEAD_UNITS, STEP, STEPS, Colouring
from workbench.figures.graph.key import SHAPES
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.overview.units import table_of
from workbench.resource import resource

GRAPHS = Graphs()


@pytest.mark.parametrize("name", COLUMNS)
def test_a_step_holds_the_units_whose_number_lies_in_it(name: str) -> None:
    with wb.open_run(resource("sample_runs/digits_conv.h5")) as run:
        place = run.place("fc1", -1)
        *_, result = GRAPHS.results(GraphNeeds(place, None, 0.5, colouring=name))  # type: ignore[arg-type]
        table, dead = table_of(place), result.states.dead
        values = place.layer_view.bias() if name == "bias" else getattr(table, name)
        assert dead.sum() == 26
        known = np.isfinite(values)
        width = (values[known].max() - values[known].min()) / STEPS
        steps = result.groups - np.where(dead, DEAD_STEP, STEP)
        assert ((steps[known] >= 0) & (steps[known] < STEPS)).all()
        low = values[known].min() + width * steps[known]
        assert (values[known] >= low - 1e-6).all()
        assert (values[known] <= low + width + 1e-6).all()
        assert {COLOURS[group] for group in result.groups[known]} <= set(COLOURS[STEP:DEAD_STEP])
        assert set(np.flatnonzero(np.isin(result.groups, CROSSES))) == set(np.flatnonzero(dead)), (
            "they keep their shape"
        )
        assert set(result.groups.tolist()) == set(result.group_names)
        assert [block.label for block in result.blocks] == ["26 dead"], "blocks stay those of the states"
        figure = graph_figure(result, np.zeros((100, 2)))
        assert [SHAPES.get(groups[0]) for groups, _ in figure.rows].count("x") > 0


def test_labels_have_the_colours_of_the_states() -> None:
    with wb.open_run(resource("sample_runs/digits_conv.h5")) as run:
        place = run.place("fc1", -1)
        *_, result = GRAPHS.results(GraphNeeds(place, 0.25, 0.5, colouring="label"))
        assert set(result.group_names.values()) == {"dead", "trained"}
        assert np.count_nonzero(result.groups == DEAD_UNITS) == 26


def test_every_column_can_be_chosen() -> None:
    assert get_args(Colouring) == tuple(COLOURINGS)
    assert set(COLUMNS) < set(COLOURINGS)
