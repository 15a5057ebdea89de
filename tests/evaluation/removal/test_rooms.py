"""Curves that are measured in turn on one thread use the same memory, and give what each gives alone."""

from __future__ import annotations

import gc
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from brute_force import images_for, small

from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.prefix import Prefix, without_bias
from workbench.evaluation.removal import rooms
from workbench.evaluation.removal.rooms import Room, room


def test_a_thread_has_one_room_as_long_as_somebody_holds_it() -> None:
    first = room()
    assert room() is first
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(room).result() is not first
    del first
    gc.collect()
    assert not len(rooms._rooms)


def test_what_is_asked_for_again_is_where_it_was_and_new_only_where_it_is_larger() -> None:
    held, like = Room(), torch.empty(1, 2, 3)
    first = held.tensor("one", 4, like, zero=True)
    assert first.shape == (4, 2, 3)
    assert not first.any()
    first[0] = 1.0
    again = held.tensor("one", 2, like, zero=True)
    assert again.data_ptr() == first.data_ptr()
    assert again[0].all()
    assert held.tensor("one", 9, like, zero=True).sum() == 0
    assert held.tensor("one", 1, torch.empty(1, 5)).shape == (1, 5)
    maps = torch.empty(1, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    assert held.tensor("maps", 2, maps).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("at", ["all", (0, 1, 4)])
def test_curves_in_turn_are_those_that_each_gives_alone(at: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Prefix, "_cut", lambda _self: tuple(slice(at, at + 30) for at in range(0, 120, 30)))
    evaluator = Evaluator(small("conv2"), images_for("conv2", 120), "conv1")
    orders = [np.random.default_rng(seed).permutation(evaluator.units) for seed in range(3)]
    alone = [exact(evaluator.removal_curve(order, at=at)) for order in orders]  # type: ignore[arg-type]
    *_, in_turn = zip(*(evaluator.removal_curve(order, at=at) for order in orders), strict=True)  # type: ignore[arg-type]
    for one, other in zip(alone, in_turn, strict=True):
        assert other.exact
        np.testing.assert_array_equal(one.loss, other.loss)


def test_a_layer_without_bias_shares_its_weights() -> None:
    layer = torch.nn.Linear(3, 2)
    bare = without_bias(layer)
    assert bare.bias is None
    assert bare.weight is layer.weight
    assert layer.bias is not None
