"""Which data sets are on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.nets.datasets import DataMissing, in_memory

if TYPE_CHECKING:
    from collections.abc import Iterable


def missing_data(names: Iterable[str]) -> frozenset[str]:
    """Those of these data sets that are not on this machine."""
    missing = set()
    for name in set(names):
        try:
            in_memory(name)
        except DataMissing:
            missing.add(name)
    return frozenset(missing)
