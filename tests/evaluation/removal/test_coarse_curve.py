"""Where all levels take long, the first curve has a few levels: the same numbers, sooner."""

from __future__ import annotations

import numpy as np
import pytest
from brute_force import images_for, logits_without, small

from workbench.evaluation import evaluator as engine
from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.removal import channels
from workbench.evaluation.removal.coarse import coarse_levels


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every network takes long."""
    monkeypatch.setattr(engine, "_FIRST_WORK", 0.0)
    monkeypatch.setattr(engine, "_FEWEST", 50)


@pytest.mark.usefixtures("slow")
@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
@pytest.mark.parametrize(("name", "layer"), [("conv2", "conv1"), ("conv2", "conv2"), ("digits_conv", "fc1")])
def test_the_first_curve_is_that_of_the_masked_network_at_a_few_levels(name: str, layer: str, removed: str) -> None:
    net, data = small(name), images_for(name, 120)
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(1).permutation(evaluator.units)[: evaluator.units - 1]  # one stays
    first, *later = evaluator.removal_curve(order, removed, "mine", at="few first")  # type: ignore[arg-type]
    assert first.levels.tolist() == coarse_levels(len(order)).tolist()
    assert (first.name, first.exact) == ("mine", False)
    images, labels = data.images[: first.images], data.labels[: first.images]
    for level in first.levels.tolist():
        twin = logits_without(net, layer, order[:level].tolist(), removed, images)
        assert first.at(level).correct == int((twin.argmax(1) == labels).sum()), f"{level} removed"
    assert all(curve.levels.tolist() == list(range(len(order) + 1)) for curve in later)
    assert later[-1].exact
    assert all(curve.images >= first.images for curve in later)


@pytest.mark.usefixtures("slow")
def test_a_few_levels_on_all_images_are_those_of_the_whole_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SOON", 16)
    monkeypatch.setattr(channels, "_BYTES_IN_CACHE", 1)  # one image passes all levels before the next does
    evaluator = Evaluator(small("conv2"), images_for("conv2", 120), "conv1")
    order = np.random.default_rng(2).permutation(evaluator.units)
    *early, last = evaluator.removal_curve(order, at="few")
    *_, whole = evaluator.removal_curve(order)
    assert last.exact
    assert not any(curve.exact for curve in early)
    assert last.levels.tolist() == coarse_levels(len(order)).tolist()
    np.testing.assert_array_equal(last.accuracy, whole.accuracy[last.levels])
    np.testing.assert_allclose(last.loss, whole.loss[last.levels], rtol=1e-4)


@pytest.mark.usefixtures("slow")
def test_a_layer_without_units_to_remove_has_one_level() -> None:
    (*_, only) = Evaluator(small("conv2"), images_for("conv2", 120), "conv1").removal_curve([], at="few")
    assert (only.levels.tolist(), only.exact) == ([0], True)


@pytest.mark.usefixtures("slow")
def test_only_who_asks_for_it_gets_a_coarse_curve() -> None:
    evaluator = Evaluator(small("conv2"), images_for("conv2", 120), "conv1")
    assert all(len(curve.levels) == evaluator.units + 1 for curve in evaluator.removal_curve(range(evaluator.units)))


def test_where_all_levels_are_soon_there_none_is_left_out() -> None:
    evaluator = Evaluator(small("conv2"), images_for("conv2", 120), "conv1")
    (only,) = evaluator.removal_curve(range(evaluator.units), at="few first")
    assert len(only.levels) == evaluator.units + 1


@pytest.mark.parametrize("removed", [0, 1, 5, 8, 64, 257])
def test_levels_go_from_none_to_all(removed: int) -> None:
    levels = coarse_levels(removed)
    assert (levels[0], levels[-1]) == (0, removed)
    assert (np.diff(levels) > 0).all()
    assert len(levels) == min(removed, 8) + 1
    assert not removed or levels[1] == 1
