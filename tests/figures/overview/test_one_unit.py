"""Every number of a unit's page equals brute force: tables of all units, and the whole network without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.figures.overview.overview_twin import directions
from tests.figures.overview.test_overview import run_of
from workbench.analysis.rules import RuleError
from workbench.figures.overview.one_unit import facts_of, history_of, neighbours_of, weight_picture
from workbench.figures.overview.unit_measures import IMAGES, LOST, measures_of, pixels_of
from workbench.figures.overview.unit_words import STATES, check_rule, rows_where
from workbench.figures.overview.units import COLUMNS, table_of
from workbench.runs.errors import RunError
from workbench.runs.layer import Layer
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.evaluation.exciting import Exciting
    from workbench.runs.place import Key
    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def test_the_history_of_a_unit_is_its_row_in_the_tables_of_all_snapshots(sample: Run) -> None:
    layer = sample.layers[-2]
    tables = [table_of(place_in(sample, layer.name, at)) for at in range(0, sample.snapshots, 7)]
    for unit in (0, layer.units - 1):
        history = history_of(place_in(sample, layer.name), unit)
        for name, curve in (
            ("norm", history.norm),
            ("cosine_to_start", history.cosine),
            ("activity", history.activity),
        ):
            np.testing.assert_allclose(curve[::7], [getattr(table, name)[unit] for table in tables], atol=1e-6)


@pytest.mark.parametrize("damaged", [0, 3])
def test_a_damaged_snapshot_has_no_numbers_in_the_history(
    sample: Run, damaged: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, read = history_of(place_in(sample, "fc1"), 1), Layer.unit_weights

    def broken(layer: Layer, unit: int, snapshot: int = -1) -> object:
        if snapshot == damaged:
            raise RunError(sample.path, "is damaged", "restore it")
        return read(layer, unit, snapshot)

    monkeypatch.setattr(Layer, "unit_weights", broken)
    found = history_of(place_in(sample, "fc1"), 1)
    others = np.arange(sample.snapshots) != damaged
    assert np.isnan([found.norm[damaged], found.cosine[damaged], found.activity[damaged]]).all()
    np.testing.assert_array_equal(found.norm[others], whole.norm[others])
    if damaged:
        np.testing.assert_array_equal(found.cosine[others], whole.cosine[others])
    else:
        assert "damaged" in found.missing["cosine"]
        assert np.isnan(found.cosine).all()


def test_the_nearest_units_are_those_of_all_cosines(sample: Run) -> None:
    for layer in sample.layers:
        alike = directions(layer.weights(-1).astype(np.float64))
        cosines = alike @ alike[2]
        cosines[2] = -2.0
        found = neighbours_of(place_in(sample, layer.name), 2)
        order = np.argsort(-cosines, kind="stable")[: len(found.units)]
        np.testing.assert_allclose(found.cosines, cosines[order], atol=1e-6)
        np.testing.assert_allclose(cosines[list(found.units)], cosines[order], atol=1e-6)


def test_weights_are_drawn_as_what_the_unit_looks_at(run: Run) -> None:
    shapes = {layer.name: weight_picture(place_in(run, layer.name), 3) for layer in run.layers}
    assert {name: (each.form, each.weights.shape) for name, each in shapes.items()} == {
        "conv1": ("image", (1, 3, 3)),
        "conv2": ("maps", (8, 3, 3)),
        "fc1": ("maps", (16, 4, 4)),
        "fc2": ("strip", (100,)),
        "fc3": ("strip", (32,)),
    }
    for name, picture in shapes.items():
        np.testing.assert_array_equal(picture.weights.reshape(-1), run.layer(name).weights(-1)[3])


def test_outgoing_weights_are_what_the_next_layer_makes_of_the_unit(run: Run) -> None:
    """What the next layer takes with this unit alone above zero, times the outgoing weights, is what it gives."""
    import torch

    from workbench.evaluation.run_evaluators import network_of

    steps = dict(network_of(run).named_children())
    for name, shape in (("conv1", (8, 8, 8)), ("conv2", (16, 4, 4)), ("fc1", (100,)), ("fc2", (32,))):
        outgoing = facts_of(place_in(run, name), 5).outgoing
        assert outgoing is not None
        taken = torch.zeros(1, *shape)
        taken[0, 5] = torch.rand(shape[1:])
        following = steps[outgoing.layer]
        following.bias.data.zero_()
        with torch.no_grad():
            if name == "conv1":  # what stands in the middle of the map
                found = following(taken)[0, :, 4, 4].numpy()
                seen = taken[0, 5, 3:6, 3:6].numpy().reshape(-1)
            else:
                found = following(taken.flatten(1))[0].numpy()
                seen = taken[0, 5].numpy().reshape(-1)
        np.testing.assert_allclose(outgoing.weights @ seen, found, atol=1e-6)
        norms = np.linalg.norm(outgoing.weights.astype(np.float64), axis=1)
        np.testing.assert_allclose(np.abs(outgoing.strengths), norms, atol=1e-12)
    assert facts_of(place_in(run, "fc3"), 5).outgoing is None


def test_what_its_removal_costs_each_class_is_what_the_network_without_it_gets_wrong(run: Run) -> None:
    import torch

    from workbench.evaluation.run_evaluators import data_of, network_of

    place, unit = place_in(run, "fc2"), 8
    cache: dict[Key, Exciting] = {}
    (first, *_, found), again = measures_of(place, unit, cache), [*measures_of(place, unit, cache)]
    assert first.losses is None
    assert list(cache) == [place.key]
    assert [each.number for each in again[-1].images or ()] == [each.number for each in found.images or ()]
    data, module = data_of(run), network_of(run)
    inputs = data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format)
    steps = list(module.named_children())
    with torch.no_grad():
        hidden = torch.nn.Sequential(*(step for _, step in steps[: [name for name, _ in steps].index("fc2") + 2]))(
            inputs
        )
        before = module(inputs).argmax(1) == data.labels
        dict(steps)["fc2"].weight.data[unit] = 0.0
        after = module(inputs).argmax(1) == data.labels
    lost = before.float() - after.float()
    assert found.losses is not None
    assert found.images is not None
    assert (found.losses.images, found.losses.exact, found.seen, found.total) == (360, True, 360, 360)
    np.testing.assert_allclose(found.losses.lost, 100.0 * lost.mean(), atol=1e-5)
    of_classes = [100.0 * lost[data.labels == label].mean() for label in range(10)]
    np.testing.assert_allclose(found.losses.by_class, of_classes, atol=1e-4)
    order = hidden[:, unit].argsort(descending=True, stable=True)[: len(found.images)]
    assert [each.number for each in found.images] == order.tolist()
    assert [each.label for each in found.images] == data.labels[order].tolist()
    np.testing.assert_allclose([each.output for each in found.images], hidden[order, unit], rtol=1e-5)
    assert found.fires == int((hidden[:, unit] > 0).sum())
    np.testing.assert_array_equal(found.images[0].pixels[..., 1], pixels_of(data, order[0])[..., 0])


def test_rules_are_checked_against_all_that_tables_know(run: Run) -> None:
    known = set(table_of(place_in(run, "fc2")).named)
    assert {*COLUMNS[:-2], *STATES, "label"} == known
    check_rule("label == dead and accuracy_lost < 1 or removable")
    with pytest.raises(RuleError, match="did you mean norm"):
        check_rule("nrm < 1")
    with pytest.raises(RuleError, match="removable is not measured yet"):
        rows_where(table_of(place_in(run, "fc2")), "removable")


def test_a_unit_that_is_alone_or_removed_has_no_nearest_and_a_run_without_network_says_so(tmp_path: Path) -> None:
    weights = np.random.default_rng(1).normal(size=(3, 30))
    weights[1] = 0.0
    with run_of(tmp_path / "run.h5", [weights]) as run:
        place = place_in(run, "fc")
        facts = facts_of(place, 1)
        assert (facts.nearest.units, facts.outgoing, facts.picture.form) == ((), None, "strip")
        assert set(facts.history.missing) == {"cosine", "activity"}
        assert facts_of(place, 0).nearest.units == (2,)
        (found,) = measures_of(place, 0)
        assert found.missing[IMAGES] == found.missing[LOST]
        with pytest.raises(IndexError, match="unit 9 was asked for; fc has 0 to 2"):
            facts_of(place, 9)


def test_one_input_is_no_plural(tmp_path: Path) -> None:
    with run_of(tmp_path / "run.h5", [np.ones((3, 1)), 2.0 * np.ones((3, 1))]) as run:
        assert weight_picture(place_in(run, "fc"), 0).words == "1 input"
