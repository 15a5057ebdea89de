"""Units taken out of a network while it trains: zero from then on, as if they were not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workbench.analysis import matrices
from workbench.analysis.orders import among, find_order, joint_order, removal_order
from workbench.nets.initialisers import initialise, permute_inputs, redraw
from workbench.nets.neighbours import removed_units, unit_modules
from workbench.nets.units import layers, weight_matrix
from workbench.runs.errors import RunError
from workbench.runs.spec import SpecError
from workbench.training.events import TrainingError
from workbench.training.surgery import parent_of, removals, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec, SurgerySpec
    from workbench.training.loop.state import Beginning

    Units = NDArray[np.int64]
    Values = NDArray[np.float64]  # what an order needs to know of a layer


def go_on(net: nn.Module, since: Beginning) -> Removal | None:
    """Gives `net`, on the processor, the weights that an interrupted training goes on with; what removes units.

    SpecError: they are not those of `net`.
    """
    try:
        net.load_state_dict({key: torch.from_numpy(row) for key, row in since.parameters.items()})
    except RuntimeError as error:
        raise SpecError(f"the run does not hold the parameters of {since.spec.net.name}") from error
    surgery = since.spec.surgery
    return None if surgery is None else Removal(net, surgery, since.spec.seed, since.state)


def begin(net: nn.Module, spec: RunSpec) -> tuple[RunSpec, Removal | None]:
    """Gives `net`, on the processor, the weights that `spec` begins with; `spec` resolved, and what removes units.

    Units that go before the first step are gone already. SpecError: the parent's run is not there, or units that
    should be removed cannot be ranked.
    """
    if spec.surgery is None:
        initialise(net, spec.initialiser, spec.seed)
        return spec, None
    with parent_of(spec) as run:
        surgery = resolved(run, spec.surgery)
        net.load_state_dict({key: torch.from_numpy(row) for key, row in run.parameters(surgery.snapshot).items()})
        if surgery.redraw_seed is not None:
            redraw(net, surgery.redrawn, spec.initialiser, surgery.redraw_seed)
            permute_inputs(net, surgery.permuted, surgery.redraw_seed)
        removal = Removal(net, surgery, spec.seed)
        removal.before_the_first_step(run)
        return spec.changed(parent=run.run_id, surgery=surgery), removal


class Removal:
    """The units of a network that are removed, and those that will be.

    A removed unit's weights, bias, and scale and shift of its batch norm are zero, so that its output after ReLU is
    what a network without it has. Units that were removed before, in the parent, stay so and are not counted again.
    """

    def __init__(
        self, net: nn.Module, surgery: SurgerySpec, seed: int, kept: Mapping[str, NDArray[Any]] | None = None
    ) -> None:
        self._net, self._surgery, self._seed = net, surgery, seed
        hidden = [layer.name for layer in layers(net)[:-1]]
        self._modules = {layer: unit_modules(net, layer) for layer in hidden}
        self._rows: dict[str, torch.Tensor] = {}
        if kept is None:
            self._gone = {layer: removed_units(net, layer) for layer in hidden}
            self._counts = removals(surgery, sum(len(self._left(layer)) for layer in surgery.layers))
        else:
            self._gone = {layer: np.flatnonzero(kept[f"removed.{layer}"]) for layer in hidden}
            self._counts = {int(moment): int(count) for moment, count in kept.get("removals", ())}
        self._lay_rows()

    def state(self) -> dict[str, NDArray[Any]]:
        """What is removed and what will be, as arrays; given back as `kept` they make an equal object."""
        state: dict[str, NDArray[Any]] = {}
        for layer, units in self._gone.items():
            state[f"removed.{layer}"] = np.isin(np.arange(self._size(layer)), units).astype(np.uint8)
        if self._counts:
            state["removals"] = np.array(list(self._counts.items()), np.int64)
        return state

    def before_the_first_step(self, parent: Run) -> None:
        """Remove the units that are listed, or ranked by the parent's weights, or by the present ones at once."""
        surgery = self._surgery
        try:
            if surgery.units is not None:
                self._remove([np.asarray(units, np.int64) for units in surgery.units])
            elif surgery.ranked_at is not None:
                by_norm = find_order(surgery.order).needs == "norms"
                ranked = (parent.layer(layer) for layer in surgery.layers)
                at = surgery.ranked_at
                self._remove_ranked([each.norms(at) if by_norm else each.gram(at) for each in ranked], self._counts[0])
            else:
                self.reached(0)
        except (RunError, TrainingError) as error:
            raise SpecError(str(error)) from error

    def reached(self, iteration: int) -> None:
        """So many steps are done: remove what goes now, and undo what the last step did to the units removed before.

        TrainingError: weights are not finite, so that units cannot be ranked.
        """
        if iteration in self._counts:
            weights = [self._weights(layer, iteration) for layer in self._surgery.layers]
            known = matrices.row_norms if find_order(self._surgery.order).needs == "norms" else matrices.gram
            self._remove_ranked([known(each) for each in weights], self._counts[iteration])
        self._hold()

    def _remove_ranked(self, values: Sequence[Values], count: int) -> None:
        """Remove `count` units by what the order needs to know of each layer."""
        left = [self._left(layer) for layer in self._surgery.layers]
        there = [among(each, units) for each, units in zip(values, left, strict=True)]
        going = _first_to_go(self._surgery, there, count, self._seed)
        self._remove([units[chosen] for units, chosen in zip(left, going, strict=True)])

    def _remove(self, units: Sequence[Units]) -> None:
        for layer, more in zip(self._surgery.layers, units, strict=True):
            self._gone[layer] = np.union1d(self._gone[layer], more)
            if not len(self._left(layer)):
                raise SpecError(f"no unit of {layer} would be left: some were removed in the parent already")
        self._lay_rows()
        self._hold()

    def _lay_rows(self) -> None:
        self._rows = {layer: torch.from_numpy(units) for layer, units in self._gone.items() if len(units)}

    def _hold(self) -> None:
        """All parameters of removed units become zero, also after momentum and weight decay moved them."""
        with torch.no_grad():
            for layer in self._rows:
                for parameter in (row for each in self._modules[layer] for row in each.parameters(recurse=False)):
                    self._rows[layer] = self._rows[layer].to(parameter.device)
                    parameter.index_fill_(0, self._rows[layer], 0.0)

    def _left(self, layer: str) -> Units:
        return np.setdiff1d(np.arange(self._size(layer)), self._gone[layer])

    def _size(self, layer: str) -> int:
        units: int = self._net.get_submodule(layer).get_parameter("weight").shape[0]
        return units

    def _weights(self, layer: str, iteration: int) -> NDArray[np.float32]:
        weight = self._net.get_submodule(layer).get_parameter("weight").detach()
        matrix: NDArray[np.float32] = weight_matrix(weight).cpu().contiguous().numpy()
        if not np.isfinite(matrix).all():
            raise TrainingError(
                f"at iteration {iteration} weights of {layer} are no longer finite numbers, so its units cannot be "
                "ranked: a smaller learning rate usually helps"
            )
        return matrix


def _first_to_go(surgery: SurgerySpec, values: Sequence[Values], count: int, seed: int) -> list[Units]:
    """For each layer the `count` units, of all, that go first; each layer keeps at least the one that is its last."""
    if len(values) == 1:
        return [removal_order(surgery.order, values[0], seed)[:count]]
    joint = joint_order(surgery.order, values, seed, surgery.rule)
    may_go = np.ones(len(joint.units), bool)
    for layer in range(len(values)):
        may_go[np.flatnonzero(joint.layers == layer)[-1]] = False
    chosen = np.flatnonzero(may_go)[:count]
    return [joint.units[chosen][joint.layers[chosen] == layer] for layer in range(len(values))]
