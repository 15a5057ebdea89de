"""What the cards of a unit's page say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.overview.unit_measures import IMAGES, LOST
from workbench.figures.overview.unit_words import why_missing
from workbench.figures.pruning.guessing import guess_of
from workbench.runs.collection.naming import death, moment_beside_number
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from workbench.figures.overview.unit_measures import ClassLosses, UnitMeasures
    from workbench.figures.overview.units import UnitTable
    from workbench.gui.panels.units.page_answers import PageNeeds


def among(needs: PageNeeds) -> str:
    """Behind the unit: of how many selected ones it is the first."""
    return f", the first of {needs.selected:,} selected" if needs.selected > 1 else ""


def state(table: UnitTable, unit: int) -> str:
    """What became of a unit: its label, and of a dead one when it died."""
    at = float(table.died_at[unit])
    return table.label(unit) if np.isnan(at) else death(table.place.run, int(at))


def numbers(table: UnitTable, unit: int) -> str:
    """The numbers of a unit in one sentence, as the table has them."""
    said = []
    for name, words in (("norm", "norm"), ("norm_change", "change of the norm"), ("died_at", "dead since snapshot")):
        value = float(table.named[name][unit])
        if not np.isnan(value):
            when = moment_beside_number(table.place.run, int(value)) if name == "died_at" else ""
            of_snapshot = f"{words} {value:.0f}{f' ({when})' if when else ''}"
            said.append(of_snapshot if name == "died_at" else f"{words} {value:.3f}".replace("-", "−"))
        elif name == "norm_change":
            said.append(f"{words} unknown: {why_missing(table, name, unit)}")
    degree = float(table.degree[unit])
    said += [] if np.isnan(degree) else [f"{counted(int(degree), 'edge')} in the weight graph"]
    return capital("; ".join(said))


def of_images(found: UnitMeasures | None) -> str:
    """What is known of the images that activate it most."""
    if found is None:
        return "Computing…"
    if IMAGES in found.missing:
        return f"– {capital(found.missing[IMAGES])}"
    if found.images is None:
        return "Computing…"
    of = counted(found.total, "test image") if found.seen == found.total else f"the first {found.seen:,} test images"
    if not found.images:
        return f"It fires on none of {of}."
    return f"It fires on {found.fires:,} of {of}. Below each image: the output."


def of_losses(found: UnitMeasures | None) -> str:
    """What its removal costs, as far as it is known."""
    if found is not None and LOST in found.missing:
        return f"– {capital(found.missing[LOST])}"
    if found is None or found.losses is None:
        return "Computing…"
    losses = found.losses
    images = counted(losses.images, "test image") if losses.exact else f"the first {losses.images:,} test images"
    if not np.nan_to_num(losses.by_class).any():
        so_far = "" if losses.exact else " so far"
        return f"No class loses or gains accuracy on {images}{so_far}; its bias is kept."
    guess = guess_of(found.place.run, losses.start, losses.images)
    doubt = f" The network is {guess}." if guess else ""
    return f"{_lost(losses)} on {images}{'' if losses.exact else ' so far'}; its bias is kept.{doubt}"


def _lost(losses: ClassLosses) -> str:
    if losses.lost == 0.0:
        return "No accuracy is lost in total"
    about = "" if losses.exact else "About "
    return f"{about}{abs(losses.lost):.2f} points of accuracy are {'lost' if losses.lost > 0 else 'gained'} in total"


def capital(text: str) -> str:
    """The text with a capital at its beginning."""
    return text[:1].upper() + text[1:]
