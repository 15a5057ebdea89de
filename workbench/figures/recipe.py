"""The recipe of a figure: all that is needed to make it again, as JSON inside the figure's file."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import msgspec

from workbench import __version__
from workbench.figures.style import Style

FORMAT = 1
LARGEST = 4 << 20  # bytes of JSON; the places of 4,096 nodes take 60 kB
MOST_VIEWS = 12
MOST_IN_GROUP = 64  # each is looked for when the figure is made again
PACKAGES = ("numpy", "scipy", "torch", "matplotlib")


class RecipeError(ValueError):
    """A recipe that cannot be read or does not make sense, in one sentence."""


@dataclass(frozen=True)
class RunKey:
    """Which run a figure is of, wherever its file lies now."""

    run_id: str
    content: str  # `Run.content` of the first `snapshots`
    snapshots: int
    file: str  # the name of the file, without its folder


@dataclass(frozen=True)
class View:
    """What one figure shows: the selection, and the panel's settings by name. RecipeError: too many runs."""

    kind: str
    run: RunKey
    layer: str | None = None
    snapshot: int = 0
    units: tuple[int, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)
    positions: tuple[tuple[float, float], ...] = ()  # of the nodes of a graph
    group: tuple[RunKey, ...] = ()  # the other runs of which a mean is shown

    def __post_init__(self) -> None:
        if len(self.group) > MOST_IN_GROUP:
            raise RecipeError(f"a figure shows the mean of up to {MOST_IN_GROUP} other runs, not {len(self.group)}")


@dataclass(frozen=True)
class FilmPlan:
    """How a film goes over the snapshots: as the fields of `Film`, which checks them."""

    first: int
    last: int
    size: tuple[int, int]
    font: float | None
    seconds: float
    rate: int
    moving: bool
    start: str = ""


@dataclass(frozen=True)
class Recipe:
    """The views on a page, how the page looks, and what it was made with. RecipeError: too many views.

    That of a film describes the page of its first snapshot, that of one of its pictures the page which is seen there.
    """

    views: tuple[View, ...]
    style: Style = field(default_factory=Style)
    columns: int | None = None
    software: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT
    film: FilmPlan | None = None  # which the page is of

    def __post_init__(self) -> None:
        if not 1 <= len(self.views) <= MOST_VIEWS:
            raise RecipeError(f"a recipe holds 1 to {MOST_VIEWS} views, not {len(self.views)}")

    def to_json(self) -> bytes:
        """UTF-8 JSON. RecipeError where it would take too much room."""
        text = msgspec.json.encode(self)
        if len(text) > LARGEST:
            raise RecipeError(f"the recipe takes {len(text):,} bytes, {LARGEST:,} are allowed")
        return text

    @staticmethod
    def from_json(text: bytes) -> Recipe:
        """The recipe in `text`, which may come from anybody; fields that are not known are passed over.

        RecipeError says what is wrong.
        """
        if len(text) > LARGEST:
            raise RecipeError(f"the recipe takes {len(text):,} bytes, {LARGEST:,} are allowed")
        try:
            made_by = _HEADER.decode(text).format
            if made_by > FORMAT:
                raise RecipeError(f"the recipe has format {made_by}; this workbench knows up to {FORMAT}: update it")
            return _RECIPE.decode(text)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise RecipeError(f"the recipe cannot be read: {error}") from error


class _Header(msgspec.Struct):
    format: int = FORMAT


# Made at import: see the end of `runs/spec.py`.
_HEADER, _RECIPE = msgspec.json.Decoder(_Header), msgspec.json.Decoder(Recipe)


def software() -> dict[str, str]:
    """The versions of what figures are made with."""
    found = {"workbench": __version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a checkout that was never installed
            continue
    return found
