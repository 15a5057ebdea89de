"""Whether a file that anybody may have made is a run: asked of a confined process, whose words are checked here."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import msgspec

from workbench.runs.confinement.sandbox import Sandbox, SandboxError
from workbench.runs.confinement.structure import (
    DAMAGED,
    IMPORT_IT,
    NOT_A_RUN,
    RefusedError,
    Structure,
    Verdict,
    check,
    need,
)
from workbench.runs.files.descriptor import identity
from workbench.runs.files.kinds import AN_HDF5, HDF5, TEXT, UNKNOWN, kind_of

if TYPE_CHECKING:
    from workbench.runs.files.descriptor import Descriptor, Identity

logger = logging.getLogger(__name__)
SUPERBLOCK = 48  # bytes of a version 0 superblock up to the end-of-file address
MADE_HERE = ("written by this process",)
AGAIN = "try once more when the computer is less busy, else copy it from its source again"
MOST_REMEMBERED = 16

confined = Sandbox("workbench.runs.confinement.probe:answer")
_made_here: dict[tuple[Identity, int, str], Structure] = {}  # by identity, time of the last change, format


def examine(descriptor: Descriptor, file_format: str) -> tuple[Structure, tuple[str, ...]]:
    """The checked structure of the run file that is open, and what was in force while it was looked into.

    The file is parsed in a confined process, unless this process has just made it. RefusedError says why it is no run;
    it carries the protections as a note.
    """
    known = _made_here.get(_moment(descriptor, file_format))
    if known is not None:
        return known, MADE_HERE
    before = descriptor.identity()
    _check_header(descriptor, before[2])
    try:
        answer = confined.ask(file_format.encode(), descriptor)
    except SandboxError as error:
        raise _without_answer(error) from error
    try:
        return _believed(answer.data, before), answer.protections
    except RefusedError as error:
        error.add_note(in_words(answer.protections))
        raise


def remember(descriptor: Descriptor, file_format: str, structure: Structure) -> None:
    """Remember that the open file has this structure as long as nobody writes to it: this process made it."""
    while len(_made_here) >= MOST_REMEMBERED:
        del _made_here[next(iter(_made_here))]
    _made_here[_moment(descriptor, file_format)] = structure


def in_words(protections: tuple[str, ...]) -> str:
    """What was in force while a file was looked into, in one line."""
    return f"the file was examined with: {'; '.join(protections)}"


def _moment(descriptor: Descriptor, file_format: str) -> tuple[Identity, int, str]:
    with descriptor.borrowed() as number:
        status = os.fstat(number)
    return identity(status), status.st_mtime_ns, file_format


def _check_header(descriptor: Descriptor, size: int) -> None:
    """Raise RefusedError unless the first bytes are those of a whole HDF5 file as a run is written."""
    start = descriptor.read(min(size, SUPERBLOCK), 0)
    if start[:8] != HDF5 or (len(start) == SUPERBLOCK and not (start[8] == 0 and start[13:15] == b"\x08\x08")):
        raise _of_another_program(descriptor, size)
    need(len(start) == SUPERBLOCK, "", "ends within its header", DAMAGED)
    end = int.from_bytes(start[40:48], "little")
    problem = f"is truncated: {size} of its {end} bytes are there"
    need(size >= end, "", problem, "copy it from its source again, or save what is intact: workbench repair")


def _of_another_program(descriptor: Descriptor, size: int) -> RefusedError:
    """What a file is that cannot be a run, and what to do: import it, or mend what keeps it from that."""
    found = kind_of(descriptor.read, size)
    if found in (UNKNOWN, TEXT):
        return RefusedError("", "is not an HDF5 file", "choose a run file (usually NAME.h5)")
    if found.reader == AN_HDF5.reader:
        return RefusedError("", NOT_A_RUN, IMPORT_IT)
    if found.reader:
        return RefusedError("", f"{found.problem}, not a workbench run", IMPORT_IT)
    return RefusedError("", found.problem, found.advice)


def _believed(data: bytes, before: Identity) -> Structure:
    """The structure in a verdict, after every check that can be made from here."""
    try:
        verdict = Verdict.from_json(data)
    except msgspec.DecodeError as error:
        raise RefusedError("", f"is damaged: what was found in it makes no sense ({error})") from error
    need(verdict.identity == before, "", "changed while it was being opened", "open it again")
    if verdict.refused is not None:
        raise RefusedError(*verdict.refused)
    if verdict.structure is None:
        raise RefusedError("", "is damaged: nothing was found in it")
    check(verdict.structure, before[2])
    return verdict.structure


def _without_answer(error: SandboxError) -> RefusedError:
    who = f"the process that examines it {error.problem}"
    logger.warning("%s; %s", who, in_words(error.protections))
    if error.worked:
        refused = RefusedError("", f"is damaged: {who}", AGAIN if error.late else "copy it from its source again")
        refused.add_note(in_words(error.protections))
        return refused
    return RefusedError("", f"cannot be checked: {who}", "close other programs and try again")
