"""Tasks for confined processes: well-behaved ones, and some that try what they must not do."""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Files = Sequence[int | str]


def echo(request: bytes, files: Files) -> bytes:
    return request


def contents(request: bytes, files: Files) -> bytes:
    (file,) = files
    return os.pread(file, 100, 0)


def reopens(request: bytes, files: Files) -> bytes:
    with open(f"/proc/self/fd/{files[0]}", "rb") as stream:
        return stream.read()


def many_bytes(request: bytes, files: Files) -> bytes:
    return bytes(int(request))


def dies(request: bytes, files: Files) -> bytes:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def is_stopped(request: bytes, files: Files) -> bytes:
    os.kill(os.getpid(), signal.SIGSTOP)
    return b""


def leaves(request: bytes, files: Files) -> bytes:
    os._exit(7)


def sleeps(request: bytes, files: Files) -> bytes:
    time.sleep(60)
    return b""


def ignores_signals(request: bytes, files: Files) -> bytes:
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)
    time.sleep(60)
    return b""


def raises(request: bytes, files: Files) -> bytes:
    raise ValueError("no such thing")


def computes(request: bytes, files: Files) -> bytes:
    while True:
        pass


def allocates(request: bytes, files: Files) -> bytes:
    bytearray(int(request))
    return b"got it"


def address_space(request: bytes, files: Files) -> bytes:
    import resource

    return str(resource.getrlimit(resource.RLIMIT_AS)[1]).encode()


def waits_or_echoes(request: bytes, files: Files) -> bytes:
    return sleeps(request, files) if request == b"wait" else request


def _tried(attempt: Callable[[], object]) -> bytes:
    try:
        attempt()
    except OSError:
        return b"forbidden"
    return b"done"


def opens(request: bytes, files: Files) -> bytes:
    return _tried(lambda: os.open("/etc/passwd", os.O_RDONLY))


def writes(request: bytes, files: Files) -> bytes:
    return _tried(lambda: os.open(request, os.O_CREAT | os.O_WRONLY))


def connects(request: bytes, files: Files) -> bytes:
    def connect() -> None:
        with socket.socket() as client, socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            client.connect(server.getsockname())

    os.close(0)  # room for descriptors
    os.close(2)
    return _tried(connect)


def forks(request: bytes, files: Files) -> bytes:
    def fork() -> None:
        if not os.fork():
            os._exit(0)

    return _tried(fork)


def two_descriptors(request: bytes, files: Files) -> bytes:
    os.dup(files[0])
    return _tried(lambda: os.dup(files[0]))
