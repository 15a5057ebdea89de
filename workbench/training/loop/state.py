"""What a training needs to go on, as plain arrays by name.

Learning rate, batches, augmentation and dropout follow from the seed and the iteration alone, and the weights lie in
the run: what is left are the optimiser's own numbers and the units that were removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray
    from torch import nn

    from workbench.runs.spec import RunSpec
    from workbench.training.loop.tally import Tally
    from workbench.training.removal import Removal

    State = Mapping[str, NDArray[Any]]

_OPTIMISER = "optimiser"
SINCE_SNAPSHOT = "since_snapshot"  # the sums behind the running means; older files have none
NOTHING = np.zeros(3)


@dataclass(frozen=True, eq=False)
class Beginning:
    """Where an interrupted training goes on: at the last snapshot that its run holds."""

    spec: RunSpec  # as the run holds it
    iterations: tuple[int, ...]  # of all of its snapshots
    seconds: float  # of training until then
    parameters: State  # the state dict
    state: State  # what `state_of` gave
    accuracies: Mapping[str, float] = field(default_factory=dict)  # stored at that snapshot, percent, by part

    @property
    def snapshot(self) -> int:
        """The last snapshot."""
        return len(self.iterations) - 1

    @property
    def iteration(self) -> int:
        """Where it was taken."""
        return self.iterations[-1]


def state_of(
    optimiser: torch.optim.Optimizer, net: nn.Module, removal: Removal | None, tally: Tally
) -> dict[str, NDArray[Any]]:
    """{name: array} of all that is no weight and does not follow from seed and iteration. Copies."""
    diverged_at = -1 if tally.diverged_at is None else tally.diverged_at
    state: dict[str, NDArray[Any]] = {
        "diverged_at": np.array(diverged_at, np.int64),
        SINCE_SNAPSHOT: np.array(tally.since_snapshot.sums, np.float64),
    }
    for name, parameter in net.named_parameters():
        for key, value in optimiser.state.get(parameter, {}).items():
            if value is not None:
                state[f"{_OPTIMISER}.{name}.{key}"] = as_array(value)
    return state if removal is None else {**state, **removal.state()}


def restore(optimiser: torch.optim.Optimizer, net: nn.Module, state: State) -> int | None:
    """Gives the optimiser its numbers back; the iteration at which the loss was first not finite, if it was.

    Tensors get the parameter's own memory format: with another one the last bits of a step would differ.
    """
    values = {
        number: dict(_values_of(name, parameter, state))
        for number, (name, parameter) in enumerate(net.named_parameters())
    }
    groups = optimiser.state_dict()["param_groups"]
    optimiser.load_state_dict({"state": {n: each for n, each in values.items() if each}, "param_groups": groups})
    diverged_at = int(state["diverged_at"])
    return None if diverged_at < 0 else diverged_at


def as_array(value: torch.Tensor | float) -> NDArray[Any]:
    """A copy in NumPy's order, whatever the tensor's memory format."""
    return np.array(torch.as_tensor(value).detach().cpu().contiguous().numpy(), order="C")


def _values_of(name: str, parameter: nn.Parameter, state: State) -> Iterable[tuple[str, torch.Tensor]]:
    start = f"{_OPTIMISER}.{name}."
    for path, row in state.items():
        key = path.removeprefix(start)
        if path.startswith(start) and "." not in key:
            tensor = torch.from_numpy(row)
            laid = torch.empty_like(parameter, dtype=tensor.dtype) if tensor.shape == parameter.shape else tensor
            yield key, laid.copy_(tensor) if laid is not tensor else tensor
