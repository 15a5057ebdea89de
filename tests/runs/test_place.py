"""A place says what it is of, and is found again when its run has grown; nothing passes its parts side by side."""

from __future__ import annotations

import ast
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from seeds import seeds

import workbench
from workbench.runs.collection.groups import RunGroup, group_of, groups_among, members, refusal
from workbench.runs.errors import RunError
from workbench.runs.place import Place, place_in
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

SAMPLE = Path(__file__).parents[2] / "sample_runs" / "digits_conv.h5"
TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)
PARTS = {"run", "layer", "snapshot"}
PUBLIC = ("figure", "prune", "low_rank", "band", "spectral_direction", "directions", "ablate", "merge", "merging",
          "group_curves", "low_rank_group", "save_layer", "units")  # fmt: skip
STORED = ("View", "SavedSelection")  # formats of files
FROM_OUTSIDE = ("place_in", "take_pictures", "_taken")  # what a command line names


def test_a_place_says_what_it_is_of(tmp_path: Path) -> None:
    with open_run(SAMPLE) as run, open_run(shutil.copy(SAMPLE, tmp_path / "copy.h5")) as copy:
        place = place_in(run, "fc1", -2)
        assert (place.run, place.runs, place.group, place.snapshot) == (run, (run,), None, run.snapshots - 2)
        assert place.words == f"digits_conv · fc1, epoch {run.epochs[-2]:.4g}"
        assert place.words_with("fc1+fc2").startswith("digits_conv · fc1+fc2, ")
        assert place.words_with("").startswith("digits_conv, epoch ")
        assert place.layer_view is run.layer("fc1")
        assert place.at(0).subject == place.subject
        assert place.at(0).key != place.key
        other = place_in(copy, "fc1", -2)
        assert other.key != place.key
        assert not place.same_source(other)
        assert not place.same_source(None)
        assert place.same_source(place.at(0))
        assert (Place(run).layer, Place(run).snapshot) == ("", 0)
        with open_run(SAMPLE) as again:  # another reading of the same file
            assert replace(place, source=again) == place
        grown = replace(place, source=replace(run, snapshots=run.snapshots - 1))
        assert (grown.key, grown.subject) == (place.key, place.subject)
        assert grown != place
        with pytest.raises(RunError, match="has no layer"):
            place_in(run, "fc", 0)
        with pytest.raises(IndexError):
            place_in(run, "fc1", run.snapshots)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Run]:
    """Three seeds, and one that was trained otherwise."""
    return [open_run(path) for path in seeds(tmp_path_factory.mktemp("group"), TINY, batch_size=32)]


def test_a_group_is_decided_in_one_way(runs: list[Run]) -> None:
    one, two, three, other = runs
    group = group_of([three, one, two], 2)
    assert group.runs == members(two, runs, 2) == (one, two, three)
    assert groups_among([other, three, one, two]) == (group,)
    assert groups_among([one, other]) == ()
    elsewhere = replace(two, spec=replace(two.spec, device="cuda", command="again"))
    assert refusal(one, elsewhere) is None
    for wrong, said in (
        (other, "batch_size is 32, that of"),
        (one, "have the same seed, 0"),
        (replace(two, snapshots=2), "there is no snapshot 2, it has 2 snapshots"),
    ):
        assert said in str(refusal(one, wrong, 2))
        assert members(one, [wrong], 2) == (one,)
        with pytest.raises(ValueError, match=said):
            group_of([one, wrong], 2)


def test_a_group_has_the_snapshots_of_all_and_the_mean_of_their_curves(runs: list[Run]) -> None:
    one, two, three, _ = runs
    group = RunGroup((one, two, three))
    assert group.snapshots == one.snapshots
    np.testing.assert_allclose(
        group.history("test_accuracy"), (one.test_accuracy + two.test_accuracy + three.test_accuracy) / 3
    )
    assert RunGroup((one, replace(two, snapshots=3))).snapshots == 3
    place = Place(group, "fc1", 2)
    assert (place.name, place.run, place.snapshots) == ("seed0 and 2 others", one, one.snapshots)
    assert place.words == f"seed0 and 2 others · fc1, epoch {one.epochs[2]:.4g}"


def test_run_layer_and_snapshot_go_together_as_a_place() -> None:
    """No function or class names all three, apart from the public functions and the formats of files."""
    found = []
    for file in Path(workbench.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                names = {each.arg for each in (*node.args.args, *node.args.kwonlyargs)}
            elif isinstance(node, ast.ClassDef):
                names = {each.target.id for each in node.body if isinstance(each, ast.AnnAssign)}  # type: ignore[union-attr]
            else:
                continue
            if names >= PARTS and node.name not in (*PUBLIC, *STORED, *FROM_OUTSIDE):
                found.append(f"{file.name}: {node.name}")
    assert not found
