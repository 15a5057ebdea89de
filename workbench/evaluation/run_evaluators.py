"""Networks and data of a stored run, ready to be asked: the one place where evaluation meets runs."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.giving_up import give_up_if_unwanted
from workbench.evaluation.identity import data_named
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.makers import made_data, made_network, make_plain
from workbench.evaluation.networks.memory import DEFAULT_BUDGET
from workbench.evaluation.networks.named import TORCHVISION, how, is_function, named, not_named
from workbench.evaluation.recent import Recent
from workbench.evaluation.several import JointEvaluator
from workbench.nets import datasets
from workbench.nets.architectures.building import build, shapes_only
from workbench.nets.architectures.recognition import recognised
from workbench.nets.architectures.renaming import renamed
from workbench.nets.devices import evaluation_device
from workbench.nets.parts import PartName as PartName
from workbench.nets.parts import part_of
from workbench.nets.torchvision_loading import classifier
from workbench.runs.errors import shown
from workbench.runs.layer import computed_weights
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Mapping
    from os import PathLike

    from workbench.evaluation.networks.named import Name
    from workbench.nets.datasets import ImageData
    from workbench.runs.files.descriptor import Identity
    from workbench.runs.place import Place
    from workbench.runs.run import Run


def network_of(run: Run, snapshot: int = -1, where: torch.device | None = None) -> nn.Module:
    """The network of a run as it was at a snapshot, in float32 and in evaluation mode; its layers have the run's names.

    It lies on the device `where` (None: `evaluation_device()`), and whatever is asked of it is computed there.
    That of the catalogue or of torchvision that the run names, or what its user has named (`named.name`). NotNamed:
    neither. ValueError: the stored parameters are not those of that network.
    """
    maker, chosen = named(run).net, run.spec.net.name
    if maker is None and chosen == UNKNOWN:
        raise not_named(run)
    stored = {key: torch.from_numpy(row.copy()) for key, row in run.parameters(snapshot).items()}
    if maker in (None, chosen):
        _silence(run, snapshot, stored)
    which = str(maker if isinstance(maker, str) else getattr(maker, "__qualname__", maker) or chosen)

    def made() -> nn.Module:
        # Only a name that the user gave may be that of a function: one in the file is looked up, never run.
        module = made_network(maker) if maker and is_function(maker) else _known(run, str(maker or chosen), stored)
        if computed_weights([key for key in _tensors(module) if key not in stored]):
            make_plain(module)  # as an import has made the stored ones
        module = _under(_prefix(_tensors(module), stored), module)
        problem = _misfit(_tensors(module), stored)
        if problem:
            raise ValueError(f"{run.path} does not hold the parameters of {shown(which)}: {problem}.")
        return module

    with torch.random.fork_rng([]):  # modules draw weights when they are made, which are replaced at once
        if not is_function(maker):
            _compare_shapes(made, f"{run.path} says that its network is {shown(which)}")
        module = made()
    for key, value in _tensors(module).items():  # what once made weights plain may refuse a state dict
        value.copy_(stored[key])
    return module.float().eval().to(evaluation_device() if where is None else where)


def data_of(run: Run, part: PartName = "test", root: str | PathLike[str] | None = None) -> Data:
    """The images of one part of a run's data, divided as when it was trained.

    `root` as in `workbench.nets.datasets.load`. NotNamed: the run does not say, nor has its user, see `data_named`.
    DataMissing: they are not on this machine; the message says what to type. ValueError: the part is empty.
    """
    give_up_if_unwanted()  # else images would be read again for a run that was closed
    whole, most = _whole_data(run, part, root), _most_images.get()
    return whole if most is None else _first(whole, most)


@contextmanager
def first_images(count: int | None) -> Iterator[None]:
    """In this block, evaluations rest on the first `count` images of each part (None: on all)."""
    before = _most_images.set(count)
    try:
        yield
    finally:
        _most_images.reset(before)


_most_images: ContextVar[int | None] = ContextVar("_most_images", default=None)


def _whole_data(run: Run, part: PartName, root: str | PathLike[str] | None) -> Data:
    maker, units = named(run).data, run.layers[-1].units
    if maker is not None and is_function(maker):  # never a function that the file names
        return _made(maker, part, units)
    name = data_named(run)
    if name == UNKNOWN:
        raise not_named(run)
    images, how = datasets.in_memory(str(name), root), run.spec.data
    return _part(images, how.classes, how.label_noise, how.validation, run.spec.seed, part, units)


def source_of(run: Run, snapshot: int, data: Data) -> tuple[Hashable, ...]:
    """All that an answer on `data` depends on besides the question: by this, answers are kept in memory.

    The open file and its content up to the snapshot, the network as it is named, images and labels, the device. Reads
    the file's commit records.
    """
    index = run.resolve(snapshot)
    parameters = run.identity, run.content(index + 1), index
    return (*parameters, named(run).net, data.name, data.digest, data.classes, str(evaluation_device()))


def _silence(run: Run, snapshot: int, stored: Mapping[str, torch.Tensor]) -> None:
    """Set the weights to zero that belong to inputs from removed units, which are zero: it computes the same."""
    for layer in run.layers:
        live = layer.live_inputs(snapshot)
        if live is not None:
            stored[layer.key].view(layer.units, layer.inputs)[:, torch.from_numpy(~live)] = 0


def _tensors(module: nn.Module) -> dict[str, torch.Tensor]:
    """What a run keeps of a network's state dict, in the network's own memory."""
    state = module.state_dict().items()
    return {key: value for key, value in state if isinstance(value, torch.Tensor) and value.numel()}


def _misfit(made: Mapping[str, torch.Tensor], stored: Mapping[str, torch.Tensor]) -> str:
    """The first thing in which the parameters of a network that was made are not those that are stored; "" if none."""
    for key, value in made.items():
        if key not in stored:
            return f"it has no {shown(key)}"
        if value.shape != stored[key].shape:
            return f"its {shown(key)} is of shape {tuple(stored[key].shape)}, not {tuple(value.shape)}"
    more = [key for key in stored if key not in made]
    return f"it also has {shown(more[0])}" if more else ""


def _compare_shapes(made: Callable[[], nn.Module], said: str) -> None:
    """Raise what `made` raises when the network takes no memory: files may describe one of any size. ValueError."""
    try:
        with shapes_only():
            made()
    except (RuntimeError, TypeError, OverflowError) as error:
        raise ValueError(f"{said}, but no such network can exist ({error}).") from error


def _prefix(made: Mapping[str, object], stored: Mapping[str, object]) -> str:
    """What stands before every stored name, where the network was part of another when it was saved; else ""."""
    first, known = next(iter(made), ""), next(iter(stored))
    prefix = known.removesuffix(first) if first and known.endswith(f".{first}") else ""
    return prefix if {prefix + key for key in made} == set(stored) else ""


def _under(prefix: str, module: nn.Module) -> nn.Module:
    """The network as a part with that name, such as "model.", of one that does nothing else."""
    for name in reversed(prefix.split(".")[:-1]):
        module = nn.Sequential(OrderedDict([(name, module)]))
    return module


def _known(run: Run, chosen: str, stored: Mapping[str, torch.Tensor]) -> nn.Module:
    """The network of the catalogue or torchvision called `chosen`, not yet with the run's parameters."""
    net = run.spec.net
    if chosen.startswith(TORCHVISION):
        heads = any(key.startswith("aux") for key in stored)  # an import may have them, a training here has not
        return classifier(chosen.removeprefix(TORCHVISION), net.classes or run.layers[-1].units, auxiliary=heads)
    if chosen == net.name:
        module = build(net.name, net.image_shape, net.classes or run.layers[-1].units, net.widths, net.bias)
    else:
        try:
            found = recognised({key: tuple(value.shape) for key, value in stored.items()}, chosen)
        except ValueError as error:
            others = "torchvision:NAME is one of torchvision, package.module:function your own."
            raise ValueError(f"{error} {others}") from error
        if found is None:
            problem = f"{run.path} does not hold the parameters of {chosen}"
            raise ValueError(f"{problem}: {how('net')}.")
        module = build(found.name, found.image_shape, found.classes, found.widths, found.bias)
    if module.state_dict().keys() == stored.keys():
        return module
    try:
        return renamed(module, tuple(stored))
    except ValueError as error:
        raise ValueError(f"{run.path} does not hold the parameters of {chosen}: {error}") from error


