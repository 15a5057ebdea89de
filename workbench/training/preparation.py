"""All that a training needs, made from its specification: data on the device, network, schedule."""

from __future__ import annotations

import copy
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import data_set
from workbench.nets.architectures.names import network_name, network_title, of_torchvision
from workbench.nets.architectures.shapes import parameter_shapes
from workbench.nets.datasets import load
from workbench.nets.devices import computes_bfloat16, device
from workbench.nets.initialisers import freeze
from workbench.nets.parts import Part, Parts, digest, epoch_order, normalise, split
from workbench.nets.units import layers
from workbench.runs.agreement import PARTS, check_same_data, check_same_training, contents, parts_that_differ
from workbench.runs.errors import shown
from workbench.runs.layout import DatasetPlan, LayerInfo, layer_info, plan
from workbench.runs.spec import DataFacts, RunSpec, SpecError
from workbench.runs.writing.birth import forecast_bytes
from workbench.training.checks import check, length
from workbench.training.events import Started
from workbench.training.removal import Removal, begin, go_on
from workbench.training.schedule import snapshot_iterations
from workbench.training.surgery import check_beginning, in_words, parent_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from workbench.nets.datasets import ImageData
    from workbench.training.loop.state import Beginning

ACTIVITY_IMAGES = 1_000
NO_BFLOAT16 = "this device has no units for bfloat16: the training is in float32, which is faster here"


@dataclass(frozen=True, eq=False)
class Preparation:
    """A training about to begin. Images lie on the device as uint8 and are normalised batch by batch."""

    started: Started
    spec: RunSpec  # resolved
    net: nn.Module
    device: torch.device
    parts: Parts
    activity: Part  # the images on which units are watched
    mean: tuple[float, ...]
    std: tuple[float, ...]
    memory_format: torch.memory_format
    removal: Removal | None  # what keeps pruned units at zero, in a training that prunes
    note: str = ""  # what a person should know about the data or the device

    def inputs(self, images: torch.Tensor) -> torch.Tensor:
        """These images as the network takes them."""
        return normalise(images, self.mean, self.std).contiguous(memory_format=self.memory_format)


def prepare(
    spec: RunSpec, root: str | Path | None = None, download: bool = False, since: Beginning | None = None
) -> Preparation:
    """The training that `spec` describes, ready for its first step; the resolved specification is in it.

    With `since` it is ready for the step after that snapshot of its run. ValueError (SpecError) or DataMissing say in
    one sentence what is wrong.
    """
    check(spec)
    where = _device(spec.device)
    wanted, spec = spec.precision, spec if since is not None else _as_the_device_can(spec, where)
    data = load(spec.data.name, root, download)
    parts = split(
        data,
        classes=spec.data.classes,
        label_noise=spec.data.label_noise,
        validation=spec.data.validation,
        seed=spec.seed,
    )
    shape, classes = _image_shape(parts.train), _class_count(spec, data)
    found = {name: digest(getattr(parts, name), data.mean, data.std) for name in PARTS}
    if since is not None:
        check_same_data({name: (len(getattr(parts, name)), found[name]) for name in PARTS}, since.spec.facts)
    else:
        check_beginning(spec, shape, classes, length(spec, len(parts.train))[0])
    with torch.random.fork_rng([]):  # modules draw weights when they are made; ours are drawn next
        net = network(spec, shape, classes)
    spec, removal = begin(net, spec) if since is None else (spec, go_on(net, since))
    _freeze(net, spec)
    _check_last_batch(net, spec, parts.train)
    has_convolutions = any(isinstance(child, nn.Conv2d) for child in net.modules())
    memory_format = torch.channels_last if has_convolutions else torch.contiguous_format
    on_device = Parts(*(part.to(where) for part in (parts.train, parts.validation, parts.test)))
    watched_images = on_device.validation if len(on_device.validation) else on_device.train
    activity = Part(watched_images.images[:ACTIVITY_IMAGES], watched_images.labels[:ACTIVITY_IMAGES])
    started = _started(spec, net, parts, classes, where, found)
    if since is not None:
        check_same_training(started.spec, since.spec)
        # where it was stopped is none of the schedule's moments
        rest = (moment for moment in started.snapshots if moment > since.iteration)
        started = replace(started, spec=since.spec, snapshots=(*since.iterations, *rest))
    net = net.to(where)
    net = net.to(memory_format=memory_format)  # type: ignore[call-overload]  # torch's stubs lack it
    return Preparation(
        started,
        started.spec,
        net,
        where,
        on_device,
        activity,
        data.mean,
        data.std,
        memory_format,
        removal,
        _note(started.spec, wanted) if since is None else "",
    )


def _as_the_device_can(spec: RunSpec, where: torch.device) -> RunSpec:
    """The specification; with float32 where it says bfloat16 and the device has no units for that."""
    if spec.precision == "bfloat16" and not computes_bfloat16(where):
        return replace(spec, precision="float32")
    return spec


def _note(spec: RunSpec, wanted: str) -> str:
    """What a person should know before the first step: another precision than wanted, other data than the parent's."""
    return "; ".join(filter(None, (NO_BFLOAT16 if spec.precision != wanted else "", _on_parents_data(spec))))


def _freeze(net: nn.Module, spec: RunSpec) -> None:
    try:
        freeze(net, spec.frozen)
    except ValueError as error:
        raise SpecError(str(error)) from error


