"""A network cut at one layer, so that only what a change touches has to be computed again."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import fx, nn

from workbench.nets import units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WeightLayer: TypeAlias = nn.Linear | nn.Conv2d
Steps: TypeAlias = tuple[tuple[str, nn.Module], ...]

# What may stand between a layer and the next one: each output depends on one unit only.
_POINTWISE = (
    *(nn.BatchNorm1d, nn.BatchNorm2d, nn.Dropout, nn.Dropout2d, nn.Identity),
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid, nn.Hardswish, nn.Softplus),
)
_GATHERING = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d, nn.Flatten)
_FUNCTIONS: dict[Callable[..., Any], Callable[..., nn.Module]] = {
    torch.flatten: nn.Flatten,
    torch.relu: nn.ReLU,
    nn.functional.relu: lambda inplace=False: nn.ReLU(),
}


@dataclass(frozen=True, eq=False)
class Split:
    """A network cut around one layer; its parts in the order in which an image passes them."""

    name: str  # of the layer
    before: nn.Sequential  # images -> what the layer takes
    layer: WeightLayer
    activation: nn.Sequential  # the layer's output -> each unit's output after batch norm and non-linearity
    gathering: nn.Sequential  # -> what the following layer takes (pools, flatten)
    passing: nn.Sequential  # both of these, quicker; it writes over what it is given
    following: WeightLayer | None  # the next layer with weights; None: the layer is the last one
    after: nn.Sequential  # the following layer's output -> logits
    end: int  # the number of the network's steps before the following layer

    @property
    def units(self) -> int:
        """m, the number of units of the layer."""
        return int(self.layer.weight.shape[0])

    def passed(self, outputs: torch.Tensor) -> torch.Tensor:
        """What the following layer takes, from the layer's output with its bias, which is written over."""
        taken: torch.Tensor = self.passing(outputs)
        return taken

    def logits(self, taken: torch.Tensor) -> torch.Tensor:
        """The network's answer, from what the following layer takes."""
        if self.following is None:
            return taken
        answer: torch.Tensor = self.after(self.following(taken))
        return answer


class Network:
    """A chain of modules made from `module`: a private copy in evaluation mode, without gradients.

    `nn.Sequential` (also nested) and any other module that `torch.fx` shows to be a chain, as AlexNet and VGG of
    torchvision are. ValueError: the network branches, or its parameters are not finite.
    """

    def __init__(self, module: nn.Module) -> None:
        copied = deepcopy(module).eval().requires_grad_(False)
        for child in copied.modules():
            if isinstance(getattr(child, "inplace", None), bool):
                child.inplace = False  # type: ignore[assignment]  # it would write into what is kept
        _need_finite(copied)
        self.layers = units.layers(copied)
        has_convolutions = any(layer.kind == "conv2d" for layer in self.layers)
        self.memory_format = torch.channels_last if has_convolutions else torch.contiguous_format
        copied = copied.to(memory_format=self.memory_format)  # type: ignore[call-overload]  # torch's stubs lack it
        self.device = next(copied.parameters()).device
        self.steps: Steps = tuple(_chain(copied))

    def split(self, layer: str) -> Split:
        """The network cut around `layer`. ValueError: no such layer, or units mix before the next layer."""
        names = [name for name, step in self.steps if isinstance(step, WeightLayer)]
        if layer not in names:
            raise ValueError(f'The network has no layer "{layer}"; it has {", ".join(names)}.')
        start = next(index for index, (name, _) in enumerate(self.steps) if name == layer)
        modules = [step for _, step in self.steps]
        stop = _first(modules, start + 1, _has_weights)
        middle = modules[start + 1 : stop]
        for step in middle:
            if not isinstance(step, (*_POINTWISE, *_GATHERING)):
                raise ValueError(f"{type(step).__name__} after {layer} may mix its units: it cannot be evaluated.")
        own = min(start, _first(modules, 0, _has_weights) + 1)  # what comes before may hand the images themselves on
        gather = _first(middle, 0, lambda step: isinstance(step, _GATHERING))
        return Split(
            layer,
            nn.Sequential(*modules[:own], *_quick(modules[own:start])),
            modules[start],  # type: ignore[arg-type]  # found by its type
            nn.Sequential(*middle[:gather]),
            nn.Sequential(*middle[gather:]),
            nn.Sequential(*_quick(middle)),
            modules[stop] if stop < len(modules) else None,  # type: ignore[arg-type]
            nn.Sequential(*modules[stop + 1 :]),
            stop,
        )

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        for _, step in self.steps:
            inputs = step(inputs)
        return inputs


def _has_weights(step: nn.Module) -> bool:
    return isinstance(step, WeightLayer)


def _quick(modules: list[nn.Module]) -> list[nn.Module]:
    """The same for every input, sooner: ReLU in place, and after a max-pool that follows it (ReLU is monotonic)."""
    steps = [nn.ReLU(inplace=True) if isinstance(step, nn.ReLU) else step for step in modules]
    for index in range(len(steps) - 1):
        if isinstance(steps[index], nn.ReLU) and isinstance(steps[index + 1], nn.MaxPool2d):
            steps[index : index + 2] = steps[index + 1], steps[index]
    return steps


def _first(modules: list[nn.Module], start: int, wanted: Callable[[nn.Module], bool]) -> int:
    """The index of the first wanted module from `start` on; their number where there is none."""
    return next((index for index in range(start, len(modules)) if wanted(modules[index])), len(modules))


def _chain(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The modules that an image passes one after another, with their full names."""
    if isinstance(module, nn.Sequential):
        yield from _flat("", module)
        return
    last: fx.Node | None = None
    for node in fx.symbolic_trace(module).graph.nodes:
        if node.op == "output":
            return
        if node.op != "placeholder":
            if list(node.all_input_nodes) != [last] or len(node.users) != 1:
                raise ValueError(f"{type(module).__name__} branches at {node.name}: only chains can be evaluated.")
            yield str(node.target), _step(module, node)
        last = node


def _flat(start: str, module: nn.Sequential) -> Iterator[tuple[str, nn.Module]]:
    for name, child in module.named_children():
        if isinstance(child, nn.Sequential):
            yield from _flat(f"{start}{name}.", child)
        else:
            yield start + name, child


def _step(module: nn.Module, node: fx.Node) -> nn.Module:
    if node.op == "call_module":
        return module.get_submodule(str(node.target))
    if node.op == "call_function" and node.target in _FUNCTIONS:
        return _FUNCTIONS[node.target](*node.args[1:], **node.kwargs)
    raise ValueError(f"{type(module).__name__} computes {node.name}, which cannot be evaluated in a chain.")


def _need_finite(module: nn.Module) -> None:
    for name, tensor in module.state_dict().items():
        if not torch.isfinite(tensor).all():
            problem = f"{name} holds infinite or undefined numbers"
            raise ValueError(f"{problem}: the training diverged; choose an earlier snapshot.")