def evaluator(
    place: Place,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
    budget_bytes: int = DEFAULT_BUDGET,
) -> Evaluator:
    """The evaluator of a layer of a run at a snapshot; the last few requested are cached with their activations."""
    data, device = data_of(place.run, part, root), evaluation_device()
    key = (place.layer, budget_bytes, *source_of(place.run, place.snapshot, data))

    def make() -> Evaluator:
        return Evaluator(network_of(place.run, place.snapshot, device), data, place.layer, budget_bytes)

    return _EVALUATORS.get(key, make)


def joint_evaluator(
    run: Run,
    layers: tuple[str, ...],
    snapshot: int = -1,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
) -> JointEvaluator:
    """The evaluator of several layers of a run at once; kept as that of one layer is."""
    data, where = data_of(run, part, root), evaluation_device()
    key = (layers, *source_of(run, snapshot, data))
    return _JOINT_EVALUATORS.get(key, lambda: JointEvaluator(network_of(run, snapshot, where), data, layers))


def release(run: Identity) -> None:
    """Let go of the evaluators of a run that was closed, by its open file."""
    for recent in (_EVALUATORS, _JOINT_EVALUATORS):
        recent.drop(lambda key: run in key)


def forget() -> None:
    """Let go of all evaluators and data in memory."""
    for recent in (_EVALUATORS, _JOINT_EVALUATORS):
        recent.drop(lambda _key: True)
    datasets.forget()
    for known in (_part, _made, _first):
        known.cache_clear()


_EVALUATORS = Recent[Evaluator]()
_JOINT_EVALUATORS = Recent[JointEvaluator]()


@lru_cache(maxsize=8)
def _part(
    images: ImageData,
    classes: tuple[int, ...] | None,
    label_noise: float,
    validation: float,
    seed: int,
    part: PartName,
    units: int,
) -> Data:
    chosen = part_of(images, part, classes=classes, label_noise=label_noise, validation=validation, seed=seed)
    return Data(chosen.images, chosen.labels, units, images.mean, images.std, part)


@lru_cache(maxsize=8)
def _first(data: Data, count: int) -> Data:
    return data.first(count)


@lru_cache(maxsize=8)
def _made(function: Name, part: PartName, units: int) -> Data:
    """The function is called once for each part: a slider asks many times a second."""
    return made_data(function, part, units)
