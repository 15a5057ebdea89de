"""The line of the overview tells first numbers, which come early, from exact ones."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from workbench.figures.overview.costs import LayerCosts
from workbench.gui.panels.overview.words import doubt, progress


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
