"""The networks of two sides, ready to be asked about the same images."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.evaluation.run_evaluators import data_of, first_images, network_of

if TYPE_CHECKING:
    from os import PathLike

    from torch import nn

    from workbench.comparing.sides import Side
    from workbench.evaluation.networks.data import Data
    from workbench.nets.parts import PartName


def network_and_data(
    first: Side,
    second: Side,
    part: PartName = "test",
    images: int | None = None,
    root: str | PathLike[str] | None = None,
) -> tuple[tuple[nn.Module, nn.Module], Data]:
    """Both networks and the first `images` (None: all) of a part of the data of the first.

    ValueError: a side is no run, a network cannot be made, or it does not take these images; DataMissing: they are not
    on this machine.
    """
    found = []
    for side in (first, second):
        if side.place is None:
            problem = "the networks must be computed on images, which a checkpoint does not name"
            raise ValueError(f"{side.name} is no run: {problem}; import it first (workbench import)")
        found.append(network_of(side.place.run, side.place.snapshot))
    assert first.place is not None
    with first_images(images):
        data = data_of(first.place.run, part, root)
    _check_inputs(second, found[1], data)
    return (found[0], found[1]), data


def _check_inputs(side: Side, network: nn.Module, data: Data) -> None:
    """Raise ValueError where the second network does not take the images of the first."""
    import torch

    device = next(network.parameters()).device
    try:
        with torch.inference_mode():
            network(data.inputs(slice(0, 1), device, torch.contiguous_format))
    except RuntimeError as error:
        shape = "×".join(map(str, data.images.shape[1:]))
        raise ValueError(f"{side.name} does not take the images of the first network, {shape}") from error
