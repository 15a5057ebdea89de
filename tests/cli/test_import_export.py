"""`workbench import` and `workbench export`, and that a state dict comes through both as it was."""

from __future__ import annotations

import csv
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from torch import nn

from workbench.cli import main
from workbench.evaluation.smaller.exporting import save_snapshot
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.graph.words import in_words
from workbench.recorders.own_loop import record
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = str(resource("sample_runs/digits_conv.h5"))


def read(path: Path) -> dict[str, torch.Tensor]:
    return load_file(path) if path.suffix == ".safetensors" else torch.load(path, weights_only=True)


@pytest.mark.parametrize("ending", [".safetensors", ".pt"])
def test_a_snapshot_goes_out_and_comes_in_again_as_it_was(tmp_path: Path, ending: str) -> None:
    exported = [tmp_path / f"epoch_{at}{ending}" for at in range(2)]
    for at, path in enumerate(exported):
        assert main(["export", SAMPLE, "--snapshot", str(at), "--out", str(path)]) == 0
    words = ["import", *map(str, exported), "--data", "digits", "--out", str(tmp_path / "run.h5")]
    assert main(words) == 0
    with open_run(SAMPLE) as sample, open_run(tmp_path / "run.h5") as run:
        assert (run.snapshots, run.spec.net.name) == (2, "digits_conv")
        for at in range(2):
            theirs, ours = sample.parameters(at), run.parameters(at)
            assert list(theirs) == list(ours)
            assert all(np.array_equal(theirs[key], ours[key]) for key in theirs)
        assert [layer.name for layer in run.layers] == [layer.name for layer in sample.layers]
    assert main(["verify", str(tmp_path / "run.h5")]) == 0


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    dtype=st.sampled_from([torch.float32, torch.float64, torch.float16, torch.bfloat16]),
    sizes=st.lists(st.integers(1, 6), min_size=2, max_size=4),
    seed=st.integers(0, 1000),
    ending=st.sampled_from([".safetensors", ".pt"]),
)
def test_what_was_recorded_goes_out_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, dtype: torch.dtype, sizes: list[int], seed: int, ending: str
) -> None:
    folder = tmp_path_factory.mktemp("trip")
    torch.manual_seed(seed)
    pairs = pairwise(sizes)
    model = nn.Sequential(*(nn.Linear(inputs, units) for inputs, units in pairs), nn.BatchNorm1d(sizes[-1])).to(dtype)
    with record(folder / "run.h5", model, steps=1, quiet=True):
        pass
    with open_run(folder / "run.h5") as run:
        save_snapshot(run, 0, folder / f"out{ending}")
    state, found = model.state_dict(), read(folder / f"out{ending}")
    assert sorted(found) == sorted(state)
    for key, tensor in state.items():
        assert found[key].dtype == tensor.dtype
        assert torch.equal(found[key], tensor)


def test_a_layer_and_the_curves_go_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["export", SAMPLE, "--layer", "fc1", "--out", str(tmp_path / "w.npy"), "--history", str(tmp_path / "h.csv")]
    assert main(words) == 0
    assert "fc1 at snapshot" in capsys.readouterr().out
    with open_run(SAMPLE) as run, (tmp_path / "h.csv").open(newline="") as stream:
        weights = np.load(tmp_path / "w.npy", allow_pickle=False)
        assert np.array_equal(weights, run.layer("fc1").weights(-1))
        rows = list(csv.DictReader(stream))
        assert [float(row["test_accuracy"]) for row in rows] == run.test_accuracy.tolist()
        assert [int(row["snapshot"]) for row in rows] == list(range(run.snapshots))


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["--out", "x.npy"], 2, "saved as .safetensors or .pt"),
        (["--layer", "fc1", "--out", "x.pt"], 2, "saved as .npy"),
        (["--layer", "fc9", "--out", "x.npy"], 2, "did you mean fc"),
        (["--snapshot", "999", "--out", "x.pt"], 2, "the run has 0 to"),
        (["--history", "x.txt"], 1, "saved as .csv"),
        (["--out", "nowhere/x.pt"], 2, "there is no folder"),
        ([], 2, "name what to write"),
    ],
)
def test_what_cannot_be_exported_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, problem: str
) -> None:
    placed = [str(tmp_path / word) if "." in word else word for word in words]
    assert main(["export", SAMPLE, *placed]) == status
    assert problem in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [["--out", "x.pt"], ["--layer", "fc1", "--out", "x.npy"], ["--history", "x.csv"]])
