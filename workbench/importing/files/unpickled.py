"""What torch saved, read by its restricted unpickler: nothing that a file names is ever run."""

from __future__ import annotations

import pickle
import re
from typing import TYPE_CHECKING, Any, BinaryIO

import torch

if TYPE_CHECKING:
    from collections.abc import Mapping

    Asked = Mapping[str, Any]  # the request: "kind", "data", "paths" of an HDF5 file, "part" of a checkpoint


# Packages whose objects training programs keep beside the weights. None of them is made: a placeholder stands for each.
BESIDE = ("argparse", "collections", "datetime", "enum", "numpy", "omegaconf", "pathlib", "typing",
          "lightning", "lightning_fabric", "pytorch_lightning")  # fmt: skip


INERT = ("torch.torch_version.TorchVersion", "torch.device")  # of torch itself


MOST_BESIDE = 100  # kinds of such objects


UNSUPPORTED = re.compile(r"Unsupported global: GLOBAL ([\w.]+)")


class _Beside:
    """Stands for an object that is not made; nothing is known of it."""

    def __new__(cls, *_: object) -> _Beside:
        return super().__new__(cls)

    def __init__(self, *_: object) -> None:
        pass

    def __setstate__(self, _: object) -> None:
        pass


def unpickled(stream: BinaryIO) -> tuple[Any, list[str]]:
    """What torch's restricted unpickler makes of a file, and the names of the objects that placeholders stand for."""
    beside: list[str] = []
    while True:
        stream.seek(0)
        try:
            with torch.serialization.safe_globals([(_Beside, name) for name in beside]):
                return torch.load(stream, map_location="cpu", weights_only=True), beside
        except pickle.UnpicklingError as error:
            named = UNSUPPORTED.search(str(error))
            name = named[1].rstrip(".") if named else ""
            harmless = name in INERT or name.partition(".")[0] in BESIDE
            if not harmless or name in beside or len(beside) == MOST_BESIDE:
                raise
            beside.append(name)
