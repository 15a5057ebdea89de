"""A network as a graph of what is computed, and parts of that graph as modules of their own."""

from __future__ import annotations

import operator
import threading
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import torch
from torch import fx, nn
from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

tqdm.monitor_interval = 0  # else running a graph starts a thread for a progress bar that is never shown
_PROBES = 5  # images of the trial run: a number that is no usual number of channels

# Functions that are the same as a module, by which they are known from here on.
_AS_MODULES: dict[Callable[..., Any] | str, Callable[..., nn.Module | None]] = {
    torch.flatten: nn.Flatten,
    torch.relu: nn.ReLU,
    "flatten": nn.Flatten,
    "relu": nn.ReLU,
    torch.tanh: nn.Tanh,
    torch.sigmoid: nn.Sigmoid,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    nn.functional.tanh: nn.Tanh,
    nn.functional.gelu: nn.GELU,
    nn.functional.silu: lambda inplace=False: nn.SiLU(),
    nn.functional.elu: lambda alpha=1.0, inplace=False: nn.ELU(alpha),
    nn.functional.leaky_relu: lambda negative_slope=0.01, inplace=False: nn.LeakyReLU(negative_slope),
    nn.functional.dropout: lambda p=0.5, training=True, inplace=False: None if training else nn.Identity(),
    nn.functional.relu: lambda inplace=False: nn.ReLU(),
    nn.functional.relu6: lambda inplace=False: nn.ReLU6(),
    nn.functional.adaptive_avg_pool2d: nn.AdaptiveAvgPool2d,
    nn.functional.avg_pool2d: nn.AvgPool2d,
    nn.functional.max_pool2d: nn.MaxPool2d,
}
_IN_PLACE = {operator.iadd: operator.add, operator.isub: operator.sub, operator.imul: operator.mul}


_TRACING = threading.Lock()  # a trace changes what the call of any module does, until it is done


class _Tracer(fx.Tracer):
    """Follows its own thread alone: torch hands it the calls of every thread, and those of others go on as they are."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


def _traced(module: nn.Module) -> fx.GraphModule:
    with _TRACING:
        graph = _Tracer().trace(module)
        return fx.GraphModule(module, graph)


class Traced:
    """What `module` computes from images, node by node: a private copy in evaluation mode, without gradients.

    `images` (n, C, H, W) are tried on it, only the first counts. ValueError: it cannot be followed by `torch.fx`, takes
    more than images, or does not answer with one row of logits an image.
    """

    def __init__(self, module: nn.Module, images: torch.Tensor) -> None:
        name = type(module).__name__
        copied = deepcopy(module).eval().requires_grad_(False)
        for child in copied.modules():
            if isinstance(getattr(child, "inplace", None), bool):
                child.inplace = False  # type: ignore[assignment]  # it would write into what is kept
        try:
            self.root = _traced(copied)
        except (fx.proxy.TraceError, TypeError) as error:
            problem = f"what it computes cannot be followed step by step ({error})"
            raise ValueError(f"{name} cannot be evaluated: {problem}.") from error
        for node in self.root.graph.nodes:
            _tidy(self.root, node)
        for node in tuple(self.root.graph.nodes):
            _as_flatten(self.root, node)
        self.root.recompile()
        self.nodes = tuple(self.root.graph.nodes)
        takes = [node for node in self.nodes if node.op == "placeholder"]
        if len(takes) != 1:
            raise ValueError(f"{name} takes {len(takes)} inputs; only networks of images alone can be evaluated.")
        self.images, answer = takes[0], self.nodes[-1].args[0]
        self._ranks, self.largest = self._tried(images)  # bytes of the largest value that one image has
        if not isinstance(answer, fx.Node) or self.axes(answer) != 2:
            raise ValueError(f"{name} is not a classifier: it does not return one row of logits for each image.")
        self.answer = answer

    def axes(self, node: fx.Node) -> int:
        """How many axes the node's tensor has, the images along the first; 0 where it holds no such tensor."""
        return self._ranks.get(node, 0)

    def module(self, node: fx.Node) -> nn.Module | None:
        """The module that a node calls; None where it is a function."""
        return self.root.get_submodule(str(node.target)) if node.op == "call_module" else None

    def onward(self, node: fx.Node) -> Iterator[fx.Node]:
        """The modules after a node one by one, as long as each alone takes what the one before gives."""
        while len(node.users) == 1:
            (user,) = node.users
            if user.op != "call_module" or user.all_input_nodes != [node] or not self.axes(user):
                return
            yield user
            node = user

    def after(self, given: Sequence[fx.Node]) -> set[fx.Node]:
        """The nodes that depend on one of the given ones."""
        found: set[fx.Node] = set()
        for node in self.nodes:
            if any(each in found or each in given for each in node.all_input_nodes):
                found.add(node)
        return found

    def beside(self, given: Sequence[fx.Node]) -> tuple[fx.Node, ...]:
        """What the answer needs of the images besides the given nodes: tensors that do not depend on these."""
        changed, waiting = self.after(given), [self.answer]
        found: dict[fx.Node, None] = {}
        seen = set(given)
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            if node not in changed and self.axes(node):
                found[node] = None
            else:
                waiting += node.all_input_nodes
        return tuple(found)

    def part(self, given: Sequence[fx.Node], wanted: Sequence[fx.Node], masked: Sequence[fx.Node] = ()) -> nn.Module:
        """The wanted values from the given ones: a sequence of modules where that is all, else a module of the graph.

        It answers with a tensor where one value is wanted, else with a tuple of them. For each of `masked` it takes two
        more tensors, a mask and constants: where the mask is true the node's value is replaced.
        """
        if len(given) == len(wanted) == 1 and not masked:
            steps = self._steps(given[0], wanted[0])
            if steps is not None:
                return nn.Sequential(*steps)
        graph, needed = fx.Graph(), self._needed(given, wanted)
        copies = {node: graph.placeholder(node.name) for node in given}
        masks = {node: [graph.placeholder(f"{what}_{node.name}") for what in ("mask", "constants")] for node in masked}
        for node in self.nodes:
            if node in needed:
                copies[node] = graph.node_copy(node, copies.__getitem__)
            if node in masks:
                mask, constants = masks[node]
                copies[node] = graph.call_function(torch.where, (mask, constants, copies[node]))
        answers = tuple(copies[node] for node in wanted)
        graph.output(answers[0] if len(answers) == 1 else answers)
        return fx.GraphModule(self.root, graph)

    def _steps(self, start: fx.Node, end: fx.Node) -> list[nn.Module] | None:
        """The modules from one node to another, where there is nothing else."""
        steps: list[nn.Module] = []
        while end is not start:
            module = self.module(end)
            if module is None or len(end.all_input_nodes) != 1 or len(end.args) != 1:
                return None
            steps.append(module)
            (end,) = end.all_input_nodes
        return steps[::-1]

    def _needed(self, given: Sequence[fx.Node], wanted: Sequence[fx.Node]) -> set[fx.Node]:
        found: set[fx.Node] = set()
        waiting = [node for node in wanted if node not in given]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += [each for each in node.all_input_nodes if each not in given]
        return found

    def _tried(self, images: torch.Tensor) -> tuple[dict[fx.Node, int], int]:
        """The axes of every tensor that has the images along its first, and the largest one's bytes, by a run."""
        watch = _Watch(self.root)
        with torch.inference_mode():
            watch.run(images[:1].expand(_PROBES, *images.shape[1:]).contiguous())
        depend = self.after([self.images]) | {self.images}
        return {node: axes for node, axes in watch.axes.items() if node in depend}, watch.largest