def test_an_export_overwrites_nothing(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / words[-1]
    path.write_bytes(b"precious")
    assert main(["export", SAMPLE, *words[:-1], str(path)]) == 1
    assert path.read_bytes() == b"precious"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_unsure_is_said_with_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {"top.weight": (16, 8), "top.bias": (16,), "users.weight": (61, 16), "items.weight": (97, 16)}
    torch.save({key: torch.randn(shape) for key, shape in sizes.items()}, tmp_path / "a.pt")
    words = ["import", str(tmp_path / "a.pt"), "--dry-run"]
    assert main(words) == 0
    *_, note, hint = capsys.readouterr().out.splitlines()
    assert note.startswith("  note: unsure whether users.weight, items.weight are each a layer or a lookup table: a la")
    assert hint == "  to take them the other way, add --turn users.weight,items.weight"
    assert main([*words, *hint.partition("add ")[2].split()]) == 0
    said = capsys.readouterr().out
    assert "users.weight, items.weight: lookup table, because the person who imported it said so" in said
    assert "to take them" not in said


def test_an_import_is_shown_before_it_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for at in (1, 10, 2):
        save_file({"fc1.weight": torch.ones(3, 2)}, tmp_path / f"step{at}.safetensors")
    assert main(["import", str(tmp_path), "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert said.index("step1.safetensors") < said.index("step2.safetensors") < said.index("step10.safetensors")
    assert "step 10" in said
    assert "layer fc1" in said
    assert "3 × 2" in said
    assert "network  the file names neither the network nor its data" in said
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        ([], 2, "name the run to write"),
        (["--out", "there.h5"], 2, "never overwritten"),
        (["--out", "new.h5", "--net", "conv3"], 1, "There is no network"),
        (["--out", "new.h5", "--net", "resnet18"], 1, "One of torchvision is written torchvision:NAME"),
        (["--out", "new.h5", "--net", "my.nets:make"], 1, "a run stores no functions"),
        (["--out", "new.h5", "--net", "conv2"], 1, "does not hold the parameters of Conv-2"),
        (["--out", "new.h5", "--data", "cifar11"], 1, "Did you mean cifar10"),
    ],
)
def test_an_import_that_makes_no_sense_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, problem: str
) -> None:
    save_file({"fc1.weight": torch.ones(3, 2)}, tmp_path / "a.safetensors")
    (tmp_path / "there.h5").write_bytes(b"precious")
    placed = [str(tmp_path / word) if word.endswith(".h5") else word for word in words]
    assert main(["import", str(tmp_path / "a.safetensors"), *placed]) == status
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.safetensors", "there.h5"]


def test_a_run_whose_epochs_nobody_knows_is_told_and_drawn_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 3))
    path = str(tmp_path / "run.h5")
    with record(path, model, snapshots=2, quiet=True) as recorder:
        for _ in range(4):
            recorder.step(train_loss=1.0)
    assert main(["info", path]) == 0
    assert "recorded from torch.nn.modules.container.Sequential, parameters as trained" in capsys.readouterr().out
    assert main(["spectrum", path, "--layer", "0", "--out", str(tmp_path / "s.csv")]) == 0
    assert "0, snapshot 2, iteration 4: Q" in capsys.readouterr().out
    assert main(["graph", path, "--layer", "0", "--out", str(tmp_path / "g.json")]) == 0
    words = ["train", "--from", path, "--prune", "0", "--fraction", "0.5", "--out", str(tmp_path / "next.h5")]
    assert main(words) == 2
    assert "does not name its network" in capsys.readouterr().err


def test_an_imported_run_of_the_catalogue_can_be_pruned_and_trained_on(tmp_path: Path) -> None:
    assert main(["export", SAMPLE, "--out", str(tmp_path / "epoch_40.pt")]) == 0
    run = str(tmp_path / "run.h5")
    assert main(["import", str(tmp_path / "epoch_40.pt"), "--data", "digits", "--out", run]) == 0
    words = ["train", "--from", run, "--prune", "fc1", "--fraction", "0.5", "--epochs", "1", "--lr", "0.01"]
    assert main([*words, "--device", "cpu", "--out", str(tmp_path / "pruned.h5")]) == 0
    with open_run(tmp_path / "pruned.h5") as pruned:
        assert (pruned.spec.origin, pruned.finished) == (None, True)
        assert int((np.linalg.norm(pruned.layer("fc1").weights(), axis=1) == 0).sum()) == 50


def test_the_activity_of_projections_in_one_is_not_known_and_nowhere_taken_for_a_number(tmp_path: Path) -> None:
    net = nn.Sequential(nn.Linear(6, 8), nn.TransformerEncoderLayer(8, 2, 4))
    with record(tmp_path / "run.h5", net, steps=1, quiet=True, inputs=torch.randn(5, 6)):
        pass
    layer = "1.self_attn.in_proj.q"
    with open_run(tmp_path / "run.h5") as run:
        assert run.layer(layer).activity(0) is None
        (*_, result) = Graphs().results(GraphNeeds(place_in(run, layer, 0), 0.5, 0.5))
        assert "dead units unknown (the run stores no activity)" in in_words(result)
    assert main(["graph", str(tmp_path / "run.h5"), "--layer", layer, "--out", str(tmp_path / "graph.json")]) == 0


def test_a_name_of_several_lines_is_imported_and_printed_on_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_file({"a\nb.weight": torch.ones(3, 4)}, tmp_path / "a.safetensors")
    assert main(["import", str(tmp_path / "a.safetensors"), "--out", str(tmp_path / "run.h5")]) == 0
    assert "  layer a\\nb    " in capsys.readouterr().out
    with open_run(tmp_path / "run.h5") as run:
        assert [layer.name for layer in run.layers] == ["a\nb"]
        assert run.notes == ("/activity/a\\nb is missing, so that dead units are not known",)
