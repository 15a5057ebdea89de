"""The command line in its own process and through `main`: what it prints, writes and answers to bad input."""

from __future__ import annotations

import argparse
import csv
import json
import shlex
from dataclasses import replace
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from warm_children import run_python

import workbench as wb
from workbench.cli import COMMANDS, main
from workbench.cli.commands.training import specification
from workbench.resource import resource
from workbench.training.command_line import command_line
from workbench.training.recipes import RECIPES, recipe


@pytest.fixture(scope="module")
def sample() -> Path:
    return resource("sample_runs/digits_conv.h5")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run made by the command itself."""
    path = tmp_path_factory.mktemp("trained") / "run.h5"
    done = run_python(
        "-m", "workbench", "train", "--net", "lenet", "--data", "digits", "--epochs", "2",
        "--seed", "3", "--widths", "20,10", "--classes", "3,5,7", "--batch-size", "32", "--out", str(path),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "test accuracy" in done.stdout
    assert "Traceback" not in done.stderr
    return path


def test_a_trained_run_holds_what_the_flags_said(trained: Path) -> None:
    with wb.open_run(trained) as run:
        assert run.finished
        assert run.epochs.tolist() == [0, 1, 2]
        assert [(layer.units, layer.inputs) for layer in run.layers] == [(20, 64), (10, 20), (3, 10)]
        assert run.spec.data.classes == (3, 5, 7)
        assert run.spec.seed == 3
        assert run.spec.batch_size == 32
        assert run.spec.command is not None
        assert run.spec.command.startswith("workbench train --net lenet --data digits --epochs 2")
        assert run.test_accuracy[-1] > 80


def test_the_stored_command_makes_the_same_run_again(trained: Path, tmp_path: Path) -> None:
    with wb.open_run(trained) as run:
        words = shlex.split(run.spec.command or "")[1:]
        again = tmp_path / "again.h5"
        words[words.index("--out") + 1] = str(again)
        # In a process of its own, as it is typed: the last bits follow from the number of threads.
        run_python("-m", "workbench", *words).check_returncode()
        with wb.open_run(again) as second:
            for key, values in run.parameters(-1).items():
                assert np.array_equal(values, second.parameters(-1)[key]), key


@pytest.mark.parametrize("name", RECIPES)
def test_the_spelled_out_command_asks_for_the_same_training(name: str) -> None:
    spec = replace(
        recipe(name),
        seed=4,
        shuffle=False,
        net=replace(recipe(name).net, bias=False),
        data=replace(recipe(name).data, classes=(1, 0)),
    )
    words = shlex.split(command_line(spec, Path("my run.h5")))[2:]
    parser = argparse.ArgumentParser()
    COMMANDS["train"].declare(parser)
    options = parser.parse_args(words)
    assert options.out == Path("my run.h5")
    assert replace(specification(options, words), command=None) == replace(spec, recipe=None)


def test_info_as_json_gives_layers_snapshots_and_accuracies(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(sample), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    with wb.open_run(sample) as run:
        assert facts["snapshots"] == run.snapshots == len(facts["test_accuracy"])
        assert facts["test_accuracy"] == run.test_accuracy.tolist()
        assert [(row["name"], row["units"], row["inputs"], row["q"]) for row in facts["layers"]] == [
            (layer.name, layer.units, layer.inputs, layer.inputs / layer.units) for layer in run.layers
        ]
    assert facts["spec"]["net"]["name"] == "digits_conv"


def test_info_in_words_names_every_layer(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["info", str(sample)]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in ("conv1", "conv2", "fc1", "fc2", "fc3", "2.56"))


def test_verify_is_content_with_a_sound_run_and_names_a_flipped_bit(
    trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", str(trained)]) == 0
    with wb.open_run(trained) as run:
        offset = run.rows.structure.datasets["/parameters/fc2.weight"].offset
    content = bytearray(trained.read_bytes())
    content[offset + 20 * 10 * 4 + 5] ^= 4  # in snapshot 1
    broken = tmp_path / "broken.h5"
    broken.write_bytes(content)
    capsys.readouterr()
    assert main(["verify", str(broken)]) == 1
    told = capsys.readouterr().out
    assert "/parameters/fc2.weight, snapshot 1" in told


def test_without_a_screen_the_window_says_so_and_what_to_do(
    sample: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert main([str(sample)]) == 1
    told = capsys.readouterr().err
    assert told.startswith("workbench: there is no screen")
    assert "workbench screenshot" in told


def test_the_spectrum_is_written_descending_and_agrees_with_the_weights(
    sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "spectrum.csv"
    assert main(["spectrum", str(sample), "--layer", "fc1", "--snapshot", "0", "--out", str(out)]) == 0
    with out.open(newline="") as stream:
        rows = list(csv.reader(stream))
    values = np.array([float(row[0]) for row in rows[1:]])
    assert rows[0] == ["eigenvalue"]
    with wb.open_run(sample) as run:
        singular = np.linalg.svd(run.layer("fc1").weights(0).astype(float), compute_uv=False)
    assert values == pytest.approx(singular**2, rel=1e-9)
    assert (np.diff(values) <= 0).all()
    told = capsys.readouterr().out
    low, high = (256 / 768 * (1 - sign * np.sqrt(100 / 256)) ** 2 for sign in (1, -1))  # 1/(3n) · n (1 ∓ √(m/n))²
    assert f"{low:.6g} {high:.6g}" in told
    assert "No eigenvalue of 100 beyond 0.88, the initialiser’s edge (margin 0.06), 100 between its edges.\n" in told


def test_the_graph_is_networkx_node_link_data(sample: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "graph.json"
    assert main(["graph", str(sample), "--layer", "fc1", "--cutoff", "0.25", "--out", str(out)]) == 0
    document = json.loads(out.read_text())
    graph = nx.node_link_graph(document, edges="edges")
    with wb.open_run(sample) as run:
        layer = run.layer("fc1")
        weights = layer.weights(-1).astype(float)
        activity = layer.activity(-1)
    unit = weights / np.linalg.norm(weights, axis=1, keepdims=True)
    twin = {(int(i), int(j)) for i, j in np.argwhere(np.triu(unit @ unit.T >= 0.25, 1))}
    assert {tuple(sorted(edge)) for edge in graph.edges} == twin
    assert document["norms"] == pytest.approx(np.linalg.norm(weights, axis=1))
    assert activity is not None
    assert document["activity"] == pytest.approx(activity.tolist())
    assert sorted(map(sorted, nx.connected_components(graph))) == sorted(map(sorted, document["components"]))
    alone = sum(len(component) == 1 for component in document["components"])
    assert (graph.graph["dead"], graph.graph["isolated"]) == (document["activity"].count(0.0), alone) == (26, 24)
    assert ", 24 isolated units, 26 dead\n" in capsys.readouterr().out
    assert [len(part) for part in document["components"]] == sorted(map(len, document["components"]), reverse=True)


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["info", "nothing.h5"], 1, "nothing.h5"),
        (["info", "."], 1, "is a folder that holds neither runs nor checkpoints; name a run"),
        (["nothing.h5"], 2, "no such file"),
        (["trian"], 2, "did you mean the command train"),
        (["graph", "SAMPLE", "--layer", "fc9", "--out", "g.json"], 2, "fc9"),
        (["spectrum", "SAMPLE", "--layer", "fc1", "--out", "SAMPLE"], 2, "never overwritten"),
        (["graph", "SAMPLE", "--layer", "fc1", "--out", "/dev/null"], 2, "not a plain file"),
        (["screenshot", "SAMPLE", "--size", "abc", "--out", "x"], 2, "1280x800"),
        (["train", "--seed", "99999999999999999999999", "--out", "x.h5"], 2, "seed"),
        (["train", "--classes", "3", "--out", "x.h5"], 2, "two classes"),
        (["graph", "SAMPLE", "--layer", "fc1", "--snapshot", "99", "--out", "g.json"], 2, "snapshot 99"),
        (["graph", "SAMPLE", "--layer", "fc1", "--cutoff", "3", "--out", "g.json"], 2, "at least -1 and at most 1"),
        (["spectrum", "SAMPLE", "--layer", "fc1", "--out", "no/such/folder/s.csv"], 2, "folder"),
        (["train", "--net", "lenex", "--out", "x.h5"], 2, "lenet"),
        (["train", "--recipe", "digits-cov", "--out", "x.h5"], 2, "digits-conv"),
        (["train", "--data", "cifar11", "--out", "x.h5"], 2, "cifar10"),
        (["train", "--init", "glorot", "--out", "x.h5"], 2, "glorot_normal"),
        (["train", "--epochs", "1", "--iterations", "3", "--out", "x.h5"], 2, "not both"),
        (["train", "--optimizer", "adam", "--momentum", "0.9", "--out", "x.h5"], 2, "only sgd"),
        (["train", "--epochs", "-1", "--out", "x.h5"], 2, "epochs"),
        (["train", "--snapshots", "never", "--out", "x.h5"], 2, "every:K"),
        (["train", "--net", "digits_conv", "--widths", "3", "--out", "x.h5"], 2, "widths"),
        (["train", "--net", "vgg19bn", "--out", "x.h5"], 2, "32"),
        (["train", "--classes", "3,11", "--out", "x.h5"], 2, "11"),
        (["train", "--widths", "a,b", "--out", "x.h5"], 2, "whole numbers"),
        (["train", "--data", "mnist", "--data-root", "nowhere", "--out", "x.h5"], 1, "--data-root"),
        (["train", "--out", "SAMPLE"], 1, "never overwritten"),
        (["train"], 2, "--out"),
        (["train", "--lr", "fast", "--out", "x.h5"], 2, "--lr"),
    ],
)
def test_bad_input_gets_one_clear_line_and_never_a_traceback(
    words: list[str],
    status: int,
    told: str,
    sample: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    before = sample.read_bytes()
    assert main([str(sample) if word == "SAMPLE" else word for word in words]) == status
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
    assert error.strip().splitlines()[-1].startswith("workbench")
    assert sample.read_bytes() == before
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert COMMANDS[command].summary.split(":")[0].split(",")[0] in capsys.readouterr().out.replace("\n", " ")


def test_screenshots_show_the_window_and_each_panel(sample: Path, tmp_path: Path) -> None:
    from workbench.gui.window.docks import PANELS

    words = ("--layer", "fc1", "--size", "900x600", "--scale", "2", "--out", str(tmp_path / "new"))
    done = run_python("-m", "workbench", "screenshot", str(sample), *words)
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "new").iterdir()}
    assert names == {"window.png", *(f"panel-{row.kind.name}.png" for row in PANELS)}
    from PySide6.QtGui import QImage

    image = QImage(str(tmp_path / "new" / "window.png"))
    assert (image.width(), image.height()) == (1800, 1200), "the size is in points, and each is two pixels"
    assert "plugin" not in done.stderr, "a new user need not know what Qt lacks without a screen"
    for name in names:  # panels that lie behind others too
        image = QImage(str(tmp_path / "new" / name))
        colours, points = set[int](), product(range(0, image.width(), 5), range(0, image.height(), 5))
        while len(colours) <= 20 and (point := next(points, None)) is not None:
            colours.add(image.pixel(*point))
        assert len(colours) > 20, f"{name} is empty"
