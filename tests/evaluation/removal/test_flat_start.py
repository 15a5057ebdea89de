"""The flat start of a pruning curve is said to be dead units only where it is exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.greedy import JointOrder
from workbench.evaluation.questions import prune
from workbench.evaluation.removal.flat_start import FlatStart, dead_among, dead_first, dead_units, flat_start
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.lines import Drawn
from workbench.figures.pruning.question import Question
from workbench.figures.pruning.words import dead_in_words
from workbench.reports.costs import costs_of
from workbench.reports.words import told_costs
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run

ALL_DEAD = "the flat start is dead units: the first 3 removed are all dead"
NOT_ALL = "the flat start is not only dead units: 26 of the first 31 removed are dead"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (FlatStart(0, 0), ""),
        (FlatStart(4, 0), ""),
        (FlatStart(1, 1), "the flat start is a dead unit: the first removed"),
        (FlatStart(3, 3), ALL_DEAD),
        (FlatStart(2, 1), "the flat start is not only dead units: 1 of the first 2 removed is dead"),
        (FlatStart(31, 26), NOT_ALL),
    ],
)
def test_the_words_say_exactly_what_is_dead(found: FlatStart, words: str) -> None:
    assert found.words == words


def test_the_legend_says_up_to_where_only_dead_units_go() -> None:
    def said(dead: int, brief: bool = False, **first: int) -> str:
        return dead_in_words(Drawn("accuracy", 256, (), None, None, None, "", dead_starts=first, dead=dead), brief)

    assert said(101, max_mag=5, max_fp=5) == "the first 5 removed are dead; 101 of 256 units are"
    assert said(101, True, max_mag=5, max_fp=5) == "first 5 dead, 101 in all"
    assert said(101, max_mag=1) == "the first removed is dead; 101 of 256 units are"
    assert said(26, max_mag=26, max_fp=26) == "the first 26 removed are the dead units"
    assert said(26, True, max_mag=26, max_fp=26) == "first 26 dead"
    assert said(1, max_mag=1) == "the first removed is the only dead unit"
    assert said(101, max_mag=80, max_fp=0) == (
        "dead units removed before any other: 80 by max_mag and 0 by max_fp; 101 of 256 units are dead"
    )
    assert said(101, True, max_mag=80, max_fp=23) == "of 101 dead, gone first: max_mag 80, max_fp 23"
    assert said(101, max_mag=0) == said(0) == ""


@given(st.data())
def test_units_before_the_first_change_are_counted(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    pairs = data.draw(st.permutations([(layer, unit) for layer, size in enumerate(sizes) for unit in range(size)]))
    dead = [np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size))) for size in sizes]
    accuracy = np.array(data.draw(st.lists(st.sampled_from([90.0, 80.0]), min_size=len(pairs) + 1,
                                           max_size=len(pairs) + 1)))  # fmt: skip
    order = JointOrder(*np.array(pairs).T)
    gone = []
    for level, pair in enumerate(pairs, start=1):
        if accuracy[level] != accuracy[0]:
            break
        gone.append(pair)
    found = flat_start(accuracy, np.arange(len(pairs) + 1), order, dead)
    assert found == FlatStart(len(gone), sum(int(dead[layer][unit]) for layer, unit in gone))


def test_what_lies_beyond_a_level_that_was_not_measured_is_not_flat() -> None:
    order = JointOrder(np.zeros(9, np.int64), np.arange(9))
    found = flat_start(np.array([90.0, 90.0, 90.0]), np.array([0, 1, 9]), order, [np.ones(9, bool)])
    assert found == FlatStart(1, 1)


def test_prune_tells_a_start_of_dead_units_from_one_that_goes_on_behind_them(run: Run) -> None:
    assert dict(prune(run, "fc2", orders=("max_mag", "random")).flat) == {"max_mag": FlatStart(3, 3)}
    found = prune(run, "fc1", orders=("max_mag",))
    ((_, (curve,)),), ((_, start),) = found.curves, found.flat
    assert (curve.accuracy[:32] == curve.accuracy[0]).all()
    assert curve.accuracy[32] != curve.accuracy[0]
    (dead,) = dead_units(run, ["fc1"], -1) or [None]
    assert dead is not None
    assert dead.sum() == 26
    assert start == FlatStart(31, 26)


@pytest.mark.parametrize(("layer", "words", "said"), [("fc2", ALL_DEAD, "8 of 32"), ("fc1", NOT_ALL, "31 of 100")])
def test_the_panels_tip_says_so_and_its_line_how_many_of_them_can_go(
    run: Run, layer: str, words: str, said: str
) -> None:
    dead = {"fc1": 26, "fc2": 3}[layer]
    said = f"{said} can go within a point, {dead} of them dead (max_mag)"
    *_, picture = PruningCurves().pictures(Question(place_in(run, layer, 28), ("max_mag",), "bias", "test", "accuracy"))
    assert f"max_mag: {words}" in picture.details
    assert said in picture.words
    *_, of_loss = PruningCurves().pictures(Question(place_in(run, layer, 28), ("max_mag",), "bias", "test", "loss"))
    assert not any("flat start" in line for line in of_loss.details)


def test_the_report_says_so(run: Run) -> None:
    *_, found = costs_of(place_in(run, "fc2", 28))
    assert not isinstance(found, str)
    (sentence,) = (each for each in told_costs(found) if "order max_mag" in each)
    assert sentence.endswith(f"; {ALL_DEAD}.")


@given(st.data())
def test_dead_units_are_counted_up_to_the_first_that_is_not(data: st.DataObject) -> None:
    sizes = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    pairs = data.draw(st.permutations([(layer, unit) for layer, size in enumerate(sizes) for unit in range(size)]))
    dead = [np.array(data.draw(st.lists(st.booleans(), min_size=size, max_size=size))) for size in sizes]
    found = dead_first(JointOrder(*np.array(pairs).T), dead)
    assert all(dead[layer][unit] for layer, unit in pairs[:found])
    assert found == len(pairs) or not dead[pairs[found][0]][pairs[found][1]]
    among = dead_among(JointOrder(*np.array(pairs).T), dead).tolist()
    assert among == [sum(bool(dead[layer][unit]) for layer, unit in pairs[:gone]) for gone in range(len(pairs) + 1)]
