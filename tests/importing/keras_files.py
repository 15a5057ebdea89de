"""Files as Keras 2, Keras 3 and Flax write them, and beside each layer its true matrix, made by hand."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

from workbench.importing.files.keras_config import snake_case

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Array = np.ndarray[Any, Any]
Matrices = dict[str, tuple[str, Array]]  # name of a layer, after that of its module -> kind, m × n


@dataclass(frozen=True)
class Written:
    """A layer of a model: its arrays under their names in Keras 2, and what it truly computes with."""

    kind: str
    arrays: dict[str, Array]  # in the order in which Keras 3 numbers them
    true: Matrices
    config: dict[str, Any] = field(default_factory=dict)
    inner: str = ""  # of Keras 2: what stands before the names of the arrays
    inner3: str = ""  # of Keras 3


_draw = np.random.default_rng(0)


def some(*shape: int) -> Array:
    return _draw.normal(size=shape).astype(np.float32)


def filters(kernel: Array) -> Array:
    """Of a kernel (…, inputs, units): each unit's filter, its inputs one after another."""
    units = [
        np.concatenate([kernel[..., channel, unit].ravel() for channel in range(kernel.shape[-2])])
        for unit in range(kernel.shape[-1])
    ]
    return np.stack(units)


def channelwise(kernel: Array) -> Array:
    """Of a kernel (…, channels, multiplier): the filters of the first channel, then those of the second, ….

    Each of them looks at one channel alone.
    """
    channels, times = kernel.shape[-2:]
    return np.stack([kernel[..., channel, at].ravel() for channel in range(channels) for at in range(times)])


def layer(kind: str, kernel: Array, bias: Array | None, true: Array, called: str = "linear", **config: Any) -> Written:
    arrays = {"kernel": kernel} | ({} if bias is None else {"bias": bias})
    return Written(kind, arrays, {"": (called, true)}, config)


def recurrent(kind: str, gates: int, bias: Array, **places: str) -> Written:
    kernel, own = some(5, gates * 4), some(4, gates * 4)
    true = {"": ("linear", kernel.T), ".recurrent": ("linear", own.T)}
    return Written(kind, {"kernel": kernel, "recurrent_kernel": own, "bias": bias}, true, **places)


def separable(kind: str, window: tuple[int, ...]) -> Written:
    depth, point = some(*window, 4, 2), some(*(1,) * len(window), 8, 6)
    rank = f"conv{len(window)}d"
    true = {".depthwise": (rank, channelwise(depth)), ".pointwise": (rank, filters(point))}
    return Written(kind, {"depthwise_kernel": depth, "pointwise_kernel": point, "bias": some(6)}, true)


def depthwise(kind: str, *shape: int) -> Written:
    kernel = some(*shape)
    arrays = {"depthwise_kernel": kernel, "bias": some(shape[-1] * shape[-2])}
    return Written(kind, arrays, {"": (f"conv{len(shape) - 2}d", channelwise(kernel))})


def transposed(kind: str, bias: bool, *shape: int) -> Written:
    kernel = some(*shape)
    flipped = np.swapaxes(kernel, -1, -2)  # (…, units, inputs)
    return layer(kind, kernel, some(shape[-2]) if bias else None, filters(flipped), f"conv{len(shape) - 2}d")


def convolution(kind: str, *shape: int) -> Written:
    kernel = some(*shape)
    return layer(kind, kernel, some(shape[-1]), filters(kernel), f"conv{len(shape) - 2}d")


def attention() -> list[Written]:
    """Queries, keys and values of 2 heads of 8 or 6, and what puts them together again."""
    asked = []
    for name, inputs, width in (("query", 20, 8), ("key", 14, 8), ("value", 14, 6)):
        kernel = some(inputs, 2, width)
        true = np.stack([kernel[:, head, at] for head in range(2) for at in range(width)])
        arrays = {"kernel": kernel, "bias": some(2, width)}
        asked.append(Written("MultiHeadAttention", arrays, {"": ("linear", true)}, inner=name, inner3=f"{name}_dense"))
    kernel = some(2, 6, 20)
    true = np.stack([np.concatenate([kernel[0, :, unit], kernel[1, :, unit]]) for unit in range(20)])
    arrays, places = {"kernel": kernel, "bias": some(20)}, {"inner": "attention_output", "inner3": "output_dense"}
    return [*asked, Written("MultiHeadAttention", arrays, {"": ("linear", true)}, **places)]


def dense(inputs: int, units: int, bias: bool = True) -> Written:
    kernel = some(inputs, units)
    return layer("Dense", kernel, some(units) if bias else None, kernel.T)


def einsum() -> Written:
    kernel = some(2, 7, 9)
    true = np.stack([np.concatenate([kernel[0, :, unit], kernel[1, :, unit]]) for unit in range(9)])
    return layer("EinsumDense", kernel, some(9), true, equation="abcd,cde->abe")


