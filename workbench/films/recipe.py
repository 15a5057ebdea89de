"""The recipe of a film and of each of its pictures, and the film that a recipe describes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.figures.comparing.beside import taken_apart
from workbench.figures.drawing import Drawing, check_run, recipe_of
from workbench.figures.kinds import KINDS, settings_at
from workbench.figures.recipe import FilmPlan, Recipe, RecipeError
from workbench.films.film import Film, Scene
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.page import Page
    from workbench.runs.run import Run


def recipe_at(film: Film, page: Page, snapshot: int) -> Recipe:
    """The recipe of a film's page at a snapshot; that of the first is the film's own. Reads the run's records."""
    place = Place(film.run, film.layer or "", snapshot)
    drawings = []
    for figure, scene in zip(page.figures, film.scenes, strict=True):
        named = settings_at(scene.kind, place, scene.settings, bool(scene.others), scene.beside)
        drawings.append(Drawing(figure, place, film.units, named, group=scene.others))
    ends = film.snapshots[0], film.snapshots[-1]
    plan = FilmPlan(*ends, film.size, film.font, film.seconds, film.rate, film.moving, film.start)
    return replace(recipe_of(drawings, film.style), film=plan)


def film_from(recipe: Recipe, run: Run, groups: Sequence[Sequence[Run]] = ()) -> Film:
    """The film that the recipe of a film, or of one of its pictures, describes. Unknown settings are passed over.

    `groups` are the other runs of each view; none: all are of `run` alone. ValueError: it is no film's, or of another
    run, or it makes no sense.
    """
    plan, first = recipe.film, recipe.views[0]
    if plan is None:
        raise RecipeError("it was made of a figure, not of a film")
    scenes = []
    for view, group in zip(recipe.views, groups or [()] * len(recipe.views), strict=True):
        if len(view.group) != len(group):
            raise RecipeError(f"a figure of it shows {len(view.group)} other runs, but {len(group)} are given")
        for key, given in zip((view.run, *view.group), (run, *group), strict=True):
            check_run(key, given)
        if view.kind not in KINDS:
            raise RecipeError(f"there is no figure of kind {view.kind!r}: choose {', '.join(KINDS)}")
        known = KINDS[view.kind].settings.__dataclass_fields__  # type: ignore[attr-defined]
        own = {name: value for name, value in view.settings.items() if name in known}
        others, beside = taken_apart(group, view.settings)
        scenes.append(Scene(view.kind, own, others, None if beside is None else beside[0]))
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
        start=plan.start,
    )
