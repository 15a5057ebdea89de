"""A network cut at one layer, so that only what a change touches has to be computed again."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from torch import fx, nn

from workbench.evaluation.networks.tracing import Traced
from workbench.nets import units
from workbench.nets.devices import VARIABLE, full_precision, lacks_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workbench.evaluation.networks.data import Data

WeightLayer: TypeAlias = nn.Linear | nn.Conv2d
Values: TypeAlias = tuple[torch.Tensor, ...]

# What may stand between a layer and the next one: each output depends on one unit only.
_ELEMENTWISE = (
    *(nn.Dropout, nn.Identity, nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid),
    *(nn.Hardswish, nn.Hardsigmoid, nn.Softplus, nn.Mish),
)
_POINTWISE = (*_ELEMENTWISE, nn.BatchNorm1d, nn.BatchNorm2d, nn.Dropout2d)
_POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d)


@dataclass(frozen=True, eq=False)
class Split:
    """A network cut around one layer; its parts in the order in which an image passes them.

    Units lie along the second axis everywhere, also where a linear layer takes many positions of an image.
    """

    name: str  # of the layer
    inward: nn.Module  # images -> what the layer takes; a tuple of that and the shortcuts where there are some
    layer: WeightLayer
    units_last: bool  # as the network itself has it
    activation: nn.Sequential  # the layer's output -> each unit's output after batch norm and non-linearity
    gathering: nn.Sequential  # -> what the rest takes (pools, flatten)
    passing: nn.Sequential  # both of these, quicker; it writes over what it is given
    following: WeightLayer | None  # the next layer with weights, if it alone takes the units
    after: nn.Sequential  # what comes then, up to where shortcuts meet it; to the logits where there are none
    rest: nn.Module | None  # (that, *shortcuts) -> logits
    shortcuts: int  # how many there are
    end: fx.Node  # what the rest takes, in the network's graph

    @property
    def units(self) -> int:
        """m, the number of units of the layer."""
        return int(self.layer.weight.shape[0])

    @property
    def whole(self) -> bool:
        """Whether nothing that goes around the layer meets what it gives again."""
        return not self.shortcuts

    @property
    def norm(self) -> nn.BatchNorm1d | nn.BatchNorm2d | None:
        """The batch norm behind the layer, with the statistics of its training; None: there is none."""
        for step in self.activation:
            if isinstance(step, nn.BatchNorm1d | nn.BatchNorm2d) and step.running_var is not None:
                return step
        return None

    @property
    def norm_scale(self) -> torch.Tensor | None:
        """What batch norm behind the layer multiplies each unit's output by, γ/√(σ² + ε), (m,); None: there is none."""
        norm = self.norm
        if norm is None or norm.running_var is None:
            return None
        scale = (norm.running_var.detach().cpu().double() + norm.eps).rsqrt()
        return scale if norm.weight is None else scale * norm.weight.detach().cpu().double()

    @property
    def norm_shift(self) -> torch.Tensor | None:
        """What that batch norm then adds to each unit's output, β − μγ/√(σ² + ε), (m,); None: there is none."""
        norm, scale = self.norm, self.norm_scale
        if norm is None or scale is None or norm.running_mean is None:
            return None
        shift = -norm.running_mean.detach().cpu().double() * scale
        return shift if norm.bias is None else shift + norm.bias.detach().cpu().double()

    def before(self, images: torch.Tensor) -> tuple[torch.Tensor, Values]:
        """What the layer takes, and what goes around it: values that the rest takes too."""
        if self.whole:
            return self.inward(images), ()
        taken, *shortcuts = self.inward(images)
        return taken, tuple(shortcuts)

    def outputs(self, taken: torch.Tensor, layer: Callable[..., Any] | None = None) -> torch.Tensor:
        """The outputs of the layer, or of another one in its place, (n, m, …)."""
        outputs: torch.Tensor = (self.layer if layer is None else layer)(taken)
        return outputs.movedim(-1, 1) if self.units_last else outputs

    def passed(self, outputs: torch.Tensor) -> torch.Tensor:
        """What the rest takes, from the layer's output with its bias, which is written over."""
        taken: torch.Tensor = self.passing(outputs)
        return taken

    def logits(self, taken: torch.Tensor, shortcuts: Values = ()) -> torch.Tensor:
        """The network's answer, from what the following layer takes."""
        return self.finish(taken if self.following is None else self.following(taken), shortcuts)

    def finish(self, outputs: torch.Tensor, shortcuts: Values = ()) -> torch.Tensor:
        """The network's answer, from the following layer's outputs."""
        answer: torch.Tensor = self.after(outputs)
        return answer if self.rest is None else self.rest(answer, *shortcuts)


