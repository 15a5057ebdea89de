"""Every kind of layer of Keras and Flax: kind, count and matrix are those of the network, in every format."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import keras_files as keras
import numpy as np
import pytest
from importing_steps import imported, planned
from safetensors.numpy import save_file

from workbench.importing.files.foreign import ImportProblem
from workbench.importing.files.keras_config import classes_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from keras_files import Matrices

MODEL = keras.model()
OWN = {name: name for name in MODEL}


def write_weights(path: Path) -> Matrices:
    """Without a config: only Keras' own names of classes say what a layer is."""
    layers = {name: modules for name, modules in MODEL.items() if name != "summed"}
    with h5py.File(path, "w") as file:
        keras.write_keras_3(file, layers)
    return keras.truth(layers, keras.places(layers), "inner3")


def write_archive(path: Path) -> Matrices:
    keras.archive(path, MODEL)
    return keras.truth(MODEL, keras.places(MODEL), "inner3")


def write_keras_2(path: Path) -> Matrices:
    with h5py.File(path, "w") as file:
        keras.write_keras_2(file, MODEL, "model_weights")
    return keras.truth(MODEL, OWN, "inner")


def write_keras_2_weights(path: Path) -> Matrices:
    """Neither classes nor a config: what a bias and the names of arrays show."""
    hidden = ("summed", "up_square", "up_bare")
    layers = {name: modules for name, modules in MODEL.items() if name not in hidden}
    with h5py.File(path, "w") as file:
        keras.write_keras_2(file, layers, "")
    return keras.truth(layers, OWN, "inner")


FORMATS: dict[str, Callable[[Path], Matrices]] = {
    "a.weights.h5": write_weights,
    "a.keras": write_archive,
    "a.h5": write_keras_2,
    "b.h5": write_keras_2_weights,
}


def check(path: Path, out: Path, true: Matrices, **options: Any) -> Any:
    """The plan of an import whose layers are exactly the true ones, before it and after it."""
    plan = imported(out, path, **options)
    sizes = {layer.name: (layer.kind, layer.units, layer.inputs) for layer in plan.layers}
    assert sizes == {name: (kind, *matrix.shape) for name, (kind, matrix) in true.items()}
    with open_run(out) as run:
        assert [layer.name for layer in run.layers] == [layer.name for layer in plan.layers]
        for name, (_, matrix) in true.items():
            assert np.array_equal(run.layer(name).weights(0), matrix), name
    return plan


@pytest.mark.parametrize("name", FORMATS)
def test_kinds_counts_and_matrices_are_those_of_every_keras_layer(tmp_path: Path, name: str) -> None:
    true = FORMATS[name](tmp_path / name)
    plan = check(tmp_path / name, tmp_path / "run.h5", true)
    assert ("the optimizer's state is left out" in plan.notes) is (name != "b.h5")
    assert not [note for note in plan.notes if "unsure" in note or "skipped" in note]
    if name != "a.weights.h5":
        own = keras.places(MODEL) if name == "a.keras" else OWN
        order = [own[each] for each in MODEL if own[each] in {layer.partition(".")[0] for layer in true}]
        assert list(dict.fromkeys(layer.name.partition(".")[0] for layer in plan.layers)) == order


FLAX = {
    "Dense_0": ("linear", (20, 30)),
    "Bare_0": ("linear", (30, 9)),
    "Conv_0": ("conv2d", (3, 3, 4, 8)),
    "ConvTranspose_0": ("conv2d", (3, 3, 8, 5)),
    "Block_0.Conv_10": ("conv1d", (5, 8, 7)),
    "Block_0.Conv_2": ("conv1d", (5, 8, 6)),
}


def flax() -> tuple[dict[str, np.ndarray[Any, Any]], Matrices]:
    arrays, true = {}, {}
    for name, (kind, shape) in FLAX.items():
        kernel = keras.some(*shape)
        arrays[f"params.{name}.kernel"] = kernel
        if "Bare" not in name:
            arrays[f"params.{name}.bias"] = keras.some(shape[-1])
        true[name] = (kind, keras.filters(kernel))
    for module in keras.attention():
        name = f"Attention_0.{'out' if module.inner == 'attention_output' else module.inner}"
        arrays |= {f"params.{name}.{own}": array for own, array in module.arrays.items()}
        true[name] = module.true[""]
    arrays |= {"params.Embed_0.embedding": keras.some(50, 20), "params.LayerNorm_0.scale": keras.some(20)}
    arrays |= {"params.LayerNorm_0.bias": keras.some(20), "batch_stats.BatchNorm_0.mean": keras.some(8)}
    return arrays | {"opt_state.0.mu.Dense_0.kernel": keras.some(20, 30)}, true


