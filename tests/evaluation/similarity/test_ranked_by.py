"""Orders and merging by each similarity, against the definitions by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.analysis.orders import removal_order
from workbench.evaluation.removal.orders import orders_of
from workbench.evaluation.similarity.outputs import correlation_of
from workbench.evaluation.similarity.table import RANKED_BY, Compared, ranking_similarity
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = resource("sample_runs/digits_lenet.h5")


@pytest.fixture(scope="module")
def lenet() -> Iterator[wb.Run]:
    with wb.open_run(SAMPLE) as opened:
        yield opened


def products(run: wb.Run, name: str) -> np.ndarray:
    """The inner products of what is compared, written down once more."""
    place = run.place("fc2")
    weights = place.layer_view.weights(-1).astype(np.float64)
    if name == "outputs":
        return correlation_of(place)
    rows = weights if name == "weights" else np.hstack([weights, run.layer("fc2").bias(-1)[:, None]])
    return rows @ rows.T


@pytest.mark.parametrize("name", ["weights", "weights-and-bias", "outputs"])
def test_orders_rank_by_the_similarity(lenet: wb.Run, name: str) -> None:
    inner = products(lenet, name)
    for order in ("max_fp", "min_ip", "max_fp_mod"):
        (found,) = orders_of(lenet, ["fc2"], lenet.resolve(-1), order, similarity=name)
        np.testing.assert_array_equal(found.units, removal_order(order, inner), err_msg=order)
    by_norm = [
        orders_of(lenet, ["fc2"], lenet.resolve(-1), "max_mag", similarity=each)[0] for each in ("weights", name)
    ]
    np.testing.assert_array_equal(by_norm[0].units, by_norm[1].units)


def test_curves_by_outputs_are_those_of_the_correlated_outputs(lenet: wb.Run) -> None:
    """The order "max_corr" is max_fp of the correlations."""
    found = wb.prune(lenet, "fc2", orders=["max_fp"], similarity="outputs", part="validation")
    twin = wb.prune(lenet, "fc2", orders=["max_corr"], part="validation")
    np.testing.assert_array_equal(found.curves[0][1][0].accuracy, twin.curves[0][1][0].accuracy)
    assert found.warnings == twin.warnings


def test_units_merge_by_the_similarity(lenet: wb.Run) -> None:
    """Those of a group have outputs that correlate, and not merely weights alike."""
    found = {name: wb.merge(lenet, "fc2", 0.9, similarity=name) for name in (None, "weights-and-bias", "outputs")}
    groups = {name: each.result.groups for name, each in found.items()}
    np.testing.assert_array_equal(groups[None].representatives, groups["weights-and-bias"].representatives)
    np.testing.assert_allclose(groups[None].multiples, groups["weights-and-bias"].multiples)
    correlation = correlation_of(lenet.place("fc2"))
    assert groups["outputs"].groups
    for group in groups["outputs"].groups:
        assert correlation[np.ix_(group, group)].min() >= 0.9 - 1e-9
    assert not np.array_equal(groups["outputs"].representatives, groups[None].representatives)
    *_, curve = wb.merging(lenet, "fc2", cosines=(0.9,), similarity="outputs")
    assert curve.points[-1].accuracy.accuracy == found["outputs"].accuracy.accuracy


def test_what_does_not_rank_says_so(lenet: wb.Run) -> None:
    with pytest.raises(ValueError, match='not ranked or merged by "outputs-absolute": choose one of weights, '):
        wb.prune(lenet, "fc2", orders=["max_fp"], similarity="outputs-absolute")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="fc2 has no batch norm behind it to fold in"):
        wb.merge(lenet, "fc2", similarity="folded")
    place = lenet.place("fc2")
    for name in set(RANKED_BY) - {"folded"}:
        rows = ranking_similarity(name).rows(Compared.of(place))
        np.testing.assert_allclose(ranking_similarity(name).products(Compared.of(place)), rows @ rows.T, atol=1e-6)
