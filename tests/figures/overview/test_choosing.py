"""Units that the menu *Select* means are those that plain loops over the weights find."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.overview.choosing import Choice, Chooser
from workbench.resource import resource
from workbench.runs.place import Place
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.figures.overview.choosing import Way

CUTOFF = 0.4


@pytest.fixture(scope="module")
def sample() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        yield run


@pytest.fixture
def choice(sample: Run) -> Choice:
    return Choice("dead", GraphNeeds(Place(sample, "fc1", 28), CUTOFF, 0.5))


def found(choice: Choice, way: Way, *units: int, rule: str = "") -> set[int]:
    return set(Chooser().find(replace(choice, way=way, units=frozenset(units), rule=rule)).units)


def cosines(choice: Choice) -> np.ndarray:
    weights = np.asarray(choice.place.layer_view.weights(28), np.float64)
    directions = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    return np.asarray(directions @ directions.T)


def test_states_and_rules(choice: Choice) -> None:
    layer = choice.place.layer_view
    activity = layer.activity(28)
    assert activity is not None
    dead = {unit for unit in range(100) if activity[unit] == 0.0}
    assert found(choice, "dead") == dead
    early = replace(choice, graph=replace(choice.graph, place=choice.place.at(2)))
    start, then = layer.weights(0), layer.weights(2)
    still = {
        unit
        for unit in range(100)
        if start[unit] @ then[unit] > 0.95 * np.linalg.norm(start[unit]) * np.linalg.norm(then[unit])
        and layer.activity(2)[unit] > 0.0
    }
    assert found(early, "hardly_moved") == still
    norms = np.linalg.norm(layer.weights(28), axis=1)
    assert found(choice, "rule", rule="norm < 1 and not dead") == set(np.flatnonzero(norms < 1).tolist()) - dead
    assert found(choice, "others", *range(10)) == set(range(10, 100))
    with pytest.raises(ValueError, match="did you mean norm"):
        found(choice, "rule", rule="nrm < 1")


def test_the_graph_on_screen_decides_what_is_isolated_connected_and_near(choice: Choice) -> None:
    near = cosines(choice) >= CUTOFF
    np.fill_diagonal(near, False)
    assert found(choice, "isolated") == {unit for unit in range(100) if not near[unit].any()}
    start = int(np.argmax(near.sum(axis=0)))
    assert found(choice, "neighbours", start) == {start, *np.flatnonzero(near[start]).tolist()}
    reached, last = {start}, set[int]()
    while reached != last:
        last, reached = reached, reached | {int(each) for unit in reached for each in np.flatnonzero(near[unit])}
    assert found(choice, "component", start) == reached


def test_what_is_found_has_a_name_and_what_is_not_a_reason(choice: Choice, sample: Run) -> None:
    chosen = Chooser().find(choice)
    assert f"{len(chosen.units)} {chosen.kind}" == "26 dead units"
    none = Chooser().find(replace(choice, way="repeated"))
    assert none.nothing == "digits_conv · fc1, epoch 40: no unit repeats another."
    with open_run(resource("sample_runs/digits_lenet.h5")) as other:
        last = Place(other, "fc1", other.snapshots - 1)
        everything = np.asarray(last.layer_view.weights(last.snapshot), np.float64)
        directions = everything / np.linalg.norm(everything, axis=1, keepdims=True)
        near = directions @ directions.T
        np.fill_diagonal(near, -1.0)
        repeated = set(np.flatnonzero(near.max(axis=1) >= 0.95).tolist())
        assert found(Choice("repeated", GraphNeeds(last, None, 0.5)), "repeated") == repeated
        assert repeated