@pytest.mark.parametrize("ending", [".safetensors", ".h5"])
def test_kinds_counts_and_matrices_are_those_of_every_flax_layer(tmp_path: Path, ending: str) -> None:
    arrays, true = flax()
    path = tmp_path / f"flax{ending}"
    if ending == ".h5":
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                file[name.replace(".", "/")] = array
    else:
        save_file(arrays, path)
    plan = check(path, tmp_path / "run.h5", true)
    assert "the optimizer's state is left out" in plan.notes
    blocks = [layer.name for layer in plan.layers if layer.name.startswith("Block")]
    assert blocks == ["Block_0.Conv_2", "Block_0.Conv_10"]


@pytest.mark.parametrize("ending", [".weights.h5", ".keras"])
def test_one_file_for_each_epoch_is_a_series(tmp_path: Path, ending: str) -> None:
    series = tmp_path / "series"
    series.mkdir()
    kernels = {}
    for epoch in (1, 2, 10):
        layers = {"only": [keras.dense(6, 4)], "next": [keras.dense(4, 3)]}
        kernels[epoch] = layers["only"][0].arrays["kernel"]
        path = series / f"net_epoch_{epoch}{ending}"
        if ending == ".keras":
            keras.archive(path, layers)
        else:
            with h5py.File(path, "w") as file:
                keras.write_keras_3(file, layers)
    plan = imported(tmp_path / "run.h5", series)
    assert [file.label for file in plan.files] == [f"net_epoch_{epoch}{ending}" for epoch in (1, 2, 10)]
    assert plan.epochs == (1, 2, 10)
    with open_run(tmp_path / "run.h5") as run:
        for at, epoch in enumerate((1, 2, 10)):
            assert np.array_equal(run.layer("dense").weights(at), kernels[epoch].T)
    keras.archive(series / "net_epoch_11.keras", {"only": [keras.dense(6, 5)], "next": [keras.dense(5, 3)]})
    words = r"net_epoch_11\.keras is not of the same network as net_epoch_1\.\S+: dense\.weight is of shape \(5, 6\)"
    with pytest.raises(ImportProblem, match=words):
        planned(series)


def test_files_of_several_kinds_are_no_series(tmp_path: Path) -> None:
    save_file({"fc.weight": keras.some(3, 4)}, tmp_path / "epoch_1.safetensors")
    keras.archive(tmp_path / "epoch_2.keras", {"only": [keras.dense(6, 4)]})
    with pytest.raises(ImportProblem, match=r"epoch_2\.keras is an HDF5 file, unlike epoch_1\.safetensors; import fi"):
        planned(tmp_path)
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for epoch in range(2):
            file[f"epoch_{epoch}/fc/kernel"] = keras.some(3, 4)
    with pytest.raises(ImportProblem, match=r"a\.h5 holds 2 snapshots by itself; import it alone"):
        planned(tmp_path / "a.h5", tmp_path / "epoch_2.keras")


def test_a_config_that_contradicts_the_arrays_is_refused_with_both_sides(tmp_path: Path) -> None:
    odd = keras.layer("Dense", keras.some(6, 4), keras.some(6), keras.some(6, 4))
    keras.archive(tmp_path / "a.keras", {"odd": [odd]})
    words = (
        "its config says that layers/dense is a Dense, whose kernel has 4 units, and its bias has 6 numbers; save the"
    )
    with pytest.raises(ImportProblem, match=f"a.keras contradicts itself: {words}"):
        planned(tmp_path / "a.keras")


def test_a_config_that_cannot_be_read_is_said_and_the_arrays_are_read_all_the_same(tmp_path: Path) -> None:
    keras.archive(tmp_path / "a.keras", {"only": [keras.dense(6, 4)]}, config="{")
    plan = planned(tmp_path / "a.keras")
    assert [(layer.name, layer.units, layer.inputs) for layer in plan.layers] == [("dense", 4, 6)]
    assert "objects other than weights are skipped: a config that cannot be read" in plan.notes
    with pytest.raises(ValueError, match="nested too deeply"):
        classes_in("[" * 100_000)
    assert classes_in('[1, {"config": 3}]') == classes_in('{"config": {"layers": {"a": 1}}}') == {}


def test_an_archive_that_unpacks_to_more_than_it_can_hold_is_not_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.keras", "w", zipfile.ZIP_DEFLATED) as whole:
        whole.writestr("config.json", "{}")
        whole.writestr("model.weights.h5", bytes(1 << 24))
    with pytest.raises(ImportProblem, match="claims to contain more data than it can; do not trust it"):
        planned(tmp_path / "a.keras")
    keras.archive(tmp_path / "b.keras", {"only": [keras.dense(6, 4)]})
    spoilt = bytearray((tmp_path / "b.keras").read_bytes())
    spoilt[spoilt.index(b"\x89HDF") + 100] ^= 1
    (tmp_path / "b.keras").write_bytes(bytes(spoilt))
    with pytest.raises(ImportProblem, match=r"is a Keras model that is damaged .*; copy or download it again"):
        planned(tmp_path / "b.keras")


