from __future__ import annotations

import os
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from h5py import h5o
from hypothesis import given, settings
from hypothesis import strategies as st
from run_files import LAYERS, PARAMETERS, PLAN, SPEC, make, random_rows

from workbench.runs import layout
from workbench.runs.confinement.structure import Structure
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.files import descriptor
from workbench.runs.files.lock import writer_lock
from workbench.runs.layout import DatasetPlan, LayerInfo, keeps_gram, plan
from workbench.runs.rows import open_rows
from workbench.runs.run import open_run
from workbench.runs.writing.birth import create, forecast_bytes
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
SIZES = st.integers(1, 7)


@st.composite
def networks(draw: DrawFn) -> tuple[tuple[LayerInfo, ...], dict[str, tuple[tuple[int, ...], str]]]:
    """Layers and a state dict around them."""
    parameters: dict[str, tuple[tuple[int, ...], str]] = {}
    layers = []
    for order, name in enumerate(draw(st.lists(NAMES, max_size=3, unique=True))):
        kind = draw(st.sampled_from(("linear", "conv2d")))
        shape = draw(st.tuples(*[SIZES] * layout.LAYER_KINDS[kind]))
        parameters[f"{name}.weight"] = (shape, draw(st.sampled_from(layout.WEIGHT_DTYPES)))
        if name not in (".", ".."):
            layers.append(LayerInfo(name, kind, shape[0], int(np.prod(shape[1:])), order))
    others = st.dictionaries(
        NAMES.map("b{}".format),
        st.tuples(st.lists(SIZES, max_size=3).map(tuple), st.sampled_from(list(layout.STORED))),
    )
    return tuple(layers), draw(others) | parameters


def random_bytes(planned: tuple[DatasetPlan, ...], generator: np.random.Generator, snapshot: int) -> dict[str, Any]:
    """Rows of any bit pattern at all, NaN and infinities among them; only what counts the snapshots increases."""
    rows = {p.path: np.frombuffer(generator.bytes(p.row_bytes), p.stored).reshape(p.shape) for p in planned}
    return rows | {f"{layout.HISTORY}/{name}": np.float64(snapshot) for name in ("epoch", "iteration")}


