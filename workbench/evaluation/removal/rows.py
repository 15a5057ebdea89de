"""The quick way where a linear layer follows and each unit has one position: only what changes is run on.

On an image a unit that gives what it would give when removed changes nothing, and the answer before stands. The
outputs of the following layer that do change are gathered as rows, small batches of which pass the rest of the
network. The loops around that are fused (`kernels`).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from workbench.evaluation.networks.prefix import suits_loops
from workbench.evaluation.removal import kernels
from workbench.evaluation.tally import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.networks.network import Split

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
_BYTES_AT_ONCE = 4 << 20  # of rows: so many stay in the second caches
_ROWS_AT_ONCE = 1 << 14  # so that all threads have something to do


@dataclass(frozen=True, eq=False)
class Rows:
    """The following layer as the loops take it, and what comes after it."""

    columns: Float32  # (m, m₂): the following layer's weights, transposed
    bias: Float32  # (m₂,)
    least: np.float32  # 0 where ReLU comes first after it: the loops apply it; else the least number there is
    after: nn.Sequential  # what comes then
    last: tuple[Float32, Float32] | None  # of the linear layer that is all of that (see `kernels.changed_logits`)

    def removal(self, taken: torch.Tensor, constants: torch.Tensor, order: list[int], labels: torch.Tensor) -> Answers:
        """The answers on a chunk with 0…m units removed in this order."""
        units, changes = np.asarray(order, dtype=np.int64), _array(taken - constants)
        start = self._without_any(constants).astype(np.float32)[None]
        found = self._answers(changes, units, labels, start, cumulative=True)
        before = self.after(torch.from_numpy(np.maximum(start, self.least))).expand(len(labels), -1)
        last = nn.functional.cross_entropy(before, labels, reduction="sum").double()
        return Answers(torch.cat([found.predictions, before.argmax(1)[None]]), torch.cat([found.losses, last[None]]))

    def leave_one_out(self, taken: torch.Tensor, constants: torch.Tensor, left: Int64, labels: torch.Tensor) -> Answers:
        """The answers on a chunk with all units removed but those in `left`, and one of these too: (left, n)."""
        changes = _array(taken - constants)
        outputs = (self._without_any(constants) + changes[:, left] @ self.columns[left]).astype(np.float32)
        return self._answers(changes, left, labels, outputs, cumulative=False)

    def _answers(
        self, changes: Float32, units: Int64, labels: torch.Tensor, start: Float32, cumulative: bool
    ) -> Answers:
        """The answers for each of `units`, batches of images side by side in as many threads as torch would take."""
        predictions, truth = np.empty((len(labels), len(units)), np.int16), labels.numpy()
        counts = np.empty(len(changes), np.int64)
        kernels.count_changed(changes, units, counts)
        counts += 1  # what there is to begin with

        def run(images: slice) -> NDArray[np.float64]:
            first_row = np.concatenate([[0], np.cumsum(counts[images])])
            begin = start if len(start) == 1 else start[images]
            answers = np.empty(first_row[-1], np.int16), np.empty(first_row[-1], np.float32)
            with torch.inference_mode():  # it is switched on thread by thread
                logits = self._logits(changes[images], units, begin, cumulative, first_row)
                kernels.peaks(logits.numpy(), truth[images], first_row, *answers)
                kernels.finish(logits.exp_().numpy(), answers[1])
            losses = np.zeros(len(units))
            kernels.spread(changes[images], units, first_row, *answers, cumulative, predictions[images], losses)
            return losses

        width = len(self.bias) if self.last is None else 1 + len(self.last[1])
        batches = _batches(counts, min(_BYTES_AT_ONCE // (4 * width), _ROWS_AT_ONCE))
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            losses = np.sum(list(pool.map(run, batches)), axis=0)
        return Answers(torch.from_numpy(predictions).T.long(), torch.from_numpy(losses))

    def _logits(
        self, changes: Float32, units: Int64, start: Float32, cumulative: bool, first_row: Int64
    ) -> torch.Tensor:
        """The logits of every change that there is, (R, K); see `kernels.changed_rows`."""
        what = changes, units, self.columns, start, cumulative, self.least, first_row
        if self.last is not None:
            logits = np.empty((first_row[-1] + 2, 1 + len(self.last[1])), np.float32)
            kernels.changed_logits(*what, *self.last, logits)
            return torch.from_numpy(logits[:-2])
        rows = np.empty((first_row[-1], len(self.bias)), np.float32)
        kernels.changed_rows(*what, rows)
        found: torch.Tensor = self.after(torch.from_numpy(rows))
        return found

    def _without_any(self, constants: torch.Tensor) -> NDArray[np.float64]:
        """The following layer's outputs with all units removed, (m₂,)."""
        outputs: NDArray[np.float64] = self.columns.T.astype(np.float64) @ _array(constants) + self.bias
        return outputs


def rows_of(split: Split, constants: torch.Tensor) -> Rows | None:
    """The quick way, where it can be taken: a linear layer follows, one position a unit, on the processor."""
    following = split.following
    if not suits_loops(constants) or not isinstance(following, nn.Linear) or not split.whole:
        return None
    if following.in_features != split.units:
        return None
    zeros = following.weight.new_zeros(following.out_features)
    bias = zeros if following.bias is None else following.bias
    rectified = len(split.after) > 0 and isinstance(split.after[0], nn.ReLU)
    least = np.float32(0) if rectified else np.finfo(np.float32).min
    after = nn.Sequential(*list(split.after)[1:]) if rectified else split.after
    return Rows(_array(following.weight.T), _array(bias), least, after, _last(after))


def _last(after: nn.Sequential) -> tuple[Float32, Float32] | None:
    """Weights and bias of a linear layer with nothing else around it, all classes but the first less the first one.

    They are filled up with classes that never win.
    """
    steps = [step for step in after if not isinstance(step, nn.Dropout | nn.Identity)]
    if len(steps) != 1 or not isinstance(steps[0], nn.Linear):
        return None
    weights, spare = _array(steps[0].weight), (1 - steps[0].out_features) % kernels.CLASSES_AT_ONCE
    bias = np.zeros(len(weights), np.float32) if steps[0].bias is None else _array(steps[0].bias)
    lowest = np.finfo(np.float32).min / 2
    above = np.pad(weights[1:] - weights[0], ((0, spare), (0, 0)))
    return above, np.pad(bias[1:] - bias[0], (0, spare), constant_values=lowest)


def _array(tensor: torch.Tensor) -> Float32:
    return np.ascontiguousarray(tensor.detach().numpy(), dtype=np.float32)


def _batches(counts: Int64, most: int) -> Iterator[slice]:
    """Slices of the images, each with at most so many rows (or one image)."""
    start, rows = 0, 0
    for image, count in enumerate(counts.tolist()):
        if image > start and rows + count > most:
            yield slice(start, image)
            start, rows = image, 0
        rows += count
    yield slice(start, len(counts))
