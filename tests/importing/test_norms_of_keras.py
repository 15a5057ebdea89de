"""Which array of a norm is its scale and which its centre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import keras_files as keras
import pytest
from importing_steps import planned

if TYPE_CHECKING:
    from pathlib import Path


NORMS = {
    "BatchNormalization": {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean",
                           "moving_variance": "running_var"},
    "LayerNormalization": {"gamma": "weight", "beta": "bias"},
    "GroupNormalization": {"gamma": "weight", "beta": "bias"},
}  # fmt: skip


OPTIONS = {"gamma": "scale", "beta": "center"}


def norm_without(kind: str, *lacking: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Layers with such a norm between them, and what its arrays are called in a run."""
    left = {name: called for name, called in NORMS[kind].items() if name not in lacking}
    arrays = {name: keras.some(30) for name in left}
    norm = keras.Written(kind, arrays, {}, {OPTIONS[name]: False for name in lacking})
    return {"first": [keras.dense(20, 30)], "norm": [norm], "last": [keras.dense(30, 4)]}, left


@pytest.mark.parametrize("kind", NORMS)
@pytest.mark.parametrize("lacking", [(), ("gamma",), ("beta",), ("gamma", "beta")], ids=str)
def test_the_arrays_of_a_norm_without_scale_or_centre_are_those_of_its_config(
    tmp_path: Path, kind: str, lacking: tuple[str, ...]
) -> None:
    layers, left = norm_without(kind, *lacking)
    keras.archive(tmp_path / "a.keras", layers)
    plan = planned(tmp_path / "a.keras")
    place = keras.places(layers)["norm"]
    assert {key.removeprefix(f"{place}.") for key in plan.parameters if key.startswith(place)} == set(left.values())
    assert not [note for note in plan.notes if note.startswith("unsure")]


@pytest.mark.parametrize("kind", NORMS)
@pytest.mark.parametrize("lacking", ["gamma", "beta"])
def test_without_a_config_it_is_unsure_which_of_scale_and_centre_a_norm_has(
    tmp_path: Path, kind: str, lacking: str
) -> None:
    layers, left = norm_without(kind, lacking)
    with h5py.File(tmp_path / "a.weights.h5", "w") as file:
        keras.write_keras_3(file, layers)
    plan = planned(tmp_path / "a.weights.h5")
    place = keras.places(layers)["norm"]
    known = {"0", *(called for called in left.values() if called.startswith("running"))}
    assert {key.removeprefix(f"{place}.") for key in plan.parameters if key.startswith(place)} == known
    (unsure,) = [note for note in plan.notes if note.startswith("unsure")]
    assert unsure == f"unsure what {place}.0 is: nothing says whether it is the scale or the centre of its norm"
