"""Similarity with batch norm folded in: against the network's own words, and its null against simulation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from brute_force import unsettled
from torch import nn

import workbench as wb
from workbench.analysis.directions.independent import Tilted, cosine_of_share, dimensions
from workbench.analysis.graph import null_cutoff
from workbench.evaluation.run_evaluators import data_of
from workbench.evaluation.similarity.table import SIMILARITIES, Compared
from workbench.resource import resource

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = resource("sample_runs/digits_lenet.h5")


def with_batch_norm() -> nn.Module:
    """A network whose batch norms are not at their initial values; the first convolution has no bias."""
    return unsettled(nn.Sequential(
        nn.Conv2d(1, 6, 3, bias=False), nn.BatchNorm2d(6), nn.ReLU(), nn.Conv2d(6, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Flatten(), nn.Linear(8 * 16, 10),
    ))  # fmt: skip


def test_folded_rows_are_what_decides_before_the_non_linearity(tmp_path: Path) -> None:
    net = with_batch_norm().eval()
    with wb.record(tmp_path / "run.h5", net, quiet=True):
        pass
    with wb.open_run(tmp_path / "run.h5") as run:
        wb.name(run, net=with_batch_norm, data="digits")
        for layer, part in (("0", net[:2]), ("3", net[3:5])):
            place = run.place(layer)
            channels = part[0].in_channels
            # The outputs of weights, one at a time, around that of nothing: the rows by the network's own words.
            ones = torch.eye(channels * 9).reshape(-1, channels, 3, 3)
            with torch.inference_mode():
                nothing = part(torch.zeros(1, channels, 3, 3)).flatten()
                weights = (part(ones).flatten(1) - nothing).T
            expected = np.column_stack((weights.double().numpy(), nothing.double().numpy()))
            row = SIMILARITIES["folded"]
            np.testing.assert_allclose(row.rows(Compared.of(place)), expected, atol=2e-6)
            assert dimensions(row.inputs(Compared.of(place))) == channels * 9 + 1
            unit = expected / np.linalg.norm(expected, axis=1)[:, None]
            for similarity in ("weights", "folded"):
                assert wb.stack(place, (place, 2), similarity=similarity).stack.tilted is (similarity == "folded")
            graph = wb.layer_graph(place, cutoff=0.3, similarity="folded")
            np.testing.assert_allclose(graph.inner_products, (unit @ unit.T)[tuple(graph.edges.T)], atol=1e-5)
            assert len(graph.edges) == np.count_nonzero(np.triu(unit @ unit.T, 1) >= 0.3)
            either = wb.layer_graph(place, cutoff=0.3, similarity="folded-absolute")
            first, second = np.nonzero(np.triu(np.abs(unit @ unit.T), 1) >= 0.3)
            assert sorted(map(tuple, either.edges.tolist())) == list(zip(first.tolist(), second.tolist(), strict=True))
            np.testing.assert_allclose(either.inner_products, np.abs(unit @ unit.T)[tuple(either.edges.T)], atol=1e-5)
        with pytest.raises(ValueError, match="7 has no batch norm behind it to fold in: choose another similarity"):
            wb.layer_graph(run.place("7"), similarity="folded")


def test_the_null_of_folded_rows_holds_for_trained_batch_norms(one_thread: None, tmp_path: Path) -> None:
    """The shifts of trained batch norms are no matter of chance: they are kept, and the weights drawn anew."""
    net = with_batch_norm()
    with wb.open_run(SAMPLE) as run:
        data = data_of(run, "validation")
        images = data.inputs(slice(0, 144), torch.device("cpu"), torch.contiguous_format).reshape(-1, 1, 8, 8)
        labels = torch.as_tensor(data.labels[:144])
    optimiser = torch.optim.Adam(net.parameters(), 0.01)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        optimiser.step()
    with wb.record(tmp_path / "run.h5", net.eval(), quiet=True):
        pass
    with wb.open_run(tmp_path / "run.h5") as run:
        wb.name(run, net=with_batch_norm, data="digits")
        at = Compared.of(run.place("3"))
        found, space = SIMILARITIES["folded"].rows(at), SIMILARITIES["folded"].inputs(at)
    units, free = found.shape[0], found.shape[1] - 1
    assert isinstance(space, Tilted)
    lengths, random, drawn = np.linalg.norm(found[:, :-1], axis=1), np.random.default_rng(0), []
    for _ in range(1000):
        rows = random.standard_normal((units, free))
        rows = np.column_stack((rows / np.linalg.norm(rows, axis=1)[:, None] * lengths[:, None], found[:, -1]))
        rows /= np.linalg.norm(rows, axis=1)[:, None]
        drawn.append((rows @ rows.T)[np.triu_indices(units, 1)])
    cosines = np.array(drawn)
    for sides, sizes in ((1, cosines), (2, np.abs(cosines))):
        for share in (0.2, 0.05, 0.01):
            assert np.mean(sizes >= cosine_of_share(share, space, sides)) == pytest.approx(share, rel=0.1)
        assert 0.02 < np.mean(sizes.max(axis=1) >= null_cutoff(units, space, sides)) < 0.065
    anywhere = np.mean(cosines >= cosine_of_share(0.01, free + 1))
    assert anywhere > 0.03, "directions that point anywhere, shifts too, give another null"
