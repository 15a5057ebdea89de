"""What is trained for the report's figures, at each scale and where data are missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.experiments.making import Again
from workbench.experiments.report.catalogue import ALL, TITLES
from workbench.experiments.report.catalogue import NETWORKS as NAMES
from workbench.experiments.report.figures import FIGURES, chosen, needed
from workbench.experiments.report.numbers import SCALES
from workbench.experiments.report.trainings import NETWORKS, REDRAWN, Asked
from workbench.training.recipes import recipe

HERE = Path("runs")
MISSING = frozenset({"mnist", "cifar10"})


def test_every_title_has_its_figure_and_every_figure_what_it_needs() -> None:
    assert list(FIGURES) == list(TITLES)
    assert list(NAMES) == list(NETWORKS)
    assert set(needed(chosen(ALL))) == {*NETWORKS, REDRAWN}
    with pytest.raises(ValueError, match="there is no figure 'fig9'"):
        chosen("fig9")
    for figure in FIGURES.values():
        assert all(number.printed or number.report is not None or number.source == "–" for number in figure.numbers)
        assert len({number.what for number in figure.numbers}) == len(figure.numbers)
        assert {name for picture in figure.pictures for name in picture.networks} <= set(figure.needs)


@pytest.mark.parametrize("scale", SCALES)
def test_each_scale_has_its_length_and_its_repeats(scale: str) -> None:
    asked = Asked(scale)  # type: ignore[arg-type]
    trainings = list(asked.trainings(needed(chosen(ALL)), HERE))
    assert len({each.path for each in trainings}) == len(trainings)
    made: set[Path] = set()
    for each in trainings:  # a run that another one begins with is made before it
        assert not isinstance(each.what, Again) or each.what.run in made
        made.add(each.path)
    full = recipe(NETWORKS["conv2"].recipe)
    lengths = {"quick": NETWORKS["conv2"].quick, "half": 10_000, "full": full.iterations}
    spec = asked.spec("conv2", 1)
    assert (spec.iterations, spec.initialiser, spec.shuffle, spec.seed) == (lengths[scale], "torch_default", False, 1)
    assert asked.count("conv2") == {"quick": 2, "half": 3, "full": 10}[scale]
    assert asked.count("vgg19bn") == 1
    assert (asked.spec("vgg19bn", 0).net.widths is None) == (scale != "quick")
    assert asked.spec("vgg19bn", 0).optimiser.weight_decay == 5e-4


def test_the_digits_stand_in_where_data_are_missing_but_for_networks_that_need_larger_images() -> None:
    asked = Asked("quick", 1, MISSING)
    trainings = list(asked.trainings(needed(chosen(ALL)), HERE))
    assert {each.name for each in trainings} == {"lenet", "conv2", "conv6", REDRAWN}
    assert {each.what.data.name for each in trainings if not isinstance(each.what, Again)} == {"digits"}
    assert all("digits" in each.path.name for each in trainings)
