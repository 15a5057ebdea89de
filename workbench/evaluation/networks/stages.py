"""A network cut after each of the layers that change: what lies before a change need not be computed again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

from workbench.nets.work import with_work

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import fx, nn

    from workbench.evaluation.networks.network import Values
    from workbench.evaluation.networks.tracing import Traced

Masks = dict[str, "Values"]  # layer -> a mask, and what stands where it is true (see `Traced.part`)


@dataclass(frozen=True, eq=False)
class Stage:
    """From behind some layers to behind the next ones; the last one ends in the logits."""

    layers: tuple[str, ...]  # whose units it takes out of the values that it is given
    rest: nn.Module

    def run(self, values: Values, masks: Masks) -> Values:
        """The values that the next stage takes."""
        found: torch.Tensor | Values = self.rest(*values, *(each for layer in self.layers for each in masks[layer]))
        return (found,) if isinstance(found, torch.Tensor) else found


def stages_of(graph: Traced, ends: Mapping[str, fx.Node]) -> tuple[list[fx.Node], tuple[Stage, ...]]:
    """The values that the first stage takes, and the stages; `ends` says where each layer's units can be taken out.

    A stage for each layer where each depends on the one before, else (they lie on several branches) one for all.
    """
    ordered = sorted(ends, key=lambda layer: graph.nodes.index(ends[layer]))
    chain = all(ends[later] in graph.after([ends[earlier]]) for earlier, later in pairwise(ordered))
    groups = [(layer,) for layer in ordered] if chain else [tuple(ordered)]
    cuts = [_cut(graph, [ends[layer] for layer in group]) for group in groups]
    wanted = [*cuts[1:], [graph.answer]]
    parts = (
        graph.part(cut, then, masked=[ends[layer] for layer in group])
        for cut, then, group in zip(cuts, wanted, groups, strict=True)
    )
    return cuts[0], tuple(Stage(*pair) for pair in zip(groups, parts, strict=True))


def shares(stages: Sequence[Stage], values: Values, masks: Masks) -> dict[str, float]:
    """For each layer: which part of the work after the first of them comes after it, 0…1."""
    work = []
    for stage in stages:
        values, flops = with_work(partial(stage.run, values, masks))
        work.append(flops)
    whole = max(1, sum(work))
    return {layer: sum(work[at:]) / whole for at, stage in enumerate(stages) for layer in stage.layers}


def _cut(graph: Traced, ends: Sequence[fx.Node]) -> list[fx.Node]:
    """The first of these, and what goes around them: all that the answer depends on."""
    changed = graph.after(ends)
    sources = [end for end in ends if end not in changed]
    return [*sources, *graph.beside(sources)]
