"""The recipe of a film and of each of its pictures, and the film that a recipe describes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.figures.drawing import Drawing, check_run, recipe_of
from workbench.figures.kinds import KINDS, named_settings
from workbench.figures.recipe import FilmPlan, Recipe, RecipeError
from workbench.films.film import Film, Scene
from workbench.runs.place import Place

if TYPE_CHECKING:
    from workbench.figures.page import Page
    from workbench.runs.run import Run


def recipe_at(film: Film, page: Page, snapshot: int) -> Recipe:
    """The recipe of a film's page at a snapshot; that of the first is the film's own. Reads the run's records."""
    settings = [named_settings(scene.kind, film.run, film.layer, scene.settings) for scene in film.scenes]
    drawings = [
        Drawing(figure, Place(film.run, film.layer or "", snapshot), film.units, named)
        for figure, named in zip(page.figures, settings, strict=True)
    ]
    ends = film.snapshots[0], film.snapshots[-1]
    plan = FilmPlan(*ends, film.size, film.font, film.seconds, film.rate, film.moving)
    return replace(recipe_of(drawings, film.style), film=plan)


def film_from(recipe: Recipe, run: Run) -> Film:
    """The film that the recipe of a film, or of one of its pictures, describes. Unknown settings are passed over.

    ValueError: it is no film's, or of another run, or it makes no sense.
    """
    plan, first = recipe.film, recipe.views[0]
    if plan is None:
        raise RecipeError("it was made of a figure, not of a film")
    scenes = []
    for view in recipe.views:
        check_run(view.run, run)
        if view.kind not in KINDS:
            raise RecipeError(f"there is no figure of kind {view.kind!r}: choose {', '.join(KINDS)}")
        known = KINDS[view.kind].settings.__dataclass_fields__  # type: ignore[attr-defined]
        scenes.append(Scene(view.kind, {name: value for name, value in view.settings.items() if name in known}))
    return Film(
        run=run,
        scenes=tuple(scenes),
        layer=first.layer,
        units=first.units,
        first=plan.first,
        last=plan.last,
        size=plan.size,
        font=plan.font,
        theme=recipe.style.theme,
        seconds=plan.seconds,
        rate=plan.rate,
        moving=plan.moving,
    )
