"""The specification of a run: everything that was fixed before its training began."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import msgspec

MAX_SPEC_BYTES = 65_536
Identity = Literal["guessed", "given", "config"]  # by shapes, by whoever imported it, by a config beside it
UNKNOWN = "unknown"  # the name of a net, data set or initialiser that is not known


class SpecError(ValueError):
    """A run specification that cannot be read or does not make sense."""


@dataclass(frozen=True)
class NetSpec:
    """A network of the catalogue; `None` means the catalogue's or the data's own value."""

    name: str
    widths: tuple[int, ...] | None = None  # units of every layer but the last, in order
    bias: bool = True
    image_shape: tuple[int, int, int] | None = None  # channels, height, width
    classes: int | None = None


@dataclass(frozen=True)
class DataSpec:
    """A data set by name and what is done to it."""

    name: str
    classes: tuple[int, ...] | None = None  # keep only these labels, renumbered from 0 in this order
    label_noise: float = 0.0  # fraction of the training labels replaced by random ones, uniformly
    validation: float = 0.1  # fraction held out of the training images, by seed
    augment: bool = False  # random crop (padding 4) and horizontal flip


@dataclass(frozen=True)
class OptimiserSpec:
    """An optimiser and a schedule by name, from `training.loop.optimisers`, and its constants."""

    name: str = "sgd"
    learning_rate: float = 0.1
    momentum: float = 0.0
    weight_decay: float = 0.0
    schedule: str = "constant"


@dataclass(frozen=True)
class IterativeSpec:
    """Units that go while the training runs: at the iterations start, start + every, … up to end."""

    start: int
    end: int
    every: int
    ratio: float  # of the units still there, each time


@dataclass(frozen=True)
class SurgerySpec:
    """Where a training begins instead of at an initialisation, and which units are removed from it.

    Exactly one of `fraction`, `units` and `iterative` says how many go; none where no layer is named, and the parent's
    network is only trained on. With a `ranked_at` later than `snapshot` it is a structured lottery ticket: ranked when
    trained, rewound to earlier weights.
    """

    parent: str  # the parent's file as it was named; which run it is says `RunSpec.parent`
    snapshot: int = -1  # of the parent: the weights that are taken
    ranked_at: int | None = None  # of the parent: the weights that decide which fraction goes; None: those taken
    layers: tuple[str, ...] = ()
    order: str = "max_mag"  # of `analysis.orders`, one that ranks by weights
    fraction: float | None = None  # of the units still there, removed before the first step
    units: tuple[tuple[int, ...], ...] | None = None  # for each layer, removed before the first step
    iterative: IterativeSpec | None = None
    rule: Literal["ranked", "fractions"] = "ranked"  # several layers: units compete, or equal fractions
    redrawn: tuple[str, ...] = ()  # layers whose weights are drawn again by the initialiser instead of taken
    redraw_seed: int | None = None  # of that draw, and of `permuted`; None: the parent's seed and one
    permuted: tuple[str, ...] = ()  # layers that read the units before them in another order, with the same weights


@dataclass(frozen=True)
class DataFacts:
    """What the data turned out to be, written down when the training starts."""

    train_images: int
    validation_images: int
    test_images: int
    iterations_per_epoch: int
    activity_images: int  # the first so many validation images (training images where none are held out)
    first_epoch_crc32: int  # of the first epoch's order of training images, as little-endian int64
    # SHA-256 of each part as used: images as the network sees them, labels, their order (see `nets.parts.digest`).
    # None: a run from before these were stored.
    train_sha256: str | None = None
    validation_sha256: str | None = None
    test_sha256: str | None = None

    def sha256(self, part: str) -> str | None:
        """That of "train", "validation" or "test"."""
        found: str | None = getattr(self, f"{part}_sha256")
        return found

    def undigested(self) -> DataFacts:
        """These facts as older runs store them."""
        return replace(self, train_sha256=None, validation_sha256=None, test_sha256=None)

    def images(self, part: str) -> int:
        """How many there were of "train", "validation" or "test"."""
        count: int = getattr(self, f"{part}_images")
        return count


@dataclass(frozen=True)
class Claim:
    """An accuracy that a file states of itself; neither its unit nor its data are said."""

    name: str  # as the file calls it: "best_acc1"
    value: float

    @property
    def words(self) -> str:
        """The name and the value: "best_acc1 76.1 %", "test_acc 0.97"."""
        return f"{self.name} {self.value:.4g}{' %' if self.value > 1 else ''}"

    @property
    def percent(self) -> tuple[float, ...]:
        """What it may be in percent: up to 1 it is a fraction, if it is not a percentage near zero."""
        return (100 * self.value, self.value) if self.value <= 1 else (self.value,)


@dataclass(frozen=True)
class OriginSpec:
    """Where a run comes from that the workbench did not train: what a specification says of its training is unknown.

    The net's name is `UNKNOWN` unless the parameters have the names or shapes of one of the catalogue.
    """

    how: Literal["recorded", "imported"]
    source: str  # the network's class, or the files
    storage: str  # the number type of the stored parameters: "float32", or "as trained"
    note: str = ""  # what was inferred or left out, in plain words
    evidence: tuple[str, ...] = ()  # what weights were taken for and why, a sentence for those of one argument
    begins: bool | None = None  # whether snapshot 0 is the network before its training; None: nothing says so
    identity: Identity | None = None  # how the net's name is known; None: an older run
    claims: tuple[Claim | None, ...] = ()  # of each snapshot; (): no file states an accuracy
    sequence: bool = False  # each layer takes what the one before gives, and zero where a unit is removed


@dataclass(frozen=True)
class RunSpec:
    """All that determines a run. Exactly one of `iterations` and `epochs` is given; both are set once resolved."""

    net: NetSpec
    data: DataSpec
    optimiser: OptimiserSpec = field(default_factory=OptimiserSpec)
    initialiser: str = "glorot_normal"
    batch_size: int = 64
    iterations: int | None = None
    epochs: float | None = None
    snapshots: str = "epoch"  # "epoch", "log" or "every:K"
    shuffle: bool = True
    seed: int = 0
    device: str = "auto"
    precision: Literal["float32", "bfloat16"] = "float32"
    recipe: str | None = None
    command: str | None = None  # the command line that makes this run again
    parent: str | None = None  # run_id of the run this one continues
    surgery: SurgerySpec | None = None
    facts: DataFacts | None = None
    origin: OriginSpec | None = None  # None: trained here
    order_seed: int | None = None  # of the order of the batches alone; None: `seed`
    frozen: tuple[str, ...] = ()  # layers that keep the parameters they begin with, those of their batch norm included

    @property
    def batch_seed(self) -> int:
        """The seed of the order of the batches."""
        return self.seed if self.order_seed is None else self.order_seed

    @property
    def holds_initialisation(self) -> bool:
        """Whether snapshot 0 is the network before the training that the run holds.

        Not where somebody else's checkpoints were imported and nothing says that the first of them is of step 0.
        """
        if self.origin is None or self.origin.begins is not None:
            return self.origin is None or bool(self.origin.begins)
        return self.origin.how == "recorded"

    @property
    def guessed(self) -> bool:
        """Whether only the shapes of somebody else's parameters say which network this is."""
        origin = self.origin
        by_shapes = origin is not None and origin.how == "imported" and origin.identity in (None, "guessed")
        return by_shapes and self.net.name != UNKNOWN and ":" not in self.net.name  # "torchvision:NAME" was given

    @property
    def starts_untrained(self) -> bool:
        """Whether snapshot 0 is a fresh initialisation, and not somebody else's or another run's trained network."""
        return self.origin is None and self.parent is None

    @property
    def start(self) -> str:
        """What snapshot 0 is called beside later ones: "at initialisation" only where the run began with one."""
        return "at initialisation" if self.starts_untrained else "at snapshot 0"

    def hardly_moved(self, snapshot: int) -> str:
        """What units are called at a snapshot, 0…T−1, that still point where they did at snapshot 0."""
        if not snapshot:
            return "not moved yet"
        return "hardly moved" if self.starts_untrained else "hardly moved since this training began"

    def to_json(self) -> bytes:
        """The specification as UTF-8 JSON of at most 64 kB."""
        encoded = msgspec.json.encode(self)
        if len(encoded) > MAX_SPEC_BYTES:
            raise SpecError(f"the run's specification takes {len(encoded)} bytes, {MAX_SPEC_BYTES} are allowed")
        return encoded

    @staticmethod
    def from_json(text: bytes) -> RunSpec:
        """The specification in `text`; a SpecError names the field that is wrong."""
        if len(text) > MAX_SPEC_BYTES:
            raise SpecError(f"the run's specification takes {len(text)} bytes, {MAX_SPEC_BYTES} are allowed")
        try:
            return _DECODER.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SpecError(f"the run's specification cannot be read: {error}") from error

    def changed(self, **fields: object) -> RunSpec:
        """This specification with some fields replaced."""
        return replace(self, **fields)  # type: ignore[arg-type]


# Made at import: msgspec crashes where two threads are the first to decode a type at the same time.
_DECODER = msgspec.json.Decoder(RunSpec)
