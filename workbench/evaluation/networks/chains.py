"""Which layers of a traced network can lose units for good, and what stands between such a layer and the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from torch import fx, nn

from workbench.nets.neighbours import Neighbours

if TYPE_CHECKING:
    from workbench.evaluation.networks.network import Network

Purpose = Literal["merge", "shrink"]

_CANNOT = "{} cannot be made smaller"
_NORMS = (nn.BatchNorm1d, nn.BatchNorm2d)
_APART = (  # each output depends on one unit, is zero where that is, and grows in proportion to it
    *(nn.ReLU, nn.LeakyReLU, nn.Identity, nn.Dropout, nn.Dropout2d, nn.Flatten),
    *(nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d),
)
_ZERO_AT_ZERO = (nn.ReLU6, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Hardswish, nn.Mish)
_STEPS: dict[Purpose, tuple[type[nn.Module], ...]] = {"merge": _APART, "shrink": (*_APART, *_ZERO_AT_ZERO)}
_WHY: dict[Purpose, str] = {
    "merge": "a unit that is a multiple of another before it is not a multiple after it",
    "shrink": "a unit that is zero before it is not zero after it",
}


def neighbours_of(network: Network, layer: str, purpose: Purpose) -> Neighbours:
    """Return the names around `layer`, whose units alone reach the next layer with weights.

    ValueError: no such layer, the classifier, or units that cannot be taken out alone; the message says why.
    """
    graph, node = network.graph, network.place(layer)
    _need_plain(network, node, layer)
    norm: str | None = None
    first = True
    while True:
        node = _next(network, node, layer)
        step = graph.module(node)
        if isinstance(step, nn.Linear | nn.Conv2d):
            _need_plain(network, node, str(node.target))
            return Neighbours(layer, norm, str(node.target))
        if isinstance(step, _NORMS):
            if norm is not None or (purpose == "merge" and not first):
                raise ValueError(f"{_CANNOT.format(layer)}: the batch norm {node.target} does not follow it directly.")
            _need_own_scale(network, node)
            norm = str(node.target)
        elif not isinstance(step, _STEPS[purpose]) or not _flattens_whole(step):
            problem = f"it is followed by {_called(network, node)}, and {_WHY[purpose]}"
            raise ValueError(f"{_CANNOT.format(layer)}: {problem}.")
        first = False


def _next(network: Network, node: fx.Node, layer: str) -> fx.Node:
    """Return the only node that takes what `node` gives. ValueError: several do, or it is the network's answer."""
    if node is network.graph.answer:
        raise ValueError(f"{layer} is the classifier: its units are the classes and cannot be removed.")
    users = [user for user in node.users if user.op != "output"]
    if len(users) != 1:
        where = " and ".join(_called(network, user) for user in users)
        raise ValueError(f"{_CANNOT.format(layer)}: the network branches after it, into {where}.")
    (user,) = users
    if user.op != "call_module" or user.all_input_nodes != [node] or not network.graph.axes(user):
        where = _called(network, user)
        raise ValueError(
            f"{_CANNOT.format(layer)}: its outputs go into {where}, where units may be combined with others."
        )
    return user


def _need_plain(network: Network, node: fx.Node, name: str) -> None:
    """Raise ValueError where units cannot be cut out of a layer's weights one by one, or it shares them."""
    module = network.graph.module(node)
    assert isinstance(module, nn.Linear | nn.Conv2d)
    if isinstance(module, nn.Conv2d) and module.groups > 1:
        raise ValueError(f"{_CANNOT.format(name)}: a grouped convolution keeps its channels apart.")
    if isinstance(module, nn.Linear) and network.graph.axes(node) > 2:
        raise ValueError(f"{_CANNOT.format(name)}: it takes many positions of an image one by one.")
    _need_called_once(network, node, module.weight)


def _need_own_scale(network: Network, node: fx.Node) -> None:
    norm = network.graph.module(node)
    assert isinstance(norm, _NORMS)
    if norm.weight is None or norm.running_mean is None:
        raise ValueError(f"{node.target} has no scale or no statistics of its own: no unit before it can be removed.")
    _need_called_once(network, node, norm.weight)


def _need_called_once(network: Network, node: fx.Node, weight: object) -> None:
    calls = [each for each in network.graph.nodes if each.op == "call_module" and each.target == node.target]
    owners = [each for each in network.graph.root.modules() if each._parameters.get("weight") is weight]
    if len(calls) > 1 or len(owners) > 1:
        raise ValueError(f"{_CANNOT.format(node.target)}: it is used more than once.")


def _flattens_whole(step: nn.Module | None) -> bool:
    return not isinstance(step, nn.Flatten) or (step.start_dim, step.end_dim) == (1, -1)


def _called(network: Network, node: fx.Node) -> str:
    """Return what a person calls a step."""
    module = network.graph.module(node)
    if module is not None:
        return f"{node.target} ({type(module).__name__})"
    return f"“{getattr(node.target, '__name__', node.target)}”"
