"""Every number of the table of units equals brute force, its costs those of the whole network."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
import pytest

import workbench as wb
from tests.figures.overview.overview_twin import directions
from tests.figures.overview.test_overview import run_of
from workbench.analysis.graph import default_cutoff
from workbench.evaluation.questions import prune
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.unit_words import counts_in_words, images_words
from workbench.figures.overview.units import COST_COLUMNS, LABELS, table_of
from workbench.figures.pruning.lines import reach
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.evaluation.networks.data import Data
    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def test_every_number_of_the_samples_equals_brute_force(sample: Run) -> None:
    for layer in sample.layers:
        for snapshot in (sample.snapshots // 2, sample.snapshots - 1):
            table = table_of(place_in(sample, layer.name, snapshot))
            weights, start = (layer.weights(at).astype(np.float64) for at in (snapshot, 0))
            norms = np.linalg.norm(weights, axis=1)
            alike = directions(weights) @ directions(weights).T
            fires = np.array([layer.activity(at) for at in range(snapshot + 1)])
            np.testing.assert_allclose(table.norm, norms)
            np.testing.assert_allclose(table.norm_change, norms - np.linalg.norm(start, axis=1), atol=1e-6)
            np.testing.assert_allclose(table.cosine_to_start, (directions(weights) * directions(start)).sum(1))
            np.testing.assert_allclose(table.potential_share, np.square(alike).sum(1) / np.square(alike).sum())
            assert table.frame_potential == pytest.approx(np.square(alike).sum())
            assert table.mean_square_cosine == pytest.approx(np.square(alike).mean())
            np.fill_diagonal(alike, -2.0)
            np.testing.assert_allclose(table.nearest_cosine, alike.max(axis=1), atol=1e-12)
            np.testing.assert_allclose(alike[np.arange(len(alike)), table.nearest.astype(int)], alike.max(axis=1))
            joined = alike >= default_cutoff(layer.units, layer.inputs) - 1e-12
            assert table.degree.tolist() == joined.sum(axis=1).tolist()
            parts = {frozenset(each) for each in nx.connected_components(nx.from_numpy_array(joined))}
            numbers = np.unique(table.component)
            assert {frozenset(np.flatnonzero(table.component == number)) for number in numbers} == parts
            np.testing.assert_array_equal(table.activity, fires[-1])
            for unit, died in enumerate(table.died_at):
                silent = [at for at in range(snapshot + 1) if not fires[at:, unit].any()]
                assert died == min(silent) if silent else np.isnan(died)


def test_the_table_and_the_overview_count_the_same(sample: Run) -> None:
    for layer in sample.layers:
        place = place_in(sample, layer.name)
        table, row = table_of(place), overview_of(place)
        named = table.named
        counts = {name: int(named[name].sum()) for name in ("dead", "hardly_moved", "isolated", "repeated")}
        assert counts == {name: getattr(row, name) for name in counts}
        assert np.isfinite(table.died_at).sum() == row.dead


def test_labels_follow_the_first_rule_that_holds(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    start = random.normal(size=(7, 40))
    now = start + random.normal(size=(7, 40))
    now[0], now[2], now[4] = 0.0, start[2], 2.0 * now[3]
    activity = np.array([1, 1, 1, 1, 1, 1, 0.0])
    with run_of(tmp_path / "run.h5", [start, now], [np.ones(7), activity]) as run:
        table = wb.units(run, "fc")
        labels = ["removed", "trained", "untrained", "repeated", "repeated", "trained", "dead"]
        assert [table.label(unit) for unit in range(7)] == labels
        assert table.rule(4) == "repeats unit 3, cosine 1.000 (at least 0.95)"
        assert table.rule(2) == "has hardly moved: cosine 1.000 with its weights at snapshot 0 (above 0.95)"
        assert table.row(0)[4:8] == (None, None, None, None)
        assert table.row(6)[10:] == (1, "dead", "fires on none of the images that were watched")
        assert np.flatnonzero(table.where("repeated or label == dead")).tolist() == [3, 4, 6]


def test_a_unit_that_only_this_training_did_not_move_is_not_called_untrained(run: Run) -> None:
    place = place_in(run, "conv1")
    later = replace(place, source=replace(run, spec=replace(run.spec, parent="other.h5")))
    labels = [[table_of(each).label(unit) for unit in range(8)] for each in (place, later)]
    assert [each.count("untrained") for each in labels] == [3, 0]
    assert [each.count("unmoved") for each in labels] == [0, 3]


def test_what_is_not_known_is_empty_and_says_why(tmp_path: Path) -> None:
    with run_of(tmp_path / "run.h5", [np.random.default_rng(1).normal(size=(5, 30))]) as run:
        table = table_of(place_in(run, "fc"))
        assert {"activity", "died_at", "dead", "cosine_to_start", "norm_change"} <= set(table.missing)
        row = dict(zip(table.columns, table.row(0), strict=True))
        assert [row[name] for name in ("activity", "died_at", "cosine_to_start", "norm_change")] == [None] * 4
        assert not table.where("activity < 1").any()
        assert not table.where("not activity < 1").any()


def test_no_unit_counts_as_removable_where_the_network_only_guesses(run: Run) -> None:
    table = wb.units(run, "fc2", 0, costs=True)
    assert table.costs is not None
    assert not table.costs.removable.any()
    guess = "at chance: nothing to lose (11.4 %; guessing gives 10 %)"
    assert counts_in_words(table).endswith(f" untrained (not moved yet) · {guess}")


def test_what_each_unit_costs_is_what_the_network_without_it_gets_wrong(run: Run) -> None:
    import torch

    table = wb.units(run, "fc2", costs=True)
    assert table.costs is not None
    assert (table.costs.images, table.costs.exact) == (360, True)
    data, found = data_of(run), []
    module = network_of(run, -1)
    layer = dict(module.named_modules())["fc2"]
    whole = right_of_class(module, data)
    for unit in range(0, 32, 4):
        kept = layer.weight.data[unit].clone()  # type: ignore[union-attr,operator]
        layer.weight.data[unit] = 0.0  # type: ignore[union-attr,operator]
        found.append(right_of_class(module, data))
        layer.weight.data[unit] = kept  # type: ignore[union-attr,operator]
    lost = [100.0 * (whole.sum() - each.sum()) / 360 for each in found]
    np.testing.assert_allclose(table.costs.accuracy_lost[::4], lost, atol=1e-9)
    images = torch.bincount(data.labels).numpy()
    for unit, each in zip(range(0, 32, 4), found, strict=True):
        by_class = 100.0 * (whole - each) / images
        worst = int(table.costs.worst_class[unit])
        if by_class.max() <= 0.0:
            assert (worst, np.isnan(table.costs.worst_class_lost[unit])) == (-1, True)
        else:
            assert by_class[worst] == pytest.approx(by_class.max())
            assert table.costs.worst_class_lost[unit] == pytest.approx(by_class.max())
    curves = prune(run, "fc2", orders=("max_mag", "max_fp")).curves
    assert table.costs.removable.sum() == max(reach(curve.accuracy, "accuracy") for _, (curve,) in curves)
    assert LABELS.index("removable") in table.labels
    with torch.inference_mode():
        inputs = data.inputs(slice(None), torch.device("cpu"), torch.contiguous_format)
        at = [name for name, _ in module.named_children()].index("fc2")
        outputs = module[: at + 2](inputs)  # type: ignore[index]
    np.testing.assert_allclose(table.costs.mean_activation, outputs.mean(0).numpy(), rtol=1e-5)
    assert table.columns[-5:] == ("accuracy_lost", "worst_class", "worst_class_lost", "label", "rule")
    some = replace(table, costs=replace(table.costs, images=100, exact=False))
    assert images_words(some, "accuracy_lost") == ", on the first 100 of 360 test images so far"
    assert [some.row(0)[some.columns.index(name)] for name in COST_COLUMNS] == [None] * 4, "rows hold what stays"
    assert (images_words(table, "accuracy_lost"), images_words(some, "norm")) == (", on 360 test images", "")


def right_of_class(module: object, data: Data) -> np.ndarray:
    import torch

    with torch.inference_mode():
        images = data.inputs(slice(None), torch.device("cpu"), torch.contiguous_format)
        right = module(images).argmax(1) == data.labels  # type: ignore[operator]
    return torch.bincount(data.labels[right], minlength=10).numpy()
