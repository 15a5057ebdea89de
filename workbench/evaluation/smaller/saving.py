"""Tensors in files that other programs read: .safetensors and PyTorch's .pt, whole or not at all."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.runs.files.whole_files import whole_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy as np
    import torch
    from numpy.typing import NDArray

    Tensors = Mapping[str, torch.Tensor]


def save_tensors(path: Path, tensors: Tensors, facts: Mapping[str, str] | None = None, overwrite: bool = False) -> None:
    """Write `tensors` to the new file `path`, as .safetensors (with `facts` as its metadata) or .pt.

    A .pt holds a plain dict of tensors and is read with `weights_only=True`. The file appears under its name when it
    is complete. FileExistsError: it is there, and `overwrite` does not say that it may go. ValueError: another ending.
    """
    check_place(path, overwrite)
    own = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with new_file(path, overwrite) as unfinished:
        _FORMATS[path.suffix](own, unfinished, facts or {})


def save_smaller(
    path: Path,
    state: Tensors,
    masks: Mapping[str, NDArray[np.bool_]],
    facts: Mapping[str, str],
    overwrite: bool = False,
) -> Path:
    """Save a smaller network as `save_tensors` does, and beside it which units it keeps; return where these lie."""
    import torch

    beside = masks_beside(path)
    # The masks first: whoever finds the network finds them too.
    save_tensors(beside, {layer: torch.from_numpy(mask) for layer, mask in masks.items()}, facts, overwrite)
    save_tensors(path, state, facts, overwrite)
    return beside


def masks_beside(path: Path) -> Path:
    """Return where the masks of a smaller network lie."""
    return path.with_name(f"{path.stem}.mask{path.suffix}")


@contextmanager
def new_file(path: Path, overwrite: bool = False) -> Iterator[Path]:
    """A place to write to; what lies there at the end of the block is called `path`, and after an error nothing is.

    FileExistsError: it is there, and `overwrite` does not say that it may go. FileNotFoundError where there is no
    folder for it.
    """
    _check_free(path, overwrite)
    with whole_file(path, replaces=overwrite) as unfinished:
        yield unfinished


def check_place(path: Path, overwrite: bool = False) -> None:
    """Raise FileExistsError where `path` is a file that may not go, ValueError where its ending is no format.

    FileNotFoundError where there is no folder for it. Loads no torch.
    """
    if path.suffix not in _FORMATS:
        raise ValueError(f"{path}: networks are saved as {' or '.join(_FORMATS)}")
    _check_free(path, overwrite)


def _check_free(path: Path, overwrite: bool) -> None:
    if path.exists() and not overwrite:
        raise FileExistsError(f"{path} already exists and is not overwritten: choose another name")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path.parent}: there is no such folder")


def _safetensors(tensors: Tensors, path: Path, facts: Mapping[str, str]) -> None:
    from safetensors.torch import save

    path.write_bytes(save(dict(tensors), dict(facts)))  # with the usual permissions, unlike its own writer


def _pt(tensors: Tensors, path: Path, _: Mapping[str, str]) -> None:
    import torch

    # As a stream without a name: PyTorch would store that of the unfinished file, another one each time.
    with path.open("wb") as stream:
        torch.save(dict(tensors), stream)


_FORMATS: dict[str, Callable[[Tensors, Path, Mapping[str, str]], None]] = {".safetensors": _safetensors, ".pt": _pt}
FORMATS = tuple(_FORMATS)