class Network:
    """What `module` computes of the images of `data`, ready to be cut: a private copy, see `Traced`.

    Any classifier of images that `torch.fx` can follow, branches and all: those of the catalogue and of torchvision.
    ValueError: it is none, or its parameters are not finite.
    """

    def __init__(self, module: nn.Module, data: Data) -> None:
        _need_finite(module)
        self.layers = units.layers(module)
        self.device = next(module.parameters()).device
        has_convolutions = data.images.ndim == 4 and any(layer.kind == "conv2d" for layer in self.layers)
        self.memory_format = torch.channels_last if has_convolutions else torch.contiguous_format
        self.graph = self._traced(module, data.inputs(slice(0, 1), self.device, torch.contiguous_format))
        self.root = self.graph.root.to(memory_format=self.memory_format)  # type: ignore[call-overload]  # no stub
        self._need_fitting_labels(data)

    def split(self, layer: str) -> Split:
        """The network cut around `layer`. ValueError: no such layer, or its units cannot be told apart; and why."""
        graph, at = self.graph, self.place(layer)
        module = graph.module(at)
        assert isinstance(module, nn.Linear | nn.Conv2d)
        units_last = graph.axes(at) > 2 and isinstance(module, nn.Linear)
        middle = list(takewhile(lambda node: self._keeps_apart(node, units_last), graph.onward(at)))
        end = middle[-1] if middle else at
        behind = list(graph.onward(end))
        following = None if units_last else self._following(end, behind)
        behind, shortcuts = behind[following is not None :], graph.beside([end])
        last = behind[-1] if behind else end if following is None else graph_next(end)
        steps = [self._step(node) for node in middle]
        gather = next((at for at, step in enumerate(steps) if isinstance(step, (*_POOLS, nn.Flatten))), len(steps))
        after = [_UnitsLast()] * units_last + [self._step(node) for node in behind]
        rest = None if last is graph.answer else graph.part([last, *shortcuts], [graph.answer])
        if rest is not None and not shortcuts:
            after, rest = [*after, rest], None
        inward = graph.part([graph.images], [at.all_input_nodes[0], *shortcuts])
        return Split(
            layer,
            quick_inward(inward),
            module,
            units_last,
            nn.Sequential(*steps[:gather]),
            nn.Sequential(*steps[gather:]),
            nn.Sequential(*quick(steps)),
            following,
            nn.Sequential(*after),
            rest,
            len(shortcuts),
            end,
        )

    def __call__(self, inputs: torch.Tensor) -> torch.Tensor:
        answer: torch.Tensor = self.root(inputs)
        return answer

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around all that is computed: no gradients, and products in full single precision (see `full_precision`)."""
        with torch.inference_mode(), full_precision(self.device):
            yield

    def _traced(self, module: nn.Module, images: torch.Tensor) -> Traced:
        try:
            return Traced(module, images)
        except (RuntimeError, IndexError) as error:
            if lacks_memory(error):
                raise
            name, problem = type(module).__name__, str(error).strip().partition("\n")[0]
            given = f"inputs of shape {tuple(images.shape[1:])} and type {str(images.dtype).removeprefix('torch.')}"
            where = hint = ""
            if self.device.type != "cpu":  # it may lack an operator, or a tensor of the network stays on the CPU
                where, hint = f" on {self.device}", f" If the device is the cause, set {VARIABLE}=cpu."
            raise ValueError(f"{name} cannot be evaluated{where} on {given}: {problem}.{hint}") from error

    def _need_fitting_labels(self, data: Data) -> None:
        with self.running():
            logits = self(data.inputs(slice(0, 1), self.device, self.memory_format)).shape[1]
        least, most = int(data.labels.min()), int(data.labels.max())
        if least < 0 or most >= logits:
            have = f"The {data.name} part has labels from {least} to {most}"
            raise ValueError(f"{have}, but the network answers with {logits} logits: it knows 0 to {logits - 1}.")

    def place(self, layer: str) -> fx.Node:
        """Return where the graph calls a layer. ValueError: it does not, or more than once."""
        if layer not in {known.name for known in self.layers}:
            names = ", ".join(known.name for known in self.layers)
            raise ValueError(f'The network has no layer "{layer}"; it has {names}.')
        found: list[fx.Node] = [node for node in self.graph.nodes if node.op == "call_module" and node.target == layer]
        if not found:
            raise ValueError(self._hidden(layer))
        if len(found) > 1:
            raise ValueError(f"{layer} is used {len(found)} times in the network: the network cannot be cut there.")
        module = self.graph.module(found[0])
        if not isinstance(module, nn.Linear | nn.Conv2d):
            kind = type(module).__name__
            raise ValueError(f"{layer} is a {kind}: changes are measured only in linear and 2-d convolutional layers.")
        if not self.graph.axes(found[0]):
            raise ValueError(f"{layer} does not process images: its units have no outputs on them.")
        return found[0]

    def _hidden(self, layer: str) -> str:
        """Why the graph does not call a layer of the network."""
        fused = next(known.parameter for known in self.layers if known.name == layer).rpartition(".")[0]
        for node in self.graph.nodes:
            target = str(node.target)
            if node.op == "call_module" and target == fused and layer.rpartition(".")[0] == fused:
                return f"{layer} cannot be evaluated: {target} gives queries, keys and values in one step."
            if node.op == "call_module" and layer.startswith(f"{target}."):
                step = type(self.graph.module(node)).__name__
                return f"{layer} cannot be evaluated: it is inside {target}, a {step}, which hides its outputs."
            if node.op == "get_attr" and target.startswith(f"{layer}."):
                return f"{layer} cannot be evaluated: an attention takes its weights and hides its outputs."
        return f"{layer} does not affect the output of the network: changing it costs nothing."

    def _keeps_apart(self, node: fx.Node, units_last: bool) -> bool:
        """Whether each output of a step depends on one unit only."""
        step = self.graph.module(node)
        if units_last:
            return isinstance(step, _ELEMENTWISE)
        if isinstance(step, nn.Flatten):
            return (step.start_dim, step.end_dim) == (1, -1)
        return isinstance(step, (*_POINTWISE, *_POOLS))

    def _following(self, end: fx.Node, behind: list[fx.Node]) -> WeightLayer | None:
        """The layer that takes the units at `end` directly and alone."""
        step = self.graph.module(behind[0]) if behind else None
        axes = self.graph.axes(end)
        takes = (isinstance(step, nn.Linear) and axes == 2) or (isinstance(step, nn.Conv2d) and axes == 4)
        return step if takes else None  # type: ignore[return-value]  # one of both

    def _step(self, node: fx.Node) -> nn.Module:
        step = self.graph.module(node)
        assert step is not None
        return step


class _UnitsLast(nn.Module):
    """(n, m, …) -> (n, …, m)."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return values.movedim(1, -1)


