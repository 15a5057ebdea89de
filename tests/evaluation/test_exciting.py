"""The images that excite a unit most are those of the whole network, run on every image."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.evaluation.brute_force import images_for, small
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.exciting import exciting
from workbench.evaluation.networks import prefix


@pytest.mark.parametrize(("name", "layer"), [("lenet", "fc1"), ("conv2", "conv2"), ("vgg19bn", "conv3")])
def test_the_strongest_images_of_every_unit_equal_brute_force(
    name: str, layer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prefix, "FIRST", 50)
    net, data = small(name), images_for(name)
    data.images[7] = data.images[3]  # a tie: the lower one comes first
    steps = dict(net.named_children())
    names = list(steps)
    after = names.index(layer) + (2 if isinstance(steps[names[names.index(layer) + 1]], torch.nn.BatchNorm2d) else 1)
    with torch.no_grad():
        outputs = net[: after + 1](data.images)
    strongest = outputs.reshape(len(data), outputs.shape[1], -1).amax(2).numpy()
    found = exact(exciting(Evaluator(net, data, layer), 5))
    assert (found.seen, found.exact) == (len(data), True)
    np.testing.assert_array_equal(found.fires, (strongest > 0).sum(0))
    for unit, values in enumerate(strongest.T):
        fires = np.flatnonzero(values > 0)
        order = fires[np.argsort(-values[fires], kind="stable")][:5]
        assert found.images[unit, : len(order)].tolist() == order.tolist()
        np.testing.assert_allclose(found.outputs[unit, : len(order)], values[order], rtol=1e-5)
        assert (found.images[unit, len(order) :] == -1).all()
        assert np.isnan(found.outputs[unit, len(order) :]).all()


def test_the_first_answer_is_of_the_first_images_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefix, "FIRST", 50)
    net, data = small("lenet"), images_for("lenet")
    first, *_, last = exciting(Evaluator(net, data, "fc2"), 3)
    assert not first.exact
    assert first.images.max() < first.seen == 50
    assert last.seen == len(data)
