"""Pieces of work side by side, each on one processor: quicker than one after another, each of them on all.

Where all processors share the many small steps of a piece they wait for each other at every step.
"""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import torch

from workbench.evaluation.giving_up import go_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Piece = TypeVar("Piece")
Found = TypeVar("Found")


def side_by_side(run: Callable[[Piece], Found], pieces: Sequence[Piece], where: torch.device) -> Iterator[Found]:
    """What `run` gives of each piece, in their order; without gradients. GivenUp: it is not wanted any more.

    As many at a time as torch has threads here. One after another where they are on another device.
    """
    threads = min(torch.get_num_threads(), len(pieces))
    if threads < 2 or where.type != "cpu" or _set_threads() is None:
        for piece in pieces:
            go_on()  # each takes long
            yield run(piece)
        return

    def quietly(piece: Piece) -> Found:
        with torch.inference_mode():
            return run(piece)

    with ThreadPoolExecutor(threads, initializer=_take_one_processor) as pool:
        for first in range(0, len(pieces), threads):
            go_on()
            yield from pool.map(quietly, pieces[first : first + threads])


def _take_one_processor() -> None:
    """From now on, what this thread asks of torch is done by it alone; other threads go on as they were."""
    torch.get_num_threads()  # a thread's first call sets its number
    set_threads = _set_threads()
    assert set_threads is not None
    set_threads(1)


@cache
def _set_threads() -> Any:
    """OpenMP's function for the calling thread alone, as torch has it (its own is for all); None: it has none."""
    return getattr(ctypes.CDLL(torch._C.__file__), "omp_set_num_threads", None)
