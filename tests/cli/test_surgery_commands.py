"""`workbench train --from … --prune …` and `workbench shrink`, from flags to files."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from workbench.cli import main
from workbench.cli.commands.training import TRAIN, specification
from workbench.nets.architectures.building import build
from workbench.runs.run import open_run
from workbench.runs.spec import IterativeSpec, RunSpec
from workbench.training.command_line import command_line
from workbench.training.surgery import retraining

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained LeNet of 20 and 10 units on three of the digits, made with every switch turned."""
    path = tmp_path_factory.mktemp("parent") / "parent.h5"
    words = "--net lenet --data digits --epochs 2 --seed 3 --widths 20,10 --classes 3,5,7 --batch-size 32 --device cpu"
    assert main(["train", *words.split(), "--augment", "--no-shuffle", "--out", str(path)]) == 0
    return path


@pytest.fixture
def pruned(parent: Path, tmp_path: Path) -> Path:
    path = tmp_path / "pruned.h5"
    words = ["--from", str(parent), "--prune", "fc1,fc2", "--fraction", "0.5", "--epochs", "1", "--out", str(path)]
    assert main(["train", *words]) == 0
    return path


def asked(words: list[str]) -> RunSpec:
    """The specification that these words of `workbench train` ask for."""
    parser = argparse.ArgumentParser()
    TRAIN.declare(parser)
    return specification(parser.parse_args([*words, "--out", "x.h5"]), words)


def shrink(*words: object) -> int:
    """The status of `workbench shrink`, as its process would end."""
    return main(["shrink", *map(str, words)])


def test_what_is_not_said_is_as_the_parent_was_trained(parent: Path) -> None:
    spec = asked(["--from", str(parent), "--prune", "fc1", "--fraction", "0.5"])
    with open_run(parent) as run:
        was = run.spec
        assert spec.parent == run.run_id
    assert (spec.data, spec.optimiser, spec.seed, spec.shuffle) == (was.data, was.optimiser, was.seed, was.shuffle)
    assert (spec.net.name, spec.net.widths, spec.epochs, spec.batch_size) == ("lenet", (20, 10), 2.0, 32)
    assert spec.surgery is not None
    assert (spec.surgery.parent, spec.surgery.snapshot, spec.surgery.ranked_at) == (str(parent), 2, 2)


def test_every_flag_changes_what_the_parent_says(parent: Path) -> None:
    words = (
        "--lr 0.01 --epochs 3 --batch-size 16 --no-augment --shuffle --validation 0.2 --snapshots log --optimizer adam"
    )
    spec = asked(["--from", str(parent), *words.split()])
    assert (spec.optimiser.name, spec.optimiser.learning_rate, spec.optimiser.momentum) == ("adam", 0.01, 0.0)
    assert (spec.epochs, spec.batch_size, spec.shuffle, spec.snapshots) == (3.0, 16, True, "log")
    assert (spec.data.augment, spec.data.validation, spec.data.classes) == (False, 0.2, (3, 5, 7))


@pytest.mark.parametrize(
    "surgery",
    [
        {"fraction": 0.25, "order": "min_fp"},
        {"fraction": 0.25, "snapshot": 0, "ranked_at": 1},
        {"units": ((3, 17), (4,))},
        {"iterative": IterativeSpec(0, 9, 3, 0.2), "rule": "fractions"},
    ],
    ids=["fraction", "rewound", "units", "iterative"],
)
def test_the_spelled_out_command_asks_for_the_same_retraining(parent: Path, surgery: dict[str, object]) -> None:
    with open_run(parent) as run:
        spec = retraining(run, ["fc1", "fc2"], **surgery)  # type: ignore[arg-type]
    for each in (spec, spec.changed(shuffle=True, data=replace(spec.data, augment=False))):
        words = shlex.split(command_line(each, Path("x.h5")))[2:]
        assert asked(words).changed(command=None) == each


