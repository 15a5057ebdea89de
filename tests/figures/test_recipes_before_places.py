"""Recipes written before runs, layers and snapshots were brought together as places still give what they gave.

`before_places.json` was made by the last version without `Place`: for each kind of figure its recipe, and the columns,
the number of rows and the sums of its table; and the recipe of a film.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from workbench.figures.kinds import figure_from
from workbench.figures.recipe import Recipe
from workbench.films.recipe import film_from

if TYPE_CHECKING:
    from workbench.runs.run import Run

BEFORE: dict[str, Any] = json.loads(Path(__file__).with_name("before_places.json").read_text(encoding="utf-8"))
MEASURED = ("pruning", "low_rank")  # by a network: on another processor one image of 360 may have another class


def sums(column: tuple[object, ...]) -> float:
    """The sum of a column's numbers."""
    return float(np.nansum([x for x in column if isinstance(x, int | float | np.number) and not isinstance(x, bool)]))


@pytest.mark.parametrize("kind", [kind for kind in BEFORE if kind != "film"])
def test_a_figure_is_made_again_with_the_same_numbers(kind: str, run: Run) -> None:
    before = BEFORE[kind]
    (view,) = Recipe.from_json(json.dumps(before["recipe"]).encode()).views
    table = figure_from(view, run).figure.table()
    assert list(map(str, table.columns)) == before["columns"]
    assert len(table.rows) == before["rows"]
    found = [sums(column) for column in zip(*table.rows, strict=True)]
    assert found == pytest.approx(before["sums"], rel=2e-3 if kind in MEASURED else 1e-6, abs=1e-5)


def test_a_film_is_planned_again(run: Run) -> None:
    film = film_from(Recipe.from_json(json.dumps(BEFORE["film"]["recipe"]).encode()), run)
    assert ([scene.kind for scene in film.scenes], film.layer, film.units) == (["graph", "spectrum"], "fc1", (1, 4))
    assert (film.first, film.last, film.size, film.seconds) == (2, 9, (640, 360), 0.2)
    assert film.scenes[0].settings["cutoffs"] == {"100x256": 0.4}