class _Watch(fx.Interpreter):
    """A run that notes the axes of each tensor with one row for each image."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.axes: dict[fx.Node, int] = {}
        self.largest = 1

    def run_node(self, n: fx.Node) -> Any:
        value = super().run_node(n)
        if isinstance(value, torch.Tensor) and value.shape[:1] == (_PROBES,):
            self.axes[n] = value.ndim
            self.largest = max(self.largest, value.nbytes // _PROBES)
        return value


def _as_flatten(root: fx.GraphModule, node: fx.Node) -> None:
    """Call a module where `x.view(x.size(0), -1)` or the like keeps the images apart and lays all else in a row."""
    method = node.op == "call_method" and node.target == "reshape"
    shape = node.args[1:] if method else node.args[1] if node.target is torch.reshape else ()
    if not isinstance(shape, tuple | list) or len(shape) != 2 or shape[1] != -1:
        return
    given, images = node.args[0], shape[0]
    if not isinstance(given, fx.Node) or not isinstance(images, fx.Node) or _counted(images) is not given:
        return
    name = f"_as_module_{node.name}"
    root.add_submodule(name, nn.Flatten())
    node.op, node.target, node.args, node.kwargs = "call_module", name, (given,), {}
    while isinstance(images, fx.Node) and not images.users and images is not given:
        (source,) = images.all_input_nodes
        root.graph.erase_node(images)
        images = source


def _counted(node: fx.Node) -> object:
    """Return the tensor whose images a node counts, by `x.size(0)`, `x.shape[0]` or `len(x)`; None: it is no such."""
    if node.op == "call_method" and node.target == "size" and node.args[1:] == (0,):
        return node.args[0]
    if node.target is operator.getitem and node.args[1] == 0 and isinstance(node.args[0], fx.Node):
        sizes = node.args[0]
        shape = sizes.target is getattr and sizes.args[1:] == ("shape",)
        return sizes.args[0] if shape or (sizes.target == "size" and len(sizes.args) == 1) else None
    return None


def _tidy(root: fx.GraphModule, node: fx.Node) -> None:
    """Calls a module where the node's function is the same as one, and lets nothing write over what it is given."""
    if node.op == "call_method" and str(node.target).endswith("_") and not str(node.target).endswith("__"):
        node.target = str(node.target)[:-1]
    if node.op == "call_method" and node.target == "view":
        node.target = "reshape"  # which also takes the channels-last layout that convolutions are run in
    if node.op in ("call_function", "call_method") and node.target in _AS_MODULES and len(node.all_input_nodes) == 1:
        kwargs = {key: value for key, value in node.kwargs.items() if key != "input"}
        module, name = _AS_MODULES[node.target](*node.args[1:], **kwargs), f"_as_module_{node.name}"
        if module is None:  # it does something else with these arguments
            return
        root.add_submodule(name, module.eval())
        node.op, node.target, node.args, node.kwargs = "call_module", name, (node.all_input_nodes[0],), {}
    elif node.op == "call_function":
        node.target = _IN_PLACE.get(node.target, node.target)  # type: ignore[arg-type]  # functions both
        if node.kwargs.get("inplace"):
            node.kwargs = {**node.kwargs, "inplace": False}
