"""The workers of a dask cluster as an executor."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import workbench
from workbench.runs.saying import counted, in_words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor
    from pathlib import Path

REACHED = 30.0  # seconds in which a scheduler has to answer
LACKING = (
    "a cluster needs dask.distributed, which is not installed; "
    'type: python -m pip install "redundancy-workbench[cluster]"'
)


@contextmanager
def cluster(address: str, folder: Path) -> Iterator[tuple[Executor, str]]:
    """The workers of the scheduler at `address`, and how many they are in words; in a with block.

    OSError: nobody answers there. ImportError: dask.distributed is missing here. ValueError: a worker does not see
    `folder`, which all machines have to share, or has another version of the workbench.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ImportError(LACKING) from error
    try:
        client = Client(address, timeout=REACHED, set_as_default=False)
    except (OSError, ValueError) as error:
        raise OSError(f"no dask scheduler answers at {address}: {in_words(error)}") from error
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"]
        _check(client, str(folder))
        words = (
            counted(len(workers), "worker") if workers else "a cluster that has no worker yet: trainings wait for one"
        )
        # Trials keep what they have: one whose worker died begins again at the last snapshot of its file.
        yield client.get_executor(pure=False), f"{words} at {address}"


def _check(client: Any, folder: str) -> None:
    for worker, (sees, version) in client.run(_seen, folder).items():
        if not sees:
            raise ValueError(f"the worker {worker} does not see {folder}: choose a folder that all machines share")
        if version != workbench.__version__:
            raise ValueError(f"the worker {worker} has version {version} of the workbench, not {workbench.__version__}")


def _seen(folder: str) -> tuple[bool, str]:
    return os.path.isdir(folder), workbench.__version__
