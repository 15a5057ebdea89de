"""An answer about data or a network that are not those of the training says so, and a sound one says nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

import workbench as wb
from tests.own_mnist import trained, trained_long_ago, write_data
from workbench.cli import main
from workbench.evaluation import run_evaluators
from workbench.evaluation.doubts import warnings_of
from workbench.evaluation.evaluator import exact
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.makers import made_data
from workbench.evaluation.networks.named import name
from workbench.evaluation.ranks.groups import group_curves, low_rank_group
from workbench.evaluation.ranks.joint import joint_low_ranks
from workbench.evaluation.smaller.merging import merging
from workbench.recorders.own_loop import record
from workbench.resource import resource
from workbench.runs.spec import OriginSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("forgotten")


ANSWERS: dict[str, Callable[[Run, Path], Any]] = {
    "prune": lambda run, root: wb.prune(run, "fc1", orders=["max_mag"], root=root),
    "prune together": lambda run, root: wb.prune(run, layers=["fc1", "fc2"], orders=["max_mag"], root=root),
    "low rank": lambda run, root: wb.low_rank(run, "fc1", root=root),
    "a few ranks": lambda run, root: wb.low_rank(run, "fc1", ranks_asked=[1, 2], root=root),
    "ablate": lambda run, root: wb.ablate(run, "fc1", [0], root=root),
    "merge": lambda run, root: wb.merge(run, "fc1", root=root),
    "merging": lambda run, root: exact(merging(run, "fc1", root=root, cosines=[0.9])),
    "all layers": lambda run, root: exact(joint_low_ranks(run, 0.1, root=root)),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_other_labels_are_said_in_every_answer(on_mnist: tuple[Path, Path], tmp_path: Path, answer: str) -> None:
    root = write_data(tmp_path / "data", shift=1)
    with wb.open_run(on_mnist[0]) as run:
        stored = run.test_accuracy[-1]
        network = run_evaluators.network_of(run, -1, torch.device("cpu"))
        data = run_evaluators.data_of(run, "test", root)
        with torch.no_grad():
            right = network(data.inputs(slice(None), torch.device("cpu"), torch.contiguous_format)).argmax(1)
        computed = 100 * (right == data.labels).double().mean()
        assert ANSWERS[answer](run, root).warnings == (
            f"The network computes {computed:.2f} % on these 360 test images, but the run stored {stored:.2f} %: the "
            "images or their labels are not those of the training.",
        )
        assert ANSWERS[answer](run, on_mnist[1]).warnings == ()


def test_a_group_says_it_of_each_run(on_mnist: tuple[Path, Path], tmp_path: Path) -> None:
    root = write_data(tmp_path / "data", shift=1)
    with wb.open_run(on_mnist[0]) as run:
        (of_rank,) = low_rank_group([run], "fc1", 3, root=root).warnings
        (of_curves,) = exact(group_curves([run], "fc1", root=root)).warnings
        assert of_rank == of_curves
        assert of_rank.startswith("run.h5: The network computes ")
        assert low_rank_group([run], "fc1", 3, root=on_mnist[1]).warnings == ()


def test_a_single_label_is_noticed_by_the_digest(on_mnist: tuple[Path, Path], tmp_path: Path) -> None:
    root = write_data(tmp_path / "data", shift=1, first=1)
    with wb.open_run(on_mnist[0]) as run:
        found = wb.ablate(run, "fc1", [0], root=root)
    assert found.warnings == ("These 360 test images or their labels are not those of the training.",)


def test_the_validation_images_that_choose_are_compared_too(on_mnist: tuple[Path, Path], tmp_path: Path) -> None:
    root = write_data(tmp_path / "data", shift=1, part="train")
    with wb.open_run(on_mnist[0]) as run:
        assert wb.prune(run, "fc1", orders=["max_mag"], root=root).warnings == ()
        said = ("These 144 validation images or their labels are not those of the training.",)
        assert wb.prune(run, "fc1", orders=["snip"], root=root).warnings == said
        (warning,) = wb.low_rank(run, "fc1", root=root, estimators=True).warnings
        stored = run.validation_accuracy[-1]
        assert f" % on these 144 validation images, but the run stored {stored:.2f} %: the images or" in warning


def test_of_a_run_without_digests_the_accuracy_is_compared(tmp_path: Path) -> None:
    path = trained_long_ago(tmp_path / "run.h5", write_data(tmp_path / "data"))
    with wb.open_run(path) as run:
        assert wb.ablate(run, "fc1", [0], root=tmp_path / "data").warnings == ()
        (warning,) = wb.ablate(run, "fc1", [0], root=write_data(tmp_path / "other", shift=1)).warnings
        assert warning.endswith(" %: the data or the network are not those of the training.")


def test_a_run_that_was_trained_elsewhere_may_be_rounded_more() -> None:
    with wb.open_run(resource("sample_runs/digits_lenet.h5")) as run:
        other = run.test_accuracy[-1] - 100 * 3 / 360  # three of 360 images
        (warning,) = warnings_of(run, -1, "test", unchanged=other)
        assert "but the run stored" in warning
        recorded = replace(run, spec=run.spec.changed(origin=OriginSpec("recorded", "mine.Net", "as trained")))
        assert not any("but the run stored" in each for each in warnings_of(recorded, -1, "test", unchanged=other))


@pytest.mark.parametrize("sample", ["digits_conv", "digits_lenet"])
def test_the_sample_runs_raise_no_doubt(sample: str) -> None:
    with wb.open_run(resource(f"sample_runs/{sample}.h5")) as run:
        assert wb.low_rank(run, "fc1", 0, [1], estimators=True).warnings == ()
        assert wb.ablate(run, "fc1", [0], part="validation").warnings == ()
        assert wb.ablate(run, "fc1", [0], part="train").warnings == ()


def test_another_network_is_told_from_other_data(on_mnist: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def other() -> nn.Module:
        parts = {"flatten": nn.Flatten(), "fc1": nn.Linear(784, 16), "fc2": nn.Linear(16, 8), "fc3": nn.Linear(8, 10)}
        net = nn.Sequential()
        for key, part in parts.items():
            net.add_module(key, part)
        return net

    monkeypatch.setenv("WORKBENCH_DATA", str(on_mnist[1]))
    with wb.open_run(on_mnist[0]) as run:
        try:
            name(run, net=other)
            (warning,) = wb.ablate(run, "fc1", [0]).warnings
        finally:
            name(run)
    assert warning.endswith(" %: the images and labels are those of the training, so the network is a different one.")


def test_what_no_accuracy_was_stored_of_is_not_compared(tmp_path: Path) -> None:
    with record(tmp_path / "run.h5", nn.Sequential(nn.Flatten(), nn.Linear(64, 10)), steps=1, quiet=True):
        pass
    images = torch.randn(30, 64)
    with wb.open_run(tmp_path / "run.h5") as run:
        net = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
        name(run, net=lambda: net, data=lambda: (images, torch.arange(30) % 10))
        assert np.isnan(run.test_accuracy[-1])
        assert wb.ablate(run, "1", [0]).warnings == ()


# --- functions that give the data ---


def numbered(count: int, order: list[int] | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    places = torch.arange(count) if order is None else torch.tensor(order)
    return places.float()[:, None] + 0.5, places % 7


def numbers(data: Data) -> set[float]:
    return set(data.images[:, 0].tolist())


def test_a_function_without_argument_holds_one_in_ten_out_for_validation() -> None:
    validation, test = (made_data(lambda: numbered(500), part, 7) for part in ("validation", "test"))
    assert (len(validation), len(test)) == (50, 450)
    assert numbers(validation) | numbers(test) == {number + 0.5 for number in range(500)}
    assert (validation.name, test.name) == ("validation", "test")
    assert all(label == int(image) % 7 for image, label in zip(test.images[:, 0], test.labels, strict=True))
    shuffled = torch.randperm(500, generator=torch.Generator().manual_seed(0)).tolist()
    assert numbers(made_data(lambda: numbered(500, shuffled), "validation", 7)) == numbers(validation)
    with pytest.raises(ValueError, match="returns no train part: let it take the name of the part"):
        made_data(lambda: numbered(500), "train", 7)


def test_few_images_are_divided_too() -> None:
    assert [len(made_data(lambda: numbered(2), part, 7)) for part in ("validation", "test")] == [1, 1]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Run]:
    torch.manual_seed(0)
    with record(tmp_path / "run.h5", nn.Sequential(nn.Linear(1, 7)), steps=1, quiet=True):
        pass
    with wb.open_run(tmp_path / "run.h5") as run:
        yield run


ALL = "All validation images are test images too: anything chosen on validation is chosen on these."
FORTY = "40 of the 50 validation images are test images too: anything chosen on validation is chosen on these."


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (lambda: numbered(500), ()),
        (lambda part: numbered(40), (ALL,)),
        (lambda part: numbered(40 if part == "test" else 50), (FORTY,)),
        (lambda: {"test": numbered(40), "validation": numbered(40)}, (ALL,)),
        (lambda: {"test": numbered(40)}, ()),
        (lambda part: Data(*numbered(40), 7), (ALL,)),
    ],
)
def test_images_that_serve_two_purposes_are_said(own: Run, data: Any, said: tuple[str, ...]) -> None:
    name(own, net=lambda: nn.Sequential(nn.Linear(1, 7)), data=data)
    assert wb.low_rank(own, "0", part="test").warnings == said


# --- commands, figures, reports ---


@pytest.mark.lengthy
def test_commands_figures_and_reports_say_it(
    on_mnist: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(write_data(tmp_path / "data", shift=1)))
    run, out = str(on_mnist[0]), str(tmp_path / "out.csv")
    about = ["--layer", "fc1"]
    for words in (
        ["prune", run, *about, "--orders", "max_mag", "--out", out],
        ["lowrank", run, *about, "--out", out, "--overwrite"],
        ["ablate", run, *about, "--units", "0"],
        ["merge", run, *about],
        ["lowrank-group", run, *about, "--rank", "3"],
    ):
        assert main(words) == 0
        assert " % on these 360 test images, but the run stored " in capsys.readouterr().err
    for kind in ("pruning", "lowrank"):
        assert main(["figure", kind, run, *about, "--out", str(tmp_path / f"{kind}.svg")]) == 0
        assert "note: The network computes " in capsys.readouterr().out
    assert main(["report", run, "--layers", "fc1", "--out", str(tmp_path / "report")]) == 0
    written = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert " % on these 360 test images, but the run stored " in written
    assert "SHA-256 of the test part " in written


def test_what_a_run_says_of_its_data(on_mnist: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    with wb.open_run(on_mnist[0]) as run:
        assert run.spec.facts is not None
        digest = run.spec.facts.test_sha256
    assert main(["info", str(on_mnist[0])]) == 0
    assert f"SHA-256 of the test part {digest}" in capsys.readouterr().out
    assert main(["info", str(resource("sample_runs/digits_conv.h5"))]) == 0
    assert "no digest stored" in capsys.readouterr().out


def test_runs_trained_on_other_images_of_one_name_are_compared_each_with_its_own(
    on_mnist: tuple[Path, Path], tmp_path: Path
) -> None:
    root = write_data(tmp_path / "data", shift=1)
    with wb.open_run(on_mnist[0]) as run:
        spec = replace(run.spec, facts=None, epochs=1, iterations=None)
    with wb.open_run(trained(tmp_path / "other.h5", root, spec)) as run:
        assert wb.ablate(run, "fc1", [0], root=root).warnings == ()
        assert wb.ablate(run, "fc1", [0], root=on_mnist[1]).warnings != ()
