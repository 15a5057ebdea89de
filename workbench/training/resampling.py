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
Suffix = Literal["redrawn", "permuted", "kept"]  # how the layers behind a chosen one begin
SUFFIXES: tuple[Suffix, ...] = get_args(Suffix)


def resample(
    run: Run,
    after: str,
    order: Order = "kept",
    iterations: int | None = None,
    seed: int | None = None,
    suffix: Suffix = "redrawn",
    frozen: bool = False,
) -> RunSpec:
    """The specification of a training that begins as `run` did, but for its suffix, the layers behind `after`.

    `suffix`: they are "redrawn" by the initialiser; or "permuted", with their own weights, but the first of them reads
    the units of `after` in another order; or "kept". `seed` draws them or the order (None: one more than the run's).
    With `frozen` they do not train. `after` "" changes none, which leaves the other order of the batches. Batches come
    in the order of `run`, or in another one ("changed") of the same images. It is as long as `run` is, or takes so many
    iterations. SpecError: no layer lies behind `after`, nothing would change, or the run cannot be trained here.
    """
    if order not in ORDERS:
        raise SpecError(f"the order of the batches is {' or '.join(ORDERS)}, not {order!r}")
    if suffix not in SUFFIXES:
        raise SpecError(f"the layers behind the chosen one are {', '.join(SUFFIXES)}, not {suffix!r}")
    behind = layers_behind(run, after) if after else ()
    changed = {"redrawn": {"redrawn": behind}, "permuted": {"permuted": behind[:1]}, "kept": {}}[suffix]
    if order == "kept" and not (behind and (changed or frozen)):
        raise SpecError("nothing would change: redraw layers, or change the order of the batches")
    spec = retraining(run, snapshot=0, redraw_seed=seed, **changed)
    done = float(run.iterations[-1]) if run.snapshots else 0.0
    if iterations is None and done != run.spec.iterations and done >= 1:
        length: int | None = int(done)  # as far as the run came
    else:
        length = iterations
    changes: dict[str, object] = {} if length is None else {"iterations": length, "epochs": None}
    if frozen:
        changes["frozen"] = tuple(dict.fromkeys((*spec.frozen, *behind)))
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