@given(networks(), st.integers(0, 3), st.integers(1, 3), st.integers(0, 5), st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_every_row_comes_back_bit_for_bit(
    network: tuple[tuple[LayerInfo, ...], dict[str, tuple[tuple[int, ...], str]]],
    snapshots: int,
    spare: int,
    classes: int,
    seed: int,
) -> None:
    layers, parameters = network
    planned = plan(layers, parameters, classes)
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        create(path, SPEC, layers, planned, snapshots + spare, "")
        written = [random_bytes(planned, generator, snapshot) for snapshot in range(snapshots)]
        with Recorder(path) as recorder:
            for row in written:
                recorder.commit(row)
        rows = open_rows(path)
        assert rows.committed() == snapshots
        assert rows.structure.order == tuple(p.path for p in planned)
        for t, row in enumerate(written):
            for p in planned:
                assert rows.row(p.path, t).tobytes() == row[p.path].tobytes()
                assert rows.row(p.path, t).shape == p.shape
        rows.close()
        with open_run(path) as run:
            assert {key: dtype for key, (_, dtype) in parameters.items()} == run.parameter_types
            assert [layer.name for layer in run.layers] == [layer.name for layer in layers]


def test_plain_h5py_reads_equal_numbers(tmp_path: Path) -> None:
    written = make(tmp_path / "run.h5", snapshots=2, capacity=4)
    with h5py.File(tmp_path / "run.h5") as file:
        assert file.attrs["format"] == b"workbench-run"
        assert file.attrs["format_version"] == 1
        assert file.attrs["title"] == b"a small run"
        assert file["/spec"][()] == SPEC.to_json()
        assert file["/layers/conv1"].attrs["inputs"] == 18
        assert file["/layers/conv1"].attrs["kind"] == b"conv2d"
        assert file["/parameters/fc1.bias"].attrs["dtype"] == b"bfloat16"
        assert [name.decode() for name in file["/snapshots/datasets"]] == [p.path for p in PLAN]
        assert file["/snapshots/finished"][()] == 1
        for p in PLAN:
            assert file[p.path].chunks is None
            np.testing.assert_array_equal(file[p.path][:], [row[p.path] for row in written])


def test_all_headers_lie_in_the_first_megabyte_and_rows_after_them(tmp_path: Path) -> None:
    make(tmp_path / "run.h5")
    places: list[int] = []
    with h5py.File(tmp_path / "run.h5") as file:
        file.visititems(lambda _, item: places.append(h5o.get_info(item.id).addr))
        offsets = [file[p.path].id.get_offset() for p in PLAN]
    assert max(places) < 1 << 20
    assert min(offsets) > max(places)
    assert all(a < b for a, b in pairwise(offsets))


def test_the_structure_goes_through_json_unchanged(tmp_path: Path) -> None:
    make(tmp_path / "run.h5")
    rows = open_rows(tmp_path / "run.h5")
    assert Structure.from_json(rows.structure.to_json()) == rows.structure
    rows.close()


def test_gram_is_kept_where_it_is_smaller_than_the_weights() -> None:
    assert keeps_gram(300, 784)
    assert not keeps_gram(300, 599)
    assert not keeps_gram(2049, 9999)


@pytest.mark.parametrize(
    ("layers", "parameters", "said"),
    [
        ((), {"a/b": ((2,), "float32")}, "a/b"),
        ((), {"": ((2,), "float32")}, "1 to 255 bytes"),
        ((), {"x" * 256: ((2,), "float32")}, "1 to 255 bytes"),
        ((), {"a\ud800": ((2,), "float32")}, "UTF-8"),
        ((), {"a": ((2,), "complex64")}, "complex64"),
        ((), {"a": ((2, 0), "float32")}, "0 bytes"),
        ((), {"a": ((1 << 20, 1 << 20), "float32")}, "allowed"),
        (LAYERS[1:2], {}, "fc1"),
        (LAYERS[1:2], {"fc1.weight": ((6, 15), "float32")}, "6 × 16"),
        (LAYERS[1:2], {"fc1.weight": ((6, 16), "int8")}, "int8"),
        (LAYERS[0:1], {"conv1.weight": ((4, 18), "float32")}, "conv2d"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_name(layers: Any, parameters: Any, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan(layers, parameters, 0)


def vgg19bn() -> tuple[list[LayerInfo], dict[str, tuple[tuple[int, ...], str]]]:
    widths = (64, 64, 128, 128, 256, 256, 256, 256, 512, 512, 512, 512, 512, 512, 512, 512)
    layers: list[LayerInfo] = []
    parameters: dict[str, tuple[tuple[int, ...], str]] = {}
    before = 3
    for i, width in enumerate(widths, 1):
        layers.append(LayerInfo(f"conv{i}", "conv2d", width, 9 * before, len(layers)))
        parameters[f"conv{i}.weight"] = ((width, before, 3, 3), "float32")
        for name in ("weight", "bias", "running_mean", "running_var"):
            parameters[f"bn{i}.{name}"] = ((width,), "float32")
        parameters[f"bn{i}.num_batches_tracked"] = ((), "int64")
        before = width
    for i, width in enumerate((512, 512, 10), 1):
        layers.append(LayerInfo(f"fc{i}", "linear", width, before, len(layers)))
        parameters[f"fc{i}.weight"] = ((width, before), "float32")
        before = width
    return layers, parameters


def test_the_forecast_of_a_vgg19bn_run_is_the_size_it_gets(tmp_path: Path) -> None:
    layers, parameters = vgg19bn()
    assert sum(layer.units * layer.inputs for layer in layers) == 20_548_288
    planned = plan(layers, parameters, 10)
    weights = 4 * 20_548_288
    assert 161 * weights < forecast_bytes(planned, 161) < 1.4 * 161 * weights
    create(tmp_path / "vgg.h5", SPEC, layers, planned, 1, "VGG19BN")
    size = (tmp_path / "vgg.h5").stat().st_size
    assert size <= forecast_bytes(planned, 1) <= size + (1 << 18)


def test_a_run_that_would_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    layers, parameters = vgg19bn()
    with pytest.raises(DiskFull, match=r"needs \d+ MB and the disk has \d+ MB free"):
        create(tmp_path / "huge.h5", SPEC, layers, plan(layers, parameters, 10), 900_000, "")
    assert not list(tmp_path.iterdir())


def test_an_existing_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    make(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match="never overwritten"):
        create(path, SPEC, LAYERS, PLAN, 3, "")
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["run.h5"]


def test_whoever_finds_a_name_taken_does_not_take_its_lock(tmp_path: Path) -> None:
    make(tmp_path / "run.h5")
    with writer_lock(tmp_path / "run.h5"), pytest.raises(FileExistsError, match="never overwritten"):
        create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 3, "")


def test_without_hard_links_the_name_is_still_taken_exclusively(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    make(tmp_path / "run.h5")
    with open_run(tmp_path / "run.h5") as run:
        assert run.snapshots == 3
    with pytest.raises(FileExistsError, match="never overwritten"):
        create(tmp_path / "run.h5", SPEC, LAYERS, PLAN, 3, "")


def test_a_half_born_file_of_a_dead_process_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "run.h5.creating").write_bytes(b"half")
    make(tmp_path / "run.h5")
    assert os.listdir(tmp_path) == ["run.h5"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="its folder does not exist"):
        create(tmp_path / "nowhere" / "run.h5", SPEC, LAYERS, PLAN, 3, "")


def test_a_run_reads_and_writes_where_there_is_no_pread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("preadv", "pwrite"):
        monkeypatch.delattr(os, name)
    written = make(tmp_path / "run.h5")
    with open_run(tmp_path / "run.h5") as run:
        np.testing.assert_array_equal(run.layer("fc1").weights(1), written[1]["/parameters/fc1.weight"])


def test_rows_longer_than_a_system_call_takes_are_written_and_read_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(descriptor, "AT_ONCE", 7)
    written = make(tmp_path / "run.h5", snapshots=1, capacity=1)
    with open_run(tmp_path / "run.h5") as run:
        np.testing.assert_array_equal(run.layer("fc1").weights(), written[0]["/parameters/fc1.weight"])


def test_a_title_of_any_characters_comes_back(tmp_path: Path) -> None:
    for number, title in enumerate(("", "Zürich 数 <b>", "a\nb", "x" * 30_000)):
        create(tmp_path / f"{number}.h5", SPEC, LAYERS, PLAN, 1, title)
        with open_run(tmp_path / f"{number}.h5") as run:
            assert run.title == title
    with pytest.raises(ValueError, match="title of a run takes 40000 bytes"):
        create(tmp_path / "long.h5", SPEC, LAYERS, PLAN, 1, "x" * 40_000)
    assert "long.h5" not in {name[:7] for name in os.listdir(tmp_path)}


def test_parameters_of_the_small_run_match_its_plan() -> None:
    assert set(random_rows(0)) == {p.path for p in PLAN}
    assert len(PARAMETERS) == sum(p.path.startswith("/parameters/") for p in PLAN)
