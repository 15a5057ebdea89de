"""How much work a piece of a network is, counted while it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


def with_work(run: Callable[[], T]) -> tuple[T, int]:
    """What `run` returns, and the floating-point operations of all convolutions and matrix products in it.

    They are those that torch's own `FlopCounterMode` counts, by the same formulas. That one loads torch's compiler
    when it counts for the first time: more than a second, and 80 MB, before the first answer.
    """
    with _Counting() as counting:
        answer = run()
    return answer, counting.flops


class _Counting(TorchDispatchMode):  # type: ignore[no-untyped-call]
    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.flops = 0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing here is ever compiled: there is no compiler to keep away, or to load

    def __torch_dispatch__(
        self, func: Any, types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        named = kwargs or {}
        formula = flop_registry.get(func._overloadpacket)
        if formula is None and func is not torch.ops.prim.device.default:
            with self:  # what is made of others is counted by its parts
                made = func.decompose(*args, **named)
            if made is not NotImplemented:
                return made
        out = func(*args, **named)
        if formula is not None:
            self.flops += formula(*args, **named, out_val=out)
        return out