def _check_last_batch(net: nn.Module, spec: RunSpec, train: Part) -> None:
    """SpecError where an epoch ends with a single image and a batch norm sees one number of each unit then."""
    iterations, per_epoch = length(spec, len(train))
    norms = any(isinstance(child, nn.modules.batchnorm._BatchNorm) for child in net.modules())
    if not norms or iterations < per_epoch or len(train) - spec.batch_size * (per_epoch - 1) > 1:
        return
    try:
        with torch.no_grad():
            copy.deepcopy(net).to("meta").train()(torch.empty(1, *train.images.shape[1:], device="meta"))
    except ValueError as error:  # of the batch norm
        problem = f"with batches of {spec.batch_size}, an epoch of {len(train)} images ends with a single one"
        raise SpecError(f"{problem}, too few for the network's batch norm: choose another batch size") from error


def _on_parents_data(spec: RunSpec) -> str:
    """A sentence where a training begins with a run whose data have the same name and are others; else nothing."""
    if spec.surgery is None or spec.facts is None:
        return ""
    with parent_of(spec) as run:
        before, facts = run.spec, run.spec.facts
    if facts is None or (spec.data.name, spec.data.classes) != (before.data.name, before.data.classes):
        return ""
    comparable = {"test"}
    if (spec.seed, spec.data.validation) == (before.seed, before.data.validation):
        comparable |= {"validation"} | ({"train"} if spec.data.label_noise == before.data.label_noise else set())
    differing = [part for part in parts_that_differ(contents(spec.facts), facts) if part in comparable]
    if not differing:
        return ""
    which = " and ".join(differing)
    return f"the {which} images or their labels are not those that {shown(run.path.name)} was trained on"


def _device(name: str) -> torch.device:
    try:
        return device(name)
    except ValueError as error:
        raise SpecError(str(error)) from error


def _image_shape(part: Part) -> tuple[int, int, int]:
    channels, height, width = part.images.shape[1:]
    return channels, height, width


def _class_count(spec: RunSpec, data: ImageData) -> int:
    return len(data.classes if spec.data.classes is None else spec.data.classes)


def _started(
    spec: RunSpec, net: nn.Module, parts: Parts, classes: int, where: torch.device, digests: Mapping[str, str]
) -> Started:
    kept = contents_of(net, classes)
    iterations, per_epoch = length(spec, len(parts.train))
    order = epoch_order(len(parts.train), spec.batch_seed, 0, spec.shuffle)
    facts = DataFacts(
        len(parts.train),
        len(parts.validation),
        len(parts.test),
        per_epoch,
        min(ACTIVITY_IMAGES, len(parts.validation) or len(parts.train)),
        zlib.crc32(order.astype("<i8").tobytes()),
        *(digests[name] for name in PARTS),
    )
    resolved = replace(
        resolved_net(spec, kept, _image_shape(parts.train), classes),
        data=replace(spec.data, name=data_set(spec.data.name).name),
        iterations=iterations,
        epochs=iterations / per_epoch,
        device=str(where),
        facts=facts,
    )
    snapshots = snapshot_iterations(spec.snapshots, iterations, per_epoch)
    size = forecast_bytes(kept.plan, len(snapshots))
    return Started(resolved, _title(resolved), kept.layers, kept.parameters, snapshots, size)


def _title(spec: RunSpec) -> str:
    parts = [] if spec.surgery is None else [in_words(spec.surgery)]
    parts += [f"{' and '.join(spec.frozen)} frozen"] if spec.frozen else []
    title = f"{network_title(spec.net.name, spec.net.widths)} on {data_set(spec.data.name).title}, seed {spec.seed}"
    return ", ".join((title, *parts))


@dataclass(frozen=True)
class Contents:
    """What each snapshot of a network holds."""

    layers: tuple[LayerInfo, ...]
    parameters: dict[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, NumPy dtype name
    plan: tuple[DatasetPlan, ...]


def network(spec: RunSpec, image_shape: tuple[int, int, int], classes: int) -> nn.Module:
    """The network of `spec` for such data, not initialised; ValueError where they do not fit together."""
    for asked, given, what in (
        (spec.net.image_shape, image_shape, "images of shape"),
        (spec.net.classes, classes, "a number of classes of"),
    ):
        if asked not in (None, given):
            raise SpecError(f"the network should take {what} {asked}, but the data have {given}")
    if of_torchvision(spec.net.name):
        from workbench.nets.architectures.torchvision_nets import trained_classifier

        parameter_shapes(spec.net.name, image_shape, classes)  # says what does not fit
        return trained_classifier(spec.net.name, classes, spec.seed)
    return build(spec.net.name, image_shape, classes, spec.net.widths, spec.net.bias)


def resolved_net(spec: RunSpec, contents: Contents, image_shape: tuple[int, int, int], classes: int) -> RunSpec:
    """`spec` with the net's own values written down."""
    name = network_name(spec.net.name)
    widths = None if of_torchvision(name) else tuple(layer.units for layer in contents.layers[:-1])
    return replace(spec, net=replace(spec.net, name=name, widths=widths, image_shape=image_shape, classes=classes))


def contents_of(net: nn.Module, classes: int) -> Contents:
    """What a snapshot of `net` holds."""
    infos = tuple(layer_info(each) for each in layers(net))
    parameters = {
        key: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in net.state_dict().items()
    }
    return Contents(infos, parameters, plan(infos, parameters, classes))
