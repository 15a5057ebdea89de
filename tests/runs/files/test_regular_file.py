"""Only regular files are read, whatever a name leads to, and never more of them than is allowed."""

from __future__ import annotations

import os
import platform
import socket
import threading
from typing import TYPE_CHECKING

import pytest

from workbench.runs.errors import RunError
from workbench.runs.files import regular_file
from workbench.runs.files.lock import WriterLock, being_written
from workbench.runs.files.patience import patiently
from workbench.runs.files.regular_file import UnreadableFile, beginning, open_regular, read, resolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="there are no such files on Windows")


def bound(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


KINDS: dict[str, tuple[Callable[[Path], None], str]] = {
    "FIFO": (os.mkfifo, r"x is a pipe \(FIFO\), not a file; choose another file\.$"),
    "folder": (os.mkdir, r"x is a folder; choose another file\.$"),
    "socket": (bound, r"x is a socket, not a file; choose another file\.$"),
    "device": (lambda path: path.symlink_to("/dev/zero"), r"x is a device, not a file; choose another file\.$"),
    "link to a FIFO": (lambda path: (os.mkfifo(f"{path}y"), path.symlink_to("xy")), r"x is a pipe \(FIFO\)"),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_regular_file_is_refused_without_waiting(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, said = KINDS[kind]
    monkeypatch.chdir(tmp_path)  # a socket's name may have 100 bytes
    make(tmp_path / "x" if kind != "socket" else type(tmp_path)("x"))
    for use in (lambda: read(tmp_path / "x", 10), lambda: beginning(tmp_path / "x", 10)):
        with pytest.raises(UnreadableFile, match=said):
            use()


def test_something_else_that_takes_its_place_meanwhile_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"a file")
    real = os.open

    def replaced(name: Path, flags: int) -> int:
        path.unlink()
        os.mkfifo(path)
        return real(name, flags)

    monkeypatch.setattr(regular_file.os, "open", replaced)
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(UnreadableFile, match="FIFO"):
        open_regular(path)
    assert len(os.listdir("/dev/fd")) == before


ODD = {
    "a link to itself": ("loop", OSError, "Too many levels of symbolic links"),
    "a long name": ("n" * 300, OSError, "name too long"),
    "a NUL": ("a\0b", UnreadableFile, "cannot be the name of a file"),
    "no letters": ("\ud800", UnreadableFile, "cannot be the name of a file"),
    "nothing": ("gone", FileNotFoundError, "No such file"),
    "inside a file": ("file/x", NotADirectoryError, "Not a directory"),
    "no user": ("~nobody-of-that-name/run.h5", FileNotFoundError, "No such file"),
}


@pytest.mark.parametrize("what", ODD)
def test_odd_names_are_errors_of_the_system(tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, kind, said = ODD[what]
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=said):
        read(name, 10)


def test_a_tilde_is_the_home_unless_a_file_has_that_very_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert resolved("~/run.h5") == tmp_path / "home" / "run.h5"
    assert resolved("~nobody-of-that-name.h5") == tmp_path / "~nobody-of-that-name.h5"
    (tmp_path / "~").mkdir()
    (tmp_path / "~" / "run.h5").touch()
    assert resolved("~/run.h5") == tmp_path / "~" / "run.h5"


def test_no_more_is_read_than_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert read(path, 10) == beginning(path, 10) == beginning(path, 99) == b"0123456789"
    assert beginning(path, 3) == b"012"
    with pytest.raises(UnreadableFile, match=r"x has more than 9 bytes; choose another file\.$"):
        read(path, 9)


def test_the_lock_of_a_run_writes_over_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "thesis"
    mine.write_text("years of work")
    (tmp_path / "run.h5.lock").symlink_to(mine)
    assert not being_written(tmp_path / "run.h5")
    with pytest.raises(RunError, match=r"cannot be written: run\.h5\.lock cannot be made"):
        WriterLock(tmp_path / "run.h5")
    assert mine.read_text() == "years of work"
    (tmp_path / "run.h5.lock").unlink()
    os.mkfifo(tmp_path / "run.h5.lock")
    with pytest.raises(RunError, match=r"run\.h5\.lock cannot be made \(.* is not a regular file"):
        WriterLock(tmp_path / "run.h5")


def test_a_run_is_being_written_while_somebody_holds_its_lock(tmp_path: Path) -> None:
    run = tmp_path / "run.h5"
    assert not being_written(run)
    assert list(tmp_path.iterdir()) == []
    lock = WriterLock(run)
    assert being_written(run)
    assert (tmp_path / "run.h5.lock").read_text() == f"{platform.node()} process {os.getpid()}\n"
    with pytest.raises(RunError, match=rf"is being written by {platform.node()} process {os.getpid()}; wait for it"):
        WriterLock(run)
    lock.release()
    assert not being_written(run)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "run.h5.lock").write_text("a writer that died\n")  # and holds nothing
    assert not being_written(run)


# --- work that may never end ---


def test_work_is_done_patiently() -> None:
    def answer() -> str:
        return "done"

    def failing() -> None:
        raise KeyError("its own error")

    def whole() -> Iterator[str | None]:
        yield (yield from patiently(answer, "x"))

    *waiting, last = whole()
    assert set(waiting) <= {None}
    assert last == "done"
    with pytest.raises(KeyError, match="its own error"):
        list(patiently(failing, "x"))


def test_work_that_hangs_is_given_up() -> None:
    never = threading.Event()
    try:
        steps = patiently(never.wait, "a file")
        assert next(steps) is None
        steps.close()
        with pytest.raises(TimeoutError, match=r"a file does not answer within 0\.1 s; check the disk it is on\."):
            list(patiently(never.wait, "a file", 0.1))
    finally:
        never.set()
