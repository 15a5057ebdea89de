"""The headline names the most redundant layer, and sums what counts each unit once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.figures.overview.costs import LayerCosts
from workbench.figures.overview.headline import SUMMED, common_basis, headline, network, summary, total_of
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.measures import MEASURES
from workbench.figures.overview.words import finding, text_of
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run


def test_the_summary_names_the_most_redundant_layer(run: Run) -> None:
    rows = [overview_of(place_in(run, layer.name)) for layer in run.layers]
    assert text_of(summary(rows)) == "fc1 is the most redundant layer: 26 of 100 units are dead or repeat another."
    costs = {
        name: LayerCosts(place_in(run, name), images=360, total=360, removable=count)
        for name, count in (("fc1", 33), ("conv2", 8))
    }
    costs = {name: replace(each, complete=True) for name, each in costs.items()}
    assert text_of(summary(rows, costs)) == (
        "conv2 is the most redundant layer: 8 of 16 filters can be removed within a point of accuracy."
    )
    nothing = {name: LayerCosts(place_in(run, name), images=360, total=360, removable=0) for name in ("fc2", "fc3")}
    assert text_of(summary(rows, nothing)) == text_of(summary(rows)), "others may be measured yet"
    nothing = {row.layer: LayerCosts(row.place, images=360, total=360, removable=0, complete=True) for row in rows}
    assert text_of(summary(rows, nothing)) == "No unit can be removed."
    classes = [*rows[:-1], replace(rows[-1], idle=10)]
    assert rows[-1].layer == "fc3"
    assert text_of(summary(classes)) == text_of(summary(rows)), "an output of a class may be negative on all images"
    none = [replace(each, idle=0) for each in rows]
    assert text_of(summary(none)) == "No layer has dead or repeated units."
    assert text_of(summary([replace(each, idle=None) for each in rows])) == ""


def test_the_summary_says_so_where_another_layer_may_still_be_the_most_redundant(run: Run) -> None:
    rows = [overview_of(place_in(run, layer.name)) for layer in run.layers]
    counts = {"conv1": 1, "conv2": 8, "fc1": 33, "fc2": 0, "fc3": 0}
    few = {name: LayerCosts(place_in(run, name), images=100, total=360, removable=at) for name, at in counts.items()}
    text = "conv2 is the most redundant layer so far: about 8 of 16 filters can be removed within a point of accuracy"
    basis = "the first 100 of 360 test images"
    assert text_of(summary(rows, few, basis, measuring=True)) == f"{text} ({basis})."
    every = {name: replace(each, images=360) for name, each in few.items()}
    mixed = {**every, "conv2": few["conv2"]}
    assert text_of(summary(rows, mixed, measuring=True)) == f"{text} ({basis}).", "others rest on other images"
    assert "so far: at least 8 of 16 filters" in text_of(summary(rows, every, measuring=True))
    done = {name: replace(each, orders_done=True) for name, each in every.items()}
    assert text_of(summary(rows, done, measuring=True)) == text.replace(" so far: about", ":") + "."
    del done["fc3"]
    assert " so far: 8 of 16" in text_of(summary(rows, done, measuring=True)), "fc3 may have more"
    assert " so far" not in text_of(summary(rows, done)), "fc3 is not measured at all"
    none = {name: replace(each, removable=0) for name, each in few.items()}
    assert text_of(summary(rows, none, measuring=True)) == "No unit can be removed so far."


def test_the_summary_of_a_network_that_only_guesses_counts_nothing_that_can_go(run: Run) -> None:
    rows = [overview_of(place_in(run, layer.name)) for layer in run.layers]
    found = LayerCosts(rows[0].place, images=360, total=360, removable=8, start=11.4, complete=True)
    costs = {row.layer: replace(found, place=row.place, removable=row.units) for row in rows}
    guess = "The network is at chance: nothing to lose (11.4 %; guessing gives 10 %)."
    assert text_of(headline(rows, costs)) == f"{guess} {text_of(headline(rows))}"
    nothing = [replace(row, idle=None) for row in rows]
    assert text_of(summary(nothing, costs)) == guess
    removable = next(measure for measure in MEASURES if measure.name == "removable")
    assert (removable.value(rows[0], found), removable.missing(rows[0], found)) == (None, found.guess)
    better = replace(found, start=98.6)
    assert (removable.value(rows[0], better), removable.missing(rows[0], better)) == (8, "")


def test_the_network_sums_what_counts_each_unit_once(run: Run) -> None:
    rows = [overview_of(place_in(run, layer.name)) for layer in run.layers]
    total = total_of(rows)
    assert total is not None
    assert total.numbers == {name: sum(getattr(row, name) for row in rows) for name in SUMMED}
    assert (total.numbers["units"], total.removable) == (8 + 16 + 100 + 32 + 10, None)
    dead = sum(int((run.layer(row.layer).activity() == 0.0).sum()) for row in rows)  # type: ignore[union-attr]
    assert network(rows) == f"Of 166 units in 5 layers, {dead} are dead."
    costs = {row.layer: LayerCosts(row.place, images=360, total=360, removable=9, complete=True) for row in rows}
    alone = "45 can be removed, each layer alone."
    assert network(rows, costs) == f"Of 166 units in 5 layers, {dead} are dead; {alone}"
    costs["fc1"] = replace(costs["fc1"], images=100, complete=False)
    assert network(rows, costs).endswith(f"; about {alone}")
    assert text_of(headline(rows, costs, measuring=True)) == (
        f"{text_of(summary(rows, costs, measuring=True))} {network(rows, costs)}"
    )
    del costs["fc1"]
    assert network(rows, costs) == network(rows), "fc1 may be measured yet"
    assert network(rows[:1]) == ""
    some = [replace(rows[0], dead=None), *rows[1:]]
    assert network(some) == ""
    assert network([replace(row, dead=0) for row in rows]) == "Of 166 units in 5 layers, none is dead."


def test_images_that_all_costs_rest_on_are_named_once(run: Run) -> None:
    rows = [overview_of(place_in(run, layer.name)) for layer in run.layers]
    costs = {row.layer: LayerCosts(row.place, images=360, total=360, removable=2, complete=True) for row in rows}
    basis = common_basis(costs)
    assert basis == "360 test images, 0.28 points each"
    assert f"within a point of accuracy ({basis})." in text_of(summary(rows, costs, basis))
    assert basis not in text_of(finding(rows[0], costs[rows[0].layer], basis=False))
    first = {**costs, rows[0].layer: replace(costs[rows[0].layer], images=100)}
    assert common_basis(first) == ""  # then each finding names its own
    assert common_basis({}) == ""
