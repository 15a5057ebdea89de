"""The line of the overview tells first numbers, which come early, from exact ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, get_args

import pytest

from workbench.figures.overview.costs import LayerCosts
from workbench.figures.overview.headline import SUMMED, Total
from workbench.figures.overview.measures import MEASURES
from workbench.figures.overview.words import Basis, BasisKind
from workbench.gui.panels.overview.network_row import text_of_total, tip_of_total
from workbench.gui.panels.overview.words import doubt, progress, show_curve, tip_of


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ({}, "measuring costs, 0 of 5 layers so far"),
        ({"fc1": {"removable": 3}}, "measuring costs, 1 of 5 layers so far"),
        ({"fc1": {"missing": {"removable": "no"}, "complete": True}}, "measuring costs, 1 of 5 layers so far"),
        ({key: {"removable": 0} for key in "abcde"}, "measuring costs exactly, 0 of 5 done"),
        ({**{key: {"removable": 0} for key in "abcd"}, "e": {"removable": 1, "complete": True}},
         "measuring costs exactly, 1 of 5 done"),
    ],
)  # fmt: skip
def test_the_line_tells_first_numbers_from_exact_ones(known: dict[str, dict[str, Any]], said: str) -> None:
    place: Any = None
    assert progress(5, {name: LayerCosts(place, **each) for name, each in known.items()}) == said


def test_what_makes_a_finding_doubtful_names_its_layer() -> None:
    known: Any = SimpleNamespace(last=3, histories={"fc2": {3: SimpleNamespace(doubts=("no law fits", "few units"))}})
    costs: Any = {"fc2": SimpleNamespace(warnings=("few units", "another device"))}
    assert doubt(known, costs, "fc2") == "fc2: no law fits; few units; another device."
    assert doubt(known, {}, "fc1") == ""


def test_a_number_says_what_it_counts() -> None:
    place: Any = None
    moved = tip_of(Basis("hardly_moved", place), None)
    assert moved == (
        "Hardly moved: units, not dead, whose weights have a cosine above .95 with their weights at snapshot 0"
    )
    costs = LayerCosts(place, images=192, total=10_000, removable=23, order="max_fp")
    removable = tip_of(Basis("more", place), costs)
    assert removable.endswith(
        ", besides those that are dead; in the order max_fp, on the first 192 of 10,000 test images so far"
    )
    kinds: tuple[BasisKind, ...] = get_args(BasisKind)
    assert all(": " in tip_of(Basis(kind, place), None) for kind in kinds)


def test_the_row_of_the_network_says_why_some_numbers_have_no_sum() -> None:
    total = Total(5, {**dict.fromkeys(SUMMED), "units": 166, "dead": 30})
    by_name = {measure.name: tip_of_total(total, measure) for measure in MEASURES}
    assert by_name["dead"] == "network: dead 30 of 166 units in 5 layers"
    assert by_name["repeated"] == "network: repeated is not known of every layer"
    assert by_name["removable"].endswith("Each layer was changed alone; changed together they cost more")
    assert by_name["elbow"] == "network: no sum. Elbow is a number of one layer"
    assert [text_of_total(total, name) for name in ("dead", "repeated", "mergeable")] == ["30", "–", ""]
    assert text_of_total(None, "dead") == "…"


@pytest.mark.parametrize(
    ("shown", "kind", "order", "added"),
    [
        (["max_mag", "max_fp"], "mergeable", "", ["merged"]),
        (["max_mag", "merged"], "mergeable", "", []),
        (["max_mag"], "removable", "max_fp", ["max_fp"]),
        (["max_mag", "max_fp"], "more", "mean_activity", []),
        (["max_mag"], "more", "mean_activity", ["mean_activity"]),
        (["max_mag"], "rank", "", []),
    ],
)
def test_the_curve_of_a_number_that_is_clicked_is_shown(
    shown: list[str], kind: str, order: str, added: list[str]
) -> None:
    chosen = {"orders": list(shown)}
    panels: Any = {"pruning": SimpleNamespace(settings=lambda: chosen, restore=chosen.update)}
    show_curve(panels, kind, order)
    assert chosen["orders"] == [*shown, *added]
    show_curve({}, kind, order)