def model() -> dict[str, list[Written]]:
    """{own name of a layer: its modules}, one of every kind."""
    norm = {"gamma": some(8), "beta": some(8)}
    return {
        "first": [dense(20, 30)],
        "square": [dense(30, 30)],
        "bare": [dense(30, 12, bias=False)],
        "conv_a": [convolution("Conv1D", 3, 4, 8)],
        "conv_b": [convolution("Conv2D", 3, 5, 4, 8)],
        "groups": [convolution("Conv2D", 3, 3, 2, 8)],
        "conv_c": [convolution("Conv3D", 2, 3, 4, 3, 7)],
        "up": [transposed("Conv2DTranspose", True, 3, 3, 8, 4)],
        "up_square": [transposed("Conv2DTranspose", False, 3, 3, 4, 4)],
        "up_bare": [transposed("Conv1DTranspose", False, 5, 3, 9)],
        "depth": [depthwise("DepthwiseConv2D", 3, 3, 4, 2)],
        "depth_a": [depthwise("DepthwiseConv1D", 3, 4, 1)],
        "apart": [separable("SeparableConv2D", (3, 3))],
        "apart_a": [separable("SeparableConv1D", (5,))],
        "memory": [recurrent("LSTM", 4, some(16), inner="lstm_cell", inner3="cell")],
        "gated": [recurrent("GRU", 3, some(2, 12), inner="gru_cell", inner3="cell")],
        "simple": [recurrent("SimpleRNN", 1, some(4), inner="simple_rnn_cell", inner3="cell")],
        "both": [
            recurrent("Bidirectional", 4, some(16), inner="forward_lstm/lstm_cell", inner3="forward_layer/cell"),
            recurrent("Bidirectional", 4, some(16), inner="backward_lstm/lstm_cell", inner3="backward_layer/cell"),
        ],
        "heads": attention(),
        "summed": [einsum()],
        "words": [Written("Embedding", {"embeddings": some(50, 8)}, {})],
        "batch": [Written("BatchNormalization", norm | {"moving_mean": some(8), "moving_variance": some(8)}, {})],
        "layer": [Written("LayerNormalization", norm, {})],
        "last": [dense(9, 3)],
    }  # fmt: skip


def config_of(layers: Mapping[str, list[Written]]) -> str:
    listed = []
    for name, modules in layers.items():
        inner: dict[str, Any] = {"name": name, **modules[0].config}
        if modules[0].kind == "Bidirectional":
            inner["layer"] = {"class_name": "LSTM", "config": {"name": "lstm"}}
        listed.append({"class_name": modules[0].kind, "config": inner})
    return json.dumps({"class_name": "Functional", "config": {"name": "model", "layers": listed}})


def places(layers: Mapping[str, list[Written]]) -> dict[str, str]:
    """{own name: what Keras 3 calls the layer in a file}."""
    count: dict[str, int] = {}
    found = {}
    for name, modules in layers.items():
        base = snake_case(modules[0].kind)
        found[name] = f"{base}_{count[base]}" if count.get(base) else base
        count[base] = count.get(base, 0) + 1
    return found


def write_keras_3(file: h5py.File, layers: Mapping[str, list[Written]]) -> None:
    for name, place in places(layers).items():
        for module in layers[name]:
            group = file.create_group("/".join(["layers", place, *filter(None, [module.inner3]), "vars"]))
            group.attrs["name"] = name
            for at, array in enumerate(module.arrays.values()):
                group[str(at)] = array
    file["optimizer/vars/0"] = np.int64(7)
    file["optimizer/vars/1"] = np.float32(0.001)
    file["optimizer/vars/2"] = some(20, 30)


def write_keras_2(file: h5py.File, layers: Mapping[str, list[Written]], top: str, ending: str = ":0") -> None:
    for name, modules in layers.items():
        for module in modules:
            for own, array in module.arrays.items():
                file["/".join([*filter(None, [top]), name, name, *filter(None, [module.inner]), own + ending])] = array
    group = file[top] if top else file
    group.attrs["layer_names"] = np.array([name.encode() for name in layers])
    if top:
        file["optimizer_weights/Adam/first/kernel/m:0"] = some(20, 30)
        file.attrs["model_config"] = config_of(layers)


def archive(path: Path, layers: Mapping[str, list[Written]], config: str | None = None) -> None:
    model_ = io.BytesIO()
    with h5py.File(model_, "w") as file:
        write_keras_3(file, layers)
    with zipfile.ZipFile(path, "w") as whole:
        whole.writestr("metadata.json", json.dumps({"keras_version": "3.9.0"}))
        whole.writestr("config.json", config_of(layers) if config is None else config)
        whole.writestr("model.weights.h5", model_.getvalue())


def truth(layers: Mapping[str, list[Written]], names: Mapping[str, str], inner: str) -> Matrices:
    """{a layer's name in the run: kind and matrix}; `inner` is the field that says where a module lies."""
    found: Matrices = {}
    for name, modules in layers.items():
        for module in modules:
            words = getattr(module, inner).split("/")
            between = "".join(f".{word}" for word in words if word and (inner == "inner" or word != "cell"))
            found |= {f"{names[name]}{between}{end}": true for end, true in module.true.items()}
    return found
