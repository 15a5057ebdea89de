"""Findings are right for none, one, some and all, and each number in them says what it rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from workbench.figures.overview.costs import LayerCosts
from workbench.figures.overview.layer import LayerOverview, overview_of
from workbench.figures.overview.units import table_of, units_behind
from workbench.figures.overview.words import Basis, are_classes, finding, text_of
from workbench.runs.place import place_in
from workbench.runs.spec import NetSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.runs.run import Run

ON = "the 144 validation images"
UNKNOWN = {"dead": "the run stores no activity of this layer"}
BASE: dict[str, Any] = {
    "units": 10, "dead": 0, "hardly_moved": 0, "isolated": 10, "isolated_dead": 0, "clusters": 0, "sizes": (),
    "repeated": 0, "elbow": None, "died": None,
}  # fmt: skip


def row(run: Run, layer: str = "fc1", **more: Any) -> LayerOverview:
    return replace(overview_of(place_in(run, layer)), **{**BASE, **more})


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, f"each of its 10 units fires on some of {ON}. No two of the 10 units point nearly the same way."),
        ({"units": 1, "isolated": 1}, f"its only unit fires on some of {ON}."),
        ({"units": 1, "isolated": 1, "dead": 1, "isolated_dead": 1}, f"its only unit never fires on {ON}."),
        ({"dead": 10, "isolated_dead": 10}, f"all 10 units never fire on {ON}."),
        (
            {"dead": 1, "isolated_dead": 1, "isolated": 1, "clusters": 1, "sizes": (9,)},
            f"1 of 10 units never fires on {ON}. The other 9 form one cluster. None repeats another.",
        ),
        (
            {"dead": 9, "isolated_dead": 9},
            f"9 of 10 units never fire on {ON}. The other one is isolated.",
        ),
        (
            {"dead": 2, "isolated_dead": 1, "isolated": 5, "clusters": 2, "sizes": (3, 2)},
            f"2 of 10 units never fire on {ON}. Of the 10 units, 5 form 2 clusters (3 and 2) and 5 are isolated. "
            "None repeats another.",
        ),
        (
            {"dead": 2, "isolated_dead": 2, "isolated": 3, "clusters": 1, "sizes": (7,), "hardly_moved": 1},
            f"2 of 10 units never fire on {ON}. 1 more has hardly moved. "
            "Of the other 8, 7 form one cluster and 1 is isolated. None repeats another.",
        ),
        (
            {"dead": 4, "isolated_dead": 4, "hardly_moved": 6},
            f"4 of 10 units never fire on {ON}. The other 6 have hardly moved. "
            "No two of the other 6 point nearly the same way.",
        ),
        (
            {"repeated": 10},
            f"each of its 10 units fires on some of {ON}. 10 repeat another (cosine of at least 0.95), which chance "
            "may bring with so few inputs.",
        ),
        (
            {"units": 2, "isolated": 2, "hardly_moved": 2},
            f"each of its 2 units fires on some of {ON}. Both have hardly moved. No two of the 2 units point nearly "
            "the same way.",
        ),
        (
            {"isolated": 4, "clusters": 3, "sizes": (2, 2, 2), "hardly_moved": 10},
            f"each of its 10 units fires on some of {ON}. All 10 have hardly moved. "
            "Of the 10 units, 6 form 3 clusters of 2 and 4 are isolated. None repeats another.",
        ),
        (
            {"isolated": 0, "clusters": 4, "sizes": (4, 2, 2, 2), "repeated": 3},
            f"each of its 10 units fires on some of {ON}. The 10 units form 4 clusters (4, 2, 2, …). "
            "3 repeat another (cosine of at least 0.95).",
        ),
        (
            {"dead": None, "isolated_dead": None, "missing": UNKNOWN, "isolated": 0, "clusters": 1, "sizes": (10,)},
            "which of its 10 units never fire is not known, because the run stores no activity of this layer. "
            "The 10 units form one cluster. None repeats another.",
        ),
        (
            {"elbow": 3, "norm_percent": 99.996, "isolated": 0, "clusters": 1, "sizes": (10,)},
            f"each of its 10 units fires on some of {ON}. The 10 units form one cluster. "
            "None repeats another. Rank 3, the elbow, keeps over 99.9 % of the norm.",
        ),
    ],
)
def test_a_finding_from_what_is_stored(run: Run, more: dict[str, Any], said: str) -> None:
    assert text_of(finding(row(run, **more))) == f"fc1: {said}"


def test_the_output_of_a_class_that_is_never_above_zero_is_not_dead(run: Run) -> None:
    text = text_of(finding(row(run, "fc3", dead=4, isolated_dead=4)))
    assert text.startswith(f"fc3: 4 of 10 units are above zero on none of {ON}, as the output of a class may be. ")
    unknown = replace(run, spec=replace(run.spec, net=NetSpec("unknown")))
    assert not are_classes(place_in(unknown, "fc3")), "the last layer of the file may be hidden"


DEAD = {"dead": 3, "isolated_dead": 3, "isolated": 3, "clusters": 1, "sizes": (7,)}
TAIL = "The other 7 form one cluster. None repeats another."


@pytest.mark.parametrize(
    ("more", "costs", "said"),
    [
        (DEAD, {"removable": 5, "covers_dead": True, "dead_lost": 0.0},
         f"3 of 10 units never fire on {ON}; all of them can be removed at no cost, and 2 more within a point "
         f"(10,000 test images). {TAIL}"),
        (DEAD, {"removable": 3, "covers_dead": True, "dead_lost": -0.1},
         f"3 of 10 units never fire on {ON}; all of them can be removed at no cost, and no more within a point "
         f"(10,000 test images). {TAIL}"),
        (DEAD, {"removable": 4, "covers_dead": False, "dead_lost": 0.0},
         f"3 of 10 units never fire on {ON}; all of them can be removed at no cost; 4 in all can be removed within "
         f"a point (10,000 test images). {TAIL}"),
        (DEAD, {"removable": 3, "covers_dead": False, "dead_lost": 0.0, "order": "mean_activity"},
         f"3 of 10 units never fire on {ON}; all of them can be removed at no cost (10,000 test images). {TAIL}"),
        (DEAD, {"removable": 3, "covers_dead": False, "dead_lost": 0.06, "order": "mean_activity"},
         f"3 of 10 units never fire on {ON}; removing all of them costs 0.06 points (10,000 test images). {TAIL}"),
        (DEAD, {"removable": 0, "covers_dead": False, "dead_lost": 2.5, "tolerance": 2.0},
         f"3 of 10 units never fire on {ON}; removing all of them costs 2.5 points; none can be removed within 2 "
         f"points (10,000 test images). {TAIL}"),
        ({**DEAD, "dead": 1, "isolated_dead": 1, "isolated": 1, "sizes": (9,)},
         {"removable": 1, "covers_dead": True, "dead_lost": 0.0},
         f"1 of 10 units never fires on {ON}; it can be removed at no cost, and no more within a point "
         "(10,000 test images). The other 9 form one cluster. None repeats another."),
        ({}, {"removable": 2, "covers_dead": True, "mergeable": 4},
         f"each of its 10 units fires on some of {ON}; 2 can be removed within a point (10,000 test images). "
         "No two of the 10 units point nearly the same way. 4 can be merged into others within a point."),
        ({"elbow": 4}, {"rank": 4, "rank_accuracy": 68.24, "start": 68.31},
         f"each of its 10 units fires on some of {ON}. No two of the 10 units point nearly the same way. "
         "Rank 4, the elbow, keeps 68.2 of 68.3 % accuracy."),
        ({}, {"removable": 2, "mergeable": 4, "merge_cosine": 0.35},
         f"each of its 10 units fires on some of {ON}; 2 can be removed within a point (10,000 test images). No two "
         "of the 10 units point nearly the same way. 4 can be merged into others (down to a cosine of 0.35) within "
         "a point."),
        ({"elbow": 4, "norm_percent": 80.0},  # it only guesses
         {"removable": 10, "dead_lost": 0.0, "mergeable": 4, "rank": 4, "rank_accuracy": 11.2, "start": 11.4},
         f"each of its 10 units fires on some of {ON}. No two of the 10 units point nearly the same way. "
         "Rank 4, the elbow, keeps 80.0 % of the norm."),
        ({}, {"removable": 0, "warnings": ("The network is a guess.",)},
         f"each of its 10 units fires on some of {ON}; none can be removed within a point (10,000 test images). "
         "No two of the 10 units point nearly the same way. The network is a guess."),
    ],
)  # fmt: skip
def test_a_finding_with_what_changes_cost(run: Run, more: dict[str, Any], costs: dict[str, Any], said: str) -> None:
    found = row(run, **more)
    measured = LayerCosts(found.place, images=10_000, total=10_000, orders_done=True, **costs)
    assert text_of(finding(found, measured)) == f"fc1: {said}"


@pytest.mark.parametrize(
    ("costs", "said"),
    [
        (None, "; how many can be removed is being measured. "),
        ({}, "; how many can be removed is being measured. "),
        ({"missing": {"removable": "there are no images"}}, ". "),
        ({"removable": 5, "images": 1000}, "; about 5 in all can be removed within a point (the first 1,000 of 10,000 "
         "test images); what the dead ones cost is being measured. "),
        ({"removable": 5, "images": 1000, "dead_lost": 0.0, "covers_dead": True}, "; all of them can be removed at no "
         "cost so far, and about 2 more within a point (the first 1,000 of 10,000 test images). "),
        ({"removable": 3, "images": 1000, "dead_lost": 0.06, "covers_dead": False}, "; removing all of them costs "
         "about 0.06 points; about 3 in all can be removed within a point (the first 1,000 of 10,000 test images). "),
        ({"removable": 3, "images": 1000, "dead_lost": 0.0, "covers_dead": True}, "; all of them can be removed at no "
         "cost so far, and no more within a point so far (the first 1,000 of 10,000 test images). "),
        ({"removable": 7, "images": 10_000, "dead_lost": 0.5, "covers_dead": False}, "; removing all of them costs 0.5 "
         "points; at least 7 in all can be removed within a point (10,000 test images). "),
        ({"removable": 3, "images": 10_000, "dead_lost": 0.0, "order": "mean_activity"}, "; all of them can be removed "
         "at no cost (10,000 test images); whether more can be removed within a point is being measured. "),
        ({"removable": 5, "images": 10_000, "complete": True}, "; 5 in all can be removed within a point (10,000 test "
         "images). "),
    ],
)  # fmt: skip
def test_a_finding_says_what_is_still_being_measured(run: Run, costs: dict[str, Any] | None, said: str) -> None:
    found = row(run, **DEAD)
    measured = None if costs is None else LayerCosts(found.place, **{"total": 10_000, **costs})
    assert text_of(finding(found, measured, measuring=True)) == f"fc1: 3 of 10 units never fire on {ON}{said}{TAIL}"


@pytest.mark.parametrize(
    ("died", "said"),
    [
        ((0,), " (dead since epoch 0)"),
        ((0, 0), " (all dead since epoch 0)"),
        ((4,), " (died between epoch 0.143 and 0.19)"),
        ((4, 4), " (all died between epoch 0.143 and 0.19)"),
        ((0, 4, 4), " (all died by epoch 0.19)"),
        ((0, 4, 10), " (most died by epoch 0.19, all by epoch 0.714)"),
        ((0, 0, 4, 10), " (most died by epoch 0.19, all by epoch 0.714)"),
    ],
)
def test_a_finding_says_since_when_units_are_dead(run: Run, died: tuple[int, ...], said: str) -> None:
    found = row(run, dead=len(died), died=died)
    fires = "never fires" if len(died) == 1 else "never fire"
    assert f"{len(died)} of 10 units {fires} on {ON}{said}. " in text_of(finding(found))


def test_since_when_units_are_dead_is_right(run: Run) -> None:
    for layer in run.layers:
        found = overview_of(place_in(run, layer.name))
        activity = np.array([layer.activity(snapshot) for snapshot in range(run.snapshots)])
        dead = np.flatnonzero(activity[-1] == 0.0)
        assert (found.died or ()) == tuple(sorted(_since(activity[:, unit]) for unit in dead))
        assert overview_of(found.place.at(3)).died is None


def _since(activity: NDArray[np.float32]) -> int:
    return min(at for at in range(len(activity)) if not activity[at:].any())


def test_units_of_a_convolution_are_filters(run: Run) -> None:
    assert text_of(finding(overview_of(place_in(run, "conv2")))).startswith("conv2: 1 of 16 filters never fires on")


def test_every_number_says_what_it_rests_on(run: Run) -> None:
    place = place_in(run, "fc1")
    found, table = overview_of(place), table_of(place)
    spans = {span.basis.kind: span for span in finding(found) if span.basis is not None}
    assert {kind: span.text for kind, span in spans.items()} == {
        "dead": "26 of 100 units", "component": "one cluster", "rank": "Rank 10",
    }  # fmt: skip
    assert spans["rank"].basis == Basis("rank", place, 10)
    assert units_behind(Basis("dead", place), table).tolist() == np.flatnonzero(table.activity == 0).tolist()
    assert len(units_behind(Basis("component", place), table)) == 74
    assert units_behind(Basis("component", place, 0), table).tolist() == np.flatnonzero(table.component == 0).tolist()
    assert units_behind(Basis("isolated", place), table).tolist() == np.flatnonzero(table.degree == 0).tolist()
    assert units_behind(Basis("rank", place, 10), table).tolist() == []