def test_the_stored_command_makes_the_same_run_again(pruned: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.h5"
    with open_run(pruned) as run:
        words = shlex.split(run.spec.command or "")[1:]
        words[words.index("--out") + 1] = str(again)
        assert main(words) == 0
        with open_run(again) as second:
            assert second.spec.surgery == run.spec.surgery
            for key, values in run.parameters(-1).items():
                assert np.array_equal(values, second.parameters(-1)[key]), key


@pytest.mark.parametrize("ending", [".pt", ".safetensors"])
def test_a_pruned_run_is_saved_as_a_smaller_network_with_its_masks(
    ending: str, pruned: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, beside = tmp_path / f"smaller{ending}", tmp_path / f"smaller.mask{ending}"
    assert shrink(pruned, "--out", out) == 0
    told = capsys.readouterr().out
    assert "logits differ by at most" in told
    assert "fc1" in told
    read = load_file if ending == ".safetensors" else lambda path: torch.load(path, weights_only=True)
    state, masks = read(out), read(beside)
    widths = [int(masks[name].sum()) for name in ("fc1", "fc2")]
    assert sum(widths) == 15
    build("lenet", (1, 8, 8), 3, widths).load_state_dict(state)
    with open_run(pruned) as run:
        assert torch.equal(state["fc1.weight"], torch.from_numpy(run.layer("fc1").weights(-1))[masks["fc1"]])
        if ending == ".safetensors":
            with safe_open(out, "pt") as file:
                facts = file.metadata()
            assert (facts["run_id"], facts["snapshot"]) == (run.run_id, str(run.snapshots - 1))
            assert facts["widths"] == ",".join(map(str, widths))
    before = out.read_bytes()
    assert shrink(pruned, "--out", out) == 1
    assert "already exists: choose another name, or replace it with --overwrite" in capsys.readouterr().err
    assert out.read_bytes() == before
    assert shrink(pruned, "--out", out, "--overwrite") == 0


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        ("--prune fc9 --fraction 0.5", 2, "no layer 'fc9'"),
        ("--prune fc1 --fraction 1", 2, "above 0 and below 1"),
        ("--prune fc3 --fraction 0.5", 2, "fc3 is the classifier"),
        ("--prune fc1 --fraction 0.5 --net conv2", 2, "holds the weights of a lenet of 20,10 units"),
        ("--prune fc1 --fraction 0.5 --widths 30,10", 2, "a lenet of 30,10 units cannot start"),
        ("--prune fc1 --fraction 0.5 --classes 1,2", 2, "2 classes"),
        ("--prune fc1 --fraction 0.5 --at 9", 2, "snapshot 9"),
        ("--prune fc1 --fraction 0.5 --order max_mug", 2, "max_mag"),
        ("--prune fc1 --iterative 0:9:3", 2, "START:END:EVERY:RATIO"),
        ("--prune fc1 --iterative 0:9:3:2", 2, "ratio"),
        ("--prune fc1 --units 3,x", 2, "3,17,40"),
        ("--prune fc1", 2, "it is not known how many units to remove"),
        ("--fraction 0.5", 2, "no layer to prune is named"),
        ("--recipe digits-quick", 2, "not both"),
    ],
)
def test_bad_surgery_gets_one_clear_line(
    words: str, status: int, told: str, parent: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "x.h5"
    assert main(["train", "--from", str(parent), *words.split(), "--out", str(out)]) == status
    error = capsys.readouterr().err
    assert told in error
    assert error.strip().splitlines()[-1].startswith("workbench")
    assert not out.exists()


@pytest.mark.parametrize("words", ["--prune fc1", "--at 3", "--fraction 0.5", "--rank-at 0"])
def test_units_are_removed_from_a_run_only(words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *words.split(), "--out", str(tmp_path / "x.h5")]) == 2
    assert "needs --from RUN.h5" in capsys.readouterr().err


def test_a_parent_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--from", str(tmp_path / "no.h5"), "--out", str(tmp_path / "x.h5")]) == 1
    assert "no.h5" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["PARENT", "--out", "s.pt"], 1, "no unit is removed at snapshot 2"),
        (["PARENT", "--out", "s.onnx"], 2, "saved as .safetensors or .pt"),
        (["PARENT", "--snapshot", "9", "--out", "s.pt"], 2, "snapshot 9"),
        (["no.h5", "--out", "s.pt"], 1, "no.h5"),
        (["PARENT", "--out", "no/s.pt"], 2, "there is no folder"),
    ],
)
def test_what_cannot_be_shrunk_gets_one_clear_line(
    words: list[str],
    status: int,
    told: str,
    parent: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert shrink(*(parent if word == "PARENT" else word for word in words)) == status
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
