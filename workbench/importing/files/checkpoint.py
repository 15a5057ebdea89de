"""Which mapping in a checkpoint is the network, and which of its tensors a run can keep. Runs in confinement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from workbench.importing.files.foreign_hdf5 import (
    Unreadable,
)
from workbench.runs.layout import STORED

if TYPE_CHECKING:
    from collections.abc import Iterator

    Asked = Mapping[str, Any]  # the request: "kind", "data", "paths" of an HDF5 file, "part" of a checkpoint

DEEPEST = 8  # mappings inside mappings
MOST = 10_000  # mappings that are looked into
OPTIMISER = ("optim", "scheduler", "scaler")  # in the name of what is beside a network and never one
MOMENTS = ("exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "grad_avg")  # of its parameters
RIVAL = 0.01  # of the weights of the largest network: from here on another one is named


@dataclass(frozen=True)
class Candidate:
    """A mapping of names to tensors that may be a network."""

    name: str  # the keys that lead to it, with dots; "": the whole file
    tensors: dict[str, torch.Tensor]

    @property
    def weights(self) -> int:
        """The numbers in its matrices and filters."""
        return sum(each.numel() for each in self.tensors.values() if each.ndim > 1 and each.is_floating_point())


def candidates(loaded: Any) -> list[Candidate]:
    """Every mapping in a file that holds tensors, the one with the most weights first; ties in the file's order."""
    return sorted(_walk(loaded, (), [0]), key=lambda each: -each.weights)


def rivals(found: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that may be networks of their own, however small beside the largest one."""
    largest = max((each.weights for each in found), default=0)
    return [each for each in found if each.weights >= RIVAL * largest > 0]


def _walk(value: Any, path: tuple[str, ...], seen: list[int]) -> Iterator[Candidate]:
    seen[0] += 1
    if len(path) > DEEPEST or seen[0] > MOST:
        return
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    inner = [(str(key), each) for key, each in items]
    tensors = {key: each for key, each in inner if isinstance(each, torch.Tensor)}
    if isinstance(value, Mapping) and tensors and not set(tensors) & set(MOMENTS):
        yield Candidate(".".join(path), tensors)
    for key, each in inner:
        if isinstance(each, Mapping | list | tuple) and not any(word in key.lower() for word in OPTIMISER):
            yield from _walk(each, (*path, key), seen)


def oddity(tensor: torch.Tensor) -> str:
    """Why a run cannot keep a tensor of a file; "" where it can: every number lies once in memory that it has."""
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.is_quantized:
        return "of a special kind" if not tensor.is_quantized else "quantised"
    if tensor.layout is not torch.strided:
        return "sparse"
    if tensor.device.type != "cpu":
        return "without its numbers in the file"
    dtype = str(tensor.dtype).removeprefix("torch.")
    if dtype not in STORED:
        return f"of {dtype} numbers"
    if any(stride == 0 for stride, length in zip(tensor.stride(), tensor.shape, strict=True) if length > 1):
        return "a few numbers repeated (expanded)"
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes() or not _is_dense(tensor):
        return "a slice of a larger tensor (save it with .clone())"
    return ""


def _is_dense(tensor: torch.Tensor) -> bool:
    """Whether the numbers lie one beside the other, in whatever order of the axes."""
    reach = 1
    for stride, length in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if length > 1:
            if stride != reach:
                return False
            reach *= length
    return True


CONVERT = "save its state dict alone, best as .safetensors"


def choose(found: list[Candidate], part: str | None) -> tuple[Candidate, list[Candidate]]:
    """The network in a file (the requested part, else the one with the most weights), and its rivals."""
    if part is not None:
        for each in found:
            if each.name == part:
                return each, [other for other in rivals(found) if other is not each]
        names = ", ".join(repr(each.name[:80]) for each in rivals(found))
        raise Unreadable(f"holds no network at {part[:80]!r}", f"it has {names}" if names else CONVERT)
    if not found:
        raise Unreadable("holds no tensors", "choose a file of weights")
    return found[0], [each for each in rivals(found) if each is not found[0]]
