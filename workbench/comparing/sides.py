"""One of two networks that are compared: a run at a snapshot, or a checkpoint of whatever can be imported."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from os import fspath
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.runs.collection.naming import moment, short_name
from workbench.runs.confinement.structure import IMPORT_IT
from workbench.runs.errors import RunError
from workbench.runs.layer import resolve
from workbench.runs.layout import PARAMETERS
from workbench.runs.place import Place
from workbench.runs.rows import plain
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike
    from typing import Any

    from numpy.typing import NDArray

    from workbench.importing.plan import ImportPlan
    from workbench.runs.layout import LayerInfo

    Float32 = NDArray[np.float32]
    Given = Run | Place | str | PathLike[str]  # a run is meant at its last snapshot; a path may end in @SNAPSHOT

BETWEEN = "@"  # a file and the number of a snapshot in it


@dataclass(frozen=True, eq=False)
class Side:
    """A network whose weights are read layer by layer."""

    name: str  # "A, epoch 3"
    layers: tuple[LayerInfo, ...]  # in the network's order
    place: Place | None  # where it lies in a run; None: it is of a checkpoint
    planned: ImportPlan | None = None
    tensors: Mapping[str, NDArray[Any]] | None = None  # of a checkpoint: state-dict key -> parameter

    def layer(self, name: str) -> LayerInfo:
        """The layer of this name. ValueError: there is none."""
        found = {layer.name: layer for layer in self.layers}
        if name not in found:
            raise ValueError(f"{self.name} has no layer {name}; it has {', '.join(found)}")
        return found[name]

    def weights(self, name: str) -> Float32:
        """The weights of a layer, (m, n), zero for inputs of removed units. ValueError: they are not finite."""
        layer = self.layer(name)
        if self.place is not None:
            matrix = self.place.run.layer(name).live_weights(self.place.snapshot)
        else:
            assert self.planned is not None
            assert self.tensors is not None
            _, dtype = self.planned.parameters[layer.key]
            matrix = layer.matrix(plain(self.tensors[layer.key], dtype)).astype(np.float32, copy=False)
        if not np.isfinite(matrix).all():
            raise ValueError(f"{self.name}: weights of {name} are not finite: choose an earlier snapshot")
        return matrix

    def others(self) -> dict[str, NDArray[Any]]:
        """The parameters that are no layer's weights, by their names in the state dict."""
        weights = {layer.key for layer in self.layers}
        if self.place is not None:
            run, at = self.place.run, self.place.snapshot
            known = run.layers[0]
            return {key: known.row(f"{PARAMETERS}/{key}", at) for key in run.parameter_types if key not in weights}
        assert self.planned is not None
        assert self.tensors is not None
        kept = [key for key in self.planned.parameters if key not in weights]
        return {key: plain(self.tensors[key], self.planned.parameters[key][1]) for key in kept}

    def words(self, layer: str) -> str:
        """The layer and the network: "fc1 of A, epoch 3"."""
        return f"{layer} of {self.name}"


@contextmanager
def opened(*given: Given) -> Iterator[list[Side]]:
    """The networks; files that were opened for them are closed again.

    RunError: one cannot be read; IndexError: it has no such snapshot.
    """
    with ExitStack() as stack:
        yield [_side(each, stack) for each in given]


def split_address(given: str | PathLike[str]) -> tuple[Path, int | None]:
    """The file and the snapshot of "RUN.h5@3"; None where no snapshot is named."""
    path = Path(given)
    before, at, after = fspath(path).rpartition(BETWEEN)
    if not at or path.exists():
        return path, None
    try:
        return Path(before), int(after)
    except ValueError:
        return path, None


def _side(given: Given, stack: ExitStack) -> Side:
    if isinstance(given, Place):
        return _of_run(given)
    if isinstance(given, Run):
        return _of_run(Place(given, "", given.resolve(-1)))
    path, snapshot = split_address(given)
    wanted = -1 if snapshot is None else snapshot
    if path.is_dir():
        return _of_checkpoint(path, wanted)
    try:
        run = stack.enter_context(open_run(path))
    except RunError as error:
        from workbench.importing.importers import offering_import  # see `_of_checkpoint`

        if not isinstance(offered := offering_import(error), RunError) or offered.advice != IMPORT_IT:
            raise
        return _of_checkpoint(path, wanted)
    return _of_run(Place(run, "", run.resolve(wanted)))


def _of_run(place: Place) -> Side:
    return Side(f"{short_name(place.run)}, {moment(place.run, place.snapshot)}", place.run.layers, place)


def _of_checkpoint(path: Path, snapshot: int) -> Side:
    # Loaded when it is needed: the window has the pictures of two networks, and starts sooner without.
    from workbench.importing.files.foreign import Foreign
    from workbench.importing.plan import Wanted, plan_of
    from workbench.importing.run import parameters_of

    planned = plan_of(Wanted((path,)))
    at = resolve(snapshot, len(planned.files))
    source = planned.files[at]
    tensors = parameters_of(planned, source, Foreign(source.size), at)
    name = path.name if len(planned.files) == 1 else f"{path.name} · {source.label}"
    return Side(name, planned.layers, None, planned, tensors)


def paired_layers(first: Side, second: Side, wanted: str | None = None) -> list[tuple[LayerInfo, LayerInfo]]:
    """The layers that are compared: those of one name, else, of as many layers of the same kinds, in their order.

    ValueError: there are none, or not the one that is wanted.
    """
    if wanted is not None:
        return [(first.layer(wanted), second.layer(wanted))]
    others = {layer.name: layer for layer in second.layers}
    named = [(layer, others[layer.name]) for layer in first.layers if layer.name in others]
    if named:
        return named
    if [layer.kind for layer in first.layers] == [layer.kind for layer in second.layers]:
        return list(zip(first.layers, second.layers, strict=True))
    raise ValueError(
        f"{first.name} and {second.name} have no layer of the same name, and not the same kinds of layers in order: "
        f"{_names(first)} and {_names(second)}"
    )


def _names(side: Side) -> str:
    names = [layer.name for layer in side.layers]
    return ", ".join(names[:5]) + ("" if len(names) <= 5 else f" and {len(names) - 5} more")