def test_a_layer_of_ones_own_is_unsure_where_nothing_says_what_it_is(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.weights.h5", "w") as file:
        file["mine/vars/0"] = keras.some(6, 4)
        file["emb/vars/0"] = keras.some(50, 6)
        file["told/vars/0"] = keras.some(4, 5)
        file["told/vars/1"] = keras.some(5)
    plan = planned(tmp_path / "a.weights.h5")
    assert [(layer.name, layer.units, layer.inputs) for layer in plan.layers] == [("mine", 4, 6), ("told", 5, 4)]
    (unsure,) = [note for note in plan.notes if note.startswith("unsure")]
    assert unsure == (
        "unsure which axis has the units of mine.weight: the first, because Keras and Flax keep inputs first, "
        "although nothing says what kind of layer it is"
    )


def test_parameters_of_flax_nnx_are_known_in_their_boxes(tmp_path: Path) -> None:
    first, last = keras.some(20, 30), keras.some(30, 4)
    state = {"layers.0.kernel.value": first, "layers.0.bias.value": keras.some(30), "layers.1.kernel.value": last}
    save_file(state, tmp_path / "nnx.safetensors")
    true = {"layers.0": ("linear", first.T), "layers.1": ("linear", last.T)}
    check(tmp_path / "nnx.safetensors", tmp_path / "run.h5", true)


def test_layers_in_wrappers_and_attention_without_biases_are_known(tmp_path: Path) -> None:
    bare = [keras.Written(each.kind, {"kernel": each.arrays["kernel"]}, each.true, {}, each.inner, each.inner3)
            for each in MODEL["heads"]]  # fmt: skip
    wrapped = keras.dense(7, 5)
    wrapped = keras.Written("TimeDistributed", wrapped.arrays, wrapped.true, inner3="layer")
    layers = {"heads": bare, "each": [wrapped]}
    keras.archive(tmp_path / "a.keras", layers)
    check(tmp_path / "a.keras", tmp_path / "run.h5", keras.truth(layers, keras.places(layers), "inner3"))


def test_an_equation_that_is_not_in_the_file_is_unsure(tmp_path: Path) -> None:
    layers = {"summed": MODEL["summed"], "last": MODEL["last"]}
    with h5py.File(tmp_path / "a.weights.h5", "w") as file:
        keras.write_keras_3(file, layers)
    plan = check(tmp_path / "a.weights.h5", tmp_path / "run.h5", keras.truth(layers, keras.places(layers), "inner3"))
    (unsure,) = [note for note in plan.notes if note.startswith("unsure")]
    assert unsure.endswith("the last axis of most equations has the units, although its equation is not in the file")


def test_a_bias_that_fits_no_axis_is_a_doubt_and_no_refusal(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["odd/kernel"], file["odd/bias"] = keras.some(6, 4), keras.some(3)
    plan = planned(tmp_path / "a.h5")
    assert [(layer.name, layer.units, layer.inputs) for layer in plan.layers] == [("odd", 4, 6)]
    assert any(note.startswith("unsure") and note.endswith("although its bias has 3 numbers") for note in plan.notes)


def test_arrays_that_a_person_maps_are_turned_as_the_file_shows(tmp_path: Path) -> None:
    true = write_keras_2(tmp_path / "a.h5")
    paths = {"mine": "up_square/up_square", "q": "heads/heads/query"}
    words = [f"{name}.weight=/model_weights/{path}/kernel:0" for name, path in paths.items()]
    check(tmp_path / "a.h5", tmp_path / "run.h5", {"mine": true["up_square"], "q": true["heads.query"]}, mapping=words)


def test_a_network_with_convolutions_of_keras_is_none_of_pytorch(tmp_path: Path) -> None:
    layers = {"conv": [keras.convolution("Conv2D", 3, 3, 1, 4)], "fc": [keras.dense(144, 10)]}
    keras.archive(tmp_path / "a.keras", layers)
    assert planned(tmp_path / "a.keras").spec.net.name == "unknown"
    with pytest.raises(ImportProblem, match="in the order of Keras and Flax, in which channels are last"):
        planned(tmp_path / "a.keras", net="lenet")


def test_a_file_of_hdf5_without_arrays_says_so(tmp_path: Path) -> None:
    whole = io.BytesIO()
    with h5py.File(whole, "w") as file:
        file.attrs["model_config"] = json.dumps({"config": {"layers": []}})
        file["names"] = "no numbers"
    (tmp_path / "a.h5").write_bytes(whole.getvalue())
    with pytest.raises(ImportProblem, match=r"a\.h5 holds no arrays of floating-point numbers; choose a file of wei"):
        planned(tmp_path / "a.h5")
