"""What a run's file does not say and its user may: the function that makes its network, and its data.

The user names both; they are never taken from a file, because naming "package.module:function" runs that function.
Loads no torch.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

FUNCTION = ":"  # in "package.module:function"
TORCHVISION = "torchvision:"

Name: TypeAlias = "str | Callable[..., Any]"  # of the catalogue, "torchvision:NAME", "package.module:function", itself


@dataclass(frozen=True)
class Named:
    """A net and data, as their user named them."""

    net: Name | None = None
    data: Name | None = None


class NotNamed(ValueError):
    """A network or data that neither the run nor its user has named."""


_MISSING = {"net": "how its network computes", "data": "what its network was trained on"}
_MADE = {"net": "a function that makes its network", "data": "a function that gives the data"}
_named: dict[tuple[Path, str], Named] = {}  # by the run's locator: copies of a run are named one by one
_everywhere = Named()  # of the runs for which nothing is named


def name(run: Run, net: Name | None = None, data: Name | None = None) -> None:
    """From now on, in this process, compute the accuracies of `run` with this network on these data.

    `net` is a network of the catalogue, "torchvision:NAME", or a function (or "package.module:function") that makes
    it; `data` a data set of the catalogue or a function, see `makers.made_data`. None: what the run says.
    """
    _named[run.locator] = Named(net or None, data or None)


@contextmanager
def named_everywhere(net: Name | None = None, data: Name | None = None) -> Iterator[None]:
    """Within, what is named for every run for which `name` names nothing else."""
    global _everywhere
    before, _everywhere = _everywhere, Named(net or None, data or None)
    try:
        yield
    finally:
        _everywhere = before


def named(run: Run) -> Named:
    """What the user has named for `run`."""
    return _named.get(run.locator, _everywhere)


def is_function(given: Name | None) -> bool:
    """Whether this is a function, or the name of one ("package.module:function")."""
    return callable(given) or (given is not None and FUNCTION in given and not given.startswith(TORCHVISION))


def not_named(run: Run) -> NotNamed:
    """That the run does not say its network or its data, or neither, and what to type."""
    lacking = missing(run.spec, named(run))
    return NotNamed(f"This run does not say {' and '.join(_MISSING[what] for what in lacking)}: {how(*lacking)}.")


def missing(spec: RunSpec, known: Named = Named()) -> tuple[str, ...]:
    """Which of "net" and "data" neither the run says nor its user."""
    said = {"net": known.net or spec.net.name, "data": known.data or spec.data.name}
    return tuple(what for what, name in said.items() if name == UNKNOWN)


def how(*lacking: str) -> str:
    """How a "net" or "data" is named, and what to type."""
    return (
        f"name {' and '.join(_MADE[what] for what in lacking)}, in the window with File → Network and data…, on the "
        f"command line with {' '.join(f'--{what} package.module:function' for what in lacking)}, in Python with "
        f"workbench.name(run, {', '.join(f'{what}=function' for what in lacking)})"
    )
