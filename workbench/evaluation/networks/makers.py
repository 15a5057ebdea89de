"""Networks and data made by the functions that a user has named (see `named`)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from importlib import import_module
from inspect import Parameter, signature
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.utils import parametrize, prune, remove_spectral_norm, remove_weight_norm

from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.named import FUNCTION

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.evaluation.networks.named import Name

MOST_INPUTS = 100_000
VALIDATION = 0.1  # of what a function gives that takes no part


def made_network(text: Name) -> nn.Module:
    """The network that the function makes. ValueError: there is none, or it makes none."""
    module = _called(text, _function(text, "net"))
    if not isinstance(module, nn.Module):
        raise ValueError(f"{_said(text)} returned {type(module).__name__}, not a torch.nn.Module")
    return module


def make_plain(module: nn.Module) -> None:
    """Make weights that the network computes from others (weight norm, spectral norm, pruning) its own."""
    for part in module.modules():
        if parametrize.is_parametrized(part, "weight"):
            parametrize.remove_parametrizations(part, "weight")
        for remove in (remove_weight_norm, remove_spectral_norm, partial(prune.remove, name="weight")):
            with suppress(ValueError):  # it has none of that kind
                remove(part)


def made_data(text: Name, part: str, units: int) -> Data:
    """The data that the function gives, called with the part's name where it takes one.

    What a function without an argument gives is test data. One image in ten of it is held out for validation, always
    the same ones, so that nothing is chosen on the images it is reported on. ValueError: a part that it does not give.
    The function returns `Data`, a pair (inputs, labels) of tensors or arrays, a mapping of parts to these, or anything
    that iterates over (inputs, label) pairs, single or in batches, such as a data set or a loader.
    """
    function = _function(text, "data")
    takes_part = takes_one(function)
    given = _called(text, function, *([part] if takes_part else []))
    whole = not takes_part and not isinstance(given, Mapping)
    if whole and part not in ("validation", "test"):
        raise ValueError(f"{_said(text)} returns no {part} part: let it take the name of the part")
    data = _data(text, given, part, units)
    return _share(data, part) if whole else data


def _share(data: Data, part: str) -> Data:
    """The images that are held out for validation, or the others: by their content, in whatever order they come."""
    digests = data.of_each
    held = max(1, round(VALIDATION * len(data)))
    last = sorted(digests)[held - 1]
    first = torch.tensor([digest <= last for digest in digests])
    chosen = first if part == "validation" else ~first
    share = VALIDATION if part == "validation" else 1 - VALIDATION
    return replace(data, images=data.images[chosen], labels=data.labels[chosen], name=part, share=share)


def _data(text: Name, given: Any, part: str, units: int) -> Data:
    if isinstance(given, Mapping):
        if part not in given:
            raise ValueError(f"{_said(text)} returned no {part} part, only {', '.join(map(str, given))}")
        given = given[part]
    inputs, labels = (given.images, given.labels) if isinstance(given, Data) else tensors(text, given)
    if labels.ndim != 1:
        raise ValueError(f"{_said(text)} returned labels of shape {tuple(labels.shape)}; give the class of each input")
    if not torch.equal(labels.long().to(labels.dtype), labels):
        raise ValueError(f"{_said(text)} returned labels that are not whole numbers; give the class of each input")
    if not torch.isfinite(inputs).all():
        raise ValueError(f"{_said(text)} returned inputs that are infinite or undefined: no network can process them")
    if isinstance(given, Data):
        return replace(given, name=part)
    classes = max(units, int(labels.max()) + 1) if len(labels) else units
    return Data(inputs, labels.long(), classes, None, None, part)


def _function(text: Name, what: str) -> Callable[..., Any]:
    if not isinstance(text, str):
        return text
    module, _, function = text.partition(FUNCTION)
    if not module or not function:
        raise ValueError(f"{text} names no function: write package.module:function")
    here = os.getcwd()
    if here not in sys.path:  # where its user works, as with `python -m`
        sys.path.append(here)
    try:
        found = getattr(import_module(module), function)
    except AttributeError as error:
        raise ValueError(f"{text}: the module {module} has no {function}") from error
    except Exception as error:  # it is the user's own program, and may fail in any way
        problem = f"the module {module} cannot be imported ({type(error).__name__}: {error})"
        raise ValueError(f"{text}: {problem}") from error
    if not callable(found):
        raise ValueError(f"{text} is not a function: name one that makes the {what}")
    made: Callable[..., Any] = found
    return made


def _called(text: Name, function: Callable[..., Any], *given: object) -> Any:
    try:
        return function(*given)
    except Exception as error:  # it is the user's own program, and may fail in any way
        raise ValueError(f"{_said(text)} failed with {type(error).__name__}: {error}") from error


def _said(text: Name) -> str:
    return text if isinstance(text, str) else str(getattr(text, "__qualname__", text))


def takes_one(function: Callable[..., Any]) -> bool:
    try:
        parameters = signature(function).parameters.values()
    except ValueError:  # some functions written in C do not say
        return False
    needed = [each for each in parameters if each.default is Parameter.empty]
    return len([each for each in needed if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]) == 1


class _Unusable(ValueError):
    """A sentence on what a function gave."""


def tensors(text: Name, given: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """All inputs and labels of what a function gave."""
    try:
        inputs, labels = _pair(given) if isinstance(given, tuple) and len(given) == 2 else _gathered(text, given)
    except _Unusable:
        raise
    except Exception as error:  # a data set is a program of its user's, and torch refuses arrays in many ways
        problem = " ".join(f"{type(error).__name__}: {error}".split())
        raise ValueError(f"{_said(text)} did not return (inputs, labels) ({problem})") from error
    return inputs, labels


def _pair(given: tuple[Any, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    inputs, labels = (torch.as_tensor(each) for each in given)
    return inputs.float(), labels


def _gathered(text: Name, given: Any) -> tuple[torch.Tensor, torch.Tensor]:
    """All inputs and labels of a data set or loader."""
    if not isinstance(given, Iterable) and not hasattr(given, "__getitem__"):
        raise _Unusable(f"{_said(text)} returned {type(given).__name__}, not (inputs, labels) or a data set")
    inputs: list[torch.Tensor] = []
    labels: list[torch.Tensor] = []
    for item in given:
        if not isinstance(item, tuple | list) or len(item) != 2:
            raise _Unusable(f"{_said(text)} returned items that are not pairs (input, label)")
        one, of_it = _pair((item[0], item[1]))
        batch = of_it.ndim > 0
        inputs.append(one if batch else one.unsqueeze(0))
        labels.append(of_it if batch else of_it.unsqueeze(0))
        if sum(map(len, labels)) > MOST_INPUTS:
            raise _Unusable(f"{_said(text)} returned more than {MOST_INPUTS:,} inputs: return fewer")
    if not inputs:
        raise _Unusable(f"{_said(text)} returned no inputs")
    return torch.cat(inputs), torch.cat(labels)
