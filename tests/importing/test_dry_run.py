"""What a dry run says is what the import then makes, number for number."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from importing_steps import imported, planned
from known_nets import known_networks
from safetensors.numpy import save_file

from workbench.importing import plan as planning
from workbench.importing import run as importing
from workbench.importing.files import foreign
from workbench.importing.files.foreign_task import answer
from workbench.importing.run import import_run
from workbench.runs.layout import LayerInfo
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.importing.files.foreign import Foreign

LARGEST = 200_000  # numbers in a network
SMALL = [
    name
    for name, network in sorted(known_networks().items())
    if sum(prod(shape) for _, shape, _ in network["state"]) < LARGEST and name != "own/bilinear"
]


def matrix(tensor: torch.Tensor, layer: LayerInfo) -> np.ndarray:
    """The m × n matrix of a layer of a PyTorch module, by its definition."""
    rows = tensor.transpose(0, 1) if layer.transposed else tensor
    return rows[layer.first : layer.first + layer.units].reshape(layer.units, -1).numpy()


@pytest.mark.parametrize("name", SMALL)
def test_an_import_is_what_its_dry_run_said_with_every_matrix_in_place(tmp_path: Path, name: str) -> None:
    network = known_networks()[name]
    torch.manual_seed(0)
    state = {
        key: torch.randn(shape) if dtype == "float32" else torch.zeros(shape, dtype=getattr(torch, dtype))
        for key, shape, dtype in network["state"]
    }
    torch.save(state, tmp_path / "a.pt")
    said = planned(tmp_path / "a.pt")
    assert imported(tmp_path / "run.h5", tmp_path / "a.pt") == said
    true = [LayerInfo(own, kind, *sizes, 0, parameter=key, first=first, transposed=turned)
            for own, kind, *sizes, key, first, turned in network["layers"]]  # fmt: skip
    with open_run(tmp_path / "run.h5") as run:
        assert (run.spec, run.title) == (said.spec, said.title)
        assert [layer.name for layer in run.layers] == [layer.name for layer in said.layers]
        for layer in true:
            assert np.array_equal(run.layer(layer.name).weights(0), matrix(state[layer.key], layer)), layer.name


# --- the whole table: the same steps, into memory instead of a file ---


@dataclass
class Written:
    """What an import hands to the run file."""

    made: tuple[Any, ...] = ()
    rows: dict[str, np.ndarray] = field(default_factory=dict)

    def create(self, _path: Path, *made: Any) -> None:
        self.made = made

    def recorder(self, _path: Path) -> Written:
        return self

    def commit(self, rows: dict[str, np.ndarray]) -> None:
        self.rows = rows

    def close(self) -> None:
        pass

    def discard(self) -> None:
        pass


def answered_here(_: Foreign, path: Path, request: dict[str, Any]) -> Any:
    """As the confined process answers, without the 50 ms that each question to it takes."""
    found = answer(json.dumps({**request, "kind": "safetensors"}).encode(), [str(path)])
    return foreign._believed(path, found, request["data"])


def smaller(shapes: Iterable[tuple[int, ...]]) -> dict[int, int]:
    """A small length for every length, in the same order; three times another stays three times that."""
    found = {1: 1, 2: 2, 3: 3}
    for length in sorted({each for shape in shapes for each in shape}):
        third = found.get(length // 3) if length % 3 == 0 else None
        found.setdefault(length, 3 * third if third else max(found.values()) + 1)
    return found


@pytest.mark.parametrize("family", sorted({name.partition("/")[0] for name in known_networks()}))
@pytest.mark.thinned(3)
def test_what_is_written_is_what_the_dry_run_said_for_every_network_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, family: str
) -> None:
    written = Written()
    monkeypatch.setattr(importing, "create", written.create)
    monkeypatch.setattr(importing, "Recorder", written.recorder)
    monkeypatch.setattr(foreign.Foreign, "_answer", answered_here)
    monkeypatch.setattr(planning, "affordable", lambda _: False)  # spectra are in the test above
    random = np.random.default_rng(0)
    for name, network in known_networks().items():
        if not name.startswith(f"{family}/"):
            continue
        state = {key: (shape, dtype) for key, shape, dtype in network["state"] if 0 not in shape}
        lengths = smaller(shape for shape, _ in state.values())
        arrays = {
            key: random.normal(size=[lengths[each] for each in shape]).astype(dtype)
            for key, (shape, dtype) in state.items()
        }
        save_file(arrays, tmp_path / "a.safetensors")
        said = planned(tmp_path / "a.safetensors")
        *_, last = import_run(said, tmp_path / "run.h5")
        assert last.finished, name
        assert written.made == (said.spec, said.layers, said.plan, 1, said.title), name
        stored = {row.path: (row.shape, row.stored) for row in said.plan}
        assert {path: (row.shape, row.dtype) for path, row in written.rows.items()} == stored, name
        kept = {key: arrays[said.prefix + key] for key in said.parameters if said.prefix + key in arrays}
        same = [np.array_equal(written.rows[f"/parameters/{key}"], each) for key, each in kept.items()]
        assert all(same), name
        computed = said.parameters.keys() - kept.keys()
        assert bool(computed) == said.computed, name
        assert all(layer.fits(*said.parameters[layer.key]) for layer in said.layers), name
