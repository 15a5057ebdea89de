"""The specification of a training that somebody else's loop does: what is known of it, and nothing more."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import data_set, title_of
from workbench.nets.architectures.recognition import Recognised, recognised
from workbench.nets.neighbours import is_sequence
from workbench.nets.weights import evaluating, state, uncompiled
from workbench.runs.layer import without_layer
from workbench.runs.spec import UNKNOWN, DataSpec, NetSpec, OriginSpec, RunSpec

if TYPE_CHECKING:
    from workbench.recorders.recorded_network import RecordedNetwork
    from workbench.training.schedule import Moments


def description(
    recorded: RecordedNetwork,
    moments: Moments,
    steps: int | None,
    per_epoch: int | None,
    data: str | None,
    seed: int,
    dtype: str | None,
    begins: bool = True,
) -> tuple[RunSpec, str]:
    """The specification of a recorded training, and a title. ValueError: there is no data set of that name."""
    module = recorded.module
    source = f"{type(module).__module__}.{type(module).__qualname__}"
    known = catalogue_net(module) if recorded.whole else None
    net = NetSpec(UNKNOWN) if known is None else net_spec(known)
    notes = [] if recorded.spectra else ["spectra are computed when they are looked at"]
    notes += without_layer(recorded.parameters, recorded.layers) if recorded.whole else []
    notes += recorded.left_out
    stored = "as trained" if dtype is None else f"in {dtype}"
    spec = RunSpec(
        net,
        DataSpec(UNKNOWN if data is None else data_set(data).name, validation=0.0),
        initialiser=UNKNOWN,
        iterations=steps,
        epochs=None if steps is None or per_epoch is None else steps / per_epoch,
        snapshots=moments.schedule,
        seed=seed,
        device=str(next(iter(recorded.tensors().values())).device),
        origin=OriginSpec(
            "recorded",
            source,
            stored,
            "; ".join(notes),
            begins=begins,
            sequence=recorded.whole and not recorded.left_out and is_sequence(module),
        ),
    )
    title = type(module).__name__ if known is None else title_of(known.name, known.widths)
    return spec, f"{title}, recorded"


def net_spec(found: Recognised) -> NetSpec:
    """The catalogue's net that was recognised."""
    return NetSpec(found.name, found.widths, found.bias, found.image_shape, found.classes)


def catalogue_net(module: nn.Module) -> Recognised | None:
    """The catalogue's network that computes what `module` does, as two random images show; None: there is none."""
    now = state(module)
    found = recognised({key: tuple(getattr(value, "shape", ())) for key, value in now.items()})
    if found is None:
        return None
    with torch.random.fork_rng([]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever somebody else's network has to say of random images
        images = torch.randn(2, *found.image_shape)
        twin = build(found.name, found.image_shape, found.classes, found.widths, found.bias).eval()
        twin.load_state_dict(
            {key: value.detach().cpu().float() for key, value in zip(twin.state_dict(), now.values(), strict=True)}
        )
        with evaluating(module), uncompiled():
            return found if _same(module, twin, images) else None


def _same(module: nn.Module, twin: nn.Module, images: torch.Tensor) -> bool:
    weight = next(module.parameters())
    for inputs in (images, images.flatten(1)):  # networks of linear layers may take either
        try:
            given = module(inputs.to(weight))
        except Exception:  # it takes something else: then it is not known
            continue
        return isinstance(given, torch.Tensor) and _close(given, twin(images), weight.dtype)
    return False


def _close(given: torch.Tensor, expected: torch.Tensor, dtype: torch.dtype) -> bool:
    tolerance = 1e-4 if dtype in (torch.float32, torch.float64) else 5e-2
    same_shape = given.shape == expected.shape
    return same_shape and torch.allclose(given.detach().cpu().float(), expected, tolerance, tolerance)
