"""prune, lowrank, ablate and merge: what they write agrees with the run and with the Python functions."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.cli import main
from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import low_rank, prune
from workbench.evaluation.removal.oracle import greedy_oracle
from workbench.evaluation.run_evaluators import evaluator
from workbench.evaluation.smaller.merging import merge, merging
from workbench.nets.architectures.building import build
from workbench.resource import resource
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run


pytestmark = pytest.mark.usefixtures("one_thread")


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_prune_writes_every_level_of_every_order(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "curve.csv"
    orders = "max_mag,max_fp,taylor,max_corr,random"
    assert main(["prune", str(run.path), "--layer", "fc2", "--orders", orders, "--out", str(out)]) == 0
    rows = table(out)
    assert list(rows[0]) == ["order", "removed", "accuracy", "std", "loss"]
    for name in orders.split(","):
        mine = [row for row in rows if row["order"] == name]
        assert [int(row["removed"]) for row in mine] == list(range(33))
        assert float(mine[0]["accuracy"]) == pytest.approx(run.test_accuracy[-1], abs=1e-9)
        assert all((row["std"] == "") == (name != "random") for row in mine)
    told = capsys.readouterr().out
    mean = np.mean([float(row["accuracy"]) for row in rows if row["order"] == "max_fp"])
    assert f"{mean:.2f} %" in told
    assert "%; the flat start is dead units: the first 3 removed are all dead\n" in told


def test_prune_in_python_gives_the_same_numbers_to_the_last_digit(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "curve.csv"
    words = ["--layer", "fc2", "--orders", "random,min_mag", "--removed", "zero", "--part", "validation"]
    assert main(["prune", str(run.path), *words, "--out", str(out)]) == 0
    found = prune(run, "fc2", orders=("random", "min_mag"), removed="zero", part="validation")
    for row, (name, removed, accuracy, _, loss) in zip(table(out), found.rows(), strict=True):
        assert (row["order"], int(row["removed"])) == (name, removed)
        assert float(row["accuracy"]) == accuracy
        assert float(row["loss"]) == loss
    frame = found.to_dataframe()
    assert list(frame.columns) == ["order", "removed", "accuracy", "std", "loss"]
    assert len(frame) == 66


@pytest.mark.parametrize("rule", ["ranked", "fractions"])
def test_several_layers_are_pruned_together(run: Run, tmp_path: Path, rule: str) -> None:
    out = tmp_path / "curve.csv"
    words = ["--layers", "fc1,fc2", "--rule", rule, "--orders", "max_mag,random"]
    assert main(["prune", str(run.path), *words, "--out", str(out)]) == 0
    found = prune(run, layers=("fc1", "fc2"), rule=rule, orders=("max_mag", "random"))  # type: ignore[arg-type]
    assert [tuple(row.values()) for row in table(out)] == [
        tuple("" if value != value else str(value) for value in row) for row in found.rows()
    ]
    mine = [row for row in table(out) if row["order"] == "max_mag"]
    assert (mine[0]["removed"], mine[-1]["removed"]) == ("0", "132")
    assert float(mine[0]["accuracy"]) == pytest.approx(run.test_accuracy[-1], abs=1e-9)


def test_the_greedy_oracle_is_an_order_like_any_other(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "curve.csv"
    words = ["--layer", "fc2", "--orders", "oracle", "--part", "validation"]
    assert main(["prune", str(run.path), *words, "--out", str(out)]) == 0
    accuracy = [float(row["accuracy"]) for row in table(out)]
    asked = evaluator(place_in(run, "fc2"), "validation")
    best = max(exact(asked.ablations([unit])).accuracy for unit in range(32))
    assert accuracy[1] == pytest.approx(best)  # on validation, where it ranks, no other first unit costs less
    whole = exact(asked.removal_curve(list(greedy_oracle(asked)))).accuracy
    np.testing.assert_array_equal(accuracy, whole)


def test_prune_needs_one_layer_or_several(run: Run) -> None:
    for arguments in ({}, {"layer": "fc1", "layers": ("fc1", "fc2")}):
        with pytest.raises(ValueError, match="give one of the two"):
            prune(run, **arguments)  # type: ignore[arg-type]


def test_merging_is_measured_at_fewer_and_fewer_units(run: Run) -> None:
    *_, found = merging(run, "fc1", cosines=(0.95, 0.99999, 0.5, 0.3))
    assert found.complete
    removed = [point.removed for point in found.points]
    assert removed == sorted(set(removed))
    for cosine, gone, accuracy, _ in found.rows():
        one = merge(run, "fc1", cosine)
        assert (one.result.units, one.accuracy.accuracy) == (100 - gone, accuracy)


def test_lowrank_ends_at_the_stored_accuracy_and_begins_at_the_whole_norm(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "lowrank.csv"
    assert main(["lowrank", str(run.path), "--layer", "fc1", "--estimators", "--out", str(out)]) == 0
    rows = table(out)
    assert list(rows[0]) == ["rank", "residual", "norm_percent", "accuracy", "loss"]
    weights = run.layer("fc1").weights(-1).astype(float)
    singular = np.linalg.svd(weights, compute_uv=False)
    expected = np.append(np.cumsum(singular[::-1] ** 2)[::-1], 0.0)
    assert [float(row["residual"]) for row in rows] == pytest.approx(expected.tolist(), rel=1e-8, abs=1e-8)
    assert float(rows[-1]["accuracy"]) == pytest.approx(run.test_accuracy[-1], abs=1e-9)
    assert float(rows[10]["norm_percent"]) == pytest.approx(100 * np.sqrt((singular[:10] ** 2).sum() / expected[0]))
    assert "Kneedle 10" in capsys.readouterr().out


def test_lowrank_of_some_ranks_are_the_rows_of_all(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "some.csv"
    assert main(["lowrank", str(run.path), "--layer", "fc2", "--ranks", "3:5", "--out", str(out)]) == 0
    whole = list(low_rank(run, "fc2").rows())
    assert [(int(row["rank"]), float(row["accuracy"])) for row in table(out)] == [
        (rank, pytest.approx(accuracy)) for rank, _, _, accuracy, _ in whole[3:6]
    ]


def test_ablate_names_its_cost_beside_random_draws(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ablate", str(run.path), "--layer", "fc2", "--units", "0,1,2,3,4,5,6,7,8,9"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{run.test_accuracy[-1]:.2f} %" in lines[0]
    assert lines[2].count(",") == 4


def test_merge_saves_a_smaller_network_that_does_as_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from safetensors import safe_open

    out = tmp_path / "smaller.safetensors"
    sample = resource("sample_runs/digits_lenet.h5")
    assert main(["merge", str(sample), "--layer", "fc1", "--cosine", "0.95", "--save", str(out)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert "97." in told[1] or "98." in told[1]
    with safe_open(out, "pt") as file:
        facts = file.metadata()
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    widths = tuple(map(int, facts["widths"].split(",")))
    assert widths[0] == len(facts["kept_units"].split(",")) < 300
    build(facts["net"], (1, 8, 8), 10, widths).load_state_dict(state)
    assert main(["merge", str(sample), "--layer", "fc1", "--save", str(out)]) == 1


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["prune", "SAMPLE", "--layer", "fc1", "--orders", "max_mug", "--out", "x.csv"], 2, "max_mag"),
        (["prune", "SAMPLE", "--layer", "fc9", "--out", "x.csv"], 2, "fc9"),
        (["prune", "SAMPLE", "--layer", "fc1", "--removed", "gone", "--out", "x.csv"], 2, "bias"),
        (["prune", "SAMPLE", "--out", "x.csv"], 2, "--layers"),
        (["prune", "SAMPLE", "--layer", "fc1", "--layers", "fc1,fc2", "--out", "x.csv"], 2, "not allowed"),
        (["prune", "SAMPLE", "--layers", "fc1,fc9", "--out", "x.csv"], 2, "fc9"),
        (["prune", "SAMPLE", "--layers", "fc1,fc1", "--out", "x.csv"], 2, "twice"),
        (["prune", "SAMPLE", "--layer", "fc1", "--rule", "ranked", "--out", "x.csv"], 2, "--rule"),
        (["lowrank", "SAMPLE", "--layer", "fc1", "--ranks", "1:900", "--out", "x.csv"], 2, "0 to 100"),
        (["lowrank", "SAMPLE", "--layer", "fc1", "--ranks", "a:b", "--out", "x.csv"], 2, "1:64"),
        (["ablate", "SAMPLE", "--layer", "fc1", "--units", "3,400"], 2, "0 to 99"),
        (["merge", "SAMPLE", "--layer", "fc3"], 1, "classifier"),
        (["merge", "SAMPLE", "--layer", "fc1", "--cosine", "2"], 1, "cosine"),
        (["merge", "SAMPLE", "--layer", "fc1", "--save", "x.pickle"], 2, ".safetensors"),
    ],
)
def test_bad_input_gets_one_clear_line(
    words: list[str],
    status: int,
    told: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([str(run.path) if word == "SAMPLE" else word for word in words]) == status
    error = capsys.readouterr().err
    assert told in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


def test_the_questions_are_there_by_name_and_load_torch_only_then(run: Run) -> None:
    import subprocess
    import sys

    code = (
        "import sys, workbench as wb; run = wb.open_run(sys.argv[1]); assert 'torch' not in sys.modules;"
        "print(wb.ablate(run, 'fc2', [1]).unchanged.accuracy, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(run.path)], capture_output=True, text=True, check=True)
    accuracy, loaded = done.stdout.split()
    assert float(accuracy) == pytest.approx(run.test_accuracy[-1])
    assert loaded == "True"
    with pytest.raises(AttributeError, match="no attribute 'prone'"):
        wb.prone  # noqa: B018


def test_a_name_that_looks_like_a_formula_is_quoted(tmp_path: Path) -> None:
    from workbench.cli.commands.evaluating import write_table

    write_table(tmp_path / "t.csv", False, ["layer", "loss"], [("=1+1", -1.5), ("@x", float("nan")), ("fc1", 2)])
    assert (tmp_path / "t.csv").read_text().split() == ["layer,loss", "'=1+1,-1.5", "'@x,", "fc1,2"]