def graph_next(node: fx.Node) -> fx.Node:
    """The only node that takes what `node` gives."""
    (user,) = node.users
    return user


def quick_inward(inward: nn.Module) -> nn.Module:
    """The same, sooner; up to the first layer with weights it may hand the images themselves on."""
    if not isinstance(inward, nn.Sequential):
        return inward
    steps = list(inward)
    own = next((at for at, step in enumerate(steps) if isinstance(step, nn.Linear | nn.Conv2d)), len(steps))
    return nn.Sequential(*steps[:own], *quick(steps[own:]))


def quick(modules: Iterable[nn.Module]) -> list[nn.Module]:
    """Return steps that give the same for every input, sooner, and may write over it.

    ReLU works in place, and after a max-pool that follows it (ReLU is monotonic).
    """
    steps = [nn.ReLU(inplace=True) if isinstance(step, nn.ReLU) else step for step in modules]
    for index in range(len(steps) - 1):
        if isinstance(steps[index], nn.ReLU) and isinstance(steps[index + 1], nn.MaxPool2d):
            steps[index : index + 2] = steps[index + 1], steps[index]
    return steps


def _need_finite(module: nn.Module) -> None:
    for name, tensor in module.state_dict().items():
        if not torch.isfinite(tensor).all():
            problem = f"{name} holds infinite or undefined numbers"
            raise ValueError(f"{problem}: the training diverged; choose an earlier snapshot.")
