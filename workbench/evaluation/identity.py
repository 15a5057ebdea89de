"""How sure the network of an imported run is: named, guessed from shapes, or confirmed by a person. Loads no torch.

A confirmation lies beside the run, in NAME.identity.json beside NAME.h5, for a run file is never changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from workbench.evaluation.networks.named import is_function, named, not_named
from workbench.nets.architectures.catalogue import ARCHITECTURES, title_of
from workbench.runs import saying
from workbench.runs.errors import shown
from workbench.runs.files.regular_file import read
from workbench.runs.files.whole_files import write_whole_files
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.evaluation.networks.named import Name
    from workbench.runs.run import Run

LARGEST = 65_536  # bytes
NOT_CONFIRMED = ", not confirmed"
DOUBT = (
    "The network is taken for {net} by the shapes of its parameters, which say neither its activation function nor how "
    "its images were normalised, and {accuracy}"
)
ADVICE = ": confirm it with This is right or 'workbench confirm', or name another network."
NOTHING_STORED = "no stored accuracy confirms it"


class Confirmation(msgspec.Struct, frozen=True):
    """A person's word that a run is of this network and these data."""

    run_id: str
    net: str  # of the catalogue
    data: str  # of the catalogue, or "package.module:function", which is compared and never run


def is_guess(run: Run) -> bool:
    """Whether nothing but the shapes of somebody else's parameters says which network of the catalogue this is."""
    return run.spec.guessed and run.spec.net.name in ARCHITECTURES


def doubt(run: Run, accuracy: str = NOTHING_STORED) -> str:
    """What every accuracy of a guessed network says until it is confirmed; `accuracy`: why no stored one does so."""
    return DOUBT.format(net=title_of(run.spec.net.name, run.spec.net.widths), accuracy=accuracy) + ADVICE


def carries_doubt(warning: str) -> bool:
    """Whether the warning of an answer is that doubt."""
    return DOUBT.partition("{net}")[2].partition("{accuracy}")[0] in warning


def identity_file(path: Path) -> Path:
    """Where the confirmation of a run lies."""
    return path.with_name(f"{path.stem}.identity.json")


def confirm(run: Run, right: bool = True) -> None:
    """Confirm that an imported run is of the network it was taken for and of its data; not `right` takes that back.

    ValueError: there is no guess to confirm, or the data are unknown. OSError: it cannot be written.
    """
    target = identity_file(run.path)
    if not right:
        _stored(target)  # what is no confirmation is left alone
        target.unlink(missing_ok=True)
        return
    if not is_guess(run):
        raise ValueError(f"{run.path}: there is no guess to confirm: {_known(run)}.")
    _stored(target)
    if data_named(run) == UNKNOWN:
        raise not_named(run)
    made = Confirmation(run.run_id, run.spec.net.name, _data(run))
    write_whole_files({target: msgspec.json.format(msgspec.json.encode(made), indent=1) + b"\n"})


def confirmation(run: Run) -> Confirmation | None:
    """What a person confirmed of this run; None: nothing.

    ValueError or OSError: the file beside the run cannot be read or holds something else.
    """
    found = _stored(identity_file(run.path))
    of_it = found is not None and (found.run_id, found.net) == (run.run_id, run.spec.net.name)
    return found if of_it else None


def data_named(run: Run) -> Name:
    """The data that the user has named, else those that the run names, else those it was confirmed with.

    Of a confirmation only data of the catalogue count: what lies beside a run never names a function that is run.
    `UNKNOWN`: they are unknown. Errors as `confirmation`.
    """
    said: Name = named(run).data or run.spec.data.name
    if said == UNKNOWN and is_guess(run):
        found = confirmation(run)
        if found is not None and not is_function(found.data):
            return found.data
    return said


def is_confirmed(run: Run) -> bool:
    """Whether a person confirmed the network with the data that are asked for now. Errors as `confirmation`."""
    found = confirmation(run)
    return found is not None and found.data == _data(run)


def in_words(run: Run) -> str:
    """Whether a guess was confirmed, to follow the network's name; "" where nothing was guessed."""
    origin = run.spec.origin
    if not is_guess(run):
        return ", as its config says" if origin is not None and origin.identity == "config" else ""
    try:
        found = confirmation(run)
    except (OSError, ValueError) as error:
        return f"{NOT_CONFIRMED} ({saying.in_words(error)})"
    return NOT_CONFIRMED if found is None else f", confirmed with data {shown(found.data)}"


def _known(run: Run) -> str:
    name, origin = run.spec.net.name, run.spec.origin
    if name == UNKNOWN:
        return "the run does not name its network"
    how = "was trained here" if origin is None else "was recorded" if origin.how == "recorded" else "was named"
    return f"{shown(name)} {how}"


def _data(run: Run) -> str:
    """The data that are asked for now, as text."""
    given = data_named(run)
    return given if isinstance(given, str) else f"{given.__module__}:{given.__qualname__}"


def _stored(path: Path) -> Confirmation | None:
    try:
        return _DECODER.decode(read(path, LARGEST))
    except FileNotFoundError:
        return None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        advice = "move it away, and confirm again"
        raise ValueError(f"{shown(str(path))} is not a confirmation ({error}): {advice}.") from error


_DECODER = msgspec.json.Decoder(Confirmation)  # made at import: see the end of `runs/spec.py`
