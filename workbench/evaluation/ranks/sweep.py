"""A rank sweep: one singular direction after another, added to the layer's own outputs."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import torch

from workbench.evaluation.ranks.channels import rank_channels_of
from workbench.evaluation.ranks.kernels import rank_rows_of
from workbench.evaluation.tally import Answers, answers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workbench.evaluation.networks.prefix import Prefix
    from workbench.evaluation.ranks.factors import Factors


class RankSweep:
    """The answers of the network at some ranks. ValueError: ranks that do not ascend or that there are not.

    Where the factors are those of W itself, `whole` gives the answers on a chunk with nothing changed, which are those
    at the full rank; and at rank 0 all images have the same answer. No sweep runs for these two.
    """

    def __init__(
        self, prefix: Prefix, factors: Factors, ranks: Sequence[int], whole: Callable[[int], Answers] | None = None
    ) -> None:
        self.ranks = tuple(int(rank) for rank in ranks)
        if list(self.ranks) != sorted(set(self.ranks)) or not self.ranks:
            raise ValueError(f"Ranks ascend and are named once each, not {self.ranks}.")
        if self.ranks[0] < 0 or self.ranks[-1] > factors.ranks:
            raise ValueError(f"{prefix.split.name} has the ranks 0 to {factors.ranks}, not all of {self.ranks}.")
        self._prefix, self._factors, self._whole = prefix, factors, whole
        ends = {0, factors.ranks} if whole is not None else {-1}
        self._between = tuple(rank for rank in self.ranks if rank not in ends)
        if self._between:
            self._prepare(prefix, factors, self._between)

    def _prepare(self, prefix: Prefix, factors: Factors, ranks: tuple[int, ...]) -> None:
        prefix.keep_outputs()
        like = prefix.bias
        self._left, self._right = (
            torch.as_tensor(side, dtype=like.dtype).to(like.device) for side in (factors.left, factors.right)
        )
        # The base stays on the processor: `outputs_with` copies it to where the layer is.
        self._base = None if factors.base is None else torch.as_tensor(factors.base, dtype=torch.float32)
        self._base_name = "" if self._base is None else f"base {zlib.crc32(self._base.numpy().tobytes()):08x}"
        left, right = (side[:, : ranks[-1]] for side in (self._left, self._right))
        self.quick = rank_rows_of(prefix.split, left.T, ranks)
        self.channels = rank_channels_of(prefix.split, left, right, ranks)

    def answers(self, index: int) -> Answers:
        """The answers on a chunk at every rank."""
        parts = [self._answers_between(index)] if self._between else []
        if self._whole is not None and self.ranks[0] == 0:
            parts.insert(0, self._answers_at_zero(index))
        if self._whole is not None and self.ranks[-1] == self._factors.ranks:
            parts.append(self._whole(index))
        predictions, losses = ([getattr(part, name) for part in parts] for name in ("predictions", "losses"))
        device = predictions[0].device
        return Answers(torch.cat([each.to(device) for each in predictions]), torch.cat(losses))

    def _answers_at_zero(self, index: int) -> Answers:
        """Each unit gives its bias, whatever the image."""
        labels, taken = self._prefix.labels(index), self._prefix.constants("bias")
        if self._prefix.split.shortcuts:
            taken = taken.expand(len(labels), *taken.shape)
            return answers_of([self._prefix.split.logits(taken, self._prefix.shortcuts(index))], labels)
        return answers_of([self._prefix.split.logits(taken[None]).expand(len(labels), -1)], labels)

    def _answers_between(self, index: int) -> Answers:
        labels = self._prefix.labels(index)
        if self.quick is None and self.channels is None:
            return answers_of(self._logits(index), labels)
        outputs = self._prefix.outputs(index)
        start = self._start(outputs, index)
        if self.channels is not None:
            return self.channels.answers(start + self._prefix.bias, outputs - start, labels)
        assert self.quick is not None
        parts = (outputs - start) @ self._right[:, : self._between[-1]]
        return self.quick.answers(start + self._prefix.bias, parts, labels)

    def _logits(self, index: int) -> Iterator[torch.Tensor]:
        outputs, shortcuts = self._prefix.outputs(index), self._prefix.shortcuts(index)
        start = self._start(outputs, index)
        now, whole = _rows(start), _rows(outputs)
        parts = (whole - now) @ self._right[:, : self._between[-1]]
        reached = 0
        for rank in self._between:
            now.addmm_(parts[:, reached:rank], self._left[:, reached:rank].T)
            reached = rank
            changed = now.reshape(start.shape[0], *start.shape[2:], -1).movedim(-1, 1)
            yield self._prefix.split.logits(self._prefix.split.passed(changed + self._prefix.bias), shortcuts)

    def _start(self, outputs: torch.Tensor, index: int) -> torch.Tensor:
        """The outputs at rank 0."""
        if self._base is None:
            start = torch.zeros_like(outputs)
        else:
            start = self._prefix.outputs_with(self._base, self._base_name, index).clone()
        if self._factors.kept:
            kept = torch.tensor(self._factors.kept).to(start.device)
            start[:, kept] = outputs[:, kept]
        return start


def _rows(outputs: torch.Tensor) -> torch.Tensor:
    """The outputs as a matrix with a row for each image and position and a column for each unit."""
    return outputs.movedim(1, -1).reshape(-1, outputs.shape[1])
