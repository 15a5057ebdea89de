"""The report's experiment with a redrawn classifier: the same start, but for the layers after a chosen one (Fig. 5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from workbench.runs.spec import SpecError
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

Order = Literal["kept", "changed"]  # of the batches
ORDERS: tuple[Order, ...] = get_args(Order)


def resample(
    run: Run, after: str, order: Order = "kept", iterations: int | None = None, seed: int | None = None
) -> RunSpec:
    """The specification of a training that begins as `run` did, with the layers behind `after` drawn again.

    `after` "" draws none again, which leaves the other order of the batches. They are drawn with `seed` (None: one more
    than the run's). Batches come in the order of `run`, or in another one ("changed") of the same images. It is as long
    as `run` is, or takes so many iterations. SpecError: no layer lies behind `after`, nothing would change, or the run
    cannot be trained here.
    """
    if order not in ORDERS:
        raise SpecError(f"the order of the batches is {' or '.join(ORDERS)}, not {order!r}")
    redrawn = layers_behind(run, after) if after else ()
    if not redrawn and order == "kept":
        raise SpecError("nothing would change: redraw layers, or change the order of the batches")
    spec = retraining(run, snapshot=0, redrawn=redrawn, redraw_seed=seed)
    done = float(run.iterations[-1]) if run.snapshots else 0.0
    if iterations is None and done != run.spec.iterations and done >= 1:
        length: int | None = int(done)  # as far as the run came
    else:
        length = iterations
    changes: dict[str, object] = {} if length is None else {"iterations": length, "epochs": None}
    if order == "changed":
        changes |= {"order_seed": run.spec.batch_seed + 1, "shuffle": True}
    return spec.changed(**changes)


def layers_behind(run: Run, after: str) -> tuple[str, ...]:
    """The names of the layers behind one. SpecError: there is no such layer, or none behind it."""
    names = [layer.name for layer in run.layers]
    if after not in names:
        raise SpecError(f"{run.path} has no layer {after!r}; it has {', '.join(names)}")
    behind = tuple(names[names.index(after) + 1 :])
    if not behind:
        raise SpecError(f"no layer lies behind {after}: choose one of {', '.join(names[:-1])}")
    return behind
