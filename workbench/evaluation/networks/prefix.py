"""What a layer and the one after it see of every image: computed once, kept as far as a budget of memory allows."""

from __future__ import annotations

from copy import copy, deepcopy
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch import nn

from workbench.cached import cached_property
from workbench.evaluation.giving_up import give_up_if_unwanted, go_on
from workbench.evaluation.networks.memory import DEFAULT_BUDGET, Memory, with_room
from workbench.evaluation.results import FIRST as FIRST
from workbench.nets.work import with_work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.networks.network import Network, Split, Values, WeightLayer
    from workbench.evaluation.results import Removed

Answer = TypeVar("Answer")

_FLOPS_AT_ONCE = 8e9  # about a tenth of a second of a processor
_SMALLEST, _ACCELERATOR = 16, 2_000
_OUTPUTS_AT_ONCE = 16 << 20  # numbers of a layer's outputs in a chunk
_BYTES_AT_ONCE = 512 << 20  # of what one step of the network gives, on an accelerator
_BYTES_ON_PROCESSOR = 16 << 20  # the same on the CPU: a small file may hold a layer of very many units


class Prefix:
    """The layer's outputs (without bias) and what the following layer takes, chunk by chunk of the data.

    What does not fit into `budget_bytes` is computed again whenever it is requested.
    """

    def __init__(self, network: Network, split: Split, data: Data, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self._network, self.split, self.data = network, split, data
        self._memory = Memory(budget_bytes, network.device)
        self._means: NDArray[np.float64] | None = None
        self._bare = without_bias(split.layer)
        with network.running():
            self.images_at_once = self._fitting()
        self.shape = self.ask(lambda: self._apply(self._bare, slice(0, 1)))[0].shape[1:]  # of one image's outputs
        self.chunks = self._cut()

    def ask(self, compute: Callable[[], Answer]) -> Answer:
        """What `compute` gives, exactly and without gradients; tried with less memory where that is short.

        MemoryError: there is not even enough for one image at a time. GivenUp: it is not wanted any more.
        """
        go_on()
        with self._network.running():
            return with_room(compute, self.make_room, self._network.device)

    def clear(self) -> None:
        """Let go of all activations; they are computed again when they are asked for."""
        self._memory.clear()

    def make_room(self) -> bool:
        """Whether memory could be freed: all that is kept, then half of the images that are computed at a time."""
        if self._memory.give_up():
            return True
        halved, self.images_at_once = self.images_at_once > 1, max(1, self.images_at_once // 2)
        return halved

    @property
    def bias(self) -> torch.Tensor:
        """The layer's bias as it is added to its outputs."""
        layer = self.split.layer
        bias = layer.weight.new_zeros(self.split.units) if layer.bias is None else layer.bias
        return bias.reshape(-1, *(1 for _ in self.shape[1:]))

    def labels(self, index: int) -> torch.Tensor:
        """The labels of a chunk."""
        return self.data.labels[self.chunks[index]].to(self._network.device)

    def outputs(self, index: int) -> torch.Tensor:
        """The layer's outputs on a chunk without bias, (n, m) or (n, m, height, width)."""
        return self._get("outputs", index, lambda: self._apply(self._bare, self.chunks[index])[0])

    def outputs_with(self, weights: torch.Tensor, name: str, index: int) -> torch.Tensor:
        """The same with other weights for the layer (m × n); `name` tells them apart."""
        other = deepcopy(self._bare)
        other.weight.copy_(weights.reshape(other.weight.shape))
        return self._get(name, index, lambda: self._apply(other, self.chunks[index])[0])

    def outputs_of(self, layer: WeightLayer, index: int) -> torch.Tensor:
        """The outputs of another layer in the place of this one on a chunk; they are not kept."""
        return self._apply(layer, self.chunks[index])[0]

    def activated(self, index: int) -> torch.Tensor:
        """Each unit's output after batch norm and non-linearity on a chunk."""
        active: torch.Tensor = self.split.activation(self.outputs(index) + self.bias)
        return active

    def taken(self, index: int) -> torch.Tensor:
        """What the following layer takes on a chunk; never write into it."""
        return self.seen(index)[0]

    def shortcuts(self, index: int) -> Values:
        """What else the rest of the network takes on a chunk (see `Split.before`)."""
        return self.seen(index)[1] if self.split.shortcuts else ()

    def seen(self, index: int) -> tuple[torch.Tensor, Values]:
        """Both of these, from one run of the network where they are not kept."""
        names = ("taken", *(f"shortcut {number}" for number in range(self.split.shortcuts)))
        taken, *shortcuts = self._memory.all([(name, index) for name in names], lambda: self._take(index))
        return taken, tuple(shortcuts)

    def constants(self, removed: Removed) -> torch.Tensor:
        """What the following layer takes when every unit is removed: the shape of one image of `taken`.

        "mean" needs all images first.
        """
        if removed == "bias":
            return self.split.passed(self.bias.expand(1, *self.shape).clone())[0]
        mean = self.means() if removed == "mean" else np.zeros(self.split.units)
        values = torch.as_tensor(mean, dtype=self.bias.dtype).to(self._network.device)
        values = values.reshape(-1, *(1 for _ in self.shape[1:])).expand(1, *self.shape)
        constant: torch.Tensor = self.split.gathering(values.contiguous())[0]
        return constant

    def means(self) -> NDArray[np.float64]:
        """The mean output of each unit after its non-linearity over all images and positions, (m,)."""
        with self._memory.lock:
            if self._means is None:
                total = np.zeros(self.split.units)
                for index in range(len(self.chunks)):
                    active = self.activated(index)
                    over_positions = active.reshape(len(active), self.split.units, -1).sum(2).cpu()
                    total += over_positions.sum(0, dtype=torch.float64).numpy()  # not every device has doubles
                self._means = total / (len(self.data) * self.shape[1:].numel())
            return self._means

    @cached_property
    def work_behind(self) -> int:
        """The floating-point operations that the network behind the layer takes for an image."""
        return self.ask(lambda: self._work(after=False))

    @cached_property
    def work_after(self) -> int:
        """The same behind the layer that takes the units; all of it where there is no such layer."""
        return self.ask(lambda: self._work(after=True))

    def _work(self, after: bool) -> int:
        outputs, *shortcuts = self._apply(self.split.layer, slice(0, 1))
        taken, following = self.split.passed(outputs), self.split.following
        if not after or following is None:
            return with_work(lambda: self.split.logits(taken, tuple(shortcuts)))[1]
        given = following(taken)
        return with_work(lambda: self.split.finish(given, tuple(shortcuts)))[1]

    def _take(self, index: int) -> Values:
        """Straight from the images for a convolution whose outputs are not kept: they are large, and pooled at once."""
        if self.split.whole and (len(self.shape) == 1 or ("outputs", index) in self._memory):
            return (self.split.passed(self.outputs(index) + self.bias),)
        return self._apply(self.split.layer, self.chunks[index], self.split.passed)

    def _get(self, name: str, index: int, compute: Callable[[], torch.Tensor]) -> torch.Tensor:
        if self._worth_keeping(name) or (name, index) in self._memory:
            return self._memory.all([(name, index)], lambda: (compute(),))[0]
        return compute()

    def _worth_keeping(self, name: str) -> bool:
        """Outputs of convolutions are not, until they are wanted for themselves."""
        return name != "outputs" or len(self.shape) == 1 or self._wants_outputs

    _wants_outputs = False

    def keep_outputs(self) -> None:
        """From now on the layer's own outputs are kept too (a rank sweep takes them)."""
        self._wants_outputs = True

    def _apply(
        self, layer: WeightLayer, rows: slice, then: Callable[[torch.Tensor], torch.Tensor] = lambda outputs: outputs
    ) -> Values:
        """`layer` in the place of the split's layer, on some images, few at a time; and the shortcuts around it."""
        pieces: list[Values] = []
        for inputs in self.inputs(rows):
            give_up_if_unwanted()
            taken, shortcuts = self.split.before(inputs)
            pieces.append((then(self.split.outputs(taken, layer)), *shortcuts))
        return tuple(joined(each) for each in zip(*pieces, strict=True))

    def inputs(self, rows: slice) -> Iterator[torch.Tensor]:
        """Some images as the network takes them, as many at a time as it should be given."""
        for start in range(rows.start, rows.stop, self.images_at_once):
            few = slice(start, min(start + self.images_at_once, rows.stop))
            yield self.data.inputs(few, self._network.device, self._network.memory_format)

    def _fitting(self) -> int:
        if self._network.device.type != "cpu":
            return int(np.clip(_BYTES_AT_ONCE // self._network.graph.largest, 1, _ACCELERATOR))
        first = self.data.inputs(slice(0, 1), self._network.device, self._network.memory_format)
        _, flops = with_work(lambda: self._network(first))
        quick = int(np.clip(_FLOPS_AT_ONCE // max(1, flops), _SMALLEST, FIRST))
        return min(quick, max(1, _BYTES_ON_PROCESSOR // self._network.graph.largest))

    def _cut(self) -> tuple[slice, ...]:
        """By thousands, but few images where the layer's outputs or what comes behind them are large."""
        behind = (self.split.following, self.split.after, self.split.rest)
        steps = (step for part in behind if part is not None for step in part.modules())
        large = self.split.units_last or any(isinstance(step, nn.Conv2d) for step in steps)
        size = self.images_at_once if large else max(_SMALLEST, min(FIRST, _OUTPUTS_AT_ONCE // self.shape.numel()))
        total = len(self.data)
        return tuple(slice(start, min(start + size, total)) for start in range(0, total, size))


def without_bias(layer: WeightLayer) -> WeightLayer:
    """The layer with the same weights, which are not copied, and no bias."""
    bare = copy(layer)
    bare._parameters = {**layer._parameters, "bias": None}
    return bare


def suits_loops(tensor: torch.Tensor) -> bool:
    """Whether the fused loops can take it: single precision, on the processor."""
    return tensor.device.type == "cpu" and tensor.dtype == torch.float32


def joined(pieces: Sequence[torch.Tensor]) -> torch.Tensor:
    """One tensor of the images of all pieces."""
    return pieces[0] if len(pieces) == 1 else torch.cat(list(pieces))
