"""Tables of trainings: their specifications, files and factors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.experiments import Trial, product
from workbench.experiments.room import Room, memory_of, room
from workbench.experiments.table import LONGEST_STEM, check_files
from workbench.runs.spec import SpecError
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from workbench.runs.spec import RunSpec

HERE = Path("here")


def test_every_combination_has_its_own_specification_and_file(small: RunSpec) -> None:
    found = product(small, {"optimiser.weight_decay": (0.0, 5e-4), "data.classes": ((3, 5), (0, 1))}, HERE, repeats=2)
    assert [trial.path.name for trial in found] == [
        f"lenet-digits-wd{decay}-classes{classes}-seed{seed}.h5"
        for decay in ("0", "0.0005")
        for classes in ("3,5", "0,1")
        for seed in (0, 1)
    ]
    last = found[-1]
    assert (last.spec.optimiser.weight_decay, last.spec.data.classes, last.spec.seed) == (5e-4, (0, 1), 1)
    assert last.factors == (("optimiser.weight_decay", "0.0005"), ("data.classes", "0,1"), ("seed", "1"))
    assert last.spec.command is not None
    assert last.path.name in last.spec.command
    assert last.spec.changed(optimiser=small.optimiser, data=small.data, seed=0, command=None) == small


def test_a_length_replaces_the_other_kind_of_length(small: RunSpec) -> None:
    (one,) = product(small, {"epochs": (2.0,)}, HERE)
    assert (one.spec.epochs, one.spec.iterations) == (2.0, None)


@pytest.mark.parametrize(
    ("factors", "problem"),
    [
        ({"optimiser.warmth": (1,)}, "no field 'optimiser.warmth'"),
        ({"batch_size.more": (1,)}, "no field 'batch_size.more'"),
        ({"batch_size": ()}, "batch_size has no value"),
        ({"batch_size": (5, 5)}, "2 trainings of the table have the same file"),
        ({"seed": range(101), "batch_size": range(1, 101)}, "more than 10,000 trainings"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(
    small: RunSpec, factors: dict[str, tuple[object, ...]], problem: str
) -> None:
    with pytest.raises(SpecError, match=problem):
        product(small, factors, HERE)
    with pytest.raises(SpecError, match="the seeds or the number of repeats"):
        product(small, {"seed": (1, 2)}, HERE, repeats=2)


def test_long_names_are_shortened_and_stay_different(small: RunSpec) -> None:
    many = tuple(tuple(range(k)) for k in (90, 91))
    names = [trial.name for trial in product(small, {"data.classes": many}, HERE)]
    assert len(set(names)) == 2
    assert all(len(name) <= LONGEST_STEM and name.endswith("-seed0") for name in names)


def test_files_that_two_trials_share_are_refused(small: RunSpec) -> None:
    with pytest.raises(SpecError, match="same file"):
        check_files([Trial(small, HERE / "a.h5"), Trial(small.changed(seed=1), HERE / "a.h5")])


def test_as_many_processes_as_fit() -> None:
    specs = [recipe("digits-quick")] * 9
    each = memory_of(specs[0])
    assert room(specs, cores=4, free=100 * each) == Room(4, 1, "4 cores")
    assert room(specs, cores=64, free=100 * each) == Room(9, 7, "9 trainings")
    few = room(specs, cores=8, free=4 * each)
    assert (few.workers, few.threads) == (3, 2)
    assert "free memory" in few.bound
    assert room(specs, cores=2, free=1).workers == 1
    assert "2.0 GB on the accelerator" in room(specs, cores=8, free=100 * each, on_device=2 * 10**9).bound
    assert memory_of(recipe("vgg19bn-cifar10")) > 800_000_000
    assert room(specs).workers >= 1
