"""The shapes of a network's parameters, foretold without building it."""

from __future__ import annotations

import pytest

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import ARCHITECTURES
from workbench.nets.architectures.shapes import parameter_shapes


@pytest.mark.parametrize("net", ARCHITECTURES)
@pytest.mark.parametrize(("bias", "classes"), [(True, 10), (False, 3)])
def test_shapes_are_those_of_the_network_that_is_built(net: str, bias: bool, classes: int) -> None:
    shape = (3, 40, 36)
    built = build(net, shape, classes, bias=bias).state_dict()
    expected = {key: (tuple(value.shape), str(value.dtype).removeprefix("torch.")) for key, value in built.items()}
    assert list(parameter_shapes(net, shape, classes, bias=bias).items()) == list(expected.items())
